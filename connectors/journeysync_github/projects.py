"""Which rows of projects changed since the last read: GitHub lists an issue only when the issue itself changed.

One request an owner says whether anything in a project moved; only then are its rows looked through, a hundred in a
request, and the issues in those that moved are read.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from journeysync_github.client import GitHubClient
from journeysync_github.documents import PROJECT_ROWS
from journeysync_github.listing import stamp
from journeysync_github.translate import instant, nodes_of

SAME_INSTANT = timedelta(seconds=2)
MOST_PAGES = 500  # a project holds 50,000 rows at most


def settled(changed: str, now: datetime) -> str:
    """Return the time from which a project is to be looked through next.

    Times are whole seconds: in the second that is just passing more may change, so the next look begins before it.
    """
    moment = instant(changed)
    return stamp(moment - SAME_INSTANT) if moment is not None and now - moment < SAME_INSTANT else changed


def moved_issues(client: GitHubClient, project: str, since: str) -> Iterator[str]:
    """Yield the ids of the issues whose row in a project changed since a time, inclusive; since "" = all of them."""
    begin = instant(since)
    after = None
    for _page in range(MOST_PAGES):
        data, _errors, _answer = client.graphql(PROJECT_ROWS, {"id": project, "after": after})
        rows: Any = (data.get("node") or {}).get("items") or {}
        for row in nodes_of(rows):
            identifier = (row.get("content") or {}).get("id")
            if identifier and _is_news(row, begin):
                yield str(identifier)
        info = rows.get("pageInfo") or {}
        if not info.get("hasNextPage"):
            return
        after = info.get("endCursor")


def _is_news(row: Mapping[str, Any], begin: datetime | None) -> bool:
    moment = instant(row.get("updatedAt"))
    return begin is None or moment is None or moment >= begin
