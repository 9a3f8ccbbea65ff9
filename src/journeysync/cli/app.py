"""All commands under one roof, in the order in which a newcomer needs them."""

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from journeysync import __version__
from journeysync.cli import database, deciding, exporting, looking, reading, serving, setup, taking, trail, writing
from journeysync.cli.demo import demo
from journeysync.cli.options import Config

ORDER = (
    *("demo", "init", "validate", "doctor", "pull", "links", "coverage", "opportunities", "orphans", "explain"),
    "serve",
    *("plan", "apply", "sync", "status", "link", "unlink", "inbox", "runs", "export", "report"),
    *("undo", "uninstall", "ledger", "config", "db", "schema", "sandbox"),
)  # fmt: skip


class Commands(TyperGroup):
    """Commands in the order of ``ORDER``, each with its first sentence in full."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002  # click's signature
        """Return the names in order; what is not in it comes last."""
        return sorted(self.commands, key=lambda name: ORDER.index(name) if name in ORDER else len(ORDER))

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write one row a command."""
        with formatter.section("Commands"):
            formatter.write_dl(
                [(name, self.commands[name].get_short_help_str(limit=200)) for name in self.list_commands(ctx)]
            )


app = typer.Typer(
    name="journeysync",
    cls=Commands,
    help="Link your backlog to the customer journey it serves.",
    epilog="Nothing is written to a tracker except by apply, sync, undo and uninstall. Docs: README.md and docs/.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)


def _version(value: bool) -> None:  # the shape that typer calls
    if value:
        typer.echo(f"journeysync {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    config: Config = None,  # the commands look it up
    version: Annotated[  # typer acts on it before
        bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks and debug logs.")] = False,
) -> None:
    """Hold what may stand before a command's name; ``--debug`` may stand anywhere (``main``)."""


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
    ("serve", serving.serve),
    ("link", deciding.link),
    ("unlink", deciding.unlink),
    ("export", exporting.export),
    ("report", exporting.report),
    ("undo", taking.undo),
    ("uninstall", taking.uninstall),
    ("schema", setup.schema),
):
    app.command(name)(command)
app.add_typer(reading.links_app, name="links")
app.add_typer(deciding.inbox_app, name="inbox")
looking.runs_app.command("show")(trail.runs_show)
looking.runs_app.command("export")(trail.runs_export)
app.add_typer(looking.runs_app, name="runs")
app.add_typer(taking.ledger_app, name="ledger")
app.add_typer(setup.config_app, name="config")
app.add_typer(database.db_app, name="db")
app.add_typer(setup.sandbox_app, name="sandbox")
