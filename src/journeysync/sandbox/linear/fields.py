"""What the fields of GraphQL's types answer where that is more than an attribute of the thing. A table by type."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from graphql import GraphQLError

from journeysync.sandbox.graphql_rows import Connection, connection
from journeysync.sandbox.linear.access import Caller
from journeysync.sandbox.linear.answers import extensions
from journeysync.sandbox.linear.filters import Filters
from journeysync.sandbox.linear.things import (
    PRIORITIES,
    Attachment,
    Cycle,
    Initiative,
    Issue,
    Json,
    Label,
    Project,
    Team,
    User,
    Webhook,
    WorkflowState,
    slug,
)
from journeysync.sandbox.wire import ENCODE, Call

if TYPE_CHECKING:
    from journeysync.sandbox.linear.site import LinearSite


@dataclass
class Asked:
    """One GraphQL call: the site, the request, what it costs."""

    site: "LinearSite"
    call: Call
    points: int = 1
    filters: Filters = field(init=False)

    def __post_init__(self) -> None:
        self.filters = Filters(self.site.state.clock, lambda thing, name: read(thing, name, self))

    @property
    def caller(self) -> Caller:
        """Who asks."""
        caller: Caller = self.call.user
        return caller

    @property
    def web(self) -> str:
        """The base of the addresses of pages."""
        return f"http://{self.call.headers.get('host', '127.0.0.1')}/{self.site.state.url_key}"

    def sees(self, thing: Any) -> bool:
        """Say whether the caller sees a thing: what belongs to a team that is hidden does not exist for others."""
        sees = self.site.state.sees
        if isinstance(thing, Team):
            return sees(thing)
        if isinstance(thing, Issue | Cycle | WorkflowState):
            return sees(thing.team)
        if isinstance(thing, Attachment):
            return sees(thing.issue.team)
        if isinstance(thing, Label):
            return thing.team is None or sees(thing.team)
        if isinstance(thing, Project):
            return not thing.teams or any(sees(team) for team in thing.teams)
        return True


Field = Callable[[Any, Asked, Json], Any]


def failure(message: str, code: str = "INPUT_ERROR", shown: str = "") -> GraphQLError:
    """Return an error of one field."""
    return GraphQLError(message, extensions=extensions(code, shown or message))


def not_found(kind: str) -> GraphQLError:
    """Return the one error for what is not there and what the caller may not see."""
    return failure(f"Entity not found: {kind}", shown=f"Could not find referenced {kind}.")


def listed(rows: Sequence[Any], asked: Asked, given: Json, *, kept: Any = None) -> Connection:
    """Return a page of things: seen by the caller, filtered, newest first, archived ones only on demand."""
    limits = asked.site.limits
    asked_for = given.get("first") or given.get("last") or limits.default_rows
    if not 1 <= asked_for <= limits.rows:
        raise failure(f"Argument Validation Error: first must not be greater than {limits.rows}")
    by = given.get("orderBy") or "createdAt"
    key = (lambda row: (row.updated_at, row.id)) if by == "updatedAt" else (lambda row: (row.created_at, row.id))
    name = (kept, by, bool(given.get("includeArchived")), ENCODE(given.get("filter")))
    state = asked.site.state
    found = state.lists.get(name) if kept is not None else None
    if found is None:
        test = asked.filters.test(given.get("filter"))
        with_archived = bool(given.get("includeArchived"))
        found = [
            row
            for row in rows
            if asked.sees(row) and (with_archived or getattr(row, "archived_at", None) is None) and test(row)
        ]
        found.sort(key=key, reverse=limits.newest_first)
        if kept is not None:
            state.lists[name] = found
    page = dict(given)
    if not page.get("last"):
        page["first"] = page.get("first") or limits.default_rows
    return connection(found, page, key, down=limits.newest_first)


def read(thing: Any, name: str, asked: Asked) -> Any:
    """Return what a filter compares: a field of a thing by its name in snake case."""
    special = _READ.get((type(thing), name))
    return special(thing, asked) if special else getattr(thing, name, None)


_READ: dict[tuple[type, str], Callable[[Any, Asked], Any]] = {
    (Issue, "children"): lambda issue, asked: [x for x in asked.site.state.issues if x.parent is issue],
    (Issue, "project_milestone"): lambda _issue, _asked: None,
    (Issue, "due_date"): lambda _issue, _asked: None,
    (Project, "accessible_teams"): lambda project, _asked: project.teams,
    (Project, "issues"): lambda project, asked: [x for x in asked.site.state.issues if x.project is project],
    (Project, "state"): lambda project, _asked: project.status_type,
    (Project, "slug_id"): lambda project, _asked: project.id[:12].replace("-", ""),
    (Project, "status"): lambda project, _asked: _status(project),
    (Initiative, "teams"): lambda one, _asked: list({t.id: t for p in one.projects for t in p.teams}.values()),
    (Initiative, "slug_id"): lambda one, _asked: one.id[:12].replace("-", ""),
    (User, "is_me"): lambda user, asked: user.name == asked.caller.name,
    (User, "display_name"): lambda user, _asked: user.name,
    (Attachment, "source_type"): lambda _one, _asked: "api",
    (Label, "is_group"): lambda label, _asked: label.is_group,
}


@dataclass(frozen=True)
class ProjectStatus:
    """The status of a project, with the names that GraphQL asks for."""

    id: str
    name: str
    type: str
    color: str = "#bec2c8"
    position: float = 0.0
    description: str | None = None
    created_at: str = "2020-01-01T00:00:00.000Z"
    updated_at: str = "2020-01-01T00:00:00.000Z"
    archived_at: str | None = None


def _status(project: Project) -> ProjectStatus:
    return ProjectStatus(f"status-{project.status_type}", project.status_name, project.status_type)


def find(asked: Asked, kind: str, name: str) -> Any:
    """Return what a UUID (of an issue: or an identifier) names, if the caller sees it."""
    state = asked.site.state
    books: dict[str, dict[str, Any]] = {
        "Team": state.teams,
        "IssueLabel": state.labels,
        "Project": state.projects,
        "Initiative": state.initiatives,
        "Attachment": state.attachments,
        "WorkflowState": state.workflow_states,
        "Webhook": state.webhooks,
        "Cycle": state.cycles,
        "User": state.users,
    }
    try:
        found = state.issue(name) if kind == "Issue" else books[kind].get(name)
    except KeyError:
        found = None
    if found is None and kind == "Team":
        found = next((team for team in state.teams.values() if team.key == name), None)
    if found is None or not asked.sees(found):
        raise not_found(kind)
    return found


def issue_url(issue: Issue, asked: Asked) -> str:
    """Return the address of an issue's page."""
    return f"{asked.web}/issue/{issue.identifier}/{slug(issue.title)}"


