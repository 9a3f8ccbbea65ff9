"""The one comment of ours in an issue: context that people read, and our receipt in a part that they do not see. Pure.

::

    <!-- journeysync:begin v1 k3f9 7f3a19c2 -->
    **Why this matters to customers**
    [Pay › See why it changed, priority 87 (band 5)](https://journeys.example/tickets/app/I_kw)
    Opportunity OPP-3 ... Not right? Add the label journey.ignore
    <!-- journeysync:data {"receipt": {...}, "link": {...}} -->
    <!-- journeysync:end k3f9 -->

The 8 hex digits are of the visible words, so an edit by a person is seen and an edit of white space is none.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from pydantic import ValidationError

from journeysync.model.receipt import Receipt

_BEGIN = re.compile(r"<!-- journeysync:begin v1 (?P<workspace>[\w-]+) (?P<hash>[0-9a-f]{8}) -->")
_DATA = re.compile(r"<!-- journeysync:data (?P<data>.*?) -->")
_HEADING = "**Why this matters to customers**"
_BARE = "*This issue is linked to a customer journey: see its labels. By journeysync.*"
_SPECIAL = re.compile(r"([\\`*_\[\]<>#|~])")
_SHOWN_LINK = re.compile(r"\[((?:\\.|[^\]\\])*)\]\(<?([^)>\s]*)>?\)")
_RECEIPT_KEYS = frozenset(Receipt.model_fields)


@dataclass(frozen=True)
class OurComment:
    """What our comment in an issue says; ``id`` empty = there is none yet."""

    id: str = ""
    link: Mapping[str, Any] | None = None
    receipt: Any = None
    body: str = ""


def comment_body(workspace: str, link: Mapping[str, Any] | None, receipt: Any) -> str:
    """Return the Markdown of our comment."""
    shown = _BARE
    if link is not None:
        title = _escaped(str(link.get("title") or "journey"))
        address = str(link.get("url") or "")
        address = re.sub(r"[\s<>()]", lambda found: f"%{ord(found[0]):02X}", address)
        lines = [_HEADING, f"[{title}]({address})" if address else title, _escaped(str(link.get("summary") or ""))]
        shown = "\n".join(line for line in lines if line)
    data = {name: value for name, value in (("receipt", receipt), ("link", link)) if value is not None}
    text = msgspec.json.encode(data).decode().replace("-", "\\u002d").replace(">", "\\u003e").replace("<", "\\u003c")
    return (
        f"<!-- journeysync:begin v1 {workspace} {_hash(shown)} -->\n{shown}\n"
        f"<!-- journeysync:data {text} -->\n<!-- journeysync:end {workspace} -->"
    )


def our_comment(comments: Iterable[Mapping[str, Any]], workspace: str) -> OurComment | None:
    """Return our comment among the comments of an issue: written by our account, with our mark; the first counts."""
    for comment in comments:
        body = str(comment.get("body") or "")
        if comment.get("viewerDidAuthor") and workspace in _workspaces(body):
            return _read(str(comment.get("id") or ""), body)
    return None


def foreign_workspaces(comments: Iterable[Mapping[str, Any]], workspace: str) -> tuple[str, ...]:
    """Return the ids of other workspaces that left a comment of the same form."""
    found = {name for comment in comments for name in _workspaces(str(comment.get("body") or ""))}
    return tuple(sorted(found - {workspace}))


def receipt_of(value: Any) -> Receipt | None:
    """Return the receipt of a comment's data; None if it is malformed, as if it were not there."""
    if not isinstance(value, dict):
        return None
    try:
        return Receipt.model_validate({key: value[key] for key in _RECEIPT_KEYS if key in value})
    except ValidationError:
        return None


def _workspaces(body: str) -> list[str]:
    # Quoted (replied to by mail) or inside a code fence it is not ours: a mark stands at the start of the comment.
    found = _BEGIN.match(body.lstrip())
    return [found["workspace"]] if found else []


def _read(identifier: str, body: str) -> OurComment:
    begin = _BEGIN.search(body)
    found = _DATA.search(body)
    try:
        data = msgspec.json.decode(found["data"]) if found else {}
    except msgspec.DecodeError:
        data = {}
    data = data if isinstance(data, dict) else {}
    shown = _visible(body)
    link = data.get("link") if isinstance(data.get("link"), dict) else None
    if link is not None and begin is not None and _hash(shown) != begin["hash"]:
        link = _as_shown(shown)  # a person changed the words
    return OurComment(identifier, link, data.get("receipt"), body)


def _visible(body: str) -> str:
    return re.sub(r"<!--.*?-->", "", body, flags=re.DOTALL)


def _as_shown(shown: str) -> dict[str, Any]:
    """Return a link as a person left it."""
    found = _SHOWN_LINK.search(shown)
    lines = [line for line in _plain(shown).splitlines() if line.strip() and line.strip() != _HEADING]
    if found is None:
        return {"url": "", "title": lines[0].strip() if lines else "", "summary": "\n".join(lines[1:]).strip()}
    rest = "\n".join(shown[found.end() :].splitlines()).strip()
    return {"url": found[2], "title": _plain(found[1]), "summary": _plain(rest)}


def _escaped(text: str) -> str:
    """Return text that Markdown shows as it is; nobody is called by it, and no issue is referred to."""
    text = _SPECIAL.sub(r"\\\1", " ".join(text.split()))
    return text.replace("@", "@\u200b")


def _plain(text: str) -> str:
    return re.sub(r"\\([\\`*_\[\]<>#|~])", r"\1", text).replace("@\u200b", "@")


def _hash(shown: str) -> str:
    return hashlib.sha256(" ".join(shown.split()).encode()).hexdigest()[:8]
