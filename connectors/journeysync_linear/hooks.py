"""Webhooks: the signature over the raw body, the time in it, and which tickets an event is about. Pure."""

import hashlib
import hmac
from datetime import datetime
from typing import Any

import msgspec

WINDOW_SECONDS = 60.0
_OF_ISSUE = frozenset({"Comment", "Attachment", "Reaction", "IssueRelation"})
_OF_PROJECT = frozenset({"ProjectUpdate", "ProjectMilestone"})


def is_signed(secret: str, body: bytes, signature: str) -> bool:
    """Return whether ``Linear-Signature`` is right for a body: hex, without a prefix."""
    wanted = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(signature.strip().lower().encode("utf-8", "replace"), wanted.encode())


def is_fresh(body: bytes, now: datetime) -> bool:
    """Return whether the time that stands in the signed body is at most a minute off; a header proves nothing."""
    at = _payload(body).get("webhookTimestamp")
    if not isinstance(at, int | float) or isinstance(at, bool):
        return False
    return abs(at / 1000 - now.timestamp()) <= WINDOW_SECONDS


def tickets_of(body: bytes) -> tuple[str, ...]:
    """Return the ids of the tickets that an event is about, none if it is about something else."""
    payload = _payload(body)
    data = payload.get("data")
    if not isinstance(data, dict):
        return ()
    kind = str(payload.get("type") or "")
    if kind in ("Issue", "Project", "Initiative"):
        return _ids(data.get("id"))
    if kind in _OF_ISSUE:
        return _ids(data.get("issueId"), _id_of(data.get("issue")), data.get("relatedIssueId"))
    if kind in _OF_PROJECT:
        return _ids(data.get("projectId"), _id_of(data.get("project")))
    if kind == "InitiativeUpdate":
        return _ids(data.get("initiativeId"), _id_of(data.get("initiative")))
    return ()


def _ids(*found: Any) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(each) for each in found if each))


def _id_of(value: Any) -> Any:
    return value.get("id") if isinstance(value, dict) else None


def _payload(body: bytes) -> dict[str, Any]:
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
    return value if isinstance(value, dict) else {}
