"""Text of a person, made safe to stand in a line: no control characters, one space, cut to a limit."""

import unicodedata
from functools import lru_cache

_UNSEEN = {"Cc", "Cs", "Zl", "Zp", "Co", "Cn"}
_DIRECTIONS = frozenset("\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")


@lru_cache(maxsize=8192)
def printable(text: str, limit: int | None = None) -> str:
    """Return the text on one line, without control characters, escapes and marks that turn its direction.

    Args:
        text: Anything.
        limit: The most characters; what is longer ends in "…".
    """
    safe = "".join(" " if _is_unseen(character) else character for character in text)
    line = " ".join(safe.split())
    return line if limit is None or len(line) <= limit else f"{line[: limit - 1].rstrip()}…"


def _is_unseen(character: str) -> bool:
    return character in _DIRECTIONS or unicodedata.category(character) in _UNSEEN
