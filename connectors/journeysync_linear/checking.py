"""What ``doctor`` says about a Linear connection: read-only, each trouble with the sentence for who can help."""

from collections.abc import Callable, Iterable, Iterator
from typing import Literal
from urllib.parse import urlsplit

from journeysync.connector import ConnectionSettings
from journeysync.errors import JourneySyncError
from journeysync.http import is_loopback
from journeysync.model.tracker import Finding
from journeysync_linear.client import LinearClient
from journeysync_linear.documents import ID_ISSUES, NAMED_PROJECTS, TEAMS, WHO
from journeysync_linear.reading import Reader
from journeysync_linear.translate import nodes_of

SKEW_TOLERATED_SECONDS = 60.0
_Level = Literal["ok", "warning", "error"]


class Checkup:
    """One checkup of one connection."""

    def __init__(self, client: LinearClient, reader: Reader, settings: ConnectionSettings) -> None:
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
        yield from self._step("scope", self._teams)
        yield from self._step("scope", self._projects)
        yield from self._step("scope", self._filter)
        yield from self._step("labels", self._labels)

    def _step(self, topic: str, step: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
        try:
            yield from step()
        except JourneySyncError as error:
            step_words = error.next_step or "see what stands above"
            yield _finding("error", topic, error.what, next_step=step_words, exit_code=int(error.exit_code))

    def _transport(self) -> Finding:
        parts = urlsplit(self._client.address)
        if parts.scheme == "https" or is_loopback(parts.hostname or ""):
            return _finding("ok", "reach", f"the API is at {self._client.address}")
        return _finding(
            "warning", "reach", f"{self._client.address} is not encrypted", next_step="write https:// in `url`"
        )

    def _account(self) -> Iterator[Finding]:
        data, _answer = self._client.read(WHO, {})
        viewer, organization = data.get("viewer") or {}, data.get("organization") or {}
        if not viewer.get("id"):
            raise self._client.no_linear()
        workspace, source = organization.get("name") or organization.get("urlKey"), self._client.credentials.source
        yield _finding("ok", "auth", f"logged in as {viewer.get('name')} in the workspace {workspace}, by {source}")
        if viewer.get("guest"):
            step = "use the key of a member, or an OAuth app"
            yield _finding("warning", "permissions", "the account is a guest: it sees few teams", next_step=step)

    def _clock(self) -> Iterator[Finding]:
        skew = self._client.http.traffic.clock_skew_seconds
        if abs(skew) > SKEW_TOLERATED_SECONDS:
            says = f"this machine's clock is {abs(round(skew))} seconds {'behind' if skew > 0 else 'ahead'}"
            yield _finding("warning", "clock", says, next_step="let it be set by a time server")

    def _teams(self) -> Iterator[Finding]:
        keys = self._reader.scope.teams
        if not keys:
            return
        data, _answer = self._client.read(TEAMS, {"filter": {"key": {"in": list(keys)}}})
        shown = {str(node.get("key")): str(node.get("name")) for node in nodes_of(data.get("teams"))}
        for key in keys:
            if key in shown:
                yield _finding("ok", "scope", f"the team {shown[key]} is read", project=key)
                continue
            step = f"check the key in Linear's team settings; if {key} is private, make the account a member of it"
            yield _finding("error", "scope", f"Linear shows no team {key}", project=key, next_step=step)

    def _projects(self) -> Iterator[Finding]:
        names = self._reader.scope.projects
        if not names:
            return
        data, _answer = self._client.read(NAMED_PROJECTS, {"filter": self._reader.scope.containers})
        shown = [str(node.get(word)) for node in nodes_of(data.get("projects")) for word in ("id", "name")]
        for name in names:
            if name not in shown:
                step = "check its name, spelled as in Linear, or name it by its UUID"
                yield _finding("error", "scope", f"Linear shows no project {name}", next_step=step)
            elif shown.count(name) > 1:
                step = "name it by its UUID"
                yield _finding("warning", "scope", f"{shown.count(name)} projects are called {name}", next_step=step)
            else:
                yield _finding("ok", "scope", f"the project {name} is read")

    def _filter(self) -> Iterator[Finding]:
        if self._reader.scope.filter:
            variables = {"first": 1, "after": None, "filter": self._reader.scope.issues, "by": None}
            self._client.read(ID_ISSUES, variables)
            yield _finding("ok", "scope", "Linear takes the filter of the scope")

    def _labels(self) -> Iterator[Finding]:
        self._reader.labels.read()
        namespace = self._settings.label_namespace
        for label in self._reader.labels.ours(namespace):
            step = "take it out of the group in Linear > Settings > Labels"
            says = f"the label {label.name} stands in the group {label.group}, which allows one label an issue"
            if label.is_group:
                says, step = f"{label.name} is a label group, which cannot be put on an issue", "rename the group"
            elif not label.group:
                continue
            yield _finding("warning", "labels", says, next_step=step)


def _finding(
    level: _Level, topic: str, says: str, *, project: str | None = None, next_step: str = "", exit_code: int = 1
) -> Finding:
    return Finding(level=level, topic=topic, says=says, project=project, next_step=next_step, exit_code=exit_code)
