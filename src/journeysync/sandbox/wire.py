"""HTTP for every sandbox: calls, replies, refusals, and the router that joins them to handlers.

A handler is a plain function from a `Call` to a `Reply`. It may raise `Refused` with the tracker's own error body. The
ASGI side is one small class, so a tracker flavour is a table of routes and knows nothing of ASGI.
"""

import time
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import Any
from urllib.parse import parse_qsl, unquote

import msgspec
from starlette.types import Message, Receive, Scope, Send

ENCODE = msgspec.json.Encoder().encode
DECODE = msgspec.json.Decoder().decode
GZIP_FROM_BYTES = 1_400


@dataclass(slots=True)
class Call:
    """One request as a handler sees it. `params` are the unquoted parts of the path; `user` is set by the gate."""

    method: str
    path: str
    template: str
    params: Mapping[str, str]
    query: Mapping[str, tuple[str, ...]]
    headers: Mapping[str, str]
    body: bytes
    number: int = 0
    user: Any = None
    faults: tuple[Any, ...] = ()

    def arg(self, name: str, default: str = "") -> str:
        """Return the first value of a query parameter, or the default."""
        return self.query.get(name, (default,))[0]

    def flag(self, name: str, *, default: bool = False) -> bool:
        """Return a query parameter as a truth value, as Jira reads it: only `true` is true."""
        return self.arg(name, "true" if default else "false").lower() == "true"

    def many(self, name: str) -> list[str]:
        """Return a list parameter that may be repeated, comma separated, or both."""
        return [part.strip() for value in self.query.get(name, ()) for part in value.split(",") if part.strip()]


@dataclass(slots=True)
class Reply:
    """One answer: status, body bytes, headers in order."""

    status: int
    body: bytes = b""
    headers: list[tuple[str, str]] = field(default_factory=list)
    content_type: str = "application/json;charset=UTF-8"


class Refused(Exception):
    """The tracker says no; carries the answer to send."""

    def __init__(self, reply: Reply) -> None:
        super().__init__(f"{reply.status} {reply.body[:200]!r}")
        self.reply = reply


def as_json(value: Any, status: int = 200, headers: Iterable[tuple[str, str]] = ()) -> Reply:
    """Return a JSON answer."""
    return Reply(status, ENCODE(value), list(headers))


Handler = Callable[[Call], Reply]


@dataclass(frozen=True, slots=True)
class Route:
    """One endpoint: method, path template such as `/rest/api/3/issue/{key}`, handler."""

    method: str
    template: str
    handler: Handler


class Router:
    """Finds the route of a method and a path; a literal segment wins over a `{name}`."""

    def __init__(self, routes: Iterable[Route]) -> None:
        self._tree: dict[str, Any] = {}
        for route in routes:
            node = self._tree
            for part in _segments(route.template):
                node = node.setdefault("{}" if part.startswith("{") else part, {})
            node.setdefault("", {})[route.method] = (
                route,
                [part[1:-1] for part in _segments(route.template) if part.startswith("{")],
            )

    def find(self, method: str, raw_path: str) -> tuple[Route | None, dict[str, str], tuple[str, ...]]:
        """Return (route, path parts, methods allowed); without a route, methods tell whether the path is known."""
        parts = _segments(raw_path)
        found = self._walk(self._tree, parts, 0, [])
        if found is None:
            return None, {}, ()
        methods, values = found
        entry = methods.get(method) or (methods.get("GET") if method == "HEAD" else None)
        if entry is None:
            return None, {}, tuple(methods)
        route, names = entry
        return route, dict(zip(names, values, strict=True)), tuple(methods)

    def _walk(
        self, node: dict[str, Any], parts: list[str], at: int, values: list[str]
    ) -> tuple[dict[str, Any], list[str]] | None:
        if at == len(parts):
            return (node[""], values) if "" in node else None
        literal = node.get(unquote(parts[at])) if parts[at] else None
        if literal is not None and (found := self._walk(literal, parts, at + 1, values)):
            return found
        if parts[at] and (child := node.get("{}")) is not None:
            return self._walk(child, parts, at + 1, [*values, unquote(parts[at])])
        return None


def _segments(path: str) -> list[str]:
    return path.strip("/").split("/") if path.strip("/") else []


class Site:
    """What one tracker flavour gives the wire: its routes, and what happens around each call."""

    routes: Router

    def now(self) -> float:
        """Return the site's own time, epoch seconds; it stands in the Date header of every answer."""
        return time.time()

    def answer(self, call: Call, handler: Handler | None, allowed: tuple[str, ...]) -> Reply:
        """Answer one call; ``handler`` is None where no route fits, ``allowed`` then tells 405 from 404."""
        raise NotImplementedError


class WireApp:
    """The ASGI application around a `Site`."""

    def __init__(self, site: Site, *, compress: bool = True) -> None:
        self._site = site
        self._compress = compress

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return
        route, params, allowed = self._site.routes.find(scope["method"], raw_path(scope))
        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        call = Call(
            method=scope["method"],
            path=scope["path"],
            template=route.template if route else scope["path"],
            params=params,
            query=_query(scope["query_string"]),
            headers=headers,
            body=await _body(receive),
            number=scope.get("sandbox.number", 0),
            faults=tuple(scope.get("sandbox.faults", ())),
        )
        reply = self._site.answer(call, route.handler if route else None, allowed)
        gzip = self._compress and "gzip" in headers.get("accept-encoding", "")
        await _send(reply, send, gzip=gzip, now=self._site.now())


def raw_path(scope: Scope) -> str:
    """Return the path as it came over the wire, so that an escaped slash stays inside its segment."""
    raw = scope.get("raw_path") or scope["path"].encode("utf-8")
    return str(raw.decode("latin-1").partition("?")[0])


def _query(raw: bytes) -> dict[str, tuple[str, ...]]:
    query: dict[str, tuple[str, ...]] = {}
    for name, value in parse_qsl(raw.decode("latin-1"), keep_blank_values=True):
        query[name] = (*query.get(name, ()), value)
    return query


async def _body(receive: Receive) -> bytes:
    chunks: list[bytes] = []
    while True:
        message: Message = await receive()
        if message["type"] == "http.disconnect":
            break
        chunks.append(message.get("body", b""))
        if not message.get("more_body"):
            break
    return b"".join(chunks)


async def _send(reply: Reply, send: Send, *, gzip: bool, now: float) -> None:
    body = reply.body
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers]
    if body:
        headers.append((b"content-type", reply.content_type.encode("latin-1")))
    if gzip and len(body) >= GZIP_FROM_BYTES:
        packer = zlib.compressobj(1, zlib.DEFLATED, 31)
        body = packer.compress(body) + packer.flush()
        headers.append((b"content-encoding", b"gzip"))
    headers.append((b"vary", b"Accept-Encoding"))
    headers.append((b"date", formatdate(now, usegmt=True).encode()))
    if reply.status != 204:
        headers.append((b"content-length", str(len(body)).encode()))
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
