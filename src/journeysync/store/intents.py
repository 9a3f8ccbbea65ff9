"""Open intents: written before a write, closed after it together with the ledger, so that a kill loses nothing."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, select, update

from journeysync.model.base import Pairs, value_hash
from journeysync.model.change import Change, Intent, LedgerRow, Slot, TicketChanges
from journeysync.model.ticket import TicketRef
from journeysync.store import bulk, schema
from journeysync.store.columns import from_json, json_text, micros, plain
from journeysync.store.database import batches
from journeysync.store.dialect import among
from journeysync.store.lease import check_token
from journeysync.store.ledger import Ledger, put_ledger, set_ledger_state
from journeysync.store.values import Lease, RunWrite

_I = schema.intents
_COLUMNS = (
    "id",
    "run",
    "connection",
    "ticket_id",
    "slot",
    "before_hash",
    "wanted_hash",
    "before",
    "wanted",
    "cause",
    "inputs_json",
    "external_ref",
    "fencing_token",
    "at",
    "state",
    "outcome",
)
_NO_INPUTS: Mapping[tuple[TicketRef, Slot], Pairs] = {}
_NOTHING: Mapping[str, str] = {}


class Intents(Ledger):
    """The journal of writes."""

    def open_intents(
        self,
        run: str,
        changes: Sequence[TicketChanges],
        *,
        lease: Lease,
        at: datetime,
        inputs: Mapping[tuple[TicketRef, Slot], Pairs] = _NO_INPUTS,
    ) -> tuple[Intent, ...]:
        """Write an open intent for each change, in order, all in one transaction.

        An older open intent on the same slot is superseded: the plan that led here was made from what was read.
        Raises LeaseLost, and writes nothing, if another holder took over.
        """
        with self._writing() as db:
            check_token(db, lease)
            number = db.scalar(select(func.count()).select_from(_I).where(_I.c.run == run)) or 0
            pairs = [change for planned in changes for change in planned.changes]
            intents = tuple(
                _intent(f"{run}/{number + place:07d}", run, change, lease=lease, at=at, inputs=inputs)
                for place, change in enumerate(pairs, 1)
            )
            _supersede(db, intents)
            for batch in batches(intents, 1000):
                bulk.put(db, _I, _COLUMNS, [_intent_values(intent) for intent in batch], fresh=True)
        return intents

    def unsettled(self, connection: str | None = None) -> tuple[Intent, ...]:
        """Return the open intents, in the order they were written: their tickets have to be read themselves."""
        query = select(_I).where(_I.c.state == "open")
        if connection is not None:
            query = query.where(_I.c.connection == connection)
        with self._reading() as db:
            return tuple(_read_intent(row) for row in db.execute(query.order_by(_I.c.at, _I.c.id)))

    def settle(
        self,
        *,
        done: Iterable[str] = (),
        failed: Mapping[str, str] = _NOTHING,
        superseded: Iterable[str] = (),
        rows: Sequence[LedgerRow] = (),
        released: Iterable[tuple[TicketRef, Slot]] = (),
        lease: Lease | None = None,
    ) -> None:
        """Close intents and bring the ledger up to date, all or nothing.

        Args:
            done: Ids of intents whose value stands in the ticket now.
            failed: Ids of intents that came to nothing, with the cause in words.
            superseded: Ids of intents that something else made pointless (the ticket is gone, a person was faster).
            rows: What we sent and what was seen when read back. ``before`` of a slot that we hold already is kept.
            released: Slots that we took out, or that are no longer ours.
            lease: If given, nothing is written when another holder took over (LeaseLost).
        """
        with self._writing() as db:
            if lease is not None:
                check_token(db, lease)
            _close(db, [(intent, "") for intent in done], "done")
            _close(db, failed.items(), "failed")
            _close(db, [(intent, "") for intent in superseded], "superseded")
            put_ledger(db, rows)
            set_ledger_state(db, released, "released")

    def set_external_ref(self, intents: Iterable[str], external_ref: str) -> None:
        """Note the tracker's task that carries these writes, to ask for it after a kill."""
        with self._writing() as db:
            for batch in batches(intents):
                db.execute(update(_I).where(among(_I.c.id, batch)).values(external_ref=external_ref))

    def run_writes(self, run: str) -> tuple[RunWrite, ...]:
        """Return all writes of a run, by connection, ticket and slot."""
        with self._reading() as db:
            query = select(_I).where(_I.c.run == run).order_by(_I.c.connection, _I.c.ticket_id, _I.c.slot, _I.c.id)
            return tuple(_run_write(row) for row in db.execute(query))

    def ticket_writes(self, ref: TicketRef, limit: int = 100) -> tuple[tuple[str, RunWrite], ...]:
        """Return the newest writes of one ticket, each with its run, newest first."""
        here = (_I.c.connection == ref.connection) & (_I.c.ticket_id == ref.id)
        with self._reading() as db:
            rows = db.execute(select(_I).where(here).order_by(_I.c.at.desc(), _I.c.id).limit(limit))
            return tuple((row.run, _run_write(row)) for row in rows)


