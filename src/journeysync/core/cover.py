"""Coverage: which needs have work behind them, and which work has no need (formats.md 9).

What counts is decided in ``core.count``, what a need is and what state that makes in ``core.needs``.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from journeysync.core.count import Count, CountedTicket, opportunities_by_step
from journeysync.core.needs import is_opinion_led, needs_of_opportunity, needs_of_step, state_of
from journeysync.core.selecting import selected_opportunities, selected_steps
from journeysync.model.coverage import (
    EVERYTHING,
    ConnectionAge,
    Coverage,
    CoverageSettings,
    CoverageTotals,
    JourneyCoverage,
    OpportunityCoverage,
    Selection,
    StepCoverage,
    StepState,
)
from journeysync.model.journey import JourneyRepository, Opportunity
from journeysync.model.scoring import OpportunityScore
from journeysync.model.ticket import State

__all__ = ["CountedTicket", "cover"]

_NEEDING = (StepState.SERVED, StepState.THIN, StepState.GAP)
_WITH_WORK = (StepState.SERVED, StepState.THIN)
_TOP_BANDS = (4, 5)
_DEEPEST = 20


def cover(
    tickets: Iterable[CountedTicket],
    repository: JourneyRepository,
    settings: CoverageSettings,
    *,
    scores: Mapping[str, OpportunityScore],
    ages: Sequence[ConnectionAge],
    now: datetime,
    period_start: datetime,
    selection: Selection = EVERYTHING,
) -> Coverage:
    """Return the figures of all steps, journeys and opportunities, each with the tickets that it counts.

    Args:
        tickets: Every ticket in scope once, any order; read once, not kept.
        repository: Journeys, steps, opportunities.
        settings: What counts and what makes a need.
        scores: Opportunity scores by id.
        ages: Every connection in scope with the age of its data in hours. One that is too old or was never
            read makes every step and every open opportunity "not known"; one that is not selected does not.
        now: The time of this run.
        period_start: The first instant of the period; what was done before it is no work any longer.
        selection: Figures as if only these tickets, steps and opportunities were there.
    """
    count = Count(repository, settings, period_start, selection)
    for ticket in tickets:
        count.add(ticket)
    asked = [age for age in ages if not selection.connections or age.connection in selection.connections]
    known = all(age.hours is not None and age.hours <= settings.data_older_than_hours for age in asked)
    for_step = opportunities_by_step(repository)
    only_steps = selected_steps(repository, selection)
    steps = _steps(count, for_step, scores, known=known, only=only_steps)
    opportunities = _opportunities(count, scores, known=known, only=selected_opportunities(repository, selection))
    return Coverage(
        as_of=now,
        period_days=selection.days or settings.counts.done_within_days,
        origins=settings.counts.origins,
        connections=tuple(sorted(ages, key=lambda age: age.connection)),
        steps=steps,
        journeys=_journeys(count, for_step, only=only_steps),
        opportunities=opportunities,
        totals=_totals(count, steps, opportunities, repository),
        selection=selection,
        estimates=count.estimate_totals(),
        **{name: count.in_order(names) for name, names in count.lists.items()},
    )


def _steps(
    count: Count,
    for_step: Mapping[str, Sequence[Opportunity]],
    scores: Mapping[str, OpportunityScore],
    *,
    known: bool,
    only: frozenset[str],
) -> tuple[StepCoverage, ...]:
    rows = []
    for step in count.repository.steps:
        if step.id not in only:
            continue
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
                tickets=count.in_order(tickets),
                via=count.in_order(cell.via.keys() - cell.direct.keys()),
            )
        )
    return tuple(rows)


def _journeys(
    count: Count, for_step: Mapping[str, Sequence[Opportunity]], *, only: frozenset[str]
) -> tuple[JourneyCoverage, ...]:
    rows = []
    for journey in count.repository.journeys:
        cell = count.journeys[journey.id]
        row = dict(cell.direct)
        for step in journey.steps:
            if step.id in only:
                row |= count.cell_of(step.id, for_step.get(step.id, ())).all()
        rows.append(
            JourneyCoverage(
                id=journey.id,
                todo=cell.count(State.TODO),
                doing=cell.count(State.DOING),
                done=cell.count(State.DONE),
                tickets=count.in_order(cell.direct),
                row_open=sum(state.is_open for state in row.values()),
                row_done=sum(state is State.DONE for state in row.values()),
                row_tickets=count.in_order(row),
            )
        )
    return tuple(rows)


def _opportunities(
    count: Count, scores: Mapping[str, OpportunityScore], *, known: bool, only: frozenset[str]
) -> tuple[OpportunityCoverage, ...]:
    rows = []
    for opportunity in count.repository.opportunities:
        if opportunity.id not in only:
            continue
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
                tickets=count.in_order(cell.direct),
                unfounded=is_opinion_led(opportunity, count.repository),
            )
        )
    return tuple(rows)


def _totals(
    count: Count,
    steps: Sequence[StepCoverage],
    opportunities: Sequence[OpportunityCoverage],
    repository: JourneyRepository,
) -> CoverageTotals:
    states = [step.state for step in steps]
    counting = [row for row in opportunities if repository.opportunity_by_id[row.id].counts]
    known = [row for row in counting if row.state != StepState.NOT_KNOWN.value]
    of_opportunities = [row.state for row in counting]
    lists = {name: len(names) for name, names in count.lists.items()}
    return CoverageTotals(
        steps=len(steps),
        needs=sum(states.count(state) for state in _NEEDING),
        needs_with_work=sum(states.count(state) for state in _WITH_WORK),
        gaps=states.count(StepState.GAP),
        thin=states.count(StepState.THIN),
        over_served=states.count(StepState.OVER_SERVED),
        work_without_need=states.count(StepState.WORK_WITHOUT_NEED),
        not_known=states.count(StepState.NOT_KNOWN),
        top_without_ticket=sum(1 for row in known if row.band in _TOP_BANDS and not row.open),
        unscored_opportunities=sum(1 for row in counting if row.score is None),
        opportunities=len(counting),
        opportunity_needs=sum(of_opportunities.count(state.value) for state in _NEEDING),
        opportunity_needs_with_work=sum(of_opportunities.count(state.value) for state in _WITH_WORK),
        opportunity_gaps=of_opportunities.count(StepState.GAP.value),
        opportunity_thin=of_opportunities.count(StepState.THIN.value),
        opinion_led_opportunities=sum(row.unfounded for row in counting),
        **lists,
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
