"""The Linear sandbox over HTTP: GraphQL as Linear's schema has it, its limits, its errors, its rules for labels."""

import hashlib
import hmac
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from graphql import parse

from journeysync.sandbox import LinearLimits, LinearSandbox, start_linear
from journeysync.sandbox.generate import generate_linear
from journeysync.sandbox.linear.cost import Cost
from journeysync.sandbox.linear.graphql import schema_of
from journeysync.sandbox.linear.load import lines_of

from .conftest import Clock, shared

ISSUES = """
query($first: Int = 50, $after: String, $filter: IssueFilter, $by: PaginationOrderBy, $archived: Boolean) {
  issues(first: $first, after: $after, filter: $filter, orderBy: $by, includeArchived: $archived) {
    pageInfo { hasNextPage endCursor }
    nodes { id identifier title updatedAt archivedAt trashed labelIds previousIdentifiers team { key } }
  }
}
"""
UPDATE = "mutation($id: String!, $input: IssueUpdateInput!) { issueUpdate(id: $id, input: $input) { success } }"
BATCH = "mutation($ids: [UUID!]!, $input: IssueUpdateInput!) { issueBatchUpdate(ids: $ids, input: $input) { success } }"
ATTACH = "mutation($i: AttachmentCreateInput!) { attachmentCreate(input: $i) { success attachment { id url } } }"


class Graphql:
    """Sends documents with the API key; ``last`` is the answer."""

    def __init__(self, server: LinearSandbox, authorization: str = "") -> None:
        self._server = server
        self._headers = {"Authorization": authorization or server.key}
        self.last = httpx.Response(599)

    def __call__(self, query: str, **variables: Any) -> Any:
        body = {"query": query, "variables": variables}
        self.last = httpx.post(self._server.url, json=body, headers=self._headers, timeout=60, verify=False)
        return self.last.json()

    def code(self, query: str, **variables: Any) -> str:
        """Return the code of the first error."""
        return str(self(query, **variables)["errors"][0]["extensions"]["code"])


@pytest.fixture
def server(clock: Clock) -> Iterator[LinearSandbox]:
    with start_linear(teams=["ENI", "GRD"], clock=clock) as each:
        yield each


@pytest.fixture
def ask(server: LinearSandbox) -> Graphql:
    return Graphql(server)


def test_an_api_key_goes_without_bearer_and_a_token_with_it(server: LinearSandbox) -> None:
    who = "{ viewer { name isMe } }"
    assert Graphql(server)(who) == {"data": {"viewer": {"name": "journeysync-bot", "isMe": True}}}
    assert Graphql(server, f"Bearer {server.token}")(who)["data"]["viewer"]["name"] == "journeysync-bot (app)"
    for wrong, status in (("nothing", 401), (f"Bearer {server.key}", 400), (server.token, 401)):
        asked = Graphql(server, wrong)
        assert asked.code(who) == "AUTHENTICATION_ERROR"
        assert asked.last.status_code == status


def test_lists_begin_with_the_newest_and_pages_stay_whole_while_rows_move(
    server: LinearSandbox, ask: Graphql, clock: Clock
) -> None:
    made = []
    for n in range(7):
        clock.advance(1)
        made.append(server.state.create("ENI", f"Issue {n}"))
    first = ask(ISSUES, first=3, by="updatedAt")["data"]["issues"]
    assert [row["title"] for row in first["nodes"]] == ["Issue 6", "Issue 5", "Issue 4"]
    clock.advance(1)
    server.state.edit(made[5], title="Issue 5 anew")
    after = ask(ISSUES, first=9, by="updatedAt", after=first["pageInfo"]["endCursor"])["data"]["issues"]
    assert [row["title"] for row in after["nodes"]] == ["Issue 3", "Issue 2", "Issue 1", "Issue 0"]
    assert not after["pageInfo"]["hasNextPage"]


