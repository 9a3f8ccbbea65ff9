"""`journeysync serve`: the page."""

import os
import sys
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from journeysync.cli.options import Config
from journeysync.cli.output import write
from journeysync.errors import ExitCode

if TYPE_CHECKING:
    from journeysync.app.workspace import Workspace


def serve(
    open_page: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
    port: Annotated[
        int | None,
        typer.Option("--port", min=0, max=65535, help="Port; 0 takes a free one. Default: serve.port, 8320."),
    ] = None,
    host: Annotated[
        str | None,
        typer.Option("--host", help="Address to listen on. Default: serve.host, this machine only."),
    ] = None,
    config: Config = None,
) -> int:
    """Serve the page: coverage, journeys, opportunities and tickets, until Ctrl-C."""
    from journeysync.app.workspace import Workspace
    from journeysync.web import make_app
    from journeysync.web.choose import access_for, refuse_open_door
    from journeysync.web.serving import address_of, listen, server_of
    from journeysync.web.signin import ByLink

    with Workspace.open(config) as workspace:
        settings, who = workspace.settings, workspace.who
    at = host if host is not None else settings.serve.host
    refuse_open_door(settings.serve, at)  # before the port is open at all
    listener = listen(at, settings.serve.port if port is None else port)
    try:
        address = address_of(listener)
        app = make_app(
            lambda: Workspace.open(config),
            access=lambda held: access_for(held, who=who, env=os.environ, host=at, address=address),
            secure=(settings.public_url or "").startswith("https://") and settings.serve.sign_in.kind != "token",
        )
        access = app.state.desk.access
        link = address + access.link() if isinstance(access, ByLink) else settings.public_url or address
        write(f"{link}   Ctrl-C ends it.")
        if isinstance(access, ByLink):
            write("The link opens the page once, in one browser; it stays open there until you sign out.")
        sys.stdout.flush()
        if open_page:
            open_browser(link)
        server_of(app).run(sockets=[listener])
    finally:
        listener.close()
    return ExitCode.DONE


@contextmanager
def page_beside(open_workspace: "Callable[[], Workspace]") -> Iterator[str]:
    """Serve the page in a thread, on a free port of this machine; yield the link that opens it once."""
    from journeysync.web import make_app
    from journeysync.web.choose import access_for
    from journeysync.web.serving import LOOPBACK, address_of, listen, served_beside
    from journeysync.web.signin import ByLink

    with open_workspace() as workspace:
        who = workspace.who
    listener = listen(LOOPBACK, 0)
    address = address_of(listener)
    app = make_app(
        open_workspace, access=lambda held: access_for(held, who=who, env={}, host=LOOPBACK, address=address)
    )
    access = app.state.desk.access
    with served_beside(app, listener):
        yield address + access.link() if isinstance(access, ByLink) else address


def open_browser(link: str) -> None:
    """Open a window with the page, where there are windows: a browser in the terminal would take that over."""
    has_windows = sys.platform in ("darwin", "win32") or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if has_windows:
        webbrowser.open(link)
