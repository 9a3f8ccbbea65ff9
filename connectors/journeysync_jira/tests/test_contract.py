"""Jira Cloud keeps the contract of all connectors, against the sandbox over HTTP."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from journeysync.connector import Connector
from journeysync.model.tracker import Found, Hidden, Moved
from journeysync.testing import ConnectorContract, WireContract

from .world import PROJECTS, JiraWorld


class TestJiraCloud(ConnectorContract, WireContract):
    time_zone = "UTC"
    scope: Mapping[str, Any] = {"projects": list(PROJECTS)}
    options: Mapping[str, Any] = {"in_flight": 4}

    @pytest.fixture
    def world(self) -> Iterator[JiraWorld]:
        world = JiraWorld(time_zone=self.time_zone)
        yield world
        world.server.stop()

    @pytest.fixture
    def connector(self, world: JiraWorld) -> Iterator[Connector]:
        options = {"page_size": 3, "timeout_seconds": self.slow_seconds, **self.options}
        connector = world.connection(scope=self.scope, options=options)
        yield connector
        connector.close()


class TestJiraCloudByJqlFarFromUtcWithoutBulkEdits(TestJiraCloud):
    """The same promises where the scope is a JQL, the account lives in another time zone, and nothing is pipelined."""

    time_zone = "Asia/Kolkata"  # half an hour off every whole hour
    scope: Mapping[str, Any] = {"jql": "project != OTHER"}
    options: Mapping[str, Any] = {"in_flight": 1, "bulk": False}

    def test_found_moved_and_gone_are_told_apart(self, connector: Connector, world: JiraWorld) -> None:
        """This JQL names no project and nothing was read yet: Jira's one 404 cannot tell gone from hidden."""
        here, away, gone = (world.create(title) for title in ("Here", "Away", "Gone"))
        world.move(away, world.outside)
        world.delete(gone)
        answers = {self.asked_id(each): type(each) for each in connector.fetch([here, away, gone])}
        assert answers == {here: Found, away: Moved, gone: Hidden}
