"""mappings/placement.yaml: where context and scores stand in tickets (formats.md 7).

A project inherits from its connection, a connection from the defaults, key by key.
A GitHub project field ``{project: 7, field: Score}`` becomes the field id
``project:7/Score``, an issue field of an organisation ``{issue_field: Score}``
becomes ``issue-field:Score``; only the GitHub connector understands them.
"""

import re
from collections.abc import Callable, Iterator
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BeforeValidator, Field

from journeysync.model.base import Model
from journeysync.model.placement import ConnectionPlacement, Place, Placement, PlacementSettings, Policy
from journeysync.sources.node import Node, at
from journeysync.sources.problem import Problem, listed, nearest, shown
from journeysync.sources.shape import PATTERNS, Texts, Wrong, read_as

NAMESPACE = r"^[a-z][a-z0-9-]{0,19}\.$"
PATTERNS[NAMESPACE] = "lower-case letters, digits and -, ended by a dot: journey."

JourneyWord = Literal["label", "step-label", "field"]
ScoreWord = Literal["field", "label"]
ContextWord = Literal["link", "comment", "block"]


class PlaceFile(Model):
    """A field by its stable id; on GitHub the number of a project and the field's name or id."""

    field: Annotated[str, Field(min_length=1)]
    project: Annotated[int | None, Field(ge=1, description="GitHub: number of the project")] = None


class IssueFieldFile(Model):
    """An issue field of a GitHub organisation, by its name or id."""

    issue_field: Annotated[str, Field(min_length=1)]


def _place_among(*kinds: str) -> Callable[[Any], Any]:
    """Return a reader of one place: a word of ``kinds``, or a field by its id."""
    allowed = listed("field or {field: customfield_10071}" if kind == "field" else kind for kind in kinds)

    def read(entry: Any) -> Any:
        if isinstance(entry, Place):
            return entry
        if isinstance(entry, str) and entry in kinds:
            return Place.model_validate({"kind": entry})
        if isinstance(entry, dict) and "field" in kinds:
            return Place(kind="field", field=_field_id(entry))
        word = shown(entry) if isinstance(entry, str) else "this"
        meant = nearest(entry, kinds) if isinstance(entry, str) else ""
        raise Wrong(f"{word} is no place for it", allowed=allowed, did_you_mean=meant)

    return read


def _field_id(entry: dict[str, Any]) -> str:
    field, project, issue_field = entry.get("field"), entry.get("project"), entry.get("issue_field")
    if isinstance(issue_field, str) and issue_field and len(entry) == 1:
        return f"issue-field:{issue_field}"
    is_known = isinstance(field, str) and field and not set(entry) - {"field", "project"}
    if not is_known or (project is not None and not str(project).isdigit()):
        allowed = "{field: customfield_10071}, on GitHub {project: 7, field: Score} or {issue_field: Score}"
        raise Wrong("this is no field", allowed=allowed)
    return f"project:{project}/{field}" if project is not None else str(field)


def _one_or_more(value: Any) -> Any:
    return (value,) if isinstance(value, str | dict) else value


_journey, _score, _context = get_args(JourneyWord), get_args(ScoreWord), get_args(ContextWord)
JourneyPlace = Annotated[
    Place, BeforeValidator(_place_among(*_journey), json_schema_input_type=JourneyWord | PlaceFile | IssueFieldFile)
]
ScorePlace = Annotated[
    Place, BeforeValidator(_place_among(*_score), json_schema_input_type=ScoreWord | PlaceFile | IssueFieldFile)
]
ContextPlace = Annotated[Place, BeforeValidator(_place_among(*_context), json_schema_input_type=ContextWord)]


class PolicyFile(Model):
    """What we do where a person changed what we wrote; what is left out is inherited."""

    label: Policy | None = None
    field: Policy | None = None
    link: Policy | None = None
    comment: Policy | None = None
    block: Policy | None = None
    priority: Policy | None = None


