"""Label definitions: ids by name, of the issue's team before the workspace's; made once where missing, in grey."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from journeysync.errors import TicketRejected
from journeysync_linear.client import LinearClient
from journeysync_linear.documents import LABELS, mutation_document
from journeysync_linear.refusals import GraphQLError
from journeysync_linear.translate import Lens, next_page, nodes_of

COLOUR = "#6b7280"
LONGEST_NAME = 80
_TYPE_GROUPS = frozenset({"type", "types", "kind", "issue type", "work type"})
DESCRIPTION = "Customer journey (by journeysync)"


@dataclass(frozen=True)
class Label:
    """A label definition; ``group`` names the group that it stands in, empty outside of one."""

    id: str
    name: str
    team: str = ""  # empty: of the workspace
    is_group: bool = False
    group: str = ""
    is_archived: bool = False


@dataclass(frozen=True)
class Refusal:
    """Why a label cannot be had, and what a person does about it."""

    cause: str
    next_step: str


class LabelBook:
    """The label definitions of one connection, as last read. Who translates issues is told names and types."""

    def __init__(self, client: LinearClient, lens: Lens) -> None:
        self._client = client
        self._lens = lens
        self.names = lens.labels
        self._labels: dict[str, Label] = {}
        self._ids: dict[tuple[str, str], str] = {}  # (team or "", name folded) -> client-made UUID, the same each try
        self.is_read = False
        self.descriptions: dict[str, str] = {}

    def know(self, ids: Iterable[str]) -> None:
        """Read the definitions if one of these is not among them; what stays unknown is not asked for again."""
        unknown = set(ids) - self.names.keys()
        if unknown or not self.is_read:
            self.read()
            self.names.update(dict.fromkeys(unknown - self.names.keys(), ""))

    def read(self, first: Mapping[str, Any] | None = None) -> None:
        """Read all definitions; ``first`` is their first page where it came with something else."""
        found: dict[str, Label] = {}
        if first is not None:
            found.update(_labels(first))
        after = next_page(first) if first is not None else None
        while first is None or after is not None:
            data, _answer = self._client.read(LABELS, {"after": after})
            first = data.get("issueLabels") if isinstance(data.get("issueLabels"), dict) else {}
            found.update(_labels(first))
            before, after = after, next_page(first)
            if after == before:
                break
        self._labels = found
        self.names.update({each.id: each.name for each in found.values()})
        self._lens.types.update(each.id for each in found.values() if each.group.strip().casefold() in _TYPE_GROUPS)
        self.is_read = True

    def usable(self, team: str, name: str) -> Label | None:
        """Return the label that a name means in a team: its own before the workspace's."""
        folded = name.casefold()
        fits = [x for x in self._labels.values() if x.name.casefold() == folded and not x.is_archived]
        own = next((each for each in fits if each.team == team), None)
        return own or next((each for each in fits if not each.team), None)

    def of(self, label: str) -> Label | None:
        """Return a label by its id."""
        return self._labels.get(label)

    def ours(self, namespace: str) -> list[Label]:
        """Return the labels whose names begin with our namespace, by name."""
        found = [x for x in self._labels.values() if x.name.casefold().startswith(namespace.casefold())]
        return sorted(found, key=lambda label: label.name)

    def why_not(self, team: str, name: str) -> Refusal | None:
        """Return why the label that a name means cannot be put on an issue, None if it can, or can be made."""
        found = self.usable(team, name)
        if found is not None and found.is_group:
            step = f"rename the label group '{found.name}' in Linear > Settings > Labels: a group is no label"
            return Refusal(f"'{found.name}' is a label group in Linear, and a group cannot be put on an issue", step)
        if found is None and len(name) > LONGEST_NAME:
            cause = f"Linear takes labels of {LONGEST_NAME} characters at most: {name}"
            return Refusal(cause, "choose a shorter id or label namespace")
        return None

    def make(self, wanted: Iterable[tuple[str, str]]) -> dict[tuple[str, str], Refusal]:
        """Make the labels that are missing for (team, name) pairs; return why some could not be made.

        One definition of the workspace serves all teams. Where a team has a label of that name already the workspace
        cannot have one; then the others get one of their own.
        """
        missing = [pair for pair in dict.fromkeys(wanted) if self.usable(*pair) is None]
        if not missing:
            return {}
        self.read()  # perhaps somebody made them meanwhile
        names = {name.casefold(): name for team, name in missing if self.usable(team, name) is None}
        self._create([("", name) for name in names.values()])
        left = [pair for pair in missing if self.usable(*pair) is None]
        refused = self._create(left)
        return {pair: refused[pair] for pair in left if pair in refused}

    def _create(self, pairs: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Refusal]:
        refused: dict[tuple[str, str], Refusal] = {}
        size = self._client.batch_size
        for start in range(0, len(pairs), size):
            part = pairs[start : start + size]
            document, variables = mutation_document([("issueLabelCreate", {"in": self._input(*p)}) for p in part])
            try:
                data, errors, _answer = self._client.graphql(document, variables, write=True)
            except TicketRejected as error:
                refused.update({pair: Refusal(error.what, error.next_step) for pair in part})
                continue
            by_alias = {error.path[0]: error for error in errors if error.path}
            for n, (team, name) in enumerate(part):
                if by_alias.get(f"m{n}") is None and data.get(f"m{n}") is not None:
                    made = Label(self._ids[team, name.casefold()], name, team)
                    self._labels[made.id] = made
                    self.names[made.id] = name
            troubled = {pair: by_alias[f"m{n}"] for n, pair in enumerate(part) if f"m{n}" in by_alias}
            if troubled:
                self.read()  # taken already, by an answer that was lost or by a person
            for pair, trouble in troubled.items():
                if self.usable(*pair) is None:
                    refused[pair] = _refusal(pair[1], self._client.http.say(trouble.message), trouble)
        return refused

    def _input(self, team: str, name: str) -> dict[str, Any]:
        made = self._ids.setdefault((team, name.casefold()), str(uuid.uuid4()))
        text = self.descriptions.get(name, DESCRIPTION)
        given = {"id": made, "name": name, "color": COLOUR, "description": text}
        return given | ({"teamId": team} if team else {})


def _labels(connection: Any) -> dict[str, Label]:
    return {str(node.get("id")): _label(node) for node in nodes_of(connection)}


def _label(node: Mapping[str, Any]) -> Label:
    team, parent = node.get("team") or {}, node.get("parent") or {}
    return Label(
        str(node.get("id")),
        str(node.get("name") or ""),
        str(team.get("id") or ""),
        bool(node.get("isGroup")),
        str(parent.get("name") or ""),
        node.get("archivedAt") is not None,
    )


def _refusal(name: str, words: str, error: GraphQLError) -> Refusal:
    step = f"make the label {name} in Linear > Settings > Labels by hand, outside of any group"
    if error.code == "FORBIDDEN":
        step = f"let an admin allow the account to make labels, or make the label {name} by hand"
    return Refusal(f"Linear does not let us make the label {name}: {words}", step)
