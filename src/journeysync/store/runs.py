"""Runs: what was started when, by whom, and how it ended."""

import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Row, select, update

from journeysync.model.base import Value
from journeysync.store import bulk, schema
from journeysync.store.columns import from_json, json_text, micros, plain
from journeysync.store.database import Database
from journeysync.store.process import may_live, this_process
from journeysync.store.values import RunRow

_R = schema.runs
_COLUMNS = ("id", "kind", "by", "process", "at", "finished_at", "exit_code", "detail", "result")


class Runs(Database):
    """The book of runs."""

    def start_run(self, kind: str, *, at: datetime, by: str = "", detail: Mapping[str, Value] | None = None) -> str:
        """Write down that a run begins; return its id, such as "r-20261122-201503-4f" (UTC; sorts by time)."""
        stamp = at.astimezone(UTC).strftime("r-%Y%m%d-%H%M%S")
        process = this_process()
        with self._writing() as db:
            for digits in (1, 1, 1, 2, 4, 8):
                run = f"{stamp}-{secrets.token_hex(digits)}"
                if db.execute(select(_R.c.id).where(_R.c.id == run)).first() is None:
                    break
            row = (run, kind, plain(by), process, micros(at), None, None, json_text(dict(detail or {})), "{}")
            bulk.put(db, _R, _COLUMNS, [row])
        return run

    def finish_run(self, run: str, *, at: datetime, exit_code: int, result: Mapping[str, Value] | None = None) -> None:
        """Write down how a run ended."""
        values = {"finished_at": at, "exit_code": int(exit_code), "result": json_text(dict(result or {}))}
        with self._writing() as db:
            db.execute(update(_R).where(_R.c.id == run).values(**values))

    def runs(self, limit: int = 20) -> tuple[RunRow, ...]:
        """Return the newest runs, newest first."""
        with self._reading() as db:
            return tuple(_run_row(row) for row in db.execute(select(_R).order_by(_R.c.at.desc(), _R.c.id).limit(limit)))

    def run(self, run_id: str) -> RunRow | None:
        """Return one run, None if there is none such."""
        with self._reading() as db:
            row = db.execute(select(_R).where(_R.c.id == plain(run_id))).first()
        return None if row is None else _run_row(row)


def _run_row(row: Row[Any]) -> RunRow:
    finished = row.finished_at is not None
    return RunRow(
        id=row.id,
        kind=row.kind,
        at=row.at,
        by=row.by,
        finished_at=row.finished_at,
        exit_code=row.exit_code,
        state="finished" if finished else "running" if may_live(row.process) else "interrupted",
        detail=from_json(row.detail),
        result=from_json(row.result),
    )
