"""Endpoints of the bulk edit: one set of values on up to 1,000 issues, done after the answer, polled by task."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from journeysync.sandbox.jira.answers import refuse_bulk, whole_number
from journeysync.sandbox.jira.bodies import BulkEditBody, body_as
from journeysync.sandbox.jira.edit import checked_values
from journeysync.sandbox.jira.issue import Issue
from journeysync.sandbox.jira.site import JiraSite
from journeysync.sandbox.jira.tasks import MAX_CONCURRENT_BULK_EDITS, Task
from journeysync.sandbox.wire import Call, Refused, Reply, as_json

MOST_ISSUES = 1_000
MOST_FIELDS = 200
FIELDS_PAGE = 50
Step = tuple[str, dict[str, Any]]


class BulkRoutes:
    """Handlers for `/bulk/...`."""

    def __init__(self, site: JiraSite) -> None:
        self._site = site
        self._state = site.state

    def fields(self, call: Call) -> Reply:
        """GET /bulk/issues/fields: what may be edited in all of the issues, 50 at a time."""
        self._need_permission(call)
        issues = [issue for key in call.many("issueIdsOrKeys") if (issue := self._state.find(key)) is not None]
        homes = {self._state.project_of(issue).id for issue in issues if self._state.visible_to(call.user, issue)}
        specs = [spec for spec in self._state.fields.values() if spec.editable and not homes & spec.hidden_in]
        if not homes or not specs:
            raise refuse_bulk(404, "No editable fields found for the given issues")
        start = whole_number(call.arg("startingAfter") or "0")
        page = [
            {
                "id": spec.id,
                "name": spec.name,
                "type": spec.kind,
                "description": "",
                "isRequired": spec.id in ("summary", "issuetype"),
                "fieldOptions": [],
            }
            | ({"multiSelectFieldOptions": ["ADD", "REMOVE", "REPLACE", "REMOVE_ALL"]} if spec.kind == "array" else {})
            for spec in specs[start : start + FIELDS_PAGE]
        ]
        more = {"startingAfter": str(start + FIELDS_PAGE)} if start + FIELDS_PAGE < len(specs) else {}
        return as_json({"fields": page, **more})

    def submit(self, call: Call) -> Reply:
        """POST /bulk/issues/fields: 201 with the task's id."""
        self._need_permission(call)
        try:
            body = body_as(BulkEditBody, call.body)
        except Refused:
            required = "selectedIssueIdsOrKeys, selectedActions and editedFieldsInput are required"
            raise refuse_bulk(400, f"Invalid request payload: {required}") from None
        keys, actions = body.selected_issue_ids_or_keys, body.selected_actions
        if not 1 <= len(keys) <= MOST_ISSUES:
            raise refuse_bulk(400, f"Between 1 and {MOST_ISSUES} issues can be edited in one request")
        if not 1 <= len(actions) <= MOST_FIELDS:
            raise refuse_bulk(400, f"Between 1 and {MOST_FIELDS} fields can be edited in one request")
        steps = _steps(body.edited_fields_input)
        unlisted = sorted({field for field, _ in steps} - set(actions))
        if unlisted:
            names = ", ".join(unlisted)
            raise refuse_bulk(400, f"The following editedFieldInput values are not listed as selectedActions : {names}")
        if self._site.tasks.open_edits() >= MAX_CONCURRENT_BULK_EDITS:
            raise refuse_bulk(429, f"No more than {MAX_CONCURRENT_BULK_EDITS} bulk edits can run at the same time")
        self._check_values(call, steps)
        notify = body.send_bulk_notification is not False
        account = call.user.account_id
        run = self._work(call, [str(key) for key in keys], steps, notify=notify)
        return as_json({"taskId": self._site.tasks.submit("bulk-edit", account, len(keys), run).id}, 201)

    def progress(self, call: Call) -> Reply:
        """GET /bulk/queue/{task}."""
        self._need_permission(call)
        task = self._site.tasks.find(call.params["task"])
        if task is None or task.kind != "bulk-edit":
            raise refuse_bulk(400, f"Task {call.params['task']} was not found")
        started = round(task.submitted * 1_000)
        body: dict[str, Any] = {
            "taskId": task.id,
            "status": task.status,
            "progressPercent": 0 if task.is_open else 100,
            "submittedBy": {"accountId": task.account_id},
            "created": started,
            "started": started,
            "updated": round((task.finished or self._state.clock()) * 1_000),
        }
        if not task.is_open:
            body |= {
                "processedAccessibleIssues": task.processed,
                "failedAccessibleIssues": task.failed,
                "invalidOrInaccessibleIssueCount": task.unknown,
                "totalIssueCount": task.total,
            }
        return as_json(body)

    def _need_permission(self, call: Call) -> None:
        if not call.user.may("BULK_CHANGE"):
            raise refuse_bulk(403, "The user does not have the global bulk change permission")

    def _check_values(self, call: Call, steps: list[Step]) -> None:
        """Refuse at once what no issue could take: unknown fields, labels with spaces, a text for a number."""
        home = next(iter(self._state.projects.values()))
        try:
            for _, payload in steps:
                open_home = replace(home, id="")
                checked_values(self._state, None, open_home, payload, version=self._site.version_of(call))
        except Refused as refused:
            raise refuse_bulk(400, refused.reply.body.decode("utf-8")) from None

    def _work(self, call: Call, keys: list[str], steps: list[Step], *, notify: bool) -> Callable[[Task], Any]:
        actor, version = self._site.actor(call, notify=notify), self._site.version_of(call)

        def run(task: Task) -> None:
            for key in dict.fromkeys(keys):
                issue = self._state.find(key)
                if issue is None or not self._state.visible_to(call.user, issue):
                    task.unknown += 1
                    continue
                problem = self._edit(call, issue, steps, replace(actor, task=task.id), version)
                if problem:
                    task.failed[issue.id] = [problem]
                else:
                    task.processed.append(int(issue.id))

        return run

    def _edit(self, call: Call, issue: Issue, steps: list[Step], actor: Any, version: str) -> str:
        if not call.user.may("EDIT_ISSUES", issue.facts.project_key):
            return "You do not have permission to edit issues in this project."
        values: dict[str, bytes] = {}
        try:
            for _, payload in steps:
                home = self._state.project_of(issue)
                values |= checked_values(self._state, issue, home, payload, version=version)
        except Refused as refused:
            return refused.reply.body.decode("utf-8")
        self._state.write_fields(issue, values, actor)
        return ""


