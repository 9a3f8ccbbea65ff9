"""A tracker in memory that fulfils the whole Connector Protocol.

It is honest where trackers are awkward: pages, ties, lists that lag, tickets that
move, vanish and hide, numbers that come back as decimals, answers that get lost.
"""

import copy
import hmac
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, TypeVar

from journeysync.connector import ConnectionSettings, Traffic
from journeysync.errors import AuthFailed
from journeysync.model.base import Value
from journeysync.model.change import (
    BLOCK,
    COMMENT,
    AddLabel,
    Change,
    Observed,
    Outcome,
    RemoveLabel,
    Result,
    SetField,
    SetLink,
    SetPriority,
    SetProperty,
    SetText,
    Slot,
    SlotKind,
    TicketChanges,
    slot_kind,
    slot_name,
)
from journeysync.model.context import Context
from journeysync.model.receipt import Receipt
from journeysync.model.ticket import Ticket
from journeysync.model.tracker import (
    Capabilities,
    Cursor,
    Finding,
    Found,
    Gone,
    Hidden,
    IdPage,
    Moved,
    Needs,
    Page,
    SlotCapability,
)
from journeysync.richtext import markdown
from journeysync.richtext.found import FoundText, why_not
from journeysync.richtext.words import words_of
from journeysync.testing.backlog import Backlog, Version
from journeysync.testing.failures import Failures, Written

Row = TypeVar("Row")
PROJECTS = ("BILL", "ONB")
OVERLAP = timedelta(minutes=15)  # a list may show an older change after a newer one
MARK = "journeysync:"
HOOK_SECRET = b"a hook secret of the tests"
ALL_SLOTS: Mapping[SlotKind, SlotCapability] = {
    "label": SlotCapability(can=True, readback="list", limit=255),
    "field": SlotCapability(can=True, readback="list"),
    "link": SlotCapability(can=True, readback="single", limit=255),
    "property": SlotCapability(can=True, readback="list", limit=32_768),
    "comment": SlotCapability(can=True, readback="single", limit=32_767),
    "block": SlotCapability(can=True, readback="list", limit=32_767),
    "priority": SlotCapability(can=True, readback="list"),
}


