"""The books of one Jira site: what exists in it, who may see it. Writing is `state`'s business."""

import random
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from zoneinfo import ZoneInfo

from journeysync.sandbox.jira import catalog
from journeysync.sandbox.jira.access import Account
from journeysync.sandbox.jira.answers import no_issue
from journeysync.sandbox.jira.catalog import FieldSpec, Json, Project
from journeysync.sandbox.jira.index import SearchIndex
from journeysync.sandbox.jira.issue import Issue
from journeysync.sandbox.journal import Journal
from journeysync.sandbox.wire import DECODE

PERSON = "sandbox:person"
EPIC_LINK, EPIC_NAME = 10_006, 10_008


class JiraBooks:
    """All that a site holds. Reads from another thread must hold `lock`; the public methods of `JiraState` do."""

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.time,
        journal: Journal | None = None,
        seed: int = 0,
        server: bool = False,
    ) -> None:
        self.is_server = server  # a Data Center site: users by name, epics by Epic Link, types without levels
        self.lock = threading.RLock()
        self.clock = clock
        self.zone = ZoneInfo("UTC")  # of what persons write; loaded times stay as recorded
        self.journal = Journal() if journal is None else journal
        self.index = SearchIndex(clock, random.Random(seed))  # noqa: S311 - a test must be able to repeat it
        self.issues: dict[str, Issue] = {}
        self.ids_by_key: dict[str, str] = {}
        self.projects: dict[str, Project] = {}
        self.fields: dict[str, FieldSpec] = catalog.system_fields()
        self.issue_types: dict[str, Json] = {}
        self.statuses: dict[str, Json] = {}
        self.priorities: dict[str, Json] = {}
        self.resolutions: dict[str, Json] = {}
        self.users: dict[str, Json] = {PERSON: _user(PERSON, "A person", server=server)}
        self.accounts: list[Account] = []
        self.updated_moves_on: set[str] = {"field", "remotelink"}  # not on properties: change it to test either
        self._next_id = 10_000
        self._next_comment = 70_000
        self._next_link = 10_000
        self._next_field = 10_100
        self.epic_types: set[str] = set()  # ids of the types that are epics, on Data Center
        self.epic_link = self.epic_name = ""
        if server:
            self.epic_link = self.add_field("Epic Link", "epic-link", number=EPIC_LINK)
            self.epic_name = self.add_field("Epic Name", "epic-name", number=EPIC_NAME)

    def add_account(self, account: Account) -> Account:
        """Let another user in."""
        self.accounts.append(account)
        self.users[account.account_id] = account.shape()
        return account

    def add_project(self, key: str, name: str = "", *, project_id: str = "", shape: Json | None = None) -> Project:
        """Add a project, or return the one with that id."""
        with self.lock:
            project_id = project_id or str(10_000 + len(self.projects))
            if project_id not in self.projects:
                shape = shape or {"id": project_id, "key": key, "name": name or key, "projectTypeKey": "software"}
                self.projects[project_id] = Project(project_id, key, name or key, shape)
                self.complete()
            return self.projects[project_id]

    def add_field(
        self, name: str, kind: catalog.FieldKind = "number", *, options: Iterable[str] = (), number: int | None = None
    ) -> str:
        """Add a custom field and return its id. Two fields may share a name, as in a real site."""
        with self.lock:
            while number is None or f"customfield_{number}" in self.fields:
                self._next_field += 1
                number = self._next_field
            spec = catalog.custom_field(number, name, kind, tuple(options))
            spec.everywhere = True
            self.fields[spec.id] = spec
            return spec.id

    def hide_field(self, field: str, project: str) -> None:
        """Take a field out of a project's field configuration: setting it there is refused from now on."""
        self.fields[field].hidden_in.add(self.project(project).id)

    def project(self, key_or_id: str) -> Project:
        """Return a project by key (any case) or id; KeyError if there is none."""
        for project in self.projects.values():
            if key_or_id == project.id or key_or_id.upper() == project.key.upper():
                return project
        raise KeyError(key_or_id)

    def project_of(self, issue: Issue) -> Project:
        """Return the project that an issue is in."""
        return self.projects[str(issue.value("project")["id"])]

    def find(self, key_or_id: str) -> Issue | None:
        """Return an issue by id, key in any case, or a key it had before; hidden ones too."""
        found = self.issues.get(key_or_id)
        return found or self.issues.get(self.ids_by_key.get(key_or_id.upper(), ""))

    def issue(self, key_or_id: str) -> Issue:
        """Return an issue by id or key; refused as Jira does (404) if there is none."""
        found = self.find(key_or_id)
        if found is None:
            raise no_issue()
        return found

    def is_epic(self, issue: Issue) -> bool:
        """Say whether an issue is an epic."""
        shape = issue.value("issuetype")
        return str(shape.get("id")) in self.epic_types or is_epic_type(shape)

    def json(self, key_or_id: str) -> Json:
        """Return all fields of an issue, decoded, texts as stored."""
        return {field: DECODE(raw) for field, raw in self.issue(key_or_id).values.items()}

    def visible_to(self, account: Account, issue: Issue) -> bool:
        """Say whether an account may see an issue."""
        hidden = self.issues.get(issue.id, issue).hidden  # of today, though the index may show yesterday's version
        return not hidden and account.may("BROWSE_PROJECTS", issue.key.rpartition("-")[0])

    def hide(self, key_or_id: str, *, hidden: bool = True) -> None:
        """Hide an issue from every account, as a security level does; with ``hidden=False`` show it again."""
        with self.lock:
            self.issue(key_or_id).hidden = hidden
            self.index.touch()

    def hide_project(self, key: str, *, hidden: bool = True) -> None:
        """Take the right to browse a project from every account, or give it back."""
        with self.lock:
            (self.revoke if hidden else self.grant)("BROWSE_PROJECTS", project=key)

    def revoke(self, permission: str, *, project: str = "") -> None:
        """Take a permission from every account, in one project or everywhere."""
        for account in self.accounts:
            account.denied.add((permission, project)) if project else account.granted.discard(permission)
        self.index.touch()

    def grant(self, permission: str, *, project: str = "") -> None:
        """Give a permission back."""
        for account in self.accounts:
            account.denied.discard((permission, project)) if project else account.granted.add(permission)
        self.index.touch()

    def complete(self) -> None:
        """Fill in Jira's own types, statuses, priorities and resolutions where the site has none at all."""
        for book, defaults in (
            (self.issue_types, catalog.DEFAULT_TYPES),
            (self.statuses, catalog.DEFAULT_STATUSES),
            (self.priorities, catalog.DEFAULT_PRIORITIES),
            (self.resolutions, catalog.DEFAULT_RESOLUTIONS),
        ):
            if not book:
                book.update({str(each["id"]): each for each in defaults})
        if self.is_server:
            self.epic_types |= {each_id for each_id, each in self.issue_types.items() if is_epic_type(each)}
            self.issue_types = {each_id: without_level(each) for each_id, each in self.issue_types.items()}


def is_epic_type(shape: Json) -> bool:
    """Say whether an issue type is an epic: by its level where it has one, else by its name."""
    return int(shape.get("hierarchyLevel", str(shape.get("name", "")).lower() == "epic")) > 0


def without_level(shape: Json) -> Json:
    """Return an issue type as Data Center shows it: it knows no levels above a story."""
    return {name: value for name, value in shape.items() if name != "hierarchyLevel"}


def by_name(book: Mapping[str, Json], name: str) -> Json | None:
    """Return the first entry with a name, in any case."""
    return next((each for each in book.values() if str(each["name"]).lower() == name.lower()), None)


def _user(account_id: str, name: str, *, server: bool) -> Json:
    if server:
        return {"name": "person", "key": "JIRAUSER10000", "displayName": name, "active": True, "timeZone": "UTC"}
    return {"accountId": account_id, "accountType": "atlassian", "displayName": name, "active": True, "timeZone": "UTC"}
