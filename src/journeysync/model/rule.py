"""Mapping rules and team vocabulary: what a person writes in ``mappings/`` (formats.md 4 and 5)."""

from typing import Annotated, Literal

from pydantic import Field

from journeysync.model.base import Model
from journeysync.model.link import Target


class Condition(Model):
    """What a ticket must be like. All keys that are set must hold (and); a key's values are alternatives (or).

    ``label``, ``component``, ``project``, ``kind``, ``state``, ``team``, ``milestone``, ``connection`` and ``key``
    compare the whole value without case, ``*`` at the end is a prefix. ``words`` are whole words by Unicode without
    case (substring in scripts without spaces), ``phrase`` is an exact piece of text, ``regex`` is RE2 (linear time).
    ``under`` = anywhere below the ticket with that key or id.
    """

    all: tuple["Condition", ...] = ()
    any: tuple["Condition", ...] = ()
    unless: "Condition | None" = None
    connection: tuple[str, ...] = ()
    project: tuple[str, ...] = ()
    team: tuple[str, ...] = ()
    key: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    state: tuple[str, ...] = ()
    label: tuple[str, ...] = ()
    component: tuple[str, ...] = ()
    milestone: tuple[str, ...] = ()
    under: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    phrase: tuple[str, ...] = ()
    regex: tuple[str, ...] = ()
    in_: tuple[Literal["title", "body"], ...] = Field(default=("title", "body"), alias="in")

    model_config = {"populate_by_name": True, "frozen": True, "extra": "forbid"}  # noqa: RUF012  # pydantic's own form


class Example(Model):
    """A ticket that a rule must or must not hit: a key to look up, or a made-up ticket."""

    key: str | None = None
    title: str = ""
    body: str = ""
    labels: tuple[str, ...] = ()
    components: tuple[str, ...] = ()
    project: str = ""
    kind: str = ""
    milestone: str | None = None


class Expect(Model):
    """The tests of a rule."""

    hits: tuple[Example, ...] = ()
    misses: tuple[Example, ...] = ()


class Rule(Model):
    """One mapping rule. Either ``targets`` or ``enabling`` is set."""

    id: str
    when: Condition
    targets: tuple[Target, ...] = ()
    enabling: str | None = None
    stop: bool = False
    confidence: Annotated[float, Field(ge=0, le=1)] = 1.0
    why: str | None = None
    owner: str | None = None
    expect: Expect = Expect()
    where: str = ""  # "mappings/rules.yaml:12:5"


class TeamWhere(Model):
    """Which tickets are a team's: all keys that are set must hold, values are alternatives."""

    connection: tuple[str, ...] = ()
    project: tuple[str, ...] = ()
    label: tuple[str, ...] = ()
    component: tuple[str, ...] = ()


class Team(Model):
    """One team and its words. ``kinds`` and ``states`` are (our word, their words)."""

    id: str
    name: str
    where: TeamWhere = TeamWhere()
    kinds: tuple[tuple[str, tuple[str, ...]], ...] = ()
    states: tuple[tuple[str, tuple[str, ...]], ...] = ()


class Vocabulary(Model):
    """Teams in file order: the first whose ``where`` fits owns the ticket."""

    teams: tuple[Team, ...] = ()
    unknown_words: Literal["report", "refuse"] = "report"
