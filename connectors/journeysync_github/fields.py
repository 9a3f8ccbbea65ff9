"""The fields that placement names: of a project (Projects v2), or of an organisation's issues. Found once per owner.

An id says where to look and what for: ``project:7/Score`` is the field Score of the owner's project 7,
``issue-field:Score`` one of the organisation's issue fields. In the place of the name the field's node id may stand,
which a rename does not change. Of a name the node id is remembered, so that a field that is renamed later stays the
same field to us. Whether a server or an owner has such fields is found out by asking.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import msgspec

from journeysync.errors import Forbidden, TicketRejected, Unavailable
from journeysync.http import TRY_AGAIN
from journeysync_github.client import GitHubClient
from journeysync_github.documents import FieldsAsked, fields_document, values_document
from journeysync_github.refusals import GraphQLError
from journeysync_github.translate import nodes_of

Takes = Literal["number", "text", "select", "other"]
_ID = re.compile(r"(?:project:(?P<project>\d+)/|issue-field:)(?P<name>.+)", re.DOTALL)
_NO_SUCH = frozenset({"NOT_FOUND", "FORBIDDEN", "INSUFFICIENT_SCOPES"})
_TAKES: Mapping[str, Takes] = {"NUMBER": "number", "TEXT": "text", "SINGLE_SELECT": "select"}
_SCOPE_STEP = (
    "give the token the scope project: GitHub > Settings > Developer settings > Personal access tokens (fine-grained "
    "token or app: organisation permission Projects, read and write)"
)


@dataclass(frozen=True)
class Wanted:
    """A field as placement names it: in which project, 0 = the organisation's issue fields; name or node id."""

    id: str
    project: int
    name: str


@dataclass(frozen=True)
class Target:
    """A field that an owner really has.

    Attributes:
        id: As placement names it; the slot is ``field:`` and this.
        node: Its node id.
        project: Node id of its project, empty for an issue field.
        name: What it is called now.
        takes: Which values.
        options: Id of each choice by its name.
        writable: Whether the account may change its values, as far as GitHub says.
        was: What placement calls it, where it has another name by now.
        shown: Where it is, for people: "project 7 (Roadmap)".
    """

    id: str
    node: str
    project: str
    name: str
    takes: Takes
    options: Mapping[str, str] = field(default_factory=dict)
    writable: bool = True
    shown: str = ""
    was: str = ""

    def option(self, name: str) -> str:
        """Return the id of a choice, by its name in any case; empty if there is none."""
        exact = self.options.get(name)
        return exact or next((id_ for other, id_ in self.options.items() if other.casefold() == name.casefold()), "")


@dataclass(frozen=True)
class Missing:
    """A field that placement names and an owner does not have for us, with the sentence for who can help."""

    id: str
    why: str
    next_step: str


@dataclass(frozen=True)
class Owned:
    """What one owner of repositories has of the fields that placement names."""

    targets: tuple[Target, ...] = ()
    missing: tuple[Missing, ...] = ()
    projects: Mapping[str, str] = field(default_factory=dict)  # when each last changed, by its node id

    def target(self, field_id: str) -> Target | None:
        """Return a field by its id."""
        return next((each for each in self.targets if each.id == field_id), None)


