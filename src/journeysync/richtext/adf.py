"""Our part in an Atlassian Document (Jira Cloud): one node at the end of a description, or a whole comment.

The document of a person is a list of nodes that we hand on as the same objects, types
that nobody here has heard of included; only our own node is put in, replaced or taken
out. It is known by its last paragraph, a code mark, never by its place or title. Text
nodes show text as it is, so names need no escaping here.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from journeysync.richtext.found import FoundText, NoRoom, state_of
from journeysync.richtext.words import Line, Span, Words, merged

Node = Mapping[str, Any]
_MARK = re.compile(r"journeysync (?P<workspace>[\w-]+) (?P<hash>[0-9a-f]{8})")
_MARKS = {"strong": "strong", "em": "em", "code": "code"}
_CODE = frozenset({"codeBlock"})
_DEEPEST = 100


def block(words: Words, workspace: str) -> dict[str, Any]:
    """Return our node of a description: an expand, which shows its title and opens by a click."""
    content = [_paragraph(line) for line in words.lines]
    return {"type": "expand", "attrs": {"title": words.heading}, "content": [*content, _mark(words, workspace)]}


def comment(words: Words, workspace: str) -> dict[str, Any]:
    """Return our comment as a whole document: everything in sight."""
    lines = [(Span(words.heading, "strong"),), *words.lines]
    return {"type": "doc", "version": 1, "content": [*map(_paragraph, lines), _mark(words, workspace)]}


def find(document: Any, workspace: str) -> FoundText:
    """Return what stands in a description of ours and of other workspaces; ``start`` counts top-level nodes."""
    content = _content(document)
    top = [(n, node, mark) for n, node in enumerate(content) if (mark := _mark_of(node)) is not None]
    deep = [mark for node in content for mark in _deep_marks(node)]
    loose = [mark for node in content if (mark := _marked(node)) is not None]
    everything = [*(mark for _n, _node, mark in top), *deep, *loose]
    foreign = tuple(sorted({mark["workspace"] for mark in everything} - {workspace}))
    others = sum(mark["workspace"] == workspace for mark in everything) - 1
    for n, node, mark in top:
        if mark["workspace"] == workspace:
            words = Words(str(_object(node.get("attrs")).get("title") or ""), _lines(_content(node)[:-1]))
            return FoundText(state_of(words, mark["hash"]), n, n + 1, words, mark["hash"], others, foreign)
    if any(mark["workspace"] == workspace for mark in loose):
        return FoundText("half", others=others, foreign=foreign)
    if any(mark["workspace"] == workspace for mark in deep):
        return FoundText("nested", others=others, foreign=foreign)
    return FoundText(foreign=foreign)


def find_comment(document: Any, workspace: str) -> FoundText:
    """Return whether a comment is ours: its last paragraph is our mark."""
    content = _content(document)
    mark = _marked(content[-1]) if content else None
    if mark is None:
        return FoundText()
    if mark["workspace"] != workspace:
        return FoundText(foreign=(mark["workspace"],))
    lines = _lines(content[:-1])
    heading = "".join(span.text for span in lines[0]) if lines else ""
    words = Words(heading, lines[1:])
    return FoundText(state_of(words, mark["hash"]), 0, len(content), words, mark["hash"])


def splice(document: Any, part: Node | None, workspace: str) -> dict[str, Any]:
    """Return the document with our node in it, or without it; every other node and key is the same object.

    Raises:
        NoRoom: What stands there is not ours to touch.
    """
    found = find(document, workspace)
    if found.state == "nested":
        raise NoRoom("our part was moved into a table, layout or other node of the text")
    if found.state == "half":
        raise NoRoom("our part was taken apart, so where it begins is not known")
    whole = dict(document) if isinstance(document, Mapping) else {"type": "doc", "version": 1}
    content = list(_content(document))
    ours = [part] if part is not None else []
    if found.state == "none":
        content += ours
    else:
        content[found.start : found.end] = ours
    return {**whole, "content": content}


def without(document: Any, workspace: str) -> Any:
    """Return a person's own document: without our node, if there is one at the top."""
    return document if find(document, workspace).start < 0 else splice(document, None, workspace)


