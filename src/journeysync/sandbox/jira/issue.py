"""One issue as the sandbox holds it: each field as the JSON it is served as.

Values stay bytes: a loaded text is never decoded and encoded again, answering is joining, and ten thousand issues cost
little memory. What JQL asks for is decoded once into `Facts` and forgotten on the next write.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

from journeysync.sandbox.wire import DECODE

NULL = b"null"


@dataclass(frozen=True, slots=True)
class Facts:
    """What a query can ask of an issue. Texts are lower case; times are epoch milliseconds."""

    number: int
    id: str
    key: str
    project: frozenset[str]
    project_key: str
    issuetype: frozenset[str]
    status: frozenset[str]
    category: frozenset[str]
    priority: frozenset[str]
    resolution: frozenset[str]
    labels: frozenset[str]
    parent: frozenset[str]
    created: int
    updated: int

    @property
    def key_order(self) -> tuple[str, int]:
        """The key as Jira orders it: by project, then by number."""
        project, _, number = self.key.rpartition("-")
        return project, int(number) if number.isdigit() else 0


class Issue:
    """One issue. `values` maps field ids to JSON; `properties` likewise; `links` are remote links by their number."""

    __slots__ = ("_facts", "hidden", "history", "id", "key", "links", "old_keys", "properties", "values")

    def __init__(self, issue_id: str, key: str, values: dict[str, bytes]) -> None:
        self.id = issue_id
        self.key = key
        self.values = values
        self.properties: dict[str, bytes] = {}
        self.links: dict[int, dict[str, Any]] = {}
        self.history: list[dict[str, Any]] = []
        self.old_keys: tuple[str, ...] = ()
        self.hidden = False
        self._facts: Facts | None = None

    def copy(self) -> "Issue":
        """Return the issue as it is now, for a search index that lags behind."""
        twin = Issue(self.id, self.key, dict(self.values))
        twin.properties = dict(self.properties)
        twin.old_keys = self.old_keys
        twin.hidden = self.hidden
        twin._facts = self._facts
        return twin

    def changed(self) -> None:
        """Forget what was decoded; call it after each write to `values` or `key`."""
        self._facts = None

    def value(self, field: str) -> Any:
        """Return a field's decoded value, None where it is absent."""
        return DECODE(self.values.get(field, NULL))

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels in their order."""
        return tuple(self.value("labels") or ())

    @property
    def facts(self) -> Facts:
        """What a query can ask; decoded on first use."""
        if self._facts is None:
            self._facts = facts_of(self)
        return self._facts


def facts_of(issue: Issue) -> Facts:
    """Decode what JQL asks for."""
    values = issue.values
    status = values.get("status", NULL)
    project = values.get("project", NULL)
    return Facts(
        number=int(issue.id),
        id=issue.id,
        key=issue.key,
        project=_names(project),
        project_key=issue.key.rpartition("-")[0],
        issuetype=_names(values.get("issuetype", NULL)),
        status=_names(status),
        category=_category(status),
        priority=_names(values.get("priority", NULL)),
        resolution=_names(values.get("resolution", NULL)),
        labels=_labels(values.get("labels", NULL)),
        parent=_parent(values.get("parent", NULL)),
        created=millis(values.get("created", NULL)),
        updated=millis(values.get("updated", NULL)),
    )


@lru_cache(maxsize=4_096)
def _names(raw: bytes) -> frozenset[str]:
    value = DECODE(raw)
    if not isinstance(value, dict):
        return frozenset()
    return frozenset(
        str(value[name]).lower() for name in ("id", "key", "name", "untranslatedName") if value.get(name) is not None
    )


@lru_cache(maxsize=1_024)
def _category(raw: bytes) -> frozenset[str]:
    value = DECODE(raw)
    category = value.get("statusCategory") if isinstance(value, dict) else None
    if not isinstance(category, Mapping):
        return frozenset()
    english = {"new": "to do", "indeterminate": "in progress", "done": "done"}.get(str(category.get("key")), "")
    found = {str(category.get(name, "")).lower() for name in ("id", "key", "name")}
    return frozenset((found | {english}) - {""})


def _labels(raw: bytes) -> frozenset[str]:
    if raw in (b"[]", NULL):
        return frozenset()
    return frozenset(str(label).lower() for label in DECODE(raw))


def _parent(raw: bytes) -> frozenset[str]:
    if raw == NULL:
        return frozenset()
    value = DECODE(raw)
    return frozenset(str(value[name]).lower() for name in ("id", "key") if value.get(name))


def millis(raw: bytes) -> int:
    """Return a Jira time, as JSON, in epoch milliseconds; 0 where there is none."""
    if raw == NULL:
        return 0
    return round(datetime.fromisoformat(raw[1:-1].decode("ascii")).timestamp() * 1_000)


def stamp(epoch_seconds: float, zone: Any) -> str:
    """Return a time as Jira writes it: milliseconds, and the offset of the caller's zone without a colon."""
    moment = datetime.fromtimestamp(epoch_seconds, tz=zone)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1_000:03d}{moment:%z}"
