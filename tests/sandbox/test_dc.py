"""Jira Data Center as it differs from Cloud: who may call, search by offset, epics by link, rate limits by user."""

from collections.abc import Iterator

import httpx
import pytest
from tests.sandbox.conftest import Clock

from journeysync.sandbox import JiraDcSandbox, ServerLimits, start_jira_dc


@pytest.fixture
def dc(clock: Clock) -> Iterator[JiraDcSandbox]:
    with start_jira_dc(clock=clock, projects=["DEMO", "OPS"], context_path="/jira") as server:
        yield server


@pytest.fixture
def api(dc: JiraDcSandbox) -> Iterator[httpx.Client]:
    with caller(dc) as client:
        yield client


def caller(dc: JiraDcSandbox) -> httpx.Client:
    bearer = {"Authorization": f"Bearer {dc.token}"}
    return httpx.Client(base_url=f"{dc.url}/rest/api/2", headers=bearer, timeout=10, verify=False)


def searched(api: httpx.Client, jql: str = "project = DEMO ORDER BY key", **more: object) -> dict[str, object]:
    answer = api.post("/search", json={"jql": jql, **more})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def keys(page: dict[str, object]) -> list[str]:
    assert isinstance(page["issues"], list)
    return [issue["key"] for issue in page["issues"]]


def summaries(api: httpx.Client) -> list[str]:
    page = searched(api, fields=["summary"])
    assert isinstance(page["issues"], list)
    return [issue["fields"]["summary"] for issue in page["issues"]]


def test_it_says_that_it_is_a_server_under_its_context_path(dc: JiraDcSandbox) -> None:
    told = httpx.get(f"{dc.url}/rest/api/2/serverInfo").json()
    assert (told["deploymentType"], told["versionNumbers"][:2]) == ("Server", [10, 3])
    assert told["baseUrl"] == dc.url
    assert dc.url.endswith("/jira")


def test_a_personal_access_token_and_a_password_open_it_and_a_token_as_password_does_not(
    dc: JiraDcSandbox, api: httpx.Client
) -> None:
    me = api.get("/myself").json()
    assert (me["name"], me["key"] != me["name"], "accountId" in me) == ("bot", True, False)
    address = f"{dc.url}/rest/api/2/myself"
    assert httpx.get(address, auth=(dc.user, dc.password)).status_code == 200
    assert httpx.get(address, auth=(dc.user, dc.token)).status_code == 401


def test_a_caller_without_credentials_gets_json_and_one_with_wrong_ones_a_page(dc: JiraDcSandbox) -> None:
    address = f"{dc.url}/rest/api/2/myself"
    none, wrong = httpx.get(address), httpx.get(address, headers={"Authorization": "Bearer wrong"})
    assert (none.status_code, "x-seraph-loginreason" in none.headers) == (401, False)
    assert none.json()["errorMessages"] != []
    assert (wrong.status_code, wrong.headers["x-seraph-loginreason"]) == (401, "AUTHENTICATED_FAILED")
    assert wrong.headers["content-type"].startswith("text/html")


def test_many_wrong_passwords_lead_to_a_captcha_and_wrong_tokens_do_not(dc: JiraDcSandbox) -> None:
    address = f"{dc.url}/rest/api/2/myself"
    for _ in range(12):
        assert httpx.get(address, headers={"Authorization": "Bearer wrong"}).status_code == 401
    for _ in range(10):
        httpx.get(address, auth=(dc.user, "wrong"))
    locked = httpx.get(address, auth=(dc.user, dc.password))
    assert (locked.status_code, locked.headers["x-seraph-loginreason"]) == (403, "AUTHENTICATION_DENIED")


