"""What a Linear connection can hold. Link and receipt share one attachment, which comes with every read."""

from journeysync.model.change import SlotKind
from journeysync.model.tracker import Blocked, Capabilities, SlotCapability, WriteCosts
from journeysync_linear.translate import INITIATIVE, PROJECT

# They carry no attachment of an app, so nothing that we write there could be told from a person's own.
_CONTAINERS = "Linear's projects and initiatives are only read"
_SLOTS: tuple[tuple[SlotKind, SlotCapability], ...] = (
    ("label", SlotCapability(can=True, readback="list", limit=80)),
    ("link", SlotCapability(can=True, readback="list", limit=255)),
    ("property", SlotCapability(can=True, readback="list", limit=32_768)),
    ("field", SlotCapability(can=False, why_not="Linear has no custom fields; the score stands in the attachment")),
    (
        "attachment",
        SlotCapability(can=False, why_not="the one attachment of ours holds link and receipt"),
    ),
    ("comment", SlotCapability(can=False, why_not="Linear has attachments: one of ours holds the context")),
    ("block", SlotCapability(can=False, why_not="Linear's editor does not keep hidden marks; an attachment instead")),
    ("priority", SlotCapability(can=True, readback="list")),
)

# A hundred tickets share a document; link and receipt are one attachment, counted with the receipt.
_COSTS = WriteCosts(read=250, edit=100, link=10_000, receipt=100)


def linear_capabilities() -> Capabilities:
    """Return what a connection can hold."""
    blocked = Blocked(place="*", kinds=(PROJECT, INITIATIVE), why_not=_CONTAINERS)
    return Capabilities(slots=_SLOTS, quiet="no", blocked=(blocked,), label_definitions=True, costs=_COSTS)
