"""Connections run side by side: a slow or a failing one stops nobody, and what is said comes in one order."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from journeysync.app.beside import side_by_side
from journeysync.errors import ExitCode, Unavailable
from journeysync.model.change import Outcome
from journeysync.model.tracker import Cursor, Page
from journeysync.testing import FakeTracker

MORE = """
  {name}:
    connector: github
    url: https://{name}.example
    auth: {{kind: token, token: {{env: TEST_TOKEN}}}}
    scope: {{repositories: [acme/{name}]}}
    write: sync
    brakes: {{changed: 100%, removed: 1000, writes: 10000}}
"""
PATIENCE = 20.0  # seconds; only a test that is about to fail takes so long


class Late(FakeTracker):
    """A tracker that answers only after something has happened elsewhere."""

    after: threading.Event
    then: threading.Event

    def pull(self, since: Cursor | None) -> Iterator[Page]:
        assert self.after.wait(PATIENCE)
        yield from super().pull(since)
        self.then.set()

    def write(self, changes: Any) -> Iterator[Outcome]:
        assert self.after.wait(PATIENCE)
        yield from super().write(changes)
        self.then.set()


class Down(FakeTracker):
    """A tracker that cannot be read."""

    def pull(self, since: Cursor | None) -> Iterator[Page]:
        del since
        raise Unavailable("the tracker is down", next_step="try later")
        yield


class DownInWriting(FakeTracker):
    """A tracker that breaks off in its first write."""

    def write(self, changes: Any) -> Iterator[Outcome]:
        del changes
        raise Unavailable("the tracker went down", next_step="try later")
        yield


def add(bench: Any, kind: type[FakeTracker], name: str) -> Any:
    """Add a connection to the workspace."""
    text = (bench.folder / "journeysync.yaml").read_text().rstrip()
    bench.write("journeysync.yaml", text + MORE.format(name=name))
    tracker = kind(name=name, projects=(name.upper(),), clock=bench.clock)
    tracker.create("Say why")
    bench.others[name] = tracker
    return tracker


def test_each_is_read_and_written_while_another_one_is_still_waited_for(bench: Any) -> None:
    first, second = add(bench, Late, "first"), add(bench, Late, "second")
    first.after, first.then = threading.Event(), threading.Event()
    second.after, second.then = threading.Event(), first.after  # the first one is answered once the second is done
    second.after.set()
    result = bench.sync()
    assert first.then.is_set()
    assert [row.name for row in result.pull.connections] == ["billing", "first", "second"]
    assert {planned.ticket.connection for planned in result.applied.plan.tickets} == {"first", "second"}
    assert result.applied.exit_code == ExitCode.DONE
    first.after.clear()
    for tracker in (first, second):
        tracker.create("Why, once more")
    threading.Timer(0.05, first.after.set).start()
    assert bench.sync().applied.summary.written == 2 * 5


def test_one_that_fails_beside_one_that_works_is_partly_done_in_whatever_order_they_end(bench: Any) -> None:
    add(bench, Down, "app")
    add(bench, DownInWriting, "care")
    bench.tracker.create("Why is it higher")
    told = set()
    for _ in range(3):
        result = bench.sync()
        assert result.applied.exit_code == ExitCode.PARTLY
        assert [(name, trouble.exit_code) for name, trouble in result.applied.troubles] == [
            ("app", ExitCode.TRY_LATER),
            ("care", ExitCode.TRY_LATER),
        ]
        told.add(tuple(trouble.what for _, trouble in result.applied.troubles))
    assert len(told) == 1
    assert len(bench.tracker.journal) == 5


def test_when_all_fail_the_code_is_theirs(bench: Any) -> None:
    add(bench, Down, "app")
    add(bench, Down, "care")
    with bench.open() as workspace:
        assert workspace.pull("app", "care").exit_code == ExitCode.TRY_LATER


def test_answers_come_in_the_order_of_asking_and_the_first_defect_is_raised_when_all_have_ended(bench: Any) -> None:
    gate = threading.Event()
    done: list[int] = []

    def work(number: int) -> int:
        if number == 0:
            assert gate.wait(PATIENCE)
        if number == 1:
            gate.set()
        if number in (2, 3):
            raise ValueError(f"a defect in {number}")
        done.append(number)
        return number * 10

    with bench.open() as workspace:
        assert side_by_side(workspace, (0, 1), work) == (0, 10)
        with pytest.raises(ValueError, match="a defect in 2"):
            side_by_side(workspace, (3, 2, 1)[::-1], work)
        assert done == [1, 0, 1]
        assert side_by_side(workspace, (), work) == ()


def test_who_stops_a_run_stops_all_connections_and_the_next_run_goes_on(bench: Any) -> None:
    class Stopped(FakeTracker):
        """A tracker in whose reading a person presses Ctrl-C."""

        def pull(self, since: Cursor | None) -> Iterator[Page]:
            import _thread

            _thread.interrupt_main()
            assert others_closed.wait(PATIENCE)
            yield from super().pull(since)

    class Reading(FakeTracker):
        def close(self) -> None:
            others_closed.set()
            super().close()

    others_closed = threading.Event()
    add(bench, Reading, "app")
    add(bench, Stopped, "care")
    with bench.open() as workspace:
        with pytest.raises(KeyboardInterrupt):
            workspace.pull()
        assert workspace.is_stopped
        assert workspace.read_at("care") is None
        assert not workspace.store.meta("read_failed:care")
    bench.others["care"].__class__ = FakeTracker
    with bench.open() as workspace:  # no lease is left behind
        assert [row.trouble for row in workspace.pull().connections] == [None] * 3


def test_progress_is_one_display_that_one_thread_at_a_time_speaks_to(bench: Any) -> None:
    add(bench, FakeTracker, "app")
    bench.tracker.create("Why is it higher")
    speaking = threading.Lock()
    heard: list[tuple[str, int, int | None]] = []

    def progress(stage: str, done: int, total: int | None) -> None:
        assert speaking.acquire(blocking=False)
        heard.append((stage, done, total))
        speaking.release()

    bench.sync(progress=progress)
    assert {stage for stage, _, _ in heard} >= {"pull billing", "pull app", "apply"}
    applied = [(done, total) for stage, done, total in heard if stage == "apply"]
    assert applied == [(number, 10) for number in range(1, 11)]
