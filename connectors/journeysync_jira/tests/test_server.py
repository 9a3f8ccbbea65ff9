"""Jira Data Center over HTTP against the sandbox: costs, pages that shift, epics, receipts, mails, log-in, doctor."""

import gzip
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from journeysync.connector import Secret
from journeysync.errors import AuthFailed, ConfigError
from journeysync.model.change import LINK, PROPERTY, Result
from journeysync.model.tracker import Found, Gone, Moved
from journeysync.sandbox import JiraDcSandbox, ServerLimits, start_jira_cloud, start_jira_dc
from journeysync_jira.connection import JiraConnector
from journeysync_jira.server_checking import own_token

from .conftest import Memory, shared
from .test_bodies import _fits, sent, validate
from .test_checking import by_topic
from .test_writing import PAY, add, fill, link, no_receipt, on, receipt, remove

__all__ = ["sent"]
Connect = Callable[..., JiraConnector]
SEARCH = "POST /jira/rest/api/2/search"
DAY = 86_400.0


def personal(site: JiraDcSandbox) -> dict[str, Any]:
    return {"kind": "personal-token", "token": Secret(site.token, "env JIRA_TOKEN")}


@pytest.fixture
def site() -> Iterator[JiraDcSandbox]:
    with start_jira_dc(context_path="/jira", projects=["BILL", "ONB"]) as server:
        yield server


@pytest.fixture
def open_billing(site: JiraDcSandbox, connect: Connect) -> Connect:
    def make(**other: Any) -> JiraConnector:
        return connect(site, **({"auth": personal(site)} | other))

    return make


@pytest.fixture
def billing(open_billing: Connect) -> JiraConnector:
    return open_billing()


def tickets(site: JiraDcSandbox, count: int, **fields: Any) -> list[str]:
    return [site.state.create_issue("BILL", f"Ticket {number}", **fields).id for number in range(count)]


# reading


def test_a_first_pull_is_the_fields_the_epics_and_full_pages(
    site: JiraDcSandbox, billing: JiraConnector, memory: Memory
) -> None:
    ids = tickets(site, 1_200)
    site.state.create_issue("ONB", "Not ours")
    assert sorted(ticket.ref.id for ticket in memory.take(billing.pull(None))) == sorted(ids)
    assert memory.complete
    assert site.requests.by_endpoint() == {"GET /jira/rest/api/2/field": 1, SEARCH: 1 + 3}


def test_nothing_changed_costs_one_request_also_in_another_process(
    site: JiraDcSandbox, open_billing: Connect, memory: Memory
) -> None:
    tickets(site, 30)
    memory.take(open_billing().pull(None))
    site.requests.reset()
    assert memory.take(open_billing().pull(memory.cursor)) == []
    assert site.requests.by_endpoint() == {SEARCH: 1}


def test_what_changed_comes_with_the_one_search_and_a_look_at_each_receipt(
    site: JiraDcSandbox, open_billing: Connect, memory: Memory
) -> None:
    ids = tickets(site, 30)
    memory.take(open_billing().pull(None))
    for each in ids[:3]:
        site.state.edit(each, summary="Changed")
    site.requests.reset()
    assert {ticket.title for ticket in memory.take(open_billing().pull(memory.cursor))} == {"Changed"}
    assert site.requests.by_endpoint() == {SEARCH: 1, "GET /jira/rest/api/2/issue/{issue}": 3}


def test_a_server_that_gives_fewer_rows_than_asked_is_followed(connect: Connect, memory: Memory) -> None:
    with start_jira_dc(projects=["BILL"], limits=ServerLimits(rows=7)) as site:
        ids = tickets(site, 50)
        taken = memory.take(connect(site, auth=personal(site)).pull(None))
    assert sorted(ticket.ref.id for ticket in taken) == sorted(ids)


