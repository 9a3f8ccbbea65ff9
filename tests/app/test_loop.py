"""The whole loop on a tracker in memory: what a run writes, and that the next one writes nothing."""

from typing import Any

import pytest

from journeysync.errors import ConfigError, UnsafePlan
from journeysync.model.base import value_hash
from journeysync.model.ticket import State

pytestmark = pytest.mark.both_databases


def test_a_ticket_gets_its_journey_opportunity_score_link_and_receipt(bench: Any) -> None:
    ticket = bench.tracker.create("Tell me why the bill is higher")

    bench.sync()

    assert bench.tracker.labels(ticket) == ("journey.opp-3", "journey.pay-bill")
    assert bench.tracker.field(ticket, "score") == 87
    (link,) = bench.tracker.links(ticket)
    assert link["title"] == "Pay > See why it changed, priority 87 (band 5)"
    assert link["url"] == f"https://journeys.example/tickets/billing/{ticket}"
    assert bench.tracker.receipt(ticket)["links"] == ["OPP-3", "pay-bill.see-why"]


def test_a_second_run_plans_and_writes_nothing_and_costs_one_request(bench: Any) -> None:
    for number in range(40):
        bench.tracker.create(f"Why is bill {number} higher")
    bench.sync()
    bench.tracker.journal.clear()

    second = bench.sync()

    assert second.applied.plan.tickets == ()
    assert bench.tracker.journal == []
    assert second.pull.connections[0].requests == 1
    assert second.links.matched == 0


@pytest.mark.parametrize("slot_after", ["label", "field", "link", "property"])
def test_each_kind_of_change_is_applied_once_and_then_plans_nothing(bench: Any, slot_after: str) -> None:
    ticket = bench.tracker.create("Why is it higher", components=("Payments",))
    bench.sync()
    kinds = {written.slot.split(":")[0] for written in bench.tracker.journal if written.ticket == ticket}
    assert slot_after in kinds

    bench.replace("journeys/opportunities.yaml", "customer_value: 9.3", "customer_value: 1.0")
    bench.sync()
    bench.pull()

    assert bench.plan().tickets == ()


def test_removing_a_rule_takes_out_what_it_wrote_and_nothing_else(bench: Any) -> None:
    ticket = bench.tracker.create("Tell me why", labels=("theirs", "iOS", "ios"))
    bench.sync()

    bench.write("mappings/rules.yaml", "rules: []\n")
    bench.sync()

    assert bench.tracker.labels(ticket) == ("iOS", "ios", "theirs")
    assert bench.tracker.field(ticket, "score") is None
    assert bench.tracker.links(ticket) == ()
    assert bench.tracker.receipt(ticket) is None


def test_a_b_a_of_a_score_is_written_three_times(bench: Any) -> None:
    ticket = bench.tracker.create("Tell me why")
    for low in ("customer_value: 9.3", "customer_value: 1.0", "customer_value: 9.3"):
        current = "customer_value: 1.0" if "1.0" not in low else "customer_value: 9.3"
        if current in (bench.folder / "journeys/opportunities.yaml").read_text(encoding="utf-8"):
            bench.replace("journeys/opportunities.yaml", current, low)
        bench.clock.pass_time(hours=1)
        bench.sync()

    written = [row.after for row in bench.tracker.journal if row.slot == "field:score" and row.ticket == ticket]
    assert written == [87, 45, 87]


def test_a_score_is_not_written_again_within_its_days(bench: Any) -> None:
    bench.write("mappings/scoring.yaml", "write: {at_most_every_days: 7}\n")
    ticket = bench.tracker.create("Tell me why")
    bench.sync()
    bench.replace("journeys/opportunities.yaml", "customer_value: 9.3", "customer_value: 1.0")

    bench.sync()
    assert bench.tracker.field(ticket, "score") == 87

    bench.clock.pass_time(days=8)
    bench.sync()
    assert bench.tracker.field(ticket, "score") == 45


def test_a_closed_ticket_and_a_quiet_one_are_left_alone(bench: Any) -> None:
    closed = bench.tracker.create("Why closed", state=State.DONE)
    quiet = bench.tracker.create("Why so quiet")
    bench.clock.pass_time(days=100)
    awake = bench.tracker.create("Why awake")

    bench.sync()

    assert bench.tracker.labels(closed) == ()
    assert bench.tracker.labels(quiet) == ()
    assert "journey.pay-bill" in bench.tracker.labels(awake)


def test_the_plan_explains_each_change_and_names_the_ticket(bench: Any) -> None:
    bench.tracker.create("Tell me why")
    bench.pull()

    (planned,) = bench.plan().tickets

    assert planned.key == "BILL-1"
    causes = {change.slot: change.cause for change in planned.changes}
    assert "rule bill-explained" in causes["label:journey.pay-bill"]
    assert "OPP-3" in causes["field:score"]


