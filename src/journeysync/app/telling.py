"""What a run did, as a page tells it: when what happened, and what failed by cause, each with the way out."""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from journeysync.errors import ConfigError
from journeysync.model.base import Model
from journeysync.model.ticket import TicketRef
from journeysync.store import RunRow, RunWrite

if TYPE_CHECKING:
    from journeysync.app.workspace import Workspace


_ENDS = {
    0: "all done",
    1: "an error",
    3: "partly done",
    4: "a tracker did not let us in",
    5: "stopped by a brake",
    75: "to be tried later",
    130: "interrupted",
}


class Moment(Model):
    """Something that happened in a run."""

    at: datetime
    until: datetime | None = None
    connection: str = ""
    says: str
    is_trouble: bool = False


class FailureGroup(Model):
    """Failures with one cause."""

    cause: str
    next: str
    tickets: tuple[tuple[str, str], ...]  # (connection/id, key)
    changes: int


class ToldRun(Model):
    """One run with all that a page shows of it."""

    run: RunRow
    checksum: str
    moments: tuple[Moment, ...]
    failures: tuple[FailureGroup, ...]
    troubles: tuple[dict[str, Any], ...]  # {connection, what, where, next}: what stopped a connection
    summary: dict[str, int]
    can_retry: bool  # something failed, and it may be tried again


def told_run(workspace: "Workspace", run_id: str) -> ToldRun:
    """Return one run.

    Raises:
        ConfigError: There is no such run.
    """
    run = workspace.store.run(run_id)
    if run is None:
        raise ConfigError(f"there is no run '{run_id}'", next_step="choose one from Runs")
    result = dict(run.result)
    writes = workspace.store.run_writes(run_id)
    failed = [write for write in writes if write.state == "failed"]
    return ToldRun(
        run=run,
        checksum=str(result.get("checksum") or ""),
        moments=tuple(_moments(run, writes)),
        failures=tuple(_groups(workspace, failed, result)),
        troubles=tuple(result.get("troubles") or ()),
        summary={key: value for key, value in (result.get("summary") or {}).items() if isinstance(value, int)},
        can_retry=bool(failed) and run.state != "running",
    )


def _moments(run: RunRow, writes: tuple[RunWrite, ...]) -> Iterator[Moment]:
    """Yield what happened, in order: the beginning, each connection's writes, the end."""
    yield Moment(at=run.at, says=f"Begun by {run.by}" if run.by else "Begun")
    by_connection: dict[str, list[RunWrite]] = {}
    for write in sorted(writes, key=lambda each: each.at):
        by_connection.setdefault(write.ticket.connection, []).append(write)
    for connection, of_it in sorted(by_connection.items(), key=lambda pair: pair[1][0].at):
        counts = {state: sum(write.state == state for write in of_it) for state in ("done", "failed", "open")}
        parts = [f"{counts['done']:,} written"]
        parts += [f"{counts['failed']:,} failed"] if counts["failed"] else []
        parts += [f"{counts['open']:,} not settled: the next apply looks at them first"] if counts["open"] else []
        is_trouble = bool(counts["failed"] or counts["open"])
        at, until = of_it[0].at, of_it[-1].at
        yield Moment(at=at, until=until, connection=connection, says=", ".join(parts), is_trouble=is_trouble)
    result = dict(run.result)
    for trouble in result.get("troubles") or ():
        says = f"Stopped: {trouble.get('what', '')}"
        at = run.finished_at or run.at
        yield Moment(at=at, connection=str(trouble.get("connection", "")), says=says, is_trouble=True)
    if run.state == "interrupted":
        yield Moment(at=run.at, says="Cut off: the next run puts right what was under way", is_trouble=True)
    elif run.finished_at is not None:
        said = str(result.get("error") or "")
        ended = f"Ended: {said or _ENDS.get(run.exit_code or 0, 'see its exit code')} (exit code {run.exit_code})"
        yield Moment(at=run.finished_at, says=ended, is_trouble=bool(run.exit_code))


def _groups(workspace: "Workspace", failed: list[RunWrite], result: dict[str, Any]) -> Iterator[FailureGroup]:
    """Yield the failures by cause, the most frequent first."""
    steps = {(row.get("ticket"), row.get("cause")): row.get("next", "") for row in result.get("failures") or ()}
    groups: dict[str, list[RunWrite]] = {}
    for write in failed:
        groups.setdefault(write.outcome or "no cause was given", []).append(write)
    refs = {write.ticket for write in failed}
    keys = {ref: ticket.key for ref, ticket in workspace.store.tickets(refs).items()}
    for cause, writes in sorted(groups.items(), key=lambda pair: -len(pair[1])):
        tickets: dict[TicketRef, None] = dict.fromkeys(write.ticket for write in writes)
        step = next((said for ref in tickets if (said := steps.get((str(ref), cause)))), "")
        named = tuple((str(ref), keys.get(ref, ref.id)) for ref in tickets)
        yield FailureGroup(cause=cause, next=step, tickets=named, changes=len(writes))
