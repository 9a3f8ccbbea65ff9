"""Facts of tickets in the teams' words: what coverage counts and lists filter by, without reading any document.

They are written when a ticket is matched, so they are as fresh as its links. Reading 100,000 of them with their links
takes a second; the documents themselves would take ten.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select

from journeysync.model.coverage import Selection
from journeysync.model.link import Tie
from journeysync.model.ticket import Ticket, TicketRef
from journeysync.store import bulk, schema
from journeysync.store.columns import micros, plain
from journeysync.store.database import Database, by_connection
from journeysync.store.dialect import among
from journeysync.store.stored_tickets import ORDER, after_row

_F = schema.facts
_L = schema.links
_M = schema.matches
_T = schema.tickets
_COLUMNS = ("connection", "ticket_id", "team", "kind", "level", "state", "done_at", "estimate", "words")
_counted = (_T.c.status == "here") & _T.c.context.is_(False)
_of_facts = and_(_F.c.connection == _T.c.connection, _F.c.ticket_id == _T.c.id)
_of_match = and_(_M.c.connection == _T.c.connection, _M.c.ticket_id == _T.c.id)
_LINKED = _M.c.link_count > 0


class FactRow(NamedTuple):
    """One ticket that is here and in scope."""

    connection: str
    id: str
    team: str | None
    kind: str
    level: int
    state: str
    done_at: datetime | None
    estimate: float | None
    enabling: str | None
    ties: tuple[Tie, ...]


class Facts(Database):
    """Facts of tickets."""

    def save_facts(self, tickets: Sequence[Ticket]) -> None:
        """Keep the facts of tickets that are in our words (``core.vocabulary``); those kept before are replaced."""
        rows = {ticket.ref: _values(ticket) for ticket in tickets}
        with self._writing() as db:
            bulk.put(db, _F, _COLUMNS, list(rows.values()))

    def fact_rows(self, *, batch_size: int = 5000) -> Iterator[list[FactRow]]:
        """Yield all tickets that are here, in scope and were matched, with their effective links, in batches."""
        query = (
            select(*ORDER, _F.c.team, _F.c.kind, _F.c.level, _F.c.state, _F.c.done_at, _F.c.estimate, _M.c.enabling)
            .select_from(_T.join(_F, _of_facts).join(_M, _of_match))
            .where(_counted)
        )
        after: tuple[Any, ...] | None = None
        while True:
            page = query if after is None else query.where(after_row(ORDER, after))
            with self._reading() as db:
                rows = db.execute(page.order_by(*ORDER).limit(batch_size)).all()
                ties = _ties(db, rows)
            if rows:
                yield [FactRow(row[0], row[3], *row[4:], ties.get((row[0], row[3]), ())) for row in rows]
            if len(rows) < batch_size:
                return
            after = tuple(rows[-1][:4])

    def unmatched(self) -> int:
        """Return how many tickets that are here and in scope have no facts yet: match first."""
        with self._reading() as db:
            query = select(func.count()).select_from(_T.join(_F, _of_facts, isouter=True))
            return db.scalar(query.where(_counted, _F.c.ticket_id.is_(None))) or 0

    def find_tickets(
        self,
        selection: Selection,
        *,
        only: Iterable[TicketRef] | None = None,
        targets: Sequence[str] = (),
        text: str = "",
        updated_before: datetime | None = None,
        offset: int = 0,
        limit: int | None = 50,
    ) -> tuple[int, tuple[TicketRef, ...]]:
        """Return how many tickets fit, and one page of them.

        Those without a link come first, among them open ones before those that ended, then by key.

        Args:
            selection: Team, connections, kinds, state; what it leaves open is not asked for.
            only: Of these tickets alone.
            targets: Linked to any of these.
            text: What key or title contain, without case.
            updated_before: Not changed in the tracker since.
            offset, limit: Which page; no limit = all that follow.
        """
        where = [_counted, *_conditions(selection)]
        if only is not None:
            grouped = by_connection(only)
            parts = [and_(_T.c.connection == name, among(_T.c.id, ids)) for name, ids in grouped.items()]
            where.append(or_(*parts) if parts else _T.c.id.is_(None))
        if targets:
            here = and_(_L.c.connection == _T.c.connection, _L.c.ticket_id == _T.c.id)
            where.append(select(_L.c.ticket_id).where(here, among(_L.c.target_id, list(targets))).exists())
        if text:
            where.append(_F.c.words.contains(plain(text).casefold(), autoescape=True))
        if updated_before is not None:
            where.append(_T.c.updated_at < updated_before)
        source = _T.join(_F, _of_facts).join(_M, _of_match)
        unlinked_first = (_LINKED | _M.c.enabling.is_not(None), _F.c.state.in_(("done", "dropped")))
        page: Select[Any] = select(_T.c.connection, _T.c.id).select_from(source).where(*where)
        with self._reading() as db:
            count = db.scalar(select(func.count()).select_from(source).where(*where)) or 0
            rows = db.execute(page.order_by(*unlinked_first, *ORDER).offset(offset).limit(limit))
            return count, tuple(TicketRef(connection=row[0], id=row[1]) for row in rows)

    def fact_words(self) -> dict[str, tuple[str, ...]]:
        """Return the teams and kinds that tickets have, each sorted: what can be filtered by."""
        with self._reading() as db:
            found = {}
            for name, column in (("team", _F.c.team), ("kind", _F.c.kind)):
                query = select(column).distinct().select_from(_T.join(_F, _of_facts)).where(_counted)
                found[name] = tuple(sorted(str(word) for word in db.scalars(query) if word))
            return found


def _values(ticket: Ticket) -> tuple[object, ...]:
    done_at = ticket.done_at or (ticket.updated_at if ticket.state == "done" else None)
    return (
        ticket.ref.connection,
        ticket.ref.id,
        None if ticket.team is None else plain(ticket.team),
        plain(ticket.kind),
        ticket.level,
        ticket.state.value,
        None if done_at is None else micros(done_at),
        ticket.estimate,
        plain(f"{ticket.key} {ticket.title}").casefold(),
    )


def _conditions(selection: Selection) -> Iterator[ColumnElement[bool]]:
    if selection.team:
        yield _F.c.team == selection.team
    if selection.connections:
        yield _T.c.connection.in_(selection.connections)
    if selection.kind:
        yield _F.c.kind == selection.kind
    if selection.state == "open":
        yield _F.c.state.in_(("todo", "doing"))
    elif selection.state:
        yield _F.c.state == selection.state


def _ties(db: Connection, rows: Sequence[Any]) -> Mapping[tuple[str, str], tuple[Tie, ...]]:
    """Return the links of tickets, given as rows of a page; equal ones are one value in memory."""
    ids: dict[str, list[str]] = {}
    for row in rows:
        ids.setdefault(row[0], []).append(row[3])
    found: dict[tuple[str, str], tuple[Tie, ...]] = {}
    known: dict[tuple[Any, ...], tuple[Tie, ...]] = {}
    query = select(_L.c.ticket_id, _L.c.target_kind, _L.c.target_id, _L.c.origin, _L.c.confidence)
    for connection, those in ids.items():
        for ticket_id, *link in db.execute(
            query.where(_L.c.connection == connection, among(_L.c.ticket_id, those))
        ).all():
            name, key = (connection, ticket_id), tuple(link)
            one = known.get(key)
            if one is None:
                one = known[key] = (Tie(*link),)
            before = found.get(name)
            if before is not None:
                one = known.setdefault(before + one, before + one)
            found[name] = one
    return found
