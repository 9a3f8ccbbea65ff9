"""What the teams' vocabulary does not cover: words of trackers that nobody mapped, and tickets of no team."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from journeysync.app.database import open_store
from journeysync.config import Problem, Settings
from journeysync.core.age import counted
from journeysync.core.vocabulary import unknown_words, without_team
from journeysync.errors import ConfigError, JourneySyncError
from journeysync.model.base import Model
from journeysync.model.rule import Vocabulary
from journeysync.model.tracker import Finding
from journeysync.store import Store

if TYPE_CHECKING:
    from journeysync.app.workspace import Workspace

MOST = 20
"""Words told one by one; all of them stand in the inbox."""
FILE = "mappings/vocabulary.yaml"
MAP_THEM = "map it under the team's kinds or states"
NAME_THEM = "give a team these in its `where`, or add one without `where` for all that is left"


class UnknownWord(Model):
    """A tracker's word that no vocabulary maps."""

    team: str | None
    what: str  # kind or state
    word: str
    tickets: int

    @property
    def says(self) -> str:
        """Return it as a sentence."""
        whose, how_many = self.team or "no team", counted(self.tickets, "ticket")
        return f"{whose}: the {self.what} '{self.word}' is not in our words ({how_many})"


class Uncovered(Model):
    """All that the vocabulary leaves open, most tickets first."""

    words: tuple[UnknownWord, ...] = ()
    without_team: tuple[tuple[str, str, int], ...] = ()  # connection, project, tickets
    is_refused: bool = False  # the vocabulary says so

    @property
    def sentences(self) -> Iterator[tuple[str, str]]:
        """Yield (what is left open, what to do) for each word and place, at most ``MOST`` of each."""
        for word in self.words[:MOST]:
            yield word.says, MAP_THEM
        if len(self.words) > MOST:
            yield f"{len(self.words) - MOST} more words are not in our words", "see them all: journeysync inbox"
        for connection, project, tickets in self.without_team[:MOST]:
            place = f"{connection}, {project}" if project else connection
            yield f"{counted(tickets, 'ticket')} of {place} belong{'s' * (tickets == 1)} to no team", NAME_THEM


def uncovered(store: Store, vocabulary: Vocabulary) -> Uncovered:
    """Return what the vocabulary leaves open of the tickets in the store."""
    words: Counter[tuple[str | None, str, str]] = Counter()
    places: Counter[tuple[str, str]] = Counter()
    for batch in store.iter_tickets():
        words.update(unknown_words(batch, vocabulary))
        places.update(without_team(batch, vocabulary))
    return Uncovered(
        words=tuple(
            UnknownWord(team=team, what=what, word=word, tickets=count)
            for (team, what, word), count in sorted(words.items(), key=lambda item: (-item[1], str(item[0])))
        ),
        without_team=tuple(
            (*place, count) for place, count in sorted(places.items(), key=lambda item: (-item[1], item[0]))
        ),
        is_refused=bool(words) and vocabulary.unknown_words == "refuse",
    )


def word_problems(settings: Settings, env: Mapping[str, str]) -> tuple[Problem, ...]:
    """Return what the vocabulary leaves open as problems of its file; none where nothing was read so far."""
    if not settings.vocabulary.teams or not _is_there(settings):
        return ()
    with suppress(JourneySyncError), open_store(settings, env, upgrade=False) as store:
        found = uncovered(store, settings.vocabulary)
        refused = {word.says for word in found.words} if found.is_refused else set()
        return tuple(
            Problem(where=FILE, says=says, next_step=step, level="error" if says in refused else "warning")
            for says, step in found.sentences
        )
    return ()


def word_findings(workspace: "Workspace") -> Iterator[Finding]:
    """Yield the same for ``doctor``."""
    vocabulary = workspace.settings.vocabulary
    if not vocabulary.teams:
        return
    found = uncovered(workspace.store, vocabulary)
    refused = {word.says for word in found.words} if found.is_refused else set()
    for says, step in found.sentences:
        level = "error" if says in refused else "warning"
        yield Finding(level=level, topic="vocabulary", says=says, next_step=f"{step} ({FILE})", exit_code=64)
    if not found.words and not found.without_team:
        yield Finding(level="ok", topic="vocabulary", says="every kind and state of every team is in our words")


def refuse_unknown_words(workspace: "Workspace") -> None:
    """Stop where the vocabulary wants every word to be mapped, and some are not.

    Raises:
        ConfigError: Names the words, with their counts.
    """
    vocabulary = workspace.settings.vocabulary
    if vocabulary.unknown_words != "refuse":
        return
    found = uncovered(workspace.store, vocabulary)
    if found.is_refused:
        are = "is" if len(found.words) == 1 else "are"
        raise ConfigError(
            f"{counted(len(found.words), 'word')} of the trackers {are} not in our words",
            where=f"{FILE} (unknown_words: refuse)",
            next_step="map them there, or say unknown_words: report; journeysync validate lists them",
            problems=[word.says for word in found.words[:MOST]],
        )


def _is_there(settings: Settings) -> bool:
    """Return whether a store may be opened without making one."""
    path = settings.store_url.removeprefix("sqlite:///")
    return path == settings.store_url or (settings.root / path).exists()
