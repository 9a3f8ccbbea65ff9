"""The one place that imports httpx: sends requests, in a window of threads, and turns what goes wrong into our errors.

Every attempt of every request passes ``_attempt``: it waits its turn, is
counted, and is judged. Whether a failed one is tried again is decided by
``retry.next_wait`` alone; tenacity only runs that decision.
"""

import random
import ssl
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from datetime import datetime
from http.cookiejar import DefaultCookiePolicy
from importlib.metadata import PackageNotFoundError, version
from types import TracebackType
from typing import Any, TypeVar
from urllib.parse import urljoin, urlsplit
from weakref import WeakSet

import httpx
import msgspec
from tenacity import RetryCallState, Retrying

from journeysync.connector import Traffic
from journeysync.errors import AuthFailed, ConfigError, ConnectorError, RateLimited, Unavailable
from journeysync.http.address import is_loopback, origin_of, shown_address
from journeysync.http.limits import http_date, is_near, remaining, seconds_asked, whole_limit
from journeysync.http.message import Answer, Request
from journeysync.http.pace import Clock, Pacer
from journeysync.http.redact import plain, redact
from journeysync.http.retry import next_wait
from journeysync.http.settings import HttpSettings
from journeysync.http.verdict import TRY_AGAIN, standard_verdict, with_next_step

Verdict = Callable[[Request, int, Mapping[str, str], bytes], ConnectorError | None]
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 5
_LONGEST_FORESIGHT_SECONDS = 5.0
_CLOSING_SECONDS = 2.0
_T = TypeVar("_T")


class _Failed(Exception):
    """One failed attempt, with what the server asked for."""

    def __init__(
        self,
        error: ConnectorError,
        *,
        asked_seconds: float | None = None,
        lane: str | None = "",
        sent: bool = True,
    ) -> None:
        super().__init__(error.what)
        self.error = error
        self.asked_seconds = asked_seconds
        self.lane = lane
        self.sent = sent
        self.wait = 0.0


