"""Loads recorded REST JSON, one issue a line, into a site: v2 and v3 shapes of Cloud and Server alike.

Texts are kept to the byte. What is rewritten is what the other flavour would show. A Cloud site adds an `accountId` to
users known by name, `hierarchyLevel` to types (Epic 1, sub-task -1, else 0), and `parent` to an issue that only names
its `epic`. A Data Center site has users by name, types without level, `parent` for sub-tasks only, and Epic Link (the
epic's key) in the place of `epic` and of any other parent. Projects, types, statuses, priorities, resolutions, users
and custom fields of the site follow from the records.
"""

import gzip
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from journeysync.sandbox.jira import catalog
from journeysync.sandbox.jira.books import is_epic_type, without_level
from journeysync.sandbox.jira.issue import NULL, Issue
from journeysync.sandbox.jira.state import JiraState
from journeysync.sandbox.wire import DECODE, ENCODE

_USER_FIELDS = frozenset({"assignee", "reporter", "creator"})
_SHARED = _USER_FIELDS | {"project", "status", "issuetype", "priority", "resolution", "components", "fixVersions"}
_CUSTOM = re.compile(r"customfield_(\d+)")


class _Record(msgspec.Struct):
    id: str | int
    key: str
    fields: dict[str, msgspec.Raw]
    changelog: msgspec.Raw = msgspec.Raw(NULL)
    properties: dict[str, msgspec.Raw] = {}
    names: dict[str, str] = {}


def load(state: JiraState, paths: Iterable[Path | str]) -> int:
    """Load files of issues (JSON lines, gzip by their name) and return how many there were.

    Raises:
        ValueError: naming file and line of a record that is no issue.
    """
    loader = _Loader(state)
    count = 0
    for path in paths:
        for number, line in _lines(Path(path)):
            try:
                loader.add(_DECODER.decode(line))
            except (msgspec.MsgspecError, KeyError, TypeError) as error:
                raise ValueError(f"{path}, line {number}: no issue in Jira's REST form: {error}") from error
            count += 1
    return count


def load_records(state: JiraState, records: Iterable[dict[str, Any]]) -> int:
    """Load issues that are at hand as decoded JSON, and return how many there were."""
    loader = _Loader(state)
    count = 0
    for record in records:
        loader.add(_DECODER.decode(ENCODE(record)))
        count += 1
    return count


_DECODER = msgspec.json.Decoder(_Record)


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                yield number, line


