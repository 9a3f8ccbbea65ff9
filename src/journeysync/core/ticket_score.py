"""The priority score of a ticket, from the opportunities that it is linked to (formats.md 6).

Only open and doing opportunities count; a link to a step or a journey alone
gives no score. An opportunity without a score is left out and said. ``inputs``
of the result holds all that it takes to work the number out again later, when
the opportunities have moved on: see ``core.explain.recomputed``.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import TypeAlias

from journeysync.core.bands import band_of
from journeysync.core.number import exact, half_up, whole
from journeysync.core.order import natural
from journeysync.model.base import Value
from journeysync.model.journey import JourneyRepository, Opportunity
from journeysync.model.link import Link, Origin
from journeysync.model.scoring import OpportunityScore, Scoring, TicketScore

_Counting: TypeAlias = tuple[str, OpportunityScore | None, float | None]  # id, its score, the link's share

NO_LINK = TicketScore(sentence="no score: no open opportunity is linked")


def ticket_score(
    links: Sequence[Link], scores: Mapping[str, OpportunityScore], repository: JourneyRepository, scoring: Scoring
) -> TicketScore:
    """Return the priority score of a ticket: a whole number 0 to 100 with its band and sentence.

    Args:
        links: The ticket's effective links.
        scores: Today's opportunity scores by id.
        repository: Says which opportunities are open or doing.
        scoring: ``from``: ``max`` of them, ``sum`` capped at 100, or ``share``: each score times the share of
            its link. Shares that are not given take equal parts of what is left; those of the scored
            opportunities are made to sum to 1. Without ``inherit`` inherited links give no score.
    """
    named = _opportunities(links, repository, scoring)
    counting = tuple((o.id, scores.get(o.id), link.share) for o, link in named if o.counts)
    refused = tuple(o.id for o, _ in named if o.state == "will-not")
    if not counting:
        return _refused(refused) if refused else NO_LINK
    return _score(counting, refused, scoring)


@lru_cache(maxsize=16_384)
def _score(counting: tuple[_Counting, ...], refused: tuple[str, ...], scoring: Scoring) -> TicketScore:
    """Return the score of all tickets with these opportunities; cached, since many tickets have the same."""
    scored = {o: _exact(score) for o, score, _ in counting if score is not None and score.score is not None}
    known = {o: score for o, score, _ in counting if score is not None}
    unscored = tuple(sorted({o for o, _, _ in counting} - scored.keys(), key=natural))
    if not scored:
        return _unscored(unscored, known, refused)
    how = scoring.ticket.from_
    shares = _shares({o: share for o, _, share in counting if o in scored}) if how == "share" else {}
    total, because = _combined(scored, shares, how)
    score = whole(total)
    band = band_of(score, scoring.bands)
    sentence = _sentence(score, band, because, how, (len(scored), len(counting)), refused)
    return TicketScore(
        score=score,
        exact=float(total),
        band=band,
        because=because,
        unscored=unscored,
        sentence=sentence,
        inputs={
            "band": band,
            "because": list(because),
            "from": how,
            "opportunities": [_kept(known[o], shares.get(o)) for o in sorted(scored, key=natural)],
            "score": score,
            "sentence": sentence,
            "unscored": list(unscored),
            "value": half_up(total, 1) if scoring.write.value == "exact" else score,
        },
    )


def _opportunities(
    links: Sequence[Link], repository: JourneyRepository, scoring: Scoring
) -> list[tuple[Opportunity, Link]]:
    by_id = repository.opportunity_by_id
    return [
        (by_id[link.target.id], link)
        for link in links
        if link.target.kind == "opportunity"
        and link.target.id in by_id
        and (scoring.ticket.inherit or link.origin is not Origin.INHERITED)
    ]


def _exact(score: OpportunityScore) -> Fraction:
    value = score.exact if score.exact is not None else score.score
    return exact(value if value is not None else 0)


def _shares(given: Mapping[str, float | None]) -> dict[str, Fraction]:
    """Return the share of each opportunity; together they are 1."""
    known = {o: exact(share) for o, share in given.items() if share is not None}
    open_ones = [o for o in given if o not in known]
    left = max(1 - sum(known.values(), Fraction(0)), Fraction(0))
    shares = known | {o: left / len(open_ones) for o in open_ones}
    total = sum(shares.values(), Fraction(0))
    return {o: share / total for o, share in shares.items()}


def _combined(
    scored: Mapping[str, Fraction], shares: Mapping[str, Fraction], how: str
) -> tuple[Fraction, tuple[str, ...]]:
    """Return the exact score and the opportunities that it rests on, the deciding one first."""
    if how == "max":
        top = max(scored.values())
        return top, tuple(sorted((o for o, value in scored.items() if value == top), key=natural))
    parts = {o: value * shares.get(o, Fraction(1)) for o, value in scored.items()}
    because = tuple(sorted(parts, key=lambda o: (-parts[o], natural(o))))
    return min(sum(parts.values(), Fraction(0)), Fraction(100)), because


def _kept(score: OpportunityScore, share: Fraction | None) -> dict[str, Value]:
    kept: dict[str, Value] = {"id": score.opportunity, "score": score.score, "formula": score.formula}
    if score.rule:
        kept |= {"rule": score.rule, "inputs": dict(score.inputs)}
    if score.overridden:
        kept["overridden"] = True
    if share is not None:
        kept["share"] = str(share)  # "1/3": a float would not always give the same number again
    return kept


def _sentence(
    score: int, band: int | None, because: Sequence[str], how: str, counts: tuple[int, int], refused: Sequence[str]
) -> str:
    shown = f"{score} (band {band})" if band is not None else f"{score}"
    cause = {"max": "because of", "sum": "as the sum of", "share": "by the shares of"}[how]
    scored, all_of_them = counts
    left_out = f"; {scored} of {all_of_them} opportunities scored" if scored < all_of_them else ""
    return f"{shown} {cause} {_named(because)}{left_out}{_will_not(refused)}"


def _unscored(unscored: Sequence[str], scores: Mapping[str, OpportunityScore], refused: Sequence[str]) -> TicketScore:
    first = unscored[0]
    cause = scores[first].cause if first in scores else ""
    why = f" ({first}: {cause})" if cause else f" ({first})"
    count = f"{len(unscored)} opportunit{'y' if len(unscored) == 1 else 'ies'}"
    return TicketScore(unscored=tuple(unscored), sentence=f"no score: 0 of {count} scored{why}{_will_not(refused)}")


def _refused(refused: Sequence[str]) -> TicketScore:
    return TicketScore(sentence=f"no score{_will_not(refused)}")


def _will_not(refused: Sequence[str]) -> str:
    if not refused:
        return ""
    return f"; {_named(sorted(refused, key=natural))} {'is' if len(refused) == 1 else 'are'} marked will-not"


def _named(ids: Sequence[str]) -> str:
    return ids[0] if len(ids) == 1 else f"{', '.join(ids[:-1])} and {ids[-1]}"
