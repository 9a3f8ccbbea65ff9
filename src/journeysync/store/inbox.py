"""The inbox: what a person should look at, each thing once, with how often it came up."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import Row, select, tuple_, update

from journeysync.store import bulk, schema
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
_FRESH = timedelta(hours=1)  # ``last_seen`` of a row that says the same is this old at most


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
                bulk.put(db, _X, _COLUMNS, values)

    def keep(self, rows: Iterable[InboxRow]) -> None:
        """Report how things stand: unlike ``report``, ``count`` is what is said and no longer wait follows.

        An open row that says the same already is not written again, so that a run without news writes nothing.
        """
        fresh = list({_key(row): row for row in rows}.values())
        with self._reading() as db:
            known = {_key(old): old for old in map(_inbox_row, db.execute(select(_X).where(_X.c.state == "open")))}
        news = []
        for row in fresh:
            old = known.get(_key(row))
            if old is None:
                news.append(row)
            elif _says(old) != _says(row) or row.last_seen - old.last_seen > _FRESH:
                news.append(row.model_copy(update={"first_seen": old.first_seen, "next_try": old.next_try}))
        if news:
            with self._writing() as db:
                for batch in batches(news, 200):
                    bulk.put(db, _X, _COLUMNS, [_values(row) for row in batch])

    def set_next_try(self, keys: Iterable[tuple[str, str, str, str]], at: datetime | None) -> None:
        """Say when open rows are tried again; None = with the next run."""
        with self._writing() as db:
            for batch in batches(keys, 200):
                query = update(_X).where(tuple_(*_KEY).in_(batch), _X.c.state == "open")
                db.execute(query.values(next_try=at))

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


def _says(row: InboxRow) -> tuple[str, str, int, str]:
    return (plain(row.cause), plain(row.next_step), row.count, plain(row.owner))


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
