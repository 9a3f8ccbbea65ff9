"""`journeysync serve`: the page."""

import sys
import webbrowser
from typing import Annotated

import typer

from journeysync.cli.options import Config
from journeysync.cli.output import write
from journeysync.errors import ExitCode


def serve(
    open_page: Annotated[bool, typer.Option("--open", help="Open the page in the browser.")] = False,
    port: Annotated[int, typer.Option("--port", min=0, max=65535, help="Port; 0 takes a free one.")] = 8320,
    host: Annotated[
        str, typer.Option("--host", help="Address to serve on; this machine only by default.")
    ] = "127.0.0.1",
    config: Config = None,
) -> int:
    """Serve the page: coverage, journeys, opportunities and tickets, until Ctrl-C."""
    from journeysync.app.workspace import Workspace
    from journeysync.web import make_app
    from journeysync.web.serving import address_of, listen, server_of

    app = make_app(lambda: Workspace.open(config))
    listener = listen(host, port)
    try:
        address = address_of(listener)
        write(f"{address}   Ctrl-C ends it.")
        sys.stdout.flush()
        if open_page:
            webbrowser.open(address)
        server_of(app).run(sockets=[listener])
    finally:
        listener.close()
    return ExitCode.DONE
