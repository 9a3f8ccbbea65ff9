"""What a team may say about a GitHub connection beside address and log-in: what to read, how patient to be."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from journeysync.connector import ConnectionSettings, option, read_options, unknown_key
from journeysync.errors import ConfigError

_SCOPE_KEYS = ("repositories", "organisation", "include", "exclude", "search", "labels", "milestone")


@dataclass(frozen=True)
class GitHubOptions:
    """The connector's own keys under a connection, with defaults that work.

    Attributes:
        overlap_seconds: How far before the last change an incremental read begins again; at least 60.
        page_size: Rows a page, 100 at most.
        batch_size: Tickets in one GraphQL document; fewer from when the server says that it is too much.
        in_flight: The most requests at one time; GitHub allows 100 and dislikes many.
        timeout_seconds: For connecting, and for each silence inside an answer.
        longest_wait_seconds: A server that asks for a longer pause ends the run cleanly.
        total_wait_seconds: All pauses of one run together.
        write_pause_seconds: Between two writing requests, as GitHub asks; none where the server is this machine.
        comments: Whether we may keep one comment in an issue, for context and receipt.
        ca_file: Certificates to trust, for a server with its own authority.
        api_url: Where the REST API is, if it is neither api.github.com nor below ``/api/v3``.
    """

    overlap_seconds: int = option(60, at_least=60, why="GitHub's lists may lag, so at least 60 are needed")
    page_size: int = option(100, at_least=1, at_most=100)
    batch_size: int = option(100, at_least=1, at_most=100)
    in_flight: int = option(6, at_least=1, at_most=50)
    timeout_seconds: float = 30.0
    longest_wait_seconds: float = 120.0
    total_wait_seconds: float = 900.0
    write_pause_seconds: float = 1.0
    comments: bool = True
    ca_file: str = ""
    api_url: str = ""


@dataclass(frozen=True)
class Scope:
    """Which issues are ours to read.

    Attributes:
        repositories: As "owner/name", or all of an organisation.
        organisation: Its login; its repositories are listed at each whole read.
        include: Patterns of repository names in the organisation; empty = all.
        exclude: Patterns of names to leave out.
        search: A search of the team's own, instead of repositories.
        labels: Only issues with all of these labels.
        milestone: Only issues of this milestone, by number, ``*`` or ``none``.
    """

    repositories: tuple[str, ...] = ()
    organisation: str = ""
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    search: str = ""
    labels: tuple[str, ...] = ()
    milestone: str = ""

    @property
    def filters(self) -> Mapping[str, str]:
        """Return the parameters that narrow a repository's list."""
        narrowed = {"labels": ",".join(self.labels), "milestone": self.milestone}
        return {name: value for name, value in narrowed.items() if value}

    def takes(self, repository: str) -> bool:
        """Return whether a repository of the organisation is in scope by its name."""
        name = repository.rpartition("/")[2].casefold()
        if self.include and not any(fnmatchcase(name, pattern.casefold()) for pattern in self.include):
            return False
        return not any(fnmatchcase(name, pattern.casefold()) for pattern in self.exclude)


def options_of(settings: ConnectionSettings) -> GitHubOptions:
    """Return the options of a connection.

    Raises:
        ConfigError: An unknown key, a value of the wrong kind, or one beyond its limits.
    """
    return read_options(settings, GitHubOptions, tracker="GitHub")


def scope_of(settings: ConnectionSettings) -> Scope:
    """Return the scope of a connection.

    Raises:
        ConfigError: Not exactly one of `repositories`, `organisation` and `search`, or a malformed name.
    """
    given = dict(settings.scope)
    for name in given:
        if name not in _SCOPE_KEYS:
            raise unknown_key(name, _SCOPE_KEYS, settings, what="scope", tracker="GitHub")
    if sum(bool(given.get(name)) for name in ("repositories", "organisation", "search")) != 1:
        raise ConfigError(
            f"connection '{settings.name}' needs a scope: one of `repositories`, `organisation` and `search`",
            where=settings.where,
            next_step="write for example `scope: {repositories: [acme/shop]}`",
        )
    if given.get("search") and (given.get("labels") or given.get("milestone")):
        raise ConfigError(
            "a search says its labels and its milestone itself",
            where=settings.where,
            next_step='write them into the search: `search: "repo:acme/shop label:customer"`',
        )
    repositories = tuple(dict.fromkeys(_words(given.get("repositories"))))
    for name in repositories:
        if name.count("/") != 1 or not all(name.split("/")):
            raise ConfigError(
                f"'{name}' is no repository; it is written owner/name",
                where=settings.where,
                next_step=f"write for example `{name.strip('/').replace('/', '-')}-owner/{name.strip('/')}`"
                if "/" not in name.strip("/")
                else "leave out everything but owner and name",
            )
    return Scope(
        repositories=repositories,
        organisation=str(given.get("organisation") or ""),
        include=_words(given.get("include")),
        exclude=_words(given.get("exclude")),
        search=str(given.get("search") or "").strip(),
        labels=_words(given.get("labels")),
        milestone=str(given.get("milestone") or ""),
    )


def _words(value: Any) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value.strip(),) if value.strip() else ()
    return tuple(str(word).strip() for word in value) if isinstance(value, Iterable) else ()
