"""What each field of GraphQL's types answers, from the state of the site. A table: type -> field -> function."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from graphql import GraphQLError

from journeysync.sandbox.github.graphql_things import (
    GHOST,
    MAX_INT,
    Asked,
    Field,
    FieldValue,
    ItemValue,
    failure,
    find,
    moment,
    type_name,
)
from journeysync.sandbox.github.render import summary_of
from journeysync.sandbox.github.things import (
    Comment,
    Issue,
    IssueField,
    IssueType,
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
from journeysync.sandbox.graphql_rows import Connection, connection

# queries ----------------------------------------------------------------------------------------------------------


def _repository(_source: Any, asked: Asked, given: Json) -> Repository:
    name = f"{given['owner']}/{given['name']}"
    number = asked.site.state.names.get(name.lower())
    found = asked.site.state.repositories.get(number) if number is not None else None
    is_old = found is not None and found.full_name.lower() != name.lower()
    if found is None or not asked.sees(found) or (is_old and given.get("followRenames") is False):
        raise failure("NOT_FOUND", f"Could not resolve to a Repository with the name '{name}'.")
    return found


def _owner(kind: str) -> Field:
    def field(_source: Any, asked: Asked, given: Json) -> User:
        found = asked.site.state.users.get(given["login"].lower())
        if found is None or type_name(found) != kind:
            raise failure("NOT_FOUND", f"Could not resolve to a {kind} with the login of '{given['login']}'.")
        return found

    return field


def _any_owner(_source: Any, asked: Asked, given: Json) -> User | None:
    return asked.site.state.users.get(given["login"].lower())


def _nodes(_source: Any, asked: Asked, given: Json) -> list[Any]:
    found: list[Any] = []
    for node in given["ids"]:
        try:
            found.append(find(asked, node))
        except GraphQLError as error:
            found.append(error)
    return found


def _rate_limit(_source: Any, asked: Asked, _given: Json) -> Json:
    shape = asked.site.rates.shape(asked.call.user.login, "graphql")
    reset = datetime.fromtimestamp(shape["reset"], UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {**shape, "cost": asked.points, "nodeCount": asked.nodes, "resetAt": reset}


# repositories and issues ------------------------------------------------------------------------------------------

_ORDERS: dict[str, Callable[[Issue], tuple[Any, ...]]] = {
    "CREATED_AT": lambda issue: (issue.created_at, issue.number),
    "UPDATED_AT": lambda issue: (issue.updated_at, issue.number),
    "COMMENTS": lambda issue: (issue.comment_count, issue.number),
}


def _issues(home: Repository, _asked: Asked, given: Json) -> Connection:
    order = given.get("orderBy") or {"field": "CREATED_AT", "direction": "ASC"}
    filters = given.get("filterBy") or {}
    states = given.get("states") or filters.get("states") or ("OPEN", "CLOSED")
    wanted = {name.lower() for name in (*(given.get("labels") or ()), *(filters.get("labels") or ()))}
    since = moment(filters["since"]) if filters.get("since") else ""
    down, key = order["direction"] == "DESC", _ORDERS[order["field"]]
    kept = ("graphql", order["field"], down, tuple(sorted(states)), tuple(sorted(wanted)), since, str(filters))
    if kept not in home.lists:
        rows = [
            issue
            for issue in home.issues.values()
            if not issue.is_pull_request
            and issue.state.upper() in states
            and issue.updated_at >= since
            and wanted <= {label.name.lower() for label in issue.labels}
            and _fits(issue, filters)
        ]
        home.lists[kept] = sorted(rows, key=key, reverse=down)
    return connection(home.lists[kept], given, key, down=down)


def _fits(issue: Issue, filters: Json) -> bool:
    number, kind = filters.get("milestoneNumber"), filters.get("type")
    if number == "*" and issue.milestone is None:
        return False
    if number not in (None, "*") and (issue.milestone is None or str(issue.milestone.number) != str(number)):
        return False
    if filters.get("createdBy") and (issue.user is None or issue.user.login != filters["createdBy"]):
        return False
    return kind is None or (issue.type is not None and issue.type.name.lower() == kind.lower())


def _issue(home: Repository, _asked: Asked, given: Json) -> Issue:
    found = home.issues.get(given["number"])
    if found is None or found.is_pull_request:
        raise failure("NOT_FOUND", f"Could not resolve to an Issue with the number of {given['number']}.")
    return found


def _labels(rows: list[Label], given: Json) -> Connection:
    order = given.get("orderBy") or {"field": "CREATED_AT", "direction": "ASC"}
    if order["field"] == "NAME":
        rows = sorted(rows, key=lambda label: label.name.lower(), reverse=order["direction"] == "DESC")
    elif order["direction"] == "DESC":
        rows = list(reversed(rows))
    return connection(rows, given)


def _comments(issue: Issue, given: Json) -> Connection:
    order = given.get("orderBy")
    rows = list(issue.comments)
    if order:
        rows.sort(key=lambda comment: comment.updated_at, reverse=order["direction"] == "DESC")
    return connection(rows, given)


def _items(issue: Issue, _asked: Asked, given: Json) -> Connection:
    projects = _asked.site.state.projects.values()
    rows = [item for project in projects for item in project.items.values() if item.issue is issue]
    archived = given.get("includeArchived") is not False
    return connection([item for item in rows if archived or not item.is_archived], given)


def _field_values(issue: Issue, asked: Asked, given: Json) -> Connection:
    return connection(field_values(issue, asked), given)


def field_values(issue: Issue, asked: Asked) -> list[FieldValue]:
    """Return the values of an issue's organisation fields."""
    fields = asked.site.state.fields.get(issue.repository.owner.login.lower(), {})
    return [FieldValue(issue, fields[number], value) for number, value in issue.field_values.items()]


