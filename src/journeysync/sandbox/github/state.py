"""All that a GitHub site holds, and the changes that persons and callers make to it.

Every write goes through here: it moves `updated_at` (whole seconds, as on the real site, so several changes within one
second leave the same time) and is entered in the journal.
"""

from collections.abc import Iterable
from typing import Any

from journeysync.sandbox.github.books import PERSON, Actor, SiteBooks
from journeysync.sandbox.github.things import (
    Comment,
    Issue,
    IssueField,
    Label,
    Milestone,
    Option,
    Project,
    ProjectField,
    ProjectItem,
    Repository,
    TextEdit,
    node_id,
)

MAX_CHILDREN, MAX_DEPTH = 100, 8
VISIBILITIES = ("public", "private", "internal")


class GithubState(SiteBooks):
    """Repositories with their issues; organisations with types, fields and projects. Use `lock` around reads that must
    agree with each other; the person actions take it themselves."""

    def add_repository(
        self,
        full_name: str,
        visibility: str = "private",
        *,
        number: int | None = None,
        owner_type: str = "Organization",
    ) -> Repository:
        """Make an empty repository, or return the one of that name."""
        with self.lock:
            if full_name.lower() in self.names:
                return self.repository(full_name)
            owner_name, slash, name = full_name.partition("/")
            if not (owner_name and slash and name) or "/" in name:
                raise ValueError(f"'{full_name}' is no repository; write it as owner/name")
            if visibility not in VISIBILITIES:
                raise ValueError(f"{full_name}: '{visibility}' is no visibility; there are: {', '.join(VISIBILITIES)}")
            owner = self.user(owner_name, owner_type)
            free = number if number is not None else self.free_id()
            made = Repository(free, node_id("R", free), owner, name, visibility, created_at=self.now())
            self.repositories[free] = self.nodes[made.node_id] = made
            self.names[full_name.lower()] = free
            return made

    def create(
        self,
        repository: str,
        title: str,
        *,
        body: str | None = None,
        labels: Iterable[str] = (),
        author: str = "person",
        milestone: str | None = None,
        type_: str | None = None,
        pull_request: bool = False,
        actor: Actor = PERSON,
    ) -> Issue:
        """Open an issue (or a pull request) as a person and return it."""
        with self.lock:
            home, number = self.repository(repository), self.free_id()
            now = self.now()
            issue = Issue(
                repository=home,
                id=number,
                node_id=node_id("PR" if pull_request else "I", home.id, number),
                number=home.next_number,
                title=title,
                body=body,
                user=self.user(author),
                created_at=now,
                updated_at=now,
                pull_request={"merged_at": None} if pull_request else None,
            )
            issue.labels = [self.label(home, name, actor) for name in labels]
            issue.milestone = self.add_milestone(repository, milestone) if milestone else None
            issue.type = self.type_named(home, type_) if type_ else None
            self.insert(issue)
            self.write(actor, issue, "create", title)
            return issue

    def edit(self, issue: Issue | str, *, actor: Actor = PERSON, **values: Any) -> Issue:
        """Set `title`, `body`, `state`, `state_reason`, `milestone`, `type`, `assignees`, `locked` of an issue."""
        with self.lock:
            found = self._issue(issue)
            news = {name: value for name, value in values.items() if getattr(found, name) != value}
            for name, value in values.items():
                shown = getattr(value, "title", None) or getattr(value, "name", None)
                self.write(actor, found, "field", name, shown if shown else value, changed=name in news)
            if "body" in news:
                self._keep_text(found, actor, news["body"] or "")
            for name, value in news.items():
                setattr(found, name, value)
            if "state" in news:
                self._closed_or_opened(found, actor, reason=values.get("state_reason"))
            if news:
                self.touch(found)
            return found

    def _keep_text(self, issue: Issue, actor: Actor, text: str) -> None:
        """Keep a version of the text; with the first edit, also the text as it was written."""
        if not issue.edits:
            first = node_id("UCE", issue.repository.id, issue.number, 0)
            issue.edits.append(TextEdit(first, issue.created_at, issue.user, issue.body or ""))
        number = node_id("UCE", issue.repository.id, issue.number, len(issue.edits))
        issue.edits.append(TextEdit(number, self.now(), self.user(actor.login), text))

    def add_labels(self, issue: Issue | str, *names: str, actor: Actor = PERSON) -> None:
        """Put labels on an issue; names that the repository lacks are made, as the real site does for writers."""
        with self.lock:
            found = self._issue(issue)
            for name in names:
                label = self.label(found.repository, name, actor)
                is_new = label not in found.labels
                if is_new:
                    found.labels.append(label)
                    self._event(found, "labeled", actor, label={"name": label.name, "color": label.color})
                    self.touch(found)
                self.write(actor, found, "label+", label.name, changed=is_new)

    def remove_labels(self, issue: Issue | str, *names: str, actor: Actor = PERSON) -> None:
        """Take labels off an issue; KeyError for one that it does not carry."""
        with self.lock:
            found = self._issue(issue)
            for name in names:
                label = next((each for each in found.labels if each.name.lower() == name.lower()), None)
                if label is None:
                    raise KeyError(name)
                found.labels.remove(label)
                self._event(found, "unlabeled", actor, label={"name": label.name, "color": label.color})
                self.touch(found)
                self.write(actor, found, "label-", label.name)

    def comment(self, issue: Issue | str, body: str, *, author: str = "person", actor: Actor | None = None) -> Comment:
        """Write a comment under an issue and return it."""
        with self.lock:
            found, number, now = self._issue(issue), self.free_id(), self.now()
            who = actor or Actor(author)
            made = Comment(number, node_id("IC", found.repository.id, number), self.user(who.login), body, now, now)
            made.association, made.app = "MEMBER", who.app
            found.comments.append(made)
            found.comment_count += 1
            self.nodes[made.node_id] = made
            self.comments[number] = (found, made)
            self.touch(found)
            self.write(who, found, "comment+", str(number), body)
            return made

    def edit_comment(self, comment_id: int, body: str, *, actor: Actor = PERSON) -> Comment:
        """Change a comment; KeyError if there is none."""
        with self.lock:
            issue, comment = self.comments[comment_id]
            is_new = comment.body != body
            comment.body = body
            if is_new:
                comment.updated_at = max(comment.updated_at, self.now())
                self.touch(issue)
            self.write(actor, issue, "comment", str(comment_id), body, changed=is_new)
            return comment

    def delete_comment(self, comment_id: int, *, actor: Actor = PERSON) -> None:
        """Delete a comment; KeyError if there is none."""
        with self.lock:
            issue, comment = self.comments.pop(comment_id)
            issue.comments.remove(comment)
            issue.comment_count = max(0, issue.comment_count - 1)
            del self.nodes[comment.node_id]
            self.touch(issue)
            self.write(actor, issue, "comment-", str(comment_id))

    def delete(self, issue: Issue | str, *, actor: Actor = PERSON) -> None:
        """Delete an issue: from now on its number answers 410."""
        with self.lock:
            found = self._issue(issue)
            self._take_out(found)
            found.repository.deleted.add(found.number)
            self.write(actor, found, "delete", found.title)

    def transfer(self, issue: Issue | str, repository: str, *, keep_ids: bool = False) -> Issue:
        """Move an issue to another repository: the old number answers 301. Its ids change unless ``keep_ids``."""
        with self.lock:
            found, home = self._issue(issue), self.repository(repository)
            old, number = found.repository, found.number
            self._take_out(found)
            if not keep_ids:
                found.id = self.free_id()
                found.node_id = node_id("I", home.id, found.id)
            found.repository, found.number = home, home.next_number
            known = {label.name.lower() for label in found.labels} & set(home.labels)
            found.labels = [home.labels[name] for name in sorted(known)]
            found.milestone = None
            old.moved[number] = found
            self.insert(found)
            self.touch(found)
            self.write(PERSON, found, "move", found.repository.full_name)
            return found

    def rename_repository(self, full_name: str, new_name: str) -> Repository:
        """Rename or move a repository: its old name answers 301."""
        with self.lock:
            found = self.repository(full_name)
            owner, _, name = new_name.partition("/")
            found.owner, found.name = self.user(owner, found.owner.type), name
            self.names[new_name.lower()] = found.id
            for issue in found.issues.values():
                issue.shown.clear()
            found.changed()
            return found

    def hide(self, full_name: str) -> None:
        """Take the account's right to see a repository."""
        self.hidden.add(self.repository(full_name).id)

    def make_read_only(self, full_name: str) -> None:
        """Take the account's right to push to a repository."""
        self.read_only.add(self.repository(full_name).id)

    def set_parent(self, issue: Issue | str, parent: Issue | str | None, *, actor: Actor = PERSON) -> None:
        """Make an issue a sub-issue of another, or of none. ValueError beyond 100 children or 8 levels."""
        with self.lock:
            child, above = self._issue(issue), self._issue(parent) if parent is not None else None
            if above is not None:
                self._check_parent(child, above)
            for each in (child.parent, above):
                if each is not None:
                    each.shown.clear()
                    each.repository.changed()
            if child.parent is not None:
                child.parent.children.remove(child)
            child.parent = above
            if above is not None:
                above.children.append(child)
                self.touch(above)
            self.touch(child)
            self.write(actor, child, "field", "parent", above.number if above else None)

    def add_milestone(self, repository: str, title: str, *, due_on: str | None = None) -> Milestone:
        """Return the milestone of that title; a new one is made at need."""
        with self.lock:
            home = self.repository(repository)
            same = next((each for each in home.milestones.values() if each.title == title), None)
            if same is not None:
                return same
            id_, number, now = self.free_id(), max(home.milestones, default=0) + 1, self.now()
            made = Milestone(id_, node_id("MI", home.id, id_), number, title, self.user("person"), due_on=due_on)
            made.created_at = made.updated_at = now
            home.milestones[number] = self.nodes[made.node_id] = made
            return made

    def add_to_project(self, project: Project, issue: Issue | str, *, actor: Actor = PERSON) -> ProjectItem:
        """Put an issue into a project; one that is there already keeps its item."""
        with self.lock:
            found = self._issue(issue)
            same = next((each for each in project.items.values() if each.issue is found), None)
            if same is not None:
                return same
            number, now = self.free_id(), self.now()
            made = ProjectItem(number, node_id("PVTI", project.id, number), project, found, now, now)
            made.creator = actor.login
            project.updated_at = now
            project.items[made.node_id] = self.nodes[made.node_id] = made
            self.write(actor, found, "project-item+", project.title)
            return made

    def remove_from_project(self, item: ProjectItem, *, actor: Actor = PERSON) -> None:
        """Take an issue out of a project, with all that stands there."""
        with self.lock:
            item.project.updated_at = self.now()
            del item.project.items[item.node_id]
            del self.nodes[item.node_id]
            self.write(actor, item.issue, "project-item-", item.project.title)

    def set_project_value(self, item: ProjectItem, field: ProjectField, value: Any, *, actor: Actor = PERSON) -> None:
        """Set (or with None clear) a value of a project item: the item's time moves, the issue's stays."""
        with self.lock:
            is_new = item.values.get(field.node_id) != value
            if value is None:
                item.values.pop(field.node_id, None)
            else:
                item.values[field.node_id] = value
                item.setters[field.node_id] = actor.login
            if is_new:
                item.project.updated_at = item.updated_at = max(item.updated_at, self.now())
            shown = value.name if isinstance(value, Option) else value
            self.write(actor, item.issue, "field", f"{item.project.title}/{field.name}", shown, changed=is_new)

    def set_field_value(self, issue: Issue | str, field: IssueField, value: Any, *, actor: Actor = PERSON) -> None:
        """Set (or with None clear) an organisation's field of an issue."""
        with self.lock:
            found = self._issue(issue)
            is_new = found.field_values.get(field.id) != value
            if value is None:
                found.field_values.pop(field.id, None)
            else:
                found.field_values[field.id] = value
            if is_new:
                self.touch(found)
            shown = value.name if isinstance(value, Option) else value
            self.write(actor, found, "field", field.name, shown, changed=is_new)

    # for handlers and loading; the caller holds the lock --------------------------------------------------------

    def label(self, repository: Repository, name: str, actor: Actor = PERSON) -> Label:
        """Return a repository's label by name, in any case; a new one is made at need."""
        return repository.labels.get(name.lower()) or self.add_label(repository, name, actor=actor)

    def add_label(
        self,
        repository: Repository,
        name: str,
        color: str = "",
        description: str | None = None,
        *,
        actor: Actor = PERSON,
    ) -> Label:
        """Make a label in a repository."""
        number, now = self.free_id(), self.now()
        made = Label(number, node_id("LA", repository.id, number), name, color or "ededed", description)
        made.created_at = made.updated_at = now
        repository.labels[name.lower()] = self.nodes[made.node_id] = made
        self.write_repository(
            actor, repository, "repository-label+", name, {"color": color, "description": description}
        )
        return made

    def edit_label(self, repository: Repository, label: Label, *, actor: Actor = PERSON, **values: Any) -> None:
        """Change name, color or description of a label, on all issues that carry it."""
        del repository.labels[label.name.lower()]
        for name, value in values.items():
            setattr(label, name, value)
        label.updated_at = self.now()
        repository.labels[label.name.lower()] = label
        self._forget_shown(repository, label)
        self.write_repository(actor, repository, "repository-label", label.name, values)

    def remove_label(self, repository: Repository, label: Label, *, actor: Actor = PERSON) -> None:
        """Delete a label from the repository and from all its issues."""
        self._forget_shown(repository, label)
        del repository.labels[label.name.lower()]
        self.nodes.pop(label.node_id, None)
        for issue in repository.issues.values():
            if label in issue.labels:
                issue.labels.remove(label)
        self.write_repository(actor, repository, "repository-label-", label.name, None)

    def insert(self, issue: Issue) -> None:
        """Take an issue into the books of its repository."""
        home = issue.repository
        home.issues[issue.number] = self.nodes[issue.node_id] = issue
        home.next_number = max(home.next_number, issue.number + 1)
        issue.shown.clear()
        home.changed()

    def touch(self, issue: Issue) -> None:
        """Move `updated_at` of an issue to now, and forget what was kept of it."""
        issue.updated_at = max(issue.updated_at, self.now())
        issue.shown.clear()
        issue.repository.changed()

    def _issue(self, issue: Issue | str) -> Issue:
        return self.issue(issue) if isinstance(issue, str) else issue

    def _take_out(self, issue: Issue) -> None:
        home = issue.repository
        del home.issues[issue.number]
        self.nodes.pop(issue.node_id, None)
        if issue.parent is not None:
            issue.parent.children.remove(issue)
            issue.parent.shown.clear()
            issue.parent = None
        home.changed()

    def _closed_or_opened(self, issue: Issue, actor: Actor, *, reason: str | None) -> None:
        is_closed = issue.state == "closed"
        issue.closed_at = self.now() if is_closed else None
        issue.closed_by = self.user(actor.login) if is_closed else None
        issue.state_reason = (reason or "completed") if is_closed else "reopened"
        self._event(issue, "closed" if is_closed else "reopened", actor)
        if issue.parent is not None:
            issue.parent.shown.clear()
            issue.parent.repository.changed()

    def _event(self, issue: Issue, event: str, actor: Actor, **more: Any) -> None:
        at = {"event": event, "actor": actor.login, "created_at": self.now(), "id": self.free_id()}
        issue.events.append(at | more)

    def _check_parent(self, child: Issue, above: Issue) -> None:
        line: list[Issue] = []
        each: Issue | None = above
        while each is not None:
            line.append(each)
            each = each.parent
        if child in line:
            raise ValueError("Sub issues may not create a circular dependency")
        if len(line) + _height(child) > MAX_DEPTH:
            raise ValueError(f"Parent issue may not be more than {MAX_DEPTH} layers deep")
        if len(above.children) >= MAX_CHILDREN:
            raise ValueError(f"Parent cannot have more than {MAX_CHILDREN} sub-issues")

    def _forget_shown(self, repository: Repository, label: Label) -> None:
        for issue in repository.issues.values():
            if label in issue.labels:
                issue.shown.clear()
        repository.changed()


def _height(issue: Issue) -> int:
    return 1 + max((_height(child) for child in issue.children), default=0)
