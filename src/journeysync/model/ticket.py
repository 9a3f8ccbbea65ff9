"""One model for Jira issues, GitHub issues, Linear issues and their containers.

A connector fills it in the tracker's own terms (``kind`` and ``state`` as far as
the tracker itself says them); ``core.vocabulary`` puts the team's words on top.
"""

from datetime import datetime
from enum import StrEnum
from typing import Literal

from journeysync.model.base import Model, Pairs, Value
from journeysync.model.context import NO_BLOCK, ShownContext
from journeysync.model.receipt import Receipt


class State(StrEnum):
    """Where a ticket stands. ``dropped`` = ended without the work being done (won't do, duplicate ...)."""

    TODO = "todo"
    DOING = "doing"
    DONE = "done"
    DROPPED = "dropped"

    @property
    def is_open(self) -> bool:
        """Return whether work is still to come."""
        return self in (State.TODO, State.DOING)


class TicketRef(Model):
    """Which ticket, for its whole life."""

    connection: str
    id: str  # the tracker's own: Jira "10241", GitHub node_id, Linear UUID. Keys change; see Ticket.keys

    def __str__(self) -> str:
        return f"{self.connection}/{self.id}"


class Ticket(Model):
    """A ticket as its tracker showed it at one moment."""

    ref: TicketRef
    key: str  # what people say: "BILL-204"; changes on a move
    url: str
    project: str  # Jira project key, GitHub "owner/repository", Linear team key
    kind: str = "task"  # epic, initiative, story, bug, task, subtask; or another word of the vocabulary
    kind_word: str = ""  # the tracker's own word for it
    level: int = 0  # -1 sub-task, 0 standard, 1 epic, 2 and up above
    parent: str | None = None  # the parent's tracker id, same connection
    title: str = ""
    body: str = ""  # plain text, for matching only; never written back
    state: State = State.TODO
    state_word: str = ""  # the tracker's own status name
    resolution: str | None = None  # the tracker's own word for why it ended
    labels: tuple[str, ...] = ()  # sorted, as stored by the tracker (case kept)
    components: tuple[str, ...] = ()  # sorted
    milestone: str | None = None  # fix version, milestone, cycle
    priority: str | None = None  # the tracker's own field; ours is the priority score
    estimate: float | None = None
    attached: tuple[str, ...] = ()  # addresses that members attached to it, beside its text; sorted
    author: str | None = None  # stable account id
    author_kind: Literal["member", "outsider", "unknown"] = "unknown"
    visibility: Literal["private", "public", "unknown"] = "unknown"
    created_at: datetime | None = None
    updated_at: datetime
    done_at: datetime | None = None
    context: bool = False  # out of scope, read only as an ancestor of a ticket in scope; never written, never counted
    fields: Pairs = ()  # (field id, value) of the fields that placement names; absent = the ticket has none such
    receipt: Receipt | None = None  # of this workspace, read with the ticket; maybe written for another one
    shown: tuple[ShownContext, ...] = ()  # our block, if it is there, and our comment, if this read looked for it
    foreign: tuple[str, ...] = ()  # workspace ids of other journeysync workspaces that left marks here
    team: str | None = None  # set by core.vocabulary, never by a connector

    @property
    def own_receipt(self) -> Receipt | None:
        """Our receipt, unless it was written for another ticket: then it came along with a copy and says nothing."""
        receipt = self.receipt
        return None if receipt is None or receipt.ticket not in (None, self.ref.id) else receipt

    @property
    def strange_receipt(self) -> Receipt | None:
        """A receipt of this workspace that was written for another ticket."""
        return None if self.own_receipt is not None else self.receipt

    def text(self, slot: str) -> ShownContext | None:
        """Return what stands where our comment or block is; None if it was not looked for.

        A description is read with every ticket, so a block that is not among ``shown`` is not there.
        """
        shown = next((shown for shown in self.shown if shown.slot == slot), None)
        return NO_BLOCK if shown is None and slot == NO_BLOCK.slot else shown

    def field(self, field_id: str) -> Value:
        """Return what stands in a configured field, None if nothing or no such field."""
        return dict(self.fields).get(field_id)
