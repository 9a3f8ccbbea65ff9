"""Commands about the trail that runs leave: runs show, runs export."""

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from journeysync.cli.options import Config, Out
from journeysync.cli.output import Output, emit, one_line, write
from journeysync.errors import ConfigError, ExitCode

if TYPE_CHECKING:
    from journeysync.app.workspace import Workspace

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def runs_show(
    run: Annotated[str, typer.Argument(help="A run's id.")], config: Config = None, output: Out = Output.TABLE
) -> int:
    """Show what one run wrote, ticket by ticket: before, after, cause, result, from which plan, let by whom."""
    from journeysync.app.trail import run_report
    from journeysync.app.workspace import Workspace
    from journeysync.core.slot_words import change_words

    with Workspace.open(config) as workspace:
        document = run_report(workspace, run)
    rows = [dict(row) for row in document["writes"]]
    if output is Output.TABLE:
        plan = f", plan {document['checksum']}" if document["checksum"] else ""
        write(one_line(f"{document['kind']} of {document['at']}, approved by {document['approved_by']}{plan}"))
        for row in rows:
            row["before"], row["after"] = change_words(row["before"], row["after"], row["slot"])
            row["result"] = f"{row['result']}: {row['outcome']}" if row["outcome"] else row["result"]
    columns = ["connection", "key", "ticket", "slot", "before", "after", "result", "cause"]
    emit(output, document, columns=columns, rows=rows, title=f"Run {run}")
    return ExitCode.DONE


def runs_export(
    since: Annotated[
        str | None, typer.Option("--since", metavar="DATE", help="From this day on, such as 2026-11-22.")
    ] = None,
    config: Config = None,
) -> int:
    """Print every write as JSON lines, oldest first: run, plan, who approved, before, after, cause, result."""
    from journeysync.app.trail import exported_writes
    from journeysync.app.workspace import Workspace

    with Workspace.open(config) as workspace:
        begin = _instant(since, workspace) if since else EPOCH
        for row in exported_writes(workspace, begin):
            write(json.dumps(row, ensure_ascii=True, sort_keys=False))
    return ExitCode.DONE


def _instant(text: str, workspace: "Workspace") -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(
            f"--since is no date: '{one_line(text)}'", next_step="write it as 2026-11-22, or 2026-11-22T08:00"
        ) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=workspace.zone)
