"""GraphQL's mutations, one function each: from arguments to payload, through the state."""

from collections.abc import Callable
from typing import Any

from journeysync.sandbox.linear.fields import Asked, Field, failure, find
from journeysync.sandbox.linear.filters import is_uuid
from journeysync.sandbox.linear.state import MAX_BATCH, Actor, Refusal
from journeysync.sandbox.linear.things import Issue, Json, Label, Webhook

MAX_LABEL_NAME = 80
_PLAIN = ("title", "description", "priority", "estimate")
_RELATIONS = {"stateId": ("state", "WorkflowState"), "projectId": ("project", "Project"), "cycleId": ("cycle", "Cycle")}


def _actor(asked: Asked, operation: str) -> Actor:
    return Actor(asked.caller.name, asked.call.number, operation)


def _writable(asked: Asked, name: str) -> Issue:
    issue: Issue = find(asked, "Issue", name)
    if issue.team.id in asked.site.state.read_only:
        words = f"You don't have permission to update issues of the team {issue.team.key}"
        raise failure(words, "FORBIDDEN")
    return issue


def _labels(asked: Asked, issue: Issue, ids: list[str]) -> list[Label]:
    labels: list[Label] = []
    for id_ in ids:
        label: Label = find(asked, "IssueLabel", id_)
        if label.team not in (None, issue.team):
            raise failure("LabelIds not in the issue's team", shown="A label belongs to another team than the issue.")
        labels.append(label)
    return labels


def _check(asked: Asked, given: Json) -> None:
    if given.get("labelIds") is not None and (given.get("addedLabelIds") or given.get("removedLabelIds")):
        raise failure("Argument Validation Error: labelIds cannot be used with addedLabelIds or removedLabelIds")
    if given.get("priority") is not None and not 0 <= given["priority"] <= 4:
        raise failure("Argument Validation Error: priority must be between 0 and 4")
    if given.get("title") is not None and not given["title"].strip():
        raise failure("Argument Validation Error: title should not be empty")
    for name, (_field, kind) in _RELATIONS.items():
        if given.get(name):
            find(asked, kind, given[name])


def _apply(asked: Asked, issue: Issue, given: Json, actor: Actor) -> Issue:
    state = asked.site.state
    _check(asked, given)
    if given.get("labelIds") is not None:
        wanted = _labels(asked, issue, given["labelIds"])
        state.relabel(issue, wanted, [label for label in issue.labels if label not in wanted], actor=actor)
    added = _labels(asked, issue, given.get("addedLabelIds") or [])
    removed = [x for x in issue.labels if x.id in (given.get("removedLabelIds") or [])]
    if added or removed:
        state.relabel(issue, added, removed, actor=actor)
    values: Json = {name: given[name] for name in _PLAIN if name in given}
    for name, (field, kind) in _RELATIONS.items():
        if name in given:
            values[field] = find(asked, kind, given[name]) if given[name] else None
    if "parentId" in given:
        values["parent"] = find(asked, "Issue", given["parentId"]) if given["parentId"] else None
    if values:
        state.edit(issue, actor=actor, **values)
    if given.get("teamId"):
        state.move(issue, find(asked, "Team", given["teamId"]), actor=actor)
    if "trashed" in given:
        if given["trashed"]:
            state.archive(issue, trash=True, actor=actor)
        else:
            state.restore(issue, actor=actor)
    return issue


def _update(_source: Any, asked: Asked, given: Json) -> Json:
    issue = _writable(asked, given["id"])
    return {"issue": _apply(asked, issue, given["input"], _actor(asked, "issueUpdate"))}


def _batch_update(_source: Any, asked: Asked, given: Json) -> Json:
    ids = given["ids"]
    if len(ids) > MAX_BATCH:
        raise failure(f"Argument Validation Error: ids must contain no more than {MAX_BATCH} elements")
    if not all(is_uuid(each) for each in ids):
        raise failure("Argument Validation Error: each value in ids must be a UUID")
    issues = [_writable(asked, each) for each in ids]
    for issue in issues:  # all or none: what one refuses is refused before anything is done
        _check(asked, given["input"])
        _labels(asked, issue, given["input"].get("addedLabelIds") or [])
    return {"issues": [_apply(asked, each, given["input"], _actor(asked, "issueBatchUpdate")) for each in issues]}


