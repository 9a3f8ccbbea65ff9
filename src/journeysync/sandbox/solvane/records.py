"""Makes issues in Jira's REST form of an outline: the same keys, titles, texts and ages each time, dates from `now` on.

The ages hold what the pack's rules ask for: open tickets were touched within 90 days, except the ones called quiet;
done ones ended within half a year, except the ones called old. One ticket in six shares its exact time of change with
its neighbour, as in recorded backlogs.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from journeysync.sandbox.jira.catalog import DEFAULT_PRIORITIES, Json, issue_type, status
from journeysync.sandbox.solvane.outline import Row, read_outline
from journeysync.sandbox.solvane.texts import SPECIAL, as_document, as_wiki, plain

_TYPES: Mapping[str, Json] = {
    "epic": issue_type("10000", "Epic", 1),
    "story": issue_type("10001", "Story", 0),
    "task": issue_type("10002", "Task", 0),
    "subtask": issue_type("10003", "Sub-task", -1),
    "bug": issue_type("10004", "Bug", 0),
    "experiment": issue_type("10005", "Experiment", 0),
    "spike": issue_type("10006", "Spike", 0),
    "programme": issue_type("10010", "Programme", 1),
    "change": issue_type("10011", "Change request", 0),
    "fault": issue_type("10012", "Fault", 0),
    "work": issue_type("10013", "Work order", 0),
}
_TO_DO = status("10000", "To Do", "new")
_DONE = status("10001", "Done", "done")
_STATUSES: Mapping[str, Json] = {
    "todo": _TO_DO,
    "quiet": _TO_DO,
    "doing": status("3", "In Progress", "indeterminate"),
    "review": status("10002", "In review", "indeterminate"),
    "ab": status("10003", "A/B running", "new"),  # the team means doing; its vocabulary says so
    "finance": status("10004", "Waiting for finance", "new"),
}
_RESOLUTIONS = {
    name: {"id": str(10_000 + number), "name": word, "description": ""}
    for number, (name, word) in enumerate(
        (
            ("done", "Done"),
            ("old", "Done"),
            ("wont", "Won't do"),
            ("dup", "Duplicate"),
            ("cannot", "Cannot reproduce"),
            ("failed", "Experiment failed"),
            ("none", "No fault found"),
        )
    )
}
_RESOLUTIONS["old"] = _RESOLUTIONS["done"]
PEOPLE = ("Ana Weber", "Ben Yilmaz", "Clara Novak", "Deniz Aydin", "Eva Horvat", "Farid Haddad", "Greta Lind")
_PRIORITIES = {each["name"]: each for each in DEFAULT_PRIORITIES}
_TIE_SHARE = 6


@dataclass(frozen=True)
class Project:
    """One Jira project: `first_number` starts its keys, which count on and leave a hole now and then."""

    id: str
    key: str
    name: str
    outline: str
    first_id: int
    first_number: int
    form: Literal["cloud", "data-center"] = "cloud"


def records_of(project: Project, now: datetime) -> Iterator[Json]:
    """Yield the issues of a project, parents before their children, ids and keys ascending."""
    rows = tuple(read_outline(project.outline))
    keys = _keys(project, rows)
    made: list[Json] = []
    for index, row in enumerate(rows):
        parent = made[row.parent] if row.parent is not None else None
        made.append(_record(project, row, index=index, key=keys[index], parent=parent, now=now))
        yield made[-1]


def _keys(project: Project, rows: Sequence[Row]) -> tuple[str, ...]:
    """Return the keys: counted up with holes where a ticket was deleted or moved; a fixed key is kept by its row."""
    fixed = {row.options["key"] for row in rows if "key" in row.options}
    keys: list[str] = []
    number = project.first_number
    for index, row in enumerate(rows):
        while f"{project.key}-{number}" in fixed:
            number += 1
        keys.append(row.options.get("key") or f"{project.key}-{number}")
        number += 0 if "key" in row.options else 2 if index % 11 == 7 else 1
    return tuple(keys)


def _record(project: Project, row: Row, *, index: int, key: str, parent: Json | None, now: datetime) -> Json:
    ended = row.state in _RESOLUTIONS
    created, updated = times_of(row, index, now, ended=ended)
    text = SPECIAL[row.options["text"]] if "text" in row.options else plain(index)
    reporter = _person(index, project.form, outside=row.options.get("by") == "customer")
    fields: Json = {
        "summary": row.title,
        "issuetype": _TYPES[row.kind],
        "project": {"id": project.id, "key": project.key, "name": project.name, "projectTypeKey": "software"},
        "status": _DONE if ended else _STATUSES[row.state],
        "resolution": _RESOLUTIONS[row.state] if ended else None,
        "resolutiondate": _time(updated) if ended else None,
        "priority": _PRIORITIES[row.priority or ("Medium", "Low", "Medium", "High")[index % 4]],
        "labels": list(row.labels),
        "components": [{"id": str(600 + len(name)), "name": name} for name in row.components],
        "creator": reporter,
        "reporter": reporter,
        "assignee": _person(index * 3 + 1, project.form) if row.state in ("doing", "review") else None,
        "created": _time(created),
        "updated": _time(updated),
        "description": as_document(text) if project.form == "cloud" else as_wiki(text),
    }
    if parent is not None:
        fields["parent"] = _shown(parent)
    return {"id": str(project.first_id + index), "key": key, "fields": fields}


def times_of(row: Row, index: int, now: datetime, *, ended: bool) -> tuple[datetime, datetime]:
    """Return when a ticket was made and when it last changed, whole seconds."""
    tied = index - 1 if index % _TIE_SHARE == _TIE_SHARE - 1 else index
    days = {"old": 260, "quiet": 120}.get(row.state, 20 + tied * 7 % 130 if ended else 2 + tied * 5 % 70)
    minutes = tied * 37 % 600
    updated = (now - timedelta(days=days, minutes=minutes)).replace(microsecond=0)
    return updated - timedelta(days=11 + index * 13 % 300, minutes=index * 7), updated


def _shown(parent: Json) -> Json:
    fields = parent["fields"]
    shown = {name: fields[name] for name in ("summary", "status", "priority", "issuetype")}
    return {"id": parent["id"], "key": parent["key"], "fields": shown}


def _person(index: int, form: str, *, outside: bool = False) -> dict[str, Any]:
    name = "A customer" if outside else PEOPLE[index % len(PEOPLE)]
    word = name.split()[0].lower() if not outside else "customer"
    person: dict[str, Any] = {"displayName": name, "active": True}
    if form == "data-center":
        return {"name": word, "key": word, **person}
    return {"accountId": f"solvane:{word}", "accountType": "customer" if outside else "atlassian", **person}


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%S}.000+0000"
