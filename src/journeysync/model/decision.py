"""What people decided; never cache. Each row also stands in decisions.jsonl."""

from datetime import datetime
from typing import Literal

from journeysync.model.base import Model
from journeysync.model.ticket import TicketRef


class Decision(Model):
    """One word of a person: the newest on the same (ticket, target) holds."""

    id: str
    kind: Literal["link", "unlink", "accept", "refuse", "override", "adopt", "ignore"]
    ticket: TicketRef | None = None
    target: str = ""  # a target id, or the slot it is about
    by: str = ""
    at: datetime
    why: str = ""
    until: datetime | None = None
    repository_version: str = ""
