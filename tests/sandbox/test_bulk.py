"""Bulk edits and bulk properties: answered at once, done later, told by task."""

from typing import Any

import httpx
import pytest
from tests.sandbox.conftest import Clock

from journeysync.sandbox import JiraSandbox


def edit(keys: list[str], *, actions: list[str], **fields: Any) -> dict[str, Any]:
    return {
        "selectedIssueIdsOrKeys": keys,
        "selectedActions": actions,
        "editedFieldsInput": fields,
        "sendBulkNotification": False,
    }


def labels(option: str, *names: str) -> list[dict[str, Any]]:
    return [
        {"fieldId": "labels", "bulkEditMultiSelectFieldOption": option, "labels": [{"name": name} for name in names]}
    ]


def finished(client: httpx.Client, clock: Clock, task: str) -> dict[str, Any]:
    clock.advance(1)
    return dict(client.get(f"/bulk/queue/{task}").json())


def test_labels_and_a_number_go_to_many_issues_after_the_answer(
    site: JiraSandbox, client: httpx.Client, clock: Clock
) -> None:
    score = site.state.add_field("Score")
    for _ in range(3):
        site.state.create_issue("DEMO", labels=["person"])
    body = edit(
        ["DEMO-1", "10002", "DEMO-99"],
        actions=["labels", score],
        labelsFields=labels("ADD", "journey.x"),
        clearableNumberFields=[{"fieldId": score, "value": 40}],
    )
    answer = client.post("/bulk/issues/fields", json=body)
    assert (answer.status_code, list(answer.json())) == (201, ["taskId"])
    task = answer.json()["taskId"]
    assert client.get(f"/bulk/queue/{task}").json()["status"] in ("ENQUEUED", "RUNNING")
    assert site.state.issue("DEMO-1").labels == ("person",)
    done = finished(client, clock, task)
    assert (done["status"], done["processedAccessibleIssues"], done["failedAccessibleIssues"]) == (
        "COMPLETE",
        [10001, 10002],
        {},
    )
    assert (done["invalidOrInaccessibleIssueCount"], done["totalIssueCount"]) == (1, 3)
    assert [site.state.issue(f"DEMO-{n}").labels for n in (1, 2, 3)] == [("person", "journey.x")] * 2 + [("person",)]
    assert {(write.task, write.what, write.notified) for write in site.journal.over_http()} == {
        (task, "label+", False),
        (task, "field", False),
    }


def test_labels_are_removed_and_a_number_is_cleared(site: JiraSandbox, client: httpx.Client, clock: Clock) -> None:
    score = site.state.add_field("Score")
    site.state.create_issue("DEMO", labels=["person", "journey.x"], **{score: 40})
    body = edit(
        ["DEMO-1"],
        actions=["labels", score],
        labelsFields=labels("REMOVE", "journey.x", "never.there"),
        clearableNumberFields=[{"fieldId": score, "value": None}],
    )
    finished(client, clock, client.post("/bulk/issues/fields", json=body).json()["taskId"])
    assert site.state.issue("DEMO-1").labels == ("person",)
    assert site.state.json("DEMO-1")[score] is None


def test_an_issue_whose_project_lacks_the_field_fails_alone(
    site: JiraSandbox, client: httpx.Client, clock: Clock
) -> None:
    score = site.state.add_field("Score")
    site.state.hide_field(score, "OPS")
    site.state.create_issue("DEMO")
    site.state.create_issue("OPS")
    body = edit(["DEMO-1", "OPS-1"], actions=[score], clearableNumberFields=[{"fieldId": score, "value": 1}])
    done = finished(client, clock, client.post("/bulk/issues/fields", json=body).json()["taskId"])
    assert (done["processedAccessibleIssues"], list(done["failedAccessibleIssues"])) == ([10001], ["10002"])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"selectedActions": ["summary"]}, "are not listed as selectedActions : labels"),
        ({"selectedIssueIdsOrKeys": [str(n) for n in range(1_001)]}, "Between 1 and 1000 issues"),
        ({"editedFieldsInput": {"labelsFields": labels("ADD", "two words")}}, "contains spaces"),
        ({"editedFieldsInput": {"colours": []}}, "Unrecognized field 'colours'"),
        ({"editedFieldsInput": None}, "are required"),
    ],
)
def test_a_bulk_edit_is_refused(site: JiraSandbox, client: httpx.Client, change: dict[str, Any], message: str) -> None:
    site.state.create_issue("DEMO")
    body = edit(["DEMO-1"], actions=["labels"], labelsFields=labels("ADD", "x")) | change
    answer = client.post("/bulk/issues/fields", json=body)
    assert answer.status_code == 400
    assert message in answer.json()["errors"][0]["message"]


