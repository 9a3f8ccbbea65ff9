"""Loads recorded Linear objects into a workspace: one a line, as GraphQL, the SDK or a webhook gives them.

A line is `{"type": "Issue", "object": {...}}` (also Project and Initiative), a webhook body (`{"type", "data"}`), or a
bare issue. Relations may be objects (`state`), ids (`stateId`) or the SDK's own form (`_state: {id}`). Texts are kept
to the byte. An object that is there already becomes as recorded.
"""

import gzip
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from journeysync.sandbox.linear.state import LinearState
from journeysync.sandbox.linear.things import Initiative, Issue, Json, Label, Project, Team, WorkflowState
from journeysync.sandbox.wire import DECODE

_TIMES = {
    "createdAt": "created_at",
    "updatedAt": "updated_at",
    "startedAt": "started_at",
    "completedAt": "completed_at",
    "canceledAt": "canceled_at",
    "archivedAt": "archived_at",
}
_WORDS = {"completed": "Done", "canceled": "Canceled", "started": "In Progress", "backlog": "Backlog"}


def load(state: LinearState, paths: Iterable[Path | str]) -> int:
    """Load files (JSON lines, gzip by their name) and return how many issues there were.

    Raises:
        ValueError: naming file and line of a record that cannot be taken.
    """
    numbered = [(path, number, line) for path in paths for number, line in lines_of(Path(path))]
    count, later = 0, []
    for path, number, line in numbered:
        try:
            kind, found = _named(DECODE(line))
            later.append((path, number, kind, found))
        except (msgspec.MsgspecError, KeyError, TypeError, AttributeError, ValueError) as error:
            raise ValueError(f"{path}, line {number}: no object in Linear's form: {error!r}") from error
    for path, number, kind, found in sorted(later, key=lambda row: _ORDER.get(row[2], 9)):
        try:
            count += _take(state, kind, found)
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise ValueError(f"{path}, line {number}: no object in Linear's form: {error!r}") from error
    _tie(state, [found for _path, _number, kind, found in later if kind == "Issue"])
    return count


_ORDER = {"Initiative": 0, "Project": 1, "Issue": 2}


def load_records(state: LinearState, records: Iterable[Json]) -> int:
    """Load objects that are at hand as decoded JSON, and return how many issues there were."""
    named = sorted((_named(record) for record in records), key=lambda row: _ORDER.get(row[0], 9))
    count = sum(_take(state, kind, found) for kind, found in named)
    _tie(state, [found for kind, found in named if kind == "Issue"])
    return count


def _named(record: Json) -> tuple[str, Json]:
    if isinstance(record.get("payload"), dict):
        record = record["payload"]
    if isinstance(record.get("object"), dict):
        return str(record.get("type") or "Issue"), record["object"]
    if isinstance(record.get("data"), dict) and "type" in record:
        return str(record["type"]), record["data"]
    return "Issue", record


def _take(state: LinearState, kind: str, found: Json) -> int:
    if kind == "Initiative":
        _initiative(state, found)
    elif kind == "Project":
        _project(state, found)
    elif kind == "Issue":
        _issue(state, found)
        return 1
    return 0


def _issue(state: LinearState, found: Json) -> Issue:
    team = _team(state, found)
    made = Issue(
        id=found["id"],
        team=team,
        number=int(found["number"]),
        title=found["title"],
        state=_state(state, team, found),
        description=found.get("description"),
        priority=int(found.get("priority") or 0),
        estimate=found.get("estimate"),
        previous_identifiers=list(found.get("previousIdentifiers") or ()),
        trashed=found.get("trashed") or None,
        sort_order=float(found.get("sortOrder") or 0.0),
    )
    for name, field in _TIMES.items():
        if found.get(name):
            setattr(made, field, found[name])
    creator = _relation(found, "creator")
    if creator.get("id"):
        made.creator = state.user(creator.get("name") or f"user-{creator['id'][:8]}", guest=bool(creator.get("guest")))
    made.labels = [_label(state, team, each) for each in _many(found.get("labels"))]
    made.labels += [_label(state, team, {"id": each}) for each in found.get("labelIds") or () if not made.labels]
    project = _relation(found, "project")
    if project.get("id"):
        made.project = state.projects.get(project["id"]) or _project(
            state, {"name": "A project", "teamIds": [team.id], **project}
        )
    before = state.issues_by_id.get(made.id)
    if before is not None:
        made.attachments = before.attachments
        for attachment in made.attachments:
            attachment.issue = made
    state.insert(made)
    return made


