"""The laws of our text in a ticket: what is written is read back, and everything outside stays as it was."""

import copy
import os
import re
from datetime import date
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from journeysync.model.context import Context
from journeysync.richtext import adf, markdown, wiki
from journeysync.richtext.found import NoRoom
from journeysync.richtext.words import Span, Words, words_of
from journeysync.testing.foreign_text import foreign_texts

from .strategies import CONTEXT, DOCUMENT, HOSTILE, MARKDOWN_PIECES, TEXT, WIKI_PIECES, person_text

WORKSPACE = "k3f9"
EXAMPLES = 1_000 if os.environ.get("JOURNEYSYNC_SOAK") else 40
TEXTUAL: Any = pytest.mark.parametrize("markup", [markdown, wiki], ids=["markdown", "wiki"])


def a_context(**more: Any) -> Context:
    values: dict[str, Any] = {"path": ("Pay a bill", "See why"), "ignore": "journey.ignore"}
    return Context(**(values | {"written_on": date(2026, 11, 22)} | more))


def hostile(name: str) -> Words:
    return words_of(a_context(path=(name, name), personas=(name,), teams=(name,), ask=name, priority=name))


# parse(render(x)) == x


@TEXTUAL
@settings(max_examples=EXAMPLES, deadline=None)
@given(context=CONTEXT)
def test_what_is_rendered_is_read_back_to_the_letter(markup: Any, context: Context) -> None:
    words = words_of(context)
    found = markup.find(markup.render(words, WORKSPACE), WORKSPACE)
    assert (found.state, found.words, found.others, found.foreign) == ("ours", words, 0, ())


@settings(max_examples=EXAMPLES, deadline=None)
@given(context=CONTEXT)
def test_a_document_is_read_back_to_the_letter(context: Context) -> None:
    words = words_of(context)
    found = adf.find(adf.splice(None, adf.block(words, WORKSPACE), WORKSPACE), WORKSPACE)
    assert (found.state, found.words) == ("ours", words)
    found = adf.find_comment(adf.comment(words, WORKSPACE), WORKSPACE)
    # A heading is a line of its own there.
    assert (found.state, found.words) == ("ours", words)


@settings(max_examples=EXAMPLES, deadline=None)
@given(context=CONTEXT, data=st.dictionaries(TEXT, TEXT | st.integers(), max_size=3))
def test_hidden_data_is_read_back_and_nothing_in_it_ends_the_comment(context: Context, data: dict[str, Any]) -> None:
    data = {key.encode(errors="replace").decode(): str(v).encode(errors="replace").decode() for key, v in data.items()}
    text = markdown.render(words_of(context), WORKSPACE, data)
    assert dict(markdown.find(text, WORKSPACE).data) == data
    assert markdown.find(text, WORKSPACE).words == words_of(context)


# outside is the same


@TEXTUAL
@settings(max_examples=EXAMPLES, deadline=None)
@given(data=st.data(), first=CONTEXT, second=CONTEXT)
def test_everything_outside_is_the_same_to_the_byte(
    markup: Any, data: st.DataObject, first: Context, second: Context
) -> None:
    pieces = MARKDOWN_PIECES if markup is markdown else WIKI_PIECES
    text = data.draw(person_text(pieces))
    before = markup.find(text, WORKSPACE)
    if before.state == "none":
        try:
            put = markup.splice(text, markup.render(words_of(first), WORKSPACE), WORKSPACE)
        except NoRoom:
            return
        assert put.startswith(text)
        assert markup.find(put, WORKSPACE).words == words_of(first)
        put = put + data.draw(st.sampled_from(("", "\n\nMore words of a person.", "\r\n\r\n> quoted")))
        found = markup.find(put, WORKSPACE)
        changed = markup.splice(put, markup.render(words_of(second), WORKSPACE), WORKSPACE)
        again = markup.find(changed, WORKSPACE)
        assert again.words == words_of(second)
        assert (changed[: again.start], changed[again.end :]) == (put[: found.start], put[found.end :])
        if not put[found.end :]:
            assert markup.splice(changed, None, WORKSPACE) == text
        else:
            assert markup.splice(changed, None, WORKSPACE) == put[: found.start] + put[found.end :]


