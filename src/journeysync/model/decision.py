"""What people decided; never cache. Each row also stands in decisions.jsonl."""

from datetime import datetime
from typing import Literal

from journeysync.model.base import Model
from journeysync.model.ticket import TicketRef

DecisionKind = Literal["link", "unlink", "accept", "refuse", "override", "adopt", "ignore", "take-theirs", "take-ours"]


class Decision(Model):
    """One word of a person: the newest on the same (ticket, target) holds."""

    id: str
    kind: DecisionKind
    ticket: TicketRef | None = None
    target: str = ""  # a target id, the slot it is about ("label:journey.opp-3"), or "inbox:<row>" for an ignored row
    by: str = ""
    at: datetime
    why: str = ""
    until: datetime | None = None
    repository_version: str = ""

    def holds(self, now: datetime) -> bool:
        """Return whether it has not ended yet."""
        return self.until is None or self.until > now
