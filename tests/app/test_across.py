"""One backlog made of several trackers: what a text names in another one is above it, and passes its links on."""

from typing import Any

import pytest

from journeysync.model.ticket import TicketRef
from journeysync.testing import FakeTracker

APP = """
  app:
    connector: github
    url: https://app.example
    auth: {kind: token, token: {env: TEST_TOKEN}}
    scope: {repositories: [acme/app]}
    write: sync
    brakes: {changed: 100%, removed: 1000, writes: 10000}
"""
BY_MEMBER = {"author_kind": "member"}


@pytest.fixture
def app(bench: Any) -> FakeTracker:
    """Add a second tracker to the workspace."""
    bench.write("journeysync.yaml", (bench.folder / "journeysync.yaml").read_text().rstrip() + APP)
    bench.others["app"] = FakeTracker(name="app", projects=("APP",), clock=bench.clock)
    return bench.others["app"]


def links_of(bench: Any, connection: str, ticket: str) -> dict[str, str]:
    with bench.open() as workspace:
        found = workspace.store.links([_ref(connection, ticket)])[_ref(connection, ticket)]
        return {link.target.id: link.cause for link in found.links}


def _ref(connection: str, ticket: str) -> TicketRef:
    return TicketRef(connection=connection, id=ticket)


def test_a_ticket_that_names_an_epic_of_another_tracker_shows_what_that_serves_and_says_why(
    bench: Any, app: FakeTracker
) -> None:
    bench.tracker.create("Say why the bill is higher", level=1, kind="epic")
    child = app.create("BILL-1: a hint on the first screen", **BY_MEMBER)
    bench.sync()
    assert app.labels(child) == ("journey.band-5", "journey.opp-3", "journey.pay-bill")
    assert links_of(bench, "app", child)["OPP-3"] == (
        'inherited from BILL-1 (billing, named in its text): rule bill-explained: "why" in the title'
    )
    again = bench.sync()
    assert (again.applied.plan.tickets, again.links.matched) == ((), 0)


def test_new_links_of_an_epic_are_written_by_the_next_run_of_the_other_connection(bench: Any, app: FakeTracker) -> None:
    epic = bench.tracker.create("Say it", level=1)
    child = app.create("For BILL-1", **BY_MEMBER)
    bench.sync()
    assert app.labels(child) == ()
    bench.tracker.edit_title(epic, "Say why")
    with bench.open() as workspace:
        workspace.sync("billing", allow=("changed", "first-run"))
        assert app.labels(child) == ()  # its own run has to come
        assert [planned.key for planned in workspace.plan("app").tickets] == ["APP-1"]
        workspace.sync("app", allow=("changed", "first-run"))
    assert app.labels(child) == ("journey.band-5", "journey.opp-3", "journey.pay-bill")


def test_what_an_outsider_names_is_suggested_and_never_written(bench: Any, app: FakeTracker) -> None:
    bench.tracker.create("Say why", level=1)
    child = app.create("BILL-1 annoys me", author_kind="outsider")
    bench.sync()
    assert (app.labels(child), app.journal) == ((), [])
    with bench.open() as workspace:
        (waiting, other) = workspace.store.links([_ref("app", child)])[_ref("app", child)].suggestions
    assert (waiting.target.id, other.target.id) == ("OPP-3", "pay-bill.see-why")
    assert waiting.cause.startswith(
        "would be inherited from BILL-1 (billing, named in its text by somebody not known as a member of the project)"
    )


def test_under_of_a_rule_reaches_across_also_below_the_ticket_that_names(bench: Any, app: FakeTracker) -> None:
    bench.write(
        "mappings/rules.yaml",
        "rules:\n  - {id: pilot, when: {under: [BILL-1]}, link: {step: pay-bill.pay}}\n",
    )
    bench.tracker.create("An epic", level=1)
    child = app.create("A story", **BY_MEMBER)
    below = app.create("A part of it", parent=child)
    bench.sync()
    assert links_of(bench, "app", below) == {}
    app.edit_title(child, "A story of BILL-1")
    bench.sync()
    says = "rule pilot: under BILL-1"
    assert links_of(bench, "app", child) == {"pay-bill.pay": says}
    assert links_of(bench, "app", below) == {"pay-bill.pay": says}


def test_whichever_tracker_is_read_first_the_links_are_the_same(bench: Any, app: FakeTracker) -> None:
    app.create("For BILL-1", **BY_MEMBER)
    for first, second in (("app", "billing"), ("billing", "app")):
        with bench.open() as workspace:
            workspace.pull(first)
            workspace.links()
        if first == "app":
            bench.tracker.create("Say why", level=1)
        with bench.open() as workspace:
            workspace.pull(second)
            assert dict(workspace.links().by_origin) == {"rule": 1, "inherited": 1}


def test_coverage_counts_the_work_in_the_other_tracker_and_not_the_epic_above_it(bench: Any, app: FakeTracker) -> None:
    bench.tracker.create("Say why", level=1)
    app.create("For BILL-1", **BY_MEMBER)
    bench.sync()
    with bench.open() as workspace:
        (step,) = [step for step in workspace.coverage().steps if step.id == "pay-bill.see-why"]
    assert [ticket.partition("/")[0] for ticket in step.tickets] == ["app"]
