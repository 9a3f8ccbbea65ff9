"""Makes issues in GitHub's REST form of an outline: the same numbers, titles, texts and ages each time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from journeysync.sandbox.github.things import Json, iso
from journeysync.sandbox.solvane.outline import Row, read_outline
from journeysync.sandbox.solvane.records import PEOPLE, times_of
from journeysync.sandbox.solvane.texts import SPECIAL, as_markdown, login_of, plain

_API = "https://api.github.com/repos"
_REASONS = {"done": "completed", "old": "completed", "wont": "not_planned", "dup": "duplicate"}
_TYPES: Mapping[str, tuple[int, str]] = {
    "epic": (9_001, "Epic"),
    "wish": (9_002, "Wish"),
    "complaint": (9_003, "Complaint"),
    "question": (9_004, "Question"),
    "chore": (9_005, "Task"),
}
_KIND_LABELS = {"feature": "enhancement", "bug": "bug", "epic": "epic", "question": "question"}
_COLOURS = {"enhancement": "a2eeef", "bug": "d73a4a", "epic": "3e4b9e", "question": "d876e3", "chore": "fef2c0"}


@dataclass(frozen=True)
class Backlog:
    """One repository. Where ``typed``, issue types say the kind; else labels do."""

    full_name: str
    outline: str
    first_id: int
    first_number: int
    typed: bool = False

    @property
    def api(self) -> str:
        """Return the repository's address in the API."""
        return f"{_API}/{self.full_name}"


def issues_of(backlog: Backlog, now: datetime) -> Iterator[Json]:
    """Yield the issues and pull requests of a repository, parents first, numbers ascending with a hole now and then."""
    rows = tuple(read_outline(backlog.outline))
    milestones = tuple(dict.fromkeys(row.milestone for row in rows if row.milestone))
    numbers: list[int] = []
    number = backlog.first_number
    for index, row in enumerate(rows):
        numbers.append(number)
        parent = numbers[row.parent] if row.parent is not None else None
        yield _issue(backlog, row, index=index, number=number, parent=parent, now=now, milestones=milestones)
        number += 3 if index % 9 == 4 else 1


def _issue(
    backlog: Backlog,
    row: Row,
    *,
    index: int,
    number: int,
    parent: int | None,
    now: datetime,
    milestones: Sequence[str],
) -> Json:
    is_closed, is_pull = row.state in _REASONS, row.kind == "pull"
    created, updated = times_of(row, index, now, ended=is_closed)
    is_outside = row.options.get("by") == "customer"
    issue: Json = {
        "id": backlog.first_id + index,
        "number": number,
        "repository_url": backlog.api,
        "url": f"{backlog.api}/issues/{number}",
        "title": row.title,
        "body": _body(row, index),
        "user": _user(index, outside=is_outside),
        "author_association": "NONE" if is_outside else "MEMBER",
        "state": "closed" if is_closed else "open",
        "state_reason": None if is_pull or not is_closed else _REASONS[row.state],
        "labels": [] if is_pull else [_label(name) for name in _labels(backlog, row)],
        "assignees": [_user(index * 3 + 1)] if row.state == "doing" else [],
        "comments": 0,
        "created_at": _time(created),
        "updated_at": _time(updated),
        "closed_at": _time(updated) if is_closed else None,
    }
    if row.milestone:
        issue["milestone"] = _milestone(row.milestone, milestones.index(row.milestone) + 1, backlog, now)
    if backlog.typed and row.kind in _TYPES:
        id_, name = _TYPES[row.kind]
        issue["type"] = {"id": id_, "name": name, "description": None}
    if parent is not None:
        issue["parent_issue_url"] = f"{backlog.api}/issues/{parent}"
    if is_pull:
        issue["pull_request"] = {"merged_at": issue["closed_at"] if row.state == "done" else None}
    return issue


def _labels(backlog: Backlog, row: Row) -> list[str]:
    kind = "" if backlog.typed else _KIND_LABELS.get(row.kind, "")
    return [*([kind] if kind else []), *row.labels]


def _label(name: str) -> Json:
    return {"name": name, "color": _COLOURS.get(name, "c5def5"), "description": None}


def _milestone(title: str, number: int, backlog: Backlog, now: datetime) -> Json:
    made = _time(now.replace(month=1, day=2, hour=9, minute=0, second=0))
    return {"id": backlog.first_id + 900 + number, "number": number, "title": title, "state": "open"} | {
        "created_at": made,
        "updated_at": made,
    }


def _body(row: Row, index: int) -> str | None:
    text = as_markdown(SPECIAL[row.options["text"]] if "text" in row.options else plain(index))
    if epic := row.options.get("epic"):
        return f"Part of {epic}." + (f"\r\n\r\n{text}" if text else "")
    return text


def _user(index: int, *, outside: bool = False) -> dict[str, Any]:
    name = f"customer-{index}" if outside else login_of(PEOPLE[index % len(PEOPLE)])
    return {"login": name, "type": "User"}


def _time(moment: datetime) -> str:
    return iso(moment.timestamp())
