"""The bulk forms: when they are used, what they save, and what happens where Jira will not do it."""

import pytest

from journeysync.model.change import PROPERTY, Result, field_slot
from journeysync.sandbox import JiraSandbox
from journeysync_jira.connection import JiraConnector
from journeysync_jira.payload import FieldType, sorted_changes
from journeysync_jira.writing import divided

from .test_writing import PAY, Connect, add, fill, labels, link, no_receipt, on, receipt, remove, results


@pytest.fixture
def tickets(site: JiraSandbox) -> list[str]:
    return [site.state.create_issue("BILL", labels=["urgent"]).id for _number in range(40)]


def test_a_thousand_tickets_cost_at_most_sixty_requests(site: JiraSandbox, billing: JiraConnector) -> None:
    score = site.state.add_field("Journey score")
    tickets = [site.state.create_issue("BILL").id for _number in range(1_000)]
    site.requests.reset()
    changes = [
        on(site, each, add(f"journey.step-{n % 12}"), fill(score, 40 + n % 12), receipt(f"label:journey.step-{n % 12}"))
        for n, each in enumerate(tickets)
    ]
    outcomes = list(billing.write(changes))
    assert set(results(outcomes).values()) == {Result.WRITTEN}
    assert len(outcomes) == 3_000
    assert site.requests.total <= 60
    assert site.requests.of("PUT") == 0
    assert all(outcome.external_ref for outcome in outcomes)
    assert not any(write.notified for write in site.journal.over_http())
    assert labels(site, tickets[13]) == {"journey.step-1"}
    assert site.state.json(tickets[13])[score] == 41


def test_a_thousand_different_tickets_cost_one_request_each(site: JiraSandbox, billing: JiraConnector) -> None:
    tickets = [site.state.create_issue("BILL").id for _number in range(60)]
    site.requests.reset()
    changes = [on(site, each, add(f"journey.j{n}"), receipt(PAY)) for n, each in enumerate(tickets)]
    assert set(results(billing.write(changes)).values()) == {Result.WRITTEN}
    assert site.requests.by_endpoint() == {"PUT /rest/api/3/issue/{issue}": 60}


def test_labels_are_added_and_removed_in_bulk_beside_what_people_typed(
    site: JiraSandbox, billing: JiraConnector, tickets: list[str]
) -> None:
    list(billing.write([on(site, each, add("journey.old"), receipt(PAY)) for each in tickets]))
    changes = [on(site, each, add("journey.pay"), remove("journey.old"), receipt(PAY)) for each in tickets]
    assert set(results(billing.write(changes)).values()) == {Result.WRITTEN}
    assert all(labels(site, each) == {"urgent", "journey.pay"} for each in tickets)
    assert site.requests.of("PUT") == 0


def test_receipts_alone_are_stored_and_taken_out_in_bulk(
    site: JiraSandbox, billing: JiraConnector, tickets: list[str]
) -> None:
    assert set(results(billing.write([on(site, each, receipt(PAY)) for each in tickets])).values()) == {Result.WRITTEN}
    assert all("journeysync.k3f9" in site.state.issue(each).properties for each in tickets)
    assert set(results(billing.write([on(site, each, no_receipt) for each in tickets])).values()) == {Result.WRITTEN}
    assert all(not site.state.issue(each).properties for each in tickets)
    assert site.requests.total <= 4


def test_without_the_permission_it_writes_one_by_one_and_asks_only_once(
    site: JiraSandbox, billing: JiraConnector, tickets: list[str]
) -> None:
    site.state.revoke("BULK_CHANGE")
    for label in ("journey.pay", "journey.next"):
        changes = [on(site, each, add(label), receipt(PAY)) for each in tickets]
        assert set(results(billing.write(changes)).values()) == {Result.WRITTEN}
    assert site.requests.of("bulk/issues/fields") == 1
    assert site.requests.of("PUT") == 2 * len(tickets)


def test_bulk_can_be_switched_off(site: JiraSandbox, connect: Connect, tickets: list[str]) -> None:
    connector = connect(options={"bulk": False})
    changes = [on(site, each, add("journey.pay")) for each in tickets]
    assert set(results(connector.write(changes)).values()) == {Result.WRITTEN}
    assert site.requests.of("bulk") == 0


