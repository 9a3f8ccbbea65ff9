"""What GraphQL's fields share: the call, finding things by their global id, the GraphQL types of things, errors."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from graphql import GraphQLError

from journeysync.sandbox.github.site import GithubSite
from journeysync.sandbox.github.things import (
    Comment,
    Issue,
    IssueField,
    Json,
    Label,
    Milestone,
    Option,
    Project,
    ProjectField,
    ProjectItem,
    Repository,
    TextEdit,
    User,
)
from journeysync.sandbox.wire import Call

MAX_INT = 2**31 - 1
GHOST = "ghost"


@dataclass(frozen=True)
class Asked:
    """One GraphQL call: the site, the request, its cost, and the operation's rate figures."""

    site: GithubSite
    call: Call
    points: int = 1
    nodes: int = 0

    @property
    def web(self) -> str:
        """The base of the addresses of pages."""
        return self.site.renderer(self.call).web

    def sees(self, repository: Repository) -> bool:
        """Say whether the caller may read a repository."""
        return self.site.may_see(self.call.user, repository)


@dataclass(frozen=True)
class ItemValue:
    """The value of one field of a project item."""

    item: ProjectItem
    field: ProjectField
    value: Any


@dataclass(frozen=True)
class FieldValue:
    """The value of one issue field of an issue."""

    issue: Issue
    field: IssueField
    value: Any


Field = Callable[[Any, Asked, Json], Any]


def failure(type_: str, message: str) -> GraphQLError:
    """Return an error of one field, with GitHub's `type` beside its path."""
    return GraphQLError(message, extensions={"type": type_})


def type_name(value: Any) -> str:
    """Return the GraphQL type of a thing of the state."""
    if isinstance(value, User):
        return value.type if value.type in ("Bot", "Organization") else "User"
    if isinstance(value, Issue):
        return "PullRequest" if value.is_pull_request else "Issue"
    if isinstance(value, ProjectField):
        return "ProjectV2SingleSelectField" if value.options else "ProjectV2Field"
    if isinstance(value, IssueField):
        return f"IssueField{_camel(value.data_type)}"
    if isinstance(value, FieldValue):
        return f"IssueField{_camel(value.field.data_type)}Value"
    if isinstance(value, ItemValue):
        return f"ProjectV2ItemField{_camel(value.field.data_type)}Value"
    names = {
        Comment: "IssueComment",
        TextEdit: "UserContentEdit",
        Project: "ProjectV2",
        ProjectItem: "ProjectV2Item",
        Option: "IssueFieldSingleSelectOption",
    }
    return names.get(type(value), type(value).__name__)


def repository_of(thing: Any) -> Repository | None:
    """Return the repository that a thing belongs to, where it belongs to one."""
    if isinstance(thing, Repository):
        return thing
    if isinstance(thing, ProjectItem):
        return thing.issue.repository
    return thing.repository if isinstance(thing, Issue) else None


def find(asked: Asked, node: str) -> Any:
    """Return what a global id names, if the caller may see it; NOT_FOUND else."""
    found = asked.site.state.nodes.get(node)
    home = repository_of(found)
    if isinstance(found, Comment):
        home = asked.site.state.comments[found.id][0].repository
    if isinstance(found, Label | Milestone):
        homes = asked.site.state.repositories.values()
        home = next((each for each in homes if found in (*each.labels.values(), *each.milestones.values())), None)
    if found is None or (home is not None and not asked.sees(home)):
        raise failure("NOT_FOUND", f"Could not resolve to a node with the global id of '{node}'")
    return found


def moment(text: str) -> str:
    """Return a time with any offset as UTC in whole seconds."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise failure("argumentLiteralsIncompatible", f"'{text}' is no DateTime") from None
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if at.tzinfo else at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _camel(data_type: str) -> str:
    return "".join(part.capitalize() for part in data_type.split("_"))
