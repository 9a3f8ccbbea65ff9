"""What needs work, and what state that makes with the work there is (formats.md 9, definitions 3, 4 and 6)."""

from collections.abc import Iterable, Mapping

from journeysync.core.number import short
from journeysync.model.coverage import CoverageSettings, StepState
from journeysync.model.journey import Insight, JourneyRepository, Metric, Opportunity, Step
from journeysync.model.scoring import OpportunityScore

FOUNDED_EVIDENCE = 2
"""An opportunity that rests on no insight of at least this evidence is opinion-led (product.md 2)."""


def needs_of_step(
    step: Step,
    opportunities: Iterable[Opportunity],
    scores: Mapping[str, OpportunityScore],
    settings: CoverageSettings,
) -> tuple[str, ...]:
    """Return why a step needs work, in words; empty if it does not.

    Args:
        step: With its own insights and metrics; those of the journey as a whole belong to no step.
        opportunities: Those for this step; only open and doing ones make a need.
        scores: Opportunity scores by id.
        settings: The limits.
    """
    scored = (need for o in opportunities if (need := _by_score(o, scores, settings)))
    return (*scored, *_by_pains(step.insights, settings), *_by_metrics(step.metrics, settings))


def needs_of_opportunity(
    opportunity: Opportunity,
    repository: JourneyRepository,
    scores: Mapping[str, OpportunityScore],
    settings: CoverageSettings,
) -> tuple[str, ...]:
    """Return why an opportunity needs work: its score, the pains it rests on, its metric."""
    insights = [repository.insight_by_id[i] for i in opportunity.because if i in repository.insight_by_id]
    metric = repository.metric_by_id.get(opportunity.metric) if opportunity.metric else None
    by_score = _by_score(opportunity, scores, settings)
    return (
        *((by_score,) if by_score else ()),
        *_by_pains(insights, settings),
        *_by_metrics((metric,) if metric else (), settings),
    )


def is_opinion_led(opportunity: Opportunity, repository: JourneyRepository) -> bool:
    """Return whether it rests on no insight of evidence 2 or more."""
    insights = repository.insight_by_id
    return not any(i in insights and insights[i].evidence >= FOUNDED_EVIDENCE for i in opportunity.because)


def state_of(
    *, known: bool, need: bool, open_work: int, work: int, top_score: float | None, settings: CoverageSettings
) -> StepState:
    """Return the first state that fits.

    Args:
        known: Whether every connection in scope was read within the limit.
        need: Whether there is a need.
        open_work: Counted tickets todo or doing.
        work: Those, and the ones done within the period.
        top_score: The highest score of the open and doing opportunities; None if none is scored, which
            is not low: over-served is said of a known low score only.
        settings: The limits.
    """
    if not known:
        return StepState.NOT_KNOWN
    if need:
        if not open_work:
            return StepState.GAP
        return StepState.THIN if open_work < settings.thin_below else StepState.SERVED
    over = settings.over_served
    if open_work >= over.open_at_least and top_score is not None and top_score < over.score_below:
        return StepState.OVER_SERVED
    return StepState.WORK_WITHOUT_NEED if work else StepState.QUIET


def _by_score(
    opportunity: Opportunity, scores: Mapping[str, OpportunityScore], settings: CoverageSettings
) -> str | None:
    score = scores[opportunity.id].score if opportunity.id in scores else None
    limit = settings.needs_work.opportunity_score_at_least
    if not opportunity.counts or score is None or score < limit:
        return None
    return f"{opportunity.id} {opportunity.name}, score {short(score)} (at least {short(limit)})"


def _by_pains(insights: Iterable[Insight], settings: CoverageSettings) -> Iterable[str]:
    limit = settings.needs_work.pain_evidence_at_least
    for insight in insights:
        if insight.kind == "pain" and insight.evidence >= limit:
            yield f"pain {insight.id}, evidence {insight.evidence} of 3"


def _by_metrics(metrics: Iterable[Metric], settings: CoverageSettings) -> Iterable[str]:
    for metric in metrics:
        if settings.needs_work.metric_missed and metric.is_missed and metric.now is not None:
            target = short(metric.target) if metric.target is not None else ""
            yield f"metric {metric.id} is {short(metric.now)}, target {target}"
