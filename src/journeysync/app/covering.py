"""Coverage both ways, from what the store holds."""

import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from journeysync.app.batches import batches
from journeysync.app.links import relink
from journeysync.core.closest import Candidate, Pool, words_of
from journeysync.core.count import CountedTicket
from journeysync.core.cover import cover
from journeysync.core.vocabulary import in_our_words
from journeysync.model.coverage import EVERYTHING, ConnectionAge, Coverage, Selection
from journeysync.model.ticket import State, TicketRef
from journeysync.store import FactRow

if TYPE_CHECKING:
    from journeysync.app.workspace import Workspace

_HELD = 250_000
"""Tickets up to which all stay in memory between two questions, about 300 bytes each; more are read anew."""
_MOST_CANDIDATES = 5_000
_LISTS = 8
_KEPT = 24
"""Selections whose figures are kept."""


def coverage(workspace: "Workspace", selection: Selection = EVERYTHING) -> Coverage:
    """Return the figures of formats.md 9; match first (``Workspace.links``), tickets never matched are matched here."""
    if workspace.store.unmatched():
        relink(workspace)
    return _cover(workspace, counted_tickets(workspace), selection)


def remember_totals(workspace: "Workspace", found: Coverage) -> None:
    """Keep the totals of the whole workspace with the newest run that has ended: the trend has one point a run."""
    newest = next((run for run in workspace.store.runs(limit=5) if run.state == "finished"), None)
    kept = workspace.store.snapshots(limit=1)
    if newest is not None and not (kept and kept[-1].run == newest.id) and found.selection == EVERYTHING:
        totals = found.totals.model_dump(mode="json")
        workspace.store.save_snapshot(newest.id, at=newest.finished_at or newest.at, totals=totals)


def counted_tickets(workspace: "Workspace") -> Iterator[CountedTicket]:
    """Yield every ticket that was matched, as coverage counts them."""
    store = workspace.store
    for batch in store.fact_rows():
        containers = [TicketRef(connection=row.connection, id=row.id) for row in batch if row.level >= 1]
        with_children = {str(ref) for ref in store.with_linked_children(containers)}
        for row in batch:
            yield _counted(row, with_children)


def _counted(row: FactRow, with_children: set[str]) -> CountedTicket:
    name = f"{row.connection}/{row.id}"
    return CountedTicket(
        name=name,
        state=State(row.state),
        ties=row.ties,
        enabling=row.enabling is not None,
        done_at=row.done_at,
        is_container=row.level >= 1,
        has_linked_children=name in with_children,
        team=row.team,
        kind=row.kind,
        estimate=row.estimate,
    )


def _cover(workspace: "Workspace", tickets: Iterable[CountedTicket], selection: Selection) -> Coverage:
    settings = workspace.settings.coverage
    return cover(
        tickets,
        workspace.repository,
        settings,
        scores=workspace.scores,
        ages=ages(workspace),
        now=workspace.now(),
        period_start=_period_start(workspace, selection),
        selection=selection,
    )


