"""Where a label in our namespace comes from, when it is not ours: typed by a person, or of unknown origin."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from sqlalchemy import delete, select

from journeysync.model.ticket import TicketRef
from journeysync.store import bulk, schema
from journeysync.store.columns import micros, plain
from journeysync.store.database import id_batches
from journeysync.store.dialect import among
from journeysync.store.rematch import Rematch, forget_matches
from journeysync.store.values import MarkName

_MARKS = schema.label_marks


class LabelMarks(Rematch):
    """Marks of labels, decided once, when a label is first seen."""

    def save_marks(
        self,
        rows: Sequence[tuple[TicketRef, str, MarkName]],
        *,
        at: datetime,
        at_of: Mapping[TicketRef, datetime] | None = None,
    ) -> None:
        """Remember where labels come from; the newest word holds. Tickets for which it is news are due again.

        Args:
            rows: Ticket, label, and whose it is.
            at: When that was seen.
            at_of: For some tickets an earlier time: the label stood there by then at the latest.
        """
        fresh = {(ref, plain(label)): mark for ref, label, mark in rows}
        if not fresh:
            return
        known = self.marks({ref for ref, _ in fresh})
        news = {place: mark for place, mark in fresh.items() if known.get(place[0], {}).get(place[1]) != mark}
        if not news:
            return
        times = at_of or {}
        values = [
            (ref.connection, ref.id, label, mark, micros(times.get(ref, at))) for (ref, label), mark in news.items()
        ]
        with self._writing() as db:
            bulk.put(db, _MARKS, ("connection", "ticket_id", "label", "mark", "at"), values)
            forget_matches(db, {ref for ref, _ in news})

    def marks(self, refs: Iterable[TicketRef]) -> dict[TicketRef, dict[str, MarkName]]:
        """Return the marks of each ticket by label; a ticket without marks is missing."""
        found: dict[TicketRef, dict[str, MarkName]] = {}
        with self._reading() as db:
            for connection, ids in id_batches(refs):
                query = select(_MARKS.c.ticket_id, _MARKS.c.label, _MARKS.c.mark).where(
                    _MARKS.c.connection == connection, among(_MARKS.c.ticket_id, ids)
                )
                for row in db.execute(query.order_by(_MARKS.c.label)):
                    found.setdefault(TicketRef(connection=connection, id=row.ticket_id), {})[row.label] = row.mark
        return found

    def typed_at(self, refs: Iterable[TicketRef]) -> dict[TicketRef, dict[str, datetime]]:
        """Return when each label that a person typed was first seen."""
        found: dict[TicketRef, dict[str, datetime]] = {}
        with self._reading() as db:
            for connection, ids in id_batches(refs):
                query = select(_MARKS.c.ticket_id, _MARKS.c.label, _MARKS.c.at).where(
                    _MARKS.c.connection == connection, among(_MARKS.c.ticket_id, ids), _MARKS.c.mark == "typed"
                )
                for row in db.execute(query):
                    found.setdefault(TicketRef(connection=connection, id=row.ticket_id), {})[row.label] = row.at
        return found

    def marked(self, label: str, mark: MarkName) -> tuple[tuple[TicketRef, str], ...]:
        """Return every (ticket, label as spelled there) with this mark; labels compare without case."""
        query = select(_MARKS).where(_MARKS.c.mark == mark).order_by(*_MARKS.primary_key)
        folded = plain(label).casefold()
        with self._reading() as db:
            return tuple(
                (TicketRef(connection=row.connection, id=row.ticket_id), row.label)
                for row in db.execute(query)
                if row.label.casefold() == folded
            )

    def clear_marks(self, places: Iterable[tuple[TicketRef, str]]) -> None:
        """Forget marks (the label is gone, or was adopted); their tickets are due again."""
        places = [(ref, plain(label)) for ref, label in places]
        if not places:
            return
        with self._writing() as db:
            for ref, label in places:
                db.execute(
                    delete(_MARKS).where(
                        _MARKS.c.connection == ref.connection, _MARKS.c.ticket_id == ref.id, _MARKS.c.label == label
                    )
                )
            forget_matches(db, {ref for ref, _ in places})
