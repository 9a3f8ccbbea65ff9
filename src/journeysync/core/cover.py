"""Coverage: which needs have work behind them, and which work has no need (formats.md 9).

Tickets stream through and leave only their names in the cells that they count
in; a link to an opportunity is kept at the opportunity and spread over its
steps at the end.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from journeysync.core.needs import is_opinion_led, needs_of_opportunity, needs_of_step, state_of
from journeysync.core.order import natural
from journeysync.model.base import Model
from journeysync.model.coverage import (
    ConnectionAge,
    Coverage,
    CoverageSettings,
    CoverageTotals,
    JourneyCoverage,
    OpportunityCoverage,
    StepCoverage,
    StepState,
)
from journeysync.model.journey import JourneyRepository, Opportunity
from journeysync.model.link import Link, TicketLinks
from journeysync.model.scoring import OpportunityScore
from journeysync.model.ticket import State, TicketRef

_NEEDING = (StepState.SERVED, StepState.THIN, StepState.GAP)
_TOP_BANDS = (4, 5)
_DEEPEST = 20


class CountedTicket(Model):
    """What coverage needs to know of a ticket in scope; context tickets are never passed."""

    ref: TicketRef
    state: State
    done_at: datetime | None = None  # a done ticket without it is outside every period
    is_container: bool = False
    has_linked_children: bool = False
    links: TicketLinks  # effective: own and inherited


def cover(
    tickets: Iterable[CountedTicket],
    repository: JourneyRepository,
    settings: CoverageSettings,
    *,
    scores: Mapping[str, OpportunityScore],
    ages: Sequence[ConnectionAge],
    now: datetime,
    period_start: datetime,
) -> Coverage:
    """Return the figures of all steps, journeys and opportunities, each with the tickets that it counts.

    Args:
        tickets: Every ticket in scope once, any order; read once, not kept.
        repository: Journeys, steps, opportunities.
        settings: What counts and what makes a need.
        scores: Opportunity scores by id.
        ages: Every connection in scope with the age of its data in hours. One that is too old or was never
            read makes every step and every open opportunity "not known".
        now: The time of this run.
        period_start: The first instant of the period; what was done before it is no work any longer.
    """
    count = _Count(repository, settings, period_start)
    for ticket in tickets:
        count.add(ticket)
    known = all(age.hours is not None and age.hours <= settings.data_older_than_hours for age in ages)
    for_step = _opportunities_by_step(repository)
    steps = _steps(count, for_step, scores, known=known)
    opportunities = _opportunities(count, scores, known=known)
    return Coverage(
        as_of=now,
        period_days=settings.counts.done_within_days,
        origins=settings.counts.origins,
        connections=tuple(sorted(ages, key=lambda age: age.connection)),
        steps=steps,
        journeys=_journeys(count, for_step),
        opportunities=opportunities,
        totals=_totals(count, steps, opportunities, repository),
        orphans=_sorted(count.orphans),
        without_step=_sorted(count.without_step),
    )


@dataclass
class _Cell:
    """The tickets of one cell by state; one that comes directly and via an opportunity stands once, as direct."""

    direct: dict[str, State] = field(default_factory=dict)
    via: dict[str, State] = field(default_factory=dict)

    def all(self) -> dict[str, State]:
        return self.via | self.direct

    def count(self, state: State) -> int:
        return sum(1 for its in self.all().values() if its is state)


class _Count:
    """What has been counted so far: names of tickets only."""

    def __init__(self, repository: JourneyRepository, settings: CoverageSettings, period_start: datetime) -> None:
        self.repository = repository
        self.settings = settings
        self.period_start = period_start
        self.steps: dict[str, _Cell] = defaultdict(_Cell)
        self.journeys: dict[str, _Cell] = defaultdict(_Cell)
        self.opportunities: dict[str, _Cell] = defaultdict(_Cell)
        self.tickets = 0
        self.enabling = 0
        self.without_reason = 0
        self.orphans: list[str] = []
        self.without_step: list[str] = []
        self._has_steps = {o.id: any(_steps_for(o, repository)) for o in repository.opportunities}
        self._origins = frozenset(settings.counts.origins)

    def add(self, ticket: CountedTicket) -> None:
        """Count one ticket, if it is work."""
        if not self._is_work(ticket):
            return
        name = str(ticket.ref)
        links = ticket.links
        self.tickets += 1
        self.enabling += links.enabling is not None
        if links.is_orphan:
            self.orphans.append(name)
        self.without_reason += self._is_without_reason(links)
        placed = [self._place(name, ticket.state, link) for link in links.links if self._counts(link)]
        if not any(placed):
            self.without_step.append(name)

    def cell_of(self, step: str, opportunities: Iterable[Opportunity]) -> _Cell:
        """Return the cell of a step: its own tickets, and those of its opportunities."""
        cell = _Cell(direct=self.steps[step].direct)
        for opportunity in opportunities:
            cell.via |= self.opportunities[opportunity.id].direct
        return cell

    def _is_work(self, ticket: CountedTicket) -> bool:
        if ticket.is_container:
            containers = self.settings.counts.containers
            if containers == "never" or (containers != "always" and ticket.has_linked_children):
                return False
        if ticket.state is State.DONE:
            return ticket.done_at is not None and ticket.done_at >= self.period_start
        return ticket.state.is_open

    def _counts(self, link: Link) -> bool:
        return link.origin in self._origins and link.confidence >= self.settings.counts.confidence_at_least

    def _place(self, name: str, state: State, link: Link) -> bool:
        """Put the ticket into the cell of a link's target; return whether that places it on a step."""
        target = link.target.id
        if link.target.kind == "step" and (step := self.repository.step_by_id.get(target)) is not None:
            self.steps[step.id].direct[name] = state
            return True
        if link.target.kind == "journey" and (journey := self.repository.journey_by_id.get(target)) is not None:
            self.journeys[journey.id].direct[name] = state
        if link.target.kind == "opportunity" and target in self.repository.opportunity_by_id:
            opportunity = self.repository.opportunity_by_id[target]
            self.opportunities[opportunity.id].direct[name] = state
            return self._has_steps[opportunity.id]
        return False

    def _is_without_reason(self, links: TicketLinks) -> bool:
        """Return whether nothing says what customers have from it: an orphan, or only opportunities without insight."""
        if links.enabling is not None:
            return False
        by_id = self.repository.opportunity_by_id
        return all(
            link.target.kind == "opportunity" and not (link.target.id in by_id and by_id[link.target.id].because)
            for link in links.links
        )


