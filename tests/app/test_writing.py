"""One bad ticket never stops the others, and a kill at any write loses nothing and doubles nothing."""

from typing import Any

import pytest

from journeysync.errors import UnsafePlan
from journeysync.testing import Killed

pytestmark = pytest.mark.both_databases


def written(bench: Any) -> list[tuple[str, str]]:
    return [(row.ticket, row.slot) for row in bench.tracker.journal]


def test_a_rejected_ticket_is_an_inbox_row_and_the_others_are_written(bench: Any) -> None:
    bad = bench.tracker.create("Why bad")
    good = bench.tracker.create("Why good")
    bench.tracker.refuse(bad)

    result = bench.sync()

    assert "journey.pay-bill" in bench.tracker.labels(good)
    assert result.applied.summary.failed > 0
    with bench.open() as workspace:
        rows = workspace.store.inbox()
    assert {row.ticket_id for row in rows} == {bad}
    assert all(row.cause for row in rows)

    bench.tracker.failures.heal()
    bench.clock.pass_time(minutes=16)
    bench.sync()
    assert "journey.pay-bill" in bench.tracker.labels(bad)


def test_a_ticket_that_vanishes_between_plan_and_apply_is_told_and_the_others_are_written(bench: Any) -> None:
    gone = bench.tracker.create("Why gone")
    good = bench.tracker.create("Why good")
    bench.pull()
    bench.tracker.delete(gone)

    with bench.open() as workspace:
        workspace.links()
        result = workspace.apply(allow=("first-run",))

    assert "journey.pay-bill" in bench.tracker.labels(good)
    assert [failure.ticket for failure in result.failures] == [f"billing/{gone}"]
    assert result.summary.failed == 0


def test_a_ticket_edited_between_plan_and_apply_is_left_for_the_next_plan(bench: Any) -> None:
    ticket = bench.tracker.create("Why me")
    bench.pull()
    bench.tracker.set_field(ticket, "score", 3)

    with bench.open() as workspace:
        workspace.links()
        result = workspace.apply(allow=("first-run",))

    assert result.summary.skipped > 0
    assert bench.tracker.field(ticket, "score") == 3
    assert bench.tracker.labels(ticket) == ()


def test_a_ticket_that_is_to_be_left_alone_since_the_plan_is_left_alone(bench: Any) -> None:
    ticket = bench.tracker.create("Why me")
    bench.pull()
    bench.tracker.type_label(ticket, "journey.ignore")

    with bench.open() as workspace:
        workspace.links()
        result = workspace.apply(allow=("first-run",))

    assert result.summary.skipped > 0
    assert bench.tracker.labels(ticket) == ("journey.ignore",)


def test_an_outage_in_the_middle_ends_cleanly_and_the_next_run_goes_on(bench: Any) -> None:
    tickets = [bench.tracker.create(f"Why {number}") for number in range(10)]
    bench.pull()
    bench.tracker.failures.lose_answer(after=17)

    with bench.open() as workspace:
        workspace.links()
        result = workspace.apply(allow=("first-run",))
    assert result.troubles

    bench.tracker.failures.heal()
    bench.sync()
    assert len(written(bench)) == len(set(written(bench))) == 50
    assert all("journey.pay-bill" in bench.tracker.labels(ticket) for ticket in tickets)


@pytest.mark.parametrize("moment", ["kill_before_write", "kill_after_write"])
@pytest.mark.parametrize("number", range(1, 16))
def test_a_kill_at_any_write_loses_nothing_and_doubles_nothing(bench: Any, moment: str, number: int) -> None:
    for index in range(3):
        bench.tracker.create(f"Why {index}")
    bench.pull()
    getattr(bench.tracker.failures, moment)(number)

    with pytest.raises(Killed):
        bench.sync()
    # As after kill -9: the lease of the dead process runs out.
    bench.tracker.failures.heal()
    bench.clock.pass_time(minutes=5)
    bench.sync()

    assert len(written(bench)) == len(set(written(bench))) == 15
    assert bench.plan().tickets == ()
    with bench.open() as workspace:
        assert workspace.store.unsettled() == ()


def test_one_run_at_a_time_on_a_connection(bench: Any) -> None:
    bench.tracker.create("Why")
    with bench.open() as first, first.lease(first.connections()[0]):
        (row,) = bench.pull().connections

    assert row.trouble is not None
    assert "another run is under way" in row.trouble.what


def test_the_rest_of_a_first_run_that_was_killed_is_no_unusual_change(bench: Any) -> None:
    bench.replace("journeysync.yaml", "changed: 100%", "changed: 30%")
    for number in range(6):
        bench.tracker.create(f"Why {number}")
    bench.tracker.failures.kill_after_write(7)
    with pytest.raises(Killed):
        bench.sync(allow=("first-run",))
    bench.tracker.failures.heal()
    bench.clock.pass_time(minutes=5)

    rest = bench.sync(allow=())

    assert rest.applied.summary.failed == 0
    assert bench.plan().tickets == ()
    bench.replace("mappings/rules.yaml", "words: [why]", "words: [nothing]")
    with pytest.raises(UnsafePlan) as stopped:
        bench.sync(allow=("removed",))
    assert stopped.value.brakes == ("changed",)
