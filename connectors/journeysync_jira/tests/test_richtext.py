from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journeysync_jira.richtext import document, plain_text


def doc(*content: Any) -> dict[str, Any]:
    return {"type": "doc", "version": 1, "content": list(content)}


def text(words: str, **more: Any) -> dict[str, Any]:
    return {"type": "text", "text": words, **more}


def paragraph(*content: Any) -> dict[str, Any]:
    return {"type": "paragraph", "content": list(content)}


def test_blocks_become_lines() -> None:
    body = doc(
        {"type": "heading", "attrs": {"level": 2}, "content": [text("Why")]},
        paragraph(text("The "), text("bill", marks=[{"type": "strong"}]), {"type": "hardBreak"}, text("went up")),
        {
            "type": "bulletList",
            "content": [
                {"type": "listItem", "content": [paragraph(text("one"))]},
                {"type": "listItem", "content": [paragraph(text("two"))]},
            ],
        },
        {"type": "codeBlock", "content": [text("x = 1")]},
    )
    assert plain_text(body) == "Why\nThe bill\nwent up\none\ntwo\nx = 1"


@pytest.mark.parametrize(
    ("node", "words"),
    [
        ({"type": "mention", "attrs": {"id": "5", "text": "@Ada"}}, "@Ada"),
        ({"type": "emoji", "attrs": {"shortName": ":bulb:"}}, ":bulb:"),
        ({"type": "inlineCard", "attrs": {"url": "https://x.example/1"}}, "https://x.example/1"),
        ({"type": "status", "attrs": {"text": "AT RISK"}}, "AT RISK"),
        ({"type": "date", "attrs": {"timestamp": "1732233600000"}}, "2024-11-22"),
        (text("here", marks=[{"type": "link", "attrs": {"href": "https://x.example"}}]), "here (https://x.example)"),
        ({"type": "hologram", "content": [text("inside")]}, "inside"),
    ],
)
def test_every_inline_node_says_its_words(node: dict[str, Any], words: str) -> None:
    assert plain_text(doc(paragraph(node))) == words


@pytest.mark.parametrize("body", [None, 5, [], {}, doc(None, 3, "x"), doc({"type": ["odd"], "attrs": 3, "content": 1})])
def test_nothing_in_a_body_makes_it_fail(body: Any) -> None:
    assert isinstance(plain_text(body), str)


def test_wiki_markup_is_taken_as_it_is() -> None:
    assert plain_text("h1. Why\r\n* one\x00") == "h1. Why\n* one"


def test_a_body_nested_deeper_than_python_recurses_is_read() -> None:
    node: dict[str, Any] = text("bottom")
    for _level in range(20_000):
        node = {"type": "blockquote", "content": [node]}
    assert plain_text(doc(node)) == "bottom"


def test_a_body_of_a_million_characters_is_read() -> None:
    body = doc(*(paragraph(text("x" * 1_000)) for _paragraph in range(1_100)))
    assert len(plain_text(body)) == 1_100 * 1_001 - 1


@given(
    st.recursive(
        st.none() | st.text() | st.integers(),
        lambda inner: (
            st.lists(inner) | st.dictionaries(st.sampled_from(["type", "content", "attrs", "text", "marks"]), inner)
        ),
    )
)
def test_any_json_is_survived(body: Any) -> None:
    assert isinstance(plain_text(body), str)


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Zs", "Zl", "Zp"]), min_size=1)))
def test_text_in_a_document_reads_back(lines: list[str]) -> None:
    lines = [line.strip() for line in lines if line.strip()]
    assert plain_text(document("\n".join(lines))) == "\n".join(lines)
