"""Which steps and opportunities a selection leaves: by persona, and as things are or as they shall be."""

from journeysync.model.coverage import Selection
from journeysync.model.journey import Journey, JourneyRepository, Step


def selected_steps(repository: JourneyRepository, selection: Selection) -> frozenset[str]:
    """Return the ids of the steps that are left.

    A step is for the personas it names, else for those of its journey, else for everybody. One with only ``to_be`` text
    is new, one with only ``today`` text goes away; one with both or neither stands in both views. A journey that is the
    ``to_be_of`` another one stands in the second view only, and that other one in the first.
    """
    redesigned = {journey.to_be_of for journey in repository.journeys if journey.to_be_of}
    return frozenset(
        step.id
        for journey in repository.journeys
        for step in journey.steps
        if _is_for(step, journey, selection.persona) and _is_in(step, journey, redesigned, selection.view)
    )


def selected_opportunities(repository: JourneyRepository, selection: Selection) -> frozenset[str]:
    """Return the ids of the opportunities that are left: for the persona, or for everybody."""
    persona = selection.persona
    return frozenset(o.id for o in repository.opportunities if not persona or not o.personas or persona in o.personas)


def selection_words(selection: Selection, repository: JourneyRepository) -> str:
    """Return a selection in words, for what leaves; empty for everything."""
    personas = {persona.id: persona.name for persona in repository.personas}
    views = {"today": "as it is today", "to-be": "as it shall be"}
    parts = (
        selection.team and f"team {selection.team}",
        selection.tool and f"tool {selection.tool}",
        "" if selection.tool or not selection.connections else f"connection {', '.join(selection.connections)}",
        selection.persona and f"persona {personas.get(selection.persona, selection.persona)}",
        selection.kind and f"kind {selection.kind}",
        selection.state and f"state {selection.state}",
        f"done within {selection.days} days" if selection.days else "",
        views.get(selection.view, ""),
    )
    return ", ".join(part for part in parts if part)


def _is_for(step: Step, journey: Journey, persona: str) -> bool:
    named = step.personas or journey.personas
    return not persona or not named or persona in named


def _is_in(step: Step, journey: Journey, redesigned: set[str], view: str) -> bool:
    if view == "today":
        return journey.to_be_of is None and not (step.to_be and not step.today)
    if view == "to-be":
        return journey.id not in redesigned and not (step.today and not step.to_be)
    return True
