"""A Jira Cloud sandbox over real HTTP, connections to it, and the shared recordings where they are at hand."""

import gzip
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from journeysync.connector import ConnectionSettings, Secret
from journeysync.model.ticket import Ticket
from journeysync.model.tracker import Cursor, Page
from journeysync.sandbox import JiraSandbox, start_jira_cloud
from journeysync.testing import NoWaiting
from journeysync_jira.connection import JiraConnector

WORKSPACE = "k3f9"


def shared(*parts: str) -> Path:
    """Return a path among the shared recordings; skips the test where they are not at hand."""
    root = Path(os.environ.get("JOURNEYSYNC_SHARED") or Path(__file__).resolve().parents[3].parent / "shared")
    path = root.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"the shared recordings are not here: {'/'.join(parts)} (set JOURNEYSYNC_SHARED)")
    return path


@pytest.fixture
def recorded() -> Callable[[str], list[dict[str, Any]]]:
    def read(name: str) -> list[dict[str, Any]]:
        with gzip.open(shared("data", "jira", name), "rt", encoding="utf-8") as lines:
            return [json.loads(line) for line in lines]

    return read


@pytest.fixture(scope="session")
def cloud_schema() -> dict[str, Any]:
    with gzip.open(shared("schemas", "jira-cloud-platform-v3.json.gz"), "rt", encoding="utf-8") as file:
        schema: dict[str, Any] = json.load(file)
        return schema


@pytest.fixture
def site() -> Iterator[JiraSandbox]:
    with start_jira_cloud(projects=["BILL", "ONB"]) as server:
        server.site.tasks.seconds = 0.01
        yield server


@pytest.fixture
def connect(site: JiraSandbox) -> Iterator[Callable[..., JiraConnector]]:
    """Make a connection to the sandbox; all about it may be said otherwise, ``clock`` too; ``hasty``: no waits."""
    made: list[JiraConnector] = []

    def make(server: JiraSandbox = site, **other: Any) -> JiraConnector:
        token = other.pop("token", server.token)
        clock = other.pop("clock", None) or (NoWaiting() if other.pop("hasty", False) else None)
        values: dict[str, Any] = {
            "name": "billing",
            "url": server.url,
            "auth": {"kind": "api-token", "user": server.user, "token": Secret(token, "env JIRA_TOKEN")},
            "scope": {"projects": ["BILL"]},
            "workspace": WORKSPACE,
            "where": "journeysync.yaml:5:3",
        }
        connector = JiraConnector(ConnectionSettings(**(values | other)), clock=clock)
        made.append(connector)
        return connector

    yield make
    for connector in made:
        connector.close()


@pytest.fixture
def billing(connect: Callable[..., JiraConnector]) -> JiraConnector:
    return connect()


class Memory:
    """What a store would hold after some pulls."""

    def __init__(self) -> None:
        self.tickets: dict[str, Ticket] = {}
        self.position: str | None = None
        self.complete = False

    def take(self, pages: Iterable[Page]) -> list[Ticket]:
        """Store the pages; return the tickets of this pull."""
        taken: list[Ticket] = []
        self.complete = False
        for page in pages:
            taken += page.tickets
            if page.cursor:
                self.position = page.cursor.position
            self.complete = page.complete
        self.tickets |= {ticket.ref.id: ticket for ticket in taken}
        return taken

    @property
    def cursor(self) -> Cursor:
        assert self.position is not None
        return Cursor(self.position, known=self.known)

    def known(self, ids: Iterable[str]) -> Mapping[str, datetime]:
        return {each: self.tickets[each].updated_at for each in ids if each in self.tickets}

    def keys(self) -> set[str]:
        return {ticket.key for ticket in self.tickets.values()}


@pytest.fixture
def memory() -> Memory:
    return Memory()
