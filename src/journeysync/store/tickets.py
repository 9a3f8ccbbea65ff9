"""Storing tickets as they were read: what is the same as before costs one look at its hash."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple, TypeAlias, TypeVar

from pydantic import TypeAdapter
from pydantic_core import PydanticSerializationError
from sqlalchemy import Connection, select, update

from journeysync.model.ticket import Ticket
from journeysync.store import bulk, schema
from journeysync.store.columns import micros, plain, whole_pairs
from journeysync.store.database import Database, batches
from journeysync.store.dialect import among
from journeysync.store.mentions import save_containers
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
_Stored: TypeAlias = Sequence[Any]
"""id, hash, status, context, key, parent: what is compared before a ticket is stored again."""


class _Fresh(NamedTuple):
    """A ticket that was given, with its document and the name of that document."""

    ticket: Ticket
    doc: bytes
    hash: str


@dataclass
class _News:
    """What a save has to write."""

    new: list[_Fresh] = field(default_factory=list)
    changed: list[_Fresh] = field(default_factory=list)
    back: list[str] = field(default_factory=list)
    with_new_key: list[Ticket] = field(default_factory=list)  # of those that changed
    moved: list[str] = field(default_factory=list)  # ids: another place in the tree, or another name


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
        with self._reading() as db:
            stored = _stored(db, connection, list(given))
        news = _compare(given, stored)
        if news.new or news.changed or news.back:
            with self._writing() as db:
                read = micros(read_at)
                for batch in batches(news.new, 1000):
                    bulk.put(db, schema.tickets, _COLUMNS, [_row(one, read) for one in batch], fresh=True)
                for batch in batches(news.changed, 1000):
                    bulk.put(db, schema.tickets, _COLUMNS, [_row(one, read) for one in batch])
                _save_keys(db, [one.ticket for one in news.new], read_at, fresh=True)
                _save_keys(db, news.with_new_key, read_at)
                _set_status(db, connection, news.back, status="here", at=read_at)
                others = save_containers(
                    db, connection, (one.ticket for one in news.new), [one.ticket for one in news.changed]
                )
                rematch_below(db, connection, list(dict.fromkeys((*news.moved, *others))))
        return SaveResult(
            read=len(tickets),
            changed=tuple(fresh.ticket.ref.id for fresh in news.changed),
            new=tuple(fresh.ticket.ref.id for fresh in news.new),
            back=tuple(news.back),
        )

    def mark(self, connection: str, ids: Iterable[str], status: Status, *, at: datetime) -> int:
        """Say where tickets are; return for how many of them that is news. Their content stays as last read.

        What hangs below them is due for matching again: nothing is inherited from a ticket that is gone.
        """
        those = list(ids)
        with self._writing() as db:
            news = _set_status(db, connection, those, status=status, at=at)
            if news:
                rematch_below(db, connection, those)
        return news


def key_number(key: str) -> int:
    """Return the last number in a key, 0 if it has none: 204 of "BILL-204", 12 of "owner/repository#12"."""
    found = _LAST_NUMBER.search(key)
    return int(found[1]) if found else 0


def _unique(connection: str, tickets: Sequence[Ticket]) -> dict[str, Ticket]:
    kept: dict[str, Ticket] = {}
    for ticket in tickets:
        if ticket.ref.connection != connection:
            raise ValueError(f"{ticket.ref} is not of connection {connection}")
        old = kept.get(ticket.ref.id)
        if old is None or old.context or not ticket.context:
            kept[ticket.ref.id] = ticket
    return kept


def _compare(given: Mapping[str, Ticket], stored: Mapping[str, _Stored]) -> _News:
    """Sort what was given by what is stored. The one loop that runs for every ticket of every pull."""
    news = _News()
    for ticket_id, ticket in given.items():
        doc = json_document(_tickets, ticket)
        name = sha256(doc).hexdigest()[:16]
        old = stored.get(ticket_id)
        if old is None:
            news.new.append(_Fresh(ticket, doc, name))
            news.moved.append(ticket_id)
            continue
        _, old_hash, status, context, key, parent = old
        if ticket.context and not context and status == "here":
            continue
        if old_hash == name:
            if status != "here":
                news.back.append(ticket_id)
                news.moved.append(ticket_id)
            continue
        news.changed.append(_Fresh(ticket, doc, name))
        if key != plain(ticket.key):
            news.with_new_key.append(ticket)
        if key != plain(ticket.key) or parent != ticket.parent:
            news.moved.append(ticket_id)
    return news


def json_document(adapter: TypeAdapter[_Value], value: _Value) -> bytes:
    """Return a value as JSON without its defaults; half surrogate pairs become U+FFFD."""
    try:
        return adapter.serializer.to_json(value, exclude_defaults=True)
    except PydanticSerializationError:
        return adapter.dump_json(
            adapter.validate_python(whole_pairs(adapter.dump_python(value))), exclude_defaults=True
        )


def _stored(db: Connection, connection: str, ids: Sequence[str]) -> dict[str, _Stored]:
    table = schema.tickets
    query = select(table.c.id, table.c.hash, table.c.status, table.c.context, table.c.key, table.c.parent)
    found: dict[str, _Stored] = {}
    for batch in batches(ids):
        rows = db.execute(query.where(table.c.connection == connection, among(table.c.id, batch)))
        found.update((row[0], row) for row in rows)
    return found


def _row(item: _Fresh, read: int) -> tuple[object, ...]:
    ticket = item.ticket
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
        item.doc,
    )


def _save_keys(db: Connection, tickets: Sequence[Ticket], at: datetime, *, fresh: bool = False) -> None:
    seen = micros(at)
    columns = ("connection", "ticket_id", "key", "folded", "first_seen")
    rows = [(t.ref.connection, t.ref.id, key := plain(t.key), key.casefold(), seen) for t in tickets]
    bulk.put(db, schema.keys, columns, rows, replace=(), fresh=fresh)


def _set_status(db: Connection, connection: str, ids: Sequence[str], *, status: Status, at: datetime) -> int:
    table = schema.tickets
    news = 0
    for batch in batches(ids):
        statement = (
            update(table)
            .where(table.c.connection == connection, among(table.c.id, batch))
            .where(table.c.status != status)
            .values(status=status, status_at=at)
        )
        news += db.execute(statement).rowcount
    return news
