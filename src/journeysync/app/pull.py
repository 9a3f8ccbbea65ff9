"""Read the trackers into the store.

A read is incremental from the stored cursor; a first read, or one after scope or
fields changed, reads everything. A sweep compares the ids in scope with those in
the store; what is missing is read itself before anything is said about it. A
read that breaks keeps what it brought, moves no cursor, and removes nothing.
"""

import json
import time
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeGuard

from journeysync.app.batches import batches
from journeysync.app.beside import side_by_side
from journeysync.app.following import follow, new_ids_of
from journeysync.app.progress import Progress, one_at_a_time, silent
from journeysync.app.results import PulledConnection, PullResult, Trouble
from journeysync.connector import Connector
from journeysync.core.labels import Mark, is_ours_by_name, origin_of_label
from journeysync.errors import ConnectorError, JourneySyncError
from journeysync.model.base import value_hash
from journeysync.model.change import BLOCK, Slot, label_slot, slot_name
from journeysync.model.context import ShownContext
from journeysync.model.ticket import Ticket, TicketRef
from journeysync.model.tracker import Cursor, Found, Gone, Hidden, Moved
from journeysync.store import MarkName, Status

if TYPE_CHECKING:
    from journeysync.app.workspace import Workspace
    from journeysync.config import ConnectionConfig

FETCH_BATCH = 1_000
DEEPEST_HIERARCHY = 20
SAVE_BATCH = 500  # tickets in one transaction: a disk takes milliseconds to confirm one, however small


def pull(
    workspace: "Workspace",
    names: Sequence[str] = (),
    *,
    full: bool = False,
    anew: bool = False,
    progress: Progress = silent,
) -> PullResult:
    """Read the named connections, all if none is named.

    Args:
        workspace: Where to.
        names: Connections to read.
        full: Also make the sweep that finds what is gone.
        anew: Read every ticket, as if nothing had been read before: some marks change and leave no trace in lists.
        progress: Hears "pull <connection>" with tickets so far.

    Returns:
        One row a connection, in the order of the configuration; they are read side by side. A connection that failed
        carries its trouble and does not stop the others.
    """
    begun = _Begun(workspace.now(), workspace.first_run_at)
    told = one_at_a_time(progress)

    def read(config: "ConnectionConfig") -> PulledConnection:
        return _pull_one(workspace, config, begun, full=full, anew=anew, progress=told)

    return PullResult(connections=side_by_side(workspace, workspace.connections(tuple(names)), read))


class _Begun(NamedTuple):
    """What all connections of one pull agree on, whichever is read first."""

    at: datetime
    first_run_at: datetime | None
    """When this workspace first read a tracker; None in the pull that is the first."""


def _pull_one(
    workspace: "Workspace", config: "ConnectionConfig", begun: _Begun, *, full: bool, anew: bool, progress: Progress
) -> PulledConnection:
    started = time.monotonic()
    reader: _Reader | None = None
    trouble = None
    try:
        with workspace.lease(config) as keep:
            reader = _Reader(workspace, config, begun, progress)
            reader.read(full=full, anew=anew, keep=keep)
    except JourneySyncError as error:
        if not workspace.is_stopped:  # a person stopped it: that is no news about the tracker
            workspace.store.set_meta(f"read_failed:{config.name}", f"{workspace.now().isoformat()} {error.what}")
        trouble = Trouble.of(error)
    traffic = reader.connector.traffic if reader else None
    return PulledConnection(
        name=config.name,
        **(reader.counts if reader else {}),
        requests=traffic.requests - reader.requests_before if traffic and reader else 0,
        waited_seconds=round(traffic.waited_seconds, 2) if traffic else 0.0,
        seconds=round(time.monotonic() - started, 3),
        trouble=trouble,
    )