def _create(_source: Any, asked: Asked, given: Json) -> Json:
    values, state = given["input"], asked.site.state
    team = find(asked, "Team", values["teamId"])
    _check(asked, values)
    if values.get("id") and values["id"] in state.issues_by_id:
        raise failure("Entity already exists: Issue")
    made = state.create(
        team, values.get("title") or "Untitled", id=values.get("id"), creator=state.user(asked.caller.name)
    )
    rest = {name: value for name, value in values.items() if name not in ("teamId", "title", "id")}
    return {"issue": _apply(asked, made, rest, _actor(asked, "issueCreate"))}


def _relabel(added: str, operation: str) -> Field:
    def run(_source: Any, asked: Asked, given: Json) -> Json:
        issue = _writable(asked, given["id"])
        return {"issue": _apply(asked, issue, {added: [given["labelId"]]}, _actor(asked, operation))}

    return run


def _archive(_source: Any, asked: Asked, given: Json) -> Json:
    issue = _writable(asked, given["id"])
    asked.site.state.archive(issue, trash=bool(given.get("trash")), actor=_actor(asked, "issueArchive"))
    return {"entity": issue}


def _unarchive(_source: Any, asked: Asked, given: Json) -> Json:
    issue = _writable(asked, given["id"])
    asked.site.state.restore(issue, actor=_actor(asked, "issueUnarchive"))
    return {"entity": issue}


def _delete(_source: Any, asked: Asked, given: Json) -> Json:
    issue = _writable(asked, given["id"])
    actor = _actor(asked, "issueDelete")
    if given.get("permanentlyDelete"):
        if not asked.site.state.user(asked.caller.name).admin:
            raise failure("Only admins can delete issues permanently", "FORBIDDEN")
        asked.site.state.delete(issue, actor=actor)
        return {"entity": None}
    asked.site.state.archive(issue, trash=True, actor=actor)
    return {"entity": issue}


def _create_label(_source: Any, asked: Asked, given: Json) -> Json:
    values = given["input"]
    name = values["name"].strip()
    if not 1 <= len(name) <= MAX_LABEL_NAME:
        raise failure(f"Argument Validation Error: name must be shorter than or equal to {MAX_LABEL_NAME} characters")
    if values.get("id") and not is_uuid(values["id"]):
        raise failure("Argument Validation Error: id must be a UUID")
    made = asked.site.state.add_label(
        name,
        id=values.get("id") or "",
        color=values.get("color") or "#bec2c8",
        description=values.get("description"),
        team=find(asked, "Team", values["teamId"]) if values.get("teamId") else None,
        parent=find(asked, "IssueLabel", values["parentId"]) if values.get("parentId") else None,
        is_group=bool(values.get("isGroup")),
        actor=_actor(asked, "issueLabelCreate"),
    )
    return {"issueLabel": made}


def _update_label(_source: Any, asked: Asked, given: Json) -> Json:
    label, values = find(asked, "IssueLabel", given["id"]), dict(given["input"])
    if "parentId" in values:
        values["parent"] = find(asked, "IssueLabel", values["parentId"]) if values["parentId"] else None
        del values["parentId"]
    if "isGroup" in values:
        values["is_group"] = values.pop("isGroup")
    return {"issueLabel": asked.site.state.edit_label(label, actor=_actor(asked, "issueLabelUpdate"), **values)}


def _delete_label(_source: Any, asked: Asked, given: Json) -> Json:
    asked.site.state.delete_label(find(asked, "IssueLabel", given["id"]), actor=_actor(asked, "issueLabelDelete"))
    return {"entityId": given["id"]}


def _attach(_source: Any, asked: Asked, given: Json) -> Json:
    values = given["input"]
    issue = _writable(asked, values["issueId"])
    _check_attachment(values)
    made = asked.site.state.attach(
        issue,
        values["url"],
        values["title"],
        subtitle=values.get("subtitle"),
        metadata=values.get("metadata"),
        id=values.get("id") or "",
        creator=asked.site.state.user(asked.caller.name),
        actor=_actor(asked, "attachmentCreate"),
    )
    return {"attachment": made}


