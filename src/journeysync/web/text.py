"""Text of tickets on a page: Markdown becomes a few safe elements. No picture, no script, no style, no form, no frame.

Two walls: the parser knows no HTML, and what it makes is cleaned by an allow-list besides.
"""

from functools import cache

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

from journeysync.core.table import plain

TAGS = frozenset(
    {"p", "br", "hr", "strong", "em", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a"}
    | {"h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"}
)
MOST_LETTERS = 20_000
_HEADINGS = {"h1": "h4", "h2": "h5"}


@cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False, "linkify": False}).enable(["table", "strikethrough"])


def safe_markdown(text: str) -> Markup:
    """Return the HTML of a Markdown text, of which nothing runs and nothing loads; long texts are cut.

    Headings become small ones, so that a ticket cannot pretend to be the page. Links lead to http, https and mail
    addresses only, tell the other site nothing, and give it no say over this one.
    """
    cut = plain(text)[:MOST_LETTERS]
    html = _parser().render(cut)
    for big, small in _HEADINGS.items():
        html = html.replace(f"<{big}>", f"<{small}>").replace(f"</{big}>", f"</{small}>")
    clean = nh3.clean(
        html,
        tags=set(TAGS),
        attributes={"a": {"href"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener noreferrer nofollow",
    )
    return Markup(clean)  # noqa: S704  # it was cleaned by an allow-list
