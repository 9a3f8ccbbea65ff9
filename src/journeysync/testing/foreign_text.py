"""What people and tools make of our own words: texts to be found in a description, for tests.

``foreign_texts("markdown", context)`` gives, by name, our part whole, half, doubled, nested,
quoted, in a code fence and of another workspace, each inside words of a person.
"""

from collections.abc import Mapping
from typing import Any, Literal

from journeysync.model.context import Context
from journeysync.richtext import adf, markdown, wiki
from journeysync.richtext.words import words_of

Markup = Literal["markdown", "wiki", "adf"]
SOMEBODY = "Words of a person."


def foreign_texts(markup: Markup, context: Context, *, workspace: str = "k3f9", other: str = "zzzz") -> dict[str, Any]:
    """Return texts by name: strings, or documents for ``adf``; each begins with ``SOMEBODY``."""
    words = words_of(context)
    if markup == "adf":
        return {name: _document(*nodes) for name, nodes in _nodes(context, workspace, other).items()}
    render = markdown.render if markup == "markdown" else wiki.render
    ours, theirs = render(words, workspace), render(words, other)
    lines = ours.split("\n")
    nested = (
        "- item\n" + "\n".join(f"  {line}" for line in lines)
        if markup == "markdown"
        else f"{{quote}}\n{ours}\n{{quote}}"
    )
    fence = ("```", "```") if markup == "markdown" else ("{noformat}", "{noformat}")
    texts = {
        "whole": ours,
        "half": "\n".join(lines[:-1]),
        "tail": "\n".join(lines[2:]),
        "doubled": f"{ours}\n\nMore words.\n\n{ours}",
        "nested": nested,
        "quoted": "\n".join(f"> {line}" if markup == "markdown" else f"bq. {line}" for line in lines),
        "fenced": f"{fence[0]}\n{ours}\n{fence[1]}",
        "other-workspace": theirs,
    }
    return {name: f"{SOMEBODY}\n\n{text}" for name, text in texts.items()}


def _nodes(context: Context, workspace: str, other: str) -> Mapping[str, tuple[Mapping[str, Any], ...]]:
    words = words_of(context)
    ours, theirs = adf.block(words, workspace), adf.block(words, other)
    nested = {**ours, "type": "nestedExpand"}
    mark = ours["content"][-1]
    more = {"type": "paragraph", "content": [{"type": "text", "text": "More words."}]}
    code = {"type": "codeBlock", "content": [mark["content"][0]]}
    return {
        "whole": (ours,),
        "half": (mark,),
        "tail": ({**ours, "content": ours["content"][:-1]},),
        "doubled": (ours, more, ours),
        "nested": ({"type": "layoutSection", "content": [{"type": "layoutColumn", "content": [nested]}]},),
        "quoted": ({"type": "blockquote", "content": list(ours["content"])},),
        "fenced": (code,),
        "other-workspace": (theirs,),
    }


def _document(*nodes: Mapping[str, Any]) -> dict[str, Any]:
    first = {"type": "paragraph", "content": [{"type": "text", "text": SOMEBODY}]}
    return {"type": "doc", "version": 1, "content": [first, *nodes]}
