"""Take out what is ours, or take back what one run wrote. Three-way: a later word of a person wins.

``take_out`` is for ``uninstall``: everything we hold in a ticket goes, and what
stood in a field before us comes back. ``take_back`` is for ``undo``: the inverse
of one run's writes, as far as what it left still stands there.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from journeysync.core.held import Held, digest_of, held_slots, same_value, standing
from journeysync.core.reconcile import GIVES_BACK
from journeysync.model.base import Value
from journeysync.model.change import (
    BLOCK,
    LINK,
    PROPERTY,
    TEXTS,
    AddLabel,
    Change,
    LedgerRow,
    RemoveLabel,
    SetLink,
    SetProperty,
    SetText,
    Slot,
    setting,
    slot_kind,
    slot_name,
)
from journeysync.model.plan import Note
from journeysync.model.receipt import Receipt
from journeysync.model.ticket import Ticket


@dataclass(frozen=True)
class Wrote:
    """One write of a run: what stood in the slot before, and what the run put there."""

    slot: Slot
    before: Value
    wanted: Value


@dataclass
class _Taken:
    """Changes and notes of one ticket, and what of ours stays there afterwards."""

    ticket: Ticket
    stays: dict[Slot, str]  # slot -> short hash, for the receipt
    changes: list[Change] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    def kept(self, slot: Slot, says: str) -> None:
        """Note that a person's later word stays."""
        self.notes.append(Note(kind="drift", ticket=self.ticket.ref, key=self.ticket.key, slot=slot, says=says))

    def finish(self, cause: str, receipt: Mapping[str, Value] | None) -> tuple[tuple[Change, ...], tuple[Note, ...]]:
        """Add the receipt's own change; return changes ordered by slot, the receipt last."""
        now = self.ticket.receipt.as_json() if self.ticket.receipt else None
        after = None
        if self.stays and receipt is not None:
            after = {**receipt, "ticket": self.ticket.ref.id, "slots": dict(sorted(self.stays.items()))}
        if now is not None and after != now:
            self.changes.append(SetProperty(ticket=self.ticket.ref, cause=cause, before=now, after=after))
        return tuple(sorted(self.changes, key=lambda change: change.slot)), tuple(self.notes)


def take_out(
    ticket: Ticket, ledger: Sequence[LedgerRow], *, cause: str = "uninstall: everything of ours is taken out"
) -> tuple[tuple[Change, ...], tuple[Note, ...]]:
    """Return the changes that leave nothing of ours in a ticket.

    Args:
        ticket: As it was read, its receipt included.
        ledger: Our rows of this ticket.
        cause: Shown with each change.

    Returns:
        Changes ordered by slot; notes for values that a person changed since, which stay.
    """
    taken = _Taken(ticket, stays={})
    for slot, held in sorted(held_slots(ticket, ledger).items()):
        _take_slot(taken, slot, held, cause)
    claimed = {change.slot for change in taken.changes} | {note.slot for note in taken.notes}
    for shown in ticket.shown:  # a clone brought it along: ours by its mark, and in no ledger
        if shown.state == "ours" and shown.slot not in claimed:
            taken.changes.append(SetText(ticket=ticket.ref, place=shown.slot, cause=cause, before=True))
    return taken.finish(cause, None)


def _take_slot(taken: _Taken, slot: Slot, held: Held, cause: str) -> None:
    ticket = taken.ticket
    kind = slot_kind(slot)
    if kind == "label":
        carried = [label for label in ticket.labels if label in held.label_names]
        taken.changes += [RemoveLabel(ticket=ticket.ref, label=label, cause=cause) for label in carried[:1]]
    elif kind == "link":
        before = held.row.sent if held.row is not None else True
        taken.changes.append(SetLink(ticket=ticket.ref, cause=cause, before=before))
    elif slot in TEXTS:
        shown = ticket.text(slot)
        if shown is not None and not shown.is_touchable:
            taken.kept(slot, f"our {slot} was changed by a person: it stays")
        elif shown is None or shown.state == "ours":
            before = held.row.sent if held.row is not None else True
            taken.changes.append(SetText(ticket=ticket.ref, place=_place(slot), cause=cause, before=before))
    elif kind in ("field", "priority"):
        now = standing(ticket, slot)
        if not held.shows_ours(now):
            taken.kept(slot, f"{slot_name(slot) or slot} shows {now!r}, which a person wrote: it stays")
            return
        gives_back = ((GIVES_BACK, True),) if held.before is not None else ()
        change = setting(slot, ticket=ticket.ref, cause=cause, before=now, after=held.before, inputs=gives_back)
        taken.changes.append(change)


