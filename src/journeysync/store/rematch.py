"""Which tickets have to be matched again although their own content is the same."""

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, select, update

from journeysync.model.ticket import TicketRef
from journeysync.store import schema
from journeysync.store.database import Database, id_batches
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
    """Return all tickets below these, level by level."""
    found: set[TicketRef] = set()
    level = list(refs)
    for _ in range(MAX_DEPTH):
        level = [child for child in _children(db, level) if child not in found]
        if not level:
            break
        found.update(level)
    return found


def forget_matches(db: Connection, refs: Iterable[TicketRef]) -> None:
    """Make tickets due, whatever was matched stays until then."""
    table = schema.matches
    for connection, ids in id_batches(refs):
        db.execute(
            update(table)
            .where(table.c.connection == connection, among(table.c.ticket_id, ids), table.c.mappings_key != "")
            .values(mappings_key="")
        )


def rematch_below(db: Connection, connection: str, ids: Sequence[str]) -> None:
    """Make all that is below these tickets due: ``under`` and inheritance look at the whole parent chain."""
    any_match = select(schema.matches.c.ticket_id).where(schema.matches.c.connection == connection).limit(1)
    if ids and db.execute(any_match).first() is not None:  # the first pull has nothing to forget
        forget_matches(db, below(db, [TicketRef(connection=connection, id=ticket_id) for ticket_id in ids]))


def _children(db: Connection, refs: Iterable[TicketRef]) -> list[TicketRef]:
    table = schema.tickets
    found = []
    for connection, ids in id_batches(refs):
        query = select(table.c.id).where(table.c.connection == connection, among(table.c.parent, ids))
        found += [TicketRef(connection=connection, id=ticket_id) for ticket_id in db.scalars(query)]
    return found
