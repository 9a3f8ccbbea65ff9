"""How far reading has come, and what the store remembers about itself: cursors, reads, snapshots, single words."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import delete, func, select

from journeysync.model.base import Value, value_hash
from journeysync.store import bulk, schema
from journeysync.store.columns import from_json, json_text, micros
from journeysync.store.database import Database, get_meta, put_meta
from journeysync.store.values import ReadRow, Snapshot

_C = schema.cursors
_R = schema.reads
_S = schema.snapshots


class Progress(Database):
    """Cursors, reads, snapshots and meta."""

    def meta(self, key: str) -> str | None:
        """Return one word that was kept, None if there is none such."""
        with self._reading() as db:
            return get_meta(db, key)

    def set_meta(self, key: str, value: str) -> None:
        """Keep one word."""
        with self._writing() as db:
            put_meta(db, key, value)

    def content_version(self) -> str:
        """Return a name for what figures rest on: it changes with every run, read and decision."""
        runs, decisions = schema.runs.c, schema.decisions.c
        with self._reading() as db:
            of_runs = db.execute(select(func.count(), func.max(runs.at), func.max(runs.finished_at))).one()
            of_decisions = db.execute(select(func.count(), func.max(decisions.at))).one()
            of_reads = db.execute(select(_R.c.connection, _R.c.read_at).order_by(_R.c.connection)).all()
        return value_hash([[str(value) for value in row] for row in (of_runs, of_decisions, *of_reads)])

    def cursor(self, connection: str) -> str | None:
        """Return how far a connection has been read, in its connector's words; None = from the beginning."""
        with self._reading() as db:
            text = db.scalar(select(_C.c.position).where(_C.c.connection == connection))
        return None if text is None else str(from_json(text))

    def save_cursor(self, connection: str, position: str, *, at: datetime) -> None:
        """Keep how far a connection has been read. Only after all pages before it are stored."""
        with self._writing() as db:
            row = (connection, json_text(position), micros(at))
            bulk.put(db, _C, ("connection", "position", "at"), [row])

    def forget_cursor(self, connection: str) -> None:
        """Let the next pull begin at the beginning."""
        with self._writing() as db:
            db.execute(delete(_C).where(_C.c.connection == connection))

    def finish_read(self, connection: str, *, at: datetime, full: bool, run: str = "") -> None:
        """Note that a connection was read to its end; ``full``: everything in scope, not only what changed."""
        row = (connection, micros(at), micros(at) if full else None, run)
        replace = ("read_at", "full_at", "run") if full else ("read_at", "run")
        with self._writing() as db:
            bulk.put(db, _R, ("connection", "read_at", "full_at", "run"), [row], replace=replace)

    def reads(self) -> dict[str, ReadRow]:
        """Return when each connection was read; one that was never read to its end is missing."""
        with self._reading() as db:
            return {
                row.connection: ReadRow(read_at=row.read_at, full_at=row.full_at, run=row.run)
                for row in db.execute(select(_R).order_by(_R.c.connection))
            }

    def save_snapshot(self, run: str, *, at: datetime, totals: Mapping[str, Value]) -> None:
        """Keep the totals of coverage at the end of a run."""
        with self._writing() as db:
            bulk.put(db, _S, ("run", "at", "totals"), [(run, micros(at), json_text(dict(totals)))])

    def snapshots(self, limit: int = 100) -> tuple[Snapshot, ...]:
        """Return the newest snapshots, oldest of them first."""
        with self._reading() as db:
            rows = db.execute(select(_S).order_by(_S.c.at.desc(), _S.c.run.desc()).limit(limit)).all()
        return tuple(Snapshot(run=row.run, at=row.at, totals=from_json(row.totals)) for row in reversed(rows))
