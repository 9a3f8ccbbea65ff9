"""Our one link in a ticket: where it leads and what it says (formats.md 8).

A product owner reads here which step, which opportunity, what score, whom to
ask and how to object. The words are part of what is compared with the ledger:
changing them makes every ticket be written again, so they are held by a test.
"""

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from journeysync.core.labels import ignore_label
from journeysync.core.printable import printable
from journeysync.core.written import ShownScore
from journeysync.model.journey import Journey, JourneyRepository
from journeysync.model.link import Link
from journeysync.model.ticket import TicketRef

LONGEST = 255  # Jira holds no more in a remote link's title or summary
_KINDS: Mapping[str, int] = {"step": 0, "journey": 1, "opportunity": 2}
_DEEPEST = 20


def primary_link(links: Sequence[Link]) -> Link:
    """Return the link that a title shows: a step before a journey before an opportunity, then the strongest origin."""
    return min(links, key=lambda li: (_KINDS[li.target.kind], li.origin.rank, -li.confidence, li.target.id))


def link_url(ticket: TicketRef, journey: Journey | None, public_url: str | None) -> str | None:
    """Return where the link leads: our page, else the journey's own deep link, else None."""
    if public_url:
        return f"{public_url.rstrip('/')}/tickets/{quote(ticket.connection, safe='')}/{quote(ticket.id, safe='')}"
    return journey.url if journey is not None else None


def journey_of(link: Link, repository: JourneyRepository) -> Journey | None:
    """Return the journey that a link belongs to; None for an opportunity."""
    if link.target.kind == "step":
        step = repository.step_by_id.get(link.target.id)
        return repository.journey_by_id.get(step.journey) if step else None
    return repository.journey_by_id.get(link.target.id) if link.target.kind == "journey" else None


def link_title(primary: Link, links: Sequence[Link], score: ShownScore | None, repository: JourneyRepository) -> str:
    """Return "Pay > See why it changed, priority 87 (band 5)", at most 255 characters; the path gives way first."""
    others = sum(1 for link in links if link.target.kind == primary.target.kind) - 1
    more = f" and {others} more" if others else ""
    band = f" (band {score.band})" if score is not None and score.band is not None else ""
    priority = f", priority {score.score}{band}" if score is not None else ""
    room = LONGEST - len(more) - len(priority)
    return f"{printable(short_path(primary, repository), room)}{more}{priority}"


def short_path(link: Link, repository: JourneyRepository) -> str:
    """Return macro journey and name of the target: "Pay > See why it changed"; of an opportunity id and name."""
    target = link.target.id
    if link.target.kind == "opportunity":
        opportunity = repository.opportunity_by_id.get(target)
        return f"{target} {opportunity.name}" if opportunity else target
    journey = journey_of(link, repository)
    if journey is None:
        return target
    macro = _macro_above(journey, repository)
    if link.target.kind == "step":
        return f"{macro.name} > {repository.step_by_id[target].name}"
    return journey.name if macro is journey else f"{macro.name} > {journey.name}"


def link_summary(primary: Link, links: Sequence[Link], repository: JourneyRepository, namespace: str) -> str:
    """Return the opportunities by name, whom to ask and how to object, at most 255 characters."""
    journey = journey_of(primary, repository)
    ids = sorted(link.target.id for link in links if link.target.kind == "opportunity")
    named = [repository.opportunity_by_id[o] for o in ids if o in repository.opportunity_by_id]
    told = "; ".join(f"{o.id} {o.name}" for o in named[:2])
    first = [f"Opportunity {told}{f' and {len(named) - 2} more' if len(named) > 2 else ''}."] if named else []
    ask = [f"Ask: {journey.ask}."] if journey is not None and journey.ask else []
    last = " ".join([*ask, f"Not right? Add the label {ignore_label(namespace)}"])
    last = printable(last, LONGEST)
    room = LONGEST - len(last) - 1
    return " ".join([*(printable(part, room) for part in first if room > 1), last])


def _macro_above(journey: Journey, repository: JourneyRepository) -> Journey:
    """Return the nearest macro journey, the journey itself if there is none above it."""
    at: Journey | None = journey
    for _ in range(_DEEPEST):
        if at is None:
            break
        if at.level == "macro":
            return at
        at = repository.journey_by_id.get(at.parent) if at.parent else None
    return journey
