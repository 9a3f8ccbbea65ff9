"""Our part in Jira's wiki markup (Data Center): a panel whose last line is an anchor, as formats.md 8 has it.

Wiki markup has no comments, and an anchor shows nothing: it is the mark. Names of
people show as they are there: no macro runs, nobody is mentioned, no ticket is linked.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

from journeysync.richtext.found import FoundText, NoRoom, state_of
from journeysync.richtext.words import Line, Span, Words, read_line

_MARK = re.compile(r"(?<!\\)\{anchor:journeysync-(?P<workspace>\w+)-(?P<hash>[0-9a-f]{8})\}")
_PANEL = re.compile(r"(?<!\\)\{panel(?::(?P<with>[^}\r\n]*))?\}")
_MACRO = re.compile(r"(?<!\\)\{(?P<name>code|noformat|quote|color|column|section|panel|table-plus)(?::[^}\r\n]*)?\}")
_LITERAL = ("code", "noformat")
_LINE_END = re.compile(r"\r\n|\r|\n")
_ENTITY = re.compile(r"&#(\d{2,3});")
_INLINE = re.compile(
    r"\{\{(?P<code>[^}]+)\}\}|(?<!\\)\*(?P<strong>(?:\\.|[^\\*])+)\*|(?<!\\)_(?P<em>(?:\\.|[^\\_])+)_"
    r"|\[(?P<link>(?:\\.|[^\]\\|])+)\|(?P<href>[^\]\s]*)\]|(?P<plain>(?:\\.|[^\\*_\[{])+|.)",
    re.DOTALL,
)
_SPECIAL = re.compile(
    r"[\\&*_+^~{}\[\]|!#<>]"
    r"|(?<![^\W_])-|-(?![^\W_])|(?<=[A-Z0-9])-(?=\d)"  # not inside a word, but in ABC-12: a ticket's key
    r"|:(?=[/)(DP|])|;(?=\))|\?(?=\?)|(?<=\?)\?"
    r"|\((?=(?:[ynixv/!?*$+-]|on|off|flag|flagoff)\))"
    r"|(?<=^h[1-6])\.|(?<=^bq)\.|(?<=\bwww)\.",
    re.IGNORECASE,
)
_AS_ENTITY = frozenset("\\&")  # two backslashes would break the line
_WHY_NOT = {
    "nested": "our panel was moved into a table, quote or other macro of the text",
    "half": "a part of our panel was taken out, so where it begins or ends is not known",
}


class _Panel(NamedTuple):
    start: int
    end: int
    title: str
    inside: str
    mark: "re.Match[str] | None"
    depth: int


def render(words: Words, workspace: str) -> str:
    """Return our part, lines ended by a bare newline, none after the last."""
    lines = ("".join(map(_span, line)) for line in words.lines)
    title = _ENTITY_NEEDED.sub(lambda found: f"&#{ord(found[0])};", words.heading)
    mark = f"{{anchor:journeysync-{workspace}-{words.digest()}}}"
    return "\n".join([f"{{panel:title={title}}}", *lines, mark, "{panel}"])


_ENTITY_NEEDED = re.compile(r"[|{}\\&]")


def find(text: str, workspace: str) -> FoundText:
    """Return what stands in a text of ours and of other workspaces; what is in a code macro is nobody's."""
    if "{anchor:journeysync-" not in text:
        return FoundText()
    literal = _literal_ranges(text)
    marks = [mark for mark in _MARK.finditer(text) if not _inside(mark.start(), literal) and not _is_quoted(text, mark)]
    foreign = tuple(sorted({mark["workspace"] for mark in marks} - {workspace}))
    ours = [mark for mark in marks if mark["workspace"] == workspace]
    if not ours:
        return FoundText(foreign=foreign)
    panels = {panel.mark.start(): panel for panel in _panels(text, literal) if panel.mark is not None}
    others = len(ours) - 1
    whole = [panels[mark.start()] for mark in ours if mark.start() in panels]
    if len(whole) < len(ours):
        return FoundText("half", others=others, foreign=foreign)
    top = [panel for panel in whole if panel.depth == 0]
    if not top:
        return FoundText("nested", others=others, foreign=foreign)
    panel = top[0]
    words = Words(panel.title, tuple(_line(line) for line in _LINE_END.split(panel.inside) if line.strip()))
    marked = panel.mark["hash"] if panel.mark else ""
    return FoundText(state_of(words, marked), panel.start, panel.end, words, marked, others, foreign)


