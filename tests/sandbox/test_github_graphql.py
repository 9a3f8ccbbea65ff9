"""GitHub's GraphQL in the sandbox: queries, mutations by alias, partial errors, cost and limits."""

import gzip
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from graphql import GraphQLInterfaceType, GraphQLObjectType, build_schema

from journeysync.sandbox import GithubLimits, GithubSandbox, start_github
from journeysync.sandbox.github.books import FEATURES
from journeysync.sandbox.github.graphql_schema import schema_of

ISSUES = """
query($owner: String!, $name: String!, $first: Int = 50, $after: String, $since: DateTime) {
  rateLimit { cost remaining resetAt nodeCount }
  repository(owner: $owner, name: $name) {
    issues(first: $first, after: $after, orderBy: {field: UPDATED_AT, direction: ASC}, filterBy: {since: $since}) {
      totalCount pageInfo { hasNextPage endCursor }
      nodes {
        id databaseId fullDatabaseId number title body state stateReason url locked authorAssociation
        createdAt updatedAt closedAt
        author { __typename login }
        labels(first: 20) { nodes { id name color } }
        milestone { number title dueOn }
        issueType { name }
        parent { id number repository { nameWithOwner } }
        subIssuesSummary { total completed percentCompleted }
        comments(first: 5) { nodes { id body author { login } viewerDidAuthor } }
        issueFieldValues(first: 5) { nodes {
          __typename
          ... on IssueFieldNumberValue { value field { ... on IssueFieldNumber { name } } }
          ... on IssueFieldSingleSelectValue { name optionId }
        } }
        projectItems(first: 5) { nodes {
          id project { id title }
          fieldValueByName(name: "Score") { ... on ProjectV2ItemFieldNumberValue { number } }
        } }
      }
    }
  }
}
"""


class Graphql:
    """Sends documents as the account."""

    def __init__(self, server: GithubSandbox) -> None:
        self._server = server
        self.last: httpx.Response | None = None

    def __call__(self, query: str, **variables: Any) -> dict[str, Any]:
        self.last = httpx.post(
            self._server.graphql_url,
            json={"query": query, "variables": variables},
            headers={"Authorization": f"bearer {self._server.token}"},
            timeout=60,  # GitHub's own schema takes seconds to build, longer on a busy machine
        )
        assert self.last.status_code == 200, self.last.text
        answer: dict[str, Any] = self.last.json()
        return answer


@pytest.fixture
def server(clock: Any) -> Iterator[GithubSandbox]:
    with start_github(clock=clock, repositories=["solvane/app"]) as each:
        yield each


@pytest.fixture
def ask(server: GithubSandbox) -> Graphql:
    return Graphql(server)


def test_the_own_schema_is_a_part_of_githubs(recorded: Any) -> None:
    with gzip.open(recorded("schemas", "github-graphql.graphql.gz"), "rt", encoding="utf-8") as file:
        whole = build_schema(file.read(), assume_valid=True)
    own = schema_of(None, FEATURES)
    wrong = []
    for name, kind in own.type_map.items():
        if not isinstance(kind, GraphQLObjectType | GraphQLInterfaceType) or name.startswith("__"):
            continue
        for field, definition in kind.fields.items():
            theirs = whole.type_map[name].fields.get(field)  # type: ignore[attr-defined] # the same kind of type
            if theirs is None or str(theirs.type) != str(definition.type):
                wrong.append(f"{name}.{field}")
            else:
                wrong += [
                    f"{name}.{field}({argument})"
                    for argument, one in definition.args.items()
                    if argument not in theirs.args or str(theirs.args[argument].type) != str(one.type)
                ]
    assert wrong == []


