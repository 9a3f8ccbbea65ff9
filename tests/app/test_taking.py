"""Undo, uninstall and a lost store: what we wrote can be taken out again, and what people wrote stays."""

from typing import Any

import pytest

from journeysync.app.proving import held_now, prove_nothing_left
from journeysync.app.rebuilding import rebuild_ledger
from journeysync.app.taking import take_everything_out, undo
from journeysync.errors import ConfigError, Unavailable, UnsafePlan
from journeysync.testing.failures import Killed

ALLOW = ("removed", "changed", "first-run")


def content(bench: Any, ticket: str) -> tuple[Any, ...]:
    tracker = bench.tracker
    return (tracker.labels(ticket), tracker.field(ticket, "score"), tracker.links(ticket), tracker.receipt(ticket))


def take_back(bench: Any, run: str, **how: Any) -> Any:
    with bench.open() as workspace:
        return undo(workspace, run, allow=ALLOW, **how)


def uninstall(bench: Any, **how: Any) -> Any:
    with bench.open() as workspace:
        held = held_now(workspace)
        result = take_everything_out(workspace, allow=ALLOW, **how)
        return result, prove_nothing_left(workspace, held)


def lose_the_store(bench: Any) -> None:
    for path in (bench.folder / ".journeysync").iterdir():
        path.unlink()


def test_undo_of_the_first_run_leaves_the_tickets_as_they_were(bench: Any) -> None:
    tickets = [bench.tracker.create(f"Why {number}", labels=("theirs",)) for number in range(3)]
    before = [content(bench, ticket) for ticket in tickets]
    run = bench.sync().applied.run

    take_back(bench, run)

    assert [content(bench, ticket) for ticket in tickets] == before


def test_undo_of_a_later_run_brings_back_what_the_earlier_one_wrote(bench: Any) -> None:
    ticket = bench.tracker.create("Why me")
    bench.sync()
    first = content(bench, ticket)
    bench.replace("journeys/opportunities.yaml", "customer_value: 9.3", "customer_value: 1.0")
    run = bench.sync().applied.run
    assert content(bench, ticket) != first

    take_back(bench, run)

    assert content(bench, ticket) == first


def test_undo_keeps_what_a_person_wrote_since(bench: Any) -> None:
    ticket = bench.tracker.create("Why me")
    run = bench.sync().applied.run
    bench.tracker.set_field(ticket, "score", 12)
    bench.tracker.edit_title(ticket, "Why me, please")
    bench.tracker.type_label(ticket, "mine")

    result = take_back(bench, run)

    assert bench.tracker.field(ticket, "score") == 12
    assert bench.tracker.labels(ticket) == ("mine",)
    assert bench.tracker.title(ticket) == "Why me, please"
    assert any("changed since by a person" in note.says for note in result.plan.notes)


def test_undo_of_a_run_whose_rule_is_gone_plans_nothing_afterwards(bench: Any) -> None:
    bench.tracker.create("Why me")
    run = bench.sync().applied.run
    bench.write("mappings/rules.yaml", "rules: []\n")

    take_back(bench, run)
    bench.pull()

    assert bench.plan().tickets == ()


def test_undo_asks_first_and_a_dry_run_writes_nothing(bench: Any) -> None:
    ticket = bench.tracker.create("Why me")
    run = bench.sync().applied.run
    shown = content(bench, ticket)

    assert take_back(bench, run, dry_run=True).plan.tickets
    assert take_back(bench, run, confirm=lambda _plan: False).declined

    assert content(bench, ticket) == shown


def test_undo_of_an_unknown_run_says_where_to_look(bench: Any) -> None:
    with pytest.raises(ConfigError, match="no run 'r-1'"):
        take_back(bench, "r-1")


def test_uninstall_removes_every_trace_and_proves_it(bench: Any) -> None:
    tickets = [bench.tracker.create(f"Why {number}", labels=("theirs",)) for number in range(5)]
    before = [content(bench, ticket) for ticket in tickets]
    bench.sync()
    bench.replace("journeys/opportunities.yaml", "customer_value: 9.3", "customer_value: 1.0")
    bench.sync()

    result, proof = uninstall(bench)

    assert [content(bench, ticket) for ticket in tickets] == before
    assert result.summary.failed == 0
    assert proof.is_clean
    assert proof.tickets == 5


@pytest.mark.parametrize("write", [1, 2, 3, 4])
def test_uninstall_right_after_a_run_was_killed_takes_out_what_that_run_wrote(bench: Any, write: int) -> None:
    ticket = bench.tracker.create("Why me")
    before = content(bench, ticket)
    bench.pull()
    bench.tracker.failures.kill_after_write(write)
    with pytest.raises(Killed):
        bench.sync()
    bench.tracker.failures.heal()

    _, proof = uninstall(bench)

    assert content(bench, ticket) == before
    assert proof.is_clean


def test_undo_of_a_run_that_was_killed_takes_back_what_it_wrote(bench: Any) -> None:
    ticket = bench.tracker.create("Why me")
    before = content(bench, ticket)
    bench.tracker.failures.kill_after_write(2)
    with pytest.raises(Killed):
        bench.sync()
    bench.tracker.failures.heal()
    with bench.open() as workspace:
        run = workspace.store.runs()[0].id

    take_back(bench, run)

    assert content(bench, ticket) == before


