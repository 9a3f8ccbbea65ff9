"""An issue as the wire shows it: the fields that were asked for, in the flavour that was asked in.

Answers are joined from the stored JSON of each field. Only rich text changes between v2 and v3.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from journeysync.sandbox.jira import adf
from journeysync.sandbox.jira.catalog import MANY_VALUED, FieldSpec
from journeysync.sandbox.jira.changelog import changelog_page
from journeysync.sandbox.jira.issue import NULL, Issue
from journeysync.sandbox.wire import DECODE, ENCODE

EXPAND = "operations,versionedRepresentations,editmeta,changelog,renderedFields"
COSTLY_EXPANDS = frozenset(
    {"changelog", "editmeta", "operations", "renderedFields", "transitions", "versionedRepresentations"}
)
SMALL_FIELDS = frozenset(
    {"updated", "created", "labels", "summary", "status", "issuetype", "priority", "parent", "project", "resolution"}
)


@dataclass(frozen=True, slots=True)
class Selection:
    """Which fields an answer carries: names, or all (or all navigable ones) less some."""

    every: bool
    navigable: bool
    names: tuple[str, ...]
    without: frozenset[str]

    @property
    def is_ids_only(self) -> bool:
        """Whether nothing but `id` is asked for."""
        return not self.every and not self.navigable and set(self.names) <= {"id"}

    @property
    def is_keys_only(self) -> bool:
        """Whether nothing but `id` and `key` is asked for."""
        return not self.every and not self.navigable and set(self.names) <= {"id", "key"}

    @property
    def is_small(self) -> bool:
        """Whether only a few small fields are asked for."""
        return not self.every and not self.navigable and set(self.names) - {"id", "key"} <= SMALL_FIELDS

    @property
    def has_many_values(self) -> bool:
        """Whether the answer may grow without bound: wildcards, comments, attachments."""
        return self.every or self.navigable or not MANY_VALUED.isdisjoint(self.names)


def selection(asked: Iterable[str], *, default: str) -> Selection:
    """Return the selection of a `fields` parameter; ``default`` (`*all`, `*navigable`, `id`) holds where it is empty
    or only takes away."""
    names = [name.strip() for each in asked for name in each.split(",") if name.strip()]
    without = frozenset(name[1:] for name in names if name.startswith("-"))
    wanted = [name for name in names if not name.startswith("-")] or [default]
    return Selection(
        every="*all" in wanted,
        navigable="*navigable" in wanted,
        names=tuple(dict.fromkeys(name for name in wanted if not name.startswith("*"))),
        without=without,
    )


class Renderer:
    """Turns issues into JSON for one API version ("2" or "3") at one address; ``server`` is Data Center's way."""

    def __init__(self, specs: dict[str, FieldSpec], *, base_url: str, version: str, server: bool = False) -> None:
        self._is_server = server
        self._specs = specs
        self._self = f'","self":"{base_url}/rest/api/{version}/issue/'.encode()
        self._version = version
        self._rich = frozenset(name for name, spec in specs.items() if spec.is_rich)
        self._convert = adf.document_of if version == "3" else adf.text_value_of
        self._everywhere = frozenset(name for name, spec in specs.items() if spec.everywhere)
        self._hidden = frozenset(name for name, spec in specs.items() if not spec.navigable)

    def issue(
        self, issue: Issue, wanted: Selection, *, properties: Sequence[str] = (), expand: Sequence[str] = ()
    ) -> bytes:
        """Return one issue as JSON."""
        head = b'{"expand":"' + EXPAND.encode() + b'","id":"' + issue.id.encode()
        if wanted.is_ids_only and not expand and not self._is_server:
            return b'{"id":"' + issue.id.encode() + b'"' + self._properties(issue, properties) + b"}"
        names = self.names_shown(issue, wanted)
        body = b",".join(b'"' + name.encode() + b'":' + self.value(issue, name) for name in names)
        fields = b',"fields":{' + body + b"}" if names or set(wanted.names) - {"id", "key"} else b""
        key = b'","key":"' + issue.key.encode() + b'"'
        rest = self._properties(issue, properties) + self._expanded(issue, names, expand)
        return head + self._self + issue.id.encode() + key + fields + rest + b"}"

    def value(self, issue: Issue, name: str) -> bytes:
        """Return one field as JSON, rich text in the form of the version."""
        raw = issue.values.get(name, NULL)
        if name in self._rich:
            return self._convert(raw)
        if name in ("comment", "worklog") and len(raw) > 80:
            return self._texts_inside(raw, "comments" if name == "comment" else "worklogs")
        return raw

    def names_of(self, names: Iterable[str]) -> dict[str, str]:
        """Return the display names of fields."""
        return {name: self._specs[name].name if name in self._specs else name for name in names}

    def schema_of(self, names: Iterable[str]) -> dict[str, Any]:
        """Return the schemas of fields."""
        return {name: self._specs[name].schema for name in names if name in self._specs}

    def names_shown(self, issue: Issue, wanted: Selection) -> list[str]:
        """Return the fields that an answer about an issue carries."""
        values = issue.values
        if wanted.every or wanted.navigable:
            hidden = wanted.without if wanted.every else (wanted.without | self._hidden)
            empty = [name for name in self._everywhere if name not in values and self._applies(issue, name)]
            return [name for name in (*values, *sorted(empty)) if name not in hidden or name in wanted.names]
        return [
            name
            for name in wanted.names
            if (name in values or (name in self._everywhere and self._applies(issue, name)))
            and name not in wanted.without
        ]

    def _applies(self, issue: Issue, name: str) -> bool:
        """Say whether a field that is empty in an issue is there at all (null) or not (left out of the answer)."""
        hidden_in = self._specs[name].hidden_in
        return not hidden_in or str(issue.value("project")["id"]) not in hidden_in

    def _properties(self, issue: Issue, wanted: Sequence[str]) -> bytes:
        if not wanted:
            return b""
        names = issue.properties if "*all" in wanted else [name for name in wanted if name in issue.properties]
        return b',"properties":{' + b",".join(ENCODE(name) + b":" + issue.properties[name] for name in names) + b"}"

    def _expanded(self, issue: Issue, names: Sequence[str], expand: Sequence[str]) -> bytes:
        parts: list[tuple[str, Callable[[], Any]]] = [
            ("names", lambda: self.names_of(names)),
            ("schema", lambda: self.schema_of(names)),
            ("changelog", lambda: changelog_page(issue, whole=self._is_server)),
            ("renderedFields", lambda: dict.fromkeys(names)),
            ("transitions", list),
            ("operations", lambda: {"linkGroups": []}),
        ]
        return b"".join(b',"' + name.encode() + b'":' + ENCODE(make()) for name, make in parts if name in expand)

    def _texts_inside(self, raw: bytes, inside: str) -> bytes:
        page = DECODE(raw)
        for entry in page.get(inside, ()):
            for text in ("body", "comment"):
                value = entry.get(text)
                if isinstance(value, str) and self._version == "3":
                    entry[text] = adf.paragraph(value)
                elif isinstance(value, dict) and self._version == "2":
                    entry[text] = adf.plain_text(value)
        return ENCODE(page)