def _period_start(workspace: "Workspace", selection: Selection) -> datetime:
    return workspace.first_instant(selection.days or workspace.settings.coverage.counts.done_within_days)


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
    """Figures worked out once per change and kept: a change of the store, the files, the day, or of what is too old."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._key: object = None
        self._tickets: list[CountedTicket] | None = None
        self._kept: OrderedDict[Selection, Coverage] = OrderedDict()
        self._candidates: Pool | None = None
        self._words: dict[str, tuple[str, ...]] = {}
        self._lists: dict[Selection, tuple[str, ...]] = {}

    def of(self, workspace: "Workspace", selection: Selection = EVERYTHING) -> Coverage:
        """Return the figures of a selection as of now, with all links up to date."""
        with self._lock:
            fresh = ages(workspace)
            self._bring_up_to_date(workspace, fresh)
            if selection not in self._kept:
                self._work_out(workspace, selection)
            self._kept.move_to_end(selection)
            return self._kept[selection].model_copy(update={"connections": fresh})

    def words(self, workspace: "Workspace") -> dict[str, tuple[str, ...]]:
        """Return the teams and kinds that tickets have: what can be filtered by."""
        with self._lock:
            self._bring_up_to_date(workspace, ages(workspace))
            return self._words

    def listed(self, workspace: "Workspace", selection: Selection) -> tuple[str, ...] | None:
        """Return all tickets of a selection by name, in the order of the backlog (``Store.find_tickets``).

        None where so many are not kept in memory: the store has to be asked then.
        """
        wanted = Selection(**selection.model_dump(include={"team", "connections", "kind", "state"}))
        with self._lock:
            self._bring_up_to_date(workspace, ages(workspace))
            if self._tickets is None:
                return None
            if wanted not in self._lists:
                kept = [ticket for ticket in self._tickets if ticket.is_selected(wanted)]
                kept.sort(key=lambda ticket: (bool(ticket.ties) or ticket.enabling, not ticket.state.is_open))
                while len(self._lists) >= _LISTS:
                    del self._lists[next(iter(self._lists))]
                self._lists[wanted] = tuple(ticket.name for ticket in kept)
            return self._lists[wanted]

    def candidates(self, workspace: "Workspace") -> Pool:
        """Return the open tickets without a step that are no enabling work: what a gap may be closed with."""
        found = self.of(workspace)
        with self._lock:
            if self._candidates is None:
                enabling = frozenset(found.enabling)
                names = [name for name in found.without_step if name not in enabling][:_MOST_CANDIDATES]
                self._candidates = Pool(_candidates(workspace, names))
            return self._candidates

    def _bring_up_to_date(self, workspace: "Workspace", fresh: tuple[ConnectionAge, ...]) -> None:
        limit = workspace.settings.coverage.data_older_than_hours
        too_old = tuple(age.hours is None or age.hours > limit for age in fresh)
        key = (id(workspace), workspace.store.content_version(), workspace.today(), too_old)
        if key == self._key:
            return
        relink(workspace)
        self._kept.clear()
        self._candidates = None
        self._words = workspace.store.fact_words()
        self._lists.clear()
        few = workspace.store.count() <= _HELD
        self._tickets = list(counted_tickets(workspace)) if few else None
        self._key = key
        self._work_out(workspace, EVERYTHING)
        remember_totals(workspace, self._kept[EVERYTHING])

    def _work_out(self, workspace: "Workspace", selection: Selection) -> None:
        tickets = counted_tickets(workspace) if self._tickets is None else self._tickets
        found = _cover(workspace, tickets, selection)
        if selection.narrows_tickets:
            found = _with_elsewhere(found, self._kept[EVERYTHING])
        self._kept[selection] = found
        while len(self._kept) > _KEPT:
            oldest = next(each for each in self._kept if each != EVERYTHING)
            del self._kept[oldest]


def _candidates(workspace: "Workspace", names: Sequence[str]) -> Iterator[Candidate]:
    for batch in batches(names, 1000):
        found = workspace.store.tickets(ref_of(name) for name in batch)
        for ref, ticket in found.items():
            ours = in_our_words(ticket, workspace.settings.vocabulary)
            if ours.state.is_open:
                parent = f"{ref.connection}/{ticket.parent}" if ticket.parent else ""
                yield Candidate(str(ref), words_of(ticket.title), parent)


def ref_of(name: str) -> TicketRef:
    """Return the ticket that a name in a figure ("connection/id") means."""
    connection, _, ticket_id = name.partition("/")
    return TicketRef(connection=connection, id=ticket_id)


def _with_elsewhere(found: Coverage, whole: Coverage) -> Coverage:
    """Say for each step how many open tickets the selection leaves out: a gap of one team is often none of all."""
    everywhere = {row.id: row.todo + row.doing for row in whole.steps}
    steps = tuple(
        row.model_copy(update={"elsewhere": max(0, everywhere[row.id] - row.todo - row.doing)}) for row in found.steps
    )
    return found.model_copy(update={"steps": steps})
