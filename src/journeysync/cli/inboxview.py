"""The inbox as people read it: what waits, since when, whose it is, and what to do about it."""

from datetime import datetime
from typing import TYPE_CHECKING

from journeysync.cli.output import one_line, write
from journeysync.core.age import age, ago, counted

if TYPE_CHECKING:
    from journeysync.app.inbox import Inbox, InboxItem

_COUNTS_TICKETS = ("unknown-origin", "unknown-label", "unknown-word", "label-gone")  # their cause says how many


def show_inbox(found: "Inbox", now: datetime) -> None:
    """Print the open rows on stdout."""
    hidden = f"{found.ignored} ignored for now: journeysync inbox --all" if found.ignored else ""
    if not found.rows:
        write("The inbox is empty." + (f" ({hidden})" if hidden else ""))
        return
    write(f"{counted(len(found.rows), 'thing')} for a person to look at")
    for row in found.rows:
        _show(row, now)
    if hidden and any(row.ignored_until is None for row in found.rows) and len(found.rows) > found.ignored:
        write(f"\n{hidden}")


def _show(row: "InboxItem", now: datetime) -> None:
    what = " ".join(part for part in (row.connection, row.key or row.ticket_id, row.slot) if part)
    times = f", {row.count} times" if row.count > 1 and row.kind not in _COUNTS_TICKETS else ""
    write(f"\n{row.id}  {row.kind}  {one_line(what)}   {ago(row.last_seen, now)}{times}")
    write(f"  {one_line(row.cause)}")
    if row.owner:
        write(f"  owner: {one_line(row.owner)}")
    if row.next_step:
        write(f"  next: {one_line(row.next_step)}")
    if row.next_try is not None and row.next_try > now:
        write(f"  left out for {age(now, row.next_try)} more; at once: journeysync inbox retry {row.id}")
    elif row.answers and row.kind not in _COUNTS_TICKETS[:1]:
        write("  answer: " + " or ".join(f"journeysync inbox {answer} {row.id}" for answer in row.answers))
    if row.ignored_until is not None:
        write(f"  ignored until {row.ignored_until:%Y-%m-%d}")