class FakeTracker(Backlog):
    """One connection to a tracker in memory; also the tracker itself, as people see it (``Backlog``).

    Args:
        tickets: What is there at first.
        name: The connection's name.
        workspace: Our workspace, for marks.
        projects: What is in scope; a ticket elsewhere is read only as an ancestor of one in scope.
        page_size: Rows of a page.
        cannot: Kinds of slots that this tracker cannot hold, each with why not.
        more: As in ``Backlog``: fields, choices, clock, tick_seconds.
    """

    outside = "OTHER"  # a project out of scope, for tests
    number_field = "score"
    text_field = "why"
    select_field = "size"

    def __init__(
        self,
        tickets: Iterable[Ticket] = (),
        *,
        name: str = "billing",
        workspace: str = "k3f9",
        projects: Sequence[str] = PROJECTS,
        page_size: int = 50,
        cannot: Mapping[SlotKind, str] | None = None,
        **more: Any,
    ) -> None:
        self.name = name
        self.workspace = workspace
        self.projects = tuple(projects)
        self.page_size = page_size
        self.traffic = Traffic()
        self.failures = Failures()
        self.journal: list[Written] = []
        self.closed = False
        why_not = cannot or {}
        slots = {kind: SlotCapability(can=False, why_not=why) for kind, why in why_not.items()}
        self.capabilities = Capabilities(slots=tuple(sorted(({**ALL_SLOTS, **slots}).items())), quiet="yes")
        self._workspace_of_receipts = workspace
        super().__init__(tickets, connection=name, **more)

    def _first_project(self) -> str:
        return self.projects[0]

    def seen_by(self, workspace: str) -> "FakeTracker":
        """Return a connection of another workspace to the same tracker, with a journal and failures of its own."""
        other = copy.copy(self)
        other.workspace, other.journal, other.failures, other.traffic = workspace, [], Failures(), Traffic()
        return other

    def refuse(self, ticket: str) -> None:
        """Let the tracker reject every write to a ticket, until ``failures.heal``."""
        self.failures.reject(self.id_of(ticket))

    # The Protocol: reading

    def check(self) -> Iterator[Finding]:
        """Yield findings about reach, scope and fields."""
        yield Finding(level="ok", topic="reach", says=f"{self.name} answers")
        yield Finding(level="ok", topic="auth", says="known as the tests' bot")
        for project in self.projects:
            yield Finding(level="ok", topic="permissions", says=f"{project}: may browse and edit", project=project)
        for field_id, kind in self.field_kinds.items():
            yield Finding(level="ok", topic="fields", says=f"field {field_id} takes a {kind}")

    def pull(self, since: Cursor | None) -> Iterator[Page]:
        """Yield pages of tickets in scope, oldest change first, each with the ancestors that are out of scope."""
        first = datetime.fromisoformat(since.position) if since else None
        start = first - OVERLAP if first else datetime.min.replace(tzinfo=UTC)
        rows = [ticket for ticket in map(self._as_ticket, self._listed_in_scope()) if ticket.updated_at >= start]
        given: set[str] = set()
        newest = max((row.updated_at for row in rows), default=first)
        for number, page in enumerate(pages := _cut(rows, self.page_size)):
            self._on_read()
            fresh = tuple(self._unknown_to(since, [*page, *self._ancestors(page, given)]))
            given |= {ticket.ref.id for ticket in fresh}
            last = number == len(pages) - 1
            cursor = Cursor(newest.isoformat()) if last and newest else None
            yield Page(fresh, cursor=cursor, complete=last, seen=len(page))

    def sweep(self) -> Iterator[IdPage]:
        """Yield the ids in scope, as the list shows them."""
        rows = [(ticket.ref.id, ticket.updated_at) for ticket in map(self._as_ticket, self._listed_in_scope())]
        pages = _cut(rows, self.page_size)
        for number, page in enumerate(pages):
            self._on_read()
            yield IdPage(tuple(page), complete=number == len(pages) - 1)

    def fetch(self, ids: Sequence[str]) -> Iterator[Found | Moved | Gone | Hidden]:
        """Read tickets themselves; an id that never was is Hidden, since nobody can tell."""
        self._on_read()
        for ticket_id in dict.fromkeys(ids):
            yield self._answer_for(ticket_id)

    def observe(self, ids: Sequence[str], slots: frozenset[Slot]) -> Iterator[Observed]:
        """Read tickets and slots as they are right now."""
        self._on_read()
        for ticket_id in dict.fromkeys(ids):
            version = self._version(ticket_id)
            if version and version.ticket and not version.hidden and not version.moved_to:
                values = {slot: value for slot in slots if (value := self._value(version, slot)) is not None}
                ticket = self._as_ticket(version)
                if COMMENT in slots:
                    ticket = ticket.model_copy(update={"shown": (*ticket.shown, self._comment(version).shown(COMMENT))})
                yield Observed(ticket=ticket, values=tuple(sorted(values.items())))

    # The Protocol: writing

    def write(self, changes: Sequence[TicketChanges]) -> Iterator[Outcome]:
        """Write each slot by itself, in the order given."""
        for ticket in changes:
            self.traffic.requests += 1
            for change in ticket.changes:
                result, cause, retry = self._try(change)
                next_step = "open the ticket and try by hand" if result is Result.FAILED else ""
                yield Outcome(
                    ticket=change.ticket, slot=change.slot, result=result, cause=cause, next_step=next_step, retry=retry
                )

    def prepare(self, needs: Needs) -> Iterator[Change]:  # noqa: ARG002  # the Protocol's word
        """Yield nothing: labels are made at first use here."""
        yield from ()

    def parse_hook(self, headers: Mapping[str, str], body: bytes) -> tuple[str, ...]:
        """Return the ids in ``{"ids": [...]}``; X-Fake-Signature is the body's HMAC with HOOK_SECRET."""
        signature = {name.lower(): value for name, value in headers.items()}.get("x-fake-signature", "")
        if not hmac.compare_digest(signature, hmac.new(HOOK_SECRET, body, sha256).hexdigest()):
            raise AuthFailed("a webhook without our signature", where=self.name, next_step="check the hook's secret")
        return tuple(json.loads(body)["ids"])

    def close(self) -> None:
        """Remember that it was closed."""
        self.closed = True

    # How

    def _on_read(self) -> None:
        self.traffic.requests += 1
        self.traffic.reads += 1
        self.failures.on_read()

    def _is_in_scope(self, ticket: Ticket) -> bool:
        return ticket.project in self.projects

    def _listed_in_scope(self) -> list[Version]:
        rows = [version for version in self._listed().values() if version.ticket and self._is_in_scope(version.ticket)]
        return sorted(rows, key=lambda row: (row.ticket.updated_at, row.ticket.ref.id) if row.ticket else ())

    def _as_ticket(self, version: Version) -> Ticket:
        """Return the ticket with our receipt and the marks of others, as a connector reads it."""
        if version.ticket is None:
            raise KeyError("a deleted ticket")
        receipt = version.receipts.get(self.workspace)
        linked = {name.removeprefix(MARK) for name in version.links if name.startswith(MARK)}
        block = markdown.find(version.ticket.body, self.workspace)
        others = {*version.receipts, *linked, *block.foreign} - {self.workspace}
        marks = {
            "receipt": Receipt.model_validate(receipt) if receipt else None,
            "foreign": tuple(sorted(others)),
            "shown": (block.shown(BLOCK),) if block.state != "none" else (),
            "body": markdown.without(version.ticket.body, self.workspace),
            "context": not self._is_in_scope(version.ticket),
        }
        return version.ticket.model_copy(update=marks)

    def _ancestors(self, page: Sequence[Ticket], given: set[str]) -> list[Ticket]:
        """Return the ancestors of a page that are out of scope and were not given yet, each once."""
        listed, seen, found = self._listed(), set(given), []
        for ticket in page:
            above = ticket.parent
            while above in listed and above not in seen:
                seen.add(above)
                parent = self._as_ticket(listed[above])
                found += [parent] if parent.context else []
                above = parent.parent
        return found

    def _unknown_to(self, since: Cursor | None, tickets: Sequence[Ticket]) -> Iterator[Ticket]:
        known = since.known([ticket.ref.id for ticket in tickets]) if since else {}
        return (ticket for ticket in tickets if known.get(ticket.ref.id) != ticket.updated_at)

    def _version(self, ticket_id: str) -> Version | None:
        return versions[-1] if (versions := self._versions.get(ticket_id)) else None

    def _answer_for(self, ticket_id: str) -> Found | Moved | Gone | Hidden:
        version = self._version(ticket_id)
        if version is None or version.hidden:
            return Hidden(id=ticket_id, cause="the tracker shows no such ticket")
        if version.moved_to:
            answer = self._answer_for(version.moved_to)
            if isinstance(answer, Gone | Hidden):
                return answer.model_copy(update={"id": ticket_id})
            return Moved(id=ticket_id, ticket=answer.ticket)
        if version.ticket is None:
            return Gone(id=ticket_id, cause="deleted")
        ticket = self._as_ticket(version)
        return Found(ticket=ticket) if self._is_in_scope(ticket) else Moved(id=ticket_id, ticket=ticket)

    def _value(self, version: Version, slot: Slot) -> Value:
        if version.ticket is None:
            return None
        match slot_kind(slot):
            case "label":
                return True if slot_name(slot) in version.ticket.labels else None
            case "field":
                return version.ticket.field(slot_name(slot))
            case "priority":
                return version.ticket.priority
            case "link":
                return version.links.get(self._link_id)
            case "property":
                return version.receipts.get(self.workspace)
            case "comment":
                return self._comment(version).shown(COMMENT).value()
            case "block":
                return markdown.find(version.ticket.body, self.workspace).shown(BLOCK).value()
            case _:
                return None

    def _comment(self, version: Version) -> FoundText:
        """Return our comment: the first that is."""
        found = (markdown.find(each, self.workspace) for each in version.comments)
        return next((each for each in found if each.state != "none"), FoundText())

    @property
    def _link_id(self) -> str:
        return MARK + self.workspace

    def _try(self, change: Change) -> tuple[Result, str, bool]:
        """Return what became of a change, why it failed, and whether another try can help."""
        ticket_id, slot = change.ticket.id, change.slot
        version = self._version(ticket_id)
        if version is None or version.ticket is None or version.hidden or version.moved_to:
            return Result.FAILED, "the ticket is not there", False
        if self.failures.is_conflict(ticket_id):
            return Result.FAILED, "somebody else is changing the ticket", True
        if cause := self.failures.rejection_of(ticket_id, slot) or self._refusal(change):
            return Result.FAILED, cause, False
        if isinstance(change, SetText) and (cause := self._left_alone(change, version)):
            return Result.LATER, cause, True
        if isinstance(change, SetPriority) and version.ticket.priority not in (change.before, change.after):
            return Result.LATER, "a person set another priority meanwhile", True
        self.failures.on_write(ticket_id, slot)
        self.traffic.writes += 1
        changed = self._carry_out(change, version)
        self.failures.on_written(ticket_id, slot)
        if self.failures.is_unknown(ticket_id):
            return Result.UNKNOWN, "the answer was lost", True
        return (Result.WRITTEN if changed else Result.UNCHANGED), "", False

    def _refusal(self, change: Change) -> str:
        """Return why this tracker cannot take a change; empty if it can."""
        capability = self.capabilities.of(slot_kind(change.slot))
        if not capability.can:
            return capability.why_not
        if isinstance(change, AddLabel) and " " in change.label:
            return f"The label '{change.label}' contains spaces which is invalid."
        if isinstance(change, SetField) and change.after is not None:
            return self._refusal_of_value(change.field, change.after)
        return ""

    def _left_alone(self, change: SetText, version: Version) -> str:
        text = version.ticket.body if version.ticket else ""
        is_block = change.place == BLOCK
        return why_not(markdown.find(text, self.workspace) if is_block else self._comment(version), change.seen)

    def _refusal_of_value(self, field_id: str, value: Value) -> str:
        match self.field_kinds.get(field_id):
            case "number":
                fits = isinstance(value, int | float) and not isinstance(value, bool)
            case "text":
                fits = isinstance(value, str)
            case "select":
                fits = value in self.choices
            case None:
                return f"Field '{field_id}' cannot be set. It is not on the appropriate screen, or unknown."
        return "" if fits else f"{field_id}: the value {value!r} is not valid."

    def _carry_out(self, change: Change, version: Version) -> bool:
        """Write one slot; return whether anything changed. Marks (link, receipt) leave ``updated_at`` as it was."""
        after = self.as_shown(change.field, change.after) if isinstance(change, SetField) else change.after
        before = self._value(version, change.slot)
        if before == after and not isinstance(change, SetText):
            return False
        match change:
            case AddLabel():
                self.type_label(change.ticket.id, change.label)
            case RemoveLabel():
                self.remove_label(change.ticket.id, change.label)
            case SetField():
                self.set_field(change.ticket.id, change.field, after)
            case SetPriority():
                self.edit(change.ticket.id, priority=after)
            case SetLink():
                self._append(change.ticket.id, replace(version, links=_with(version.links, self._link_id, after)))
            case SetProperty():
                self._append(
                    change.ticket.id, replace(version, receipts=_with(version.receipts, self.workspace, after))
                )
            case SetText():
                if not self._write_text(change, version):
                    return False
        self.journal.append(Written(change.ticket.id, change.slot, before, after, self.clock()))
        return True

    def _write_text(self, change: SetText, version: Version) -> bool:
        """Write our words, in Markdown; return whether anything changed."""
        context = Context.model_validate(change.after) if change.after is not None else None
        part = markdown.render(words_of(context), self.workspace) if context else None
        if change.place == BLOCK:
            body = self.body(change.ticket.id)
            spliced = markdown.splice(body, part, self.workspace)
            if spliced != body:
                self.edit_body(change.ticket.id, spliced)
            return spliced != body
        ours = next(
            (n for n, each in enumerate(version.comments) if markdown.find(each, self.workspace).start >= 0), None
        )
        if ours is None:
            if part is not None:
                self.type_comment(change.ticket.id, part)
            return part is not None
        is_new = version.comments[ours] != part
        self.edit_comment(change.ticket.id, ours, part or "")
        return is_new


def fake_connector(settings: ConnectionSettings) -> FakeTracker:
    """Make an empty tracker from settings, as an entry point of the group ``journeysync.connectors`` would."""
    return FakeTracker(
        name=settings.name, workspace=settings.workspace, projects=tuple(settings.scope.get("projects", PROJECTS))
    )


def _with(old: Mapping[str, Value], name: str, value: Value) -> dict[str, Value]:
    """Return a mapping with one value set, or taken out if it is None."""
    return {key: each for key, each in {**old, name: value}.items() if each is not None}


def _cut(rows: Sequence[Row], size: int) -> list[Sequence[Row]]:
    """Return pages of ``size`` rows; one empty page if there are none."""
    return [rows[start : start + size] for start in range(0, len(rows), size)] or [()]
