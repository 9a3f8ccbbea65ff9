"""GitHub's rate limits: the hourly budget that headers show, and the secondary limits that nothing shows.

On github.com the hourly budget always counts. On an Enterprise Server limits are off until they are set, and then no
headers are sent at all.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from journeysync.sandbox.faults import Fault, retry_after_header
from journeysync.sandbox.github.answers import DOCS, refuse, secondary_limit
from journeysync.sandbox.wire import Refused

HOUR = 3_600.0
MINUTE = 60.0
WRITES = frozenset({"POST", "PATCH", "PUT", "DELETE"})


@dataclass
class GithubLimits:
    """What is enforced.

    Attributes:
        core: REST requests an hour; 0 = no limit and no headers.
        graphql: GraphQL points an hour; 0 = no limit.
        search: Searches a minute; 0 = no limit.
        status: What a request over the hourly budget gets: 403 or 429.
        secondary: Whether the secondary limits count.
        rest_points: REST points a minute (a read costs 1, a write 5).
        graphql_points: GraphQL points a minute (a query costs 1, a mutation 5).
        content: Content-creating requests a minute (POST, PATCH, PUT, DELETE; mutations).
        secondary_status: What a request over a secondary limit gets: 403 or 429.
        retry_after: `Retry-After` of a secondary limit, seconds; None leaves the header out.
        rows: The most rows of a page.
        nodes: The most nodes that one GraphQL call may ask for.
        parts: How many mutations, or nodes by their ids, the server carries out before it gives up on a GraphQL call
            with 502; 0 = any number.
    """

    core: int = 5_000
    graphql: int = 5_000
    search: int = 30
    status: int = 403
    secondary: bool = False
    rest_points: int = 900
    graphql_points: int = 2_000
    content: int = 80
    secondary_status: int = 403
    retry_after: int | None = 60
    rows: int = 100
    nodes: int = 500_000
    parts: int = 0

    @classmethod
    def off(cls) -> "GithubLimits":
        """Return the limits of an Enterprise Server that nobody has set."""
        return cls(core=0, graphql=0, search=0)


@dataclass
class Window:
    """What an account has used of one resource, until `reset` (epoch seconds)."""

    reset: float
    used: int = 0


class RateCounter:
    """Counts on the site's clock, by account."""

    def __init__(self, limits: GithubLimits, clock: Callable[[], float]) -> None:
        self.limits = limits
        self._clock = clock
        self._windows: dict[tuple[str, str], Window] = {}
        self._minutes: dict[tuple[str, str], deque[tuple[float, int]]] = {}

    def limit_of(self, resource: str) -> int:
        """Return the budget of a resource: `core`, `search` or `graphql`."""
        return {"core": self.limits.core, "search": self.limits.search}.get(resource, self.limits.graphql)

    def window(self, account: str, resource: str) -> Window:
        """Return the window that is open for an account."""
        now, length = self._clock(), MINUTE if resource == "search" else HOUR
        window = self._windows.get((account, resource))
        if window is None or now >= window.reset:
            window = self._windows[account, resource] = Window(float(int(now) + length))
        return window

    def is_spent(self, account: str, resource: str) -> bool:
        """Say whether nothing is left."""
        limit = self.limit_of(resource)
        return bool(limit) and self.window(account, resource).used >= limit

    def take(self, account: str, resource: str, cost: int = 1) -> None:
        """Use some of the budget."""
        self.window(account, resource).used += cost

    def spend_all(self, account: str, resource: str, seconds: float) -> None:
        """Leave nothing until so many seconds from now."""
        self._windows[account, resource] = Window(self._clock() + seconds, max(self.limit_of(resource), 1))

    def refusal(self, account: str) -> Refused:
        """Return the answer to a REST request over the budget."""
        return refuse(
            self.limits.status,
            f"API rate limit exceeded for user ID {account}. If you reach out to GitHub Support for help, please "
            "include the request ID 0000:SANDBOX.",
            docs=f"{DOCS}/overview/rate-limits-for-the-rest-api",
        )

    def headers(self, account: str, resource: str) -> list[tuple[str, str]]:
        """Return the rate headers; none where there is no limit."""
        shape = self.shape(account, resource)
        if not shape["limit"]:
            return []
        return [
            *((f"x-ratelimit-{name}", str(value)) for name, value in shape.items()),
            ("x-ratelimit-resource", resource),
        ]

    def shape(self, account: str, resource: str) -> dict[str, int]:
        """Return limit, remaining, used and reset."""
        limit, window = self.limit_of(resource), self.window(account, resource)
        used = min(window.used, limit)
        return {"limit": limit, "remaining": limit - used, "used": used, "reset": int(window.reset)}

    def secondary(self, account: str, *, graphql: bool, is_write: bool) -> None:
        """Count one request against the secondary limits; refused when it is one too many."""
        limits = self.limits
        if not limits.secondary:
            return
        points = 5 if is_write else 1
        most = limits.graphql_points if graphql else limits.rest_points
        kinds = [("graphql" if graphql else "rest", points, most)] + (
            [("content", 1, limits.content)] if is_write else []
        )
        now = self._clock()
        queues = []
        for kind, cost, limit in kinds:
            queue = self._minutes.setdefault((account, kind), deque())
            while queue and now - queue[0][0] >= MINUTE:
                queue.popleft()
            if sum(each for _, each in queue) + cost > limit:
                raise secondary_limit(limits.secondary_status, limits.retry_after)
            queues.append((queue, cost))
        for queue, cost in queues:
            queue.append((now, cost))


def fault_headers(fault: Fault, now: datetime) -> list[tuple[bytes, bytes]]:
    """Return the headers of a 429 or 503 that a fault asks for, with `x-ratelimit-reset` in epoch seconds."""
    headers = retry_after_header(fault, now)
    if fault.kind == "429" and (not headers or "reset" in fault.options):
        reset = int(now.timestamp() + float(fault.options.get("reset", "1")))
        headers += [(b"x-ratelimit-remaining", b"0"), (b"x-ratelimit-reset", str(reset).encode())]
    return headers
