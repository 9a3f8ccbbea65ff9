"""decisions.jsonl: what people decided, one JSON object a line, so that git merges it as a union (formats.md).

A line has the columns of the store's decision table. Lines may come in any order
and twice; what a newer release wrote in a new kind is passed over with a warning.
"""

import json
import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any, get_args

from pydantic import ValidationError

from journeysync.model.decision import Decision, DecisionKind
from journeysync.model.ticket import TicketRef
from journeysync.sources.problem import Problem

NAME = "decisions.jsonl"
_CONFLICT = ("<<<<<<<", "=======", ">>>>>>>", "|||||||")
_KINDS = frozenset(get_args(DecisionKind))


def read_decisions(path: Path) -> tuple[tuple[Decision, ...], tuple[Problem, ...]]:
    """Return the decisions of a file, each id once, and what is wrong with it, by line. No file: no decisions."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return (), ()
    except (OSError, UnicodeDecodeError) as error:
        return (), (_problem(path, 0, f"cannot be read: {error}", "check that it is a UTF-8 text that may be read"),)
    found: dict[str, Decision] = {}
    problems: list[Problem] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        if line.startswith(_CONFLICT):
            step = "keep the lines of both sides and delete the marker"
            problems.append(_problem(path, number, "a conflict marker of git", step))
            continue
        decision, wrong = _read_line(line)
        if decision is not None:
            found.setdefault(decision.id, decision)
        else:
            problems.append(wrong.model_copy(update={"where": f"{path.name}:{number}"}))
    return tuple(found.values()), tuple(problems)


def append_decisions(path: Path, decisions: Iterable[Decision]) -> None:
    """Append decisions, one line each, and wait until the disk has them.

    Raises:
        OSError: The file cannot be written.
    """
    lines = "".join(f"{_line(decision)}\n" for decision in decisions)
    if not lines:
        return
    handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        size = os.fstat(handle).st_size
        if size and os.pread(handle, 1, size - 1) != b"\n":
            lines = "\n" + lines  # an editor left the last line open
        os.write(handle, lines.encode())
        os.fsync(handle)
    finally:
        os.close(handle)


def fingerprint(path: Path) -> str:
    """Return a word that is another one once the file was changed; empty if there is none."""
    try:
        found = path.stat()
    except OSError:
        return ""
    return f"{found.st_size}-{found.st_mtime_ns}"


def _line(decision: Decision) -> str:
    ticket = decision.ticket
    row = {
        "id": decision.id,
        "kind": decision.kind,
        "connection": ticket.connection if ticket else None,
        "ticket_id": ticket.id if ticket else None,
        "target": decision.target,
        "by": decision.by,
        "at": decision.at.isoformat(),
        "why": decision.why,
        "until": decision.until.isoformat() if decision.until else None,
        "repository_version": decision.repository_version,
    }
    return json.dumps({key: value for key, value in row.items() if value not in (None, "")}, ensure_ascii=False)


def _read_line(line: str) -> tuple[Decision | None, Problem]:
    try:
        row = json.loads(line)
    except ValueError as error:
        return None, _wrong(f"this is no JSON object: {error}", "correct the line, or delete it")
    if not isinstance(row, dict):
        return None, _wrong("this is no JSON object", "correct the line, or delete it")
    if isinstance(row.get("kind"), str) and row["kind"] not in _KINDS:
        says = f"a decision of kind '{row['kind']}', which this release does not know: it is passed over"
        return None, Problem(where="", says=says, next_step="update journeysync", level="warning")
    try:
        return _decision(row), _wrong("", "")
    except (ValidationError, ValueError, TypeError) as error:
        first = error.errors()[0] if isinstance(error, ValidationError) else None
        says = f"{'.'.join(map(str, first['loc']))}: {first['msg']}" if first else str(error)
        return None, _wrong(f"this is no decision: {says}", "correct the line, or delete it")


def _decision(row: dict[str, Any]) -> Decision:
    known = {key: row[key] for key in Decision.model_fields if key in row and key != "ticket"}
    if row.get("connection") and row.get("ticket_id"):
        known["ticket"] = TicketRef(connection=row["connection"], id=str(row["ticket_id"]))
    decision = Decision.model_validate(known)
    for moment in (decision.at, decision.until):
        if isinstance(moment, datetime) and moment.tzinfo is None:
            raise ValueError("a time needs its zone: 2026-11-22T12:00:00+00:00")
    return decision


def _wrong(says: str, next_step: str) -> Problem:
    return Problem(where="", says=says, next_step=next_step)


def _problem(path: Path, line: int, says: str, next_step: str) -> Problem:
    return Problem(where=f"{path.name}:{line}" if line else path.name, says=says, next_step=next_step)
