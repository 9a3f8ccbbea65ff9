"""What can go wrong with a tracker, told to ``FakeTracker`` in advance.

A *call* is one page of a read, one ``fetch`` or ``observe``, or one write of one
slot. Whatever is arranged here happens at the boundary that a real tracker has:
before the call reached it, or after it was carried out and before we heard of it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from journeysync.errors import AuthFailed, ConnectorError, RateLimited, Unavailable
from journeysync.model.base import Value
from journeysync.model.change import Slot


class Killed(BaseException):
    """The process ends here, as by ``kill -9``: no ``except Exception`` holds it up."""


@dataclass(frozen=True)
class Written:
    """One write that a tracker carried out for the connector; people's own edits are not in the journal."""

    ticket: str  # tracker id
    slot: Slot
    before: Value
    after: Value
    at: datetime


Hook = Callable[[str, Slot], None]
"""Called with the ticket's id and the slot, around every write."""


@dataclass
class _Planned:
    """An error that waits for its call."""

    error: BaseException
    calls_before: int
    times: int
    writes_only: bool = False

    def is_due(self) -> bool:
        if self.calls_before > 0:
            self.calls_before -= 1
            return False
        self.times -= 1
        return self.times >= 0


class Failures:
    """What a ``FakeTracker`` is going to do wrong; ``heal`` takes everything back."""

    def __init__(self) -> None:
        self.heal()

    def heal(self) -> None:
        """Take back everything that was arranged; what was written stays written."""
        self._rejected: dict[tuple[str, Slot | None], str] = {}
        self._conflicts: set[str] = set()
        self._unknown: set[str] = set()
        self._before: list[_Planned] = []
        self._after: list[_Planned] = []
        self.before_write: Hook | None = None
        self.after_write: Hook | None = None

    def reject(self, ticket_id: str, cause: str = "Field 'x' cannot be set.", *, slot: Slot | None = None) -> None:
        """Refuse all changes of a ticket, or of one slot of it, until ``heal``."""
        self._rejected[ticket_id, slot] = cause

    def conflict(self, ticket_id: str) -> None:
        """Refuse the next write of a ticket, since somebody else is changing it; another try later helps."""
        self._conflicts.add(ticket_id)

    def leave_unknown(self, ticket_id: str) -> None:
        """Carry out the next write of a ticket, and report that its answer was lost (Result.UNKNOWN)."""
        self._unknown.add(ticket_id)

    def fail(self, error: ConnectorError, *, after: int = 0, times: int = 1) -> None:
        """Raise an error instead of a call, ``after`` that many calls, for the next ``times`` calls."""
        self._before.append(_Planned(error, after, times))

    def rate_limit(self, seconds: float = 30, *, after: int = 0) -> None:
        """Answer "too many requests" once."""
        self.fail(RateLimited("too many requests", status=429, retry_after_seconds=seconds), after=after)

    def unavailable(self, *, after: int = 0, times: int = 1_000_000) -> None:
        """Be down from then on, or for that many calls."""
        self.fail(Unavailable("the tracker does not answer", status=503), after=after, times=times)

    def auth_fails(self, *, after: int = 0) -> None:
        """Let the token end."""
        error = AuthFailed("the tracker does not know us", status=401, next_step="renew the token")
        self.fail(error, after=after, times=1_000_000)

    def lose_answer(self, *, after: int = 0) -> None:
        """Carry out a write and raise Unavailable, ``after`` that many writes went well."""
        error = Unavailable("the connection was cut before the answer")
        self._after.append(_Planned(error, after, 1, writes_only=True))

    def kill_before_write(self, number: int) -> None:
        """End the process before write ``number`` (from 1) is carried out."""
        self._before.append(_Planned(Killed(f"before write {number}"), number - 1, 1, writes_only=True))

    def kill_after_write(self, number: int) -> None:
        """End the process right after write ``number`` (from 1) was carried out, before anyone heard of it."""
        self._after.append(_Planned(Killed(f"after write {number}"), number - 1, 1, writes_only=True))

    def on_read(self) -> None:
        """Raise what is due at a read."""
        for planned in self._before:
            if not planned.writes_only and planned.is_due():
                raise planned.error

    def on_write(self, ticket_id: str, slot: Slot) -> None:
        """Raise what is due before a write."""
        if self.before_write:
            self.before_write(ticket_id, slot)
        for planned in self._before:
            if planned.is_due():
                raise planned.error

    def on_written(self, ticket_id: str, slot: Slot) -> None:
        """Raise what is due after a write."""
        if self.after_write:
            self.after_write(ticket_id, slot)
        for planned in self._after:
            if planned.is_due():
                raise planned.error

    def rejection_of(self, ticket_id: str, slot: Slot) -> str | None:
        """Return why the change of a slot is refused, None if it is not."""
        return self._rejected.get((ticket_id, slot), self._rejected.get((ticket_id, None)))

    def is_conflict(self, ticket_id: str) -> bool:
        """Return whether somebody else is changing the ticket; only once for each ``conflict``."""
        was = ticket_id in self._conflicts
        self._conflicts.discard(ticket_id)
        return was

    def is_unknown(self, ticket_id: str) -> bool:
        """Return whether the answer about a ticket is lost; only once for each ``leave_unknown``."""
        was = ticket_id in self._unknown
        self._unknown.discard(ticket_id)
        return was
