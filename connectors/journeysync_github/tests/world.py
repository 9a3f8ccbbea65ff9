"""A GitHub as its people see it, on the sandbox: what the contract needs beside the connector."""

import copy
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from journeysync.connector import Connector, Secret
from journeysync.sandbox import start_github
from journeysync.sandbox.github.routes_issues import IssueRoutes
from journeysync.sandbox.github.things import Issue
from journeysync.testing import CANARY, NoWaiting, some_connection_settings
from journeysync_github.connection import GitHubConnector
from journeysync_github.marks import ours_of

from .conftest import WORKSPACE

PROJECTS = ("solvane/app", "solvane/web")
OUTSIDE = "solvane/other"


class SteppedTime:
    """The site's clock: a second goes by with everything that people do, unless one instant is held."""

    def __init__(self) -> None:
        self._at = time.time()
        self.is_held = False

    def __call__(self) -> float:
        return self._at

    def step(self) -> None:
        """Let a second go by: GitHub's times are whole seconds."""
        if not self.is_held:
            self._at += 1.0


class GitHubWorld:
    """Two repositories in scope and one outside; hiding or refusing a ticket takes its whole repository along."""

    in_yaml = (
        "connector: github, auth: {kind: token, token: {env: TEST_TOKEN}}, "
        "scope: {repositories: [solvane/app, solvane/web]}"
    )
    outside = OUTSIDE
    number_field, text_field, select_field = "project:1/Score", "issue-field:Why", "project:1/Size"
    choices = ("Small", "Large")

    def __init__(self, **more: Any) -> None:
        self.time = SteppedTime()
        self.server = start_github(token=CANARY, repositories=[*PROJECTS, OUTSIDE], clock=self.time, **more)
        self.state = self.server.state
        self.project = self.state.add_project("solvane", "Roadmap", {"Score": "number", "Size": self.choices})
        self.why = self.state.add_field("solvane", "Why", "text")
        if "issue_fields" not in self.state.features:
            self.text_field = ""
        self._held: dict[tuple[int, int], Issue | None] | None = None
        self._freeze_lists()
        self.connectors: list[Connector] = []

    def stop(self) -> None:
        """Close the connections that were made to it, and the server."""
        for connector in self.connectors:
            connector.close()
        self.server.stop()

    @property
    def projects(self) -> tuple[str, ...]:
        return PROJECTS

    @property
    def journal(self) -> list[Any]:
        """What was written over HTTP; that an issue came into a project is no value of its own."""
        return [w for w in self.server.journal.over_http() if w.changed and not w.what.startswith("project-item")]

    def create(
        self, title: str = "", *, project: str = "", parent: str | None = None, labels: tuple[str, ...] = ()
    ) -> str:
        self.time.step()
        made = self.state.create(project or PROJECTS[0], title or "A ticket", labels=labels)
        if parent:
            self.state.set_parent(made, self.issue(parent))
        return made.node_id

    def edit_title(self, ticket: str, title: str) -> None:
        self.time.step()
        self.state.edit(self.issue(ticket), title=title)

    def type_label(self, ticket: str, label: str) -> None:
        self.time.step()
        self.state.add_labels(self.issue(ticket), label)

    def remove_label(self, ticket: str, label: str) -> None:
        self.time.step()
        self.state.remove_labels(self.issue(ticket), label)

    def set_field(self, ticket: str, field_id: str, value: Any) -> None:
        self.time.step()
        if field_id == self.text_field:
            self.state.set_field_value(self.issue(ticket), self.why, value)
            return
        item, field = self.state.add_to_project(self.project, self.issue(ticket)), self._field(field_id)
        chosen = next((option for option in field.options if option.name == value), value)
        self.state.set_project_value(item, field, chosen)

    def add_link(self, ticket: str, url: str, title: str) -> None:
        self.time.step()
        self.state.comment(self.issue(ticket), f"[{title}]({url})")

    def make_strange(self, ticket: str) -> None:
        issue = self.issue(ticket)
        self.state.edit(issue, type=self.state.add_type("solvane", "Gremlin"), body=None)
        issue.state_reason = "simmering"
        issue.user = None

    def delete(self, ticket: str) -> None:
        self.time.step()
        self.state.delete(self.issue(ticket))

    def move(self, ticket: str, project: str) -> str:
        self.time.step()
        return self.state.transfer(self.issue(ticket), project).node_id

    def hide(self, ticket: str) -> None:
        self.state.hide(self.issue(ticket).repository.full_name)

    def refuse(self, ticket: str) -> None:
        self.state.make_read_only(self.issue(ticket).repository.full_name)

    def title(self, ticket: str) -> str:
        return self.issue(ticket).title

    def labels(self, ticket: str) -> tuple[str, ...]:
        return tuple(sorted(label.name for label in self.issue(ticket).labels))

    def field(self, ticket: str, field_id: str) -> Any:
        if field_id == self.text_field:
            return self.issue(ticket).field_values.get(self.why.id)
        items = (item for item in self.project.items.values() if item.issue is self.issue(ticket))
        value = next((item.values.get(self._field(field_id).node_id) for item in items), None)
        return getattr(value, "name", value)

    def _field(self, field_id: str) -> Any:
        name = field_id.rpartition("/")[2]
        return next(field for field in self.project.fields.values() if field.name == name)

    def links(self, ticket: str) -> list[Mapping[str, Any]]:
        theirs = [comment for comment in self._comments(ticket) if not comment["viewerDidAuthor"]]
        parts = [comment["body"].strip("[)").partition("](") for comment in theirs]
        return [{"url": url, "title": title} for title, _, url in parts]

    def edit_body(self, ticket: str, text: str) -> None:
        self.time.step()
        self.state.edit(self.issue(ticket), body=text)

    def type_comment(self, ticket: str, text: str) -> None:
        self.time.step()
        self.state.comment(self.issue(ticket), text)

    def change_our_words(self, ticket: str, place: str, old: str, new: str) -> None:
        self.time.step()
        issue = self.issue(ticket)
        if place == "block":
            self.state.edit(issue, body=(issue.body or "").replace(old, new))
        for comment in list(issue.comments) if place == "comment" else ():
            self.state.edit_comment(comment.id, comment.body.replace(old, new))

    def body(self, ticket: str) -> Any:
        return self.issue(ticket).body or ""

    def comments(self, ticket: str) -> list[Any]:
        return [comment.body for comment in self.issue(ticket).comments]

    def receipt(self, ticket: str) -> Any:
        return ours_of(self.body(ticket), self._comments(ticket), WORKSPACE).receipt

    @contextmanager
    def same_instant(self) -> Iterator[None]:
        self.time.step()
        self.time.is_held = True
        yield
        self.time.is_held = False

    @contextmanager
    def unseen_by_lists(self) -> Iterator[None]:
        before = {(i.repository.id, i.number): copy.copy(i) for i in self.state.issues}
        for shadow in before.values():
            shadow.labels, shadow.shown = list(shadow.labels), {}
        known = dict(self._held or {})
        self._held = {**before, **known}
        self._only_known = frozenset(before)
        self.time.step()
        yield
        now = {(i.repository.id, i.number): i for i in self.state.issues}
        changed = {key: before.get(key) for key, issue in now.items() if _is_news(before.get(key), issue)}
        self._held, self._only_known = {**changed, **known}, None

    _only_known: frozenset[tuple[int, int]] | None = None

    def lists_catch_up(self) -> None:
        self._held = None

    def pass_time(self, seconds: float) -> None:
        """Leave it to the steps."""

    def fault(self, text: str) -> None:
        self.server.add_fault(text)

    def heal(self) -> None:
        self.server.clear_faults()

    def requests(self) -> int:
        return self.server.requests.total

    @property
    def auth(self) -> dict[str, Any]:
        """Return how to log in."""
        return {"kind": "token", "token": Secret(CANARY, "the contract")}

    def connection(self, *, options: Mapping[str, Any] | None = None, **more: Any) -> Connector:
        """Return a connection to it; all about it may be said otherwise. Waiting takes no time there."""
        values: dict[str, Any] = {
            "url": self.server.web_url,
            "auth": self.auth,
            "scope": {"repositories": list(PROJECTS)},
            "workspace": WORKSPACE,
            "fields": tuple(filter(None, (self.number_field, self.text_field, self.select_field))),
            "options": {"api_url": self.server.url, **(options or {})},
            "where": "journeysync.yaml:5:3",
        }
        return GitHubConnector(some_connection_settings(**(values | more)), clock=NoWaiting())

    def issue(self, ticket: str) -> Issue:
        found = self.state.nodes[ticket]
        assert isinstance(found, Issue)
        return found

    def _comments(self, ticket: str) -> list[dict[str, Any]]:
        return [
            {"id": each.node_id, "body": each.body, "viewerDidAuthor": each.user.login != "person"}
            for each in self.issue(ticket).comments
        ]

    def _freeze_lists(self) -> None:
        """Let lists lag behind on demand: GitHub's own come from replicas."""
        for routes in _list_handlers(self.server.site.routes):
            whole = routes._rows

            def lagging(call: Any, home: Any, whole: Any = whole) -> Any:
                if self._held is None:
                    return whole(call, home)
                real = home.issues
                shown = dict(real)
                for (repository, number), issue in self._held.items():
                    if repository == home.id and issue is not None:
                        shown[number] = issue
                    elif repository == home.id:
                        shown.pop(number, None)
                if self._only_known is not None:
                    shown = {n: issue for n, issue in shown.items() if (home.id, n) in self._only_known}
                home.issues = shown
                home.changed()
                try:
                    return whole(call, home)
                finally:
                    home.issues = real
                    home.changed()

            routes._rows = lagging


def _is_news(before: Issue | None, now: Issue) -> bool:
    return before is None or (before.updated_at, before.title) != (now.updated_at, now.title)


def _list_handlers(router: Any) -> list[Any]:
    paths = ("/repos/a/b/issues", "/repositories/1/issues", "/api/v3/repos/a/b/issues", "/api/v3/repositories/1/issues")
    routes = [router.find("GET", path)[0] for path in paths]
    owners = [route.handler.__self__ for route in routes if route is not None]
    return list({id(owner): owner for owner in owners if isinstance(owner, IssueRoutes)}.values())
