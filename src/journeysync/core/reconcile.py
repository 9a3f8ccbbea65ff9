"""What has to change in one ticket so that it shows its projection, by the rules of ownership.

We only change and remove what we wrote. A value of ours that a person changed
is drift: shown, and kept as the person left it. A value that a person wrote
first is theirs, whatever we would have written.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache

from journeysync.core.block import is_worth_writing
from journeysync.core.held import (
    Held,
    digest_of,
    held_slots,
    is_empty,
    is_name_only,
    is_shown,
    same_value,
    short_hash,
    standing,
)
from journeysync.core.places import where_of
from journeysync.core.printable import printable
from journeysync.core.project import Projection
from journeysync.model.base import Pairs, Value
from journeysync.model.change import (
    BLOCK,
    LINK,
    PRIORITY,
    PROPERTY,
    TEXTS,
    AddLabel,
    Change,
    LedgerRow,
    RemoveLabel,
    SetField,
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

GIVES_BACK = "gives_back"
"""Key in a change's inputs: the slot is given back to what stood there first, so its ledger row is to be released."""


_LONG_AGO = datetime.min.replace(tzinfo=UTC)


def plan_ticket(
    ticket: Ticket,
    wanted: Projection,
    ledger: Sequence[LedgerRow],
    *,
    taken_back: Collection[Slot] = (),
    left: Collection[Slot] = (),
    now: datetime = _LONG_AGO,
    refresh: bool = False,
) -> tuple[tuple[Change, ...], tuple[Note, ...], tuple[LedgerRow, ...]]:
    """Return what to change in one ticket, what to tell, and which ledger rows nothing holds any longer.

    Args:
        ticket: As it was read.
        wanted: Its projection. With ``skip`` set nothing is changed; a note says so if something would be.
        ledger: Our rows of this ticket; a released one also says that a receipt which still names its slot is old.
        taken_back: Slots with drift where a person wants ours again: written once more, whatever the policy.
        left: Slots that a person took over for good: neither written nor taken out.
        now: The time of this run, for how old a text is.
        refresh: Write comments and blocks anew although they say the same: in the words of this release.

    Returns:
        Changes ordered by slot (the receipt last); notes; rows to release (not wanted and not there).
    """
    if not wanted.values and not ledger and ticket.receipt is None:
        return (), (), ()
    work = _Reconciliation(ticket, wanted, ledger, taken_back, left)
    work.now, work.refresh = now, refresh
    work.run()
    if not wanted.skip:
        changes = tuple(change for _, change in sorted(work.changes.items()))
        return changes, tuple(work.notes), tuple(work.released)
    if ticket.context or not any(slot != PROPERTY for slot in work.changes):
        return (), (), ()
    return (), (_blocked(where_of(ticket), wanted.skip),), ()


_FIELDS_SET = set(AddLabel.model_fields) | set(SetField.model_fields) | set(SetText.model_fields)
"""One set for all changes instead of one each: a plan holds very many, and nobody asks which fields were set."""


