"""Puts the journey repository together: files to frozen values, references followed to today's ids.

What a reference may name, and which levels fit, is checked in ``references``;
here each thing that could be read finds its place, whatever is wrong elsewhere.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from journeysync.model.base import value_hash
from journeysync.model.journey import (
    Insight,
    Journey,
    JourneyKind,
    JourneyRepository,
    Lifecycle,
    Opportunity,
    Step,
)
from journeysync.sources.collect import Collection, Entry, StepEntry, collect
from journeysync.sources.files import MacroFile, OpportunityFile
from journeysync.sources.names import Names
from journeysync.sources.problem import Problem, in_file_order
from journeysync.sources.references import check_references


def read_repository(
    folders: Sequence[Path], *, root: Path | None = None, today: date | None = None
) -> tuple[JourneyRepository, tuple[Problem, ...]]:
    """Read journeys, opportunities, personas and insights.

    Args:
        folders: Journey folders; of an id that stands in several, the first folder wins.
        root: Folder that file names in messages are relative to; by default the one above the first folder.
        today: For overrides that ended; by default the day in UTC.

    Returns:
        The repository, as far as it can be read, and every problem at once. With an
        error among them the repository is for looking only: nothing may be planned from it.
    """
    collection = collect(folders, root)
    names = Names.of(collection)
    problems = [*collection.problems, *names.problems]
    problems += check_references(collection, names, today or datetime.now(UTC).date())
    return _repository(collection, names), in_file_order(problems)


def _repository(collection: Collection, names: Names) -> JourneyRepository:
    journeys = _parents_first([*_macros(collection, names), *_micros(collection, names)])
    kinds: dict[str, JourneyKind] = {entry.id: entry.value.kind for entry in collection.lifecycles}
    placed = []
    for journey in journeys:
        kind = kinds.get(journey.parent or "", "customer")
        kinds[journey.id] = kind
        placed.append(journey.model_copy(update={"kind": kind}))
    repository = JourneyRepository(
        lifecycles=tuple(
            Lifecycle(id=e.id, name=e.value.name, kind=e.value.kind, owner=e.value.owner) for e in collection.lifecycles
        ),
        journeys=tuple(placed),
        personas=tuple(entry.value for entry in collection.personas),
        opportunities=tuple(_opportunity(entry, names) for entry in collection.opportunities),
    )
    return repository.model_copy(update={"version": value_hash(repository.model_dump(mode="json"))})


def _macros(collection: Collection, names: Names) -> Iterable[Journey]:
    for entry, lifecycle in collection.macros:
        yield _journey(collection, names, entry).model_copy(update={"level": "macro", "parent": lifecycle})


def _micros(collection: Collection, names: Names) -> Iterable[Journey]:
    for entry in collection.journeys:
        file = entry.value
        steps = tuple(_step(collection, names, step) for step in collection.steps[entry.id])
        yield _journey(collection, names, entry).model_copy(
            update={
                "level": file.level,
                "parent": names.journeys.get(file.parent or "", file.parent),
                "to_be_of": names.journeys.get(file.to_be_of or "", file.to_be_of),
                "phases": tuple(phase.name for phase in file.phases),
                "steps": steps,
            }
        )


def _journey(collection: Collection, names: Names, entry: Entry[MacroFile]) -> Journey:
    file = entry.value
    return Journey(
        id=file.id,
        name=file.name,
        was=file.was,
        owner=file.owner,
        ask=file.ask,
        personas=file.personas,
        goal=file.goal,
        url=file.url,
        called=tuple(sorted(file.called.items())),
        leads_to=_current(file.leads_to, names.journeys),
        metrics=file.metrics,
        insights=_own_insights(collection, file.insights),
    )


def _step(collection: Collection, names: Names, step: StepEntry) -> Step:
    file = step.entry.value
    full = f"{step.journey}.{step.entry.id}"
    return Step(
        id=full,
        name=file.name,
        journey=step.journey,
        phase=step.phase,
        was=names.old_ids_of_step.get(full, ()),
        channels=file.channels,
        moment_of_truth=file.moment_of_truth,
        today=file.today,
        to_be=file.to_be,
        personas=file.personas,
        insights=_own_insights(collection, file.insights),
        metrics=file.metrics,
    )


def _own_insights(collection: Collection, insights: Iterable[Insight]) -> tuple[Insight, ...]:
    """Leave out insights whose id is somebody else's (a problem or warning says so)."""
    return tuple(insight for insight in insights if collection.insights[insight.id].value is insight)


def _opportunity(entry: Entry[OpportunityFile], names: Names) -> Opportunity:
    values = {name: getattr(entry.value, name) for name in OpportunityFile.model_fields}
    values["for_"] = _current(entry.value.for_, names.steps | names.journeys)
    values["metric"] = names.metrics.get(entry.value.metric or "", entry.value.metric)
    return Opportunity.model_construct(**values)


def _current(ids: Iterable[str], today: dict[str, str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(today.get(id_, id_) for id_ in ids))


def _parents_first(journeys: Sequence[Journey]) -> tuple[Journey, ...]:
    """Return journeys in file order, but each after its parent; a journey in a circle comes last, without parent."""
    by_id = {journey.id: journey for journey in journeys}
    placed: dict[str, Journey] = {}

    def place(journey: Journey) -> None:
        above: list[Journey] = []
        while journey.id not in placed and journey not in above:
            above.append(journey)
            parent = by_id.get(journey.parent or "")
            if parent is None:
                break
            journey = parent
        is_circle = journey.id not in placed and journey in above[:-1]
        for found in reversed(above):
            placed[found.id] = found.model_copy(update={"parent": None}) if is_circle else found

    for journey in journeys:
        place(journey)
    return tuple(placed.values())
