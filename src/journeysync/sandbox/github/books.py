"""The books of a GitHub site: who and what there is, by name, number and global id; the entries in the journal.

Organisations add their types, fields and projects here. What changes an issue is in `state`.
"""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from journeysync.sandbox.github.things import (
    Comment,
    Issue,
    IssueField,
    IssueType,
    Option,
    Project,
    ProjectField,
    Repository,
    User,
    iso,
    node_id,
)
from journeysync.sandbox.journal import Journal, Slot, Write

FIRST_ID = 3_000_000_000
FEATURES = frozenset({"sub_issues", "issue_types", "issue_fields", "projects"})


@dataclass(frozen=True, slots=True)
class Actor:
    """Who makes a change, and by which request (0: a person, through `server.state`)."""

    login: str = "person"
    request: int = 0
    method: str = ""
    path: str = ""
    app: bool = False


PERSON = Actor()


class SiteBooks:
    """All that a site holds. Use `lock` around reads that must agree with each other."""

    def __init__(self, *, clock: Callable[[], float] = time.time, journal: Journal | None = None) -> None:
        self.clock = clock
        self.journal = journal or Journal()
        self.lock = threading.RLock()
        self.features: set[str] = set(FEATURES)
        self.scopes: set[str] = {"project", "read:org", "repo"}  # of the account's token
        self.users: dict[str, User] = {}
        self.repositories: dict[int, Repository] = {}
        self.names: dict[str, int] = {}
        self.types: dict[str, dict[int, IssueType]] = {}
        self.fields: dict[str, dict[int, IssueField]] = {}
        self.projects: dict[str, Project] = {}
        self.nodes: dict[str, Any] = {}
        self.comments: dict[int, tuple[Issue, Comment]] = {}
        self.hidden: set[int] = set()
        self.read_only: set[int] = set()
        self._last_id = FIRST_ID
        self.user("person")

    @property
    def issues(self) -> list[Issue]:
        """Return all issues, without pull requests."""
        rows = (issue for each in self.repositories.values() for issue in each.issues.values())
        return [issue for issue in rows if not issue.is_pull_request]

    def repository(self, full_name: str) -> Repository:
        """Return a repository by `owner/name`, also by an old name; KeyError if there is none."""
        return self.repositories[self.names[full_name.lower()]]

    def issue(self, name: str) -> Issue:
        """Return an issue by `owner/name#7`; KeyError if there is none."""
        full_name, _, number = name.rpartition("#")
        return self.repository(full_name).issues[int(number)]

    def user(self, login: str, type_: str = "User") -> User:
        """Return a user by login; a new one is made at need."""
        known = self.users.get(login.lower())
        if known is None:
            number = self.free_id()
            prefix = {"Organization": "O", "Bot": "BOT"}.get(type_, "U")
            known = self.users[login.lower()] = User(login, number, node_id(prefix, number), type_)
            self.nodes[known.node_id] = known
        return known

    def now(self) -> str:
        """Return the site's time as GitHub writes it."""
        return iso(self.clock())

    def free_id(self) -> int:
        """Return a number that nothing has yet."""
        self._last_id += 1
        return self._last_id

    def is_hidden(self, repository: Repository) -> bool:
        """Say whether the account may not see a repository."""
        return repository.id in self.hidden

    def add_type(self, owner: str, name: str, color: str = "gray") -> IssueType:
        """Add an issue type to an organisation."""
        number = self.free_id()
        made = IssueType(number, node_id("IT", number), name, None, color)
        self.types.setdefault(owner.lower(), {})[number] = self.nodes[made.node_id] = made
        return made

    def add_field(self, owner: str, name: str, data_type: str, options: Sequence[str] = ()) -> IssueField:
        """Add an issue field to an organisation: text, number, date or single_select."""
        number = self.free_id()
        prefix = {"text": "IFT", "number": "IFN", "date": "IFD"}.get(data_type, "IFSS")
        made = IssueField(number, node_id(prefix, number), name, data_type, self._options(options))  # type: ignore[arg-type] # checked by use
        self.fields.setdefault(owner.lower(), {})[number] = self.nodes[made.node_id] = made
        return made

    def add_project(self, owner: str, title: str, fields: dict[str, str | Sequence[str]] | None = None) -> Project:
        """Add a project (Projects v2); `fields` by name: `text`, `number`, `date`, or the options of a choice."""
        number, found = self.free_id(), self.user(owner, "Organization")
        count = sum(each.owner is found for each in self.projects.values())
        made = Project(number, node_id("PVT", number), count + 1, title, found, self.now())
        for name, kind in {"Title": "title", "Status": ("Todo", "In Progress", "Done"), **(fields or {})}.items():
            id_ = self.free_id()
            data_type = kind if isinstance(kind, str) else "single_select"
            options = [] if isinstance(kind, str) else self._options(kind)
            prefix = "PVTSSF" if options else "PVTF"
            one = ProjectField(id_, node_id(prefix, number, id_), name, data_type, options)
            made.fields[one.node_id] = self.nodes[one.node_id] = one
        self.projects[made.node_id] = self.nodes[made.node_id] = made
        return made

    def type_named(self, repository: Repository, name: str) -> IssueType | None:
        """Return an issue type of the repository's organisation."""
        types = self.types.get(repository.owner.login.lower(), {}).values()
        return next((each for each in types if each.name.lower() == name.lower()), None)

    def write(
        self, actor: Actor, issue: Issue, what: Slot, name: str, value: Any = None, *, changed: bool = True
    ) -> None:
        """Enter a write to an issue in the journal."""
        key = f"{issue.repository.full_name}#{issue.number}"
        self._enter(actor, what, name, value, issue_id=issue.node_id, issue_key=key, changed=changed)

    def write_repository(self, actor: Actor, repository: Repository, what: Slot, name: str, value: Any) -> None:
        """Enter a write to a repository in the journal."""
        self._enter(actor, what, name, value, issue_id="", issue_key=repository.full_name)

    def _enter(
        self, actor: Actor, what: Slot, name: str, value: Any, *, issue_id: str, issue_key: str, changed: bool = True
    ) -> None:
        self.journal.add(
            Write(
                at=self.clock(),
                request=actor.request,
                method=actor.method,
                path=actor.path,
                author=actor.login,
                issue_id=issue_id,
                issue_key=issue_key,
                what=what,
                name=name,
                value=value,
                changed=changed,
            )
        )

    def _options(self, names: Sequence[str]) -> list[Option]:
        made = []
        for name in names:
            number = self.free_id()
            made.append(Option(number, node_id("IFSSO", number), name, key=f"{number:08x}"))
        return made
