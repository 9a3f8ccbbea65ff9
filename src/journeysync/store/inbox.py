"""The inbox: what a person should look at, each thing once, with how often it came up."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Row, select, tuple_, update

from journeysync.store import dialect, schema
from journeysync.store.columns import micros, plain
from journeysync.store.database import Database, batches
from journeysync.store.values import InboxRow

_X = schema.inbox
_KEY = (_X.c.kind, _X.c.connection, _X.c.ticket_id, _X.c.slot)
_COLUMNS = (
    "kind",
    "connection",
    "ticket_id",
    "slot",
    "cause",
    "next_step",
    "owner",
    "first_seen",
    "last_seen",
    "count",
    "state",
    "next_try",
)
_FIRST_WAIT = timedelta(minutes=15)
_LONGEST_WAIT = timedelta(hours=24)


class Inbox(Database):
    """Reporting and resolving."""

    def report(self, rows: Iterable[InboxRow]) -> None:
        """Report things. One that is open already counts one more, with the newest cause and a longer wait.

        A row is told by kind, connection, ticket and slot. ``next_try`` of a new row is kept; of one that comes up
        again it is ``last_seen`` and 15 minutes, doubled each time, 24 hours at most (None stays None).
        """
        fresh = list({_key(row): row for row in rows}.values())
        with self._writing() as db:
            for batch in batches(fresh, 200):
                query = select(_X).where(tuple_(*_KEY).in_([_key(row) for row in batch]), _X.c.state == "open")
                known = {_key(old): old for old in (_inbox_row(row) for row in db.execute(query))}
                values = [_values(_again(known.get(_key(row)), row)) for row in batch]
                dialect.put(db, _X, _COLUMNS, values)

    def resolve(self, keys: Iterable[tuple[str, str, str, str]], *, at: datetime) -> int:
        """Close open rows by (kind, connection, ticket id, slot); return how many were open."""
        closed = 0
        with self._writing() as db:
            for batch in batches(keys, 200):
                statement = update(_X).where(tuple_(*_KEY).in_(batch), _X.c.state == "open")
                closed += db.execute(statement.values(state="resolved", last_seen=at)).rowcount
        return closed

    def inbox(
        self, state: Literal["open", "resolved"] | None = "open", *, connection: str | None = None
    ) -> tuple[InboxRow, ...]:
        """Return rows, oldest first."""
        query = select(_X).order_by(_X.c.first_seen, *_KEY)
        if state is not None:
            query = query.where(_X.c.state == state)
        if connection is not None:
            query = query.where(_X.c.connection == connection)
        with self._reading() as db:
            return tuple(_inbox_row(row) for row in db.execute(query))


def _key(row: InboxRow) -> tuple[str, str, str, str]:
    return (plain(row.kind), row.connection, plain(row.ticket_id), plain(row.slot))


def _again(known: InboxRow | None, row: InboxRow) -> InboxRow:
    if known is None:
        return row
    wait = min(_FIRST_WAIT * 2 ** min(known.count, 10), _LONGEST_WAIT)
    return row.model_copy(
        update={
            "first_seen": known.first_seen,
            "count": known.count + row.count,
            "owner": row.owner or known.owner,
            "next_try": None if row.next_try is None else row.last_seen + wait,
        }
    )


def _values(row: InboxRow) -> tuple[object, ...]:
    return (
        *_key(row),
        plain(row.cause),
        plain(row.next_step),
        plain(row.owner),
        micros(row.first_seen),
        micros(row.last_seen),
        row.count,
        row.state,
        None if row.next_try is None else micros(row.next_try),
    )


def _inbox_row(row: Row[Any]) -> InboxRow:
    return InboxRow(**row._mapping)
