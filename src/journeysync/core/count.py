"""Counting tickets: which of them are work, and in which cells and lists each stands (formats.md 9, definitions 1, 2).

Tickets stream through and leave only their names. A link to an opportunity is kept at the opportunity and spread over
its steps at the end.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from journeysync.core.needs import FOUNDED_EVIDENCE, is_opinion_led
from journeysync.core.order import natural
from journeysync.model.coverage import EVERYTHING, CoverageSettings, EstimateTotals, Selection
from journeysync.model.journey import Insight, JourneyRepository, Opportunity
from journeysync.model.link import Tie
from journeysync.model.ticket import State

LISTS = ("tickets", "without_step", "orphans", "enabling", "without_reason", "opinion_led")
"""The lists that a counted ticket can stand in; each is a figure."""


@dataclass(frozen=True, slots=True)
class CountedTicket:
    """What coverage needs to know of a ticket in scope; context tickets are never passed. Small: backlogs are held."""

    name: str  # "connection/id"
    state: State
    ties: tuple[Tie, ...] = ()  # effective links: own and inherited
    enabling: bool = False
    done_at: datetime | None = None  # a done ticket without it is outside every period
    is_container: bool = False
    has_linked_children: bool = False
    team: str | None = None
    kind: str = ""
    estimate: float | None = None

    @property
    def connection(self) -> str:
        """Return the connection that it is of."""
        return self.name.partition("/")[0]

    def is_selected(self, wanted: Selection) -> bool:
        """Return whether a selection leaves it: by team, connection, kind and state."""
        return (
            (not wanted.team or self.team == wanted.team)
            and (not wanted.connections or self.connection in wanted.connections)
            and (not wanted.kind or self.kind == wanted.kind)
            and (not wanted.state or self.state == wanted.state or (wanted.state == "open" and self.state.is_open))
        )


@dataclass
class Cell:
    """The tickets of one cell by state; one that comes directly and via an opportunity stands once, as direct."""

    direct: dict[str, State] = field(default_factory=dict)
    via: dict[str, State] = field(default_factory=dict)

    def all(self) -> dict[str, State]:
        """Return all tickets with their states."""
        return self.via | self.direct

    def count(self, state: State) -> int:
        """Return how many are in a state."""
        return sum(1 for its in self.all().values() if its is state)


class Count:
    """What has been counted so far: names of tickets only.

    Args:
        repository: Journeys, steps, opportunities.
        settings: What counts.
        period_start: What was done before it is no work any longer.
        selection: Which tickets are counted at all.
    """

    def __init__(
        self,
        repository: JourneyRepository,
        settings: CoverageSettings,
        period_start: datetime,
        selection: Selection = EVERYTHING,
    ) -> None:
        self.repository = repository
        self.settings = settings
        self.steps: dict[str, Cell] = defaultdict(Cell)
        self.journeys: dict[str, Cell] = defaultdict(Cell)
        self.opportunities: dict[str, Cell] = defaultdict(Cell)
        self.lists: dict[str, list[str]] = {name: [] for name in LISTS}
        self.estimates: dict[str, float] = dict.fromkeys(LISTS, 0.0)
        self.unestimated = 0
        self._ranks: dict[str, int] = {}  # worked out once: a sort by name for each cell would cost more than counting
        self._period_start = period_start
        self._selection = selection
        self._origins = frozenset(settings.counts.origins)
        self._has_steps = {o.id: any(steps_for(o, repository)) for o in repository.opportunities}
        self._founded = _founded(repository)

    def add(self, ticket: CountedTicket) -> None:
        """Count one ticket, if it is work and selected."""
        if not (ticket.is_selected(self._selection) and self._is_work(ticket)):
            return
        self._list("tickets", ticket)
        self.unestimated += ticket.estimate is None
        placed = [self._place(ticket.name, ticket.state, tie) for tie in ticket.ties if self._counts(tie)]
        if not any(placed):
            self._list("without_step", ticket)
        if ticket.enabling:
            self._list("enabling", ticket)
            return
        if not ticket.ties:
            self._list("orphans", ticket)
        if self._is_without_reason(ticket.ties):
            self._list("without_reason", ticket)
        if ticket.ties and not any(tie.target in self._founded for tie in ticket.ties):
            self._list("opinion_led", ticket)

    def cell_of(self, step: str, opportunities: Iterable[Opportunity]) -> Cell:
        """Return the cell of a step: its own tickets, and those of its opportunities."""
        cell = Cell(direct=self.steps[step].direct)
        for opportunity in opportunities:
            cell.via |= self.opportunities[opportunity.id].direct
        return cell

    def in_order(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return names of counted tickets in the order in which people count; call it when all are counted."""
        if len(self._ranks) != len(self.lists["tickets"]):
            self._ranks = {name: n for n, name in enumerate(sorted(self.lists["tickets"], key=natural))}
        return tuple(sorted(names, key=self._ranks.__getitem__))

    def estimate_totals(self) -> EstimateTotals | None:
        """Return the sums of estimates; None unless one team is selected, and estimates."""
        if not self._selection.team or not self.estimates["tickets"]:
            return None
        return EstimateTotals(team=self._selection.team, unestimated=self.unestimated, **self.estimates)

    def _list(self, name: str, ticket: CountedTicket) -> None:
        self.lists[name].append(ticket.name)
        self.estimates[name] += ticket.estimate or 0

    def _is_work(self, ticket: CountedTicket) -> bool:
        if ticket.is_container:
            containers = self.settings.counts.containers
            if containers == "never" or (containers != "always" and ticket.has_linked_children):
                return False
        if ticket.state is State.DONE:
            return ticket.done_at is not None and ticket.done_at >= self._period_start
        return ticket.state.is_open

    def _counts(self, tie: Tie) -> bool:
        return tie.origin in self._origins and tie.confidence >= self.settings.counts.confidence_at_least

    def _place(self, name: str, state: State, tie: Tie) -> bool:
        """Put the ticket into the cell of a link's target; return whether that places it on a step."""
        target = tie.target
        if tie.kind == "step" and (step := self.repository.step_by_id.get(target)) is not None:
            self.steps[step.id].direct[name] = state
            return True
        if tie.kind == "journey" and (journey := self.repository.journey_by_id.get(target)) is not None:
            self.journeys[journey.id].direct[name] = state
        if tie.kind == "opportunity" and target in self.repository.opportunity_by_id:
            opportunity = self.repository.opportunity_by_id[target]
            self.opportunities[opportunity.id].direct[name] = state
            return self._has_steps[opportunity.id]
        return False

    def _is_without_reason(self, ties: Sequence[Tie]) -> bool:
        """Return whether nothing says what customers have from it: an orphan, or only opportunities without insight."""
        by_id = self.repository.opportunity_by_id
        return all(
            tie.kind == "opportunity" and not (tie.target in by_id and by_id[tie.target].because) for tie in ties
        )


