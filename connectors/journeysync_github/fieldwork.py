"""What one ticket's fields need, worked out from what stands there right now. Pure.

A value of a project stands in the issue's row of that project, so an issue that has none is put into the project first,
once. Where our value goes again and it was we who put the issue there, the row goes too, unless somebody used it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from journeysync.model.base import canonical_json
from journeysync.model.change import Result, SetField, Slot
from journeysync_github.fields import Item, Owned, Target
from journeysync_github.work import TicketWork

_AUTOMATION = "github-project-automation"  # sets a status when a row is made
Mutation = tuple[str, dict[str, Any], tuple[Slot, ...]]


@dataclass
class FieldWork:
    """The field changes of one ticket.

    Attributes:
        work: The ticket and what becomes of its slots.
        owned: The fields that the ticket's owner has.
        values: What stands in them, by the field's id.
        items: The ticket's rows in projects, by the project's node id.
        ours: Ids of the rows that may go: we put them there, and they hold nothing but our value.
    """

    work: TicketWork
    owned: Owned
    values: Mapping[str, Any]
    items: dict[str, Item]
    ours: frozenset[str] = frozenset()
    _todo: list[tuple[SetField, Target]] = field(default_factory=list)

    def begin(self) -> None:
        """Settle what is as it should be, and what cannot be; keep the rest for the steps."""
        for change in self.work.changes.changes:
            if not isinstance(change, SetField) or change.slot in self.work.outcomes:
                continue
            target = self.owned.target(change.field)
            if target is None:
                self._refuse(change, *self._why_missing(change.field))
            elif canonical_json(self.values.get(target.id)) == canonical_json(change.after):
                self.work.settle((change.slot,), Result.UNCHANGED)
            elif why := _unfit(target, change.after):
                self._refuse(change, *why)
            else:
                self._todo.append((change, target))

    def projects_to_join(self) -> Iterator[Mutation]:
        """Yield how the ticket comes into the projects in which it has no row yet."""
        for project in dict.fromkeys(target.project for _change, target in self._open() if target.project):
            if project not in self.items:
                slots = tuple(change.slot for change, target in self._open() if target.project == project)
                yield "addProjectV2ItemById", {"projectId": project, "contentId": self.work.id}, slots

    def joined(self, project: str, item: str) -> None:
        """Note the row that the ticket has in a project now."""
        self.items[project] = Item(item, {})

    def clearing(self) -> tuple[str, ...]:
        """Return the ids of the rows of which our value is about to go."""
        rows = (self.items.get(target.project) for change, target in self._open() if change.after is None)
        return tuple(row.id for row in rows if row is not None)

    def steps(self) -> Iterator[Mutation]:
        """Yield how values are set and cleared: one each in projects, all at once among the issue's own."""
        own: list[dict[str, Any]] = []
        slots: list[Slot] = []
        for change, target in self._open():
            if not target.project:
                own.append(_issue_value(target, change.after))
                slots.append(change.slot)
            elif (item := self.items.get(target.project)) is not None:
                yield _project_step(target, item, change, leave=item.id in self.ours)
        if own:
            yield "setIssueFieldValue", {"issueId": self.work.id, "issueFields": own}, tuple(slots)

    def _open(self) -> list[tuple[SetField, Target]]:
        return [(change, target) for change, target in self._todo if change.slot not in self.work.outcomes]

    def _why_missing(self, field_id: str) -> tuple[str, str]:
        found = next((each for each in self.owned.missing if each.id == field_id), None)
        if found is not None:
            return found.why, found.next_step
        return (
            f"GitHub has no field with the id '{field_id}'",
            "write {project: 7, field: Score} or {issue_field: Score}",
        )

    def _refuse(self, change: SetField, cause: str, next_step: str) -> None:
        self.work.settle((change.slot,), Result.FAILED, cause=cause, next_step=next_step)


def _unfit(target: Target, value: Any) -> tuple[str, str] | None:
    """Return why a field does not take a value, and what to do; None if it does."""
    where = f"the field '{target.name}' in {target.shown}"
    if not target.writable:
        return f"the account may not change {where}", f"give the account write access to {target.shown}"
    if target.takes == "other":
        return f"{where} takes neither numbers nor texts nor choices", "name another field in placement.yaml"
    if value is None:
        return None
    if target.takes == "number" and (isinstance(value, bool) or not isinstance(value, int | float)):
        return f"{where} takes numbers, not {value!r}", "name a text field in placement.yaml"
    if target.takes == "select" and not target.option(as_text(value)):
        return f"{where} has no choice '{as_text(value)}'", f"add the choice '{as_text(value)}' to the field in GitHub"
    return None


def _project_step(target: Target, item: Item, change: SetField, *, leave: bool) -> Mutation:
    at = {"projectId": target.project, "itemId": item.id}
    if change.after is None and leave:
        return "deleteProjectV2Item", at, (change.slot,)
    if change.after is None:
        return "clearProjectV2ItemFieldValue", {**at, "fieldId": target.node}, (change.slot,)
    value = {_KEYS[target.takes][0]: _sent(target, change.after)}
    return "updateProjectV2ItemFieldValue", {**at, "fieldId": target.node, "value": value}, (change.slot,)


def _issue_value(target: Target, value: Any) -> dict[str, Any]:
    if value is None:
        return {"fieldId": target.node, "delete": True}
    return {"fieldId": target.node, _KEYS[target.takes][1]: _sent(target, value)}


_KEYS = {
    "number": ("number", "numberValue"),
    "text": ("text", "textValue"),
    "select": ("singleSelectOptionId", "singleSelectOptionId"),
}


def _sent(target: Target, value: Any) -> Any:
    if target.takes == "select":
        return target.option(as_text(value))
    return float(value) if target.takes == "number" else as_text(value)


def as_text(value: Any) -> str:
    """Return a value as a text field shows it."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def unused_items(viewer: str, nodes: Iterable[Mapping[str, Any]], items: Mapping[str, Item]) -> frozenset[str]:
    """Return the ids of the rows that we made and nobody else used.

    Args:
        viewer: Our login.
        nodes: Rows with all their values and who set them (documents.ITEM_VALUES).
        items: The rows by id, with their creators.
    """
    allowed = {_login(viewer), _AUTOMATION}
    return frozenset(
        item.id
        for node in nodes
        if (item := items.get(str(node.get("id")))) is not None
        and _login(item.creator) == _login(viewer)
        and {_login(login) for login in _setters(node)} <= allowed
    )


def _setters(node: Mapping[str, Any]) -> Iterator[Any]:
    """Yield who set each value of a row; values that follow from the issue, such as its labels, have nobody."""
    rows = (node.get("fieldValues") or {}).get("nodes") or ()
    for row in rows:
        if isinstance(row, dict) and row.get("field"):
            yield (row.get("creator") or {}).get("login")


def _login(login: Any) -> str:
    return str(login or "").casefold().removesuffix("[bot]")
