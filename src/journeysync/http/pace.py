"""Pacing: one pause that all threads of a connection share, because the server's limit is shared too."""

import threading
import time
from datetime import UTC, datetime


class Clock:
    """Time and sleep, as an object so that tests need not wait. ``wake`` ends every sleep for good."""

    def __init__(self) -> None:
        self._woken = threading.Event()

    def now(self) -> datetime:
        """Return the wall clock, aware, UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds that only ever grow."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait, or return at once after ``wake``."""
        self._woken.wait(seconds)

    def wake(self) -> None:
        """End all sleeps; the connection is being closed."""
        self._woken.set()


class Pacer:
    """Says when the next request may go.

    A pause is for the whole connection, or for one lane (one endpoint) where the
    server's limit is only about that. While the server warns that its limit is
    near, requests leave one after the other with ``near_limit_gap_seconds`` between them.
    """

    def __init__(self, clock: Clock, *, near_limit_gap_seconds: float = 0.1) -> None:
        self._clock = clock
        self._gap = near_limit_gap_seconds
        self._lock = threading.Lock()
        self._until: dict[str, float] = {}
        self._near = False
        self._last_start = 0.0
        self._counted_until = 0.0
        self.paused_seconds = 0.0  # time under any pause, counted once however many threads and lanes wait

    def pause(self, seconds: float, *, lane: str = "") -> None:
        """Let no request of the lane go for so many seconds; the empty lane is the whole connection."""
        with self._lock:
            now = self._clock.monotonic()
            self._until[lane] = max(self._until.get(lane, now), now + seconds)
            self.paused_seconds += max(0.0, now + seconds - max(self._counted_until, now))
            self._counted_until = max(self._counted_until, now + seconds)

    def near_limit(self, *, near: bool) -> None:
        """Note whether the server says that its limit is near."""
        self._near = near

    def wait_turn(self, lane: str = "") -> float:
        """Sleep until a request of the lane may go; return the seconds slept."""
        slept = 0.0
        while (wait := self._left(lane)) > 0:
            before = self._clock.monotonic()
            self._clock.sleep(wait)
            slept += wait
            if self._clock.monotonic() - before < wait / 2:  # woken: the connection is being closed
                break
        return slept

    def _left(self, lane: str) -> float:
        with self._lock:
            now = self._clock.monotonic()
            until = max(self._until.get("", now), self._until.get(lane, now))
            if self._near:
                until = max(until, self._last_start + self._gap)
            if until <= now:
                self._last_start = now
            return until - now