class _Reader:
    """One read of one connection."""

    def __init__(self, workspace: "Workspace", config: "ConnectionConfig", begun: _Begun, progress: Progress) -> None:
        self.workspace = workspace
        self.begun = begun
        self.store = workspace.store
        self.config = config
        self.connector: Connector = workspace.connector(config)
        self.progress = progress
        self.requests_before = self.connector.traffic.requests
        self.counts = {"read": 0, "changed": 0, "gone": 0, "hidden": 0, "out_of_scope": 0}

    def read(self, *, full: bool, anew: bool, keep: Callable[[], object]) -> None:
        """Read what changed, then sweep where that is due, then note that the read was complete."""
        name = self.config.name
        started_at = self.workspace.now()
        scope_key = value_hash([dict(self.config.scope), self.config.url, list(placed_fields(self.workspace, name))])
        scope_changed = self.store.meta(f"scope:{name}") != scope_key
        position = None if scope_changed or anew else self.store.cursor(name)
        first = self.workspace.read_at(name) is None
        # What a read brought before it broke may lack its ancestors: the next one trusts none of it.
        broken = bool(self.store.meta(f"reading:{name}"))
        self.store.set_meta(f"reading:{name}", started_at.isoformat())
        cursor = self._pages(
            Cursor(position, known=self._nothing if broken else self._known) if position else None, keep
        )
        if full or (scope_changed and not first):
            self._sweep(keep)
            full = True
        self._fill_in_ancestors(keep, again=full)
        if cursor is not None:
            self.store.save_cursor(name, cursor.position, at=started_at)
        self.store.set_meta(f"scope:{name}", scope_key)
        self.store.set_meta(f"read_failed:{name}", "")
        self.store.set_meta(f"reading:{name}", "")
        if first and self.begun.first_run_at is None:
            self.store.set_meta("first_run_at", self.begun.at.isoformat())
        self.store.finish_read(name, at=started_at, full=full or position is None)
        self._hear_answers()

    def _hear_answers(self) -> None:
        from journeysync.app.answering import hear_answers

        # An error here hears nobody, so nothing is a "no": what is missing is asked for again with the next read.
        with suppress(ConnectorError):
            hear_answers(self.workspace, self.config, self.connector)

    def _known(self, ids: Sequence[str]) -> Mapping[str, datetime]:
        return self.store.known(self.config.name, ids)

    def _nothing(self, _ids: Sequence[str]) -> Mapping[str, datetime]:
        return {}

    def _pages(self, since: Cursor | None, keep: Callable[[], object]) -> Cursor | None:
        cursor = None
        waiting: list[Ticket] = []
        try:
            for page in self.connector.pull(since):
                keep()
                waiting.extend(page.tickets)
                if len(waiting) >= SAVE_BATCH:
                    batch, waiting = waiting, []
                    self.save(batch)
                self.counts["read"] += page.seen
                self.progress(f"pull {self.config.name}", self.counts["read"], None)
                cursor = page.cursor or cursor
        except ConnectorError:
            self.save(waiting)  # a read that breaks keeps what it brought
            raise
        self.save(waiting)
        return cursor

    def _fill_in_ancestors(self, keep: Callable[[], object], *, again: bool) -> None:
        """Read ancestors that no list told us of: their children were read singly, by a sweep or right before a write.

        What cannot be read is not asked for again before the next sweep.
        """
        note = f"unread_parents:{self.config.name}"
        unread = set() if again else set(json.loads(self.store.meta(note) or "[]"))
        for _level in range(DEEPEST_HIERARCHY):
            missing = [parent for parent in self.store.missing_parents(self.config.name) if parent not in unread]
            if not missing:
                break
            keep()
            # Looked for together first: what is not there need not be asked for one by one.
            there = [seen.ticket.ref.id for seen in self.connector.observe(missing, frozenset())]
            answers = [answer for answer in self.connector.fetch(there) if isinstance(answer, Found | Moved)]
            self.save(
                [
                    answer.ticket.model_copy(update={"context": True}) if isinstance(answer, Moved) else answer.ticket
                    for answer in answers
                ]
            )
            unread.update(missing)  # those that came are no longer missing
            self.store.set_meta(note, json.dumps(sorted(unread)))

    def save(self, tickets: Sequence[Ticket]) -> None:
        """Store tickets, and note who typed the labels of our namespace that are new on them."""
        follow(self.workspace, self.config.name, new_ids_of(self.connector, tickets))
        counted = save_tickets(
            self.workspace, self.config.name, tickets, first_run_at=self.begun.first_run_at, listed=True
        )
        self.counts["changed"] += counted

    def _sweep(self, keep: Callable[[], object]) -> None:
        """Compare ids in scope with the store: read anew what differs, ask for each one that is missing."""
        name = self.config.name
        there: set[str] = set()
        for page in self.connector.sweep():
            keep()
            known = self.store.known(name, [row_id for row_id, _ in page.rows])
            there.update(row_id for row_id, _ in page.rows)
            differ = [row_id for row_id, updated_at in page.rows if known.get(row_id) != updated_at]
            self._ask(differ, there)
            self.progress(f"sweep {name}", len(there), None)
        missing = [row_id for rows in self.store.scope_ids(name) for row_id, _ in rows if row_id not in there]
        self._ask(missing, there)

    def _ask(self, ids: Iterable[str], listed: Container[str]) -> None:
        name = self.config.name
        for batch in batches(ids, FETCH_BATCH):
            answers = tuple(self.connector.fetch(batch))
            moved = {a.ticket.ref.id: (a.id, a.ticket) for a in answers if isinstance(a, Moved) and a.has_new_id}
            follow(self.workspace, name, moved)
            self.save([answer.ticket for answer in answers if isinstance(answer, Found | Moved)])
            gone = [answer.id for answer in answers if is_over(answer)]
            hidden = [answer.id for answer in answers if isinstance(answer, Hidden)]
            # A ticket that answers but is in no list is out of scope: left as it is, no longer counted.
            outside = [
                answer.ticket.ref.id
                for answer in answers
                if (isinstance(answer, Moved) and not answer.has_new_id)
                or (isinstance(answer, Found | Moved) and answer.ticket.ref.id not in listed)
            ]
            found: tuple[tuple[Status, list[str]], ...] = (
                ("gone", gone),
                ("hidden", hidden),
                ("out_of_scope", outside),
            )
            for status, those in found:
                if those:
                    self.store.mark(name, those, status, at=self.workspace.now())
                    self.counts[status] += len(those)


