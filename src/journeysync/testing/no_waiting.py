"""A clock for connections over HTTP: real time, and nobody waits."""

from journeysync.http import Clock


class NoWaiting(Clock):
    """The real time for a connection under test, but sleeping takes none of it and is remembered as passed."""

    def __init__(self) -> None:
        super().__init__()
        self._ahead_seconds = 0.0

    def monotonic(self) -> float:
        """Return seconds that only grow."""
        return super().monotonic() + self._ahead_seconds

    def sleep(self, seconds: float) -> None:
        """Move on without waiting."""
        self._ahead_seconds += seconds
