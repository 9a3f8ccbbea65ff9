"""The requests of one connection to GitHub: lists by the Link header, GraphQL by document, refusals in our errors."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from journeysync.connector import ConnectionSettings, Traffic
from journeysync.errors import ConfigError, TicketRejected, Unavailable
from journeysync.http import TRY_AGAIN, Answer, Clock, HttpClient, HttpSettings, Request, RetryLimits, is_loopback
from journeysync_github.address import Address
from journeysync_github.auth import App, Credentials
from journeysync_github.documents import NO_FIELDS, FieldsAsked, issues_document
from journeysync_github.options import GitHubOptions
from journeysync_github.refusals import GAVE_UP, Account, GraphQLError, TooDear, error_of, graphql_errors, refusal_of

API_VERSION = "2022-11-28"
_LINK = re.compile(r"<([^>]*)>\s*;\s*rel=\"([a-z]+)\"")
_UNKNOWN_FIELD = re.compile(
    r"[Ff]ield ['\"]?(\w+)['\"]? (?:doesn't|does not) exist on type|Cannot query field ['\"](\w+)"
    r"|(?:accept argument|Unknown argument) ['\"](\w+)"
)
_OPTIONAL = frozenset({"issueType", "parent", "enableDuplicate", "projectItems", "issueFields", "issueFieldValues"})
_AFTER_GIVING_UP_SECONDS = 1.0


class GitHubClient:
    """The requests of one connection. ``absent`` names what this server turned out not to know."""

    def __init__(
        self,
        settings: ConnectionSettings,
        options: GitHubOptions,
        address: Address,
        credentials: Credentials,
        traffic: Traffic,
        clock: Clock | None = None,
    ) -> None:
        self.where = settings.where or settings.name
        self.address = address
        self.credentials = credentials
        self.batch_size = options.batch_size
        self.page_size = options.page_size
        self.longest_wait_seconds = options.longest_wait_seconds
        is_local = is_loopback(urlsplit(address.rest).hostname or "")
        self.write_pause_seconds = 0.0 if is_local else options.write_pause_seconds
        self.absent: frozenset[str] = frozenset()
        self.account = Account(credentials.kind, credentials.source)
        self._settings = HttpSettings(
            base_url=address.rest,
            authorization=credentials.header,
            secrets=credentials.secrets,
            where=self.where,
            in_flight=options.in_flight,
            timeout_seconds=options.timeout_seconds,
            ca_file=options.ca_file or None,
            headers={"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": API_VERSION},
            retry=RetryLimits(
                longest_wait_seconds=options.longest_wait_seconds, total_wait_seconds=options.total_wait_seconds
            ),
        )
        self._graphql_path = urlsplit(address.graphql).path
        self.http = HttpClient(self._settings, traffic, verdict=self.account.verdict, clock=clock)
        self._app_http: HttpClient | None = None
        if isinstance(credentials, App):
            self._app_http = self._as_app(credentials, str(settings.auth["installation_id"]), traffic, clock)

    def _as_app(self, app: App, installation: str, traffic: Traffic, clock: Clock | None) -> HttpClient:
        settings = HttpSettings(**{**vars(self._settings), "authorization": app.signed})
        http = HttpClient(settings, traffic, verdict=self.account.verdict, clock=clock)

        def buy() -> Any:
            path = f"app/installations/{quote(installation, safe='')}/access_tokens"
            answer = http.send(Request("POST", path, body={}, kind="read", idempotent=True))
            return self.value(answer, doing="log in as this installation of the app")

        app.buy = buy
        return http

    # REST

    def get(self, path: str, params: Mapping[str, str] | None = None, *, etag: str = "") -> Answer:
        """Return the answer to a GET; with an ETag it may be a 304."""
        headers = {"If-None-Match": etag} if etag else {}
        return self.http.send(Request("GET", path, params, accept=frozenset({304}), headers=headers))

    def value(self, answer: Answer, *, doing: str) -> Any:
        """Return the value of a good answer.

        Raises:
            ConnectorError: What the caller should do about another one.
        """
        if answer.ok:
            return answer.value
        raise error_of(answer.status, refusal_of(answer.value), doing=doing, where=self.where)

    def rows(self, answer: Answer, *, doing: str) -> list[dict[str, Any]]:
        """Return the objects of a list, or of a search."""
        value = self.value(answer, doing=doing)
        if isinstance(value, dict) and isinstance(value.get("items"), list):
            value = value["items"]
        if not isinstance(value, list):
            raise Unavailable(
                f"GitHub's answer to '{doing}' is no list", where=self.where, next_step=TRY_AGAIN, status=answer.status
            )
        return [row for row in value if isinstance(row, dict)]

    def pages(
        self, path: str, params: Mapping[str, str], *, doing: str
    ) -> Iterator[tuple[Answer, list[dict[str, Any]]]]:
        """Yield (answer, rows) of all pages of a list: in parallel where the first one names the last, else in turn."""
        first = self.get(path, {**params, "per_page": str(self.page_size)})
        yield first, self.rows(first, doing=doing)
        links = links_of(first)
        last = first
        requests = [Request("GET", address) for address in numbered_pages(links)]
        for answer in self.http.window(requests):
            last = answer
            yield answer, self.rows(answer, doing=doing)
        seen = {request.path for request in requests}
        while (address := links_of(last).get("next")) is not None:
            if address in seen:
                raise Unavailable(
                    "GitHub pages in a circle; the read was stopped", where=self.where, next_step=TRY_AGAIN
                )
            seen.add(address)
            last = self.get(address)
            yield last, self.rows(last, doing=doing)

    # GraphQL

    def graphql(
        self,
        document: str,
        variables: Mapping[str, Any],
        *,
        write: bool = False,
        idempotent: bool = True,
        divisible: bool = False,
    ) -> tuple[Mapping[str, Any], tuple[GraphQLError, ...], Answer]:
        """Return (data, errors, answer) of a document; parts may be missing, and then an error names them by path.

        Raises:
            TooDear: The document is ``divisible``, and the server gave up on it: of a write, parts may be done.
            ConnectorError: Nothing of it was carried out.
        """
        answer = self.http.send(
            Request(
                "POST",
                self._graphql_path,
                body={"query": document, "variables": dict(variables)},
                kind="write" if write else "read",
                idempotent=idempotent,
                accept=GAVE_UP if divisible else frozenset(),
                lane="graphql",
            )
        )
        if answer.status in GAVE_UP:
            what = f"GitHub gave up on a document of many parts ({answer.status})"
            raise TooDear(what, where=self.where, next_step=TRY_AGAIN, status=answer.status)
        if answer.status in (404, 405):
            raise self.no_github()
        value = self.value(answer, doing="read issues" if not write else "write to issues")
        errors = graphql_errors(value)
        data = value.get("data") if isinstance(value, dict) else None
        if not isinstance(data, dict):
            words = errors[0].message if errors else "neither data nor errors"
            raise TicketRejected(
                f"GitHub refuses a GraphQL document: {self.http.say(words)}",
                where=self.where,
                next_step="if this is an old Enterprise Server, update it; else report this as a bug",
                status=answer.status,
            )
        return data, errors, answer

    def issues(
        self, ids: Sequence[str], *, comments: bool, fields: FieldsAsked = NO_FIELDS
    ) -> Iterator[tuple[str, dict[str, Any] | None]]:
        """Yield (id, issue or None where GitHub shows none) for each id, many in a request, always fresh."""

        def document(absent: frozenset[str]) -> str:
            return issues_document(comments=comments, absent=absent, fields=fields)

        for identifier, node in self.nodes(ids, document):
            is_issue = node is not None and node.get("__typename") == "Issue"
            yield identifier, node if is_issue else None

    def nodes(
        self, ids: Sequence[str], document: Callable[[frozenset[str]], str]
    ) -> Iterator[tuple[str, dict[str, Any] | None]]:
        """Yield (id, node or None where GitHub shows none) for each id, many in a request.

        Args:
            ids: Global ids.
            document: Returns a query of ``nodes(ids: $ids)``, told which fields this server does not have.
        """
        rest = list(ids)
        while rest:
            part = rest[: self.batch_size]
            try:
                data = self._by_ids(part, document)
            except TooDear:
                self.batch_size = max(1, len(part) // 2)
                self.http.clock.sleep(_AFTER_GIVING_UP_SECONDS)
                continue
            nodes = data.get("nodes")
            nodes = nodes if isinstance(nodes, list) and len(nodes) == len(part) else [None] * len(part)
            for identifier, node in zip(part, nodes, strict=True):
                yield identifier, node if isinstance(node, dict) else None
            rest = rest[len(part) :]

    def _by_ids(self, ids: Sequence[str], document: Callable[[frozenset[str]], str]) -> Mapping[str, Any]:
        while True:
            try:
                data, errors, _answer = self.graphql(document(self.absent), {"ids": list(ids)}, divisible=len(ids) > 1)
            except TicketRejected as error:
                if not self.learn_absence(error.what):
                    raise
                continue
            self._only_missing(errors)
            return data

    def learn_absence(self, words: str) -> bool:
        """Note what a server says that it does not know, among what we can do without; return whether it is news.

        An older server is found out by its answer, not by its version.
        """
        lacking = unknown_fields(words) - self.absent
        self.absent |= lacking
        return bool(lacking)

    def _only_missing(self, errors: Sequence[GraphQLError]) -> None:
        """Raise unless all that is wrong is that some ids show nothing."""
        for error in errors:
            if error.type not in ("NOT_FOUND", "FORBIDDEN") and not error.path[:1] == ("nodes",):
                raise Unavailable(
                    f"GitHub answered in part only: {self.http.say(error.message)}",
                    where=self.where,
                    next_step=TRY_AGAIN,
                )

    def no_github(self) -> ConfigError:
        """Return the error for an address at which there is no GitHub."""
        return ConfigError(
            f"there is no GitHub at {self.address.rest}",
            where=self.where,
            next_step="check `url` of this connection: https://github.com, or the address of your Enterprise Server",
        )

    def close(self) -> None:
        """Let go of sockets and threads."""
        self.http.close()
        if self._app_http:
            self._app_http.close()


def links_of(answer: Answer) -> dict[str, str]:
    """Return the addresses of a Link header by relation."""
    return {relation: address for address, relation in _LINK.findall(answer.headers.get("link", ""))}


def numbered_pages(links: Mapping[str, str]) -> list[str]:
    """Return the addresses of page 2 to the last, empty where the server pages by tokens."""
    last = links.get("last")
    if not last or "next" not in links:
        return []
    parts = urlsplit(last)
    query = parse_qsl(parts.query, keep_blank_values=True)
    number = dict(query).get("page", "")
    if not number.isdecimal():
        return []
    return [
        urlunsplit(parts._replace(query=urlencode([(k, str(page) if k == "page" else v) for k, v in query])))
        for page in range(2, int(number) + 1)
    ]


def unknown_fields(words: str) -> frozenset[str]:
    """Return which of the fields that we can do without a server says it does not know."""
    found = {name for pair in _UNKNOWN_FIELD.findall(words) for name in pair if name}
    return frozenset(found) & _OPTIONAL
