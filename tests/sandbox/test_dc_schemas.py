"""Every answer of the Data Center sandbox fits the official description of Jira Data Center 10.3."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from tests.sandbox.conftest import shared
from tests.sandbox.official import Check, checker, official

from journeysync.sandbox import JiraDcSandbox, start_jira_dc

# the file calls a property's value a string and every field of an issue an object, against its own examples; what a
# changelog tells of a value that was empty is null
LENIENT = {
    ("EntityPropertyBean", "value"),
    ("IssueBean", "fields"),
    *(("ChangeItemBean", name) for name in ("from", "fromString", "to", "toString")),
}


@pytest.fixture(scope="module")
def fits() -> Check:
    spec = official(shared("schemas", "jira-dc-10.3.json.gz"), LENIENT)
    return checker(spec, "", lists_as_items=True)


@pytest.fixture
def dc() -> Iterator[JiraDcSandbox]:
    with start_jira_dc(projects=["DEMO"], context_path="/jira") as server:
        score = server.state.add_field("Score")
        server.state.add_field("Band", "select", options=["High", "Low"])
        epic = server.state.create_issue("DEMO", "An epic", type="Epic", **{score: 92.5})
        server.state.create_issue("DEMO", "A story", parent=epic.key, description="Text", labels=["a"])
        server.state.create_issue("DEMO", "A step", type="Sub-task", parent="DEMO-2")
        server.state.set_property("DEMO-2", "journeysync", {"v": 1})
        server.state.link("DEMO-2", "https://example.com", "A link", global_id="person:1")
        yield server


@pytest.fixture
def client(dc: JiraDcSandbox) -> Iterator[httpx.Client]:
    bearer = {"Authorization": f"Bearer {dc.token}"}
    with httpx.Client(base_url=dc.url + "/rest", headers=bearer, timeout=10, verify=False) as each:
        yield each


READS = [
    ("/api/2/serverInfo", {}),
    ("/api/2/myself", {}),
    ("/api/2/mypermissions", {}),
    ("/api/2/mypermissions", {"issueKey": "DEMO-2"}),
    ("/api/2/field", {}),
    ("/api/2/issuetype", {}),
    ("/api/2/priority", {}),
    ("/api/2/status", {}),
    ("/api/2/resolution", {}),
    ("/api/2/project", {}),
    ("/api/2/search", {"jql": "project = DEMO", "fields": "*all", "expand": "names,schema,changelog"}),
    ("/api/2/search", {"jql": ""}),
]


@pytest.mark.parametrize(("path", "query"), READS)
def test_a_read_fits(client: httpx.Client, fits: Check, path: str, query: dict[str, Any]) -> None:
    assert client.get(path, params=query).status_code == 200
    fits(client.get(path, params=query), f"GET {path}")


NAMED = [
    ("/issue/{issueIdOrKey}", "/issue/DEMO-2?expand=names,schema,changelog&properties=*all"),
    ("/issue/{issueIdOrKey}", "/issue/DEMO-3"),
    ("/issue/{issueIdOrKey}", "/issue/DEMO-99"),
    ("/issue/{issueIdOrKey}/editmeta", "/issue/DEMO-1/editmeta"),
    ("/issue/{issueIdOrKey}/properties", "/issue/DEMO-2/properties"),
    ("/issue/{issueIdOrKey}/properties/{propertyKey}", "/issue/DEMO-2/properties/journeysync"),
    ("/issue/{issueIdOrKey}/properties/{propertyKey}", "/issue/DEMO-2/properties/other"),
    ("/issue/{issueIdOrKey}/remotelink", "/issue/DEMO-2/remotelink"),
    ("/issue/{issueIdOrKey}/remotelink", "/issue/DEMO-2/remotelink?globalId=person:1"),
    ("/project/{projectIdOrKey}", "/project/DEMO"),
    ("/project/{projectIdOrKey}/statuses", "/project/DEMO/statuses"),
    ("/customFields/{customFieldId}/options", "/customFields/10102/options"),
]


@pytest.mark.parametrize(("template", "path"), NAMED)
def test_a_read_of_one_thing_fits(client: httpx.Client, fits: Check, template: str, path: str) -> None:
    client.put("/api/2/issue/DEMO-2", json={"fields": {"summary": "Changed"}})
    fits(client.get(f"/api/2{path}"), f"GET /api/2{template}")


def test_a_search_by_post_and_the_issues_of_an_epic_fit(client: httpx.Client, fits: Check) -> None:
    body = {"jql": "project = DEMO", "fields": ["*navigable"], "startAt": 1, "maxResults": 1}
    assert fits(client.post("/api/2/search", json=body), "POST /api/2/search")["total"] == 3
    fits(client.post("/api/2/search", json={"jql": "nonsense"}), "POST /api/2/search")
    epics = "/agile/1.0/epic/{epicIdOrKey}/issue"
    assert fits(client.get("/agile/1.0/epic/DEMO-1/issue"), f"GET {epics}")["total"] == 1
    fits(client.post("/agile/1.0/epic/DEMO-1/issue", json={"issues": ["DEMO-2"]}), f"POST {epics}")


def test_writes_are_answered_with_a_documented_status(client: httpx.Client, fits: Check) -> None:
    issue, named = "/api/2/issue/DEMO-2", "/api/2/issue/{issueIdOrKey}"
    change = {"update": {"labels": [{"add": "journey.x"}]}}
    fits(client.put(issue, params={"notifyUsers": "false"}, json=change), f"PUT {named}")
    fits(client.put(issue, json={"fields": {"summary": ""}}), f"PUT {named}")
    for value in (1, 2):
        fits(
            client.put(f"{issue}/properties/journeysync{value % 2}", json=value),
            f"PUT {named}/properties/{{propertyKey}}",
        )
    fits(client.delete(f"{issue}/properties/journeysync1"), f"DELETE {named}/properties/{{propertyKey}}")
    link = {"globalId": "person:1", "object": {"url": "https://example.com", "title": "Step"}}
    fits(client.post(f"{issue}/remotelink", json=link), f"POST {named}/remotelink")
    fits(client.delete(f"{issue}/remotelink?globalId=person:1"), f"DELETE {named}/remotelink")
    fits(client.delete(f"{issue}?deleteSubtasks=true"), f"DELETE {named}")
