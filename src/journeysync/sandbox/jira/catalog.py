"""Jira's metadata as the sandbox keeps it: fields, projects, types, statuses, priorities, resolutions.

Values are kept as the JSON objects that Jira would answer with; what a loaded record brings is kept whole.
"""

from dataclasses import dataclass, field
from typing import Any, Literal

Json = dict[str, Any]
FieldKind = Literal[
    "number", "text", "textarea", "select", "multiselect", "labels", "date", "any", "epic-link", "epic-name"
]
CUSTOM_TYPES = "com.atlassian.jira.plugin.system.customfieldtypes:"
AGILE_TYPES = "com.pyxis.greenhopper.jira:"

_KINDS: dict[str, tuple[Json, str]] = {
    "number": ({"type": "number"}, CUSTOM_TYPES + "float"),
    "text": ({"type": "string"}, CUSTOM_TYPES + "textfield"),
    "textarea": ({"type": "string"}, CUSTOM_TYPES + "textarea"),
    "select": ({"type": "option"}, CUSTOM_TYPES + "select"),
    "multiselect": ({"type": "array", "items": "option"}, CUSTOM_TYPES + "multiselect"),
    "labels": ({"type": "array", "items": "string"}, CUSTOM_TYPES + "labels"),
    "date": ({"type": "date"}, CUSTOM_TYPES + "datepicker"),
    "any": ({"type": "any"}, AGILE_TYPES + "gh-lexo-rank"),
    "epic-link": ({"type": "any"}, AGILE_TYPES + "gh-epic-link"),
    "epic-name": ({"type": "string"}, AGILE_TYPES + "gh-epic-label"),
}
# id, name, type, items, navigable, editable
_SYSTEM: tuple[tuple[str, str, str, str, bool, bool], ...] = (
    ("issuetype", "Issue Type", "issuetype", "", True, True),
    ("project", "Project", "project", "", True, False),
    ("parent", "Parent", "issuelink", "", True, True),
    ("summary", "Summary", "string", "", True, True),
    ("description", "Description", "string", "", True, True),
    ("environment", "Environment", "string", "", True, True),
    ("labels", "Labels", "array", "string", True, True),
    ("status", "Status", "status", "", True, False),
    ("statusCategory", "Status Category", "statusCategory", "", True, False),
    ("statuscategorychangedate", "Status Category Changed", "datetime", "", True, False),
    ("priority", "Priority", "priority", "", True, True),
    ("resolution", "Resolution", "resolution", "", True, True),
    ("resolutiondate", "Resolved", "datetime", "", True, False),
    ("created", "Created", "datetime", "", True, False),
    ("updated", "Updated", "datetime", "", True, False),
    ("duedate", "Due date", "date", "", True, True),
    ("assignee", "Assignee", "user", "", True, True),
    ("reporter", "Reporter", "user", "", True, True),
    ("creator", "Creator", "user", "", True, False),
    ("components", "Components", "array", "component", True, True),
    ("fixVersions", "Fix versions", "array", "version", True, True),
    ("versions", "Affects versions", "array", "version", True, True),
    ("issuelinks", "Linked Issues", "array", "issuelinks", True, False),
    ("subtasks", "Sub-tasks", "array", "issuelinks", True, False),
    ("comment", "Comment", "comments-page", "", False, False),
    ("worklog", "Log Work", "array", "worklog", False, False),
    ("attachment", "Attachment", "array", "attachment", False, False),
    ("timetracking", "Time tracking", "timetracking", "", False, False),
    ("timespent", "Time Spent", "number", "", False, False),
    ("timeestimate", "Remaining Estimate", "number", "", True, False),
    ("timeoriginalestimate", "Original estimate", "number", "", True, False),
    ("workratio", "Work Ratio", "number", "", True, False),
    ("lastViewed", "Last Viewed", "datetime", "", True, False),
    ("votes", "Votes", "votes", "", True, False),
    ("watches", "Watchers", "watches", "", True, False),
    ("security", "Security Level", "securitylevel", "", True, False),
)
MANY_VALUED = frozenset({"comment", "worklog", "attachment", "issuelinks", "subtasks", "changelog"})
EMPTY_LISTS = ("components", "fixVersions", "versions", "issuelinks", "subtasks", "attachment")