@pytest.mark.parametrize("in_flight", [1, 6])
def test_tickets_that_vanish_between_two_pages_hide_none_of_the_others(
    site: JiraDcSandbox, open_billing: Connect, in_flight: int
) -> None:
    ids = tickets(site, 60)
    pages = open_billing(options={"page_size": 10, "in_flight": in_flight}).pull(None)
    taken = [ticket.ref.id for ticket in next(pages).tickets]
    for each in ids[:9]:
        site.state.delete(each)
    for page in pages:
        taken += [ticket.ref.id for ticket in page.tickets]
    assert len(taken) == len(set(taken))
    assert set(ids[9:]) <= set(taken)


def test_tickets_that_change_while_the_changed_ones_are_read_are_not_lost(
    site: JiraDcSandbox, open_billing: Connect, memory: Memory
) -> None:
    ids = tickets(site, 40)
    connector = open_billing(options={"page_size": 8, "in_flight": 1})
    memory.take(connector.pull(None))
    memory.tickets.clear()
    pages = connector.pull(memory.cursor)
    taken = {ticket.ref.id for ticket in next(pages).tickets}
    for each in ids[:7]:
        site.state.edit(each, summary="Changed meanwhile")
    taken |= {ticket.ref.id for page in pages for ticket in page.tickets}
    assert taken == set(ids)


def test_an_older_row_of_a_lagging_index_never_takes_the_place_of_a_newer_one(
    site: JiraDcSandbox, billing: JiraConnector, memory: Memory
) -> None:
    [ticket] = tickets(site, 1)
    memory.take(billing.pull(None))
    site.state.index.lag_seconds = 3_600
    site.state.edit(ticket, summary="New")
    [observed] = billing.observe([ticket], frozenset())
    memory.tickets[ticket] = observed.ticket
    assert observed.ticket.title == "New"
    assert memory.take(billing.pull(memory.cursor)) == []


def test_epics_are_the_parents_of_who_names_them_by_key(
    site: JiraDcSandbox, billing: JiraConnector, memory: Memory
) -> None:
    child_first = site.state.create_issue("BILL", "Child")
    epic = site.state.create_issue("BILL", "Epic", type="Epic")
    site.state.set_field(child_first.id, site.state.epic_link, epic.key)
    elsewhere = site.state.create_issue("ONB", "Epic elsewhere", type="Epic")
    other = site.state.create_issue("BILL", "Other child", parent=elsewhere.key)
    task = site.state.create_issue("BILL", "Sub-task", type="Sub-task", parent=child_first.key)
    site.state.move(epic.id, "ONB")
    site.state.move(epic.id, "BILL")
    memory.take(billing.pull(None))
    above = {each: memory.tickets[each].parent for each in (child_first.id, other.id, task.id)}
    assert above == {child_first.id: epic.id, other.id: elsewhere.id, task.id: child_first.id}
    kinds = {ticket.title: (ticket.kind, ticket.level, ticket.context) for ticket in memory.tickets.values()}
    assert kinds["Epic"] == ("epic", 1, False)
    assert kinds["Epic elsewhere"] == ("epic", 1, True)
    assert kinds["Sub-task"] == ("subtask", -1, False)


def test_a_receipt_is_looked_for_where_something_of_ours_is_seen_or_everywhere_if_asked(
    site: JiraDcSandbox, open_billing: Connect
) -> None:
    field = site.state.add_field("Journey score")
    plain, labelled, filled, *_rest = tickets(site, 30)
    site.state.add_label(labelled, "journey.pay")
    site.state.set_field(filled, field, 3)
    for each in (plain, labelled, filled):
        site.state.set_property(each, "journeysync.k3f9", {"v": 1, "slots": {}})
    seen = {}
    for options in ({}, {"receipts": "all"}):
        pages = open_billing(fields=(field,), options=options).pull(None)
        seen[len(options)] = {ticket.ref.id for page in pages for ticket in page.tickets if ticket.receipt}
    assert seen == {0: {labelled, filled}, 1: {plain, labelled, filled}}


