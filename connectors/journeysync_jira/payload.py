"""Changes of one ticket, sorted by how Jira takes them, and the bodies that carry them. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, assert_never

from journeysync.model.change import (
    PROPERTY,
    AddLabel,
    RemoveLabel,
    SetField,
    SetLink,
    SetPriority,
    SetProperty,
    SetText,
    Slot,
    TicketChanges,
    field_slot,
    label_slot,
)
from journeysync_jira.richtext import document

APPLICATION = {"type": "org.journeysync", "name": "journeysync"}
RELATIONSHIP = "journey"


@dataclass(frozen=True)
class FieldType:
    """How a field takes its value: number, text, paragraph (an Atlassian Document), select, other."""

    takes: str = "other"
    name: str = ""

    @property
    def shown(self) -> str:
        """Return the name for people."""
        return f"'{self.name}'" if self.name else "the field"


@dataclass(frozen=True)
class TicketWrite:
    """All that one ticket is to get.

    Attributes:
        fields: (field id, value or None), as our core says it.
        receipt: The JSON to store, None for none.
        drop_receipt: The property is to go.
        link: What the remote link is to show, None for none.
        drop_link: The remote link is to go.
        texts: Our comment and our part of the description.
    """

    changes: TicketChanges
    adds: tuple[str, ...] = ()
    removes: tuple[str, ...] = ()
    fields: tuple[tuple[str, Any], ...] = ()
    receipt: Any = None
    drop_receipt: bool = False
    link: Any = None
    drop_link: bool = False
    texts: tuple[SetText, ...] = ()

    @property
    def id(self) -> str:
        """Return the ticket's id."""
        return self.changes.ticket.id

    @property
    def edit_slots(self) -> tuple[Slot, ...]:
        """Return the slots that one edit of the ticket carries: labels and fields."""
        labels = tuple(label_slot(label) for label in (*self.adds, *self.removes))
        return (*labels, *(field_slot(name) for name, _value in self.fields))

    @property
    def put_slots(self) -> tuple[Slot, ...]:
        """Return the slots that one PUT carries: labels, fields and the receipt."""
        return (*self.edit_slots, PROPERTY) if self.receipt is not None else self.edit_slots

    @property
    def edit_key(self) -> tuple[Any, ...]:
        """Return what is the same for tickets that can share a bulk edit."""
        return self.adds, self.removes, tuple((name, type(value).__name__, value) for name, value in self.fields)


def sorted_changes(changes: TicketChanges) -> TicketWrite:
    """Return a ticket's changes, sorted by how they are written."""
    adds: list[str] = []
    removes: list[str] = []
    fields: list[tuple[str, Any]] = []
    texts: list[SetText] = []
    rest: dict[str, Any] = {}
    for change in changes.changes:
        match change:
            case AddLabel():
                adds.append(change.label)
            case RemoveLabel():
                removes.append(change.label)
            case SetField():
                fields.append((change.field, change.after))
            case SetProperty():
                rest |= {"receipt": change.after, "drop_receipt": change.after is None}
            case SetText():
                texts.append(change)
            case SetPriority():
                pass  # never planned: capabilities say that it is not held
            case SetLink():
                rest |= {"link": change.after, "drop_link": change.after is None}
            case _:
                assert_never(change)
    rest["texts"] = tuple(texts)
    return TicketWrite(changes, tuple(sorted(adds)), tuple(sorted(removes)), tuple(sorted(fields)), **rest)


def put_body(
    write: TicketWrite, types: Mapping[str, FieldType], property_key: str, *, without: frozenset[Slot] = frozenset()
) -> dict[str, Any]:
    """Return the body of one `PUT issue/{id}` with all that it can carry, empty if nothing is left to carry.

    Label operations add and remove; they never replace what people typed. A receipt
    does not claim the slots that are left out.
    """
    body: dict[str, Any] = {}
    steps = [{"add": label} for label in write.adds if label_slot(label) not in without]
    steps += [{"remove": label} for label in write.removes if label_slot(label) not in without]
    if steps:
        body["update"] = {"labels": steps}
    fields = {
        name: field_json(value, types.get(name, FieldType()))
        for name, value in write.fields
        if field_slot(name) not in without
    }
    if fields:
        body["fields"] = fields
    if write.receipt is not None and PROPERTY not in without:
        body["properties"] = [{"key": property_key, "value": honest_receipt(write.receipt, without)}]
    return body