def _steps(edited: Mapping[str, Any]) -> list[Step]:
    """Return (field id, edit payload) for each typed input."""
    steps: list[Step] = []
    for name, inputs in edited.items():
        if name not in _READERS:
            raise refuse_bulk(400, f"Unrecognized field '{name}' in editedFieldsInput")
        try:
            steps += [_READERS[name](each) for each in (inputs if isinstance(inputs, list) else [inputs])]
        except (KeyError, TypeError, AttributeError) as error:
            raise refuse_bulk(400, f"Invalid value in editedFieldsInput.{name}: {error}") from None
    return steps


def _labels(each: Mapping[str, Any]) -> Step:
    field, option = each["fieldId"], each["bulkEditMultiSelectFieldOption"]
    names = [label["name"] for label in each["labels"]]
    if option in ("ADD", "REMOVE"):
        return field, {"update": {field: [{option.lower(): name} for name in names]}}
    if option in ("REPLACE", "REMOVE_ALL"):
        return field, {"fields": {field: names if option == "REPLACE" else []}}
    raise refuse_bulk(400, f"Invalid bulkEditMultiSelectFieldOption '{option}'")


def _option(each: Mapping[str, Any]) -> Step:
    chosen = str(each["option"]["optionId"])
    return each["fieldId"], {"fields": {each["fieldId"]: None if chosen == "-1" else {"id": chosen}}}


_READERS: dict[str, Callable[[Any], Step]] = {
    "labelsFields": _labels,
    "clearableNumberFields": lambda each: (each["fieldId"], {"fields": {each["fieldId"]: each.get("value")}}),
    "singleLineTextFields": lambda each: (each["fieldId"], {"fields": {each["fieldId"]: each["text"]}}),
    "richTextFields": lambda each: (each["fieldId"], {"fields": {each["fieldId"]: each["richText"]["adfValue"]}}),
    "singleSelectFields": _option,
    "multipleSelectFields": lambda each: (
        each["fieldId"],
        {"fields": {each["fieldId"]: [{"id": str(option["optionId"])} for option in each["options"]]}},
    ),
    "priority": lambda each: ("priority", {"fields": {"priority": {"id": each["priorityId"]}}}),
    "datePickerFields": lambda each: (
        each["fieldId"],
        {"fields": {each["fieldId"]: each["date"]["formattedDate"] or None}},
    ),
}
