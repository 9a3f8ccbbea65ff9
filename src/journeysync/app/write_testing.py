"""Try every kind of write on one ticket that a person names, and leave nothing behind (``doctor --write-test``).

A place that is empty is filled and emptied again; one that holds something gets the very same value,
which changes nothing and still shows whether it may be written. Each write is noted first and settled
after, as those of an apply: what a kill in the middle leaves behind is taken out by the next apply.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from journeysync.app.applying import writable
from journeysync.app.explaining import find_ticket
from journeysync.app.found import quiet_of
from journeysync.app.pull import placed_fields, save_tickets
from journeysync.app.settling import row_of, settle
from journeysync.connector import Connector
from journeysync.core.labels import ignore_label, is_ignore_label
from journeysync.core.plan import GIVES_BACK
from journeysync.errors import ConfigError, ConnectorError, ExitCode
from journeysync.model.base import Model, Value
from journeysync.model.change import (
    LINK,
    PROPERTY,
    AddLabel,
    Change,
    Observed,
    Outcome,
    RemoveLabel,
    Result,
    SetField,
    SetLink,
    SetProperty,
    Slot,
    TicketChanges,
    field_slot,
    label_slot,
    slot_kind,
    slot_name,
)
from journeysync.model.plan import Quiet
from journeysync.model.receipt import Receipt
from journeysync.model.ticket import Ticket
from journeysync.store import Lease

if TYPE_CHECKING:
    from journeysync.app.workspace import Workspace
    from journeysync.config import ConnectionConfig

CAUSE = "write test"
_GOOD = (Result.WRITTEN, Result.UNCHANGED)


class Tried(Model):
    """What became of one kind of write."""

    slot: Slot
    works: bool
    cause: str = ""
    next_step: str = ""


class WriteTest(Model):
    """What a write test found out."""

    run: str
    connection: str
    key: str
    quiet: Quiet = "unknown"  # whether such writes send no mails
    tried: tuple[Tried, ...] = ()
    left: tuple[Slot, ...] = ()  # what could not be put back; the next run settles it

    @property
    def exit_code(self) -> ExitCode:
        """Return how a pipeline should read the result."""
        return ExitCode.DONE if all(one.works for one in self.tried) and not self.left else ExitCode.PARTLY

    def as_json(self) -> dict[str, Any]:
        """Return the same as one JSON object."""
        return self.model_dump(mode="json")


def write_test(workspace: "Workspace", name: str) -> WriteTest:
    """Try label, field, link and receipt on the ticket of that name, and put everything back.

    Raises:
        ConfigError: No such ticket, its connection may not be written to, or it is to be left alone.
        ConnectorError: The ticket cannot be read.
    """
    ticket = find_ticket(workspace, name)
    [config] = writable(workspace, [ticket.ref.connection], "apply")
    if any(is_ignore_label(label, workspace.namespace) for label in ticket.labels):
        says = f"{ticket.key} carries {ignore_label(workspace.namespace)}: it is left alone"
        raise ConfigError(says, next_step="name another ticket")
    with workspace.run("write-test", detail={"connection": config.name, "ticket": ticket.key}) as run:
        connector = workspace.connector(config)
        with workspace.lease(config) as keep:
            if workspace.store.unsettled(config.name):
                settle(workspace, config, connector)
            result = _Test(workspace, config, connector, ticket, run.id, keep).result()
        run.result, run.exit_code = result.as_json(), result.exit_code
    return result


class _Test:
    def __init__(
        self,
        workspace: "Workspace",
        config: "ConnectionConfig",
        connector: Connector,
        ticket: Ticket,
        run: str,
        keep: Callable[[], Lease],
    ) -> None:
        self.workspace = workspace
        self.store = workspace.store
        self.config = config
        self.connector = connector
        self.ticket = ticket
        self.run = run
        self.keep = keep
        self.slots = tuple(self._slots())

    def _slots(self) -> Iterator[Slot]:
        yield label_slot(f"{self.workspace.namespace}write-test")
        yield from (field_slot(field) for field in placed_fields(self.workspace, self.config.name))
        yield from (slot for slot in (LINK, PROPERTY) if self.connector.capabilities.of(slot_kind(slot)).can)

    def result(self) -> WriteTest:
        """Try all slots; what breaks the connection ends the trying, never the putting back."""
        seen = self._look()
        tried: list[Tried] = []
        for slot in self.slots:
            tried.append(self._try(slot, seen))
            if not tried[-1].works and tried[-1].cause.startswith(_BROKEN):
                break
        left = self._left(seen)
        return WriteTest(
            run=self.run,
            connection=self.config.name,
            key=self.ticket.key,
            quiet=quiet_of(self.workspace, self.config),
            tried=tuple(tried),
            left=left,
        )

    def _look(self) -> Observed:
        seen = next(iter(self.connector.observe([self.ticket.ref.id], frozenset(self.slots))), None)
        if seen is None:
            raise ConfigError(f"{self.ticket.key} cannot be read", next_step="name a ticket that this account may read")
        return seen

    def _left(self, before: Observed) -> tuple[Slot, ...]:
        """Return the slots that do not show what they showed at first; all that were tried if nobody answers."""
        try:
            with self.workspace.budget(self.config).lifted():
                now = self._look()
        except (ConnectorError, ConfigError):
            return self.slots
        save_tickets(self.workspace, self.config.name, [now.ticket])
        return tuple(slot for slot in self.slots if now.get(slot) != before.get(slot))

    def _try(self, slot: Slot, seen: Observed) -> Tried:
        now = seen.get(slot)
        if slot_kind(slot) == "field" and not any(name == slot_name(slot) for name, _ in seen.ticket.fields):
            return Tried(slot=slot, works=False, cause="these tickets have no such field", next_step=_ASK_FOR_FIELD)
        fills = now is None and slot_kind(slot) != "field"
        try:
            outcome = self._write(slot, now, self._value(slot) if fills else now, fills=fills)
        except ConnectorError as error:
            outcome = self._outcome(slot, f"{_BROKEN} {error.what}", error.next_step)
        finally:
            if fills:
                with suppress(ConnectorError), self.workspace.budget(self.config).lifted():
                    self._empty(slot)
        works = outcome.result in _GOOD
        return Tried(slot=slot, works=works, cause=outcome.cause, next_step=outcome.next_step)

    def _empty(self, slot: Slot) -> None:
        shown = self._look().get(slot)
        if shown is not None:
            self._write(slot, shown, None, fills=True)

    def _write(self, slot: Slot, before: Value, after: Value, *, fills: bool) -> Outcome:
        ref = self.ticket.ref
        change = _change(self.ticket, slot, before, after)
        # A person's value that is written over itself stays theirs, also when a kill is settled.
        is_ours = any(row.slot == slot for row in self.store.ledger([ref]).get(ref, ()))
        inputs = {} if fills or is_ours else {(ref, slot): ((GIVES_BACK, True),)}
        changes = TicketChanges(ticket=ref, key=self.ticket.key, changes=(change,))
        now = self.workspace.now()
        [intent] = self.store.open_intents(self.run, [changes], lease=self.keep(), at=now, inputs=inputs)
        outcome = next(iter(list(self.connector.write([changes]))))
        if outcome.result in _GOOD:
            rows = [row_of(intent, after, at=now)] if fills and after is not None else []
            released = [(ref, slot)] if fills and after is None else []
            self.store.settle(done=[intent.id], rows=rows, released=released)
        elif outcome.result is Result.FAILED:
            self.store.settle(failed={intent.id: outcome.cause})
        return outcome  # of an unknown one the intent stays open: what empties the slot, or the next run, settles it

    def _value(self, slot: Slot) -> Value:
        if slot == LINK:
            url = self.workspace.settings.public_url or self.ticket.url
            return {"url": url, "title": "journeysync write test", "summary": "goes away at once"}
        return Receipt(ticket=self.ticket.ref.id).as_json() if slot == PROPERTY else True

    def _outcome(self, slot: Slot, cause: str, next_step: str) -> Outcome:
        return Outcome(ticket=self.ticket.ref, slot=slot, result=Result.FAILED, cause=cause, next_step=next_step)


_BROKEN = "the connection broke:"
_ASK_FOR_FIELD = "ask an administrator to add the field to the project, or place the value elsewhere"


def _change(ticket: Ticket, slot: Slot, before: Value, after: Value) -> Change:
    if slot == LINK:
        return SetLink(ticket=ticket.ref, cause=CAUSE, before=before, after=after)
    if slot == PROPERTY:
        return SetProperty(ticket=ticket.ref, cause=CAUSE, before=before, after=after)
    if slot_kind(slot) == "field":
        return SetField(ticket=ticket.ref, field=slot_name(slot), cause=CAUSE, before=before, after=after)
    if after is None:
        return RemoveLabel(ticket=ticket.ref, label=slot_name(slot), cause=CAUSE)
    return AddLabel(ticket=ticket.ref, label=slot_name(slot), cause=CAUSE)
