"""Every answer of the sandbox fits the official schema of Jira Cloud REST v3.

The official file is not always what the service does; where its own examples contradict it, `LENIENT` says so.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.sandbox.conftest import shared
from tests.sandbox.official import Check, checker, official

from journeysync.sandbox import JiraSandbox, start_jira_cloud

# a bulk task's times are epoch milliseconds in the file's own example and date-time text in its schema; recorded
# changelogs hold nulls, recorded types an `untranslatedName`
LENIENT = {
    *(("BulkOperationProgress", name) for name in ("created", "started", "updated")),
    *(("ChangeDetails", name) for name in ("from", "fromString", "to", "toString")),
    ("IssueTypeDetails", "untranslatedName"),
}


@pytest.fixture(scope="module")
def fits() -> Check:
    return checker(official(shared("schemas", "jira-cloud-platform-v3.json.gz"), LENIENT), "/rest/api/3")


@pytest.fixture
def site() -> Iterator[JiraSandbox]:
    with start_jira_cloud(projects=["DEMO"]) as server:
        server.site.tasks.seconds = 0
        score = server.state.add_field("Score")
        server.state.add_field("Band", "select", options=["High", "Low"])
        epic = server.state.create_issue("DEMO", "An epic", type="Epic", **{score: 92.5})
        server.state.create_issue("DEMO", "A story", parent=epic.key, description="Text", labels=["a"])
        server.state.set_property("DEMO-2", "journeysync", {"v": 1})
        server.state.link("DEMO-2", "https://example.com", "A link")
        yield server


READS = [
    ("/serverInfo", {}),
    ("/myself", {}),
    ("/mypermissions", {"permissions": "EDIT_ISSUES,BULK_CHANGE"}),
    ("/mypermissions", {}),
    ("/field", {}),
    ("/issuetype", {}),
    ("/priority", {}),
    ("/priority/search", {}),
    ("/status", {}),
    ("/resolution", {}),
    ("/project", {}),
    ("/project/search", {}),
    ("/bulk/issues/fields", {"issueIdsOrKeys": "DEMO-1"}),
    ("/search/jql", {"jql": "project = DEMO", "fields": "*all", "expand": "names,schema", "maxResults": 1}),
    ("/search/jql", {"jql": "nonsense"}),
]


@pytest.mark.parametrize(("path", "query"), READS)
def test_a_read_fits(client: httpx.Client, fits: Check, path: str, query: dict[str, Any]) -> None:
    fits(client.get(path, params=query), f"GET {path}")


NAMED = [
    ("/issue/{issueIdOrKey}", "/issue/DEMO-2?expand=names,schema,changelog&properties=*all"),
    ("/issue/{issueIdOrKey}", "/issue/DEMO-99"),
    ("/issue/{issueIdOrKey}/editmeta", "/issue/DEMO-1/editmeta"),
    ("/issue/{issueIdOrKey}/changelog", "/issue/DEMO-2/changelog"),
    ("/issue/{issueIdOrKey}/properties", "/issue/DEMO-2/properties"),
    ("/issue/{issueIdOrKey}/properties/{propertyKey}", "/issue/DEMO-2/properties/journeysync"),
    ("/issue/{issueIdOrKey}/remotelink", "/issue/DEMO-2/remotelink"),
    ("/project/{projectIdOrKey}", "/project/DEMO"),
    ("/project/{projectIdOrKey}/statuses", "/project/DEMO/statuses"),
    ("/field/{fieldId}/context", "/field/customfield_10102/context"),
    ("/field/{fieldId}/context/{contextId}/option", "/field/customfield_10102/context/10102/option"),
]


@pytest.mark.parametrize(("template", "path"), NAMED)
def test_a_read_of_one_thing_fits(client: httpx.Client, fits: Check, template: str, path: str) -> None:
    client.put("/issue/DEMO-2", json={"fields": {"summary": "Changed"}})
    fits(client.get(path), f"GET {template}")


def test_searches_and_bulk_reads_fit(client: httpx.Client, fits: Check) -> None:
    body = {"jql": "project = DEMO", "fields": ["*navigable"], "properties": ["journeysync"], "maxResults": 1}
    page = fits(client.post("/search/jql", json=body), "POST /search/jql")
    fits(client.post("/search/jql", json=body | {"nextPageToken": page["nextPageToken"]}), "POST /search/jql")
    fits(client.post("/search/approximate-count", json={"jql": "project = DEMO"}), "POST /search/approximate-count")
    fits(
        client.post("/issue/bulkfetch", json={"issueIdsOrKeys": ["DEMO-1"], "fields": ["*all"]}),
        "POST /issue/bulkfetch",
    )
    fits(client.post("/issue/bulkfetch", json={}), "POST /issue/bulkfetch")


def test_writes_fit(client: httpx.Client, fits: Check) -> None:
    edit = "PUT /issue/{issueIdOrKey}"
    fits(client.put("/issue/DEMO-1", json={"update": {"labels": [{"add": "x"}]}}), edit)
    fits(client.put("/issue/DEMO-1", json={"update": {"labels": [{"add": "x y"}]}}), edit)
    fits(client.put("/issue/DEMO-99", json={}), edit)
    fits(client.put("/issue/DEMO-1?returnIssue=true", json={"fields": {"summary": "x"}}), edit)
    new = {"project": {"key": "DEMO"}, "issuetype": {"name": "Bug"}, "summary": "x"}
    fits(client.post("/issue", json={"fields": new}), "POST /issue")
    fits(client.post("/issue", json={"fields": {}}), "POST /issue")
    one = "/issue/{issueIdOrKey}/properties/{propertyKey}"
    fits(client.put("/issue/DEMO-1/properties/x", json=1), f"PUT {one}")
    fits(client.put("/issue/DEMO-1/properties/x", json=2), f"PUT {one}")
    fits(client.delete("/issue/DEMO-1/properties/x"), f"DELETE {one}")
    links, link = "/issue/{issueIdOrKey}/remotelink", {"globalId": "g", "object": {"url": "https://a.b", "title": "t"}}
    fits(client.post("/issue/DEMO-1/remotelink", json=link), f"POST {links}")
    fits(client.post("/issue/DEMO-1/remotelink", json=link), f"POST {links}")
    fits(client.post("/issue/DEMO-1/remotelink", json={}), f"POST {links}")
    fits(client.get("/issue/DEMO-1/remotelink?globalId=g"), f"GET {links}")
    fits(client.delete("/issue/DEMO-1/remotelink?globalId=g"), f"DELETE {links}")
    fits(client.delete("/issue/DEMO-1"), "DELETE /issue/{issueIdOrKey}")


def test_bulk_writes_and_their_tasks_fit(client: httpx.Client, fits: Check) -> None:
    added = {"fieldId": "labels", "bulkEditMultiSelectFieldOption": "ADD", "labels": [{"name": "x"}]}
    body = {
        "selectedIssueIdsOrKeys": ["DEMO-1", "DEMO-99"],
        "selectedActions": ["labels"],
        "editedFieldsInput": {"labelsFields": [added]},
    }
    task = fits(client.post("/bulk/issues/fields", json=body), "POST /bulk/issues/fields")["taskId"]
    fits(client.get(f"/bulk/queue/{task}"), "GET /bulk/queue/{taskId}")
    fits(client.post("/bulk/issues/fields", json=body | {"selectedActions": []}), "POST /bulk/issues/fields")
    entries = {"issues": [{"issueID": 10001, "properties": {"x": 1}}]}
    answer = client.post("/issue/properties/multi", json=entries)
    fits(answer, "POST /issue/properties/multi")
    fits(client.get(answer.headers["Location"]), "GET /task/{taskId}")
    same = client.post("/issue/properties", json={"entitiesIds": [10001], "properties": {"x": 1}})
    fits(same, "POST /issue/properties")


def test_recorded_issues_fit_once_loaded(fits: Check, recorded: Callable[..., Path]) -> None:
    with (
        start_jira_cloud(load=[recorded("data", "jira", "merico_cloud_issues.jsonl.gz")]) as site,
        httpx.Client(base_url=site.url + "/rest/api/3", auth=(site.user, site.token)) as client,
    ):
        keys = [issue.key for issue in site.state.issues.values()]
        answer = client.post("/issue/bulkfetch", json={"issueIdsOrKeys": keys, "fields": ["*all"]})
        assert len(fits(answer, "POST /issue/bulkfetch")["issues"]) == 33
        for path in ("/issuetype", "/status", "/priority", "/resolution", "/project", "/field"):
            fits(client.get(path), f"GET {path}")
