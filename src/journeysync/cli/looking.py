"""Commands that look: coverage, opportunities, orphans, explain, runs."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from journeysync.cli.exporting import Connections, Days, Kind, Persona, Team, selection_of
from journeysync.cli.options import Config, Out
from journeysync.cli.output import Output, cell, emit, emit_table, only, print_json
from journeysync.core.age import ago, counted
from journeysync.errors import ExitCode

if TYPE_CHECKING:
    from journeysync.store import RunRow

runs_app = typer.Typer(help="What past runs did.", invoke_without_command=True)
Limit = Annotated[int, typer.Option("--limit", min=1, help="At most this many rows.")]


def coverage(
    team: Team = "",
    connection: Connections = None,
    persona: Persona = "",
    kind: Kind = "",
    days: Days = 0,
    config: Config = None,
    output: Out = Output.TABLE,
) -> int:
    """Show which steps and opportunities have work behind them, and which have none."""
    from journeysync.app.tables import coverage_table
    from journeysync.app.workspace import Workspace
    from journeysync.core.selecting import selection_words

    with Workspace.open(config) as workspace:
        workspace.links()
        selection = selection_of(workspace, team=team, connections=connection, persona=persona, kind=kind, days=days)
        result = workspace.coverage(selection)
        found = coverage_table(workspace, result)
        narrowed = selection_words(selection, workspace.repository)
    if output is Output.TABLE:
        from journeysync.cli.coverageview import show_coverage

        show_coverage(result, narrowed)
    else:
        emit_table(output, found)
    return ExitCode.DONE


def opportunities(config: Config = None, output: Out = Output.TABLE) -> int:
    """List opportunities by score, with how the score comes about and how much work is behind each."""
    from journeysync.app.tables import opportunities_table
    from journeysync.app.workspace import Workspace

    with Workspace.open(config) as workspace:
        workspace.links()
        found = opportunities_table(workspace)
    if output is not Output.TABLE:
        emit_table(output, found)
        return ExitCode.DONE
    rows = [
        {**row, "how": f"missing: {cell(row['missing'])}" if row["score"] is None else row["formula"]}
        | ({"coverage": ""} if row["state"] == row["coverage"] else {})
        for row in found.rows
    ]
    columns = ["rank", "id", "name", "score", "band", "state", "open", "done", "coverage", "how"]
    title = f"{counted(len(rows), 'opportunity', 'opportunities')}, best first"
    emit(output, {}, columns=columns, rows=rows, title=title)
    return ExitCode.DONE


def orphans(
    everything: Annotated[bool, typer.Option("--all", help="Closed tickets, too.")] = False,
    config: Config = None,
    output: Out = Output.TABLE,
) -> int:
    """List tickets that nothing links to a journey and no rule names as enabling work."""
    from journeysync.app.tables import orphans_table
    from journeysync.app.workspace import Workspace

    with Workspace.open(config) as workspace:
        workspace.links()
        was_read = any(workspace.read_at(connection.name) for connection in workspace.settings.connections)
        found = orphans_table(workspace, everything=everything)
        if output is not Output.TABLE:
            emit_table(output, found)
            return ExitCode.DONE
        rows = list(found.rows)
    columns = [column.key for column in found.columns]
    emit(output, {}, columns=columns, rows=rows, title=_orphans_title(rows, was_read=was_read))
    return ExitCode.DONE


def _orphans_title(rows: Sequence[Mapping[str, object]], *, was_read: bool) -> str:
    if not was_read:
        return "Not known: nothing was read so far (journeysync pull)."
    kind = "no link to a journey, and no rule names it as enabling work"
    return f"{counted(len(rows), 'orphan')}: {kind}" if rows else "No orphans: every ticket says what it is for."


def explain(
    ticket: Annotated[str, typer.Argument(help="A key (any it ever had), an id, or connection/id.")],
    config: Config = None,
    output: Out = Output.TABLE,
) -> int:
    """Say why a ticket is linked as it is, and where its score comes from."""
    from journeysync.app.workspace import Workspace
    from journeysync.cli.explainview import show_explained

    only(output, Output.TABLE, Output.JSON)
    with Workspace.open(config) as workspace:
        workspace.links()
        result = workspace.explain(ticket)
        if output is Output.JSON:
            print_json(result.as_json())
        else:
            show_explained(result, workspace)
    return ExitCode.DONE


@runs_app.callback()
def runs(context: typer.Context, limit: Limit = 20, config: Config = None, output: Out = Output.TABLE) -> None:
    """List past runs, newest first."""
    if context.invoked_subcommand:
        return
    from journeysync.app.tables import run_row, runs_table
    from journeysync.app.workspace import Workspace

    with Workspace.open(config) as workspace:
        found = workspace.store.runs(limit=limit)
        now = workspace.now()
        if output is not Output.TABLE:
            emit_table(output, runs_table(workspace, limit))
            return
    rows = [
        run_row(run)
        | {"when": ago(run.at, now), "took": _took(run), "what": _outcome(dict(run.result))}
        | ({"exit_code": None} if run.exit_code is None else {})
        for run in found
    ]
    columns = ["id", "kind", "by", "when", "took", "exit_code", "state", "what"]
    emit(output, {}, columns=columns, rows=rows, title="Runs, newest first" if rows else "No run so far")


def _took(run: "RunRow") -> str:
    return f"{(run.finished_at - run.at).total_seconds():.1f} s" if run.finished_at else ""


def _outcome(result: Mapping[str, Any]) -> str:
    if "error" in result:
        return str(result["error"])
    summary = result.get("summary") or {}
    return ", ".join(f"{summary[word]:,} {word}" for word in ("written", "skipped", "failed") if summary.get(word))
