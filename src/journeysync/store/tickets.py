"""Storing tickets as they were read: what is the same as before costs one look at its hash."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple, TypeVar

from pydantic import TypeAdapter
from pydantic_core import PydanticSerializationError
from sqlalchemy import Connection, bindparam, select, update

from journeysync.model.ticket import Ticket
from journeysync.store import dialect, schema
from journeysync.store.columns import micros, plain, whole_pairs
from journeysync.store.database import Database, batches
from journeysync.store.rematch import rematch_below
from journeysync.store.values import SaveResult, Status

_LAST_NUMBER = re.compile(r"(\d{1,18})\D*$", re.ASCII)
_tickets = TypeAdapter(Ticket)
_Value = TypeVar("_Value")
_COLUMNS = (
    "connection",
    "id",
    "project",
    "number",
    "status",
    "context",
    "hash",
    "updated_at",
    "read_at",
    "status_at",
    "key",
    "parent",
    "doc",
)
_SAVE_BATCH = 1000


class _Stored(NamedTuple):
    """What is compared before a ticket is stored again."""

    id: str
    hash: str
    status: str
    context: bool
    key: str
    parent: str | None


class _Fresh(NamedTuple):
    """A ticket that was given, with its document and the name of that document."""

    ticket: Ticket
    doc: bytes
    hash: str


class SavedTickets(Database):
    """Saving tickets and marking what is no longer there."""

    def save_tickets(self, connection: str, tickets: Sequence[Ticket], *, read_at: datetime) -> SaveResult:
        """Store tickets of one connection in one transaction; those with the same content are skipped by their hash.

        A ticket that was gone, hidden or out of scope is ``here`` again. A ticket that was read as context only
        (an ancestor out of scope) never takes the place of one that is here and in scope. Tickets below one that is
        new, moved or has another key are due for matching again.

        Args:
            connection: The connection that all of them are of (ValueError otherwise).
            tickets: Any order; of two with the same id the last one counts, one in scope before one of context.
            read_at: When they were read.
        """
        given = _unique(connection, tickets)
        fresh = [_fresh(ticket) for ticket in given]
        with self._reading() as db:
            stored = {
                row.id: row for ids in batches(given_ids(given), _SAVE_BATCH) for row in _stored(db, connection, ids)
            }
        fresh = [item for item in fresh if not _would_hide(item.ticket, stored.get(item.ticket.ref.id))]
        new = [item for item in fresh if item.ticket.ref.id not in stored]
        changed = [item for item in fresh if (old := stored.get(item.ticket.ref.id)) and old.hash != item.hash]
        back = [
            item.ticket.ref.id
            for item in fresh
            if (old := stored.get(item.ticket.ref.id)) and old.hash == item.hash and old.status != "here"
        ]
        if new or changed or back:
            with self._writing() as db:
                for batch in batches([*new, *changed], _SAVE_BATCH):
                    dialect.put(db, schema.tickets, _COLUMNS, [_row(item, read_at) for item in batch])
                _save_keys(db, [item.ticket for item in fresh if _has_new_key(item.ticket, stored)], read_at)
                _set_status(db, connection, back, status="here", at=read_at)
                rematch_below(db, connection, [item.ticket.ref.id for item in fresh if _moved(item.ticket, stored)])
        return SaveResult(
            read=len(tickets),
            changed=tuple(item.ticket.ref.id for item in changed),
            new=tuple(item.ticket.ref.id for item in new),
            back=tuple(back),
        )

    def mark(self, connection: str, ids: Iterable[str], status: Status, *, at: datetime) -> int:
        """Say where tickets are; return for how many of them that is news. Their content stays as last read."""
        with self._writing() as db:
            return _set_status(db, connection, list(ids), status=status, at=at)


def given_ids(tickets: Iterable[Ticket]) -> list[str]:
    """Return the tracker's ids of tickets."""
    return [ticket.ref.id for ticket in tickets]


def key_number(key: str) -> int:
    """Return the last number in a key, 0 if it has none: 204 of "BILL-204", 12 of "owner/repository#12"."""
    found = _LAST_NUMBER.search(key)
    return int(found[1]) if found else 0


def _unique(connection: str, tickets: Sequence[Ticket]) -> list[Ticket]:
    kept: dict[str, Ticket] = {}
    for ticket in tickets:
        if ticket.ref.connection != connection:
            raise ValueError(f"{ticket.ref} is not of connection {connection}")
        old = kept.get(ticket.ref.id)
        if old is None or old.context or not ticket.context:
            kept[ticket.ref.id] = ticket
    return list(kept.values())


def _fresh(ticket: Ticket) -> _Fresh:
    """Return the document without defaults: a release that adds an optional field changes no hash."""
    doc = json_document(_tickets, ticket)
    return _Fresh(ticket, doc, sha256(doc).hexdigest()[:16])


def json_document(adapter: TypeAdapter[_Value], value: _Value) -> bytes:
    """Return a value as JSON without its defaults; half surrogate pairs become U+FFFD."""
    try:
        return adapter.dump_json(value, exclude_defaults=True)
    except PydanticSerializationError:
        return adapter.dump_json(
            adapter.validate_python(whole_pairs(adapter.dump_python(value))), exclude_defaults=True
        )


def _stored(db: Connection, connection: str, ids: Sequence[str]) -> list[_Stored]:
    table = schema.tickets
    query = select(table.c.id, table.c.hash, table.c.status, table.c.context, table.c.key, table.c.parent).where(
        table.c.connection == connection, table.c.id.in_(ids)
    )
    return [_Stored(*row) for row in db.execute(query)]


def _would_hide(ticket: Ticket, stored: _Stored | None) -> bool:
    return ticket.context and stored is not None and not stored.context and stored.status == "here"


def _has_new_key(ticket: Ticket, stored: Mapping[str, _Stored]) -> bool:
    old = stored.get(ticket.ref.id)
    return old is None or old.key != plain(ticket.key)


def _moved(ticket: Ticket, stored: Mapping[str, _Stored]) -> bool:
    old = stored.get(ticket.ref.id)
    return old is None or old.key != plain(ticket.key) or old.parent != ticket.parent


def _row(item: _Fresh, read_at: datetime) -> tuple[object, ...]:
    ticket = item.ticket
    read = micros(read_at)
    return (
        ticket.ref.connection,
        ticket.ref.id,
        plain(ticket.project),
        key_number(ticket.key),
        "here",
        ticket.context,
        item.hash,
        micros(ticket.updated_at),
        read,
        read,
        plain(ticket.key),
        ticket.parent,
        item.doc.decode(),
    )


def _save_keys(db: Connection, tickets: Sequence[Ticket], at: datetime) -> None:
    seen = micros(at)
    columns = ("connection", "ticket_id", "key", "folded", "first_seen")
    rows = [(t.ref.connection, t.ref.id, key := plain(t.key), key.casefold(), seen) for t in tickets]
    dialect.put(db, schema.keys, columns, rows, replace=())


def _set_status(db: Connection, connection: str, ids: Sequence[str], *, status: Status, at: datetime) -> int:
    table = schema.tickets
    news = 0
    for batch in batches(ids):
        statement = (
            update(table)
            .where(table.c.connection == connection, table.c.id.in_(bindparam("ids", expanding=True)))
            .where(table.c.status != status)
            .values(status=status, status_at=at)
        )
        news += db.execute(statement, {"ids": batch}).rowcount
    return news
