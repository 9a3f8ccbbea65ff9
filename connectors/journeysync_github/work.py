"""What one ticket needs, worked out from what stands in it right now: a diff, so that nothing is done twice. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from journeysync.model.change import (
    BLOCK,
    COMMENT,
    PROPERTY,
    Outcome,
    Result,
    SetText,
    Slot,
    TicketChanges,
    label_slot,
    slot_kind,
)
from journeysync.model.context import Context
from journeysync.richtext import markdown
from journeysync.richtext.found import NoRoom, why_not
from journeysync.richtext.words import Words, words_of
from journeysync_github.marks import BARE, Ours, rewritten

_DONE = (Result.WRITTEN, Result.UNCHANGED)
_TOO_LONG = "the text would be longer than GitHub allows (65,536 characters)"
MOST_CHARACTERS = 65_536


@dataclass
class TicketWork:
    """The changes of one ticket beside the ticket as it is; outcomes are settled slot by slot.

    Attributes:
        changes: What is to be written.
        repository: Node id of its repository.
        full_name: "owner/name".
        labels: Id of each label that it carries, by name folded.
        ours: Our comment and block.
        updated: When GitHub says that the issue was last changed, as it was read.
    """

    changes: TicketChanges
    repository: str
    full_name: str
    labels: Mapping[str, str]
    ours: Ours
    updated: str = ""
    outcomes: dict[Slot, Outcome] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Keep what was read: ``ours`` moves on with what is written."""
        self.body_read = self.ours.body
        self.receipt_read = self.ours.receipt

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

    # our words and the receipt

    def text_change(self, place: Literal["comment", "block"]) -> SetText | None:
        """Return the change of our comment or block, None if there is none or it is settled."""
        for change in self.changes.changes:
            if isinstance(change, SetText) and change.place == place and place not in self.outcomes:
                return change
        return None

    def leave_what_people_changed(self) -> None:
        """Settle the texts that a person changed, moved or took apart: those are left."""
        for place, found in ((COMMENT, self.ours.comment), (BLOCK, self.ours.block)):
            change = self.text_change(place)
            if change is not None and (cause := why_not(found, change.seen)):
                self.settle((place,), Result.LATER, cause=cause, retry=True)

    @property
    def wants_block(self) -> bool:
        """Return whether our block stands in the text when all is written: then the receipt stands in it."""
        change = self.text_change(BLOCK)
        if change is not None:
            return change.after is not None
        return self.ours.block.start >= 0 if BLOCK not in self.outcomes else self._stands(BLOCK)

    def _stands(self, place: Literal["comment", "block"]) -> bool:
        change = next(c for c in self.changes.changes if isinstance(c, SetText) and c.place == place)
        is_done = self.outcomes[place].result in _DONE
        there = self.ours.block.start >= 0 if place == BLOCK else self.ours.tells
        return change.after is not None if is_done else there

    def wanted_receipt(self) -> Any:
        """Return the receipt as it is to stand; it claims no slot that could not be written."""
        receipt = self.receipt_read
        for change in self.changes.changes:
            if change.slot == PROPERTY:
                receipt = change.after
        failed = {slot for slot, outcome in self.outcomes.items() if outcome.result not in _DONE}
        if failed and isinstance(receipt, Mapping) and isinstance(receipt.get("slots"), Mapping):
            kept = {slot: value for slot, value in receipt["slots"].items() if slot not in failed}
            receipt = {**receipt, "slots": kept} if kept or not receipt["slots"] else self.receipt_read
        return receipt

    def body_slots(self) -> tuple[Slot, ...]:
        """Return the slots among the changes that the issue's own text holds."""
        hosted = (PROPERTY,) if self.wants_block else ()
        return tuple(change.slot for change in self.changes.changes if change.slot in (BLOCK, *hosted))

    def body_step(self, workspace: str) -> tuple[str, dict[str, Any], tuple[Slot, ...]] | None:
        """Return (mutation, input, slots) that bring the issue's text to what it is to say, None if it does already.

        Settles what needs no request, and what cannot stand there.
        """
        change = self.text_change(BLOCK)
        hosts = PROPERTY in self.open_slots() and self.wants_block
        if change is None and not hosts:
            return None
        slots: tuple[Slot, ...] = (*((BLOCK,) if change else ()), *((PROPERTY,) if hosts else ()))
        try:
            if change is not None and change.after is None:
                body = markdown.splice(self.ours.body, None, workspace)
            else:
                words = _words(change.after) if change is not None else None
                body = rewritten(self.ours.body, words, self.wanted_receipt(), workspace)
        except NoRoom as error:
            self.settle(slots, Result.FAILED, cause=str(error), next_step="mend the text, or place a comment instead")
            return None
        if len(body) > MOST_CHARACTERS:
            self.settle(slots, Result.FAILED, cause=_TOO_LONG, next_step="place a comment instead of a block")
            return None
        if body == self.ours.body:
            self.settle(slots, Result.UNCHANGED)
            return None
        return "updateIssue", {"id": self.id, "body": body}, slots

    def comment_step(self, workspace: str) -> tuple[str, dict[str, Any], tuple[Slot, ...]] | None:
        """Return (mutation, input, slots) that bring our comment to what it is to say, None if it does already."""
        change = self.text_change(COMMENT)
        hosts = PROPERTY in self.open_slots() and not self.wants_block
        if change is None and not hosts:
            return None
        slots: tuple[Slot, ...] = (*((COMMENT,) if change else ()), *((PROPERTY,) if hosts else ()))
        receipt = None if self.wants_block else self.wanted_receipt()
        tells = change.after is not None if change is not None else self.ours.tells
        before = self.ours.comment_body
        if not tells and receipt is None:
            after = markdown.splice(before, None, workspace).strip() if self.ours.comment.start >= 0 else before
        else:
            words = _words(change.after) if change is not None and change.after is not None else None
            if not tells and not self.ours.is_bare:
                words = BARE
            after = rewritten(before, words, receipt, workspace)
        if after == before:
            self.settle(slots, Result.UNCHANGED)
            return None
        if not self.ours.comment_id:
            return "addComment", {"subjectId": self.id, "body": after}, slots
        if not after:
            return "deleteIssueComment", {"id": self.ours.comment_id}, slots
        return "updateIssueComment", {"id": self.ours.comment_id, "body": after}, slots

    def settle(
        self, slots: tuple[Slot, ...], result: Result, *, cause: str = "", next_step: str = "", retry: bool = False
    ) -> None:
        """Note what became of slots. A receipt that was to stand in a block shares what became of the block."""
        if BLOCK in slots and result not in _DONE and PROPERTY in self.open_slots():
            change = self.text_change(BLOCK)
            slots = (*slots, PROPERTY) if change is not None and change.after is not None else slots
        for slot in dict.fromkeys(slots):
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