def honest_receipt(receipt: Any, without: Iterable[Slot]) -> Any:
    """Return the receipt without the slots that could not be written, so that it claims nothing that is not there."""
    left_out = set(without)
    slots = receipt.get("slots") if isinstance(receipt, Mapping) else None
    if not left_out or not isinstance(slots, Mapping):
        return receipt
    return {**receipt, "slots": {slot: name for slot, name in slots.items() if slot not in left_out}}


def field_json(value: Any, kind: FieldType) -> Any:
    """Return a field's value as Jira takes it; None clears it."""
    if value is None:
        return None
    if kind.takes == "select":
        return {"value": str(value)}
    if kind.takes == "paragraph":
        return document(str(value))
    if kind.takes == "text":
        return str(value)
    return value


def link_body(link: Mapping[str, Any], global_id: str) -> dict[str, Any]:
    """Return the body of a remote link, whole: whatever is left out becomes null in Jira."""
    shown = {"url": link.get("url"), "title": link.get("title") or link.get("url")}
    if link.get("summary"):
        shown["summary"] = link["summary"]
    return {"globalId": global_id, "application": APPLICATION, "relationship": RELATIONSHIP, "object": shown}


def bulk_bodies(write: TicketWrite, ids: Iterable[str], types: Mapping[str, FieldType]) -> list[dict[str, Any]]:
    """Return the bodies of the bulk edits that give these tickets what `write` says, silently.

    Adding and removing labels are two edits: one list of labels has one option.
    """
    chosen = list(ids)
    bodies: list[dict[str, Any]] = []
    lists = _typed_lists(write, types)
    if write.adds:
        lists = {"labelsFields": [_label_list("ADD", write.adds)], **lists}
    if lists:
        bodies.append(_bulk_body(chosen, lists))
    if write.removes:
        bodies.append(_bulk_body(chosen, {"labelsFields": [_label_list("REMOVE", write.removes)]}))
    return bodies


def can_be_bulk(write: TicketWrite, types: Mapping[str, FieldType]) -> bool:
    """Return whether a bulk edit can carry the ticket's labels and fields."""
    fits = (
        value is not None and types.get(name, FieldType()).takes in ("number", "text") for name, value in write.fields
    )
    return bool(write.edit_slots) and all(fits)


def _typed_lists(write: TicketWrite, types: Mapping[str, FieldType]) -> dict[str, Any]:
    lists: dict[str, Any] = {}
    for name, value in write.fields:
        if types.get(name, FieldType()).takes == "number":
            lists.setdefault("clearableNumberFields", []).append({"fieldId": name, "value": value})
        else:
            lists.setdefault("singleLineTextFields", []).append({"fieldId": name, "text": str(value)})
    return lists


def _label_list(option: str, labels: Iterable[str]) -> dict[str, Any]:
    return {
        "fieldId": "labels",
        "bulkEditMultiSelectFieldOption": option,
        "labels": [{"name": label} for label in labels],
    }


def _bulk_body(ids: list[str], lists: dict[str, Any]) -> dict[str, Any]:
    actions = [entry["fieldId"] for entries in lists.values() for entry in entries]
    return {
        "selectedIssueIdsOrKeys": ids,
        "selectedActions": actions,
        "editedFieldsInput": lists,
        "sendBulkNotification": False,
    }


def properties_body(receipts: Iterable[tuple[str, Any]], property_key: str) -> dict[str, Any]:
    """Return the body that stores receipts in many tickets at once: (ticket id, receipt), at most 100 of them."""
    issues = [{"issueID": int(identifier), "properties": {property_key: value}} for identifier, value in receipts]
    return {"issues": issues}
