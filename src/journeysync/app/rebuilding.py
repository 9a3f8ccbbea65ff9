"""Rebuild the ledger from the receipts in the tickets, after a lost store."""

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from journeysync.app.following import forget_marks, new_ids_of
from journeysync.app.progress import Progress, silent
from journeysync.app.pull import pull
from journeysync.core.receipts import rows_of_receipt
from journeysync.errors import Unavailable
from journeysync.model.base import Model
from journeysync.model.change import PROPERTY, LedgerRow, Observed, slot_kind

if TYPE_CHECKING:
    from journeysync.app.workspace import Workspace
    from journeysync.config import ConnectionConfig

BATCH = 500


class RebuiltConnection(Model):
    """What one connection's receipts gave back."""

    connection: str
    tickets: int = 0  # that carry a receipt of ours
    rows: int = 0  # ledger rows made
    changed: int = 0  # of those, slots that a person changed since
    missing: int = 0  # slots that a receipt names and that are no longer there
    copied: int = 0  # tickets whose receipt is that of another one: a copy, so nothing there is ours by it
    unknown_labels: tuple[tuple[str, int], ...] = ()  # labels of our names without a receipt: adopt or accept them


class RebuildResult(Model):
    """A rebuilt ledger."""

    connections: tuple[RebuiltConnection, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the same as one JSON object."""
        return self.model_dump(mode="json")


def rebuild_ledger(workspace: "Workspace", names: Sequence[str] = (), *, progress: Progress = silent) -> RebuildResult:
    """Read the trackers anew and make ledger rows from the receipts of this workspace. Rows that are there stay.

    A slot that shows what the receipt says is ours; one that shows something else was changed by a person
    since (drift). What stood in a field before us is not in a receipt, so ``uninstall`` empties it then.

    Raises:
        ConnectorError: A connection could not be read in full: nothing is rebuilt for it.
    """
    return RebuildResult(
        connections=tuple(_rebuild(workspace, config, progress) for config in workspace.connections(tuple(names)))
    )


def _rebuild(workspace: "Workspace", config: "ConnectionConfig", progress: Progress) -> RebuiltConnection:
    read_in_full(workspace, config.name, progress)
    counts: Counter[str] = Counter()
    unknown: Counter[str] = Counter()
    connector = workspace.connector(config)
    with workspace.lease(config) as keep:
        for batch in workspace.store.iter_tickets(connection=config.name, batch_size=BATCH):
            keep()
            came = new_ids_of(connector, batch)
            forget_marks(workspace, [(t, slot) for _, t in came.values() if t.receipt for slot, _ in t.receipt.slots])
            marks = workspace.store.marks([ticket.ref for ticket in batch])
            unknown.update(
                name for of_ticket in marks.values() for name, mark in of_ticket.items() if mark == "unknown"
            )
            receipts = {
                ticket.ref.id: ticket.receipt
                for ticket in batch
                if ticket.receipt is not None and (ticket.own_receipt is not None or ticket.ref.id in came)
            }
            counts["copied"] += sum(ticket.receipt is not None for ticket in batch) - len(receipts)
            marked = [ticket for ticket in batch if ticket.ref.id in receipts]
            if not marked:
                continue
            slots = frozenset(slot for receipt in receipts.values() for slot, _ in receipt.slots)
            seen = connector.observe([ticket.ref.id for ticket in marked], slots | {PROPERTY})
            known = workspace.store.ledger([ticket.ref for ticket in marked])
            rows: list[LedgerRow] = []
            for one in seen:
                counts["tickets"] += 1
                held = {row.slot for row in known.get(one.ticket.ref, ())}
                found = rows_of_receipt(one.ticket, receipts[one.ticket.ref.id], one.get, at=workspace.now())
                _count(one, found, counts)
                rows += [row for row in found if row.slot not in held]
            workspace.store.save_ledger(rows)
            counts["rows"] += len(rows)
            progress(f"rebuild {config.name}", counts["tickets"], None)
    return RebuiltConnection(connection=config.name, unknown_labels=tuple(sorted(unknown.items())), **counts)


def read_in_full(workspace: "Workspace", name: str, progress: Progress) -> None:
    """Read a connection from the beginning, its sweep included: each ticket may carry a receipt that nobody knows of.

    Raises:
        Unavailable: It could not be read to its end.
    """
    (row,) = pull(workspace, [name], full=True, anew=True, progress=progress).connections
    if row.trouble is not None:
        raise Unavailable(row.trouble.what, where=row.trouble.where or name, next_step=row.trouble.next)


def _count(one: Observed, rows: Sequence[LedgerRow], counts: Counter[str]) -> None:
    """Count the slots that a ticket's receipt names and that are gone, or show something else."""
    for row in rows:
        is_there = row.slot == PROPERTY or one.get(row.slot) is not None
        counts["missing"] += not is_there and slot_kind(row.slot) in ("label", "link", "comment", "block")
        counts["changed"] += is_there and row.state == "drift"
