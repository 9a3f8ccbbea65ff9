"""A plan on a page: kept until something changes, looked at in part, approved in part.

What a person approves is a set of changes of a plan that they saw. As with a plan file nothing of it is carried out:
``apply`` plans anew and writes only what was approved and still holds.
"""

import threading
from collections import OrderedDict
from collections.abc import Collection
from datetime import timedelta
from typing import TYPE_CHECKING

from journeysync.app.links import relink
from journeysync.app.planning import limits_of
from journeysync.core.brakes import tallies
from journeysync.core.plan import PrintedChange, printed_changes
from journeysync.model.base import Model
from journeysync.model.plan import Brake, Plan, PlannedTicket
from journeysync.model.ticket import TicketRef

if TYPE_CHECKING:
    from journeysync.app.workspace import Workspace

FRESH = timedelta(minutes=5)
"""A plan leans on the time (what rests, what may be tried again), so one this old is made anew."""
_KEPT = 2  # a plan of a big backlog is big: this one, and the one before for whoever looks at it still
_OTHER = {"first-run": "first write", "ids-lost": "journey repository"}


class BrakeFigure(Model):
    """How close a plan comes to one limit of a connection."""

    connection: str
    says: str  # "tickets changed"
    count: int = 0
    most: int | None = None  # None: it is no matter of a number
    brake: Brake | None = None  # it holds


class KeptPlans:
    """The plan as of now, and those that people may still be looking at."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._key: object = None
        self._newest: Plan | None = None
        self._seen: OrderedDict[str, Plan] = OrderedDict()

    def of(self, workspace: "Workspace") -> Plan:
        """Return the plan of all connections as of now, with all links up to date."""
        with self._lock:
            key = (id(workspace), workspace.store.content_version(), workspace.today())
            old = self._newest
            if old is None or key != self._key or workspace.now() - old.made_at > FRESH:
                relink(workspace)
                self._newest = workspace.plan()
                self._key = key  # of before: what a run changed while this was planned makes it old at once
                self._keep(self._newest)
            assert self._newest is not None  # noqa: S101  # it was made above
            return self._newest

    def known(self, workspace: "Workspace") -> Plan | None:
        """Return the plan as of now if it is there already: for a figure that is not worth a wait."""
        if not self._lock.acquire(blocking=False):
            return None  # it is being made
        try:
            key = (id(workspace), workspace.store.content_version(), workspace.today())
            return self._newest if key == self._key else None
        finally:
            self._lock.release()

    def seen(self, checksum: str) -> Plan | None:
        """Return a plan that was shown, None if it is too long ago."""
        with self._lock:
            return self._seen.get(checksum)

    def checksum_of(self, plan: Plan) -> str:
        """Return the checksum of a plan; of one that is kept without working it out again, which takes a while."""
        with self._lock:
            return next((known for known, each in self._seen.items() if each is plan), "") or plan.checksum

    def forget(self) -> None:
        """Make the next plan anew, whatever the store says."""
        with self._lock:
            self._key = None

    def _keep(self, plan: Plan) -> None:
        self._seen[plan.checksum] = plan
        self._seen.move_to_end(plan.checksum)
        while len(self._seen) > _KEPT:
            self._seen.popitem(last=False)


def drifted(plan: Plan) -> frozenset[TicketRef]:
    """Return the tickets in which a person changed something of ours: never approved unless somebody ticks them."""
    return frozenset(note.ticket for note in plan.notes if note.kind == "drift" and note.ticket is not None)


def part_of(plan: Plan, refs: Collection[TicketRef]) -> Plan:
    """Return a plan with only these tickets; head, notes and brakes stay those of the whole."""
    return plan.model_copy(update={"tickets": tuple(one for one in plan.tickets if one.ticket in refs)})


def approved_changes(plan: Plan, refs: Collection[TicketRef]) -> frozenset[PrintedChange]:
    """Return the changes of these tickets, as ``apply`` takes them."""
    return printed_changes(part_of(plan, refs))


def writable_connections(workspace: "Workspace") -> frozenset[str]:
    """Return the connections that may be written to after a person's yes."""
    return frozenset(config.name for config in workspace.settings.connections if config.write != "plan")


def brake_figures(workspace: "Workspace", plan: Plan) -> tuple[BrakeFigure, ...]:
    """Return how close a plan comes to the limits of each connection; what stops it comes first."""
    held: dict[tuple[str, str], Brake] = {(brake.connection, brake.name): brake for brake in plan.brakes}
    found: list[BrakeFigure] = []
    for name, tally in sorted(tallies(plan.tickets).items()):
        config = workspace.settings.connection(name)
        if config is None:
            continue
        limits, scope = limits_of(config), workspace.store.count(name)
        for limit, says, count, most in (
            ("changed", "tickets changed", tally.changed, int(limits.changed * scope)),
            ("removed", "removals", tally.removed, limits.removed),
            ("writes", "tickets written to", tally.written, limits.writes),
        ):
            if limit == "changed" and (name, "first-run") in held:
                continue  # the first write to a connection changes much: its own brake says how much
            stops = held.pop((name, limit), None)
            found.append(BrakeFigure(connection=name, says=says, count=count, most=most, brake=stops))
    found += [BrakeFigure(connection=b.connection, says=_OTHER.get(b.name, b.name), brake=b) for b in held.values()]
    return tuple(sorted(found, key=lambda each: (each.brake is None, each.connection)))


def by_project(tickets: Collection[PlannedTicket]) -> list[tuple[str, str, list[PlannedTicket]]]:
    """Return (connection, project, tickets) in the order of the plan."""
    found: dict[tuple[str, str], list[PlannedTicket]] = {}
    for one in tickets:
        found.setdefault((one.ticket.connection, one.project), []).append(one)
    return [(connection, project, of_it) for (connection, project), of_it in found.items()]
