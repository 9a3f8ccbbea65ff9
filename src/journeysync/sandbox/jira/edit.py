"""Checks an edit as Jira checks it and turns it into field values; says no in Jira's words, all fields at once."""

from collections.abc import Callable, Mapping
from typing import Any

from journeysync.sandbox.jira import adf
from journeysync.sandbox.jira.answers import refuse
from journeysync.sandbox.jira.books import by_name
from journeysync.sandbox.jira.catalog import FieldSpec, Project
from journeysync.sandbox.jira.issue import Issue
from journeysync.sandbox.jira.state import JiraState
from journeysync.sandbox.wire import ENCODE

LABEL_LENGTH = 255
SUMMARY_LENGTH = 255
TEXT_LENGTH = 32_767


class _Invalid(Exception):
    """One field cannot take one value."""


def checked_values(
    state: JiraState, issue: Issue | None, home: Project, payload: Mapping[str, Any], *, version: str
) -> dict[str, bytes]:
    """Return the new value of each field that a `fields`/`update` payload names.

    Args:
        state: The site.
        issue: The issue as it is, None while it is being created.
        home: Its project, whose field configuration counts.
        payload: The body of the request.
        version: "3" takes documents where "2" takes text.

    Raises:
        Refused: 400 with one error a field.
    """
    fields, updates = _parts(payload)
    checker = _Checker(state, issue, version)
    errors: dict[str, str] = {}
    values: dict[str, bytes] = {}
    for name in dict.fromkeys((*fields, *updates)):
        spec = state.fields.get(name)
        fixed = name == "parent" and state.is_server and issue is not None  # Data Center moves no sub-task by an edit
        if spec is None or not spec.editable or fixed or home.id in spec.hidden_in:
            errors[name] = f"Field '{name}' cannot be set. It is not on the appropriate screen, or unknown."
            continue
        if name in fields and name in updates:
            errors[name] = f"Field '{name}' cannot appear in both 'fields' and 'update'."
            continue
        try:
            value = checker.value(spec, fields[name]) if name in fields else checker.updated(spec, updates[name])
            values[name] = ENCODE(value)
        except _Invalid as problem:
            errors[name] = str(problem)
    if errors:
        raise refuse(400, errors=errors)
    return values


def _parts(payload: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, list[dict[str, Any]]]]:
    fields, updates = payload.get("fields") or {}, payload.get("update") or {}
    if any(len(step) != 1 for steps in updates.values() for step in steps):
        raise refuse(400, "Each operation of 'update' holds one verb and its value.")
    return fields, updates