def test_a_token_tells_when_it_ends_and_ends_then(clock: Clock) -> None:
    with start_jira_dc(clock=clock, token_expires_at=clock.now + 3_600) as dc, caller(dc) as api:
        (told,) = httpx.get(f"{dc.url}/rest/pat/latest/tokens", headers=dict(api.headers)).json()
        assert told["expiringAt"] == "2026-05-28T21:26:40.000+00:00"
        assert dc.token not in str(told)
        clock.advance(3_600)
        assert api.get("/myself").status_code == 401
    with start_jira_dc(clock=clock) as dc, caller(dc) as api:
        assert "expiringAt" not in httpx.get(f"{dc.url}/rest/pat/latest/tokens", headers=dict(api.headers)).json()[0]
        dc.expire_token()
        assert api.get("/myself").status_code == 401


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/rest/api/2/search/jql?jql=project=DEMO", 404),
        ("POST", "/rest/api/2/search/jql", 404),
        ("POST", "/rest/api/2/search/approximate-count", 404),
        ("POST", "/rest/api/2/issue/bulkfetch", 405),
        ("POST", "/rest/api/2/issue/properties/multi", 404),
        ("POST", "/rest/api/2/bulk/issues/fields", 404),
        ("GET", "/rest/api/2/project/search", 404),
        ("GET", "/rest/api/2/issue/DEMO-1/changelog", 404),
        ("GET", "/rest/api/3/myself", 404),
        ("GET", "/_edge/tenant_info", 404),
    ],
)
def test_what_only_cloud_has_is_not_here(
    dc: JiraDcSandbox, api: httpx.Client, method: str, path: str, status: int
) -> None:
    answer = httpx.request(method, dc.url + path, headers=dict(api.headers), json={} if method == "POST" else None)
    assert answer.status_code == status


def test_nothing_answers_beside_the_context_path(dc: JiraDcSandbox, api: httpx.Client) -> None:
    root = dc.url.removesuffix("/jira")
    assert httpx.get(f"{root}/rest/api/2/myself", headers=dict(api.headers)).status_code == 404
    assert httpx.get(f"{dc.url}/rest/api/latest/myself", headers=dict(api.headers)).status_code == 200


def test_search_goes_by_offset_and_tells_the_total(dc: JiraDcSandbox, api: httpx.Client) -> None:
    for _ in range(5):
        dc.state.create_issue("DEMO")
    page = searched(api, startAt=2, maxResults=2, fields=["summary"])
    assert (page["startAt"], page["maxResults"], page["total"], keys(page)) == (2, 2, 5, ["DEMO-3", "DEMO-4"])
    by_get = api.get("/search", params={"jql": "project = DEMO ORDER BY key", "startAt": 2, "maxResults": 2}).json()
    assert keys(by_get) == ["DEMO-3", "DEMO-4"]
    assert "description" in by_get["issues"][0]["fields"]
    assert searched(api, maxResults=0)["issues"] == []
    assert keys(searched(api, startAt=9)) == []


def test_the_server_lowers_the_page_size_and_says_so(clock: Clock) -> None:
    with start_jira_dc(clock=clock, limits=ServerLimits(rows=3)) as dc, caller(dc) as api:
        for _ in range(5):
            dc.state.create_issue("DEMO")
        page = searched(api, maxResults=1_000)
        assert (page["maxResults"], len(keys(page)), page["total"]) == (3, 3, 5)


def test_pages_shift_when_a_row_moves_to_the_end(dc: JiraDcSandbox, api: httpx.Client, clock: Clock) -> None:
    for _ in range(4):
        dc.state.create_issue("DEMO")
        clock.advance(60)
    by_updated = "project = DEMO ORDER BY updated ASC, key ASC"
    first = searched(api, by_updated, maxResults=2)
    dc.state.edit("DEMO-1", summary="Moved to the end")
    second = searched(api, by_updated, startAt=2, maxResults=2)
    assert (keys(first), keys(second)) == (["DEMO-1", "DEMO-2"], ["DEMO-4", "DEMO-1"])


def test_a_search_takes_no_properties_and_an_issue_does(dc: JiraDcSandbox, api: httpx.Client) -> None:
    dc.state.create_issue("DEMO")
    dc.state.set_property("DEMO-1", "journeysync", {"v": 1})
    refused = api.post("/search", json={"jql": "project = DEMO", "properties": ["journeysync"]})
    assert refused.status_code == 400
    assert 'Unrecognized field "properties"' in refused.json()["errorMessages"][0]
    ignored = api.get("/search", params={"jql": "project = DEMO", "properties": "journeysync"}).json()
    assert "properties" not in ignored["issues"][0]
    shown = api.get("/issue/DEMO-1", params={"fields": "labels", "properties": "journeysync"}).json()
    assert shown["properties"] == {"journeysync": {"v": 1}}