def test_it_needs_the_bulk_change_permission_and_no_more_than_five_run(
    site: JiraSandbox, client: httpx.Client, clock: Clock
) -> None:
    site.state.create_issue("DEMO")
    body = edit(["DEMO-1"], actions=["labels"], labelsFields=labels("ADD", "x"))
    statuses = [client.post("/bulk/issues/fields", json=body).status_code for _ in range(6)]
    assert statuses == [201] * 5 + [429]
    clock.advance(1)
    site.state.revoke("BULK_CHANGE")
    assert client.post("/bulk/issues/fields", json=body).status_code == 403


def test_a_task_can_fail(site: JiraSandbox, client: httpx.Client, clock: Clock) -> None:
    site.state.create_issue("DEMO")
    site.site.tasks.fail_next = True
    body = edit(["DEMO-1"], actions=["labels"], labelsFields=labels("ADD", "x"))
    done = finished(client, clock, client.post("/bulk/issues/fields", json=body).json()["taskId"])
    assert done["status"] == "FAILED"
    assert site.state.issue("DEMO-1").labels == ()


def test_bulk_editable_fields_are_listed(site: JiraSandbox, client: httpx.Client) -> None:
    site.state.create_issue("DEMO")
    listed = client.get("/bulk/issues/fields", params={"issueIdsOrKeys": "DEMO-1"}).json()["fields"]
    assert {"labels", "priority"} <= {field["id"] for field in listed}


def task_of(client: httpx.Client, answer: httpx.Response) -> dict[str, Any]:
    assert (answer.status_code, answer.content) == (303, b"")
    return dict(client.get(answer.headers["Location"]).json())


def test_one_value_goes_to_many_issues_or_to_none(site: JiraSandbox, client: httpx.Client, clock: Clock) -> None:
    for _ in range(2):
        site.state.create_issue("DEMO")
    body = {"entitiesIds": [10001, 10002], "properties": {"journeysync": {"v": 1}}}
    answer = client.post("/issue/properties", json=body)
    assert task_of(client, answer)["status"] in ("ENQUEUED", "RUNNING")
    clock.advance(1)
    assert task_of(client, answer)["status"] == "COMPLETE"
    assert client.get("/issue/DEMO-2/properties/journeysync").json() == {"key": "journeysync", "value": {"v": 1}}
    site.journal.clear()
    answer = client.post("/issue/properties", json=body | {"entitiesIds": [10001, 99], "properties": {"a": 2}})
    clock.advance(1)
    assert task_of(client, answer)["status"] == "FAILED"
    assert len(site.journal) == 0


def test_own_values_go_to_each_issue_by_itself(site: JiraSandbox, client: httpx.Client, clock: Clock) -> None:
    for _ in range(2):
        site.state.create_issue("DEMO")
    entries = [{"issueID": number, "properties": {"journeysync": {"n": number}}} for number in (10001, 10002, 99)]
    answer = client.post("/issue/properties/multi", json={"issues": entries})
    clock.advance(1)
    done = task_of(client, answer)
    assert (done["status"], list(done["result"]["errors"])) == ("FAILED", ["99"])
    assert client.get("/issue/DEMO-2/properties/journeysync").json()["value"] == {"n": 10002}
    too_many = {"issues": [{"issueID": number, "properties": {"a": 1}} for number in range(101)]}
    assert client.post("/issue/properties/multi", json=too_many).status_code == 400


def test_a_filter_chooses_the_issues(site: JiraSandbox, client: httpx.Client, clock: Clock) -> None:
    for _ in range(3):
        site.state.create_issue("DEMO")
    site.state.set_property("DEMO-1", "x", 1)
    site.state.set_property("DEMO-2", "x", 2)
    client.put("/issue/properties/x", json={"value": 5, "filter": {"currentValue": 1, "entityIds": [10001, 10002]}})
    clock.advance(1)
    assert client.get("/issue/DEMO-1/properties/x").json()["value"] == 5
    assert client.get("/issue/DEMO-2/properties/x").json()["value"] == 2
    client.request("DELETE", "/issue/properties/x", json={"currentValue": 5})
    clock.advance(1)
    assert client.get("/issue/DEMO-1/properties/x").status_code == 404
    assert client.get("/issue/DEMO-2/properties/x").status_code == 200
