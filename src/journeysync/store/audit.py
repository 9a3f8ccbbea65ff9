"""The trail of what was requested and written: requests by the hour, writes since a day, and forgetting what is old."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, delete, or_, select

from journeysync.model.ticket import TicketRef
from journeysync.store import schema
from journeysync.store.columns import from_json
from journeysync.store.database import BATCH, Database, get_meta, put_meta
from journeysync.store.values import RunWrite

_I = schema.intents
_R = schema.runs
_S = schema.snapshots
_COUNTED = "requests:"


class Audit(Database):
    """Requests by the hour, all writes in order, retention."""

    def spend(self, connection: str, hour: str, requests: int) -> int:
        """Add requests of a connection to an hour ("2026-11-22T21"); return what all runs spent in it so far."""
        with self._writing() as db:
            kept, _, count = (get_meta(db, _COUNTED + connection) or "").partition(" ")
            spent = (int(count) if kept == hour else 0) + requests
            put_meta(db, _COUNTED + connection, f"{hour} {spent}")
        return spent

    def iter_writes(self, since: datetime) -> Iterator[tuple[str, str, RunWrite]]:
        """Yield (id, run, write) of every write from a moment on, oldest first; a short transaction a thousand."""
        moment, last = since, ""
        while True:
            later = or_(_I.c.at > moment, and_(_I.c.at == moment, _I.c.id > last)) if last else _I.c.at >= moment
            with self._reading() as db:
                rows = db.execute(select(_I).where(later).order_by(_I.c.at, _I.c.id).limit(BATCH)).all()
            for row in rows:
                yield row.id, row.run, _write(row)
            if len(rows) < BATCH:
                return
            moment, last = rows[-1].at, rows[-1].id

    def forget(self, *, runs_before: datetime, writes_before: datetime) -> tuple[int, int]:
        """Delete what is older: settled writes, then runs without writes and their snapshots.

        Never the ledger, decisions, or a write that is not settled.

        Returns:
            How many writes and how many runs went.
        """
        with self._writing() as db:
            writes = db.execute(delete(_I).where(_I.c.at < writes_before, _I.c.state != "open")).rowcount
            kept = select(_I.c.run).distinct()
            old = _R.c.at < runs_before
            runs = db.execute(delete(_R).where(old, _R.c.finished_at.is_not(None), _R.c.id.not_in(kept))).rowcount
            db.execute(delete(_S).where(_S.c.at < runs_before))
        return writes, runs


def _write(row: Row[Any]) -> RunWrite:
    return RunWrite(
        ticket=TicketRef(connection=row.connection, id=row.ticket_id),
        slot=row.slot,
        before=from_json(row.before),
        wanted=from_json(row.wanted),
        state=row.state,
        cause=row.cause,
        outcome=row.outcome,
        at=row.at,
    )