def test_archived_and_trashed_issues_are_left_out_unless_they_are_asked_for(
    server: LinearSandbox, ask: Graphql
) -> None:
    for title, trash in (("Archived", False), ("Trashed", True)):
        server.state.archive(server.state.create("ENI", title), trash=trash)
    assert ask(ISSUES)["data"]["issues"]["nodes"] == []
    rows = {row["title"]: row for row in ask(ISSUES, archived=True)["data"]["issues"]["nodes"]}
    assert rows["Trashed"]["trashed"] is True
    assert rows["Archived"]["trashed"] is None
    assert all(row["archivedAt"] for row in rows.values())


def test_filters_compare_nest_and_combine(server: LinearSandbox, ask: Graphql, clock: Clock) -> None:
    old = server.state.create("ENI", "Old bill", labels=["urgent"], priority=2)
    clock.advance(86_400 * 20)
    server.state.create("GRD", "New bill", parent=old)
    server.state.create("ENI", "New grid", labels=["urgent", "web"])
    cases: list[tuple[dict[str, Any], set[str]]] = [
        ({"team": {"key": {"in": ["ENI"]}}}, {"Old bill", "New grid"}),
        ({"updatedAt": {"gte": "-P2W"}}, {"New bill", "New grid"}),
        ({"updatedAt": {"lt": server.state.now()}}, {"Old bill"}),
        ({"labels": {"some": {"name": {"eqIgnoreCase": "URGENT"}}}}, {"Old bill", "New grid"}),
        ({"labels": {"length": {"eq": 0}}}, {"New bill"}),
        ({"or": [{"title": {"contains": "grid"}}, {"priority": {"gte": 2}}]}, {"Old bill", "New grid"}),
        ({"parent": {"null": True}, "title": {"startsWith": "New"}}, {"New grid"}),
        ({"parent": {"title": {"eq": "Old bill"}}}, {"New bill"}),
        ({"id": {"in": [old.id, "ENI-2"]}}, {"Old bill", "New grid"}),
    ]
    for given, titles in cases:
        found = ask(ISSUES, filter=given)["data"]["issues"]["nodes"]
        assert {row["title"] for row in found} == titles, given


def test_complexity_is_counted_by_the_vendors_rule_before_anything_runs() -> None:
    schema = schema_of(None)
    counted = {
        "{ viewer { id name } }": 2,  # 1 + 2 x 0.1, rounded up
        "{ issues(first: 10) { nodes { id title } } }": 12,  # 10 x (1 + 0.2)
        "{ issues { nodes { id labels(first: 20) { nodes { id name } } } } }": 1_255,  # 50 x (1 + 0.1 + 20 x 1.2)
        "{ issues { nodes { ...x } } } fragment x on Issue { state { name } }": 105,
    }
    for text, points in counted.items():
        document = parse(text)
        assert Cost(schema, document, {}).of(document.definitions[0]) == points  # type: ignore[arg-type]  # the operation


def test_a_query_that_is_too_dear_or_asks_for_too_many_rows_is_refused(ask: Graphql) -> None:
    dear = "{ issues(first: 250) { nodes { id labels(first: 250) { nodes { id } } } } }"
    assert "complex" in ask(dear)["errors"][0]["message"]
    assert ask.last.status_code == 400
    assert ask.code("{ issues(first: 251) { nodes { id } } }") == "INPUT_ERROR"
    assert ask.code("{ issues { nodes { salary } } }") == "GRAPHQL_VALIDATION_FAILED"


def test_limits_are_buckets_whose_headers_tell_what_is_left_in_milliseconds(clock: Clock) -> None:
    limits = LinearLimits(requests=3, complexity=30)
    with start_linear(clock=clock, limits=limits) as server:
        ask = Graphql(server)
        ask("{ issues(first: 10) { nodes { id } } }")
        assert ask.last.headers["x-complexity"] == "11"
        assert ask.last.headers["x-ratelimit-complexity-remaining"] == "19"
        assert ask.last.headers["x-ratelimit-requests-remaining"] == "2"
        assert ask.code("{ issues(first: 20) { nodes { id } } }") == "RATELIMITED"
        assert ask.last.status_code == 400
        ask("{ viewer { id } }")
        assert ask.code("{ viewer { id } }") == "RATELIMITED"
        reset = int(ask.last.headers["x-ratelimit-requests-reset"])
        assert reset == round((clock() + 3_600) * 1000)
        clock.advance(1_200)  # a third of the hour: one of three is back
        assert "data" in ask("{ viewer { id } }")
        assert "data" in Graphql(server, f"Bearer {server.token}")("{ viewer { id } }")