class _Loader:
    def __init__(self, state: JiraState) -> None:
        self._state = state
        self._seen: dict[tuple[str, bytes], bytes] = {}

    def add(self, record: _Record) -> None:
        state = self._state
        values: dict[str, bytes] = {}
        for name, raw in record.fields.items():
            value = bytes(raw)
            values[name] = self._shared(name, value) if name in _SHARED or len(value) < 6 else value
            if name.startswith("customfield_"):
                self._custom(name, value, record.names.get(name, ""))
        if self._state.is_server:
            self._link_epic(values)
        elif (epic := values.get("epic", NULL)) != NULL and values.get("parent", NULL) == NULL:
            values["parent"] = _epic_as_parent(epic)
        issue = Issue(str(record.id), record.key, values)
        issue.properties = {name: bytes(raw) for name, raw in record.properties.items()}
        changelog = DECODE(record.changelog)
        if changelog:
            issue.history = list(reversed(changelog.get("histories", [])))
        state.insert(issue)

    def _link_epic(self, values: dict[str, bytes]) -> None:
        """Name the epic of an issue, and the epic itself, as Data Center does."""
        state = self._state
        kind = DECODE(values.get("issuetype", NULL)) or {}
        parent, epic = DECODE(values.get("parent", NULL)), DECODE(values.pop("epic", NULL))
        above = epic or parent
        if kind.get("subtask"):
            if parent:
                values["parent"] = ENCODE(_parent_without_level(parent))
        else:
            values.pop("parent", None)
            if above and values.get(state.epic_link, NULL) == NULL:
                values[state.epic_link] = ENCODE(above["key"])
        if str(kind.get("id")) in state.epic_types and values.get(state.epic_name, NULL) == NULL:
            values[state.epic_name] = values.get("summary", NULL)

    def _shared(self, name: str, raw: bytes) -> bytes:
        known = self._seen.get((name, raw))
        if known is None:
            known = self._seen[name, raw] = self._learn(name, raw)
        return known

    def _learn(self, name: str, raw: bytes) -> bytes:
        value = DECODE(raw)
        if not isinstance(value, dict):
            return raw
        state = self._state
        if name in _USER_FIELDS:
            return self._user(value, raw)
        if name == "project":
            state.projects.setdefault(
                str(value["id"]),
                catalog.Project(str(value["id"]), str(value["key"]), str(value.get("name") or value["key"]), value),
            )
        elif name == "issuetype":
            if state.is_server:
                state.epic_types |= {str(value["id"])} if is_epic_type(value) else set()
                value = without_level(value)
                raw = ENCODE(value)
            elif "hierarchyLevel" not in value:
                level = -1 if value.get("subtask") else int(value.get("name", "").lower() == "epic")
                raw = raw[:-1] + b',"hierarchyLevel":' + str(level).encode() + b"}"
                value = DECODE(raw)
            state.issue_types.setdefault(str(value["id"]), value)
        elif name == "status":
            state.statuses.setdefault(str(value["id"]), value)
        elif name == "priority":
            state.priorities.setdefault(str(value["id"]), value)
        elif name == "resolution":
            state.resolutions.setdefault(str(value["id"]), value)
        return raw

    def _user(self, value: dict[str, Any], raw: bytes) -> bytes:
        if self._state.is_server:
            return self._named_user(value, raw)
        if "accountId" not in value:
            account_id = f"sandbox:{value.get('key') or value.get('name') or 'unknown'}"
            raw = b'{"accountId":' + ENCODE(account_id) + b"," + raw[1:]
            value = DECODE(raw)
        self._state.users.setdefault(value["accountId"], value)
        return raw

    def _named_user(self, value: dict[str, Any], raw: bytes) -> bytes:
        """Return a user as Data Center shows it: one of Cloud gets a name in the place of the account id."""
        if "name" not in value:
            account_id = str(value.get("accountId") or "unknown")
            others = {key: each for key, each in value.items() if key not in ("accountId", "accountType")}
            raw = ENCODE({"name": account_id, "key": account_id, **others})
            value = DECODE(raw)
        self._state.users.setdefault(str(value["name"]), value)
        return raw

    def _custom(self, name: str, raw: bytes, label: str) -> None:
        fields = self._state.fields
        known = fields.get(name)
        if known is not None and (known.schema["type"] != "any" or raw == NULL or known.is_epic_link):
            return
        match = _CUSTOM.fullmatch(name)
        if match is None:
            return
        kind, options = _kind_of(raw)
        fields[name] = catalog.custom_field(int(match[1]), label or f"Custom field {match[1]}", kind)
        fields[name].options.extend(options)


def _kind_of(raw: bytes) -> tuple[catalog.FieldKind, list[dict[str, Any]]]:
    """Return what a custom field must be to hold a value, and the options that are seen in it."""
    value = DECODE(raw)
    if isinstance(value, bool) or value is None:
        return "any", []
    if isinstance(value, (int, float)):
        return "number", []
    if isinstance(value, str):
        return ("textarea" if "\n" in value else "text"), []
    if isinstance(value, dict) and {"id", "value"} <= value.keys():
        return "select", [{"id": str(value["id"]), "value": value["value"]}]
    if isinstance(value, list) and value and all(isinstance(each, str) for each in value):
        return "labels", []
    return "any", []


def _parent_without_level(parent: dict[str, Any]) -> dict[str, Any]:
    fields = dict(parent.get("fields") or {})
    if "issuetype" in fields:
        fields["issuetype"] = without_level(fields["issuetype"])
    return {**parent, "fields": fields}


def _epic_as_parent(raw: bytes) -> bytes:
    epic = DECODE(raw)
    fields = {
        "summary": epic.get("summary") or epic.get("name") or "",
        "issuetype": {"name": "Epic", "hierarchyLevel": 1},
    }
    return ENCODE({"id": str(epic["id"]), "key": epic["key"], "fields": fields})