def _parent(issue: Issue, asked: Asked, _given: Json) -> Issue | None:
    return issue.parent if issue.parent is not None and asked.sees(issue.parent.repository) else None


# projects ---------------------------------------------------------------------------------------------------------


def _projects(owner: User, asked: Asked) -> list[Project]:
    return [each for each in asked.site.state.projects.values() if each.owner is owner]


def _project(owner: User, asked: Asked, given: Json) -> Project:
    if not {"project", "read:project"} & asked.site.state.scopes:
        raise failure(
            "INSUFFICIENT_SCOPES",
            "Your token has not been granted the required scopes to execute this query. The 'projectV2' field requires "
            "one of the following scopes: ['read:project'].",
        )
    found = next((each for each in _projects(owner, asked) if each.number == given["number"]), None)
    if found is None:
        raise failure("NOT_FOUND", f"Could not resolve to a ProjectV2 with the number {given['number']}.")
    return found


def _item_values(item: ProjectItem) -> list[ItemValue]:
    fields = item.project.fields
    return [ItemValue(item, fields[node], value) for node, value in item.values.items()]


def _value_by_name(item: ProjectItem, _asked: Asked, given: Json) -> ItemValue | None:
    return next((each for each in _item_values(item) if each.field.name == given["name"]), None)


def _project_field(project: Project, _asked: Asked, given: Json) -> ProjectField | None:
    return next((each for each in project.fields.values() if each.name == given["name"]), None)


def _project_of(field: ProjectField, asked: Asked, _given: Json) -> Project:
    return next(each for each in asked.site.state.projects.values() if field.node_id in each.fields)


# the table --------------------------------------------------------------------------------------------------------


def _author(thing: Any) -> User | None:
    return None if thing.user is None or thing.user.login == GHOST else thing.user


def _database_id(thing: Any) -> int | None:
    return thing.id if thing.id <= MAX_INT else None  # beyond 32 bits only `fullDatabaseId` is right


def _login(user: User) -> str:
    return user.login.removesuffix("[bot]") if user.type == "Bot" else user.login


def _page(asked: Asked, issue: Issue) -> str:
    kind = "pull" if issue.is_pull_request else "issues"
    return f"{asked.web}/{issue.repository.full_name}/{kind}/{issue.number}"


def _reason(issue: Issue) -> str | None:
    return issue.state_reason.upper() if issue.state_reason else None


def _of_owner(kind: str) -> Field:
    def field(owner: Any, asked: Asked, given: Json) -> Connection:
        login = (owner.owner if isinstance(owner, Repository) else owner).login.lower()
        state = asked.site.state
        books: dict[int, Any] = dict((state.types if kind == "types" else state.fields).get(login, {}))
        return connection(list(books.values()), given)

    return field