def test_the_first_alias_that_fails_ends_a_document_and_what_stands_before_it_is_done(
    server: LinearSandbox, ask: Graphql
) -> None:
    """Payloads are never null, so a failure takes the data of all aliases with it: GraphQL's own rule."""
    first, last = server.state.create("ENI", "First"), server.state.create("ENI", "Last")
    alias = '%s: issueUpdate(id: "%s", input: $i) { success }'
    ids = {"a": first.id, "b": server.state.free_id(), "c": last.id}
    text = " ".join(alias % pair for pair in ids.items())
    answer = ask(f"mutation($i: IssueUpdateInput!) {{ {text} }}", i={"title": "Said anew"})
    assert ask.last.status_code == 200
    assert answer["data"] is None
    assert [(each["path"], each["message"]) for each in answer["errors"]] == [(["b"], "Entity not found: Issue")]
    assert (first.title, last.title) == ("Said anew", "Last")


def test_labels_are_added_and_removed_without_touching_others(server: LinearSandbox, ask: Graphql) -> None:
    issue = server.state.create("ENI", "Here", labels=["old", "theirs"])
    old = server.state.label_named("old", issue.team)
    new = server.state.add_label("journey.pay")
    assert old is not None
    ask(UPDATE, id=issue.identifier, input={"addedLabelIds": [new.id], "removedLabelIds": [old.id]})
    assert [label.name for label in issue.labels] == ["theirs", "journey.pay"]
    assert ask.code(UPDATE, id=issue.id, input={"labelIds": [], "addedLabelIds": [new.id]}) == "INPUT_ERROR"
    ask(UPDATE, id=issue.id, input={"labelIds": [new.id]})
    assert [label.name for label in issue.labels] == ["journey.pay"]


def test_a_group_allows_one_child_an_issue_and_is_no_label_itself(server: LinearSandbox, ask: Graphql) -> None:
    state, issue = server.state, server.state.create("ENI", "Here")
    group = state.add_label("journeys", is_group=True)
    one, two = (state.add_label(name, parent=group) for name in ("journey.a", "journey.b"))
    ask(UPDATE, id=issue.id, input={"addedLabelIds": [one.id]})
    refused = ask(UPDATE, id=issue.id, input={"addedLabelIds": [two.id]})
    assert refused["errors"][0]["message"] == "LabelIds not exclusive child labels"
    assert ask.code(UPDATE, id=issue.id, input={"addedLabelIds": [group.id]}) == "INPUT_ERROR"
    ask(UPDATE, id=issue.id, input={"addedLabelIds": [two.id], "removedLabelIds": [one.id]})
    assert [label.name for label in issue.labels] == ["journey.b"]


def test_a_label_name_is_taken_once_over_team_and_workspace(server: LinearSandbox, ask: Graphql) -> None:
    create = "mutation($i: IssueLabelCreateInput!) { issueLabelCreate(input: $i) { issueLabel { id team { key } } } }"
    mine, eni = server.state.free_id(), server.state.team("ENI").id
    made = ask(create, i={"name": "journey.a", "id": mine, "color": "#6b7280"})["data"]["issueLabelCreate"]
    assert made["issueLabel"] == {"id": mine, "team": None}
    assert ask(create, i={"name": "Journey.A", "teamId": eni})["errors"][0]["message"] == "Duplicate label name"
    assert ask.code(create, i={"name": "journey.b", "id": "no-uuid"}) == "INPUT_ERROR"


def test_fifty_issues_at_most_share_one_input_and_by_uuid_only(server: LinearSandbox, ask: Graphql) -> None:
    ids = [server.state.create("ENI", f"Issue {n}").id for n in range(51)]
    assert ask.code(BATCH, ids=ids, input={"priority": 2}) == "INPUT_ERROR"
    assert ask.code(BATCH, ids=["ENI-1"], input={"priority": 2}) == "INPUT_ERROR"
    assert ask(BATCH, ids=ids[:50], input={"priority": 2})["data"]["issueBatchUpdate"]["success"]
    assert [issue.priority for issue in server.state.issues] == [2] * 50 + [0]


