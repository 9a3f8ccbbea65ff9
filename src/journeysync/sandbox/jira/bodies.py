"""The shapes of request bodies: as at Jira, an unknown key or a wrong type is refused before anything else."""

from typing import Any, TypeVar

import msgspec

from journeysync.sandbox.jira.answers import refuse

INVALID = "Invalid request payload. Refer to the REST API documentation and try again."


class SearchBody(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    """POST /search/jql; a GET is read into the same shape."""

    jql: str | None = None
    next_page_token: str | None = None
    max_results: int = 50
    fields: list[str] | None = None
    expand: str | None = None
    properties: list[str] | None = None
    fields_by_keys: bool = False
    fail_fast: bool = False
    reconcile_issues: list[int] | None = None
    include_archived_projects: bool = False


class EditBody(msgspec.Struct):
    """PUT /issue/{issue} and POST /issue. Jira lets other keys pass here."""

    fields: dict[str, Any] | None = None
    update: dict[str, list[dict[str, Any]]] | None = None
    properties: list[Any] | None = None


class CountBody(msgspec.Struct, forbid_unknown_fields=True):
    """POST /search/approximate-count."""

    jql: str | None = None


class FetchBody(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    """POST /issue/bulkfetch."""

    issue_ids_or_keys: list[str | int] = []
    fields: list[str] | None = None
    expand: list[str] | None = None
    properties: list[str] | None = None
    fields_by_keys: bool = False


class SamePropertiesBody(msgspec.Struct, forbid_unknown_fields=True, rename={"ids": "entitiesIds"}):
    """POST /issue/properties."""

    ids: list[int] = []
    properties: dict[str, Any] = {}


class IssueProperties(msgspec.Struct, forbid_unknown_fields=True, rename={"issue_id": "issueID"}):
    """One issue's own properties."""

    issue_id: int
    properties: dict[str, Any] = {}


class OwnPropertiesBody(msgspec.Struct, forbid_unknown_fields=True):
    """POST /issue/properties/multi."""

    issues: list[IssueProperties] = []


class PropertyFilter(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    """Which issues a property is set on or deleted from; `current_value` is UNSET where it does not matter."""

    entity_ids: list[int] = []
    current_value: Any = msgspec.UNSET
    has_property: bool | None = None


class FilteredPropertyBody(msgspec.Struct, forbid_unknown_fields=True):
    """PUT /issue/properties/{name}; `value` is UNSET where an expression stands instead."""

    value: Any = msgspec.UNSET
    expression: str | None = None
    filter: PropertyFilter = msgspec.field(default_factory=PropertyFilter)


class BulkEditBody(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    """POST /bulk/issues/fields."""

    selected_issue_ids_or_keys: list[str | int]
    selected_actions: list[str]
    edited_fields_input: dict[str, Any]
    send_bulk_notification: bool | None = True


Body = TypeVar("Body")


def body_as(kind: type[Body], raw: bytes) -> Body:
    """Return a request body in its shape; 400 in Jira's words where it has another."""
    try:
        return msgspec.json.decode(raw, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        raise refuse(400, INVALID) from None