def test_two_plans_of_the_same_state_have_the_same_checksum(bench: Any) -> None:
    for number in range(5):
        bench.tracker.create(f"Why {number}")
    bench.pull()

    assert bench.plan().checksum == bench.plan().checksum


def test_a_child_inherits_from_its_epic_when_it_has_no_link_of_its_own(bench: Any) -> None:
    epic = bench.tracker.create("Why bills rise", kind="epic", level=1)
    child = bench.tracker.create("Draw the button", parent=epic)
    own = bench.tracker.create("Card form", parent=epic, components=("Payments",))

    bench.sync()

    assert "journey.opp-3" in bench.tracker.labels(child)
    assert bench.tracker.labels(own) == ("journey.opp-4", "journey.pay-bill")


def test_a_child_loses_what_its_epic_loses(bench: Any) -> None:
    epic = bench.tracker.create("Why bills rise", kind="epic", level=1)
    child = bench.tracker.create("Draw the button", parent=epic)
    bench.sync()

    bench.tracker.edit_title(epic, "Something else")
    bench.sync()

    assert bench.tracker.labels(child) == ()


def test_apply_of_a_plan_file_writes_only_what_stands_in_it(bench: Any) -> None:
    first = bench.tracker.create("Why one")
    second = bench.tracker.create("Why two")
    bench.pull()
    plan = bench.plan()
    printed = {
        (c.ticket.connection, c.ticket.id, c.slot, value_hash(c.before), value_hash(c.after))
        for planned in plan.tickets
        if planned.ticket.id == first
        for c in planned.changes
    }

    with bench.open() as workspace:
        workspace.links()
        workspace.apply(printed=printed, allow=("first-run",), level="sync")

    assert "journey.pay-bill" in bench.tracker.labels(first)
    assert bench.tracker.labels(second) == ()


def test_nothing_is_written_to_a_connection_whose_level_is_plan(bench: Any) -> None:
    bench.replace("journeysync.yaml", "write: sync", "write: plan")
    bench.tracker.create("Why one")
    bench.pull()

    with bench.open() as workspace, pytest.raises(ConfigError, match="read-only"):
        workspace.apply(allow=("first-run",))

    assert bench.tracker.journal == []


def test_the_first_write_to_a_connection_needs_to_be_allowed(bench: Any) -> None:
    bench.tracker.create("Why one")

    with pytest.raises(UnsafePlan) as stopped:
        bench.sync(allow=())

    assert stopped.value.brakes == ("first-run",)
    assert bench.tracker.journal == []


def test_a_rule_that_suddenly_hits_everything_meets_the_brake_which_names_it(bench: Any) -> None:
    bench.replace("journeysync.yaml", "changed: 100%", "changed: 30%")
    bench.tracker.create("Why one")
    for number in range(9):
        bench.tracker.create(f"Plain {number}")
    bench.sync()
    bench.replace("mappings/rules.yaml", "words: [why]", "words: [why, plain]")

    with pytest.raises(UnsafePlan) as stopped:
        bench.sync(allow=())

    assert stopped.value.brakes == ("changed",)
    assert "rule bill-explained" in stopped.value.where


def test_a_repository_that_lost_a_fifth_of_its_ids_does_not_write(bench: Any) -> None:
    bench.tracker.create("Why one", components=("Payments",))
    bench.sync()
    bench.write(
        "journeys/pay-bill.yaml",
        "id: pay-bill\nname: B\nparent: pay\nsteps: [{id: pay, name: Pay, was: [pay-bill.x]}]\n",
    )
    bench.write(
        "journeys/opportunities.yaml",
        "opportunities:\n  - {id: OPP-4, name: P, for: [pay-bill.pay], customer_value: 5, business_value: 4}\n",
    )
    bench.write(
        "mappings/rules.yaml",
        "rules: [{id: paying, when: {component: [Payments]}, link: {step: pay-bill.pay, opportunity: OPP-4}}]\n",
    )

    with pytest.raises(UnsafePlan) as stopped:
        bench.sync()

    assert "ids-lost" in stopped.value.brakes


def test_a_pilot_writes_only_below_its_epic(bench: Any) -> None:
    epic = bench.tracker.create("Pilot", kind="epic", level=1)
    inside = bench.tracker.create("Why inside", parent=epic)
    outside = bench.tracker.create("Why outside")
    bench.replace("journeysync.yaml", "write: sync", "write: sync\n    write_scope: {under: [BILL-1]}")

    bench.sync()

    assert "journey.pay-bill" in bench.tracker.labels(inside)
    assert bench.tracker.labels(outside) == ()


def test_dry_run_writes_nothing(bench: Any) -> None:
    bench.tracker.create("Why one")

    result = bench.sync(dry_run=True)

    assert result.applied.dry_run
    assert result.applied.plan.tickets
    assert bench.tracker.journal == []
