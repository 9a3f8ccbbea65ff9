"""Every read of Jira Cloud's REST v3: endpoints, pages, and what their refusals mean. JSON in, JSON out.

Searching is done by ids first (5,000 a page); full rows come by `bulkfetch`, 100
at a time and in parallel, because page tokens can only be followed one by one.
"""

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import quote

import msgspec

from journeysync.connector import ConnectionSettings, Traffic
from journeysync.errors import ConfigError, ConnectorError, Hidden, TicketRejected, Unavailable
from journeysync.http import TRY_AGAIN, Answer, Clock, HttpClient, HttpSettings, Request, RetryLimits
from journeysync.http.message import decode_json
from journeysync_jira.address import Address
from journeysync_jira.auth import NAMES, Credentials, Flavour, kind_of, plain_credentials, wrong_kind
from journeysync_jira.metadata import SiteMetadata
from journeysync_jira.oauth import OAuth
from journeysync_jira.options import JiraOptions, Scope
from journeysync_jira.pages import chunks, cut_short, decode_page
from journeysync_jira.refusals import Account, forbidden, lane_of, refusal_of, search_refused

FETCH_SIZE = 100  # with multi-valued fields such as labels; 1,000 are for single-valued fields only
MOST_EMPTY_PAGES = 50
RECONCILE_SIZE = 50
_LIKE: Mapping[Flavour, str] = {"cloud": "https://NAME.atlassian.net", "data-center": "https://jira.example.com/jira"}


@dataclass(frozen=True)
class SearchPage:
    """One page of a search: raw rows, whether it is the last, and the server's own time."""

    rows: tuple[dict[str, Any], ...]
    last: bool
    server_time: datetime | None


