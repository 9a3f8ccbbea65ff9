"""Makes Linear's objects of an outline: initiatives, projects and issues, the same ids, texts and ages each time."""

import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from journeysync.sandbox.linear.things import PRIORITIES, Json, iso
from journeysync.sandbox.solvane.outline import Row, read_outline
from journeysync.sandbox.solvane.records import PEOPLE, times_of
from journeysync.sandbox.solvane.texts import SPECIAL, as_markdown, plain

_HOME = uuid.UUID("5d1b4f0e-0000-4000-8000-000000000001")
_STATES: Mapping[str, tuple[str, str]] = {
    "todo": ("Todo", "unstarted"),
    "quiet": ("Backlog", "backlog"),
    "doing": ("In Progress", "started"),
    "review": ("In Review", "started"),
    "done": ("Done", "completed"),
    "old": ("Done", "completed"),
    "wont": ("Canceled", "canceled"),
    "dup": ("Duplicate", "duplicate"),
    "trash": ("Backlog", "backlog"),
    "archived": ("Backlog", "backlog"),
}
_PROJECT_STATES = {"todo": "planned", "doing": "started", "done": "completed"}
_TYPES = {"feature": "Feature", "model": "Model", "bug": "Bug", "data": "Data work"}
TYPE_GROUP = "Type"
_ENDED = frozenset({"done", "old", "wont", "dup", "trash", "archived"})
_LABEL_COLOURS = ("#4ea7fc", "#26b5ce", "#4cb782", "#f2c94c", "#eb5757")


@dataclass(frozen=True)
class Team:
    """One Linear team."""

    key: str
    name: str
    outline: str
    first_number: int

    @property
    def shape(self) -> Json:
        """Return it as a relation of an issue."""
        return {"id": _id(self.key, "team"), "key": self.key, "name": self.name}


def objects_of(team: Team, now: datetime) -> Iterator[Json]:
    """Yield `{"type", "object"}` of a team: initiatives, projects and issues, numbers with a hole now and then."""
    rows = tuple(read_outline(team.outline))
    number = team.first_number
    for index, row in enumerate(rows):
        ended = row.state in _ENDED
        created, updated = times_of(row, index, now, ended=ended)
        shown: Json = {
            "id": _id(team.key, str(index)),
            "createdAt": _time(created),
            "updatedAt": _time(updated),
        }
        above = _above(rows, index)
        if row.kind in ("initiative", "project"):
            yield {"type": row.kind.title(), "object": shown | _container(team, row, above)}
            continue
        issue = _issue(team, row, index=index, number=number, above=above)
        yield {"type": "Issue", "object": shown | issue | _end(row, _time(updated))}
        number += 2 if index % 10 == 6 else 1


def _above(rows: tuple[Row, ...], index: int) -> Mapping[str, int]:
    """Return the nearest initiative, project and issue above a row, by kind."""
    found: dict[str, int] = {}
    at = rows[index].parent
    while at is not None:
        kind = rows[at].kind
        found.setdefault(kind if kind in ("initiative", "project") else "issue", at)
        at = rows[at].parent
    return found


def _container(team: Team, row: Row, above: Mapping[str, int]) -> Json:
    made: Json = {"name": row.title, "description": ""}
    if row.kind == "initiative":
        return made | {"status": "Active"}
    state = _PROJECT_STATES[row.state]
    made |= {"teams": [team.shape], "status": {"name": state.title(), "type": state}}
    if "initiative" in above:
        made["initiatives"] = [{"id": _id(team.key, str(above["initiative"]))}]
    return made


def _issue(team: Team, row: Row, *, index: int, number: int, above: Mapping[str, int]) -> Json:
    name, kind = _STATES[row.state]
    text = SPECIAL[row.options["text"]] if "text" in row.options else plain(index)
    labels = [_TYPES[row.kind], *(label.replace("-", " ") if label[0].isupper() else label for label in row.labels)]
    issue: Json = {
        "number": number,
        "title": row.title,
        "description": as_markdown(text),
        "priority": PRIORITIES.index(row.priority) if row.priority else 0,
        "estimate": (None, 1, 2, 3, 5)[index % 5],
        "team": team.shape,
        "state": {"name": name, "type": kind},
        "labels": [_label(team, label) for label in labels],
        "creator": {"id": _id(team.key, PEOPLE[index % len(PEOPLE)]), "name": PEOPLE[index % len(PEOPLE)]},
    }
    if row.options.get("by") == "guest":
        issue["creator"] = {"id": _id(team.key, "guest"), "name": "A guest", "guest": True}
    if "project" in above:
        issue["project"] = {"id": _id(team.key, str(above["project"]))}
    if "issue" in above:
        issue["parent"] = {"id": _id(team.key, str(above["issue"]))}
    if "was" in row.options:
        issue["previousIdentifiers"] = [row.options["was"]]
    return issue


def _end(row: Row, at: str) -> Json:
    """Return the times at which an issue ended, or was put away."""
    if row.state == "trash":
        return {"archivedAt": at, "trashed": True}
    named = {"archived": "archivedAt", "done": "completedAt", "old": "completedAt"}
    name = named.get(row.state) or ("canceledAt" if row.state in _ENDED else "")
    return {name: at} if name else {}


def _label(team: Team, name: str) -> Json:
    colour = _LABEL_COLOURS[sum(map(ord, name)) % len(_LABEL_COLOURS)]
    label: Json = {"id": _id(team.key, f"label {name}"), "name": name, "color": colour, "team": team.shape}
    if name in _TYPES.values():
        group = {"id": _id(team.key, f"label {TYPE_GROUP}"), "name": TYPE_GROUP, "isGroup": True, "team": team.shape}
        label["parent"] = group
    return label


def _id(team: str, what: str) -> str:
    return str(uuid.UUID(bytes=uuid.uuid5(_HOME, f"{team} {what}").bytes, version=4))


def _time(moment: datetime) -> str:
    return iso(moment.timestamp())
