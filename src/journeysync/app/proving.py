"""Prove that nothing of ours is left: read the trackers with a fresh store and look."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from journeysync.app.batches import batches
from journeysync.app.progress import Progress, silent
from journeysync.app.rebuilding import read_in_full
from journeysync.core.held import held_slots
from journeysync.core.labels import is_ours_by_name
from journeysync.model.base import Model
from journeysync.model.change import COMMENT, LINK, PROPERTY, Slot, label_slot
from journeysync.model.ticket import Ticket, TicketRef
from journeysync.store import Store

if TYPE_CHECKING:
    from journeysync.app.workspace import Workspace
    from journeysync.config import ConnectionConfig

BATCH = 500
Held = Mapping[TicketRef, frozenset[Slot]]


class Left(Model):
    """One mark that still stands in a ticket."""

    ticket: str  # "billing/10241"
    key: str
    slot: Slot


class Proof(Model):
    """What a fresh store found after an uninstall."""

    tickets: int = 0  # read anew
    ours: tuple[Left, ...] = ()  # leftovers
    typed: tuple[Left, ...] = ()  # labels of our names, blocks like ours, that we never wrote: people's, so they stay

    @property
    def is_clean(self) -> bool:
        """Return whether nothing of ours is left."""
        return not self.ours

    def as_json(self) -> dict[str, Any]:
        """Return the same as one JSON object."""
        return self.model_dump(mode="json") | {"is_clean": self.is_clean}


def held_now(workspace: "Workspace", names: Sequence[str] = ()) -> Held:
    """Return what the ledger, interrupted writes and the receipts say we hold; asked before an uninstall."""
    held: dict[TicketRef, set[Slot]] = {}
    for config in workspace.connections(tuple(names)):
        for rows in workspace.store.iter_ledger(config.name):
            for row in rows:
                held.setdefault(row.ticket, set()).add(row.slot)
        for intent in workspace.store.unsettled(config.name):
            held.setdefault(intent.ticket, set()).add(intent.slot)
        for batch in workspace.store.iter_tickets(connection=config.name):
            for ticket in batch:
                if ticket.receipt is not None:
                    held.setdefault(ticket.ref, set()).update(held_slots(ticket, ()))
    return {ref: frozenset(slots) for ref, slots in held.items()}


def prove_nothing_left(
    workspace: "Workspace", held: Held, names: Sequence[str] = (), *, progress: Progress = silent
) -> Proof:
    """Read the trackers with a fresh store and look for anything of ours.

    Args:
        workspace: The workspace; its own store is not asked what stands in the tickets.
        held: What we held before, from ``held_now``: tells our labels from those that people typed, and which
            tickets to ask for our link, which is in no list.
        names: Connections; all if none is named.
        progress: Hears of the reading.
    """
    from journeysync.app.workspace import Workspace

    ours: list[Left] = []
    typed: list[Left] = []
    tickets = 0
    configs = workspace.connections(tuple(names))
    connectors = {config.name: workspace.connector(config) for config in configs}
    with tempfile.TemporaryDirectory() as folder, Store.open(f"sqlite:///{Path(folder) / 'proof.db'}") as store:
        fresh = Workspace(
            workspace.settings,
            workspace.repository,
            store,
            env=workspace.env,
            clock=workspace.now,
            connectors=connectors,
        )
        for config in configs:
            read_in_full(fresh, config.name, progress)
            for batch in store.iter_tickets(connection=config.name):
                tickets += len(batch)
                for ticket in batch:
                    for slot in _marks(ticket, workspace.namespace):
                        mine = slot in (PROPERTY, COMMENT) or slot in held.get(ticket.ref, ())
                        (ours if mine else typed).append(Left(ticket=str(ticket.ref), key=ticket.key, slot=slot))
            ours += (left for left in _unlisted(fresh, config, held) if left not in ours)
    return Proof(tickets=tickets, ours=tuple(ours), typed=tuple(typed))


def _marks(ticket: Ticket, namespace: str) -> Iterator[Slot]:
    """Yield the slots of a ticket that look like ours."""
    if ticket.receipt is not None:
        yield PROPERTY
    yield from (shown.slot for shown in ticket.shown if shown.state != "none")
    yield from (label_slot(label) for label in ticket.labels if is_ours_by_name(label, namespace))


def _unlisted(workspace: "Workspace", config: "ConnectionConfig", held: Held) -> Iterator[Left]:
    """Ask each ticket that had our link or comment, which no list shows, whether it still has it."""
    for slot in (LINK, COMMENT):
        had = sorted(ref.id for ref, slots in held.items() if ref.connection == config.name and slot in slots)
        for ids in batches(had, BATCH):
            for one in workspace.connector(config).observe(ids, frozenset({slot})):
                if one.get(slot) is not None:
                    yield Left(ticket=str(one.ticket.ref), key=one.ticket.key, slot=slot)