def is_over(answer: Found | Moved | Gone | Hidden) -> TypeGuard[Gone | Moved]:
    """Return whether nothing can be written any longer under the id that was asked for."""
    return isinstance(answer, Gone) or (isinstance(answer, Moved) and answer.has_new_id)


def placed_fields(workspace: "Workspace", connection: str) -> tuple[str, ...]:
    """Return the ids of all fields that placement names for a connection, sorted."""
    placement = workspace.settings.placement
    of_connection = dict(placement.connections).get(connection)
    placements = (
        [of_connection.default, *(p for _, p in of_connection.projects)] if of_connection else [placement.defaults]
    )
    places = [place for p in placements for place in (*p.journey, *p.score, *p.context)]
    return tuple(sorted({place.field for place in places if place.field}))


def save_tickets(
    workspace: "Workspace",
    connection: str,
    tickets: Sequence[Ticket],
    *,
    first_run_at: datetime | Literal["as stored"] | None = "as stored",
    listed: bool = False,
) -> int:
    """Store tickets as they were just read; return how many are new or changed.

    One that is out of scope stays so, unless it was ``listed``: it may be looked at, before an uninstall say, and does
    not come back into the backlog by that.

    A label of our namespace that is new on a ticket is marked as typed by a person or as of unknown
    origin (architecture: ownership), before the ticket that shows it is stored. ``first_run_at`` is the time of the
    workspace's first run by which that is told.
    """
    store = workspace.store
    namespace = workspace.namespace
    labelled = [ticket for ticket in tickets if any(is_ours_by_name(label, namespace) for label in ticket.labels)]
    if labelled:
        now = workspace.now()
        at_of = {ticket.ref: min(ticket.updated_at, now) for ticket in labelled}
        began = workspace.first_run_at if first_run_at == "as stored" else first_run_at
        store.save_marks(_new_marks(workspace, connection, labelled, began), at=now, at_of=at_of)
    away, above = (set(), set()) if listed else store.outside([ticket.ref for ticket in tickets])
    tickets = [t.model_copy(update={"context": True}) if t.ref in above else t for t in tickets]
    # Not every read looks for a comment; what one that did found out is kept in the ledger.
    kept = [ticket if not ticket.shown else ticket.model_copy(update={"shown": _blocks(ticket)}) for ticket in tickets]
    saved = store.save_tickets(connection, kept, read_at=workspace.now())
    if away:
        store.mark(connection, [ref.id for ref in away], "out_of_scope", at=workspace.now())
    _note_lost_labels(workspace, connection, tickets)
    _note_changed_texts(workspace, connection, tickets)
    return len(saved.new) + len(saved.changed)


