"""Time as an argument: a clock that stands still until it is told to go on."""

from datetime import UTC, datetime, timedelta

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
"""When everything in the builders' world happens, unless a test says otherwise."""


class Clock:
    """A clock for tests: call it for the time, ``sleep`` moves it without waiting and remembers how long.

    Args:
        now: Where it starts; aware, UTC.
    """

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now
        self.slept_seconds: list[float] = []

    def __call__(self) -> datetime:
        """Return the time."""
        return self.now

    def monotonic(self) -> float:
        """Return seconds that only grow, as ``time.monotonic`` does."""
        return self.now.timestamp()

    def pass_time(self, **more: float) -> None:
        """Move on, by the arguments of ``timedelta``: ``clock.pass_time(minutes=5)``."""
        self.now += timedelta(**more)

    def sleep(self, seconds: float) -> None:
        """Move on as ``time.sleep`` would, without waiting."""
        self.slept_seconds.append(seconds)
        self.now += timedelta(seconds=seconds)
