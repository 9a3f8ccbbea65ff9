"""Our part in Markdown (GitHub): an HTML comment before and after it, as formats.md 8 has it.

Text of people shows as it is there: nobody is called by it, no issue is referred to or
closed, no image is loaded. What Markdown makes of a person's text is asked of a parser
(is this mark in a code fence, in a list?); what is written is always their own bytes.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import msgspec
from markdown_it import MarkdownIt

from journeysync.richtext.found import FoundText, NoRoom, State, state_of
from journeysync.richtext.words import Line, Span, Words, read_line

_MARK = re.compile(r"<!-- journeysync:(?:begin v1 (?P<begin>[\w-]+) (?P<hash>[0-9a-f]{8})|end (?P<end>[\w-]+)) -->")
_DATA = re.compile(r"<!-- journeysync:data (?P<data>.*?) -->[ \t]*(?:\r\n|\r|\n)?", re.DOTALL)
_LINE_END = re.compile(r"\r\n|\r|\n")  # as the parser counts lines
_SWALLOWS = re.compile(r"```|~~~|<")  # what may hide all that follows it
_PARSER = MarkdownIt("commonmark")
_HIDDEN = "\u200b"  # no width: keeps GitHub from reading a name as a reference

_SPECIAL = re.compile(r"([\\`*_\[\]<>#|~&$])")
_LIST_SIGN = re.compile(r"^(\d{0,9})([-+=.)])")  # at the start of a line
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
_REFERENCES = (
    (re.compile(r"@"), f"@{_HIDDEN}"),
    (re.compile(r"#(?=\d)"), f"#{_HIDDEN}"),
    (re.compile(r"\b(GH)-(?=\d)", re.IGNORECASE), rf"\1{_HIDDEN}-"),
    (re.compile(r"://"), f":{_HIDDEN}//"),
    (re.compile(r"\b(www)\.", re.IGNORECASE), rf"\1{_HIDDEN}."),
    (re.compile(r":(?=[\w+-]+:)"), f":{_HIDDEN}"),
    (re.compile(r"\b(?=[0-9a-f]*\d)([0-9a-f]{4})(?=[0-9a-f]{3,36}\b)"), rf"\1{_HIDDEN}"),
    (re.compile(r"(journeysync):", re.IGNORECASE), rf"\1{_HIDDEN}:"),
)
_INLINE = re.compile(
    r"\*\*(?P<strong>(?:\\.|[^\\*])+)\*\*|\*(?P<em>(?:\\.|[^\\*])+)\*|`(?P<code>[^`]+)`"
    r"|\[(?P<link>(?:\\.|[^\]\\])+)\]\((?P<href>[^)\s]*)\)|(?P<plain>(?:\\.|[^\\*`\[])+|.)",
    re.DOTALL,
)


class _Mark(NamedTuple):
    start: int
    end: int
    workspace: str
    hash: str  # empty: it is an end
    depth: int  # 0: at the top of the document; more: inside of something


def render(words: Words, workspace: str, data: Mapping[str, Any] | None = None) -> str:
    """Return our part, lines ended by a bare newline, none after the last.

    Args:
        words: What it says.
        workspace: Our id.
        data: Kept in a part that nobody sees, for a tracker that has no other place.
    """
    lines = ("".join(map(_span, line)) for line in words.lines)
    shown = [f"**{_escaped(words.heading)}**", *(_LIST_SIGN.sub(r"\1\\\2", line) for line in lines)]
    hidden = [f"<!-- journeysync:data {_json(data)} -->"] if data else []
    begin = f"<!-- journeysync:begin v1 {workspace} {words.digest()} -->"
    return "\n".join([begin, *shown, *hidden, f"<!-- journeysync:end {workspace} -->"])


def find(text: str, workspace: str) -> FoundText:
    """Return what stands in a text of ours and of other workspaces; what is in a code fence or quoted is nobody's."""
    if "<!-- journeysync:" not in text:
        return FoundText()
    marks = list(_marks(text))
    foreign = tuple(sorted({mark.workspace for mark in marks if mark.hash and mark.workspace != workspace}))
    ours = [mark for mark in marks if mark.workspace == workspace]
    if not ours:
        return FoundText(foreign=foreign)
    parts, torn = _parts([mark for mark in ours if mark.depth == 0])
    others = len([mark for mark in ours if mark.hash]) - 1
    if torn:
        return FoundText("half", others=max(others, 0), foreign=foreign)
    if not parts:
        return FoundText("nested", others=max(others, 0), foreign=foreign)
    begin, end = parts[0]
    words, data = _read(text[begin.end : end.start])
    state: State = state_of(words, begin.hash)
    return FoundText(state, begin.start, end.end, words, begin.hash, others, foreign, data)


def splice(text: str, part: str | None, workspace: str) -> str:
    """Return the text with our part in it, or without it; everything else is the same to the byte.

    A part that stands there is replaced where it is; a new one goes to the end, after an empty line.

    Raises:
        NoRoom: What stands there is not ours to touch, or the text ends in something that would swallow our part.
    """
    found = find(text, workspace)
    if found.state in ("nested", "half"):
        raise NoRoom(_WHY_NOT[found.state])
    ending = _line_end_of(text)
    ours = part.replace("\n", ending) if part is not None else None
    if found.state == "none":
        return text if ours is None else _appended(text, ours, ending, workspace)
    before, after = text[: found.start], text[found.end :]
    if ours is not None:
        return f"{before}{ours}{after}"
    if not after.strip():
        before = before.removesuffix(ending * 2)  # what we put before it
    return before + after


