"""Jira Data Center keeps the contract of all connectors, against the sandbox over HTTP, under a context path."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from journeysync.connector import Connector, Secret
from journeysync.model.tracker import Found, Hidden, Moved
from journeysync.testing import CANARY, ConnectorContract, WireContract

from .world import PROJECTS, USER, DcWorld


class TestJiraDataCenter(ConnectorContract, WireContract):
    time_zone = "UTC"
    auth: Mapping[str, Any] = {}  # the world's own
    scope: Mapping[str, Any] = {"projects": list(PROJECTS)}
    options: Mapping[str, Any] = {"in_flight": 4}
    unknown_faults = ("repeat-token",)  # its pages have no tokens

    @pytest.fixture
    def world(self) -> Iterator[DcWorld]:
        world = DcWorld(time_zone=self.time_zone)
        yield world
        world.server.stop()

    @pytest.fixture
    def connector(self, world: DcWorld) -> Iterator[Connector]:
        options = {"page_size": 3, "timeout_seconds": self.slow_seconds, **self.options}
        connector = world.connection(auth=self.auth or world.auth, scope=self.scope, options=options)
        yield connector
        connector.close()


class TestJiraDataCenterByPasswordAndJqlOneAtATime(TestJiraDataCenter):
    """The same promises with user and password, a JQL as scope, another time zone, and nothing pipelined."""

    time_zone = "Asia/Kolkata"
    auth: Mapping[str, Any] = {"kind": "basic", "user": USER, "password": Secret(CANARY, "the contract")}
    scope: Mapping[str, Any] = {"jql": "project != OTHER"}
    options: Mapping[str, Any] = {"in_flight": 1}

    def test_found_moved_and_gone_are_told_apart(self, connector: Connector, world: DcWorld) -> None:
        """This JQL names no project and nothing was read yet: Jira's one 404 cannot tell gone from hidden."""
        here, away, gone = (world.create(title) for title in ("Here", "Away", "Gone"))
        world.move(away, world.outside)
        world.delete(gone)
        answers = {self.asked_id(each): type(each) for each in connector.fetch([here, away, gone])}
        assert answers == {here: Found, away: Moved, gone: Hidden}
