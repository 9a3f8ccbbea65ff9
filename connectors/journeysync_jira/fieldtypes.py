"""How the configured fields take their values; asked of Jira once, when something is about to be written."""

from collections.abc import Iterable, Mapping
from typing import Any

from journeysync.errors import ConnectorError
from journeysync_jira.client import JiraClient
from journeysync_jira.payload import FieldType

_SELECTS = frozenset({"select", "radiobuttons"})


class FieldTypes:
    """The types of a site's fields by id."""

    def __init__(self, client: JiraClient) -> None:
        self._client = client
        self._known: dict[str, FieldType] | None = None

    def of(self, names: Iterable[str]) -> Mapping[str, FieldType]:
        """Return the types of these fields; what Jira does not list is left out, and the write itself says why."""
        if self._known is None:
            try:
                is_rich = self._client.flavour == "cloud"  # REST v2 takes text where v3 takes a document
                self._known = {
                    str(field.get("id")): field_type(field, is_rich=is_rich) for field in self._client.fields()
                }
            except ConnectorError as error:
                if error.status not in (400, 403, 404):
                    raise
                self._known = {}
        known = self._known
        return {name: known[name] for name in names if name in known}


def field_type(field: Mapping[str, Any], *, is_rich: bool = True) -> FieldType:
    """Return how one field takes its value, from Jira's description of it."""
    schema = field.get("schema") or {}
    kind = str(schema.get("type") or "")
    custom = str(schema.get("custom") or "").rpartition(":")[2]
    name = str(field.get("name") or "")
    if kind == "number":
        return FieldType("number", name)
    if custom == "textarea" or schema.get("system") in ("description", "environment"):
        return FieldType("paragraph" if is_rich else "text", name)
    if kind == "string" and custom not in _SELECTS:
        return FieldType("text", name)
    if kind == "option" or custom in _SELECTS:
        return FieldType("select", name)
    return FieldType("other", name)
