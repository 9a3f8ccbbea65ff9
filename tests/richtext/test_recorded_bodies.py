"""Our part in every recorded text of people: put in, changed and taken out, and nothing else differs.

All bodies of descriptions and comments of the recorded trackers, a sample by default and all
of them with ``JOURNEYSYNC_SOAK=1``. Markdown bodies are also turned into Atlassian Documents.
"""

import copy
import gzip
import json
import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from journeysync.model.context import Context
from journeysync.richtext import adf, markdown, wiki
from journeysync.richtext.found import NoRoom
from journeysync.richtext.words import words_of

SHARED = Path(os.environ.get("JOURNEYSYNC_SHARED") or Path(__file__).resolve().parents[2].parent / "shared") / "data"
EVERY = 1 if os.environ.get("JOURNEYSYNC_SOAK") else 40
WORKSPACE = "k3f9"
FIRST = words_of(Context(path=("Pay", "See why"), ignore="journey.ignore", written_on=date(2026, 11, 22)))
SECOND = words_of(Context(path=("Pay", "Ask for time"), ask="#journey-billing", ignore="journey.ignore"))

pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason=f"no recorded data in {SHARED}")


def texts(*names: str) -> Iterator[str]:
    """Yield every text of more than a word that stands anywhere under body, description or comment."""
    for name in names:
        with gzip.open(SHARED / name, "rt", encoding="utf-8") as lines:
            for line in lines:
                yield from _texts(json.loads(line))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(inner, str):
                if key in ("body", "description", "description_markdown", "environment") and inner:
                    yield inner
            else:
                yield from _texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)


def documents() -> Iterator[dict[str, Any]]:
    """Yield recorded documents, and all Markdown bodies as documents."""
    for name in ("jira/airbyte_cloud_v3_samples.jsonl.gz", "jira/merico_cloud_issues.jsonl.gz"):
        with gzip.open(SHARED / name, "rt", encoding="utf-8") as lines:
            for line in lines:
                yield from _documents(json.loads(line))
    for n, text in enumerate(texts("jira/fluid_FLUID_converted.jsonl.gz")):
        if n % EVERY == 0:
            yield document_of(text)


def _documents(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        if value.get("type") == "doc":
            yield value
        else:
            for inner in value.values():
                yield from _documents(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _documents(inner)


_NODES = {
    "paragraph": "paragraph", "heading": "heading", "blockquote": "blockquote", "bullet_list": "bulletList",
    "ordered_list": "orderedList", "list_item": "listItem", "table": "table", "tr": "tableRow", "td": "tableCell",
    "th": "tableHeader", "thead": "", "tbody": "",
}  # fmt: skip


def document_of(text: str) -> dict[str, Any]:
    """Return Markdown as an Atlassian Document: blocks, code, tables, links and marks, as an editor would make it."""
    top: list[Any] = []
    stack: list[list[Any]] = [top]
    for token in MarkdownIt("commonmark").enable("table").parse(text):
        name = _NODES.get(token.type.removesuffix("_open").removesuffix("_close"))
        if token.type == "inline":
            stack[-1].extend(_inline(token.children or []))
        elif token.type in ("fence", "code_block", "html_block"):
            stack[-1].append({"type": "codeBlock", "content": [{"type": "text", "text": token.content or " "}]})
        elif token.type == "hr":
            stack[-1].append({"type": "rule"})
        elif name and token.nesting == 1:
            stack[-1].append({"type": name, "content": []})
            stack.append(stack[-1][-1]["content"])
        elif name and token.nesting == -1:
            stack.pop()
    return {"type": "doc", "version": 1, "content": top}


def _inline(children: list[Token]) -> Iterator[dict[str, Any]]:
    marks: list[dict[str, Any]] = []
    for child in children:
        kind = child.type
        if kind in ("strong_open", "em_open"):
            marks.append({"type": kind.removesuffix("_open")})
        elif kind == "link_open":
            marks.append({"type": "link", "attrs": {"href": str(child.attrGet("href"))}})
        elif kind.endswith("_close"):
            marks.pop()
        elif kind in ("softbreak", "hardbreak"):
            yield {"type": "hardBreak"}
        elif child.content:
            code = [{"type": "code"}] if kind == "code_inline" else []
            yield {"type": "text", "text": child.content, "marks": [*marks, *code]}


@pytest.mark.parametrize(
    ("markup", "files"),
    [
        (markdown, ["github/rust-lang-rust_issues.jsonl.gz", "github/bitcoin-core-gui_issues.jsonl.gz"]),
        (markdown, ["github/rust-lang-rust_comments.jsonl.gz", "github/panjf2000-ants_comments.jsonl.gz"]),
        (markdown, ["github/httpwg-http-extensions_issues.jsonl.gz", "linear/linear_sdk_objects.jsonl.gz"]),
        (markdown, ["jira/fluid_FLUID_converted.jsonl.gz"]),
        (wiki, ["jira/tidev_TIMOB_issues.jsonl.gz", "jira/tidev_AC_issues.jsonl.gz", "jira/dc_server_issues.jsonl.gz"]),
    ],
    ids=["rust", "comments", "others", "fluid", "wiki"],
)
def test_nothing_but_ours_differs_in_any_recorded_text(markup: Any, files: list[str]) -> None:
    seen = full = 0
    first, second = markup.render(FIRST, WORKSPACE), markup.render(SECOND, WORKSPACE)
    for text in [text for n, text in enumerate(texts(*files)) if n % EVERY == 0]:
        seen += 1
        assert markup.find(text, WORKSPACE).state == "none"
        try:
            put = markup.splice(text, first, WORKSPACE)
        except NoRoom:
            full += 1
            continue
        assert put.startswith(text)
        found = markup.find(put, WORKSPACE)
        assert (found.state, found.words) == ("ours", FIRST)
        changed = markup.splice(put, second, WORKSPACE)
        assert changed.startswith(text)
        assert markup.find(changed, WORKSPACE).words == SECOND
        assert markup.splice(changed, None, WORKSPACE) == text
    assert seen > 5
    assert full <= max(2, seen // 20), "texts that end in an open fence or macro are rare"


def test_no_other_node_differs_in_any_document() -> None:
    first, second = adf.block(FIRST, WORKSPACE), adf.block(SECOND, WORKSPACE)
    for document in documents():
        before = copy.deepcopy(document)
        put = adf.splice(document, first, WORKSPACE)
        assert put == {**before, "content": [*before.get("content", []), first]}
        changed = adf.splice(put, second, WORKSPACE)
        assert changed["content"][:-1] == before.get("content", [])
        assert adf.find(changed, WORKSPACE).words == SECOND
        assert adf.splice(changed, None, WORKSPACE) == {**before, "content": before.get("content", [])}
        assert document == before
