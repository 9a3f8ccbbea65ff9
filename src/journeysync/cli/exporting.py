"""Commands that hand things over: export, report."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from journeysync.cli.options import Config
from journeysync.cli.output import write
from journeysync.errors import ConfigError, ExitCode

if TYPE_CHECKING:
    from journeysync.app.workspace import Workspace

TABLES = "coverage, opportunities, orphans, plan, runs, inbox"


class ExportForm(StrEnum):
    """The forms of a file."""

    CSV = "csv"
    XLSX = "xlsx"
    JSON = "json"
    MARKDOWN = "markdown"
    SVG = "svg"


def export(
    table: Annotated[str, typer.Argument(help=f"{TABLES}; or map, as SVG.")],
    out: Annotated[
        Path | None,
        typer.Option("--out", help="The file; its ending says the form. Stdout if left out.", show_default=False),
    ] = None,
    form: Annotated[
        ExportForm | None,
        typer.Option("--format", "--output", "-o", help="Form of the file, where its ending does not say it."),
    ] = None,
    config: Config = None,
) -> int:
    """Write a table to a file, with filter, age of the data and checksum of the configuration in its first lines."""
    from journeysync.app.exporting import FORMS, form_of, new_file
    from journeysync.app.tables import table_named
    from journeysync.app.workspace import Workspace

    is_map = table == "map"
    name = form.value if form else "svg" if is_map else form_of(out) if out else "csv"
    if is_map != (name == "svg"):
        raise ConfigError(
            "only the map has the form svg, and no other", next_step="journeysync export map --out map.svg"
        )
    with Workspace.open(config) as workspace:
        workspace.links()
        if is_map:
            content = _map(workspace)
            _put(out, content.encode())
            return _told(out)
        found = table_named(workspace, table)
        if out is None:
            _refuse_bytes_on_a_terminal(name)
            FORMS[name].write(found, sys.stdout.buffer)
            return ExitCode.DONE
        with new_file(out) as file:
            FORMS[name].write(found, file)
    return _told(out)


def _map(workspace: "Workspace") -> str:
    from journeysync.app.tables import facts
    from journeysync.core.map_svg import map_svg

    title = f"Coverage, {workspace.settings.workspace_name}"
    return map_svg(workspace.coverage(), workspace.repository, title=title, facts=facts(workspace))


def _put(out: Path | None, content: bytes) -> None:
    from journeysync.app.exporting import new_file

    if out is None:
        sys.stdout.buffer.write(content)
        return
    with new_file(out) as file:
        file.write(content)


def _told(out: Path | None) -> int:
    if out is not None:
        write(f"+ {out}")
    return ExitCode.DONE


def _refuse_bytes_on_a_terminal(form: str) -> None:
    if form == "xlsx" and sys.stdout.isatty():
        raise ConfigError("a sheet is no text for a terminal", next_step="name a file: --out backlog.xlsx")