def test_issues_come_with_all_that_was_asked_for(server: GithubSandbox, ask: Graphql) -> None:
    state = server.state
    state.add_type("solvane", "Bug")
    score, size = (
        state.add_field("solvane", "Score", "number"),
        state.add_field("solvane", "Size", "single_select", "SM"),
    )
    project = state.add_project("solvane", "Roadmap", {"Score": "number"})
    epic = state.create("solvane/app", "Epic")
    issue = state.create("solvane/app", "Pay by card", body="text", labels=["ux"], milestone="v1", type_="Bug")
    state.create("solvane/app", "A pull request", pull_request=True)
    state.set_parent(issue, epic)
    state.set_field_value(issue, score, 7)
    state.set_field_value(issue, size, size.options[1])
    state.comment(issue, "hello")
    item = state.add_to_project(project, issue)
    field = next(each for each in project.fields.values() if each.name == "Score")
    state.set_project_value(item, field, 61.5)

    answer = ask(ISSUES, owner="solvane", name="app")
    assert "errors" not in answer
    page = answer["data"]["repository"]["issues"]
    assert (page["totalCount"], [node["number"] for node in page["nodes"]]) == (2, [1, 2])
    node = page["nodes"][1]
    assert node["id"] == issue.node_id
    assert (node["databaseId"], node["fullDatabaseId"]) == (None, str(issue.id))
    assert (node["state"], node["stateReason"], node["author"]) == (
        "OPEN",
        None,
        {"__typename": "User", "login": "person"},
    )
    assert [label["name"] for label in node["labels"]["nodes"]] == ["ux"]
    assert (node["milestone"]["title"], node["issueType"]["name"], node["parent"]["number"]) == ("v1", "Bug", 1)
    assert node["comments"]["nodes"][0]["body"] == "hello"
    values = node["issueFieldValues"]["nodes"]
    assert (values[0]["value"], values[0]["field"]["name"], values[1]["name"]) == (7, "Score", "M")
    assert node["projectItems"]["nodes"][0]["fieldValueByName"] == {"number": 61.5}
    assert page["nodes"][0]["subIssuesSummary"] == {"total": 1, "completed": 0, "percentCompleted": 0}


def test_githubs_own_schema_serves_the_same_document(clock: Any, recorded: Any) -> None:
    schema = recorded("schemas", "github-graphql.graphql.gz")
    with start_github(clock=clock, repositories=["solvane/app"], schema=schema) as server:
        server.state.create("solvane/app", "One")
        answer = Graphql(server)(ISSUES, owner="solvane", name="app")
    assert "errors" not in answer
    assert answer["data"]["repository"]["issues"]["nodes"][0]["title"] == "One"


def test_pages_hold_every_issue_once_and_since_is_inclusive(server: GithubSandbox, ask: Graphql, clock: Any) -> None:
    for number in range(7):
        server.state.create("solvane/app", f"Issue {number}")
        clock.advance(number % 2)
    seen, after = [], None
    while True:
        page = ask(ISSUES, owner="solvane", name="app", first=2, after=after)["data"]["repository"]["issues"]
        seen += [node["number"] for node in page["nodes"]]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert seen == [1, 2, 3, 4, 5, 6, 7]
    moment = server.state.issue("solvane/app#5").updated_at
    page = ask(ISSUES, owner="solvane", name="app", since=moment)["data"]["repository"]["issues"]
    assert [node["number"] for node in page["nodes"]] == [5, 6, 7]


def test_a_batch_of_aliases_may_fail_in_part(server: GithubSandbox, ask: Graphql) -> None:
    one, two = server.state.create("solvane/app", "One"), server.state.create("solvane/app", "Two")
    home = server.state.repository("solvane/app")
    made = ask(
        'mutation($r: ID!) { createLabel(input: {repositoryId: $r, name: "js:a", color: "ededed"}) { label { id } } }',
        r=home.node_id,
    )["data"]["createLabel"]["label"]["id"]
    shown = "{ labelable { ...on Issue { number } } }"
    gone = server.state.create("solvane/app", "Gone")
    server.state.delete(gone)
    adds = [
        f'{alias}: addLabelsToLabelable(input: {{labelableId: "{issue.node_id}", labelIds: ["{made}"]}}) {shown}'
        for alias, issue in (("a", one), ("b", gone), ("c", two))
    ]
    answer = ask(f"mutation {{ {' '.join(adds)} }}")
    assert answer["data"] == {"a": {"labelable": {"number": 1}}, "b": None, "c": {"labelable": {"number": 2}}}
    assert [(each["type"], each["path"]) for each in answer["errors"]] == [("NOT_FOUND", ["b"])]
    assert [label.name for label in two.labels] == ["js:a"]
    assert [(write.what, write.issue_key) for write in server.journal.over_http()] == [
        ("repository-label+", "solvane/app"),
        ("label+", "solvane/app#1"),
        ("label+", "solvane/app#2"),
    ]


