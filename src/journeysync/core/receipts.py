"""What a ticket's receipt says we hold there, as rows of the ledger: after a lost store it is all that is known."""

from collections.abc import Callable
from datetime import datetime

from journeysync.core.held import short_hash
from journeysync.model.base import Value
from journeysync.model.change import PROPERTY, TEXTS, LedgerRow, Slot, slot_kind
from journeysync.model.receipt import Receipt
from journeysync.model.ticket import Ticket

CAUSE = "rebuilt from the receipt in the ticket"


def rows_of_receipt(
    ticket: Ticket, receipt: Receipt, seen: Callable[[Slot], Value], *, at: datetime
) -> tuple[LedgerRow, ...]:
    """Return a row for each slot that a receipt names, and for the receipt itself.

    A slot that shows what the receipt says is live; one that shows something else, or nothing, was changed by a
    person since: drift. What stood there before us is not in a receipt. Of a label that is missing nobody can tell
    whether a person took it off or its write failed, so the row says that we never saw it (``was_never_seen``).

    Args:
        ticket: As it was read.
        receipt: Its receipt.
        seen: What each slot shows now.
        at: The time of the rows.
    """
    rows = []
    for slot, digest in receipt.slots:
        now = seen(slot)
        as_written = short_hash(now) == digest
        if slot in TEXTS:  # its own mark says whether a person changed it; the receipt says what it told
            shown = ticket.text(slot)
            as_written = shown is not None and shown.state == "ours"
        # Of a changed value only its name is known: the row says that it is ours, and that it shows something else.
        known = as_written and slot not in TEXTS
        sent: Value = now if known else True if slot_kind(slot) == "label" else f"#{digest}"
        shows = None if now is None and slot_kind(slot) == "label" else sent
        rows.append(_row(ticket, slot, sent, shows, at, drift=not as_written))
    as_json = receipt.as_json()
    return (*rows, _row(ticket, PROPERTY, as_json, as_json, at, drift=False))


def was_never_seen(row: LedgerRow) -> bool:
    """Return whether all that is known of a label is that a receipt names it: it was missing when the row was made."""
    return row.seen is None and not row.run


def _row(ticket: Ticket, slot: Slot, sent: Value, seen: Value, at: datetime, *, drift: bool) -> LedgerRow:
    state = "drift" if drift else "live"
    return LedgerRow(ticket=ticket.ref, slot=slot, sent=sent, seen=seen, cause=CAUSE, at=at, state=state)
