"""The score of an opportunity, from its values by one written rule (formats.md 6).

Unknown is not zero: an opportunity with an unknown input has no score and says
why. Numbers are rounded once, half up, at the end: here to one decimal, a
ticket's to a whole number, each from the exact value. A band is that of the
number shown, so that whoever reads it can check it against ``bands``. How a
ticket gets its score is in ``core.ticket_score``.
"""

from collections.abc import Sequence
from datetime import date
from fractions import Fraction

from journeysync.core.bands import band_of, settled_band
from journeysync.core.formula import EQUAL, Formula, FormulaError, read_formula, weighted_formula
from journeysync.core.number import exact, half_up, shown
from journeysync.core.ticket_score import ticket_score
from journeysync.model.journey import JourneyRepository, Opportunity, ScoreOverride
from journeysync.model.scoring import OpportunityScore, Scoring

__all__ = ["band_of", "formula_of", "opportunity_score", "opportunity_scores", "settled_band", "ticket_score"]


def opportunity_scores(repository: JourneyRepository, scoring: Scoring, today: date) -> dict[str, OpportunityScore]:
    """Return the score of every opportunity, by id; an override counts up to and with its last day."""
    return {o.id: opportunity_score(o, scoring, today) for o in repository.opportunities}


def opportunity_score(opportunity: Opportunity, scoring: Scoring, today: date) -> OpportunityScore:
    """Return the score of one opportunity, 0 to 100 with one decimal; None while an input is unknown.

    With votes each value is the mean of those who gave it; ``spread`` is then the widest distance between
    two votes on the same value, ``completeness`` the share of the votes' values that were given.
    """
    try:
        formula = formula_of(scoring)
    except FormulaError as error:
        return _unscored(opportunity, cause=str(error))
    inputs = _inputs(opportunity, formula, scoring)
    known = {name: value for name, value in inputs.items() if value is not None}
    override = opportunity.override
    if override is not None and today <= override.until:
        return _overridden(opportunity, override, scoring, inputs)
    missing = tuple(name for name in formula.names if name not in known)
    if missing:
        words = " and ".join(name.replace("_", " ") for name in missing)
        return _unscored(opportunity, cause=f"{words} not known", formula=formula, inputs=inputs, missing=missing)
    try:
        value = formula.value(known)
    except ZeroDivisionError:
        cause = f"{formula.written_out(known)} divides by zero"
        return _unscored(opportunity, cause=cause, formula=formula, inputs=inputs)
    held = min(max(value, Fraction(0)), Fraction(100))
    score = half_up(held, 1)
    limit = f", held at {shown(held)}" if held != value else ""
    return OpportunityScore(
        opportunity=opportunity.id,
        score=score,
        exact=float(held),
        band=band_of(score, scoring.bands),
        inputs=_as_floats(inputs),
        formula=f"{formula.written_out(known)} = {shown(value)}{limit}",
        rule=formula.text,
        **_voting(opportunity),
    )


def formula_of(scoring: Scoring) -> Formula:
    """Return the formula that a scoring rule means.

    Raises:
        FormulaError: It is none; ``check_formula`` says so before any run.
    """
    names = tuple(sorted(name for name, _ in scoring.weights))
    if scoring.formula == "equal":
        return read_formula(EQUAL)
    if scoring.formula == "weighted":
        return read_formula(weighted_formula(scoring.weights))
    return read_formula(scoring.formula, names)


def _inputs(opportunity: Opportunity, formula: Formula, scoring: Scoring) -> dict[str, Fraction | None]:
    """Return the values that the formula names, and always the two that people gave."""
    values: dict[str, Fraction | None] = {
        "customer_value": _given(opportunity.customer_value, [v.customer_value for v in opportunity.votes]),
        "business_value": _given(opportunity.business_value, [v.business_value for v in opportunity.votes]),
        "effort": _given(opportunity.effort, []),
    }
    values |= {f"weight_{name}": exact(weight) for name, weight in scoring.weights}
    return {n: v for n, v in values.items() if n in ("customer_value", "business_value") or n in formula.names}


def _given(value: float | None, votes: Sequence[float | None]) -> Fraction | None:
    """Return the mean of the votes, else the value given directly."""
    cast = [exact(vote) for vote in votes if vote is not None]
    if cast:
        return sum(cast, Fraction(0)) / len(cast)
    return None if value is None else exact(value)


def _overridden(
    opportunity: Opportunity, override: ScoreOverride, scoring: Scoring, inputs: dict[str, Fraction | None]
) -> OpportunityScore:
    score = half_up(override.score, 1)
    says = f"{shown(override.score)}, set by {override.by} until {override.until.isoformat()}: {override.because}"
    return OpportunityScore(
        opportunity=opportunity.id,
        score=score,
        exact=override.score,
        band=band_of(score, scoring.bands),
        inputs=_as_floats(inputs),
        formula=says,
        overridden=True,
        **_voting(opportunity),
    )


def _unscored(
    opportunity: Opportunity,
    *,
    cause: str,
    formula: Formula | None = None,
    inputs: dict[str, Fraction | None] | None = None,
    missing: tuple[str, ...] = (),
) -> OpportunityScore:
    known = {name: value for name, value in (inputs or {}).items() if value is not None}
    return OpportunityScore(
        opportunity=opportunity.id,
        score=None,
        band=None,
        inputs=_as_floats(inputs or {}),
        formula=f"{formula.written_out(known)} = not known" if formula else "",
        rule=formula.text if formula else "",
        missing=missing,
        cause=cause,
        **_voting(opportunity),
    )


def _voting(opportunity: Opportunity) -> dict[str, float | int | None]:
    votes = opportunity.votes
    if not votes:
        return {}
    by_value = ([v.customer_value for v in votes], [v.business_value for v in votes])
    given = [[value for value in values if value is not None] for values in by_value]
    spreads = [half_up(exact(max(values)) - exact(min(values)), 2) for values in given if values]
    return {
        "votes": len(votes),
        "spread": max(spreads, default=None),
        "completeness": half_up(Fraction(sum(map(len, given)), 2 * len(votes)), 2),
    }


def _as_floats(inputs: dict[str, Fraction | None]) -> tuple[tuple[str, float | None], ...]:
    return tuple((name, None if value is None else float(value)) for name, value in inputs.items())
