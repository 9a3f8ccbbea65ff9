"""The state of a Linear workspace, and what people and callers do to it. Each change is entered in the journal.

`updatedAt` moves with what Linear calls a meaningful change: words, state, labels, priority, project, team. An
attachment does not move it.
"""

import itertools
import random
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from journeysync.sandbox.journal import Journal, Slot, Write
from journeysync.sandbox.linear.things import (
    Attachment,
    Cycle,
    Initiative,
    Issue,
    Json,
    Label,
    Project,
    Team,
    User,
    Webhook,
    WorkflowState,
    iso,
)

DEFAULT_STATES = (
    ("Backlog", "backlog"),
    ("Todo", "unstarted"),
    ("In Progress", "started"),
    ("Done", "completed"),
    ("Canceled", "canceled"),
    ("Duplicate", "duplicate"),
)
MAX_BATCH = 50
_DONE_TYPES = {"completed": "completed_at", "canceled": "canceled_at", "duplicate": "canceled_at"}


class Refusal(Exception):
    """Linear says no to one operation, in its own words; `code` as in the error's extensions."""

    def __init__(self, message: str, *, code: str = "INPUT_ERROR", shown: str = "") -> None:
        super().__init__(message)
        self.message, self.code, self.shown = message, code, shown or message


@dataclass(frozen=True, slots=True)
class Actor:
    """Who makes a change, and by which request (0: a person, through `server.state`)."""

    name: str = "person"
    request: int = 0
    operation: str = ""


PERSON = Actor()


