"""GraphQL's mutations, one function each: from input to payload, through the state."""

from typing import Any

from journeysync.sandbox.github.books import Actor
from journeysync.sandbox.github.graphql_fields import field_values
from journeysync.sandbox.github.graphql_things import Asked, Field, failure, find
from journeysync.sandbox.github.routes_issues import MAX_BODY, MAX_LABELS
from journeysync.sandbox.github.things import (
    Comment,
    Issue,
    IssueField,
    Json,
    Label,
    Option,
    Project,
    ProjectField,
    ProjectItem,
    Repository,
)

MAX_LABEL_NAME = 50


def _actor(asked: Asked) -> Actor:
    return asked.site.actor(asked.call)


def _thing(asked: Asked, node: str, kind: type) -> Any:
    found = find(asked, node)
    if not isinstance(found, kind):
        raise failure("NOT_FOUND", f"Could not resolve to {kind.__name__} node with the global id of '{node}'.")
    return found


def _writable(asked: Asked, node: str, mutation: str) -> Issue:
    issue: Issue = _thing(asked, node, Issue)
    _check_push(asked, issue.repository, mutation)
    return issue


def _check_push(asked: Asked, home: Repository, mutation: str) -> None:
    login = asked.call.user.login
    if home.archived:
        raise failure("FORBIDDEN", "Repository was archived so is read-only.")
    if not asked.site.may_push(asked.call.user, home):
        raise failure("FORBIDDEN", f"{login} does not have the correct permissions to execute `{mutation}`")


def _labels(asked: Asked, issue: Issue, nodes: list[str]) -> list[Label]:
    labels: list[Label] = []
    for node in nodes:
        label = asked.site.state.nodes.get(node)
        if not isinstance(label, Label) or label not in issue.repository.labels.values():
            raise failure("NOT_FOUND", f"Could not resolve to Label node with the global id of '{node}'.")
        labels.append(label)
    return labels


def _add_labels(_source: Any, asked: Asked, given: Json) -> Json:
    issue = _writable(asked, given["labelableId"], "AddLabelsToLabelable")
    labels = _labels(asked, issue, given["labelIds"])
    if len(set(issue.labels) | set(labels)) > MAX_LABELS:
        raise failure("UNPROCESSABLE", "an issue cannot have more than 100 labels")
    asked.site.state.add_labels(issue, *(label.name for label in labels), actor=_actor(asked))
    return {"labelable": issue}


def _remove_labels(_source: Any, asked: Asked, given: Json) -> Json:
    issue = _writable(asked, given["labelableId"], "RemoveLabelsFromLabelable")
    names = [label.name for label in _labels(asked, issue, given["labelIds"]) if label in issue.labels]
    asked.site.state.remove_labels(issue, *names, actor=_actor(asked))
    return {"labelable": issue}


def _create_label(_source: Any, asked: Asked, given: Json) -> Json:
    home: Repository = _thing(asked, given["repositoryId"], Repository)
    _check_push(asked, home, "CreateLabel")
    if given["name"].lower() in home.labels:
        raise failure("UNPROCESSABLE", "Name has already been taken")
    if len(given["name"]) > MAX_LABEL_NAME:
        raise failure("UNPROCESSABLE", f"Name is too long (maximum is {MAX_LABEL_NAME} characters)")
    color, text = given["color"], given.get("description")
    return {"label": asked.site.state.add_label(home, given["name"], color, text, actor=_actor(asked))}


def _add_comment(_source: Any, asked: Asked, given: Json) -> Json:
    issue: Issue = _thing(asked, given["subjectId"], Issue)
    if issue.repository.archived or (issue.locked and not asked.site.may_push(asked.call.user, issue.repository)):
        raise failure("FORBIDDEN", "Unable to create comment because issue is locked.")
    made = asked.site.state.comment(issue, _text(given), actor=_actor(asked))
    return {"commentEdge": {"node": made, "cursor": made.node_id}, "subject": issue}


