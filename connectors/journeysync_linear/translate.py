"""Linear's JSON into our words. Pure; issues, projects and initiatives become the same ticket.

Answers are read leniently: whatever a ticket lacks stays empty here, it never fails.
Priority: 0 is unset, 1 the highest, 4 the lowest.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from journeysync.model.ticket import State, Ticket, TicketRef
from journeysync_linear.attachments import attached_by_people, foreign_workspaces, our_attachment, receipt_of

PRIORITIES = {1: "Urgent", 2: "High", 3: "Medium", 4: "Low"}
PROJECT = "Project"
INITIATIVE = "Initiative"
WORKSPACE = "workspace"  # an initiative belongs to no team
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STATES = {
    "triage": State.TODO,
    "backlog": State.TODO,
    "unstarted": State.TODO,
    "planned": State.TODO,
    "started": State.DOING,
    "active": State.DOING,
    "paused": State.DOING,
    "completed": State.DONE,
    "canceled": State.DROPPED,
    "duplicate": State.DROPPED,
}
_KINDS = {
    "bug": "bug",
    "defect": "bug",
    "feature": "story",
    "improvement": "story",
    "enhancement": "story",
    "story": "story",
    "user story": "story",
    "epic": "epic",
    "task": "task",
    "chore": "task",
}
_STRONGEST = ("epic", "bug", "story", "task")
_LEVELS = {"epic": 1}


@dataclass(slots=True)
class Lens:
    """What a reader of answers knows beforehand: the connection, our workspace, the labels' names by id.

    Attributes:
        connection: Its name.
        workspace: Ours, for marks.
        are_parents_epics: Whether issues with sub-issues are epics; projects and initiatives are a level higher then.
        labels: Name of each label by its id; filled as they are read.
        types: Ids of the labels that stand in a group called Type or Kind: these are the team's own words for kinds.
    """

    connection: str
    workspace: str
    are_parents_epics: bool = False
    labels: dict[str, str] = field(default_factory=dict)
    types: set[str] = field(default_factory=set)


def issue_ticket(node: Mapping[str, Any], lens: Lens) -> Ticket:
    """Return the ticket of an issue."""
    state, team, cycle = _object(node.get("state")), _object(node.get("team")), _object(node.get("cycle"))
    creator, project = _object(node.get("creator")), _object(node.get("project"))
    attachments = nodes_of(node.get("attachments"))
    ours = our_attachment(attachments, lens.workspace)
    labels = tuple(sorted(lens.labels[each] for each in label_ids(node) if lens.labels.get(each)))
    parent = _object(node.get("parent")).get("id") or project.get("id")
    kind_word = next((lens.labels[each] for each in label_ids(node) if each in lens.types), "")
    kind = _kind_of([kind_word] if kind_word else labels)
    if lens.are_parents_epics and nodes_of(node.get("children")):
        kind = "epic"
    stands = _standing(node, str(state.get("type") or ""))
    created = instant(node.get("createdAt"))
    return Ticket(
        ref=TicketRef(connection=lens.connection, id=str(node.get("id") or "")),
        key=str(node.get("identifier") or ""),
        url=str(node.get("url") or ""),
        project=str(team.get("key") or ""),
        kind=kind,
        kind_word=kind_word,
        level=_LEVELS.get(kind, 0),
        parent=str(parent) if parent else None,
        title=_storable(node.get("title")),
        body=_storable(node.get("description")),
        state=stands.state,
        state_word=_storable(state.get("name")),
        resolution=stands.resolution,
        labels=labels,
        components=(_storable(project.get("name")),) if project.get("name") else (),
        milestone=_cycle(cycle),
        priority=priority_name(node.get("priority")),
        estimate=_number(node.get("estimate")),
        attached=attached_by_people(attachments),
        author=str(creator["id"]) if creator.get("id") else None,
        author_kind=_author_kind(creator),
        visibility="private",
        created_at=created,
        updated_at=instant(node.get("updatedAt")) or created or _EPOCH,
        done_at=stands.done_at,
        receipt=receipt_of(ours.receipt) if ours else None,
        foreign=foreign_workspaces(attachments, lens.workspace),
    )


def project_ticket(node: Mapping[str, Any], lens: Lens, teams: Iterable[str] = ()) -> Ticket:
    """Return the ticket of a project: an epic, or a level higher where issues are the epics.

    Args:
        node: As Linear gives it.
        lens: What is known beforehand.
        teams: Keys of the teams in scope; the first of the project's that is among them is its own.
    """
    keys = [str(each.get("key")) for each in nodes_of(node.get("teams"))]
    home = next((key for key in keys if key in set(teams)), keys[0] if keys else WORKSPACE)
    above = sorted(str(each.get("id")) for each in nodes_of(node.get("initiatives")))
    status = _object(node.get("status"))
    kind, level = ("initiative", 2) if lens.are_parents_epics else ("epic", 1)
    made = _container(node, lens, status_type=str(status.get("type") or ""))
    return made.model_copy(
        update={
            "project": home,
            "kind": kind,
            "kind_word": PROJECT,
            "level": level,
            "parent": above[0] if above else None,
            "state_word": _storable(status.get("name")),
            "priority": priority_name(node.get("priority")),
        }
    )


def initiative_ticket(node: Mapping[str, Any], lens: Lens) -> Ticket:
    """Return the ticket of an initiative."""
    status = str(node.get("status") or "")
    above = _object(node.get("parentInitiative")).get("id")
    made = _container(node, lens, status_type=status.lower())
    return made.model_copy(
        update={
            "project": WORKSPACE,
            "kind": "initiative",
            "kind_word": INITIATIVE,
            "level": 3 if lens.are_parents_epics else 2,
            "parent": str(above) if above else None,
            "state_word": status,
        }
    )


def _container(node: Mapping[str, Any], lens: Lens, *, status_type: str) -> Ticket:
    stands = _standing(node, status_type)
    creator, created = _object(node.get("creator")), instant(node.get("createdAt"))
    body = "\n\n".join(text for text in (_storable(node.get("description")), _storable(node.get("content"))) if text)
    return Ticket(
        ref=TicketRef(connection=lens.connection, id=str(node.get("id") or "")),
        key=_storable(node.get("name")) or str(node.get("id") or ""),
        url=str(node.get("url") or ""),
        project="",
        title=_storable(node.get("name")),
        body=body,
        state=stands.state,
        resolution=stands.resolution,
        labels=tuple(sorted(str(each.get("name")) for each in nodes_of(node.get("labels")) if each.get("name"))),
        author=str(creator["id"]) if creator.get("id") else None,
        author_kind=_author_kind(creator),
        visibility="private",
        created_at=created,
        updated_at=instant(node.get("updatedAt")) or created or _EPOCH,
        done_at=stands.done_at,
    )


@dataclass(frozen=True, slots=True)
class _Standing:
    state: State
    resolution: str | None
    done_at: datetime | None


def _standing(node: Mapping[str, Any], kind: str) -> _Standing:
    """Return where a thing stands: what was put away while it was open counts as dropped."""
    state = _STATES.get(kind, State.TODO)
    ended = instant(node.get("completedAt")) or instant(node.get("canceledAt"))
    put_away = instant(node.get("archivedAt"))
    if node.get("trashed"):
        return _Standing(State.DROPPED, "trashed", put_away or ended)
    if state.is_open and put_away is not None:
        return _Standing(State.DROPPED, "archived", put_away)
    resolution = kind if state is State.DROPPED else None
    return _Standing(state, resolution, None if state.is_open else ended)


def label_ids(node: Mapping[str, Any]) -> Sequence[str]:
    """Return the ids of the labels that an issue carries."""
    found = node.get("labelIds")
    return [str(each) for each in found] if isinstance(found, list) else []


def priority_name(value: Any) -> str | None:
    """Return Linear's word for a priority; None for 0, which is unset and not the highest."""
    number = _number(value)
    return PRIORITIES.get(int(number)) if number is not None else None


