"""Journeys: all of them with their figures, and one of them step by step."""

from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from journeysync.app.covering import ref_of
from journeysync.app.ranking import RankedOpportunity, ranked
from journeysync.app.source_file import source_file
from journeysync.core.journey_map import MapRow, journey_map
from journeysync.model.coverage import StepState
from journeysync.model.journey import Journey
from journeysync.model.ticket import Ticket
from journeysync.web.access import Refused
from journeysync.web.desk import Ask, look
from journeysync.web.frame import address, go_to, render
from journeysync.web.page import Page
from journeysync.web.selecting import filters_of, query_of, selection_of, words_of

_NEEDING = (StepState.SERVED, StepState.THIN, StepState.GAP)
_TICKETS_A_STEP = 5


def show_all(ask: Ask) -> Response:
    """Show a row for each journey, under its lifecycle."""
    selection = selection_of(ask)
    coverage = ask.figures_of(selection)
    lifecycles = journey_map(ask.workspace.repository, coverage)
    rows = {row.journey.id: _figures(row) for life in lifecycles for group in life.groups for row in group.rows}
    return render(
        ask,
        PAGE,
        "journeys.html",
        lifecycles=lifecycles,
        figures=rows,
        query=query_of(selection),
        filters=filters_of(ask, "team", "tool", "persona", "days", "view"),
        narrowed=words_of(ask, selection),
        personas=_personas(ask),
    )


def show_one(ask: Ask) -> Response:
    """Show the steps of a journey under their phases, each with what is known and done about it."""
    repository = ask.workspace.repository
    asked = ask.request.path_params["journey"]
    journey = repository.journey_by_id.get(asked)
    if journey is None:
        raise Refused(f"there is no journey '{asked}'", next_step="choose one from the list of journeys", status=404)
    if journey.id != asked:
        return go_to(address(f"/journeys/{journey.id}", dict(ask.request.query_params)))
    selection = selection_of(ask)
    coverage = ask.figures_of(selection)
    row = _row_of(ask, journey)
    opportunities = ranked(ask.workspace, coverage)
    by_id = {each.id: each for each in coverage.steps}
    steps = [step for step in journey.steps if step.id in by_id]
    tickets = {step.id: _tickets(ask, by_id[step.id].tickets) for step in steps}
    return render(
        ask,
        PAGE,
        "journey.html",
        journey=journey,
        above=_above(ask, journey),
        below=[each for each in repository.journeys if each.parent == journey.id],
        redesigns=[each for each in repository.journeys if each.to_be_of == journey.id],
        phases=_phases(journey, {step.id for step in steps}),
        row=row,
        figures=_figures(row) if row else None,
        step_figures=by_id,
        serving={step.id: _serving(ask, opportunities, step.id) for step in steps},
        tickets=tickets,
        teams={team.id: team.name for team in ask.workspace.settings.vocabulary.teams},
        personas=_personas(ask),
        source=source_file(ask.workspace, journey.id),
        query=query_of(selection),
        filters=filters_of(ask, "team", "tool", "days", "view"),
        narrowed=words_of(ask, selection),
        journeys=repository.journey_by_id,
    )


def _figures(row: MapRow) -> dict[str, Any]:
    """Return the figures of one row, made of its cells."""
    states = [cell.figures.state for cell in row.cells]
    scores = [cell.figures.top_score for cell in row.cells if cell.figures.top_score is not None]
    return {
        "needs": sum(state in _NEEDING for state in states),
        "with_work": states.count(StepState.SERVED) + states.count(StepState.THIN),
        "gaps": states.count(StepState.GAP),
        "thin": states.count(StepState.THIN),
        "not_known": states.count(StepState.NOT_KNOWN),
        "top": max(scores, default=None),
    }


def _row_of(ask: Ask, journey: Journey) -> MapRow | None:
    maps = journey_map(ask.workspace.repository, ask.figures_of(selection_of(ask)))
    rows = (row for life in maps for group in life.groups for row in group.rows)
    return next((row for row in rows if row.journey.id == journey.id), None)


def _phases(journey: Journey, kept: set[str]) -> list[tuple[str, list[Any]]]:
    names = [*journey.phases, ""] if journey.phases else [""]
    found = [(name, [s for s in journey.steps if (s.phase or "") == name and s.id in kept]) for name in names]
    return [(name, steps) for name, steps in found if steps]


def _serving(ask: Ask, rows: tuple[RankedOpportunity, ...], step: str) -> list[RankedOpportunity]:
    below = ask.workspace.repository.steps_below
    return [row for row in rows if any(each.id == step for target in row.opportunity.for_ for each in below(target))]


def _tickets(ask: Ask, names: tuple[str, ...]) -> tuple[list[tuple[str, int]], list[Ticket]]:
    """Return how many tickets each connection has there, and the first ones."""
    counts: dict[str, int] = {}
    for name in names:
        connection = name.partition("/")[0]
        counts[connection] = counts.get(connection, 0) + 1
    refs = [ref_of(name) for name in names[:_TICKETS_A_STEP]]
    found = ask.workspace.store.tickets(refs)
    return sorted(counts.items()), [ask.shown(found[ref]) for ref in refs if ref in found]


def _above(ask: Ask, journey: Journey) -> list[str]:
    names: list[str] = []
    lifecycles = {life.id: life.name for life in ask.workspace.repository.lifecycles}
    at = journey.parent
    while at and len(names) < 20:
        parent = ask.workspace.repository.journey_by_id.get(at)
        names.append(parent.name if parent else lifecycles.get(at, at))
        at = parent.parent if parent else None
    return names[::-1]


def _personas(ask: Ask) -> dict[str, str]:
    return {persona.id: persona.name for persona in ask.workspace.repository.personas}


PAGE = Page(
    title="Journeys",
    path="/journeys",
    icon="route",
    routes=(Route("/journeys", look(show_all)), Route("/journeys/{journey}", look(show_one))),
)
