"""What a ticket should show: its projection, slot by slot, with causes (formats.md 7 and 8).

The projection knows nothing of what stands there by whose hand: that is
``core.plan``. It places each thing in the first place that this ticket really
has, and says so where that is not the place which was asked for first.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from journeysync.core.block import TeamsAt, context_of, is_at_work
from journeysync.core.context_link import journey_of, link_summary, link_title, link_url, primary_link, short_path
from journeysync.core.labels import band_label, band_of_label, label_for
from journeysync.core.places import Possible, where_of
from journeysync.core.printable import printable
from journeysync.core.written import ShownScore, score_inputs, score_to_show, written_score
from journeysync.model.base import Model, Pairs, Value
from journeysync.model.change import PRIORITY, PROPERTY, LedgerRow, Slot, field_slot, label_slot, slot_kind, slot_name
from journeysync.model.journey import JourneyRepository
from journeysync.model.link import Link, TicketLinks
from journeysync.model.placement import Place, Placement, PlacementSettings, SlotPolicy
from journeysync.model.plan import Note
from journeysync.model.scoring import Scoring, TicketScore
from journeysync.model.ticket import Ticket, TicketRef
from journeysync.model.tracker import Capabilities


class ProjectSettings(Model):
    """What of the workspace decides how tickets look."""

    workspace_id: str
    public_url: str | None = None
    placement: PlacementSettings = PlacementSettings()
    scoring: Scoring = Scoring()
    time_zone: str = "UTC"  # of dates in texts
    teams: tuple[tuple[str, str], ...] = ()  # (id, name)


class Projection(Model):
    """What one ticket is to show. A slot that is not in ``values`` is to show nothing of ours.

    ``values`` of the property holds "links" and "score" only; which slots we hold is added by the plan.
    """

    ticket: TicketRef
    values: Pairs = ()  # (slot, wanted value)
    causes: Pairs = ()  # (slot, why, in words)
    inputs: Pairs = ()  # (slot, pairs that say what the value was worked out from)
    notes: tuple[Note, ...] = ()
    at_work: bool = False  # somebody changed the ticket a moment ago: its description is not written to now
    skip: str = ""  # why the whole ticket is left alone as it is; then ``values`` is what it would show
    policy: SlotPolicy = SlotPolicy()  # what is done where a person changed what we wrote


def project(
    ticket: Ticket,
    links: TicketLinks,
    score: TicketScore,
    *,
    repository: JourneyRepository,
    settings: ProjectSettings,
    capabilities: Capabilities,
    ledger: Sequence[LedgerRow],
    now: datetime,
    teams_at: TeamsAt = lambda _target: frozenset(),
) -> Projection:
    """Return what a ticket is to show.

    Args:
        ticket: As it was read, in our words.
        links: Its effective links. With the ignore label nothing is wanted, so the plan takes out what is ours.
        score: Today's priority score; the one that is written may be kept instead (``core.written``).
        repository: Names and urls.
        settings: Placement, scoring, where links lead.
        capabilities: What the connection can hold.
        ledger: Our rows of this ticket.
        now: The time of this run.
        teams_at: Which teams have open tickets on a target, by name; asked only where a text is written.
    """
    placement = settings.placement.of(ticket.ref.connection, ticket.project)
    notes = _foreign_bands(ticket, ledger, settings.placement.label_namespace)
    at_work = is_at_work(ticket, ledger, now)
    if links.ignored:
        left = Note(kind="ignored", ticket=ticket.ref, says="marked to be left alone: what is ours is taken out")
        return _bare(ticket, notes=(*notes, left), skip=_why_never(ticket, placement), at_work=at_work)
    skip = _why_never(ticket, placement) or _why_not_now(ticket, placement, ledger, now)
    known = [link for link in links.links if _is_known(link, repository)]
    if not known:
        return _bare(ticket, notes=notes, skip=skip, at_work=at_work)
    possible = Possible(ticket, placement, capabilities)
    if why_not := possible.nowhere():
        note = _fallback_note(where_of(ticket), "everything", "", why_not)
        return _bare(ticket, notes=(*notes, note), skip=skip, at_work=at_work)
    namespace = settings.placement.label_namespace
    shown = score_to_show(
        score, written_score(ledger, ticket.own_receipt, namespace, settings.scoring), settings.scoring, now
    )
    wanted = _Wanted(ticket, known, shown, repository, settings, possible)
    wanted.journeys(placement)
    wanted.score(placement)
    wanted.priority(placement)
    wanted.context(placement, teams_at, now)
    wanted.receipt()
    return wanted.projection((*notes, *wanted.notes), skip, placement.policy, at_work=at_work)


class _Wanted:
    """The projection of one ticket, in the making."""

    def __init__(
        self,
        ticket: Ticket,
        links: Sequence[Link],
        shown: ShownScore | None,
        repository: JourneyRepository,
        settings: ProjectSettings,
        possible: Possible,
    ) -> None:
        self.ticket = ticket
        self.links = links
        self.shown = shown
        self.repository = repository
        self.settings = settings
        self.possible = possible
        self.namespace = settings.placement.label_namespace
        self.notes: list[Note] = []
        self.slots: dict[Slot, tuple[Value, str, Pairs]] = {}

    def want(self, slot: Slot, value: Value, cause: str, inputs: Pairs) -> None:
        """Note what a slot is to show, unless a stronger cause did already."""
        self.slots.setdefault(slot, (value, cause, inputs))

    def want_label(self, label: str, cause: str, inputs: Pairs) -> None:
        """Note that the ticket is to carry a label."""
        self.want(label_slot(label), value=True, cause=cause, inputs=inputs)

    def journeys(self, placement: Placement) -> None:
        """Place journeys (or steps) and, with labels, opportunities."""
        place, why_not = self.possible.first(placement.journey, ("label", "step-label", "field"))
        if place is None or why_not:
            self._fallback("journey", place.kind if place else "", why_not)
        if place is None:
            return
        by_strength = sorted(self.links, key=lambda link: link.origin.rank)
        if place.kind == "field" and place.field is not None:
            self._journey_field(place.field)
            return
        for link in by_strength:
            name = self._label_target(link, steps=place.kind == "step-label")
            if name is not None:
                self.want_label(_label(name, self.namespace), link.cause, _inputs(link))

    def score(self, placement: Placement) -> None:
        """Place the score: a field that this ticket has, else the label of its band."""
        shown = self.shown
        if shown is None:
            return
        place, why_not = self.possible.first(placement.score, ("field", "label"))
        if place is None or why_not:
            taken = f"label {self.namespace}band-N" if place and place.kind == "label" else place and place.field
            self._fallback("score", taken or "", why_not)
        if place is None:
            return
        if place.kind == "field" and place.field is not None:
            self.want(field_slot(place.field), shown.value, shown.sentence, score_inputs(shown))
        elif shown.band is not None:
            self.want_label(band_label(shown.band, self.namespace), shown.sentence, score_inputs(shown))

    def priority(self, placement: Placement) -> None:
        """Place the band as the tracker's own priority, only where somebody asked for it."""
        if placement.priority == "leave" or self.shown is None or self.shown.band is None:
            return
        name = dict(self.settings.scoring.priority_names).get(self.shown.band)
        place, why_not = self.possible.first((Place(kind="priority"),), ("priority",))
        if place is None:
            self._fallback("priority", "", why_not)
        elif name:
            self.want(PRIORITY, name, self.shown.sentence, score_inputs(self.shown))

    def context(self, placement: Placement, teams_at: TeamsAt, now: datetime) -> None:
        """Place path, score and whom to ask: one link, or our words as a comment or in the description."""
        primary = primary_link(self.links)
        journey = journey_of(primary, self.repository)
        url = link_url(self.ticket.ref, journey, self.settings.public_url)
        no_url = "" if url else "public_url is not set and the journey has no url of its own"
        place, why_not = self.possible.first(placement.context, ("link", "comment", "block"), no_url=no_url)
        if place is None or why_not:
            self._fallback("context", place.kind if place else "", why_not)
        if place is None:
            return
        value: Value
        if place.kind == "link":
            value = {
                "url": url,
                "title": link_title(primary, self.links, self.shown, self.repository),
                "summary": link_summary(primary, self.links, self.repository, self.namespace),
            }
        else:
            value = self._words(url, teams_at, now)
        sentence = f"; {self.shown.sentence}" if self.shown else ""
        inputs = _inputs(primary)
        if self.shown is not None:
            inputs = tuple(sorted((*inputs, *score_inputs(self.shown))))
        self.want(place.kind, value, f"linked to {primary.target.id}: {primary.cause}{sentence}", inputs)

    def _words(self, url: str | None, teams_at: TeamsAt, now: datetime) -> Value:
        names = dict(self.settings.teams)
        return context_of(
            self.ticket,
            self.links,
            self.shown,
            self.repository,
            team=names.get(self.ticket.team or ""),
            url=url,
            namespace=self.namespace,
            labels=(slot_name(slot) for slot in self.slots if slot_kind(slot) == "label"),
            teams_at=teams_at,
            today=now.astimezone(ZoneInfo(self.settings.time_zone)).date(),
        ).as_json()

    def receipt(self) -> None:
        """Want a receipt wherever the tracker holds one."""
        if self.slots and self.possible.holds("property"):
            links = sorted(link.target.id for link in self.links)
            score = self.shown.score if self.shown is not None else None
            self.want(PROPERTY, {"v": 1, "links": links, "score": score}, "our receipt of what we hold here", ())

    def projection(self, notes: tuple[Note, ...], skip: str, policy: SlotPolicy, *, at_work: bool) -> Projection:
        """Return the finished value, slots in order."""
        slots = sorted(self.slots.items())
        return Projection.model_construct(
            ticket=self.ticket.ref,
            values=tuple((slot, value) for slot, (value, _, _) in slots),
            causes=tuple((slot, cause) for slot, (_, cause, _) in slots),
            inputs=tuple((slot, inputs) for slot, (_, _, inputs) in slots),
            notes=notes,
            at_work=at_work,
            skip=skip,
            policy=policy,
        )

    def _label_target(self, link: Link, *, steps: bool) -> str | None:
        """Return the id whose label a link gives: its journey, or the step; an opportunity unless it is will-not."""
        if link.target.kind == "opportunity":
            opportunity = self.repository.opportunity_by_id[link.target.id]
            return None if opportunity.state == "will-not" else opportunity.id
        if link.target.kind == "step" and not steps:
            return self.repository.step_by_id[link.target.id].journey
        return link.target.id

    def _journey_field(self, field: str) -> None:
        placed = [link for link in self.links if link.target.kind != "opportunity"]
        if placed:
            names = sorted({printable(short_path(link, self.repository)) for link in placed})
            primary = primary_link(placed)
            self.want(field_slot(field), "; ".join(names), primary.cause, _inputs(primary))

    def _fallback(self, what: str, taken: str, why_not: str) -> None:
        if why_not:  # nothing was asked for otherwise
            self.notes.append(_fallback_note(where_of(self.ticket), what, taken, why_not))


