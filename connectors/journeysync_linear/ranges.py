"""A whole list read side by side: cut by the time of creation into ranges, each paged by its own cursor.

Nobody can tell beforehand how many issues a range holds, so a range that turns out long is cut again at the last row
seen, as long as threads are idle. Which way a list is ordered is not documented: it is read off the rows.
"""

import math
from collections.abc import Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from journeysync.errors import Unavailable
from journeysync.http import TRY_AGAIN
from journeysync_linear.client import LinearClient
from journeysync_linear.options import together
from journeysync_linear.translate import instant, next_page, nodes_of, stamp

MOST_CUTS = 24  # each may cost one page that is not full
_SHORTEST = timedelta(milliseconds=2)
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Range:
    """Issues made from ``start`` (inclusive) to ``end`` (inclusive too, so that ties at a cut are in one of both)."""

    start: datetime | None = None
    end: datetime | None = None
    after: str | None = None

    @property
    def filter(self) -> dict[str, Any]:
        """Return the filter of the range."""
        bounds = {name: stamp(at) for name, at in (("gte", self.start), ("lte", self.end)) if at is not None}
        return {"createdAt": bounds} if bounds else {}

    def further(self, after: str) -> "Range":
        """Return what is left behind a cursor."""
        return replace(self, after=after)

    def rest(self, rows: Rows) -> "tuple[Range, Range] | None":
        """Return what is left behind the rows as two halves, None where it cannot be cut by time."""
        first, last = instant(rows[0].get("createdAt")), instant(rows[-1].get("createdAt"))
        if first is None or last is None or self.start is None or self.end is None or first == last:
            return None
        left = Range(self.start, last) if first > last else Range(last, self.end)
        assert left.start is not None  # noqa: S101 - made just now
        assert left.end is not None  # noqa: S101
        if left.end - left.start < 2 * _SHORTEST:
            return None
        middle = left.start + (left.end - left.start) / 2
        return Range(left.start, middle), Range(middle, left.end)


def ranges_of(oldest: datetime, newest: datetime, count: int) -> list[Range]:
    """Return so many ranges of equal length, the whole one where it is too short to be cut."""
    step = (newest - oldest) / count
    if count < 2 or step < _SHORTEST:
        return [Range(oldest, newest)]
    cuts = [oldest + step * n for n in range(1, count)]
    starts = [oldest, *cuts]
    return [Range(start, end) for start, end in zip(starts, [*cuts, newest], strict=True)]


def rest_of(first: datetime, last: datetime, edge: datetime, *, at_most: int) -> list[Range]:
    """Return the ranges behind a page, as many as there are pages left if the rest is as dense as this one.

    None, where the three are not in the order of one list: then no time says what is behind the page.

    Args:
        first: When the page's first row was made.
        last: When its last row was made.
        edge: When the last row of the whole list was made.
        at_most: How many ranges may be read at a time.
    """
    if not (first > last >= edge or first < last <= edge):
        return []
    count = math.ceil(abs(last - edge) / abs(first - last))
    return ranges_of(min(last, edge), max(last, edge), max(1, min(at_most, count)))


class SideBySide:
    """Reads all pages of some ranges, several at a time.

    Args:
        client: Sends the requests.
        document: Query of one page of issues.
        points: Of one row.
        scope: Filter of the issues.
    """

    def __init__(self, client: LinearClient, document: str, points: float, scope: Mapping[str, Any]) -> None:
        self._client = client
        self._document = document
        self._points = points
        self._scope = scope
        self._cuts = 0
        self._under_way: dict[Future[Mapping[str, Any]], Range] = {}

    def rows(self, ranges: list[Range]) -> Iterator[Rows]:
        """Yield the rows of pages as they come; a row at a cut may come twice."""
        waiting = list(ranges)
        try:
            while waiting or self._under_way:
                while waiting and len(self._under_way) < self._client.in_flight:
                    part = waiting.pop(0)
                    self._under_way[self._client.submit(self._page, part)] = part
                done, _ = wait(self._under_way, return_when=FIRST_COMPLETED)
                for future in done:
                    part = self._under_way.pop(future)
                    connection = future.result()
                    waiting += self._left(part, connection, idle=self._client.in_flight - len(self._under_way))
                    yield nodes_of(connection)
        finally:
            for future in self._under_way:
                future.cancel()

    def _page(self, part: Range) -> Mapping[str, Any]:
        given = together(self._scope, part.filter)
        variables = {"after": part.after, "filter": given, "by": "createdAt"}
        return self._client.page(self._document, "issues", self._points, variables)[0]

    def _left(self, part: Range, connection: Mapping[str, Any], *, idle: int) -> list[Range]:
        after = next_page(connection)
        if after is None:
            return []
        if after == part.after:
            raise Unavailable(
                "Linear pages in a circle; the read was stopped", where=self._client.where, next_step=TRY_AGAIN
            )
        halves = part.rest(nodes_of(connection)) if idle > 1 and self._cuts < MOST_CUTS else None
        if halves is None:
            return [part.further(after)]
        self._cuts += 1
        return list(halves)
