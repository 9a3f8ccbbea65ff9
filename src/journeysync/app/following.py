"""A ticket that gets another id, as a GitHub transfer does: what we hold in it, and what people decided, goes along.

Under its old id it is gone to us; under the new one it would be a ticket that nobody
knows, with labels of unknown origin. Two things prove where it came from: the tracker
answers for the old id with the new ticket; or the ticket carries a receipt of the old
one, which is no longer there, where a copy cannot carry it.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, TypeAlias

from journeysync.app.deciding import make_decision, remember
from journeysync.connector import Connector
from journeysync.core.held import same_value, standing
from journeysync.errors import ConfigError, ConnectorError
from journeysync.model.change import LedgerRow, Slot, slot_kind, slot_name
from journeysync.model.ticket import Ticket, TicketRef
from journeysync.model.tracker import Found, Moved

if TYPE_CHECKING:
    from journeysync.app.workspace import Workspace

NewIds: TypeAlias = Mapping[str, tuple[str, Ticket]]
"""New id -> (old id, the ticket as it was read under its new one)."""


def new_ids_of(connector: Connector, tickets: Iterable[Ticket]) -> NewIds:
    """Return those of the tickets that had another id before, by what their receipts say.

    Costs a read of the ids that strange receipts name, and nothing where none is strange. What cannot be asked now
    is known by nobody yet: its labels are of unknown origin until a sweep asks again.
    """
    strange = [(ticket, ticket.receipt.ticket) for ticket in tickets if ticket.strange_receipt and ticket.receipt]
    named = sorted({old for _, old in strange if old is not None})
    lives_as: dict[str, str | None] = {}  # old id -> the id that it has now, None = it is not there
    with suppress(ConnectorError):
        for answer in connector.fetch(named) if named else ():
            asked = answer.ticket.ref.id if isinstance(answer, Found) else answer.id
            lives_as[asked] = answer.ticket.ref.id if isinstance(answer, Found | Moved) else None
    proof_is_enough = not connector.capabilities.copies_receipts
    return {
        ticket.ref.id: (old, ticket)
        for ticket, old in strange
        if old in lives_as and (lives_as[old] == ticket.ref.id or (lives_as[old] is None and proof_is_enough))
    }


def follow(workspace: "Workspace", connection: str, new_ids: NewIds) -> None:
    """Hand over what the ledger holds under old ids, and the decisions of people, to the new ids.

    Only what the ticket still shows goes along: a label that the tracker dropped on the way is nobody's "no".
    """
    if not new_ids:
        return
    store = workspace.store
    refs = {TicketRef(connection=connection, id=old): ticket for old, ticket in new_ids.values()}
    held = store.ledger(refs)
    taken = [(row, refs[ref]) for ref, rows in held.items() for row in rows if _still_shows(refs[ref], row)]
    decisions = [
        make_decision(
            workspace, word.kind, word.target, ticket=ticket.ref, by=word.by, why=word.why, at=word.at, until=word.until
        )
        for ref, ticket in refs.items()
        for word in store.decisions([ref])
    ]
    with suppress(ConfigError):  # a folder that cannot be written keeps no read from ending
        remember(workspace, decisions)
    store.save_ledger([row.model_copy(update={"ticket": ticket.ref}) for row, ticket in taken])
    forget_marks(workspace, [(ticket, row.slot) for row, ticket in taken])
    store.release_rows((row.ticket, row.slot) for rows in held.values() for row in rows)


def forget_marks(workspace: "Workspace", places: Sequence[tuple[Ticket, Slot]]) -> None:
    """Forget who may have put labels there that turn out to be ours."""
    ours = {(ticket.ref, slot_name(slot).casefold()) for ticket, slot in places if slot_kind(slot) == "label"}
    marks = workspace.store.marks({ref for ref, _ in ours})
    workspace.store.clear_marks(
        (ref, label) for ref, labels in marks.items() for label in labels if (ref, label.casefold()) in ours
    )


def _still_shows(ticket: Ticket, row: LedgerRow) -> bool:
    kind, name = slot_kind(row.slot), slot_name(row.slot)
    if kind == "label":
        return name.casefold() in {label.casefold() for label in ticket.labels}
    if kind in ("field", "priority"):
        return same_value(standing(ticket, row.slot), row.seen)
    return ticket.receipt is not None  # link, comment and the like go along with our receipt, or not at all
