"""Misbehaviour on demand, shared by all sandbox flavours: ASGI middleware and a little grammar.

A fault is spelled `KIND` or `KIND:option=value,option=value`, for example `429:retry-after=2,p=0.05,path=/search`.

Kinds that answer instead of the tracker (nothing is changed):
    400 401 403 404 409 410 422 429 500 502 503 504   that status in the tracker's own error shape (409: PUT only,
                                                      unless a method is named)
    html            200 with an HTML page instead of JSON
    reset           the connection is reset before any answer
Kinds that spoil an answer:
    cut             half of the body, then the connection closes
    slow            the body trickles over `seconds` (default 2)
    lost            the request takes effect, its answer never arrives
    delay           every answer waits `seconds` (default 0.05): latency
    skew            the Date header is off by `seconds` (default -300)
Kinds that the tracker acts out:
    stale           search does not see writes younger than `seconds` (default 60; `1-30` draws for each write)
    repeat-token    a search page repeats the token it was asked with
    token-expired   the token is no longer valid (401); with `captcha=true` the tracker asks for a CAPTCHA
    permission-lost the caller has lost `permission` (default BROWSE_PROJECTS), in `project` or everywhere
    primary-limit   GitHub, Linear: the hourly budget is used up, for `seconds` (default 60)
    secondary-limit GitHub: a secondary limit, with `retry-after` seconds or `none` (default 60), `status` 403 or 429

Options of every kind: `p` (probability, default 1), `count` (at most so many times), `after` (the first N matching
requests pass), `path` (a part of the path, or a pattern with `*`), `method`, `seed`.
Options of 429 and 503: `retry-after` = seconds, `date`, `date:seconds` or `none` (default: 1 for 429, none for 503);
`reset` = seconds until `X-RateLimit-Reset` (added anyway with `retry-after=none`); `reset-form=minutes` leaves the
seconds out of it (`2026-03-26T16:00Z`); `reason` for `RateLimit-Reason`.
"""

import asyncio
import fnmatch
import random
import socket
import struct
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

STATUSES = ("400", "401", "403", "404", "409", "410", "422", "429", "500", "502", "503", "504")
WIRE_KINDS = ("html", "reset", "cut", "slow", "lost", "delay", "skew")
SITE_KINDS = ("stale", "repeat-token", "token-expired", "permission-lost", "primary-limit", "secondary-limit")
KINDS = (*STATUSES, *WIRE_KINDS, *SITE_KINDS)
COMMON = ("p", "count", "after", "path", "method", "seed")
OPTIONS: dict[str, tuple[str, ...]] = {
    "429": ("retry-after", "reset", "reset-form", "reason"),
    "503": ("retry-after",),
    "slow": ("seconds",),
    "delay": ("seconds",),
    "skew": ("seconds",),
    "stale": ("seconds",),
    "token-expired": ("captcha",),
    "permission-lost": ("permission", "project"),
    "primary-limit": ("seconds",),
    "secondary-limit": ("retry-after", "status"),
}
ErrorBody = Callable[[int], tuple[bytes, str]]
LimitHeaders = Callable[["Fault", datetime], list[tuple[bytes, bytes]]]
_HTML = b"<!DOCTYPE html><html><head><title>Log in</title></head><body><h1>Please log in</h1></body></html>"


@dataclass
class Fault:
    """One misbehaviour, with its own luck and its own count of strikes so far."""

    kind: str
    p: float = 1.0
    count: int | None = None
    after: int = 0
    path: str = ""
    method: str = ""
    seed: int = 0
    options: dict[str, str] = field(default_factory=dict)
    struck: int = 0
    seen: int = 0
    _luck: random.Random = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        self._luck = random.Random(self.seed)  # noqa: S311 - a test must be able to repeat it

    def strikes(self, method: str, path: str) -> bool:
        """Say whether this request is hit, and count it."""
        if not self._matches(method, path) or (self.count is not None and self.struck >= self.count):
            return False
        self.seen += 1
        if self.seen <= self.after or (self.p < 1.0 and self._luck.random() >= self.p):
            return False
        self.struck += 1
        return True

    def seconds(self, default: float) -> float:
        """Return the option `seconds`."""
        return float(self.options.get("seconds", default))

    def _matches(self, method: str, path: str) -> bool:
        if self.method and method not in self.method.upper().split("|"):
            return False
        if "*" in self.path:
            return fnmatch.fnmatchcase(path, self.path)
        return self.path in path


