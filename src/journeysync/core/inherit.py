"""What a ticket takes over from the tickets above it.

Per family of targets (steps and journeys are one, opportunities the other): a ticket
with a link of its own inherits none of that family; else it takes all links of its
nearest ancestor that has one. A person's "no" on the ticket keeps its target out, and
an ancestor's "no" is that ancestor's own. An ancestor that carries the ignore label passes nothing on.
Where it is not sure that a ticket stands above, what it would pass on is a suggestion.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from journeysync.model.link import UNSURE, Enabling, Link, Origin, Target, TicketLinks
from journeysync.model.ticket import TicketRef

NOTHING: Mapping[TicketRef, str] = MappingProxyType({})
_FAMILIES = ("step", "opportunity")


def inherit(
    own: TicketLinks,
    ancestors: Sequence[TicketLinks],
    *,
    doubtful: Sequence[TicketLinks] = (),
    via: Mapping[TicketRef, str] = NOTHING,
) -> TicketLinks:
    """Return the links of a ticket with what it inherits.

    Args:
        own: Its own links.
        ancestors: Own links of the tickets above it, nearest first.
        doubtful: The same of tickets that may stand above it: what they would pass on is suggested.
        via: How a ticket of another tracker comes to stand above, in words.

    Returns:
        ``own`` itself when there is nothing to take over. Inherited links keep their
        confidence and rule, and name the ancestor in ``source`` and in the cause.
        Work is enabling by inheritance when it has no link and no enabling of its own
        and the nearest ancestor that says anything says so.
    """
    above = [ancestor for ancestor in ancestors if not ancestor.ignored]
    inherited = [link for family in _FAMILIES for link in _of_family(family, own, above, via)]
    enabling = own.enabling or _enabling(own, above, via)
    suggested = _suggested(own, (*own.links, *inherited), doubtful, via)
    if not inherited and not suggested and enabling is own.enabling:
        return own
    links = tuple(sorted((*own.links, *inherited), key=_in_order))
    linked = {link.target for link in links}
    waiting = [suggestion for suggestion in own.suggestions if suggestion.target not in linked]
    waiting += [link for link in suggested if link.target not in {one.target for one in waiting}]
    return own.model_copy(
        update={"links": links, "enabling": enabling, "suggestions": tuple(sorted(waiting, key=_in_order))}
    )


def _in_order(link: Link) -> tuple[str, str]:
    return link.target.id, link.target.kind


def _of_family(family: str, own: TicketLinks, above: Sequence[TicketLinks], via: Mapping[TicketRef, str]) -> list[Link]:
    if any(link.target.family == family for link in own.links):
        return []
    for ancestor in above:
        theirs = [link for link in ancestor.links if link.target.family == family]
        if theirs:
            return [_passed_on(link, own, ancestor, via) for link in theirs if link.target not in own.refused]
    return []


def _passed_on(link: Link, own: TicketLinks, ancestor: TicketLinks, via: Mapping[TicketRef, str]) -> Link:
    cause = f"inherited from {_name(ancestor, via)}: {link.cause}"
    return link.model_copy(
        update={"ticket": own.ticket, "origin": Origin.INHERITED, "cause": cause, "source": ancestor.ticket}
    )


def _suggested(
    own: TicketLinks, links: Sequence[Link], doubtful: Sequence[TicketLinks], via: Mapping[TicketRef, str]
) -> list[Link]:
    """Return what tickets that may stand above would pass on, where nothing else says anything of that family."""
    said = {link.target.family for link in links}
    found: dict[Target, Link] = {}
    for ancestor in doubtful:
        for link in ancestor.links if not ancestor.ignored else ():
            if link.target.family not in said and link.target not in own.refused:
                cause = f"would be inherited from {_name(ancestor, via)}: {link.cause}"
                confidence = min(link.confidence, UNSURE)
                passed_on = _passed_on(link, own, ancestor, via)
                found.setdefault(link.target, passed_on.model_copy(update={"cause": cause, "confidence": confidence}))
    return list(found.values())


def _enabling(own: TicketLinks, above: Sequence[TicketLinks], via: Mapping[TicketRef, str]) -> Enabling | None:
    if own.links:
        return None
    nearest = next((ancestor for ancestor in above if ancestor.links or ancestor.enabling), None)
    if nearest is None or nearest.enabling is None:
        return None
    cause = f"inherited from {_name(nearest, via)}: {nearest.enabling.cause}"
    return nearest.enabling.model_copy(update={"cause": cause})


def _name(ancestor: TicketLinks, via: Mapping[TicketRef, str]) -> str:
    name = ancestor.key or ancestor.ticket.id
    return f"{name} ({how})" if (how := via.get(ancestor.ticket)) else name
