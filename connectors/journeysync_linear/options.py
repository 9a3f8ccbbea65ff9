"""What a team may say about a Linear connection beside address and log-in: what to read, how patient to be. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from journeysync.connector import ConnectionSettings, option, read_options, unknown_key
from journeysync.errors import ConfigError

_SCOPE_KEYS = ("teams", "projects", "filter")
_KEY = re.compile(r"^[A-Za-z0-9_]{1,10}$")
_UUID = re.compile(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", re.IGNORECASE)
Filter = Mapping[str, Any]


@dataclass(frozen=True)
class LinearOptions:
    """The connector's own keys under a connection, with defaults that work.

    Attributes:
        overlap_seconds: How far before the last change an incremental read begins again; at least 60.
        page_size: Rows a page at most; fewer where a page would cost too many points.
        batch_size: Tickets in one document of writes.
        in_flight: The most requests at one time, and the ranges that a whole read is cut into.
        epics: What is an epic: Linear's projects, or issues that have sub-issues (projects are a level higher then).
        timeout_seconds: For connecting, and for each silence inside an answer.
        longest_wait_seconds: A server that asks for a longer pause ends the run cleanly.
        total_wait_seconds: All pauses of one run together.
        ca_file: Certificates to trust, for a proxy with its own authority.
    """

    overlap_seconds: int = option(300, at_least=60, why="lists may lag, so at least 60 are needed")
    page_size: int = option(250, at_least=1, at_most=250)
    batch_size: int = option(100, at_least=1, at_most=250)
    in_flight: int = option(8, at_least=1, at_most=50)
    epics: str = option("projects", one_of=("projects", "parents"))
    timeout_seconds: float = 30.0
    longest_wait_seconds: float = 120.0
    total_wait_seconds: float = 900.0
    ca_file: str = ""


@dataclass(frozen=True)
class Scope:
    """Which issues are ours to read; what is named is meant together.

    Attributes:
        teams: Keys of teams, such as ENI.
        projects: Projects by UUID or by name.
        filter: A filter of issues in Linear's own words (`IssueFilter`).
    """

    teams: tuple[str, ...] = ()
    projects: tuple[str, ...] = ()
    filter: Filter = field(default_factory=dict)

    @property
    def team_keys(self) -> tuple[str, ...]:
        """Return the keys of all teams that the scope names, also those that the filter asks for."""
        return tuple(dict.fromkeys((*self.teams, *_keys_in(self.filter))))

    @property
    def issues(self) -> dict[str, Any]:
        """Return the `IssueFilter` of the scope."""
        parts: dict[str, Any] = {}
        if self.teams:
            parts["team"] = {"key": {"in": list(self.teams)}}
        if self.projects:
            parts["project"] = self._named
        return together(parts, self.filter)

    @property
    def containers(self) -> dict[str, Any] | None:
        """Return the `ProjectFilter` of the projects that belong to the scope; None: none is listed by itself."""
        if self.projects:
            return self._named
        if self.teams and not self.filter:
            return {"accessibleTeams": {"some": {"key": {"in": list(self.teams)}}}}
        return None

    @property
    def initiatives(self) -> dict[str, Any] | None:
        """Return the `InitiativeFilter` of the initiatives that belong to the scope; None: none is listed by itself."""
        if self.teams and not self.projects and not self.filter:
            return {"teams": {"some": {"key": {"in": list(self.teams)}}}}
        return None

    @property
    def _named(self) -> dict[str, Any]:
        ids = [each for each in self.projects if _UUID.match(each)]
        names = [each for each in self.projects if not _UUID.match(each)]
        either: list[dict[str, Any]] = [{"id": {"in": ids}}] if ids else []
        either += [{"name": {"in": names}}] if names else []
        return either[0] if len(either) == 1 else {"or": either}


def _keys_in(given: Filter) -> list[str]:
    team = given.get("team")
    asked = team.get("key") if isinstance(team, Mapping) else None
    asked = asked if isinstance(asked, Mapping) else {}
    found = [*(asked.get("in") or ()), *([asked["eq"]] if asked.get("eq") else [])]
    return [str(each) for each in found] + [key for part in given.get("and") or () for key in _keys_in(part)]


def together(*filters: Filter) -> dict[str, Any]:
    """Return one filter that asks for all of them."""
    given = [dict(each) for each in filters if each]
    if not given:
        return {}
    return given[0] if len(given) == 1 else {"and": given}


def options_of(settings: ConnectionSettings) -> LinearOptions:
    """Return the options of a connection.

    Raises:
        ConfigError: An unknown key, a value of the wrong kind, or one beyond its limits.
    """
    return read_options(settings, LinearOptions, tracker="Linear")


def scope_of(settings: ConnectionSettings) -> Scope:
    """Return the scope of a connection.

    Raises:
        ConfigError: Nothing is named, or a team is named by something else than its key.
    """
    given = dict(settings.scope)
    for name in given:
        if name not in _SCOPE_KEYS:
            raise unknown_key(name, _SCOPE_KEYS, settings, what="scope", tracker="Linear")
    if not any(given.values()):
        raise ConfigError(
            f"connection '{settings.name}' needs a scope: `teams`, `projects` or `filter`",
            where=settings.where,
            next_step="write for example `scope: {teams: [ENI]}`",
        )
    teams = tuple(dict.fromkeys(word.upper() for word in _words(given.get("teams"))))
    for name in teams:
        if not _KEY.match(name):
            raise ConfigError(
                f"'{name}' is no key of a Linear team",
                where=settings.where,
                next_step="write the key that stands before the number of its issues: ENI for ENI-12",
            )
    chosen = given.get("filter") or {}
    if not isinstance(chosen, Mapping):
        raise ConfigError(
            "`filter` of a Linear scope is a mapping in the words of Linear's IssueFilter",
            where=settings.where,
            next_step="write for example `filter: {labels: {some: {name: {eq: customer}}}}`",
        )
    return Scope(teams, tuple(dict.fromkeys(_words(given.get("projects")))), _plain(chosen))


def _words(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value.strip(),) if value.strip() else ()
    return tuple(str(word).strip() for word in value) if isinstance(value, Iterable) else ()


def _plain(value: Any) -> Any:
    """Return a filter as JSON: configuration keeps its lists as tuples."""
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list | tuple) else value
