"""Jira's rich text as plain text, for matching only; nothing of it is ever written back.

v3 gives an Atlassian Document (a tree of nodes), v2 gives a string of wiki markup.
A document may be nested deeper than Python recurses; deep down the walk keeps its own stack.
"""

from datetime import UTC, datetime
from typing import Any

_LINES = frozenset(
    {
        "paragraph",
        "heading",
        "codeBlock",
        "blockquote",
        "listItem",
        "taskItem",
        "decisionItem",
        "tableRow",
        "tableHeader",
        "tableCell",
        "panel",
        "expand",
        "nestedExpand",
        "rule",
        "mediaSingle",
        "blockCard",
        "embedCard",
        "caption",
    }
)
_WORDS = {
    "mention": ("text",),
    "emoji": ("text", "shortName"),
    "status": ("text",),
    "inlineCard": ("url",),
    "blockCard": ("url",),
    "embedCard": ("url",),
    "media": ("alt",),
    "expand": ("title",),
    "nestedExpand": ("title",),
    "extension": ("text",),
    "inlineExtension": ("text",),
    "placeholder": ("text",),
}
_SPEAKING = frozenset({*_WORDS, "hardBreak", "date"})
_DEEPEST_CALL = 100


def plain_text(body: Any) -> str:
    """Return the text of a description: every text node, a line for each block; never fails.

    Args:
        body: A document, a string of wiki markup, or None; anything else counts as empty.
    """
    if isinstance(body, str):
        return storable(body.replace("\r\n", "\n")).strip()
    if not isinstance(body, dict):
        return ""
    pieces: list[str] = []
    _add([body], pieces, 0)
    lines = "".join(pieces).split("\n")
    return storable("\n".join(line.strip() for line in lines if line.strip()))


def storable(text: str) -> str:
    """Return the text without NUL characters: no database column takes them."""
    return text.replace("\x00", "")


def document(text: str) -> dict[str, Any]:
    """Return the smallest Atlassian Document that says a text, one paragraph a line."""
    paragraphs = [
        {"type": "paragraph", "content": [{"type": "text", "text": line}] if line else []} for line in text.split("\n")
    ]
    return {"type": "doc", "version": 1, "content": paragraphs if text else []}


def _add(nodes: list[Any], pieces: list[str], deep: int) -> None:
    """Add what nodes say. The one loop that runs for every node of every description: plain text goes first."""
    for node in nodes:
        if type(node) is not dict:
            if isinstance(node, str):
                pieces.append(node)
            continue
        kind = node.get("type")
        if kind == "text":
            pieces.append(_linked(node))
            if "content" not in node:
                continue
        if type(kind) is not str:
            kind = str(kind)
        if kind in _SPEAKING and (words := _own_words(node, kind)):
            pieces.append(words)
            if kind in _LINES:
                pieces.append("\n")
        content = node.get("content")
        if type(content) is list:
            if deep < _DEEPEST_CALL:
                _add(content, pieces, deep + 1)
            else:
                _add_deep(content, pieces)
        if kind in _LINES:
            pieces.append("\n")


def _add_deep(nodes: list[Any], pieces: list[str]) -> None:
    """Do the same without recursion: a document may be nested deeper than Python recurses."""
    stack: list[Any] = nodes[::-1]
    while stack:
        node = stack.pop()
        if type(node) is not dict:
            if isinstance(node, str):
                pieces.append(node)
            continue
        content = node.get("content")
        _add([{**node, "content": None}], pieces, _DEEPEST_CALL)
        if isinstance(content, list):
            if str(node.get("type")) in _LINES:
                pieces.pop()  # its line ends after its content
                stack.append("\n")
            stack.extend(reversed(content))


def _own_words(node: dict[str, Any], kind: str) -> str:
    if kind == "hardBreak":
        return "\n"
    attrs = node.get("attrs")
    if not isinstance(attrs, dict):
        return ""
    if kind == "date":
        return _day(attrs.get("timestamp"))
    names = _WORDS.get(kind, ())
    return next((value for name in names if isinstance(value := attrs.get(name), str) and value), "")


def _linked(node: dict[str, Any]) -> str:
    text = node.get("text")
    if not isinstance(text, str):
        return ""
    marks = node.get("marks")
    if not marks:
        return text
    for mark in marks if isinstance(marks, list) else ():
        attrs = mark.get("attrs") if isinstance(mark, dict) and mark.get("type") == "link" else None
        href = attrs.get("href") if isinstance(attrs, dict) else None
        if isinstance(href, str) and href not in text:
            return f"{text} ({href})"
    return text


def _day(timestamp: Any) -> str:
    try:
        return datetime.fromtimestamp(int(timestamp) / 1000, UTC).date().isoformat()
    except (TypeError, ValueError, OverflowError, OSError):
        return ""
