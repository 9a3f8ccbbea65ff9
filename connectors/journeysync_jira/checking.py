"""What ``doctor`` says about a Jira connection: read-only, each trouble with the sentence for the administrator."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from functools import cached_property
from typing import Any, Literal
from urllib.parse import urlsplit

from journeysync.connector import ConnectionSettings
from journeysync.errors import AuthFailed, ConfigError, ConnectorError, ExitCode, JourneySyncError
from journeysync.http import is_loopback
from journeysync.model.tracker import FieldInfo, Finding
from journeysync_jira.auth import NAMES
from journeysync_jira.client import JiraClient
from journeysync_jira.fieldtypes import field_type
from journeysync_jira.metadata import SiteMetadata
from journeysync_jira.translate import NAMESPACE, Lens, instant

SKEW_TOLERATED_SECONDS = 60.0
SAMPLE_SIZE = 3
SAMPLES_OF_KINDS = 12  # tickets of a project that are looked at to meet its types; a request each
SITE_PERMISSIONS = ("BULK_CHANGE", "ADMINISTER")
PROJECT_PERMISSIONS = ("BROWSE_PROJECTS", "EDIT_ISSUES", "LINK_ISSUES", "ADD_COMMENTS", "ADMINISTER_PROJECTS")
_Level = Literal["ok", "warning", "error"]


@dataclass(frozen=True)
class _Sample:
    """One ticket of a type, and the ids of the fields that the account may edit in it."""

    key: str
    editable: frozenset[str]


class Checkup:
    """One checkup. ``quiet`` is known afterwards: whether writes can go without notification mails."""

    def __init__(self, client: JiraClient, site: SiteMetadata, settings: ConnectionSettings, lens: Lens) -> None:
        self._client = client
        self._site = site
        self._settings = settings
        self._lens = lens
        self.quiet: bool | None = None

    def findings(self) -> Iterator[Finding]:
        """Yield everything that can be found out; without log-in the rest is left out."""
        yield self._transport()
        reached = list(self._step("reach", self._reach))
        yield from reached
        known = list(self._step("auth", self._account)) if _is_fine(reached) else []
        yield from known
        if not known or not _is_fine(known):
            return
        scope = list(self._step("scope", self._scope))
        yield from scope
        yield from self._step("permissions", self._permissions)
        yield from self._step("visibility", self._visibility)
        yield from self._step("labels", self._labels)
        yield from self._step("fields", self._fields)
        if _is_fine(scope):
            yield from self._step("size", self._size)
            yield from self._step("marks", self._marks)

    def _step(self, topic: str, step: Callable[[], Iterable[Finding]]) -> Iterator[Finding]:
        try:
            yield from step()
        except JourneySyncError as error:
            yield finding("error", topic, error.what, next_step=error.next_step, exit_code=int(error.exit_code))

    # who and where

    def _transport(self) -> Finding:
        parts = urlsplit(self._client.site)
        if parts.scheme == "https":
            return finding("ok", "tls", "the connection is encrypted and the certificate is checked")
        if is_loopback(parts.hostname or ""):
            return finding("ok", "tls", "not encrypted, which is fine on this machine")
        return finding(
            "error",
            "tls",
            f"{self._client.site} is not encrypted: the token can be read on the way",
            next_step="write https:// in `url` of this connection",
        )

    def _reach(self) -> Iterator[Finding]:
        try:
            info = self._site.server_info()
        except ConnectorError as error:
            if error.status in (401, 404) and (other := self._client.other_flavour()):
                raise other from error
            if not isinstance(error, AuthFailed):
                raise
            yield finding("error", "auth", error.what, next_step=error.next_step, exit_code=int(error.exit_code))
            return
        title, name = info.get("serverTitle") or "Jira", NAMES[self._client.flavour]
        if str(info.get("deploymentType") or "") != ("Cloud" if self._client.flavour == "cloud" else "Server"):
            raise self._client.other_flavour() or ConfigError(
                f"{title} is no {name}", next_step="check `url` of this connection"
            )
        version = f" {info.get('version')}" if self._client.flavour == "data-center" else ""
        yield finding("ok", "reach", f"{title} answers ({name}{version})")
        server = instant(info.get("serverTime"))
        skew = (server - datetime.now(UTC)).total_seconds() if server else 0.0
        if abs(skew) > SKEW_TOLERATED_SECONDS:
            yield finding(
                "warning",
                "clock",
                f"Jira's clock is {abs(skew):.0f} seconds {'ahead of' if skew > 0 else 'behind'} ours",
                next_step="set this machine's clock by NTP; reads allow for it meanwhile",
            )

    def _account(self) -> Iterator[Finding]:
        me = self._site.myself()
        name = me.get("displayName") or self._client.credentials.user
        zone = me.get("timeZone") or "unknown"
        known = me.get("accountId") or me.get("name")
        yield finding("ok", "auth", f"known as {name} ({known}), time zone {zone}{self._ends()}")
        yield from self._expiry()

    def _ends(self) -> str:
        if self._client.credentials.kind == "oauth":
            return "; access tokens are renewed by themselves, the refresh token ends after 90 days without use"
        return "; API tokens end after a year at most, and Jira tells nobody when"

    def _expiry(self) -> Iterator[Finding]:
        """Yield when the log-in ends, where the tracker tells it; Cloud tells it of no API token."""
        return iter(())

    # what may be read and written

    def _scope(self) -> Iterator[Finding]:
        wanted = self._client.scope.projects
        if not wanted:
            yield finding("ok", "scope", f"a search decides: {self._client.scope.clause}")
            return
        visible = {str(project.get("key")).upper(): project for project in self._client.projects(wanted)}
        for key in wanted:
            project = visible.get(key.upper())
            if project:
                yield finding("ok", "scope", f"{key}: '{project.get('name')}' can be read", project=key)
            else:
                yield self._missing_project(key)

    def _missing_project(self, key: str) -> Finding:
        keys = sorted(str(project.get("key")) for project in self._client.projects())
        near = get_close_matches(key.upper(), keys, n=1, cutoff=0.5)
        seen = ", ".join(keys[:12])
        hint = f"did you mean {near[0]}? " if near else ""
        return finding(
            "error",
            "scope",
            f"{key}: Jira shows no such project to this account",
            project=key,
            next_step=f"{hint}correct the scope, or give the account 'Browse projects' there; it sees: {seen}",
        )

    def _permissions(self) -> Iterator[Finding]:
        everywhere = self._site.permissions(SITE_PERMISSIONS)
        projects = self._readable_projects()
        administers = bool(projects)
        for key in projects:
            held = self._site.permissions(PROJECT_PERMISSIONS, project=key)
            administers = administers and "ADMINISTER_PROJECTS" in held
            yield from _rights(key, held)
        self.quiet = "ADMINISTER" in everywhere or administers
        if "BULK_CHANGE" not in everywhere and self._client.flavour == "cloud":
            yield finding(
                "warning",
                "permissions",
                "no 'Bulk change': writing takes one request a ticket",
                next_step="ask a Jira administrator for the global permission 'Make bulk changes' for this account",
            )
        if self.quiet:
            yield finding("ok", "quiet", "writes send no notification mails")
        else:
            yield finding(
                "warning",
                "quiet",
                "watchers may get a mail for tickets that are written one by one",
                next_step="only an administrator of the project may write without mails: ask for 'Administer projects'",
            )

    def _readable_projects(self) -> tuple[str, ...]:
        if self._client.scope.projects:
            return tuple(str(project["key"]) for project in self._client.projects(self._client.scope.projects))
        return tuple(dict.fromkeys(key.rpartition("-")[0] for _id, key in self._client.sample(SAMPLE_SIZE * 5)))

    # fields

    def _hierarchy(self) -> Iterator[Finding]:
        """Yield how epics are found; on Cloud there is nothing to find."""
        return iter(())

    def _fields(self) -> Iterator[Finding]:
        yield from self._hierarchy()
        if not self._settings.fields:
            return
        described = self._site.fields()
        for name in self._settings.fields:
            info = field_info(name, described)
            if info is None:
                yield self._unknown_field(name, described)
                continue
            twins = f"; others of the same name: {', '.join(info.twins)}" if info.twins else ""
            level: _Level = "warning" if info.takes == "other" else "ok"
            says = f"'{info.name}' ({name}) takes {_TAKES[info.takes]}{twins}"
            yield finding(level, "fields", says, place=f"field:{name}", name=info.name)
            for project, kinds in self._kinds.items():
                yield from self._off_screen(info, project, kinds)

    def _unknown_field(self, name: str, described: Sequence[Mapping[str, Any]]) -> Finding:
        by_name = {str(field.get("name")).casefold(): str(field.get("id")) for field in described}
        near = get_close_matches(name, by_name.values(), n=1) or (
            [by_name[name.casefold()]] if name.casefold() in by_name else []
        )
        hint = f"did you mean {near[0]}? " if near else ""
        return finding(
            "error",
            "fields",
            f"Jira has no field with the id '{name}'",
            place=f"field:{name}",
            next_step=f"{hint}fields are named by id, such as customfield_10071, since names are not unique",
        )

    def _off_screen(self, info: FieldInfo, project: str, kinds: Mapping[str, "_Sample"]) -> Iterator[Finding]:
        lacking = {kind: sample.key for kind, sample in kinds.items() if info.id not in sample.editable}
        if lacking:
            everywhere = len(lacking) == len(kinds)
            where = ", ".join(f"{kind} ({key})" for kind, key in lacking.items())
            yield finding(
                "warning",
                "fields",
                f"{project}: '{info.name}' ({info.id}) cannot be edited in {where}",
                project=project,
                next_step=(
                    f"ask a Jira administrator to add '{info.name}' to the field configuration and the screens of "
                    f"project {project}" + ("" if everywhere else f" for {', '.join(lacking)}")
                ),
                place=f"field:{info.id}",
                name=info.name,
                kinds=() if everywhere else tuple(lacking),
            )

    def _labels(self) -> Iterator[Finding]:
        """Yield whether labels may be written, from what one ticket of each type lets us edit."""
        for project, kinds in self._kinds.items():
            lacking = {kind: sample.key for kind, sample in kinds.items() if "labels" not in sample.editable}
            if not lacking:
                if kinds:
                    says = f"{project}: labels can be written in {', '.join(kinds)}"
                    yield finding("ok", "labels", says, project=project)
                continue
            everywhere = len(lacking) == len(kinds)
            where = ", ".join(f"{kind} ({key})" for kind, key in lacking.items())
            yield finding(
                "warning",
                "labels",
                f"{project}: labels cannot be written in {where}",
                project=project,
                next_step=f"ask a Jira administrator to add 'Labels' to the screens of project {project}",
                place="label",
                kinds=() if everywhere else tuple(lacking),
            )

    @cached_property
    def _kinds(self) -> dict[str, dict[str, "_Sample"]]:
        """One ticket of each type that the latest tickets of each project show, and what may be edited there."""
        found: dict[str, dict[str, _Sample]] = {}
        for project in self._readable_projects():
            kinds = found.setdefault(project, {})
            for identifier, key in self._client.sample(SAMPLES_OF_KINDS, project=project):
                row = self._client.issue(identifier, ("issuetype",)) or {}
                kind = str(((row.get("fields") or {}).get("issuetype") or {}).get("name") or "")
                if kind and kind not in kinds:
                    kinds[kind] = _Sample(key, self._site.editable_fields(key))
            found[project] = dict(sorted(kinds.items()))
        return found

    def _visibility(self) -> Iterator[Finding]:
        for project in self._readable_projects():
            if self._client.is_open_to_strangers(project):
                yield finding(
                    "warning",
                    "visibility",
                    f"{project}: everybody can read it without logging in",
                    project=project,
                    next_step="nothing is written there unless placement says 'public: label' or 'public: all'",
                    name="public",
                )
            else:
                yield finding("ok", "visibility", f"{project}: only who logs in can read it", project=project)

    # what is there

    def _size(self) -> Iterator[Finding]:
        yield finding("ok", "size", f"about {self._client.count(self._client.scope.clause):,} tickets in scope")

    def _marks(self) -> Iterator[Finding]:
        foreign: set[str] = set()
        for identifier, _key in self._client.sample(SAMPLE_SIZE):
            keys = self._client.property_keys(identifier)
            foreign.update(key.removeprefix(NAMESPACE) for key in keys if key.startswith(NAMESPACE))
        for workspace in sorted(foreign - {self._lens.workspace}):
            yield finding(
                "warning",
                "marks",
                f"another journeysync workspace writes here too: {workspace}",
                next_step="its marks are never read as links and never changed; agree on who writes what",
            )


_TAKES = {
    "number": "a number",
    "text": "text",
    "select": "one of its options",
    "other": "values of a kind that is not written by this release",
}
_KINDS: dict[str, Literal["number", "text", "select", "other"]] = {
    "number": "number",
    "text": "text",
    "paragraph": "text",
    "select": "select",
}


def field_info(name: str, described: Iterable[Mapping[str, Any]]) -> FieldInfo | None:
    """Return what a field is and which others bear its name; None if there is no such id."""
    fields = list(described)
    own = next((field for field in fields if field.get("id") == name), None)
    if own is None:
        return None
    same = tuple(sorted(str(f.get("id")) for f in fields if f.get("name") == own.get("name") and f.get("id") != name))
    return FieldInfo(
        id=name, name=str(own.get("name") or name), takes=_KINDS.get(field_type(own).takes, "other"), twins=same
    )


_NEEDED = {
    "EDIT_ISSUES": ("Edit issues", "nothing can be written", "*"),
    "LINK_ISSUES": ("Link issues", "no remote link can be written", "link"),
    "ADD_COMMENTS": ("Add comments", "no comment can be written", "comment"),
}


def _rights(project: str, held: frozenset[str]) -> Iterator[Finding]:
    if "BROWSE_PROJECTS" not in held:
        yield finding("error", "permissions", f"{project}: may not browse", project=project, next_step=_ask(project))
    for right, (name, lost, place) in _NEEDED.items():
        if right not in held:
            yield finding(
                "warning",
                "permissions",
                f"{project}: no '{name}', so {lost}",
                project=project,
                next_step=_ask(project, name),
                place=place,
            )
    if {"BROWSE_PROJECTS", *_NEEDED} <= held:
        yield finding("ok", "permissions", f"{project}: may browse, edit, link and comment", project=project)


def _ask(project: str, name: str = "Browse projects") -> str:
    return f"ask an administrator to give the account '{name}' in project {project}"


def _is_fine(findings: Sequence[Finding]) -> bool:
    return bool(findings) and all(one.level != "error" for one in findings)


def finding(
    level: _Level,
    topic: str,
    says: str,
    *,
    project: str | None = None,
    next_step: str = "",
    exit_code: int = 0,
    place: str = "",
    name: str = "",
    kinds: tuple[str, ...] = (),
) -> Finding:
    """Return a finding with the exit code that goes with its topic."""
    # What the checkup itself finds wrong is the configuration (64), or what the account may do (4).
    code = exit_code or int(ExitCode.AUTH if topic == "permissions" else ExitCode.USAGE)
    return Finding(
        level=level,
        topic=topic,
        says=says,
        project=project,
        next_step=next_step,
        exit_code=code,
        place=place,
        name=name,
        kinds=kinds,
    )
