"""Commands that hand things over: export, report."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from journeysync.cli.options import Config
from journeysync.cli.output import plain, write
from journeysync.errors import ConfigError, ExitCode

if TYPE_CHECKING:
    from journeysync.app.workspace import Workspace
    from journeysync.model.coverage import Selection

Team = Annotated[str, typer.Option("--team", help="Only tickets of this team.", show_default=False)]
Connections = Annotated[
    list[str] | None,
    typer.Option("--connection", help="Only tickets of this connection, repeatable.", show_default=False),
]
Persona = Annotated[str, typer.Option("--persona", help="Only steps for this persona, by id.", show_default=False)]
Kind = Annotated[str, typer.Option("--kind", help="Only tickets of this kind: epic, story ...", show_default=False)]
Days = Annotated[int, typer.Option("--days", min=0, help="Done work of so many days; 0 = as coverage.yaml says.")]
SELECTED = ("coverage", "opportunities", "map")
"""What can be filtered."""
TABLES = "coverage, opportunities, backlog, orphans, plan, runs, inbox"


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
    team: Team = "",
    connection: Connections = None,
    persona: Persona = "",
    kind: Kind = "",
    days: Days = 0,
    config: Config = None,
) -> int:
    """Write a table to a file, with filter, age of the data and checksum of the configuration in its first lines."""
    from journeysync.app.exporting import FORMS, form_of, new_file
    from journeysync.app.tables import coverage_table, map_picture, opportunities_table, table_named
    from journeysync.app.workspace import Workspace

    is_map = table == "map"
    name = form.value if form else "svg" if is_map else form_of(out) if out else "csv"
    if is_map != (name == "svg"):
        raise ConfigError(
            "only the map has the form svg, and no other", next_step="journeysync export map --out map.svg"
        )
    with Workspace.open(config) as workspace:
        workspace.links()
        selection = selection_of(workspace, team=team, connections=connection, persona=persona, kind=kind, days=days)
        if table in SELECTED:
            coverage = workspace.coverage(selection)
        elif selection.narrows_tickets or selection.narrows_steps or selection.days:
            step = f"only these can: {', '.join(SELECTED)}"
            raise ConfigError(f"the table '{table}' cannot be filtered", next_step=step)
        if is_map:
            _put(out, map_picture(workspace, coverage).encode())
            return _told(out)
        made = {"coverage": coverage_table, "opportunities": opportunities_table}
        found = made[table](workspace, coverage) if table in made else table_named(workspace, table)
        if out is None:
            _refuse_bytes_on_a_terminal(name)
            FORMS[name].write(found, sys.stdout.buffer)
            return ExitCode.DONE
        with new_file(out) as file:
            FORMS[name].write(found, file)
    return _told(out)


def report(
    out: Annotated[Path, typer.Option("--out", help="The file: .html, or .md for Markdown.")] = Path("report.html"),
    team: Team = "",
    connection: Connections = None,
    persona: Persona = "",
    kind: Kind = "",
    days: Days = 0,
    config: Config = None,
) -> int:
    """Write one HTML file with figures, map, gaps and opportunities: opens from disk, prints on A4 and A3."""
    from journeysync.app.tables import report_text
    from journeysync.app.workspace import Workspace
    from journeysync.web.report import report as made

    suffix = out.suffix.lower()
    if suffix not in (".html", ".htm", ".md"):
        raise ConfigError(f"a report is no '{plain(suffix)}' file", next_step="let the name end in .html or .md")
    with Workspace.open(config) as workspace:
        workspace.links()
        selection = selection_of(workspace, team=team, connections=connection, persona=persona, kind=kind, days=days)
        coverage = workspace.coverage(selection)
        text = report_text(workspace, coverage) if suffix == ".md" else made(workspace, coverage)
        _put(out, text.encode())
    return _told(out)


def selection_of(
    workspace: "Workspace", *, team: str, connections: list[str] | None, persona: str, kind: str, days: int
) -> "Selection":
    """Return what the options ask for.

    Raises:
        ConfigError: They name something that there is not.
    """
    from journeysync.model.coverage import Selection

    known = {
        "--team": (team, [each.id for each in workspace.settings.vocabulary.teams]),
        "--persona": (persona, [each.id for each in workspace.repository.personas]),
    }
    for option, (name, names) in known.items():
        if name and name not in names:
            raise ConfigError(
                f"{option}: there is no '{plain(name)}'", next_step=f"there are: {', '.join(names) or 'none'}"
            )
    chosen = tuple(config.name for config in workspace.connections(tuple(connections))) if connections else ()
    return Selection(team=team, connections=chosen, persona=persona, kind=kind, days=days)


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
