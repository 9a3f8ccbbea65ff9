"""Decisions of people. The app appends each one to decisions.jsonl too; the store is where they are looked up."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select

from journeysync.model.decision import Decision
from journeysync.model.ticket import TicketRef
from journeysync.store import bulk, schema
from journeysync.store.columns import micros, plain
from journeysync.store.database import Database, id_batches
from journeysync.store.dialect import among
from journeysync.store.rematch import forget_matches

_D = schema.decisions
_COLUMNS = (
    "id",
    "kind",
    "connection",
    "ticket_id",
    "target",
    "by",
    "at",
    "why",
    "until",
    "repository_version",
)


class Decisions(Database):
    """Keeping decisions."""

    def add_decision(self, decision: Decision) -> bool:
        """Keep a decision; return False if it was kept before. Its ticket is due for matching again."""
        return self.add_decisions([decision]) == 1

    def add_decisions(self, decisions: Iterable[Decision]) -> int:
        """Keep decisions (decisions.jsonl into a new store); return how many are new. They are told by their id."""
        given = {decision.id: decision for decision in decisions}
        with self._reading() as db:
            known = set(db.scalars(select(_D.c.id)))
        new = [decision for decision in given.values() if plain(decision.id) not in known]
        if new:
            with self._writing() as db:
                bulk.put(db, _D, _COLUMNS, [_values(decision) for decision in new], replace=())
                forget_matches(db, [decision.ticket for decision in new if decision.ticket is not None])
        return len(new)

    def decisions_of_kind(self, *kinds: str) -> tuple[Decision, ...]:
        """Return the decisions of these kinds, oldest first."""
        query = select(_D).where(_D.c.kind.in_(kinds)).order_by(_D.c.at, _D.c.id)
        with self._reading() as db:
            return tuple(_decision(row) for row in db.execute(query))

    def decisions_ended(self, *, after: datetime, until: datetime) -> tuple[Decision, ...]:
        """Return the decisions that ended after one time and by another: what they held back counts again."""
        query = select(_D).where(_D.c.until.is_not(None), _D.c.until > after, _D.c.until <= until)
        with self._reading() as db:
            return tuple(_decision(row) for row in db.execute(query.order_by(_D.c.at, _D.c.id)))

    def decisions(self, refs: Iterable[TicketRef] | None = None) -> tuple[Decision, ...]:
        """Return the decisions about these tickets, or all, oldest first."""
        order = (_D.c.at, _D.c.id)
        with self._reading() as db:
            if refs is None:
                return tuple(_decision(row) for row in db.execute(select(_D).order_by(*order)))
            found = []
            for connection, ids in id_batches(refs):
                query = select(_D).where(_D.c.connection == connection, among(_D.c.ticket_id, ids))
                found += [_decision(row) for row in db.execute(query)]
        return tuple(sorted(found, key=lambda decision: (decision.at, decision.id)))


def _values(decision: Decision) -> tuple[object, ...]:
    ticket = decision.ticket
    return (
        plain(decision.id),
        decision.kind,
        None if ticket is None else ticket.connection,
        None if ticket is None else ticket.id,
        plain(decision.target),
        plain(decision.by),
        micros(decision.at),
        plain(decision.why),
        None if decision.until is None else micros(decision.until),
        decision.repository_version,
    )


def _decision(row: Row[Any]) -> Decision:
    values = dict(row._mapping)
    connection, ticket_id = values.pop("connection"), values.pop("ticket_id")
    ticket = None if connection is None else TicketRef(connection=connection, id=ticket_id)
    return Decision(ticket=ticket, **values)