def test_a_wrong_query_is_refused_unless_it_is_not_to_be_checked(api: httpx.Client) -> None:
    assert api.post("/search", json={"jql": "project = NOPE"}).status_code == 400
    page = searched(api, "project = NOPE", validateQuery=False)
    assert (page["total"], page["warningMessages"]) == (0, ["The value 'NOPE' does not exist for the field 'project'."])


def test_dates_of_a_query_are_read_in_the_zone_of_the_profile(clock: Clock) -> None:
    with start_jira_dc(clock=clock, time_zone="Asia/Tokyo") as dc, caller(dc) as api:
        dc.state.create_issue("DEMO")  # 2026-05-29 05:26 in Tokyo, 20:26 the day before in UTC
        assert api.get("/myself").json()["timeZone"] == "Asia/Tokyo"
        assert searched(api, 'updated >= "2026-05-29 05:26"')["total"] == 1
        assert searched(api, 'updated >= "2026-05-29 05:27"')["total"] == 0


def test_a_lagging_index_shows_the_past_and_reading_an_issue_does_not(
    dc: JiraDcSandbox, api: httpx.Client, clock: Clock
) -> None:
    dc.state.create_issue("DEMO", "old")
    dc.state.index.lag_seconds = 30
    dc.state.edit("DEMO-1", summary="new")
    assert summaries(api) == ["old"]
    assert api.get("/issue/DEMO-1").json()["fields"]["summary"] == "new"
    clock.advance(30)
    assert summaries(api) == ["new"]


def epic_link(api: httpx.Client) -> str:
    (field,) = [
        each["id"]
        for each in api.get("/field").json()
        if each["schema"].get("custom") == "com.pyxis.greenhopper.jira:gh-epic-link"
    ]
    return str(field)


def test_an_epic_is_named_by_its_key_and_a_parent_is_only_of_sub_tasks(dc: JiraDcSandbox, api: httpx.Client) -> None:
    epic = dc.state.create_issue("DEMO", "An epic", type="Epic")
    story = dc.state.create_issue("DEMO", "A story", parent=epic.key)
    dc.state.create_issue("DEMO", "A step", type="Sub-task", parent=story.key)
    link = epic_link(api)
    shown = {key: api.get(f"/issue/{key}").json()["fields"] for key in ("DEMO-1", "DEMO-2", "DEMO-3")}
    assert (shown["DEMO-2"][link], "parent" in shown["DEMO-2"]) == ("DEMO-1", False)
    assert (shown["DEMO-3"]["parent"]["key"], shown["DEMO-3"][link]) == ("DEMO-2", None)
    assert "An epic" in shown["DEMO-1"].values()
    assert all("hierarchyLevel" not in each for each in api.get("/issuetype").json())
    assert keys(searched(api, '"Epic Link" = DEMO-1')) == ["DEMO-2"]
    agile = httpx.get(f"{dc.url}/rest/agile/1.0/epic/DEMO-1/issue", headers=dict(api.headers)).json()
    assert keys(agile) == ["DEMO-2"]


def test_an_epic_link_takes_only_the_key_of_an_epic(dc: JiraDcSandbox, api: httpx.Client) -> None:
    dc.state.create_issue("DEMO", type="Epic")
    dc.state.create_issue("DEMO")
    link = epic_link(api)

    def put(value: object) -> int:
        return api.put("/issue/DEMO-2", json={"fields": {link: value}}).status_code

    assert [put("DEMO-2"), put("DEMO-99"), put({"key": "DEMO-1"}), put("DEMO-1")] == [400, 400, 400, 204]
    assert dc.state.issue("DEMO-2").value(link) == "DEMO-1"
    assert put(None) == 204
    assert api.put("/issue/DEMO-2", json={"fields": {"parent": {"key": "DEMO-1"}}}).status_code == 400


def test_labels_are_added_and_removed_and_a_number_comes_back_as_a_float(dc: JiraDcSandbox, api: httpx.Client) -> None:
    score = dc.state.add_field("Journey score")
    dc.state.create_issue("DEMO", labels=["kept", "old"])
    change = {"update": {"labels": [{"add": "journey.x"}, {"remove": "old"}]}, "fields": {score: 92}}
    assert api.put("/issue/DEMO-1", params={"notifyUsers": "false"}, json=change).status_code == 204
    answer = api.get("/issue/DEMO-1", params={"fields": f"labels,{score}"})
    assert answer.json()["fields"] == {"labels": ["kept", "journey.x"], score: 92.0}
    assert f'"{score}":92.0' in answer.text
    assert [write.notified for write in dc.journal.over_http()] == [False] * 3


