"""Jira's JSON into our words, and back. Pure: what is needed to know comes in as a `Lens`.

Vendor answers are read leniently, since they grow fields any day and any part of
them may be missing: whatever a ticket lacks stays empty here, it never fails.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import ValidationError

from journeysync.model.change import BLOCK
from journeysync.model.receipt import Receipt
from journeysync.model.ticket import State, Ticket, TicketRef
from journeysync.richtext.found import FoundText
from journeysync_jira.markup import Markup
from journeysync_jira.richtext import plain_text, storable

NAMESPACE = "journeysync."
EPIC_LINK = "com.pyxis.greenhopper.jira:gh-epic-link"
EPIC_NAME = "com.pyxis.greenhopper.jira:gh-epic-label"
PARENT_LINK = "com.atlassian.jpo:jpo-custom-field-parent"
_RECEIPT_KEYS = frozenset(Receipt.model_fields)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

KINDS = {
    "bug": "bug",
    "defect": "bug",
    "story": "story",
    "user story": "story",
    "task": "task",
}

# Resolutions that end a ticket without its work being done. English defaults; the team's vocabulary says the rest.
DROPPED = frozenset(
    {
        "wont do",
        "wont fix",
        "will not do",
        "will not fix",
        "duplicate",
        "duplicated",
        "invalid",
        "cannot reproduce",
        "cant reproduce",
        "declined",
        "rejected",
        "incomplete",
        "not a bug",
        "not our bug",
        "works as designed",
        "works for me",
        "abandoned",
        "cancelled",
        "canceled",
        "obsolete",
        "out of date",
        "hold",
        "on hold",
        "deferred",
        "needs more info",
    }
)


@dataclass(frozen=True, slots=True)
class EpicFields:
    """Custom fields of a Data Center site that hold its hierarchy above sub-tasks.

    Attributes:
        above: Ids of "Epic Link" and of the "Parent Link" of Advanced Roadmaps; each holds the key of a ticket.
        name: Id of "Epic Name", which epics alone have, whatever their type is called; empty if there is none.
    """

    above: tuple[str, ...] = ()
    name: str = ""


@dataclass(frozen=True, slots=True)
class Lens:
    """What a reader of answers knows beforehand.

    Attributes:
        connection: Name of the connection.
        site: The configured address, without a slash at the end; links to tickets start with it.
        workspace: Our workspace id.
        fields: Ids of the fields to hand on.
        estimate_field: Id of the field that holds estimates, if one is configured.
        epics: Data Center's fields that say what is above a ticket; None on Cloud, where `parent` does.
        is_wiki: Texts are wiki markup and handed on as they are, to the byte.
    """

    connection: str
    site: str
    workspace: str
    fields: tuple[str, ...] = ()
    estimate_field: str = ""
    epics: "EpicFields | None" = None
    is_wiki: bool = False

    @property
    def property_key(self) -> str:
        """Return the issue property that holds our receipt."""
        return NAMESPACE + self.workspace

    @property
    def wanted_fields(self) -> tuple[str, ...]:
        """Return the fields to ask for, each by name: the wildcards are dear."""
        epics = (*self.epics.above, self.epics.name) if self.epics else ()
        named = filter(None, (*self.fields, self.estimate_field, *epics))
        return tuple(dict.fromkeys((*READ_FIELDS, *named)))


READ_FIELDS = (
    "summary",
    "description",
    "issuetype",
    "status",
    "resolution",
    "resolutiondate",
    "statuscategorychangedate",
    "labels",
    "components",
    "fixVersions",
    "priority",
    "parent",
    "project",
    "created",
    "updated",
    "creator",
    "reporter",
)


def ticket_of(raw: Mapping[str, Any], lens: Lens, *, context: bool = False) -> Ticket:
    """Return the ticket that an issue object shows.

    Args:
        raw: The object as `bulkfetch`, `search/jql` or `issue/{id}` give it.
        lens: What is known beforehand.
        context: The ticket is out of scope, read only as an ancestor.
    """
    fields = raw.get("fields")
    fields = fields if isinstance(fields, dict) else {}
    key = str(raw.get("key") or raw.get("id") or "")
    issue_type = _object(fields.get("issuetype"))
    level = level_of(issue_type)
    if level == 0 and lens.epics and lens.epics.name and fields.get(lens.epics.name):
        level = 1
    status = _object(fields.get("status"))
    category = str(_object(status.get("statusCategory")).get("key") or "")
    resolution = named(fields.get("resolution"))
    author, author_kind = author_of(fields)
    receipt, foreign = marks_of(raw.get("properties"), lens)
    body, found = texts_of(fields.get("description"), lens)
    created = instant(fields.get("created"))
    return Ticket(
        ref=TicketRef(connection=lens.connection, id=str(raw.get("id") or key)),
        key=key,
        url=f"{lens.site}/browse/{key}",
        project=str(_object(fields.get("project")).get("key") or key.rpartition("-")[0]),
        kind=kind_of(issue_type, level),
        kind_word=named(issue_type) or "",
        level=level,
        parent=parent_of(fields),
        title=storable(str(fields.get("summary") or "")),
        body=body,
        state=state_of(category, resolution),
        state_word=named(status) or "",
        resolution=resolution,
        labels=_words(fields.get("labels")),
        components=_names(fields.get("components")),
        milestone=milestone_of(fields.get("fixVersions")),
        priority=named(fields.get("priority")),
        estimate=_number(fields.get(lens.estimate_field)) if lens.estimate_field else None,
        author=author,
        author_kind=author_kind,
        created_at=created,
        updated_at=instant(fields.get("updated")) or created or _EPOCH,
        done_at=_done_at(fields) if category == "done" else None,
        context=context,
        fields=tuple(sorted((name, field_value(fields[name])) for name in set(lens.fields) if name in fields)),
        receipt=receipt,
        shown=(found.shown(BLOCK),) if found.state != "none" else (),
        foreign=tuple(sorted({*foreign, *found.foreign})),
    )


def level_of(issue_type: Mapping[str, Any]) -> int:
    """Return the level in the hierarchy; where Jira does not tell (Data Center), by sub-task flag and name."""
    level = issue_type.get("hierarchyLevel")
    if isinstance(level, int) and not isinstance(level, bool):
        return level
    if issue_type.get("subtask") is True:
        return -1
    return 1 if _type_word(issue_type) == "epic" else 0


def kind_of(issue_type: Mapping[str, Any], level: int) -> str:
    """Return our word for a type; the team's vocabulary puts its own on top."""
    if level >= 2:
        return "initiative"
    if level == 1:
        return "epic"
    if level < 0:
        return "subtask"
    return KINDS.get(_type_word(issue_type), "task")


