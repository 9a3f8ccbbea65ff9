"""What a product owner reads in the ticket itself: content only, in the words of the ticket's team (formats.md 8).

Nothing that is not known is said, no insight marked private, and no text of another
ticket. When a text is worth writing anew is decided here too.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta

from journeysync.core.context_link import journey_of, primary_link
from journeysync.core.held import PASSING
from journeysync.core.labels import ignore_label, label_for
from journeysync.core.written import ShownScore
from journeysync.model.base import Value
from journeysync.model.change import BLOCK, LedgerRow
from journeysync.model.context import AT_WORK, Context, ContextNeed, ContextOpportunity
from journeysync.model.journey import Insight, Journey, JourneyRepository, Opportunity, Step
from journeysync.model.link import Link
from journeysync.model.ticket import Ticket

TeamsAt = Callable[[str], frozenset[str]]
"""Answers, for the id of a step, journey or opportunity, which teams have open tickets linked to it, by name."""

TEAMS_AGAIN = timedelta(days=7)
"""Other teams that come and go are taken along at most so often."""
_ECHO = timedelta(seconds=5)  # between our write, by the tracker's clock, and the row in our ledger


def context_of(
    ticket: Ticket,
    links: Sequence[Link],
    shown: ShownScore | None,
    repository: JourneyRepository,
    *,
    team: str | None,
    url: str | None,
    namespace: str,
    labels: Iterable[str],
    teams_at: TeamsAt,
    today: date,
) -> Context:
    """Return what the ticket's comment or block is to say.

    Args:
        ticket: In our words, its team included.
        links: Its effective links to what the repository knows, at least one.
        shown: The score that the ticket shows, with the inputs of the day it was written.
        repository: Names, insights, whom to ask.
        team: The name of the ticket's team, which is not told that it works here.
        url: Where it was worked out.
        namespace: Of our labels.
        labels: Ours that the ticket is to carry.
        teams_at: Who else works where.
        today: The date that the text carries.
    """
    opportunities = _opportunities(links, shown, repository)
    opportunity = opportunities[0] if opportunities else None
    primary = _told(links, opportunity)
    step, journey = _place(primary, opportunity, repository)
    values = _values_of(opportunity, shown) if opportunity else {}
    others = teams_at(primary.target.id) - {team}
    more = sum(1 for link in links if link.target.kind == primary.target.kind) - 1
    return Context(
        kind=journey.kind if journey else "customer",
        path=_path(step, journey, ticket.team),
        more=0 if primary.target.kind == "opportunity" else more,
        personas=_personas(step, journey, opportunity, repository),
        need=_need(step, journey, opportunity, repository),
        opportunity=ContextOpportunity(id=opportunity.id, name=opportunity.name, **values) if opportunity else None,
        more_opportunities=max(len(opportunities) - 1, 0),
        priority=shown.sentence if shown else "",
        teams=tuple(sorted(others)),
        ask=(journey.ask if journey else None) or "",
        url=url or "",
        labels=_refusable(primary, opportunity, repository, namespace, frozenset(labels)),
        ignore=ignore_label(namespace),
        written_on=today,
    )


def is_worth_writing(before: Value, after: Value, row: LedgerRow | None, now: datetime) -> bool:
    """Return whether a text that stands there is to be written anew.

    The date alone is no reason. Teams alone are one once the text is older than ``TEAMS_AGAIN``, so that
    tickets are not rewritten whenever somebody else's come and go.
    """
    if not isinstance(before, Mapping) or not isinstance(after, Mapping):
        return bool(before != after)
    if _lasting(before) != _lasting(after):
        return True
    if before.get("teams", ()) == after.get("teams", ()):
        return False
    return row is None or now - row.at >= TEAMS_AGAIN


def is_at_work(ticket: Ticket, ledger: Sequence[LedgerRow], now: datetime) -> bool:
    """Return whether somebody may be at work on the ticket: it was changed in the last minutes.

    Only a write of ours to the description is known to be nobody else's: nobody was at work then.
    """
    if now - ticket.updated_at >= AT_WORK:
        return False
    ours = max((row.at for row in ledger if row.slot == BLOCK), default=None)
    return ours is None or ticket.updated_at > ours + _ECHO


def _lasting(value: Mapping[str, Value]) -> dict[str, Value]:
    return {name: inner for name, inner in value.items() if name not in PASSING}


def _opportunities(links: Sequence[Link], shown: ShownScore | None, repository: JourneyRepository) -> list[Opportunity]:
    """Return the linked opportunities that are still to be solved, the one that the score rests on first."""
    because = list(dict(shown.inputs).get("because") or ()) if shown else []
    linked = [repository.opportunity_by_id[link.target.id] for link in links if link.target.kind == "opportunity"]
    open_ones = {each.id: each for each in linked if each.state != "will-not"}
    return sorted(
        open_ones.values(), key=lambda o: (because.index(o.id) if o.id in because else len(because), not o.counts)
    )


def _told(links: Sequence[Link], opportunity: Opportunity | None) -> Link:
    """Return the link that the text tells of: of several steps one that the opportunity serves, so that both fit."""
    served = [link for link in links if opportunity is not None and link.target.id in opportunity.for_]
    return primary_link(served or links)


def _place(
    primary: Link, opportunity: Opportunity | None, repository: JourneyRepository
) -> tuple[Step | None, Journey | None]:
    """Return the step and journey of the strongest link; of an opportunity, where it is to be solved."""
    if primary.target.kind != "opportunity":
        return repository.step_by_id.get(primary.target.id), journey_of(primary, repository)
    first = opportunity.for_[0] if opportunity and opportunity.for_ else ""
    step = repository.step_by_id.get(first)
    return step, repository.journey_by_id.get(step.journey if step else first)


def _path(step: Step | None, journey: Journey | None, team: str | None) -> tuple[str, ...]:
    called = dict(journey.called).get(team or "", journey.name) if journey else ""
    return tuple(name for name in (called, step.name if step else "") if name)


def _personas(
    step: Step | None, journey: Journey | None, opportunity: Opportunity | None, repository: JourneyRepository
) -> tuple[str, ...]:
    """Return for whom: those of the opportunity, else of the step, else of the journey."""
    ids = next((each.personas for each in (opportunity, step, journey) if each is not None and each.personas), ())
    names = {persona.id: persona.name for persona in repository.personas}
    return tuple(names[each] for each in ids if each in names)


def _need(
    step: Step | None, journey: Journey | None, opportunity: Opportunity | None, repository: JourneyRepository
) -> ContextNeed | None:
    """Return the best known insight: one that the opportunity rests on, else one of the step or journey.

    An opinion is none: nothing is told that is not known.
    """
    because = [
        repository.insight_by_id[i]
        for i in (opportunity.because if opportunity else ())
        if i in repository.insight_by_id
    ]
    near = {insight.id for insight in step.insights} if step else set()
    groups: tuple[Iterable[Insight], ...] = (
        because,
        step.insights if step else (),
        journey.insights if journey else (),
    )
    for group in groups:
        told = [insight for insight in group if not insight.private and insight.evidence > 0]
        if told:
            best = max(told, key=lambda i: (i.id in near, i.evidence))
            return ContextNeed(says=best.says, source=best.source or "", evidence=best.evidence, checked=best.validated)
    return None


def _values_of(opportunity: Opportunity, shown: ShownScore | None) -> dict[str, float]:
    """Return the two values as the shown score was worked out from them; a score that is kept keeps its values."""
    rows: Sequence[Mapping[str, Value]] = dict(shown.inputs).get("opportunities") or () if shown else ()
    inputs = next((row.get("inputs") or {} for row in rows if row.get("id") == opportunity.id), {})
    names = ("customer_value", "business_value")
    return {name: float(inputs[name]) for name in names if inputs.get(name) is not None}


def _refusable(
    primary: Link,
    opportunity: Opportunity | None,
    repository: JourneyRepository,
    namespace: str,
    labels: frozenset[str],
) -> tuple[str, ...]:
    """Return the labels whose removal says no to what the text tells, as far as the ticket carries them."""
    journey = journey_of(primary, repository)
    ids = (primary.target.id, journey.id if journey else "", opportunity.id if opportunity else "")
    names = dict.fromkeys(label_for(each, namespace) for each in ids if each)
    return tuple(name for name in names if name in labels)
