"""Our mark in a ticket: what we hold there, in short, so that a lost store can be rebuilt (formats.md 8)."""

from typing import Literal

from journeysync.model.base import Model, Pairs


class Receipt(Model):
    """The content of the Jira property ``journeysync.<workspace>`` (or Linear metadata)."""

    v: Literal[1] = 1
    ticket: str | None = None  # id of the ticket that it was written for; None in receipts of older releases
    links: tuple[str, ...] = ()  # target ids, sorted: "OPP-3", "pay-bill.see-why"
    score: int | None = None
    slots: Pairs = ()  # (slot, first 8 hex digits of the hash of what we sent), sorted by slot

    def as_json(self) -> dict[str, object]:
        """Return the JSON object as it stands in the ticket."""
        whose = {} if self.ticket is None else {"ticket": self.ticket}
        return {"v": self.v, **whose, "links": list(self.links), "score": self.score, "slots": dict(self.slots)}
