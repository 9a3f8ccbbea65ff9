"""The backlog as people work through it: a page of tickets with what each serves, by view, filter, words or figure."""

from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from journeysync.app.covering import ref_of
from journeysync.core.score import ticket_score
from journeysync.core.vocabulary import in_our_words
from journeysync.model.base import Model
from journeysync.model.coverage import EVERYTHING, Selection
from journeysync.model.link import Origin, TicketLinks
from journeysync.model.scoring import TicketScore
from journeysync.model.ticket import Ticket, TicketRef

if TYPE_CHECKING:
    from journeysync.app.workspace import Workspace

STALE_DAYS = 90
CONFLICTS = ("drift", "refused", "label-gone", "failed", "unknown-origin")
"""Kinds of inbox rows that say that people and journeysync want different things in a ticket."""


class BacklogRow(Model):
    """One ticket with what it serves."""

    ticket: Ticket  # in our words
    links: TicketLinks
    score: TicketScore
    journeys: tuple[tuple[str, str], ...] = ()  # (target id, short name) of steps and journeys
    origin: Origin | None = None  # the strongest one's


class BacklogPage(Model):
    """Some tickets of many."""

    count: int
    rows: tuple[BacklogRow, ...]


def backlog(
    workspace: "Workspace",
    selection: Selection = EVERYTHING,
    *,
    saved: str = "",
    names: Sequence[str] | None = None,
    text: str = "",
    connections: Sequence[str] | None = None,
    offset: int = 0,
    limit: int = 50,
) -> BacklogPage:
    """Return one page of tickets; match first (``Workspace.links``).

    Args:
        workspace: Whose tickets.
        selection: Team, tool, kind, state.
        saved: "conflicts": those that people and we disagree about; "stale": open and not changed for 90 days.
        names: Only these ("connection/id"): what a figure counts.
        text: Words of key or title.
        connections: Only of these, where somebody may not read all.
        offset, limit: Which page.
    """
    only = None if names is None else [ref_of(name) for name in names]
    before = None
    if saved == "conflicts":
        rows = workspace.store.inbox()
        only = [TicketRef(connection=r.connection, id=r.ticket_id) for r in rows if r.kind in CONFLICTS and r.ticket_id]
    elif saved == "stale":
        before = workspace.now() - timedelta(days=STALE_DAYS)
        selection = selection.model_copy(update={"state": selection.state or "open"})
    if connections is not None:
        allowed = [name for name in connections if not selection.connections or name in selection.connections]
        selection = selection.model_copy(update={"connections": tuple(allowed) or ("",)})
    count, refs = workspace.store.find_tickets(
        selection, only=only, text=text, updated_before=before, offset=offset, limit=limit
    )
    return BacklogPage(count=count, rows=rows_of(workspace, refs))


def rows_of(workspace: "Workspace", refs: Sequence[TicketRef]) -> tuple[BacklogRow, ...]:
    """Return tickets with what they serve, in the order given."""
    tickets, links = workspace.store.tickets(refs), workspace.store.links(refs)
    return tuple(
        _row(workspace, tickets[ref], links.get(ref, TicketLinks(ticket=ref))) for ref in refs if ref in tickets
    )


def _row(workspace: "Workspace", ticket: Ticket, links: TicketLinks) -> BacklogRow:
    repository = workspace.repository
    named = []
    for link in links.links:
        if link.target.kind == "step" and (step := repository.step_by_id.get(link.target.id)):
            named.append((step.id, f"{repository.journey_by_id[step.journey].name} › {step.name}"))
        elif link.target.kind == "journey" and (journey := repository.journey_by_id.get(link.target.id)):
            named.append((journey.id, journey.name))
    return BacklogRow(
        ticket=in_our_words(ticket, workspace.settings.vocabulary),
        links=links,
        score=ticket_score(links.links, workspace.scores, repository, workspace.settings.scoring),
        journeys=tuple(named),
        origin=min((link.origin for link in links.links), key=lambda origin: origin.rank, default=None),
    )