def _of_rows(pick: Callable[[Any, Asked], Sequence[Any]], name: str) -> Field:
    return lambda _source, asked, given: listed(pick(_source, asked), asked, given, kept=name)


def _below(pick: Callable[[Any, Asked], Sequence[Any]]) -> Field:
    return lambda source, asked, given: listed(pick(source, asked), asked, given)


def _one(kind: str) -> Field:
    return lambda _source, asked, given: find(asked, kind, given["id"])


def _rate_limit(_source: Any, asked: Asked, _given: Json) -> Json:
    caller = asked.caller
    limits = asked.site.rates.status(caller.name, float(asked.points), is_app=caller.is_app)
    return {"identifier": caller.name, "kind": "user", "limits": limits}


def _for_url(_source: Any, asked: Asked, given: Json) -> Connection:
    rows = [each for each in asked.site.state.attachments.values() if each.url == given["url"]]
    return listed(rows, asked, given)


def _organization(_source: Any, asked: Asked, _given: Json) -> Json:
    state = asked.site.state
    times = {"createdAt": "2020-01-01T00:00:00.000Z", "updatedAt": "2020-01-01T00:00:00.000Z", "archivedAt": None}
    return {"id": state.organization_id, "name": state.url_key.title(), "urlKey": state.url_key, **times}


def _issues(_source: Any, asked: Asked, given: Json) -> Connection:
    if _is_by_id(given.get("filter") or {}):  # a look-up, not a list: always fresh
        return listed(asked.site.state.issues, asked, given)
    return listed(asked.site.state.listed(), asked, given, kept="issues")


def _is_by_id(given: Json) -> bool:
    return "id" in given or any(_is_by_id(each) for each in given.get("and") or ())


QUERIES: dict[str, Field] = {
    "viewer": lambda _source, asked, _given: asked.site.state.user(asked.caller.name),
    "organization": _organization,
    "issues": _issues,
    "issue": _one("Issue"),
    "projects": _of_rows(lambda _source, asked: list(asked.site.state.projects.values()), "projects"),
    "project": _one("Project"),
    "initiatives": _of_rows(lambda _source, asked: list(asked.site.state.initiatives.values()), "initiatives"),
    "initiative": _one("Initiative"),
    "issueLabels": _of_rows(lambda _source, asked: list(asked.site.state.labels.values()), "labels"),
    "issueLabel": _one("IssueLabel"),
    "teams": _of_rows(lambda _source, asked: list(asked.site.state.teams.values()), "teams"),
    "team": _one("Team"),
    "users": _of_rows(lambda _source, asked: list(asked.site.state.users.values()), "users"),
    "cycles": _of_rows(lambda _source, asked: list(asked.site.state.cycles.values()), "cycles"),
    "workflowStates": _of_rows(lambda _source, asked: list(asked.site.state.workflow_states.values()), "states"),
    "webhooks": _of_rows(lambda _source, asked: list(asked.site.state.webhooks.values()), "webhooks"),
    "attachments": _of_rows(lambda _source, asked: list(asked.site.state.attachments.values()), "attachments"),
    "attachment": _one("Attachment"),
    "attachmentsForURL": _for_url,
    "issuePriorityValues": lambda *_: [{"priority": n, "label": word} for n, word in enumerate(PRIORITIES)],
    "rateLimitStatus": _rate_limit,
}

