"""Keep the inbox true: a row for what stands between us and people now, none for what is over."""

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from journeysync.app.inbox import GONE, REFUSED, key_of
from journeysync.app.owners import owner_of
from journeysync.core.labels import target_of_label
from journeysync.model.change import slot_name
from journeysync.model.plan import Note, Plan
from journeysync.model.ticket import TicketRef
from journeysync.store import InboxRow

if TYPE_CHECKING:
    from journeysync.app.workspace import Workspace

DRIFT = "drift"
STALE = "stale-plan"


def report_standing(workspace: "Workspace", connections: Collection[str], plan: Plan) -> None:
    """Bring the rows of drift, refusals and stale plans up to date with a plan that was just carried out.

    Args:
        workspace: Whose inbox.
        connections: Those that took part and were not stopped; rows of others stay.
        plan: All that was to be done, before it was narrowed by a plan file.
    """
    read = {name for name in connections if not workspace.store.meta(f"read_failed:{name}")}
    rows = [row for row in workspace.store.inbox() if row.connection in read]
    gone = {(row.connection, row.slot) for row in rows if row.kind == GONE}
    written = {(planned.ticket, change.slot) for planned in plan.tickets for change in planned.changes}
    drift = [
        note
        for note in plan.notes
        if note.kind == DRIFT
        and note.ticket is not None
        and note.ticket.connection in read
        and (note.ticket.connection, note.slot) not in gone
        and (note.ticket, note.slot) not in written
    ]
    if drift:
        workspace.store.keep(_drift_rows(workspace, drift))
    still = {(str(note.ticket), note.slot) for note in drift}
    over = [
        row
        for row in rows
        if (row.kind == DRIFT and (f"{row.connection}/{row.ticket_id}", row.slot) not in still) or row.kind == STALE
    ]
    _resolve(workspace, over)
    close_refused(workspace)


def close_refused(workspace: "Workspace") -> None:
    """Close the rows of refusals that were taken back, or whose ticket is no longer here."""
    store = workspace.store
    rows = [row for row in store.inbox() if row.kind == REFUSED]
    if not rows:
        return
    refs = [TicketRef(connection=row.connection, id=row.ticket_id) for row in rows]
    own, status = store.own_links(refs), store.status_of(refs)
    over = []
    for row, ref in zip(rows, refs, strict=True):
        target = target_of_label(slot_name(row.slot), workspace.namespace, workspace.repository)
        is_refused = ref in own and target in own[ref].refused
        is_linked = ref in own and any(_serves(workspace, link.target.id, row) for link in own[ref].links)
        if status.get(ref) != "here" or not is_refused or is_linked:
            over.append(row)
    _resolve(workspace, over)


def report_stale_plan(workspace: "Workspace", connections: Iterable[str], cause: str, next_step: str) -> None:
    """Say that a plan file no longer holds, until something is written again."""
    now = workspace.now()
    workspace.store.report(
        InboxRow(kind=STALE, connection=name, cause=cause, next_step=next_step, first_seen=now, last_seen=now)
        for name in connections
    )


def _drift_rows(workspace: "Workspace", notes: Iterable[Note]) -> list[InboxRow]:
    now = workspace.now()
    of_ticket = [(note.ticket, note) for note in notes if note.ticket is not None]
    held = workspace.store.ledger(ref for ref, _ in of_ticket)
    rows = []
    for ref, note in of_ticket:
        inputs = next((row.inputs for row in held.get(ref, ()) if row.slot == note.slot), ())
        rows.append(
            InboxRow(
                kind=DRIFT,
                connection=ref.connection,
                ticket_id=ref.id,
                slot=note.slot,
                cause=note.says,
                next_step="take-theirs leaves it to the person for good, take-ours writes ours again",
                owner=owner_of(workspace, inputs, note.slot),
                first_seen=now,
                last_seen=now,
            )
        )
    return rows


def _serves(workspace: "Workspace", target_id: str, row: InboxRow) -> bool:
    """Return whether a link to this target would write the label that was refused."""
    label = target_of_label(slot_name(row.slot), workspace.namespace, workspace.repository)
    step = workspace.repository.step_by_id.get(target_id)
    return label is not None and label.id in (target_id, step.journey if step else "")


def _resolve(workspace: "Workspace", rows: Collection[InboxRow]) -> None:
    if rows:
        workspace.store.resolve([key_of(row) for row in rows], at=workspace.now())
