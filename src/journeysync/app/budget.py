"""The request budget of a connection: so many in an hour, shared by all runs, and a share of the tracker's own limit.

It is asked before each request (``Traffic.gate``). Used up, it raises ``TryLater``: the run ends
cleanly, what was done stays done, and the next run goes on.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from journeysync.config import ConnectionConfig
from journeysync.connector import Traffic
from journeysync.errors import TryLater
from journeysync.store import Store

MOST_UNCOUNTED = 50  # requests that one process makes before it tells the others through the store
SHORTEST_LIMIT = timedelta(minutes=1)  # a limit that is whole again sooner is a matter of pace, not of budget


class Budget:
    """The budget of one connection in one process. Safe to use from many threads.

    Args:
        store: Where all runs count together.
        config: The connection with its budget.
        traffic: What the tracker said last of its own limit.
        clock: The time now.
    """

    def __init__(self, store: Store, config: ConnectionConfig, traffic: Traffic, clock: Callable[[], datetime]) -> None:
        self._store = store
        self._config = config
        self._traffic = traffic
        self._now = clock
        self._lock = threading.Lock()
        self._hour = ""
        self._spent = 0  # in this hour by all runs, as far as the store knows
        self._uncounted = 0  # by this process since it last told the store
        self._lifted = 0
        self._step = max(1, min(MOST_UNCOUNTED, config.budget.requests_per_hour // 20))

    def __call__(self) -> None:
        """Count one request that is about to be sent.

        Raises:
            TryLater: It may not be; says when it may.
        """
        with self._lock:
            now = self._now()
            self._turn_to(now)
            if not self._lifted:
                self._check(now)
            self._uncounted += 1
            if self._uncounted >= self._step:
                self._tell()

    @property
    def spent(self) -> int:
        """Return how many requests this hour has cost so far."""
        with self._lock:
            self._turn_to(self._now())
            return self._spent + self._uncounted

    @property
    def left(self) -> int:
        """Return how many requests this hour has left; 0 where the next one would be refused."""
        with self._lock:
            now = self._now()
            self._turn_to(now)
            try:
                self._check(now)
            except TryLater:
                return 0
            return self._config.budget.requests_per_hour - self._spent - self._uncounted

    def stop(self) -> TryLater:
        """Return the error that ends a run for which too little is left."""
        with self._lock:
            try:
                self._check(self._now())
            except TryLater as error:
                return error
            return self._hour_is_over(self._now())

    def tell(self) -> None:
        """Let the store know of what was not counted there yet."""
        with self._lock:
            if self._uncounted:
                self._tell()

    @contextmanager
    def lifted(self) -> Iterator[None]:
        """Let requests pass meanwhile: reading back what was just written, or a doctor's few questions."""
        with self._lock:
            self._lifted += 1
        try:
            yield
        finally:
            with self._lock:
                self._lifted -= 1

    def _turn_to(self, now: datetime) -> None:
        hour = now.astimezone(UTC).strftime("%Y-%m-%dT%H")
        if hour != self._hour:
            if self._uncounted:
                self._tell()
            self._hour = hour
            self._spent = self._store.spend(self._config.name, hour, 0)

    def _tell(self) -> None:
        self._spent = self._store.spend(self._config.name, self._hour, self._uncounted)
        self._uncounted = 0

    def _check(self, now: datetime) -> None:
        most = self._config.budget.requests_per_hour
        if self._spent + self._uncounted >= most:
            raise self._hour_is_over(now)
        left, total, whole_at = self._traffic.limit_remaining, self._traffic.limit_total, self._traffic.limit_resets_at
        if left is None or not total or whole_at is None or whole_at - now < SHORTEST_LIMIT:
            return
        share = self._config.budget.share_of_limit
        if left <= (1 - share) * total:
            raise self._used_up(
                f"the tracker has {left:,} of {total:,} requests left, and {1 - share:.0%} of them are for others",
                whole_at.astimezone(UTC),
                "share_of_limit",
            )

    def _hour_is_over(self, now: datetime) -> TryLater:
        most = self._config.budget.requests_per_hour
        again = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        return self._used_up(f"its budget of {most:,} requests an hour is used up", again, "requests_per_hour")

    def _used_up(self, says: str, again: datetime, key: str) -> TryLater:
        return TryLater(
            f"connection '{self._config.name}': {says}; it goes on at {again:%H:%M} UTC",
            where=self._config.where,
            next_step=f"run it again from {again:%Y-%m-%d %H:%M} UTC on, what was done stays done; "
            f"or raise budget.{key} of this connection",
        )
