"""Slots, changes and what became of them: the reconcile words.

A slot is one place in a ticket that we may hold, spelled as in the ledger:
``label:journey.pay-bill``, ``field:customfield_10071``, ``link``, ``property``, ``comment``, ``block``, ``priority``.
A change says what a slot shows now and what it is to show.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Field

from journeysync.model.base import Model, Pairs, Value, value_hash
from journeysync.model.ticket import Ticket, TicketRef

Slot: TypeAlias = str
LINK: Slot = "link"
PROPERTY: Slot = "property"
PRIORITY: Slot = "priority"
COMMENT: Literal["comment"] = "comment"
BLOCK: Literal["block"] = "block"
TEXTS: frozenset[Slot] = frozenset({COMMENT, BLOCK})
"""The slots that hold our words; see ``model.context``."""
SlotKind = Literal["label", "field", "link", "property", "attachment", "block", "comment", "priority"]


def label_slot(name: str) -> Slot:
    """Return the slot of a label."""
    return f"label:{name}"


def field_slot(field_id: str) -> Slot:
    """Return the slot of a field, by its id."""
    return f"field:{field_id}"


def slot_kind(slot: Slot) -> SlotKind:
    """Return which kind of slot it is."""
    return slot.split(":", 1)[0]  # type: ignore[return-value]  # slots are made by the functions above only


def slot_name(slot: Slot) -> str:
    """Return the label's name or the field's id; empty for slots that a ticket has once."""
    return slot.partition(":")[2]


def undated(slot: Slot, value: Value) -> Value:
    """Return a slot's value without the date that a text carries: the same plan has the same name tomorrow."""
    if slot in TEXTS and isinstance(value, Mapping):
        return {name: inner for name, inner in value.items() if name != "written_on"}
    return value


class AddLabel(Model):
    """The label is to be there."""

    kind: Literal["add_label"] = "add_label"
    ticket: TicketRef
    label: str
    cause: str  # shown to people; apply never branches on it

    @property
    def slot(self) -> Slot:
        """Return the slot it is about."""
        return label_slot(self.label)

    before: Value = None
    after: Value = True
    inputs: Pairs = ()  # what the value was worked out from


class RemoveLabel(Model):
    """The label, which we wrote, is to be gone."""

    kind: Literal["remove_label"] = "remove_label"
    ticket: TicketRef
    label: str
    cause: str
    before: Value = True
    after: Value = None
    inputs: Pairs = ()

    @property
    def slot(self) -> Slot:
        """Return the slot it is about."""
        return label_slot(self.label)


class SetField(Model):
    """A field that is configured as ours is to hold a value; ``after`` None clears it."""

    kind: Literal["set_field"] = "set_field"
    ticket: TicketRef
    field: str  # its id
    cause: str
    before: Value = None
    after: Value = None
    inputs: Pairs = ()

    @property
    def slot(self) -> Slot:
        """Return the slot it is about."""
        return field_slot(self.field)


class SetPriority(Model):
    """The tracker's own priority is to be this one, by name; ``after`` None gives it back to unset.

    A connector writes it only while ``before`` still stands there: a person's own word about priority wins.
    """

    kind: Literal["set_priority"] = "set_priority"
    ticket: TicketRef
    cause: str
    before: Value = None
    after: Value = None
    inputs: Pairs = ()

    @property
    def slot(self) -> Slot:
        """Return the slot it is about."""
        return PRIORITY


class SetLink(Model):
    """Our one remote link is to show this; ``after`` is {"url", "title", "summary"} or None to take it out."""

    kind: Literal["set_link"] = "set_link"
    ticket: TicketRef
    cause: str
    before: Value = None
    after: Value = None
    inputs: Pairs = ()

    @property
    def slot(self) -> Slot:
        """Return the slot it is about."""
        return LINK


class SetProperty(Model):
    """Our receipt is to say this; ``after`` is ``Receipt.as_json()`` or None to take it out."""

    kind: Literal["set_property"] = "set_property"
    ticket: TicketRef
    cause: str
    before: Value = None
    after: Value = None
    inputs: Pairs = ()

    @property
    def slot(self) -> Slot:
        """Return the slot it is about."""
        return PROPERTY


class SetText(Model):
    """Our one comment, or our part of the description, is to say this.

    ``after`` is ``Context.as_json()`` or None to take it out; ``before`` the same, True where only the ticket knows it.
    ``seen``: 8 hex digits of the words of a person that are meant to be written over; other words never are.
    """

    kind: Literal["set_text"] = "set_text"
    ticket: TicketRef
    place: Literal["comment", "block"]
    cause: str
    before: Value = None
    after: Value = None
    seen: str = ""
    inputs: Pairs = ()

    @property
    def slot(self) -> Slot:
        """Return the slot it is about."""
        return self.place


Change = Annotated[
    AddLabel | RemoveLabel | SetField | SetPriority | SetLink | SetProperty | SetText, Field(discriminator="kind")
]


def setting(slot: Slot, **values: Any) -> SetField | SetPriority:
    """Return the change that makes a field, or the tracker's own priority, equal; its values were checked before."""
    if slot == PRIORITY:
        return SetPriority.model_construct(**values)
    return SetField.model_construct(field=slot_name(slot), **values)


class TicketChanges(Model):
    """All changes of one ticket, ordered by slot; a connector writes them in as few requests as it can."""

    ticket: TicketRef
    key: str  # for messages only
    changes: tuple[Change, ...]


class Result(StrEnum):
    """What became of a change."""

    WRITTEN = "written"
    UNCHANGED = "unchanged"  # was so already
    FAILED = "failed"
    LATER = "later"  # left for a later run: a person is at work there, or changed what stood there
    UNKNOWN = "unknown"  # the answer was lost; settled by reading the ticket


class Outcome(Model):
    """What became of one change; one for every change that a connector was given."""

    ticket: TicketRef
    slot: Slot
    result: Result
    cause: str = ""  # why it failed, in words
    next_step: str = ""
    external_ref: str | None = None  # Jira's bulk task id
    retry: bool = False  # whether another try later can help


class Observed(Model):
    """A ticket as it is right now, read by its id and never from a list that lags.

    ``values`` holds each slot that was asked for and stands in the ticket; a slot
    that was asked for and is not in ``values`` is empty in the ticket.
    """

    ticket: Ticket
    values: Pairs = ()

    def get(self, slot: Slot) -> Value:
        """Return what stands in the slot, None if nothing."""
        return dict(self.values).get(slot)


class LedgerRow(Model):
    """What we sent to a slot and what the tracker showed when read back."""

    ticket: TicketRef
    slot: Slot
    sent: Value = None
    seen: Value = None
    before: Value = None  # what stood there first; fields and priority only
    cause: str = ""
    inputs: Pairs = ()  # what the value was worked out from, for explain
    run: str = ""
    at: datetime
    state: Literal["live", "drift", "released"] = "live"

    @property
    def seen_hash(self) -> str:
        """Return the name of the value read back."""
        return value_hash(self.seen)

    @property
    def sent_hash(self) -> str:
        """Return the name of the value sent."""
        return value_hash(self.sent)


class Intent(Model):
    """Written before a write and closed after it, so that a kill in between is settled by reading the ticket."""

    id: str
    run: str
    ticket: TicketRef
    slot: Slot
    before_hash: str
    wanted_hash: str
    wanted: Value = None  # so that the ledger row can be written when a kill is settled
    before: Value = None
    cause: str = ""
    inputs: Pairs = ()
    external_ref: str | None = None
    fencing_token: int
    at: datetime
    state: Literal["open", "done", "failed", "superseded"] = "open"
