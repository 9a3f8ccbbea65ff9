"""What one ticket needs, worked out from what stands in it right now: a diff, so that nothing is done twice. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from journeysync.model.change import LINK, PROPERTY, Outcome, Result, Slot, TicketChanges, label_slot, slot_kind
from journeysync_github.marks import OurComment, comment_body


@dataclass
class TicketWork:
    """The changes of one ticket beside the ticket as it is; outcomes are settled slot by slot.

    Attributes:
        changes: What is to be written.
        repository: Node id of its repository.
        full_name: "owner/name".
        labels: Id of each label that it carries, by name folded.
        comment: Ours, empty if there is none.
    """

    changes: TicketChanges
    repository: str
    full_name: str
    labels: Mapping[str, str]
    comment: OurComment
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
            if slot_kind(change.slot) == "label" and change.slot not in todo:
                self.settle((change.slot,), Result.UNCHANGED)

    @property
    def comment_slots(self) -> tuple[Slot, ...]:
        """Return the slots that our comment holds, among those to be written."""
        return tuple(change.slot for change in self.changes.changes if change.slot in (LINK, PROPERTY))

    def wanted_comment(self) -> tuple[Any, Any]:
        """Return (link, receipt) as they are to stand; the receipt claims no slot that could not be written."""
        values: dict[Slot, Any] = {LINK: self.comment.link, PROPERTY: self.comment.receipt}
        for change in self.changes.changes:
            if change.slot in values:
                values[change.slot] = change.after
        failed = {slot for slot, outcome in self.outcomes.items() if outcome.result in (Result.FAILED, Result.UNKNOWN)}
        receipt = values[PROPERTY]
        if failed and isinstance(receipt, Mapping) and isinstance(receipt.get("slots"), Mapping):
            kept = {slot: value for slot, value in receipt["slots"].items() if slot not in failed}
            receipt = {**receipt, "slots": kept} if kept or not receipt["slots"] else self.comment.receipt
        return values[LINK], receipt

    def comment_step(self, workspace: str) -> tuple[str, dict[str, Any]] | None:
        """Return the mutation that brings our comment to what it is to say, None if it does already."""
        link, receipt = self.wanted_comment()
        if link is None and receipt is None:
            return ("deleteIssueComment", {"id": self.comment.id}) if self.comment.id else None
        body = comment_body(workspace, link, receipt)
        if not self.comment.id:
            return "addComment", {"subjectId": self.id, "body": body}
        if (link, receipt) == (self.comment.link, self.comment.receipt):
            return None
        return "updateIssueComment", {"id": self.comment.id, "body": body}

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
