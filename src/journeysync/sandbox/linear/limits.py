"""Linear's limits: leaky buckets of requests and of complexity, an hour each, and the most that one query may cost.

A bucket refills all the time, at limit per period; headers name what is left and when it is whole again, in epoch
milliseconds.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from journeysync.sandbox.faults import Fault, retry_after_header
from journeysync.sandbox.linear.answers import rate_limited
from journeysync.sandbox.linear.things import Json

HOUR = 3_600.0


@dataclass
class LinearLimits:
    """What is enforced.

    Attributes:
        requests: Requests an hour of an API key (an OAuth app: `app_requests`).
        complexity: Points an hour of an API key (an OAuth app: `app_complexity`).
        query: The most points that one query may cost.
        rows: The most rows of a page.
        default_rows: Rows of a page where none are asked for.
        newest_first: Whether lists begin with the newest; Linear's public schema has no switch for it.
    """

    requests: int = 2_500
    complexity: int = 3_000_000
    app_requests: int = 5_000
    app_complexity: int = 2_000_000
    query: int = 10_000
    rows: int = 250
    default_rows: int = 50
    newest_first: bool = True


@dataclass
class Bucket:
    """What is left, and since when."""

    limit: int
    left: float
    at: float
    empty_until: float = 0.0  # told to stay empty until then, and to be whole at once

    def refill(self, now: float) -> None:
        """Let time pass."""
        if now < self.empty_until:
            self.left, self.at = 0.0, now
            return
        if self.at < self.empty_until:
            self.left = self.limit
        self.left = min(self.limit, self.left + (now - self.at) * self.limit / HOUR)
        self.at = now

    @property
    def whole_at(self) -> float:
        """When nothing will be missing, epoch seconds."""
        if self.at < self.empty_until:
            return self.empty_until
        return self.at + (self.limit - self.left) * HOUR / self.limit


class RateCounter:
    """The buckets of each account, on the site's clock."""

    def __init__(self, limits: LinearLimits, clock: Callable[[], float]) -> None:
        self.limits = limits
        self._clock = clock
        self._buckets: dict[tuple[str, str], Bucket] = {}

    def bucket(self, account: str, kind: str, *, is_app: bool) -> Bucket:
        """Return a bucket as it is now; `kind` is requests or complexity."""
        now = self._clock()
        limit: int = getattr(self.limits, f"app_{kind}" if is_app else kind)
        found = self._buckets.setdefault((account, kind), Bucket(limit, limit, now))
        found.refill(now)
        return found

    def take(self, account: str, kind: str, amount: float, *, is_app: bool) -> None:
        """Use some; refused where there is not enough."""
        found = self.bucket(account, kind, is_app=is_app)
        if found.left < amount:
            raise rate_limited("requests" if kind == "requests" else "complexity points", found.limit)
        found.left -= amount

    def spend_all(self, account: str, kind: str, seconds: float, *, is_app: bool) -> None:
        """Leave nothing, so that the bucket is whole again in so many seconds."""
        found = self.bucket(account, kind, is_app=is_app)
        found.empty_until = self._clock() + seconds
        found.refill(self._clock())

    def headers(self, account: str, points: int, *, is_app: bool) -> list[tuple[str, str]]:
        """Return the headers of an answer; ``points`` is what this query cost, 0 where none was run."""
        rows = [("X-Complexity", str(points))] if points else []
        for kind, name in (("requests", "Requests"), ("complexity", "Complexity")):
            found = self._buckets.get((account, kind)) or self.bucket(account, kind, is_app=is_app)
            rows += [
                (f"X-RateLimit-{name}-Limit", str(found.limit)),
                (f"X-RateLimit-{name}-Remaining", str(max(0, math.floor(found.left)))),
                (f"X-RateLimit-{name}-Reset", str(round(found.whole_at * 1000))),
            ]
        return rows

    def status(self, account: str, requested: float, *, is_app: bool) -> list[Json]:
        """Return what `rateLimitStatus` says of both buckets."""
        rows = []
        for kind, asked in (("request", 1.0), ("complexity", requested)):
            found = self.bucket(account, "requests" if kind == "request" else kind, is_app=is_app)
            rows.append(
                {
                    "type": kind,
                    "requestedAmount": asked,
                    "allowedAmount": float(found.limit),
                    "remainingAmount": float(math.floor(found.left)),
                    "period": HOUR * 1000,
                    "reset": float(round(found.whole_at * 1000)),
                }
            )
        return rows


def fault_headers(fault: Fault, now: datetime) -> list[tuple[bytes, bytes]]:
    """Return the headers of a 429 or 503 that a fault asks for; the reset stands in epoch milliseconds."""
    headers = retry_after_header(fault, now)
    if fault.kind == "429" and (not headers or "reset" in fault.options):
        reset = round((now.timestamp() + float(fault.options.get("reset", "1"))) * 1000)
        headers += [
            (b"x-ratelimit-requests-remaining", b"0"),
            (b"x-ratelimit-requests-reset", str(reset).encode()),
        ]
    return headers
