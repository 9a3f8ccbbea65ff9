"""Journeys, steps and opportunities, as the journey repository knows them (formats.md 2 and 3)."""

from collections.abc import Iterator
from datetime import date
from functools import cached_property
from typing import Annotated, Literal

from pydantic import ConfigDict, Field, StringConstraints

from journeysync.model.base import Model

Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)]
"""Lower-case words and hyphens, at most 40 characters, made once and never changed."""
NumberedId = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9]*-[0-9]+$", max_length=40)]
"""A prefix and a number: OPP-3, I-7."""
JourneyKind = Literal["customer", "employee", "client", "patient", "user"]
Day = date  # a field named "date" would hide the type in its own class
Value0to10 = Annotated[float, Field(ge=0, le=10)]


class Insight(Model):
    """What we learned about a step: a pain, gain or need, with how well it is known."""

    id: NumberedId
    kind: Literal["pain", "gain", "need"]
    says: str
    evidence: Annotated[int, Field(ge=0, le=3)] = 0  # 0 opinion, 1 one voice, 2 several independent sources, 3 measured
    source: str | None = None
    validated: date | None = None
    private: bool = False  # stays in the page, never in a ticket


class Persona(Model):
    """For whom, named by what they are."""

    id: Id
    name: str
    group: str | None = None


class Metric(Model):
    """A number that tells whether a journey or step works; ``id`` is local, in full "<journey>.<metric>"."""

    id: Id
    name: str
    better: Literal["lower", "higher"]
    baseline: float | None = None
    target: float | None = None
    now: float | None = None
    on: date | None = None

    @property
    def is_missed(self) -> bool:
        """Return whether the value is known and worse than its target."""
        if self.now is None or self.target is None:
            return False
        return self.now > self.target if self.better == "lower" else self.now < self.target


class Step(Model):
    """One step of a journey. ``id`` is in full ("pay-bill.see-why")."""

    id: str
    name: str
    journey: str  # id of the journey it belongs to
    phase: str | None = None  # name of its phase
    was: tuple[str, ...] = ()  # full ids it had before
    channels: tuple[str, ...] = ()
    moment_of_truth: bool = False
    today: str | None = None
    to_be: str | None = None
    personas: tuple[str, ...] = ()
    insights: tuple[Insight, ...] = ()
    metrics: tuple[Metric, ...] = ()


class Journey(Model):
    """A macro or micro journey with its steps in order."""

    id: Id
    name: str
    level: Literal["macro", "micro"] = "micro"
    parent: str | None = None  # macro journey, micro journey or lifecycle above it
    was: tuple[str, ...] = ()
    to_be_of: str | None = None
    kind: JourneyKind = "customer"  # of its lifecycle
    owner: str | None = None
    ask: str | None = None  # where a product owner can object
    personas: tuple[str, ...] = ()
    goal: str | None = None
    url: str | None = None  # the journey's own deep link, where it was imported from
    called: tuple[tuple[str, str], ...] = ()  # (team, its word), sorted
    leads_to: tuple[str, ...] = ()
    metrics: tuple[Metric, ...] = ()
    insights: tuple[Insight, ...] = ()  # of the journey as a whole
    phases: tuple[str, ...] = ()  # names in order; steps name theirs
    steps: tuple[Step, ...] = ()


class Lifecycle(Model):
    """The top of the tree: all journeys of one kind of people."""

    id: Id
    name: str
    kind: JourneyKind = "customer"
    owner: str | None = None


class Vote(Model):
    """One person's view of an opportunity, by role."""

    by: str
    customer_value: Value0to10 | None = None
    business_value: Value0to10 | None = None


class ScoreOverride(Model):
    """A score set by hand, with its reason and its end (the last day it counts)."""

    score: Annotated[float, Field(ge=0, le=100)]
    because: str
    until: date
    by: str


class Scored(Model):
    """Who gave the values, when and why."""

    by: str | None = None
    date: Day | None = None
    why: str | None = None


class Opportunity(Model):
    """A gap worth solving. Values 0 to 10; None = not known, which is not zero."""

    id: NumberedId
    name: str
    for_: tuple[str, ...] = Field(default=(), alias="for")  # full ids of steps or journeys
    was: tuple[str, ...] = ()
    personas: tuple[str, ...] = ()
    because: tuple[str, ...] = ()  # insight ids
    customer_value: Value0to10 | None = None
    business_value: Value0to10 | None = None
    votes: tuple[Vote, ...] = ()
    override: ScoreOverride | None = None
    effort: float | None = None
    objective: str | None = None
    metric: str | None = None  # "<journey>.<metric>" or "<step>.<metric>"
    theme: str | None = None
    owner: str | None = None
    state: Literal["open", "doing", "done", "will-not"] = "open"
    reason: str | None = None  # why will-not
    scored: Scored | None = None

    model_config = ConfigDict(populate_by_name=True)

    @property
    def counts(self) -> bool:
        """Return whether it gives tickets a score: open or doing."""
        return self.state in ("open", "doing")


class JourneyRepository(Model):
    """Everything we know about journeys, in file order. Immutable; look-ups are cached."""

    lifecycles: tuple[Lifecycle, ...] = ()
    journeys: tuple[Journey, ...] = ()  # macro and micro, parents before children
    personas: tuple[Persona, ...] = ()
    opportunities: tuple[Opportunity, ...] = ()
    version: str = ""  # hash of the content

    model_config = ConfigDict(ignored_types=(cached_property,))

    @cached_property
    def journey_by_id(self) -> dict[str, Journey]:
        """Return journeys by id and by every id they had."""
        return _with_old_ids(self.journeys)

    @cached_property
    def step_by_id(self) -> dict[str, Step]:
        """Return steps by full id and by every full id they had."""
        return _with_old_ids(self.steps)

    @cached_property
    def opportunity_by_id(self) -> dict[str, Opportunity]:
        """Return opportunities by id and by every id they had."""
        return _with_old_ids(self.opportunities)

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """Return all steps, in the order of their journeys."""
        return tuple(step for journey in self.journeys for step in journey.steps)

    @cached_property
    def insight_by_id(self) -> dict[str, Insight]:
        """Return all insights of journeys and steps."""
        insights = (*(i for j in self.journeys for i in j.insights), *(i for s in self.steps for i in s.insights))
        return {insight.id: insight for insight in insights}

    @cached_property
    def metric_by_id(self) -> dict[str, Metric]:
        """Return metrics by full id: "<journey>.<metric>" and "<step>.<metric>"."""
        of_journeys = {f"{j.id}.{m.id}": m for j in self.journeys for m in j.metrics}
        return of_journeys | {f"{s.id}.{m.id}": m for s in self.steps for m in s.metrics}

    def steps_below(self, target_id: str) -> Iterator[Step]:
        """Yield the step itself, or the steps of a journey and of all journeys below it, in file order."""
        if target_id in self.step_by_id:
            yield self.step_by_id[target_id]
            return
        journey = self.journey_by_id.get(target_id)
        below = {journey.id} if journey else {target_id}
        for candidate in self.journeys:
            if candidate.parent in below:
                below.add(candidate.id)
        for candidate in self.journeys:
            if candidate.id in below:
                yield from candidate.steps


def _with_old_ids(things: tuple[object, ...]) -> dict:  # type: ignore[type-arg]  # one body for three kinds of value; callers declare theirs
    by_id = {old: thing for thing in things for old in thing.was}  # type: ignore[attr-defined]  # every kind has id and was
    return by_id | {thing.id: thing for thing in things}  # type: ignore[attr-defined]  # every kind has id and was
