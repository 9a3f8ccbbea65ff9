"""What Jira Data Center has in its own shape: REST v2, search by offset, single issues instead of bulk reads.

Offsets shift when tickets are changed or deleted while the pages are read. So
neighbouring pages overlap: a page that shares no ticket with the one before it has
slipped, and is asked for again from further back, until they touch.
"""

from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

from journeysync.errors import Unavailable
from journeysync.http import TRY_AGAIN, Answer, Request
from journeysync_jira.auth import Flavour
from journeysync_jira.client import JiraClient, SearchPage
from journeysync_jira.options import Scope
from journeysync_jira.pages import decode_page

MOST_ROWS = 1_000  # what most sites allow in one answer (jira.search.views.default.max); the answer says what it was
MOST_FULL_ROWS = 500  # with all fields: a page is a few MB, and several wait in the window
FETCHED_AT_ONCE = 100
MOST_PAGES_BACK = 12


@dataclass(frozen=True)
class _Rows:
    """One answer of a search: where it began, what the server holds a page to be, and its rows."""

    start: int
    size: int
    total: int
    rows: tuple[dict[str, Any], ...]
    server_time: datetime | None

    @property
    def end(self) -> int:
        return self.start + len(self.rows)

    def ids(self) -> frozenset[str]:
        return frozenset(str(row.get("id")) for row in self.rows)


