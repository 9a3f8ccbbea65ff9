"""What doctor found out about a connection, kept in the store: a plan then knows it without a request."""

from typing import TYPE_CHECKING

from journeysync.model.base import Model
from journeysync.model.plan import Quiet
from journeysync.model.tracker import Blocked

if TYPE_CHECKING:
    from journeysync.app.workspace import Workspace
    from journeysync.config import ConnectionConfig


class Found(Model):
    """What is remembered of the last doctor that got through to a connection."""

    url: str = ""  # of what address; another address is another tracker
    quiet: Quiet = "unknown"
    blocked: tuple[Blocked, ...] = ()
    public: tuple[str, ...] = ()  # projects that everybody can read without logging in


def remember(workspace: "Workspace", connection: str, found: Found) -> None:
    """Keep what doctor found out."""
    workspace.store.set_meta(f"found:{connection}", found.model_dump_json())


def remembered(workspace: "Workspace", connection: str) -> Found:
    """Return what doctor found out last; of another address, or never asked: nothing."""
    text = workspace.store.meta(f"found:{connection}")
    config = workspace.settings.connection(connection)
    found = Found.model_validate_json(text) if text else Found()
    return found if config is not None and found.url == config.url else Found()


def quiet_of(workspace: "Workspace", config: "ConnectionConfig") -> Quiet:
    """Return whether a connection is written to without notification mails, as far as is known."""
    known = remembered(workspace, config.name).quiet
    return known if known != "unknown" else workspace.connector(config).capabilities.quiet
