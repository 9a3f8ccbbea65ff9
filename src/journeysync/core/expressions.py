"""Many regular expressions over one text, by RE2: time linear in the text, whatever the expression.

RE2 knows no look-around and no back references; ``\\b`` and ``\\w`` are ASCII. Text is
in Unicode form NFC (``core.text.plain``). ``^`` and ``$`` are the ends of the whole
title or body, unless the expression says ``(?m)``.
"""

from collections.abc import Sequence

import re2

_SET_MEMORY = 64 << 20  # bytes that RE2 may use for the states of one set


def expression_problem(expression: str) -> str:
    """Return what is wrong with an expression, in RE2's words; empty if nothing is."""
    try:
        re2.compile(expression, _options(_SET_MEMORY))
    except (re2.error, UnicodeEncodeError) as problem:
        said = problem.args[0] if problem.args else problem
        return said.decode(errors="replace") if isinstance(said, bytes) else str(problem)
    return ""


class Expressions:
    """Tells which of many expressions are found in a text.

    One pass of a set answers for all of them. RE2 may give such a pass up when it
    runs out of memory, and then answers "none" without a word; so the set holds one more
    expression that fits every text, and where even that is missing each expression is asked alone.

    Args:
        expressions: Valid ones (``expression_problem``).
        memory: Bytes for the states of the set.
    """

    def __init__(self, expressions: Sequence[str], *, memory: int = _SET_MEMORY) -> None:
        self._each = tuple(re2.compile(text.encode(), _options(_SET_MEMORY)) for text in expressions)
        self._set = _compiled_set(expressions, memory) if len(expressions) > 1 else None

    def __bool__(self) -> bool:
        return bool(self._each)

    def found_in(self, text: str) -> Sequence[int]:
        """Return the places, in order, of the expressions found; no half surrogates in ``text``."""
        data = text.encode()
        if self._set is not None:
            answers = self._set.Match(data) or ()
            if len(self._each) in answers:
                return sorted(answers)[:-1]
        return [index for index, expression in enumerate(self._each) if expression.search(data)]


def _compiled_set(expressions: Sequence[str], memory: int) -> "re2.Set | None":
    try:
        found = re2.Set.SearchSet(_options(memory))
        for expression in expressions:
            found.Add(expression)
        found.Add("")  # fits every text
        found.Compile()
    except re2.error:  # too large for one set: each is asked alone
        return None
    return found


def _options(memory: int) -> "re2.Options":
    options = re2.Options()
    options.log_errors = False
    options.max_mem = memory
    return options
