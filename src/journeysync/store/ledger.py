"""The ledger: what we sent to each slot, what the tracker showed when read back, and what stood there first."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Row, func, select, update

from journeysync.model.change import TEXTS, LedgerRow, Slot, slot_name
from journeysync.model.ticket import TicketRef
from journeysync.store import bulk, schema
from journeysync.store.columns import from_json, json_text, micros, plain
from journeysync.store.database import Database, batches, id_batches
from journeysync.store.dialect import among
from journeysync.store.stored_tickets import after_row

_L = schema.ledger
_I = schema.intents
_T = schema.tickets
_PLACE = (_L.c.connection, _L.c.ticket_id, _L.c.slot)
_HELD = ("live", "drift")
_COLUMNS = (
    "connection",
    "ticket_id",
    "slot",
    "sent",
    "seen",
    "sent_hash",
    "seen_hash",
    "before",
    "cause",
    "inputs_json",
    "run",
    "at",
    "state",
)


class Ledger(Database):
    """Reading the ledger, and the few ways to change it besides settling a write."""

    def ledger(self, refs: Iterable[TicketRef], *, released: bool = False) -> dict[TicketRef, tuple[LedgerRow, ...]]:
        """Return what we hold (live and drift) in each ticket, by slot; tickets where we hold nothing are missing.

        ``released``: also what we held once, which says that a receipt still naming it is old.
        """
        found: dict[TicketRef, list[LedgerRow]] = {}
        states = (*_HELD, "released") if released else _HELD
        with self._reading() as db:
            for connection, ids in id_batches(refs):
                query = select(_L).where(
                    _L.c.connection == connection, among(_L.c.ticket_id, ids), _L.c.state.in_(states)
                )
                for row in db.execute(query.order_by(_L.c.ticket_id, _L.c.slot)):
                    read = _ledger_row(row)
                    found.setdefault(read.ticket, []).append(read)
        return {ref: tuple(rows) for ref, rows in found.items()}

    def ledger_of_run(self, run: str) -> tuple[LedgerRow, ...]:
        """Return the rows whose last write was this run's, whatever became of them, by connection, ticket, slot."""
        with self._reading() as db:
            query = select(_L).where(_L.c.run == run).order_by(*_L.primary_key)
            return tuple(_ledger_row(row) for row in db.execute(query))

    def iter_ledger(self, connection: str | None = None, *, batch_size: int = 1000) -> Iterator[tuple[LedgerRow, ...]]:
        """Yield all that we hold (live and drift) in batches, by connection, ticket, slot."""
        query = select(_L).where(_L.c.state.in_(_HELD)).order_by(*_L.primary_key).limit(batch_size)
        if connection is not None:
            query = query.where(_L.c.connection == connection)
        after: tuple[str, str, str] | None = None
        while True:
            with self._reading() as db:
                page = query if after is None else query.where(after_row(_PLACE, after))
                rows = tuple(_ledger_row(row) for row in db.execute(page))
            if rows:
                yield rows
            if len(rows) < batch_size:
                return
            last = rows[-1]
            after = (last.ticket.connection, last.ticket.id, last.slot)

    def labels_ever(self, connection: str) -> tuple[set[str], set[str]]:
        """Return the names of all labels that we ever wrote, and the projects where those tickets are now."""
        mine = (_L.c.connection == connection) & _L.c.slot.like("label:%")
        with self._reading() as db:
            names = {slot_name(slot) for slot in db.scalars(select(_L.c.slot).where(mine).distinct())}
            where = select(_T.c.project).distinct().where(_T.c.connection == connection)
            found = db.scalars(where.where(_T.c.id.in_(select(_L.c.ticket_id).where(mine))))
            return names, set(found)

    def held_count(self, connection: str) -> int:
        """Return how many slots we hold (live and drift) in a connection."""
        query = select(func.count()).select_from(_L).where(_L.c.connection == connection, _L.c.state.in_(_HELD))
        with self._reading() as db:
            return db.scalar(query) or 0

    def ledger_connections(self) -> set[str]:
        """Return the connections in which we ever wrote something; for the others, an apply is the first run."""
        with self._reading() as db:
            return set(db.scalars(select(_L.c.connection).distinct()))

    def holds_any(self, connection: str) -> bool:
        """Return whether anything is or was ever held in a connection."""
        with self._reading() as db:
            return db.execute(select(_L.c.slot).where(_L.c.connection == connection).limit(1)).first() is not None

    def held_labels(self, connection: str, ids: Sequence[str]) -> dict[str, dict[Slot, str]]:
        """Return the state (live or drift) of each label slot that we hold, by ticket id."""
        return self._held(connection, ids, _L.c.slot.like("label:%"))

    def held_texts(self, connection: str, ids: Sequence[str]) -> dict[str, dict[Slot, str]]:
        """Return the state (live or drift) of our comment and our block, where we hold one, by ticket id."""
        return self._held(connection, ids, _L.c.slot.in_(sorted(TEXTS)))

    def _held(self, connection: str, ids: Sequence[str], slots: ColumnElement[bool]) -> dict[str, dict[Slot, str]]:
        found: dict[str, dict[Slot, str]] = {}
        with self._reading() as db:
            for batch in batches(ids, 1000):
                query = select(_L.c.ticket_id, _L.c.slot, _L.c.state).where(
                    _L.c.connection == connection, among(_L.c.ticket_id, batch), _L.c.state.in_(_HELD)
                )
                for row in db.execute(query.where(slots)):
                    found.setdefault(row.ticket_id, {})[row.slot] = row.state
        return found

    def lost_labels(self, connection: str) -> tuple[LedgerRow, ...]:
        """Return the labels of ours that the last read of their ticket did not show (state drift), by ticket, slot.

        One that a write of ours is still to be settled for is not among them: we may have taken it off ourselves.
        """
        ours = select(_I.c.id).where(
            _I.c.connection == _L.c.connection,
            _I.c.ticket_id == _L.c.ticket_id,
            _I.c.slot == _L.c.slot,
            _I.c.state == "open",
        )
        query = select(_L).where(_L.c.connection == connection, _L.c.state == "drift", _L.c.slot.like("label:%"))
        query = query.where(~ours.exists())
        with self._reading() as db:
            return tuple(_ledger_row(row) for row in db.execute(query.order_by(*_L.primary_key)))

    def holders(self, connection: str, slot: Slot, *, limit: int) -> tuple[TicketRef, ...]:
        """Return some tickets where a slot is ours and was seen so when they were last read."""
        query = select(_L.c.ticket_id).where(_L.c.connection == connection, _L.c.slot == slot, _L.c.state == "live")
        with self._reading() as db:
            ids = db.scalars(query.order_by(_L.c.ticket_id).limit(limit))
            return tuple(TicketRef(connection=connection, id=ticket_id) for ticket_id in ids)

    def save_ledger(self, rows: Sequence[LedgerRow]) -> None:
        """Store rows outside of a settle: a rebuild from receipts, or an adopted label."""
        with self._writing() as db:
            put_ledger(db, rows)

    def release_rows(self, places: Iterable[tuple[TicketRef, Slot]]) -> None:
        """We no longer hold these slots: what stands there is somebody else's, or nothing."""
        with self._writing() as db:
            set_ledger_state(db, places, "released")

    def set_drift(self, places: Iterable[tuple[TicketRef, Slot]], *, drift: bool = True) -> None:
        """A person changed these slots (or changed them back); released ones stay as they are."""
        with self._writing() as db:
            set_ledger_state(db, places, "drift" if drift else "live")