class LinearState:
    """All that a workspace holds. Use `lock` around reads that must agree with each other."""

    def __init__(
        self, *, clock: Callable[[], float] = time.time, journal: Journal | None = None, url_key: str = "solvane"
    ) -> None:
        self.clock = clock
        self.journal = journal or Journal()
        self.url_key = url_key
        self.lock = threading.RLock()
        self.organization_id = str(uuid.UUID(int=0x11, version=4))
        self.users: dict[str, User] = {}
        self.teams: dict[str, Team] = {}
        self.workflow_states: dict[str, WorkflowState] = {}
        self.labels: dict[str, Label] = {}
        self.cycles: dict[str, Cycle] = {}
        self.projects: dict[str, Project] = {}
        self.initiatives: dict[str, Initiative] = {}
        self.issues_by_id: dict[str, Issue] = {}
        self.attachments: dict[str, Attachment] = {}
        self.webhooks: dict[str, Webhook] = {}
        self.hidden: set[str] = set()  # ids of teams that the caller cannot see
        self.read_only: set[str] = set()  # ids of teams where the caller may not write
        self.lists: dict[Any, list[Any]] = {}  # lists that were asked for, kept until something changes
        self._identifiers: dict[str, str] = {}
        self._luck = random.Random(20261122)  # noqa: S311 - the same ids each time
        self._orders = itertools.count(1)
        self.user("person")

    # books --------------------------------------------------------------------------------------------------------

    @property
    def issues(self) -> list[Issue]:
        """Return all issues."""
        return list(self.issues_by_id.values())

    def listed(self) -> list[Issue]:
        """Return the issues that a list looks at. A test may put its own in the place of this: lists that lag."""
        return self.issues

    def now(self) -> str:
        """Return the site's time as Linear writes it."""
        return iso(self.clock())

    def free_id(self) -> str:
        """Return a new UUID v4; the same one each time the same things are made."""
        return str(uuid.UUID(int=self._luck.getrandbits(128), version=4))

    def user(self, name: str, **more: Any) -> User:
        """Return a user by name; a new one is made at need."""
        known = next((each for each in self.users.values() if each.name == name), None)
        if known is None:
            known = User(self.free_id(), name, f"{name}@sandbox.example", **more)
            self.users[known.id] = known
        return known

    def add_team(self, key: str, name: str = "", *, id: str = "", private: bool = False) -> Team:  # noqa: A002
        """Return a team by key; a new one, with the usual states, is made at need."""
        known = next((each for each in self.teams.values() if each.key == key), None)
        if known is None:
            known = Team(id or self.free_id(), key, name or key, private, self.now(), self.now())
            self.teams[known.id] = known
            for number, (word, kind) in enumerate(DEFAULT_STATES):
                self.add_state(known, word, kind, position=float(number))
            self.changed()
        return known

    def add_state(self, team: Team, name: str, kind: str, *, id: str = "", position: float = 9.0) -> WorkflowState:  # noqa: A002
        """Add a workflow state to a team."""
        made = WorkflowState(id or self.free_id(), name, kind, team, position)
        self.workflow_states[made.id] = made
        team.states.append(made)
        return made

    def add_cycle(self, team: Team, number: int, name: str | None = None) -> Cycle:
        """Add a cycle to a team."""
        made = Cycle(self.free_id(), number, team, name, self.now(), self.now(), self.now(), self.now())
        self.cycles[made.id] = made
        return made

    def add_initiative(self, name: str, *, parent: Initiative | None = None, id: str = "") -> Initiative:  # noqa: A002
        """Add an initiative."""
        made = Initiative(id or self.free_id(), name, parent_initiative=parent)
        made.created_at = made.updated_at = self.now()
        self.initiatives[made.id] = made
        self.changed()
        return made

    def add_project(
        self,
        name: str,
        teams: Iterable[Team | str],
        *,
        initiative: Initiative | None = None,
        id: str = "",  # noqa: A002
        **more: Any,
    ) -> Project:
        """Add a project to teams, and to an initiative."""
        homes = [self.team(each) for each in teams]
        made = Project(id or self.free_id(), name, homes, **more)
        made.created_at = made.updated_at = self.now()
        self.projects[made.id] = made
        if initiative is not None:
            made.initiatives.append(initiative)
            initiative.projects.append(made)
        self.changed()
        return made

    def team(self, team: Team | str) -> Team:
        """Return a team by itself, its key or its id; KeyError if there is none."""
        if isinstance(team, Team):
            return team
        if team in self.teams:
            return self.teams[team]
        return next(each for each in self.teams.values() if each.key == team)

    def issue(self, name: Issue | str) -> Issue:
        """Return an issue by id, or by its identifier now or earlier; KeyError if there is none."""
        if isinstance(name, Issue):
            return name
        return self.issues_by_id[name if name in self.issues_by_id else self._identifiers[name.upper()]]

    def label_named(self, name: str, team: Team | None) -> Label | None:
        """Return the label of that name in a team or, without one, in the workspace."""
        folded = name.casefold()
        return next((x for x in self.labels.values() if x.name.casefold() == folded and x.team is team), None)

    def add_label(
        self,
        name: str,
        *,
        team: Team | None = None,
        id: str = "",  # noqa: A002
        color: str = "#bec2c8",
        description: str | None = None,
        parent: Label | None = None,
        is_group: bool = False,
        actor: Actor = PERSON,
    ) -> Label:
        """Make a label.

        Raises:
            Refusal: Its name or id is taken.
        """
        with self.lock:
            rivals = [x for x in self.labels.values() if x.name.casefold() == name.casefold()]
            if any(x.team is team or team is None or x.team is None for x in rivals):
                raise Refusal("Duplicate label name", shown=f"A label named {name} exists already.")
            if id and id in self.labels:
                raise Refusal("Entity already exists: IssueLabel")
            made = Label(id or self.free_id(), name, color, description, team, parent, is_group)
            made.created_at = made.updated_at = self.now()
            self.labels[made.id] = made
            self.changed()
            self._enter(actor, "repository-label+", name, description)
            return made

    def edit_label(self, label: Label, *, actor: Actor = PERSON, **values: Any) -> Label:
        """Change a label's name, colour, description or group."""
        for name, value in values.items():
            setattr(label, name, value)
        label.updated_at = self.now()
        self.changed()
        self._enter(actor, "repository-label", label.name, values)
        return label

    def delete_label(self, label: Label, *, actor: Actor = PERSON) -> None:
        """Delete a label: it is taken off all its issues."""
        with self.lock:
            del self.labels[label.id]
            for issue in self.issues_by_id.values():
                if label in issue.labels:
                    issue.labels.remove(label)
            self.changed()
            self._enter(actor, "repository-label-", label.name)

    # issues -------------------------------------------------------------------------------------------------------

    def create(self, team: Team | str, title: str, *, labels: Sequence[str] = (), **more: Any) -> Issue:
        """Write an issue, with labels by name (made in the workspace at need), and return it."""
        with self.lock:
            home = self.team(team)
            state = more.pop("state", None) or next(each for each in home.states if each.type == "backlog")
            made = Issue(
                more.pop("id", None) or self.free_id(), home, more.pop("number", home.next_number), title, state
            )
            made.creator = more.pop("creator", None) or self.user("person")
            made.created_at = more.pop("created_at", None) or self.now()
            made.updated_at = more.pop("updated_at", None) or made.created_at
            made.sort_order = -float(next(self._orders))
            for name, value in more.items():
                setattr(made, name, value)
            self._enter_state(made)
            self.insert(made)
            for name in labels:
                made.labels.append(self.label_for(made, name))
            self._write(PERSON, made, "create", "title", title)
            return made

    def insert(self, issue: Issue) -> None:
        """Put an issue into the books, in the place of one with its id."""
        self.issues_by_id[issue.id] = issue
        self._identifiers[issue.identifier.upper()] = issue.id
        for old in issue.previous_identifiers:
            self._identifiers.setdefault(old.upper(), issue.id)
        issue.team.next_number = max(issue.team.next_number, issue.number + 1)
        self.changed()

    def label_for(self, issue: Issue, name: str) -> Label:
        """Return the label that a name means in an issue: its team's, the workspace's, or a new one there."""
        return (
            self.label_named(name, issue.team) or self.label_named(name, None) or self.add_label(name, team=issue.team)
        )

    def edit(self, issue: Issue | str, *, actor: Actor = PERSON, **values: Any) -> Issue:
        """Change fields of an issue by their names in `Issue`."""
        with self.lock:
            found = self.issue(issue)
            for name, value in values.items():
                is_new = getattr(found, name) != value
                setattr(found, name, value)
                if name == "state":
                    self._enter_state(found)
                shown = value if isinstance(value, str | int | float | bool | None) else getattr(value, "id", "")
                self._write(actor, found, "field", name, shown, changed=is_new)
                if is_new:
                    self.touch(found)
            return found

    def relabel(
        self, issue: Issue | str, added: Iterable[Label], removed: Iterable[Label], *, actor: Actor = PERSON
    ) -> Issue:
        """Add and remove labels in one step.

        Raises:
            Refusal: A group itself was named, or two children of one group would stand together.
        """
        with self.lock:
            found = self.issue(issue)
            gone, new = list(removed), list(added)
            wanted = [*(each for each in found.labels if each not in gone), *new]
            _check_groups(list(dict.fromkeys(wanted)))
            for label in new:
                is_new = label not in found.labels
                if is_new:
                    found.labels.append(label)
                    self.touch(found)
                self._write(actor, found, "label+", label.name, changed=is_new)
            for label in gone:
                is_there = label in found.labels
                if is_there and label not in new:
                    found.labels.remove(label)
                    self.touch(found)
                self._write(actor, found, "label-", label.name, changed=is_there)
            return found

    def add_labels(self, issue: Issue | str, *names: str) -> None:
        """Add labels by name, as a person does."""
        found = self.issue(issue)
        self.relabel(found, [self.label_for(found, name) for name in names], ())

    def remove_labels(self, issue: Issue | str, *names: str) -> None:
        """Take labels off by name; KeyError for one that is not there."""
        found = self.issue(issue)
        carried = {label.name.casefold(): label for label in found.labels}
        self.relabel(found, (), [carried[name.casefold()] for name in names])

    def move(self, issue: Issue | str, team: Team | str, *, actor: Actor = PERSON) -> Issue:
        """Move an issue to another team: a new identifier; labels of the old team are taken off."""
        with self.lock:
            found, home = self.issue(issue), self.team(team)
            if found.team is home:
                return found
            found.previous_identifiers.append(found.identifier)
            found.team, found.number = home, home.next_number
            found.state = next((s for s in home.states if s.type == found.state.type), home.states[0])
            found.labels = [label for label in found.labels if label.team in (None, home)]
            found.cycle = None
            self.insert(found)
            self.touch(found)
            self._write(actor, found, "move", home.key)
            return found

    def archive(self, issue: Issue | str, *, trash: bool = False, actor: Actor = PERSON) -> None:
        """Archive an issue, or put it into the trash for 30 days."""
        with self.lock:
            found = self.issue(issue)
            found.archived_at, found.trashed = self.now(), trash or None
            self.touch(found)
            self._write(actor, found, "field", "trashed" if trash else "archived", value=True)

    def restore(self, issue: Issue | str, *, actor: Actor = PERSON) -> None:
        """Take an issue out of the archive or the trash."""
        with self.lock:
            found = self.issue(issue)
            found.archived_at = found.trashed = None
            self.touch(found)
            self._write(actor, found, "field", "archived", value=False)

    def delete(self, issue: Issue | str, *, actor: Actor = PERSON) -> None:
        """Delete an issue for good."""
        with self.lock:
            found = self.issue(issue)
            del self.issues_by_id[found.id]
            for name in [each for each, id_ in self._identifiers.items() if id_ == found.id]:
                del self._identifiers[name]
            for attachment in found.attachments:
                self.attachments.pop(attachment.id, None)
            for child in self.issues_by_id.values():
                if child.parent is found:
                    child.parent = None
            self.changed()
            self._write(actor, found, "delete", found.title)

    def attach(
        self,
        issue: Issue | str,
        url: str,
        title: str,
        *,
        subtitle: str | None = None,
        metadata: Json | None = None,
        id: str = "",  # noqa: A002
        creator: User | None = None,
        actor: Actor = PERSON,
    ) -> Attachment:
        """Attach a link; one that has the same url in this issue is changed instead."""
        with self.lock:
            found = self.issue(issue)
            known = next((each for each in found.attachments if each.url == url), None)
            if known is None:
                known = Attachment(id or self.free_id(), found, url, title)
                known.creator, known.created_at = creator or self.user(actor.name), self.now()
                found.attachments.append(known)
                self.attachments[known.id] = known
            return self.edit_attachment(known, title=title, subtitle=subtitle, metadata=metadata or {}, actor=actor)

    def edit_attachment(self, attachment: Attachment, *, actor: Actor = PERSON, **values: Any) -> Attachment:
        """Change words or metadata of an attachment."""
        with self.lock:
            before = (attachment.title, attachment.subtitle, attachment.metadata, attachment.updated_at)
            is_made = before[3] == "2020-01-01T00:00:00.000Z"
            for name, value in values.items():
                setattr(attachment, name, value)
            is_new = is_made or before[:3] != (attachment.title, attachment.subtitle, attachment.metadata)
            if is_new:
                attachment.updated_at = self.now()
                self.changed()
            shown = {"title": attachment.title, "subtitle": attachment.subtitle, "metadata": attachment.metadata}
            self._write(actor, attachment.issue, "remotelink", attachment.url, shown, changed=is_new)
            return attachment

    def detach(self, attachment: Attachment | str, *, actor: Actor = PERSON) -> None:
        """Take an attachment away; KeyError if there is none."""
        with self.lock:
            found = self.attachments.pop(attachment if isinstance(attachment, str) else attachment.id)
            found.issue.attachments.remove(found)
            self.changed()
            self._write(actor, found.issue, "remotelink-", found.url)

    # permissions --------------------------------------------------------------------------------------------------

    def hide(self, team: Team | str) -> None:
        """Let the caller no longer see a team, as when it was made private."""
        found = self.team(team)
        found.private = True
        self.hidden.add(found.id)
        self.changed()

    def make_read_only(self, team: Team | str) -> None:
        """Let the caller no longer write in a team."""
        self.read_only.add(self.team(team).id)

    def sees(self, team: Team) -> bool:
        """Say whether the caller sees a team."""
        return team.id not in self.hidden

    def touch(self, issue: Issue) -> None:
        """Let an issue be changed now."""
        issue.updated_at = max(issue.updated_at, self.now())
        self.changed()

    def changed(self) -> None:
        """Forget the lists that were kept."""
        self.lists.clear()

    def _enter_state(self, issue: Issue) -> None:
        kind = issue.state.type
        if kind == "started" and issue.started_at is None:
            issue.started_at = self.now()
        for name in ("completed_at", "canceled_at"):
            if _DONE_TYPES.get(kind) != name:
                setattr(issue, name, None)
            elif getattr(issue, name) is None:
                setattr(issue, name, self.now())

    def _write(
        self, actor: Actor, issue: Issue, what: Slot, name: str, value: Any = None, *, changed: bool = True
    ) -> None:
        self._enter(actor, what, name, value, issue=issue, changed=changed)

    def _enter(
        self,
        actor: Actor,
        what: Slot,
        name: str,
        value: Any = None,
        *,
        issue: Issue | None = None,
        changed: bool = True,
    ) -> None:
        self.journal.add(
            Write(
                at=self.clock(),
                request=actor.request,
                method="POST" if actor.request else "",
                path=actor.operation,
                author=actor.name,
                issue_id=issue.id if issue else "",
                issue_key=issue.identifier if issue else "",
                what=what,
                name=name,
                value=value,
                changed=changed,
            )
        )


def _check_groups(labels: Sequence[Label]) -> None:
    if any(label.is_group for label in labels):
        raise Refusal("LabelIds cannot contain group labels", shown="A label group cannot be applied to an issue.")
    groups = [label.parent.id for label in labels if label.parent is not None]
    if len(groups) != len(set(groups)):
        raise Refusal(
            "LabelIds not exclusive child labels", shown="Only one label in a group can be applied to an issue."
        )
