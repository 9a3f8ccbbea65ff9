"""Close inbox rows of failed writes once there is nothing left of them to be done."""

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from journeysync.model.change import Slot
from journeysync.model.ticket import TicketRef

if TYPE_CHECKING:
    from journeysync.app.workspace import Workspace

Place = tuple[str, str, Slot]
"""Connection, ticket id, slot; the empty slot stands for the whole ticket."""


def places(ref: TicketRef, slots: Iterable[Slot]) -> set[Place]:
    """Return the places of a ticket's slots."""
    return {(ref.connection, ref.id, slot) for slot in slots}


def resolve_failed(workspace: "Workspace", connections: Iterable[str], *, still: Collection[Place]) -> int:
    """Close the rows of writes that failed once and are no longer waiting.

    Args:
        workspace: Whose inbox.
        connections: Those that were planned anew on a complete read; rows of others stay.
        still: Places that failed in this run, or were planned and not written.

    Returns:
        How many rows were closed.
    """
    now = workspace.now()
    over = [
        (row.kind, row.connection, row.ticket_id, row.slot)
        for connection in connections
        if not workspace.store.meta(f"read_failed:{connection}")
        for row in workspace.store.inbox(connection=connection)
        if row.kind == "failed" and (row.connection, row.ticket_id, row.slot) not in still
        if row.next_try is None or row.next_try <= now  # until then it was not looked at
    ]
    return workspace.store.resolve(over, at=workspace.now()) if over else 0
