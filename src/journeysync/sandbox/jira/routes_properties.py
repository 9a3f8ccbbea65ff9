"""Endpoints of issue properties: one by one, the same on many issues, different ones on many issues."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from journeysync.sandbox.jira.answers import refuse
from journeysync.sandbox.jira.edit import decode_body
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
        address = f"{self._site.base_url(call)}{call.path}/"
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
        payload = decode_body(call.body)
        ids, properties = payload.get("entitiesIds"), payload.get("properties")
        if not isinstance(ids, list) or not 1 <= len(ids) <= MOST_ISSUES:
            raise refuse(400, f"Between 1 and {MOST_ISSUES} entity ids are required.")
        wanted = {str(issue_id): _checked(properties) for issue_id in ids}
        return self._start(call, wanted, transactional=True)

    def set_different(self, call: Call) -> Reply:
        """POST /issue/properties/multi: own values for each of up to 100 issues; each for itself."""
        entries = decode_body(call.body).get("issues")
        if not isinstance(entries, list) or not 1 <= len(entries) <= MOST_ISSUES_MULTI:
            raise refuse(400, f"Between 1 and {MOST_ISSUES_MULTI} issues are required.")
        if not all(isinstance(entry, dict) and "issueID" in entry for entry in entries):
            raise refuse(400, "Each issue needs an 'issueID'.")
        wanted = {str(entry["issueID"]): _checked(entry.get("properties")) for entry in entries}
        return self._start(call, wanted, transactional=False)

    def set_filtered(self, call: Call) -> Reply:
        """PUT /issue/properties/{name}: one value on all issues that a filter lets through."""
        payload = decode_body(call.body)
        if "value" not in payload:
            raise refuse(400, "A 'value' is required; this sandbox does not evaluate Jira expressions.")
        name, raw = checked_key(call.params["name"]), checked_value(ENCODE(payload["value"]))
        chosen = self._filtered(call, name, payload.get("filter") or {})
        return self._start(call, {issue.id: {name: raw} for issue in chosen}, transactional=True)

    def delete_filtered(self, call: Call) -> Reply:
        """DELETE /issue/properties/{name}: from all issues that a filter lets through."""
        name = call.params["name"]
        payload = decode_body(call.body) if call.body else {}
        chosen = self._filtered(call, name, {**payload, "hasProperty": True})
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

    def _filtered(self, call: Call, name: str, wanted: Mapping[str, Any]) -> list[Issue]:
        if wanted.get("hasProperty") is False and "currentValue" in wanted:
            raise refuse(400, "A filter cannot ask for a current value of a property that is not there.")
        ids = {str(each) for each in wanted.get("entityIds") or ()}
        return [
            issue
            for issue in self._state.issues.values()
            if (not ids or issue.id in ids)
            and self._may_edit(call, issue)
            and ("hasProperty" not in wanted or (name in issue.properties) == bool(wanted["hasProperty"]))
            and ("currentValue" not in wanted or _holds(issue, name, wanted["currentValue"]))
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


def _checked(properties: Any) -> dict[str, bytes]:
    if not isinstance(properties, dict) or not 1 <= len(properties) <= MOST_PROPERTIES:
        raise refuse(400, f"Between 1 and {MOST_PROPERTIES} properties are required.")
    return {checked_key(name): checked_value(ENCODE(value)) for name, value in properties.items()}


def _holds(issue: Issue, name: str, value: Any) -> bool:
    return name in issue.properties and bool(DECODE(issue.properties[name]) == value)


def _result(task: Task) -> dict[str, Any]:
    return {"successfulEntities": len(task.processed), "errors": task.failed}