def take_back(
    ticket: Ticket, ledger: Sequence[LedgerRow], wrote: Sequence[Wrote], *, run: str
) -> tuple[tuple[Change, ...], tuple[Note, ...]]:
    """Return the inverse of what a run wrote to a ticket.

    Args:
        ticket: As it was read.
        ledger: Our rows of this ticket now; a row of a later run means that the slot was written again since.
        wrote: The run's writes of this ticket that were carried out.
        run: Its id, for causes.

    Returns:
        Changes ordered by slot; notes for what stays because somebody wrote there since.
    """
    cause = f"undo of run {run}"
    rows = {row.slot: row for row in ledger if row.state != "released"}
    held = held_slots(ticket, ledger)
    taken = _Taken(ticket, stays={slot: one.digest for slot, one in held.items() if one.digest})
    for write in wrote:
        if write.slot == PROPERTY:
            continue
        row = rows.get(write.slot)
        if row is not None and row.run != run:
            taken.kept(write.slot, f"{write.slot} was written again by run {row.run}: it stays")
        elif not _still_stands(ticket, write, row):
            taken.kept(write.slot, f"{write.slot} was changed since by a person: it stays")
        else:
            _invert(taken, write, row, cause)
    links = next((write.before for write in wrote if write.slot == PROPERTY), None)
    receipt = links or (ticket.own_receipt or Receipt()).as_json()
    return taken.finish(cause, receipt)


def _still_stands(ticket: Ticket, write: Wrote, row: LedgerRow | None) -> bool:
    kind = slot_kind(write.slot)
    if kind == "label":
        return (slot_name(write.slot) in ticket.labels) == (write.wanted is not None)
    if kind in ("field", "priority"):
        seen = row.seen if row is not None else write.wanted
        return same_value(standing(ticket, write.slot), seen)
    if write.slot in TEXTS and (shown := ticket.text(write.slot)) is not None:
        return shown.state == ("none" if write.wanted is None else "ours")
    return True  # a link is known by its idempotent key; no list shows it


def _place(slot: Slot) -> Literal["comment", "block"]:
    return "block" if slot == BLOCK else "comment"


def _invert(taken: _Taken, write: Wrote, row: LedgerRow | None, cause: str) -> None:
    ticket, slot = taken.ticket, write.slot
    kind = slot_kind(slot)
    if write.slot == LINK and write.before is True:
        taken.kept(slot, "what our link said before is not known: it stays as it is")
        return
    if kind == "label":
        make = RemoveLabel if write.before is None else AddLabel
        taken.changes.append(make(ticket=ticket.ref, label=slot_name(slot), cause=cause))
    elif kind == "link":
        taken.changes.append(SetLink(ticket=ticket.ref, cause=cause, before=write.wanted, after=write.before))
    elif slot in TEXTS:
        change = SetText(ticket=ticket.ref, place=_place(slot), cause=cause, before=write.wanted, after=write.before)
        taken.changes.append(change)
    elif kind in ("field", "priority"):
        first = row.before if row is not None else None
        gives_back = ((GIVES_BACK, True),) if write.before is not None and same_value(write.before, first) else ()
        now = standing(ticket, slot)
        change_back = setting(slot, ticket=ticket.ref, cause=cause, before=now, after=write.before, inputs=gives_back)
        taken.changes.append(change_back)
        if gives_back:
            taken.stays.pop(slot, None)
            return
    taken.stays.pop(slot, None)
    if write.before is not None:
        taken.stays[slot] = digest_of(slot, write.before)