class _Checker:
    def __init__(self, state: JiraState, issue: Issue | None, version: str) -> None:
        self._state = state
        self._issue = issue
        self._version = version

    def updated(self, spec: FieldSpec, steps: list[dict[str, Any]]) -> Any:
        """Apply `set`, `add` and `remove` in order to what is there."""
        value = self._issue.value(spec.id) if self._issue else None
        for step in steps:
            (verb, operand), *_ = step.items()
            if verb == "set":
                value = self.value(spec, operand)
            elif spec.kind != "array" or verb not in ("add", "remove"):
                raise _Invalid(f"Field '{spec.id}' does not support update '{verb}'")
            else:
                value = self._stepped(spec, list(value or []), verb, operand)
        return value

    def value(self, spec: FieldSpec, value: Any) -> Any:
        """Return a value as Jira would store it."""
        if spec.id == "parent":
            return self._parent(value)
        if spec.is_epic_link:
            return self._epic_link(value)
        if value is None:
            if spec.id in ("summary", "issuetype"):
                raise _Invalid(f"You must specify a {'summary' if spec.id == 'summary' else 'valid issue type'}.")
            return [] if spec.kind == "array" else None
        checks: dict[str, Callable[[FieldSpec, Any], Any]] = {
            "number": self._number,
            "string": self._text,
            "array": self._array,
            "option": self._option,
            "priority": self._priority,
            "issuetype": self._type,
            "resolution": self._resolution,
            "user": self._user,
            "date": self._date,
        }
        return checks[spec.kind](spec, value) if spec.kind in checks else value

    def _stepped(self, spec: FieldSpec, items: list[Any], verb: str, operand: Any) -> list[Any]:
        item = self._item(spec, operand)
        same = [each for each in items if _identity(each) == _identity(item)]
        if verb == "add":
            return items if same else [*items, item]
        return [each for each in items if each not in same]

    def _number(self, _spec: FieldSpec, value: Any) -> float | int:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise _Invalid("Operation value must be a number")
        return float(value)

    def _text(self, spec: FieldSpec, value: Any) -> Any:
        if spec.is_rich and self._version == "3":
            if not adf.is_document(value):
                raise _Invalid("Operation value must be an Atlassian Document (see the Atlassian Document Format)")
            if len(adf.plain_text(value)) > TEXT_LENGTH:
                raise _Invalid(
                    f"The entered text is too long. It exceeds the allowed limit of {TEXT_LENGTH:,} characters."
                )
            return value
        if not isinstance(value, str):
            raise _Invalid("Operation value must be a string")
        if spec.id == "summary":
            return _summary(value)
        longest = TEXT_LENGTH if spec.is_rich else 255
        if len(value) > longest:
            raise _Invalid(f"The entered text is too long. It exceeds the allowed limit of {longest:,} characters.")
        return value or None

    def _array(self, spec: FieldSpec, value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise _Invalid("data was not an array")
        items = [self._item(spec, each) for each in value]
        return list(dict.fromkeys(items)) if all(isinstance(item, str) for item in items) else items

    def _item(self, spec: FieldSpec, value: Any) -> Any:
        """Return one member of a list field: a label, an option, or an object with an id or a name."""
        if spec.id == "labels" or spec.schema.get("items") == "string":
            return _label(value)
        if spec.schema.get("items") == "option":
            return self._option(spec, value)
        if not isinstance(value, dict) or not ({"id", "name"} & value.keys()):
            raise _Invalid("expected Object containing a 'id' or 'name' property")
        return value

    def _option(self, spec: FieldSpec, value: Any) -> Any:
        if not isinstance(value, dict) or not ({"id", "value"} & value.keys()):
            raise _Invalid("Specify a valid 'id' or 'name' for " + spec.name)
        for option in spec.options:
            if (
                str(value.get("id", option["id"])) == option["id"]
                and value.get("value", option["value"]) == option["value"]
            ):
                return option
        if "id" in value:
            raise _Invalid(f"Option id '{value['id']}' is not valid")
        raise _Invalid(f"Option value '{value['value']}' is not valid")

    def _priority(self, _spec: FieldSpec, value: Any) -> Any:
        return _one_of(self._state.priorities, value, "The priority selected is invalid.")

    def _type(self, _spec: FieldSpec, value: Any) -> Any:
        return _one_of(self._state.issue_types, value, "The issue type selected is invalid.")

    def _resolution(self, _spec: FieldSpec, value: Any) -> Any:
        return _one_of(self._state.resolutions, value, "The resolution selected is invalid.")

    def _user(self, spec: FieldSpec, value: Any) -> Any:
        given = value if isinstance(value, dict) else {}
        if self._state.is_server:
            name = given.get("name")
            found = next((each for each in self._state.users.values() if each.get("name") == name), None)
            if name is None or found is None:
                raise _Invalid(f"User '{name}' does not exist.")
            return found
        account_id = str(given.get("accountId") or given.get("id"))
        if account_id not in self._state.users:
            raise _Invalid(f"User '{account_id}' cannot be set for the {spec.name.lower()}.")
        return self._state.users[account_id]

    def _date(self, _spec: FieldSpec, value: Any) -> Any:
        if not isinstance(value, str) or len(value) != 10 or value[4] != "-" or value[7] != "-":
            raise _Invalid("Error parsing date string: " + str(value))
        return value

    def _epic_link(self, value: Any) -> Any:
        """Return the key of the epic; None takes the issue out of its epic."""
        if value in (None, ""):
            return None
        epic = self._state.find(value) if isinstance(value, str) else None
        if epic is None:
            raise _Invalid(f"Issue '{value}' does not exist or you do not have permission to see it.")
        if not self._state.is_epic(epic):
            raise _Invalid(f"Issue '{epic.key}' is not an epic.")
        return epic.key

    def _parent(self, value: Any) -> Any:
        if value is None or (isinstance(value, dict) and value.get("none")):
            return None
        key = value.get("key") or value.get("id") if isinstance(value, dict) else None
        parent = self._state.find(str(key)) if key else None
        if parent is None:
            raise _Invalid("Could not find issue by id or key.")
        if self._issue is not None and parent.id == self._issue.id:
            raise _Invalid("An issue cannot be its own parent.")
        return self._state.parent_shape(parent)


def _summary(value: str) -> str:
    if not value.strip():
        raise _Invalid("You must specify a summary of the issue.")
    if "\n" in value or "\r" in value:
        raise _Invalid("The summary is invalid because it contains newline characters.")
    if len(value) > SUMMARY_LENGTH:
        raise _Invalid(f"Summary can't exceed {SUMMARY_LENGTH} characters.")
    return value


def _label(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise _Invalid("string expected at index 0")
    if any(sign.isspace() for sign in value):
        raise _Invalid(f"The label '{value}' contains spaces which is invalid.")
    if len(value) > LABEL_LENGTH:
        raise _Invalid(
            f"The label '{value}' exceeds the maximum length for a single label of {LABEL_LENGTH} characters."
        )
    return value


def _one_of(book: Mapping[str, Any], value: Any, message: str) -> Any:
    if isinstance(value, dict):
        if "id" in value and str(value["id"]) in book:
            return book[str(value["id"])]
        if "id" not in value and (found := by_name(book, str(value.get("name", "")))):
            return found
    raise _Invalid(message)


def _identity(value: Any) -> Any:
    return str(value.get("id") or value.get("name")) if isinstance(value, dict) else value