def _tie(state: LinearState, issues: Iterable[Json]) -> None:
    """Join issues to their parents, which may stand further down in the file."""
    for found in issues:
        parent = _relation(found, "parent").get("id")
        if parent in state.issues_by_id:
            state.issues_by_id[found["id"]].parent = state.issues_by_id[parent]


def _team(state: LinearState, found: Json) -> Team:
    team = _relation(found, "team")
    known = state.teams.get(team.get("id", ""))
    if known is not None:
        return known
    key = team.get("key") or str(found.get("identifier") or "TEAM-1").rpartition("-")[0] or "TEAM"
    return state.add_team(key, team.get("name") or key, id=team.get("id") or "")


def _state(state: LinearState, team: Team, found: Json) -> WorkflowState:
    given = _relation(found, "state")
    known = state.workflow_states.get(given.get("id", ""))
    if known is not None:
        return known
    kind = given.get("type") or (
        "canceled"
        if found.get("canceledAt")
        else "completed"
        if found.get("completedAt")
        else "started"
        if found.get("startedAt")
        else "backlog"
    )
    name = given.get("name") or _WORDS.get(kind, kind.title())
    if not given.get("id"):
        same = next((each for each in team.states if (each.name, each.type) == (name, kind)), None)
        if same is not None:
            return same
    return state.add_state(team, name, kind, id=given.get("id") or "")


def _label(state: LinearState, team: Team, given: Json) -> Label:
    known = state.labels.get(given.get("id", ""))
    if known is None and given.get("name"):
        known = state.label_named(given["name"], team) or state.label_named(given["name"], None)
    if known is not None:
        return known
    name = given.get("name") or f"label-{given['id'][:8]}"
    made = state.add_label(
        name,
        team=state.teams.get((given.get("team") or {}).get("id", "")),
        id=given.get("id") or "",
        color=given.get("color") or "#bec2c8",
        is_group=bool(given.get("isGroup")),
    )
    made.parent = _label(state, team, given["parent"]) if given.get("parent") else None
    return made


def _project(state: LinearState, found: Json) -> Project:
    teams = [state.teams[each] for each in found.get("teamIds") or () if each in state.teams]
    teams += [_team(state, {"team": each}) for each in _many(found.get("teams"))]
    made = state.projects.get(found["id"]) or state.add_project(found["name"], teams, id=found["id"])
    made.name, made.description = found["name"], found.get("description") or ""
    made.content = found.get("content")
    status = found.get("status") or {}
    made.status_type = status.get("type") or found.get("state") or "backlog"
    made.status_name = status.get("name") or made.status_type.title()
    made.trashed = found.get("trashed") or None
    for name, field in _TIMES.items():
        if found.get(name):
            setattr(made, field, found[name])
    for each in _many(found.get("initiatives")):
        above = state.initiatives.get(each["id"]) or _initiative(state, {"name": "An initiative", **each})
        if above not in made.initiatives:
            made.initiatives.append(above)
            above.projects.append(made)
    return made


def _initiative(state: LinearState, found: Json) -> Initiative:
    made = state.initiatives.get(found["id"]) or state.add_initiative(found["name"], id=found["id"])
    made.name, made.description = found["name"], found.get("description")
    made.status = found.get("status") or "Active"
    for name, field in _TIMES.items():
        if found.get(name) and field != "canceled_at":
            setattr(made, field, found[name])
    parent = _relation(found, "parentInitiative").get("id")
    made.parent_initiative = state.initiatives.get(parent or "")
    return made


def _relation(found: Json, name: str) -> Json:
    for value in (found.get(name), found.get(f"_{name}")):
        if isinstance(value, dict):
            return value
    return {"id": found[f"{name}Id"]} if found.get(f"{name}Id") else {}


def _many(value: Any) -> list[Json]:
    rows = value.get("nodes") if isinstance(value, dict) else value
    return [each for each in rows if isinstance(each, dict)] if isinstance(rows, list) else []


def lines_of(path: Path) -> Iterator[tuple[int, bytes]]:
    """Yield (number, line) of a file that is gzip by its name."""
    with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                yield number, line
