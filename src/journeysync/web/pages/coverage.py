"""Coverage: which steps of the journeys the backlog works on, and the panel beside it."""

from collections.abc import Mapping
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from journeysync.app.explaining import full_name
from journeysync.app.ranking import RankedOpportunity, ranked
from journeysync.core.journey_map import journey_map
from journeysync.model.coverage import Coverage, StepCoverage
from journeysync.model.ticket import Ticket, TicketRef
from journeysync.web.access import Refused
from journeysync.web.desk import Ask, look
from journeysync.web.frame import render
from journeysync.web.page import Page

PANEL_OPPORTUNITIES = 12
PANEL_TICKETS = 12


def show(ask: Ask) -> Response:
    """Show the map, and in the panel a step or the opportunities by score."""
    coverage = ask.coverage
    journey, step = ask.query("journey"), ask.query("step")
    panel = _step(ask, coverage, journey, step) if step else _opportunities(ask, coverage)
    return render(
        ask,
        PAGE,
        "coverage.html",
        panel="coverage_step.html" if step else "coverage_opportunities.html",
        coverage=coverage,
        totals=coverage.totals,
        lifecycles=() if ask.wants_panel else journey_map(ask.workspace.repository, coverage),
        chosen=f"{journey}.{step}" if step else "",
        **panel,
    )


def _step(ask: Ask, coverage: Coverage, journey: str, step: str) -> dict[str, Any]:
    repository = ask.workspace.repository
    found = repository.step_by_id.get(f"{journey}.{step}")
    if found is None:
        raise Refused(f"there is no step {journey}.{step}", next_step="choose a step on the map", status=404)
    figures = next(row for row in coverage.steps if row.id == found.id)
    here = [row for row in ranked(ask.workspace, coverage) if any(_covers(ask, row, found.id))]
    return {
        "step": found,
        "figures": figures,
        "crumb": full_name(ask.workspace, found.journey).replace(" > ", " › "),
        "here": here,
        "tickets": tickets_of(ask, figures),
        "more": max(0, len(figures.tickets) - PANEL_TICKETS),
    }


def _covers(ask: Ask, row: RankedOpportunity, step: str) -> list[bool]:
    return [any(each.id == step for each in ask.workspace.repository.steps_below(t)) for t in row.opportunity.for_]


def tickets_of(ask: Ask, figures: StepCoverage) -> list[Ticket]:
    """Return the first tickets of a step, as its panel lists them."""
    refs = [TicketRef(connection=c, id=i) for c, _, i in (t.partition("/") for t in figures.tickets[:PANEL_TICKETS])]
    found: Mapping[TicketRef, Ticket] = ask.workspace.store.tickets(refs)
    return [ask.shown(found[ref]) for ref in refs if ref in found]


def _opportunities(ask: Ask, coverage: Coverage) -> dict[str, Any]:
    rows = [row for row in ranked(ask.workspace, coverage) if row.rank is not None]
    return {"rows": rows[:PANEL_OPPORTUNITIES], "count": len(rows)}


PAGE = Page(title="Coverage", path="/coverage", icon="grid-3x3", routes=(Route("/coverage", look(show)),))
