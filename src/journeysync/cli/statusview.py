"""How a workspace stands, as people read it."""

from datetime import datetime
from typing import TYPE_CHECKING

from journeysync.cli.output import one_line, write
from journeysync.core.age import ago, counted

if TYPE_CHECKING:
    from journeysync.app.results import ConnectionStatus, StatusResult

_WRITES = {
    "plan": "never written (write: plan)",
    "apply": "written after a person's yes (write: apply)",
    "sync": "written by a schedule, too (write: sync)",
}


def show_status(result: "StatusResult", now: datetime) -> None:
    """Print the state of a workspace on stdout."""
    write(f"{one_line(result.name)} ({result.workspace})")
    write(
        f"  {counted(result.journeys, 'journey')}, {counted(result.steps, 'step')}, "
        f"{counted(result.opportunities, 'opportunity', 'opportunities')}, {counted(result.rules, 'rule')}"
    )
    for connection in result.connections:
        write("")
        _connection(connection, now)
    write("")
    if result.inbox:
        write(f"{counted(result.inbox, 'thing')} wait for a person: journeysync inbox")
    write(f"Last run: {result.last_run or 'none'}")


def _connection(row: "ConnectionStatus", now: datetime) -> None:
    write(f"{row.name}  {row.connector} at {row.url}, {_WRITES[row.write]}")
    others = [
        f"{count:,} {word}"
        for count, word in ((row.gone, "gone"), (row.hidden, "hidden"), (row.out_of_scope, "out of scope"))
        if count
    ]
    write(f"  {counted(row.tickets, 'ticket')} in scope" + (f"; {', '.join(others)}" if others else ""))
    write(f"  read {ago(row.read_at, now)}, all of it {ago(row.swept_at, now)}")
    if row.failed_at:
        write(f"  x the last read failed {ago(row.failed_at, now)}: {one_line(row.trouble)}")
    write(f"  we hold {counted(row.held, 'slot')} there")
    if row.out_of_scope:
        write("  . what is out of scope is left as it is, with what we wrote there")
    if row.unsettled:
        write(f"  ! {counted(row.unsettled, 'write')} of an interrupted run: settled by the next apply")
