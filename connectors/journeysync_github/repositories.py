"""Which repositories a connection reads, what they are called now, and who may see them."""

import base64
from collections.abc import Iterator
from contextlib import suppress

import msgspec

from journeysync.errors import Hidden
from journeysync_github.client import GitHubClient
from journeysync_github.options import Scope
from journeysync_github.translate import Home, Visibility, visibility_of


class Repositories:
    """The repositories of a scope. Names compare without case, as GitHub does."""

    def __init__(self, client: GitHubClient, scope: Scope) -> None:
        self._client = client
        self._scope = scope
        self._homes: dict[str, Home] = {}  # by name, also by a name of before
        self._listed: tuple[str, ...] | None = None if scope.organisation else scope.repositories

    def names(self) -> tuple[str, ...]:
        """Return the repositories in scope, as configured or as the organisation lists them.

        Raises:
            Hidden: The organisation is not shown to this account.
        """
        if self._listed is None:
            self._listed = tuple(self._of_organisation())
        return self._listed

    def _of_organisation(self) -> Iterator[str]:
        path = f"orgs/{self._scope.organisation}/repos"
        for _answer, rows in self._client.pages(path, {"type": "all"}, doing="list the organisation's repositories"):
            for row in rows:
                name = str(row.get("full_name") or "")
                if name and self._scope.takes(name) and row.get("has_issues") is not False:
                    self._homes[name.casefold()] = Home(name, visibility_of(row))
                    yield name

    def home(self, name: str) -> Home:
        """Return a repository as it is called and seen now; asked for once.

        Raises:
            Hidden: GitHub shows no such repository to this account.
        """
        known = self._homes.get(name.casefold())
        if known is None:
            known = self.ask(name)
        return known

    def ask(self, name: str) -> Home:
        """Return a repository as it is right now."""
        answer = self._client.get(f"repos/{name}")
        row = self._client.value(answer, doing=f"read the repository {name}")
        home = Home(str(row.get("full_name") or name), visibility_of(row))
        self._homes[name.casefold()] = self._homes[home.name.casefold()] = home
        return home

    def remember(self, name: str, visibility: Visibility) -> Home:
        """Note what a cursor says of a repository, so that a quiet read need not ask."""
        return self._homes.setdefault(name.casefold(), Home(name, visibility))

    def note(self, home: Home) -> None:
        """Note a repository as an answer showed it."""
        if home.visibility != "unknown":
            self._homes[home.name.casefold()] = home

    def holds(self, name: str) -> bool:
        """Return whether a repository is in scope, by today's name or by the configured one."""
        fold = name.casefold()
        if self._scope.search:
            return True
        if self._scope.organisation:
            owner = fold.partition("/")[0]
            return owner == self._scope.organisation.casefold() and self._scope.takes(name)
        if fold in {one.casefold() for one in self._scope.repositories}:
            return True
        return any(home.name.casefold() == fold for home in self._configured())

    def _configured(self) -> Iterator[Home]:
        """Yield the repositories of the scope as they are called now, as far as they are shown."""
        for name in self._scope.repositories:
            with suppress(Hidden):
                yield self.home(name)

    def is_readable(self, identifier: str) -> bool:
        """Return whether the place where an issue was can be read right now; False where nobody can tell.

        Newer node ids hold the repository's number. Of older ones all that is known is the scope: an organisation's
        list or a search leaves out what is hidden, so they prove nothing.
        """
        number = repository_number(identifier)
        try:
            if number is not None:
                self._client.value(self._client.get(f"repositories/{number}"), doing="look for a repository")
                return True
            for name in self._scope.repositories:
                self.ask(name)
        except Hidden:
            return False
        return bool(self._scope.repositories)


def repository_number(identifier: str) -> int | None:
    """Return the number of the repository that a newer node id of an issue names, None of an older one."""
    kind, _, packed = identifier.partition("_")
    if kind != "I" or not packed:
        return None
    try:
        value = msgspec.msgpack.decode(base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4)))
    except (ValueError, msgspec.DecodeError):
        return None
    is_pair = isinstance(value, list) and len(value) == 3 and isinstance(value[1], int)
    return value[1] if is_pair else None
