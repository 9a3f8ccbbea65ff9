"""Match tickets to journeys: what changed since it was last matched, and what hangs below it."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from journeysync.app.labels import report_labels
from journeysync.app.progress import Progress, silent
from journeysync.app.results import LinksResult
from journeysync.core.expect import ExpectFailure, run_expectations
from journeysync.core.match import inherit
from journeysync.core.mentions import mentions_in
from journeysync.core.vocabulary import in_our_words, unknown_words, without_team
from journeysync.model.change import slot_kind, slot_name
from journeysync.model.decision import Decision
from journeysync.model.link import TicketLinks
from journeysync.model.ticket import Ticket, TicketRef
from journeysync.store import Lineage, MarkName, Store

if TYPE_CHECKING:
    from journeysync.app.workspace import Workspace

BATCH = 1_000


def links(workspace: "Workspace", *, progress: Progress = silent) -> LinksResult:
    """Bring all links up to date and count them."""
    matched = relink(workspace, progress=progress)
    found = count_links(workspace).model_copy(update={"matched": matched})
    report_labels(workspace, found)
    return found


def relink(workspace: "Workspace", *, progress: Progress = silent) -> int:
    """Match again what changed: tickets, mappings, journeys, ancestors.

    Returns:
        How many tickets were matched again; 0 when nothing changed.
    """
    hear_what_ended(workspace)
    store = workspace.store
    key = workspace.mappings_key
    matched = 0
    again = True
    while again:  # once more where what a text names now lies above tickets that were matched before it
        again = False
        for batch in store.due(key, batch_size=BATCH):
            again |= _match(workspace, batch, key)
            matched += len(batch)
            progress("match", matched, None)
    if matched:  # the store knows what hangs below a ticket whose own links are others now: nothing is held here
        for refs in store.stale(batch_size=BATCH):
            _inherit(workspace, refs)
    return matched


def hear_what_ended(workspace: "Workspace") -> None:
    """Make the tickets of decisions that ended since the last call due for matching."""
    store, now = workspace.store, workspace.now()
    last = store.meta("decisions_heard")
    ended = store.decisions_ended(after=datetime.fromisoformat(last), until=now) if last else ()
    if ended:
        store.rematch({decision.ticket for decision in ended if decision.ticket is not None})
    if ended or not last:
        store.set_meta("decisions_heard", now.isoformat())


def _match(workspace: "Workspace", tickets: Sequence[Ticket], key: str) -> bool:
    """Store the own links of tickets; return whether others became due by what their texts name now."""
    store = workspace.store
    refs = [ticket.ref for ticket in tickets]
    below: set[TicketRef] = set()
    if workspace.has_many_trackers:
        below = store.save_mentions((ticket, mentions_in(ticket)) for ticket in tickets)
    marks = _marks(store, refs)
    typed_at = store.typed_at(marks)
    ancestors = store.ancestors(refs) if workspace.matcher.uses_under else {}
    now = workspace.now()
    decisions: dict[TicketRef | None, list[Decision]] = defaultdict(list)
    for decision in store.decisions(refs):
        if decision.holds(now):
            decisions[decision.ticket].append(decision)
    rows: list[tuple[TicketLinks, str]] = []
    ours = [in_our_words(ticket, workspace.settings.vocabulary) for ticket in tickets]
    for ticket in ours:
        of_ticket = marks.get(ticket.ref, {})
        own = workspace.matcher.own_links(
            ticket,
            ancestors=[name for above in ancestors.get(ticket.ref, ()) for name in (above.ref.id, *above.keys)],
            typed=frozenset(label for label, mark in of_ticket.items() if mark == "typed"),
            unowned=frozenset(label for label, mark in of_ticket.items() if mark == "unknown"),
            decisions=decisions.get(ticket.ref, ()),
            typed_at=typed_at.get(ticket.ref),
        )
        rows.append((own, key))
    store.save_facts(ours)  # before what says that they were matched: a kill in between does no harm
    store.save_matches(rows)
    if below and workspace.matcher.uses_under:
        store.rematch(below)
        return True
    return False


def _marks(store: Store, refs: Sequence[TicketRef]) -> dict[TicketRef, dict[str, MarkName]]:
    """Return the marks of labels, without those that we wrote since: a person had typed and taken them off."""
    marks = store.marks(refs)
    held = store.ledger(marks) if marks else {}
    ours = {ref: {slot_name(row.slot) for row in rows if slot_kind(row.slot) == "label"} for ref, rows in held.items()}
    return {
        ref: {label: mark for label, mark in of_ticket.items() if label not in ours.get(ref, ())}
        for ref, of_ticket in marks.items()
    }


def _inherit(workspace: "Workspace", refs: Sequence[TicketRef]) -> None:
    store = workspace.store
    lineages = store.lineages(refs)
    above = {one.ref for lineage in lineages.values() for one in (*lineage.chain, *lineage.doubtful)}
    own = store.own_links([*refs, *above])
    store.save_effective([_with_inherited(own[ref], lineages[ref], own) for ref in refs if ref in own])


def _with_inherited(links: TicketLinks, lineage: Lineage, own: Mapping[TicketRef, TicketLinks]) -> TicketLinks:
    return inherit(
        links,
        [own[above.ref] for above in lineage.chain if above.ref in own],
        doubtful=[own[above.ref] for above in lineage.doubtful if above.ref in own],
        via={above.ref: above.via for above in (*lineage.chain, *lineage.doubtful) if above.via},
    )


def count_links(workspace: "Workspace") -> LinksResult:
    """Count links of tickets in scope, without matching anything again."""
    tally = LinkTally(workspace)
    for batch in workspace.store.iter_tickets():
        tally.add(batch, workspace.store.links([ticket.ref for ticket in batch]))
    return tally.result()


class LinkTally:
    """Counts links while tickets stream past, so that who reads all tickets anyway needs no second pass."""

    def __init__(self, workspace: "Workspace") -> None:
        self._vocabulary = workspace.settings.vocabulary
        self._counts: Counter[str] = Counter()
        self._origins: Counter[str] = Counter()
        self._rules: Counter[str] = Counter({rule.id: 0 for rule in workspace.settings.rules})
        self._unknown: Counter[str] = Counter()
        self._unowned: Counter[str] = Counter()
        self._words: Counter[tuple[str | None, str, str]] = Counter()

    def add(self, tickets: Sequence[Ticket], found: Mapping[TicketRef, TicketLinks]) -> None:
        """Count tickets in scope, with their effective links; one that was not matched yet has none."""
        self._words.update(unknown_words(tickets, self._vocabulary))
        self._counts["without_team"] += sum(without_team(tickets, self._vocabulary).values())
        for ticket in tickets:
            self._add(found.get(ticket.ref) or TicketLinks(ticket=ticket.ref))

    def _add(self, links: TicketLinks) -> None:
        counts = self._counts
        counts["tickets"] += 1
        counts["linked"] += bool(links.links)
        counts["enabling"] += links.enabling is not None
        counts["orphans"] += links.is_orphan
        counts["ignored"] += links.ignored
        counts["suggestions"] += len(links.suggestions)
        self._unknown.update(links.unknown_labels)
        self._unowned.update(links.unowned_labels)
        for rule in {link.rule for link in links.links if link.rule}:
            self._rules[rule] += 1
        if links.enabling:
            self._rules[links.enabling.rule] += 1
        if links.links:
            self._origins[min(links.links, key=lambda link: link.origin.rank).origin] += 1

    def result(self) -> LinksResult:
        """Return what was counted so far."""
        return LinksResult(
            **self._counts,
            by_origin=tuple(sorted(self._origins.items())),
            by_rule=tuple(self._rules.items()),
            unknown_labels=tuple(sorted(self._unknown.items())),
            unowned_labels=tuple(sorted(self._unowned.items())),
            unknown_words=tuple(
                (f"{team or 'no team'}: {what} '{word}'", count)
                for (team, what, word), count in sorted(self._words.items(), key=str)
            ),
        )


def test_rules(workspace: "Workspace") -> tuple[ExpectFailure, ...]:
    """Run every ``expect`` of the rules; keys are looked up in the store."""
    vocabulary = workspace.settings.vocabulary

    def look_up(key: str) -> Ticket | None:
        found = workspace.store.find(key)
        return in_our_words(found[0], vocabulary) if found else None

    return run_expectations(workspace.settings.rules, workspace.matcher, look_up)


def orphans(workspace: "Workspace", *, open_only: bool = True) -> Iterable[Ticket]:
    """Yield tickets in scope that nothing says what they are for, in stable order."""
    for batch in workspace.store.iter_tickets():
        found = workspace.store.links([ticket.ref for ticket in batch])
        for ticket in batch:
            of_ticket = found.get(ticket.ref)
            if of_ticket and of_ticket.is_orphan:
                ours = in_our_words(ticket, workspace.settings.vocabulary)
                if ours.state.is_open or not open_only:
                    yield ours
