"""Commands that look: coverage, opportunities, orphans, explain, runs."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from journeysync.cli.age import ago, counted
from journeysync.cli.options import Config, Out
from journeysync.cli.output import Output, cell, emit, only, print_json
from journeysync.errors import ExitCode

if TYPE_CHECKING:
    from journeysync.store import RunRow

runs_app = typer.Typer(help="What past runs did.", invoke_without_command=True)
Limit = Annotated[int, typer.Option("--limit", min=1, help="At most this many rows.")]


def coverage(config: Config = None, output: Out = Output.TABLE) -> int:
    """Show which steps and opportunities have work behind them, and which have none."""
    from journeysync.app.workspace import Workspace

    with Workspace.open(config) as workspace:
        workspace.links()
        result = workspace.coverage()
    if output is Output.TABLE:
        from journeysync.cli.coverageview import show_coverage

        show_coverage(result)
    else:
        columns = ["id", "path", "todo", "doing", "done", "opportunities", "state"]
        rows = [row.model_dump(mode="json") for row in result.steps]
        emit(output, result.model_dump(mode="json"), columns=columns, rows=rows, title="Coverage by step")
    return ExitCode.DONE


def opportunities(config: Config = None, output: Out = Output.TABLE) -> int:
    """List opportunities by score, with how the score comes about and how much work is behind each."""
    from journeysync.app.workspace import Workspace

    with Workspace.open(config) as workspace:
        workspace.links()
        covered = {row.id: row for row in workspace.coverage().opportunities}
        scores = workspace.scores
        found = workspace.repository.opportunities
    rows: list[dict[str, object]] = [
        {"id": o.id}
        | {"name": o.name, "score": scores[o.id].score, "band": scores[o.id].band, "state": o.state}
        | {"open": covered[o.id].open, "done": covered[o.id].done, "coverage": covered[o.id].state}
        | {"formula": scores[o.id].formula, "missing": list(scores[o.id].missing)}
        for o in found
    ]
    rows.sort(key=lambda row: (-(row["score"] if isinstance(row["score"], int | float) else -1), str(row["id"])))
    ranked = [{"rank": number, **row} for number, row in enumerate(rows, start=1)]
    columns = ["rank", "id", "name", "score", "band", "state", "open", "done", "coverage", "formula"]
    if output is Output.TABLE:
        columns[-1] = "how"
        for row in ranked:
            row["how"] = f"missing: {cell(row['missing'])}" if row["score"] is None else row["formula"]
            if row["state"] == row["coverage"]:
                row["coverage"] = ""
    title = f"{counted(len(ranked), 'opportunity', 'opportunities')}, best first"
    emit(output, {"opportunities": ranked}, columns=columns, rows=ranked, title=title)
    return ExitCode.DONE


def orphans(
    everything: Annotated[bool, typer.Option("--all", help="Closed tickets, too.")] = False,
    config: Config = None,
    output: Out = Output.TABLE,
) -> int:
    """List tickets that nothing links to a journey and no rule names as enabling work."""
    from journeysync.app.links import orphans as find_orphans
    from journeysync.app.workspace import Workspace

    with Workspace.open(config) as workspace:
        workspace.links()
        was_read = any(workspace.read_at(connection.name) for connection in workspace.settings.connections)
        rows = [
            {
                "connection": t.ref.connection,
                "ticket": t.ref.id,
                "key": t.key,
                "kind": t.kind,
                "state": t.state.value,
                "team": t.team,
                "title": t.title,
                "url": t.url,
            }
            for t in find_orphans(workspace, open_only=not everything)
        ]
    document = {"count": len(rows), "orphans": rows}
    columns = ["connection", "key", "kind", "state", "team", "title"]
    emit(output, document, columns=columns, rows=rows, title=_orphans_title(rows, was_read=was_read))
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
    from journeysync.app.workspace import Workspace

    with Workspace.open(config) as workspace:
        found = workspace.store.runs(limit=limit)
        now = workspace.now()
    rows = [_plain(run) for run in found]
    columns = ["id", "kind", "by", "at", "finished_at", "exit_code", "state"]
    if output is Output.TABLE:
        columns = ["id", "kind", "by", "when", "took", "exit_code", "state", "what"]
        rows = [
            row
            | {"when": ago(run.at, now), "took": _took(run), "what": _outcome(row["result"])}
            | ({"exit_code": None} if run.exit_code is None else {})
            for row, run in zip(rows, found, strict=True)
        ]
    emit(output, {"runs": rows}, columns=columns, rows=rows, title="Runs, newest first" if rows else "No run so far")


def _plain(run: "RunRow") -> dict[str, Any]:
    return run.model_dump(mode="json") | {"detail": dict(run.detail), "result": dict(run.result)}


def _took(run: "RunRow") -> str:
    return f"{(run.finished_at - run.at).total_seconds():.1f} s" if run.finished_at else ""


def _outcome(result: Mapping[str, Any]) -> str:
    if "error" in result:
        return str(result["error"])
    summary = result.get("summary") or {}
    return ", ".join(f"{summary[word]:,} {word}" for word in ("written", "skipped", "failed") if summary.get(word))
