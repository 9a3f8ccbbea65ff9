"""Webhooks: the signature over the raw body, and which tickets an event is about. Pure."""

import hashlib
import hmac
from typing import Any
from urllib.parse import parse_qs

import msgspec

EVENTS = frozenset({"issues", "issue_comment", "sub_issues", "issue_dependencies"})


def is_signed(secret: str, body: bytes, signature: str) -> bool:
    """Return whether ``X-Hub-Signature-256`` is right for a body."""
    wanted = "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(signature.encode("utf-8", "replace"), wanted.encode())


def tickets_of(event: str, body: bytes) -> tuple[str, ...]:
    """Return the ids of the tickets that an event is about, none if it is about something else.

    Of a transfer both the old and the new issue are named; of sub-issues parent and child.
    """
    payload = _payload(body)
    if event == "projects_v2_item":
        item = payload.get("projects_v2_item")
        is_issue = isinstance(item, dict) and item.get("content_type") == "Issue"
        return _ids([{"node_id": item.get("content_node_id")}]) if is_issue and isinstance(item, dict) else ()
    if event and event not in EVENTS:
        return ()
    changes = payload.get("changes")
    moved = changes.get("new_issue") if isinstance(changes, dict) else None
    names = ("issue", "sub_issue", "parent_issue", "blocked_issue", "blocking_issue")
    return _ids([*(payload.get(name) for name in names), moved])


def _ids(issues: list[Any]) -> tuple[str, ...]:
    found = (
        str(issue["node_id"])
        for issue in issues
        if isinstance(issue, dict) and issue.get("node_id") and issue.get("pull_request") is None
    )
    return tuple(dict.fromkeys(found))


def _payload(body: bytes) -> dict[str, Any]:
    """Return the object of a body; webhooks may be set up to come as a form."""
    text = body
    if body.startswith(b"payload="):
        text = parse_qs(body.decode("utf-8", "replace")).get("payload", [""])[0].encode()
    try:
        value = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return {}
    return value if isinstance(value, dict) else {}
