"""The subset of JQL that the sandbox understands: text to a tree. What it does not know is refused, never ignored."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

from journeysync.sandbox.jira.answers import refuse

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
      | (?P<op>!=|<=|>=|!~|=|<|>|~)
      | (?P<paren>[(),])
      | (?P<word>[^\s()=!<>~,;"']+)
    )""",
    re.VERBOSE,
)
_OPERATORS = "'=', '!=', '<', '>', '<=', '>=', '~', '!~', 'IN', 'NOT IN', 'IS' and 'IS NOT'"
MAX_ORDER_FIELDS = 7


@dataclass(frozen=True, slots=True)
class Value:
    """A literal: its text, and whether it stood in quotes (an unquoted number is an id or epoch milliseconds)."""

    text: str
    quoted: bool = False
    function: bool = False


@dataclass(frozen=True, slots=True)
class Clause:
    """`field operator values`; operators are lower case, `in` and `not in` carry several values."""

    field: str
    operator: str
    values: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Junction:
    """`and`, `or` of several parts, or `not` of one."""

    word: str
    parts: tuple["Node", ...]


Node = Clause | Junction


@dataclass(frozen=True, slots=True)
class Query:
    """A whole query. `where` is None for an unbounded one; `order` holds (field, descending)."""

    where: Node | None
    order: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: int

    @property
    def word(self) -> str:
        return self.text.lower() if self.kind == "word" else self.text


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = _tokens(text)
        self._at = 0

    def query(self) -> Query:
        where = None if self._peek().word in ("", "order") else self._either()
        order = self._order()
        if self._peek().kind != "end":
            self._fail(f"Expecting either 'OR' or 'AND' but got '{self._peek().text}'.")
        return Query(where, order)

    def _either(self) -> Node:
        return self._junction("or", "||", self._both)

    def _both(self) -> Node:
        return self._junction("and", "&&", self._one)

    def _junction(self, word: str, sign: str, parse: Callable[[], Node]) -> Node:
        parts = [parse()]
        while self._peek().word in (word, sign):
            self._next()
            parts.append(parse())
        return parts[0] if len(parts) == 1 else Junction(word, tuple(parts))

    def _one(self) -> Node:
        token = self._peek()
        if token.word == "not":
            self._next()
            return Junction("not", (self._one(),))
        if token.text == "(" and token.kind == "paren":
            self._next()
            inner = self._either()
            self._expect(")")
            return inner
        return self._clause()

    def _clause(self) -> Clause:
        field = self._next()
        if field.kind not in ("word", "string"):
            self._fail(f"Expecting a field name but got '{field.text or 'the end of the query'}'.", field)
        operator = self._operator(field)
        if operator in ("in", "not in"):
            return Clause(field.text, operator, self._list())
        if operator in ("is", "is not"):
            value = self._value()
            if value.text.lower() not in ("empty", "null"):
                self._fail(f"The operator '{operator}' only takes EMPTY or NULL, not '{value.text}'.")
            return Clause(field.text, operator, (value,))
        return Clause(field.text, operator, (self._value(),))

    def _operator(self, field: _Token) -> str:
        token = self._next()
        if token.kind == "op" or token.word == "in":
            return token.word
        if token.word == "is":
            if self._peek().word == "not":
                self._next()
                return "is not"
            return "is"
        if token.word == "not" and self._peek().word == "in":
            self._next()
            return "not in"
        if token.kind == "end":
            self._fail(f"Expecting operator before the end of the query. The valid operators are {_OPERATORS}.", field)
        return self._fail(f"Expecting operator but got '{token.text}'. The valid operators are {_OPERATORS}.", token)

    def _list(self) -> tuple[Value, ...]:
        self._expect("(")
        values = [self._value()]
        while self._peek().text == ",":
            self._next()
            values.append(self._value())
        self._expect(")")
        return tuple(values)

    def _value(self) -> Value:
        token = self._next()
        if token.kind == "string":
            return Value(token.text, quoted=True)
        if token.kind != "word":
            self._fail(
                f"Expecting either a value, list or function but got '{token.text}'. "
                "You must surround it in quotation marks to use it as a value.",
                token,
            )
        if self._peek().text == "(" and self._peek().kind == "paren":
            self._next()
            argument = "" if self._peek().text == ")" else self._value().text
            self._expect(")")
            return Value(f"{token.text}({argument})", function=True)
        return Value(token.text)

    def _order(self) -> tuple[tuple[str, bool], ...]:
        if self._peek().word != "order":
            return ()
        self._next()
        if self._next().word != "by":
            self._fail("Expecting 'by' after 'order'.")
        order: list[tuple[str, bool]] = []
        while True:
            field = self._next()
            if field.kind not in ("word", "string"):
                self._fail(f"Expecting a field name at the end of the query but got '{field.text}'.", field)
            descending = self._peek().word in ("asc", "desc") and self._next().word == "desc"
            order.append((field.text, descending))
            if self._peek().text != ",":
                break
            self._next()
        if len(order) > MAX_ORDER_FIELDS:
            raise refuse(400, f"The maximum number of fields in an ORDER BY is {MAX_ORDER_FIELDS}.")
        return tuple(order)

    def _peek(self) -> _Token:
        return self._tokens[self._at]

    def _next(self) -> _Token:
        token = self._tokens[self._at]
        self._at = min(self._at + 1, len(self._tokens) - 1)
        return token

    def _expect(self, sign: str) -> None:
        token = self._next()
        if token.text != sign or token.kind != "paren":
            self._fail(f"Expecting '{sign}' but got '{token.text or 'the end of the query'}'.", token)

    def _fail(self, message: str, token: _Token | None = None) -> NoReturn:
        at = (token or self._peek()).at
        line = self._text.count("\n", 0, at) + 1
        column = at - (self._text.rfind("\n", 0, at) + 1) + 1
        raise refuse(400, f"Error in the JQL Query: {message} (line {line}, character {column})")


def parse_jql(text: str) -> Query:
    """Return the tree of a query; refused with Jira's 400 where it is not understood."""
    return _Parser(text).query()


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    at = 0
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        if match is None:
            start = at + len(text[at:]) - len(text[at:].lstrip())
            raise refuse(
                400,
                f"Error in the JQL Query: The character '{text[start]}' is a reserved JQL character. You must enclose "
                f"it in a string or use the escape '\\u{ord(text[start]):04x}' instead. "
                f"(line 1, character {start + 1})",
            )
        kind = str(match.lastgroup)
        raw = match.group(kind)
        value = re.sub(r"\\(.)", r"\1", raw[1:-1]) if kind == "string" else raw
        tokens.append(_Token(kind, value, match.start(kind)))
        at = match.end()
    tokens.append(_Token("end", "", len(text)))
    return tokens
