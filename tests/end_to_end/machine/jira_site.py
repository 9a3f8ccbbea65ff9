"""A Jira Cloud sandbox over HTTP, and its people."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from journeysync.connector import ConnectionSettings, Connector, Secret
from journeysync.sandbox import start_jira_cloud
from journeysync_jira.connection import JiraConnector

from ..loop import Time
from .dying import Dying, mortal
from .site import JIRA_CONNECTION, MARK, OUTSIDE, PROJECTS, WORKSPACE, KnownKeys, Write


class JiraSite:
    """A Jira Cloud sandbox over HTTP."""

    connection = JIRA_CONNECTION
    projects = PROJECTS
    outside = OUTSIDE
    moves = (False,)
    can_clone = True
    can_hide = True
    can_comment = False
    counts_reads = False
    faults: Sequence[str] = (
        "503",
        "429:retry-after=2",
        "cut:p=0.5",
        "500:p=0.3",
        "lost:p=0.3",
        "lost:method=PUT",
        "reset:p=0.3",
    )

    def __init__(self, seed: int = 0) -> None:
        self.clock: Any = Time()
        self.server = start_jira_cloud(
            projects=[*PROJECTS, OUTSIDE], clock=lambda: self.clock().timestamp(), index_lag_seconds=0.0, seed=seed
        )
        self.state = self.server.state
        self.score_field = self.state.add_field("Journey score", "number", number=10101)
        self._dying = Dying()
        self._lag: Any = 0.0

    def connector(self, workspace: str, keys: KnownKeys) -> Connector:
        settings = ConnectionSettings(
            name="billing",
            url=self.server.url,
            auth={"kind": "api-token", "user": self.server.user, "token": Secret(self.server.token, "env TEST")},
            scope={"projects": list(PROJECTS)},
            workspace=workspace,
            known_keys=keys,
            fields=(self.score_field,),
            options={"in_flight": 2, "page_size": 50, "timeout_seconds": 5.0},
            where="journeysync.yaml:5:3",
        )
        return mortal(JiraConnector(settings, clock=self.clock), self._dying)

    # people

    def create(self, title: str, project: str, parent: str | None, labels: Sequence[str]) -> str:
        self._tick()
        above: dict[str, Any] = {"parent": self.state.issue(parent).key} if parent else {}
        return self.state.create_issue(project, title, labels=list(labels), type="Story", **above).id

    def edit(self, ticket: str, *, title: str | None = None, body: str | None = None) -> None:
        self._tick()
        if title is not None:
            self.state.edit(ticket, summary=title)
        if body is not None:
            self.state.edit(ticket, description=body)

    def type_label(self, ticket: str, label: str) -> None:
        self._tick()
        self.state.add_label(ticket, label)

    def remove_label(self, ticket: str, label: str) -> None:
        self._tick()
        self.state.remove_label(ticket, label)

    def set_score(self, ticket: str, value: int | None) -> None:
        self._tick()
        self.state.set_field(ticket, self.score_field, value)

    def add_link(self, ticket: str, url: str, title: str, global_id: str) -> None:
        self.state.link(ticket, url, title, global_id=global_id or None)

    def drop_link(self, ticket: str) -> None:
        with self.state.lock:
            issue = self.state.issue(ticket)
            ours = [n for n, link in issue.links.items() if link.get("globalId") == MARK + WORKSPACE]
            for number in ours:
                del issue.links[number]

    def put_receipt(self, ticket: str, workspace: str, receipt: Any) -> None:
        name = f"journeysync.{workspace}"
        if receipt is not None:
            self.state.set_property(ticket, name, receipt)
            return
        with self.state.lock:
            self.state.issue(ticket).properties.pop(name, None)

    def comment(self, ticket: str, text: str) -> None:
        raise NotImplementedError("we write no comments here, so nobody's are looked at")

    def set_open(self, ticket: str, *, is_open: bool) -> None:
        self._tick()
        if is_open:
            self.state.edit(ticket, status="To Do", resolution=None)
        else:
            self.state.edit(ticket, status="Done", resolution="Done")

    def move(self, ticket: str, project: str, *, new_id: bool) -> str:
        del new_id
        self._tick()
        self.state.move(ticket, project)
        return ticket

    def delete(self, ticket: str) -> None:
        self._tick()
        self.state.delete(ticket)

    def set_hidden(self, ticket: str, *, hidden: bool) -> None:
        self.state.hide(ticket, hidden=hidden)

    def clone(self, ticket: str, *, with_receipt: bool) -> str:
        self._tick()
        return self.state.clone(ticket, with_properties=with_receipt, with_links=with_receipt).id

    def hang(self, ticket: str, parent: str | None) -> None:
        self._tick()
        self.state.edit(ticket, parent=self.state.issue(parent).key if parent else None)

    # what stands there

    def title(self, ticket: str) -> str:
        return str(self.state.issue(ticket).value("summary"))

    def body(self, ticket: str) -> str:
        return json.dumps(self.state.issue(ticket).value("description"))

    def is_open(self, ticket: str) -> bool:
        return self.state.issue(ticket).value("resolution") is None

    def labels(self, ticket: str) -> tuple[str, ...]:
        return tuple(sorted(self.state.issue(ticket).labels))

    def score(self, ticket: str) -> Any:
        return self.state.issue(ticket).value(self.score_field)

    def links(self, ticket: str) -> dict[str, Any]:
        issue = self.state.issue(ticket)
        return {link.get("globalId") or link["object"]["url"]: link for link in issue.links.values()}

    def receipts(self, ticket: str) -> dict[str, Any]:
        return {
            name.removeprefix("journeysync."): json.loads(raw)
            for name, raw in self.state.issue(ticket).properties.items()
            if name.startswith("journeysync.")
        }

    def comments(self, ticket: str) -> tuple[str, ...]:
        return ()

    # what a run did, and what goes wrong with it

    def writes(self) -> list[Write]:
        words = {"label+": "label:", "label-": "label:", "field": "field:"}
        return [
            Write(row.issue_id, f"{words[row.what]}{row.name}" if row.what in words else row.what.strip("-"))
            for row in self.server.journal.over_http()
            if row.changed
        ]

    def reads(self) -> int:
        return self.server.requests.total

    def lag(self, *, on: bool) -> None:
        self._lag = (0.0, 600.0) if on else 0.0
        self.state.index.lag_seconds = self._lag

    def catch_up(self) -> None:
        self.state.index.catch_up()

    def break_down(self, fault: str, number: int) -> None:
        text = fault if ":" in fault else f"{fault}:after={number}"
        self.server.add_fault(text)
        self.state.index.lag_seconds = self._lag

    def kill(self, number: int, hook: Callable[[], None]) -> None:
        self._dying.kill(number, hook)

    def heal(self) -> None:
        self.server.clear_faults()
        self.state.index.lag_seconds = self._lag
        self._dying.live()

    def close(self) -> None:
        self.server.stop()

    def _tick(self) -> None:
        self.clock.pass_time(1)
