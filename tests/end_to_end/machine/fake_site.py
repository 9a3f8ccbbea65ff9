"""A tracker in memory, and its people."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from journeysync.connector import Connector
from journeysync.model.ticket import State
from journeysync.testing import Clock, FakeTracker
from journeysync.testing.failures import Killed

from .site import JIRA_CONNECTION, MARK, OUTSIDE, PROJECTS, WORKSPACE, KnownKeys, Write


class FakeSite:
    """A tracker in memory."""

    connection = JIRA_CONNECTION
    projects = PROJECTS
    outside = OUTSIDE
    score_field = "score"
    moves = (False, True)
    can_clone = True
    can_hide = True
    can_comment = False
    counts_reads = True
    faults: Sequence[str] = ("unavailable", "rate limit", "lose answer", "auth", "conflict", "unknown", "reject")

    def __init__(self) -> None:
        self.clock: Any = Clock()
        self.tracker = FakeTracker(clock=self.clock, workspace=WORKSPACE)

    def connector(self, workspace: str, keys: KnownKeys) -> Connector:
        del keys
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
        self.tracker.put_receipt(ticket, receipt, workspace)

    def comment(self, ticket: str, text: str) -> None:
        raise NotImplementedError("this tracker has no comments")

    def set_open(self, ticket: str, *, is_open: bool) -> None:
        self.tracker.edit(ticket, state=State.TODO if is_open else State.DONE)

    def move(self, ticket: str, project: str, *, new_id: bool) -> str:
        return self.tracker.move(ticket, project, new_id=new_id)

    def delete(self, ticket: str) -> None:
        self.tracker.delete(ticket)

    def set_hidden(self, ticket: str, *, hidden: bool) -> None:
        (self.tracker.hide if hidden else self.tracker.show)(ticket)

    def clone(self, ticket: str, *, with_receipt: bool) -> str:
        return self.tracker.clone(ticket, with_receipt=with_receipt)

    def hang(self, ticket: str, parent: str | None) -> None:
        self.tracker.edit(ticket, parent=parent)

    # what stands there

    def title(self, ticket: str) -> str:
        return self.tracker.title(ticket)

    def body(self, ticket: str) -> str:
        return self.tracker._shown(ticket).body

    def is_open(self, ticket: str) -> bool:
        return self.tracker._shown(ticket).state.is_open

    def labels(self, ticket: str) -> tuple[str, ...]:
        return self.tracker.labels(ticket)

    def score(self, ticket: str) -> Any:
        return self.tracker.field(ticket, self.score_field)

    def links(self, ticket: str) -> dict[str, Any]:
        return dict(self.tracker._newest(ticket).links)

    def receipts(self, ticket: str) -> dict[str, Any]:
        return dict(self.tracker._newest(ticket).receipts)

    def comments(self, ticket: str) -> tuple[str, ...]:
        return ()

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
