"""What a connector and the rest of the house say to each other (formats.md 11)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from journeysync.model.base import Model
from journeysync.model.change import SlotKind
from journeysync.model.ticket import Ticket


class SlotCapability(Model):
    """Whether a tracker can hold one kind of slot."""

    can: bool
    readback: Literal["list", "single", "none"] = "none"  # list: comes with every read; single: one request a ticket
    limit: int | None = None  # the most characters it holds
    why_not: str = ""  # in words, shown where the fallback is taken


class Blocked(Model):
    """A place that tickets of a project cannot take from us, though the tracker has such places."""

    place: str  # "label", "link", "field:customfield_10071", or "*" for every place
    project: str | None = None  # None: in no project
    kinds: tuple[str, ...] = ()  # the tracker's own words for the kinds of tickets it is about; none: all
    why_not: str


class WriteCosts(Model):
    """How many tickets one request can serve; the defaults are those of a tracker without bulk forms."""

    read: int = 100  # the fresh look before writing
    edit: int = 1  # labels and fields together
    same_edit: int = 0  # the very same labels and fields on many tickets; 0 = there is no bulk form
    same_edit_requests: int = 2  # what a bulk form costs: the request and one look at its progress
    link: int = 1
    text: int = 1  # a comment or a description; read and written one by one
    receipt: int = 1


class Capabilities(Model):
    """What a connection can hold, per kind of slot; a kind that is missing here cannot be held."""

    slots: tuple[tuple[SlotKind, SlotCapability], ...] = ()
    quiet: Literal["yes", "no", "unknown"] = "unknown"  # whether a write can avoid notification mails
    blocked: tuple[Blocked, ...] = ()  # places that projects or kinds lack, by the tracker's nature or found by doctor
    costs: WriteCosts = WriteCosts()  # for the estimate at the head of a plan
    label_definitions: bool = False  # labels are defined per project: deleting one takes it from all its tickets
    copies_receipts: bool = True  # a copy of a ticket may carry its receipt; False: only a ticket that got a new id

    def of(self, kind: SlotKind) -> SlotCapability:
        """Return the capability of one kind of slot."""
        for slot_kind, capability in self.slots:
            if slot_kind == kind:
                return capability
        return SlotCapability(can=False, why_not=f"this tracker has no {kind}")

    @property
    def hold_anything(self) -> bool:
        """Return whether there is any place for us; without one a connection is only read."""
        return any(capability.can for _, capability in self.slots)


class Finding(Model):
    """One thing that ``doctor`` found out, read-only."""

    level: Literal["ok", "warning", "error"]
    topic: str  # reach, auth, permissions, fields, scope, clock, marks ...
    says: str
    project: str | None = None
    next_step: str = ""
    place: str = (
        ""  # "label", "link", "field:<id>": what cannot be written where it is no "ok"; of a field also if it can
    )
    name: str = ""  # of that field, for people
    kinds: tuple[str, ...] = ()  # the tracker's own words for the kinds of tickets it is about; none: all
    exit_code: int = 1  # of an error: what a run that met it would leave with (errors.ExitCode)


@dataclass(frozen=True)
class Cursor:
    """How far a connection has been read.

    Attributes:
        position: The connector's own words, stored as they are.
        known: Answers, for tracker ids, the ``updated_at`` that the store holds. A
            connector need not fetch a row again whose time is the same: after an
            apply, our own echoes cost no request.
    """

    position: str
    known: Callable[[Sequence[str]], Mapping[str, datetime]] = field(default=lambda _ids: {}, compare=False)


@dataclass(frozen=True)
class Page:
    """Some tickets, any order; ``complete`` is True on the last page only, which alone may carry the cursor to store.

    ``seen`` counts the rows that the tracker listed, fetched or known already.
    """

    tickets: tuple[Ticket, ...]
    cursor: Cursor | None = None
    complete: bool = False
    seen: int = 0


@dataclass(frozen=True)
class IdPage:
    """Ids of tickets in scope with the time they were last changed; ``complete`` on the last page only."""

    rows: tuple[tuple[str, datetime], ...]
    complete: bool = False


class Found(Model):
    """The ticket is there and in scope."""

    ticket: Ticket


class Moved(Model):
    """The ticket lives on, out of scope or under another id than was asked for."""

    id: str  # the id that was asked for
    ticket: Ticket

    @property
    def has_new_id(self) -> bool:
        """Return whether nothing is left under the id that was asked for: it is another ticket to us."""
        return self.ticket.ref.id != self.id


class Gone(Model):
    """The tracker no longer has the ticket, and we may see the place where it was."""

    id: str
    cause: str = ""


class Hidden(Model):
    """The tracker does not show the ticket, and we cannot tell whether it exists."""

    id: str
    cause: str = ""


class Needs(Model):
    """What the next apply will want to find: labels with their description, fields by id."""

    labels: tuple[tuple[str, str], ...] = ()
    fields: tuple[str, ...] = ()


class UnmadeLabel(Model):
    """A label definition of ours that was deleted from a project, or that could not be."""

    project: str
    name: str
    cause: str = ""  # why it is still there


class FieldInfo(Model):
    """A field of a tracker: its stable id, its name, and what it takes."""

    id: str
    name: str
    takes: Literal["number", "text", "select", "other"] = "other"
    twins: tuple[str, ...] = ()  # ids of other fields with the same name
