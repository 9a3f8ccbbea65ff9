"""The changelog of an issue: what an edit leaves behind, and how it is shown."""

from typing import Any

from journeysync.sandbox.jira.adf import plain_text
from journeysync.sandbox.jira.issue import Issue
from journeysync.sandbox.wire import DECODE


def history_item(name: str, field: str, before: bytes | None, after: bytes) -> dict[str, Any]:
    """Return the changelog item of one field that went from one JSON value to another."""

    def text(raw: bytes | None) -> str | None:
        value = DECODE(raw) if raw else None
        if isinstance(value, dict):
            return str(value.get("name") or value.get("value") or value.get("key") or plain_text(value))
        if isinstance(value, list):
            return " ".join(str(each.get("name", "") if isinstance(each, dict) else each) for each in value)
        return None if value is None else str(value)

    return {
        "field": name,
        "fieldId": field,
        "from": None,
        "fromString": text(before),
        "to": None,
        "toString": text(after),
    }


def changelog_page(issue: Issue, *, most: int = 40, whole: bool = False) -> dict[str, Any]:
    """Return what `expand=changelog` shows: the newest histories first, or all of them from the oldest on (``whole``,
    Data Center)."""
    newest = list(issue.history) if whole else issue.history[::-1][:most]
    return {"startAt": 0, "maxResults": len(newest), "total": len(issue.history), "histories": newest}
