"""Endpoints of issue properties: one by one, the same on many issues, different ones on many issues."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from msgspec import UNSET

from journeysync.sandbox.jira.answers import refuse
from journeysync.sandbox.jira.bodies import (
    FilteredPropertyBody,
    OwnPropertiesBody,
    PropertyFilter,
    SamePropertiesBody,
    body_as,
)
from journeysync.sandbox.jira.issue import Issue
from journeysync.sandbox.jira.properties import checked_key, checked_value
from journeysync.sandbox.jira.site import JiraSite
from journeysync.sandbox.jira.tasks import Task
from journeysync.sandbox.wire import DECODE, ENCODE, Call, Reply, as_json

MOST_ISSUES = 10_000
MOST_ISSUES_MULTI = 100
MOST_PROPERTIES = 10


class PropertyRoutes:
    """Handlers for `/issue/.../properties` and for the tasks that they start."""

    def __init__(self, site: JiraSite) -> None:
        self._site = site
        self._state = site.state

    def keys(self, call: Call) -> Reply:
        """GET /issue/{issue}/properties."""
        issue = self._site.issue(call)
        address = f"{self._site.address_of(call)}/"
        return as_json({"keys": [{"self": address + name, "key": name} for name in issue.properties]})

    def get(self, call: Call) -> Reply:
        """GET /issue/{issue}/properties/{name}."""
        issue, name = self._site.issue(call), call.params["name"]
        if name not in issue.properties:
            raise refuse(404, f"The property with key '{name}' does not exist.")
        return Reply(200, b'{"key":' + ENCODE(name) + b',"value":' + issue.properties[name] + b"}")

    def put(self, call: Call) -> Reply:
        """PUT /issue/{issue}/properties/{name}: 201 for a new one, 200 for a changed one."""
        name, raw = checked_key(call.params["name"]), checked_value(call.body)
        issue = self._site.issue_to_write(call)
        new = self._state.write_property(issue, name, raw, self._site.actor(call))
        return Reply(201 if new else 200)

    def delete(self, call: Call) -> Reply:
        """DELETE /issue/{issue}/properties/{name}."""
        issue, name = self._site.issue_to_write(call), call.params["name"]
        if name not in issue.properties:
            raise refuse(404, f"The property with key '{name}' does not exist.")
        self._state.remove_property(issue, name, self._site.actor(call))
        return Reply(204)

    def set_same(self, call: Call) -> Reply:
        """POST /issue/properties: up to 10 properties with the same values on up to 10,000 issues; all or none."""
        body = body_as(SamePropertiesBody, call.body)
        if not 1 <= len(body.ids) <= MOST_ISSUES:
            raise refuse(400, f"Between 1 and {MOST_ISSUES} entity ids are required.")
        properties = _checked(body.properties)
        wanted = {str(issue_id): properties for issue_id in body.ids}
        return self._start(call, wanted, transactional=True)

    def set_different(self, call: Call) -> Reply:
        """POST /issue/properties/multi: own values for each of up to 100 issues; each for itself."""
        entries = body_as(OwnPropertiesBody, call.body).issues
        if not 1 <= len(entries) <= MOST_ISSUES_MULTI:
            raise refuse(400, f"Between 1 and {MOST_ISSUES_MULTI} issues are required.")
        wanted = {str(entry.issue_id): _checked(entry.properties) for entry in entries}
        return self._start(call, wanted, transactional=False)

    def set_filtered(self, call: Call) -> Reply:
        """PUT /issue/properties/{name}: one value on all issues that a filter lets through."""
        body = body_as(FilteredPropertyBody, call.body)
        if body.value is UNSET:
            raise refuse(400, "A 'value' is required; this sandbox does not evaluate Jira expressions.")
        name, raw = checked_key(call.params["name"]), checked_value(ENCODE(body.value))
        chosen = self._filtered(call, name, body.filter)
        return self._start(call, {issue.id: {name: raw} for issue in chosen}, transactional=True)

    def delete_filtered(self, call: Call) -> Reply:
        """DELETE /issue/properties/{name}: from all issues that a filter lets through."""
        name = call.params["name"]
        wanted = body_as(PropertyFilter, call.body or b"{}")
        wanted.has_property = True
        chosen = self._filtered(call, name, wanted)
        actor = self._site.actor(call)

        def run(task: Task) -> Any:
            for issue in chosen:
                if name in issue.properties:
                    self._state.remove_property(issue, name, replace(actor, task=task.id))
                    task.processed.append(int(issue.id))
            return {}

        return self._accepted(call, self._site.tasks.submit("properties", actor.account_id, len(chosen), run))

    def task(self, call: Call) -> Reply:
        """GET /task/{task}."""
        task = self._site.tasks.find(call.params["task"])
        if task is None or task.kind != "properties":
            raise refuse(404, "The task was not found.")
        if task.account_id != call.user.account_id and not call.user.may("ADMINISTER"):
            raise refuse(403, "Only the creator of the task or an administrator can view it.")
        end = task.finished or self._state.clock()
        body: dict[str, Any] = {
            "self": self._address(call, task),
            "id": task.id,
            "description": "Bulk set issue properties",
            "status": task.status,
            "submittedBy": 10_000,
            "progress": 0 if task.is_open else 100,
            "elapsedRuntime": round((end - task.submitted) * 1_000),
            "submitted": round(task.submitted * 1_000),
            "started": round(task.submitted * 1_000),
            "lastUpdate": round(end * 1_000),
        }
        if not task.is_open:
            body |= {"finished": round(task.finished * 1_000), "result": task.result}
        return as_json(body)

    def _filtered(self, call: Call, name: str, wanted: PropertyFilter) -> list[Issue]:
        if wanted.has_property is False and wanted.current_value is not UNSET:
            raise refuse(400, "A filter cannot ask for a current value of a property that is not there.")
        ids = {str(each) for each in wanted.entity_ids}
        return [
            issue
            for issue in self._state.issues.values()
            if (not ids or issue.id in ids)
            and self._may_edit(call, issue)
            and (wanted.has_property is None or (name in issue.properties) == wanted.has_property)
            and (wanted.current_value is UNSET or _holds(issue, name, wanted.current_value))
        ]

    def _may_edit(self, call: Call, issue: Issue) -> bool:
        return self._state.visible_to(call.user, issue) and call.user.may("EDIT_ISSUES", issue.facts.project_key)

    def _start(self, call: Call, wanted: Mapping[str, Mapping[str, bytes]], *, transactional: bool) -> Reply:
        actor = self._site.actor(call)

        def run(task: Task) -> Any:
            known = {key: self._state.issues.get(key) for key in wanted}
            for key, issue in known.items():
                if issue is None or not self._may_edit(call, issue):
                    task.failed[key] = ["Issue does not exist or you do not have permission to edit it."]
            if task.failed and transactional:
                return _result(task)
            for key, properties in wanted.items():
                issue = known[key]
                if issue is None or key in task.failed:
                    continue
                for name, raw in properties.items():
                    self._state.write_property(issue, name, raw, replace(actor, task=task.id))
                task.processed.append(int(issue.id))
            return _result(task)

        return self._accepted(call, self._site.tasks.submit("properties", actor.account_id, len(wanted), run))

    def _accepted(self, call: Call, task: Task) -> Reply:
        return Reply(303, b"", [("Location", self._address(call, task))])

    def _address(self, call: Call, task: Task) -> str:
        return f"{self._site.base_url(call)}/rest/api/{self._site.version_of(call)}/task/{task.id}"


def _checked(properties: Mapping[str, Any]) -> dict[str, bytes]:
    if not 1 <= len(properties) <= MOST_PROPERTIES:
        raise refuse(400, f"Between 1 and {MOST_PROPERTIES} properties are required.")
    return {checked_key(name): checked_value(ENCODE(value)) for name, value in properties.items()}


def _holds(issue: Issue, name: str, value: Any) -> bool:
    return name in issue.properties and bool(DECODE(issue.properties[name]) == value)


def _result(task: Task) -> dict[str, Any]:
    return {"successfulEntities": len(task.processed), "errors": task.failed}
