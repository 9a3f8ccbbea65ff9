"""mappings/vocabulary.yaml: each team's words and ours (formats.md 5)."""

from collections.abc import Callable, Iterator
from typing import Annotated, Literal

from pydantic import Field

from journeysync.model.base import Model
from journeysync.model.rule import Team, TeamWhere, Vocabulary
from journeysync.model.ticket import State
from journeysync.sources.node import Node, at
from journeysync.sources.problem import Problem, nearest, shown
from journeysync.sources.shape import PATTERNS, Texts, read_as

KNOWN_KINDS = ("initiative", "epic", "story", "bug", "task", "subtask")
TEAM_ID = r"^[a-z0-9]+([-_][a-z0-9]+)*$"
PATTERNS[TEAM_ID] = "lower-case words with - or _, at most 40 characters"


class TeamWhereFile(Model):
    """Which tickets are this team's: all keys that are set must hold, values are alternatives."""

    connection: Texts = ()
    project: Texts = ()
    label: Texts = ()
    component: Texts = ()


class TeamFile(Model):
    """One team and its words."""

    name: str = ""
    where: Annotated[TeamWhereFile, Field(description="Which tickets are this team's; the first match wins")]
    kinds: Annotated[dict[str, Texts], Field(description="Our kind: their words (epic: [Theme])")] = Field(
        default_factory=dict
    )
    states: Annotated[dict[State, Texts], Field(description="Our state: their words (dropped: [Invalid])")] = Field(
        default_factory=dict
    )


class VocabularyFile(Model):
    """mappings/vocabulary.yaml."""

    teams: dict[Annotated[str, Field(pattern=TEAM_ID, max_length=40)], TeamFile] = Field(default_factory=dict)
    unknown_words: Literal["report", "refuse"] = "report"


def read_vocabulary(node: Node, note: Callable[[str, str], None]) -> tuple[Vocabulary, list[Problem]]:
    """Return the vocabulary and what is wrong with it."""
    reading = read_as(VocabularyFile, node)
    problems = list(reading.problems)
    file = reading.value or VocabularyFile()
    teams = []
    for id_, team in file.teams.items():
        place = at(reading.node, ("teams", id_))
        problems += _check_words(team, place)
        for number, connection in enumerate(team.where.connection):
            note(f"vocabulary.{id_}.connection.{connection}", at(place, ("where", "connection", number)).where)
        teams.append(_team(id_, team))
    return Vocabulary(teams=tuple(teams), unknown_words=file.unknown_words), problems


def _team(id_: str, file: TeamFile) -> Team:
    return Team(
        id=id_,
        name=file.name or id_,
        where=TeamWhere(**{key: getattr(file.where, key) for key in TeamWhereFile.model_fields}),
        kinds=tuple(file.kinds.items()),
        states=tuple((state.value, words) for state, words in file.states.items()),
    )


def _check_words(file: TeamFile, place: Node) -> Iterator[Problem]:
    for kind in file.kinds:
        meant = nearest(kind, KNOWN_KINDS)
        if kind not in KNOWN_KINDS and meant:
            says = f"kinds: {shown(kind)} is a kind of your own"
            where = at(place, ("kinds", kind)).where
            yield Problem(where=where, says=says, did_you_mean=meant, level="warning")
    for key, table in (("kinds", file.kinds), ("states", {s.value: words for s, words in file.states.items()})):
        ours: dict[str, str] = {}
        for our_word, their_words in table.items():
            for number, word in enumerate(their_words):
                other = ours.setdefault(word.casefold(), our_word)
                if other != our_word:
                    says = f"{key}: {shown(word)} means {other} already"
                    where = at(place, (key, our_word, number)).where
                    yield Problem(where=where, says=says, next_step="a word of a team has one meaning: keep one")
