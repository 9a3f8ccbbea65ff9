"""A score explains itself: every number worked out again from its inputs (product.md, promise 4).

Both numbers are explained, the one written and today's, each from its own
inputs: the ledger keeps those of the day of writing. The same sentences stand
in the ticket, on the command line and on the page.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, tzinfo
from fractions import Fraction

from journeysync.core.formula import FormulaError, read_formula
from journeysync.core.number import exact, short, shown, whole
from journeysync.core.printable import printable
from journeysync.core.written import ShownScore, score_to_show, written_score
from journeysync.model.base import Model, Value
from journeysync.model.change import LedgerRow
from journeysync.model.journey import Opportunity
from journeysync.model.receipt import Receipt
from journeysync.model.scoring import OpportunityScore, Scoring, TicketScore

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_COMBINED = {"max": "the highest of", "sum": "the sum of", "share": "the shares of"}


class ScoreExplanation(Model):
    """Why a ticket shows the score that it shows."""

    sentence: str  # today's: "87 (band 5) because of OPP-3"
    today: int | None
    today_lines: tuple[str, ...]  # today's number from its inputs, one step a line
    written: int | None = None  # what we wrote and the ticket is meant to show; None = nothing
    written_lines: tuple[str, ...] = ()  # that number from the inputs of its day
    recomputed: int | None = None  # the written number, worked out again from what the ledger kept
    compared: str = ""  # "81, written on 3 Nov, from OPP-3; today 88, from OPP-3; same band, so not rewritten"


def explain_score(
    today: TicketScore,
    *,
    scoring: Scoring,
    namespace: str,
    ledger: Sequence[LedgerRow] = (),
    receipt: Receipt | None = None,
    now: datetime,
    zone: tzinfo = UTC,
) -> ScoreExplanation:
    """Explain the score of one ticket: today's, and the one that stands there.

    Args:
        today: Today's score, as ``ticket_score`` gave it.
        scoring: The rule of today.
        namespace: Of our labels.
        ledger: Our rows of the ticket.
        receipt: The ticket's receipt; after a lost store it still knows the number.
        now: The time of asking.
        zone: For dates.
    """
    lines = score_lines(dict(today.inputs), scoring) if today.score is not None else ()
    written = written_score(ledger, receipt, namespace, scoring)
    if written is None:
        return ScoreExplanation(sentence=today.sentence, today=today.score, today_lines=lines)
    inputs = dict(written.inputs)
    return ScoreExplanation(
        sentence=today.sentence,
        today=today.score,
        today_lines=lines,
        written=written.score,
        written_lines=score_lines(inputs, scoring),
        recomputed=recomputed(inputs),
        compared=_compared(today, written, scoring, now, zone),
    )


def score_lines(inputs: Mapping[str, Value], scoring: Scoring) -> tuple[str, ...]:
    """Return how a ticket's score came about, one step a line, from the inputs kept with it."""
    opportunities: list[Mapping[str, Value]] = inputs.get("opportunities") or []
    if not opportunities:
        return ()
    lines = [f"{o['id']}: {_rule(o)}{o['formula']}" for o in opportunities]
    how = str(inputs.get("from", "max"))
    parts = ", ".join(f"{o['id']} {short(o['score'])}{_share(o)}" for o in opportunities)
    band = inputs.get("band")
    lines.append(f"{_COMBINED.get(how, how)} {parts}, rounded half up: {inputs.get('score')}{_band(band, scoring)}")
    if inputs.get("unscored"):
        lines.append(f"left out, since not scored: {', '.join(inputs['unscored'])}")
    return tuple(lines)


