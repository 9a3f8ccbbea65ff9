"""Connections side by side: each in a thread of its own, paced by its own server; answers in the order of asking.

A slow tracker makes nobody wait but itself. What each one says is put together in the order of the configuration,
so that a run prints the same text whichever ends first.
"""

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from journeysync.app.workspace import Workspace

AT_ONCE = 8
"""Connections at a time; each has up to 16 requests under way."""
ENDING_SECONDS = 5.0  # for a thread whose connection was closed
_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


def side_by_side(
    workspace: "Workspace", items: Sequence[_Item], work: Callable[[_Item], _Result]
) -> tuple[_Result, ...]:
    """Do the same for several connections at once; one alone is done in the caller's own thread.

    Args:
        workspace: Whose connections are closed when a person stops the run.
        items: What to work on, such as connections; at most one item a connection.
        work: Catches what may go wrong with one connection, and answers.

    Returns:
        The answers, in the order of ``items``.

    Raises:
        Exception: What ``work`` did not catch, of the first such item; the others were done to their end.
        KeyboardInterrupt: A person stopped it. What was under way was told, and given a moment to end.
    """
    if len(items) < 2:
        return tuple(work(item) for item in items)
    desk = _Desk(items, work)
    threads = [
        threading.Thread(target=desk.run, name=f"journeysync-{number}", daemon=True)
        for number in range(min(AT_ONCE, len(items)))
    ]
    for thread in threads:
        thread.start()
    try:
        for thread in threads:
            while thread.is_alive():
                thread.join(1.0)  # with a limit: else no signal is heard on some systems
    except BaseException:
        desk.close()
        workspace.stop()
        for thread in threads:
            thread.join(ENDING_SECONDS)
        raise
    return desk.answers()


class _Desk(Generic[_Item, _Result]):
    """Hands out the items, and keeps the answers in their order."""

    def __init__(self, items: Sequence[_Item], work: Callable[[_Item], _Result]) -> None:
        self._items = items
        self._work = work
        self._lock = threading.Lock()
        self._next = 0
        self._answers: dict[int, _Result] = {}
        self._errors: dict[int, BaseException] = {}

    def run(self) -> None:
        """Work until nothing is left."""
        while (number := self._take()) is not None:
            try:
                self._answers[number] = self._work(self._items[number])
            except BaseException as error:  # noqa: BLE001  # raised again by ``answers``, in the caller's thread
                self._errors[number] = error

    def close(self) -> None:
        """Hand out nothing more."""
        with self._lock:
            self._next = len(self._items)

    def answers(self) -> tuple[_Result, ...]:
        """Return all answers, or raise the first error."""
        for number in sorted(self._errors):
            raise self._errors[number]
        return tuple(self._answers[number] for number in range(len(self._items)))

    def _take(self) -> int | None:
        with self._lock:
            if self._next >= len(self._items):
                return None
            self._next += 1
            return self._next - 1
