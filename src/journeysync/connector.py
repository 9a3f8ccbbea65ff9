"""The Protocol that every connector fulfils.

A connector is found by the entry point group ``journeysync.connectors``; the
entry point names a function ``connector(settings: ConnectionSettings) -> Connector``.
Only the configured one is imported, so a broken neighbour harms nobody. The
contract kit for it is ``journeysync.testing``.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Protocol, TypeAlias, TypeVar, cast, runtime_checkable

from journeysync.errors import ConfigError
from journeysync.model.change import Change, Observed, Outcome, Slot, TicketChanges
from journeysync.model.tracker import (
    Capabilities,
    Cursor,
    Finding,
    Found,
    Gone,
    Hidden,
    IdPage,
    Moved,
    Needs,
    Page,
    UnmadeLabel,
)


@dataclass(frozen=True)
class Secret:
    """A secret that never prints itself. ``reveal`` is called where the Authorization header is made, nowhere else."""

    _value: str = field(repr=False)
    source: str = ""  # "env JIRA_TOKEN": where it comes from, for people

    def reveal(self) -> str:
        """Return the secret itself."""
        return self._value

    def __repr__(self) -> str:
        return f"Secret({self.source or 'set'})"

    __str__ = __repr__


@dataclass(frozen=True)
class ConnectionSettings:
    """All that a connector is told about one connection. Secrets are resolved, nothing is read from elsewhere."""

    name: str  # "billing"
    url: str
    auth: Mapping[str, Any]  # {"kind": "api-token", "user": ..., "token": Secret}
    scope: Mapping[str, Any]  # {"projects": [...]} or {"jql": ...}
    workspace: str  # our workspace id, for marks
    fields: tuple[str, ...] = ()  # ids of the fields that placement wants to read and write
    options: Mapping[str, Any] = field(default_factory=dict)  # the connector's own keys (page sizes, overlap, timeouts)
    where: str = ""  # "journeysync.yaml:5:3", for errors
    label_namespace: str = "journey."  # what our labels begin with
    state_folder: Path | None = None  # where a connector may keep what it must not lose, such as a renewed token
    # Answers, for ids, the keys that tickets had when they were last read: some trackers redirect by key only.
    known_keys: Callable[[Sequence[str]], Mapping[str, str]] = field(default=lambda _ids: {}, repr=False, compare=False)


_Options = TypeVar("_Options")
_Default = TypeVar("_Default", bool, int, float, str)
_KINDS: Mapping[type, str] = {bool: "yes or no", str: "text", int: "a whole number", float: "a number"}


@dataclass(frozen=True)
class _Limits:
    at_least: float | None = None
    at_most: float | None = None
    one_of: tuple[str, ...] = ()
    why: str = ""

    def hold(self, value: Any) -> bool:
        too_small = self.at_least is not None and value < self.at_least
        too_big = self.at_most is not None and value > self.at_most
        return not (too_small or too_big) and (not self.one_of or value in self.one_of)

    def words(self) -> str:
        if self.one_of:
            return ", ".join(word or "(empty)" for word in self.one_of)
        least, most = f"{self.at_least or 0:g}", self.at_most
        return f"{least} to {most:g}" if most is not None else f"{least} or more"


def option(
    default: _Default,
    *,
    at_least: float | None = None,
    at_most: float | None = None,
    one_of: tuple[str, ...] = (),
    why: str = "",
) -> _Default:
    """Return the default of an options class's field whose values have limits, inclusive; ``why`` says in words why."""
    limits = _Limits(at_least, at_most, one_of, why)
    return field(default=default, metadata={"limits": limits})


def read_options(settings: ConnectionSettings, kind: type[_Options], *, tracker: str) -> _Options:
    """Return a connector's own keys of a connection as its options class, a frozen dataclass with defaults.

    Args:
        settings: Whose ``options`` are read.
        kind: A dataclass; each field has a default, a bool, int, float or str, that also says the kind of its value.
            Fields made with ``option`` have limits too.
        tracker: The tracker's name, for errors.

    Raises:
        ConfigError: An unknown key, a value of the wrong kind, or one beyond its limits.
    """
    known = {each.name: each for each in fields(cast("Any", kind))}
    values: dict[str, Any] = {}
    for name, value in settings.options.items():
        if name not in known:
            raise unknown_key(name, known, settings, what="option", tracker=tracker)
        values[name] = _as_kind(name, value, type(known[name].default), settings)
        limits = known[name].metadata.get("limits", _Limits())
        if not limits.hold(values[name]):
            cause = f"; {limits.why}" if limits.why else ""
            raise ConfigError(
                f"option '{name}' is {value!r}; allowed: {limits.words()}{cause}",
                where=settings.where,
                next_step=f"set {name} to one of these, or leave it out ({known[name].default!r})",
            )
    return kind(**values)