class ServerClient(JiraClient):
    """The requests of one connection to Jira Data Center."""

    flavour: Flavour = "data-center"
    version = "2"

    # search

    def search(
        self,
        jql: str,
        fields: Sequence[str],
        *,
        properties: Sequence[str] = (),  # noqa: ARG002 - its search has none; they are read with single issues
        reconcile: Sequence[int] = (),  # noqa: ARG002 - there is no such thing here
    ) -> Generator[SearchPage, None, None]:
        """Yield the pages of a search, each ticket once; those after the first are asked for at the same time.

        Raises:
            ConfigError: Jira does not understand the query, or shows nothing of a project in it.
            Unavailable: The pages do not fit together, however often they are asked for.
        """
        most = min(self._page_size, MOST_ROWS if len(fields) <= 2 else MOST_FULL_ROWS)
        before = self._rows(self.http.send(self._search_request(jql, fields, 0, most)))
        seen = set(before.ids())
        is_last = before.end >= before.total
        yield SearchPage(before.rows, last=is_last, server_time=before.server_time)
        while not is_last:
            step = _step(len(before.rows))
            overlap = len(before.rows) - step
            starts = range(before.end - overlap, max(before.end - overlap + 1, before.total - overlap), step)
            requests = (self._search_request(jql, fields, start, most) for start in starts)
            for answer in self.http.window(requests):
                page = self._joined(before, self._rows(answer), jql, fields, most)
                new = tuple(row for row in page.rows if str(row.get("id")) not in seen)
                seen.update(str(row.get("id")) for row in new)
                is_last = page.end >= page.total
                yield SearchPage(new, last=is_last, server_time=page.server_time)
                before = page
                if is_last:
                    break

    def _joined(self, before: _Rows, page: _Rows, jql: str, fields: Sequence[str], most: int) -> _Rows:
        """Return the page if it touches the one before it, else one from further back that does."""
        known = before.ids()
        back = max(1, page.size // 4)
        for _try in range(MOST_PAGES_BACK):
            if not known or known & page.ids():
                return page
            if page.start == 0:  # all of the page before is gone from the list; nothing stands before this one
                return page
            start = max(0, min(page.start, page.total) - back)
            back *= 2
            page = self._rows(self.http.send(self._search_request(jql, fields, start, most)))
        raise self._broken_paging("gave out pages that do not fit together")

    def _search_request(self, jql: str, fields: Sequence[str], start: int, most: int) -> Request:
        body = {"jql": jql, "fields": list(fields), "startAt": start, "maxResults": most}
        return Request("POST", f"{self.api}/search", body=body, kind="read", lane="search", decode=decode_page)

    def _rows(self, answer: Answer) -> _Rows:
        self._check_search(answer)
        value = answer.value if isinstance(answer.value, dict) else {}
        issues, total = value.get("issues"), value.get("total")
        if not isinstance(issues, list) or not isinstance(total, int) or total < 0:
            raise Unavailable("Jira answered a search without a list of issues", where=self.where, next_step=TRY_AGAIN)
        rows = tuple(row for raw in issues if isinstance(row := self._issue(raw), dict))
        start = int(value.get("startAt") or 0)
        if not rows and start < total and value.get("maxResults") != 0:
            raise self._broken_paging(f"says that there are {total} tickets, and shows none after {start}")
        size = int(value.get("maxResults") or len(rows))
        return _Rows(start, size, total, rows, answer.server_time)

    # issues

    def fetch(
        self, ids: Iterable[str], fields: Sequence[str], *, properties: Sequence[str] = ()
    ) -> Iterator[list[dict[str, Any]]]:
        """Yield issues by id, in lists; one request an issue, in a window. What Jira does not show is left out."""
        params = {"fields": ",".join(fields)} | ({"properties": ",".join(properties)} if properties else {})
        requests = (
            Request("GET", f"{self.api}/issue/{quote(identifier, safe='')}", params, lane="issue") for identifier in ids
        )
        rows: list[dict[str, Any]] = []
        for answer in self.http.window(requests):
            if answer.status not in (403, 404) and (value := self._value(answer, doing="read an issue")).get("id"):
                rows.append(value)
            if len(rows) >= FETCHED_AT_ONCE:
                yield rows
                rows = []
        if rows:
            yield rows

    def ids_of(self, keys: Iterable[str]) -> Iterator[tuple[str, str | None]]:
        """Yield (key, id) for each key, also of one that has moved since; None if Jira shows no such issue."""
        requests = (
            Request("GET", f"{self.api}/issue/{quote(key, safe='')}", {"fields": "updated"}, lane="issue", tag=key)
            for key in keys
        )
        for answer in self.http.window(requests):
            found = None if answer.status in (403, 404) else self._value(answer, doing="read an issue").get("id")
            yield answer.request.tag, str(found) if found else None

    # the site

    def projects(self, keys: Sequence[str] = ()) -> tuple[dict[str, Any], ...]:
        """Return the projects that the account may browse: those of the keys, or all."""
        answer = self.http.send(Request("GET", f"{self.api}/project"))
        value = self._value(answer, doing="list projects", anything=True)
        found = [project for project in value if isinstance(project, dict)] if isinstance(value, list) else []
        wanted = {key.casefold() for key in keys}
        return tuple(each for each in found if not wanted or str(each.get("key", "")).casefold() in wanted)

    def permissions(self, names: Sequence[str], *, project: str = "") -> frozenset[str]:
        """Return which of these permissions the account has, in a project or at all."""
        answer = self.http.send(
            Request("GET", f"{self.api}/mypermissions", {"projectKey": project} if project else None)
        )
        granted = self._value(answer, doing="ask for its permissions").get("permissions") or {}
        return frozenset(name for name, entry in granted.items() if name in names and entry.get("havePermission"))

    def sample(self, size: int, *, project: str = "") -> tuple[tuple[str, str], ...]:
        """Return (id, key) of a few tickets in scope (or of a project), the latest changed first."""
        clause = Scope(projects=(project,)).clause if project else self.scope.clause
        page = self._rows(
            self.http.send(self._search_request(f"{clause} ORDER BY updated DESC", ("id", "key"), 0, size))
        )
        return tuple((str(row.get("id")), str(row.get("key") or "")) for row in page.rows)

    def count(self, jql: str) -> int:
        """Return how many issues a query has."""
        return self._rows(self.http.send(self._search_request(jql, ("id",), 0, 0))).total

    def tokens(self) -> tuple[dict[str, Any], ...]:
        """Return the account's personal access tokens, without their secrets; none where the site does not tell."""
        answer = self.http.send(Request("GET", "rest/pat/latest/tokens"))
        value = answer.value if answer.ok and isinstance(answer.value, list) else []
        return tuple(token for token in value if isinstance(token, dict))


def _step(rows: int) -> int:
    """Return how far a page begins after the one before it: a little less than its length, so that they overlap."""
    return max(1, rows - max(1, rows // 50))