def _intent(
    intent_id: str,
    run: str,
    change: Change,
    *,
    lease: Lease,
    at: datetime,
    inputs: Mapping[tuple[TicketRef, Slot], Pairs],
) -> Intent:
    return Intent(
        id=intent_id,
        run=run,
        ticket=change.ticket,
        slot=change.slot,
        before_hash=value_hash(change.before),
        wanted_hash=value_hash(change.after),
        before=change.before,
        wanted=change.after,
        cause=change.cause,
        inputs=inputs.get((change.ticket, change.slot), ()),
        fencing_token=lease.token,
        at=at,
    )


def _intent_values(intent: Intent) -> tuple[object, ...]:
    return (
        intent.id,
        intent.run,
        intent.ticket.connection,
        intent.ticket.id,
        plain(intent.slot),
        intent.before_hash,
        intent.wanted_hash,
        json_text(intent.before),
        json_text(intent.wanted),
        plain(intent.cause),
        json_text(dict(intent.inputs)),
        intent.external_ref,
        intent.fencing_token,
        micros(intent.at),
        intent.state,
        "",
    )


def _supersede(db: Connection, intents: Sequence[Intent]) -> None:
    """Close open intents on the same slots; there are none except after a kill that nobody settled."""
    connections = {intent.ticket.connection for intent in intents}
    query = select(_I.c.id, _I.c.connection, _I.c.ticket_id, _I.c.slot)
    still_open = db.execute(query.where(_I.c.state == "open", among(_I.c.connection, sorted(connections)))).all()
    if still_open:
        places = {(intent.ticket.connection, intent.ticket.id, intent.slot) for intent in intents}
        _close(db, [(row[0], "") for row in still_open if tuple(row[1:]) in places], "superseded")


def _close(db: Connection, intents: Iterable[tuple[str, str]], state: str) -> None:
    by_cause: dict[str, list[str]] = {}
    for intent, cause in intents:
        by_cause.setdefault(cause, []).append(intent)
    for cause, ids in by_cause.items():
        for batch in batches(ids):
            statement = update(_I).where(among(_I.c.id, batch), _I.c.state == "open")
            db.execute(statement.values(state=state, outcome=cause))


def _read_intent(row: Row[Any]) -> Intent:
    return Intent(
        id=row.id,
        run=row.run,
        ticket=TicketRef(connection=row.connection, id=row.ticket_id),
        slot=row.slot,
        before_hash=row.before_hash,
        wanted_hash=row.wanted_hash,
        before=from_json(row.before),
        wanted=from_json(row.wanted),
        cause=row.cause,
        inputs=from_json(row.inputs_json),
        external_ref=row.external_ref,
        fencing_token=row.fencing_token,
        at=row.at,
        state=row.state,
    )


def _run_write(row: Row[Any]) -> RunWrite:
    return RunWrite(
        ticket=TicketRef(connection=row.connection, id=row.ticket_id),
        slot=row.slot,
        before=from_json(row.before),
        wanted=from_json(row.wanted),
        state=row.state,
        cause=row.cause,
        outcome=row.outcome,
        at=row.at,
    )
