"""Rich text as HTML for the little pages: documents of Cloud, wiki markup of Data Center, both roughly, all escaped.

What it does not know it shows as what it holds; nothing that a text contains becomes a tag, an attribute or a script.
"""

import re
from collections.abc import Callable, Mapping
from html import escape
from typing import Any

from journeysync.sandbox.page import NONE

Node = Mapping[str, Any]
DEEPEST = 40
_TAGS = {
    "paragraph": "p",
    "bulletList": "ul",
    "orderedList": "ol",
    "listItem": "li",
    "blockquote": "blockquote",
    "table": "table",
    "tableRow": "tr",
    "tableHeader": "th",
    "tableCell": "td",
    "taskList": "ul",
    "taskItem": "li",
}
_MARKS = {"strong": "b", "em": "i", "code": "code", "strike": "s", "underline": "u"}


def rich_text(value: Any) -> str:
    """Return a description as HTML: a document, or wiki markup."""
    if not value or (isinstance(value, dict) and not value.get("content")):
        return NONE
    return wiki_html(value) if isinstance(value, str) else document_html(value)


def web_link(address: Any, title: Any) -> str:
    """Return a link where the address is one of the web, else title and address as text."""
    url, words = str(address or ""), escape(str(title or address or ""))
    if url.lower().startswith(("http://", "https://")):
        return f'<a rel="noreferrer noopener" href="{escape(url)}">{words}</a>'
    return f"{words} ({escape(url)})" if url and url != title else words


def document_html(node: Node, depth: int = 0) -> str:
    """Return a document of Cloud, or a part of one."""
    kind = str(node.get("type"))
    if depth > DEEPEST:
        return "…"
    if kind == "text":
        return _marked(node)
    if kind in _LEAVES:
        return _LEAVES[kind](node.get("attrs") or {})
    inside = "".join(document_html(child, depth + 1) for child in node.get("content") or () if isinstance(child, dict))
    if kind == "codeBlock":
        return f"<pre>{inside}</pre>"
    if kind == "heading":
        level = (node.get("attrs") or {}).get("level")
        return f"<h{_level(level)}>{inside}</h{_level(level)}>"
    if kind == "panel":
        return f'<div class="panel">{inside}</div>'
    if kind in ("expand", "nestedExpand"):
        title = escape(str((node.get("attrs") or {}).get("title") or "More"))
        return f"<details open><summary>{title}</summary>{inside}</details>"
    tag = _TAGS.get(kind)
    return f"<{tag}>{inside}</{tag}>" if tag else inside


def _level(level: Any) -> int:
    """Return the tag of a heading: two deeper than in the text, below the page's own."""
    return min(6, (level if isinstance(level, int) and level > 0 else 1) + 2)


def _marked(node: Node) -> str:
    html = escape(str(node.get("text", "")))
    for mark in node.get("marks") or ():
        kind = str(mark.get("type"))
        if kind == "link":
            address = str((mark.get("attrs") or {}).get("href") or "")
            if address.lower().startswith(("http://", "https://")):
                html = f'<a rel="noreferrer noopener" href="{escape(address)}">{html}</a>'
        elif kind in _MARKS:
            html = f"<{_MARKS[kind]}>{html}</{_MARKS[kind]}>"
    return html


_LEAVES: Mapping[str, Callable[[Node], str]] = {
    "hardBreak": lambda _: "<br>",
    "rule": lambda _: "<hr>",
    "mention": lambda attrs: f'<span class="mention">{escape(str(attrs.get("text") or attrs.get("id") or "@"))}</span>',
    "emoji": lambda attrs: escape(str(attrs.get("text") or attrs.get("shortName") or "")),
    "status": lambda attrs: f'<span class="lozenge">{escape(str(attrs.get("text") or ""))}</span>',
    "inlineCard": lambda attrs: web_link(attrs.get("url"), attrs.get("url")),
    "blockCard": lambda attrs: f"<p>{web_link(attrs.get('url'), attrs.get('url'))}</p>",
    "date": lambda attrs: escape(str(attrs.get("timestamp") or "")),
    "media": lambda attrs: f'<span class="none">[{escape(str(attrs.get("alt") or "image"))}]</span>',
}

_FENCE = re.compile(r"\{(code|noformat)(?::[^}\n]{0,200})?\}")
_ITEM = re.compile(r"\s{0,8}([*#-]{1,6})\s+(.*)")
_HEADING = re.compile(r"\s*h([1-6])\.\s+(.*)")
_TITLED = re.compile(r"\{panel:title=([^|}\n]{1,200})[^}\n]{0,200}\}")
_ESCAPE = re.compile(r"\\(?=&|[^\w\s])")
_ENTITY = re.compile(r"&amp;(#\d{1,5};)")
_DROPPED = re.compile(r"\{(?:color|panel|quote|anchor)(?::[^}\n]{0,200})?\}")
_INLINE = re.compile(
    r"\{\{(?P<mono>[^}\n]{1,500})\}\}"
    r"|\[(?P<label>[^\]|\[\n]{1,300})\|(?P<href>[^\]|\s]{1,2000})\]"
    r"|\[~(?P<user>[^\]\n]{1,100})\]"
    r"|\[?(?P<url>https?://[^\s<>\]|]{1,2000})\]?"
    r"|!(?P<image>[\w.%/-]{1,200})(?:\|[^!\n]{0,100})?!"
)
_EMPHASIS = (
    (re.compile(r"(?<![\w*])\*(?=\S)([^*\n]{1,500})(?<=\S)\*(?![\w*])"), r"<b>\1</b>"),
    (re.compile(r"(?<!\w)_(?=\S)([^_\n]{1,500})(?<=\S)_(?!\w)"), r"<i>\1</i>"),
    (re.compile(r"(?<!\w)\+(?=\S)([^+\n]{1,500})(?<=\S)\+(?!\w)"), r"<u>\1</u>"),
)


