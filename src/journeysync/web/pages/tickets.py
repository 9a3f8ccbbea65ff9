"""A ticket's own page: where the link in the ticket leads. What its owner sees there, why, and how to object."""

from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from journeysync.app.explaining import Explained
from journeysync.app.ticket_history import ticket_history
from journeysync.core.context_link import link_summary, link_title, primary_link
from journeysync.core.explain import explain_opportunity, explain_score
from journeysync.core.labels import ignore_label
from journeysync.core.slot_words import slot_value
from journeysync.core.table import is_address
from journeysync.core.written import written_score
from journeysync.model.change import PROPERTY, slot_kind, slot_name
from journeysync.model.journey import Journey
from journeysync.model.ticket import TicketRef
from journeysync.web.access import Refused, Role
from journeysync.web.desk import Ask, look
from journeysync.web.frame import render
from journeysync.web.pages.backlog import PAGE, targets
from journeysync.web.said import said


def show(ask: Ask) -> Response:
    """Show one ticket."""
    workspace = ask.workspace
    ref = TicketRef(connection=ask.request.path_params["connection"], id=ask.request.path_params["ticket"])
    if workspace.store.ticket(ref) is None:
        raise Refused(
            f"no ticket {ref} was ever read",
            next_step="look for its key in the backlog; the link may be of another workspace",
            status=404,
        )
    explained = workspace.explain(str(ref))
    score = explain_score(
        explained.score,
        scoring=workspace.settings.scoring,
        namespace=workspace.namespace,
        ledger=explained.held,
        receipt=explained.ticket.own_receipt,
        now=workspace.now(),
        zone=workspace.zone,
    )
    sees = ask.sees(ref.connection)
    repository = workspace.repository
    by_id = repository.opportunity_by_id
    return render(
        ask,
        PAGE,
        "ticket.html",
        here_path=ask.request.url.path,
        ticket=ask.shown(explained.ticket),
        url=explained.ticket.url if is_address(explained.ticket.url) and sees else "",
        whereabouts=workspace.store.status_of([ref]).get(ref, "here"),
        links=explained.links,
        names={target: name.replace(" > ", " › ") for target, name in explained.path},
        score=score,
        why_scores=[explain_opportunity(by_id[s.opportunity], s) for s in explained.opportunities],
        link=_link(ask, explained),
        held=[
            {"place": _place(row.slot), "words": slot_value(row.sent, row.slot), "row": row}
            for row in explained.held
            if row.slot != PROPERTY
        ] if sees else [],
        drift=dict(explained.drift) if sees else {},
        history=ticket_history(workspace, ref) if sees else (),
        journeys=_journeys(ask, explained),
        ignore_label=ignore_label(workspace.namespace),
        teams={team.id: team.name for team in workspace.settings.vocabulary.teams},
        targets=targets(ask),
        said=said(ask),
        why_not=ask.visitor.why_not(Role.REVIEWER),
    )  # fmt: skip


def _link(ask: Ask, explained: Explained) -> tuple[str, str] | None:
    """Return title and summary of the link that the ticket would show today; None without a link."""
    links = explained.links.links
    if not links:
        return None
    workspace = ask.workspace
    receipt = explained.ticket.own_receipt
    shown = written_score(explained.held, receipt, workspace.namespace, workspace.settings.scoring)
    first = primary_link(links)
    title = link_title(first, links, shown, workspace.repository)
    return title, link_summary(first, links, workspace.repository, workspace.namespace)


def _journeys(ask: Ask, explained: Explained) -> list[Journey]:
    """Return the journeys that it serves: whom to ask."""
    repository = ask.workspace.repository
    found: dict[str, Journey] = {}
    for link in explained.links.links:
        step = repository.step_by_id.get(link.target.id) if link.target.kind == "step" else None
        journey = repository.journey_by_id.get(step.journey if step else link.target.id)
        if journey is not None:
            found[journey.id] = journey
    return list(found.values())


def _place(slot: Any) -> str:
    kind = slot_kind(slot)
    return f"{kind} {slot_name(slot)}" if kind == "field" else kind


ROUTES = (Route("/tickets/{connection}/{ticket:path}", look(show)),)
