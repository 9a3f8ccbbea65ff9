"""Coverage both ways, from what the store holds."""

import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

from journeysync.app.links import LinkTally, relink
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
        ages=ages(workspace),
        now=workspace.now(),
        period_start=workspace.first_instant(settings.counts.done_within_days),
    )


def ages(workspace: "Workspace") -> tuple[ConnectionAge, ...]:
    """Return how old the data of every connection is, by name."""
    reads, now = workspace.store.reads(), workspace.now()
    found = []
    for name in sorted(config.name for config in workspace.settings.connections):
        last = reads.get(name)
        hours = round((now - last.read_at).total_seconds() / 3600, 2) if last else None
        found.append(ConnectionAge(connection=name, read_at=last.read_at if last else None, hours=hours))
    return tuple(found)


class KeptCoverage:
    """Coverage worked out once per change and kept: of the store, of the files, of the day, or of what is too old."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._key: object = None
        self._kept: Coverage | None = None

    def of(self, workspace: "Workspace") -> Coverage:
        """Return the figures as of now, with all links up to date."""
        with self._lock:
            fresh = ages(workspace)
            limit = workspace.settings.coverage.data_older_than_hours
            too_old = tuple(age.hours is None or age.hours > limit for age in fresh)
            key = (id(workspace), workspace.store.content_version(), workspace.today(), too_old)
            if self._kept is None or key != self._key:
                relink(workspace)
                self._kept, self._key = coverage(workspace), key
            return self._kept.model_copy(update={"connections": fresh})


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
