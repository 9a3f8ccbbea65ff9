"""The inbox as people read it: what waits, since when, and what to do about it."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from journeysync.cli.age import ago, counted
from journeysync.cli.output import one_line, write

if TYPE_CHECKING:
    from journeysync.store import InboxRow


def show_inbox(rows: Sequence["InboxRow"], keys: Sequence[str], now: datetime) -> None:
    """Print the open rows on stdout; ``keys`` names the ticket of each row, empty where there is none."""
    if not rows:
        write("The inbox is empty.")
        return
    write(f"{counted(len(rows), 'thing')} for a person to look at")
    for row, key in zip(rows, keys, strict=True):
        what = " ".join(part for part in (row.connection, key or row.ticket_id, row.slot) if part)
        times = f", {row.count} times" if row.count > 1 else ""
        write(f"\n{row.kind}  {one_line(what)}   {ago(row.last_seen, now)}{times}")
        write(f"  {one_line(row.cause)}")
        if row.next_step:
            write(f"  next: {one_line(row.next_step)}")