def priority_number(name: Any) -> int | None:
    """Return the number of Linear's word for a priority, 0 for nothing; None for a word that Linear does not have."""
    if name is None:
        return 0
    folded = str(name).casefold()
    return next((number for number, word in PRIORITIES.items() if word.casefold() == folded), None)


def instant(text: Any) -> datetime | None:
    """Return a time in UTC; None if it is none."""
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def stamp(moment: datetime) -> str:
    """Return a time as Linear takes it: UTC, milliseconds, rounded down."""
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"


def nodes_of(connection: Any) -> list[dict[str, Any]]:
    """Return the objects of a GraphQL connection."""
    nodes = _object(connection).get("nodes")
    return [node for node in nodes if isinstance(node, dict)] if isinstance(nodes, list) else []


def next_page(connection: Any) -> str | None:
    """Return the cursor of the page that follows, None after the last one."""
    info = _object(_object(connection).get("pageInfo"))
    return str(info["endCursor"]) if info.get("hasNextPage") and info.get("endCursor") else None


def _kind_of(labels: Iterable[str]) -> str:
    found = {_KINDS.get(label.strip().casefold()) for label in labels}
    return next((kind for kind in _STRONGEST if kind in found), "task")


def _author_kind(creator: Mapping[str, Any]) -> Literal["member", "outsider", "unknown"]:
    if not creator.get("id"):
        return "unknown"
    return "outsider" if creator.get("guest") else "member"


def _cycle(cycle: Mapping[str, Any]) -> str | None:
    if cycle.get("name"):
        return _storable(cycle["name"])
    number = _number(cycle.get("number"))
    return f"Cycle {int(number)}" if number is not None else None


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _storable(text: Any) -> str:
    return text.replace("\x00", "") if isinstance(text, str) else ""
