"""Settle the writes of a run that was cut off: read the ticket itself and see what became of them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from journeysync.app.batches import batches
from journeysync.app.following import follow
from journeysync.app.pull import is_over, save_tickets
from journeysync.connector import Connector, RunsTasks
from journeysync.core.plan import GIVES_BACK
from journeysync.model.base import Value, value_hash
from journeysync.model.change import TEXTS, Intent, LedgerRow, Observed
from journeysync.model.context import Context
from journeysync.model.tracker import Moved
from journeysync.richtext.words import words_of

if TYPE_CHECKING:
    from journeysync.app.workspace import Workspace
    from journeysync.config import ConnectionConfig

BATCH = 500


def settle(workspace: "Workspace", config: "ConnectionConfig", connector: Connector) -> int:
    """Close every open intent of a connection by what its ticket shows now.

    A slot that shows what was wanted was written: it goes into the ledger. Anything else was not, and
    the next plan decides anew. A finished row never suppresses a write. A ticket that is hidden from us
    says nothing: its intents stay open until it can be read, or is gone. One that has another id now is read there.
    What the tracker still works on by itself is not settled yet either: it would come after we looked.

    Returns:
        How many intents were settled.
    """
    settled = 0
    unsettled = workspace.store.unsettled(config.name)
    tasks = {intent.external_ref for intent in unsettled if intent.external_ref}
    running = connector.still_running(tasks) if tasks and isinstance(connector, RunsTasks) else frozenset()
    for batch in batches([intent for intent in unsettled if intent.external_ref not in running], BATCH):
        by_ticket: dict[str, list[Intent]] = defaultdict(list)
        for intent in batch:
            by_ticket[intent.ticket.id].append(intent)
        slots = frozenset(intent.slot for intent in batch)
        observed = {seen.ticket.ref.id: seen for seen in connector.observe(tuple(by_ticket), slots)}
        save_tickets(workspace, config.name, [seen.ticket for seen in observed.values()])
        unread = tuple(ticket_id for ticket_id in by_ticket if ticket_id not in observed)
        over = [answer for answer in connector.fetch(unread) if is_over(answer)] if unread else []
        gone = {answer.id for answer in over}
        new_ids = {a.ticket.ref.id: (a.id, a.ticket) for a in over if isinstance(a, Moved)}
        moved = connector.observe(tuple(new_ids), slots) if new_ids else ()
        observed |= {new_ids[seen.ticket.ref.id][0]: seen for seen in moved}
        for ticket_id, intents in by_ticket.items():
            if ticket_id in observed or ticket_id in gone:
                _close(workspace, intents, observed.get(ticket_id))
                settled += len(intents)
        follow(workspace, config.name, new_ids)
    return settled


def _close(workspace: "Workspace", intents: Sequence[Intent], seen: Observed | None) -> None:
    written = [i for i in intents if seen is not None and stands(i, seen.get(i.slot))]
    failed = [i for i in intents if i not in written]
    held = [i for i in written if holds(i)]
    workspace.store.settle(
        done=[i.id for i in written],
        failed={i.id: "the run was interrupted before this was written" for i in failed},
        rows=[row_of(i, seen.get(i.slot), at=workspace.now()) for i in held if seen],
        released=[(i.ticket, i.slot) for i in written if i not in held],
    )


def stands(intent: Intent, seen: Value) -> bool:
    """Return whether a slot shows what an intent wanted; of a text, whether its words are there."""
    if intent.slot in TEXTS and isinstance(intent.wanted, Mapping):
        wanted = words_of(Context.model_validate(intent.wanted))
        return isinstance(seen, Mapping) and seen.get("digest") == wanted.digest()
    return value_hash(seen) == intent.wanted_hash


def holds(intent: Intent) -> bool:
    """Return whether the slot is ours once the intent is carried out: not when it is emptied or given back."""
    return intent.wanted is not None and not any(name == GIVES_BACK for name, _ in intent.inputs)


def row_of(intent: Intent, seen: object, *, at: datetime) -> LedgerRow:
    """Return the ledger row of an intent that was carried out."""
    return LedgerRow(
        ticket=intent.ticket,
        slot=intent.slot,
        sent=intent.wanted,
        seen=seen,
        before=intent.before,
        cause=intent.cause,
        inputs=intent.inputs,
        run=intent.run,
        at=at,
    )
