"""Opportunities, best first: the score with its parts, what it rests on, for whom, and how much work is behind it."""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from journeysync.app.explaining import full_name
from journeysync.core.order import natural
from journeysync.model.base import Model
from journeysync.model.coverage import Coverage, OpportunityCoverage
from journeysync.model.journey import Insight, Opportunity
from journeysync.model.scoring import OpportunityScore, Scoring

if TYPE_CHECKING:
    from journeysync.app.workspace import Workspace

_VALUES = (("customer_value", "Customer value", "cv"), ("business_value", "Business value", "bv"))


class ScorePart(Model):
    """One input of a score as a bar shows it."""

    name: str
    css: str
    value: float  # 0 to 10
    weight: float
    percent: float  # of the whole bar


class RankedOpportunity(Model):
    """One opportunity in the order of the score."""

    rank: int | None  # None: it is done, will not be done, or has no score
    opportunity: Opportunity
    score: OpportunityScore
    figures: OpportunityCoverage
    where: tuple[tuple[str, str], ...] = ()  # (step or journey id, its name in full)
    personas: tuple[str, ...] = ()
    because: tuple[Insight, ...] = ()
    parts: tuple[ScorePart, ...] = ()


def ranked(
    workspace: "Workspace",
    coverage: Coverage,
    scores: Mapping[str, OpportunityScore] | None = None,
    scoring: Scoring | None = None,
) -> tuple[RankedOpportunity, ...]:
    """Return every opportunity: open and doing ones by score, then those without one, then what is over.

    Args:
        workspace: Whose opportunities.
        coverage: With their tickets.
        scores: Scores by id; today's if left out.
        scoring: The rule that made them; the one in force if left out.
    """
    scores = workspace.scores if scores is None else scores
    figures = {row.id: row for row in coverage.opportunities}
    order = sorted(workspace.repository.opportunities, key=lambda o: _place(o, scores[o.id]))
    ranks = _ranks(order, scores)
    return tuple(
        RankedOpportunity(
            rank=ranks.get(each.id),
            opportunity=each,
            score=scores[each.id],
            figures=figures[each.id],
            where=tuple((target, full_name(workspace, target)) for target in each.for_),
            personas=tuple(_persona_names(workspace, each)),
            because=tuple(_insights(workspace, each)),
            parts=tuple(_parts(scores[each.id], scoring or workspace.settings.scoring)),
        )
        for each in order
        if each.id in figures  # a selection leaves some out; those that are left keep their rank
    )


def _place(opportunity: Opportunity, score: OpportunityScore) -> tuple[object, ...]:
    exact = score.exact if score.exact is not None else score.score
    return (not opportunity.counts, exact is None, -(exact or 0), natural(opportunity.id))


def _ranks(order: list[Opportunity], scores: Mapping[str, OpportunityScore]) -> dict[str, int]:
    counting = [o for o in order if o.counts and scores[o.id].score is not None]
    return {o.id: number for number, o in enumerate(counting, start=1)}


def _persona_names(workspace: "Workspace", opportunity: Opportunity) -> Iterator[str]:
    names = {persona.id: persona.name for persona in workspace.repository.personas}
    yield from (names.get(persona, persona) for persona in opportunity.personas)


def _insights(workspace: "Workspace", opportunity: Opportunity) -> Iterator[Insight]:
    known = workspace.repository.insight_by_id
    yield from (known[insight] for insight in opportunity.because if insight in known)


def _parts(score: OpportunityScore, scoring: Scoring) -> Iterator[ScorePart]:
    """Yield the two values that people gave; their weights are those of the rule, half and half where it has none."""
    given = dict(score.inputs)
    weights = dict(scoring.weights)
    whole = sum(weights.values()) or 1
    for name, words, css in _VALUES:
        value = given.get(name)
        if value is not None:
            weight = weights[name] / whole if scoring.formula == "weighted" and name in weights else 0.5
            yield ScorePart(name=words, css=css, value=value, weight=weight, percent=value * 10 * weight)
