"""Reads the files of one or several journey folders, and keeps of each id the first that is found.

Later folders fill up earlier ones: an id that an earlier folder has hides the
later one (a warning says so). Twice in one folder is a mistake and names both places.
"""

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import BaseModel

from journeysync.model.journey import Insight, Persona
from journeysync.sources.document import read_file
from journeysync.sources.files import (
    HierarchyFile,
    JourneyFile,
    LifecycleFile,
    MacroFile,
    OpportunitiesFile,
    OpportunityFile,
    StepFile,
)
from journeysync.sources.node import Node, at, empty_file
from journeysync.sources.problem import Problem, shown
from journeysync.sources.shape import read_as, slug_of

HIERARCHY, OPPORTUNITIES = "hierarchy.yaml", "opportunities.yaml"

V = TypeVar("V", covariant=True)
M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True)
class Entry(Generic[V]):
    """A value with the place where a person wrote it, and the folder (0 is the first)."""

    id: str
    value: V
    node: Node
    folder: int

    def where(self, *path: str | int) -> str:
        """Return "file:line:column" of a key's value inside; of the whole where there is none."""
        return at(self.node, path).where

    @property
    def place(self) -> str:
        """Return where its id stands."""
        return self.where("id")


@dataclass(frozen=True)
class StepEntry:
    """A step as written, with its full id and phase."""

    entry: Entry[StepFile]
    journey: str
    phase: str | None


@dataclass
class Collection:
    """All that the folders hold, as written."""

    lifecycles: list[Entry[LifecycleFile]] = field(default_factory=list)
    macros: list[tuple[Entry[MacroFile], str]] = field(default_factory=list)  # with the lifecycle it stands in
    journeys: list[Entry[JourneyFile]] = field(default_factory=list)
    steps: dict[str, list[StepEntry]] = field(default_factory=dict)  # by journey
    personas: list[Entry[Persona]] = field(default_factory=list)
    opportunities: list[Entry[OpportunityFile]] = field(default_factory=list)
    insights: dict[str, Entry[Insight]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    @property
    def all_journeys(self) -> "list[Entry[MacroFile]]":
        """Return the macro journeys of the hierarchy, then the journeys with a file of their own."""
        return [*(entry for entry, _ in self.macros), *self.journeys]


def collect(folders: Sequence[Path], root: Path | None) -> Collection:
    """Return what the folders hold, first one wins.

    Args:
        folders: Journey folders, the strongest first.
        root: Folder that names in messages are relative to; without it the folder above the first one.
    """
    collection, top = Collection(), root or folders[0].parent
    for number, folder in enumerate(folders):
        _collect_folder(collection, folder, number, top)
    _keep_first(collection)
    _collect_steps(collection)
    if collection.journeys and not collection.lifecycles:
        says, name = "no lifecycle is there, so no journey has a place", shown_path(folders[0] / HIERARCHY, top)
        step = "write it with a lifecycle and its macro journeys; `journeysync init` in an empty folder shows one"
        collection.problems.append(Problem(where=name, says=says, next_step=step))
    return collection


def shown_path(path: Path, root: Path) -> str:
    """Return a path as messages name it: below ``root`` relative, else in full; always with "/"."""
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()


def yaml_files(folder: Path) -> Iterator[Path]:
    """Yield the YAML files below a folder by name; hidden folders and files are left out."""
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(parent, name) for name in sorted(names) if not name.startswith("."))


def _collect_folder(collection: Collection, folder: Path, number: int, root: Path) -> None:
    name = shown_path(folder, root)
    if not folder.is_dir():
        says = f"the folder {name}/ does not exist"
        step = "make it, or correct `journeys:` in journeysync.yaml; `journeysync init --pack starter` makes one"
        collection.problems.append(Problem(where=name, says=says, next_step=step))
        return
    read_any = False
    for path in yaml_files(folder):
        if path.suffix == ".yml":
            says = "this file is not read: its name ends in .yml"
            step = f"rename it to {path.stem}.yaml"
            problem = Problem(where=shown_path(path, root), says=says, next_step=step, level="warning")
            collection.problems.append(problem)
        if path.suffix == ".yaml":
            read_any = True
            _collect_file(collection, path, shown_path(path, root), number, is_top=path.parent == folder)
    if not read_any:
        says = f"the folder {name}/ holds no journeys"
        step = f"write {name}/hierarchy.yaml and a first journey, or copy a pack: `journeysync init --pack starter`"
        collection.problems.append(Problem(where=name, says=says, next_step=step))


def _collect_file(collection: Collection, path: Path, name: str, folder: int, *, is_top: bool) -> None:
    node, problems = read_file(path, name)
    collection.problems += problems
    if node is None and problems and any(p.is_error for p in problems):
        return
    if is_top and path.name == HIERARCHY:
        _take_hierarchy(collection, node or empty_file(name), folder)
    elif is_top and path.name == OPPORTUNITIES:
        _take_opportunities(collection, node or empty_file(name), folder)
    elif node is None:
        problem = Problem(
            where=f"{name}:1:1", says="the file is empty", next_step="write a journey, or delete the file"
        )
        collection.problems.append(problem)
    else:
        _take_journey(collection, node, folder)


