"""Coverage: which steps of the journeys the backlog works on, and the panel beside it."""

from collections import Counter
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from journeysync.app.covering import ref_of
from journeysync.app.explaining import full_name
from journeysync.app.ranking import RankedOpportunity, ranked
from journeysync.core.closest import closest
from journeysync.core.figures import Figure, figures
from journeysync.core.journey_map import COLOURS, journey_map
from journeysync.core.ticket_text import ticket_text
from journeysync.core.trend import Trend, trend
from journeysync.model.coverage import Coverage, StepCoverage, StepState
from journeysync.model.journey import Step
from journeysync.model.ticket import Ticket, TicketRef
from journeysync.web.access import Refused, Role
from journeysync.web.desk import Ask, look
from journeysync.web.frame import address, render
from journeysync.web.page import Page
from journeysync.web.said import said
from journeysync.web.selecting import filters_of, query_of, selection_of, words_of

PANEL_OPPORTUNITIES = 12
PANEL_TICKETS = 12
_PATHS = {"steps": "/coverage", "opportunities": "/opportunities", "tickets": "/backlog"}


def show(ask: Ask) -> Response:
    """Show the map, and in the panel a step, a journey's unplaced tickets, a figure, or the opportunities by score."""
    selection = selection_of(ask)
    coverage = ask.figures_of(selection)
    repository = ask.workspace.repository
    named = figures(coverage, repository)
    journey, step, shown = ask.query("journey"), ask.query("step"), ask.query("show")
    if shown and (shown not in named or named[shown].of != "steps"):
        raise Refused(f"there is no figure '{shown}' of steps", next_step="choose one on the page", status=404)
    colour = ask.query("colour") if ask.query("colour") in COLOURS else ""
    query = query_of(selection) | ({"colour": colour} if colour else {})
    if step:
        template, panel = "coverage_step.html", _step(ask, coverage, journey, step)
    elif shown:
        template, panel = "coverage_list.html", _list(ask, coverage, named[shown])
    else:
        template, panel = "coverage_opportunities.html", _opportunities(ask, coverage, ask.query("only"))
    return render(
        ask,
        PAGE,
        "coverage.html",
        panel=template,
        panel_template=template,
        coverage=coverage,
        totals=coverage.totals,
        figures=named,
        figure_address=lambda figure, **more: figure_address(figure, query | more),
        link_to=lambda **more: address("/coverage", query | ({"show": shown} if shown else {}) | more),
        query=query,
        narrowed=words_of(ask, selection),
        filters=filters_of(ask),
        colour=colour,
        colours=COLOURS,
        shown=shown,
        lit=frozenset(named[shown].ids) if shown else None,
        lifecycles=() if ask.wants_panel else journey_map(repository, coverage),
        chosen=f"{journey}.{step}" if step else "",
        trend=_trend(ask),
        said=said(ask),
        here_address=address("/coverage", query | {"journey": journey, "step": step}) if step else "",
        thin_below=ask.workspace.settings.coverage.thin_below,
        why_not=ask.visitor.why_not(Role.REVIEWER),
        **panel,
    )


def figure_address(figure: Figure, query: dict[str, str]) -> str:
    """Return where a figure opens exactly what it counts."""
    return address(_PATHS[figure.of], {"show": figure.name, **query})


def _trend(ask: Ask) -> Trend:
    rows = [(row.at, dict(row.totals)) for row in ask.workspace.store.snapshots(limit=200)]
    return trend(rows, now=ask.workspace.now())


def _step(ask: Ask, coverage: Coverage, journey: str, step: str) -> dict[str, Any]:
    workspace, repository = ask.workspace, ask.workspace.repository
    found = repository.step_by_id.get(f"{journey}.{step}")
    row = next((row for row in coverage.steps if found and row.id == found.id), None)
    if found is None or row is None:
        raise Refused(f"there is no step {journey}.{step}", next_step="choose a step on the map", status=404)
    here = [each for each in ranked(workspace, coverage) if _covers(ask, each, found.id)]
    counting = [(each.opportunity, each.score) for each in here if each.opportunity.counts]
    return {
        "step": found,
        "row": row,
        "crumb": full_name(workspace, found.journey).replace(" > ", " › "),
        "serving": here,
        "tickets": tickets_of(ask, row.tickets[:PANEL_TICKETS]),
        "close": _close(ask, found, here) if row.state in (StepState.GAP, StepState.THIN) else [],
        "text": ticket_text(found, row, counting, repository),
    }


def _covers(ask: Ask, row: RankedOpportunity, step: str) -> bool:
    below = ask.workspace.repository.steps_below
    return any(each.id == step for target in row.opportunity.for_ for each in below(target))


def _close(ask: Ask, step: Step, here: list[RankedOpportunity]) -> list[tuple[Ticket, tuple[str, ...]]]:
    """Return the closest tickets without a step that nobody said no to, each with its causes."""
    texts = [step.name, step.today or "", step.to_be or "", *(insight.says for insight in step.insights)]
    for row in here:
        texts += [row.opportunity.name, *(insight.says for insight in row.because)]
    seen = [config.name for config in ask.workspace.settings.connections if ask.sees(config.name)]
    found = closest(ask.candidates, texts, _epics(ask, step.journey), limit=8, connections=seen)
    refs = [ref_of(each.name) for each in found]
    tickets, links = ask.workspace.store.tickets(refs), ask.workspace.store.links(refs)
    refused: set[TicketRef | None] = {
        ref for ref, of in links.items() if any(target.id == step.id for target in of.refused)
    }
    refused |= {d.ticket for d in ask.workspace.store.decisions(refs) if d.kind == "unlink" and d.target == step.id}
    kept = [(tickets[ref], each.causes) for ref, each in zip(refs, found, strict=True) if ref not in refused]
    return kept[:3]


def _epics(ask: Ask, journey: str) -> Counter[str]:
    row = next((row for row in ask.coverage.journeys if row.id == journey), None)
    refs = [ref_of(name) for name in row.row_tickets[:200]] if row else []
    found = ask.workspace.store.tickets(refs)
    return Counter(f"{ref.connection}/{ticket.parent}" for ref, ticket in found.items() if ticket.parent)


def tickets_of(ask: Ask, names: tuple[str, ...]) -> list[Ticket]:
    """Return tickets by their names in a figure, as this visitor may read them."""
    refs = [ref_of(name) for name in names]
    found = ask.workspace.store.tickets(refs)
    return [ask.shown(found[ref]) for ref in refs if ref in found]


def _list(ask: Ask, coverage: Coverage, figure: Figure) -> dict[str, Any]:
    by_id = {row.id: row for row in coverage.steps}
    rows: list[StepCoverage] = sorted((by_id[i] for i in figure.ids), key=lambda row: -(row.top_score or 0))
    return {"figure": figure, "rows": rows, "step_by_id": ask.workspace.repository.step_by_id}


def _opportunities(ask: Ask, coverage: Coverage, only: str) -> dict[str, Any]:
    every = [row for row in ranked(ask.workspace, coverage) if row.rank is not None]
    counts = {"": len(every)} | {state: sum(row.figures.state == state for row in every) for state in ("gap", "thin")}
    rows = [row for row in every if not only or row.figures.state == only]
    return {"rows": rows[:PANEL_OPPORTUNITIES], "counts": counts, "only": only if only in counts else ""}


PAGE = Page(title="Coverage", path="/coverage", icon="grid-3x3", routes=(Route("/coverage", look(show)),))
