"""The audit trail: every write with who, why, from which plan, before, after and what became of it."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from journeysync.errors import ConfigError
from journeysync.store import RunRow, RunWrite

if TYPE_CHECKING:
    from journeysync.app.workspace import Workspace

RESULTS = {"done": "written", "failed": "failed", "open": "not settled", "superseded": "superseded"}


def run_report(workspace: "Workspace", run_id: str) -> dict[str, Any]:
    """Return one run with its plan's checksum, who let it write, and each of its writes.

    Raises:
        ConfigError: There is no such run.
    """
    run = workspace.store.run(run_id)
    if run is None:
        raise ConfigError(f"there is no run '{run_id}'", next_step="list them: journeysync runs")
    writes = workspace.store.run_writes(run_id)
    keys = _keys(workspace, writes)
    document = run.model_dump(mode="json") | {"detail": dict(run.detail), "result": dict(run.result)}
    rows = [
        _row(write, keys.get(str(write.ticket), "")) | {"wanted": write.wanted, "state": write.state}
        for write in writes
    ]
    return document | {"checksum": _checksum(run), "approved_by": run.by, "writes": rows}


def exported_writes(workspace: "Workspace", since: datetime) -> Iterator[dict[str, Any]]:
    """Yield every write since a moment, oldest first: one flat object each, for JSON lines."""
    runs: dict[str, RunRow | None] = {}
    for write_id, run_id, write in workspace.store.iter_writes(since):
        if run_id not in runs:
            runs[run_id] = workspace.store.run(run_id)
        run = runs[run_id]
        keys = _keys(workspace, [write])
        yield {
            "id": write_id,
            "run": run_id,
            "kind": run.kind if run else "",
            "approved_by": run.by if run else "",
            "plan": _checksum(run) if run else "",
            **_row(write, keys.get(str(write.ticket), "")),
        }


def _keys(workspace: "Workspace", writes: Iterable[RunWrite]) -> dict[str, str]:
    found = workspace.store.tickets([write.ticket for write in writes])
    return {str(ref): ticket.key for ref, ticket in found.items()}


def _row(write: RunWrite, key: str) -> dict[str, Any]:
    return {
        "at": write.at.isoformat(),
        "connection": write.ticket.connection,
        "ticket": write.ticket.id,
        "key": key,
        "slot": write.slot,
        "before": write.before,
        "after": write.wanted,
        "cause": write.cause,
        "result": RESULTS[write.state],
        "outcome": write.outcome,
    }


def _checksum(run: RunRow) -> str:
    return str(dict(run.result).get("checksum") or "")
