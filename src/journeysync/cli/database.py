"""Commands about the database behind the workspace: db upgrade, db copy."""

import os
from typing import Annotated

import typer

from journeysync.cli.options import Config, Out
from journeysync.cli.output import Output, emit, only, print_json, write
from journeysync.errors import ExitCode

db_app = typer.Typer(help="The database behind the workspace: upgrade it, move it.", no_args_is_help=True)


@db_app.command("upgrade")
def upgrade(config: Config = None, output: Out = Output.TABLE) -> int:
    """Bring the tables of the store to this release. A file does that by itself; a server waits for this."""
    from journeysync.app import database

    only(output, Output.TABLE, Output.JSON)
    result = database.upgrade(database.settings_of(config, os.environ), os.environ)
    if output is Output.JSON:
        print_json(result.model_dump(mode="json") | {"changed": result.is_changed})
    elif not result.is_changed:
        write(f"Up to date: tables {result.after} in {result.where}")
    elif result.before is None:
        write(f"Made: tables {result.after} in {result.where}")
    else:
        write(f"Upgraded: tables {result.before} to {result.after} in {result.where}")
    return ExitCode.DONE


@db_app.command("copy")
def copy(
    target: Annotated[
        str,
        typer.Argument(metavar="TARGET_URL", help="An empty database: postgresql://user@host/db, sqlite:///file.db"),
    ],
    schema: Annotated[
        str | None,
        typer.Option("--schema", help="PostgreSQL: where its tables go; made if missing.", show_default=False),
    ] = None,
    config: Config = None,
    output: Out = Output.TABLE,
) -> int:
    """Move the whole store into another database: ledger, decisions, links, all; compared at the end."""
    from datetime import UTC, datetime

    from journeysync.app import database
    from journeysync.cli.progress import shown_progress

    settings = database.settings_of(config, os.environ)
    with shown_progress() as progress:
        result = database.copy(
            settings, os.environ, target, now=datetime.now(UTC), schema_name=schema, progress=progress
        )
    rows = [table.model_dump(mode="json") for table in result.tables]
    title = (
        f"{result.rows} row{'s' if result.rows != 1 else ''} copied and compared: {result.source} to {result.target}"
    )
    emit(
        output,
        result.model_dump(mode="json") | {"rows": result.rows},
        columns=["name", "rows", "checksum"],
        rows=rows,
        title=title,
    )
    if output is Output.TABLE:
        write(
            f"\nNow write this into {settings.path}, in place of what stands there about the store:\n{result.setting}"
        )
    return ExitCode.DONE
