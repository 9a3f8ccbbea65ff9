"""How lists of issues are read: whole ones by pages in parallel, changed ones by time, page after page.

A whole list is ordered by creation, which nothing that people do disturbs. A list of
what changed is not paged by number: a row that changes meanwhile moves to its end and
every row behind it moves up, so the second page would begin one row too late. There
the next request begins at the last time that was seen, and ties are told apart by id.
"""

import zlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from journeysync.http import Answer
from journeysync_github.client import GitHubClient, links_of
from journeysync_github.options import Scope
from journeysync_github.translate import instant

Rows = list[dict[str, Any]]


class Lists:
    """The lists of one connection."""

    def __init__(self, client: GitHubClient, scope: Scope) -> None:
        self._client = client
        self._scope = scope

    def whole(self, repository: str) -> Iterator[tuple[Answer, Rows]]:
        """Yield all pages of a repository's issues (and pull requests), oldest first."""
        params = {"state": "all", "sort": "created", "direction": "asc", **self._scope.filters}
        yield from self._client.pages(f"repos/{repository}/issues", params, doing=f"list the issues of {repository}")

    def found(self) -> Iterator[tuple[Answer, Rows]]:
        """Yield all pages of the team's own search."""
        params = {"q": _as_issues(self._scope.search), "sort": "created", "order": "asc"}
        yield from self._client.pages("search/issues", params, doing="search")

    def changed(self, repository: str, since: datetime, etag: str) -> Iterator[tuple[Answer, Rows]]:
        """Yield pages of what changed since a time, rows more than once; a 304 yields its answer without rows.

        Args:
            repository: "owner/name".
            since: Inclusive.
            etag: Of the first page, when the very same list was read before.
        """
        page, first = 1, True
        while True:
            params = {
                "state": "all",
                "sort": "updated",
                "direction": "asc",
                "since": stamp(since),
                **self._scope.filters,
            }
            params |= {"per_page": str(self._client.page_size)} | ({"page": str(page)} if page > 1 else {})
            answer = self._client.get(f"repos/{repository}/issues", params, etag=etag if first else "")
            if first and answer.status == 304:
                yield answer, []
                return
            rows = self._client.rows(answer, doing=f"list the issues of {repository}")
            yield answer, rows
            first = False
            if "next" not in links_of(answer) or not rows:
                return
            highest = max(filter(None, (instant(row.get("updated_at")) for row in rows)), default=since)
            since, page = (highest, 1) if highest > since else (since, page + 1)


def stamp(moment: datetime) -> str:
    """Return a time as GitHub takes it: UTC, whole seconds, rounded down."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def digest(row: Mapping[str, Any]) -> int:
    """Return a short hash of what people see of a row."""
    seen = {name: row.get(name) for name in ("title", "body", "state", "state_reason", "milestone", "type", "comments")}
    labels = row.get("labels")
    seen["labels"] = (
        sorted(str(one.get("name")) for one in labels if isinstance(one, dict)) if isinstance(labels, list) else []
    )
    return zlib.crc32(msgspec.json.encode(seen, order="sorted"))


def _as_issues(search: str) -> str:
    return search if "is:issue" in search.casefold() or "type:issue" in search.casefold() else f"{search} is:issue"