def test_an_attachment_of_the_same_url_in_an_issue_is_the_same_one(server: LinearSandbox, ask: Graphql) -> None:
    issue, other = server.state.create("ENI", "Here"), server.state.create("ENI", "There")
    given = {"issueId": issue.id, "url": "https://j.example/1", "title": "One", "metadata": {"score": 87}}
    first = ask(ATTACH, i=given)["data"]["attachmentCreate"]["attachment"]["id"]
    again = ask(ATTACH, i=given | {"title": "Two"})["data"]["attachmentCreate"]["attachment"]["id"]
    assert first == again
    assert [each.title for each in issue.attachments] == ["Two"]
    assert ask(ATTACH, i=given | {"issueId": other.id})["data"]["attachmentCreate"]["attachment"]["id"] != first
    rows = ask('{ attachmentsForURL(url: "https://j.example/1") { nodes { issue { identifier } metadata } } }')
    assert len(rows["data"]["attachmentsForURL"]["nodes"]) == 2
    assert ask.code(ATTACH, i=given | {"metadata": {"a": {"b": 1}}}) == "INPUT_ERROR"


def test_an_issue_that_moves_to_another_team_keeps_its_id_and_its_old_name(server: LinearSandbox, ask: Graphql) -> None:
    issue = server.state.create("ENI", "Here", labels=["of-eni"])
    assert ask(UPDATE, id=issue.id, input={"teamId": server.state.team("GRD").id})["data"]["issueUpdate"]["success"]
    found = ask('{ issue(id: "ENI-1") { id identifier previousIdentifiers labelIds } }')["data"]["issue"]
    assert found == {"id": issue.id, "identifier": "GRD-1", "previousIdentifiers": ["ENI-1"], "labelIds": []}


def test_a_hidden_team_does_not_exist_and_a_read_only_one_refuses(server: LinearSandbox, ask: Graphql) -> None:
    hidden, read_only = server.state.create("GRD", "Hidden"), server.state.create("ENI", "Read only")
    server.state.hide("GRD")
    server.state.make_read_only("ENI")
    assert [row["title"] for row in ask(ISSUES)["data"]["issues"]["nodes"]] == ["Read only"]
    assert ask.code(UPDATE, id=hidden.id, input={"title": "x"}) == "INPUT_ERROR"
    assert ask.code(UPDATE, id=read_only.id, input={"title": "x"}) == "FORBIDDEN"


def test_webhooks_are_signed_over_the_raw_body_and_bear_their_time_in_it(clock: Clock) -> None:
    create = "mutation($i: WebhookCreateInput!) { webhookCreate(input: $i) { webhook { id secret } } }"
    given = {"url": "https://us.example/hook", "allPublicTeams": True, "resourceTypes": ["Issue"], "secret": "shh-now"}
    with start_linear(clock=clock, admin=True) as server:
        assert Graphql(server)(create, i=given)["data"]["webhookCreate"]["webhook"]["secret"] == "shh-now"
        issue = server.state.create("DEMO", "Here")
        [(url, headers, body)] = server.deliveries(issue, updated_from={"title": "Before"})
        assert url == "https://us.example/hook"
        assert headers["Linear-Signature"] == hmac.new(b"shh-now", body, hashlib.sha256).hexdigest()
        told = json.loads(body)
        assert (told["data"]["id"], told["webhookTimestamp"]) == (issue.id, round(clock() * 1000))
        server.state.hide("DEMO")
        assert list(server.deliveries(issue)) == []


def test_the_journal_tells_writes_of_callers_from_those_of_people(server: LinearSandbox, ask: Graphql) -> None:
    issue = server.state.create("ENI", "Here")
    ask(UPDATE, id=issue.id, input={"title": "Said anew"})
    [write] = server.journal.over_http()
    assert (write.what, write.name, write.value, write.issue_key) == ("field", "title", "Said anew", "ENI-1")


