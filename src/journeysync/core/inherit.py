"""What a ticket takes over from the tickets above it.

Per family of targets (steps and journeys are one, opportunities the other): a ticket
with a link of its own inherits none of that family; else it takes all links of its
nearest ancestor that has one. A person's "no" on the ticket keeps its target out, and
an ancestor's "no" is that ancestor's own. An ancestor that carries the ignore label passes nothing on.
"""

from collections.abc import Sequence

from journeysync.model.link import Enabling, Link, Origin, TicketLinks

_FAMILIES = ("step", "opportunity")


def inherit(own: TicketLinks, ancestors: Sequence[TicketLinks]) -> TicketLinks:
    """Return the links of a ticket with what it inherits.

    Args:
        own: Its own links.
        ancestors: Own links of the tickets above it, nearest first.

    Returns:
        ``own`` itself when there is nothing to take over. Inherited links keep their
        confidence and rule, and name the ancestor in ``source`` and in the cause.
        Work is enabling by inheritance when it has no link and no enabling of its own
        and the nearest ancestor that says anything says so.
    """
    above = [ancestor for ancestor in ancestors if not ancestor.ignored]
    inherited = [link for family in _FAMILIES for link in _of_family(family, own, above)]
    enabling = own.enabling or _enabling(own, above)
    if not inherited and enabling is own.enabling:
        return own
    links = tuple(sorted((*own.links, *inherited), key=lambda link: (link.target.id, link.target.kind)))
    linked = {link.target for link in links}
    waiting = tuple(suggestion for suggestion in own.suggestions if suggestion.target not in linked)
    return own.model_copy(update={"links": links, "enabling": enabling, "suggestions": waiting})


def _of_family(family: str, own: TicketLinks, above: Sequence[TicketLinks]) -> list[Link]:
    if any(link.target.family == family for link in own.links):
        return []
    for ancestor in above:
        theirs = [link for link in ancestor.links if link.target.family == family]
        if theirs:
            return [_passed_on(link, own, ancestor) for link in theirs if link.target not in own.refused]
    return []


def _passed_on(link: Link, own: TicketLinks, ancestor: TicketLinks) -> Link:
    cause = f"inherited from {_name(ancestor)}: {link.cause}"
    return link.model_copy(
        update={"ticket": own.ticket, "origin": Origin.INHERITED, "cause": cause, "source": ancestor.ticket}
    )


def _enabling(own: TicketLinks, above: Sequence[TicketLinks]) -> Enabling | None:
    if own.links:
        return None
    nearest = next((ancestor for ancestor in above if ancestor.links or ancestor.enabling), None)
    if nearest is None or nearest.enabling is None:
        return None
    cause = f"inherited from {_name(nearest)}: {nearest.enabling.cause}"
    return nearest.enabling.model_copy(update={"cause": cause})


def _name(ancestor: TicketLinks) -> str:
    return ancestor.key or ancestor.ticket.id