def _update_attachment(_source: Any, asked: Asked, given: Json) -> Json:
    found = find(asked, "Attachment", given["id"])
    _writable(asked, found.issue.id)
    _check_attachment({"url": found.url, **given["input"]})
    values = {name: given["input"][name] for name in ("title", "subtitle", "metadata") if name in given["input"]}
    return {"attachment": asked.site.state.edit_attachment(found, actor=_actor(asked, "attachmentUpdate"), **values)}


def _detach(_source: Any, asked: Asked, given: Json) -> Json:
    found = find(asked, "Attachment", given["id"])
    _writable(asked, found.issue.id)
    asked.site.state.detach(found, actor=_actor(asked, "attachmentDelete"))
    return {"entityId": given["id"]}


def _check_attachment(values: Json) -> None:
    if not str(values["url"]).lower().startswith(("http://", "https://")):
        raise failure("Argument Validation Error: url must be a URL address")
    if not str(values["title"]).strip():
        raise failure("Argument Validation Error: title should not be empty")
    simple = all(isinstance(each, str | int | float) for each in (values.get("metadata") or {}).values())
    if not simple:
        raise failure("Argument Validation Error: metadata values must be strings or numbers")


def _update_project(_source: Any, asked: Asked, given: Json) -> Json:
    project = find(asked, "Project", given["id"])
    for name in ("name", "description", "content", "priority"):
        if name in given["input"]:
            setattr(project, name, given["input"][name])
    project.updated_at = asked.site.state.now()
    asked.site.state.changed()
    return {"project": project}


def _create_webhook(_source: Any, asked: Asked, given: Json) -> Json:
    values, state = given["input"], asked.site.state
    if not state.user(asked.caller.name).admin:
        raise failure("Only admins can create webhooks", "FORBIDDEN")
    made = Webhook(
        values.get("id") or state.free_id(),
        values["url"],
        list(values["resourceTypes"]),
        values.get("secret") or state.free_id().replace("-", ""),
        team=find(asked, "Team", values["teamId"]) if values.get("teamId") else None,
        label=values.get("label"),
        all_public_teams=bool(values.get("allPublicTeams")),
    )
    if made.team is None and not made.all_public_teams:
        raise failure("Argument Validation Error: either teamId or allPublicTeams is needed")
    state.webhooks[made.id] = made
    state.changed()
    return {"webhook": made}


def _delete_webhook(_source: Any, asked: Asked, given: Json) -> Json:
    find(asked, "Webhook", given["id"])
    del asked.site.state.webhooks[given["id"]]
    asked.site.state.changed()
    return {"entityId": given["id"]}


def _told(run: Field) -> Field:
    """Return a mutation whose refusals are errors of its field, and whose payload says that it went well."""

    def field(source: Any, asked: Asked, given: Json) -> Json:
        try:
            return {"success": True, "lastSyncId": float(len(asked.site.state.journal)), **run(source, asked, given)}
        except Refusal as refusal:
            raise failure(refusal.message, refusal.code, refusal.shown) from None

    return field


_MUTATIONS: dict[str, Callable[[Any, Asked, Json], Json]] = {
    "issueUpdate": _update,
    "issueBatchUpdate": _batch_update,
    "issueCreate": _create,
    "issueAddLabel": _relabel("addedLabelIds", "issueAddLabel"),
    "issueRemoveLabel": _relabel("removedLabelIds", "issueRemoveLabel"),
    "issueArchive": _archive,
    "issueUnarchive": _unarchive,
    "issueDelete": _delete,
    "issueLabelCreate": _create_label,
    "issueLabelUpdate": _update_label,
    "issueLabelDelete": _delete_label,
    "attachmentCreate": _attach,
    "attachmentUpdate": _update_attachment,
    "attachmentDelete": _detach,
    "projectUpdate": _update_project,
    "webhookCreate": _create_webhook,
    "webhookDelete": _delete_webhook,
}
MUTATIONS: dict[str, Field] = {name: _told(run) for name, run in _MUTATIONS.items()}
