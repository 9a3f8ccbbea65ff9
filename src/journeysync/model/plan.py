"""A plan: what an apply would write, printed before it is written."""

from datetime import datetime
from hashlib import sha256
from typing import Literal

from journeysync.model.base import Model, Value, canonical_json
from journeysync.model.change import Change, Slot, undated
from journeysync.model.ticket import TicketRef
from journeysync.model.tracker import WriteCosts

BrakeName = Literal["changed", "removed", "writes", "first-run", "ids-lost"]


Quiet = Literal["yes", "no", "unknown"]


def _before_and_after(change: Change) -> tuple[Value, Value]:
    return undated(change.slot, change.before), undated(change.slot, change.after)


class Brake(Model):
    """What is unusual about a plan, and which rule or change did it."""

    name: BrakeName
    says: str
    cause: str = ""
    connection: str = ""  # empty: it is about the whole plan
    allowed: int | None = None  # the most that would pass, where it is a count


class Note(Model):
    """Something about a ticket that is shown and not written: drift, unknown label, fallback, blocked ..."""

    kind: Literal["drift", "unknown-label", "unknown-origin", "fallback", "skipped", "blocked", "foreign", "ignored"]
    ticket: TicketRef | None = None
    key: str = ""  # of that ticket, for people
    slot: Slot = ""
    says: str
    count: int = 1


class PlannedTicket(Model):
    """One ticket with its changes, ordered by slot, and what people need to recognise it."""

    ticket: TicketRef
    key: str
    url: str
    title: str
    project: str
    changes: tuple[Change, ...]


class PlanSummary(Model):
    """Counts for the plan's head."""

    add: int = 0
    change: int = 0
    remove: int = 0
    tickets: int = 0
    requests_estimate: int = 0
    blocked: int = 0  # tickets left alone although something would change
    receipts: int = 0  # tickets of which only our receipt changes: written, but nothing that a person sees
    may_mail: int = 0  # tickets whose watchers may get a mail, at most
    jump_up: int = 0  # tickets that would stand at the top of "recently updated"


class Plan(Model):
    """All changes, ordered by connection, project, key (by number), slot: two runs print the same text."""

    tickets: tuple[PlannedTicket, ...] = ()
    notes: tuple[Note, ...] = ()
    brakes: tuple[Brake, ...] = ()
    summary: PlanSummary = PlanSummary()
    made_at: datetime
    repository_version: str = ""
    reads: tuple[tuple[str, datetime | None], ...] = ()  # (connection, when it was last read in full)
    quiet: tuple[tuple[str, Quiet], ...] = ()  # (connection, whether it can be written without mails)
    costs: tuple[tuple[str, WriteCosts], ...] = ()  # (connection, what one request serves), for the estimate

    @property
    def checksum(self) -> str:
        """Return 8 hex digits as 7f3a-19c2 over (ticket, slot, before, after) of every change, nothing else."""
        rows = [
            [change.ticket.connection, change.ticket.id, change.slot, *_before_and_after(change)]
            for planned in self.tickets
            for change in planned.changes
        ]
        digits = sha256(canonical_json(rows)).hexdigest()
        return f"{digits[:4]}-{digits[4:8]}"