def _is_known(link: Link, repository: JourneyRepository) -> bool:
    target = link.target
    if target.kind == "step":
        return target.id in repository.step_by_id
    if target.kind == "journey":
        return target.id in repository.journey_by_id
    return target.id in repository.opportunity_by_id


def _why_never(ticket: Ticket, placement: Placement) -> str:
    """Return why the ticket is not written to, whatever it shows and whoever asks; empty if it may be."""
    if ticket.context:
        return "read as an ancestor only"
    if ticket.visibility == "public" and placement.public == "nothing":
        return "public, and placement says 'public: nothing'"
    if placement.closed == "leave" and not ticket.state.is_open:
        return "closed, and placement says 'closed: leave'"
    return ""


def _why_not_now(ticket: Ticket, placement: Placement, ledger: Sequence[LedgerRow], now: datetime) -> str:
    if ticket.kind not in placement.levels:
        return f"kind '{ticket.kind}' is not among the levels that are written to"
    days = placement.quiet_after_days
    is_ours = ticket.own_receipt is not None or any(row.state != "released" for row in ledger)
    if days and now - ticket.updated_at > timedelta(days=days) and not is_ours:
        return f"untouched for more than {days} days"
    return ""


def _foreign_bands(ticket: Ticket, ledger: Sequence[LedgerRow], namespace: str) -> tuple[Note, ...]:
    """Return a note for each band label that is not ours: nobody types those."""
    typed = [label for label in ticket.labels if band_of_label(label, namespace) is not None]
    if not typed:
        return ()
    ours = {row.slot for row in ledger if row.state != "released"}
    ours |= {slot for slot, _ in ticket.own_receipt.slots} if ticket.own_receipt else set()
    says = "is a score band that we did not write: it is left and says nothing"
    return tuple(
        Note(kind="foreign", ticket=ticket.ref, slot=label_slot(label), says=f"{label} {says}")
        for label in typed
        if label_slot(label) not in ours
    )


def _inputs(link: Link) -> Pairs:
    return _pairs(link.target.id, link.origin.value, link.rule)


@lru_cache(maxsize=4096)
def _pairs(target: str, origin: str, rule: str | None) -> Pairs:
    """Return what a link is kept as; one object for all tickets, since a plan holds very many."""
    ruled = (("rule", rule),) if rule else ()
    return (("origin", origin), *ruled, ("target", target))


@lru_cache(maxsize=4096)
def _label(name: str, namespace: str) -> str:
    return label_for(name, namespace)


def _bare(ticket: Ticket, *, notes: tuple[Note, ...], skip: str, at_work: bool) -> Projection:
    return Projection.model_construct(
        ticket=ticket.ref,
        values=(),
        causes=(),
        inputs=(),
        notes=notes,
        at_work=at_work,
        skip=skip,
        policy=SlotPolicy(),
    )


@lru_cache(maxsize=4096)
def _fallback_note(where: str, what: str, taken: str, why_not: str) -> Note:
    """Return the note of a fallback; the same object for all tickets of a project, so that a plan can count them."""
    return Note(kind="fallback", says=f"{where}: {what} -> {taken or 'not shown'}, because {why_not}")