def put_ledger(db: Connection, rows: Sequence[LedgerRow]) -> None:
    """Insert or replace rows. ``before`` is what stood there first: while we hold a slot, it is never replaced."""
    unique = list({(row.ticket, row.slot): row for row in rows}.values())
    first = _first_values(db, [row.ticket for row in unique])
    values = []
    for row in unique:
        sent, seen = json_text(row.sent), json_text(row.seen)
        place = (row.ticket.connection, row.ticket.id, plain(row.slot))
        before = first.get(place, json_text(row.before))
        hashes = (row.sent_hash, row.seen_hash)
        inputs = json_text(dict(row.inputs))
        values.append(
            (*place, sent, seen, *hashes, before, plain(row.cause), inputs, row.run, micros(row.at), row.state)
        )
    for batch in batches(values, 1000):
        bulk.put(db, _L, _COLUMNS, batch)


def set_ledger_state(
    db: Connection, places: Iterable[tuple[TicketRef, Slot]], state: Literal["live", "drift", "released"]
) -> None:
    """Set the state of rows that we hold."""
    by_slot: dict[str, list[TicketRef]] = {}
    for ref, slot in places:
        by_slot.setdefault(slot, []).append(ref)
    for slot, refs in by_slot.items():
        for connection, ids in id_batches(refs):
            db.execute(
                update(_L)
                .where(_L.c.connection == connection, among(_L.c.ticket_id, ids), _L.c.slot == slot)
                .where(_L.c.state.in_(_HELD))
                .values(state=state)
            )


def _first_values(db: Connection, refs: Iterable[TicketRef]) -> dict[tuple[str, str, str], str]:
    """Return ``before`` of every slot that we hold in these tickets, as stored."""
    found: dict[tuple[str, str, str], str] = {}
    for connection, ids in id_batches(refs):
        query = select(_L.c.ticket_id, _L.c.slot, _L.c.before).where(
            _L.c.connection == connection, among(_L.c.ticket_id, ids), _L.c.state.in_(_HELD)
        )
        found.update(((connection, row.ticket_id, row.slot), row.before) for row in db.execute(query))
    return found


def _ledger_row(row: Row[Any]) -> LedgerRow:
    """Return the row as a value; not validated again, since only ``put_ledger`` writes here and every run reads all."""
    inputs: dict[str, Any] = from_json(row.inputs_json)
    return LedgerRow.model_construct(
        ticket=TicketRef.model_construct(connection=row.connection, id=row.ticket_id),
        slot=row.slot,
        sent=from_json(row.sent),
        seen=from_json(row.seen),
        before=from_json(row.before),
        cause=row.cause,
        inputs=tuple(sorted(inputs.items())),
        run=row.run,
        at=row.at,
        state=row.state,
    )
