"""The requests of one connection to Linear: one GraphQL address, pages by cursor, refusals in our errors."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

from journeysync.connector import ConnectionSettings, Traffic
from journeysync.errors import ConfigError, RateLimited, TicketRejected, Unavailable
from journeysync.http import TRY_AGAIN, Answer, Clock, HttpClient, HttpSettings, Request, RetryLimits, with_next_step
from journeysync_linear.auth import Credentials
from journeysync_linear.documents import rows_for
from journeysync_linear.options import LinearOptions
from journeysync_linear.refusals import Account, GraphQLError, graphql_errors, limited
from journeysync_linear.translate import next_page

ADDRESS = "https://api.linear.app/graphql"
_SITES = ("linear.app", "www.linear.app", "api.linear.app")
_FEWEST_ROWS = 10
MOST_TRIES = 3
_T = TypeVar("_T")


class TooBig(TicketRejected):
    """A query asked for more than Linear answers at once: ask for fewer rows."""


class LinearClient:
    """The requests of one connection."""

    def __init__(
        self,
        settings: ConnectionSettings,
        options: LinearOptions,
        credentials: Credentials,
        traffic: Traffic,
        clock: Clock | None = None,
    ) -> None:
        self.where = settings.where or settings.name
        self.credentials = credentials
        self.address = address_of(settings)
        self.batch_size = options.batch_size
        self.in_flight = options.in_flight
        self.longest_wait_seconds = options.longest_wait_seconds
        self._page_size = options.page_size
        parts = urlsplit(self.address)
        self._path = parts.path
        self.account = Account(credentials.kind, credentials.source)
        http_settings = HttpSettings(
            base_url=urlunsplit((parts.scheme, parts.netloc, "", "", "")),
            authorization=credentials.header,
            secrets=credentials.secrets,
            where=self.where,
            in_flight=options.in_flight,
            timeout_seconds=options.timeout_seconds,
            ca_file=options.ca_file or None,
            retry=RetryLimits(
                longest_wait_seconds=options.longest_wait_seconds, total_wait_seconds=options.total_wait_seconds
            ),
        )
        self.http = HttpClient(http_settings, traffic, verdict=self.account.verdict, clock=clock)

    def rows(self, points: float) -> int:
        """Return how many rows of so many points a page may have."""
        return rows_for(points, self._page_size)

    def graphql(
        self, document: str, variables: Mapping[str, Any], *, write: bool = False
    ) -> tuple[Mapping[str, Any], tuple[GraphQLError, ...], Answer]:
        """Return (data, errors, answer) of a document; parts may be missing, and then an error names them by path.

        A mutation's payload is never null, so the first alias that fails takes the data of all with it, and ends the
        document: then there is no data, and only the alias that failed is known.

        All that we write may be sent again: labels are added and removed one by one, an attachment is one a url.

        Raises:
            TooBig: It costs too much, or asks for too many rows.
            ConnectorError: Nothing of it was carried out.
        """
        answer = self.http.send(
            Request(
                "POST",
                self._path,
                body={"query": document, "variables": dict(variables)},
                kind="write" if write else "read",
                idempotent=True,
            )
        )
        value = answer.value
        errors = graphql_errors(value)
        data = value.get("data") if isinstance(value, dict) else None
        if isinstance(data, dict):
            return data, errors, answer
        if write and any(error.path for error in errors):
            return {}, errors, answer
        if answer.status in (404, 405) or (not errors and not isinstance(value, dict)):
            raise self.no_linear()
        words = self.http.say(errors[0].message) if errors else f"status {answer.status} and no data"
        if errors and errors[0].is_too_big:
            raise TooBig(f"Linear refuses a query: {words}", where=self.where, next_step=_SMALLER)
        raise TicketRejected(
            f"Linear refuses a GraphQL document: {words}",
            where=self.where,
            next_step="if it stays, report this as a bug; what Linear says stands above",
            status=answer.status,
        )

    def read(self, document: str, variables: Mapping[str, Any]) -> tuple[Mapping[str, Any], Answer]:
        """Return (data, answer) of a query whose every part is needed; one that fails in part is asked again.

        Raises:
            RateLimited: A part of it met a limit that lasts long.
            Unavailable: A part of it failed each time.
        """
        for tries in range(MOST_TRIES):
            data, errors, answer = self.graphql(document, variables)
            if not errors:
                return data, answer
            words = self.http.say(errors[0].message)
            if tries < MOST_TRIES - 1:
                limit = limited(answer.status, words, answer.headers) if errors[0].is_limit else None
                self.wait_for(limit, otherwise=0.5 * 2**tries)
        raise Unavailable(f"Linear answered in part only: {words}", where=self.where, next_step=TRY_AGAIN)

    def wait_for(self, limit: RateLimited | None, *, otherwise: float = 1.0) -> None:
        """Wait as long as a limit asks for, or for some seconds.

        Raises:
            RateLimited: It asks for longer than we wait.
        """
        seconds = limit.retry_after_seconds if limit is not None else 0.0
        if limit is not None and seconds > self.longest_wait_seconds:
            limit.where = self.where
            raise with_next_step(limit)
        self.http.clock.sleep(seconds or otherwise)

    def fitting(
        self, document: str, points: float, variables: Mapping[str, Any], *, lists: Iterable[str]
    ) -> tuple[Mapping[str, Any], Answer]:
        """Return (data, answer) of a query with pages of ``first`` rows; where Linear finds it too big, of fewer.

        Raises:
            Unavailable: One of the ``lists`` is not in the answer: nothing read is never taken for an empty backlog.
        """
        while True:
            first = self.rows(points)
            try:
                data, answer = self.read(document, {"first": first, **variables})
            except TooBig:
                if first <= _FEWEST_ROWS:
                    raise
                self._page_size = max(_FEWEST_ROWS, first // 2)
                continue
            for name in lists:
                if not isinstance(data.get(name), dict) or not isinstance(data[name].get("nodes"), list):
                    raise Unavailable(f"Linear's answer holds no {name}", where=self.where, next_step=TRY_AGAIN)
            return data, answer

    def page(
        self, document: str, name: str, points: float, variables: Mapping[str, Any]
    ) -> tuple[Mapping[str, Any], Answer]:
        """Return (connection, answer) of one page."""
        data, answer = self.fitting(document, points, variables, lists=(name,))
        return data[name], answer

    def pages(
        self, document: str, name: str, points: float, variables: Mapping[str, Any], *, after: str | None = None
    ) -> Iterator[tuple[Mapping[str, Any], Answer]]:
        """Yield (connection, answer) of all pages, one after the other.

        Raises:
            Unavailable: A page repeats the cursor that it was asked with.
        """
        while True:
            connection, answer = self.page(document, name, points, {"after": after, **variables})
            yield connection, answer
            further = next_page(connection)
            if further is None:
                return
            if further == after:
                raise Unavailable(
                    "Linear pages in a circle; the read was stopped", where=self.where, next_step=TRY_AGAIN
                )
            after = further

    def submit(self, work: Callable[..., _T], *args: Any) -> "Future[_T]":
        """Run something beside the caller."""
        return self.http.submit(work, *args)

    def no_linear(self) -> ConfigError:
        """Return the error for an address at which there is no Linear."""
        return ConfigError(
            f"there is no Linear at {self.address}",
            where=self.where,
            next_step=f"check `url` of this connection: {ADDRESS}, or leave it out",
        )

    def close(self) -> None:
        """Let go of sockets and threads."""
        self.http.close()


_SMALLER = "set page_size of this connection to a smaller number"


def address_of(settings: ConnectionSettings) -> str:
    """Return the GraphQL address for the configured `url`.

    Raises:
        ConfigError: The url is no web address.
    """
    url = (settings.url or ADDRESS).strip().rstrip("/")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigError(f"'{settings.url}' is no web address", where=settings.where, next_step=f"write {ADDRESS}")
    if parts.hostname in _SITES:
        return ADDRESS
    return url if parts.path else f"{url}/graphql"
