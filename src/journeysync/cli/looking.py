"""Commands that look: coverage, opportunities, orphans, explain, inbox, runs."""

from typing import Annotated

import typer

from journeysync.cli.options import Config, Out
from journeysync.cli.output import Output, emit, print_json, write
from journeysync.errors import ConfigError, ExitCode

runs_app = typer.Typer(help="What past runs did.", invoke_without_command=True)
Limit = Annotated[int, typer.Option("--limit", min=1, help="At most this many rows.")]


def coverage(config: Config = None, output: Out = Output.TABLE) -> int:
    """Show which steps and opportunities have work behind them, and which have none."""
    from journeysync.app.workspace import Workspace

    with Workspace.open(config) as workspace:
        workspace.links()
        result = workspace.coverage()
    steps = [row.model_dump(mode="json") for row in result.steps]
    columns = ["id", "path", "todo", "doing", "done", "opportunities", "state"]
    if output is Output.TABLE:
        columns.remove("path")
    emit(output, result.model_dump(mode="json"), columns=columns, rows=steps, title="Coverage by step")
    if output is Output.TABLE:
        totals = result.totals
        write(
            f"Needs with work: {totals.needs_with_work} of {totals.needs}; gaps {totals.gaps}, thin {totals.thin}, "
            f"not known {totals.not_known}\nTickets: {totals.tickets}, without a step {totals.without_step}, "
            f"orphans {totals.orphans}, enabling {totals.enabling}"
        )
        ages = ", ".join(
            f"{age.connection} {f'{age.hours:g} h old' if age.hours is not None else 'never read'}"
            for age in result.connections
        )
        write(
            f"Counted: done within {result.period_days} days, links by {', '.join(result.origins)}; data: {ages}; "
            f"{totals.unscored_opportunities} opportunities have no score"
        )
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
    emit(output, {"opportunities": ranked}, columns=columns, rows=ranked, title="Opportunities")
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
    emit(output, document, columns=columns, rows=rows, title=f"{len(rows)} orphans")
    return ExitCode.DONE


def explain(
    ticket: Annotated[str, typer.Argument(help="A key (any it ever had), an id, or connection/id.")],
    config: Config = None,
    output: Out = Output.TABLE,
) -> int:
    """Say why a ticket is linked as it is, and where its score comes from."""
    from journeysync.app.workspace import Workspace
    from journeysync.cli.explainview import show_explained

    with Workspace.open(config) as workspace:
        workspace.links()
        result = workspace.explain(ticket)
        if output is Output.JSON:
            print_json(result.as_json())
        else:
            show_explained(result, workspace)
    return ExitCode.DONE


def inbox(config: Config = None, output: Out = Output.TABLE) -> int:
    """List what waits for a person: failures, drift, unknown words, each with its next step."""
    from journeysync.app.workspace import Workspace

    with Workspace.open(config) as workspace:
        rows = [row.model_dump(mode="json") for row in workspace.store.inbox()]
    columns = ["kind", "connection", "ticket_id", "slot", "cause", "next_step", "count", "first_seen", "last_seen"]
    emit(output, {"inbox": rows}, columns=columns, rows=rows, title=f"{len(rows)} rows in the inbox")
    return ExitCode.DONE


@runs_app.callback()
def runs(context: typer.Context, limit: Limit = 20, config: Config = None, output: Out = Output.TABLE) -> None:
    """List past runs, newest first."""
    if context.invoked_subcommand:
        return
    from journeysync.app.workspace import Workspace

    with Workspace.open(config) as workspace:
        rows = [row.model_dump(mode="json") for row in workspace.store.runs(limit=limit)]
    columns = ["id", "kind", "by", "started_at", "ended_at", "exit_code", "state"]
    emit(output, {"runs": rows}, columns=columns, rows=rows, title="Runs")


@runs_app.command("show")
def runs_show(
    run: Annotated[str, typer.Argument(help="A run's id.")], config: Config = None, output: Out = Output.TABLE
) -> int:
    """Show what one run wrote, ticket by ticket."""
    from journeysync.app.workspace import Workspace

    with Workspace.open(config) as workspace:
        found = workspace.store.run(run)
        if found is None:
            raise ConfigError(f"there is no run '{run}'", next_step="list them: journeysync runs")
        rows = [row.model_dump(mode="json") for row in workspace.store.run_writes(run)]
    columns = ["ticket", "slot", "before", "wanted", "state", "cause"]
    emit(output, found.model_dump(mode="json") | {"writes": rows}, columns=columns, rows=rows, title=f"Run {run}")
    return ExitCode.DONE