def test_a_field_reads_back_as_data_center_spells_numbers(site: JiraDcSandbox, open_billing: Connect) -> None:
    field = site.state.add_field("Journey score")
    [ticket] = tickets(site, 1)
    connector = open_billing(fields=(field,))
    [outcome] = connector.write([on(site, ticket, fill(field, 92))])
    [observed] = connector.observe([ticket], frozenset({f"field:{field}"}))
    assert outcome.result is Result.WRITTEN
    assert observed.get(f"field:{field}") == 92.0


def test_one_id_that_never_was_does_not_hide_the_others(site: JiraDcSandbox, open_billing: Connect) -> None:
    here, away = tickets(site, 2)
    site.state.move(away, "ONB")
    connector = open_billing(scope={"jql": "project = BILL"})
    answers = {
        getattr(each, "id", None) or each.ticket.ref.id: type(each) for each in connector.fetch([here, "987654", away])
    }
    assert answers == {here: Found, "987654": Gone, away: Moved}


# text


@pytest.mark.parametrize("name", ["dc_server_issues.jsonl.gz", "tidev_AC_issues.jsonl.gz"])
def test_recorded_wiki_text_is_handed_on_to_the_byte(name: str, connect: Connect, recorded: Any) -> None:
    rows = recorded(name)[:400]
    with start_jira_dc(records=rows) as site:
        projects = sorted({row["fields"]["project"]["key"] for row in rows})
        pages = connect(site, auth=personal(site), scope={"projects": projects}).pull(None)
        bodies = {ticket.ref.id: ticket.body for page in pages for ticket in page.tickets if not ticket.context}
    assert bodies == {row["id"]: (row["fields"].get("description") or "").replace("\x00", "") for row in rows}


# writing


def test_a_ticket_costs_an_edit_a_receipt_and_a_link(site: JiraDcSandbox, open_billing: Connect) -> None:
    field = site.state.add_field("Journey score")
    ids = tickets(site, 20, labels=["urgent"])
    connector = open_billing(fields=(field,))
    outcomes = list(
        connector.write([on(site, each, add("journey.a"), fill(field, 5), receipt(PAY), link("Pay")) for each in ids])
    )
    assert {outcome.result for outcome in outcomes} == {Result.WRITTEN}
    assert len(outcomes) == 4 * 20
    asked = site.requests.by_endpoint()
    assert asked.pop("GET /jira/rest/api/2/field") == 1
    assert set(asked.values()) == {20}
    assert sorted(asked) == [
        "POST /jira/rest/api/2/issue/{issue}/remotelink",
        "PUT /jira/rest/api/2/issue/{issue}",
        "PUT /jira/rest/api/2/issue/{issue}/properties/{name}",
    ]
    assert all(sorted(site.state.issue(each).labels) == ["journey.a", "urgent"] for each in ids)
    assert not [write for write in site.journal.over_http() if write.notified]


def test_a_receipt_does_not_claim_what_was_refused(site: JiraDcSandbox, open_billing: Connect) -> None:
    hidden = site.state.add_field("Journey score")
    site.state.hide_field(hidden, "BILL")
    one, two = tickets(site, 2)
    connector = open_billing(fields=(hidden,))
    claims = receipt(PAY, f"field:{hidden}")
    outcomes = list(connector.write([on(site, one, add("journey.pay"), fill(hidden, 5), claims)]))
    assert {outcome.slot: outcome.result for outcome in outcomes} == {
        PAY: Result.WRITTEN,
        f"field:{hidden}": Result.FAILED,
        PROPERTY: Result.WRITTEN,
    }
    assert set(json.loads(site.state.issue(one).properties["journeysync.k3f9"])["slots"]) == {PAY}
    outcomes = list(connector.write([on(site, two, fill(hidden, 5), receipt(f"field:{hidden}"))]))
    assert [outcome.result for outcome in outcomes] == [Result.FAILED] * 2
    assert "journeysync.k3f9" not in site.state.issue(two).properties


