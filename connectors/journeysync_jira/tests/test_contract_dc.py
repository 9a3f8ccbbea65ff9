"""Jira Data Center keeps the contract of all connectors, against the sandbox over HTTP, under a context path."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from journeysync.connector import Connector, Secret
from journeysync.model.tracker import Found, Hidden, Moved
from journeysync.sandbox import ServerLimits, start_jira_dc
from journeysync.testing import CANARY, ConnectorContract, WireContract, some_connection_settings
from journeysync_jira.connection import JiraConnector

from .test_contract import OUTSIDE, PROJECTS, WORKSPACE, JiraWorld, NoWaiting, SteppedTime

USER = "bot"


class DcWorld(JiraWorld):
    """A Data Center site as its people see it: epics by their link field, everything below one context path."""

    def __init__(self, *, time_zone: str = "UTC") -> None:
        self._time = SteppedTime()
        self.server = start_jira_dc(
            context_path="/jira",
            user=USER,
            token=CANARY,
            password=CANARY,
            projects=[*PROJECTS, OUTSIDE],
            clock=self._time,
            time_zone=time_zone,
            limits=ServerLimits(rows=3),
        )
        self.state = self.server.state
        self.number_field = self.state.add_field("Journey score", "number")
        self.text_field = self.state.add_field("Journey cause", "text")
        self.select_field = self.state.add_field("Journey size", "select", options=self.choices)

    def create(
        self, title: str = "", *, project: str = "", parent: str | None = None, labels: tuple[str, ...] = ()
    ) -> str:
        kind = {"type": "Epic"} if "Epic" in title else {}
        fields: dict[str, Any] = {"labels": list(labels)} | ({"parent": parent} if parent else {}) | kind
        return self.state.create_issue(project or PROJECTS[0], title or "A ticket", **fields).id


class TestJiraDataCenter(ConnectorContract, WireContract):
    time_zone = "UTC"
    auth: Mapping[str, Any] = {"kind": "personal-token", "token": Secret(CANARY, "the contract")}
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
        settings = some_connection_settings(
            url=world.server.url,
            auth=self.auth,
            scope=self.scope,
            workspace=WORKSPACE,
            fields=(world.number_field, world.text_field, world.select_field),
            options={"page_size": 3, "timeout_seconds": self.slow_seconds, **self.options},
            where="journeysync.yaml:5:3",
        )
        connector = JiraConnector(settings, clock=NoWaiting())
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