class _Reconciliation:
    """One ticket, slot by slot."""

    def __init__(
        self,
        ticket: Ticket,
        wanted: Projection,
        ledger: Sequence[LedgerRow],
        taken_back: Collection[Slot],
        left: Collection[Slot],
    ) -> None:
        self.ticket = ticket
        self.ledger = ledger
        self.policy = wanted.policy
        self.taken_back = taken_back
        self.wanted: dict[Slot, Value] = dict(wanted.values)
        self.causes: Mapping[Slot, str] = dict(wanted.causes)
        self.inputs: Mapping[Slot, Pairs] = dict(wanted.inputs)
        self.at_work = wanted.at_work
        self.now = _LONG_AGO
        self.refresh = False
        self.why_less = _why_less(wanted)
        self.held = held_slots(ticket, ledger)
        for slot in left:
            self.wanted.pop(slot, None)
            self.held.pop(slot, None)
        self.was_held = {row.slot for row in ledger if row.state == "released"} if ledger else set()
        self.keeps: dict[Slot, str] = {}  # what is ours when the changes are written, with its short hash
        self.changes: dict[Slot, Change] = {}
        self.notes: list[Note] = []
        self.released: list[LedgerRow] = []

    def run(self) -> None:
        """Go through all slots that are wanted or ours, then through the receipt."""
        labels = set(self.ticket.labels)
        folded = {label.casefold() for label in labels}
        for slot in self.wanted.keys() | self.held.keys():
            held = self.held.get(slot)
            kind = slot_kind(slot)
            if kind == "label":
                self._label(slot, held, labels, folded)
            elif kind in ("field", "priority"):
                self._value(slot, held)
            elif kind == "link":
                self._link(held)
            elif slot in TEXTS:
                self._text(slot, held)
            elif held is not None:
                self.keeps[slot] = held.digest  # a slot of a later release: not ours to judge
        self._receipt()

    def _label(self, slot: Slot, held: Held | None, labels: set[str], folded: set[str]) -> None:
        name = slot_name(slot)
        if slot in self.wanted:
            there = name.casefold() in folded
            if held is None and not there and not self._is_done_with(slot):
                self._change(slot, AddLabel.model_construct(label=name, **self._why(slot)))
                self.keeps[slot] = short_hash(self.wanted[slot])
            elif held is not None:
                self.keeps[slot] = held.digest
                if not there and self._never_arrived(held):
                    self._change(slot, AddLabel.model_construct(label=name, **self._why(slot)))
                elif not there and self._is_ours_again(slot):
                    why = self._why_again(slot, "taken off by a person")
                    self._change(slot, AddLabel.model_construct(label=name, **why))
                elif not there:
                    self._drift(slot, f"label {name} was taken off by a person: it is not put back")
        elif held is not None:
            if any(spelled in labels for spelled in held.label_names):
                self._change(slot, RemoveLabel.model_construct(label=name, **self._why_not(held)))
            else:
                self._release(held)

    def _value(self, slot: Slot, held: Held | None) -> None:
        """Reconcile a field of ours, or the tracker's own priority where we may set it."""
        now = standing(self.ticket, slot)
        if slot in self.wanted:
            self._wanted_value(slot, held, now)
        elif held is not None and not is_shown(self.ticket, slot):
            self.keeps[slot] = held.digest  # not read, so not known
            self.notes.append(_unread(where_of(self.ticket), slot_name(slot)))
        elif held is not None and held.shows_ours(now) and not same_value(now, held.before):
            why = self._why_not(held) | {"inputs": ((GIVES_BACK, True),)}
            self._change(slot, setting(slot, before=now, after=held.before, **why))
        elif held is not None:
            self._release(held)

    def _wanted_value(self, slot: Slot, held: Held | None, now: Value) -> None:
        name, value = slot.replace(":", " "), self.wanted[slot]
        if held is None:
            if is_empty(now):
                if not self._is_done_with(slot):
                    self._set_value(slot, now)
            elif slot == PRIORITY:
                self.notes.append(_has_priority(where_of(self.ticket)))
            elif not same_value(now, value):
                says = f"{name} shows {_short(now)}, which we did not write: it is kept"
                self.notes.append(
                    Note(kind="foreign", ticket=self.ticket.ref, key=self.ticket.key, slot=slot, says=says)
                )
            return
        self.keeps[slot] = held.digest
        if same_value(now, value):
            return
        if is_empty(now) and self._never_arrived(held):
            self._set_value(slot, now)
        elif not held.shows_ours(now) and self._is_ours_again(slot):
            self._set_value(slot, now, why=self._why_again(slot, f"a person left {_short(now)}"))
        elif not held.shows_ours(now):
            is_known = held.row is not None and not is_name_only(held.row.seen)
            left = f" where we left {_short(held.row.seen)}" if held.row and is_known else ", which we did not write"
            self._drift(slot, f"{name} shows {_short(now)}{left}: it is kept")
        elif (held.row is None or not same_value(held.row.sent, value)) and self._policy(slot) != "once":
            self._set_value(slot, now)

    def _set_value(self, slot: Slot, now: Value, *, why: dict[str, Value] | None = None) -> None:
        value, why = self.wanted[slot], why or self._why(slot)
        self._change(slot, setting(slot, before=now, after=value, **why))
        self.keeps[slot] = short_hash(value)

    def _link(self, held: Held | None) -> None:
        """Compare with what we sent: a link is read back singly only, so it is not looked at in every run."""
        if LINK not in self.wanted:
            if held is not None:
                before = held.row.sent if held.row is not None else True
                self._change(LINK, SetLink.model_construct(before=before, **self._why_not(held)))
            return
        value = self.wanted[LINK]
        is_drift = held is not None and held.row is not None and held.row.state == "drift"
        if held is None and self._is_done_with(LINK):
            return
        if held is not None and is_drift and not self._is_ours_again(LINK):
            self.keeps[LINK] = held.digest
            self._drift(LINK, "our link was changed or taken out by a person: it is kept so")
            return
        self.keeps[LINK] = digest = short_hash(value)
        never_arrived = held is not None and self._never_arrived(held)
        if held is not None and held.row is not None and self.policy.link == "once" and not is_drift:
            self.keeps[LINK] = held.digest
        elif held is None or never_arrived or is_drift or held.digest != digest:
            is_there = held is not None and not never_arrived and bool(held.digest)
            before = held.row.sent if held is not None and held.row is not None else True if is_there else None
            self._change(LINK, SetLink.model_construct(before=before, after=value, **self._why(LINK)))

    def _text(self, slot: Slot, held: Held | None) -> None:
        """Compare content with what we sent; that a person changed the words is known where the read looked at them."""
        shown = self.ticket.text(slot)
        if shown is not None and shown.others:
            says = f"our {slot} stands there {shown.others + 1} times: the first is kept, the others are left alone"
            self.notes.append(Note(kind="foreign", ticket=self.ticket.ref, key=self.ticket.key, slot=slot, says=says))
        if slot not in self.wanted:
            if held is not None:
                self._unwanted_text(slot, held)
            return
        value = self.wanted[slot]
        if held is None:
            if shown is not None and not shown.is_touchable:
                self._drift(slot, f"our {slot} stands there and {_TOUCHED[shown.state]}: it is left so")
            elif not self._is_done_with(slot):
                self._set_text(slot, None, value)
            return
        self.keeps[slot] = held.digest
        is_gone = shown is not None and shown.state == "none"
        if is_gone and self._never_arrived(held):
            self._set_text(slot, None, value)
            return
        is_theirs = not shown.is_touchable or is_gone if shown is not None else _is_drift(held)
        before = held.row.sent if held.row is not None else True
        if is_theirs and not self._is_ours_again(slot):
            what = _TOUCHED[shown.state] if shown is not None else "was changed or taken out by a person"
            self._drift(slot, f"our {slot} {what}: it is left so")
        elif is_theirs:
            if shown is None or shown.state in ("none", "changed"):
                why = self._why_again(slot, "a person changed it") | {"seen": shown.digest if shown else ""}
                self._set_text(slot, None if is_gone else before, value, why=why)
        elif self._policy(slot) == "once" and not self.refresh:
            return
        elif self.refresh or self._says_other(slot, held, value):
            self._set_text(slot, before, value)

    def _says_other(self, slot: Slot, held: Held, value: Value) -> bool:
        if held.row is None or held.row.sent is True or isinstance(held.row.sent, str):
            return held.digest != digest_of(slot, value)  # only the receipt knows what stands there
        return is_worth_writing(held.row.sent, value, held.row, self.now)

    def _unwanted_text(self, slot: Slot, held: Held) -> None:
        shown = self.ticket.text(slot)
        state = shown.state if shown is not None else "changed" if _is_drift(held) else "ours"
        if state == "none":
            self._release(held)
            return
        self.keeps[slot] = held.digest
        if state != "ours":
            self._drift(slot, f"our {slot} is no longer wanted here, but {_TOUCHED[state]}: it stays")
        else:
            before = held.row.sent if held.row is not None else True
            self._set_text(slot, before, None, why=self._why_not(held))

    def _set_text(self, slot: Slot, before: Value, after: Value, *, why: dict[str, Value] | None = None) -> None:
        """Change a text, unless it is the description of a ticket that somebody is at work on: then later."""
        if slot == BLOCK and self.at_work:
            where = where_of(self.ticket)
            self.notes.append(_working(where))
            return
        why = why or self._why(slot)
        self._change(
            slot,
            SetText.model_construct(place="block" if slot == BLOCK else "comment", before=before, after=after, **why),
        )
        if after is None:
            self.keeps.pop(slot, None)
        else:
            self.keeps[slot] = digest_of(slot, after)

    def _receipt(self) -> None:
        """Write the receipt with the first slot that we hold, keep it true, take it out with the last one.

        One of an older release, which does not say for which ticket it was written, is not rewritten for that alone.
        """
        receipt, strange = self.ticket.receipt, self.ticket.strange_receipt
        now = receipt.as_json() if receipt is not None else None
        if strange is not None:
            self.notes.append(_copied(self.ticket, strange))
        if not self.keeps:
            if now is not None:
                cause = "nothing of ours is left in the ticket" if strange is None else _CAME_ALONG
                self._change(PROPERTY, SetProperty.model_construct(ticket=self.ticket.ref, cause=cause, before=now))
            else:
                self.released.extend(r for r in self.ledger if r.slot == PROPERTY and r.state != "released")
            return
        base = self.wanted.get(PROPERTY)
        if base is None:
            return
        after = {**base, "ticket": self.ticket.ref.id, "slots": dict(sorted(self.keeps.items()))}
        if now is None or strange is not None or after != {**now, "ticket": self.ticket.ref.id}:
            self._change(PROPERTY, SetProperty.model_construct(before=now, after=after, **self._why(PROPERTY)))

    def _change(self, slot: Slot, change: Change) -> None:
        self.changes[slot] = change

    def _why(self, slot: Slot) -> dict[str, Value]:
        return {
            "_fields_set": _FIELDS_SET,
            "ticket": self.ticket.ref,
            "cause": self.causes.get(slot, ""),
            "inputs": self.inputs.get(slot, ()),
        }

    def _never_arrived(self, held: Held) -> bool:
        """Return whether the receipt names a slot whose write failed: the ledger knows the ticket and not the slot."""
        return held.row is None and bool(self.ledger)

    def _is_ours_again(self, slot: Slot) -> bool:
        """Return whether drift in a slot is written over."""
        return slot in self.taken_back or self._policy(slot) == "enforce"

    def _is_done_with(self, slot: Slot) -> bool:
        """Return whether a slot that we held before is never written again."""
        return slot in self.was_held and slot not in self.taken_back and self._policy(slot) == "once"

    def _policy(self, slot: Slot) -> str:
        policy: str = getattr(self.policy, slot_kind(slot))
        return policy

    def _why_again(self, slot: Slot, what: str) -> dict[str, Value]:
        why = self._why(slot)
        by = "a person wants ours back" if slot in self.taken_back else f"policy 'enforce' for {slot_kind(slot)}s"
        return why | {"cause": f"{why['cause']}; {what}, written over: {by}"}

    def _why_not(self, held: Held) -> dict[str, Value]:
        cause = f"{self.why_less}; it was there by: {held.cause}"
        return {"_fields_set": _FIELDS_SET, "ticket": self.ticket.ref, "cause": cause}

    def _release(self, held: Held) -> None:
        if held.row is not None:
            self.released.append(held.row)

    def _drift(self, slot: Slot, says: str) -> None:
        self.notes.append(Note(kind="drift", ticket=self.ticket.ref, key=self.ticket.key, slot=slot, says=says))