class PlacementFile(Model):
    """What a ticket shows; what is left out is inherited."""

    journey: Annotated[
        tuple[JourneyPlace, ...] | None, BeforeValidator(_one_or_more), Field(description="The first possible one")
    ] = None
    score: Annotated[
        tuple[ScorePlace, ...] | None, BeforeValidator(_one_or_more), Field(description="The first possible one")
    ] = None
    context: Annotated[
        tuple[ContextPlace, ...] | None, BeforeValidator(_one_or_more), Field(description="The first possible one")
    ] = None
    priority: Annotated[
        Literal["leave", "band"] | None,
        Field(description="The tracker's own priority: leave it, or set it from the band where nobody has set it"),
    ] = None
    levels: Annotated[Texts | None, Field(description="Kinds of tickets that are written to")] = None
    closed: Literal["leave", "write"] | None = None
    quiet_after_days: Annotated[int | None, Field(ge=0, description="0 = no limit")] = None
    public: Annotated[Literal["nothing", "label", "all"] | None, Field(description="In public repositories")] = None
    policy: Annotated[
        PolicyFile | None,
        Field(
            description="respect: a person's change is kept; enforce: ours is written again; once: never written again"
        ),
    ] = None


class ConnectionPlacementFile(PlacementFile):
    """Placement of one connection, and of its projects or repositories where they differ."""

    projects: dict[str, PlacementFile] = Field(default_factory=dict)
    repositories: dict[str, PlacementFile] = Field(default_factory=dict)


def _dotted(value: str) -> str:
    if not re.fullmatch(NAMESPACE, value):
        meant = f"{value}." if re.fullmatch(NAMESPACE, f"{value}.") else ""
        raise Wrong(f"{shown(value)} is no namespace", allowed=PATTERNS[NAMESPACE], did_you_mean=meant)
    return value


class PlacementsFile(Model):
    """mappings/placement.yaml."""

    label_namespace: Annotated[
        str, AfterValidator(_dotted), Field(description="What our labels start with, with the dot")
    ] = "journey."
    defaults: PlacementFile = PlacementFile()
    connections: dict[str, ConnectionPlacementFile] = Field(default_factory=dict)


def read_placement(node: Node, note: Callable[[str, str], None]) -> tuple[PlacementSettings, list[Problem]]:
    """Return the placement with all that is inherited filled in, and what is wrong with it."""
    reading = read_as(PlacementsFile, node)
    file = reading.value or PlacementsFile()
    problems = [*reading.problems]
    defaults = _over(Placement(), file.defaults)
    connections = []
    for name, connection in file.connections.items():
        place = at(reading.node, ("connections", name))
        note(f"placement.connections.{name}", place.where)
        problems += _twice(connection, place)
        default = _over(defaults, connection)
        projects = {
            project: _over(default, own) for project, own in (connection.projects | connection.repositories).items()
        }
        connections.append((name, ConnectionPlacement(default=default, projects=tuple(projects.items()))))
    for path, own in _all(file):
        for number, level in enumerate(own.levels or ()):
            note(f"placement.level.{level}", at(reading.node, (*path, "levels", number)).where)
    settings = PlacementSettings(
        label_namespace=file.label_namespace, defaults=defaults, connections=tuple(connections)
    )
    return settings, problems


def _over(inherited: Placement, own: PlacementFile) -> Placement:
    said = {key: value for key in PlacementFile.model_fields if (value := getattr(own, key)) is not None}
    if own.policy is not None:
        said["policy"] = inherited.policy.model_copy(update=own.policy.model_dump(exclude_none=True))
    return inherited.model_copy(update=said)


def _twice(connection: ConnectionPlacementFile, place: Node) -> Iterator[Problem]:
    for name in connection.repositories:
        if name in connection.projects:
            says = f"{shown(name)} stands under projects and under repositories"
            yield Problem(where=at(place, ("repositories", name)).where, says=says, next_step="keep one of the two")


def _all(file: PlacementsFile) -> Iterator[tuple[tuple[str, ...], PlacementFile]]:
    yield ("defaults",), file.defaults
    for name, connection in file.connections.items():
        yield ("connections", name), connection
        for key in ("projects", "repositories"):
            for project, own in getattr(connection, key).items():
                yield ("connections", name, key, project), own
