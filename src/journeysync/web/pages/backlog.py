"""The backlog: which tickets serve which step, those that serve none first, and linking many at once."""

import math
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from journeysync.app.backlog import BacklogPage, BacklogRow, backlog, rows_of
from journeysync.app.covering import ref_of
from journeysync.core.figures import figures
from journeysync.model.coverage import Coverage, Selection
from journeysync.web.access import Refused, Role
from journeysync.web.desk import Ask, look
from journeysync.web.frame import address, render
from journeysync.web.page import Page
from journeysync.web.said import said
from journeysync.web.selecting import filters_of, query_of, selection_of, words_of

ROWS = 50
VIEWS = (
    ("", "", "All"),
    ("show", "without-step", "Without a step"),
    ("saved", "conflicts", "Conflicts"),
    ("saved", "stale", "Stale"),
    ("show", "enabling", "Enabling"),
    ("show", "without-reason", "Without reason"),
    ("show", "opinion-led", "Opinion-led"),
)
"""(parameter, value, words): the saved views."""


def show(ask: Ask) -> Response:
    """Show one page of the tickets that the address asks for."""
    selection = selection_of(ask)
    title, how = wanted(ask, selection)
    found = _found(ask, selection, how)
    text = ask.query("text")
    asked = {name: ask.query(name) for name in ("show", "saved", "step", "opportunity", "target", "text")}
    query = {name: value for name, value in asked.items() if value} | query_of(selection)
    return render(
        ask,
        PAGE,
        "backlog.html",
        heading=title,
        count=found.count,
        rows=[_shown(ask, row) for row in found.rows],
        page_number=_page(ask),
        pages=max(1, math.ceil(found.count / ROWS)),
        views=[(word, address("/backlog", {name: value} if name else {}), bool(name and ask.query(name) == value))
               for name, value, word in VIEWS],
        is_all=not any(asked[name] for name in ("show", "saved", "step", "opportunity", "target")),
        query=query,
        text=text,
        hidden={name: value for name, value in query.items() if name in asked and name != "text"},
        filters=filters_of(ask, "team", "tool", "kind", "state"),
        narrowed=words_of(ask, selection),
        targets=targets(ask),
        said=said(ask),
        why_not=ask.visitor.why_not(Role.REVIEWER),
        link_to=lambda **more: address("/backlog", query | more),
        teams={team.id: team.name for team in ask.workspace.settings.vocabulary.teams},
    )  # fmt: skip


def _found(ask: Ask, selection: Selection, how: dict[str, Any]) -> BacklogPage:
    """Return the page of the list: from the order that is kept, where nothing is searched for."""
    start = (_page(ask) - 1) * ROWS
    listed = None if how["saved"] or how["text"] else ask.desk.kept.listed(ask.workspace, selection)
    if listed is None:
        return backlog(ask.workspace, selection, **how, offset=start, limit=ROWS)
    if (names := how["names"]) is not None:
        only = frozenset(names)
        listed = tuple(name for name in listed if name in only)
    rows = rows_of(ask.workspace, [ref_of(name) for name in listed[start : start + ROWS]])
    return BacklogPage(count=len(listed), rows=rows)


def wanted(ask: Ask, selection: Selection) -> tuple[str, dict[str, Any]]:
    """Return what the address asks for, in words and as ``app.backlog.backlog`` takes it.

    Raises:
        Refused: There is no such view, figure, step, opportunity or journey.
    """
    title, names = _asked(ask, ask.figures_of(selection))
    saved, text = ask.query("saved"), ask.query("text")
    if saved not in ("", "conflicts", "stale"):
        raise Refused(f"there is no view '{saved}'", next_step="choose one above the list", status=404)
    return title, {"saved": saved, "names": names, "text": text, "connections": _visible(ask) if text else None}


def _asked(ask: Ask, coverage: Coverage) -> tuple[str, tuple[str, ...] | None]:
    """Return what the list is of, in words, and the names of its tickets; None for all.

    Raises:
        Refused: There is no such figure, step, opportunity or journey.
    """
    repository = ask.workspace.repository
    if name := ask.query("show"):
        figure = figures(coverage, repository).get(name)
        if figure is None or figure.of != "tickets":
            raise Refused(f"there is no figure '{name}' of tickets", next_step="choose one on Coverage", status=404)
        return f"{figure.title}: {figure.says}", figure.ids
    if name := ask.query("step"):
        step = next((row for row in coverage.steps if row.id == name), None)
        return _or_refused(name, (f"On the step {step.path.replace(' > ', ' › ')}", step.tickets) if step else None)
    if name := ask.query("opportunity"):
        row = next((row for row in coverage.opportunities if row.id == name), None)
        return _or_refused(name, (f"For {row.id} {row.name}", row.tickets) if row else None)
    if name := ask.query("target"):
        journey = next((row for row in coverage.journeys if row.id == name), None)
        title = f"On no step of {repository.journey_by_id[name].name}" if journey else ""
        return _or_refused(name, (title, journey.tickets) if journey else None)
    return "Which tickets serve which step; those that serve none come first", None


def _or_refused(name: str, found: tuple[str, tuple[str, ...]] | None) -> tuple[str, tuple[str, ...]]:
    if found is None:
        raise Refused(f"nothing is called '{name}'", next_step="open the list from Coverage", status=404)
    return found


def _visible(ask: Ask) -> list[str]:
    """Return the connections whose words this visitor may search."""
    return [config.name for config in ask.workspace.settings.connections if ask.sees(config.name)]


def _page(ask: Ask) -> int:
    text = ask.query("page")
    return max(1, int(text)) if text.isascii() and text.isdecimal() and len(text) < 7 else 1


def _shown(ask: Ask, row: BacklogRow) -> BacklogRow:
    return row.model_copy(update={"ticket": ask.shown(row.ticket)})


def targets(ask: Ask) -> list[tuple[str, str]]:
    """Return what tickets can be linked to: (id, words), for the field's suggestions."""
    repository = ask.workspace.repository
    names: list[tuple[str, Any]] = [
        (step.id, f"{repository.journey_by_id[step.journey].name} › {step.name}") for step in repository.steps
    ]
    names += [(o.id, o.name) for o in repository.opportunities if o.counts]
    return names + [(j.id, j.name) for j in repository.journeys if j.level == "micro"]


PAGE = Page(title="Backlog", path="/backlog", icon="list-todo", routes=(Route("/backlog", look(show)),))
