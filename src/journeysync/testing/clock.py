"""Time as an argument: a clock that stands still until it is told to go on."""

from datetime import UTC, datetime, timedelta

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
"""When everything in the builders' world happens, unless a test says otherwise."""


class Clock:
    """A clock for tests: call it for the time; ``sleep`` moves it on without waiting and remembers how long.

    It has the methods of the clock that ``journeysync.http`` takes, and can stand in for it.

    Args:
        at: Where it starts; aware, UTC.
    """

    def __init__(self, at: datetime = NOW) -> None:
        self._at = at
        self.slept_seconds: list[float] = []

    def __call__(self) -> datetime:
        """Return the time."""
        return self._at

    def now(self) -> datetime:
        """Return the time."""
        return self._at

    def monotonic(self) -> float:
        """Return seconds that only grow, as ``time.monotonic`` does."""
        return self._at.timestamp()

    def pass_time(self, **more: float) -> None:
        """Move on, by the arguments of ``timedelta``: ``clock.pass_time(minutes=5)``."""
        self._at += timedelta(**more)

    def sleep(self, seconds: float) -> None:
        """Move on as ``time.sleep`` would, without waiting."""
        self.slept_seconds.append(seconds)
        self._at += timedelta(seconds=seconds)

    def wake(self) -> None:
        """Do nothing: nobody sleeps on this clock."""
