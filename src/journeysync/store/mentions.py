"""Which tickets a text names, and which tickets others may hang below: what joins trackers to one backlog."""

from collections.abc import Iterable, Mapping, Sequence

from sqlalchemy import Connection, delete, select

from journeysync.core.mentions import Mention, site_of
from journeysync.model.ticket import Ticket, TicketRef
from journeysync.store import bulk, schema
from journeysync.store.columns import plain
from journeysync.store.database import Database, batches, id_batches
from journeysync.store.dialect import among
from journeysync.store.rematch import below, make_stale

_M = schema.mentions
_C = schema.containers
_COLUMNS = ("connection", "ticket_id", "name", "site", "place", "how", "firm", "home")
_Row = tuple[str, str, str, str, int, str, bool, str]


class Mentions(Database):
    """Saving what texts name."""

    def save_mentions(self, rows: Iterable[tuple[Ticket, Sequence[Mention]]]) -> set[TicketRef]:
        """Store what the texts of these tickets name now; what is the same as before costs one look.

        Returns:
            All tickets below those whose text names others now: what they inherit is to be worked out again
            (``stale`` has them), and ``under`` of a rule may hold or not.
        """
        fresh = {ticket.ref: _rows(ticket, mentions) for ticket, mentions in rows}
        with self._reading() as db:
            stored = _stored(db, fresh)
        news = [ref for ref, its in fresh.items() if its != stored.get(ref, [])]
        if not news:
            return set()
        with self._writing() as db:
            for connection, ids in id_batches(ref for ref in news if ref in stored):
                db.execute(delete(_M).where(_M.c.connection == connection, among(_M.c.ticket_id, ids)))
            bulk.put(db, _M, _COLUMNS, [row for ref in news for row in fresh[ref]])
            those_below = below(db, news)
            make_stale(db, those_below)
        return those_below


def save_containers(db: Connection, connection: str, new: Iterable[Ticket], changed: Iterable[Ticket]) -> list[str]:
    """Keep the tickets that others may hang below; return the ids of changed ones that are others to them now.

    Args:
        db: Inside a writing transaction.
        connection: The connection of all of them.
        new: Tickets that were not stored before.
        changed: Tickets that were.
    """
    was = _containers(db, connection, changed)
    is_now = {ticket.ref.id: (ticket.level, plain(site_of(ticket.url))) for ticket in changed if ticket.level >= 1}
    moved = [ticket_id for ticket_id in {**was, **is_now} if was.get(ticket_id) != is_now.get(ticket_id)]
    for batch in batches(ticket_id for ticket_id in was if ticket_id not in is_now):
        db.execute(delete(_C).where(_C.c.connection == connection, among(_C.c.ticket_id, batch)))
    fresh = {ticket.ref.id: (ticket.level, plain(site_of(ticket.url))) for ticket in new if ticket.level >= 1}
    values = fresh | {ticket_id: is_now[ticket_id] for ticket_id in moved if ticket_id in is_now}
    bulk.put(
        db,
        _C,
        ("connection", "ticket_id", "level", "site"),
        [(connection, ticket_id, level, site) for ticket_id, (level, site) in values.items()],
    )
    return moved


def _containers(db: Connection, connection: str, tickets: Iterable[Ticket]) -> dict[str, tuple[int, str]]:
    found: dict[str, tuple[int, str]] = {}
    for batch in batches(ticket.ref.id for ticket in tickets):
        query = select(_C.c.ticket_id, _C.c.level, _C.c.site)
        for row in db.execute(query.where(_C.c.connection == connection, among(_C.c.ticket_id, batch))):
            found[row.ticket_id] = (row.level, row.site)
    return found


def _rows(ticket: Ticket, mentions: Sequence[Mention]) -> list[_Row]:
    ref, home = ticket.ref, plain(site_of(ticket.url)) if mentions else ""
    return [
        (ref.connection, ref.id, plain(one.name), plain(one.site), place, one.how, one.firm, home)
        for place, one in enumerate(mentions)
    ]


def _stored(db: Connection, refs: Mapping[TicketRef, object]) -> dict[TicketRef, list[_Row]]:
    found: dict[TicketRef, list[_Row]] = {}
    for connection, ids in id_batches(refs):
        query = select(*(_M.c[name] for name in _COLUMNS))
        query = query.where(_M.c.connection == connection, among(_M.c.ticket_id, ids))
        for row in db.execute(query.order_by(_M.c.ticket_id, _M.c.place)):
            ref = TicketRef(connection=connection, id=row.ticket_id)
            found.setdefault(ref, []).append(tuple(row))
    return found
