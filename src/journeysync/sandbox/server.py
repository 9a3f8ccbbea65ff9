"""Starts a sandbox application on loopback in a thread, and stops it. Knows no tracker."""

import asyncio
import socket
import threading
import time
from types import TracebackType
from typing import Self

import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from journeysync.sandbox.faults import Fault, FaultBox, parse_fault
from journeysync.sandbox.journal import RequestCounters
from journeysync.sandbox.wire import Router, raw_path

START_SECONDS = 10.0
HOST = "127.0.0.1"
SETTLING_ROUNDS = 6  # of the event loop, from accepting a connection to having closed it


class Traffic:
    """ASGI middleware that counts each request before anything can go wrong with it."""

    def __init__(self, app: ASGIApp, *, routes: Router, counters: RequestCounters) -> None:
        self._app = app
        self._routes = routes
        self._counters = counters

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count and pass on."""
        if scope["type"] == "http":
            route, _, _ = self._routes.find(scope["method"], raw_path(scope))
            scope["sandbox.number"] = self._counters.count(scope["method"], route.template if route else scope["path"])
        await self._app(scope, receive, send)


class _Server(uvicorn.Server):
    """uvicorn, except that it waits for its end instead of looking ten times a second whether it has come."""

    _end: asyncio.Event | None = None
    _loop: asyncio.AbstractEventLoop | None = None

    async def main_loop(self) -> None:
        """Wait until `finish`."""
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        if not self.should_exit:
            await self._end.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close everything at once: uvicorn's own way waits a tenth of a second for nothing."""
        for server in self.servers:
            server.close()
        for each in sockets or ():
            each.close()
        for _round in range(SETTLING_ROUNDS):  # one that was accepted just now is not in the list yet
            for connection in list(self.server_state.connections):
                connection.transport.abort()
            for task in list(self.server_state.tasks):
                task.cancel()
            await asyncio.sleep(0)

    def finish(self) -> None:
        """End from any thread, without waiting for open connections."""
        self.should_exit = self.force_exit = True
        if self._loop is not None and self._end is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._end.set)


class LocalServer:
    """A running sandbox on loopback: its address, its faults, its end. Use it as a context manager."""

    def __init__(self, app: ASGIApp, *, listener: socket.socket, faults: FaultBox) -> None:
        self._faults = faults
        self._listener = listener
        self.port: int = listener.getsockname()[1]
        self.url = f"http://{HOST}:{self.port}"
        config = uvicorn.Config(
            app,
            log_level="critical",
            lifespan="off",
            access_log=False,
            timeout_keep_alive=60,
            ws="none",
            loop="asyncio",
            date_header=False,
            server_header=False,
        )
        self._server = _Server(config)
        self._thread = threading.Thread(target=self._run, name=f"sandbox:{self.port}", daemon=True)

    def start(self) -> Self:
        """Serve in a thread and return once connections are accepted."""
        self._thread.start()
        end = time.monotonic() + START_SECONDS
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > end:
                raise RuntimeError(f"the sandbox did not start on {self.url}")
            time.sleep(0.002)
        return self

    def stop(self) -> None:
        """Stop serving and close all connections; safe to call twice."""
        self._server.finish()
        if self._thread.is_alive():
            self._thread.join(START_SECONDS)
        self._listener.close()

    def wait(self) -> None:
        """Block until the server ends (for the command line; Ctrl-C raises as usual)."""
        while self._thread.is_alive():
            self._thread.join(0.5)

    def add_fault(self, fault: str | Fault) -> Fault:
        """Let the server misbehave from now on; the grammar is in `journeysync.sandbox.faults`."""
        added = parse_fault(fault) if isinstance(fault, str) else fault
        self._faults.add(added)
        return added

    def clear_faults(self) -> None:
        """Let the server behave again."""
        self._faults.clear()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def _run(self) -> None:
        self._server.run(sockets=[self._listener])


def listen(port: int = 0) -> socket.socket:
    """Return a socket bound to loopback; port 0 takes any free one."""
    # with the protocol named, asyncio switches Nagle's algorithm off; without, small answers wait 40 ms
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
    except OSError:
        listener.close()
        raise
    listener.set_inheritable(True)
    return listener
