"""Why a ticket shows what it shows: links with causes, score from its inputs, what we hold there."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from journeysync.core.held import is_shown, same_value, standing
from journeysync.core.score import ticket_score
from journeysync.core.vocabulary import in_our_words
from journeysync.errors import ConfigError
from journeysync.model.base import Model, Pairs, Value
from journeysync.model.change import LedgerRow, Slot, slot_kind, slot_name
from journeysync.model.decision import Decision
from journeysync.model.link import TicketLinks
from journeysync.model.scoring import OpportunityScore, TicketScore
from journeysync.model.ticket import Ticket

if TYPE_CHECKING:
    from journeysync.app.workspace import Workspace


class Explained(Model):
    """All that there is to say about one ticket."""

    ticket: Ticket
    links: TicketLinks
    score: TicketScore  # today's
    opportunities: tuple[OpportunityScore, ...]  # those it could rest on, best first
    held: tuple[LedgerRow, ...]  # what we wrote, with the inputs of then
    path: tuple[tuple[str, str], ...] = ()  # (target id, its name in full)
    drift: Pairs = ()  # (slot of ours that a person changed, what the ticket shows there now; None = nothing)
    decisions: tuple[Decision, ...] = ()  # what people decided about it, oldest first, also what has ended

    def as_json(self) -> dict[str, Any]:
        """Return the same as one JSON object."""
        return self.model_dump(mode="json")


def explain(workspace: "Workspace", text: str) -> Explained:
    """Explain a ticket, named by its key, any key it ever had, its id, or "connection/id".

    Raises:
        ConfigError: No ticket, or more than one, answers to that.
    """
    ticket = in_our_words(find_ticket(workspace, text), workspace.settings.vocabulary)
    links = workspace.store.links([ticket.ref]).get(ticket.ref, TicketLinks(ticket=ticket.ref))
    score = ticket_score(links.links, workspace.scores, workspace.repository, workspace.settings.scoring)
    held = workspace.store.ledger([ticket.ref]).get(ticket.ref, ())
    rests_on = [workspace.scores[link.target.id] for link in links.links if link.target.id in workspace.scores]
    return Explained(
        ticket=ticket,
        links=links,
        score=score,
        opportunities=tuple(sorted(rests_on, key=lambda s: (-(s.score or -1), s.opportunity))),
        held=held,
        decisions=workspace.store.decisions([ticket.ref]),
        path=tuple((link.target.id, full_name(workspace, link.target.id)) for link in links.links),
        drift=tuple(_drift(ticket, held)),
    )


def _drift(ticket: Ticket, held: tuple[LedgerRow, ...]) -> Iterator[tuple[Slot, Value]]:
    """Yield fields and labels of ours that show something else than we left there; a link is not read with a ticket."""
    labels = {label.casefold() for label in ticket.labels}
    for row in held:
        kind, name = slot_kind(row.slot), slot_name(row.slot)
        if row.state == "released":
            continue
        is_value = kind in ("field", "priority") and is_shown(ticket, row.slot)
        if is_value and not same_value(standing(ticket, row.slot), row.seen):
            yield row.slot, standing(ticket, row.slot)
        elif kind == "label" and name.casefold() not in labels:
            yield row.slot, None
        elif (shown := ticket.text(row.slot)) is not None and shown.state != "ours":
            yield row.slot, shown.words or None


def find_ticket(workspace: "Workspace", text: str) -> Ticket:
    """Return the one ticket that a person means.

    Raises:
        ConfigError: None, or more than one, answers to that.
    """
    found = workspace.store.find(text)
    if len(found) == 1:
        return found[0]
    if not found:
        raise ConfigError(
            f"no ticket is called '{text}'",
            where=f"the store {workspace.settings.store_url}",
            next_step="check the key, or read the trackers first: journeysync pull",
        )
    raise ConfigError(
        f"'{text}' names {len(found)} tickets",
        where=", ".join(str(ticket.ref) for ticket in found),
        next_step="name one of these",
    )


def full_name(workspace: "Workspace", target_id: str) -> str:
    """Return "Pay > Understand and pay a bill > See why it changed", or "OPP-3 Say why the bill went up"."""
    repository = workspace.repository
    if target_id in repository.opportunity_by_id:
        return f"{target_id} {repository.opportunity_by_id[target_id].name}"
    names: list[str] = []
    step = repository.step_by_id.get(target_id)
    journey = repository.journey_by_id.get(step.journey if step else target_id)
    if step:
        names.append(step.name)
    while journey is not None:
        names.append(journey.name)
        journey = repository.journey_by_id.get(journey.parent) if journey.parent else None
    return " > ".join(reversed(names)) or target_id
