"""A process that ends between two outcomes of a write, as by ``kill -9``, on a tracker over HTTP."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from journeysync.model.change import Outcome, TicketChanges
from journeysync.testing.failures import Killed


class Dying:
    """Counts the outcomes that connectors of a site tell of; the one that is due ends the process."""

    def __init__(self) -> None:
        self._left = -1
        self._hook: Callable[[], None] | None = None

    def kill(self, number: int, hook: Callable[[], None]) -> None:
        """End the process when the connector told of the n-th outcome, or with 0 before the first write."""
        self._left, self._hook = number, hook

    def live(self) -> None:
        """Take that back."""
        self._hook = None

    def count(self) -> None:
        """Count one outcome."""
        if self._hook is not None and self._left == 0:
            self._hook()
            raise Killed("between two outcomes")
        self._left -= 1


def mortal(connector: Any, dying: Dying) -> Any:
    """Return the connector with a ``write`` that may end in the middle."""
    write = connector.write

    def dying_write(changes: Sequence[TicketChanges]) -> Iterator[Outcome]:
        dying.count()
        for outcome in write(changes):
            yield outcome
            dying.count()

    connector.write = dying_write
    return connector
