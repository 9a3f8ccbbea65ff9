"""Values that only the store gives out; tickets, links and ledger rows are the model's own."""

from datetime import datetime
from typing import Literal

from journeysync.model.base import Model, Pairs, Value
from journeysync.model.change import Slot
from journeysync.model.ticket import TicketRef

Status = Literal["here", "gone", "hidden", "out_of_scope"]
MarkName = Literal["typed", "unknown"]


class SaveResult(Model):
    """What a save did. The three groups of ids are apart from each other, in the order of the tickets given."""

    read: int  # tickets given
    changed: tuple[str, ...] = ()  # were here with other content
    new: tuple[str, ...] = ()  # were not in the store
    back: tuple[str, ...] = ()  # same content as stored, but had been gone, hidden or out of scope

    @property
    def written(self) -> int:
        """Return how many tickets were stored with new content."""
        return len(self.changed) + len(self.new)


class RunRow(Model):
    """One run. ``interrupted``: never finished, and its process is no more."""

    id: str  # "r-20261122-201503-4f"
    kind: str  # pull, apply, sync ...
    at: datetime
    by: str = ""
    finished_at: datetime | None = None
    exit_code: int | None = None
    state: Literal["running", "finished", "interrupted"]
    detail: Pairs = ()
    result: Pairs = ()


class RunWrite(Model):
    """One write of a run: what stood there, what was to stand there, and how it ended."""

    ticket: TicketRef
    slot: Slot
    before: Value = None
    wanted: Value = None
    state: Literal["open", "done", "failed", "superseded"]
    cause: str  # why it was wanted
    outcome: str = ""  # why it failed
    at: datetime


class ReadRow(Model):
    """When a connection was last read to its end, and last in full."""

    read_at: datetime
    full_at: datetime | None = None
    run: str = ""


class Ancestor(Model):
    """A parent, or a parent's parent: enough for ``under`` and for inheritance."""

    ref: TicketRef
    key: str
    keys: tuple[str, ...] = ()  # every key it ever had, the present one included
    via: str = ""  # of another tracker: how it comes to stand above the ticket, in words


class Lineage(Model):
    """What stands above a ticket, nearest first: the tracker's own parents, then what texts name."""

    chain: tuple[Ancestor, ...] = ()
    doubtful: tuple[Ancestor, ...] = ()  # named by an outsider, or by a key of several tickets: for suggestions


class InboxRow(Model):
    """One thing that a person should look at. Without a ticket it is about the connection as a whole."""

    kind: str
    connection: str
    ticket_id: str = ""
    slot: Slot = ""
    cause: str
    next_step: str = ""
    owner: str = ""
    first_seen: datetime
    last_seen: datetime
    count: int = 1
    state: Literal["open", "resolved"] = "open"
    next_try: datetime | None = None  # None: trying again cannot help


class Snapshot(Model):
    """Coverage totals at the end of a run, for the trend."""

    run: str
    at: datetime
    totals: Pairs


class Lease(Model):
    """The right to run on a connection. ``token`` grows by one with each acquisition."""

    connection: str
    holder: str
    until: datetime
    token: int
    seconds: float


class CopiedTable(Model):
    """A table that was moved into another database: read back, it had the same rows with the same content."""

    name: str
    rows: int
    checksum: str  # of all rows in the order of their key
