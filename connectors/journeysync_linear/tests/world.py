"""A Linear workspace as its people see it, on the sandbox: what the contract needs beside the connector."""

import copy
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from journeysync.connector import Connector, Secret
from journeysync.sandbox import start_linear
from journeysync.sandbox.linear.things import Issue
from journeysync.testing import CANARY, NoWaiting, some_connection_settings
from journeysync_linear.attachments import our_attachment
from journeysync_linear.connection import LinearConnector

from .conftest import WORKSPACE

PROJECTS = ("ENI", "GRD")
OUTSIDE = "OPS"


class SteppedTime:
    """The site's clock: some of it goes by with everything that people do, unless one instant is held."""

    def __init__(self) -> None:
        self._at = float(int(time.time()))
        self.is_held = False

    def __call__(self) -> float:
        return self._at

    def step(self) -> None:
        """Let a hundredth of a second go by: Linear's times are milliseconds."""
        if not self.is_held:
            self._at += 0.01


class LinearWorld:
    """Two teams in scope and one outside; hiding or refusing a ticket takes its whole team along."""

    in_yaml = "connector: linear, auth: {kind: api-key, token: {env: TEST_TOKEN}}, scope: {teams: [ENI, GRD]}"
    outside = OUTSIDE
    number_field = text_field = select_field = ""
    choices = ("Small", "Large")

    def __init__(self, **more: Any) -> None:
        self.time = SteppedTime()
        self.server = start_linear(key=CANARY, token=CANARY, teams=[*PROJECTS, OUTSIDE], clock=self.time, **more)
        self.state = self.server.state
        self.state.listed = self._listed  # type: ignore[method-assign]  # the seam for lists that lag
        self._typed: dict[str, list[Any]] = {}
        self._held: dict[str, Issue | None] = {}

    def connection(self, **more: Any) -> Connector:
        """Return a connection to it; all about it may be said otherwise. Waiting takes no time there."""
        values: dict[str, Any] = {
            "url": self.server.url,
            "auth": {"kind": "api-key", "token": Secret(CANARY, "the contract")},
            "scope": {"teams": list(PROJECTS)},
            "workspace": WORKSPACE,
            "where": "journeysync.yaml:5:3",
        }
        return LinearConnector(some_connection_settings(**(values | more)), clock=NoWaiting())

    @property
    def projects(self) -> tuple[str, ...]:
        return PROJECTS

    @property
    def journal(self) -> list[Any]:
        return [write for write in self.server.journal.over_http() if write.changed]

    def create(
        self, title: str = "", *, project: str = "", parent: str | None = None, labels: tuple[str, ...] = ()
    ) -> str:
        self.time.step()
        above = self.issue(parent) if parent else None
        return self.state.create(project or PROJECTS[0], title or "A ticket", labels=labels, parent=above).id

    def edit_title(self, ticket: str, title: str) -> None:
        self.time.step()
        self.state.edit(self.issue(ticket), title=title)

    def edit_body(self, ticket: str, text: str) -> None:
        self.time.step()
        self.state.edit(self.issue(ticket), description=text)

    def type_comment(self, ticket: str, text: str) -> None:
        self._typed.setdefault(ticket, []).append(text)  # beside the tracker: a connector never comes near comments

    def change_our_words(self, ticket: str, place: str, old: str, new: str) -> None:
        raise NotImplementedError("there are no words of ours in comments or texts here")

    def body(self, ticket: str) -> Any:
        return self.issue(ticket).description

    def comments(self, ticket: str) -> list[Any]:
        return self._typed.get(ticket, [])

    def type_label(self, ticket: str, label: str) -> None:
        self.time.step()
        self.state.add_labels(self.issue(ticket), label)

    def remove_label(self, ticket: str, label: str) -> None:
        self.time.step()
        self.state.remove_labels(self.issue(ticket), label)

    def set_field(self, ticket: str, field_id: str, value: Any) -> None:
        raise NotImplementedError("there are no fields here")

    def add_link(self, ticket: str, url: str, title: str) -> None:
        self.time.step()
        self.state.attach(self.issue(ticket), url, title)

    def make_strange(self, ticket: str) -> None:
        issue = self.issue(ticket)
        state = self.state.add_state(issue.team, "Simmering", "gremlin")
        self.state.edit(issue, state=state, description=None, estimate=0.5)
        issue.creator = None

    def delete(self, ticket: str) -> None:
        self.time.step()
        self.state.delete(self.issue(ticket))

    def move(self, ticket: str, project: str) -> str:
        self.time.step()
        return self.state.move(self.issue(ticket), project).id

    def hide(self, ticket: str) -> None:
        self.state.hide(self.issue(ticket).team)

    def refuse(self, ticket: str) -> None:
        self.state.make_read_only(self.issue(ticket).team)

    def title(self, ticket: str) -> str:
        return self.issue(ticket).title

    def labels(self, ticket: str) -> tuple[str, ...]:
        return tuple(sorted(label.name for label in self.issue(ticket).labels))

    def field(self, ticket: str, field_id: str) -> Any:
        return None

    def links(self, ticket: str) -> list[Mapping[str, Any]]:
        shown = ({"url": x.url, "title": x.title, "bare": _is_bare(x)} for x in self.issue(ticket).attachments)
        return [each for each in shown if not each["bare"]]

    def receipt(self, ticket: str) -> Any:
        rows = [
            {"id": x.id, "url": x.url, "metadata": x.metadata, "createdAt": x.created_at}
            for x in self.issue(ticket).attachments
        ]
        ours = our_attachment(rows, WORKSPACE)
        return ours.receipt if ours else None

    @contextmanager
    def same_instant(self) -> Iterator[None]:
        self.time.step()
        self.time.is_held = True
        yield
        self.time.is_held = False

    @contextmanager
    def unseen_by_lists(self) -> Iterator[None]:
        before = {issue.id: copy.copy(issue) for issue in self._listed()}
        for shadow in before.values():
            shadow.labels, shadow.attachments = list(shadow.labels), list(shadow.attachments)
        self._before = before
        self.time.step()
        yield
        live = {issue.id: issue for issue in self.state.issues}
        changed = [each for each in live if each not in before or before[each].updated_at != live[each].updated_at]
        self._held |= {each: before.get(each) for each in changed}
        self._before = None
        self.state.changed()

    def lists_catch_up(self) -> None:
        self._held = {}
        self.state.changed()

    def pass_time(self, seconds: float) -> None:
        """Leave it to the steps."""

    def fault(self, text: str) -> None:
        self.server.add_fault(text)

    def heal(self) -> None:
        self.server.clear_faults()

    def requests(self) -> int:
        return self.server.requests.total

    def issue(self, ticket: str) -> Issue:
        return self.state.issue(ticket)

    def _listed(self) -> list[Issue]:
        """Return what lists show: while they lag, tickets as they were."""
        if self._before is not None:
            return list(self._before.values())
        live = {issue.id: issue for issue in self.state.issues}
        shown = {**live, **self._held}
        return [issue for issue in shown.values() if issue is not None]

    _before: dict[str, Issue] | None = None


def _is_bare(attachment: Any) -> bool:
    return bool(attachment.metadata.get("journeysync")) and not attachment.metadata.get("link")
