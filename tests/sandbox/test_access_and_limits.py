"""Who may call, what they may do, how often; and the headers that tell."""

import httpx
import pytest
from tests.sandbox.conftest import Clock

from journeysync.sandbox import JiraSandbox, Limits, start_jira_cloud


@pytest.mark.parametrize("auth", [None, ("bot@sandbox.example", "wrong"), ("somebody", "sandbox-token")])
def test_without_the_right_token_nothing_is_answered(site: JiraSandbox, auth: tuple[str, str] | None) -> None:
    answer = httpx.get(site.url + "/rest/api/3/myself", auth=auth)
    assert answer.status_code == 401
    assert answer.json() == {"message": "Client must be authenticated to access this resource.", "status-code": 401}
    assert answer.headers["x-seraph-loginreason"] == "AUTHENTICATED_FAILED"
    assert httpx.get(site.url + "/rest/api/3/serverInfo").json()["deploymentType"] == "Cloud"


def test_many_wrong_logins_lead_to_a_captcha(site: JiraSandbox, client: httpx.Client) -> None:
    for _ in range(10):
        httpx.get(site.url + "/rest/api/3/myself", auth=("a", "b"))
    answer = client.get("/myself")
    assert (answer.status_code, answer.headers["x-seraph-loginreason"]) == (401, "AUTHENTICATION_DENIED")


def test_permissions_are_told(site: JiraSandbox, client: httpx.Client) -> None:
    site.state.revoke("EDIT_ISSUES", project="OPS")
    site.state.revoke("ADMINISTER")

    def held(**where: str) -> dict[str, bool]:
        asked = {"permissions": "EDIT_ISSUES,BULK_CHANGE,ADMINISTER", **where}
        listed = client.get("/mypermissions", params=asked).json()["permissions"]
        return {name: each["havePermission"] for name, each in listed.items()}

    assert held(projectKey="DEMO") == {"EDIT_ISSUES": True, "BULK_CHANGE": True, "ADMINISTER": False}
    assert held(projectKey="OPS")["EDIT_ISSUES"] is False
    assert client.get("/mypermissions").status_code == 400
    assert client.get("/mypermissions", params={"permissions": "FLY"}).status_code == 400


def test_a_project_that_may_not_be_seen_does_not_exist(site: JiraSandbox, client: httpx.Client) -> None:
    site.state.hide_project("OPS")
    assert [project["key"] for project in client.get("/project/search").json()["values"]] == ["DEMO"]
    assert client.get("/project/OPS").status_code == 404
    answer = client.post("/search/jql", json={"jql": "project in (DEMO, OPS)"})
    assert answer.json()["errorMessages"] == ["The value 'OPS' does not exist for the field 'project'."]


def test_the_twenty_first_write_to_one_issue_within_two_seconds_is_refused(
    site: JiraSandbox, client: httpx.Client, clock: Clock
) -> None:
    site.state.create_issue("DEMO")
    site.state.create_issue("DEMO")
    write = [client.put("/issue/DEMO-1/properties/x", json=number) for number in range(21)]
    assert [answer.status_code for answer in write[:20]] == [201] + [200] * 19
    refused = write[20]
    assert (refused.status_code, refused.headers["ratelimit-reason"]) == (429, "jira-per-issue-on-write")
    assert refused.headers["retry-after"] == "2"
    assert client.put("/issue/DEMO-2/properties/x", json=1).status_code == 201
    clock.advance(2)
    assert client.put("/issue/DEMO-1/properties/x", json=1).status_code == 200


def test_the_hundred_and_first_write_within_thirty_seconds_is_refused(
    site: JiraSandbox, client: httpx.Client, clock: Clock
) -> None:
    site.state.create_issue("DEMO")
    statuses = []
    for number in range(101):
        statuses.append(client.put("/issue/DEMO-1/properties/x", json=number).status_code)
        clock.advance(0.2)
    assert (statuses[1:100], statuses[100]) == ([200] * 99, 429)


def test_limits_can_be_switched(clock: Clock) -> None:
    limits = Limits(per_issue_writes=False, bursts=True)
    with (
        start_jira_cloud(clock=clock, limits=limits) as site,
        httpx.Client(base_url=site.url + "/rest/api/3", auth=(site.user, site.token)) as client,
    ):
        site.state.create_issue("DEMO")
        puts = [client.put("/issue/DEMO-1/properties/x", json=number) for number in range(51)]
        assert [answer.status_code for answer in puts][-2:] == [200, 429]
        assert puts[-1].headers["ratelimit-reason"] == "jira-burst-based"
        assert client.get("/myself").status_code == 200
        clock.advance(1)
        assert client.put("/issue/DEMO-1/properties/x", json=1).status_code == 200


def test_every_answer_tells_limits_and_a_request_id(client: httpx.Client) -> None:
    headers = client.get("/myself").headers
    assert {"x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "x-arequestid", "date"} <= set(headers)


def test_big_answers_are_compressed_and_connections_are_kept(site: JiraSandbox, client: httpx.Client) -> None:
    site.state.create_issue("DEMO")
    answer = client.get("/field")
    assert answer.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in client.get("/field", headers={"Accept-Encoding": "identity"}).headers


def test_unknown_paths_and_methods_are_told_apart(site: JiraSandbox, client: httpx.Client) -> None:
    assert client.get("/nothing").status_code == 404
    assert client.delete("/myself").status_code == 405


def test_the_journal_can_be_read_from_another_process(site: JiraSandbox, client: httpx.Client) -> None:
    site.state.create_issue("DEMO")
    client.put("/issue/DEMO-1/properties/x", json={"v": 1})
    (made, written) = httpx.get(site.url + "/_sandbox/journal").json()
    assert (made["what"], made["request"]) == ("create", 0)
    assert (written["what"], written["name"], written["value"]) == ("property", "x", {"v": 1})
    assert httpx.get(site.url + "/_sandbox/requests").json()["PUT /rest/api/3/issue/{issue}/properties/{name}"] == 1