def wiki_html(text: str) -> str:
    """Return wiki markup: headings, lists, tables, code, links and emphasis; other macros stay as text."""
    parts: list[str] = []
    at, plain = 0, text.replace("\r\n", "\n").replace("\r", "\n")
    while fence := _FENCE.search(plain, at):
        end = plain.find("{" + fence[1] + "}", fence.end())
        parts.append(_wiki_blocks(plain[at : fence.start()]))
        parts.append(f"<pre>{escape(plain[fence.end() : end if end >= 0 else None].strip(chr(10)))}</pre>")
        if end < 0:
            return "".join(parts)
        at = end + len(fence[1]) + 2
    return "".join((*parts, _wiki_blocks(plain[at:]))) or NONE


def _wiki_blocks(text: str) -> str:
    """Return lines as blocks: neighbours of one kind go together."""
    html: list[str] = []
    kept: list[str] = []
    kind = ""
    titled = _TITLED.sub(r"\n*\1*\n", text)
    for line in (*_DROPPED.sub("", titled).split("\n"), ""):
        here = _kind(line)
        if here != kind and kept:
            html.append(_BLOCKS[kind](kept))
            kept = []
        kind = here
        if here == "heading" and (found := _HEADING.match(line)):
            html.append(f"<h{_level(int(found[1]))}>{_inline(found[2])}</h{_level(int(found[1]))}>")
        elif here == "rule":
            html.append("<hr>")
        elif here:
            kept.append(line)
    return _ENTITY.sub(r"&\1", _ESCAPE.sub("", "".join(html)))


def _kind(line: str) -> str:
    bare = line.strip()
    if not bare:
        return ""
    if _HEADING.match(line):
        return "heading"
    if set(bare) == {"-"} and len(bare) >= 4:
        return "rule"
    if bare.startswith("bq. "):
        return "quote"
    if _ITEM.match(line):
        return "list"
    return "table" if bare.startswith("|") and len(bare) > 1 else "paragraph"


def _list(lines: list[str]) -> str:
    """Return list items, nested as deep as their signs are long."""
    html, opened = "", list[str]()
    for line in lines:
        found = _ITEM.match(line)
        signs, words = (found[1], found[2]) if found else ("*", line)
        tag = "ol" if signs.endswith("#") else "ul"
        while len(opened) > len(signs):
            html += f"</li></{opened.pop()}>"
        if len(opened) == len(signs):
            html += "</li>"
        while len(opened) < len(signs):
            html += f"<{tag}>" if len(opened) == len(signs) - 1 else f"<{tag}><li>"
            opened.append(tag)
        html += f"<li>{_inline(words)}"
    return html + "".join(f"</li></{tag}>" for tag in reversed(opened))


def _table(lines: list[str]) -> str:
    rows = []
    for line in lines:
        tag = "th" if line.strip().startswith("||") else "td"
        cells = line.strip().replace("||", "|").strip("|").split("|")
        rows.append("".join(f"<{tag}>{_inline(cell.strip())}</{tag}>" for cell in cells))
    return "<table>" + "".join(f"<tr>{row}</tr>" for row in rows) + "</table>"


_BLOCKS: Mapping[str, Callable[[list[str]], str]] = {
    "list": _list,
    "table": _table,
    "quote": lambda lines: f"<blockquote>{'<br>'.join(_inline(line.strip()[4:]) for line in lines)}</blockquote>",
    "paragraph": lambda lines: f"<p>{'<br>'.join(_inline(line) for line in lines)}</p>",
}


def _inline(text: str) -> str:
    html, at = "", 0
    for found in _INLINE.finditer(text):
        html += _emphasised(text[at : found.start()])
        at = found.end()
        if found["mono"]:
            html += f"<code>{escape(found['mono'])}</code>"
        elif found["label"]:
            html += web_link(found["href"], found["label"])
        elif found["user"]:
            html += f'<span class="mention">@{escape(found["user"])}</span>'
        elif found["image"]:
            html += f'<span class="none">[{escape(found["image"])}]</span>'
        else:
            html += web_link(found["url"], found["url"])
    return html + _emphasised(text[at:])


def _emphasised(text: str) -> str:
    html = escape(text)
    for pattern, tag in _EMPHASIS:
        html = pattern.sub(tag, html)
    return html
