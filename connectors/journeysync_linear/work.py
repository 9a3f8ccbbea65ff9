"""What one issue needs, worked out from what stands in it right now: a diff, so that nothing is done twice. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from journeysync.model.change import (
    LINK,
    PRIORITY,
    PROPERTY,
    Outcome,
    Result,
    Slot,
    TicketChanges,
    label_slot,
    slot_kind,
)
from journeysync_linear.attachments import OurAttachment, attachment_input, our_attachment
from journeysync_linear.translate import PRIORITIES, priority_number


@dataclass
class TicketWork:
    """The changes of one issue beside the issue as it is; outcomes are settled slot by slot.

    Attributes:
        changes: What is to be written.
        team: Id of its team.
        url: Of its page.
        labels: Id of each label that it carries, by name folded.
        attachment: Ours, None if there is none.
        priority: Linear's word for its priority, None while it is unset.
    """

    changes: TicketChanges
    team: str
    url: str
    labels: Mapping[str, str]
    attachment: OurAttachment | None
    priority: str | None = None
    outcomes: dict[Slot, Outcome] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Return the ticket's id."""
        return self.changes.ticket.id

    def adds(self) -> list[str]:
        """Return the labels that are missing and not settled."""
        named = [change.label for change in self.changes.changes if change.kind == "add_label"]
        return [name for name in named if name.casefold() not in self.labels and label_slot(name) not in self.outcomes]

    def removes(self) -> list[str]:
        """Return the labels that are there, to be taken off, and not settled."""
        named = [change.label for change in self.changes.changes if change.kind == "remove_label"]
        return [name for name in named if name.casefold() in self.labels and label_slot(name) not in self.outcomes]

    def settle_unchanged_labels(self) -> None:
        """Settle the labels that are as they should be."""
        todo = {label_slot(name) for name in (*self.adds(), *self.removes())}
        for change in self.changes.changes:
            if slot_kind(change.slot) == "label" and change.slot not in todo and change.slot not in self.outcomes:
                self.settle((change.slot,), Result.UNCHANGED)

    def urgency(self) -> int | None:
        """Return the number of the priority that is to be set and not settled; 0 gives it back to unset."""
        for change in self.changes.changes:
            if change.kind == "set_priority" and change.slot not in self.outcomes:
                return priority_number(change.after)
        return None

    def settle_priority(self) -> None:
        """Settle a priority that is as it should be, that Linear has no word for, or that a person set meanwhile."""
        for change in self.changes.changes:
            if change.kind != "set_priority":
                continue
            if priority_number(change.after) is None:
                named = ", ".join(PRIORITIES.values())
                step = f"write one of these under priority_names in scoring.yaml: {named}"
                cause = f"Linear has no priority '{change.after}'"
                self.settle((PRIORITY,), Result.FAILED, cause=cause, next_step=step)
            elif priority_number(change.after) == priority_number(self.priority):
                self.settle((PRIORITY,), Result.UNCHANGED)
            elif priority_number(change.before) != priority_number(self.priority):
                cause = f"a person set the priority {self.priority or 'to nothing'} meanwhile: it is kept"
                self.settle((PRIORITY,), Result.LATER, cause=cause)

    @property
    def attachment_slots(self) -> tuple[Slot, ...]:
        """Return the slots that our attachment holds, among those to be written."""
        return tuple(change.slot for change in self.changes.changes if change.slot in (LINK, PROPERTY))

    @property
    def claims_too_much(self) -> bool:
        """Return whether a receipt was written that names a slot which failed meanwhile."""
        failed = {slot for slot, outcome in self.outcomes.items() if outcome.result is Result.FAILED}
        written = PROPERTY in self.outcomes and self.outcomes[PROPERTY].result is Result.WRITTEN
        return written and bool(failed - set(self.attachment_slots))

    def wanted(self) -> tuple[Any, Any]:
        """Return (link, receipt) as they are to stand; the receipt claims no slot that could not be written."""
        held = self.attachment
        values: dict[Slot, Any] = {
            LINK: held.link if held else None,
            PROPERTY: held.receipt if held else None,
        }
        for change in self.changes.changes:
            if change.slot in values:
                values[change.slot] = change.after
        failed = {
            slot
            for slot, outcome in self.outcomes.items()
            if outcome.result in (Result.FAILED, Result.UNKNOWN, Result.LATER)
        }
        receipt = values[PROPERTY]
        if failed and isinstance(receipt, Mapping) and isinstance(receipt.get("slots"), Mapping):
            kept = {slot: value for slot, value in receipt["slots"].items() if slot not in failed}
            receipt = {**receipt, "slots": kept} if kept or not receipt["slots"] else (held.receipt if held else None)
        return values[LINK], receipt

    def attachment_steps(self, workspace: str) -> tuple[dict[str, Any] | None, tuple[str, ...]]:
        """Return (input of an attachmentCreate or None, ids of attachments to take away after it).

        One with another address is a new one: it is made before the old one goes, so that the receipt is never lost.
        """
        held, (link, receipt) = self.attachment, self.wanted()
        surplus = held.others if held else ()
        if link is None and receipt is None:
            return None, ((held.id, *surplus) if held else ())
        given = attachment_input(self.id, workspace, home=self.url, link=link, receipt=receipt)
        if held is None:
            return given, ()
        if (link, receipt) == (held.link, held.receipt):
            return None, surplus
        if link is None and held.link is None:
            given["url"] = held.url  # its page has another address since the issue moved
        return given, (surplus if given["url"] == held.url else (held.id, *surplus))

    def note_attachment(self, identifier: str, given: Mapping[str, Any]) -> None:
        """Note that our attachment says this now."""
        self.attachment = our_attachment([{**given, "id": identifier}], str(given["metadata"]["journeysync"]))

    def settle(
        self, slots: tuple[Slot, ...], result: Result, *, cause: str = "", next_step: str = "", retry: bool = False
    ) -> None:
        """Note what became of slots."""
        for slot in slots:
            self.outcomes[slot] = Outcome(
                ticket=self.changes.ticket, slot=slot, result=result, cause=cause, next_step=next_step, retry=retry
            )

    def open_slots(self) -> tuple[Slot, ...]:
        """Return the slots that nothing is known of yet."""
        return tuple(change.slot for change in self.changes.changes if change.slot not in self.outcomes)

    def results(self) -> Iterator[Outcome]:
        """Yield the outcomes in the order of the changes."""
        for change in self.changes.changes:
            yield self.outcomes[change.slot]
