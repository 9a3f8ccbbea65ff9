"""Which score a ticket is to show: today's, or still the one that is written (formats.md 6).

A score that moved inside its band is not written again, and no score within a
few days of the last. Then label, field, link and receipt all keep the number
that stands there, so that a ticket never says two things.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from journeysync.core.bands import band_of, settled_band
from journeysync.core.labels import band_label
from journeysync.model.base import Model, Pairs
from journeysync.model.change import LINK, PROPERTY, TEXTS, LedgerRow, slot_kind, slot_name
from journeysync.model.receipt import Receipt
from journeysync.model.scoring import Scoring, TicketScore


class ShownScore(Model):
    """A score as a ticket shows it."""

    score: int
    value: float | int  # as it goes into a field
    band: int | None
    sentence: str
    inputs: Pairs = ()  # as a ledger row keeps them
    at: datetime | None = None  # when it was written; None = not yet, or not known
    kept: str = ""  # why the written one is kept although today's is another; empty if it is today's


def written_score(
    ledger: Sequence[LedgerRow], receipt: Receipt | None, namespace: str, scoring: Scoring
) -> ShownScore | None:
    """Return the score that we last wrote to a ticket, None if there is none.

    The newest score field or band label decides. Where the score has no slot of its own (a person's value
    stands in the field), the row of link or text or the receipt's does; after a lost store the receipt in the ticket
    still knows the number, though not since when.
    """
    live = [row for row in ledger if row.state != "released"]
    rows = [row for row in live if dict(row.inputs).get("score") is not None]
    slots = [row for row in rows if row.slot not in _RETOLD]
    if slots or rows:
        newest = max(slots or rows, key=lambda row: row.at)
        if slots or not any(row.slot == PROPERTY and row.at > newest.at for row in live):
            return _of_row(newest)
    row = next((row for row in live if row.slot == PROPERTY and row.sent and row.sent.get("score") is not None), None)
    score = row.sent["score"] if row is not None else receipt.score if receipt is not None else None
    if score is None:
        return None
    band = _band_in(receipt, score, namespace, scoring)
    at = row.at if row is not None else None
    return ShownScore(score=score, value=score, band=band, sentence=_plain_sentence(score, band), at=at)


def score_to_show(today: TicketScore, written: ShownScore | None, scoring: Scoring, now: datetime) -> ShownScore | None:
    """Return the score that the ticket is to show; None while today's is not known. A first write is never held back.

    Args:
        today: Today's score.
        written: What stands there.
        scoring: ``again``, ``settle``, ``at_most_every_days``.
        now: The time of this run.
    """
    if today.score is None:
        return None
    fresh = ShownScore.model_construct(
        score=today.score,
        value=dict(today.inputs).get("value", today.score),
        band=today.band,
        sentence=today.sentence,
        inputs=today.inputs,
        at=None,
        kept="",
    )
    if written is None or (written.score, written.value, written.band) == (fresh.score, fresh.value, fresh.band):
        if written is not None and not written.inputs:  # after a lost store only the number is known: it is today's
            return fresh.model_copy(update={"at": written.at})
        return fresh if written is None else written
    days = scoring.write.at_most_every_days
    if written.at is not None and now - written.at < timedelta(days=days):
        return written.model_copy(update={"kept": f"written less than {days} days ago"})
    if scoring.write.again == "band-changed" and settled_band(today.score, written.band, scoring) == written.band:
        near = f"less than {scoring.write.settle:g} points beyond band {written.band}"
        return written.model_copy(update={"kept": "same band" if today.band == written.band else near})
    return fresh


def _of_row(row: LedgerRow) -> ShownScore:
    inputs = dict(row.inputs)
    score, band = int(inputs["score"]), inputs.get("band")
    value = row.sent if slot_kind(row.slot) == "field" else inputs.get("value", score)
    return ShownScore(
        score=score,
        value=value,
        band=band,
        sentence=str(inputs.get("sentence") or _plain_sentence(score, band)),
        inputs=tuple((name, kept) for name, kept in row.inputs if name not in _OF_THE_LINK),
        at=row.at,
    )


_RETOLD = TEXTS | {LINK}
_OF_THE_LINK = frozenset({"target", "origin", "rule"})


def score_inputs(shown: ShownScore) -> Pairs:
    """Return what a ledger row of a score keeps, enough for ``written_score`` to read it back."""
    if shown.inputs:
        return shown.inputs
    kept = {"band": shown.band, "score": shown.score, "sentence": shown.sentence, "value": shown.value}
    return tuple(kept.items())


def _band_in(receipt: Receipt | None, score: int, namespace: str, scoring: Scoring) -> int | None:
    """Return the band that our label in the ticket shows, else that of the number."""
    names = {slot_name(slot) for slot, _ in receipt.slots if slot_kind(slot) == "label"} if receipt else set()
    labelled = [band for band, _ in scoring.bands if band_label(band, namespace) in names]
    return labelled[0] if labelled else band_of(score, scoring.bands)


def _plain_sentence(score: int, band: int | None) -> str:
    return f"{score} (band {band})" if band is not None else f"{score}"