def _words(value: Any) -> Words:
    return words_of(Context.model_validate(value))


def slipped(
    node: Mapping[str, Any], *, before: str, written: str
) -> tuple[Literal["", "overwritten", "replaced"], str]:
    """Return what became of an issue's text that was just written, and the text of a person that it cost.

    Args:
        node: The issue with its text and its last edits, newest first; ``diff`` is the whole text of that edit.
        before: The text as it was read right before the write.
        written: The text as it was written.

    Returns:
        "overwritten" with the text of a person who saved between our read and our write; "replaced" where a
        person saved right after us from what they had open before; else "".
    """
    edits = node.get("userContentEdits")
    rows = edits.get("nodes") if isinstance(edits, Mapping) else None
    texts = [_ends(row["diff"]) for row in rows or () if isinstance(row, Mapping) and isinstance(row.get("diff"), str)]
    shows = _ends(str(node.get("body") or ""))
    if shows != _ends(written):
        return ("", "") if _part(written) in shows else ("replaced", "")
    if len(texts) > 1 and texts[0] == _ends(written) and texts[1] not in (_ends(before), _ends(written)):
        return "overwritten", next(row["diff"] for row in rows or () if _ends(row.get("diff") or "") == texts[1])
    return "", ""


def _ends(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def _part(written: str) -> str:
    """Return our part of a text, from its first mark to its last; all of it if it has none."""
    text = _ends(written)
    begin, end = text.find("<!-- journeysync:begin"), text.rfind("<!-- journeysync:end")
    return text[begin:end] if 0 <= begin < end else text
