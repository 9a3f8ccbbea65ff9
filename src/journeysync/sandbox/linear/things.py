"""What a Linear workspace is made of: teams, states, labels, projects, initiatives, cycles, issues, attachments.

Plain mutable records; the names are GraphQL's own in snake case. Who may change them is said in `state`.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]
PRIORITIES = ("No priority", "Urgent", "High", "Medium", "Low")
_EPOCH = "2020-01-01T00:00:00.000Z"


def iso(at: float) -> str:
    """Return a moment as Linear writes it: UTC, milliseconds."""
    return datetime.fromtimestamp(round(at * 1000) / 1000, UTC).isoformat(timespec="milliseconds")[:-6] + "Z"


def slug(text: str) -> str:
    """Return a title as it stands in an address."""
    return re.sub(r"[^\w]+", "-", text.lower()).strip("-")[:80] or "untitled"


@dataclass(eq=False, slots=True)
class User:
    """A member of the workspace, or an app that acts in it."""

    id: str
    name: str
    email: str = ""
    admin: bool = False
    app: bool = False
    active: bool = True
    guest: bool = False
    created_at: str = _EPOCH
    updated_at: str = _EPOCH
    archived_at: str | None = None


@dataclass(eq=False, slots=True)
class Team:
    """A team; its key begins the identifiers of its issues. A private one is seen by its members only."""

    id: str
    key: str
    name: str
    private: bool = False
    created_at: str = _EPOCH
    updated_at: str = _EPOCH
    archived_at: str | None = None
    next_number: int = 1
    states: list["WorkflowState"] = field(default_factory=list)


@dataclass(eq=False, slots=True)
class WorkflowState:
    """A column of a team: backlog, unstarted, started, completed, canceled, triage or duplicate by its type."""

    id: str
    name: str
    type: str
    team: Team
    position: float = 0.0
    color: str = "#bec2c8"
    created_at: str = _EPOCH
    updated_at: str = _EPOCH
    archived_at: str | None = None


@dataclass(eq=False, slots=True)
class Label:
    """A label of the workspace (no team) or of a team; a group cannot be applied, and allows one child an issue."""

    id: str
    name: str
    color: str = "#bec2c8"
    description: str | None = None
    team: Team | None = None
    parent: "Label | None" = None
    is_group: bool = False
    creator: User | None = None
    created_at: str = _EPOCH
    updated_at: str = _EPOCH
    archived_at: str | None = None


@dataclass(eq=False, slots=True)
class Cycle:
    """A cycle of a team."""

    id: str
    number: int
    team: Team
    name: str | None = None
    starts_at: str = _EPOCH
    ends_at: str = _EPOCH
    created_at: str = _EPOCH
    updated_at: str = _EPOCH
    completed_at: str | None = None
    archived_at: str | None = None


@dataclass(eq=False, slots=True)
class Initiative:
    """An initiative holds projects, and other initiatives."""

    id: str
    name: str
    description: str | None = None
    status: str = "Active"
    parent_initiative: "Initiative | None" = None
    projects: list["Project"] = field(default_factory=list)
    trashed: bool | None = None
    created_at: str = _EPOCH
    updated_at: str = _EPOCH
    started_at: str | None = None
    completed_at: str | None = None
    archived_at: str | None = None


@dataclass(eq=False, slots=True)
class Project:
    """A project of one or more teams. `status_type`: backlog, planned, started, paused, completed or canceled."""

    id: str
    name: str
    teams: list[Team] = field(default_factory=list)
    description: str = ""
    content: str | None = None
    status_name: str = "Backlog"
    status_type: str = "backlog"
    priority: int = 0
    lead: User | None = None
    creator: User | None = None
    initiatives: list[Initiative] = field(default_factory=list)
    trashed: bool | None = None
    created_at: str = _EPOCH
    updated_at: str = _EPOCH
    started_at: str | None = None
    completed_at: str | None = None
    canceled_at: str | None = None
    archived_at: str | None = None


@dataclass(eq=False, slots=True)
class Attachment:
    """A link of an app in an issue: at most one for each url; `metadata` holds strings and numbers."""

    id: str
    issue: "Issue"
    url: str
    title: str
    subtitle: str | None = None
    metadata: Json = field(default_factory=dict)
    creator: User | None = None
    created_at: str = _EPOCH
    updated_at: str = _EPOCH
    archived_at: str | None = None


@dataclass(eq=False, slots=True)
class Issue:
    """An issue. Its identifier is its team's key and its number; earlier ones are kept when it moves."""

    id: str
    team: Team
    number: int
    title: str
    state: WorkflowState
    description: str | None = None
    priority: int = 0
    estimate: float | None = None
    labels: list[Label] = field(default_factory=list)
    parent: "Issue | None" = None
    project: Project | None = None
    cycle: Cycle | None = None
    creator: User | None = None
    assignee: User | None = None
    attachments: list[Attachment] = field(default_factory=list)
    previous_identifiers: list[str] = field(default_factory=list)
    trashed: bool | None = None
    sort_order: float = 0.0
    created_at: str = _EPOCH
    updated_at: str = _EPOCH
    started_at: str | None = None
    completed_at: str | None = None
    canceled_at: str | None = None
    archived_at: str | None = None

    @property
    def identifier(self) -> str:
        """Return what people call it, such as `ENI-7`."""
        return f"{self.team.key}-{self.number}"


@dataclass(eq=False, slots=True)
class Webhook:
    """A webhook of a team or of all public teams."""

    id: str
    url: str
    resource_types: list[str]
    secret: str
    team: Team | None = None
    label: str | None = None
    enabled: bool = True
    all_public_teams: bool = False
    creator: User | None = None
    created_at: str = _EPOCH
    updated_at: str = _EPOCH
    archived_at: str | None = None