class FieldBook:
    """The fields of one connection, by owner; asked for at first need, once."""

    def __init__(self, client: GitHubClient, ids: Sequence[str], remembered: Path | None = None) -> None:
        self.wanted = tuple(filter(None, map(wanted_of, ids)))
        self.strange = tuple(each for each in ids if wanted_of(each) is None)
        self._client = client
        self._file = remembered
        self._nodes = _read(remembered)  # node id of each field by owner and id, as once found by its name
        self._known: dict[str, Owned] = {}

    def __bool__(self) -> bool:
        return bool(self.wanted)

    def of(self, owner: str) -> Owned:
        """Return what an owner has.

        Raises:
            ConnectorError: It could not be asked; what it does not have is no error.
        """
        known = self._known.get(owner.casefold())
        if known is None:
            known = self._known[owner.casefold()] = self._ask(owner) if self.wanted else Owned()
        return known

    def forget(self) -> None:
        """Ask anew at the next need: fields come and go, and projects change."""
        self._known.clear()

    def of_repository(self, full_name: str) -> Owned:
        """Return what the owner of a repository has."""
        return self.of(full_name.partition("/")[0])

    def asked(self, owners: Iterable[str]) -> FieldsAsked:
        """Return what is read of issues of these owners; of none = wherever they may be, by the names in placement."""
        if not self.wanted:
            return FieldsAsked()
        known = sorted({owner.casefold(): owner for owner in owners}.values())
        targets = [target for owner in known for target in self.of(owner).targets]
        names = [target.name for target in targets if target.project]
        if not known:
            names = [each.name for each in self.wanted if each.project]
        in_issues = any(not target.project for target in targets) if known else any(not w.project for w in self.wanted)
        return FieldsAsked(tuple(dict.fromkeys(names)), in_issues)

    def values(self, homes: Mapping[str, str]) -> dict[str, tuple[tuple[str, Any], ...]]:
        """Return what each issue shows in the fields; ``homes`` = repository by the issue's id."""
        asked = self.asked(name.partition("/")[0] for name in homes.values())
        if not asked:
            return {}
        found: dict[str, tuple[tuple[str, Any], ...]] = {}
        for identifier, node in self._client.nodes(list(homes), lambda absent: values_document(asked, absent)):
            if node is not None:
                found[identifier] = values_of(node, self.of_repository(homes[identifier]))
        return found

    def _ask(self, owner: str) -> Owned:
        projects = tuple(sorted({each.project for each in self.wanted if each.project}))
        in_issues = any(not each.project for each in self.wanted)
        while True:
            document = fields_document(projects, issue_fields=in_issues and "issueFields" not in self._client.absent)
            try:
                data, errors, _answer = self._client.graphql(document, {"owner": owner})
            except (TicketRejected, Forbidden) as error:
                if not self._client.learn_absence(error.what):  # no projects at all, or no right to ask
                    words = self._client.http.say(error.what)
                    return Owned(missing=tuple(_unasked(each, words) for each in self.wanted))
                continue
            self._refuse_trouble(errors)
            found, nodes = data.get("repositoryOwner") or {}, self._nodes.get(owner.casefold(), {})
            owned = _owned(self.wanted, found, errors, owner=owner, absent=self._client.absent, nodes=nodes)
            self._remember(owner, owned)
            return owned

    def _refuse_trouble(self, errors: Sequence[GraphQLError]) -> None:
        """Raise where the server could not tell: that is no answer about what there is."""
        for error in errors:
            if error.type not in _NO_SUCH:
                what = f"GitHub answered in part only: {self._client.http.say(error.message)}"
                raise Unavailable(what, where=self._client.where, next_step=TRY_AGAIN)

    def _remember(self, owner: str, owned: Owned) -> None:
        nodes = self._nodes.get(owner.casefold(), {})
        news = nodes | {target.id: target.node for target in owned.targets}
        if news != nodes:
            self._nodes[owner.casefold()] = news
            if self._file is not None:
                with suppress(OSError):  # then a rename is not followed, which doctor tells
                    self._file.parent.mkdir(parents=True, exist_ok=True)
                    self._file.write_bytes(msgspec.json.encode(self._nodes))


def _read(file: Path | None) -> dict[str, dict[str, str]]:
    try:
        return msgspec.json.decode(file.read_bytes(), type=dict[str, dict[str, str]]) if file else {}
    except (OSError, msgspec.MsgspecError):
        return {}


def wanted_of(field_id: str) -> Wanted | None:
    """Return what an id asks for; None if it is no id of GitHub's."""
    found = _ID.fullmatch(field_id)
    return Wanted(field_id, int(found["project"] or 0), found["name"].strip()) if found else None


def _owned(
    wanted: Sequence[Wanted],
    found: Mapping[str, Any],
    errors: Sequence[GraphQLError],
    *,
    owner: str,
    absent: frozenset[str],
    nodes: Mapping[str, str],
) -> Owned:
    targets: list[Target] = []
    missing: list[Missing] = []
    for each in wanted:
        if not each.project and ("issueFields" in absent or found.get("__typename") != "Organization"):
            step = "place the score in a project's field or a label there"
            missing.append(Missing(each.id, f"{owner} has no issue fields on this server", step))
            continue
        home = found.get(f"p{each.project}") if each.project else found
        if not isinstance(home, dict):
            missing.append(_no_project(each, errors, owner))
            continue
        rows = nodes_of(home.get("fields") if each.project else home.get("issueFields"))
        same = [row for row in rows if row.get("id") == each.name] or _named(rows, each.name)
        same = same or [row for row in rows if row.get("id") == nodes.get(each.id)]
        where = f"project {each.project} ({home.get('title')})" if each.project else f"the issue fields of {owner}"
        if len(same) == 1:
            targets.append(_target(each, same[0], home, where))
        else:
            missing.append(_no_field(each, rows, same, where))
    homes = [found.get(f"p{each.project}") for each in wanted if each.project]
    changed = {str(home.get("id")): str(home.get("updatedAt") or "") for home in homes if isinstance(home, dict)}
    return Owned(tuple(targets), tuple(missing), changed)