def test_comments_are_written_changed_and_deleted(server: GithubSandbox, ask: Graphql) -> None:
    issue = server.state.create("solvane/app", "One")
    made = ask(
        'mutation($i: ID!) { addComment(input: {subjectId: $i, body: "first"}) { commentEdge { node { id body } } } }',
        i=issue.node_id,
    )["data"]["addComment"]["commentEdge"]["node"]
    ask(
        'mutation($c: ID!) { updateIssueComment(input: {id: $c, body: "second"}) { issueComment { body } } }',
        c=made["id"],
    )
    assert [comment.body for comment in issue.comments] == ["second"]
    ask("mutation($c: ID!) { deleteIssueComment(input: {id: $c}) { clientMutationId } }", c=made["id"])
    assert issue.comments == []


def test_project_values_take_one_kind_and_leave_the_issues_time_alone(
    server: GithubSandbox, ask: Graphql, clock: Any
) -> None:
    issue = server.state.create("solvane/app", "One")
    before = issue.updated_at
    project = server.state.add_project("solvane", "Roadmap", {"Score": "number", "Band": ("high", "low")})
    fields = {field.name: field for field in project.fields.values()}
    clock.advance(60)
    add = "mutation($p: ID!, $i: ID!) { addProjectV2ItemById(input: {projectId: $p, contentId: $i}) { item { id } } }"
    item = ask(add, p=project.node_id, i=issue.node_id)["data"]["addProjectV2ItemById"]["item"]["id"]
    assert ask(add, p=project.node_id, i=issue.node_id)["data"]["addProjectV2ItemById"]["item"]["id"] == item
    write = """mutation($p: ID!, $i: ID!, $f: ID!, $v: ProjectV2FieldValue!) {
      updateProjectV2ItemFieldValue(input: {projectId: $p, itemId: $i, fieldId: $f, value: $v}) {
        projectV2Item { id } } }"""
    ids = {"p": project.node_id, "i": item}
    assert "errors" not in ask(write, **ids, f=fields["Score"].node_id, v={"number": 12})
    option = fields["Band"].options[0]
    assert "errors" not in ask(write, **ids, f=fields["Band"].node_id, v={"singleSelectOptionId": option.key})
    wrong = ask(write, **ids, f=fields["Score"].node_id, v={"text": "12"})
    assert wrong["errors"][0]["type"] == "UNPROCESSABLE"
    clear = """mutation($p: ID!, $i: ID!, $f: ID!) {
      clearProjectV2ItemFieldValue(input: {projectId: $p, itemId: $i, fieldId: $f}) { projectV2Item {
        fieldValueByName(name: "Band") { ... on ProjectV2ItemFieldSingleSelectValue { name } } } } }"""
    left = ask(clear, **ids, f=fields["Score"].node_id)["data"]["clearProjectV2ItemFieldValue"]["projectV2Item"]
    assert left == {"fieldValueByName": {"name": "high"}}
    assert issue.updated_at == before


def test_organisation_fields_are_set_several_at_once(server: GithubSandbox, ask: Graphql) -> None:
    issue = server.state.create("solvane/app", "One")
    score, note = (
        server.state.add_field("solvane", "Score", "number"),
        server.state.add_field("solvane", "Note", "text"),
    )
    write = """mutation($i: ID!, $f: [IssueFieldCreateOrUpdateInput!]!) {
      setIssueFieldValue(input: {issueId: $i, issueFields: $f}) { issue { number } } }"""
    both = [{"fieldId": score.node_id, "numberValue": 7}, {"fieldId": note.node_id, "textValue": "x"}]
    assert "errors" not in ask(write, i=issue.node_id, f=both)
    assert issue.field_values == {score.id: 7, note.id: "x"}
    ask(write, i=issue.node_id, f=[{"fieldId": note.node_id, "delete": True}])
    assert issue.field_values == {score.id: 7}


def test_nodes_by_id_are_null_with_an_error_where_they_are_gone_or_hidden(server: GithubSandbox, ask: Graphql) -> None:
    issue = server.state.create("solvane/app", "One")
    server.state.add_repository("solvane/secret")
    hidden = server.state.create("solvane/secret", "Two")
    server.state.hide("solvane/secret")
    answer = ask(
        "query($ids: [ID!]!) { nodes(ids: $ids) { ... on Issue { number } } }",
        ids=[issue.node_id, "I_nothing", hidden.node_id],
    )
    assert answer["data"]["nodes"] == [{"number": 1}, None, None]
    assert [(each["type"], each["path"]) for each in answer["errors"]] == [
        ("NOT_FOUND", ["nodes", 1]),
        ("NOT_FOUND", ["nodes", 2]),
    ]
    unknown = ask(ISSUES, owner="solvane", name="secret")
    assert unknown["errors"][0]["message"] == "Could not resolve to a Repository with the name 'solvane/secret'."