def explain_opportunity(opportunity: Opportunity, score: OpportunityScore) -> tuple[str, ...]:
    """Return how the score of an opportunity came about, one step a line."""
    head = f"{opportunity.id} {printable(opportunity.name)}"
    if score.score is None:
        lines = [f"{head}: no score, {score.cause}"]
    else:
        band = f" (band {score.band})" if score.band is not None else ""
        lines = [f"{head}: {shown(score.score)}{band}"]
    if score.formula:
        lines.append(f"{score.rule} -> {score.formula}" if score.rule else score.formula)
    if score.votes:
        spread = f", spread {short(score.spread)}" if score.spread is not None else ""
        lines.append(f"mean of {score.votes} votes{spread}, {score.completeness:.0%} of the values given")
    scored = opportunity.scored
    if scored is not None:
        said = [f"by {scored.by}" if scored.by else "", f"on {scored.date}" if scored.date else "", scored.why or ""]
        lines.append("values given " + ", ".join(printable(part) for part in said if part))
    if opportunity.state in ("done", "will-not"):
        reason = f": {printable(opportunity.reason)}" if opportunity.reason else ""
        lines.append(f"{opportunity.state}{reason}; it gives tickets no score")
    return tuple(lines)


def explain_bands(scoring: Scoring) -> tuple[str, ...]:
    """Return the bands, highest first: "band 5: 80 and more"."""
    by_edge = sorted(scoring.bands, key=lambda pair: -pair[1])
    return tuple(f"band {band}: {short(edge)} and more" for band, edge in by_edge)


def recomputed(inputs: Mapping[str, Value]) -> int | None:
    """Work a ticket's score out again from the inputs kept with it; None if they do not suffice."""
    values: dict[str, tuple[Fraction, Fraction]] = {}
    for kept in inputs.get("opportunities") or []:
        value = _again(kept)
        if value is None:
            return None
        values[kept["id"]] = value, exact(kept.get("share", 1))
    if not values:
        return None
    if inputs.get("from", "max") == "max":
        return whole(max(value for value, _ in values.values()))
    return whole(min(sum((value * share for value, share in values.values()), Fraction(0)), Fraction(100)))


def _again(kept: Mapping[str, Value]) -> Fraction | None:
    """Return the exact score of one opportunity, from its rule and inputs; an override is its own input."""
    if not kept.get("rule"):
        return exact(kept["score"]) if kept.get("score") is not None else None
    given = {name: value for name, value in kept.get("inputs", {}).items() if value is not None}
    weights = tuple(sorted(name.removeprefix("weight_") for name in given if name.startswith("weight_")))
    try:
        value = read_formula(kept["rule"], weights).value(given)
    except (FormulaError, KeyError, ZeroDivisionError):
        return None
    return min(max(value, Fraction(0)), Fraction(100))


def _compared(today: TicketScore, written: ShownScore, scoring: Scoring, now: datetime, zone: tzinfo) -> str:
    on = f"written on {_day(written.at, now, zone)}" if written.at is not None else "written before our records"
    then = f"{written.score}, {on}{_origin(dict(written.inputs))}"
    if today.score is None:
        return f"{then}; today {today.sentence}"
    if today.score == written.score and today.band == written.band:
        return f"{then}; the same today"
    shown_now = score_to_show(today, written, scoring, now)
    why = shown_now.kept if shown_now is not None else ""
    decision = f"{why}, so not rewritten" if why else "to be rewritten by the next apply"
    return f"{then}; today {today.score}{_origin(dict(today.inputs))}; {decision}"


def _origin(inputs: Mapping[str, Value]) -> str:
    opportunities: list[Mapping[str, Value]] = inputs.get("opportunities") or []
    because = inputs.get("because") or []
    told = [o for o in opportunities if o["id"] in because] or opportunities
    return ", from " + "; ".join(f"{o['id']}: {o['formula']}" for o in told) if told else ""


def _day(at: datetime, now: datetime, zone: tzinfo) -> str:
    day, today = at.astimezone(zone), now.astimezone(zone)
    year = "" if day.year == today.year else f" {day.year}"
    return f"{day.day} {_MONTHS[day.month - 1]}{year}"


def _rule(kept: Mapping[str, Value]) -> str:
    return f"{kept['rule']} -> " if kept.get("rule") else ""


def _share(kept: Mapping[str, Value]) -> str:
    return f" x {shown(kept['share'])}" if kept.get("share") is not None else ""


def _band(band: Value, scoring: Scoring) -> str:
    edge = dict(scoring.bands).get(band)
    if band is None:
        return ""
    return f", band {band} ({short(edge)} and more)" if edge is not None else f", band {band}"