def _named(rows: Sequence[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    exact = [row for row in rows if row.get("name") == name]
    return exact or [row for row in rows if str(row.get("name")).casefold() == name.casefold()]


def _target(wanted: Wanted, row: Mapping[str, Any], home: Mapping[str, Any], where: str) -> Target:
    options = row.get("options")
    return Target(
        id=wanted.id,
        node=str(row.get("id")),
        project=str(home.get("id")) if wanted.project else "",
        name=str(row.get("name")),
        takes=_TAKES.get(str(row.get("dataType")), "other"),
        options={str(one.get("name")): str(one.get("id")) for one in options} if isinstance(options, list) else {},
        writable=home.get("viewerCanUpdate") is not False if wanted.project else True,
        shown=where,
        was="" if wanted.name.casefold() in (str(row.get(key)).casefold() for key in ("id", "name")) else wanted.name,
    )


def _no_project(wanted: Wanted, errors: Sequence[GraphQLError], owner: str) -> Missing:
    ours = [error for error in errors if f"p{wanted.project}" in error.path] or [e for e in errors if not e.path[1:]]
    kind, words = (ours[0].type, ours[0].message) if ours else ("NOT_FOUND", "")
    if kind in ("INSUFFICIENT_SCOPES", "FORBIDDEN"):
        return Missing(wanted.id, f"the account may not see project {wanted.project} of {owner}: {words}", _SCOPE_STEP)
    return Missing(
        wanted.id,
        f"{owner} has no project {wanted.project} that the account sees",
        f"compare the number with the project's address, and give the account access to it; or {_SCOPE_STEP}",
    )


def _no_field(wanted: Wanted, rows: Sequence[dict[str, Any]], same: Sequence[dict[str, Any]], where: str) -> Missing:
    if same:
        ids = ", ".join(str(row.get("id")) for row in same)
        why = f"{where} has {len(same)} fields called '{wanted.name}'"
        return Missing(wanted.id, why, f"write one of their ids in the place of the name: {ids}")
    names = ", ".join(f"'{row.get('name')}'" for row in rows if str(row.get("dataType")) in _TAKES)
    step = f"there are: {names}" if names else "make a number field there"
    return Missing(wanted.id, f"{where} has no field '{wanted.name}'", f"correct the name in placement.yaml; {step}")


def _unasked(wanted: Wanted, words: str) -> Missing:
    step = _SCOPE_STEP if wanted.project else "place the score in a label"
    return Missing(wanted.id, f"GitHub does not tell of the field: {words}", step)


def values_of(node: Mapping[str, Any], owned: Owned) -> tuple[tuple[str, Any], ...]:
    """Return what an issue (GraphQL) shows in each field that its owner has; None where nothing stands."""
    items = items_of(node)
    issue_values = {
        str((value.get("field") or {}).get("id")): value for value in nodes_of(node.get("issueFieldValues"))
    }
    found: list[tuple[str, Any]] = []
    for target in owned.targets:
        if target.project:
            values = items[target.project].values if target.project in items else {}
            found.append((target.id, values.get(target.node)))
        else:
            found.append((target.id, _content(issue_values.get(target.node, {}))))
    return tuple(sorted(found))


@dataclass(frozen=True)
class Item:
    """An issue's row in a project, with its values by the field's node id; and who put it there."""

    id: str
    values: Mapping[str, Any]
    creator: str = ""


def items_of(node: Mapping[str, Any]) -> dict[str, Item]:
    """Return the rows of an issue by the project's node id."""
    found: dict[str, Item] = {}
    for item in nodes_of(node.get("projectItems")):
        values = {}
        for name, value in item.items():
            if re.fullmatch(r"v\d+", name) and isinstance(value, dict):
                values[str((value.get("field") or {}).get("id"))] = _content(value)
        project = str((item.get("project") or {}).get("id"))
        found[project] = Item(str(item.get("id")), values, str((item.get("creator") or {}).get("login") or ""))
    return found


def _content(value: Mapping[str, Any]) -> Any:
    """Return a value as JSON: a number, a text, the name of a choice."""
    for name in ("number", "text", "name", "date", "value"):
        if value.get(name) is not None:
            return value[name]
    return None