def _update_comment(_source: Any, asked: Asked, given: Json) -> Json:
    comment = _own_comment(asked, given["id"], "UpdateIssueComment")
    return {"issueComment": asked.site.state.edit_comment(comment.id, _text(given), actor=_actor(asked))}


def _delete_comment(_source: Any, asked: Asked, given: Json) -> Json:
    comment = _own_comment(asked, given["id"], "DeleteIssueComment")
    asked.site.state.delete_comment(comment.id, actor=_actor(asked))
    return {}


def _own_comment(asked: Asked, node: str, mutation: str) -> Comment:
    comment: Comment = _thing(asked, node, Comment)
    if comment.user is None or comment.user.login != asked.call.user.login:
        _check_push(asked, asked.site.state.comments[comment.id][0].repository, mutation)
    return comment


def _text(given: Json) -> str:
    text = str(given["body"])
    if not text.strip():
        raise failure("UNPROCESSABLE", "Body cannot be blank")
    if len(text) > MAX_BODY:
        raise failure("UNPROCESSABLE", f"Body is too long (maximum is {MAX_BODY} characters)")
    return text


def _update_issue(_source: Any, asked: Asked, given: Json) -> Json:
    issue = _writable(asked, given["id"], "UpdateIssue")
    state = asked.site.state
    values: Json = {name: given[name] for name in ("title", "body") if name in given}
    if "body" in values and values["body"] is not None:
        _text(given | {"body": values["body"] or "-"})
    if given.get("state"):
        values["state"] = given["state"].lower()
    for name, kept in (("issueTypeId", "type"), ("milestoneId", "milestone")):
        if name in given:
            values[kept] = find(asked, given[name]) if given[name] else None
    if values:
        state.edit(issue, actor=_actor(asked), **values)
    if "labelIds" in given:
        wanted = _labels(asked, issue, given["labelIds"] or [])
        gone = [label.name for label in issue.labels if label not in wanted]
        state.remove_labels(issue, *gone, actor=_actor(asked))
        state.add_labels(issue, *(each.name for each in wanted if each not in issue.labels), actor=_actor(asked))
    return {"issue": issue}


def _add_item(_source: Any, asked: Asked, given: Json) -> Json:
    project: Project = _thing(asked, given["projectId"], Project)
    issue: Issue = _thing(asked, given["contentId"], Issue)
    _check_project(asked, project, "AddProjectV2ItemById")
    return {"item": asked.site.state.add_to_project(project, issue, actor=_actor(asked))}


def _update_item(_source: Any, asked: Asked, given: Json) -> Json:
    item, field = _item_and_field(asked, given)
    value = {name: each for name, each in given["value"].items() if each is not None}
    if len(value) != 1:
        raise failure("UNPROCESSABLE", "Exactly one value must be provided")
    kind, content = next(iter(value.items()))
    expected = "singleSelectOptionId" if field.data_type == "single_select" else field.data_type
    if kind != expected:
        raise failure("UNPROCESSABLE", f"Did not receive a {field.data_type} value to update a field of that type")
    if field.data_type == "single_select":
        content = next((each for each in field.options if each.key == content), None)
        if content is None:
            raise failure("UNPROCESSABLE", "The single select option Id does not belong to the field")
    asked.site.state.set_project_value(item, field, content, actor=_actor(asked))
    return {"projectV2Item": item}


def _clear_item(_source: Any, asked: Asked, given: Json) -> Json:
    item, field = _item_and_field(asked, given)
    asked.site.state.set_project_value(item, field, None, actor=_actor(asked))
    return {"projectV2Item": item}


def _item_and_field(asked: Asked, given: Json) -> tuple[ProjectItem, ProjectField]:
    project: Project = _thing(asked, given["projectId"], Project)
    item, field = project.items.get(given["itemId"]), project.fields.get(given["fieldId"])
    _check_project(asked, project, "UpdateProjectV2ItemFieldValue")
    if item is None or not asked.sees(item.issue.repository):
        raise failure("NOT_FOUND", f"Could not resolve to a node with the global id of '{given['itemId']}'")
    if field is None:
        raise failure("NOT_FOUND", f"Could not resolve to a node with the global id of '{given['fieldId']}'")
    return item, field