def _steps_for(opportunity: Opportunity, repository: JourneyRepository) -> list[list[str]]:
    return [[step.id for step in repository.steps_below(target)] for target in opportunity.for_]


def _opportunities_by_step(repository: JourneyRepository) -> dict[str, list[Opportunity]]:
    """Return the opportunities of each step, in file order, each once."""
    found: dict[str, dict[str, Opportunity]] = defaultdict(dict)
    for opportunity in repository.opportunities:
        for steps in _steps_for(opportunity, repository):
            for step in steps:
                found[step][opportunity.id] = opportunity
    return {step: list(of_step.values()) for step, of_step in found.items()}


def _steps(
    count: _Count,
    for_step: Mapping[str, Sequence[Opportunity]],
    scores: Mapping[str, OpportunityScore],
    *,
    known: bool,
) -> tuple[StepCoverage, ...]:
    rows = []
    for step in count.repository.steps:
        opportunities = for_step.get(step.id, ())
        cell = count.cell_of(step.id, opportunities)
        tickets = cell.all()
        counting = [o for o in opportunities if o.counts]
        top_score = max((s for o in counting if (s := _score(o, scores)) is not None), default=None)
        needs = needs_of_step(step, counting, scores, count.settings)
        todo, doing, done = (cell.count(state) for state in (State.TODO, State.DOING, State.DONE))
        rows.append(
            StepCoverage(
                id=step.id,
                path=_path(step.journey, step.name, count.repository),
                journey=step.journey,
                todo=todo,
                doing=doing,
                done=done,
                opportunities=len(counting),
                top_score=top_score,
                needs=needs,
                state=state_of(
                    known=known,
                    need=bool(needs),
                    open_work=todo + doing,
                    work=len(tickets),
                    top_score=top_score,
                    settings=count.settings,
                ),
                tickets=_sorted(tickets),
                via=_sorted(cell.via.keys() - cell.direct.keys()),
            )
        )
    return tuple(rows)


