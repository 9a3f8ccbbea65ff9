"""One whole run: read, match, plan, apply, and a snapshot of the figures."""

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING

from journeysync.app.applying import apply, writable
from journeysync.app.covering import coverage
from journeysync.app.labels import report_labels
from journeysync.app.links import count_links, relink
from journeysync.app.progress import Progress, silent
from journeysync.app.pull import pull
from journeysync.app.results import ApplyResult, SyncResult
from journeysync.model.plan import Plan

if TYPE_CHECKING:
    from journeysync.app.workspace import Workspace


def sync(
    workspace: "Workspace",
    names: Sequence[str] = (),
    *,
    full: bool = False,
    allow: Collection[str] = (),
    confirm: Callable[[Plan], bool] = lambda _plan: True,
    dry_run: bool = False,
    progress: Progress = silent,
) -> SyncResult:
    """Run the whole loop for connections whose write level is ``sync``.

    A connection that could not be read takes no part in the writing of this run.

    Raises:
        ConfigError: No connection may be written to by a schedule.
        UnsafePlan: A brake holds.
    """
    configs = writable(workspace, names, "sync")
    pulled = pull(workspace, [config.name for config in configs], full=full, progress=progress)
    matched = relink(workspace, progress=progress)
    read = [row.name for row in pulled.connections if row.trouble is None]
    troubles = tuple((row.name, row.trouble) for row in pulled.connections if row.trouble)
    if not read:
        found = count_links(workspace).model_copy(update={"matched": matched})
        nothing = ApplyResult(connections=tuple(c.name for c in configs), troubles=troubles, dry_run=dry_run)
        return SyncResult(pull=pulled, links=found, applied=nothing)
    applied = apply(workspace, read, allow=allow, level="sync", confirm=confirm, dry_run=dry_run, progress=progress)
    totals = coverage(workspace).totals.model_dump(mode="json")
    found = count_links(workspace).model_copy(update={"matched": matched})
    report_labels(workspace, found)
    workspace.store.save_snapshot(applied.run, at=workspace.now(), totals=totals)
    return SyncResult(
        pull=pulled,
        links=found,
        applied=applied.model_copy(
            update={
                "connections": tuple(config.name for config in configs),
                "troubles": (*troubles, *applied.troubles),
            }
        ),
        coverage=totals,
    )
