"""What matching found: own links of a ticket, effective ones (with those inherited), and a flat table to count."""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256

from pydantic import TypeAdapter
from sqlalchemy import Connection, delete, func, select

from journeysync.model.link import TicketLinks
from journeysync.model.ticket import Ticket, TicketRef
from journeysync.store import bulk, schema
from journeysync.store.above import Family
from journeysync.store.columns import plain
from journeysync.store.database import batches, by_connection, id_batches
from journeysync.store.dialect import among
from journeysync.store.rematch import below, has_mentions, make_stale, naming
from journeysync.store.stored_tickets import PAGE, StoredTickets, after_row, read_ticket
from journeysync.store.tickets import json_document

_M = schema.matches
_L = schema.links
_T = schema.tickets
_links = TypeAdapter(TicketLinks)
_OWN = ("ticket_hash", "mappings_key", "own_hash", "stale")
_COLUMNS = ("connection", "ticket_id", *_OWN, "enabling", "link_count", "own", "effective")


class StoredLinks(StoredTickets):
    """Links, and which tickets have to be matched."""

    _due_hashes: dict[TicketRef, str]

    def due(self, mappings_key: str, batch_size: int = 1000) -> Iterator[tuple[Ticket, ...]]:
        """Yield tickets that are here and were not matched as they are now by these mappings, ancestors included.

        Save the matches of a batch before asking for the next one. A ticket that stays unsaved comes again in the
        next ``due``, not in this one; so does one whose effective links were not saved, because a run was killed. A
        ticket that is stored anew in between is due again.
        """
        query = (
            select(*PAGE, _T.c.hash)
            .join_from(_T, _M, (_M.c.connection == _T.c.connection) & (_M.c.ticket_id == _T.c.id), isouter=True)
            .where(_T.c.status == "here")
            .where(
                _M.c.ticket_id.is_(None)
                | (_M.c.ticket_hash != _T.c.hash)
                | (_M.c.mappings_key != mappings_key)
                | _M.c.stale
            )
        )
        for page in self._pages(query, batch_size):
            tickets = tuple(read_ticket(row[4], f"{row[0]}/{row[3]}") for row in page)
            self._due_hashes = {ticket.ref: row[5] for ticket, row in zip(tickets, page, strict=True)}
            yield tickets

    def save_matches(self, rows: Sequence[tuple[TicketLinks, str]]) -> tuple[TicketRef, ...]:
        """Store own links with the mappings key they were made by; return the tickets whose own links are others now.

        The effective links of those, and of all below them, are to be worked out again (``save_effective``).
        """
        rows = list({own.ticket: (own, key) for own, key in rows}.values())
        documents = [json_document(_links, own) for own, _ in rows]
        own_hashes = {own.ticket: sha256(doc).hexdigest()[:16] for (own, _), doc in zip(rows, documents, strict=True)}
        with self._writing() as db:
            before = _own_hashes(db, own_hashes)
            changed = [ref for ref, own_hash in own_hashes.items() if before.get((ref.connection, ref.id)) != own_hash]
            hashes = self._hashes_matched(db, list(own_hashes))
            values = [
                (ref.connection, ref.id, hashes.get(ref, ""), key, own_hash, True, None, 0, doc.decode(), None)
                for (ref, own_hash), (_, key), doc in zip(own_hashes.items(), rows, documents, strict=True)
            ]
            new = [row for row in values if row[:2] not in before]
            bulk.put(db, _M, _COLUMNS, new, replace=(*_OWN, "own"), fresh=True)
            bulk.put(db, _M, _COLUMNS, [row for row in values if row[:2] in before], replace=(*_OWN, "own"))
            make_stale(db, below(db, [ref for ref in changed if (ref.connection, ref.id) in before]))
        return tuple(changed)

    def stale(self, *, batch_size: int = 1000) -> Iterator[tuple[TicketRef, ...]]:
        """Yield the tickets whose effective links are to be worked out, in batches; save those of one before the next.

        That is each ticket whose matches were saved, and all below one whose own links changed by that.
        """
        place = (_M.c.connection, _M.c.ticket_id)
        query = select(*place).where(_M.c.stale).order_by(*place)
        after: tuple[str, str] | None = None
        while True:
            page = query if after is None else query.where(after_row(place, after))
            with self._reading() as db:
                rows = [(row[0], row[1]) for row in db.execute(page.limit(batch_size))]
            if rows:
                yield tuple(TicketRef(connection=connection, id=ticket_id) for connection, ticket_id in rows)
            if len(rows) < batch_size:
                return
            after = rows[-1]

    def save_effective(self, rows: Sequence[TicketLinks]) -> None:
        """Store effective links, inherited ones included, of tickets that were matched; others are left out."""
        rows = list({links.ticket: links for links in rows}.values())
        with self._writing() as db:
            for batch in batches(rows, 1000):
                _put_effective(db, batch)

    def own_links(self, refs: Iterable[TicketRef]) -> dict[TicketRef, TicketLinks]:
        """Return the links of the tickets themselves, nothing inherited; a ticket never matched is missing."""
        with self._reading() as db:
            return _documents(db, refs, effective=False)

    def links(self, refs: Iterable[TicketRef]) -> dict[TicketRef, TicketLinks]:
        """Return the effective links; a ticket whose links are not worked out yet is missing."""
        with self._reading() as db:
            return _documents(db, refs, effective=True)

    def link_counts(self, connection: str | None = None) -> dict[str, int]:
        """Return how many tickets that are here and in scope are linked to each target id."""
        query = select(_L.c.target_id, func.count()).select_from(_L.join(_T, _linked)).where(_counted)
        if connection is not None:
            query = query.where(_L.c.connection == connection)
        with self._reading() as db:
            return {row[0]: row[1] for row in db.execute(query.group_by(_L.c.target_id))}

    def tickets_of(self, target_ids: Iterable[str], *, batch_size: int = 1000) -> Iterator[tuple[Ticket, ...]]:
        """Yield the tickets, here and in scope, that are linked to any of these targets; each once, in order."""
        wanted = [plain(target) for target in target_ids]
        linked = select(_L.c.ticket_id).where(_linked, among(_L.c.target_id, wanted)).exists()
        return self._paged(select(*PAGE).where(_counted, linked), batch_size)

    def orphans(self, *, connection: str | None = None, batch_size: int = 1000) -> Iterator[tuple[Ticket, ...]]:
        """Yield the tickets, here and in scope, that have neither a link nor an enabling rule; unmatched ones too."""
        matched = (_M.c.connection == _T.c.connection) & (_M.c.ticket_id == _T.c.id)
        has_reason = select(_M.c.ticket_id).where(matched, (_M.c.link_count > 0) | _M.c.enabling.is_not(None)).exists()
        return self._paged(select(*PAGE).where(_counted, ~has_reason), batch_size, connection=connection)

    def with_linked_children(self, refs: Iterable[TicketRef]) -> set[TicketRef]:
        """Return those of the tickets that have a child, here and in scope, with a link of any origin."""
        above = list(refs)
        found: set[TicketRef] = set()
        with self._reading() as db:
            for connection, ids in id_batches(above):
                query = select(_T.c.parent).distinct().join_from(_T, _L, _linked)
                query = query.where(_T.c.connection == connection, among(_T.c.parent, ids), _counted)
                found.update(TicketRef(connection=connection, id=parent) for parent in db.scalars(query) if parent)
            if has_mentions(db):
                found |= _with_linked_names(db, [ref for ref in above if ref not in found])
        return found

    def _hashes_matched(self, db: Connection, refs: Sequence[TicketRef]) -> dict[TicketRef, str]:
        """Return the hash of the content that was matched: as ``due`` gave it out, else as stored now."""
        given = self._due_hashes
        found = {ref: given[ref] for ref in refs if ref in given}
        for connection, ids in id_batches(ref for ref in refs if ref not in found):
            query = select(_T.c.id, _T.c.hash).where(_T.c.connection == connection, among(_T.c.id, ids))
            found.update((TicketRef(connection=connection, id=row.id), row.hash) for row in db.execute(query))
        return found