def test_recorded_objects_and_webhooks_are_loaded_to_the_byte() -> None:
    objects = shared("data", "linear", "linear_sdk_objects.jsonl.gz")
    hooks = shared("data", "webhooks", "linear_webhooks.jsonl.gz")
    rows = [json.loads(line) for path in (objects, hooks) for _number, line in lines_of(path)]
    named = [(row.get("type") or row["event"], row.get("object") or row["payload"]["data"]) for row in rows]
    issues = [found for kind, found in named if kind == "Issue"]
    with start_linear(load=[objects, hooks]) as server:
        last = {issue["id"]: issue for issue in issues}
        assert {issue.id for issue in server.state.issues} == set(last)
        for issue in server.state.issues:
            told = last[issue.id]
            assert (issue.title, issue.description) == (told["title"], told.get("description"))
            assert (issue.number, issue.updated_at) == (told["number"], told["updatedAt"])
        assert {"TW-15", "LEF-1", "WEB-43"} <= {issue.identifier for issue in server.state.issues}
        assert "Sample Project" in {project.name for project in server.state.projects.values()}


def test_a_generated_backlog_is_the_same_each_time_and_of_realistic_size() -> None:
    rows = list(generate_linear(500))
    assert rows == list(generate_linear(500))
    assert len({row["object"]["id"] for row in rows}) == 500
    assert 1_500 < sum(len(json.dumps(row["object"])) for row in rows) / 500 < 3_500


def test_a_record_that_is_none_is_named_by_file_and_line(tmp_path: Path) -> None:
    file = tmp_path / "wrong.jsonl"
    file.write_text('{"type": "Issue", "object": {"id": "1"}}\n', encoding="utf-8")
    with pytest.raises(ValueError, match=r"wrong\.jsonl, line 1"):
        start_linear(load=[file])


def test_the_sandboxs_own_schema_is_a_part_of_linears() -> None:
    ours, theirs = schema_of(None), schema_of(str(shared("schemas", "linear-graphql.graphql.gz")))
    for name, kind in ours.type_map.items():
        other = theirs.type_map[name]
        for field, definition in getattr(kind, "fields", {}).items():
            same = other.fields[field]  # type: ignore[attr-defined]  # both have fields
            assert str(same.type) == str(definition.type), f"{name}.{field}"
            for argument, value in getattr(definition, "args", {}).items():
                assert str(same.args[argument].type) == str(value.type), f"{name}.{field}({argument})"


def test_linears_own_schema_gives_the_same_answers(clock: Clock) -> None:
    path = shared("schemas", "linear-graphql.graphql.gz")
    records = list(generate_linear(60))
    with (
        start_linear(records=records, clock=clock) as ours,
        start_linear(records=records, clock=clock, schema=path) as theirs,
    ):
        given = {"first": 40, "by": "updatedAt", "filter": {"team": {"key": {"eq": "ENI"}}}}
        answers = [Graphql(each)(ISSUES, **given) for each in (ours, theirs)]
        assert answers[0] == answers[1]
        assert len(answers[0]["data"]["issues"]["nodes"]) == 30


def test_an_issue_has_a_page_that_shows_what_its_users_see(server: LinearSandbox) -> None:
    group = server.state.add_label("Type", is_group=True)
    server.state.add_label("Bug", parent=group)
    issue = server.state.create("ENI", "Chart <jumps>", labels=["Bug"], description="Since *Monday*", priority=1)
    server.state.attach(issue, "https://j.example/1", "Pay, priority 87", subtitle="Ask", metadata={"score": 87})
    server.state.move(issue, "GRD")
    listed = httpx.get(server.web_url, verify=False).text
    assert f"/solvane/issue/{issue.identifier}/chart-jumps" in listed
    page = httpx.get(f"{server.web_url}/solvane/issue/ENI-1/chart-jumps", verify=False)
    shown = ("Chart &lt;jumps&gt;", "<em>Monday</em>", "Urgent", "Pay, priority 87", "ENI-1", "&quot;score&quot;: 87")
    assert [words for words in shown if words not in page.text] == []
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert httpx.get(f"{server.web_url}/solvane/issue/ENI-99", verify=False).status_code == 404