def _read(collection: Collection, model: type[M], node: Node) -> tuple[M | None, Node]:
    reading = read_as(model, node)
    collection.problems += reading.problems
    return reading.value, reading.node


def _take_hierarchy(collection: Collection, node: Node, folder: int) -> None:
    hierarchy, node = _read(collection, HierarchyFile, node)
    if hierarchy is None:
        return
    for number, lifecycle in enumerate(hierarchy.lifecycles):
        below = at(node, ("lifecycles", number))
        collection.lifecycles.append(Entry(lifecycle.id, lifecycle, below, folder))
        for inner, macro in enumerate(lifecycle.macro):
            entry = Entry(macro.id, macro, at(below, ("macro", inner)), folder)
            collection.macros.append((entry, lifecycle.id))
    for number, persona in enumerate(hierarchy.personas):
        collection.personas.append(Entry(persona.id, persona, at(node, ("personas", number)), folder))


def _take_opportunities(collection: Collection, node: Node, folder: int) -> None:
    file, node = _read(collection, OpportunitiesFile, node)
    for number, opportunity in enumerate(file.opportunities if file else ()):
        place = at(node, ("opportunities", number))
        collection.opportunities.append(Entry(opportunity.id, opportunity, place, folder))


def _take_journey(collection: Collection, node: Node, folder: int) -> None:
    journey, node = _read(collection, JourneyFile, node)
    if journey is not None:
        collection.journeys.append(Entry(journey.id, journey, node, folder))


def _keep_first(collection: Collection) -> None:
    """Take out what has an id that was there before. Lifecycles and journeys share their ids: `parent` names both."""
    report = collection.problems
    tree: list[tuple[Entry[Any], str]] = [(entry, "lifecycle") for entry in collection.lifecycles]
    tree += [(entry, "journey") for entry in collection.all_journeys]
    kept = {id(entry) for entry in _firsts(tree, {}, report)}
    collection.lifecycles = [entry for entry in collection.lifecycles if id(entry) in kept]
    collection.macros = [(entry, lifecycle) for entry, lifecycle in collection.macros if id(entry) in kept]
    collection.journeys = [entry for entry in collection.journeys if id(entry) in kept]
    collection.personas = list(_firsts(((entry, "persona") for entry in collection.personas), {}, report))
    collection.opportunities = list(_firsts(((e, "opportunity") for e in collection.opportunities), {}, report))


def _firsts(
    entries: Iterable[tuple[Entry[V], str]], seen: dict[str, Entry[V]], report: list[Problem]
) -> Iterator[Entry[V]]:
    """Yield the first entry of each id, earlier folders first; report the others as what they are."""
    for entry, what in sorted(entries, key=lambda pair: pair[0].folder):
        first = seen.setdefault(entry.id, entry)
        if first is entry:
            yield entry
        else:
            report.append(_second(entry, first, what))


def _second(entry: Entry[V], first: Entry[V], what: str) -> Problem:
    if entry.folder != first.folder:
        says = f"the {what} {shown(entry.id)} is hidden: {first.place} has the same id and its folder comes first"
        return Problem(where=entry.place, says=says, level="warning")
    says = f"the id {shown(entry.id)} is taken already: {first.place}"
    return Problem(where=entry.place, says=says, next_step=f"give this {what} an id of its own")


def _collect_steps(collection: Collection) -> None:
    for journey in collection.journeys:
        steps: list[StepEntry] = []
        phases: dict[int, str | None] = {}
        entries: list[tuple[Entry[StepFile], str]] = []
        for phase, step in _steps_of(journey):
            if step.id:
                phases[id(step)] = phase
                entries.append((step, "step"))
                continue
            says = f"no id can be made from the name {shown(step.value.name)}"
            next_step = "write `id:` with lower-case words and hyphens"
            collection.problems.append(Problem(where=step.where("name"), says=says, next_step=next_step))
        steps += [StepEntry(e, journey.id, phases[id(e)]) for e in _firsts(entries, {}, collection.problems)]
        collection.steps[journey.id] = steps
    insights = ((entry, "insight") for entry in _insights(collection))
    collection.insights = {entry.id: entry for entry in _firsts(insights, {}, collection.problems)}


def _steps_of(journey: Entry[JourneyFile]) -> Iterator[tuple[str | None, Entry[StepFile]]]:
    listed: list[tuple[str | None, StepFile, Node]] = []
    for number, phase in enumerate(journey.value.phases):
        below = ("phases", number, "steps")
        listed += [(phase.name, step, at(journey.node, (*below, i))) for i, step in enumerate(phase.steps)]
    listed += [(None, step, at(journey.node, ("steps", i))) for i, step in enumerate(journey.value.steps)]
    for phase_name, step, node in listed:
        yield phase_name, Entry(step.id or slug_of(step.name), step, node, journey.folder)


def _insights(collection: Collection) -> Iterator[Entry[Insight]]:
    holders: list[Entry[MacroFile] | Entry[JourneyFile] | Entry[StepFile]] = [e for e, _ in collection.macros]
    for journey in collection.journeys:
        holders.append(journey)
        holders += [step.entry for step in collection.steps[journey.id]]
    for holder in holders:
        for number, insight in enumerate(holder.value.insights):
            yield Entry(insight.id, insight, at(holder.node, ("insights", number)), holder.folder)