def _type_word(issue_type: Mapping[str, Any]) -> str:
    return str(issue_type.get("untranslatedName") or issue_type.get("name") or "").strip().casefold()


def state_of(category: str, resolution: str | None) -> State:
    """Return where a ticket stands: the status category decides whether it ended, the resolution how.

    A resolution that was left behind on a reopened ticket does not end it again.
    """
    if category == "done":
        return State.DROPPED if resolution and _folded(resolution) in DROPPED else State.DONE
    return State.DOING if category == "indeterminate" else State.TODO


def _folded(word: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"['’`´]", "", word)).strip().casefold()


def parent_of(fields: Mapping[str, Any]) -> str | None:
    """Return the parent's id. `parent` is the one relation; epic link fields and agile `epic` objects are ignored."""
    identifier = _object(fields.get("parent")).get("id")
    return str(identifier) if identifier else None


def above_of(raw: Mapping[str, Any], epics: EpicFields) -> str | None:
    """Return the key of the ticket that a Data Center issue names as its epic or parent."""
    fields = _object(raw.get("fields"))
    for name in epics.above:
        value = fields.get(name)
        key = value if isinstance(value, str) else _object(_object(value).get("data") or value).get("key")
        if isinstance(key, str) and key:
            return key
    return None


def epic_fields(described: Iterable[Mapping[str, Any]]) -> EpicFields:
    """Return the fields of the hierarchy among all fields of a site, found by kind: their names are translated."""
    by_kind = {str(_object(field.get("schema")).get("custom")): str(field.get("id")) for field in described}
    above = tuple(by_kind[kind] for kind in (EPIC_LINK, PARENT_LINK) if kind in by_kind)
    return EpicFields(above, by_kind.get(EPIC_NAME, ""))


