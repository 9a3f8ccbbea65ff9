"""What was found of ours in a person's text."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from journeysync.model.context import ShownContext
from journeysync.richtext.words import Words

State = Literal["none", "ours", "changed", "nested", "half"]


class NoRoom(ValueError):
    """Nothing of ours can stand in this text; the message says why, in words for people."""


@dataclass(frozen=True)
class FoundText:
    """Where our part stands in a text, and how.

    Attributes:
        state: As in ``ShownContext``.
        start: Offset of our part (of the node in ADF); -1 where it cannot be replaced.
        end: Offset behind it.
        words: What a person reads there.
        marked: The 8 hex digits that its mark says its words had.
        others: How many further ones of our workspace stand there.
        foreign: Ids of other workspaces that left a part, sorted.
        data: What is hidden in it (Markdown only).
    """

    state: State = "none"
    start: int = -1
    end: int = -1
    words: Words | None = None
    marked: str = ""
    others: int = 0
    foreign: tuple[str, ...] = ()
    data: Mapping[str, Any] = field(default_factory=dict)

    def shown(self, slot: Literal["comment", "block"]) -> ShownContext:
        """Return the same as the rest of the house knows it."""
        told = self.words if self.state in ("ours", "changed") else None
        return ShownContext(
            slot=slot,
            state=self.state,
            digest=told.digest() if told else "",
            words=told.plain() if told else "",
            others=self.others,
        )


def why_not(found: FoundText, seen: str) -> str:
    """Return why a part must not be replaced, empty if it may.

    Args:
        found: As it stands there right now.
        seen: 8 hex digits of the changed words that are meant to be written over; empty if none are.
    """
    if found.state == "changed" and (found.words is None or found.words.digest() != seen):
        return "a person changed our words there"
    if found.state == "nested":
        return "our part was moved into something else by a person"
    return "a part of our text was taken out by a person" if found.state == "half" else ""


def state_of(words: Words, marked: str) -> State:
    """Return whether words are as we left them."""
    return "ours" if words.digest() == marked else "changed"
