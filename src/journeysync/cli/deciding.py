"""Commands by which a person decides: link, unlink, and the inbox with its answers."""

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from journeysync.cli.options import Config, Out
from journeysync.cli.output import Output, emit_table, one_line, only, plain, print_json, write
from journeysync.core.age import counted
from journeysync.errors import ConfigError, ExitCode

if TYPE_CHECKING:
    from journeysync.app.deciding import Decided
    from journeysync.app.workspace import Workspace

inbox_app = typer.Typer(help="What waits for a person, and how to answer.", invoke_without_command=True)
Ticket = Annotated[str, typer.Argument(help="A key (any it ever had), an id, or connection/id.")]
Target = Annotated[str, typer.Argument(help="A step, journey or opportunity, by any id that it has or had.")]
Why = Annotated[str, typer.Option("--why", help="In your words; explain shows it.", show_default=False)]
By = Annotated[str, typer.Option("--by", help="Who decides. Default: the user of this process.", show_default=False)]
Until = Annotated[
    str | None, typer.Option("--until", metavar="DATE", help="The first day on which it no longer counts: 2027-01-31.")
]
Row = Annotated[str, typer.Argument(help="The row's id, or its first four letters.")]
Label = Annotated[str, typer.Argument(help="The label, or its row's id.")]


def link(
    ticket: Ticket,
    target: Target,
    why: Why = "",
    by: By = "",
    until: Until = None,
    config: Config = None,
    output: Out = Output.TABLE,
) -> int:
    """Link a ticket by hand; the newest word of a person counts."""
    from journeysync.app.workspace import Workspace

    only(output, Output.TABLE, Output.JSON)
    with Workspace.open(config) as workspace:
        decided = workspace.link(ticket, target, why=why, by=by, until=_until(until, workspace))
    return _show_decided(decided, output)


def unlink(
    ticket: Ticket,
    target: Target,
    why: Why = "",
    by: By = "",
    until: Until = None,
    config: Config = None,
    output: Out = Output.TABLE,
) -> int:
    """Say that a ticket does not serve a target, whatever rules, text or parents say."""
    from journeysync.app.workspace import Workspace

    only(output, Output.TABLE, Output.JSON)
    with Workspace.open(config) as workspace:
        decided = workspace.unlink(ticket, target, why=why, by=by, until=_until(until, workspace))
    return _show_decided(decided, output)


@inbox_app.callback()
def inbox(
    context: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="Also what is ignored for now.")] = False,
    config: Config = None,
    output: Out = Output.TABLE,
) -> None:
    """List what waits for a person: failures, drift, refusals, unknown labels and words, each with its next step."""
    if context.invoked_subcommand:
        return
    from journeysync.app.tables import inbox_table
    from journeysync.app.workspace import Workspace

    with Workspace.open(config) as workspace:
        if output is not Output.TABLE:
            emit_table(output, inbox_table(workspace, everything=everything))
            return
        found = workspace.inbox(everything=everything)
        now = workspace.now()
    from journeysync.cli.inboxview import show_inbox

    show_inbox(found, now)


@inbox_app.command("retry")
def inbox_retry(row: Row, config: Config = None, output: Out = Output.TABLE) -> int:
    """Let the next apply try a failed ticket again, without waiting."""
    return _answer("retry", row, config=config, output=output)


@inbox_app.command("take-theirs")
def inbox_take_theirs(row: Row, why: Why = "", by: By = "", config: Config = None, output: Out = Output.TABLE) -> int:
    """Leave it as the person left it: we no longer hold the slot, or hear a label taken off as a 'no'."""
    return _answer("take-theirs", row, why=why, by=by, config=config, output=output)


@inbox_app.command("take-ours")
def inbox_take_ours(row: Row, why: Why = "", by: By = "", config: Config = None, output: Out = Output.TABLE) -> int:
    """Let the next apply write ours again, or take a 'no' back."""
    return _answer("take-ours", row, why=why, by=by, config=config, output=output)


@inbox_app.command("ignore")
def inbox_ignore(
    row: Row, until: Until = None, why: Why = "", by: By = "", config: Config = None, output: Out = Output.TABLE
) -> int:
    """Hide a row until a date; a failed write is not tried before it."""
    return _answer("ignore", row, why=why, by=by, until=until, config=config, output=output)


@inbox_app.command("adopt")
def inbox_adopt(label: Label, why: Why = "", by: By = "", config: Config = None, output: Out = Output.TABLE) -> int:
    """Make a label of unknown origin ours, on every ticket that carries it."""
    return _answer("adopt", label, why=why, by=by, config=config, output=output)


@inbox_app.command("accept")
def inbox_accept(label: Label, why: Why = "", by: By = "", config: Config = None, output: Out = Output.TABLE) -> int:
    """Make links by hand of a label of unknown origin; the label stays the people's."""
    return _answer("accept", label, why=why, by=by, config=config, output=output)


def _answer(
    action: str,
    row: str,
    *,
    config: Config,
    output: Output,
    why: str = "",
    by: str = "",
    until: str | None = None,
) -> int:
    from journeysync.app.workspace import Workspace

    only(output, Output.TABLE, Output.JSON)
    with Workspace.open(config) as workspace:
        result = workspace.inbox_action(action, row, why=why, by=by, until=_until(until, workspace))
    if output is Output.JSON:
        print_json(result.as_json())
    else:
        write(f"{one_line(result.row)}: {one_line(result.says)} ({counted(result.tickets, 'ticket')})")
    return ExitCode.DONE


def _show_decided(decided: "Decided", output: Output) -> int:
    if output is Output.JSON:
        print_json(decided.as_json())
        return ExitCode.DONE
    key = decided.ticket.key
    verb = "linked to" if decided.decision.kind == "link" else "not linked to"
    write(f"{one_line(key)} is {verb} {one_line(decided.target)}")
    if decided.decision.kind == "unlink" and not decided.was_linked:
        write("  it was not before; this is remembered for the day a rule would link it")
    names = ", ".join(str(one.target) for one in decided.links)
    write(f"  links now: {names or 'none'}. Kept in decisions.jsonl; the next apply writes it to the ticket.")
    return ExitCode.DONE


def _until(text: str | None, workspace: "Workspace") -> datetime | None:
    """Return the first instant of a day in the workspace's time zone."""
    if text is None:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(f"'{plain(text)}' is no date", where="--until", next_step="write it as 2027-01-31") from error
    return datetime(day.year, day.month, day.day, tzinfo=workspace.zone).astimezone(UTC)
