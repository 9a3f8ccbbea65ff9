"""Atlassian Document Format at the border between v3 (documents) and v2 (text).

A v2 text becomes one paragraph with one text node, untouched to the character. A document read through v2 becomes its
plain text: the sandbox knows no wiki markup, and says so here.
"""

from typing import Any

from journeysync.sandbox.wire import DECODE, ENCODE

_OPEN = b'{"version":1,"type":"doc","content":[{"type":"paragraph","content":[{"type":"text","text":'
_CLOSE = b"}]}]}"
_EMPTY = b'{"version":1,"type":"doc","content":[]}'
_BLOCKS = frozenset({"paragraph", "heading", "codeBlock", "listItem", "blockquote", "panel", "tableRow", "rule"})


def document_of(raw: bytes) -> bytes:
    """Return the document of a value as stored: a JSON string is wrapped without decoding it, all else is as it is."""
    if not raw.startswith(b'"'):
        return raw
    return _EMPTY if raw == b'""' else _OPEN + raw + _CLOSE


def text_value_of(raw: bytes) -> bytes:
    """Return the JSON string of a value as stored: the original one where the value is text."""
    if not raw.startswith(b"{"):
        return raw
    return ENCODE(plain_text(DECODE(raw)))


def plain_text(node: Any) -> str:
    """Return the text of a document or node, one line for each block."""
    return _text(node).strip("\n")


def paragraph(text: str) -> dict[str, Any]:
    """Return a document of one paragraph."""
    content = [{"type": "paragraph", "content": [{"type": "text", "text": text}]}] if text else []
    return {"version": 1, "type": "doc", "content": content}


def is_document(value: Any) -> bool:
    """Say whether Jira would take a value as a document: type, version, and named nodes all the way down."""
    return (
        isinstance(value, dict)
        and value.get("type") == "doc"
        and value.get("version") == 1
        and isinstance(value.get("content"), list)
        and all(_is_node(child) for child in value["content"])
    )


def _is_node(node: Any) -> bool:
    if not isinstance(node, dict) or not isinstance(node.get("type"), str):
        return False
    if node["type"] == "text":
        return isinstance(node.get("text"), str) and node["text"] != ""
    return all(_is_node(child) for child in node.get("content", ()))


def _text(node: Any) -> str:
    kind = node.get("type")
    if kind == "text":
        return str(node.get("text", ""))
    if kind == "hardBreak":
        return "\n"
    if kind in ("mention", "emoji", "status", "inlineCard"):
        attributes = node.get("attrs", {})
        return str(attributes.get("text") or attributes.get("shortName") or attributes.get("url") or "")
    inside = "".join(_text(child) for child in node.get("content", ()))
    return inside + "\n" if kind in _BLOCKS and not inside.endswith("\n") else inside
