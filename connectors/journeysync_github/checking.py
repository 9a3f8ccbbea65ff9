"""What ``doctor`` says about a GitHub connection: read-only, each trouble with the sentence for who can help."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Literal
from urllib.parse import urlsplit

from journeysync.connector import ConnectionSettings
from journeysync.errors import Hidden, JourneySyncError
from journeysync.http import is_loopback
from journeysync.model.tracker import Finding
from journeysync_github.client import GitHubClient
from journeysync_github.fields import Target
from journeysync_github.reading import Reader

SKEW_TOLERATED_SECONDS = 60.0
_TAKES = {"number": "numbers", "text": "text", "select": "one of its choices"}
_Level = Literal["ok", "warning", "error"]


class Checkup:
    """One checkup of one connection."""

    def __init__(self, client: GitHubClient, reader: Reader, settings: ConnectionSettings) -> None:
        self._client = client
        self._reader = reader
        self._settings = settings

    def findings(self) -> Iterator[Finding]:
        """Yield everything that can be found out; without log-in the rest is left out."""
        yield self._transport()
        known = list(self._step("auth", self._account))
        yield from known
        if any(one.level == "error" for one in known):
            return
        yield from self._step("clock", self._clock)
        scope = list(self._step("scope", self._scope))
        yield from scope
        yield from self._step("features", self._features)
        yield from self._step("fields", self._fields)

    def _step(self, topic: str, step: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
        try:
            yield from step()
        except JourneySyncError as error:
            step_words = error.next_step or "see what stands above"
            yield _finding("error", topic, error.what, next_step=step_words, exit_code=int(error.exit_code))

    def _transport(self) -> Finding:
        parts = urlsplit(self._client.address.rest)
        if parts.scheme == "https" or is_loopback(parts.hostname or ""):
            return _finding("ok", "reach", f"the API is at {self._client.address.rest}")
        return _finding(
            "warning", "reach", f"{self._client.address.rest} is not encrypted", next_step="write https:// in `url`"
        )

    def _account(self) -> Iterator[Finding]:
        if self._client.credentials.kind == "app":
            answer = self._client.get("installation/repositories", {"per_page": "1"})
            value = self._client.value(answer, doing="list the repositories of the installation")
            yield _finding("ok", "auth", f"the app is installed for {value.get('total_count', '?')} repositories")
            return
        answer = self._client.get("user")
        if answer.status in (403, 404):
            yield _finding("ok", "auth", "the token is good for repositories, not for an account (a workflow's token)")
            return
        value = self._client.value(answer, doing="ask who we are")
        if not isinstance(value, dict) or not value.get("login"):
            raise self._client.no_github()
        yield _finding("ok", "auth", f"logged in as {value['login']}, by {self._client.credentials.source}")
        scopes = {one.strip() for one in answer.headers.get("x-oauth-scopes", "").split(",") if one.strip()}
        if scopes and not scopes & {"repo", "public_repo"}:
            step = "make a token with the scope repo (or a fine-grained one with Issues read and write)"
            yield _finding("warning", "permissions", "the token has not the scope repo", next_step=step)
        named = ", ".join(field for field in self._settings.fields if field.startswith("project:"))
        if named and scopes and "project" not in scopes:
            says = f"the token has not the scope project, which fields of projects need: {named}"
            step = (
                "whoever owns the token ticks `project` in GitHub > Settings > Developer settings > Personal access "
                "tokens; an organisation with single sign-on has to authorise it again"
            )
            yield _finding("warning", "permissions", says, next_step=step)
        if expires := answer.headers.get("github-authentication-token-expiration"):
            yield _finding("ok", "auth", f"the token expires {expires}")

    def _clock(self) -> Iterator[Finding]:
        skew = self._client.http.traffic.clock_skew_seconds
        if abs(skew) > SKEW_TOLERATED_SECONDS:
            says = f"this machine's clock is {abs(round(skew))} seconds {'behind' if skew > 0 else 'ahead'}"
            yield _finding("warning", "clock", says, next_step="let it be set by a time server")

    def _scope(self) -> Iterator[Finding]:
        if self._reader.scope.search:
            yield _finding("ok", "scope", f"the search {self._reader.scope.search!r}")
            return
        names = self._reader.repositories.names()
        if not names:
            step = "check organisation, include and exclude, and that the account sees the repositories"
            yield _finding("error", "scope", "no repository is in scope", next_step=step)
        for name in names:
            yield from self._step("scope", lambda name=name: self._repository(name))  # type: ignore[misc]  # mypy cannot see the default's type

    def _repository(self, name: str) -> Iterator[Finding]:
        try:
            row = self._client.value(self._client.get(f"repos/{name}"), doing=f"read the repository {name}")
        except Hidden as error:
            yield _finding("error", "scope", error.what, project=name, next_step=error.next_step)
            return
        now = str(row.get("full_name") or name)
        if now.casefold() != name.casefold():
            step = f"write {now} in the scope; until then GitHub leads us there"
            yield _finding("warning", "scope", f"{name} is called {now} now", project=name, next_step=step)
        if row.get("has_issues") is False:
            step = "switch issues on in its settings, or leave it out of the scope"
            yield _finding("warning", "scope", f"{now} has no issues", project=now, next_step=step)
        if row.get("archived"):
            step = "leave it out of the scope, or expect that nothing can be written there"
            yield _finding("warning", "permissions", f"{now} is archived: read-only", project=now, next_step=step)
        home = self._reader.repositories.home(name)
        yield _finding("ok", "scope", f"{now} is {home.visibility}", project=now)
        rights = row.get("permissions") or {}
        if rights and not (rights.get("push") or rights.get("triage") or rights.get("admin")):
            step = f"give the account the role Triage (labels) or Write (making labels) in {now}"
            yield _finding(
                "warning", "permissions", f"the account may not label issues of {now}", project=now, next_step=step
            )
        elif rights and not rights.get("push"):
            step = f"give the account the role Write in {now}, or make our labels there by hand"
            yield _finding(
                "warning", "permissions", f"the account may not make labels in {now}", project=now, next_step=step
            )

    def _fields(self) -> Iterator[Finding]:
        """Yield whether each repository's owner has the fields that placement names, and what they take."""
        book = self._reader.fields
        for strange in book.strange:
            step = "write {project: 7, field: Score} or {issue_field: Score} in placement.yaml"
            says = f"GitHub has no field with the id '{strange}'"
            yield _finding("error", "fields", says, place=f"field:{strange}", next_step=step)
        names = () if self._reader.scope.search else self._reader.repositories.names()
        for owner in dict.fromkeys(name.partition("/")[0] for name in names):
            owned = book.of(owner)
            for target in owned.targets:
                yield _field(target)
                if target.was:
                    says = f"the field '{target.was}' in {target.shown} is called '{target.name}' now: it is followed"
                    step = f"write the new name in placement.yaml, or its id, which stays: {target.node}"
                    yield _finding("warning", "fields", says, next_step=step)
            for each in owned.missing:
                yield _finding("error", "fields", each.why, place=f"field:{each.id}", next_step=each.next_step)

    def _features(self) -> Iterator[Finding]:
        list(self._client.issues(["journeysync-asks-what-this-server-knows"], comments=False))
        if self._client.absent:
            words = {"parent": "sub-issues", "issueType": "issue types", "enableDuplicate": "duplicates"}
            words |= {"projectItems": "projects", "issueFields": "issue fields", "issueFieldValues": "issue fields"}
            named = ", ".join(dict.fromkeys(words[name] for name in sorted(self._client.absent)))
            yield _finding("ok", "features", f"this server has no {named}: labels and titles say it instead")
        else:
            yield _finding("ok", "features", "sub-issues and issue types are read")


def _field(target: Target) -> Finding:
    where, place = f"'{target.name}' in {target.shown}", f"field:{target.id}"
    if not target.writable:
        says = f"the account may not change {where}"
        step = (
            f"ask an administrator of {target.shown} to give the account the role Write there "
            "(Project > Settings > Manage access)"
        )
        return _finding("warning", "fields", says, place=place, name=target.name, next_step=step)
    if target.takes == "other":
        step = "name a number, text or single-select field in placement.yaml"
        return _finding("warning", "fields", f"{where} is of a kind that is not written", place=place, next_step=step)
    says = f"{where} ({target.node}) takes {_TAKES[target.takes]}"
    return _finding("ok", "fields", says, place=place, name=target.name)


def _finding(level: _Level, topic: str, says: str, **more: Any) -> Finding:
    return Finding(level=level, topic=topic, says=says, **more)
