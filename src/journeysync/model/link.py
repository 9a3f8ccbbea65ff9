"""A link ties a ticket to a step, a journey or an opportunity, and says why."""

from enum import StrEnum
from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from journeysync.model.base import Model
from journeysync.model.ticket import TicketRef


class Origin(StrEnum):
    """Where a link comes from, strongest first; this order decides whose cause is shown."""

    HAND = "hand"
    ACCEPTED = "accepted"
    LABEL = "label"
    REFERENCE = "reference"
    RULE = "rule"
    INHERITED = "inherited"

    @property
    def rank(self) -> int:
        """Return 0 for the strongest."""
        return _RANKS[self]


UNSURE = 0.5
"""Confidence of a suggestion, until a person accepts it."""
_RANKS = {origin: rank for rank, origin in enumerate(Origin)}

TargetKind = Literal["step", "journey", "opportunity"]


class Target(Model):
    """What a link points to: a full step id, a journey id or an opportunity id (current ids, never old ones)."""

    kind: TargetKind
    id: str

    def __str__(self) -> str:
        return self.id

    @property
    def family(self) -> str:
        """Return the kind for inheritance: steps and journeys are one ("step"), opportunities the other."""
        return "opportunity" if self.kind == "opportunity" else "step"


class Link(Model):
    """One tie of a ticket to a target, with its cause in words."""

    ticket: TicketRef
    target: Target
    origin: Origin
    confidence: Annotated[float, Field(ge=0, le=1)] = 1.0
    cause: str
    rule: str | None = None
    source: TicketRef | None = None  # the ancestor it is inherited from
    share: Annotated[float, Field(gt=0, le=1)] | None = None


class Tie(NamedTuple):
    """A link without its words: what is counted by the hundred thousand."""

    kind: str  # step, journey, opportunity
    target: str
    origin: str
    confidence: float


class Enabling(Model):
    """Honest work without a step: named by a rule, with its reason."""

    name: str  # "platform"
    rule: str
    cause: str


class TicketLinks(Model):
    """All that matching found for one ticket. At most one link a target: the strongest origin's."""

    ticket: TicketRef
    key: str = ""  # what people call the ticket, for causes of what is inherited from it; empty = use the id
    links: tuple[Link, ...] = ()  # ordered by target
    enabling: Enabling | None = None
    refused: tuple[Target, ...] = ()  # what a person said no to, and would be linked otherwise
    suggestions: tuple[Link, ...] = ()  # not counted, waiting for a person (a reference by an outsider)
    ignored: bool = False  # carries the ignore label
    unknown_labels: tuple[str, ...] = ()  # in our namespace, naming nothing we know
    unowned_labels: tuple[str, ...] = ()  # in our namespace and of unknown origin: neither a link nor ours

    @property
    def is_orphan(self) -> bool:
        """Return whether nothing says what the ticket is for."""
        return not self.links and self.enabling is None