class HttpClient:
    """The requests of one connection. Safe to use from many threads; close it when done.

    Args:
        settings: Address, authorization, patience.
        traffic: Counters to keep up to date.
        verdict: What an answer means; returns the error, or None where the answer is the caller's to read.
        lane_of: The lane that a refusal of this request pauses ("" = the whole connection, None = this request only).
        clock: Time and sleep.
    """

    def __init__(
        self,
        settings: HttpSettings,
        traffic: Traffic,
        *,
        verdict: Verdict = standard_verdict,
        lane_of: Callable[[Request, Mapping[str, str]], str | None] = lambda _request, _headers: "",
        clock: Clock | None = None,
    ) -> None:
        self._settings = settings
        self._base = settings.base_url.rstrip("/") + "/"
        self._origin = origin_of(self._base, where=settings.where)
        self.traffic = traffic
        self._verdict = verdict
        self._lane_of = lane_of
        self.clock = clock or Clock()
        self._pacer = Pacer(self.clock)
        self._lock = threading.Lock()
        self._slept_seconds = 0.0  # by single requests; pauses of all are counted by the pacer
        self._pool: ThreadPoolExecutor | None = None
        self._under_way: WeakSet[Future[Any]] = WeakSet()
        self._closed = False
        self._client = httpx.Client(**_client_options(settings, self._origin))
        # No cookies: a session that the server has forgotten would win over a good token (pycontribs/jira#1910).
        self._client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=()))

    def __enter__(self) -> "HttpClient":
        return self

    def __exit__(self, _kind: type[BaseException] | None, _e: BaseException | None, _t: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Let go of sockets and threads; requests under way get a moment to end, waits end at once."""
        self._closed = True
        self.clock.wake()
        if self._pool:
            self._pool.shutdown(wait=False, cancel_futures=True)
            running = [future for future in list(self._under_way) if not future.cancelled()]
            wait(running, timeout=_CLOSING_SECONDS)  # one that connects just now would leave its socket open
        self._client.close()

    # sending

    def send(self, request: Request) -> Answer:
        """Send one request, again where that may help.

        Raises:
            ConnectorError: What the verdict says of the last attempt.
            ConfigError: The tracker lives at another address than configured.
        """
        attempts = Retrying(
            retry=lambda state: self._decide(request, state),
            wait=lambda state: _failure(state).wait,
            sleep=self._sleep,
            stop=lambda _state: False,
            reraise=True,
        )
        try:
            answer: Answer = attempts(self._attempt, request)
        except _Failed as failed:
            raise self._last_word(failed) from failed.__cause__
        return self._follow(answer)

    def window(self, requests: Iterable[Request]) -> Iterator[Answer]:
        """Yield the answers of the requests in order, with up to ``in_flight`` of them under way.

        The iterable is read no further ahead than the window, so memory stays flat.
        The first error ends it; requests that have not begun are not sent.
        """
        for _request, result in self.results(requests):
            if isinstance(result, ConnectorError):
                raise result
            yield result

    def results(self, requests: Iterable[Request]) -> Iterator[tuple[Request, Answer | ConnectorError]]:
        """Yield (request, answer or error) in order, like ``window``, but go on after errors."""
        under_way: deque[tuple[Request, Future[Answer]]] = deque()
        source = iter(requests)
        try:
            for request in source:
                under_way.append((request, self.submit(self.send, request)))
                if len(under_way) >= self._settings.in_flight:
                    yield _result(*under_way.popleft())
            while under_way:
                yield _result(*under_way.popleft())
        finally:
            for _request, future in under_way:
                future.cancel()

    def submit(self, work: Callable[..., _T], *args: Any) -> "Future[_T]":
        """Run something beside the caller, in one of the window's threads. It must not wait for another such work."""
        with self._lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(self._settings.in_flight, thread_name_prefix="journeysync-http")
            future = self._pool.submit(work, *args)
            self._under_way.add(future)
        return future

    # one attempt

    def _attempt(self, request: Request) -> Answer:
        self._pacer.wait_turn(request.lane)
        if self._closed:
            raise _Failed(Unavailable("the connection was closed", where=self._settings.where), sent=False)
        if self.traffic.gate is not None:
            self.traffic.gate()  # no _Failed: a budget that is used up is not tried again
        self._count(request)
        response, body = self._exchange(request)
        headers = {name.lower(): value for name, value in response.headers.items()}
        server_time = self._heed(headers, request.lane)
        error = self._verdict(request, response.status_code, headers, body)
        if error is not None:
            raise self._refused(request, error, headers, server_time)
        return self._answer(request, response.status_code, headers, body, server_time)

    def _exchange(self, request: Request) -> tuple[httpx.Response, bytes]:
        deadline = self.clock.monotonic() + self._settings.answer_seconds
        try:
            with self._client.stream(
                request.method, self.address(request.path), params=request.params, **self._content(request)
            ) as response:
                chunks: list[bytes] = []
                for chunk in response.iter_bytes():
                    chunks.append(chunk)
                    if self.clock.monotonic() > deadline:
                        raise httpx.ReadTimeout("the whole answer took too long")
                return response, b"".join(chunks)
        except httpx.HTTPError as error:
            raise self._broken(error) from error

    def _content(self, request: Request) -> dict[str, Any]:
        headers = {**self._settings.headers, **request.headers}
        if authorization := self._settings.authorization():
            headers["Authorization"] = authorization
        if request.body is None:
            return {"headers": headers}
        headers["Content-Type"] = "application/json"
        return {"headers": headers, "content": msgspec.json.encode(request.body)}

    def address(self, path: str) -> str:
        """Return the full address of a path; one of another origin is refused, our token stays at home."""
        address = urljoin(self._base, path)
        if origin_of(address, where=self._settings.where) != self._origin:
            raise Unavailable(
                f"refused to follow the tracker to another origin: {plain(shown_address(address))}",
                where=self._settings.where,
                next_step="check `url` of this connection",
            )
        return address

    def _answer(
        self, request: Request, status: int, headers: Mapping[str, str], body: bytes, server_time: datetime | None
    ) -> Answer:
        try:
            value = request.decode(body) if body else None
        except (ValueError, msgspec.MsgspecError, RecursionError) as error:
            if 200 <= status < 300:
                what = f"the tracker's answer to {request.method} {request.path} cannot be read (cut, or no JSON)"
                raise _Failed(Unavailable(what, where=self._settings.where, status=status)) from error
            value = plain(body[:2000].decode("utf-8", "replace"))
        return Answer(status, headers, value, request, server_time)

    # what goes wrong

    def _decide(self, request: Request, state: RetryCallState) -> bool:
        if state.outcome is None or not state.outcome.failed:
            return False
        failed = state.outcome.exception()
        if not isinstance(failed, _Failed) or self._closed:
            return False
        if isinstance(failed.error, AuthFailed) and state.attempt_number == 1:
            return self._renewed(failed.error)
        seconds = next_wait(
            failed.error,
            state.attempt_number,
            idempotent=request.may_repeat or not failed.sent,
            asked_seconds=failed.asked_seconds,
            luck=random.random(),  # noqa: S311 - spreads waits, no secret
            limits=self._settings.retry,
        )
        if seconds is None:
            return False
        return self._may_wait(failed, seconds)

    def _renewed(self, error: AuthFailed) -> bool:
        """Return whether the token was renewed: a 401 did nothing at the other end, so anything may be sent again."""
        if error.status != 401 or self._settings.renew is None or not self._settings.renew():
            return False
        with self._lock:
            self.traffic.retries += 1
        return True

    def _may_wait(self, failed: _Failed, wait: float) -> bool:
        error = failed.error
        if (
            isinstance(error, RateLimited)
            and self._pacer.paused_seconds + wait > self._settings.retry.total_wait_seconds
        ):
            return False
        failed.wait = wait
        lane = getattr(error, "lane", "")
        if isinstance(error, RateLimited) and lane is not None:
            self._pacer.pause(wait, lane=lane)
            failed.wait = 0.0  # the pacer makes this one wait too
        with self._lock:
            self.traffic.retries += 1
        return True

    def _refused(
        self, request: Request, error: ConnectorError, headers: Mapping[str, str], server_time: datetime | None
    ) -> _Failed:
        asked = seconds_asked(headers, server_time or self.clock.now())
        error.where = error.where or self._settings.where
        if isinstance(error, RateLimited):
            asked = error.retry_after_seconds or asked  # a verdict may know better than the headers
            error.retry_after_seconds = asked or 0.0
            return _Failed(error, asked_seconds=asked, lane=self._lane_of(request, headers))
        return _Failed(error, asked_seconds=asked if "retry-after" in headers else None)

    def _broken(self, error: httpx.HTTPError) -> _Failed:
        host = urlsplit(self._base).netloc.rpartition("@")[2]
        words = self.say(str(error)) or type(error).__name__
        step = TRY_AGAIN
        if isinstance(error, httpx.TimeoutException):
            what = f"{host} did not answer in time"
        elif isinstance(error, httpx.ConnectError):
            what = f"{host} cannot be reached: {words}"
            step = "check `url`, the network and, for a certificate error, the certificates of this machine"
        else:
            what = f"the answer of {host} broke off: {words}"
        sent = not isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)
        return _Failed(Unavailable(what, where=self._settings.where, next_step=step), sent=sent)

    def _last_word(self, failed: _Failed) -> ConnectorError:
        error = failed.error
        if isinstance(error, RateLimited):
            error.retry_after_seconds = failed.asked_seconds or error.retry_after_seconds or 60.0
        return with_next_step(error)

    def say(self, text: str) -> str:
        """Return words of the tracker as they may be shown: one line, no secret, no control characters."""
        return plain(redact(text, self._settings.secrets()))

    # redirects

    def _follow(self, answer: Answer) -> Answer:
        if answer.status not in _REDIRECTS or answer.status in answer.request.accept:
            return answer
        seen = answer.request.tag if isinstance(answer.request.tag, _Hops) else _Hops(answer.request.tag, 0)
        target = urljoin(self.address(answer.request.path), answer.headers.get("location", ""))
        if origin_of(target, where=self._settings.where) != self._origin or answer.request.method != "GET":
            raise ConfigError(
                f"the tracker sends us to another address: {self.say(shown_address(target))}",
                where=self._settings.where,
                next_step="if that is your tracker, set it as `url` of this connection",
            )
        if seen.count >= _MOST_REDIRECTS:
            raise Unavailable(
                "the tracker redirects in a circle",
                where=self._settings.where,
                next_step="check `url` of this connection",
            )
        hop = replace(answer.request, path=target, params=None, tag=_Hops(seen.tag, seen.count + 1))
        answer = self.send(hop)
        return replace(answer, request=replace(answer.request, tag=seen.tag))

    # counting

    def _count(self, request: Request) -> None:
        with self._lock:
            self.traffic.requests += 1
            if request.is_read:
                self.traffic.reads += 1
            else:
                self.traffic.writes += 1
            self.traffic.waited_seconds = self._pacer.paused_seconds + self._slept_seconds

    def _sleep(self, seconds: float) -> None:
        if seconds > 0:
            self.clock.sleep(seconds)
            with self._lock:
                self._slept_seconds += seconds

    def _heed(self, headers: Mapping[str, str], lane: str) -> datetime | None:
        left = remaining(headers)
        server_time = http_date(headers.get("date", ""))
        if server_time is not None:
            self.traffic.clock_skew_seconds = (server_time - self.clock.now()).total_seconds()
        if left is not None:
            self.traffic.limit_remaining = left
            self.traffic.limit_total, self.traffic.limit_resets_at = whole_limit(headers, self.clock.now())
        self._pacer.near_limit(near=is_near(headers))
        if left == 0 and (wait := seconds_asked(headers, server_time or self.clock.now())):
            self._pacer.pause(min(wait, _LONGEST_FORESIGHT_SECONDS), lane=lane)  # the next one would be refused
        return server_time


