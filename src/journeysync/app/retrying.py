"""Try again what failed in one run, and nothing else: the same changes, planned anew like any apply."""

from typing import TYPE_CHECKING

from journeysync.core.plan import PrintedChange
from journeysync.errors import ConfigError
from journeysync.model.base import Model, value_hash
from journeysync.store import RunWrite

if TYPE_CHECKING:
    from journeysync.app.workspace import Workspace


class FailedWrites(Model):
    """What of a run failed."""

    run: str
    connections: tuple[str, ...]
    tickets: int
    changes: frozenset[PrintedChange]


def failed_writes(workspace: "Workspace", run: str) -> FailedWrites:
    """Return the writes of a run that failed.

    Raises:
        ConfigError: There is no such run, or nothing of it failed.
    """
    if workspace.store.run(run) is None:
        raise ConfigError(f"there is no run '{run}'", next_step="list them: journeysync runs")
    failed = [write for write in workspace.store.run_writes(run) if write.state == "failed"]
    if not failed:
        raise ConfigError(f"nothing of run {run} failed", next_step="look at the plan for what is still to be done")
    return FailedWrites(
        run=run,
        connections=tuple(sorted({write.ticket.connection for write in failed})),
        tickets=len({write.ticket for write in failed}),
        changes=frozenset(_printed(write) for write in failed),
    )


def let_try_again(workspace: "Workspace", run: str) -> FailedWrites:
    """Take the pause from every ticket of which a write failed in a run, so that the next plan has it again."""
    found = failed_writes(workspace, run)
    tickets = {(connection, ticket) for connection, ticket, *_ in found.changes}
    waiting = [row for row in workspace.store.inbox() if (row.connection, row.ticket_id) in tickets]
    keys = [(row.kind, row.connection, row.ticket_id, row.slot) for row in waiting if row.kind == "failed"]
    workspace.store.set_next_try(keys, None)
    return found


def _printed(write: RunWrite) -> PrintedChange:
    ticket = write.ticket
    return (ticket.connection, ticket.id, write.slot, value_hash(write.before), value_hash(write.wanted))
