"""Jira sites as their people see them, on the sandbox: what the contract needs beside the connector."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from journeysync.connector import Connector, Secret
from journeysync.sandbox import ServerLimits, start_jira_cloud, start_jira_dc
from journeysync.testing import CANARY, NoWaiting, some_connection_settings
from journeysync_jira.connection import JiraConnector

from .conftest import WORKSPACE

PROJECTS = ("BILL", "ONB")
OUTSIDE = "OTHER"
USER = "bot"


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


class JiraWorld:
    """A Jira site as its people see it; a hidden or refused ticket takes its whole project along, as permissions do."""

    in_yaml = (
        "connector: jira, auth: {kind: api-token, user: bot, token: {env: TEST_TOKEN}}, scope: {projects: [BILL, ONB]}"
    )
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
    def auth(self) -> dict[str, Any]:
        """Return how to log in."""
        return {"kind": "api-token", "user": self.server.user, "token": Secret(CANARY, "the contract")}

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

    def edit_body(self, ticket: str, text: str) -> None:
        self.state.edit(ticket, description=text)

    def type_comment(self, ticket: str, text: str) -> None:
        self.state.comment(ticket, text)

    def change_our_words(self, ticket: str, place: str, old: str, new: str) -> None:
        if place == "block":
            text = json.dumps(self.body(ticket)).replace(old, new)
            self.state.set_field(ticket, "description", json.loads(text))
        for comment in self.state.comments(ticket) if place == "comment" else ():
            body = json.loads(json.dumps(comment["body"]).replace(old, new))
            self.state.comment(ticket, body, number=comment["id"])

    def body(self, ticket: str) -> Any:
        return self.state.issue(ticket).value("description")

    def comments(self, ticket: str) -> list[Any]:
        return [comment["body"] for comment in self.state.comments(ticket)]

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
        for permission in ("EDIT_ISSUES", "LINK_ISSUES", "ADD_COMMENTS"):
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

    def connection(self, **more: Any) -> Connector:
        """Return a connection to it; all about it may be said otherwise. Waiting takes no time there."""
        values: dict[str, Any] = {
            "url": self.server.url,
            "auth": self.auth,
            "scope": {"projects": list(PROJECTS)},
            "workspace": WORKSPACE,
            "fields": (self.number_field, self.text_field, self.select_field),
            "where": "journeysync.yaml:5:3",
        }
        return JiraConnector(some_connection_settings(**(values | more)), clock=NoWaiting())

    def _project(self, ticket: str) -> str:
        return self.state.issue(ticket).key.rpartition("-")[0]


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

    @property
    def auth(self) -> dict[str, Any]:
        return {"kind": "personal-token", "token": Secret(CANARY, "the contract")}

    def create(
        self, title: str = "", *, project: str = "", parent: str | None = None, labels: tuple[str, ...] = ()
    ) -> str:
        kind = {"type": "Epic"} if "Epic" in title else {}
        fields: dict[str, Any] = {"labels": list(labels)} | ({"parent": parent} if parent else {}) | kind
        return self.state.create_issue(project or PROJECTS[0], title or "A ticket", **fields).id
