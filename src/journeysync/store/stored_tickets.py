"""Reading tickets back: by reference, by any key they ever had, or all of them in batches."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import msgspec
from pydantic import TypeAdapter, ValidationError
from sqlalchemy import ColumnElement, Connection, Select, func, literal, select, tuple_

from journeysync.errors import StoreError
from journeysync.model.ticket import Ticket, TicketRef
from journeysync.store import schema
from journeysync.store.above import Family
from journeysync.store.columns import plain
from journeysync.store.database import Database, batches, id_batches
from journeysync.store.dialect import among
from journeysync.store.values import Ancestor, Lineage, Status

_T = schema.tickets
_tickets = TypeAdapter(Ticket)
ORDER = (_T.c.connection, _T.c.project, _T.c.number, _T.c.id)
"""The order people expect; paging goes on after the last row of a page."""
PAGE = (*ORDER, _T.c.doc)
"""The columns of a paged query."""


class _Labels(msgspec.Struct):
    """The part of a document that ``stored_labels`` asks for; the rest is skipped, not read."""

    labels: tuple[str, ...] = ()


_labels = msgspec.json.Decoder(_Labels)


class StoredTickets(Database):
    """Reading tickets."""

    def missing_parents(self, connection: str) -> tuple[str, ...]:
        """Return the ids of parents that the store never held, sorted."""
        above = _T.alias()
        query = (
            select(_T.c.parent)
            .distinct()
            .where(_T.c.connection == connection, _T.c.parent.is_not(None), _T.c.status == "here")
            .where(~select(above.c.id).where(above.c.connection == connection, above.c.id == _T.c.parent).exists())
        )
        with self._reading() as db:
            return tuple(sorted(str(parent) for parent in db.scalars(query)))

    def known(self, connection: str, ids: Sequence[str]) -> dict[str, datetime]:
        """Return ``updated_at`` of those that are here; what the store does not hold is missing."""
        found: dict[str, datetime] = {}
        with self._reading() as db:
            for batch in batches(ids):
                query = select(_T.c.id, _T.c.updated_at).where(
                    _T.c.connection == connection, among(_T.c.id, batch), _T.c.status == "here"
                )
                found.update((row.id, row.updated_at) for row in db.execute(query))
        return found

    def keys_of(self, connection: str, ids: Sequence[str]) -> dict[str, str]:
        """Return the key that each ticket had when it was last read, by its id; also of those that are gone."""
        found: dict[str, str] = {}
        with self._reading() as db:
            for batch in batches(ids):
                query = select(_T.c.id, _T.c.key).where(_T.c.connection == connection, among(_T.c.id, batch))
                found.update((row.id, row.key) for row in db.execute(query))
        return found

    def scope_ids(self, connection: str, *, batch_size: int = 5000) -> Iterator[tuple[tuple[str, datetime], ...]]:
        """Yield (id, updated_at) of all tickets that are here and in scope, ordered by id, in batches."""
        after = ""
        query = select(_T.c.id, _T.c.updated_at).where(
            _T.c.connection == connection, _T.c.status == "here", _T.c.context.is_(False)
        )
        while True:
            with self._reading() as db:
                page = db.execute(query.where(_T.c.id > after).order_by(_T.c.id).limit(batch_size)).all()
            if not page:
                return
            after = page[-1].id
            yield tuple((row.id, row.updated_at) for row in page)

    def outside(self, refs: Iterable[TicketRef]) -> tuple[set[TicketRef], set[TicketRef]]:
        """Return those of the tickets that left the scope, and those that are held as ancestors only."""
        away: set[TicketRef] = set()
        above: set[TicketRef] = set()
        with self._reading() as db:
            for connection, ids in id_batches(refs):
                query = select(_T.c.id, _T.c.status).where(_T.c.connection == connection, among(_T.c.id, ids))
                query = query.where((_T.c.status == "out_of_scope") | _T.c.context.is_(True))
                for row in db.execute(query):
                    ref = TicketRef(connection=connection, id=row.id)
                    (away if row.status == "out_of_scope" else above).add(ref)
        return away, above

    def status_of(self, refs: Iterable[TicketRef]) -> dict[TicketRef, Status]:
        """Return where tickets are; what the store never held is missing."""
        found: dict[TicketRef, Status] = {}
        with self._reading() as db:
            for connection, ids in id_batches(refs):
                query = select(_T.c.id, _T.c.status).where(_T.c.connection == connection, among(_T.c.id, ids))
                found.update((TicketRef(connection=connection, id=row.id), row.status) for row in db.execute(query))
        return found

    def ticket(self, ref: TicketRef) -> Ticket | None:
        """Return one ticket as last read, wherever it is now; None if the store never held it."""
        return self.tickets([ref]).get(ref)

    def tickets(self, refs: Iterable[TicketRef]) -> dict[TicketRef, Ticket]:
        """Return tickets as last read, wherever they are now; what the store never held is missing."""
        with self._reading() as db:
            return {ticket.ref: ticket for ticket in load_tickets(db, refs)}

    def iter_tickets(
        self,
        *,
        connection: str | None = None,
        batch_size: int = 1000,
        status: Status | None = "here",
        with_context: bool = False,
    ) -> Iterator[tuple[Ticket, ...]]:
        """Yield tickets in batches, ordered by connection, project, number of the key, id.

        What is saved meanwhile may or may not come; nothing comes twice unless its key changes meanwhile.

        Args:
            connection: Only of this one; None = all.
            batch_size: Tickets in a batch.
            status: Only those; None = wherever they are.
            with_context: Also ancestors that are out of scope.
        """
        query = select(*PAGE)
        if status is not None:
            query = query.where(_T.c.status == status)
        if not with_context:
            query = query.where(_T.c.context.is_(False))
        return self._paged(query, batch_size, connection=connection)

    def _paged(
        self, query: Select[Any], batch_size: int, *, connection: str | None = None
    ) -> Iterator[tuple[Ticket, ...]]:
        for page in self._pages(query, batch_size, connection=connection):
            yield tuple(read_ticket(row[4], f"{row[0]}/{row[3]}") for row in page)

    def _pages(
        self, query: Select[Any], batch_size: int, *, connection: str | None = None
    ) -> Iterator[list[tuple[Any, ...]]]:
        """Yield the rows of a query whose columns are ``PAGE`` (and more), page by page.

        With a connection given, the place to go on from leaves it out: else the database would look for the
        connection only, and walk over all pages before.
        """
        order: tuple[ColumnElement[Any], ...] = ORDER
        if connection is not None:
            query, order = query.where(_T.c.connection == connection), ORDER[1:]
        after: tuple[Any, ...] | None = None
        while True:
            page = query if after is None else query.where(after_row(order, after))
            with self._reading() as db:
                rows = [tuple(row) for row in db.execute(page.order_by(*order).limit(batch_size))]
            if rows:
                yield rows
            if len(rows) < batch_size:
                return
            after = rows[-1][4 - len(order) : 4]

    def find(self, text: str) -> tuple[Ticket, ...]:
        """Return tickets by key (any they ever had, without case), tracker id, or connection/id; best first.

        A ticket that has the key now comes before one that had it.
        """
        words = plain(text.strip())
        folded = words.casefold()
        with self._reading() as db:
            keys = schema.keys
            refs = [
                TicketRef(connection=c, id=i)
                for c, i in db.execute(
                    select(keys.c.connection, keys.c.ticket_id)
                    .where(keys.c.folded == folded)
                    .order_by(*keys.primary_key)
                )
            ]
            refs += [
                TicketRef(connection=c, id=i)
                for c, i in db.execute(
                    select(_T.c.connection, _T.c.id).where(_T.c.id == words).order_by(_T.c.connection)
                )
            ]
            connection, slash, ticket_id = words.partition("/")
            if slash:
                refs.append(TicketRef(connection=connection, id=ticket_id))
            found = load_tickets(db, dict.fromkeys(refs))
        return tuple(sorted(found, key=lambda ticket: ticket.key.casefold() != folded))

    def count(self, connection: str | None = None, *, in_scope: bool = True) -> int:
        """Return how many tickets are here; ``in_scope=False`` counts ancestors out of scope too."""
        query = select(func.count()).select_from(_T).where(_T.c.status == "here")
        if connection is not None:
            query = query.where(_T.c.connection == connection)
        if in_scope:
            query = query.where(_T.c.context.is_(False))
        with self._reading() as db:
            return db.scalar(query) or 0

    def statuses(self, connection: str | None = None) -> dict[str, int]:
        """Return how many tickets are here, gone, hidden and out of scope; context is not counted."""
        query = select(_T.c.status, func.count()).where(_T.c.context.is_(False)).group_by(_T.c.status)
        if connection is not None:
            query = query.where(_T.c.connection == connection)
        with self._reading() as db:
            return {row[0]: row[1] for row in db.execute(query)}

    def stored_labels(self, connection: str, ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """Return the labels as last read; a ticket that the store never held is missing."""
        found = {}
        with self._reading() as db:
            for batch in batches(ids):
                query = select(_T.c.id, _T.c.doc).where(_T.c.connection == connection, among(_T.c.id, batch))
                for row in db.execute(query):
                    found[row.id] = _labels.decode(row.doc).labels
        return found

    def ancestors(self, refs: Iterable[TicketRef]) -> dict[TicketRef, tuple[Ancestor, ...]]:
        """Return what stands above each ticket without doubt, nearest first, empty if nothing does."""
        return {ref: lineage.chain for ref, lineage in self.lineages(refs).items()}

    def lineages(self, refs: Iterable[TicketRef]) -> dict[TicketRef, Lineage]:
        """Return what stands above each ticket, in its own tracker and in others; cycles end where they close.

        A parent that is gone, or that was never read, ends its chain.
        """
        those = list(dict.fromkeys(refs))
        with self._reading() as db:
            family = Family(db, those)
        return {ref: family.of(ref) for ref in those}


def after_row(order: Sequence[ColumnElement[Any]], row: Sequence[Any]) -> ColumnElement[bool]:
    """Return the condition that a row comes after another one in an order."""
    return tuple_(*order) > tuple_(*(literal(value, column.type) for column, value in zip(order, row, strict=True)))


def load_tickets(db: Connection, refs: Iterable[TicketRef]) -> list[Ticket]:
    """Return tickets in the order of ``refs``, without those that are not stored."""
    wanted = list(refs)
    docs: dict[tuple[str, str], bytes] = {}
    for connection, ids in id_batches(wanted):
        query = select(_T.c.id, _T.c.doc).where(_T.c.connection == connection, among(_T.c.id, ids))
        docs.update(((connection, row[0]), row[1]) for row in db.execute(query))
    return [read_ticket(doc, ref) for ref in wanted if (doc := docs.get((ref.connection, ref.id))) is not None]


def read_ticket(doc: bytes, where: TicketRef | str) -> Ticket:
    """Return the ticket of a stored document."""
    try:
        return _tickets.validate_json(doc)
    except ValidationError as error:
        raise StoreError(
            f"a stored ticket cannot be read: {error.errors()[0]['msg']}",
            where=str(where),
            next_step="run `journeysync pull --full`; if it stays, the store was made by another release",
        ) from error