def parse_fault(text: str) -> Fault:
    """Return the fault that a text spells (grammar: the text at the top of this module).

    Raises:
        ValueError: naming what is wrong and what is allowed.
    """
    kind, _, rest = text.strip().partition(":")
    if kind not in KINDS:
        raise ValueError(f"unknown fault '{kind}'; allowed: {', '.join(KINDS)}")
    options: dict[str, str] = {}
    for part in filter(None, rest.split(",")):
        name, equals, value = part.partition("=")
        allowed = (*COMMON, *OPTIONS.get(kind, ()))
        if not equals or name not in allowed:
            raise ValueError(f"fault '{text}': '{part}' is no option of '{kind}'; allowed: {', '.join(allowed)}")
        options[name] = value
    try:
        return Fault(
            kind=kind,
            p=float(options.pop("p", "1")),
            count=int(options.pop("count")) if "count" in options else None,
            after=int(options.pop("after", "0")),
            path=options.pop("path", ""),
            method=options.pop("method", "PUT" if kind == "409" else ""),
            seed=int(options.pop("seed", "0")),
            options=options,
        )
    except ValueError as error:
        raise ValueError(f"fault '{text}': {error}") from error


class FaultBox:
    """The faults that are on. `changed` is called after each change, for kinds that the tracker acts out."""

    def __init__(self) -> None:
        self._faults: tuple[Fault, ...] = ()
        self._lock = threading.Lock()
        self.changed: Callable[[tuple[Fault, ...]], None] = lambda _: None

    def add(self, fault: Fault) -> None:
        """Switch a fault on."""
        self._faults = (*self._faults, fault)
        self.changed(self._faults)

    def clear(self) -> None:
        """Switch all faults off."""
        self._faults = ()
        self.changed(())

    def striking(self, method: str, path: str) -> list[Fault]:
        """Return the faults that hit this request."""
        if not self._faults:
            return []
        with self._lock:
            return [fault for fault in self._faults if fault.strikes(method, path)]