class JiraClient:
    """The requests of one connection to Jira Cloud; what is alike on Data Center is inherited there."""

    flavour: Flavour = "cloud"
    version = "3"

    def __init__(
        self,
        settings: ConnectionSettings,
        options: JiraOptions,
        scope: Scope,
        traffic: Traffic,
        clock: Clock | None = None,
    ) -> None:
        kind = kind_of(settings)
        oauth = OAuth(settings, options, traffic, clock or Clock()) if kind == "oauth" else None
        self.credentials: Credentials = oauth or plain_credentials(settings, kind)
        self.where = settings.where or settings.name
        self.address = Address(settings, options, kind, traffic)
        self.site = self.address.site
        self.scope = scope
        self.account = Account(self.credentials.user, self.credentials.source, kind)
        self._page_size = options.page_size
        self.http = HttpClient(
            HttpSettings(
                base_url=self.address.base_url,
                authorization=self.credentials.header,
                renew=oauth.renew if oauth else None,
                secrets=self.credentials.secrets,
                where=self.where,
                in_flight=options.in_flight,
                timeout_seconds=options.timeout_seconds,
                ca_file=options.ca_file or None,
                headers={"X-Atlassian-Token": "no-check"},
                retry=RetryLimits(
                    longest_wait_seconds=options.longest_wait_seconds, total_wait_seconds=options.total_wait_seconds
                ),
            ),
            traffic,
            verdict=self.account.verdict,
            lane_of=lane_of,
            clock=clock,
        )

    @property
    def api(self) -> str:
        """Return the path below which everything stands."""
        return f"{self.address.prefix}rest/api/{self.version}"

    # search

    def search(
        self, jql: str, fields: Sequence[str], *, properties: Sequence[str] = (), reconcile: Sequence[int] = ()
    ) -> Generator[SearchPage, None, None]:
        """Yield the pages of a search; the next page is asked for before the last one is handed out.

        Raises:
            ConfigError: Jira does not understand the query, or shows nothing of a project in it.
            Unavailable: Jira hands out the same page token twice, or only empty pages.
        """
        body: dict[str, Any] = {"jql": jql, "fields": list(fields), "maxResults": self._page_size}
        if properties:
            body["properties"] = list(properties)
        if reconcile:
            body["reconcileIssues"] = list(reconcile)
        tokens: set[str] = set()
        empty = 0
        future: Future[Answer] | None = self._ask(body)
        try:
            while future is not None:
                answer, future = future.result(), None
                token, rows = self._page(answer)
                if token in tokens:
                    raise self._broken_paging("gave out the same page token twice")
                empty = 0 if rows else empty + 1
                if empty > MOST_EMPTY_PAGES:
                    raise self._broken_paging(f"answered with {empty} empty pages in a row")
                if token:
                    tokens.add(token)
                    future = self._ask({**body, "nextPageToken": token})
                yield SearchPage(rows, last=future is None, server_time=answer.server_time)
        finally:
            if future is not None:
                future.cancel()

    def _ask(self, body: dict[str, Any]) -> "Future[Answer]":
        return self.http.submit(
            self.http.send, Request("POST", f"{self.api}/search/jql", body=body, kind="read", lane="search")
        )

    def _page(self, answer: Answer) -> tuple[str | None, tuple[dict[str, Any], ...]]:
        self._check_search(answer)
        value = answer.value if isinstance(answer.value, dict) else {}
        rows = value.get("issues")
        if not isinstance(rows, list):
            raise Unavailable("Jira answered a search without a list of issues", where=self.where, next_step=TRY_AGAIN)
        if shortfall := cut_short(value.get("warnings")):
            raise Unavailable(
                f"Jira cut the search short: {self.http.say(shortfall)}",
                where=self.where,
                next_step="make the scope smaller, for example by one connection a project",
            )
        token = value.get("nextPageToken")
        return (str(token) if token and value.get("isLast") is not True else None), tuple(rows)

    def _check_search(self, answer: Answer) -> None:
        if answer.ok:
            return
        refusal = refusal_of(answer.value)
        if answer.status == 400:
            raise search_refused(
                refusal, where=self.where, clause=self.scope.clause, projects=self._visible_project_keys()
            )
        if answer.status == 403:
            raise forbidden(refusal, doing="search", where=self.where)
        if answer.status in (404, 405):
            raise self._no_cloud()
        raise Unavailable(
            f"Jira refuses the search ({answer.status}): {self.http.say(refusal.words)}",
            where=self.where,
            next_step=TRY_AGAIN,
        )

    def _broken_paging(self, did: str) -> Unavailable:
        return Unavailable(f"Jira {did}; the read was stopped", where=self.where, next_step=TRY_AGAIN)

    def _visible_project_keys(self) -> tuple[str, ...]:
        try:
            return tuple(project["key"] for project in self.projects())
        except (ConnectorError, ConfigError, KeyError):
            return ()

    # issues

    def fetch(
        self, ids: Iterable[str], fields: Sequence[str], *, properties: Sequence[str] = ()
    ) -> Iterator[list[dict[str, Any]]]:
        """Yield issues by id, a list for each 100 ids, in a window of requests; what Jira does not show is left out.

        The ids are read no further ahead than the window. Issues that Jira could not
        fetch this time are asked for once more, one by one.
        """
        requests = (self._fetch_request(chunk, fields, properties) for chunk in chunks(ids, FETCH_SIZE))
        for answer in self.http.window(requests):
            value = self._value(answer, doing="read issues")
            rows = [row for raw in value.get("issues") or () if isinstance(row := self._issue(raw), dict)]
            troubled = [str(one.get("id")) for one in value.get("issueErrors") or () if isinstance(one, dict)]
            rows += [row for identifier in troubled if (row := self.issue(identifier, fields, properties=properties))]
            yield rows

    def _issue(self, raw: Any) -> Any:
        if not isinstance(raw, msgspec.Raw):
            return raw
        try:
            return decode_json(bytes(raw))
        except (ValueError, RecursionError) as error:
            raise Unavailable(
                "an issue in Jira's answer cannot be read", where=self.where, next_step=TRY_AGAIN
            ) from error

    def _fetch_request(self, ids: Sequence[str], fields: Sequence[str], properties: Sequence[str]) -> Request:
        body = {"issueIdsOrKeys": list(ids), "fields": list(fields), "properties": list(properties)}
        return Request(
            "POST",
            f"{self.api}/issue/bulkfetch",
            body=body,
            kind="read",
            lane="bulkfetch",
            tag=tuple(ids),
            decode=decode_page,
        )

    def issue(
        self, identifier: str, fields: Sequence[str], *, properties: Sequence[str] = (), expand: Sequence[str] = ()
    ) -> dict[str, Any] | None:
        """Return one issue by id or key (a moved one under its new key), None if Jira shows none there.

        Raises:
            Hidden: Jira says that it is there and not for us (403).
        """
        params = {"fields": ",".join(fields)}
        if properties:
            params["properties"] = ",".join(properties)
        if expand:
            params["expand"] = ",".join(expand)
        answer = self.http.send(Request("GET", f"{self.api}/issue/{quote(identifier, safe='')}", params, lane="issue"))
        if answer.status == 404:
            return None
        if answer.status == 403:
            raise Hidden(refusal_of(answer.value).words or "not allowed to see it", where=self.where, status=403)
        value = self._value(answer, doing="read an issue")
        return value if value.get("id") else None

    def comments(self, identifier: str, start: int) -> Any:
        """Return a page of an issue's comments, oldest first: {"comments", "total"}."""
        params = {"startAt": str(start), "maxResults": "100", "orderBy": "created"}
        path = f"{self.api}/issue/{quote(identifier, safe='')}/comment"
        answer = self.http.send(Request("GET", path, params, lane="issue"))
        return {} if answer.status in (403, 404) else self._value(answer, doing="read comments")

    def myself(self) -> frozenset[str]:
        """Return the names under which the account is the author of what it writes."""
        answer = self.http.send(Request("GET", f"{self.api}/myself"))
        value = self._value(answer, doing="ask who it is")
        return frozenset(str(value[name]) for name in ("accountId", "key", "name") if value.get(name))

    def remote_links(self, ids: Iterable[str], global_id: str) -> Iterator[tuple[str, Any]]:
        """Yield (id, remote link with our global id or None), one request an issue, in a window."""
        requests = (
            Request(
                "GET",
                f"{self.api}/issue/{quote(identifier, safe='')}/remotelink",
                {"globalId": global_id},
                lane="remotelink",
                tag=identifier,
            )
            for identifier in ids
        )
        for answer in self.http.window(requests):
            identifier = answer.request.tag
            if answer.status == 404:
                yield identifier, None
                continue
            value = self._value(answer, doing="read links", anything=True)
            found = value if isinstance(value, list) else [value]
            yield identifier, next((link for link in found if _is_ours(link, global_id)), None)

    def holds_link(self, identifier: str, global_id: str) -> bool | None:
        """Return whether an issue has a remote link with our global id, None if Jira does not show its links.

        All links are asked for: a 404 then is about the issue, never about the one link.
        """
        answer = self.http.send(
            Request("GET", f"{self.api}/issue/{quote(identifier, safe='')}/remotelink", lane="remotelink")
        )
        if not answer.ok or not isinstance(answer.value, list):
            return None
        return any(isinstance(link, dict) and link.get("globalId") == global_id for link in answer.value)

    # the site

    def fields(self) -> tuple[dict[str, Any], ...]:
        """Return all fields of the site, as Jira describes them."""
        value = self._value(self.http.send(Request("GET", f"{self.api}/field")), doing="list fields", anything=True)
        return tuple(field for field in value if isinstance(field, dict)) if isinstance(value, list) else ()

    def projects(self, keys: Sequence[str] = ()) -> tuple[dict[str, Any], ...]:
        """Return the projects that the account may browse: those of the keys, or the first 200."""
        found: list[dict[str, Any]] = []
        for part in chunks(keys, RECONCILE_SIZE) if keys else ([],):
            start = 0
            while start < 200:
                params: dict[str, str | Sequence[str]] = {"startAt": str(start), "maxResults": "50"}
                if part:
                    params["keys"] = list(part)
                answer = self.http.send(Request("GET", f"{self.api}/project/search", params))
                value = self._value(answer, doing="list projects")
                rows = value.get("values") or []
                found += [row for row in rows if isinstance(row, dict)]
                start += len(rows)
                if not rows or value.get("isLast") is not False:
                    break
        return tuple(found)

    def permissions(self, names: Sequence[str], *, project: str = "") -> frozenset[str]:
        """Return which of these permissions the account has, in a project or at all."""
        params = {"permissions": ",".join(names)}
        if project:
            params["projectKey"] = project
        answer = self.http.send(Request("GET", f"{self.api}/mypermissions", params))
        granted = self._value(answer, doing="ask for its permissions").get("permissions") or {}
        return frozenset(name for name, entry in granted.items() if entry.get("havePermission"))

    def sample(self, size: int, *, project: str = "") -> tuple[tuple[str, str], ...]:
        """Return (id, key) of a few tickets in scope (or of a project), the latest changed first."""
        clause = Scope(projects=(project,)).clause if project else self.scope.clause
        body = {
            "jql": f"{clause} ORDER BY updated DESC",
            "fields": ["id", "key"],
            "maxResults": size,
        }
        answer = self.http.send(Request("POST", f"{self.api}/search/jql", body=body, kind="read", lane="search"))
        _token, rows = self._page(answer)
        return tuple((str(row.get("id")), str(row.get("key") or "")) for row in rows)

    def count(self, jql: str) -> int:
        """Return about how many issues a query has."""
        answer = self.http.send(Request("POST", f"{self.api}/search/approximate-count", body={"jql": jql}, kind="read"))
        self._check_search(answer)
        return int(answer.value.get("count", 0))

    def property_keys(self, identifier: str) -> tuple[str, ...]:
        """Return the keys of all properties of an issue."""
        answer = self.http.send(Request("GET", f"{self.api}/issue/{quote(identifier, safe='')}/properties"))
        if answer.status == 404:
            return ()
        return tuple(str(entry.get("key")) for entry in self._value(answer, doing="list properties").get("keys") or ())

    def _value(self, answer: Answer, *, doing: str, anything: bool = False) -> Any:
        if answer.ok:
            if anything or isinstance(answer.value, dict):
                return answer.value
            raise Unavailable(
                f"Jira's answer to '{doing}' is not what its API promises", where=self.where, next_step=TRY_AGAIN
            )
        refusal = refusal_of(answer.value)
        if answer.status == 403:
            raise forbidden(refusal, doing=doing, where=self.where)
        if answer.status in (404, 405):
            raise self._no_cloud()
        raise TicketRejected(
            f"Jira refuses to {doing} ({answer.status}): {self.http.say(refusal.words)}",
            where=self.where,
            next_step="`doctor` shows what this account may do; if Jira is wrong, ask who runs it",
            status=answer.status,
        )

    def metadata(self) -> SiteMetadata:
        """Return the single calls about the site, with the same account and counters."""
        return SiteMetadata(
            self.address.server,
            self.credentials,
            self.account,
            self.http.traffic,
            self.http,
            where=self.where,
            version=self.version,
        )

    # the flavour

    def _no_cloud(self) -> ConfigError:
        """Return why an endpoint is missing: another Jira is there, or none."""
        return self.other_flavour() or ConfigError(
            f"there is no {NAMES[self.flavour]} at {self.site}",
            where=self.where,
            next_step=f"check `url` of this connection; it is the address of the site, such as {_LIKE[self.flavour]}",
        )

    def other_flavour(self) -> ConfigError | None:
        """Return the error if another kind of Jira is there than the kind of log-in is for; asked in trouble only."""
        found: Flavour | None = {"Cloud": "cloud", "Server": "data-center"}.get(self.address.deployment())  # type: ignore[assignment]  # mypy widens literals in a dict
        if found is None or found == self.flavour:
            return None
        return wrong_kind(self.credentials.kind, f"{NAMES[found]} at {self.site}", found, self.where)

    def is_open_to_strangers(self, project: str) -> bool:
        """Return whether a project can be read without logging in: it is asked for without our log-in."""
        return self.address.is_open_to_strangers(project)

    def close(self) -> None:
        """Let go of sockets and threads."""
        self.http.close()


def _is_ours(link: Any, global_id: str) -> bool:
    return isinstance(link, dict) and link.get("globalId", global_id) == global_id