def splice(text: str, part: str | None, workspace: str) -> str:
    """Return the text with our part in it, or without it; everything else is the same to the byte.

    Raises:
        NoRoom: What stands there is not ours to touch, or the text ends in a macro that would swallow our part.
    """
    found = find(text, workspace)
    if found.state in ("nested", "half"):
        raise NoRoom(_WHY_NOT[found.state])
    ending = "\r\n" if "\r\n" in text else "\n"
    ours = part.replace("\n", ending) if part is not None else None
    if found.state == "none":
        if ours is None:
            return text
        whole = f"{text}{ending * 2}{ours}" if text else ours
        if "{" in text and find(whole, workspace).state != "ours":
            raise NoRoom("the text ends in a macro that is not closed, which would swallow our part")
        return whole
    before, after = text[: found.start], text[found.end :]
    if ours is not None:
        return f"{before}{ours}{after}"
    if not after.strip():
        before = before.removesuffix(ending * 2)  # what we put before it
    return before + after


def without(text: str, workspace: str) -> str:
    """Return a person's own words: the text without our part, if it can be told from theirs."""
    found = find(text, workspace)
    return text if found.start < 0 else splice(text, None, workspace)


# finding


def _literal_ranges(text: str) -> list[range]:
    """Return where nothing is markup: between {code} or {noformat} and its end, or the end of the text."""
    found: list[range] = []
    begin: re.Match[str] | None = None
    for macro in _MACRO.finditer(text):
        if macro["name"] not in _LITERAL or (begin is not None and macro["name"] != begin["name"]):
            continue
        if begin is None:
            begin = macro
        else:
            found.append(range(begin.start(), macro.end()))
            begin = None
    return found if begin is None else [*found, range(begin.start(), len(text) + 1)]


def _inside(at: int, ranges: list[range]) -> bool:
    place = bisect_right(ranges, at, key=lambda each: each.start) - 1
    return place >= 0 and at in ranges[place]


def _is_quoted(text: str, mark: "re.Match[str]") -> bool:
    start = max(text.rfind("\n", 0, mark.start()), text.rfind("\r", 0, mark.start())) + 1
    return text[start : mark.start()].lstrip().startswith(("bq.", ">"))


def _panels(text: str, literal: list[range]) -> Iterator[_Panel]:
    """Yield every whole panel with the mark that is its last line, and how deep in other macros it stands."""
    open_macros: list[re.Match[str]] = []
    for macro in _MACRO.finditer(text):
        if _inside(macro.start(), literal):
            continue
        name = macro["name"]
        same = next((n for n in range(len(open_macros) - 1, -1, -1) if open_macros[n]["name"] == name), None)
        if same is None or (name == "panel" and ":" in macro[0]):
            open_macros.append(macro)
            continue
        begin = open_macros[same]
        del open_macros[same:]
        if name != "panel":
            continue
        inside = text[begin.end() : macro.start()]
        mark = next((found for found in _MARK.finditer(text, begin.end(), macro.start())), None)
        if mark is None or text[mark.end() : macro.start()].strip():
            continue
        shown = inside[: mark.start() - begin.end()]
        depth = len(open_macros) + (not _stands_alone(text, begin.start()))
        yield _Panel(begin.start(), macro.end(), _title(begin[0]), shown, mark, depth)


def _stands_alone(text: str, at: int) -> bool:
    """Return whether only white space is before it in its line: in a table or list it is not at the top."""
    start = max(text.rfind("\n", 0, at), text.rfind("\r", 0, at)) + 1
    return not text[start:at].strip()


def _title(macro: str) -> str:
    given = re.search(r"title=([^|}]*)", macro)
    return _plain(given[1]) if given else ""


def _line(text: str) -> Line:
    return read_line(text, _INLINE, _plain)


def _plain(text: str) -> str:
    return _ENTITY.sub(lambda found: chr(int(found[1])), re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", text))


# rendering


def _span(span: Span) -> str:
    if span.style == "code":
        return f"{{{{{span.text}}}}}"
    text = _escaped(span.text)
    if span.style == "link":
        return f"[{text}|{span.href}]"
    mark = {"strong": "*", "em": "_"}.get(span.style, "")
    return f"{mark}{text}{mark}"


def _escaped(text: str) -> str:
    """Return text that wiki markup shows as it is."""
    return _SPECIAL.sub(
        lambda found: f"&#{ord(found[0])};" if found[0] in _AS_ENTITY else f"\\{found[0]}",
        text,
    )
