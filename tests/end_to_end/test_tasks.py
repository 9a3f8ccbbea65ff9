"""A bulk edit that Jira still works on when our process is killed: the next run asks for the task before it looks."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from journeysync.testing.failures import Killed

from .loop import Loop, Time


class _Mortal(Time):
    """A clock on which the process ends in its first sleep: while it waits for a task."""

    dies = True

    def sleep(self, seconds: float) -> None:
        if self.dies:
            raise Killed("while it waited for the task")
        super().sleep(seconds)


@pytest.fixture
def loop(tmp_path: Path) -> Iterator[Loop]:
    loop = Loop(tmp_path, lag=0.0)
    loop.time.__class__ = _Mortal
    loop.server.site.tasks.seconds = 30
    yield loop
    loop.close()


def killed_in_a_task(loop: Loop) -> list[str]:
    tickets = [loop.state.create_issue("BILL", f"Say why in words {number}").id for number in range(20)]
    with pytest.raises(Killed):
        loop.sync()
    loop.time.dies = False  # type: ignore[attr-defined]  # the clock of this file
    loop.time.pass_time(60 * 2)  # the lease of the dead run ends
    return tickets


def test_the_task_stands_with_each_write_before_anybody_waits_for_it(loop: Loop) -> None:
    tickets = killed_in_a_task(loop)

    with loop.open() as workspace:
        noted = {(intent.ticket.id, intent.slot): intent.external_ref for intent in workspace.store.unsettled()}

    in_bulk = [ref for (_, slot), ref in noted.items() if slot.startswith(("label:", "field:"))]
    assert len(in_bulk) == 3 * len(tickets)
    assert all(ref is not None and "/bulk/queue/" in ref for ref in in_bulk)


def test_what_a_task_writes_after_its_run_was_killed_is_ours_and_no_word_of_a_person(loop: Loop) -> None:
    loop.server.site.tasks.seconds = 3_600
    tickets = killed_in_a_task(loop)
    loop.write("mappings/rules.yaml", "rules: []\n")

    assert loop.sync() == 0  # the task is not done: nothing is said yet about what it writes
    assert {intent[0] for intent in loop.store()["intents"]} == set(tickets)
    loop.time.pass_time(3_600)
    loop.server.site.tasks.advance()
    assert all("journey.opp-3" in loop.tracker()[ticket]["labels"] for ticket in tickets)
    for _ in range(2):
        assert loop.sync() == 0

    store = loop.store()
    assert (store["marks"], store["intents"], store["links"]) == ([], [], [])
    assert all(not loop.tracker()[ticket]["labels"] for ticket in tickets)


def test_a_task_that_ended_meanwhile_is_settled_by_what_the_tickets_show(loop: Loop) -> None:
    tickets = killed_in_a_task(loop)

    assert loop.sync() == 0

    held = {(row[0], row[1]) for row in loop.store()["ledger"]}
    assert held >= {(ticket, f"label:{name}") for ticket in tickets for name in ("journey.opp-3", "journey.pay-bill")}
    assert (loop.store()["marks"], loop.store()["intents"]) == ([], [])
    begun = len(loop.server.journal)
    assert loop.sync() == 0
    assert loop.effective(begun) == {}
