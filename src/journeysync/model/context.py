"""What a product owner reads in their ticket, and what of it stands there (formats.md 8).

A ``Context`` is content only: names, a need, a score's sentence. How it is worded is
in ``journeysync.richtext``, so that a new release with other words plans no write.
"""

from datetime import date, timedelta
from typing import Any, Literal

from journeysync.model.base import Model

MOST_TEXT = 2_400
"""Characters that a context takes in any tracker's markup, roughly and at most: what a full description must leave."""


AT_WORK = timedelta(minutes=10)
"""A description is left alone for so long after somebody changed the ticket."""


class ContextNeed(Model):
    """One insight: what customers say, and how well it is known."""

    says: str
    source: str = ""
    evidence: int = 0  # 0 opinion, 1 one voice, 2 several independent sources, 3 measured
    checked: date | None = None  # when somebody last did


class ContextOpportunity(Model):
    """An opportunity as a ticket names it. ``values`` are those that the shown score was worked out from."""

    id: str
    name: str
    customer_value: float | None = None
    business_value: float | None = None


class Context(Model):
    """The journey context of one ticket; what is not known is left out.

    Everything but ``written_on`` and ``teams`` is a reason to write the text anew; see ``core.block``.
    """

    v: Literal[1] = 1
    kind: str = "customer"  # of the lifecycle: for whom it matters
    path: tuple[str, ...]  # the journey as this ticket's team calls it, then the step; or an opportunity alone
    more: int = 0  # further steps or journeys that the ticket serves
    personas: tuple[str, ...] = ()
    need: ContextNeed | None = None
    opportunity: ContextOpportunity | None = None
    more_opportunities: int = 0
    priority: str = ""  # the sentence of ``explain``: "87 (band 5) because of OPP-3"
    teams: tuple[str, ...] = ()  # who else has open work on the same step
    ask: str = ""
    url: str = ""
    labels: tuple[str, ...] = ()  # of ours in the ticket, by which a person can say no
    ignore: str = ""  # the label that says "leave this ticket alone"
    written_on: date | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the slot's value."""
        return self.model_dump(mode="json", exclude_defaults=True) | {"v": self.v}


class ShownContext(Model):
    """What stands in a ticket where our comment or block is, as it was read.

    ``state``: none; ours (as we left it); changed (a person edited the words); nested (moved into a table, list,
    quote ...); half (a beginning without an end, or the other way round). A doubled text is the first of them,
    with the number of ``others``.
    """

    slot: Literal["comment", "block"]
    state: Literal["none", "ours", "changed", "nested", "half"]
    digest: str = ""  # 8 hex digits of the visible words
    words: str = ""  # the visible words, on one line
    others: int = 0

    @property
    def is_touchable(self) -> bool:
        """Return whether we may write there: nothing of ours, or just what we left."""
        return self.state in ("none", "ours")

    def value(self) -> dict[str, str] | None:
        """Return what is read back of the slot, None if nothing of ours stands there."""
        if self.state == "none":
            return None
        return {"state": self.state, "digest": self.digest, "words": self.words}


NO_BLOCK = ShownContext(slot="block", state="none")
