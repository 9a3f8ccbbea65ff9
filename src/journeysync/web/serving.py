"""Serves the page on an address, in this thread or beside it."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from journeysync.errors import ConfigError

LOOPBACK = "127.0.0.1"
PORT = 8320
START_SECONDS = 10.0


def listen(host: str, port: int) -> socket.socket:
    """Return a bound socket; port 0 takes a free one.

    Raises:
        ConfigError: The address cannot be used.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)  # from now on a browser waits instead of being refused: the link may be opened at once
    except OSError as error:
        listener.close()
        raise ConfigError(
            f"the page cannot be served at {host} port {port}: {error.strerror}",
            where="--host, --port",
            next_step="choose another --port; 0 takes a free one",
        ) from error
    return listener


def address_of(listener: socket.socket) -> str:
    """Return where a browser finds it."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def server_of(app: ASGIApp) -> uvicorn.Server:
    """Return a server that says nothing about itself."""
    return uvicorn.Server(
        uvicorn.Config(
            app, log_level="warning", access_log=False, server_header=False, ws="none", timeout_graceful_shutdown=3
        )
    )


@contextmanager
def served_beside(app: ASGIApp, listener: socket.socket) -> Iterator[str]:
    """Serve in a thread; yield the address."""
    server = server_of(app)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="journeysync-page", daemon=True)
    thread.start()
    end = time.monotonic() + START_SECONDS
    while not server.started:
        if not thread.is_alive() or time.monotonic() > end:
            raise ConfigError("the page did not start", where=address_of(listener))
        time.sleep(0.005)
    try:
        yield address_of(listener)
    finally:
        server.should_exit = True
        thread.join(START_SECONDS)
        listener.close()
