"""What is wrong in a table: where, and what was meant."""

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import NamedTuple

from journeysync.errors import ConfigError

MOST = 200
"""Problems that are looked for; a file with more has one cause for most of them."""


class Problem(NamedTuple):
    """One thing that a person has to correct; ``where`` is "campaigns.csv:7:3", or "campaigns.xlsx:7:C"."""

    where: str
    says: str
    next_step: str = ""


class BadCell(ValueError):
    """A value that cannot be taken; its words say why."""

    def __init__(self, says: str, next_step: str = "") -> None:
        super().__init__(says)
        self.says = says
        self.next_step = next_step


def meant(word: str, known: Iterable[str]) -> str:
    """Return "did you mean 'Title'?" for the nearest known word, "" if none is near."""
    by_folded = {each.casefold(): each for each in known}
    near = get_close_matches(word.casefold(), by_folded, n=1)
    return f"did you mean '{by_folded[near[0]]}'?" if near else ""


def refusal(problems: Sequence[Problem], name: str) -> ConfigError:
    """Return the error that refuses a file: the first problem in full, and where all of them are listed."""
    first = problems[0]
    count = f"{len(problems)}" if len(problems) < MOST else f"at least {MOST}"
    more = f" ({count} problems in all)" if len(problems) > 1 else ""
    return ConfigError(
        f"{first.says}{more}",
        where=first.where,
        next_step=f"{first.next_step or 'correct the file'}; journeysync doctor {name} lists every problem",
        problems=[
            f"{each.where}: {each.says}" + (f"\n  next: {each.next_step}" if each.next_step else "")
            for each in problems
        ],
    )