def _check_project(asked: Asked, project: Project, mutation: str) -> None:
    if project.read_only or "project" not in asked.site.state.scopes:
        login = asked.call.user.login
        raise failure("FORBIDDEN", f"{login} does not have the correct permissions to execute `{mutation}`")


def _delete_item(_source: Any, asked: Asked, given: Json) -> Json:
    project: Project = _thing(asked, given["projectId"], Project)
    _check_project(asked, project, "DeleteProjectV2Item")
    item = project.items.get(given["itemId"])
    if item is None:
        raise failure("NOT_FOUND", f"Could not resolve to a node with the global id of '{given['itemId']}'")
    asked.site.state.remove_from_project(item, actor=_actor(asked))
    return {"deletedItemId": given["itemId"]}


def _set_fields(_source: Any, asked: Asked, given: Json) -> Json:
    issue = _writable(asked, given["issueId"], "SetIssueFieldValue")
    wanted = [_wanted(asked, issue, each) for each in given["issueFields"]]
    for field, value in wanted:
        asked.site.state.set_field_value(issue, field, value, actor=_actor(asked))
    return {"issue": issue, "issueFieldValues": field_values(issue, asked)}


def _wanted(asked: Asked, issue: Issue, given: Json) -> tuple[IssueField, Any]:
    fields = asked.site.state.fields.get(issue.repository.owner.login.lower(), {}).values()
    field = next((each for each in fields if each.node_id == given["fieldId"]), None)
    if field is None:
        raise failure("NOT_FOUND", f"Could not resolve to a node with the global id of '{given['fieldId']}'")
    if given.get("delete"):
        return field, None
    names = {"text": "textValue", "number": "numberValue", "date": "dateValue", "single_select": "singleSelectOptionId"}
    value = given.get(names[field.data_type])
    if value is None:
        raise failure("UNPROCESSABLE", f"Field '{field.name}' takes {names[field.data_type]}")
    if field.data_type == "single_select":
        option: Option | None = next((each for each in field.options if each.node_id == value), None)
        if option is None:
            raise failure("UNPROCESSABLE", "The single select option Id does not belong to the field")
        return field, option
    return field, value


def _add_sub_issue(_source: Any, asked: Asked, given: Json) -> Json:
    issue = _writable(asked, given["issueId"], "AddSubIssue")
    child: Issue = _thing(asked, given.get("subIssueId") or "", Issue)
    if child.parent is not None and child.parent is not issue and not given.get("replaceParent"):
        raise failure("UNPROCESSABLE", "Sub issue may only have one parent")
    try:
        asked.site.state.set_parent(child, issue, actor=_actor(asked))
    except ValueError as error:
        raise failure("UNPROCESSABLE", str(error)) from None
    return {"issue": issue, "subIssue": child}


def _remove_sub_issue(_source: Any, asked: Asked, given: Json) -> Json:
    issue = _writable(asked, given["issueId"], "RemoveSubIssue")
    child: Issue = _thing(asked, given["subIssueId"], Issue)
    if child.parent is not issue:
        raise failure("UNPROCESSABLE", "The issue is no sub-issue of this parent")
    asked.site.state.set_parent(child, None, actor=_actor(asked))
    return {"issue": issue, "subIssue": child}


MUTATIONS: dict[str, Field] = {
    "addLabelsToLabelable": _add_labels,
    "removeLabelsFromLabelable": _remove_labels,
    "createLabel": _create_label,
    "addComment": _add_comment,
    "updateIssueComment": _update_comment,
    "deleteIssueComment": _delete_comment,
    "updateIssue": _update_issue,
    "addProjectV2ItemById": _add_item,
    "updateProjectV2ItemFieldValue": _update_item,
    "clearProjectV2ItemFieldValue": _clear_item,
    "deleteProjectV2Item": _delete_item,
    "setIssueFieldValue": _set_fields,
    "addSubIssue": _add_sub_issue,
    "removeSubIssue": _remove_sub_issue,
}
