"""Opportunities: what to do first, and why that number; weights can be tried out, and nothing of that is saved."""

from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from journeysync.app.covering import ref_of
from journeysync.app.ranking import RankedOpportunity, ranked
from journeysync.core.figures import figures
from journeysync.core.score import formula_of, opportunity_scores
from journeysync.model.scoring import Scoring
from journeysync.web.access import Refused
from journeysync.web.desk import Ask, look
from journeysync.web.frame import address, render
from journeysync.web.page import Page
from journeysync.web.selecting import filters_of, query_of, selection_of, words_of

SORTS = {
    "rank": "Rank",
    "name": "Opportunity",
    "score": "Score",
    "customer": "Customer",
    "business": "Business",
    "open": "Open",
    "done": "Done",
}
_TICKETS = 12


def show(ask: Ask) -> Response:
    """Show the list, and in the panel how one score comes about."""
    selection = selection_of(ask)
    coverage = ask.figures_of(selection)
    named = {name: f for name, f in figures(coverage, ask.workspace.repository).items() if f.of == "opportunities"}
    shown = ask.query("show")
    if shown and shown not in named:
        raise Refused(f"there is no figure '{shown}' of opportunities", next_step="choose one on the page", status=404)
    tried = _tried(ask)
    scoring = _scoring_with(ask, tried) if tried else None
    scores = opportunity_scores(ask.workspace.repository, scoring, ask.workspace.today()) if scoring else None
    rows = ranked(ask.workspace, coverage, scores, scoring)
    before = {row.opportunity.id: row for row in ranked(ask.workspace, coverage)} if scores else {}
    kept = [row for row in rows if row.figures.id in named[shown].ids] if shown else list(rows)
    sort = ask.query("sort") if ask.query("sort") in SORTS else "rank"
    query = query_of(selection) | ({"show": shown} if shown else {})
    query |= {name: str(value) for name, value in (tried or {}).items()}
    chosen = _chosen(ask, rows)
    return render(
        ask,
        PAGE,
        "opportunities.html",
        panel="opportunity.html" if chosen else "",
        rows=sorted(kept, key=lambda row: _order(row, sort)),
        before=before,
        sort=sort,
        sorts=SORTS,
        figures=named,
        shown=shown,
        query=query,
        link_to=lambda **more: address("/opportunities", query | ({"sort": sort} if sort != "rank" else {}) | more),
        filters=filters_of(ask, "team", "tool", "persona", "days"),
        narrowed=words_of(ask, selection),
        tried=tried,
        weights=dict(ask.workspace.settings.scoring.weights),
        rule=_rule(ask.workspace.settings.scoring),
        chosen=chosen,
        **(_detail(ask, chosen, before) if chosen else {}),
    )


def _chosen(ask: Ask, rows: tuple[RankedOpportunity, ...]) -> RankedOpportunity | None:
    asked = ask.query("opportunity")
    if not asked:
        return None
    known = ask.workspace.repository.opportunity_by_id.get(asked)
    row = next((row for row in rows if known and row.opportunity.id == known.id), None)
    if row is None:
        raise Refused(f"there is no opportunity '{asked}'", next_step="choose one from the list", status=404)
    return row


def _detail(ask: Ask, row: RankedOpportunity, before: dict[str, RankedOpportunity]) -> dict[str, Any]:
    store = ask.workspace.store
    refs = [ref_of(name) for name in row.figures.tickets[:_TICKETS]]
    found = store.tickets(refs)
    metric = ask.workspace.repository.metric_by_id.get(row.opportunity.metric or "")
    return {
        "row": row,
        "was": before.get(row.opportunity.id),
        "tickets": [ask.shown(found[ref]) for ref in refs if ref in found],
        "metric": metric,
        "bands": dict(ask.workspace.settings.scoring.bands),
    }


def _tried(ask: Ask) -> dict[str, float] | None:
    """Return the weights that the address asks to try, in percent; None if it asks for none."""
    given = {name: ask.query(name) for name in ("customer", "business")}
    if not any(given.values()):
        return None
    try:
        weights = {name: float(text or 0) for name, text in given.items()}
    except ValueError:
        weights = {}
    if len(weights) < 2 or not all(0 <= weight <= 100 for weight in weights.values()) or not sum(weights.values()):
        raise Refused("a weight is a number from 0 to 100, and one of them is above 0", status=400)
    return weights


def _scoring_with(ask: Ask, tried: dict[str, float]) -> Scoring:
    whole = sum(tried.values())
    weights = (("business_value", tried["business"] / whole), ("customer_value", tried["customer"] / whole))
    return ask.workspace.settings.scoring.model_copy(update={"formula": "weighted", "weights": weights})


def _rule(scoring: Scoring) -> str:
    return formula_of(scoring).text


def _order(row: RankedOpportunity, sort: str) -> tuple[Any, ...]:
    rank = (row.rank is None, row.rank or 0)
    inputs = dict(row.score.inputs)
    values: dict[str, float | None] = {
        "score": row.score.score,
        "customer": inputs.get("customer_value"),
        "business": inputs.get("business_value"),
        "open": row.figures.open,
        "done": row.figures.done,
    }
    if sort == "name":
        return (row.opportunity.name.casefold(), *rank)
    if sort in values:
        value = values[sort]
        return (value is None, -(value or 0), *rank)
    return rank


PAGE = Page(
    title="Opportunities", path="/opportunities", icon="lightbulb", routes=(Route("/opportunities", look(show)),)
)