@dataclass
class FieldSpec:
    """One field of the site. `hidden_in` holds ids of projects whose field configuration lacks it.

    `everywhere`: every issue has it, empty at first (null), as a field with a global context does; a field that was
    learned from recorded issues is only where the recording shows it.
    """

    id: str
    name: str
    schema: Json
    custom: bool
    navigable: bool = True
    editable: bool = True
    options: list[Json] = field(default_factory=list)
    hidden_in: set[str] = field(default_factory=set)
    everywhere: bool = False

    @property
    def kind(self) -> str:
        """The JSON type in Jira's words: `string`, `number`, `option`, `array`, `user`..."""
        return str(self.schema["type"])

    @property
    def is_rich(self) -> bool:
        """Whether the text is a document in v3 and wiki markup in v2."""
        return self.id in ("description", "environment") or str(self.schema.get("custom", "")).endswith(":textarea")

    @property
    def is_epic_link(self) -> bool:
        """Whether the value is the key of an epic (Data Center)."""
        return str(self.schema.get("custom", "")).endswith(":gh-epic-link")

    def shape(self) -> Json:
        """Return the field as `GET /field` lists it."""
        clauses = [f"cf[{self.schema['customId']}]", self.name] if self.custom else [self.id.lower()]
        return {
            "id": self.id,
            "key": self.id,
            "name": self.name,
            "custom": self.custom,
            "orderable": self.editable,
            "navigable": self.navigable,
            "searchable": True,
            "clauseNames": clauses,
            "schema": self.schema,
        }


def system_fields() -> dict[str, FieldSpec]:
    """Return the fields that every Jira has, by id."""
    specs = {}
    for name_id, name, kind, items, navigable, editable in _SYSTEM:
        schema: Json = {"type": kind, "system": name_id} | ({"items": items} if items else {})
        specs[name_id] = FieldSpec(name_id, name, schema, custom=False, navigable=navigable, editable=editable)
    return specs


def custom_field(number: int, name: str, kind: FieldKind, options: tuple[str, ...] = ()) -> FieldSpec:
    """Return a custom field; options get ids from 10,000 times the field's number."""
    schema, custom = _KINDS[kind]
    return FieldSpec(
        id=f"customfield_{number}",
        name=name,
        schema={**schema, "custom": custom, "customId": number},
        custom=True,
        options=[{"id": str(number * 10 + index), "value": value} for index, value in enumerate(options)],
    )


@dataclass
class Project:
    """One project. `shape` is its JSON; `archived` leaves it out of search unless asked for."""

    id: str
    key: str
    name: str
    shape: Json
    archived: bool = False
    next_number: int = 1


def status(number: str, name: str, category: Literal["new", "indeterminate", "done"]) -> Json:
    """Return a status object."""
    numbers = {
        "new": (2, "blue-gray", "To Do"),
        "indeterminate": (4, "yellow", "In Progress"),
        "done": (3, "green", "Done"),
    }
    category_id, colour, label = numbers[category]
    return {
        "id": number,
        "name": name,
        "description": "",
        "statusCategory": {"id": category_id, "key": category, "colorName": colour, "name": label},
    }


def issue_type(number: str, name: str, level: int) -> Json:
    """Return an issue type object; level 1 is an epic, 0 a standard type, -1 a sub-task."""
    return {"id": number, "name": name, "description": "", "subtask": level < 0, "hierarchyLevel": level}


DEFAULT_STATUSES = (
    status("10000", "To Do", "new"),
    status("3", "In Progress", "indeterminate"),
    status("10001", "Done", "done"),
)
DEFAULT_TYPES = (
    issue_type("10000", "Epic", 1),
    issue_type("10001", "Story", 0),
    issue_type("10002", "Task", 0),
    issue_type("10003", "Sub-task", -1),
    issue_type("10004", "Bug", 0),
)
DEFAULT_PRIORITIES: tuple[Json, ...] = tuple(
    {"id": str(number), "name": name, "description": "", "statusColor": colour, "isDefault": name == "Medium"}
    for number, name, colour in (
        (1, "Highest", "#d04437"),
        (2, "High", "#f15C75"),
        (3, "Medium", "#f79232"),
        (4, "Low", "#707070"),
        (5, "Lowest", "#999999"),
    )
)
DEFAULT_RESOLUTIONS: tuple[Json, ...] = tuple(
    {"id": str(number), "name": name, "description": ""}
    for number, name in ((10000, "Done"), (10001, "Won't Do"), (10002, "Duplicate"), (10003, "Cannot Reproduce"))
)