@dataclass(frozen=True)
class _Hops:
    tag: Any
    count: int


def _result(request: Request, future: Future[Answer]) -> tuple[Request, Answer | ConnectorError]:
    try:
        return request, future.result()
    except ConnectorError as error:
        return request, error


def _failure(state: RetryCallState) -> _Failed:
    failed = state.outcome.exception() if state.outcome else None
    assert isinstance(failed, _Failed)  # noqa: S101 - tenacity asks for a wait only after _decide said yes
    return failed


def _client_options(settings: HttpSettings, origin: tuple[str, str, int]) -> dict[str, Any]:
    scheme, host, _port = origin
    if settings.ca_file:
        verify: ssl.SSLContext | bool = ssl.create_default_context(cafile=settings.ca_file)
    elif scheme == "https":
        verify = True
    else:
        verify = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # trusts nobody, and costs nothing to make
    return {
        "verify": verify,
        "follow_redirects": False,
        "trust_env": not is_loopback(host),  # a proxy of the company is no way to this machine
        "timeout": httpx.Timeout(settings.timeout_seconds),
        "limits": httpx.Limits(
            max_connections=settings.in_flight, max_keepalive_connections=settings.in_flight, keepalive_expiry=30.0
        ),
        "headers": {"User-Agent": user_agent(), "Accept": "application/json", "Accept-Encoding": "gzip"},
    }


def user_agent() -> str:
    """Return how we introduce ourselves."""
    try:
        return f"journeysync/{version('journeysync')}"
    except PackageNotFoundError:
        return "journeysync"
