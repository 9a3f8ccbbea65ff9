"""The shapes that people write in ``journeys/`` (formats.md 2 and 3); the values of the core are made from them."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from journeysync.model.base import Model
from journeysync.model.journey import (
    Id,
    Insight,
    JourneyKind,
    Metric,
    NumberedId,
    Persona,
    Scored,
    ScoreOverride,
    Value0to10,
    Vote,
)
from journeysync.sources.shape import Texts, named

Name = Annotated[str, Field(min_length=1)]


class StepFile(Model):
    """One step. Without an id it gets one from its name; write the id down before you change the name."""

    id: Annotated[Id | None, Field(description="Local id; without it one is made from the name")] = None
    name: Name
    was: Annotated[Texts, Field(description="Ids it had before, local or full")] = ()
    channels: Texts = ()
    moment_of_truth: bool = False
    today: Annotated[str | None, Field(description="Current state; a step with only this one goes away")] = None
    to_be: Annotated[str | None, Field(description="To-be state; a step with only this one is new")] = None
    personas: Texts = ()
    insights: tuple[Insight, ...] = ()
    metrics: tuple[Metric, ...] = ()


Steps = tuple[Annotated[StepFile, BeforeValidator(named, json_schema_input_type=str | StepFile)], ...]


class PhaseFile(Model):
    """A stretch of a journey with its steps in order."""

    name: Name
    steps: Steps = ()


class MacroFile(Model):
    """A macro journey in hierarchy.yaml."""

    id: Id
    name: Name
    was: Texts = ()
    owner: str | None = None
    ask: Annotated[str | None, Field(description="Where a product owner can object")] = None
    personas: Texts = ()
    goal: str | None = None
    url: str | None = None
    called: dict[str, str] = Field(default_factory=dict, description="Team: its own word for this journey")
    leads_to: Texts = ()
    metrics: tuple[Metric, ...] = ()
    insights: tuple[Insight, ...] = ()


class JourneyFile(MacroFile):
    """A journey in a file of its own. ``id``, ``name``, ``parent`` and phases with named steps are enough."""

    level: Literal["macro", "micro"] = "micro"
    parent: Annotated[str | None, Field(description="The macro or micro journey above it (or the lifecycle)")] = None
    to_be_of: Annotated[str | None, Field(description="The journey that this one is to replace")] = None
    phases: tuple[PhaseFile, ...] = ()
    steps: Annotated[Steps, Field(description="Instead of phases")] = ()


class LifecycleFile(Model):
    """The top of the tree with its macro journeys."""

    id: Id
    name: Name
    kind: JourneyKind = "customer"
    owner: str | None = None
    macro: tuple[MacroFile, ...] = ()


class HierarchyFile(Model):
    """journeys/hierarchy.yaml."""

    lifecycles: tuple[LifecycleFile, ...] = ()
    personas: tuple[Persona, ...] = ()


class OpportunityFile(Model):
    """A gap worth solving. Leave out what is not known: unknown is not zero."""

    id: NumberedId
    name: Name
    for_: Annotated[Texts, Field(alias="for", description="Steps or journeys, any level")] = ()
    was: Texts = ()
    personas: Texts = ()
    because: Annotated[Texts, Field(description="Ids of insights")] = ()
    customer_value: Value0to10 | None = None
    business_value: Value0to10 | None = None
    votes: Annotated[tuple[Vote, ...], Field(description="Several views instead of the two values")] = ()
    override: ScoreOverride | None = None
    effort: Annotated[float | None, Field(ge=0)] = None
    objective: str | None = None
    metric: Annotated[str | None, Field(description="<journey>.<metric> or <step>.<metric>")] = None
    theme: str | None = None
    owner: str | None = None
    state: Literal["open", "doing", "done", "will-not"] = "open"
    reason: Annotated[str | None, Field(description="Why it will not be done")] = None
    scored: Scored | None = None


class OpportunitiesFile(Model):
    """journeys/opportunities.yaml."""

    opportunities: tuple[OpportunityFile, ...] = ()