def test_who_may_not_push_is_forbidden(server: GithubSandbox, ask: Graphql) -> None:
    issue = server.state.create("solvane/app", "One", labels=["bug"])
    server.state.make_read_only("solvane/app")
    remove = """mutation($i: ID!, $l: ID!) {
      removeLabelsFromLabelable(input: {labelableId: $i, labelIds: [$l]}) { clientMutationId } }"""
    answer = ask(remove, i=issue.node_id, l=issue.labels[0].node_id)
    assert (answer["data"]["removeLabelsFromLabelable"], answer["errors"][0]["type"]) == (None, "FORBIDDEN")
    assert len(issue.labels) == 1


@pytest.mark.parametrize(
    ("query", "type_"),
    [
        ('{ repository(owner: "solvane", name: "app") { issues { totalCount } } }', "MISSING_PAGINATION_BOUNDARIES"),
        ('{ repository(owner: "solvane", name: "app") { issues(first: 101) { totalCount } } }', "EXCESSIVE_PAGINATION"),
        (
            '{ repository(owner: "solvane", name: "app") { issues(first: 100) { nodes { comments(first: 100) { nodes '
            "{ id } } subIssues(first: 100) { nodes { labels(first: 50) { totalCount } } } } } } }",
            "MAX_NODE_LIMIT_EXCEEDED",
        ),
    ],
)
def test_a_document_that_asks_for_too_much_is_not_run(ask: Graphql, query: str, type_: str) -> None:
    answer = ask(query)
    assert "data" not in answer
    assert answer["errors"][0]["type"] == type_


def test_the_cost_is_by_the_published_rule_and_the_budget_ends_with_200(
    server: GithubSandbox, ask: Graphql, clock: Any
) -> None:
    server.state.create("solvane/app", "One")
    figures = ask(ISSUES, owner="solvane", name="app", first=50)["data"]["rateLimit"]
    assert (figures["cost"], figures["remaining"]) == (2, 4_998)  # 1 + 4 connections of 50 issues, over 100
    server.limits.graphql = 4
    ask("{ viewer { login } }")
    ask("{ viewer { login } }")
    over = ask("{ viewer { login } }")
    assert [each["type"] for each in over["errors"]] == ["RATE_LIMITED"]
    assert ask.last is not None
    assert (ask.last.headers["x-ratelimit-remaining"], ask.last.headers["x-ratelimit-resource"]) == ("0", "graphql")
    clock.advance(3_601)
    assert "errors" not in ask("{ viewer { login } }")


def test_the_secondary_limit_of_mutations_is_a_403(server: GithubSandbox) -> None:
    server.limits.secondary, server.limits.content = True, 0
    answer = httpx.post(
        server.graphql_url,
        json={"query": 'mutation { addComment(input: {subjectId: "x", body: "y"}) { clientMutationId } }'},
        headers={"Authorization": f"bearer {server.token}"},
    )
    assert (answer.status_code, answer.headers["retry-after"]) == (403, "60")
    assert "secondary rate limit" in answer.json()["message"]


def test_an_older_server_does_not_know_the_newer_fields(clock: Any) -> None:
    with start_github(clock=clock, repositories=["solvane/app"], enterprise=True, limits=GithubLimits.off()) as server:
        assert server.graphql_url.endswith("/api/graphql")
        errors = Graphql(server)(ISSUES, owner="solvane", name="app")["errors"]
    assert "Field 'subIssuesSummary' doesn't exist on type 'Issue'" in [each["message"] for each in errors]


def test_authors_that_are_gone_are_null_and_bots_have_their_short_name(server: GithubSandbox, ask: Graphql) -> None:
    server.state.user("helpful[bot]", "Bot")
    server.state.create("solvane/app", "One", author="ghost")
    server.state.create("solvane/app", "Two", author="helpful[bot]")
    nodes = ask(ISSUES, owner="solvane", name="app")["data"]["repository"]["issues"]["nodes"]
    assert [node["author"] for node in nodes] == [None, {"__typename": "Bot", "login": "helpful"}]
