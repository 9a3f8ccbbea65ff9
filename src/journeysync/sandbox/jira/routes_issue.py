"""Endpoints of one issue: read, edit, create, delete, editmeta, changelog; and bulkfetch."""

from typing import Any

from journeysync.sandbox.jira.answers import refuse, whole_number
from journeysync.sandbox.jira.bodies import EditBody, FetchBody, body_as
from journeysync.sandbox.jira.catalog import FieldSpec, Project
from journeysync.sandbox.jira.edit import checked_values
from journeysync.sandbox.jira.issue import Issue
from journeysync.sandbox.jira.properties import checked_property
from journeysync.sandbox.jira.render import COSTLY_EXPANDS, selection
from journeysync.sandbox.jira.site import JiraSite
from journeysync.sandbox.wire import DECODE, Call, Reply, as_json

BULKFETCH_ROWS = 100
BULKFETCH_ROWS_LEAN = 1_000
MOST_PROPERTIES = 5


class IssueRoutes:
    """Handlers for `/issue/...`."""

    def __init__(self, site: JiraSite) -> None:
        self._site = site
        self._state = site.state

    def get(self, call: Call) -> Reply:
        """GET /issue/{issue}: by id, key in any case, or former key; always fresh."""
        issue = self._site.issue(call)
        wanted = selection(call.many("fields"), default="*all")
        body = self._site.renderer(call).issue(
            issue, wanted, properties=call.many("properties"), expand=call.many("expand")
        )
        return Reply(200, body)

    def edit(self, call: Call) -> Reply:
        """PUT /issue/{issue}: fields, update operations and properties in one step, or none of them."""
        issue = self._site.issue_to_write(call)
        body = body_as(EditBody, call.body)
        home = self._state.project_of(issue)
        payload = {"fields": body.fields, "update": body.update}
        values = checked_values(self._state, issue, home, payload, version=self._site.version_of(call))
        properties = [checked_property(each) for each in body.properties or ()]
        notify = self._site.notifies(call, home.key)
        actor = self._site.actor(call, notify=notify)
        self._state.write_fields(issue, values, actor)
        for name, raw in properties:
            self._state.write_property(issue, name, raw, actor)
        if call.flag("returnIssue") and not self._state.is_server:
            wanted = selection((), default="*all")
            return Reply(200, self._site.renderer(call).issue(issue, wanted, expand=call.many("expand")))
        return Reply(204)

    def create(self, call: Call) -> Reply:
        """POST /issue."""
        body = body_as(EditBody, call.body)
        fields = dict(body.fields or {})
        home = self._home(call, fields.pop("project", None))
        missing = {"summary": "You must specify a summary of the issue."} if not fields.get("summary") else {}
        missing |= {"issuetype": "Specify an issue type"} if not fields.get("issuetype") else {}
        if missing:
            raise refuse(400, errors=missing)
        version = self._site.version_of(call)
        values = checked_values(self._state, None, home, {"fields": fields, "update": body.update}, version=version)
        properties = [checked_property(each) for each in body.properties or ()]
        actor = self._site.actor(call, notify=True)
        issue = self._state.create_issue(home.key, actor=actor, **{name: DECODE(raw) for name, raw in values.items()})
        for name, raw in properties:
            self._state.write_property(issue, name, raw, actor)
        address = f"{self._site.base_url(call)}/rest/api/{version}/issue/{issue.id}"
        return as_json({"id": issue.id, "key": issue.key, "self": address}, 201)

    def delete(self, call: Call) -> Reply:
        """DELETE /issue/{issue}; sub-tasks only go along when asked."""
        issue = self._site.issue_to_write(call, "DELETE_ISSUES")
        children = [each for each in self._state.issues.values() if issue.id in each.facts.parent]
        if any(child.value("issuetype").get("subtask") for child in children) and not call.flag("deleteSubtasks"):
            raise refuse(
                400, f"The issue '{issue.key}' has subtasks.  You must specify the 'deleteSubtasks' parameter."
            )
        self._state.delete(issue.id, actor=self._site.actor(call, notify=True))
        return Reply(204)

    def editmeta(self, call: Call) -> Reply:
        """GET /issue/{issue}/editmeta: the fields that may be edited here."""
        issue = self._site.issue(call)
        home = self._state.project_of(issue)
        if not call.user.may("EDIT_ISSUES", home.key):
            return as_json({"fields": {}})
        specs = [spec for spec in self._state.fields.values() if spec.editable and home.id not in spec.hidden_in]
        if self._state.is_server:
            specs = [spec for spec in specs if spec.id != "parent"]
        return as_json({"fields": {spec.id: self._field_meta(spec) for spec in specs}})

    def changelog(self, call: Call) -> Reply:
        """GET /issue/{issue}/changelog: oldest first, by startAt."""
        issue = self._site.issue(call)
        start, most = whole_number(call.arg("startAt", "0")), min(whole_number(call.arg("maxResults", "100")), 100)
        values = issue.history[start : start + most]
        total = len(issue.history)
        page = {"maxResults": most, "startAt": start, "total": total, "isLast": start + most >= total}
        return as_json({"self": self._site.address_of(call), **page, "values": values})

    def bulkfetch(self, call: Call) -> Reply:
        """POST /issue/bulkfetch: ascending id; what is missing or hidden is silently absent; always fresh."""
        body = body_as(FetchBody, call.body)
        keys, expand, properties = body.issue_ids_or_keys, body.expand or [], body.properties or []
        if not keys:
            raise refuse(400, "Please provide at least one issue ID or key.")
        wanted = selection(body.fields or [], default="*navigable")
        lean = bool(wanted.names) and not wanted.has_many_values and len(wanted.names) <= 100
        most = BULKFETCH_ROWS_LEAN if lean and COSTLY_EXPANDS.isdisjoint(expand) else BULKFETCH_ROWS
        if len(keys) > most:
            raise refuse(400, f"The number of issues requested ({len(keys)}) exceeds the maximum of {most}.")
        if len(properties) > MOST_PROPERTIES:
            raise refuse(400, f"The number of properties requested exceeds the maximum of {MOST_PROPERTIES}.")
        renderer = self._site.renderer(call)
        found = self._visible(call, [str(key) for key in keys])
        rows = [renderer.issue(issue, wanted, properties=properties, expand=expand) for issue in found]
        return Reply(200, b'{"issues":[' + b",".join(rows) + b'],"issueErrors":[]}')

    def _visible(self, call: Call, keys: list[str]) -> list[Issue]:
        found = {issue.id: issue for key in keys if (issue := self._state.find(key)) is not None}
        seen = [issue for issue in found.values() if self._state.visible_to(call.user, issue)]
        return sorted(seen, key=lambda issue: int(issue.id))

    def _home(self, call: Call, named: Any) -> Project:
        key = str(named.get("key") or named.get("id")) if isinstance(named, dict) else ""
        try:
            home = self._state.project(key)
        except KeyError:
            raise refuse(400, errors={"project": "valid project is required"}) from None
        if not (call.user.may("CREATE_ISSUES", home.key) and call.user.may("BROWSE_PROJECTS", home.key)):
            raise refuse(400, errors={"project": "You cannot create issues in this project."})
        return home

    def _field_meta(self, spec: FieldSpec) -> dict[str, Any]:
        operations = ["add", "set", "remove"] if spec.kind == "array" else ["set"]
        meta: dict[str, Any] = {
            "required": spec.id in ("summary", "issuetype"),
            "schema": spec.schema,
            "name": spec.name,
            "fieldId" if self._state.is_server else "key": spec.id,
            "operations": operations,
        }
        if spec.kind == "priority":
            meta["allowedValues"] = list(self._state.priorities.values())
        elif spec.options:
            meta["allowedValues"] = spec.options
        return meta
