"""YAML as a tree in which every key and value knows its file, line and column.

Words are kept as they were written; what a plain word means (number, yes/no,
nothing) is decided by the field that it is for, so ``no``, ``on``, ``22:30`` and
``2026`` stay words where a text is expected.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

_INTEGER = re.compile(r"[-+]?[0-9]{1,300}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,3})?")
_NOTHING = frozenset({"", "~", "null", "Null", "NULL"})
_YES_NO = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}

Path: TypeAlias = Sequence[str | int]


class Plain(str):
    """A word that stood without quotes, so that it may mean a number or true/false where anything is allowed."""

    __slots__ = ()


@dataclass(slots=True)
class Scalar:
    """One word or text. ``plain`` = without quotes. ``broken`` = a problem about it was reported already."""

    file: str
    line: int
    column: int
    text: str
    plain: bool = True
    broken: bool = False

    @property
    def where(self) -> str:
        """Return "file:line:column"; the file alone where there are no lines (an environment variable)."""
        return _where(self)


@dataclass(slots=True)
class Listing:
    """A list."""

    file: str
    line: int
    column: int
    items: "list[Node]" = field(default_factory=list)
    is_cut: bool = False  # something wrong was taken out, and reported

    @property
    def where(self) -> str:
        """Return "file:line:column"."""
        return _where(self)


@dataclass(slots=True)
class Mapping:
    """Keys and values, in file order."""

    file: str
    line: int
    column: int
    entries: "dict[str, tuple[Scalar, Node]]" = field(default_factory=dict)
    is_cut: bool = False  # something wrong was taken out, and reported

    @property
    def where(self) -> str:
        """Return "file:line:column"."""
        return _where(self)

    def get(self, key: str) -> "Node | None":
        """Return the value of a key."""
        entry = self.entries.get(key)
        return entry[1] if entry else None


Node: TypeAlias = Scalar | Listing | Mapping


def _where(node: Node) -> str:
    return f"{node.file}:{node.line}:{node.column}" if node.line else node.file


def empty_file(file: str) -> Mapping:
    """Return the tree of a file that is empty or not there."""
    return Mapping(file, 1, 1)


def at(node: Node, path: Path) -> Node:
    """Return the node at ``path``, or the deepest one on the way there.

    A single word where a list is allowed has no index 0: the word itself is the place then.
    """
    for part in path:
        if isinstance(node, Mapping) and isinstance(part, str) and part in node.entries:
            node = node.entries[part][1]
        elif isinstance(node, Listing) and isinstance(part, int) and part < len(node.items):
            node = node.items[part]
        elif not isinstance(node, Scalar):
            break
    return node


def key_at(node: Node, path: Path) -> Node:
    """Return the key that ``path`` ends with (its value's place for a list item)."""
    parent, last = at(node, path[:-1]), path[-1] if path else 0
    if isinstance(parent, Mapping) and isinstance(last, str) and last in parent.entries:
        return parent.entries[last][0]
    return at(node, path)


def cut(root: Node, paths: Sequence[Path]) -> "Node | None":
    """Take the values at ``paths`` out of the tree, in place; None if the whole tree goes.

    A path that leads below a single word takes the word.
    """
    for path in sorted({tuple(p) for p in paths}, key=_deepest_last_first, reverse=True):
        if not _cut_one(root, path):
            return None
    return root


def _deepest_last_first(path: tuple[str | int, ...]) -> tuple[tuple[int, str], ...]:
    return tuple((part, "") if isinstance(part, int) else (-1, part) for part in path)


def _cut_one(root: Node, path: tuple[str | int, ...]) -> bool:
    node = root
    holder: tuple[Node, str | int] | None = None
    for part in path:
        if isinstance(node, Mapping) and isinstance(part, str) and part in node.entries:
            holder, node = (node, part), node.entries[part][1]
        elif isinstance(node, Listing) and isinstance(part, int) and part < len(node.items):
            holder, node = (node, part), node.items[part]
        else:
            break  # a key that is missing takes the mapping that lacks it
    if holder is None:
        return False
    parent, last = holder
    if not isinstance(parent, Scalar):
        parent.is_cut = True
    if isinstance(parent, Mapping):
        parent.entries.pop(str(last), None)
    elif isinstance(parent, Listing) and isinstance(last, int):
        del parent.items[last]
    return True


def words_of(node: Node) -> Any:  # Any: the shape is checked by the model it is given to
    """Return dicts, lists and words for a model; nothing (``~``, ``null``, empty) becomes None."""
    if isinstance(node, Scalar):
        if not node.plain:
            return node.text
        return None if node.text in _NOTHING else Plain(node.text)
    if isinstance(node, Listing):
        return [words_of(item) for item in node.items]
    return {key: words_of(value) for key, (_, value) in node.entries.items()}


def meaning_of(value: Any) -> Any:  # Any: free form by design, such as a connector's own options
    """Return what free-form words mean by YAML 1.2's core schema: numbers, true and false; lists as tuples."""
    if isinstance(value, Plain):
        return _meaning_of_word(value)
    if isinstance(value, list | tuple):
        return tuple(meaning_of(item) for item in value)
    if isinstance(value, dict):
        return {str(key): meaning_of(inner) for key, inner in value.items()}
    return value


def _meaning_of_word(word: str) -> str | int | float | bool:
    if word in _YES_NO:
        return _YES_NO[word]
    if _INTEGER.fullmatch(word):
        return int(word)
    if _FLOAT.fullmatch(word) and math.isfinite(float(word)):
        return float(word)
    return str(word)


def leaves(node: Node, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Node]]:
    """Yield each value that is no mapping, with its keys from the top."""
    if isinstance(node, Mapping):
        for key, (_, value) in node.entries.items():
            yield from leaves(value, (*path, key))
    else:
        yield path, node
