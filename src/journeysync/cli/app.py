"""All commands under one roof, in the order in which a newcomer needs them."""

from typing import Annotated

import typer

from journeysync import __version__
from journeysync.cli import looking, reading, setup, writing
from journeysync.cli.demo import demo

app = typer.Typer(
    name="journeysync",
    help="Link your backlog to the customer journey it serves.",
    epilog="Nothing is written to a tracker except by apply and sync. Docs: README.md and docs/.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _version(value: bool) -> None:  # the shape that typer calls
    if value:
        typer.echo(f"journeysync {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[  # noqa: ARG001  # typer acts on it before
        bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks and debug logs.")] = False,
) -> None:
    if debug:
        import logging

        logging.basicConfig(level=logging.DEBUG)


for name, command in (
    ("demo", demo),
    ("init", setup.init),
    ("validate", reading.validate),
    ("doctor", reading.doctor),
    ("pull", reading.pull),
    ("plan", writing.plan),
    ("apply", writing.apply),
    ("sync", writing.sync),
    ("status", reading.status),
    ("coverage", looking.coverage),
    ("opportunities", looking.opportunities),
    ("orphans", looking.orphans),
    ("explain", looking.explain),
    ("inbox", looking.inbox),
    ("schema", setup.schema),
):
    app.command(name)(command)
app.add_typer(reading.links_app, name="links")
app.add_typer(looking.runs_app, name="runs")
app.add_typer(setup.config_app, name="config")
app.add_typer(setup.sandbox_app, name="sandbox")
