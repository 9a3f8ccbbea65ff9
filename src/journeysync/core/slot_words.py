"""What stands in a slot, in the words of people: a label's name, a link's title, a text's path, a plain number."""

from journeysync.core.table import one_line
from journeysync.model.base import Value
from journeysync.model.change import LINK, TEXTS, Slot, slot_kind, slot_name


def change_words(before: Value, after: Value, slot: Slot) -> tuple[str, str]:
    """Return what stands in a slot before and after, in words."""
    return slot_value(before, slot), slot_value(after, slot)


def slot_value(value: Value, slot: Slot) -> str:
    """Return one value of a slot in words; nothing for None."""
    if value is None:
        return ""
    if slot_kind(slot) == "label":
        return slot_name(slot)
    if isinstance(value, dict) and slot in TEXTS:
        return one_line(" > ".join(map(str, value.get("path", ()))))
    if isinstance(value, dict):
        return one_line(str(value.get("title", ""))) if slot == LINK else "our receipt"
    return one_line(f"{value:g}" if isinstance(value, float) else str(value))
