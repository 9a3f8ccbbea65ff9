"""Rate limits. Jira Cloud's: bursts by endpoint and method, and writes to one issue. Data Center's: by user.

The points quota of apps does not concern tokens. What is enforced stands in `Limits`; headers come with every answer.
"""

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from journeysync.sandbox.jira.answers import refuse
from journeysync.sandbox.wire import Refused

BURST_PER_SECOND = {"GET": 100, "POST": 100, "PUT": 50, "DELETE": 50}
ISSUE_WRITES = ((20, 2.0), (100, 30.0))


@dataclass
class Limits:
    """What is enforced, and how many rows an answer holds at most."""

    per_issue_writes: bool = True
    bursts: bool = False
    rows_ids: int = 5_000
    rows_small: int = 1_000
    rows_full: int = 100


@dataclass
class ServerLimits(Limits):
    """What a Data Center site enforces: off unless an administrator sets it (`bucket` above 0).

    Attributes:
        rows: The most issues that one search answer holds.
        bucket: How many requests a user may save up; 0 = no limit and no headers.
        fill: How many requests are added in each interval.
        interval_seconds: How often that is.
    """

    per_issue_writes: bool = False
    rows: int = 1_000
    bucket: int = 0
    fill: int = 10
    interval_seconds: float = 1.0


class UserBuckets:
    """Data Center's token bucket of each user, on the site's clock."""

    def __init__(self, limits: ServerLimits, clock: Callable[[], float]) -> None:
        self._limits = limits
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, user: str) -> list[tuple[str, str]]:
        """Take one request from a user's bucket and return the rate headers; 429 when it is empty."""
        limits, now = self._limits, self._clock()
        if not limits.bucket:
            return []
        left, at = self._buckets.get(user, (float(limits.bucket), now))
        intervals = int((now - at) / limits.interval_seconds)
        left, at = min(float(limits.bucket), left + intervals * limits.fill), at + intervals * limits.interval_seconds
        headers = [
            ("X-RateLimit-Limit", str(limits.bucket)),
            ("X-RateLimit-Interval-Seconds", f"{limits.interval_seconds:g}"),
            ("X-RateLimit-FillRate", str(limits.fill)),
        ]
        if left < 1:
            self._buckets[user] = (left, at)
            wait = max(1, math.ceil(at + limits.interval_seconds - now))
            more = [("X-RateLimit-Remaining", "0"), ("Retry-After", str(wait))]
            raise refuse(429, "Rate limit exceeded.", headers=[*headers, *more])
        self._buckets[user] = (left - 1, at)
        left_now = int(left - 1)
        return [*headers, ("X-RateLimit-Remaining", str(left_now)), ("Retry-After", "0" if left_now else "1")]


class RateLimiter:
    """Counts requests and writes on the site's clock."""

    def __init__(self, limits: Limits, clock: Callable[[], float]) -> None:
        self._limits = limits
        self._clock = clock
        self._buckets: dict[str, tuple[float, float]] = {}
        self._writes: dict[str, deque[float]] = {}

    def burst(self, method: str, template: str) -> list[tuple[str, str]]:
        """Take one request from the endpoint's bucket and return the rate headers; 429 when it is empty."""
        size = float(BURST_PER_SECOND.get(method, 100))
        now = self._clock()
        left, at = self._buckets.get(f"{method} {template}", (size, now))
        left = min(size, left + (now - at) * size) - 1.0
        if left < 0 and self._limits.bursts:
            self._buckets[f"{method} {template}"] = (left + 1.0, now)
            raise too_many("jira-burst-based", 1, now)
        left = max(left, 0.0)
        self._buckets[f"{method} {template}"] = (left, now)
        headers = [("X-RateLimit-Limit", str(int(size))), ("X-RateLimit-Remaining", str(int(left)))]
        near = str(left < size * 0.2).lower()
        return [*headers, ("X-RateLimit-Reset", _iso(now + 1)), ("X-RateLimit-NearLimit", near)]

    def issue_write(self, issue_id: str) -> None:
        """Count one write to an issue; refused with 429 over 20 in 2 seconds or 100 in 30."""
        if not self._limits.per_issue_writes:
            return
        now = self._clock()
        writes = self._writes.setdefault(issue_id, deque())
        while writes and now - writes[0] > ISSUE_WRITES[-1][1]:
            writes.popleft()
        for most, seconds in ISSUE_WRITES:
            recent = [at for at in writes if now - at < seconds]
            if len(recent) >= most:
                raise too_many("jira-per-issue-on-write", max(1, round(seconds - (now - recent[0]))), now)
        writes.append(now)


def too_many(reason: str, wait_seconds: int, now: float) -> Refused:
    """Return the 429 with all headers that go with it."""
    headers = [
        ("Retry-After", str(wait_seconds)),
        ("RateLimit-Reason", reason),
        ("X-RateLimit-Remaining", "0"),
        ("X-RateLimit-Reset", _iso(now + wait_seconds)),
    ]
    return refuse(429, "Rate limit exceeded.", headers=headers)


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, tz=UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
