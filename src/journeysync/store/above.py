"""What stands above tickets: the parents that their tracker knows, and the epics of other trackers that texts name.

Whatever is asked is asked for many tickets at once, level by level. The tracker's own parent, and all above it,
come first; the epics that a text names come after, in the order of the text. So a ticket never loses a parent of
its own, and what its own tracker says wins.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from sqlalchemy import Connection, func, select

from journeysync.core.mentions import How
from journeysync.model.ticket import TicketRef
from journeysync.store import schema
from journeysync.store.database import id_batches
from journeysync.store.dialect import among
from journeysync.store.rematch import MAX_DEPTH, has_mentions
from journeysync.store.values import Ancestor, Lineage

_T = schema.tickets
_K = schema.keys
_M = schema.mentions
_C = schema.containers
_MANY = 50  # tickets above one; a text that names more epics is a list, not the child of all of them
_HOW: Mapping[How, tuple[str, str]] = {  # in the ticket itself, in one above it
    "key": ("named in its text", "named in the text of {key}"),
    "address": ("linked in its text", "linked in the text of {key}"),
    "attached": ("attached to it", "attached to {key}"),
}
_BY_OUTSIDER = "by somebody not known as a member of the project"


class _Named(NamedTuple):
    """One step up, out of the tracker: the epic, how it is named, and why that is not sure (empty: it is)."""

    ref: TicketRef
    how: How
    doubt: str


class _Way(NamedTuple):
    """How a chain left the tracker that it began in: by which epic, and in words."""

    door: TicketRef
    words: str

    def to(self, above: Ancestor, door: str) -> str:
        connection = above.ref.connection
        return f"{connection}, {self.words}" if above.ref == self.door else f"{connection}, above {door}, {self.words}"


class Family:
    """All that stands above some tickets, read level by level."""

    def __init__(self, db: Connection, refs: Iterable[TicketRef]) -> None:
        self._parents: dict[TicketRef, TicketRef | None] = {}
        self._named: dict[TicketRef, list[_Named]] = {}
        self._here: dict[TicketRef, Ancestor] = {}
        asks_names = has_mentions(db)
        keys: dict[TicketRef, str] = {}
        level = list(refs)
        above: dict[TicketRef, None] = {}
        for _ in range(MAX_DEPTH + 1):
            for ref, parent, key in _rows_of(db, level):
                self._parents[ref] = parent
                if key is not None:
                    keys[ref] = key
            if asks_names:
                self._named.update(_named_by(db, level))
            above.update((one, None) for ref in level for one in self._steps(ref))
            level = [ref for ref in above if ref not in self._parents]
            if not level:
                break
            self._parents.update((ref, None) for ref in level)  # what is not stored is not asked for again
        here = [ref for ref in above if ref in keys]
        old_keys = _keys_of(db, here)
        self._here = {ref: Ancestor(ref=ref, key=keys[ref], keys=tuple(old_keys.get(ref, ()))) for ref in here}
        self._keys = keys

    def of(self, ref: TicketRef) -> Lineage:
        """Return what is above a ticket, nearest first; cycles end where they close."""
        chain: dict[TicketRef, Ancestor] = {}
        self._climb(ref, ref, None, chain)
        doubtful: dict[TicketRef, Ancestor] = {}
        for named in self._named.get(ref, ()):
            if named.doubt:
                self._add(named.ref, ref, self._way(ref, ref, named), doubtful)
        unsure = tuple(above for one, above in doubtful.items() if one not in chain)
        return Lineage(chain=tuple(chain.values()), doubtful=unsure)

    def named_by(self, ref: TicketRef) -> Iterator[TicketRef]:
        """Yield the epics of other trackers that a ticket is a child of, without doubt."""
        return (named.ref for named in self._named.get(ref, ()) if not named.doubt)

    def _steps(self, ref: TicketRef) -> Iterator[TicketRef]:
        parent = self._parents.get(ref)
        if parent is not None:
            yield parent
        yield from (named.ref for named in self._named.get(ref, ()))

    def _climb(self, ref: TicketRef, start: TicketRef, way: _Way | None, chain: dict[TicketRef, Ancestor]) -> None:
        parent = self._parents.get(ref)
        if parent is not None:
            self._add(parent, start, way, chain)
        for named in self._named.get(ref, ()):
            if not named.doubt:
                self._add(named.ref, start, self._way(ref, start, named), chain)

    def _add(self, ref: TicketRef, start: TicketRef, way: _Way | None, chain: dict[TicketRef, Ancestor]) -> None:
        if ref == start or ref in chain or ref not in self._here or len(chain) >= _MANY:
            return
        above = self._here[ref]
        via = way.to(above, self._keys[way.door]) if way else ""
        chain[ref] = above.model_copy(update={"via": via}) if via else above
        self._climb(ref, start, way, chain)

    def _way(self, ref: TicketRef, start: TicketRef, named: _Named) -> _Way:
        words = _HOW[named.how][ref != start].format(key=self._keys.get(ref, ref.id))
        return _Way(named.ref, f"{words} {named.doubt}".strip())


def _rows_of(db: Connection, refs: Iterable[TicketRef]) -> Iterator[tuple[TicketRef, TicketRef | None, str | None]]:
    """Yield (ticket, its tracker's own parent, key; None where it is gone)."""
    for connection, ids in id_batches(refs):
        query = select(_T.c.id, _T.c.key, _T.c.parent, _T.c.status)
        for row in db.execute(query.where(_T.c.connection == connection, among(_T.c.id, ids))):
            parent = None if row.parent is None else TicketRef(connection=connection, id=row.parent)
            ref = TicketRef(connection=connection, id=row.id)
            yield ref, parent, None if row.status == "gone" else row.key


def _keys_of(db: Connection, refs: Iterable[TicketRef]) -> dict[TicketRef, list[str]]:
    """Return every key that tickets ever had, oldest first."""
    found: dict[TicketRef, list[str]] = {}
    for connection, ids in id_batches(refs):
        query = select(_K.c.ticket_id, _K.c.key).where(_K.c.connection == connection, among(_K.c.ticket_id, ids))
        for row in db.execute(query.order_by(_K.c.first_seen, _K.c.key)):
            found.setdefault(TicketRef(connection=connection, id=row.ticket_id), []).append(row.key)
    return found


def _named_by(db: Connection, refs: Iterable[TicketRef]) -> dict[TicketRef, list[_Named]]:
    """Return the epics of other trackers that texts name, in the order of the text; a ticket that names none misses."""
    found: dict[TicketRef, list[_Named]] = {}
    for connection, ids in id_batches(refs):
        rows = db.execute(_holders().where(_M.c.connection == connection, among(_M.c.ticket_id, ids)))
        for (ticket_id, _place), group in groupby(rows, key=lambda row: (row.child, row.place)):
            meant = _meant(connection, list(group))
            if meant:
                found.setdefault(TicketRef(connection=connection, id=ticket_id), []).extend(meant)
    return found


def _holders() -> Any:  # a Select of these columns
    """Return who has, or had, the names that texts mention, in a fixed order."""
    own = _C.alias()
    child = (_M.c.connection == own.c.connection) & (_M.c.ticket_id == own.c.ticket_id)
    holder = (_K.c.connection == _T.c.connection) & (_K.c.ticket_id == _T.c.id) & (_T.c.status != "gone")
    is_container = (_K.c.connection == _C.c.connection) & (_K.c.ticket_id == _C.c.ticket_id)
    return (
        select(
            _M.c.ticket_id.label("child"), _M.c.place, _M.c.site, _M.c.name, _M.c.how, _M.c.firm, _M.c.home,
            func.coalesce(own.c.level, 0).label("own_level"),
            _K.c.connection, _K.c.ticket_id, _T.c.key, _T.c.context,
            func.coalesce(_C.c.level, 0).label("level"), func.coalesce(_C.c.site, "").label("holder_site"),
        )
        .join_from(_M, _K, _K.c.folded == _M.c.name)
        .join(_T, holder)
        .join(_C, is_container, isouter=True)
        .join(own, child, isouter=True)
        .order_by(_M.c.ticket_id, _M.c.place, _T.c.context, _K.c.connection, _K.c.ticket_id)
    )  # fmt: skip


def _meant(connection: str, holders: Sequence[Any]) -> list[_Named]:
    """Return the epics that one mention means.

    An address means the ticket of that site. A bare key means the ticket of the own connection where that has the
    key; else whoever has it now, before whoever had it; and where several have it, it may be any of them.
    """
    mention = holders[0]
    if mention.site:
        those = [holder for holder in holders if holder.holder_site == mention.site]
    elif any(holder.connection == connection for holder in holders):
        return []
    else:
        those = [holder for holder in holders if holder.key.casefold() == mention.name] or list(holders)
    # The same ticket may be read by two connections to one tracker: the first that has it in scope is taken.
    distinct = {(holder.holder_site or holder.connection, holder.key): holder for holder in reversed(those)}
    tickets = sorted(distinct.values(), key=lambda holder: holder.connection)
    doubt = "" if mention.firm else _BY_OUTSIDER
    if len(tickets) > 1:
        doubt = f"where {holders[0].name.upper()} is a ticket of {' and of '.join(h.connection for h in tickets)}"
    return [
        _Named(TicketRef(connection=holder.connection, id=holder.ticket_id), mention.how, doubt)
        for holder in tickets
        if holder.connection != connection
        and holder.level > mention.own_level
        and (not mention.home or holder.holder_site != mention.home)
    ]
