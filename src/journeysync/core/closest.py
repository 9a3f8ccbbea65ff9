"""Which unlinked tickets come closest to a step: by rare words that they share, and by the company they keep.

No percentage is made up: a ticket comes with its causes in words, and the order is that of their weight. It never links
anything by itself.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from journeysync.core.text import fold

_WORD = re.compile(r"[^\W\d_]{4,}")
_COMMON_SHARE = 0.1
_COMMON_COUNT = 4
_LEAST = 1.0
_SAME_EPIC = 2.5
_SHOWN_WORDS = 3


@dataclass(frozen=True, slots=True)
class Candidate:
    """An open ticket without a step."""

    name: str  # "connection/id"
    words: frozenset[str]  # of its title
    parent: str = ""  # "connection/id" of its epic


@dataclass(frozen=True)
class Close:
    """A candidate, and why it may belong there."""

    name: str
    points: float
    causes: tuple[str, ...]


def words_of(text: str) -> frozenset[str]:
    """Return the words of a text that can tell something: four letters or more, without case."""
    return frozenset(_WORD.findall(fold(text)))


def closest(
    candidates: Sequence[Candidate],
    texts: Iterable[str],
    epics: Mapping[str, int],
    *,
    limit: int = 3,
) -> tuple[Close, ...]:
    """Return the candidates that come closest, best first.

    Args:
        candidates: Open tickets without a step.
        texts: What is said at the step: its name, what is and shall be, insights, names of opportunities.
        epics: How many tickets of the journey each epic has, by "connection/id".
        limit: At most so many.
    """
    wanted = frozenset(word for text in texts for word in words_of(text))
    often = Counter(word for candidate in candidates for word in candidate.words)
    most = max(_COMMON_COUNT, _COMMON_SHARE * len(candidates))
    found = [_weigh(candidate, wanted, often, most, epics, len(candidates)) for candidate in candidates]
    best = sorted((each for each in found if each.points >= _LEAST), key=lambda each: (-each.points, each.name))
    return tuple(best[:limit])


def _weigh(
    candidate: Candidate,
    wanted: frozenset[str],
    often: Mapping[str, int],
    most: float,
    epics: Mapping[str, int],
    all_: int,
) -> Close:
    shared = [word for word in candidate.words & wanted if often[word] <= most]
    shared.sort(key=lambda word: (often[word], word))
    points = sum(math.log1p(all_ / often[word]) for word in shared)
    causes = []
    if shared:
        named = [f"'{word}'" for word in shared[:_SHOWN_WORDS]]
        causes.append(f"shares {' and '.join([', '.join(named[:-1]), named[-1]] if len(named) > 1 else named)}")
    siblings = epics.get(candidate.parent, 0)
    if siblings:
        points += _SAME_EPIC
        causes.append(f"same epic as {siblings} ticket{'s' if siblings != 1 else ''} of this journey")
    return Close(candidate.name, points, tuple(causes))
