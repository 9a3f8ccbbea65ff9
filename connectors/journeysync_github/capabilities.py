"""What a GitHub connection can hold. Context and receipt share one comment of ours, or a block in the issue's text.

Which fields an issue has is said by the issue itself (`fields`): where the owner has no such project, it has none.
"""

from journeysync.model.change import SlotKind
from journeysync.model.tracker import Capabilities, SlotCapability, WriteCosts

_COMMENT_LIMIT = 65_536
_NO_COMMENTS = "comments are switched off for this connection (option comments)"
_SLOTS: tuple[tuple[SlotKind, SlotCapability], ...] = (
    ("label", SlotCapability(can=True, readback="list", limit=50)),
    ("field", SlotCapability(can=True, readback="single")),
    ("attachment", SlotCapability(can=False, why_not="GitHub has no attachments of apps; a comment of ours instead")),
    ("link", SlotCapability(can=False, why_not="GitHub has no links that an app can keep; a comment of ours instead")),
    ("block", SlotCapability(can=True, readback="list", limit=_COMMENT_LIMIT)),
    ("priority", SlotCapability(can=False, why_not="GitHub issues have no priority of their own")),
)


def capabilities_of(*, comments: bool) -> Capabilities:
    """Return what a connection can hold; without comments it is labels only."""
    held = SlotCapability(
        can=comments, readback="single", limit=_COMMENT_LIMIT, why_not="" if comments else _NO_COMMENTS
    )
    return Capabilities(
        slots=(*_SLOTS, ("comment", held), ("property", held)),
        quiet="no",
        label_definitions=True,
        costs=WriteCosts(edit=100, text=100, receipt=10_000),  # by hundreds; the receipt rides in the comment
        copies_receipts=False,  # only we write comments in our name, and only a transfer takes one to another issue
    )
