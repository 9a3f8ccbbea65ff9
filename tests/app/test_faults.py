"""What a fault leaves behind is made good by the next run, and nothing of ours becomes a person's."""

from typing import Any

from journeysync.model.change import PROPERTY
from journeysync.model.ticket import TicketRef


def failed(bench: Any) -> list[str]:
    with bench.open() as workspace:
        return [row.slot for row in workspace.store.inbox() if row.kind == "failed"]


def open_intents(bench: Any) -> int:
    with bench.open() as workspace:
        return len(workspace.store.unsettled("billing"))


def test_an_inbox_row_is_closed_once_the_ticket_was_written(bench: Any) -> None:
    ticket = bench.tracker.create("Why me")
    bench.tracker.failures.reject(ticket)
    assert bench.sync().applied.exit_code == 3
    assert failed(bench)

    bench.tracker.failures.heal()
    bench.clock.pass_time(minutes=20)
    bench.sync()

    assert failed(bench) == []


def test_a_row_stays_open_while_its_write_still_fails(bench: Any) -> None:
    ticket = bench.tracker.create("Why me")
    bench.tracker.failures.reject(ticket)
    bench.sync()
    before = failed(bench)
    bench.clock.pass_time(minutes=20)
    bench.sync()

    assert failed(bench) == before


def test_a_row_is_closed_when_nothing_is_wanted_any_more(bench: Any) -> None:
    ticket = bench.tracker.create("Why me")
    bench.tracker.failures.reject(ticket)
    bench.sync()
    bench.tracker.edit_title(ticket, "Plain now")
    bench.clock.pass_time(minutes=20)
    bench.sync()

    assert failed(bench) == []


def test_a_write_whose_answer_was_lost_stays_open_is_told_and_settled_by_the_next_run(bench: Any) -> None:
    ticket = bench.tracker.create("Why me")
    bench.tracker.failures.leave_unknown(ticket)

    assert bench.sync().applied.exit_code == 3
    assert open_intents(bench) > 0

    assert bench.sync().applied.exit_code == 0
    assert open_intents(bench) == 0
    assert failed(bench) == []
    with bench.open() as workspace:
        assert not any(workspace.store.marks([ref]) for ref in workspace.store.ledger([_ref(ticket)]))
    bench.write("mappings/rules.yaml", "rules: []\n")
    bench.sync()
    assert not [label for label in bench.tracker.labels(ticket) if label.startswith("journey.")]


def test_a_ticket_that_is_hidden_settles_nothing_until_it_can_be_read(bench: Any) -> None:
    ticket = bench.tracker.create("Why me")
    bench.tracker.failures.leave_unknown(ticket)
    bench.sync()
    waiting = open_intents(bench)
    bench.tracker.hide(ticket)

    bench.sync(full=True)
    assert open_intents(bench) == waiting

    bench.tracker.show(ticket)
    bench.tracker.delete(ticket)
    bench.sync(full=True)
    assert open_intents(bench) == 0


def test_a_link_that_never_arrived_is_written_though_the_receipt_names_it(bench: Any) -> None:
    ticket = bench.tracker.create("Why me")
    bench.tracker.failures.reject(ticket, "no", slot="link")
    bench.sync()
    bench.tracker.failures.heal()
    bench.clock.pass_time(minutes=20)
    with bench.open() as workspace:
        (rows,) = workspace.store.ledger([_ref(ticket)]).values()
    assert {PROPERTY} < {row.slot for row in rows}
    assert "link" not in {row.slot for row in rows}

    bench.sync()

    assert len(bench.tracker.links(ticket)) == 1


def _ref(ticket: str) -> Any:
    return TicketRef(connection="billing", id=ticket)


def test_a_receipt_taken_out_before_the_rest_is_written_comes_along_with_it(bench: Any) -> None:
    ticket = bench.tracker.create("Why me")
    bench.tracker.failures.reject(ticket, slot="field:score")
    bench.sync()
    bench.tracker.failures.heal()
    bench.clock.pass_time(minutes=20)
    bench.tracker.put_receipt(ticket, None)  # no list tells of that
    told: list[tuple[int, int | None]] = []

    applied = bench.sync(progress=lambda stage, done, total: stage == "apply" and told.append((done, total))).applied

    assert [change.slot for planned in applied.plan.tickets for change in planned.changes] == ["field:score"]
    assert (applied.summary.written, applied.summary.skipped) == (2, 0)
    assert told[-1] == (1, 1)
    assert "field:score" in bench.tracker.receipt(ticket)["slots"]
    assert bench.plan().tickets == ()
