"""A broken read is not an empty backlog; what is gone is gone only after it was asked for itself."""

from typing import Any

import pytest

from journeysync.errors import ConfigError
from journeysync.testing import a_ref
from journeysync.testing.failures import Killed


def test_an_incremental_read_brings_only_what_changed(bench: Any) -> None:
    tickets = [bench.tracker.create(f"Why {number}") for number in range(30)]
    bench.pull()
    bench.tracker.edit_title(tickets[3], "Changed")

    (row,) = bench.pull().connections

    assert row.changed == 1


def test_a_deleted_ticket_is_gone_after_a_sweep_and_not_before(bench: Any) -> None:
    tickets = [bench.tracker.create(f"Why {number}") for number in range(5)]
    bench.pull()
    bench.tracker.delete(tickets[0])

    assert bench.pull().connections[0].gone == 0
    assert bench.pull(full=True).connections[0].gone == 1
    with bench.open() as workspace:
        assert workspace.store.count("billing") == 4


def test_moved_and_hidden_tickets_are_told_apart_from_deleted_ones(bench: Any) -> None:
    moved, hidden, deleted = (bench.tracker.create(f"Why {number}") for number in range(3))
    bench.pull()
    bench.tracker.move(moved, "OTHER")
    bench.tracker.hide(hidden)
    bench.tracker.delete(deleted)

    (row,) = bench.pull(full=True).connections

    assert (row.gone, row.hidden, row.out_of_scope) == (1, 1, 1)


def test_a_moved_ticket_is_found_by_its_old_key(bench: Any) -> None:
    ticket = bench.tracker.create("Why")
    bench.pull()
    bench.tracker.move(ticket, "ONB")
    bench.pull()

    with bench.open() as workspace:
        (found,) = workspace.store.find("BILL-1")

    assert found.ref.id == ticket
    assert found.key.startswith("ONB-")


def test_a_read_that_breaks_keeps_what_it_brought_moves_no_cursor_and_removes_nothing(bench: Any) -> None:
    tickets = [bench.tracker.create(f"Why {number}") for number in range(200)]
    bench.sync()
    bench.tracker.edit_title(tickets[0], "Plain now")
    bench.tracker.failures.unavailable(after=0)

    (row,) = bench.pull(full=True).connections
    assert row.trouble is not None
    assert row.gone == 0

    bench.write("mappings/rules.yaml", "rules: []\n")
    plan = bench.plan()
    assert plan.tickets == ()
    assert any("cut short" in note.says for note in plan.notes)

    bench.tracker.failures.heal()
    (row,) = bench.pull().connections
    assert row.trouble is None
    assert row.changed == 1


def test_a_connection_that_was_never_read_plans_nothing(bench: Any) -> None:
    bench.tracker.create("Why")

    plan = bench.plan()

    assert plan.tickets == ()
    assert "never read" in plan.notes[0].says


def test_lists_that_lag_behind_lose_no_change(bench: Any) -> None:
    ticket = bench.tracker.create("Plain")
    bench.pull()
    with bench.tracker.unseen_by_lists():
        bench.tracker.edit_title(ticket, "Tell me why")
        bench.pull()
    bench.tracker.lists_catch_up()

    assert bench.pull().connections[0].changed == 1


def test_a_scope_that_shrinks_leaves_its_tickets_as_they_are(bench: Any) -> None:
    bench.tracker.create("Why here")
    away = bench.tracker.create("Why there", project="ONB")
    bench.sync()
    labels = bench.tracker.labels(away)
    bench.replace("journeysync.yaml", "projects: [BILL, ONB]", "projects: [BILL]")
    bench.tracker.projects = ("BILL",)

    result = bench.sync()

    assert result.pull.connections[0].out_of_scope == 1
    assert bench.tracker.labels(away) == labels
    with bench.open() as workspace:
        assert workspace.status().connections[0].out_of_scope == 1


def test_an_unknown_connection_is_named_with_those_that_exist(bench: Any) -> None:
    with bench.open() as workspace, pytest.raises(ConfigError, match="no connection is called 'biling'") as error:
        workspace.pull("biling")

    assert "billing" in str(error.value)


def test_the_token_is_in_no_error_and_no_result(bench: Any) -> None:
    bench.tracker.failures.auth_fails()

    result = bench.pull()

    assert result.connections[0].trouble is not None
    assert result.connections[0].trouble.exit_code == 4
    assert "secret-canary" not in repr(result)


def test_a_ticket_that_got_a_new_id_by_a_move_goes_on_under_it_and_nothing_waits_for_the_old_one(bench: Any) -> None:
    old = bench.tracker.create("Why me")
    bench.sync()
    new = bench.tracker.move(old, "ONB", new_id=True)
    bench.tracker.edit_title(new, "Why me, over here")

    assert bench.sync(full=True).applied.exit_code == 0

    with bench.open() as workspace:
        status = {ref.id: found for ref, found in workspace.store.status_of([a_ref("BILL-1"), a_ref("ONB-1")]).items()}
        assert status == {old: "gone", new: "here"}
    assert bench.tracker.field(new, "score") == bench.tracker.field(old, "score")
    assert bench.tracker.receipt(new) is not None


def test_a_write_that_was_cut_off_is_over_when_its_ticket_got_a_new_id(bench: Any) -> None:
    old = bench.tracker.create("Why me")
    bench.tracker.failures.kill_after_write(1)
    with pytest.raises(Killed):
        bench.sync()
    bench.tracker.failures.heal()
    new = bench.tracker.move(old, "ONB", new_id=True)

    assert bench.sync().applied.exit_code == 0

    with bench.open() as workspace:
        assert workspace.store.unsettled() == ()
        held = {row.slot for rows in workspace.store.iter_ledger() for row in rows if row.ticket.id == new}
        assert held >= {"field:score", "label:journey.opp-3"}  # written under the old id, ours under the new one
