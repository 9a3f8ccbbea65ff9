"""Which tickets have to be matched again although their own content is the same."""

from collections.abc import Iterable, Sequence

from sqlalchemy import ColumnElement, Connection, select, update

from journeysync.model.ticket import TicketRef
from journeysync.store import schema
from journeysync.store.database import Database, batches, by_connection, id_batches
from journeysync.store.dialect import among

MAX_DEPTH = 20
"""Levels of a parent chain; more is a mistake in the tracker's data, and a cycle ends here at the latest."""


class Rematch(Database):
    """Making tickets due."""

    def rematch(self, refs: Iterable[TicketRef]) -> None:
        """Make these tickets due for matching again (a decision about them, another origin of a label)."""
        with self._writing() as db:
            forget_matches(db, refs)

    def descendants(self, refs: Iterable[TicketRef]) -> set[TicketRef]:
        """Return all tickets below these, at any depth; cycles do no harm. The given ones only if below another."""
        with self._reading() as db:
            return below(db, refs)


def below(db: Connection, refs: Iterable[TicketRef]) -> set[TicketRef]:
    """Return all tickets below these, level by level, also those of other trackers whose text names one.

    Whoever names a ticket counts, also where that is no epic: rather one too many than one missed.
    """
    found: set[TicketRef] = set()
    level = list(refs)
    named = has_mentions(db)
    for _ in range(MAX_DEPTH):
        children = [*_children(db, level), *(naming(db, level) if named else ())]
        level = [child for child in dict.fromkeys(children) if child not in found]
        if not level:
            break
        found.update(level)
    return found


def forget_matches(db: Connection, refs: Iterable[TicketRef]) -> None:
    """Make tickets due, whatever was matched stays until then."""
    _update_matches(db, refs, schema.matches.c.mappings_key != "", mappings_key="")


def make_stale(db: Connection, refs: Iterable[TicketRef]) -> None:
    """Note that effective links are to be worked out again; until then the old ones are shown."""
    _update_matches(db, refs, ~schema.matches.c.stale, stale=True)


def _update_matches(db: Connection, refs: Iterable[TicketRef], where: ColumnElement[bool], **values: object) -> None:
    """Change rows in one order: connections that are read side by side may reach the same tickets of a third."""
    table = schema.matches
    locks = db.dialect.name == "postgresql"  # SQLite has one writer
    for connection, ids in sorted((name, sorted(ids)) for name, ids in by_connection(refs).items()):
        for batch in batches(ids):
            those = (table.c.connection == connection, among(table.c.ticket_id, batch), where)
            if locks:
                db.execute(select(table.c.ticket_id).where(*those).order_by(table.c.ticket_id).with_for_update())
            db.execute(update(table).where(*those).values(**values))


def has_mentions(db: Connection) -> bool:
    """Return whether any text names a ticket: a workspace with one connection has nothing to look for."""
    return db.execute(select(schema.mentions.c.name).limit(1)).first() is not None


def rematch_below(db: Connection, connection: str, ids: Sequence[str]) -> None:
    """Make all that is below these tickets due: ``under`` and inheritance look at the whole parent chain.

    So is what names them in other trackers, and in their own where a key is that of another tracker's ticket too.
    """
    any_match = select(schema.matches.c.ticket_id).where(schema.matches.c.connection == connection).limit(1)
    named = has_mentions(db)
    if not ids or not (named or db.execute(any_match).first()):  # the first pull has nothing to forget
        return
    refs = [TicketRef(connection=connection, id=ticket_id) for ticket_id in ids]
    at_home = naming(db, refs, at_home=True) if named else []
    forget_matches(db, {*below(db, refs), *at_home, *(below(db, at_home) if at_home else ())})


def _children(db: Connection, refs: Iterable[TicketRef]) -> list[TicketRef]:
    table = schema.tickets
    found = []
    for connection, ids in id_batches(refs):
        query = select(table.c.id).where(table.c.connection == connection, among(table.c.parent, ids))
        found += [TicketRef(connection=connection, id=ticket_id) for ticket_id in db.scalars(query)]
    return found


def naming(db: Connection, refs: Iterable[TicketRef], *, at_home: bool = False) -> list[TicketRef]:
    """Return the tickets of other connections that name one of these, by any key that it ever had.

    With ``at_home`` those of its own connection, as far as somebody elsewhere has that key as well: there the word
    may have meant the other one until now.
    """
    keys, names, elsewhere = schema.keys, schema.mentions, schema.keys.alias()
    found = []
    for connection, ids in id_batches(refs):
        query = (
            select(names.c.connection, names.c.ticket_id)
            .distinct()
            .join_from(keys, names, names.c.name == keys.c.folded)
        )
        query = query.where(keys.c.connection == connection, among(keys.c.ticket_id, ids))
        if at_home:
            other = (elsewhere.c.folded == keys.c.folded) & (elsewhere.c.connection != connection)
            query = query.where(names.c.connection == connection, select(elsewhere.c.key).where(other).exists())
        else:
            query = query.where(names.c.connection != connection)
        found += [TicketRef(connection=row[0], id=row[1]) for row in db.execute(query)]
    return found