def body_of(description: Any, *, is_wiki: bool) -> str:
    """Return the text of a ticket: wiki markup as it is, anything else as plain text."""
    return storable(description) if is_wiki and isinstance(description, str) else plain_text(description)


def texts_of(description: Any, lens: Lens) -> tuple[str, FoundText]:
    """Return a person's own words of a description, and how our part stands in it."""
    body = body_of(description, is_wiki=lens.is_wiki)
    if "journeysync" not in body:  # most have none, and looking for it in a document costs
        return body, FoundText()
    markup = Markup(lens.workspace, is_wiki=lens.is_wiki)
    found = markup.block(description)
    return (body_of(markup.own_words(description), is_wiki=lens.is_wiki) if found.start >= 0 else body), found


def updated_of(raw: Mapping[str, Any]) -> str:
    """Return when an issue was last changed, as Jira spells it."""
    return str(_object(raw.get("fields")).get("updated") or "")


def milestone_of(versions: Any) -> str | None:
    """Return the fix version that is still to come, else the last one."""
    known = [version for version in versions if named(version)] if isinstance(versions, list) else []
    coming = [version for version in known if not version.get("released")]
    chosen = coming[0] if coming else known[-1] if known else None
    return named(chosen)


def author_of(fields: Mapping[str, Any]) -> tuple[str | None, Any]:
    """Return (stable account id, member | outsider | unknown) of whoever made the ticket."""
    user = _object(fields.get("creator")) or _object(fields.get("reporter"))
    identifier = user.get("accountId") or user.get("key") or user.get("name")
    kinds = {"customer": "outsider", "atlassian": "member", "app": "member"}
    return (str(identifier) if identifier else None), kinds.get(str(user.get("accountType")), "unknown")


def marks_of(properties: Any, lens: Lens) -> tuple[Receipt | None, tuple[str, ...]]:
    """Return our receipt, if it can be read, and the ids of other workspaces that left one."""
    if not isinstance(properties, dict):
        return None, ()
    foreign = (key.removeprefix(NAMESPACE) for key in properties if key.startswith(NAMESPACE))
    others = tuple(sorted(workspace for workspace in foreign if workspace != lens.workspace))
    return receipt_of(properties.get(lens.property_key)), others


def receipt_of(value: Any) -> Receipt | None:
    """Return the receipt that a property holds; None if it is malformed, as if it were not there."""
    if not isinstance(value, dict):
        return None
    try:
        return Receipt.model_validate({key: value[key] for key in _RECEIPT_KEYS if key in value})
    except ValidationError:
        return None


def field_value(value: Any) -> Any:
    """Return what a configured field shows: number, text, the word of a select; several values as a list."""
    if isinstance(value, dict):
        if value.get("type") == "doc":
            return plain_text(value)
        return next((value[name] for name in ("value", "name", "displayName", "id") if value.get(name)), None)
    if isinstance(value, list):
        return tuple(field_value(inner) for inner in value)
    return storable(value) if isinstance(value, str) else value


def instant(text: Any) -> datetime | None:
    """Return the time of Jira's spelling, such as ``2026-11-22T20:15:00.123+0900``, in UTC; None if it is none."""
    if not isinstance(text, str):
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def named(value: Any) -> str | None:
    """Return the name of an object that may be missing, null, or without a name."""
    name = value.get("name") if isinstance(value, dict) else None
    return storable(name) if isinstance(name, str) and name else None


def link_of(remote: Any) -> dict[str, Any] | None:
    """Return what our remote link shows: url, title, summary."""
    shown = _object(_object(remote).get("object"))
    if not shown.get("url"):
        return None
    return {name: shown[name] for name in ("url", "title", "summary") if shown.get(name) is not None}


def _done_at(fields: Mapping[str, Any]) -> datetime | None:
    return instant(fields.get("resolutiondate")) or instant(fields.get("statuscategorychangedate"))


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _words(values: Any) -> tuple[str, ...]:
    return tuple(sorted(value for value in values if isinstance(value, str))) if isinstance(values, list) else ()


def _names(values: Any) -> tuple[str, ...]:
    found: Iterable[str | None] = map(named, values) if isinstance(values, list) else ()
    return tuple(sorted(name for name in found if name))
