"""All facts of a ticket at once: which leaves of all conditions are true of it, and why.

Whole values are looked up, words and phrases are found by one pass of an automaton
over the text. Every answer here is exact, so that nothing needs to be asked twice.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import Literal, TypeVar

from journeysync.core.conditions import Facts, FieldName, Leaf
from journeysync.core.expressions import Expressions
from journeysync.core.text import Pieces, fold, fold_spaces, plain, stands_alone
from journeysync.model.ticket import Ticket

_Place = Literal["title", "body"]
_Values = tuple[str, str, str, str, str | None, str | None]
_Key = TypeVar("_Key")
_WHOLE_VALUES: tuple[FieldName, ...] = (
    "key", "under", "label", "milestone", "component", "team", "project", "kind", "state", "connection",
)  # fmt: skip
_CACHE_LIMIT = 20_000  # distinct labels, components ... remembered; past that we start again, so memory stays flat


class FactFinder:
    """Finds the facts of tickets.

    Args:
        leaves: The leaves of all conditions; a leaf's number is its place in this order.
    """

    def __init__(self, leaves: Sequence[Leaf]) -> None:
        self._fields = {field: _ValueIndex() for field in _WHOLE_VALUES}
        for number, leaf in enumerate(leaves):
            if leaf.field in self._fields:
                for value in leaf.values:
                    self._fields[leaf.field].add(value, number, f"{leaf.field} {value}")
        self._key, self._under, self._component = (self._fields[field] for field in ("key", "under", "component"))
        self._title, self._body = _TextIndex(leaves, "title"), _TextIndex(leaves, "body")
        # Asked once a ticket: most workspaces have no rule for some of them.
        self._asks_key, self._asks_under = bool(self._key), bool(self._under)
        self._asks_title, self._asks_body = bool(self._title), bool(self._body)
        self._by_label: dict[str, Facts] = {}
        self._by_component: dict[str, Facts] = {}
        self._by_values: dict[_Values, Facts] = {}

    def of_label(self, label: str) -> Facts:
        """Return the facts that one label makes true."""
        return _remembered(self._by_label, label, self._fields["label"].find)

    def of(self, ticket: Ticket, ancestors: Iterable[str]) -> dict[int, str]:
        """Return all facts of the ticket but those of its labels; ``ancestors`` are keys and ids of all above it."""
        values = (ticket.ref.connection, ticket.project, ticket.kind, ticket.state, ticket.team, ticket.milestone)
        facts = dict(_remembered(self._by_values, values, self._of_values))
        for component in ticket.components:
            facts.update(_remembered(self._by_component, component, self._component.find))
        if self._asks_key:
            facts.update(self._key.find(ticket.key))
        if self._asks_under:
            for ancestor in ancestors:
                facts.update(self._under.find(ancestor))
        if self._asks_body:
            self._body.find(ticket.body, facts)
        if self._asks_title:  # last: its words are the more telling cause
            self._title.find(ticket.title, facts)
        return facts

    def _of_values(self, values: _Values) -> Facts:
        facts: dict[int, str] = {}
        fields: tuple[FieldName, ...] = ("connection", "project", "kind", "state", "team", "milestone")
        for field, value in zip(fields, values, strict=True):
            if value:
                facts.update(self._fields[field].find(value))
        return facts


def _remembered(cache: dict[_Key, Facts], key: _Key, find: Callable[[_Key], Facts]) -> Facts:
    found = cache.get(key)
    if found is None:
        if len(cache) >= _CACHE_LIMIT:
            cache.clear()
        found = cache[key] = find(key)
    return found


class _ValueIndex:
    """Whole values without case, and prefixes (``*`` at the end)."""

    def __init__(self) -> None:
        self._exact: dict[str, dict[int, str]] = defaultdict(dict)
        self._prefixes: dict[int, dict[str, dict[int, str]]] = defaultdict(lambda: defaultdict(dict))  # by length

    def __bool__(self) -> bool:
        """Return whether anything is looked for."""
        return bool(self._exact or self._prefixes)

    def add(self, value: str, leaf: int, says: str) -> None:
        if value.endswith("*"):
            prefix = fold(value[:-1])
            self._prefixes[len(prefix)][prefix].setdefault(leaf, says)
        else:
            self._exact[fold(value)].setdefault(leaf, says)

    def find(self, value: str) -> Facts:
        folded = fold(value)
        exact = self._exact.get(folded, {})
        if not self._prefixes:
            return exact
        facts: dict[int, str] = {}
        for length, prefixes in self._prefixes.items():
            facts.update(prefixes.get(folded[:length], {}))
        facts.update(exact)
        return facts


class _TextIndex:
    """Words, phrases and expressions looked for in one place of a ticket."""

    def __init__(self, leaves: Sequence[Leaf], place: _Place) -> None:
        words: dict[str, dict[int, str]] = defaultdict(dict)
        phrases: dict[str, dict[int, str]] = defaultdict(dict)
        expressions: dict[str, dict[int, str]] = defaultdict(dict)
        for number, leaf in enumerate(leaves):
            if place not in leaf.places:
                continue
            for value in leaf.values:
                if leaf.field == "words":
                    words[fold_spaces(value)][number] = f'"{value}" in the {place}'
                elif leaf.field == "phrase":
                    phrases[plain(value)][number] = f'"{value}" in the {place}'
                else:
                    expressions[value][number] = f"{_short(value)} in the {place}"
        self._words, self._phrases = _PieceIndex(words), _PieceIndex(phrases)
        self._expressions = Expressions(tuple(expressions))
        self._by_expression = tuple(expressions.values())

    def __bool__(self) -> bool:
        return bool(self._words or self._phrases or self._expressions)

    def find(self, text: str, facts: dict[int, str]) -> None:
        """Add the facts of a text to ``facts``."""
        if not text:
            if self._expressions:
                self._find_expressions("", facts)
            return
        if self._words:
            self._words.find(fold_spaces(text), facts, whole_words=True)
        if self._phrases:
            self._phrases.find(plain(text), facts, whole_words=False)
        if self._expressions:
            self._find_expressions(plain(text), facts)

    def _find_expressions(self, text: str, facts: dict[int, str]) -> None:
        for index in self._expressions.found_in(text):
            facts.update(self._by_expression[index])


class _PieceIndex:
    """Pieces of text with the leaves that each makes true; a piece without text makes none true."""

    def __init__(self, leaves_by_piece: dict[str, dict[int, str]]) -> None:
        by_piece = {piece: leaves for piece, leaves in leaves_by_piece.items() if piece}
        self._leaves = tuple(by_piece.values())
        self._pieces = Pieces(tuple(by_piece)) if by_piece else None

    def __bool__(self) -> bool:
        return self._pieces is not None

    def find(self, text: str, facts: dict[int, str], *, whole_words: bool) -> None:
        assert self._pieces is not None  # noqa: S101  # asked by its caller
        found: set[int] = set()
        for piece, start, end in self._pieces.find(text):
            if piece not in found and (not whole_words or stands_alone(text, start, end)):
                found.add(piece)
                facts.update(self._leaves[piece])


def _short(expression: str) -> str:
    return f"/{expression}/" if len(expression) <= 60 else f"/{expression[:59]}…/"