@settings(max_examples=EXAMPLES, deadline=None)
@given(document=DOCUMENT, first=CONTEXT, second=CONTEXT)
def test_every_node_but_ours_is_equal_as_json(document: Any, first: Context, second: Context) -> None:
    original = copy.deepcopy(document)
    try:
        put = adf.splice(document, adf.block(words_of(first), WORKSPACE), WORKSPACE)
    except NoRoom:
        assert document == original
        return
    is_new = adf.find(original, WORKSPACE).state == "none"
    changed = adf.splice(put, adf.block(words_of(second), WORKSPACE), WORKSPACE)
    found = adf.find(changed, WORKSPACE)
    assert (found.state, found.words) == ("ours", words_of(second))
    assert document == original
    gone = adf.splice(changed, None, WORKSPACE)
    if is_new:
        assert gone == (original or {"type": "doc", "version": 1, "content": []})
    else:
        assert gone["content"] == [*original["content"][: found.start], *original["content"][found.end :]]


# hostile names


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_calls_nobody_and_runs_nothing_in_markdown(name: str) -> None:
    text = markdown.render(hostile(name), WORKSPACE)
    tokens = MarkdownIt("gfm-like", {"linkify": False}).parse(text)
    kinds = {token.type for token in tokens} | {c.type for token in tokens for c in token.children or ()}
    assert kinds <= {
        "html_block", "paragraph_open", "paragraph_close", "inline", "text", "softbreak",
        "strong_open", "strong_close", "em_open", "em_close", "code_inline", "text_special",
    }  # fmt: skip
    shown = "".join(c.content for token in tokens for c in token.children or () if c.type != "code_inline")
    for reference in ("@octocat", "@org", "#12", "#7", "GH-12", "https://", "www.e", "3f2a91c7d0b1", ":smile:", "b@b"):
        assert reference not in shown
    assert len([token for token in tokens if token.type == "html_block"]) == 2
    assert not [c for c in shown if c in "\u202e\u202c\u2066\u2069\x00\x07\x1b\ufeff"]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_runs_no_macro_and_links_no_ticket_in_wiki_markup(name: str) -> None:
    text = wiki.render(hostile(name), WORKSPACE)
    bare = re.sub(r"\\.|&#\d+;|\{\{[^}]*\}\}", "", text)
    assert bare.count("{") == 3, "the panel, its anchor, its end"
    for markup in ("[~", "!pic", "BILL-2", "OPP-3", "https:/", "|x", "[", "\\\\", "^p", "~d"):
        assert markup not in bare
    assert not [line for line in bare.splitlines()[1:-2] if line.startswith(("h1.", "bq.", "-", "*b", "#", "|"))]


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_plain_text_in_a_document(name: str) -> None:
    node = adf.block(hostile(name), WORKSPACE)
    kinds: set[str] = set()
    stack: list[Any] = [node]
    while stack:
        each = stack.pop()
        kinds |= {each["type"], *(mark["type"] for mark in each.get("marks", ()))}
        stack += each.get("content", ())
        assert each["type"] != "text" or ((each["text"] and each["text"].isprintable()) or "\u200d" in each["text"])
    assert kinds <= {"expand", "paragraph", "text", "strong", "em", "code", "link"}


def test_an_address_that_would_refer_to_an_issue_or_run_a_script_is_no_link() -> None:
    for url in (
        "https://github.com/o/r/issues/12",
        "javascript:alert(1)",
        "data:text/html,x",
        "//x",
        "https://g.it/a/b/pull/9",
    ):
        assert not any(span.style == "link" for line in words_of(a_context(url=url)).lines for span in line)
    [link] = [
        s for line in words_of(a_context(url="https://j.example/t/1 2)")).lines for s in line if s.style == "link"
    ]
    assert link == Span("How this was worked out", "link", "https://j.example/t/1%202%29")


# what stands there


