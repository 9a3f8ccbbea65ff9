"""Which slots of a ticket are ours: the ledger says so, or our receipt in the ticket (architecture.md, decision 2).

What neither names belongs to a person, even if it looks like ours.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from journeysync.model.base import Value, canonical_json, value_hash
from journeysync.model.change import LINK, PRIORITY, PROPERTY, TEXTS, LedgerRow, Slot, slot_name
from journeysync.model.ticket import Ticket

SHORT = 8  # hex digits of a value's name in a receipt


@dataclass(frozen=True, slots=True)
class Held:
    """One slot that is ours: by a ledger row, or after a lost store by the receipt alone."""

    slot: Slot
    digest: str  # of what we sent, as it stands in a receipt; empty: not known
    row: LedgerRow | None = None

    def shows_ours(self, now: Value) -> bool:
        """Return whether a field still shows what we left there."""
        if self.row is not None and not is_name_only(self.row.seen):
            return same_value(now, self.row.seen)
        return short_hash(now) == self.digest

    @property
    def before(self) -> Value:
        """What stood there before us, as far as it is known."""
        return self.row.before if self.row is not None else None

    @property
    def cause(self) -> str:
        """Why we wrote it, as far as it is known."""
        return self.row.cause if self.row is not None else "our receipt in the ticket"

    @property
    def label_names(self) -> tuple[str, ...]:
        """The names under which a label of ours can stand there: as sent, and as the tracker spelled it."""
        seen = self.row.seen if self.row is not None else None
        return (slot_name(self.slot), seen) if isinstance(seen, str) else (slot_name(self.slot),)


def held_slots(ticket: Ticket, ledger: Sequence[LedgerRow]) -> dict[Slot, Held]:
    """Return what is ours in a ticket, by slot, without the receipt itself. A ledger row goes before the receipt.

    A receipt of another ticket makes nothing ours that a person could have typed. Our link may have come along with
    it, and nobody but us writes one under its key.
    """
    receipt, strange = ticket.own_receipt, ticket.strange_receipt
    held = {slot: Held(slot, str(digest)) for slot, digest in receipt.slots} if receipt else {}
    if strange is not None and any(slot == LINK for slot, _ in strange.slots):
        held[LINK] = Held(LINK, "")
    for row in ledger:
        if row.state != "released":
            held[row.slot] = Held(row.slot, digest_of(row.slot, row.sent), row)
        else:
            held.pop(row.slot, None)  # the receipt is older than that
    held.pop(PROPERTY, None)
    return held


def digest_of(slot: Slot, value: Value) -> str:
    """Return the 8 hex digits that stand for a slot's value in a receipt: of a text, what makes it worth writing."""
    if is_name_only(value):
        return str(value).removeprefix("#")
    if slot in TEXTS and isinstance(value, Mapping):
        return short_hash({name: inner for name, inner in value.items() if name not in PASSING})
    return short_hash(value)


def is_name_only(value: Value) -> bool:
    """Return whether a rebuilt row knows of what we sent only its name in the receipt: ``#`` and 8 hex digits."""
    return isinstance(value, str) and _NAME_ONLY.fullmatch(value) is not None


_NAME_ONLY = re.compile(r"#[0-9a-f]{8}")
PASSING = frozenset({"written_on", "teams"})
"""Parts of a context that alone are no reason to write it anew; teams are taken along with time (``core.block``)."""


def standing(ticket: Ticket, slot: Slot) -> Value:
    """Return what a ticket shows in a field, or as its tracker's own priority."""
    return ticket.priority if slot == PRIORITY else ticket.field(slot_name(slot))


def is_shown(ticket: Ticket, slot: Slot) -> bool:
    """Return whether a field was read with the ticket; its tracker's own priority always is."""
    return slot == PRIORITY or any(name == slot_name(slot) for name, _ in ticket.fields)


def short_hash(value: Value) -> str:
    """Return the 8 hex digits that stand for a value in a receipt."""
    if value is True:
        return _HASH_OF_TRUE
    return _hash_of_text(value) if type(value) is str else value_hash(value)[:SHORT]


def same_value(one: Value, other: Value) -> bool:
    """Return whether two values are the same to a tracker: 92 is 92.0, an empty text is nothing."""
    if is_empty(one) or is_empty(other):
        return is_empty(one) and is_empty(other)
    return bool(one == other) or canonical_json(one) == canonical_json(other)


def is_empty(value: Value) -> bool:
    """Return whether nothing stands there."""
    return value is None or value == "" or value == () or value == []


_HASH_OF_TRUE = value_hash(True)[:SHORT]  # noqa: FBT003  # the value of every label


@lru_cache(maxsize=4096)
def _hash_of_text(value: str) -> str:
    return value_hash(value)[:SHORT]