class FaultMiddleware:
    """Spoils requests and answers. It needs the server's own `send` to reach the connection: put no middleware outside
    that replaces `send`."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        faults: FaultBox,
        error_body: ErrorBody,
        clock: Callable[[], float] = time.time,
        limit_headers: LimitHeaders | None = None,
    ) -> None:
        self._app = app
        self._limit_headers = limit_headers or jira_limit_headers
        self._faults = faults
        self._error_body = error_body
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or spoil it."""
        faults = self._faults.striking(scope["method"], scope["path"]) if scope["type"] == "http" else []
        scope["sandbox.faults"] = [fault for fault in faults if fault.kind in SITE_KINDS]
        for fault in faults:
            if fault.kind == "delay":
                await asyncio.sleep(fault.seconds(0.05))
        wire = next((fault for fault in faults if fault.kind not in (*SITE_KINDS, "delay", "skew")), None)
        skew = next((fault for fault in faults if fault.kind == "skew"), None)
        outward = _skewed(send, skew.seconds(-300), self._now) if skew else send
        if wire is None:
            await self._app(scope, receive, outward)
        elif wire.kind in STATUSES:
            await _drain(receive)
            await self._refuse(wire, outward)
        elif wire.kind == "html":
            await _drain(receive)
            await _answer(outward, 200, _HTML, "text/html;charset=UTF-8", [], self._now())
        elif wire.kind == "reset":
            await _drain(receive)
            _reset(send)
        else:
            await self._spoil(wire, scope, receive, send)

    async def _refuse(self, fault: Fault, send: Send) -> None:
        body, content_type = self._error_body(int(fault.kind))
        headers = self._limit_headers(fault, self._now())
        await _answer(send, int(fault.kind), body, content_type, headers, self._now())

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock(), UTC)

    async def _spoil(self, fault: Fault, scope: Scope, receive: Receive, send: Send) -> None:
        messages: list[Message] = []

        async def keep(message: Any) -> None:
            messages.append(message)

        await self._app(scope, receive, keep)
        if fault.kind == "lost":
            _reset(send)
            return
        body = b"".join(message.get("body", b"") for message in messages[1:])
        await send(messages[0])
        if fault.kind == "cut":
            await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
            await asyncio.sleep(0.01)
            _close(send)
            return
        pieces = 10
        size = max(1, -(-len(body) // pieces))
        for start in range(0, len(body), size):
            await asyncio.sleep(fault.seconds(2.0) / pieces)
            await send({"type": "http.response.body", "body": body[start : start + size], "more_body": True})
        await send({"type": "http.response.body", "body": b""})


def retry_after_header(fault: Fault, now: datetime) -> list[tuple[bytes, bytes]]:
    """Return the `Retry-After` of a 429 or 503 in the form asked for; nothing for `none`."""
    wait = fault.options.get("retry-after", "1" if fault.kind == "429" else "none")
    if wait == "none":
        return []
    if wait.startswith("date"):
        later = now + timedelta(seconds=float(wait.partition(":")[2] or "1"))
        return [(b"retry-after", format_datetime(later.replace(microsecond=0), usegmt=True).encode())]
    return [(b"retry-after", wait.encode())]


def jira_limit_headers(fault: Fault, now: datetime) -> list[tuple[bytes, bytes]]:
    """Return the headers of a 429 or 503 in Jira's form: Retry-After as asked for, the rate headers of a 429."""
    headers = retry_after_header(fault, now)
    if fault.kind != "429":
        return headers
    headers.append((b"ratelimit-reason", fault.options.get("reason", "jira-burst-based").encode()))
    headers += [(b"x-ratelimit-limit", b"100"), (b"x-ratelimit-remaining", b"0")]
    if fault.options.get("retry-after") == "none" or "reset" in fault.options:
        later = now + timedelta(seconds=float(fault.options.get("reset", "1")))
        form = "%Y-%m-%dT%H:%MZ" if fault.options.get("reset-form") == "minutes" else "%Y-%m-%dT%H:%M:%SZ"
        headers.append((b"x-ratelimit-reset", later.strftime(form).encode()))
    return headers


async def _drain(receive: Receive) -> None:
    while (message := await receive())["type"] == "http.request" and message.get("more_body"):
        pass


async def _answer(
    send: Send, status: int, body: bytes, content_type: str, headers: list[tuple[bytes, bytes]], now: datetime
) -> None:
    start = [
        (b"date", format_datetime(now.replace(microsecond=0), usegmt=True).encode()),
        (b"content-type", content_type.encode()),
        (b"content-length", str(len(body)).encode()),
        *headers,
    ]
    await send({"type": "http.response.start", "status": status, "headers": start})
    await send({"type": "http.response.body", "body": body})


def _skewed(send: Send, seconds: float, now: Callable[[], datetime]) -> Send:
    async def shifted(message: Any) -> None:
        if message["type"] == "http.response.start":
            date = format_datetime((now() + timedelta(seconds=seconds)).replace(microsecond=0), usegmt=True)
            others = [(name, value) for name, value in message["headers"] if name != b"date"]
            message = {**message, "headers": [(b"date", date.encode()), *others]}
        await send(message)

    return shifted


def _close(send: Send) -> None:
    _transport(send).close()


def _reset(send: Send) -> None:
    transport = _transport(send)
    connection = transport.get_extra_info("socket")
    if connection is not None:  # linger 0: the client sees a reset, not an orderly end
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


def _transport(send: Send) -> Any:
    """Return the connection behind uvicorn's `send`: ASGI itself has no word for cutting a connection."""
    return send.__self__.transport  # type: ignore[attr-defined]