def test_tickets_that_a_bulk_edit_does_not_confirm_are_written_singly(
    site: JiraSandbox, billing: JiraConnector, tickets: list[str]
) -> None:
    """Jira's reason then stands with the slot that it is about."""
    refused = [site.state.create_issue("ONB").id for _number in range(3)]
    site.state.revoke("EDIT_ISSUES", project="ONB")
    changes = [on(site, each, add("journey.pay"), receipt(PAY)) for each in [*tickets, *refused, "999999"]]
    outcomes = list(billing.write(changes))
    found = results(outcomes)
    assert {found[each, PAY] for each in tickets} == {Result.WRITTEN}
    assert {found[each, PROPERTY] for each in tickets} == {Result.WRITTEN}
    assert {found[each, slot] for each in [*refused, "999999"] for slot in (PAY, PROPERTY)} == {Result.FAILED}
    said = {outcome.next_step for outcome in outcomes if outcome.ticket.id in refused}
    assert said == {"ask an administrator to give the account 'Edit issues' in project ONB"}


def test_a_field_that_a_project_does_not_have_fails_alone_in_bulk_too(
    site: JiraSandbox, billing: JiraConnector, tickets: list[str]
) -> None:
    score = site.state.add_field("Journey score")
    site.state.hide_field(score, "BILL")
    changes = [on(site, each, add("journey.pay"), fill(score, 1), receipt(PAY, field_slot(score))) for each in tickets]
    found = results(billing.write(changes))
    assert {found[each, PAY] for each in tickets} == {Result.WRITTEN}
    assert {found[each, field_slot(score)] for each in tickets} == {Result.FAILED}


def test_a_bulk_task_that_fails_is_done_singly(site: JiraSandbox, billing: JiraConnector, tickets: list[str]) -> None:
    site.site.tasks.fail_next = True
    changes = [on(site, each, add("journey.pay"), receipt(PAY)) for each in tickets]
    assert set(results(billing.write(changes)).values()) == {Result.WRITTEN}
    assert all(labels(site, each) == {"urgent", "journey.pay"} for each in tickets)


def test_links_have_no_bulk_form(site: JiraSandbox, billing: JiraConnector, tickets: list[str]) -> None:
    changes = [on(site, each, add("journey.pay"), link("Pay")) for each in tickets]
    assert set(results(billing.write(changes)).values()) == {Result.WRITTEN}
    assert site.requests.of("POST /rest/api/3/issue/{issue}/remotelink") == len(tickets)
    assert site.requests.of("PUT") == 0


def test_more_than_a_thousand_are_split(site: JiraSandbox, billing: JiraConnector) -> None:
    tickets = [site.state.create_issue("BILL").id for _number in range(1_200)]
    site.requests.reset()
    found = results(billing.write([on(site, each, add("journey.pay")) for each in tickets]))
    assert len(found) == 1_200
    assert set(found.values()) == {Result.WRITTEN}
    assert site.requests.of("bulk/issues/fields") == 2


def test_a_group_is_only_made_where_it_saves_requests(site: JiraSandbox) -> None:
    tickets = [site.state.create_issue("BILL").id for _number in range(20)]
    few = [sorted_changes(on(site, each, add("journey.pay"))) for each in tickets[:7]]
    assert divided(few, {}, worth_from=8) == ([], few)
    many = [sorted_changes(on(site, each, add("journey.pay"), receipt(PAY))) for each in tickets]
    assert divided(many, {}, worth_from=8) == ([many], [])
    assert divided(many, {}, worth_from=None) == ([], many)
    select = [sorted_changes(on(site, each, fill("customfield_1", "Large"))) for each in tickets]
    assert divided(select, {"customfield_1": FieldType("select")}, worth_from=8) == ([], select)
    cleared = [sorted_changes(on(site, each, fill("customfield_1", None))) for each in tickets]
    assert divided(cleared, {"customfield_1": FieldType("number")}, worth_from=8) == ([], cleared)


def test_a_task_that_still_runs_when_patience_ends_is_unknown_for_every_change(
    site: JiraSandbox, connect: Connect, tickets: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("journeysync_jira.bulk.PATIENCE_SECONDS", 0.2)
    site.site.tasks.seconds = 60
    outcomes = list(connect().write([on(site, each, add("journey.pay"), receipt(PAY)) for each in tickets]))
    assert set(results(outcomes).values()) == {Result.UNKNOWN}
    assert len(outcomes) == 2 * len(tickets)
    assert all(outcome.external_ref and outcome.cause and outcome.retry for outcome in outcomes)