FIELDS: dict[type, dict[str, Field]] = {
    Issue: {
        "labels": _below(lambda issue, _asked: issue.labels),
        "labelIds": lambda issue, _asked, _given: [label.id for label in issue.labels],
        "attachments": _below(lambda issue, _asked: issue.attachments),
        "children": _below(lambda issue, asked: [x for x in asked.site.state.issues if x.parent is issue]),
        "priorityLabel": lambda issue, _asked, _given: PRIORITIES[issue.priority],
        "url": lambda issue, asked, _given: issue_url(issue, asked),
        "branchName": lambda issue, _asked, _given: f"person/{issue.identifier.lower()}-{slug(issue.title)}",
        "dueDate": lambda *_: None,
        "projectMilestone": lambda *_: None,
        "parent": lambda issue, asked, _given: issue.parent if issue.parent and asked.sees(issue.parent) else None,
        "project": lambda issue, asked, _given: issue.project if issue.project and asked.sees(issue.project) else None,
    },
    Attachment: {"source": lambda *_: {"type": "api"}, "sourceType": lambda *_: "api"},
    Label: {
        "children": _below(lambda label, asked: [x for x in asked.site.state.labels.values() if x.parent is label])
    },
    Team: {
        "states": _below(lambda team, _asked: team.states),
        "labels": _below(lambda team, asked: [x for x in asked.site.state.labels.values() if x.team in (None, team)]),
        "issues": _below(lambda team, asked: [x for x in asked.site.state.issues if x.team is team]),
        "cycles": _below(lambda team, asked: [x for x in asked.site.state.cycles.values() if x.team is team]),
        "projects": _below(lambda team, asked: [x for x in asked.site.state.projects.values() if team in x.teams]),
        "displayName": lambda team, _asked, _given: team.name,
        "visibility": lambda team, _asked, _given: "private" if team.private else "public",
        "cyclesEnabled": lambda *_: True,
        "description": lambda *_: None,
        "color": lambda *_: "#bec2c8",
    },
    WorkflowState: {"description": lambda *_: None},
    Cycle: {"description": lambda *_: None, "isActive": lambda *_: False},
    Project: {
        "teams": _below(lambda project, _asked: project.teams),
        "issues": _below(lambda project, asked: [x for x in asked.site.state.issues if x.project is project]),
        "initiatives": _below(lambda project, _asked: project.initiatives),
        "projectMilestones": _below(lambda _project, _asked: []),
        "labels": _below(lambda _project, _asked: []),
        "labelIds": lambda *_: [],
        "status": lambda project, _asked, _given: _status(project),
        "state": lambda project, _asked, _given: project.status_type,
        "slugId": lambda project, asked, _given: read(project, "slug_id", asked),
        "priorityLabel": lambda project, _asked, _given: PRIORITIES[project.priority],
        "url": lambda project, asked, _given: f"{asked.web}/project/{slug(project.name)}-{project.id[:8]}",
        "color": lambda *_: "#bec2c8",
        "startDate": lambda *_: None,
        "targetDate": lambda *_: None,
    },
    Initiative: {
        "projects": _below(lambda one, _asked: one.projects),
        "subInitiatives": _below(
            lambda one, asked: [x for x in asked.site.state.initiatives.values() if x.parent_initiative is one]
        ),
        "labels": _below(lambda _one, _asked: []),
        "labelIds": lambda *_: [],
        "owner": lambda *_: None,
        "creator": lambda *_: None,
        "priority": lambda *_: 0,
        "content": lambda *_: None,
        "slugId": lambda one, asked, _given: read(one, "slug_id", asked),
        "url": lambda one, asked, _given: f"{asked.web}/initiative/{slug(one.name)}-{one.id[:8]}",
        "color": lambda *_: None,
        "targetDate": lambda *_: None,
    },
    User: {
        "displayName": lambda user, _asked, _given: user.name,
        "isMe": lambda user, asked, _given: user.name == asked.caller.name,
        "owner": lambda *_: False,
        "teams": _below(lambda _user, asked: list(asked.site.state.teams.values())),
        "url": lambda user, asked, _given: f"{asked.web}/profiles/{user.name}",
    },
    Webhook: {"teamIds": lambda hook, _asked, _given: [hook.team.id] if hook.team else None},
}