def is_empty(document: Any) -> bool:
    """Return whether a document has no content."""
    return not _content(document)


# finding


def _content(node: Any) -> Sequence[Any]:
    content = node.get("content") if isinstance(node, Mapping) else None
    return content if isinstance(content, list | tuple) else ()


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _mark_of(node: Any) -> "re.Match[str] | None":
    """Return the mark in the last paragraph of an expand."""
    if not isinstance(node, Mapping) or node.get("type") not in ("expand", "nestedExpand"):
        return None
    content = _content(node)
    return _marked(content[-1]) if content else None


def _marked(paragraph: Any) -> "re.Match[str] | None":
    """Return the mark that a paragraph is: one text with a code mark."""
    if not isinstance(paragraph, Mapping) or paragraph.get("type") != "paragraph":
        return None
    texts = _content(paragraph)
    if len(texts) != 1 or not isinstance(texts[0], Mapping):
        return None
    marks = texts[0].get("marks")
    kinds = [_object(mark).get("type") for mark in marks] if isinstance(marks, list | tuple) else []
    return _MARK.fullmatch(str(texts[0].get("text") or "")) if "code" in kinds else None


def _deep_marks(node: Any) -> "Iterator[re.Match[str]]":
    """Yield the marks that stand deeper than a node of the top, and not in code; its own stack: it may be deep."""
    top = _content(node)
    # The last paragraph of a node that is ours is its own mark; everything else below is deep.
    stack = list(top[:-1] if _mark_of(node) is not None else top)
    while stack:
        each = stack.pop()
        if not isinstance(each, Mapping) or each.get("type") in _CODE:
            continue
        if (mark := _marked(each)) is not None:
            yield mark
        stack.extend(_content(each))


def _lines(paragraphs: Sequence[Any]) -> tuple[Line, ...]:
    lines = (line for paragraph in paragraphs for line in _lines_of(paragraph))
    return tuple(line for line in lines if line)


def _lines_of(node: Any) -> Iterator[Line]:
    """Yield the lines of a paragraph, also of one that a person made into something else."""
    line: list[Span] = []
    for each in _flat(node):
        if each.get("type") == "hardBreak":
            yield merged(line)
            line = []
        else:
            line.append(_span_of(each))
    yield merged(line)


def _flat(node: Any) -> Iterator[Mapping[str, Any]]:
    stack = [node]
    while stack:
        each = stack.pop()
        if not isinstance(each, Mapping):
            continue
        content = _content(each)
        if content:
            stack.extend(reversed(content))
        elif each is not node:
            yield each


def _span_of(node: Node) -> Span:
    attrs = _object(node.get("attrs"))
    text = str(node.get("text") or attrs.get("text") or attrs.get("shortName") or attrs.get("url") or "")
    marks = node.get("marks")
    for mark in marks if isinstance(marks, list | tuple) else ():
        kind = _object(mark).get("type")
        if kind == "link":
            return Span(text, "link", str(_object(_object(mark).get("attrs")).get("href") or ""))
        if kind == "strong":
            return Span(text, "strong")
        if kind == "em":
            return Span(text, "em")
        if kind == "code":
            return Span(text, "code")
    return Span(text)


# rendering


def _mark(words: Words, workspace: str) -> dict[str, Any]:
    text = {"type": "text", "text": f"journeysync {workspace} {words.digest()}", "marks": [{"type": "code"}]}
    return {"type": "paragraph", "content": [text]}


def _paragraph(line: Line) -> dict[str, Any]:
    return {"type": "paragraph", "content": [_text(span) for span in line]}


def _text(span: Span) -> dict[str, Any]:
    text: dict[str, Any] = {"type": "text", "text": span.text}
    if span.style == "link":
        text["marks"] = [{"type": "link", "attrs": {"href": span.href}}]
    elif span.style in _MARKS:
        text["marks"] = [{"type": _MARKS[span.style]}]
    return text
