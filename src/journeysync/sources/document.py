"""The YAML reader: text to a tree with positions. It never raises: what cannot be read is a Problem.

ruamel.yaml (YAML 1.2) takes the text apart; its events are enough, so no value
is ever constructed and no tag can run anything. Duplicate keys, anchors, aliases
and tags are refused: a journey manager who reads line 12 sees all of line 12.
"""

import pickle
import re
from functools import lru_cache
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from journeysync.sources.node import Listing, Mapping, Node, Scalar
from journeysync.sources.problem import Problem

MOST_BYTES = 5_000_000
DEEPEST = 40
MOST_REMEMBERED = 50_000
"""Characters of a text whose tree is kept for the next reader."""
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_SAFE_KEY = re.compile(r"[\w .*/#-]{1,60}")
_BOM = "\ufeff"


def read_file(path: Path, shown: str) -> tuple[Node | None, tuple[Problem, ...]]:
    """Read a YAML file.

    Args:
        path: The file.
        shown: Its name in messages, usually relative to the workspace.

    Returns:
        The tree, None if the file cannot be read or holds nothing; and its problems.
    """
    try:
        if path.stat().st_size > MOST_BYTES:
            return None, (Problem(where=shown, says="the file is larger than 5 MB", next_step="split it"),)
        raw = path.read_bytes()
    except OSError as error:
        return None, (Problem(where=shown, says=f"the file cannot be read: {error.strerror or type(error).__name__}"),)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        return None, (_not_utf8(raw, error.start, shown),)
    return read_text(text, shown)


def read_text(text: str, shown: str) -> tuple[Node | None, tuple[Problem, ...]]:
    """Read YAML text; see ``read_file``. The tree is the caller's own."""
    if len(text) > MOST_REMEMBERED:
        return _parse(text, shown)
    tree: tuple[Node | None, tuple[Problem, ...]] = pickle.loads(_remembered(text, shown))  # noqa: S301  # our own
    return tree


@lru_cache(maxsize=128)
def _remembered(text: str, shown: str) -> bytes:
    """Return what the text says, packed: who reads a workspace again and again takes each text apart once."""
    return pickle.dumps(_parse(text, shown), pickle.HIGHEST_PROTOCOL)


def _parse(text: str, shown: str) -> tuple[Node | None, tuple[Problem, ...]]:
    problems: list[Problem] = []
    if text.startswith(_BOM):
        text = text[1:]
        says = "the file starts with a byte order mark"
        problems.append(Problem(where=f"{shown}:1:1", says=says, next_step='save it as "UTF-8"', level="warning"))
    control = _control_characters(text, shown)
    if control:
        return None, (*problems, *control)
    builder = _Builder(shown)
    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            builder.take(event)
    except _Stop:
        return None, (*problems, *builder.problems)
    except YAMLError as error:
        return None, (*problems, *builder.problems, _unreadable(error, text, shown))
    except Exception as error:  # noqa: BLE001  # ruamel's scanner lets others slip out on broken escapes and directives
        says = f"this is not readable as YAML ({type(error).__name__})"
        return None, (*problems, *builder.problems, Problem(where=f"{shown}:1:1", says=says))
    return builder.root, (*problems, *builder.problems)


def _not_utf8(raw: bytes, at: int, shown: str) -> Problem:
    line_start = raw.rfind(b"\n", 0, at) + 1
    line = raw.count(b"\n", 0, at) + 1
    column = len(raw[line_start:at].decode("utf-8", "replace")) + 1
    return Problem(where=f"{shown}:{line}:{column}", says="this is not UTF-8 text", next_step="save the file as UTF-8")


def _control_characters(text: str, shown: str) -> list[Problem]:
    found = []
    for match in list(_CONTROL.finditer(text))[:5]:
        line = text.count("\n", 0, match.start()) + 1
        column = match.start() - text.rfind("\n", 0, match.start())
        says = f"a control character (U+{ord(match.group()):04X})"
        found.append(Problem(where=f"{shown}:{line}:{column}", says=says, next_step="delete it"))
    return found


_CAUSES = (
    (r"mapping values are not allowed", "a second ': ' in one line; put the text in quotes"),
    (r"unexpected end of stream", "a quotation mark is opened here and never closed"),
    (r"'<stream end>'", "a bracket is opened here and never closed"),
    (r"expected ',' or", "a comma or a closing bracket is missing"),
    (r"expected <block end>", "the indentation does not fit the lines above"),
    (r"could not find expected ':'", "a ':' is missing in the line above"),
)
_NEVER_CLOSED = re.compile(r"unexpected end of stream|'<stream end>'")


