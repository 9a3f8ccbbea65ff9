"""What a Jira connection can hold. Data Center's search hands out no receipts: each is read with its ticket."""

from journeysync.model.change import SlotKind
from journeysync.model.tracker import Capabilities, SlotCapability, WriteCosts

_EVERYWHERE: tuple[tuple[SlotKind, SlotCapability], ...] = (
    ("label", SlotCapability(can=True, readback="list", limit=255)),
    ("field", SlotCapability(can=True, readback="list", limit=32_767)),
    ("link", SlotCapability(can=True, readback="single", limit=255)),
    ("attachment", SlotCapability(can=False, why_not="Jira has remote links instead")),
    ("block", SlotCapability(can=True, readback="list", limit=32_767)),
    ("comment", SlotCapability(can=True, readback="single", limit=32_767)),
    ("priority", SlotCapability(can=False, why_not="Jira's own priority is not written by this release")),
)
CLOUD = Capabilities(
    slots=(*_EVERYWHERE, ("property", SlotCapability(can=True, readback="list", limit=32_768))),
    quiet="unknown",
    costs=WriteCosts(same_edit=1_000, receipt=50),  # a hundred receipts in a task, and a look at it
)
DATA_CENTER = Capabilities(
    slots=(*_EVERYWHERE, ("property", SlotCapability(can=True, readback="single", limit=32_768))), quiet="unknown"
)