def _as_kind(name: str, value: Any, kind: type, settings: ConnectionSettings) -> Any:
    if kind is bool or kind is str:
        fits = isinstance(value, kind)
    else:
        fits = isinstance(value, int | float) and not isinstance(value, bool) and (kind is float or value == int(value))
    if not fits:
        raise ConfigError(f"option '{name}' is {value!r}; allowed: {_KINDS[kind]}", where=settings.where)
    return kind(value)


def unknown_key(
    name: str, known: Iterable[str], settings: ConnectionSettings, *, what: str, tracker: str
) -> ConfigError:
    """Return the error for a key that a connection does not have, with a guess; ``what`` is "option" or "scope"."""
    allowed = tuple(known)
    near = get_close_matches(name, allowed, n=1)
    return ConfigError(
        f"unknown {what} '{name}' of {tracker} connection '{settings.name}'; allowed: {', '.join(allowed)}",
        where=settings.where,
        next_step=f"did you mean '{near[0]}'?" if near else "",
    )


@dataclass
class Traffic:
    """Counters of one connection in this process; a connector's client keeps it up to date."""

    requests: int = 0
    reads: int = 0
    writes: int = 0
    retries: int = 0
    waited_seconds: float = 0.0
    limit_remaining: int | None = None  # as the server last said
    limit_total: int | None = None  # of that same limit
    limit_resets_at: datetime | None = None  # when it is whole again, by the server's word
    clock_skew_seconds: float = 0.0  # server minus ours, from its Date header
    gate: Callable[[], None] | None = None  # asked before each request; raises TryLater when the budget is used up
    task_begun: "Callable[[str, Collection[Place]], None] | None" = None  # told of each task before it is waited for


Place: TypeAlias = tuple[str, Slot]
"""One slot of a ticket, by the ticket's id."""


@runtime_checkable
class RunsTasks(Protocol):
    """A connector whose tracker takes work on and goes on with it by itself, also when this process ends.

    It tells ``traffic.task_begun`` the name of each task and what it writes, as soon as the tracker took it.
    """

    def still_running(self, tasks: Collection[str]) -> frozenset[str]:
        """Return which of the tasks go on after some patience; those that ended or that nobody knows are left out."""
        ...


@runtime_checkable
class MakesLabels(Protocol):
    """A connector whose tracker defines labels in a place of their own, where we make those that we write."""

    def unmake_labels(self, names: Collection[str], projects: Collection[str]) -> Iterator[UnmadeLabel]:
        """Delete those of the labels that we made and that no ticket carries any longer, open or closed."""
        ...


@runtime_checkable
class Connector(Protocol):
    """One connection to one tracker. Synchronous; one object per connection and process; close it when done."""

    name: str
    capabilities: Capabilities
    traffic: Traffic

    def check(self) -> Iterator[Finding]:
        """Yield what ``doctor`` wants to know. Read-only; a failure is a finding, not an error."""
        ...

    def pull(self, since: Cursor | None) -> Iterator[Page]:
        """Yield all tickets in scope that changed since the cursor (all, if None), parents included.

        Every row is yielded once per pull. Raises a ConnectorError when the read
        breaks: what was yielded stays valid, and no cursor has been given out.
        """
        ...

    def sweep(self) -> Iterator[IdPage]:
        """Yield the ids of all tickets in scope, to find what is gone."""
        ...

    def fetch(self, ids: Sequence[str]) -> Iterator[Found | Moved | Gone | Hidden]:
        """Read these tickets themselves, one answer for each id."""
        ...

    def observe(self, ids: Sequence[str], slots: frozenset[Slot]) -> Iterator[Observed]:
        """Read these tickets and slots fresh. A ticket that cannot be read is left out; ``fetch`` says why.

        Ask for ``link`` only where it matters: it costs a request a ticket. Labels, fields
        and the receipt come along in any case.
        """
        ...

    def write(self, changes: Sequence[TicketChanges]) -> Iterator[Outcome]:
        """Write, in as few requests as the tracker allows; yield one outcome for each change, as they come.

        One ticket that fails does not stop the others. Raises only what concerns the
        whole connection (AuthFailed, RateLimited, Unavailable): changes without an
        outcome are then unsettled, and the caller reads the tickets to find out.
        """
        ...

    def prepare(self, needs: Needs) -> Iterator[Change]:
        """Yield what has to be made before writing (label definitions, fields)."""
        ...

    def parse_hook(self, headers: Mapping[str, str], body: bytes) -> tuple[str, ...]:
        """Return the ids of the tickets that a webhook is about, after checking its signature."""
        ...

    def close(self) -> None:
        """Let go of sockets."""
        ...