def steps_for(opportunity: Opportunity, repository: JourneyRepository) -> list[list[str]]:
    """Return the steps of each target of an opportunity, in the order of its targets."""
    return [[step.id for step in repository.steps_below(target)] for target in opportunity.for_]


def opportunities_by_step(repository: JourneyRepository) -> dict[str, list[Opportunity]]:
    """Return the opportunities of each step, in file order, each once."""
    found: dict[str, dict[str, Opportunity]] = defaultdict(dict)
    for opportunity in repository.opportunities:
        for steps in steps_for(opportunity, repository):
            for step in steps:
                found[step][opportunity.id] = opportunity
    return {step: list(of_step.values()) for step, of_step in found.items()}


def _founded(repository: JourneyRepository) -> frozenset[str]:
    """Return the ids, old ones too, of targets behind which an insight of evidence 2 or more stands."""
    opportunities = {i for i, o in repository.opportunity_by_id.items() if not is_opinion_led(o, repository)}
    steps = {i for i, step in repository.step_by_id.items() if _has_evidence(step.insights)}
    journeys = {
        i
        for i, journey in repository.journey_by_id.items()
        if _has_evidence(journey.insights) or any(step.id in steps for step in repository.steps_below(journey.id))
    }
    return frozenset(opportunities | steps | journeys)


def _has_evidence(insights: Iterable[Insight]) -> bool:
    return any(insight.evidence >= FOUNDED_EVIDENCE for insight in insights)
