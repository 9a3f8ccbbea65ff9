"""Jira Cloud keeps the contract of all connectors, against the sandbox over HTTP."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest

from journeysync.connector import Connector, Secret
from journeysync.http import Clock
from journeysync.model.tracker import Found, Hidden, Moved
from journeysync.sandbox import start_jira_cloud
from journeysync.testing import CANARY, ConnectorContract, WireContract, some_connection_settings
from journeysync_jira.connection import JiraConnector

PROJECTS = ("BILL", "ONB")
OUTSIDE = "OTHER"
WORKSPACE = "k3f9"


class SteppedTime:
    """The site's clock: real time, but one instant can be held."""

    def __init__(self) -> None:
        self._held: float | None = None
        self._least = 0.0

    def __call__(self) -> float:
        self._least = max(self._least, time.time()) if self._held is None else self._held
        return self._least

    def hold(self) -> None:
        """Stand still a little later than anything that was written."""
        self._held = time.time() + 0.05

    def go_on(self) -> None:
        """Run again, never backwards."""
        self._held = None


class NoWaiting(Clock):
    """The connection's clock: sleeping takes no time, and is remembered as passed."""

    def __init__(self) -> None:
        super().__init__()
        self._ahead_seconds = 0.0

    def monotonic(self) -> float:
        return super().monotonic() + self._ahead_seconds

    def sleep(self, seconds: float) -> None:
        self._ahead_seconds += seconds


class JiraWorld:
    """A Jira site as its people see it; a hidden or refused ticket takes its whole project along, as permissions do."""

    outside = OUTSIDE
    choices = ("Small", "Large")

    def __init__(self, *, time_zone: str = "UTC") -> None:
        self._time = SteppedTime()
        self.server = start_jira_cloud(
            token=CANARY, projects=[*PROJECTS, OUTSIDE], clock=self._time, time_zone=time_zone
        )
        self.state = self.server.state
        self.number_field = self.state.add_field("Journey score", "number")
        self.text_field = self.state.add_field("Journey cause", "text")
        self.select_field = self.state.add_field("Journey size", "select", options=self.choices)

    @property
    def projects(self) -> tuple[str, ...]:
        return PROJECTS

    @property
    def journal(self) -> list[Any]:
        return [write for write in self.server.journal.over_http() if write.changed]

    def create(
        self, title: str = "", *, project: str = "", parent: str | None = None, labels: tuple[str, ...] = ()
    ) -> str:
        fields: dict[str, Any] = {"labels": list(labels)} | ({"parent": parent} if parent else {})
        return self.state.create_issue(project or PROJECTS[0], title or "A ticket", **fields).id

    def edit_title(self, ticket: str, title: str) -> None:
        self.state.edit(ticket, summary=title)

    def type_label(self, ticket: str, label: str) -> None:
        self.state.add_label(ticket, label)

    def remove_label(self, ticket: str, label: str) -> None:
        self.state.remove_label(ticket, label)

    def set_field(self, ticket: str, field_id: str, value: Any) -> None:
        self.state.set_field(ticket, field_id, {"value": value} if field_id == self.select_field and value else value)

    def add_link(self, ticket: str, url: str, title: str) -> None:
        self.state.link(ticket, url, title)

    def make_strange(self, ticket: str) -> None:
        strange = {"id": "777", "name": "Simmering", "statusCategory": {"id": 1, "key": "undefined", "name": "None"}}
        self.state.statuses["777"] = strange
        self.state.issue_types["778"] = {"id": "778", "name": "Gremlin", "subtask": False, "hierarchyLevel": 7}
        self.state.edit(ticket, status="Simmering", type="Gremlin", priority=None)
        self.state.set_field(ticket, self.text_field, {"sign": ["ram", 7]})

    def delete(self, ticket: str) -> None:
        self.state.delete(ticket)

    def move(self, ticket: str, project: str) -> str:
        self.state.move(ticket, project)
        return ticket

    def hide(self, ticket: str) -> None:
        self.state.hide_project(self._project(ticket))

    def refuse(self, ticket: str) -> None:
        for permission in ("EDIT_ISSUES", "LINK_ISSUES"):
            self.state.revoke(permission, project=self._project(ticket))

    def title(self, ticket: str) -> str:
        return str(self.state.issue(ticket).value("summary"))

    def labels(self, ticket: str) -> tuple[str, ...]:
        return tuple(sorted(self.state.issue(ticket).labels))

    def field(self, ticket: str, field_id: str) -> Any:
        value = self.state.issue(ticket).value(field_id)
        return value["value"] if isinstance(value, dict) else value

    def links(self, ticket: str) -> list[Mapping[str, Any]]:
        return [link["object"] for link in self.state.issue(ticket).links.values()]

    def receipt(self, ticket: str) -> Any:
        raw = self.state.issue(ticket).properties.get(f"journeysync.{WORKSPACE}")
        return json.loads(raw) if raw else None

    @contextmanager
    def same_instant(self) -> Iterator[None]:
        self._time.hold()
        yield
        self._time.go_on()

    @contextmanager
    def unseen_by_lists(self) -> Iterator[None]:
        self.state.index.lag_seconds = 3600
        yield
        self.state.index.lag_seconds = 0

    def lists_catch_up(self) -> None:
        self.state.index.catch_up()

    def pass_time(self, seconds: float) -> None:
        """Leave it to the real clock."""

    def fault(self, text: str) -> None:
        self.server.add_fault(text)

    def heal(self) -> None:
        self.server.clear_faults()

    def requests(self) -> int:
        return self.server.requests.total

    def _project(self, ticket: str) -> str:
        return self.state.issue(ticket).key.rpartition("-")[0]


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
        settings = some_connection_settings(
            url=world.server.url,
            auth={"kind": "api-token", "user": world.server.user, "token": Secret(CANARY, "the contract")},
            scope=self.scope,
            workspace=WORKSPACE,
            fields=(world.number_field, world.text_field, world.select_field),
            options={"page_size": 3, "timeout_seconds": self.slow_seconds, **self.options},
            where="journeysync.yaml:5:3",
        )
        connector = JiraConnector(settings, clock=NoWaiting())
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
