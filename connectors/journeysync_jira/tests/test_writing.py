"""Writes over HTTP against the sandbox: what is written, in how many requests, and what becomes of each change."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from journeysync.errors import AuthFailed, Unavailable
from journeysync.model.change import (
    LINK,
    PROPERTY,
    AddLabel,
    Change,
    Outcome,
    RemoveLabel,
    Result,
    SetField,
    SetLink,
    SetProperty,
    TicketChanges,
    field_slot,
    label_slot,
)
from journeysync.model.ticket import TicketRef
from journeysync.sandbox import JiraSandbox, Limits, start_jira_cloud
from journeysync_jira.connection import JiraConnector

Connect = Callable[..., JiraConnector]
PAY = label_slot("journey.pay")


def on(site: JiraSandbox, ticket: str, *changes: Callable[[TicketRef], Change]) -> TicketChanges:
    ref = TicketRef(connection="billing", id=ticket)
    issue = site.state.find(ticket)
    made = tuple(sorted((change(ref) for change in changes), key=lambda change: change.slot))
    return TicketChanges(ticket=ref, key=issue.key if issue else "BILL-404", changes=made)


def add(label: str) -> Callable[[TicketRef], Change]:
    return lambda ref: AddLabel(ticket=ref, label=label, cause="c")


def remove(label: str) -> Callable[[TicketRef], Change]:
    return lambda ref: RemoveLabel(ticket=ref, label=label, cause="c")


def fill(field: str, value: Any) -> Callable[[TicketRef], Change]:
    return lambda ref: SetField(ticket=ref, field=field, after=value, cause="c")


def receipt(*slots: str) -> Callable[[TicketRef], Change]:
    value = {"v": 1, "links": ["pay"], "score": 87, "slots": dict.fromkeys(slots, "7f3a19c2")}
    return lambda ref: SetProperty(ticket=ref, after=value, cause="c")


def link(title: str | None) -> Callable[[TicketRef], Change]:
    after = {"url": "https://journeys.example/1", "title": title, "summary": "s"} if title else None
    return lambda ref: SetLink(ticket=ref, after=after, cause="c")


def no_receipt(ref: TicketRef) -> Change:
    return SetProperty(ticket=ref, after=None, cause="c")


def results(outcomes: Iterable[Outcome]) -> dict[tuple[str, str], Result]:
    found = [((outcome.ticket.id, outcome.slot), outcome.result) for outcome in outcomes]
    assert len(found) == len(dict(found)), "one outcome for each change"
    return dict(found)


@pytest.fixture
def ticket(site: JiraSandbox) -> str:
    return site.state.create_issue("BILL", labels=["urgent"]).id


@pytest.fixture
def score(site: JiraSandbox) -> str:
    return site.state.add_field("Journey score")


def labels(site: JiraSandbox, ticket: str) -> set[str]:
    return set(site.state.json(ticket)["labels"])


def test_one_put_carries_labels_field_and_receipt(
    site: JiraSandbox, billing: JiraConnector, ticket: str, score: str
) -> None:
    site.state.add_label(ticket, "journey.old")
    change = on(site, ticket, add("journey.pay"), remove("journey.old"), fill(score, 92), receipt(PAY))
    outcomes = list(billing.write([change]))
    assert set(results(outcomes).values()) == {Result.WRITTEN}
    assert len(outcomes) == 4
    assert labels(site, ticket) == {"urgent", "journey.pay"}
    assert site.state.json(ticket)[score] == 92
    assert site.requests.by_endpoint() == {"GET /rest/api/3/field": 1, "PUT /rest/api/3/issue/{issue}": 1}
    assert not any(write.notified for write in site.journal.over_http())


def test_a_second_write_of_the_same_changes_nothing(site: JiraSandbox, billing: JiraConnector, ticket: str) -> None:
    change = on(site, ticket, add("journey.pay"), link("Pay"), receipt(PAY))
    for _time in range(2):
        assert set(results(billing.write([change])).values()) == {Result.WRITTEN}
    assert labels(site, ticket) == {"urgent", "journey.pay"}
    assert len(site.state.issue(ticket).links) == 1


@pytest.mark.parametrize(
    ("kind", "value", "stored"),
    [
        ("number", 92, 92),
        ("number", 92.0, 92),
        ("text", "high", "high"),
        ("text", 92, "92"),
        ("select", "Large", "Large"),
        ("number", None, None),
        ("text", None, None),
        ("select", None, None),
    ],
)
def test_each_kind_of_field_takes_and_gives_its_value(
    site: JiraSandbox, connect: Connect, ticket: str, kind: Any, value: Any, stored: Any
) -> None:
    field = site.state.add_field("Ours", kind, options=("Small", "Large"))
    connector = connect(fields=(field,))
    assert set(results(connector.write([on(site, ticket, fill(field, value))])).values()) == {Result.WRITTEN}
    [seen] = connector.observe([ticket], frozenset({field_slot(field)}))
    assert seen.get(field_slot(field)) == stored


def test_a_link_is_made_changed_and_taken_out_whole(site: JiraSandbox, billing: JiraConnector, ticket: str) -> None:
    site.state.link(ticket, "https://other.example", "Someone else's")
    for title in ("Pay", "Pay, priority 92"):
        assert results(billing.write([on(site, ticket, link(title))])) == {(ticket, LINK): Result.WRITTEN}
        [seen] = billing.observe([ticket], frozenset({LINK}))
        assert seen.get(LINK) == {"url": "https://journeys.example/1", "title": title, "summary": "s"}
    assert results(billing.write([on(site, ticket, link(None))])) == {(ticket, LINK): Result.WRITTEN}
    assert results(billing.write([on(site, ticket, link(None))])) == {(ticket, LINK): Result.UNCHANGED}
    assert [each["object"]["title"] for each in site.state.issue(ticket).links.values()] == ["Someone else's"]


def test_a_receipt_is_taken_out_and_its_absence_is_no_failure(
    site: JiraSandbox, billing: JiraConnector, ticket: str
) -> None:
    list(billing.write([on(site, ticket, receipt(PAY))]))
    assert results(billing.write([on(site, ticket, no_receipt)])) == {(ticket, PROPERTY): Result.WRITTEN}
    assert results(billing.write([on(site, ticket, no_receipt)])) == {(ticket, PROPERTY): Result.UNCHANGED}


def test_a_field_that_a_project_does_not_have_fails_alone(
    site: JiraSandbox, billing: JiraConnector, ticket: str, score: str
) -> None:
    site.state.hide_field(score, "BILL")
    change = on(site, ticket, add("journey.pay"), fill(score, 92), receipt(PAY, field_slot(score)))
    outcomes = list(billing.write([change]))
    found = results(outcomes)
    assert found[ticket, PAY] == found[ticket, PROPERTY] == Result.WRITTEN
    assert found[ticket, field_slot(score)] == Result.FAILED
    [failed] = [outcome for outcome in outcomes if outcome.result is Result.FAILED]
    assert "cannot be set" in failed.cause
    assert "'Journey score'" in failed.next_step
    assert "project BILL" in failed.next_step
    [seen] = billing.observe([ticket], frozenset({PROPERTY}))
    assert set(seen.get(PROPERTY)["slots"]) == {PAY}, "the receipt claims only what is there"


def test_a_bad_label_fails_alone_and_the_others_are_written(
    site: JiraSandbox, billing: JiraConnector, ticket: str
) -> None:
    change = on(site, ticket, add("journey.pay"), add("with space"), receipt(PAY, label_slot("with space")))
    found = results(billing.write([change]))
    assert found[ticket, PAY] == Result.WRITTEN
    assert found[ticket, label_slot("with space")] == Result.FAILED
    assert labels(site, ticket) == {"urgent", "journey.pay"}


def test_no_receipt_is_left_where_nothing_could_be_written(
    site: JiraSandbox, billing: JiraConnector, ticket: str
) -> None:
    change = on(site, ticket, add("with space"), receipt(label_slot("with space")))
    assert set(results(billing.write([change])).values()) == {Result.FAILED}
    assert site.state.issue(ticket).properties == {}


def test_one_bad_ticket_does_not_stop_the_others(site: JiraSandbox, billing: JiraConnector, ticket: str) -> None:
    secret = site.state.create_issue("ONB").id
    site.state.revoke("EDIT_ISSUES", project="ONB")
    changes = [on(site, each, add("journey.pay")) for each in ("999999", secret, ticket)]
    outcomes = {outcome.ticket.id: outcome for outcome in billing.write(changes)}
    assert outcomes[ticket].result is Result.WRITTEN
    assert outcomes["999999"].result is Result.FAILED
    assert "next pull" in outcomes["999999"].next_step
    assert outcomes[secret].result is Result.FAILED
    assert "'Edit issues' in project ONB" in outcomes[secret].next_step


def test_a_link_of_a_ticket_that_is_hidden_is_not_taken_for_gone(
    site: JiraSandbox, billing: JiraConnector, ticket: str
) -> None:
    list(billing.write([on(site, ticket, link("Pay"))]))
    site.state.hide(ticket)
    (outcome,) = billing.write([on(site, ticket, link(None))])
    assert outcome.result is Result.FAILED
    site.state.hide(ticket, hidden=False)
    (outcome,) = billing.write([on(site, ticket, link(None))])
    assert outcome.result is Result.WRITTEN
    (outcome,) = billing.write([on(site, ticket, link(None))])
    assert outcome.result is Result.UNCHANGED


def test_a_link_without_permission_says_which_one(site: JiraSandbox, billing: JiraConnector, ticket: str) -> None:
    site.state.revoke("LINK_ISSUES", project="BILL")
    change = on(site, ticket, add("journey.pay"), link("Pay"))
    outcomes = {outcome.slot: outcome for outcome in billing.write([change])}
    assert outcomes[PAY].result is Result.WRITTEN
    assert outcomes[LINK].result is Result.FAILED
    assert "'Link issues'" in outcomes[LINK].next_step


def test_a_conflict_is_tried_once_more(site: JiraSandbox, billing: JiraConnector, ticket: str) -> None:
    site.add_fault("409:count=1")
    assert results(billing.write([on(site, ticket, add("journey.pay"))])) == {(ticket, PAY): Result.WRITTEN}
    site.clear_faults()
    site.add_fault("409")
    [outcome] = billing.write([on(site, ticket, add("journey.next"))])
    assert (outcome.result, outcome.retry) == (Result.FAILED, True)


def test_too_many_writes_to_one_ticket_delay_that_ticket_only(site: JiraSandbox, connect: Connect, ticket: str) -> None:
    site.add_fault("429:retry-after=0,reason=jira-per-issue-on-write,method=PUT,count=1")
    other = site.state.create_issue("BILL").id
    found = results(connect(hasty=True).write([on(site, each, add("journey.pay")) for each in (ticket, other)]))
    assert set(found.values()) == {Result.WRITTEN}


def test_an_answer_that_was_lost_does_no_harm(site: JiraSandbox, billing: JiraConnector, ticket: str) -> None:
    site.add_fault("lost:method=PUT,count=1")
    site.add_fault("lost:method=POST,count=1")
    change = on(site, ticket, add("journey.pay"), link("Pay"))
    assert set(results(billing.write([change])).values()) == {Result.WRITTEN}
    assert labels(site, ticket) == {"urgent", "journey.pay"}
    assert len(site.state.issue(ticket).links) == 1


def test_one_ticket_that_gets_no_answer_is_unknown_and_the_others_are_written(
    site: JiraSandbox, connect: Connect
) -> None:
    tickets = [site.state.create_issue("BILL").id for _number in range(4)]
    site.add_fault(f"500:method=PUT,path={tickets[1]}")
    outcomes = {
        outcome.ticket.id: outcome for outcome in connect(hasty=True).write([on(site, t, add("x")) for t in tickets])
    }
    assert outcomes[tickets[1]].result is Result.UNKNOWN
    assert outcomes[tickets[1]].retry
    assert {outcomes[each].result for each in tickets if each != tickets[1]} == {Result.WRITTEN}


def test_an_outage_ends_the_write_for_the_connection(site: JiraSandbox, connect: Connect, ticket: str) -> None:
    site.add_fault("503:method=PUT")
    with pytest.raises(Unavailable):
        list(connect(hasty=True).write([on(site, ticket, add("journey.pay"))]))


def test_a_dead_token_ends_the_write_and_what_was_done_is_told(site: JiraSandbox, connect: Connect) -> None:
    tickets = [site.state.create_issue("BILL").id for _number in range(30)]
    site.add_fault("401:method=PUT,after=10")
    outcomes: list[Outcome] = []
    with pytest.raises(AuthFailed):
        outcomes.extend(
            connect(options={"in_flight": 2}).write([on(site, t, add(f"x{n}")) for n, t in enumerate(tickets)])
        )
    assert {outcome.result for outcome in outcomes} == {Result.WRITTEN}
    assert {outcome.ticket.id for outcome in outcomes} == {write.issue_id for write in site.journal.over_http()}
    assert site.requests.of("PUT") < 20


def test_the_burst_limit_of_jira_is_kept_without_losing_a_write(connect: Connect) -> None:
    """50 PUTs a second are allowed; 150 tickets that all differ are written nevertheless."""
    with start_jira_cloud(projects=["BILL"], limits=Limits(bursts=True)) as server:
        tickets = [server.state.create_issue("BILL").id for _number in range(150)]
        connector = connect(server)
        changes = [on(server, each, add(f"journey.j{number}")) for number, each in enumerate(tickets)]
        assert set(results(connector.write(changes)).values()) == {Result.WRITTEN}
        connector.close()


def test_nothing_to_write_asks_nothing(site: JiraSandbox, billing: JiraConnector) -> None:
    assert list(billing.write([])) == []
    assert site.requests.total == 0
