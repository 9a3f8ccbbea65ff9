"""Writes to one Jira site. Every one goes through here: it moves `updated` and the search index, and is in the journal.

Tests use it to act as a person who works in the same site (`edit`, `move`, `delete`, `hide`...); the routes use the
same doors with the caller as author.
"""

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from journeysync.sandbox.jira import adf, catalog
from journeysync.sandbox.jira.books import PERSON, JiraBooks, by_name
from journeysync.sandbox.jira.catalog import Json, Project
from journeysync.sandbox.jira.changelog import history_item
from journeysync.sandbox.jira.issue import NULL, Issue, millis, stamp
from journeysync.sandbox.journal import Slot, Write
from journeysync.sandbox.wire import DECODE, ENCODE

_FRESH_IN_A_CLONE = frozenset(
    {"summary", "status", "resolution", "resolutiondate", "statuscategorychangedate", "created", "updated"}
)


@dataclass(frozen=True, slots=True)
class Actor:
    """Who writes, and through which request; the defaults are a person at the keyboard."""

    account_id: str = PERSON
    name: str = "A person"
    request: int = 0
    method: str = ""
    path: str = ""
    task: str = ""
    notify: bool = True


class JiraState(JiraBooks):
    """A site that can be written to; the public methods hold the lock themselves."""

    # doors for tests: a person at work --------------------------------------------------------------------------

    def create_issue(self, project: str, summary: str = "A ticket", *, actor: Actor = Actor(), **fields: Any) -> Issue:
        """Make an issue. `type`, `status`, `priority` go by name, `parent` by key, `description` is text."""
        with self.lock:
            home = self.project(project)
            values = self._defaults(home, summary, actor)
            issue_id = self._free_id()
            issue = Issue(issue_id, f"{home.key}-{home.next_number}", values)
            values |= {field: ENCODE(value) for field, value in self._named(fields).items()}
            if self.is_server and self.is_epic(issue) and values.get(self.epic_name, NULL) == NULL:
                values[self.epic_name] = values["summary"]
            self.index.created(issue)
            self.insert(issue)
            self._journal(actor, issue, "create", issue.key, None)
            return issue

    def edit(self, key_or_id: str, *, actor: Actor = Actor(), **fields: Any) -> None:
        """Set fields as `create_issue` takes them."""
        with self.lock:
            issue = self.issue(key_or_id)
            self.write_fields(issue, {name: ENCODE(value) for name, value in self._named(fields).items()}, actor)

    def set_field(self, key_or_id: str, field: str, value: Any, *, actor: Actor = Actor()) -> None:
        """Set one field by id to a JSON value."""
        with self.lock:
            self.write_fields(self.issue(key_or_id), {field: ENCODE(value)}, actor)

    def add_label(self, key_or_id: str, *labels: str, actor: Actor = Actor()) -> None:
        """Add labels."""
        with self.lock:
            issue = self.issue(key_or_id)
            wanted = list(dict.fromkeys((*issue.labels, *labels)))
            self.write_fields(issue, {"labels": ENCODE(wanted)}, actor)

    def remove_label(self, key_or_id: str, *labels: str, actor: Actor = Actor()) -> None:
        """Remove labels."""
        with self.lock:
            issue = self.issue(key_or_id)
            self.write_fields(
                issue, {"labels": ENCODE([label for label in issue.labels if label not in labels])}, actor
            )

    def move(self, key_or_id: str, project: str, *, actor: Actor = Actor()) -> str:
        """Move an issue to another project and return its new key; the old key goes on leading to it."""
        with self.lock:
            issue, home = self.issue(key_or_id), self.project(project)
            self.index.before_write(issue)
            issue.old_keys = (*issue.old_keys, issue.key)
            issue.key = f"{home.key}-{home.next_number}"
            issue.values["project"] = ENCODE(home.shape)
            self._moved(issue, actor)
            self.insert(issue)
            self._tell_children(issue)
            self._journal(actor, issue, "move", issue.key, None)
            return issue.key

    def clone(self, key_or_id: str, *, with_properties: bool = True, with_links: bool = False) -> Issue:
        """Clone an issue as a person does: all its fields in a new, open issue, what apps keep with it, its web links.

        Jira takes the properties along unless its administrator said otherwise; web links where the person asks for it.
        """
        with self.lock:
            original = self.issue(key_or_id)
            project = original.key.rpartition("-")[0]
            twin = self.create_issue(project, f"CLONE - {original.value('summary')}", labels=list(original.labels))
            carried = {name: raw for name, raw in original.values.items() if name not in _FRESH_IN_A_CLONE}
            self.write_fields(twin, carried, Actor())
            if with_properties:
                twin.properties.update(original.properties)
            if with_links:
                twin.links.update(copy.deepcopy(original.links))
            return twin

    def delete(self, key_or_id: str, *, actor: Actor = Actor()) -> None:
        """Delete an issue with its sub-tasks; its number is not used again."""
        with self.lock:
            issue = self.issue(key_or_id)
            for child in [each for each in self.issues.values() if self._is_subtask_of(each, issue)]:
                self.delete(child.id, actor=actor)
            self.index.deleted(issue)
            del self.issues[issue.id]
            for key in (issue.key, *issue.old_keys):
                self.ids_by_key.pop(key.upper(), None)
            self._journal(actor, issue, "delete", issue.key, None)

    def link(self, key_or_id: str, url: str, title: str, *, global_id: str | None = None) -> int:
        """Add a remote link as a person and return its number."""
        with self.lock:
            body = {"object": {"url": url, "title": title}} | ({"globalId": global_id} if global_id else {})
            return self.write_link(self.issue(key_or_id), body, Actor())[0]

    def set_property(self, key_or_id: str, name: str, value: Any) -> None:
        """Set an issue property as another app would."""
        with self.lock:
            self.write_property(self.issue(key_or_id), name, ENCODE(value), Actor())

    # writes; the caller holds the lock --------------------------------------------------------------------------

    def write_fields(self, issue: Issue, values: Mapping[str, bytes], actor: Actor) -> bool:
        """Set fields to JSON values, in one step of `updated`. Values that are already there change nothing."""
        news = {field: raw for field, raw in values.items() if not _same(issue.values.get(field, NULL), raw)}
        if news:
            self.index.before_write(issue)
        for field, raw in values.items():
            self._journal_field(issue, field, raw, actor, changed=field in news)
        if not news:
            return False
        items = [
            history_item(self.fields[field].name, field, issue.values.get(field), raw) for field, raw in news.items()
        ]
        issue.values.update(news)
        self._moved(issue, actor, items)
        return True

    def write_property(self, issue: Issue, name: str, raw: bytes, actor: Actor) -> bool:
        """Set a property; returns whether it is new."""
        new = name not in issue.properties
        self.index.before_write(issue)
        changed = issue.properties.get(name) != raw
        issue.properties[name] = raw
        self._side_write(issue, "property", actor)
        self._journal(actor, issue, "property", name, DECODE(raw), changed=changed)
        return new

    def remove_property(self, issue: Issue, name: str, actor: Actor) -> None:
        """Delete a property; KeyError if it is not there."""
        self.index.before_write(issue)
        del issue.properties[name]
        self._side_write(issue, "property", actor)
        self._journal(actor, issue, "property-", name, None)

    def write_link(self, issue: Issue, body: Json, actor: Actor, number: int | None = None) -> tuple[int, bool]:
        """Create a remote link, or replace the one with that number or the same `globalId`; returns (number, new)."""
        global_id = body.get("globalId")
        if number is None:
            same = (n for n, link in issue.links.items() if global_id and link.get("globalId") == global_id)
            number = next(same, None)
        new = number is None
        if number is None:
            self._next_link += 1
            number = self._next_link
        kept = {name: body[name] for name in ("globalId", "application", "relationship", "object") if body.get(name)}
        changed = issue.links.get(number) != kept
        self.index.before_write(issue)
        issue.links[number] = kept
        if changed:
            self._side_write(issue, "remotelink", actor)
        self._journal(actor, issue, "remotelink", str(global_id or number), kept, changed=changed)
        return number, new

    def remove_link(self, issue: Issue, number: int, actor: Actor) -> None:
        """Delete a remote link; KeyError if it is not there."""
        gone = issue.links.pop(number)
        self.index.before_write(issue)
        self._side_write(issue, "remotelink", actor)
        self._journal(actor, issue, "remotelink-", str(gone.get("globalId") or number), None)

    def write_comment(self, issue: Issue, body: Any, actor: Actor, number: str = "") -> str:
        """Write a comment, or change the one with that number (KeyError if there is none); return its number."""
        comments = self._comments(issue)
        now = self._now(millis(issue.values.get("updated", NULL)))
        if not number:
            author = self.users.get(actor.account_id) or {"accountId": actor.account_id, "displayName": actor.name}
            self._next_comment += 1
            number = str(self._next_comment)
            comments.append({"id": number, "author": author, "body": body, "created": now, "updated": now})
            changed = True
        else:
            found = next((each for each in comments if each["id"] == number), None)
            if found is None:
                raise KeyError(number)
            changed = found["body"] != body
            found |= {"body": body, "updated": now}
        self._keep_comments(issue, comments, actor if changed else None)
        self._journal(actor, issue, "comment", number, body, changed=changed)
        return number

    def remove_comment(self, issue: Issue, number: str, actor: Actor) -> None:
        """Delete a comment."""
        self._keep_comments(issue, [each for each in self._comments(issue) if each["id"] != number], actor)
        self._journal(actor, issue, "comment-", number, None)

    def comments(self, key_or_id: str) -> list[Json]:
        """Return the comments of an issue, oldest first, as they are stored."""
        return self._comments(self.issue(key_or_id))

    def comment(self, key_or_id: str, text: Any, *, actor: Actor = Actor(), number: str = "") -> str:
        """Write a comment as a person, or change one."""
        with self.lock:
            body = adf.paragraph(text) if isinstance(text, str) and not self.is_server else text
            return self.write_comment(self.issue(key_or_id), body, actor, number)

    def _comments(self, issue: Issue) -> list[Json]:
        page = issue.value("comment")
        found: list[Json] = list(page.get("comments") or ()) if isinstance(page, dict) else []
        return found

    def _keep_comments(self, issue: Issue, comments: list[Json], actor: Actor | None) -> None:
        self.index.before_write(issue)
        total = len(comments)
        page = {"comments": comments, "maxResults": total, "total": total, "startAt": 0}
        issue.values["comment"] = ENCODE(page)
        if actor is not None:
            self._moved(issue, actor)

    def insert(self, issue: Issue) -> None:
        """Take an issue into the site's books under its key; its project counts on from there."""
        self.issues[issue.id] = issue
        self.ids_by_key[issue.key.upper()] = issue.id
        self._next_id = max(self._next_id, int(issue.id))
        home = self.project_of(issue)
        home.next_number = max(home.next_number, issue.facts.key_order[1] + 1)
        self.index.touch()

    # inside -----------------------------------------------------------------------------------------------------

    def _free_id(self) -> str:
        self._next_id += 1
        return str(self._next_id)

    def _now(self, after_ms: int = 0) -> str:
        """Return the time of a write, later than the one before it, so that an edit always moves `updated`."""
        return stamp(max(int(self.clock() * 1_000), after_ms + 1) / 1_000, self.zone)

    def _moved(self, issue: Issue, actor: Actor, items: Sequence[Json] = ()) -> None:
        issue.values["updated"] = ENCODE(self._now(millis(issue.values.get("updated", NULL))))
        issue.changed()
        self.index.touch()
        author = self.users.get(actor.account_id) or {"accountId": actor.account_id}
        entry = {"id": str(100_000 + len(issue.history)), "author": author, "created": issue.value("updated")}
        issue.history.append({**entry, "items": list(items)})

    def _side_write(self, issue: Issue, what: str, actor: Actor) -> None:
        self.index.touch()
        if what in self.updated_moves_on:
            self._moved(issue, actor)

    def _journal_field(self, issue: Issue, field: str, raw: bytes, actor: Actor, *, changed: bool) -> None:
        if field != "labels":
            self._journal(actor, issue, "field", field, DECODE(raw), changed=changed)
            return
        before, after = issue.labels, DECODE(raw)
        for label in after:
            if label not in before:
                self._journal(actor, issue, "label+", label, None)
        for label in before:
            if label not in after:
                self._journal(actor, issue, "label-", label, None)

    def _journal(self, actor: Actor, issue: Issue, what: Slot, name: str, value: Any, *, changed: bool = True) -> None:
        self.journal.add(
            Write(
                at=self.clock(),
                request=actor.request,
                method=actor.method,
                path=actor.path,
                author=actor.account_id,
                issue_id=issue.id,
                issue_key=issue.key,
                what=what,
                name=name,
                value=value,
                task=actor.task,
                notified=actor.notify,
                changed=changed,
            )
        )

    def _defaults(self, home: Project, summary: str, actor: Actor) -> dict[str, bytes]:
        now = ENCODE(self._now())
        author = ENCODE(self.users.get(actor.account_id, self.users[PERSON]))
        values = dict.fromkeys((name for name, spec in self.fields.items() if not spec.custom), NULL)
        del values["parent"], values["statuscategorychangedate"], values["statusCategory"]
        values |= dict.fromkeys(catalog.EMPTY_LISTS, b"[]") | {"labels": b"[]", "creator": author, "reporter": author}
        page = {"comments": [], "maxResults": 0, "total": 0, "startAt": 0}
        values |= {
            "comment": ENCODE(page),
            "worklog": ENCODE({"worklogs": [], "maxResults": 20, "total": 0, "startAt": 0}),
        }
        values |= {"project": ENCODE(home.shape), "summary": ENCODE(summary), "created": now, "updated": now}
        values["issuetype"] = ENCODE(by_name(self.issue_types, "Story") or next(iter(self.issue_types.values())))
        values["status"] = ENCODE(next(iter(self.statuses.values())))
        return values | {"priority": ENCODE(by_name(self.priorities, "Medium") or next(iter(self.priorities.values())))}

    def _named(self, fields: Mapping[str, Any]) -> Json:
        named: Json = {}
        for name, value in fields.items():
            books = {"type": self.issue_types, "status": self.statuses, "priority": self.priorities}
            books["resolution"] = self.resolutions
            if name in books and isinstance(value, str):
                found = by_name(books[name], value)
                if found is None:
                    raise KeyError(f"no {name} '{value}'; there are: {[each['name'] for each in books[name].values()]}")
                named["issuetype" if name == "type" else name] = found
            elif name == "parent" and isinstance(value, str):
                parent = self.issue(value)
                by_link = self.is_server and self.is_epic(parent)
                named[self.epic_link if by_link else "parent"] = parent.key if by_link else self.parent_shape(parent)
            elif name == "description" and isinstance(value, str) and not self.is_server:
                named[name] = adf.paragraph(value)
            else:
                named[name] = value
        return named

    def parent_shape(self, parent: Issue) -> Json:
        """Return what a child shows of its parent."""
        inner = {name: parent.value(name) for name in ("summary", "status", "priority", "issuetype")}
        return {"id": parent.id, "key": parent.key, "fields": inner}

    def _tell_children(self, parent: Issue) -> None:
        for child in self.issues.values():
            if parent.id in child.facts.parent:
                child.values["parent"] = ENCODE({**child.value("parent"), "key": parent.key})
                child.changed()
            if self.epic_link and str(child.value(self.epic_link)).upper() in {key.upper() for key in parent.old_keys}:
                child.values[self.epic_link] = ENCODE(parent.key)
                child.changed()

    def _is_subtask_of(self, child: Issue, parent: Issue) -> bool:
        return parent.id in child.facts.parent and bool(child.value("issuetype").get("subtask"))


def _same(before: bytes, after: bytes) -> bool:
    """Say whether two JSON values are equal; 92 and 92.0 are."""
    return before == after or bool(DECODE(before) == DECODE(after))
