"""Exact numbers and the one rounding: half up, once, at the end.

Scores are worked out with fractions made from the decimals that a person wrote
(9.3 is 93/10), so that no binary rest moves a score over an edge.
"""

from fractions import Fraction
from functools import lru_cache
from math import floor


def exact(value: float | str | Fraction) -> Fraction:
    """Return the number as a person wrote it: 9.3 is 93/10; a text may be a fraction too."""
    return value if isinstance(value, Fraction) else _of_text(str(value))


@lru_cache(maxsize=4096)
def _of_text(text: str) -> Fraction:
    return Fraction(text)


def half_up(value: float | Fraction, digits: int = 0) -> float:
    """Return the number rounded to so many decimals; a half goes up."""
    scale: int = 10**digits
    return floor(exact(value) * scale + Fraction(1, 2)) / scale


def whole(value: float | Fraction) -> int:
    """Return the number as a whole one; a half goes up."""
    return floor(exact(value) + Fraction(1, 2))


def shown(value: float | str | Fraction) -> str:
    """Return the number as people read it: 8.0, 9.3, 8.33; at most two decimals."""
    rounded = half_up(exact(value), 2)
    text = f"{rounded:.2f}"
    return text[:-1] if text.endswith("0") else text


def short(value: float | Fraction) -> str:
    """Return the number without a needless ".0": 87, 86.5."""
    return shown(value).removesuffix(".0")