def test_only_an_administrator_may_write_without_mail(dc: JiraDcSandbox, api: httpx.Client) -> None:
    dc.state.create_issue("DEMO")
    dc.state.revoke("ADMINISTER")
    dc.state.revoke("ADMINISTER_PROJECTS")
    change = {"update": {"labels": [{"add": "x"}]}}
    assert api.put("/issue/DEMO-1", params={"notifyUsers": "false"}, json=change).status_code == 403
    assert api.put("/issue/DEMO-1", json=change).status_code == 204


@pytest.mark.parametrize(
    "text", ["h1. Titel\r\n\r\n*fett* {code}x{code}\r\n", "a\nb", " spaces ", "\u00fc \U0001f600 \\\\"]
)
def test_wiki_text_is_kept_to_the_byte(dc: JiraDcSandbox, api: httpx.Client, text: str) -> None:
    dc.state.create_issue("DEMO")
    assert api.put("/issue/DEMO-1", json={"fields": {"description": text}}).status_code == 204
    assert api.get("/issue/DEMO-1").json()["fields"]["description"] == text
    document = {"version": 1, "type": "doc", "content": []}
    assert api.put("/issue/DEMO-1", json={"fields": {"description": document}}).status_code == 400


def test_users_go_by_name(dc: JiraDcSandbox, api: httpx.Client) -> None:
    dc.state.create_issue("DEMO")
    assert api.put("/issue/DEMO-1", json={"fields": {"assignee": {"name": "bot"}}}).status_code == 204
    assert api.get("/issue/DEMO-1").json()["fields"]["assignee"]["name"] == "bot"
    assert api.put("/issue/DEMO-1", json={"fields": {"assignee": {"accountId": "bot"}}}).status_code == 400


def test_what_is_hidden_is_not_there_and_permissions_are_listed_unasked(dc: JiraDcSandbox, api: httpx.Client) -> None:
    dc.state.create_issue("DEMO")
    dc.state.hide("DEMO-1")
    dc.state.revoke("EDIT_ISSUES", project="OPS")
    gone = api.get("/issue/DEMO-1")
    assert (gone.status_code, gone.json()["errorMessages"]) == (404, ["Issue Does Not Exist"])
    assert searched(api)["total"] == 0
    held = api.get("/mypermissions", params={"projectKey": "OPS"}).json()["permissions"]
    assert (held["EDIT_ISSUES"]["havePermission"], held["BROWSE_PROJECTS"]["havePermission"]) == (False, True)


def test_rate_limits_are_off_at_first(api: httpx.Client) -> None:
    assert not [name for name in api.get("/myself").headers if "ratelimit" in name or name == "retry-after"]


def test_a_user_has_a_bucket_of_requests_that_fills_by_interval(clock: Clock) -> None:
    limits = ServerLimits(bucket=3, fill=2, interval_seconds=10)
    with start_jira_dc(clock=clock, limits=limits) as dc, caller(dc) as api:
        answers = [api.get("/myself") for _ in range(4)]
        assert [each.status_code for each in answers] == [200, 200, 200, 429]
        assert [each.headers["x-ratelimit-remaining"] for each in answers] == ["2", "1", "0", "0"]
        assert (answers[0].headers["retry-after"], answers[3].headers["retry-after"]) == ("0", "10")
        told = {name: answers[0].headers[f"x-ratelimit-{name}"] for name in ("limit", "interval-seconds", "fillrate")}
        assert told == {"limit": "3", "interval-seconds": "10", "fillrate": "2"}
        clock.advance(10)
        assert [api.get("/myself").status_code for _ in range(3)] == [200, 200, 429]


def test_a_token_that_expires_half_way_is_a_page(dc: JiraDcSandbox, api: httpx.Client) -> None:
    dc.add_fault("token-expired:after=1")
    assert api.get("/myself").status_code == 200
    expired = api.get("/myself")
    assert (expired.status_code, expired.headers["x-seraph-loginreason"]) == (401, "AUTHENTICATED_FAILED")
