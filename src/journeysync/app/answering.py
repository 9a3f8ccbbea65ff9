"""People answer in their tool: a label of ours that a person took off is their "no" (architecture.md, decision 2).

Only a ticket that was read itself can say no, only after our write, and only while
its tracker still knows the label. A label that is gone from many tickets at once is
nobody's "no": somebody renamed or deleted it, and a person is asked once. What cannot
be confirmed is left as drift and asked again with the next read.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from journeysync.app.deciding import make_decision, remember
from journeysync.app.inbox import GONE, REFUSED
from journeysync.app.owners import owner_of
from journeysync.app.pull import save_tickets
from journeysync.connector import Connector
from journeysync.core.labels import target_of_label
from journeysync.core.receipts import was_never_seen
from journeysync.errors import ConfigError
from journeysync.model.change import LedgerRow, Slot, slot_name
from journeysync.model.decision import Decision
from journeysync.model.ticket import Ticket
from journeysync.store import InboxRow

if TYPE_CHECKING:
    from journeysync.app.workspace import Workspace
    from journeysync.config import ConnectionConfig

MASS = 5
"""A label gone from more tickets than this in a run is no answer of people."""
_ASKED = 50  # tickets of one label that are read themselves in one run
_OTHERS = 10  # other tickets with the label that are read too: do they still show it?


def hear_answers(workspace: "Workspace", config: "ConnectionConfig", connector: Connector) -> int:
    """Turn labels of ours that people took off into refusals; return how many.

    Call it after a read that was complete. It costs nothing where no label is missing, else one read of the
    tickets in question and of a few others.
    """
    lost: dict[Slot, list[LedgerRow]] = defaultdict(list)
    for row in workspace.store.lost_labels(config.name):
        lost[row.slot].append(row)
    refused = 0
    for slot, rows in sorted(lost.items()):
        refused += _hear(workspace, config, connector, slot, rows)
    _close(workspace, config, frozenset(lost))
    return refused


def _hear(
    workspace: "Workspace", config: "ConnectionConfig", connector: Connector, slot: Slot, rows: Sequence[LedgerRow]
) -> int:
    """Hear what happened to one label."""
    store = workspace.store
    if target_of_label(slot_name(slot), workspace.namespace, workspace.repository) is None:
        return 0  # a score band, or what the repository no longer has: nothing to say no to
    others = store.holders(config.name, slot, limit=_OTHERS)
    ids = [row.ticket.id for row in rows[:_ASKED]] + [ref.id for ref in others]
    fresh = {seen.ticket.ref.id: seen.ticket for seen in connector.observe(ids, frozenset())}
    save_tickets(workspace, config.name, list(fresh.values()))
    still_lost = [row for row in store.lost_labels(config.name) if row.slot == slot]
    read = [row for row in still_lost if row.ticket.id in fresh]  # of the others a list that lags may have told
    confirmed = [row for row in read if _is_answer(workspace, connector, row, fresh[row.ticket.id])]
    shown = [ref for ref in others if ref.id in fresh and _shows(fresh[ref.id], slot)]
    is_known = bool(shown) or not connector.capabilities.label_definitions
    asked = any(row.kind == GONE and row.slot == slot for row in store.inbox(connection=config.name))
    if len(read) > MASS or (asked and still_lost) or (confirmed and not is_known):
        _report_gone(workspace, config, slot, len(still_lost))
        return 0
    _refuse(workspace, config, [(row, fresh[row.ticket.id]) for row in confirmed])
    return len(confirmed)


def _is_answer(workspace: "Workspace", connector: Connector, row: LedgerRow, ticket: Ticket) -> bool:
    """Return whether the ticket was changed after our write, and its placement asks what people say.

    A label that was missing already when a lost ledger was rebuilt is none: what changed the ticket since may be a
    write of ours. It stays drift, and a person is asked.
    """
    if was_never_seen(row):
        return False
    skew = timedelta(seconds=min(0.0, connector.traffic.clock_skew_seconds))
    policy = workspace.settings.placement.of(ticket.ref.connection, ticket.project).policy
    return policy.label != "enforce" and ticket.updated_at > row.at + skew


def _shows(ticket: Ticket, slot: Slot) -> bool:
    return slot_name(slot).casefold() in {label.casefold() for label in ticket.labels}


def _refuse(workspace: "Workspace", config: "ConnectionConfig", answers: Sequence[tuple[LedgerRow, Ticket]]) -> None:
    """Remember each "no", let go of the label, and tell the owner of what was refused."""
    if not answers:
        return
    now = workspace.now()
    decisions = [
        make_decision(
            workspace,
            "refuse",
            row.slot,
            ticket=row.ticket,
            by=f"a person in {config.name}",
            why=f"took the label {slot_name(row.slot)} off",
            at=min(ticket.updated_at, now),
        )
        for row, ticket in answers
    ]
    try:
        remember(workspace, decisions)
    except ConfigError as error:  # a read must not fail because a folder is read-only: the store knows, people are told
        workspace.store.add_decisions(decisions)
        workspace.store.keep([_unsaved(config, decisions, error, workspace)])
    workspace.store.release_rows((row.ticket, row.slot) for row, _ in answers)
    workspace.store.keep(
        InboxRow(
            kind=REFUSED,
            connection=config.name,
            ticket_id=row.ticket.id,
            slot=row.slot,
            cause=f"a person took the label {slot_name(row.slot)} off: heard as 'no'. It was there by: {row.cause}",
            next_step="agree with take-theirs; take-ours, or the label typed again, links it again",
            owner=owner_of(workspace, row.inputs, row.slot),
            first_seen=now,
            last_seen=now,
        )
        for row, _ in answers
    )


def _unsaved(
    config: "ConnectionConfig", decisions: Sequence[Decision], error: ConfigError, workspace: "Workspace"
) -> InboxRow:
    now = workspace.now()
    return InboxRow(
        kind="not-saved",
        connection=config.name,
        cause=f"{len(decisions)} decisions are in this store only: {error.what}",
        next_step=error.next_step,
        first_seen=now,
        last_seen=now,
    )


def _report_gone(workspace: "Workspace", config: "ConnectionConfig", slot: Slot, count: int) -> None:
    now, name = workspace.now(), slot_name(slot)
    tickets = "1 ticket" if count == 1 else f"{count} tickets"
    row = InboxRow(
        kind=GONE,
        connection=config.name,
        slot=slot,
        cause=f"label {name} is gone from {tickets} at once: taken for nobody's 'no', and not put back",
        next_step="take-ours writes it again; take-theirs if people mean it",
        owner=owner_of(workspace, (), slot),
        first_seen=now,
        last_seen=now,
        count=count,
    )
    workspace.store.keep([row])


def _close(workspace: "Workspace", config: "ConnectionConfig", lost: frozenset[Slot]) -> None:
    """Close the rows of labels that are back everywhere."""
    still = {row.slot for row in workspace.store.lost_labels(config.name)} if lost else set()
    over = [
        (row.kind, row.connection, row.ticket_id, row.slot)
        for row in workspace.store.inbox(connection=config.name)
        if row.kind == GONE and row.slot not in still
    ]
    if over:
        workspace.store.resolve(over, at=workspace.now())