_linked = (_L.c.connection == _T.c.connection) & (_L.c.ticket_id == _T.c.id)
_counted = (_T.c.status == "here") & _T.c.context.is_(False)


def _own_hashes(db: Connection, refs: Iterable[TicketRef]) -> dict[tuple[str, str], str]:
    """Return the hash of the own links by (connection, ticket id); a ticket never matched is missing."""
    found: dict[tuple[str, str], str] = {}
    for connection, ids in id_batches(refs):
        query = select(_M.c.ticket_id, _M.c.own_hash).where(_M.c.connection == connection, among(_M.c.ticket_id, ids))
        found.update(((connection, row[0]), row[1]) for row in db.execute(query))
    return found


def _with_linked_names(db: Connection, refs: Sequence[TicketRef]) -> set[TicketRef]:
    """Return those of the tickets that a linked ticket of another tracker names, and so hangs below."""
    children = naming(db, refs)
    linked: list[TicketRef] = []
    for connection, ids in id_batches(children):
        query = select(_T.c.id).distinct().join_from(_T, _L, _linked)
        query = query.where(_T.c.connection == connection, among(_T.c.id, ids), _counted)
        linked += [TicketRef(connection=connection, id=ticket_id) for ticket_id in db.scalars(query)]
    family, wanted = Family(db, linked), set(refs)
    return {above for child in linked for above in family.named_by(child) if above in wanted}


def _documents(db: Connection, refs: Iterable[TicketRef], *, effective: bool) -> dict[TicketRef, TicketLinks]:
    column = _M.c.effective if effective else _M.c.own
    found = {}
    for connection, ids in id_batches(refs):
        query = select(column).where(_M.c.connection == connection, among(_M.c.ticket_id, ids), column.is_not(None))
        for doc in db.scalars(query):
            links = _links.validate_json(doc)
            found[links.ticket] = links
    return found


def _put_effective(db: Connection, rows: Sequence[TicketLinks]) -> None:
    matched = _own_hashes(db, [row.ticket for row in rows])
    rows = [row for row in rows if (row.ticket.connection, row.ticket.id) in matched]
    for connection, ids in by_connection(row.ticket for row in rows).items():
        for batch in batches(ids):
            db.execute(delete(_L).where(_L.c.connection == connection, among(_L.c.ticket_id, batch)))
    flat = [
        (
            row.ticket.connection,
            row.ticket.id,
            link.target.kind,
            link.target.id,
            link.origin.value,
            link.confidence,
            link.rule,
            plain(link.cause),
        )
        for row in rows
        for link in {(link.target.kind, link.target.id): link for link in row.links}.values()
    ]
    names = ("connection", "ticket_id", "target_kind", "target_id", "origin", "confidence", "rule", "cause")
    bulk.put(db, _L, names, flat, fresh=True)
    bulk.change(
        db,
        _M,
        keys=("connection", "ticket_id"),
        columns=("stale", "enabling", "link_count", "effective"),
        rows=[
            (
                row.ticket.connection,
                row.ticket.id,
                False,
                row.enabling.name if row.enabling else None,
                len(row.links),
                json_document(_links, row).decode(),
            )
            for row in rows
        ],
    )