_WHY_NOT = {
    "nested": "our part was moved into a list, a table or a line of the text",
    "half": "a part of our text was taken out, so where it begins or ends is not known",
}


def _appended(text: str, ours: str, ending: str, workspace: str) -> str:
    whole = f"{text}{ending * 2}{ours}" if text else ours
    if _SWALLOWS.search(text) and find(whole, workspace).state != "ours":
        raise NoRoom("the text ends in a code fence or an HTML block that is not closed, which would swallow ours")
    return whole


def _line_end_of(text: str) -> str:
    found = _LINE_END.search(text)
    return found[0] if found and found[0] != "\r" else "\n"


def with_data(text: str, data: Mapping[str, Any] | None, workspace: str) -> str:
    """Return the text with other hidden data in our part; its words stay to the byte, also those of a person."""
    found = find(text, workspace)
    if found.start < 0:
        return text
    ending = _line_end_of(text)
    part = _DATA.sub("", text[found.start : found.end])
    if data:
        mark = part.rindex("<!-- journeysync:end ")
        part = f"{part[:mark]}<!-- journeysync:data {_json(data)} -->{ending}{part[mark:]}"
    return text[: found.start] + part + text[found.end :]


def without(text: str, workspace: str) -> str:
    """Return a person's own words: the text without our part, if it can be told from theirs."""
    found = find(text, workspace)
    return text if found.start < 0 else splice(text, None, workspace)


# finding


def _marks(text: str) -> Iterator[_Mark]:
    """Yield every mark that Markdown takes for an HTML comment of its own, in order; those in code are left out."""
    starts = [0, *(found.end() for found in _LINE_END.finditer(text))]
    blocks: dict[int, int] = {}  # first line of an HTML block that begins with a comment -> depth
    code: list[range] = []
    for token in _PARSER.parse(text):
        if token.map is None:
            continue
        if token.type == "html_block" and token.content.lstrip().startswith("<!-- journeysync:"):
            blocks[token.map[0]] = token.level
        elif token.type in ("fence", "code_block"):
            code.append(range(*token.map))
    for found in _MARK.finditer(text):
        line = bisect_right(starts, found.start()) - 1
        if any(line in lines for lines in code) or _is_quoted(text, starts[line], found.start()):
            continue
        is_first = not text[starts[line] : found.start()].strip()
        depth = blocks.get(line, 1) if is_first else 1
        yield _Mark(found.start(), found.end(), found["begin"] or found["end"], found["hash"] or "", depth)


def _is_quoted(text: str, start: int, at: int) -> bool:
    """Return whether a person quoted it (a reply by mail does), or wrote it in a code span: then it is nobody's."""
    before = text[start:at]
    return before.lstrip().startswith(">") or before.count("`") % 2 == 1


def _parts(marks: list[_Mark]) -> tuple[list[tuple[_Mark, _Mark]], bool]:
    """Return the pairs of begin and end, and whether any is left without the other."""
    pairs: list[tuple[_Mark, _Mark]] = []
    is_torn = False
    begin: _Mark | None = None
    for mark in marks:
        if mark.hash:
            is_torn = is_torn or begin is not None
            begin = mark
        elif begin is None:
            is_torn = True
        else:
            pairs.append((begin, mark))
            begin = None
    return pairs, is_torn or begin is not None


def _read(inside: str) -> tuple[Words, Mapping[str, Any]]:
    found = _DATA.search(inside)
    data: Any = {}
    if found:
        try:
            data = msgspec.json.decode(found["data"])
        except msgspec.DecodeError:
            data = {}
    shown = _DATA.sub("", inside)
    lines = [_line(line) for line in _LINE_END.split(shown) if line.strip()]
    heading = "".join(span.text for span in lines[0]) if lines else ""
    return Words(heading, tuple(lines[1:])), data if isinstance(data, dict) else {}


def _line(text: str) -> Line:
    return read_line(text, _INLINE, _plain)


def _plain(text: str) -> str:
    return _ESCAPED.sub(r"\1", text.replace(_HIDDEN, ""))


# rendering


def _span(span: Span) -> str:
    if span.style == "code":
        return f"`{span.text}`"
    text = _escaped(span.text)
    if span.style == "link":
        return f"[{text}]({span.href})"
    marks = {"strong": "**", "em": "*"}.get(span.style, "")
    return f"{marks}{text}{marks}"


def _escaped(text: str) -> str:
    """Return text that Markdown shows as it is."""
    text = _SPECIAL.sub(r"\\\1", text)
    for pattern, safe in _REFERENCES:
        text = pattern.sub(safe, text)
    return text


def _json(data: Mapping[str, Any]) -> str:
    text = msgspec.json.encode(data).decode()
    return text.replace("-", "\\u002d").replace(">", "\\u003e").replace("<", "\\u003c")
