"""Builders for the journey side: journeys, steps, opportunities and the repository that holds them."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from journeysync.model.base import value_hash
from journeysync.model.journey import Insight, Journey, JourneyRepository, Lifecycle, Metric, Opportunity, Persona, Step


def an_insight(insight_id: str = "I-7", **more: Any) -> Insight:
    """Return a pain with evidence 3."""
    values: dict[str, Any] = {
        "id": insight_id,
        "kind": "pain",
        "says": "Bills are up and nobody says why",
        "evidence": 3,
    }
    return Insight(**(values | {"source": "Call reasons May 2026"} | more))


def a_persona(persona_id: str = "tight-budget", **more: Any) -> Persona:
    """Return a persona named after its id."""
    return Persona(**({"id": persona_id, "name": _name_of(persona_id), "group": "households"} | more))


def a_metric(metric_id: str = "calls", **more: Any) -> Metric:
    """Return a metric that misses its target: 38 calls, where 25 are wanted."""
    values: dict[str, Any] = {"id": metric_id, "name": "Calls per 1000 bills", "better": "lower", "baseline": 41}
    return Metric(**(values | {"target": 25, "now": 38, "on": date(2026, 10, 31)} | more))


def a_step(step_id: str = "pay-bill.see-why", **more: Any) -> Step:
    """Return a step without insights; its journey and name come from the full id."""
    journey, _, local = step_id.partition(".")
    return Step(**({"id": step_id, "name": _name_of(local), "journey": journey, "phase": "Understand"} | more))


def a_journey(
    journey_id: str = "pay-bill", *, steps: Iterable[str | Step] = ("see-why", "pay-it"), **more: Any
) -> Journey:
    """Return a micro journey below "pay"; steps by local id or ready made."""
    made = tuple(step if isinstance(step, Step) else a_step(f"{journey_id}.{step}") for step in steps)
    phases = tuple(dict.fromkeys(step.phase for step in made if step.phase))
    values: dict[str, Any] = {"id": journey_id, "name": _name_of(journey_id), "parent": "pay", "steps": made}
    return Journey(**(values | {"phases": phases, "owner": "Journey owner billing", "ask": "#journey-billing"} | more))


def an_opportunity(opportunity_id: str = "OPP-3", *for_: str, **more: Any) -> Opportunity:
    """Return an open opportunity with known values (9.3 and 8.0: score 86.5); for "pay-bill.see-why" unless said."""
    values: dict[str, Any] = {
        "id": opportunity_id,
        "name": "Say why the bill went up",
        "for_": for_ or ("pay-bill.see-why",),
        "customer_value": 9.3,
        "business_value": 8.0,
    }
    return Opportunity(**(values | more))


def a_repository(
    *journeys: Journey,
    opportunities: Iterable[Opportunity] | None = None,
    personas: Iterable[Persona] | None = None,
    **more: Any,
) -> JourneyRepository:
    """Return a repository: one lifecycle, macro journey "pay", the journeys given (or ``a_journey()``) and OPP-3.

    The version is the hash of the content, as the reader makes it.
    """
    macro = Journey(id="pay", name="Pay", level="macro", parent="live-with-us")
    values: dict[str, Any] = {
        "lifecycles": (Lifecycle(id="live-with-us", name="Live with us", owner="Head of customer experience"),),
        "journeys": (macro, *(journeys or (a_journey(),))),
        "personas": tuple(personas) if personas is not None else (a_persona(),),
        "opportunities": tuple(opportunities) if opportunities is not None else (an_opportunity(),),
    }
    repository = JourneyRepository(**(values | more))
    if repository.version:
        return repository
    return repository.model_copy(update={"version": value_hash(repository.model_dump(mode="json"))})


def _name_of(any_id: str) -> str:
    return any_id.replace("-", " ").capitalize()
