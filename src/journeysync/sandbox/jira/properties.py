"""Issue properties: the checks that all their endpoints share."""

from typing import Any

from journeysync.sandbox.jira.answers import refuse
from journeysync.sandbox.wire import DECODE, ENCODE

KEY_LENGTH = 255
VALUE_LENGTH = 32_768


def checked_property(entry: Any) -> tuple[str, bytes]:
    """Return (key, JSON) of a `{"key":..., "value":...}` entry; refused where Jira refuses it."""
    if not isinstance(entry, dict) or "key" not in entry or "value" not in entry:
        raise refuse(400, "Each property needs a 'key' and a 'value'.")
    return checked_key(str(entry["key"])), checked_value(ENCODE(entry["value"]))


def checked_key(key: str) -> str:
    """Return a property key; at most 255 characters."""
    if not key or len(key) > KEY_LENGTH:
        raise refuse(400, f"The property key length cannot exceed {KEY_LENGTH} characters.")
    return key


def checked_value(raw: bytes) -> bytes:
    """Return a property value: valid JSON that is not empty, at most 32,768 characters."""
    if not raw.strip():
        raise refuse(400, "The property value cannot be empty.")
    if len(raw.decode("utf-8", errors="replace")) > VALUE_LENGTH:
        raise refuse(400, f"The property value length cannot exceed {VALUE_LENGTH} characters.")
    try:
        DECODE(raw)
    except ValueError:
        raise refuse(400, "The property value is not valid JSON.") from None
    return raw.strip()
