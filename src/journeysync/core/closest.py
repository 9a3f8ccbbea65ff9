"""Which unlinked tickets come closest to a step: by rare words that they share, and by the company they keep.

No percentage is made up: a ticket comes with its causes in words, and the order is that of their weight. It never links
anything by itself.
"""

import math
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
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


class Pool:
    """Candidates, ready to be asked again and again: only those that share a word or an epic are looked at."""

    def __init__(self, candidates: Iterable[Candidate]) -> None:
        self.candidates = tuple(candidates)
        self._by_word: dict[str, list[int]] = defaultdict(list)
        self._by_epic: dict[str, list[int]] = defaultdict(list)
        for number, candidate in enumerate(self.candidates):
            for word in candidate.words:
                self._by_word[word].append(number)
            if candidate.parent:
                self._by_epic[candidate.parent].append(number)
        self._most = max(_COMMON_COUNT, _COMMON_SHARE * len(self.candidates))

    def sharing(self, words: Iterable[str]) -> dict[int, list[str]]:
        """Return which candidates share which of the words, rare words first; one that is everywhere tells nothing."""
        found: dict[int, list[str]] = defaultdict(list)
        rare = [word for word in words if 0 < len(self._by_word.get(word, ())) <= self._most]
        for word in sorted(rare, key=lambda word: (len(self._by_word[word]), word)):
            for number in self._by_word[word]:
                found[number].append(word)
        return found

    def of_epics(self, epics: Iterable[str]) -> Iterator[int]:
        """Yield the candidates of epics."""
        for epic in epics:
            yield from self._by_epic.get(epic, ())

    def weight(self, word: str) -> float:
        """Return how much a shared word tells: the rarer, the more."""
        return math.log1p(len(self.candidates) / len(self._by_word[word]))


def closest(
    pool: Pool,
    texts: Iterable[str],
    epics: Mapping[str, int],
    *,
    limit: int = 3,
    connections: Collection[str] | None = None,
) -> tuple[Close, ...]:
    """Return the candidates that come closest, best first.

    Args:
        pool: Open tickets without a step.
        texts: What is said at the step: its name, what is and shall be, insights, names of opportunities.
        epics: How many tickets of the journey each epic has, by "connection/id".
        limit: At most so many.
        connections: Only of these; None = all.
    """
    shared = pool.sharing({word for text in texts for word in words_of(text)})
    numbers = shared.keys() | set(pool.of_epics(epics))
    found = [_weigh(pool, number, shared.get(number, []), epics) for number in numbers]
    kept = [each for each in found if each.points >= _LEAST]
    if connections is not None:
        kept = [each for each in kept if each.name.partition("/")[0] in connections]
    return tuple(sorted(kept, key=lambda each: (-each.points, each.name))[:limit])


def _weigh(pool: Pool, number: int, shared: Sequence[str], epics: Mapping[str, int]) -> Close:
    candidate = pool.candidates[number]
    points = sum(pool.weight(word) for word in shared)
    causes = []
    if shared:
        named = [f"'{word}'" for word in shared[:_SHOWN_WORDS]]
        causes.append(f"shares {' and '.join([', '.join(named[:-1]), named[-1]] if len(named) > 1 else named)}")
    siblings = epics.get(candidate.parent, 0)
    if siblings:
        points += _SAME_EPIC
        causes.append(f"same epic as {siblings} ticket{'s' if siblings != 1 else ''} of this journey")
    return Close(candidate.name, points, tuple(causes))