def test_after_an_uninstall_nothing_is_ours_not_even_where_a_person_writes_what_we_had_written(bench: Any) -> None:
    ticket = bench.tracker.create("Why me")
    bench.sync()
    score = bench.tracker.field(ticket, "score")
    bench.tracker.set_field(ticket, "score", None)
    bench.tracker.remove_label(ticket, "journey.pay-bill")
    uninstall(bench)
    bench.tracker.set_field(ticket, "score", score)
    bench.tracker.type_label(ticket, "journey.pay-bill")

    _, proof = uninstall(bench)

    assert bench.tracker.field(ticket, "score") == score
    assert bench.tracker.labels(ticket) == ("journey.pay-bill",)
    assert proof.is_clean


def test_a_label_whose_refusal_was_heard_is_the_persons_when_typed_again_whatever_an_old_receipt_says(
    bench: Any,
) -> None:
    ticket = bench.tracker.create("Why me")
    bench.sync()
    bench.tracker.pass_time(60)
    bench.tracker.remove_label(ticket, "journey.pay-bill")
    bench.pull()
    bench.tracker.type_label(ticket, "journey.pay-bill")

    uninstall(bench)

    assert bench.tracker.labels(ticket) == ("journey.pay-bill",)


def test_uninstall_keeps_a_label_of_ours_that_a_person_typed_and_says_so(bench: Any) -> None:
    ticket = bench.tracker.create("Nothing special")
    bench.sync()
    bench.tracker.type_label(ticket, "journey.opp-3")
    bench.sync()

    _, proof = uninstall(bench)

    assert bench.tracker.labels(ticket) == ("journey.opp-3",)
    assert proof.is_clean
    assert [left.slot for left in proof.typed] == ["label:journey.opp-3"]


def test_uninstall_reaches_tickets_that_are_out_of_scope_now(bench: Any) -> None:
    away = bench.tracker.create("Why there", project="ONB")
    bench.sync()
    bench.replace("journeysync.yaml", "projects: [BILL, ONB]", "projects: [BILL]")
    bench.tracker.projects = ("BILL",)
    bench.tracker.create("Why here")
    bench.sync()

    uninstall(bench)

    assert bench.tracker.labels(away) == ()
    assert bench.tracker.receipt(away) is None


def test_uninstall_of_one_project_leaves_the_others(bench: Any) -> None:
    here = bench.tracker.create("Why here")
    there = bench.tracker.create("Why there", project="ONB")
    bench.sync()

    with bench.open() as workspace:
        take_everything_out(workspace, project="onb", allow=ALLOW)

    assert bench.tracker.labels(there) == ()
    assert bench.tracker.labels(here) != ()


def test_a_removal_of_many_meets_its_brake(bench: Any) -> None:
    bench.replace("journeysync.yaml", "removed: 1000", "removed: 2")
    bench.tracker.create("Why me")
    bench.sync()

    with bench.open() as workspace, pytest.raises(UnsafePlan) as stopped:
        take_everything_out(workspace)

    assert stopped.value.brakes == ("removed",)


def test_an_empty_store_that_meets_its_own_receipts_stops(bench: Any) -> None:
    ticket = bench.tracker.create("Why me")
    bench.sync()
    shown = content(bench, ticket)
    lose_the_store(bench)

    with pytest.raises(UnsafePlan, match="carry receipts of this workspace") as stopped:
        bench.sync()

    assert "ledger rebuild" in stopped.value.next_step
    assert content(bench, ticket) == shown


def test_after_a_rebuild_the_second_plan_is_empty_and_uninstall_leaves_nothing(bench: Any) -> None:
    tickets = [bench.tracker.create(f"Why {number}", labels=("theirs",)) for number in range(4)]
    before = [content(bench, ticket) for ticket in tickets]
    bench.sync()
    lose_the_store(bench)

    with bench.open() as workspace:
        (rebuilt,) = rebuild_ledger(workspace).connections
    second = bench.sync()

    assert (rebuilt.tickets, rebuilt.rows, rebuilt.changed) == (4, 20, 0)
    assert second.applied.plan.tickets == ()
    _, proof = uninstall(bench)
    assert proof.is_clean
    assert [content(bench, ticket) for ticket in tickets] == before


def test_a_rebuild_tells_what_a_person_changed_and_never_makes_our_marks_into_theirs(bench: Any) -> None:
    ticket = bench.tracker.create("Why me")
    bench.sync()
    bench.tracker.set_field(ticket, "score", 12)
    lose_the_store(bench)

    with bench.open() as workspace:
        (rebuilt,) = rebuild_ledger(workspace).connections
    bench.write("mappings/rules.yaml", "rules: []\n")
    bench.sync()

    assert rebuilt.changed == 1
    assert bench.tracker.labels(ticket) == ()
    assert bench.tracker.field(ticket, "score") == 12


def test_a_rebuild_of_a_connection_that_cannot_be_read_makes_nothing(bench: Any) -> None:
    bench.tracker.create("Why me")
    bench.sync()
    lose_the_store(bench)
    bench.tracker.failures.unavailable()

    with bench.open() as workspace, pytest.raises(Unavailable):
        rebuild_ledger(workspace)


def test_after_a_rebuild_a_value_that_a_person_changed_is_no_reason_to_write_anything(bench: Any) -> None:
    ticket = bench.tracker.create("Why me")
    bench.sync()
    bench.tracker.set_field(ticket, "score", 95)
    before = content(bench, ticket)
    lose_the_store(bench)
    with bench.open() as workspace:
        rebuild_ledger(workspace)

    plan = bench.plan()
    assert plan.tickets == ()
    [drift] = [note.says for note in plan.notes if note.kind == "drift"]
    assert drift == "field score shows 95.0, which we did not write: it is kept"
    assert content(bench, ticket) == before

    bench.tracker.set_field(ticket, "score", 87)  # ours again
    bench.pull()
    assert [note for note in bench.plan().notes if note.kind == "drift"] == []