def test_who_may_not_write_without_mails_writes_with_them_and_asks_once_a_project(
    site: JiraDcSandbox, open_billing: Connect
) -> None:
    site.state.revoke("ADMINISTER")
    site.state.revoke("ADMINISTER_PROJECTS", project="BILL")
    ids = tickets(site, 10)
    connector = open_billing(options={"in_flight": 1})
    assert {outcome.result for outcome in connector.write([on(site, each, add("journey.a")) for each in ids])} == {
        Result.WRITTEN
    }
    assert site.requests.by_endpoint() == {"PUT /jira/rest/api/2/issue/{issue}": 11}
    assert [finding.level for finding in by_topic(connector)["quiet"]] == ["warning"]


def test_a_project_where_nothing_may_be_edited_says_so(site: JiraDcSandbox, billing: JiraConnector) -> None:
    [ticket] = tickets(site, 1)
    site.state.revoke("EDIT_ISSUES", project="BILL")
    [outcome] = billing.write([on(site, ticket, add("journey.a"))])
    assert outcome.result is Result.FAILED
    assert "'Edit issues'" in outcome.next_step


# limits


def test_a_rate_limit_of_an_administrator_is_kept(connect: Connect, memory: Memory) -> None:
    limits = ServerLimits(rows=2, bucket=5, fill=50, interval_seconds=1.0)
    with start_jira_dc(projects=["BILL"], limits=limits) as site:
        ids = tickets(site, 12)
        connector = connect(site, auth=personal(site), options={"in_flight": 4})
        taken = memory.take(connector.pull(None))
        asked = site.requests.total
    assert sorted(ticket.ref.id for ticket in taken) == sorted(ids)
    assert connector.traffic.limit_remaining is not None
    assert connector.traffic.waited_seconds > 0
    assert asked < 2 * 13, "after the first refusal everybody waits"


# log-in and doctor


def test_a_good_connection_is_all_right_and_names_version_token_and_epics(
    site: JiraDcSandbox, open_billing: Connect
) -> None:
    tickets(site, 2)
    field = site.state.add_field("Journey score")
    connector = open_billing(fields=(field,))
    found = by_topic(connector)
    assert {finding.level for findings in found.values() for finding in findings} == {"ok"}
    assert "Jira Data Center 10.3" in found["reach"][0].says
    assert site.state.epic_link in found["hierarchy"][0].says
    assert set(found) == {
        "tls",
        "reach",
        "auth",
        "scope",
        "permissions",
        "quiet",
        "visibility",
        "labels",
        "hierarchy",
        "fields",
        "size",
    }
    assert connector.traffic.writes == 0


@pytest.mark.parametrize(("days", "level"), [(200.0, "ok"), (5.5, "warning")])
def test_the_end_of_a_personal_access_token_is_told_ahead(connect: Connect, days: float, level: str) -> None:
    with start_jira_dc(projects=["BILL"], token_expires_at=time.time() + days * DAY) as site:
        [finding] = by_topic(connect(site, auth=personal(site)))["expiry"]
    assert finding.level == level
    assert ("in 5 days" in finding.says) == (level == "warning")


def test_of_many_tokens_ours_is_the_one_used_just_now() -> None:
    old = {"name": "old", "expiringAt": "2026-11-23T00:00:00.000Z", "lastAccessedAt": "2026-01-01T00:00:00.000Z"}
    ours = {"name": "ours", "expiringAt": "2027-11-23T00:00:00.000Z", "lastAccessedAt": "2026-11-22T00:00:00.000Z"}
    assert own_token([old, ours]) == ours
    assert own_token([{"name": "a"}, {"name": "b", "expiringAt": "2027"}]) == {"name": "b", "expiringAt": "2027"}
    assert own_token([{"name": "a"}]) is None


