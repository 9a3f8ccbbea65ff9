"""One thing that is wrong in a file that a person wrote: where, what, what is allowed."""

import re
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Literal

from journeysync.model.base import Model

_DIGITS = re.compile("[0-9]+")
MOST_NAMED = 20
"""How many allowed words a message lists before it says how many more there are."""


class Problem(Model):
    """One problem. A warning never stops a command, an error stops it before its first request.

    Attributes:
        where: "journeys/pay/pay-bill.yaml:12:5" (line and column from 1), or the name of an environment variable.
        says: What is wrong, one line that stands alone.
        allowed: The accepted words, or the range; empty where there is no list.
        did_you_mean: The nearest accepted word; empty if none is near.
        next_step: What the reader does now, where the rest does not say it.
    """

    where: str
    says: str
    allowed: str = ""
    did_you_mean: str = ""
    next_step: str = ""
    level: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        mark = "warning: " if self.level == "warning" else ""
        lines = [f"{self.where}: {mark}{self.says}"]
        if self.did_you_mean:
            lines.append(f"  did you mean: {self.did_you_mean}")
        if self.allowed:
            lines.append(f"  allowed: {self.allowed}")
        if self.next_step:
            lines.append(f"  next: {self.next_step}")
        return "\n".join(lines)

    @property
    def is_error(self) -> bool:
        """Return whether it stops a command."""
        return self.level == "error"


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the known word that the person probably meant, "" if none is near.

    Compares without case. Two ids that differ by their number only are not near: OPP-8 is
    not OPP-7. A local step id finds its full id: "see-why" finds "pay-bill.see-why".
    """
    by_folded = {candidate.casefold(): candidate for candidate in known}
    folded = word.casefold()
    if folded in by_folded:
        return by_folded[folded]
    shape = _DIGITS.sub("#", folded)
    spelt = [candidate for candidate in by_folded if "#" not in shape or _DIGITS.sub("#", candidate) != shape]
    close = get_close_matches(folded, spelt, n=1, cutoff=0.65 if len(folded) > 2 else 0.5)
    if close:
        return by_folded[close[0]]
    ends = [candidate for candidate in by_folded if candidate.endswith(f".{folded}")]
    return by_folded[ends[0]] if len(ends) == 1 else ""


def listed(words: Iterable[str]) -> str:
    """Return words for ``allowed``: in order, cut after twenty."""
    named = list(words)
    if len(named) <= MOST_NAMED:
        return ", ".join(named)
    return f"{', '.join(named[:MOST_NAMED])} and {len(named) - MOST_NAMED} more"


def shown(value: str) -> str:
    """Return a value as a message shows it: quoted, escaped, at most 60 characters."""
    text = value if len(value) <= 60 else f"{value[:57]}..."
    return "'" + text.encode("unicode_escape").decode("ascii") + "'" if not text.isprintable() else f"'{text}'"


def in_file_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return problems by file, line and column, each once."""
    return tuple(sorted(dict.fromkeys(problems), key=_place))


def _place(problem: Problem) -> tuple[str, int, int]:
    head, _, column = problem.where.rpartition(":")
    file, _, line = head.rpartition(":")
    if file and line.isdigit() and column.isdigit():
        return file, int(line), int(column)
    return problem.where, 0, 0
