"""GitHub's JSON into our words. Pure; REST rows and GraphQL nodes become the same ticket.

Answers are read leniently, since their keys differ by API year, by server and by
client: whatever a ticket lacks stays empty here, it never fails.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import urlsplit

from journeysync.model.ticket import State, Ticket, TicketRef
from journeysync.richtext import markdown
from journeysync_github.marks import foreign_workspaces, ours_of, receipt_of

Visibility = Literal["private", "public", "unknown"]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MEMBERS = frozenset({"OWNER", "MEMBER", "COLLABORATOR"})
_STRANGERS = frozenset({"NONE", "CONTRIBUTOR", "FIRST_TIMER", "FIRST_TIME_CONTRIBUTOR", "MANNEQUIN"})
_DROPPED = frozenset({"not_planned", "duplicate"})
_KINDS = {
    "bug": "bug",
    "defect": "bug",
    "regression": "bug",
    "feature": "story",
    "feature request": "story",
    "feature-request": "story",
    "enhancement": "story",
    "story": "story",
    "user story": "story",
    "epic": "epic",
    "tracking issue": "epic",
    "tracking-issue": "epic",
    "initiative": "initiative",
    "task": "task",
    "chore": "task",
}
_LEVELS = {"initiative": 2, "epic": 1}
_LABEL_PREFIX = re.compile(r"^(?:c|kind|type|t|category)\s*[-:/]\s*", re.IGNORECASE)
_TITLE_PREFIX = re.compile(r"^\s*(?:\[([^\]]{2,20})\]|([A-Za-z][A-Za-z -]{1,18}):\s)")
_STRONGEST = ("initiative", "epic", "bug", "story", "task")


@dataclass(frozen=True, slots=True)
class Lens:
    """What a reader of answers knows beforehand: the connection, and our workspace id for marks."""

    connection: str
    workspace: str


@dataclass(frozen=True, slots=True)
class Home:
    """A repository, as far as its tickets need it."""

    name: str  # "owner/name", as it is called now
    visibility: Visibility = "unknown"


def ticket_of(
    row: Mapping[str, Any],
    lens: Lens,
    home: Home,
    *,
    parent: str | None = None,
    comments: Iterable[Mapping[str, Any]] = (),
    fields: tuple[tuple[str, Any], ...] = (),
    context: bool = False,
) -> Ticket:
    """Return the ticket that an issue object of REST shows.

    Args:
        row: As lists and single reads give it.
        lens: What is known beforehand.
        home: The repository that it is in.
        parent: Id of its parent; REST names only an address.
        comments: Its comments (GraphQL), where our words and receipt may stand.
        fields: What stands in the fields that placement names, None where one is empty.
        context: The ticket is out of scope, read only as an ancestor.
    """
    body = _storable(row.get("body"))
    comments = list(comments)
    ours = ours_of(body, comments, lens.workspace)
    labels = labels_of(row.get("labels"))
    kind_word = _name(row.get("type"))
    kind = kind_of(kind_word, labels, str(row.get("title") or ""))
    user = row.get("user") if isinstance(row.get("user"), dict) else {}
    reason = str(row.get("state_reason") or "").casefold() or None
    is_open = str(row.get("state") or "open").casefold() == "open"
    created = instant(row.get("created_at"))
    number = row.get("number")
    return Ticket(
        ref=TicketRef(connection=lens.connection, id=identifier_of(row)),
        key=f"{home.name}#{number}",
        url=str(row.get("html_url") or ""),
        project=home.name,
        kind=kind,
        kind_word=kind_word,
        level=_LEVELS.get(kind, 0),
        parent=parent,
        title=_storable(row.get("title")),
        body=markdown.without(body, lens.workspace),
        state=_state(reason, is_open=is_open),
        state_word="open" if is_open else "closed",
        resolution=None if is_open else reason,
        labels=labels,
        fields=fields,
        milestone=_storable(_object(row.get("milestone")).get("title")) or None,
        author=str(user.get("login")) if user and user.get("login") else None,
        author_kind=author_kind(str(row.get("author_association") or ""), user or {}),
        visibility=home.visibility,
        created_at=created,
        updated_at=instant(row.get("updated_at")) or created or _EPOCH,
        done_at=None if is_open else instant(row.get("closed_at")),
        context=context,
        receipt=receipt_of(ours.receipt),
        shown=ours.shown(looked=False),
        foreign=foreign_workspaces(comments, lens.workspace, body),
    )


def row_of(node: Mapping[str, Any]) -> tuple[dict[str, Any], Home, str | None, list[dict[str, Any]]]:
    """Return (REST row, repository, parent's id, comments) of a GraphQL issue."""
    repository = _object(node.get("repository"))
    author = _object(node.get("author"))
    login = author.get("login")
    is_bot = author.get("__typename") == "Bot"
    row = {
        "node_id": node.get("id"),
        "number": node.get("number"),
        "html_url": node.get("url"),
        "title": node.get("title"),
        "body": node.get("body"),
        "state": str(node.get("state") or "").lower(),
        "state_reason": str(node.get("stateReason") or "").lower() or None,
        "created_at": node.get("createdAt"),
        "updated_at": node.get("updatedAt"),
        "closed_at": node.get("closedAt"),
        "author_association": node.get("authorAssociation"),
        "user": {"login": f"{login}[bot]" if is_bot and not str(login).endswith("[bot]") else login} if login else None,
        "labels": nodes_of(node.get("labels")),
        "milestone": node.get("milestone"),
        "type": node.get("issueType"),
    }
    visibility: Visibility = "public" if repository.get("visibility") == "PUBLIC" else "private"
    home = Home(str(repository.get("nameWithOwner") or ""), visibility if repository.get("visibility") else "unknown")
    parent = _object(node.get("parent")).get("id")
    return row, home, str(parent) if parent else None, nodes_of(node.get("comments"))


def identifier_of(row: Mapping[str, Any]) -> str:
    """Return the id of an issue for its whole life: the node id; rows of before 2018 have a number only."""
    return str(row.get("node_id") or row.get("id") or row.get("url") or "")


def is_pull_request(row: Mapping[str, Any]) -> bool:
    """Return whether a row of an issue list is a pull request."""
    return row.get("pull_request") is not None or re.search(r"/pull/\d+$", str(row.get("html_url") or "")) is not None


def repository_of(row: Mapping[str, Any]) -> str:
    """Return "owner/name" of the repository that a row says it is in, empty if it does not say."""
    path = urlsplit(str(row.get("repository_url") or "")).path
    return "/".join(path.rstrip("/").split("/")[-2:]) if "/repos/" in path else ""


def numbered(address: Any) -> tuple[str, int] | None:
    """Return (repository, number) of an issue's address in the API."""
    found = re.search(r"/repos/([^/]+/[^/]+)/issues/(\d+)$", str(address or ""))
    return (found[1].casefold(), int(found[2])) if found else None


def visibility_of(repository: Mapping[str, Any]) -> Visibility:
    """Return who sees a repository; one that is internal to an enterprise counts as private."""
    if repository.get("visibility") == "public" or repository.get("private") is False:
        return "public" if repository.get("visibility") in (None, "public") else "private"
    return "private" if repository.get("private") is True or repository.get("visibility") else "unknown"


def kind_of(kind_word: str, labels: Iterable[str], title: str) -> str:
    """Return our word: by issue type, else by a label such as ``C-bug``, else by a title like "[bug] ..."."""
    if kind_word:
        return _KINDS.get(kind_word.casefold(), "task")
    found = {_KINDS.get(_LABEL_PREFIX.sub("", label).strip().casefold()) for label in labels}
    for kind in _STRONGEST:
        if kind in found:
            return kind
    if prefix := _TITLE_PREFIX.match(title):
        return _KINDS.get((prefix[1] or prefix[2]).strip().casefold(), "task")
    return "task"


def labels_of(labels: Any) -> tuple[str, ...]:
    """Return the names of labels, sorted; very old rows hold names, newer ones objects."""
    rows = labels if isinstance(labels, list) else []
    names = (row if isinstance(row, str) else _object(row).get("name") for row in rows)
    return tuple(sorted(name for name in names if isinstance(name, str)))


def author_kind(association: str, user: Mapping[str, Any]) -> Literal["member", "outsider", "unknown"]:
    """Return whether whoever wrote it belongs to the house; of a deleted account nobody knows."""
    if not user or user.get("login") == "ghost":
        return "unknown"
    if association.upper() in _MEMBERS:
        return "member"
    return "outsider" if association.upper() in _STRANGERS else "unknown"


def instant(text: Any) -> datetime | None:
    """Return a time in UTC; None if it is none."""
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def nodes_of(connection: Any) -> list[dict[str, Any]]:
    """Return the objects of a GraphQL connection."""
    nodes = _object(connection).get("nodes")
    return [node for node in nodes if isinstance(node, dict)] if isinstance(nodes, list) else []


def _state(reason: str | None, *, is_open: bool) -> State:
    if is_open:
        return State.TODO
    return State.DROPPED if reason in _DROPPED else State.DONE


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _name(value: Any) -> str:
    return str(_object(value).get("name") or "")


def _storable(text: Any) -> str:
    return text.replace("\x00", "") if isinstance(text, str) else ""
