"""A GitHub sandbox over HTTP, and its people: labels, sub-issues, comments, transfers.

A repository is called by its last word. It has each label once, however people
spell it; a transfer gives an issue other ids, and takes along only the labels that
the other repository has.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from journeysync.connector import ConnectionSettings, Connector, Secret
from journeysync.sandbox import start_github
from journeysync_github.connection import GitHubConnector
from journeysync_github.marks import BARE, Ours, foreign_workspaces, our_comment, ours_of, rewritten

from ..loop import Time
from .dying import Dying, mortal
from .site import MARK, WORKSPACE, KnownKeys, Write


class GitHubSite:
    """Two repositories in scope and one outside, all private."""

    connection = """connector: github
    url: https://github.com
    auth: {kind: token, token: {env: TEST_TOKEN}}
    scope: {repositories: [solvane/app, solvane/web]}"""
    projects = ("solvane/app", "solvane/web")
    outside = "solvane/other"
    score_field = ""
    moves = (True,)
    can_clone = False
    can_hide = False
    can_comment = True
    counts_reads = False
    faults: Sequence[str] = (
        "503",
        "502:path=graphql",
        "429:retry-after=2",
        "secondary-limit:retry-after=2",
        "cut:p=0.5",
        "500:p=0.3",
        "lost:p=0.3",
        "reset:p=0.3",
    )

    def __init__(self, seed: int = 0) -> None:
        self.clock: Any = Time()
        self.server = start_github(
            repositories=[*self.projects, self.outside], clock=lambda: self.clock().timestamp(), seed=seed
        )
        self.state = self.server.state
        self._dying = Dying()

    def connector(self, workspace: str, keys: KnownKeys) -> Connector:
        settings = ConnectionSettings(
            name="billing",
            url=self.server.web_url,
            auth={"kind": "token", "token": Secret(self.server.token, "env TEST")},
            scope={"repositories": list(self.projects)},
            workspace=workspace,
            known_keys=keys,
            options={"api_url": self.server.url, "page_size": 50, "timeout_seconds": 5.0},
            where="journeysync.yaml:5:3",
        )
        return mortal(GitHubConnector(settings, clock=self.clock), self._dying)  # type: ignore[no-any-return]  # its own

    # people

    def create(self, title: str, project: str, parent: str | None, labels: Sequence[str]) -> str:
        self._tick()
        made = self.state.create(project, title)
        for label in labels:
            self.state.add_labels(made, label)
        if parent:
            self.hang(made.node_id, parent)
        return str(made.node_id)

    def edit(self, ticket: str, *, title: str | None = None, body: str | None = None) -> None:
        self._tick()
        changes = {name: text for name, text in (("title", title), ("body", body)) if text is not None}
        self.state.edit(self._issue(ticket), **changes)

    def type_label(self, ticket: str, label: str) -> None:
        self._tick()
        self.state.add_labels(self._issue(ticket), label)

    def remove_label(self, ticket: str, label: str) -> None:
        self._tick()
        self.state.remove_labels(self._issue(ticket), label)

    def set_score(self, ticket: str, value: int | None) -> None:
        raise NotImplementedError("there is no field for scores")

    def add_link(self, ticket: str, url: str, title: str, global_id: str) -> None:
        """Leave a comment: with a link, or with the mark of another workspace."""
        workspace = global_id.removeprefix(MARK)
        self.comment(ticket, rewritten("", BARE, None, workspace) if workspace else f"[{title}]({url})")

    def drop_link(self, ticket: str) -> None:
        for comment in self._ours(ticket):
            self._tick()
            self.state.delete_comment(comment.id)

    def put_receipt(self, ticket: str, workspace: str, receipt: Any) -> None:
        """Take our comment out with its receipt, or write over it; that of another workspace is a comment of theirs."""
        if receipt is None:
            self.drop_link(ticket)
        elif workspace != WORKSPACE:
            self.comment(ticket, rewritten("", BARE, receipt, workspace))
        else:
            for comment in self._ours(ticket)[:1]:
                self._tick()
                self.state.edit_comment(comment.id, rewritten(comment.body, None, receipt, WORKSPACE))

    def comment(self, ticket: str, text: str) -> None:
        self._tick()
        self.state.comment(self._issue(ticket), text)

    def set_open(self, ticket: str, *, is_open: bool) -> None:
        self._tick()
        how = {"state": "open"} if is_open else {"state": "closed", "state_reason": "completed"}
        self.state.edit(self._issue(ticket), **how)

    def move(self, ticket: str, project: str, *, new_id: bool) -> str:
        del new_id
        self._tick()
        return str(self.state.transfer(self._issue(ticket), project).node_id)

    def delete(self, ticket: str) -> None:
        self._tick()
        self.state.delete(self._issue(ticket))

    def set_hidden(self, ticket: str, *, hidden: bool) -> None:
        raise NotImplementedError("an issue is seen with its repository")

    def clone(self, ticket: str, *, with_receipt: bool) -> str:
        raise NotImplementedError("GitHub has no clones")

    def hang(self, ticket: str, parent: str | None) -> None:
        self._tick()
        with suppress(ValueError):  # deeper than GitHub allows
            self.state.set_parent(self._issue(ticket), self._issue(parent) if parent else None)

    # what stands there

    def title(self, ticket: str) -> str:
        return str(self._issue(ticket).title)

    def body(self, ticket: str) -> str:
        return str(self._issue(ticket).body or "")

    def is_open(self, ticket: str) -> bool:
        return bool(self._issue(ticket).state == "open")

    def labels(self, ticket: str) -> tuple[str, ...]:
        return tuple(sorted(label.name for label in self._issue(ticket).labels))

    def score(self, ticket: str) -> Any:
        return None

    def links(self, ticket: str) -> dict[str, Any]:
        """Return the comments of each workspace: what stands here for a link elsewhere."""
        return {MARK + name: found.comment_body for name, found in self._marks(ticket).items() if found.comment_id}

    def receipts(self, ticket: str) -> dict[str, Any]:
        return {name: found.receipt for name, found in self._marks(ticket).items() if found.receipt is not None}

    def comments(self, ticket: str) -> tuple[str, ...]:
        ours = self._ours(ticket)
        return tuple(comment.body for comment in self._issue(ticket).comments if comment not in ours)

    # what a run did, and what goes wrong with it

    def writes(self) -> list[Write]:
        words = {"label+": "label:", "label-": "label:"}
        return [
            Write(row.issue_id, f"{words[row.what]}{row.name}" if row.what in words else row.what.strip("+-"))
            for row in self.server.journal.over_http()
            if row.changed and row.issue_id
        ]

    def reads(self) -> int:
        return self.server.requests.total

    def lag(self, *, on: bool) -> None:
        """Leave it out: what GitHub's lists show late is tried in the connector's own tests."""

    def catch_up(self) -> None:
        """See ``lag``."""

    def break_down(self, fault: str, number: int) -> None:
        self.server.add_fault(fault if ":" in fault else f"{fault}:after={number}")

    def kill(self, number: int, hook: Callable[[], None]) -> None:
        self._dying.kill(number, hook)

    def heal(self) -> None:
        self.server.clear_faults()
        self._dying.live()

    def close(self) -> None:
        self.server.stop()

    def _issue(self, ticket: str) -> Any:
        return self.state.nodes[ticket]

    def _shown(self, ticket: str) -> list[dict[str, Any]]:
        """Return the comments as our account reads them."""
        return [
            {"id": one.node_id, "body": one.body, "viewerDidAuthor": one.user.login != "person"}
            for one in self._issue(ticket).comments
        ]

    def _ours(self, ticket: str) -> list[Any]:
        """Return the comments of our workspace that our account wrote: one, or none."""
        shown = self._shown(ticket)
        comments = self._issue(ticket).comments
        return [one for one, row in zip(comments, shown, strict=True) if our_comment([row], WORKSPACE)]

    def _marks(self, ticket: str) -> dict[str, Ours]:
        shown = self._shown(ticket)
        return {name: ours_of("", shown, name) for name in (WORKSPACE, *foreign_workspaces(shown, WORKSPACE))}

    def _tick(self) -> None:
        self.clock.pass_time(1)
