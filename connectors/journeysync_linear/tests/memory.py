"""Connections to a world, and what a store would remember of their pulls."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from journeysync.connector import Secret
from journeysync.model.ticket import Ticket
from journeysync.model.tracker import Cursor
from journeysync.testing import NoWaiting
from journeysync_linear.connection import LinearConnector

from .conftest import some_settings
from .world import PROJECTS


def connect(server: Any, **more: Any) -> LinearConnector:
    """Return a connection to a running sandbox; ``more`` is for its settings."""
    given: dict[str, Any] = {"scope": {"teams": list(PROJECTS)}, **more}
    auth = {"kind": "api-key", "token": Secret(server.key, "env TEST")}
    return LinearConnector(some_settings(url=server.url, auth=auth, **given), clock=NoWaiting())


class Memory:
    """The cursor of the last pull, and when each ticket was changed."""

    def __init__(self) -> None:
        self.cursor: Cursor | None = None
        self.times: dict[str, datetime] = {}

    def pull(self, connector: LinearConnector) -> list[Ticket]:
        """Pull what changed; remember it."""
        since = Cursor(self.cursor.position, known=self._known) if self.cursor else None
        pages = list(connector.pull(since))
        tickets = [ticket for page in pages for ticket in page.tickets]
        self.times.update({ticket.ref.id: ticket.updated_at for ticket in tickets})
        self.cursor = pages[-1].cursor
        return tickets

    def _known(self, ids: Sequence[str]) -> dict[str, datetime]:
        return {each: self.times[each] for each in ids if each in self.times}
