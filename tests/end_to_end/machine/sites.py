"""The tracker as the machine sees it: what people do, what stands there, what goes wrong; in memory and by HTTP."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Protocol

from journeysync.connector import ConnectionSettings, Connector, Secret
from journeysync.model.change import Outcome, TicketChanges
from journeysync.model.ticket import State
from journeysync.sandbox import start_jira_cloud
from journeysync.testing import Clock, FakeTracker
from journeysync.testing.failures import Killed
from journeysync_jira.connection import JiraConnector

from ..loop import Time

PROJECTS = ("BILL", "ONB")
OUTSIDE = "OTHER"
WORKSPACE = "k3f9"
MARK = "journeysync:"


@dataclass(frozen=True)
class Write:
    """One value that a run of ours really changed."""

    ticket: str
    slot: str


class Site(Protocol):
    """A tracker. Tickets are named by id; what is seen is what stands there now, whatever lists show."""

    clock: Any
    score_field: str
    can_change_ids: bool
    faults: Sequence[str]

    def connector(self, workspace: str = WORKSPACE) -> Connector:
        """Return a connector, as a new process would make it."""
        ...

    def create(self, title: str, project: str, parent: str | None, labels: Sequence[str]) -> str: ...
    def edit(self, ticket: str, *, title: str | None = None, body: str | None = None) -> None: ...
    def type_label(self, ticket: str, label: str) -> None: ...
    def remove_label(self, ticket: str, label: str) -> None: ...
    def set_score(self, ticket: str, value: int | None) -> None: ...
    def add_link(self, ticket: str, url: str, title: str, global_id: str) -> None: ...
    def drop_link(self, ticket: str) -> None: ...
    def put_receipt(self, ticket: str, workspace: str, receipt: Any) -> None: ...
    def set_open(self, ticket: str, *, is_open: bool) -> None: ...
    def move(self, ticket: str, project: str, *, new_id: bool) -> str: ...
    def delete(self, ticket: str) -> None: ...
    def set_hidden(self, ticket: str, *, hidden: bool) -> None: ...
    def clone(self, ticket: str) -> str: ...
    def hang(self, ticket: str, parent: str | None) -> None: ...

    def title(self, ticket: str) -> str: ...
    def body(self, ticket: str) -> str: ...
    def labels(self, ticket: str) -> tuple[str, ...]: ...
    def score(self, ticket: str) -> Any: ...
    def links(self, ticket: str) -> dict[str, Any]: ...
    def receipts(self, ticket: str) -> dict[str, Any]: ...

    def writes(self) -> list[Write]: ...
    def reads(self) -> int: ...
    def lag(self, *, on: bool) -> None: ...
    def catch_up(self) -> None: ...
    def break_down(self, fault: str, number: int) -> None: ...
    def kill(self, number: int, hook: Callable[[], None]) -> None: ...
    def heal(self) -> None: ...
    def close(self) -> None: ...


class FakeSite:
    """A tracker in memory."""

    score_field = "score"
    can_change_ids = True
    faults: Sequence[str] = ("unavailable", "rate limit", "lose answer", "auth", "conflict", "unknown", "reject")

    def __init__(self) -> None:
        self.clock: Any = Clock()
        self.tracker = FakeTracker(clock=self.clock, workspace=WORKSPACE)

    def connector(self, workspace: str = WORKSPACE) -> Connector:
        return self.tracker if workspace == WORKSPACE else self.tracker.seen_by(workspace)

    # people

    def create(self, title: str, project: str, parent: str | None, labels: Sequence[str]) -> str:
        return self.tracker.create(title, project=project, parent=parent, labels=tuple(labels))

    def edit(self, ticket: str, *, title: str | None = None, body: str | None = None) -> None:
        changes = {name: text for name, text in (("title", title), ("body", body)) if text is not None}
        self.tracker.edit(ticket, **changes)

    def type_label(self, ticket: str, label: str) -> None:
        self.tracker.type_label(ticket, label)

    def remove_label(self, ticket: str, label: str) -> None:
        self.tracker.remove_label(ticket, label)

    def set_score(self, ticket: str, value: int | None) -> None:
        self.tracker.set_field(ticket, self.score_field, value)

    def add_link(self, ticket: str, url: str, title: str, global_id: str) -> None:
        newest = self.tracker._newest(ticket)
        links = {**newest.links, global_id or url: {"url": url, "title": title, "summary": ""}}
        self.tracker._append(ticket, replace(newest, links=links))

    def drop_link(self, ticket: str) -> None:
        newest = self.tracker._newest(ticket)
        links = {name: link for name, link in newest.links.items() if name != MARK + WORKSPACE}
        self.tracker._append(ticket, replace(newest, links=links))

    def put_receipt(self, ticket: str, workspace: str, receipt: Any) -> None:
        newest = self.tracker._newest(ticket)
        receipts = {name: value for name, value in newest.receipts.items() if name != workspace}
        if receipt is not None:
            receipts[workspace] = receipt
        self.tracker._append(ticket, replace(newest, receipts=receipts))

    def set_open(self, ticket: str, *, is_open: bool) -> None:
        self.tracker.edit(ticket, state=State.TODO if is_open else State.DONE)

    def move(self, ticket: str, project: str, *, new_id: bool) -> str:
        return self.tracker.move(ticket, project, new_id=new_id)

    def delete(self, ticket: str) -> None:
        self.tracker.delete(ticket)

    def set_hidden(self, ticket: str, *, hidden: bool) -> None:
        (self.tracker.hide if hidden else self.tracker.show)(ticket)

    def clone(self, ticket: str) -> str:
        return self.tracker.clone(ticket)

    def hang(self, ticket: str, parent: str | None) -> None:
        self.tracker.edit(ticket, parent=parent)

    # what stands there

    def title(self, ticket: str) -> str:
        return self.tracker.title(ticket)

    def body(self, ticket: str) -> str:
        return self.tracker._shown(ticket).body

    def labels(self, ticket: str) -> tuple[str, ...]:
        return self.tracker.labels(ticket)

    def score(self, ticket: str) -> Any:
        return self.tracker.field(ticket, self.score_field)

    def links(self, ticket: str) -> dict[str, Any]:
        return dict(self.tracker._newest(ticket).links)

    def receipts(self, ticket: str) -> dict[str, Any]:
        return dict(self.tracker._newest(ticket).receipts)

    # what a run did, and what goes wrong with it

    def writes(self) -> list[Write]:
        return [Write(row.ticket, row.slot) for row in self.tracker.journal]

    def reads(self) -> int:
        return self.tracker.traffic.requests

    def lag(self, *, on: bool) -> None:
        self.tracker._holding_back = on

    def catch_up(self) -> None:
        self.tracker.lists_catch_up()

    def break_down(self, fault: str, number: int) -> None:
        failures = self.tracker.failures
        some = sorted(self.tracker.ids())[: number + 1]
        match fault:
            case "unavailable":
                failures.unavailable(after=number)
            case "rate limit":
                failures.rate_limit(after=number)
            case "lose answer":
                failures.lose_answer(after=number)
            case "auth":
                failures.auth_fails(after=number)
            case "conflict":
                for ticket in some:
                    failures.conflict(ticket)
            case "unknown":
                for ticket in some:
                    failures.leave_unknown(ticket)
            case "reject":
                for ticket in some[-1:]:
                    failures.reject(ticket)

    def kill(self, number: int, hook: Callable[[], None]) -> None:
        """End the process around the n-th write: odd numbers before, even ones after it was carried out."""
        left = number // 2

        def die(_ticket: str, _slot: str) -> None:
            nonlocal left
            left -= 1
            if left < 0:
                hook()
                raise Killed(f"around write {number}")

        if number % 2:
            self.tracker.failures.before_write = die
        else:
            self.tracker.failures.after_write = die

    def heal(self) -> None:
        self.tracker.failures.heal()

    def close(self) -> None:
        pass


class JiraSite:
    """A Jira Cloud sandbox over HTTP."""

    can_change_ids = False
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
        self._die: tuple[int, Callable[[], None]] | None = None
        self._lag: Any = 0.0

    def connector(self, workspace: str = WORKSPACE) -> Connector:
        settings = ConnectionSettings(
            name="billing",
            url=self.server.url,
            auth={"kind": "api-token", "user": self.server.user, "token": Secret(self.server.token, "env TEST")},
            scope={"projects": list(PROJECTS)},
            workspace=workspace,
            fields=(self.score_field,),
            options={"in_flight": 2, "page_size": 50, "timeout_seconds": 5.0},
            where="journeysync.yaml:5:3",
        )
        return _Mortal(settings, self)

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

    def clone(self, ticket: str) -> str:
        issue = self.state.issue(ticket)
        project = issue.key.rpartition("-")[0]
        twin = self.create(f"CLONE - {self.title(ticket)}", project, None, self.labels(ticket))
        self.state.edit(twin, description=issue.value("description"))
        self.set_score(twin, self.score(ticket))
        return twin

    def hang(self, ticket: str, parent: str | None) -> None:
        self._tick()
        self.state.edit(ticket, parent=self.state.issue(parent).key if parent else None)

    # what stands there

    def title(self, ticket: str) -> str:
        return str(self.state.issue(ticket).value("summary"))

    def body(self, ticket: str) -> str:
        return json.dumps(self.state.issue(ticket).value("description"))

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
        """End the process when the connector told of the n-th outcome, or with 0 before the first write."""
        self._die = (number, hook)

    def heal(self) -> None:
        self.server.clear_faults()
        self.state.index.lag_seconds = self._lag
        self._die = None

    def close(self) -> None:
        self.server.stop()

    def _tick(self) -> None:
        self.clock.pass_time(1)

    @contextmanager
    def dying(self) -> Iterator[Callable[[], None]]:
        """Count outcomes; the one that is due ends the process."""
        left = self._die[0] if self._die else -1

        def count() -> None:
            nonlocal left
            if self._die and left == 0:
                self._die[1]()
                raise Killed("between two outcomes")
            left -= 1

        yield count


class _Mortal(JiraConnector):
    """A Jira connection whose process may end in the middle of a write."""

    def __init__(self, settings: ConnectionSettings, site: JiraSite) -> None:
        super().__init__(settings, clock=site.clock)
        self._site = site

    def write(self, changes: Sequence[TicketChanges]) -> Iterator[Outcome]:
        with self._site.dying() as count:
            count()
            for outcome in super().write(changes):
                yield outcome
                count()
