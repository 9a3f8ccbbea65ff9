"""Which of the places that placement names a ticket really has (formats.md 7)."""

from collections.abc import Collection, Sequence

from journeysync.model.change import SlotKind
from journeysync.model.context import MOST_TEXT
from journeysync.model.placement import Place, Placement
from journeysync.model.ticket import Ticket
from journeysync.model.tracker import Capabilities

_SLOTS: dict[str, SlotKind] = {
    "label": "label",
    "step-label": "label",
    "field": "field",
    "link": "link",
    "comment": "comment",
    "block": "block",
    "priority": "priority",
}


class Possible:
    """Answers for one ticket whether something can stand somewhere, and why not."""

    def __init__(self, ticket: Ticket, placement: Placement, capabilities: Capabilities) -> None:
        self._ticket = ticket
        self._labels_only = ticket.visibility == "public" and placement.public == "label"
        self._capabilities = capabilities

    def holds(self, kind: SlotKind) -> bool:
        """Return whether the tracker holds this kind of slot, and the ticket's circle allows it."""
        return self._capabilities.of(kind).can and (kind == "label" or not self._labels_only)

    def first(self, places: Sequence[Place], kinds: Collection[str], *, no_url: str = "") -> tuple[Place | None, str]:
        """Return the first possible place, and why those before it (or all) are not possible.

        Args:
            places: In order of preference.
            kinds: The kinds of place that this thing can take at all.
            no_url: Why there is nothing that a link could lead to; empty if there is.
        """
        causes: list[str] = []
        for place in places:
            why_not = self._why_not(place, kinds, no_url)
            if not why_not:
                return place, "; ".join(causes)
            causes.append(why_not)
        return None, "; ".join(causes)

    def _why_not(self, place: Place, kinds: Collection[str], no_url: str) -> str:
        if place.kind not in kinds:
            return f"no {place.kind} is written for this"
        kind = _SLOTS[place.kind]
        if self._labels_only and kind != "label":
            return "the project is public and placement allows labels only"
        capability = self._capabilities.of(kind)
        if not capability.can:
            return capability.why_not or f"this tracker has no {kind}"
        if refused := self._refused(f"field:{place.field}" if place.kind == "field" else kind):
            return refused
        if place.kind == "link":
            return no_url
        if place.kind == "block" and capability.limit and len(self._ticket.body) + MOST_TEXT > capability.limit:
            return "the description is as long as the tracker allows"
        if place.kind == "field" and (place.field is None or not self._has(place.field)):
            return f"these tickets have no field {place.field}" if place.field else "no field is named"
        return ""

    def nowhere(self) -> str:
        """Return why nothing at all can stand in this ticket, empty if something can."""
        return self._refused("*")

    def _refused(self, place: str) -> str:
        """Return why ``doctor`` found that this project does not take it from us, empty if it did not."""
        ticket = self._ticket
        for found in self._capabilities.blocked:
            is_here = found.project in (None, ticket.project) and (not found.kinds or ticket.kind_word in found.kinds)
            if is_here and found.place in ("*", place):
                return found.why_not
        return ""

    def _has(self, field: str) -> bool:
        return any(name == field for name, _ in self._ticket.fields)


def where_of(ticket: Ticket) -> str:
    """Return which project a ticket is in, for people: "billing BILL"."""
    return f"{ticket.ref.connection} {ticket.project}".rstrip()
