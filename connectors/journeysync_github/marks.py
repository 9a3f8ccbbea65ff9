"""What stands of ours in an issue: one comment, or a block in its text, with our receipt hidden in it. Pure.

::

    <!-- journeysync:begin v1 k3f9 7f3a19c2 -->
    **Why this matters to customers**
    Understand and pay a bill › **See why it changed** ...
    <!-- journeysync:data {"receipt": {...}} -->
    <!-- journeysync:end k3f9 -->

GitHub has no hidden place in an issue, so the receipt stands in the block where there is
one, else in the comment; where neither is wanted, in a comment of one short line.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from pydantic import ValidationError

from journeysync.model.base import Value
from journeysync.model.change import BLOCK, COMMENT, Slot
from journeysync.model.context import ShownContext
from journeysync.model.receipt import Receipt
from journeysync.richtext import markdown
from journeysync.richtext.found import FoundText
from journeysync.richtext.words import Span, Words

_RECEIPT_KEYS = frozenset(Receipt.model_fields)
_BARE = "This issue is linked to a customer journey: see its labels."
BARE = Words(_BARE, ((Span("By journeysync.", "em"),),))
"""What a comment says that only holds our receipt."""


@dataclass(frozen=True)
class Ours:
    """Our comment and our block, as they were read.

    Attributes:
        comment: How our comment stands there; state none if there is none.
        comment_id: Its id, empty if there is none.
        comment_body: All of its text.
        others: Further comments that look like ours.
        block: How our block stands in the issue's text.
        body: All of the issue's text.
    """

    comment: FoundText = field(default_factory=FoundText)
    comment_id: str = ""
    comment_body: str = ""
    others: int = 0
    block: FoundText = field(default_factory=FoundText)
    body: str = ""

    @property
    def receipt(self) -> Any:
        """Return our receipt as it stands there, None if there is none."""
        return self.block.data.get("receipt") or self.comment.data.get("receipt")

    @property
    def tells(self) -> bool:
        """Return whether our comment tells of a context; one of before this release is to be written anew."""
        return self.comment.state != "none" and not self.is_bare and "link" not in self.comment.data

    @property
    def is_bare(self) -> bool:
        """Return whether our comment is there for the receipt alone."""
        return self.comment.words is not None and _is_bare(self.comment.words)

    def shown(self, *, looked: bool = True) -> tuple[ShownContext, ...]:
        """Return both as the rest of the house knows them; ``looked``: whether a missing comment means anything."""
        comment = replace(self.comment, others=self.others) if self.tells else FoundText()
        blocks = (self.block.shown(BLOCK),) if self.block.state != "none" else ()
        return (comment.shown(COMMENT), *blocks) if looked or comment.state != "none" else blocks

    def value(self, slot: Slot) -> Value:
        """Return what is read back of comment or block."""
        return next((shown.value() for shown in self.shown() if shown.slot == slot), None)


def ours_of(body: str, comments: Iterable[Mapping[str, Any]], workspace: str) -> Ours:
    """Return what stands of ours in an issue.

    Args:
        body: The issue's text.
        comments: As GraphQL gives them. Ours was written by our account and carries our mark; the first counts.
        workspace: Our id.
    """
    mine = [(each, found) for each in comments if (found := _found(each, workspace)) is not None]
    block = markdown.find(body, workspace)
    if not mine:
        return Ours(block=block, body=body)
    comment, found = mine[0]
    text = str(comment.get("body") or "")
    return Ours(found, str(comment.get("id") or ""), text, len(mine) - 1, block, body)


def our_comment(comments: Iterable[Mapping[str, Any]], workspace: str) -> bool:
    """Return whether one of these comments is ours."""
    return any(_found(comment, workspace) is not None for comment in comments)


def foreign_workspaces(comments: Iterable[Mapping[str, Any]], workspace: str, body: str = "") -> tuple[str, ...]:
    """Return the ids of other workspaces that left a comment or block of the same form."""
    texts = [body, *(str(comment.get("body") or "") for comment in comments)]
    return tuple(sorted({name for text in texts for name in markdown.find(text, workspace).foreign}))


def receipt_of(value: Any) -> Receipt | None:
    """Return the receipt of hidden data; None if it is malformed, as if it were not there."""
    if not isinstance(value, dict):
        return None
    try:
        return Receipt.model_validate({key: value[key] for key in _RECEIPT_KEYS if key in value})
    except ValidationError:
        return None


def rewritten(text: str, words: Words | None, receipt: Any, workspace: str) -> str:
    """Return a text (of a comment or an issue) whose part of ours says these words and hides this receipt.

    ``words`` None leaves the words that stand there, to the byte. With nothing there and nothing to say it is
    the text itself.

    Raises:
        NoRoom: Nothing of ours can stand there.
    """
    data = {"receipt": receipt} if receipt is not None else None
    if words is None:
        return markdown.with_data(text, data, workspace)
    return markdown.splice(text, markdown.render(words, workspace, data), workspace)


def _found(comment: Mapping[str, Any], workspace: str) -> FoundText | None:
    if not comment.get("viewerDidAuthor"):
        return None
    found = markdown.find(str(comment.get("body") or ""), workspace)
    if found.state == "changed" and ("link" in found.data or (found.words and _is_bare(found.words))):
        return replace(found, state="ours")  # written before this release, which counts its words in another way
    return None if found.state == "none" else found


def _is_bare(words: Words) -> bool:
    return words.heading.startswith(_BARE[:-1])
