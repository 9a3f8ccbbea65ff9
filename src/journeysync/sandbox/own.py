"""A server of somebody else behind the sandbox's faults: for connectors that live in another repository."""

import json
from datetime import datetime, timedelta

from starlette.types import ASGIApp, Receive, Scope, Send

from journeysync.sandbox.faults import Fault, FaultBox, FaultMiddleware, retry_after_header
from journeysync.sandbox.journal import RequestCounters
from journeysync.sandbox.server import LocalServer, listen


class _Counted:
    """ASGI middleware that counts each request before anything can go wrong with it."""

    def __init__(self, app: ASGIApp, counters: RequestCounters) -> None:
        self._app = app
        self._counters = counters

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            self._counters.count(scope["method"], scope["path"])
        await self._app(scope, receive, send)


class OwnServer(LocalServer):
    """A running server with faults that can be switched on; ``requests`` counts what came, spoiled or not."""

    def __init__(self, app: ASGIApp) -> None:
        self.requests = RequestCounters()
        faults = FaultBox()
        spoiled = FaultMiddleware(app, faults=faults, error_body=_error_body, limit_headers=_limit_headers)
        super().__init__(_Counted(spoiled, self.requests), listener=listen(), faults=faults)


def start_own(app: ASGIApp) -> OwnServer:
    """Serve an ASGI application on loopback in a thread and return its handle; use it as a context manager.

    Args:
        app: A tracker of your own making: a Starlette application, or any other that speaks ASGI.
    """
    server = OwnServer(app)
    server.start()
    return server


def _limit_headers(fault: Fault, now: datetime) -> list[tuple[bytes, bytes]]:
    """Return Retry-After in the form that was asked for, or the time of the reset where it is to be left out."""
    headers = retry_after_header(fault, now)
    if "reset" in fault.options:
        later = now + timedelta(seconds=float(fault.options["reset"]))
        headers.append((b"x-ratelimit-reset", str(int(later.timestamp())).encode()))
    return headers


def _error_body(status: int) -> tuple[bytes, str]:
    return json.dumps({"error": f"status {status}"}).encode(), "application/json"
