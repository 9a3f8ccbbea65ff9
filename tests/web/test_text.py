"""Text of tickets on a page: nothing of it runs, loads, or looks like the page."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from journeysync.web.text import MOST_LETTERS, TAGS, safe_markdown

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "![x](https://evil.example/track.png)",
    "[click](javascript:alert(1))",
    "[click](JaVaScRiPt:alert(1))",
    "[click](data:text/html;base64,PHNjcmlwdD4=)",
    "[click](vbscript:msgbox)",
    "<a href='javascript:alert(1)'>x</a>",
    "<iframe src=https://evil.example></iframe>",
    "<form action=https://evil.example><input name=password></form>",
    "<svg/onload=alert(1)>",
    "<style>*{display:none}</style>",
    "<div style='position:fixed;inset:0'>Sign in</div>",
    "[x]: javascript:alert(1)\n\n[x]",
    "<https://evil.example/\" onmouseover=\"alert(1)>",
    "`<script>`",
    "<!-- --><script>alert(1)</script -->",
    "<math><mtext></p><img src onerror=alert(1)>",
    "\x1b[31mred\x07",
]  # fmt: skip
PIECES = ["**", "`", "\n\n", "> ", "- ", "|a|b|\n|-|-|\n", "<", "&", "a"]
OPENED = re.compile(r"<([a-zA-Z][a-zA-Z0-9]*)([^>]*)>")


def complaints(html: str) -> list[str]:
    """Return every element and attribute that must not be there."""
    found = []
    for name, attributes in OPENED.findall(html):
        rest = re.sub(r'\s(?:href="(?:https?:|mailto:)[^"]*"|rel="noopener noreferrer nofollow")', "", attributes)
        if name.lower() not in TAGS or rest.strip(" /"):
            found.append(f"<{name}{attributes}>")
    return found


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_hostile_becomes_an_element(text: str) -> None:
    html = str(safe_markdown(text))
    assert complaints(html) == []
    assert "\x1b" not in html


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.sampled_from([*HOSTILE, "**", "`", "\n\n", "> ", "- ", "|a|b|\n|-|-|\n", "<", "&", "a"]), max_size=8)
)
def test_no_mixture_of_them_does_either(parts: list[str]) -> None:
    assert complaints(str(safe_markdown("".join(parts)))) == []


def test_what_is_harmless_stays_readable() -> None:
    html = str(
        safe_markdown("# Big\n\n**bold** *it* [docs](https://docs.example/a?b=1)\n\n- one\n\n|a|b|\n|-|-|\n|1|2|")
    )
    assert "<h4>Big</h4>" in html
    assert "<strong>bold</strong>" in html
    assert '<a href="https://docs.example/a?b=1" rel="noopener noreferrer nofollow">docs</a>' in html
    assert "<td>1</td>" in html


def test_a_text_that_is_too_long_is_cut() -> None:
    assert len(str(safe_markdown("a" * 10 * MOST_LETTERS))) < MOST_LETTERS + 100
