"""Runs: what was started when, by whom, and how it ended."""

import os
import secrets
import socket
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Row, select, update

from journeysync.model.base import Value
from journeysync.store import dialect, schema
from journeysync.store.columns import from_json, json_text, micros, plain
from journeysync.store.database import Database
from journeysync.store.values import RunRow

_R = schema.runs
_COLUMNS = ("id", "kind", "by", "process", "at", "finished_at", "exit_code", "detail", "result")


class Runs(Database):
    """The book of runs."""

    def start_run(self, kind: str, *, at: datetime, by: str = "", detail: Mapping[str, Value] | None = None) -> str:
        """Write down that a run begins; return its id, such as "r-20261122-201503-4f" (UTC; sorts by time)."""
        stamp = at.astimezone(UTC).strftime("r-%Y%m%d-%H%M%S")
        process = _this_process()
        with self._writing() as db:
            for digits in (1, 1, 1, 2, 4, 8):
                run = f"{stamp}-{secrets.token_hex(digits)}"
                if db.execute(select(_R.c.id).where(_R.c.id == run)).first() is None:
                    break
            row = (run, kind, plain(by), process, micros(at), None, None, json_text(dict(detail or {})), "{}")
            dialect.put(db, _R, _COLUMNS, [row])
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
        state="finished" if finished else "running" if _may_live(row.process) else "interrupted",
        detail=from_json(row.detail),
        result=from_json(row.result),
    )


def _this_process() -> str:
    return f"{plain(socket.gethostname())}:{os.getpid()}:{_started(os.getpid())}"


def _may_live(process: str) -> bool:
    """Return whether a process can still be at work; of other machines we cannot tell, so it can."""
    host, pid, started = process.rsplit(":", 2)
    if host != socket.gethostname():
        return True
    if int(pid) == os.getpid():
        return started == _started(os.getpid())
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # it lives, and is another user's
    return started == _started(int(pid))


def _started(pid: int) -> str:
    """Return when a process began, in ticks since boot, so that a reused pid is not taken for it; empty if unknown."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:  # not Linux, or no such process
        return ""
    return stat.rpartition(")")[2].split()[19]
