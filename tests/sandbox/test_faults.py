"""Each misbehaviour can be seen by a client, and only where and as often as it was asked for."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx
import pytest

from journeysync.sandbox import Fault, JiraSandbox, parse_fault, start_jira_cloud


@pytest.fixture
def site() -> Iterator[JiraSandbox]:
    with start_jira_cloud() as server:
        server.state.create_issue("DEMO")
        yield server


def myself(client: httpx.Client) -> httpx.Response:
    return client.get("/myself")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 410, 422, 429, 500, 502, 503, 504])
def test_a_status_in_jiras_own_shape(site: JiraSandbox, client: httpx.Client, status: int) -> None:
    site.add_fault(f"{status}:method=GET")
    answer = myself(client)
    assert answer.status_code == status
    if status in (502, 503, 504):
        assert answer.headers["content-type"] == "text/html"
    else:
        assert {"errorMessages", "message"} & set(answer.json())
    site.clear_faults()
    assert myself(client).status_code == 200


def test_a_409_hits_edits_only_and_writes_nothing(site: JiraSandbox, client: httpx.Client) -> None:
    site.add_fault("409:count=1")
    assert myself(client).status_code == 200
    body = {"fields": {"summary": "Changed"}}
    assert [client.put("/issue/DEMO-1", json=body).status_code for _ in range(2)] == [409, 204]
    assert len(site.journal.over_http()) == 1


@pytest.mark.parametrize(
    ("fault", "retry_after"), [("429", "1"), ("429:retry-after=7", "7"), ("503:retry-after=3", "3"), ("503", None)]
)
def test_retry_after_comes_as_asked(
    site: JiraSandbox, client: httpx.Client, fault: str, retry_after: str | None
) -> None:
    site.add_fault(fault)
    assert myself(client).headers.get("retry-after") == retry_after


def test_retry_after_can_be_a_date_or_only_a_reset(site: JiraSandbox, client: httpx.Client) -> None:
    site.add_fault("429:retry-after=date:90,count=1")
    dated = parsedate_to_datetime(myself(client).headers["retry-after"])
    assert 80 < (dated - datetime.now(UTC)).total_seconds() <= 90
    site.add_fault("429:retry-after=none,reset=120,count=1")
    answer = myself(client)
    assert "retry-after" not in answer.headers
    assert 110 < (datetime.fromisoformat(answer.headers["x-ratelimit-reset"]) - datetime.now(UTC)).total_seconds() < 121
    site.add_fault("429:retry-after=none,reset-form=minutes,reason=jira-cost-based,count=1")
    answer = myself(client)
    assert len(answer.headers["x-ratelimit-reset"]) == len("2026-03-26T16:00Z")
    assert answer.headers["ratelimit-reason"] == "jira-cost-based"


def test_html_comes_with_status_200(site: JiraSandbox, client: httpx.Client) -> None:
    site.add_fault("html:count=1")
    answer = myself(client)
    assert (answer.status_code, answer.text[:15]) == (200, "<!DOCTYPE html>")


def test_a_connection_is_reset(site: JiraSandbox, client: httpx.Client) -> None:
    site.add_fault("reset:count=1")
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        myself(client)
    assert myself(client).status_code == 200


def test_half_a_body_arrives(site: JiraSandbox, client: httpx.Client) -> None:
    site.add_fault("cut:count=1")
    with pytest.raises(httpx.RemoteProtocolError, match="closed connection without sending complete message body"):
        myself(client)


def test_an_answer_is_lost_after_the_write_took_effect(site: JiraSandbox, client: httpx.Client) -> None:
    site.add_fault("lost:count=1,method=PUT")
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        client.put("/issue/DEMO-1", json={"update": {"labels": [{"add": "journey.x"}]}})
    assert client.get("/issue/DEMO-1").json()["fields"]["labels"] == ["journey.x"]


def test_a_body_trickles_and_answers_wait(site: JiraSandbox, client: httpx.Client) -> None:
    for fault in ("slow:seconds=0.2,count=1", "delay:seconds=0.2,count=1"):
        site.add_fault(fault)
        start = time.monotonic()
        assert myself(client).json()["accountId"] == "sandbox:bot"
        assert time.monotonic() - start >= 0.2


def test_the_date_header_is_off(site: JiraSandbox, client: httpx.Client) -> None:
    site.add_fault("skew:seconds=-600")
    answers = myself(client).headers.get_list("date")
    assert len(answers) == 1
    assert 590 < (datetime.now(UTC) - parsedate_to_datetime(answers[0])).total_seconds() < 610


def test_search_does_not_see_fresh_writes_while_it_is_stale(site: JiraSandbox, client: httpx.Client) -> None:
    site.add_fault("stale:seconds=60-120")
    client.put("/issue/DEMO-1", json={"fields": {"summary": "New"}})
    body = {"jql": "key = DEMO-1", "fields": ["summary"]}
    seen = [client.post("/search/jql", json=each).json()["issues"][0]["fields"] for each in (body, body)]
    assert seen == [{"summary": "A ticket"}] * 2
    site.state.index.catch_up()
    assert client.post("/search/jql", json=body).json()["issues"][0]["fields"] == {"summary": "New"}


def test_a_page_repeats_its_token(site: JiraSandbox, client: httpx.Client) -> None:
    for _ in range(5):
        site.state.create_issue("DEMO")
    site.add_fault("repeat-token")
    body = {"jql": "project = DEMO ORDER BY key", "maxResults": 2}
    token = client.post("/search/jql", json=body).json()["nextPageToken"]
    assert client.post("/search/jql", json=body | {"nextPageToken": token}).json()["nextPageToken"] == token


def test_a_token_expires_half_way(site: JiraSandbox, client: httpx.Client) -> None:
    site.add_fault("token-expired:after=2")
    assert [myself(client).status_code for _ in range(4)] == [200, 200, 401, 401]
    site.clear_faults()
    site.add_fault("token-expired:captcha=true")
    assert myself(client).headers["x-seraph-loginreason"] == "AUTHENTICATION_DENIED"
    site.clear_faults()
    site.expire_token()
    assert myself(client).status_code == 401


def test_a_permission_is_lost_half_way(site: JiraSandbox, client: httpx.Client) -> None:
    site.add_fault("permission-lost:permission=EDIT_ISSUES,method=PUT,after=1")
    body = {"fields": {"summary": "Changed"}}
    assert [client.put("/issue/DEMO-1", json=body).status_code for _ in range(2)] == [204, 403]
    site.add_fault("permission-lost:project=DEMO,method=GET")
    assert client.get("/issue/DEMO-1").status_code == 404


def test_a_fault_hits_its_paths_with_its_luck(site: JiraSandbox, client: httpx.Client) -> None:
    fault = site.add_fault("500:path=/rest/api/*/field,p=0.5,seed=3")
    assert [myself(client).status_code for _ in range(20)] == [200] * 20
    first = [client.get("/field").status_code for _ in range(20)]
    assert {200, 500} == set(first)
    assert fault.struck == first.count(500)
    site.clear_faults()
    site.add_fault("500:path=/rest/api/*/field,p=0.5,seed=3")
    assert [client.get("/field").status_code for _ in range(20)] == first


def test_faulty_requests_are_counted(site: JiraSandbox, client: httpx.Client) -> None:
    site.requests.reset()
    site.add_fault("500:count=2")
    for _ in range(3):
        client.get("/issue/DEMO-1")
    assert site.requests["GET /rest/api/3/issue/{issue}"] == 3
    assert (site.requests.total, site.requests.of("/issue/")) == (3, 3)


def test_faults_are_on_from_the_start() -> None:
    with start_jira_cloud(faults=["503:count=1"]) as site:
        assert httpx.get(site.url + "/rest/api/3/serverInfo").status_code == 503


def test_a_fault_is_read_from_text() -> None:
    fault = parse_fault("429:retry-after=2,p=0.05,path=/search,method=POST,count=3,after=1,seed=9")
    assert fault == Fault("429", 0.05, 3, 1, "/search", "POST", 9, {"retry-after": "2"})


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("418", "unknown fault '418'; allowed: 400,"),
        ("429:speed=1", "'speed=1' is no option of '429'; allowed: p, count"),
        ("429:p", "'p' is no option"),
        ("429:p=often", "could not convert string to float"),
    ],
)
def test_a_misspelt_fault_is_named(text: str, part: str) -> None:
    with pytest.raises(ValueError, match="fault") as error:
        parse_fault(text)
    assert part in str(error.value)