def _journeys(count: _Count, for_step: Mapping[str, Sequence[Opportunity]]) -> tuple[JourneyCoverage, ...]:
    rows = []
    for journey in count.repository.journeys:
        cell = count.journeys[journey.id]
        row = dict(cell.direct)
        for step in journey.steps:
            row |= count.cell_of(step.id, for_step.get(step.id, ())).all()
        rows.append(
            JourneyCoverage(
                id=journey.id,
                todo=cell.count(State.TODO),
                doing=cell.count(State.DOING),
                done=cell.count(State.DONE),
                tickets=_sorted(cell.direct),
                row_open=sum(state.is_open for state in row.values()),
                row_done=sum(state is State.DONE for state in row.values()),
                row_tickets=_sorted(row),
            )
        )
    return tuple(rows)


def _opportunities(
    count: _Count, scores: Mapping[str, OpportunityScore], *, known: bool
) -> tuple[OpportunityCoverage, ...]:
    rows = []
    for opportunity in count.repository.opportunities:
        cell = count.opportunities[opportunity.id]
        open_work = cell.count(State.TODO) + cell.count(State.DOING)
        score = _score(opportunity, scores)
        needs = needs_of_opportunity(opportunity, count.repository, scores, count.settings)
        state = state_of(
            known=known,
            need=bool(needs),
            open_work=open_work,
            work=len(cell.direct),
            top_score=score,
            settings=count.settings,
        )
        rows.append(
            OpportunityCoverage(
                id=opportunity.id,
                name=opportunity.name,
                score=score,
                band=scores[opportunity.id].band if opportunity.id in scores else None,
                open=open_work,
                done=cell.count(State.DONE),
                state=state.value if opportunity.counts else opportunity.state,
                tickets=_sorted(cell.direct),
                unfounded=is_opinion_led(opportunity, count.repository),
            )
        )
    return tuple(rows)


def _totals(
    count: _Count,
    steps: Sequence[StepCoverage],
    opportunities: Sequence[OpportunityCoverage],
    repository: JourneyRepository,
) -> CoverageTotals:
    states = [step.state for step in steps]
    counting = [row for row in opportunities if repository.opportunity_by_id[row.id].counts]
    known = [row for row in counting if row.state != StepState.NOT_KNOWN.value]
    return CoverageTotals(
        steps=len(steps),
        needs=sum(states.count(state) for state in _NEEDING),
        needs_with_work=states.count(StepState.SERVED) + states.count(StepState.THIN),
        gaps=states.count(StepState.GAP),
        thin=states.count(StepState.THIN),
        over_served=states.count(StepState.OVER_SERVED),
        work_without_need=states.count(StepState.WORK_WITHOUT_NEED),
        not_known=states.count(StepState.NOT_KNOWN),
        tickets=count.tickets,
        without_step=len(count.without_step),
        orphans=len(count.orphans),
        enabling=count.enabling,
        without_reason=count.without_reason,
        top_without_ticket=sum(1 for row in known if row.band in _TOP_BANDS and not row.open),
        unscored_opportunities=sum(1 for row in counting if row.score is None),
    )


def _score(opportunity: Opportunity, scores: Mapping[str, OpportunityScore]) -> float | None:
    return scores[opportunity.id].score if opportunity.id in scores else None


def _path(journey_id: str, step: str, repository: JourneyRepository) -> str:
    """Return "Live with us > Pay > Understand and pay a bill > See why it changed"."""
    names = [step]
    lifecycles = {lifecycle.id: lifecycle.name for lifecycle in repository.lifecycles}
    at: str | None = journey_id
    for _ in range(_DEEPEST):
        if at is None:
            break
        journey = repository.journey_by_id.get(at)
        names.append(journey.name if journey else lifecycles.get(at, at))
        at = journey.parent if journey else None
    return " > ".join(reversed(names))


def _sorted(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(names, key=natural))