def _note_lost_labels(workspace: "Workspace", connection: str, tickets: Sequence[Ticket]) -> None:
    """Note in the ledger which labels of ours these tickets do not show, and which they show again."""
    store = workspace.store
    if not store.holds_any(connection):
        return
    held = store.held_labels(connection, [ticket.ref.id for ticket in tickets])
    lost: list[tuple[TicketRef, Slot]] = []
    back: list[tuple[TicketRef, Slot]] = []
    for ticket in tickets:
        there = {label.casefold() for label in ticket.labels} if ticket.ref.id in held else set()
        for slot, state in held.get(ticket.ref.id, {}).items():
            if slot_name(slot).casefold() not in there and state == "live":
                lost.append((ticket.ref, slot))
            elif slot_name(slot).casefold() in there and state == "drift":
                back.append((ticket.ref, slot))
    if lost:
        store.set_drift(lost)
    if back:
        store.set_drift(back, drift=False)


def _blocks(ticket: Ticket) -> tuple[ShownContext, ...]:
    return tuple(shown for shown in ticket.shown if shown.slot == BLOCK)


def _note_changed_texts(workspace: "Workspace", connection: str, tickets: Sequence[Ticket]) -> None:
    """Note in the ledger which texts of ours a person changed, as far as these reads looked, and which are ours again.

    A comment is not looked at in every read, so what was once seen has to be kept.
    """
    store = workspace.store
    if not store.holds_any(connection):
        return
    held = store.held_texts(connection, [ticket.ref.id for ticket in tickets])
    by_id = {ticket.ref.id: ticket for ticket in tickets}
    for state, drift in (("live", True), ("drift", False)):
        found = [
            (by_id[ticket_id].ref, slot)
            for ticket_id, states in held.items()
            for slot, known in states.items()
            if known == state
            and (shown := by_id[ticket_id].text(slot)) is not None
            and (shown.state != "ours") is drift
        ]
        if found:
            store.set_drift(found, drift=drift)


def _new_marks(
    workspace: "Workspace", connection: str, tickets: Sequence[Ticket], first_run_at: datetime | None
) -> list[tuple[TicketRef, str, MarkName]]:
    store = workspace.store
    refs = [ticket.ref for ticket in tickets]
    before = store.stored_labels(connection, [ref.id for ref in refs])
    held = store.ledger(refs, released=True)
    marked = store.marks(refs)
    # What we sent and do not know the end of is ours until its ticket was read and the write is settled.
    under_way = {(intent.ticket, intent.slot) for intent in store.unsettled(connection)}
    marks: list[tuple[TicketRef, str, MarkName]] = []
    for ticket in tickets:
        ours = {slot for slot, _ in ticket.own_receipt.slots} if ticket.own_receipt else set()
        for row in held.get(ticket.ref, ()):
            if row.state == "released":
                ours.discard(row.slot)  # the receipt is older than that
            else:
                ours.add(row.slot)
        seen = before.get(ticket.ref.id)
        for label in ticket.labels:
            if not is_ours_by_name(label, workspace.namespace) or label_slot(label) in ours:
                continue
            if (ticket.ref, label_slot(label)) in under_way:
                continue
            if label in marked.get(ticket.ref, {}) and seen is not None and label in seen:
                continue
            mark: Mark = origin_of_label(
                seen_without_it=seen is not None and label not in seen,
                first_seen_now=seen is None,
                created_at=ticket.created_at,
                first_run_at=first_run_at,
                has_receipt=ticket.receipt is not None,
            )
            marks.append((ticket.ref, label, "typed" if mark is Mark.TYPED else "unknown"))
    again = [(ref, label) for ref, label, _ in marks if label in marked.get(ref, {})]
    if again:
        store.clear_marks(again)  # taken off and put on again: a word of its own, with a time of its own
    return marks
