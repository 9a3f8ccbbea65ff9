"""Markdown on the sandboxes' pages, roughly as trackers show it."""

import re

from markdown_it import MarkdownIt

from journeysync.sandbox.page import NONE

COMMENT = re.compile(r"<!--(.*?)(?:-->|\Z)", re.DOTALL)
_MARKDOWN = MarkdownIt("commonmark", {"html": False, "breaks": True, "xhtmlOut": False}).enable(
    ["table", "strikethrough"]
)
_MARKDOWN.disable("image")
_LEAST_HEADING = 2  # the page's own headings stand above


def markdown_html(text: str | None) -> str:
    """Return Markdown as HTML, roughly as trackers show it: comments and pictures left out, tags as text."""
    tokens = _MARKDOWN.parse(COMMENT.sub("", text or "").replace("\x00", ""))
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + _LEAST_HEADING)}"
        for inner in (token, *(token.children or ())):
            address = str(inner.attrs.get("href", ""))
            inner.attrs = {"href": address} if address.lower().startswith(("http://", "https://")) else {}
    html = str(_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {}))
    return html if html.strip() else NONE
