"""Each team's own words for kinds and states, turned into ours (formats.md 5).

A connector fills kind and state in as far as the tracker itself says them; a team's vocabulary
corrects what that gets wrong. The first team whose ``where`` fits owns the ticket; one
without ``where`` owns every ticket that no team before it does.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Literal

from journeysync.core.text import fold
from journeysync.model.rule import Team, TeamWhere, Vocabulary
from journeysync.model.ticket import State, Ticket

WordCounts = dict[tuple[str | None, Literal["kind", "state"], str], int]
"""(team, what it is a word for, the tracker's word) -> number of tickets."""

_STANDARD_KINDS = frozenset(
    {"epic", "initiative", "story", "user story", "bug", "task", "sub-task", "subtask", "issue", "project"}
)
# Reasons for an end that a tracker's "done" gets right; any other may as well mean that nothing was done.
_STANDARD_ENDS = frozenset(
    {"done", "fixed", "complete", "completed", "resolved", "closed", "delivered", "released", "implemented"}
)


def in_our_words(ticket: Ticket, vocabulary: Vocabulary) -> Ticket:
    """Return the ticket with team, kind and state in our words; the same object when nothing differs.

    A team's states are compared with the reason why the ticket ended (``resolution``) first,
    then with the name of its status; kinds with the tracker's own word. All compare without case.
    """
    team = _words(_Same(vocabulary)).team_of(ticket)
    if team is None:
        return ticket if ticket.team is None else ticket.model_copy(update={"team": None})
    changes: dict[str, object] = {}
    if ticket.team != team.id:
        changes["team"] = team.id
    kind = team.kinds.get(fold(ticket.kind_word or ticket.kind), ticket.kind)
    if kind != ticket.kind:
        changes["kind"] = kind
    state = team.state_of(ticket)
    if state != ticket.state:
        changes["state"] = state
    return ticket.model_copy(update=changes) if changes else ticket


def unknown_words(tickets: Iterable[Ticket], vocabulary: Vocabulary) -> WordCounts:
    """Count the trackers' words that no team's vocabulary maps and that do not speak for themselves.

    Kinds at standard level that are neither common words (bug, story, task ...) nor mapped; and reasons why a
    ticket ended that are neither mapped nor plainly "done". Sorted by team, kind before state, then word.
    """
    words = _words(_Same(vocabulary))
    counts: Counter[tuple[str | None, Literal["kind", "state"], str]] = Counter()
    for ticket in tickets:
        team = words.team_of(ticket)
        counts.update(_unknown(ticket, team))
    return {key: counts[key] for key in sorted(counts, key=lambda key: (key[0] or "", *key[1:]))}


def without_team(tickets: Iterable[Ticket], vocabulary: Vocabulary) -> dict[tuple[str, str], int]:
    """Count the tickets that are no team's, by (connection, project), sorted; none where no team is configured."""
    if not vocabulary.teams:
        return {}
    words = _words(_Same(vocabulary))
    counts = Counter((t.ref.connection, t.project) for t in tickets if words.team_of(t) is None)
    return {place: counts[place] for place in sorted(counts)}


def _unknown(ticket: Ticket, team: "_TeamWords | None") -> Iterator[tuple[str | None, Literal["kind", "state"], str]]:
    team_id = team.id if team else None
    kind = fold(ticket.kind_word)
    if ticket.level == 0 and kind and kind not in _STANDARD_KINDS and (team is None or kind not in team.kinds):
        yield team_id, "kind", ticket.kind_word
    if ticket.state is State.DONE and ticket.resolution:
        end = fold(ticket.resolution)
        if end not in _STANDARD_ENDS and (team is None or end not in team.states):
            yield team_id, "state", ticket.resolution


class _TeamWords:
    """One team, ready to be asked. ``kinds`` and ``states``: their folded word -> ours."""

    def __init__(self, team: Team) -> None:
        self.id = team.id
        self.kinds = {fold(word): kind for kind, words in reversed(team.kinds) for word in words}
        self.states = {fold(word): State(state) for state, words in reversed(team.states) for word in words}
        self._where = _Where(team.where)

    def owns(self, ticket: Ticket) -> bool:
        return self._where.fits(ticket)

    def state_of(self, ticket: Ticket) -> State:
        for word in (ticket.resolution, ticket.state_word):
            if word and (state := self.states.get(fold(word))):
                return state
        return ticket.state


class _Where:
    """Which tickets are a team's: all keys that are set must hold, values are alternatives, ``*`` ends a prefix."""

    def __init__(self, where: TeamWhere) -> None:
        self._connection, self._project = _Names(where.connection), _Names(where.project)
        self._label, self._component = _Names(where.label), _Names(where.component)

    def fits(self, ticket: Ticket) -> bool:
        return (
            self._connection.fit((ticket.ref.connection,))
            and self._project.fit((ticket.project,))
            and self._label.fit(ticket.labels)
            and self._component.fit(ticket.components)
        )


class _Names:
    def __init__(self, names: tuple[str, ...]) -> None:
        self._exact = frozenset(fold(name) for name in names if not name.endswith("*"))
        self._prefixes = tuple(fold(name[:-1]) for name in names if name.endswith("*"))
        self._asks = bool(names)

    def fit(self, values: tuple[str, ...]) -> bool:
        if not self._asks:
            return True
        return any(folded in self._exact or folded.startswith(self._prefixes) for folded in map(fold, values))


class _Words:
    """All teams, with the question "whose is it" answered once for each place that only places decide."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._teams = tuple(_TeamWords(team) for team in vocabulary.teams)
        self._by_place: dict[tuple[str, str], _TeamWords | None] | None = (
            None if any(team.where.label or team.where.component for team in vocabulary.teams) else {}
        )

    def team_of(self, ticket: Ticket) -> _TeamWords | None:
        if self._by_place is None:
            return self._first(ticket)
        place = (ticket.ref.connection, ticket.project)
        if place not in self._by_place:
            self._by_place[place] = self._first(ticket)
        return self._by_place[place]

    def _first(self, ticket: Ticket) -> _TeamWords | None:
        return next((team for team in self._teams if team.owns(ticket)), None)


class _Same:
    """Compares a vocabulary by identity: hashing its content for every ticket would cost more than the look-up."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self.vocabulary = vocabulary

    def __hash__(self) -> int:
        return id(self.vocabulary)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.vocabulary is other.vocabulary


@lru_cache(maxsize=4)
def _words(same: _Same) -> _Words:
    return _Words(same.vocabulary)