def _unreadable(error: YAMLError, text: str, shown: str) -> Problem:
    """Return the cause in words, without anything quoted from the file: it could be half of a secret."""
    cause = str(getattr(error, "problem", None) or "unknown cause")
    mark, opened = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    if opened and _NEVER_CLOSED.search(cause):
        mark = opened
    line, column = (mark.line, mark.column) if mark else (0, 0)
    where = f"{shown}:{line + 1}:{column + 1}"
    lines = text.splitlines()
    source = lines[line] if line < len(lines) else ""
    here = source[column : column + 1]
    if here == "\t" or (not source[:column].strip() and "\t" in source[: column + 1]):
        return Problem(where=where, says="a tab where spaces are needed", next_step="indent with spaces")
    if here and here in "@`%*&!":
        says = f"a value cannot start with {here}"
        return Problem(where=where, says=says, next_step="put the value in quotes")
    known = next((words for pattern, words in _CAUSES if re.search(pattern, cause)), "")
    return Problem(where=where, says=f"this is not readable as YAML: {known or re.sub(_LONG_QUOTE, '...', cause)}")


_LONG_QUOTE = r"'(?!<)[^']{4,}'"


class _Stop(Exception):
    """Nothing after this can be understood; the problem is in the list."""


class _Builder:
    """Turns events into the tree; remembers the way down in ``stack``."""

    def __init__(self, shown: str) -> None:
        self.shown = shown
        self.root: Node | None = None
        self.problems: list[Problem] = []
        self.stack: list[tuple[Listing | Mapping, Scalar | None]] = []
        self.documents = 0

    def take(self, event: Event) -> None:
        """Add one event."""
        if isinstance(event, ScalarEvent):
            self._add(self._scalar(event))
        elif isinstance(event, MappingStartEvent | SequenceStartEvent):
            self._open(event)
        elif isinstance(event, MappingEndEvent | SequenceEndEvent):
            self.stack.pop()
        elif isinstance(event, AliasEvent):
            self._refuse(event, "an alias (a word that starts with *)")
            self._add(Scalar(*self._place(event), "", broken=True))
        elif isinstance(event, DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                says = "a second document (---) in one file"
                self._report(event, says, next_step="put it in a file of its own")
                raise _Stop

    def _scalar(self, event: ScalarEvent) -> Scalar:
        marked = self._marks(event)
        style = event.style or ""
        text = event.value.rstrip("\n") if style in ("|", ">") else event.value
        if _CONTROL.search(text):
            self._report(event, "a control character, written as an escape", next_step="delete it")
            marked = True
        return Scalar(*self._place(event), text, plain=not style, broken=marked)

    def _open(self, event: MappingStartEvent | SequenceStartEvent) -> None:
        self._marks(event)
        node = (Mapping if isinstance(event, MappingStartEvent) else Listing)(*self._place(event))
        if len(self.stack) >= DEEPEST:
            self._report(event, f"more than {DEEPEST} levels inside each other")
            raise _Stop
        self._add(node)
        self.stack.append((node, None))

    def _marks(self, event: ScalarEvent | MappingStartEvent | SequenceStartEvent) -> bool:
        """Report anchors and tags; their names are not shown, they may be half of a secret."""
        if event.anchor is not None:
            self._refuse(event, "an anchor (a word that starts with &)")
        if event.ctag is not None:
            self._refuse(event, "a tag (a word that starts with !)")
        return event.anchor is not None or event.ctag is not None

    def _add(self, node: Node) -> None:
        if not self.stack:
            self.root = node
            return
        parent, key = self.stack[-1]
        if isinstance(parent, Listing):
            parent.items.append(node)
        elif key is None:
            self.stack[-1] = (parent, self._key(node))
        else:
            self.stack[-1] = (parent, None)
            self._enter(parent, key, node)

    def _key(self, node: Node) -> Scalar:
        if isinstance(node, Scalar):
            return node
        self.problems.append(Problem(where=node.where, says="a key must be a word, not a list or a mapping"))
        return Scalar(node.file, node.line, node.column, "", broken=True)

    def _enter(self, mapping: Mapping, key: Scalar, value: Node) -> None:
        if key.broken:
            return
        if isinstance(value, Scalar) and value.plain and not value.text:
            value.line, value.column = key.line, key.column  # an empty value stands where its key does
        first = mapping.entries.get(key.text)
        if first is None:
            mapping.entries[key.text] = (key, value)
            return
        name = f"'{key.text}' " if _SAFE_KEY.fullmatch(key.text) else ""
        says = f"the key {name}stands here a second time (first in line {first[0].line})"
        self.problems.append(Problem(where=key.where, says=says, next_step="keep one of the two"))

    def _place(self, event: Event) -> tuple[str, int, int]:
        mark = event.start_mark
        return self.shown, mark.line + 1, mark.column + 1

    def _refuse(self, event: Event, what: str) -> None:
        self._report(event, f"{what} is not allowed here", next_step="write the value itself; text goes in quotes")

    def _report(self, event: Event, says: str, *, next_step: str = "") -> None:
        file, line, column = self._place(event)
        self.problems.append(Problem(where=f"{file}:{line}:{column}", says=says, next_step=next_step))
