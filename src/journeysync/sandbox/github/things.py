"""What a GitHub site is made of: repositories, issues, labels, milestones, comments, types, fields, projects.

Plain mutable records. Who may change them, and what moves with a change, is said in `state`.
"""

import base64
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

Json = dict[str, Any]
DataType = Literal["text", "number", "date", "single_select", "multi_select"]


def iso(at: float) -> str:
    """Return a moment as GitHub writes it: UTC, whole seconds."""
    return datetime.fromtimestamp(int(at), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def node_id(prefix: str, *numbers: int) -> str:
    """Return a global id in today's form: a prefix for the kind and the packed numbers, as `I_kwDO...`."""
    packed = msgspec.msgpack.encode([0, *numbers])
    return f"{prefix}_{base64.urlsafe_b64encode(packed).decode().rstrip('=')}"


@dataclass(eq=False)
class User:
    """A person, a bot or an organisation."""

    login: str
    id: int
    node_id: str
    type: str = "User"
    site_admin: bool = False
    avatar_url: str = ""


@dataclass(eq=False)
class Label:
    """A label of a repository; issues hold the label itself, so that a new name shows everywhere."""

    id: int
    node_id: str
    name: str
    color: str = "ededed"
    description: str | None = None
    default: bool = False
    created_at: str = "2020-01-01T00:00:00Z"
    updated_at: str = "2020-01-01T00:00:00Z"


@dataclass(eq=False)
class Milestone:
    """A milestone of a repository. `title` and `due_on` are what issues show of it most."""

    id: int
    node_id: str
    number: int
    title: str
    creator: User | None = None
    description: str | None = None
    state: str = "open"
    due_on: str | None = None
    created_at: str = "2020-01-01T00:00:00Z"
    updated_at: str = "2020-01-01T00:00:00Z"
    closed_at: str | None = None


@dataclass(eq=False)
class Comment:
    """One comment under an issue."""

    id: int
    node_id: str
    user: User | None
    body: str
    created_at: str
    updated_at: str
    association: str = "NONE"
    app: bool = False


@dataclass(eq=False)
class TextEdit:
    """One version of an issue's text; the first is the text as it was written."""

    node_id: str
    at: str
    editor: User | None
    text: str


@dataclass(eq=False)
class IssueType:
    """A type of an organisation, such as Bug or Epic."""

    id: int
    node_id: str
    name: str
    description: str | None = None
    color: str = "gray"


@dataclass(eq=False)
class Option:
    """One choice of a single-select field. `key` is a project field's own form of id."""

    id: int
    node_id: str
    name: str
    color: str = "gray"
    key: str = ""


@dataclass(eq=False)
class IssueField:
    """A field of an organisation's issues."""

    id: int
    node_id: str
    name: str
    data_type: DataType
    options: list[Option] = field(default_factory=list)
    visibility: str = "organization_members_only"


@dataclass(eq=False)
class ProjectField:
    """A field of one project (Projects v2)."""

    id: int
    node_id: str
    name: str
    data_type: str
    options: list[Option] = field(default_factory=list)


@dataclass(eq=False)
class ProjectItem:
    """An issue's row in a project. `values` by the node id of the field: text, number, date or an `Option`; `setters`
    by the same says who set them."""

    id: int
    node_id: str
    project: "Project"
    issue: "Issue"
    created_at: str
    updated_at: str
    values: dict[str, Any] = field(default_factory=dict)
    is_archived: bool = False
    creator: str = "person"
    setters: dict[str, str] = field(default_factory=dict)


@dataclass(eq=False)
class Project:
    """A project (Projects v2) of an organisation or a user."""

    id: int
    node_id: str
    number: int
    title: str
    owner: User
    created_at: str
    fields: dict[str, ProjectField] = field(default_factory=dict)
    items: dict[str, ProjectItem] = field(default_factory=dict)
    public: bool = False
    read_only: bool = False
    updated_at: str = ""


@dataclass(eq=False)
class Issue:
    """An issue or a pull request. `kept` holds what was recorded and is only shown, such as reactions."""

    repository: "Repository"
    id: int
    node_id: str
    number: int
    title: str
    body: str | None
    user: User | None
    created_at: str
    updated_at: str
    state: str = "open"
    state_reason: str | None = None
    closed_at: str | None = None
    locked: bool = False
    lock_reason: str | None = None
    labels: list[Label] = field(default_factory=list)
    milestone: Milestone | None = None
    assignees: list[User] = field(default_factory=list)
    type: IssueType | None = None
    association: str = "NONE"
    pull_request: Json | None = None
    draft: bool = False
    comments: list[Comment] = field(default_factory=list)
    edits: list[TextEdit] = field(default_factory=list)  # of the text, oldest first; empty until it is edited
    comment_count: int = 0
    parent: "Issue | None" = None
    children: list["Issue"] = field(default_factory=list)
    field_values: dict[int, Any] = field(default_factory=dict)
    closed_by: User | None = None
    kept: Json = field(default_factory=dict)
    events: list[Json] = field(default_factory=list)
    shown: dict[str, bytes] = field(default_factory=dict)

    @property
    def is_pull_request(self) -> bool:
        """Whether this row of the list of issues is a pull request."""
        return self.pull_request is not None


@dataclass(eq=False)
class Repository:
    """A repository. `revision` counts its changes, so that lists can be kept between them."""

    id: int
    node_id: str
    owner: User
    name: str
    visibility: str = "private"
    description: str | None = None
    archived: bool = False
    has_issues: bool = True
    created_at: str = "2020-01-01T00:00:00Z"
    labels: dict[str, Label] = field(default_factory=dict)
    milestones: dict[int, Milestone] = field(default_factory=dict)
    issues: dict[int, Issue] = field(default_factory=dict)
    deleted: set[int] = field(default_factory=set)
    moved: dict[int, Issue] = field(default_factory=dict)
    next_number: int = 1
    revision: int = 0
    lists: dict[Any, Any] = field(default_factory=dict)

    @property
    def full_name(self) -> str:
        """Owner and name, such as `solvane/app`."""
        return f"{self.owner.login}/{self.name}"

    @property
    def is_public(self) -> bool:
        """Whether everybody may read it."""
        return self.visibility == "public"

    def changed(self) -> None:
        """Forget the lists that were kept."""
        self.revision += 1
        self.lists.clear()