def test_a_password_is_taken_with_a_warning(site: JiraDcSandbox, connect: Connect) -> None:
    auth = {"kind": "basic", "user": site.user, "password": Secret(site.password, "env JIRA_PASSWORD")}
    found = by_topic(connect(site, auth=auth))
    assert [finding.level for finding in found["expiry"]] == ["warning"]
    assert "personal-token" in found["expiry"][0].next_step


def test_an_expired_token_says_where_to_make_a_new_one(site: JiraDcSandbox, billing: JiraConnector) -> None:
    site.expire_token()
    with pytest.raises(AuthFailed, match="personal access token") as caught:
        list(billing.pull(None))
    assert "Personal Access Tokens" in caught.value.next_step
    assert "env JIRA_TOKEN" in caught.value.next_step
    [finding] = by_topic(billing)["auth"]
    assert (finding.level, finding.exit_code) == ("error", 4)


def test_the_kind_of_log_in_of_the_other_jira_is_said_in_words(site: JiraDcSandbox, connect: Connect) -> None:
    token = Secret("some-token", "env JIRA_TOKEN")
    on_server = connect(site, auth={"kind": "api-token", "user": "bot", "token": token})
    with start_jira_cloud(projects=["BILL"]) as cloud:
        on_cloud = connect(cloud, auth={"kind": "personal-token", "token": token})
        for connector, words in (
            (on_server, "does not take the auth kind 'api-token'; allowed there: personal-token, basic"),
            (on_cloud, "does not take the auth kind 'personal-token'; allowed there: api-token, scoped-token, oauth"),
        ):
            with pytest.raises(ConfigError, match=words):
                list(connector.pull(None))
            [finding] = [one for one in connector.check() if one.level == "error"]
            assert words in finding.says
            assert "write `auth: {kind:" in finding.next_step


# the official description


def test_every_request_is_one_of_the_api_and_its_body_fits(
    site: JiraDcSandbox, open_billing: Connect, sent: list[tuple[str, str, Any]]
) -> None:
    schema = description()
    field = site.state.add_field("Journey score")
    connector = open_billing(fields=(field,))
    ids = tickets(site, 5)
    list(connector.pull(None))
    list(connector.sweep())
    list(connector.fetch([*ids[:2], "424242"]))
    list(connector.observe(ids[:2], frozenset({LINK, PROPERTY})))
    list(connector.write([on(site, each, add("journey.a"), fill(field, 5), receipt(PAY), link("A")) for each in ids]))
    list(connector.write([on(site, each, remove("journey.a"), no_receipt, link(None)) for each in ids]))
    list(connector.check())
    checked = set()
    for method, path, body in sent:
        path = path.removeprefix("/jira/rest")
        if path.startswith("/pat/"):
            continue  # of the tokens' own plugin, which the description leaves out
        template = next(
            each
            for each, operations in sorted(schema["paths"].items(), key=lambda item: item[0].count("{"))
            if method.lower() in operations and _fits(each.strip("/").split("/"), path.strip("/").split("/"))
        )
        if body is None:
            continue
        checked.add(f"{method} {template}")
        content = schema["paths"][template][method.lower()]["requestBody"]["content"]["application/json"]
        if not template.endswith("/properties/{propertyKey}"):  # any JSON, described as text of format json
            validate(body, content["schema"], schema)
    assert checked == {
        "POST /api/2/search",
        "PUT /api/2/issue/{issueIdOrKey}",
        "PUT /api/2/issue/{issueIdOrKey}/properties/{propertyKey}",
        "POST /api/2/issue/{issueIdOrKey}/remotelink",
    }


def description() -> dict[str, Any]:
    with gzip.open(shared("schemas", "jira-dc-10.3.json.gz"), "rt", encoding="utf-8") as file:
        value: dict[str, Any] = json.load(file)
    schemas = value["components"]["schemas"]
    schemas["IssueUpdateBean"]["properties"]["fields"]["additionalProperties"] = {}  # "object" there, and 5 is none
    schemas["FieldOperation"] = {}  # an empty object there, for what is {"add": ...}
    return value