@TEXTUAL
@example(context=a_context())
@given(context=CONTEXT)
@settings(max_examples=10, deadline=None)
def test_a_part_is_known_whatever_became_of_it(markup: Any, context: Context) -> None:
    part = markup.render(words_of(context), WORKSPACE)
    theirs = markup.render(words_of(context), "zzzz")
    literal = "```\n{}\n```" if markup is markdown else "{{code}}\n{}\n{{code}}"
    assert markup.find(literal.format(part), WORKSPACE).state == "none"
    assert markup.find("> " + part.replace("\n", "\n> "), WORKSPACE).state in ("none", "half")
    doubled = markup.find(f"{part}\n\nwords\n\n{part}", WORKSPACE)
    assert (doubled.state, doubled.others, doubled.start) == ("ours", 1, 0)
    assert markup.find(theirs, WORKSPACE).state == "none"
    assert markup.find(f"{theirs}\n\n{part}", WORKSPACE).foreign == ("zzzz",)
    assert markup.find(part.rpartition("\n")[0], WORKSPACE).state in ("half", "nested")
    for damaged in (part.rpartition("\n")[0], "words\n\n" + part.rpartition("\n")[0] + "\n\nmore"):
        with pytest.raises(NoRoom):
            markup.splice(damaged, part, WORKSPACE)


def test_a_part_that_was_moved_into_something_is_not_touched() -> None:
    words = words_of(a_context())
    part = markdown.render(words, WORKSPACE)
    listed = "- item\n\n" + "\n".join(f"  {line}" for line in part.split("\n"))
    assert markdown.find(listed, WORKSPACE).state == "nested"
    table = wiki.render(words, WORKSPACE)
    assert wiki.find(f"|a|{table}|", WORKSPACE).state == "nested"
    assert wiki.find(f"{{quote}}\n{table}\n{{quote}}", WORKSPACE).state == "nested"
    node = adf.block(words, WORKSPACE)
    cell = {"type": "table", "content": [{"type": "tableCell", "content": [{**node, "type": "nestedExpand"}]}]}
    document = {"type": "doc", "version": 1, "content": [cell]}
    assert adf.find(document, WORKSPACE).state == "nested"
    with pytest.raises(NoRoom, match="moved into"):
        adf.splice(document, node, WORKSPACE)


@TEXTUAL
def test_words_that_a_person_changed_are_seen_and_white_space_is_not(markup: Any) -> None:
    part = markup.render(words_of(a_context()), WORKSPACE)
    assert markup.find(part.replace("\n", "\r\n") + "\r\n", WORKSPACE).state == "ours"
    assert markup.find(part.replace("\n", "  \n"), WORKSPACE).state == "ours"
    changed = markup.find(part.replace("See why", "See nothing"), WORKSPACE)
    assert changed.state == "changed"
    assert "See nothing" in changed.shown("block").words


def test_attributes_that_an_editor_adds_to_a_document_are_no_change() -> None:
    node = adf.block(words_of(a_context()), WORKSPACE)
    for paragraph in node["content"]:
        paragraph["attrs"] = {"localId": "9f"}
    assert adf.find({"type": "doc", "content": [node]}, WORKSPACE).state == "ours"
    node["content"][0]["content"][0]["text"] = "Other words"
    assert adf.find({"type": "doc", "content": [node]}, WORKSPACE).state == "changed"


def test_a_text_that_would_swallow_ours_is_left_alone() -> None:
    part = markdown.render(words_of(a_context()), WORKSPACE)
    for text in ("```\nopen", "<!-- open", "<pre>\nraw"):
        with pytest.raises(NoRoom, match="not closed"):
            markdown.splice(text, part, WORKSPACE)
    with pytest.raises(NoRoom, match="not closed"):
        wiki.splice("{noformat}\nopen", wiki.render(words_of(a_context()), WORKSPACE), WORKSPACE)


def test_the_words_are_few_and_say_only_what_is_known() -> None:
    assert words_of(a_context(ignore="")).plain() == (
        "Why this matters to customers Pay a bill › See why By journeysync, text of 22 Nov 2026."
    )


@pytest.mark.parametrize(("name", "state"), [
    ("whole", "ours"), ("half", "half"), ("doubled", "ours"), ("nested", "nested"), ("fenced", "none"),
    ("other-workspace", "none"),
])  # fmt: skip
@pytest.mark.parametrize("markup", ["markdown", "wiki", "adf"])
def test_what_people_make_of_our_words_is_told_apart_in_every_markup(markup: Any, name: str, state: str) -> None:
    text = foreign_texts(markup, a_context())[name]
    find = {"markdown": markdown.find, "wiki": wiki.find, "adf": adf.find}[markup]
    assert find(text, WORKSPACE).state == state