_USER: dict[str, Field] = {
    "databaseId": lambda user, _asked, _given: _database_id(user),
    "id": lambda user, _asked, _given: user.node_id,
    "login": lambda user, _asked, _given: _login(user),
    "name": lambda _user, _asked, _given: None,
    "url": lambda user, asked, _given: f"{asked.web}/{_login(user)}",
    "projectV2": _project,
    "projectsV2": lambda owner, asked, given: connection(_projects(owner, asked), given),
    "issueTypes": _of_owner("types"),
    "issueFields": _of_owner("fields"),
}
_ISSUE: dict[str, Field] = {
    "id": lambda issue, _asked, _given: issue.node_id,
    "databaseId": lambda issue, _asked, _given: _database_id(issue),
    "fullDatabaseId": lambda issue, _asked, _given: str(issue.id),
    "number": lambda issue, _asked, _given: issue.number,
    "title": lambda issue, _asked, _given: issue.title,
    "body": lambda issue, _asked, _given: issue.body or "",
    "url": lambda issue, asked, _given: _page(asked, issue),
    "state": lambda issue, _asked, _given: issue.state.upper(),
    "stateReason": lambda issue, _asked, _given: _reason(issue),
    "closed": lambda issue, _asked, _given: issue.state == "closed",
    "locked": lambda issue, _asked, _given: issue.locked,
    "activeLockReason": lambda issue, _asked, _given: _enum(issue.lock_reason),
    "author": lambda issue, _asked, _given: _author(issue),
    "authorAssociation": lambda issue, _asked, _given: issue.association,
    "createdAt": lambda issue, _asked, _given: issue.created_at,
    "updatedAt": lambda issue, _asked, _given: issue.updated_at,
    "closedAt": lambda issue, _asked, _given: issue.closed_at,
    "repository": lambda issue, _asked, _given: issue.repository,
    "milestone": lambda issue, _asked, _given: issue.milestone,
    "assignees": lambda issue, _asked, given: connection([x for x in issue.assignees if x.type == "User"], given),
    "labels": lambda issue, _asked, given: _labels(issue.labels, given),
    "comments": lambda issue, _asked, given: _comments(issue, given),
    "userContentEdits": lambda issue, _asked, given: connection(issue.edits[::-1], given),
    "parent": _parent,
    "subIssues": lambda issue, _asked, given: connection(issue.children, given),
    "subIssuesSummary": lambda issue, _asked, _given: _summary(issue),
    "issueType": lambda issue, _asked, _given: issue.type,
    "issueFieldValues": _field_values,
    "projectItems": _items,
}
_VALUE: dict[str, Field] = {
    "id": lambda value, _asked, _given: f"{value.item.node_id}_{value.field.id}",
    "field": lambda value, _asked, _given: value.field,
    "item": lambda value, _asked, _given: value.item,
    "creator": lambda value, asked, _given: asked.site.state.user(
        value.item.setters.get(value.field.node_id, "person")
    ),
    "createdAt": lambda value, _asked, _given: value.item.created_at,
    "updatedAt": lambda value, _asked, _given: value.item.updated_at,
    "number": lambda value, _asked, _given: value.value,
    "text": lambda value, _asked, _given: value.value,
    "date": lambda value, _asked, _given: value.value,
    "name": lambda value, _asked, _given: value.value.name,
    "optionId": lambda value, _asked, _given: value.value.key,
    "color": lambda value, _asked, _given: value.value.color.upper(),
}
_ISSUE_VALUE: dict[str, Field] = {
    "id": lambda value, _asked, _given: f"IFV_{value.issue.id}_{value.field.id}",
    "field": lambda value, _asked, _given: value.field,
    "value": lambda value, _asked, _given: value.value.name if isinstance(value.value, Option) else value.value,
    "name": lambda value, _asked, _given: value.value.name,
    "optionId": lambda value, _asked, _given: value.value.node_id,
    "color": lambda value, _asked, _given: value.value.color.upper(),
}
FIELDS: dict[type, dict[str, Field]] = {
    User: _USER,
    Issue: _ISSUE,
    ItemValue: _VALUE,
    FieldValue: _ISSUE_VALUE,
    Repository: {
        "id": lambda home, _asked, _given: home.node_id,
        "databaseId": lambda home, _asked, _given: _database_id(home),
        "nameWithOwner": lambda home, _asked, _given: home.full_name,
        "url": lambda home, asked, _given: f"{asked.web}/{home.full_name}",
        "isArchived": lambda home, _asked, _given: home.archived,
        "isPrivate": lambda home, _asked, _given: not home.is_public,
        "visibility": lambda home, _asked, _given: home.visibility.upper(),
        "hasIssuesEnabled": lambda home, _asked, _given: home.has_issues,
        "issue": _issue,
        "issues": _issues,
        "label": lambda home, _asked, given: home.labels.get(given["name"].lower()),
        "labels": lambda home, _asked, given: _labels(list(home.labels.values()), given),
        "issueTypes": _of_owner("types"),
    },
    Label: {
        "id": lambda label, _asked, _given: label.node_id,
        "isDefault": lambda label, _asked, _given: label.default,
        "url": lambda label, asked, _given: f"{asked.web}/labels/{label.id}",
        "createdAt": lambda label, _asked, _given: label.created_at,
        "updatedAt": lambda label, _asked, _given: label.updated_at,
    },
    Milestone: {
        "id": lambda each, _asked, _given: each.node_id,
        "state": lambda each, _asked, _given: each.state.upper(),
        "dueOn": lambda each, _asked, _given: each.due_on,
        "url": lambda each, asked, _given: f"{asked.web}/milestone/{each.number}",
        "createdAt": lambda each, _asked, _given: each.created_at,
        "updatedAt": lambda each, _asked, _given: each.updated_at,
        "closedAt": lambda each, _asked, _given: each.closed_at,
    },
    IssueType: {
        "id": lambda each, _asked, _given: each.node_id,
        "color": lambda each, _asked, _given: each.color.upper(),
        "isEnabled": lambda _each, _asked, _given: True,
    },
    Comment: {
        "id": lambda each, _asked, _given: each.node_id,
        "databaseId": lambda each, _asked, _given: _database_id(each),
        "fullDatabaseId": lambda each, _asked, _given: str(each.id),
        "author": lambda each, _asked, _given: _author(each),
        "authorAssociation": lambda each, _asked, _given: each.association,
        "createdAt": lambda each, _asked, _given: each.created_at,
        "updatedAt": lambda each, _asked, _given: each.updated_at,
        "issue": lambda each, asked, _given: asked.site.state.comments[each.id][0],
        "url": lambda each, asked, _given: _comment_page(asked, each),
        "viewerDidAuthor": lambda each, asked, _given: (
            each.user is not None and each.user.login == asked.call.user.login
        ),
    },
    TextEdit: {
        "id": lambda each, _asked, _given: each.node_id,
        "createdAt": lambda each, _asked, _given: each.at,
        "updatedAt": lambda each, _asked, _given: each.at,
        "editedAt": lambda each, _asked, _given: each.at,
        "editor": lambda each, _asked, _given: each.editor,
        "diff": lambda each, _asked, _given: each.text,
        "deletedAt": lambda _each, _asked, _given: None,
    },
    IssueField: {
        "id": lambda each, _asked, _given: each.node_id,
        "dataType": lambda each, _asked, _given: each.data_type.upper(),
        "description": lambda _each, _asked, _given: None,
        "visibility": lambda each, _asked, _given: "ALL" if each.visibility == "all" else "ORG_ONLY",
    },
    Option: {
        "id": lambda each, _asked, _given: each.node_id,
        "description": lambda _each, _asked, _given: "",
        "color": lambda each, _asked, _given: each.color.upper(),
    },
    Project: {
        "id": lambda each, _asked, _given: each.node_id,
        "fullDatabaseId": lambda each, _asked, _given: str(each.id),
        "url": lambda each, asked, _given: f"{asked.web}/orgs/{each.owner.login}/projects/{each.number}",
        "closed": lambda _each, _asked, _given: False,
        "field": _project_field,
        "updatedAt": lambda each, _asked, _given: each.updated_at or each.created_at,
        "viewerCanUpdate": lambda each, _asked, _given: not each.read_only,
        "fields": lambda each, _asked, given: connection(list(each.fields.values()), given),
        "items": lambda each, _asked, given: connection(list(each.items.values()), given),
    },
    ProjectField: {
        "id": lambda each, _asked, _given: each.node_id,
        "databaseId": lambda each, _asked, _given: _database_id(each),
        "dataType": lambda each, _asked, _given: each.data_type.upper(),
        "project": _project_of,
        "options": lambda each, _asked, given: _chosen(each, given),
    },
    ProjectItem: {
        "id": lambda each, _asked, _given: each.node_id,
        "fullDatabaseId": lambda each, _asked, _given: str(each.id),
        "type": lambda each, _asked, _given: "PULL_REQUEST" if each.issue.is_pull_request else "ISSUE",
        "isArchived": lambda each, _asked, _given: each.is_archived,
        "creator": lambda each, asked, _given: asked.site.state.user(each.creator),
        "content": lambda each, asked, _given: each.issue if asked.sees(each.issue.repository) else None,
        "createdAt": lambda each, _asked, _given: each.created_at,
        "updatedAt": lambda each, _asked, _given: each.updated_at,
        "fieldValueByName": _value_by_name,
        "fieldValues": lambda each, _asked, given: connection(_item_values(each), given),
    },
}
QUERIES: dict[str, Field] = {
    "repository": _repository,
    "organization": _owner("Organization"),
    "user": _owner("User"),
    "repositoryOwner": _any_owner,
    "viewer": lambda _source, asked, _given: asked.site.state.user(asked.call.user.login),
    "node": lambda _source, asked, given: find(asked, given["id"]),
    "nodes": _nodes,
    "rateLimit": _rate_limit,
}


def _chosen(field: ProjectField, given: Json) -> list[Json]:
    names = given.get("names")
    return [
        {"id": each.key, "name": each.name, "description": "", "color": each.color.upper()}
        for each in field.options
        if names is None or each.name in names
    ]


def _summary(issue: Issue) -> Json:
    shape = summary_of(issue)
    return {"total": shape["total"], "completed": shape["completed"], "percentCompleted": shape["percent_completed"]}


def _comment_page(asked: Asked, comment: Comment) -> str:
    return f"{_page(asked, asked.site.state.comments[comment.id][0])}#issuecomment-{comment.id}"


def _enum(text: str | None) -> str | None:
    return text.upper().replace(" ", "_").replace("-", "_") if text else None
