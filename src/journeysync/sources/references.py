"""What must hold between the files: references lead somewhere, levels fit, reasons are given."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from journeysync.sources.collect import Collection, Entry
from journeysync.sources.files import JourneyFile, MacroFile, OpportunityFile, StepFile
from journeysync.sources.names import Names
from journeysync.sources.problem import Problem, listed, nearest, shown

_OWN_LABELS = re.compile(r"ignore|band-[0-9]+")


def check_references(collection: Collection, names: Names, today: date) -> Iterator[Problem]:
    """Yield every problem between the entries of a collection, in no order."""
    for any_journey in collection.all_journeys:
        yield from _check_any_journey(any_journey, names)
    for journey in collection.journeys:
        yield from _check_place(journey, collection, names)
    yield from _circles(collection, names)
    for steps in collection.steps.values():
        for step in steps:
            yield from _check_listed(step.entry, "personas", step.entry.value.personas, "persona", names.personas)
            yield from _metrics_twice(step.entry)
    for opportunity in collection.opportunities:
        yield from _check_opportunity(opportunity, names)
        yield from _check_values(opportunity, today)
    yield from _clashing_labels(collection)


def reference(id_: str, what: str, table: Mapping[str, str], *, where: str, key: str) -> Iterator[Problem]:
    """Yield the problem of one reference, none if it leads to an id of today.

    Args:
        id_: The id as written.
        what: What it should name, in words: "step or journey".
        table: From ids, today's and old, to today's.
        where: Its place.
        key: The key it stands under.
    """
    current = table.get(id_)
    if current == id_:
        return
    if current is not None:
        says = f"{key}: {shown(id_)} is called {current} now"
        yield Problem(where=where, says=says, next_step=f"write {current}; the old id works for now", level="warning")
        return
    living = dict.fromkeys(table.values())
    says = f"{key}: there is no {what} {shown(id_)}"
    yield Problem(where=where, says=says, allowed=_some(living), did_you_mean=nearest(id_, table))


def _some(ids: Iterable[str]) -> str:
    return listed(ids) or "none is there yet"


def _check_listed(
    entry: Entry[Any], key: str, ids: Sequence[str], what: str, table: Mapping[str, str]
) -> Iterator[Problem]:
    for number, id_ in enumerate(ids):
        yield from reference(id_, what, table, where=entry.where(key, number), key=key)


def _check_any_journey(entry: Entry[MacroFile], names: Names) -> Iterator[Problem]:
    yield from _check_listed(entry, "personas", entry.value.personas, "persona", names.personas)
    yield from _check_listed(entry, "leads_to", entry.value.leads_to, "journey", names.journeys)
    yield from _metrics_twice(entry)


def _metrics_twice(entry: Entry[MacroFile] | Entry[StepFile]) -> Iterator[Problem]:
    seen: dict[str, str] = {}
    for number, metric in enumerate(entry.value.metrics):
        where = entry.where("metrics", number, "id")
        first = seen.setdefault(metric.id, where)
        if first != where:
            yield Problem(where=where, says=f"the metric {shown(metric.id)} is taken already: {first}")


def _check_place(entry: Entry[JourneyFile], collection: Collection, names: Names) -> Iterator[Problem]:
    journey = entry.value
    if journey.to_be_of is not None:
        yield from reference(journey.to_be_of, "journey", names.journeys, where=entry.where("to_be_of"), key="to_be_of")
    if journey.phases and journey.steps:
        says = "phases and steps stand side by side"
        yield Problem(where=entry.where("steps"), says=says, next_step="move the steps into a phase")
    above = names.lifecycles | names.journeys
    if journey.parent is None:
        yield Problem(where=entry.where(), says="parent is missing", allowed=_some(_macro_ids(collection)))
    elif journey.parent in names.steps or journey.parent in names.opportunities:
        kind = "a step" if journey.parent in names.steps else "an opportunity"
        says = f"parent: {shown(journey.parent)} is {kind}, and a journey hangs below a journey"
        yield Problem(where=entry.where("parent"), says=says, allowed=_some(_macro_ids(collection)))
    elif journey.level == "macro" and journey.parent not in names.lifecycles:
        says = f"parent: a macro journey hangs below a lifecycle, and {shown(journey.parent)} is none"
        where, meant = entry.where("parent"), nearest(journey.parent, names.lifecycles)
        yield Problem(where=where, says=says, allowed=_some(names.lifecycles), did_you_mean=meant)
    else:
        yield from reference(journey.parent, "journey or lifecycle", above, where=entry.where("parent"), key="parent")


def _macro_ids(collection: Collection) -> tuple[str, ...]:
    return tuple(entry.id for entry, _ in collection.macros)


def _circles(collection: Collection, names: Names) -> Iterator[Problem]:
    parents = {e.id: names.journeys.get(e.value.parent or "", "") for e in collection.journeys}
    entries = {entry.id: entry for entry in collection.journeys}
    reported: set[str] = set()
    for start in parents:
        path = [start]
        while (above := parents.get(path[-1], "")) and above not in path:
            path.append(above)
        if above and above == start and start not in reported:
            reported |= set(path)
            says = f"parent: a circle, {' > '.join([*path, start])}"
            yield Problem(where=entries[start].where("parent"), says=says, allowed=_some(_macro_ids(collection)))


def _check_opportunity(entry: Entry[OpportunityFile], names: Names) -> Iterator[Problem]:
    opportunity = entry.value
    targets = names.steps | names.journeys
    for number, id_ in enumerate(opportunity.for_):
        where = entry.where("for", number)
        if id_ in names.lifecycles:
            says = f"for: {shown(id_)} is a lifecycle; an opportunity is for steps or journeys"
            yield Problem(where=where, says=says, next_step="name its macro journeys")
        else:
            yield from reference(id_, "step or journey", targets, where=where, key="for")
    yield from _check_listed(entry, "personas", opportunity.personas, "persona", names.personas)
    yield from _check_listed(entry, "because", opportunity.because, "insight", names.insights)
    if opportunity.metric is not None:
        yield from reference(opportunity.metric, "metric", names.metrics, where=entry.where("metric"), key="metric")


def _check_values(entry: Entry[OpportunityFile], today: date) -> Iterator[Problem]:
    opportunity = entry.value
    if opportunity.state == "will-not" and not (opportunity.reason or "").strip():
        says = f"{opportunity.id} will not be done, and reason is missing"
        yield Problem(where=entry.where("state"), says=says, next_step="write `reason:`, people will ask for it")
    if opportunity.votes and (opportunity.customer_value is not None or opportunity.business_value is not None):
        says = "votes stand beside customer_value or business_value"
        yield Problem(where=entry.where("votes"), says=says, next_step="keep the votes, or the two values")
    override = opportunity.override
    if override is not None and override.until < today:
        says = f"the override of {opportunity.id} ended on {override.until}; the rule counts again"
        yield Problem(where=entry.where("override", "until"), says=says, next_step="take it out", level="warning")


def _clashing_labels(collection: Collection) -> Iterator[Problem]:
    """Yield ids that would give the same label: journey.opp-3 is the opportunity, journey.band-5 the score."""
    opportunities = {entry.id.lower(): entry for entry in collection.opportunities}
    journeys = collection.all_journeys
    for entry in (*journeys, *collection.opportunities):
        if _OWN_LABELS.fullmatch(entry.id.lower()):
            says = f"the id {shown(entry.id)} gives the label that journeysync keeps for itself"
            yield Problem(where=entry.place, says=says, next_step="choose another id")
    for journey in journeys:
        twin = opportunities.get(journey.id)
        if twin is not None:
            says = f"the journey {shown(journey.id)} and the opportunity {twin.id} would share one label ({twin.place})"
            yield Problem(where=journey.place, says=says, next_step="choose another id for one of them")
    for twin in collection.opportunities:
        insight = collection.insights.get(twin.id)
        if insight is not None:
            says = f"the id {shown(twin.id)} is taken already by an insight: {insight.place}"
            yield Problem(where=twin.place, says=says, next_step="choose another prefix for one of them")