def _why_less(wanted: Projection) -> str:
    if any(note.kind == "ignored" for note in wanted.notes):
        return "the ticket is marked to be left alone"
    return "no longer wanted here"


_CAME_ALONG = "our receipt in the ticket is that of another one: it came along with a copy"


def _copied(ticket: Ticket, receipt: Receipt) -> Note:
    says = f"our receipt here is that of ticket {printable(receipt.ticket or '', 60)}: it came along with a copy"
    says += " and makes nothing ours; labels that came with it are of unknown origin (journeysync inbox)"
    return Note(kind="foreign", ticket=ticket.ref, key=ticket.key, slot=PROPERTY, says=says)


def _short(value: Value) -> str:
    return "nothing" if is_empty(value) else printable(str(value), 60)


@lru_cache(maxsize=1024)
def _blocked(where: str, skip: str) -> Note:
    """Return the note of a ticket left alone although something would change; cached, since many tickets share one."""
    return Note(kind="blocked", says=f"{where}: left alone: {skip}")


_TOUCHED = {
    "none": "was taken out by a person",
    "changed": "was changed by a person",
    "nested": "was moved into something else by a person",
    "half": "was taken apart by a person",
    "ours": "stands there",
}


def _is_drift(held: Held) -> bool:
    return held.row is not None and held.row.state == "drift"


@lru_cache(maxsize=1024)
def _working(where: str) -> Note:
    says = f"{where}: changed a few minutes ago, so the description is left to a later run"
    return Note(kind="skipped", says=says)


@lru_cache(maxsize=1024)
def _has_priority(where: str) -> Note:
    return Note(kind="foreign", slot=PRIORITY, says=f"{where}: has a priority that a person set: it is kept")


@lru_cache(maxsize=1024)
def _unread(where: str, field: str) -> Note:
    says = f"{where}: field {field} is ours but no longer read: it stays as it is until placement names it again"
    return Note(kind="fallback", says=says)
