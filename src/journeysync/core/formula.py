"""The formula of an opportunity's score: arithmetic only, checked before it is trusted (formats.md 6).

A formula comes from a file that somebody else may have written, so it is read
as a syntax tree of which only numbers, known names, ``+ - * /``, brackets,
``min`` and ``max`` pass. Nothing is ever run by ``eval``.
"""

import ast
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from fractions import Fraction
from functools import lru_cache

from journeysync.core.number import exact, shown

INPUTS = ("customer_value", "business_value", "effort")
WEIGHTS = ("customer_value", "business_value")
EQUAL = "10 * (customer_value + business_value) / 2"
PRESETS = ("equal", "weighted")
MOST_CHARACTERS = 300
DEEPEST = 20

_FUNCTIONS = ("min", "max")
_TOKEN = re.compile(r"(?:[A-Za-z_]\w*|(?:\d+(?:\.\d*)?|\.\d+)(?![\w.])|[-+*/(),]|\s+)", re.ASCII)


class FormulaError(ValueError):
    """The formula is no formula; the text says what is wrong and what is allowed."""


@dataclass(frozen=True)
class Formula:
    """A formula that was checked: its text and the names that it needs, in order of appearance."""

    text: str
    names: tuple[str, ...]
    _tree: ast.expr

    def value(self, inputs: Mapping[str, float | Fraction]) -> Fraction:
        """Return the exact result.

        Raises:
            ZeroDivisionError: It divides by zero with these inputs.
            KeyError: An input is missing.
        """
        return _value(self._tree, {name: exact(inputs[name]) for name in self.names})

    def written_out(self, inputs: Mapping[str, float | Fraction]) -> str:
        """Return the text with numbers for names: "10 * (9.3 + 8.0) / 2"; names without a number stay."""
        return re.sub(
            r"[A-Za-z_]\w*", lambda found: _bracketed(inputs[found[0]]) if found[0] in inputs else found[0], self.text
        )


def check_formula(text: str, *, weights: Collection[str] = WEIGHTS) -> str:
    """Return what is wrong with a formula and what is allowed; empty when it is fine.

    Args:
        text: A preset's name or an expression.
        weights: Names of the weights; each may be used as ``weight_<name>``.
    """
    if text in PRESETS:
        return ""
    try:
        read_formula(text, tuple(sorted(weights)))
    except FormulaError as error:
        return str(error)
    return ""


def weighted_formula(weights: Sequence[tuple[str, float]]) -> str:
    """Return the preset ``weighted`` as an expression: the weighted mean of the inputs times ten.

    Raises:
        FormulaError: A weight names no input, is negative, or all are zero.
    """
    used = [(name, exact(weight)) for name, weight in sorted(weights, key=lambda pair: _place(pair[0])) if weight]
    for name, weight in used:
        if name not in WEIGHTS:
            raise FormulaError(f"the weight '{name}' names no input; allowed: {', '.join(WEIGHTS)}")
        if weight < 0:
            raise FormulaError(f"the weight '{name}' is below zero")
    total = sum((weight for _, weight in used), Fraction(0))
    if not total:
        raise FormulaError("all weights are zero: nothing is left to score by")
    terms = " + ".join(f"{_plain(weight)} * {name}" for name, weight in used)
    return f"10 * ({terms})" if total == 1 else f"10 * ({terms}) / {_plain(total)}"


@lru_cache(maxsize=256)
def read_formula(text: str, weights: tuple[str, ...] = WEIGHTS) -> Formula:
    """Return the formula that a text says.

    Raises:
        FormulaError: Something in it is not allowed; the message names it.
    """
    text = " ".join(text.split())
    allowed = (*INPUTS, *(f"weight_{name}" for name in weights))
    _check_characters(text)
    try:
        tree = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        raise FormulaError(f"'{text}' is not a formula: {_reason(error)}; {_allows(allowed)}") from None
    names: dict[str, None] = {}
    _check(tree, allowed, names, depth=1)
    return Formula(text=text, names=tuple(names), _tree=tree)


def _check_characters(text: str) -> None:
    if not text:
        raise FormulaError(f"the formula is empty; {_allows(INPUTS)}")
    if len(text) > MOST_CHARACTERS:
        raise FormulaError(f"the formula has {len(text)} characters, at most {MOST_CHARACTERS} are allowed")
    at = 0
    while at < len(text):
        token = _TOKEN.match(text, at)
        if token is None:
            raise FormulaError(f"'{text[at : at + 12]}' is not allowed in a formula; {_allows(INPUTS)}")
        at = token.end()


def _check(node: ast.expr, allowed: Sequence[str], names: dict[str, None], *, depth: int) -> None:
    """Refuse what is not arithmetic; collect the names."""
    if depth > DEEPEST:
        raise FormulaError(f"the formula is nested more than {DEEPEST} levels deep")
    match node:
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() | ast.Mult() | ast.Div(), right=right):
            _check(left, allowed, names, depth=depth + 1)
            _check(right, allowed, names, depth=depth + 1)
        case ast.UnaryOp(op=ast.USub() | ast.UAdd(), operand=operand):
            _check(operand, allowed, names, depth=depth + 1)
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in _FUNCTIONS and args:
            for arg in args:
                _check(arg, allowed, names, depth=depth + 1)
        case ast.Constant(value=bool()):
            raise FormulaError(f"'{ast.unparse(node)}' is not a number; {_allows(allowed)}")
        case ast.Constant(value=int() | float()):
            pass
        case ast.Name(id=name) if name in allowed:
            names[name] = None
        case ast.Name(id=name):
            near = get_close_matches(name, allowed, n=1)
            hint = f" (did you mean {near[0]}?)" if near else ""
            raise FormulaError(f"'{name}' is no input of a score{hint}; {_allows(allowed)}")
        case _:
            raise FormulaError(f"'{ast.unparse(node)}' is not allowed in a formula; {_allows(allowed)}")


def _value(node: ast.expr, inputs: Mapping[str, Fraction]) -> Fraction:
    match node:
        case ast.BinOp(left=left, op=operator, right=right):
            return _operation(operator, _value(left, inputs), _value(right, inputs))
        case ast.UnaryOp(op=operator, operand=operand):
            return -_value(operand, inputs) if isinstance(operator, ast.USub) else _value(operand, inputs)
        case ast.Call(func=ast.Name(id=name), args=args):
            values = [_value(arg, inputs) for arg in args]
            return min(values) if name == "min" else max(values)
        case ast.Constant(value=int() | float() as value):
            return exact(value)
        case ast.Name(id=name):
            return inputs[name]
    raise FormulaError(f"'{ast.unparse(node)}' is not allowed in a formula")


def _operation(operator: ast.operator, left: Fraction, right: Fraction) -> Fraction:
    match operator:
        case ast.Add():
            return left + right
        case ast.Sub():
            return left - right
        case ast.Mult():
            return left * right
    return left / right


def _allows(names: Sequence[str]) -> str:
    return f"allowed: {', '.join(names)}, numbers, + - * / ( ), min, max"


def _reason(error: BaseException) -> str:
    return (error.msg or "unreadable") if isinstance(error, SyntaxError) else "unreadable"


def _bracketed(value: float | Fraction) -> str:
    return f"({shown(value)})" if exact(value) < 0 else shown(value)


def _plain(value: Fraction) -> str:
    """Return a decimal that reads back as the same number: weights come from decimals, and so do their sums."""
    return f"{float(value):.10f}".rstrip("0").rstrip(".")


def _place(name: str) -> tuple[int, str]:
    return (WEIGHTS.index(name) if name in WEIGHTS else len(WEIGHTS), name)
