"""Coverage both ways, from what the store holds."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from journeysync.app.links import LinkTally
from journeysync.core.cover import CountedTicket, cover
from journeysync.core.vocabulary import in_our_words
from journeysync.model.coverage import ConnectionAge, Coverage
from journeysync.model.link import TicketLinks

if TYPE_CHECKING:
    from journeysync.app.workspace import Workspace


def coverage(workspace: "Workspace", tally: LinkTally | None = None) -> Coverage:
    """Return the figures of formats.md 9 over all connections, streamed from the store; count links on the way."""
    settings = workspace.settings.coverage
    return cover(
        _counted(workspace, tally),
        workspace.repository,
        settings,
        scores=workspace.scores,
        ages=tuple(_age(workspace, config.name) for config in workspace.settings.connections),
        now=workspace.now(),
        period_start=workspace.first_instant(settings.counts.done_within_days),
    )


def _age(workspace: "Workspace", connection: str) -> ConnectionAge:
    read_at = workspace.read_at(connection)
    hours = (workspace.now() - read_at).total_seconds() / 3600 if read_at else None
    return ConnectionAge(connection=connection, read_at=read_at, hours=round(hours, 2) if hours is not None else None)


def _counted(workspace: "Workspace", tally: LinkTally | None) -> Iterator[CountedTicket]:
    store = workspace.store
    vocabulary = workspace.settings.vocabulary
    for batch in store.iter_tickets():
        refs = [ticket.ref for ticket in batch]
        links = store.links(refs)
        if tally is not None:
            tally.add(batch, links)
        with_children = store.with_linked_children([ticket.ref for ticket in batch if ticket.level >= 1])
        for ticket in batch:
            ours = in_our_words(ticket, vocabulary)
            of_ticket = links.get(ticket.ref, TicketLinks(ticket=ticket.ref))
            yield CountedTicket.model_construct(
                ref=ticket.ref,
                state=ours.state,
                done_at=ours.done_at or (ours.updated_at if ours.state == "done" else None),
                is_container=ticket.level >= 1,
                has_linked_children=ticket.ref in with_children,
                links=of_ticket,
            )
