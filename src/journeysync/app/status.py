"""How the workspace stands, without one request."""

from datetime import datetime
from typing import TYPE_CHECKING

from journeysync.app.results import ConnectionStatus, StatusResult

if TYPE_CHECKING:
    from journeysync.app.workspace import Workspace


def status(workspace: "Workspace") -> StatusResult:
    """Return what the store and the files say about every connection."""
    settings, store = workspace.settings, workspace.store
    runs = store.runs(limit=1)
    return StatusResult(
        workspace=settings.workspace_id,
        name=settings.workspace_name,
        store=settings.store_url,
        journeys=len([j for j in workspace.repository.journeys if j.level == "micro"]),
        steps=len(workspace.repository.steps),
        opportunities=len(workspace.repository.opportunities),
        rules=len(settings.rules),
        connections=tuple(_one(workspace, config.name) for config in settings.connections),
        inbox=len(store.inbox()),
        last_run=runs[0].id if runs else None,
    )


def _one(workspace: "Workspace", name: str) -> ConnectionStatus:
    store = workspace.store
    config = next(config for config in workspace.settings.connections if config.name == name)
    counts = store.statuses(name)
    last = store.reads().get(name)
    failed, _, trouble = (store.meta(f"read_failed:{name}") or "").partition(" ")
    return ConnectionStatus(
        name=name,
        connector=config.connector,
        url=config.url,
        write=config.write,
        tickets=counts.get("here", 0),
        context=counts.get("context", 0),
        gone=counts.get("gone", 0),
        hidden=counts.get("hidden", 0),
        out_of_scope=counts.get("out_of_scope", 0),
        read_at=last.read_at if last else None,
        swept_at=last.full_at if last else None,
        failed_at=datetime.fromisoformat(failed) if failed else None,
        trouble=trouble,
        held=store.held_count(name),
        unsettled=len(store.unsettled(name)),
    )
