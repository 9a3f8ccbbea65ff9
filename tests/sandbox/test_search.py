"""Search: pages, tokens, sizes, and an index that lags behind what was written."""

import httpx
import pytest
from tests.sandbox.conftest import Clock

from journeysync.sandbox import JiraSandbox

BY_UPDATED = "project = DEMO ORDER BY updated ASC, key ASC"


def search(client: httpx.Client, jql: str = BY_UPDATED, **more: object) -> dict[str, object]:
    answer = client.post("/search/jql", json={"jql": jql, **more})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def keys(page: dict[str, object]) -> list[str]:
    assert isinstance(page["issues"], list)
    return [issue["key"] for issue in page["issues"]]


def test_only_ids_come_unless_fields_are_named(site: JiraSandbox, client: httpx.Client) -> None:
    site.state.create_issue("DEMO")
    assert search(client) == {"issues": [{"id": "10001"}], "isLast": True}


def test_pages_follow_by_token_and_a_token_can_be_used_again(site: JiraSandbox, client: httpx.Client) -> None:
    for _ in range(5):
        site.state.create_issue("DEMO")
    first = search(client, fields=["key"], maxResults=2)
    assert first["isLast"] is False
    second = search(client, fields=["key"], maxResults=2, nextPageToken=first["nextPageToken"])
    again = search(client, fields=["key"], maxResults=2, nextPageToken=first["nextPageToken"])
    last = search(client, fields=["key"], maxResults=2, nextPageToken=second["nextPageToken"])
    assert (keys(first), keys(second), keys(again), keys(last)) == (
        ["DEMO-1", "DEMO-2"],
        ["DEMO-3", "DEMO-4"],
        ["DEMO-3", "DEMO-4"],
        ["DEMO-5"],
    )
    assert last["isLast"] is True
    assert "nextPageToken" not in last


def test_an_issue_that_moves_to_the_end_between_pages_is_not_lost(
    site: JiraSandbox, client: httpx.Client, clock: Clock
) -> None:
    for _ in range(4):
        site.state.create_issue("DEMO")
        clock.advance(1)
    first = search(client, fields=["key"], maxResults=2)
    site.state.edit("DEMO-1", summary="Moved to the end")
    second = search(client, fields=["key"], maxResults=9, nextPageToken=first["nextPageToken"])
    assert keys(second) == ["DEMO-3", "DEMO-4", "DEMO-1"]


def test_a_token_expires_after_seven_days_and_only_fits_its_query(
    site: JiraSandbox, client: httpx.Client, clock: Clock
) -> None:
    for _ in range(2):
        site.state.create_issue("DEMO")
    token = search(client, maxResults=1)["nextPageToken"]
    other = client.post("/search/jql", json={"jql": "project = OPS", "nextPageToken": token})
    assert other.status_code == 400
    clock.advance(7 * 86_400)
    assert client.post("/search/jql", json={"jql": BY_UPDATED, "nextPageToken": token}).status_code == 400
    assert client.post("/search/jql", json={"jql": BY_UPDATED, "nextPageToken": "made up"}).status_code == 400


@pytest.mark.parametrize(
    ("fields", "rows"),
    [(["id"], 1_200), (["key"], 1_200), (["updated", "labels"], 1_000), (["description"], 100), (["*all"], 100)],
)
def test_fewer_rows_come_with_more_fields(
    site: JiraSandbox, client: httpx.Client, fields: list[str], rows: int
) -> None:
    for _ in range(1_200):
        site.state.create_issue("DEMO")
    page = search(client, fields=fields, maxResults=5_000)
    assert isinstance(page["issues"], list)
    assert len(page["issues"]) == rows


def test_properties_come_along(site: JiraSandbox, client: httpx.Client) -> None:
    site.state.create_issue("DEMO")
    site.state.set_property("DEMO-1", "journeysync", {"hash": "a"})
    (issue,) = search(client, properties=["journeysync"])["issues"]  # type: ignore[misc]
    assert issue == {"id": "10001", "properties": {"journeysync": {"hash": "a"}}}
    too_many = {"jql": BY_UPDATED, "properties": list("abcdef")}
    assert client.post("/search/jql", json=too_many).status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        {"jql": BY_UPDATED, "startAt": 0},
        {"jql": BY_UPDATED, "fields": "summary"},
        {"jql": BY_UPDATED, "expand": ["names"]},
        {"jql": BY_UPDATED, "maxResults": "50"},
    ],
)
def test_a_request_of_the_wrong_shape_is_refused(client: httpx.Client, body: dict[str, object]) -> None:
    answer = client.post("/search/jql", json=body)
    assert answer.status_code == 400
    assert answer.json()["errorMessages"] == [
        "Invalid request payload. Refer to the REST API documentation and try again."
    ]


def test_the_old_search_is_gone(client: httpx.Client) -> None:
    for answer in (client.get("/search", params={"jql": "project = DEMO"}), client.post("/search", json={})):
        assert answer.status_code == 410
        assert "Please migrate to the /rest/api/3/search/jql API" in answer.json()["errorMessages"][0]


def test_issues_are_counted(site: JiraSandbox, client: httpx.Client) -> None:
    site.state.create_issue("DEMO")
    assert client.post("/search/approximate-count", json={"jql": "project = DEMO"}).json() == {"count": 1}


def test_a_lagging_index_shows_the_past_and_reading_an_issue_does_not(
    site: JiraSandbox, client: httpx.Client, clock: Clock
) -> None:
    for _ in range(3):
        site.state.create_issue("DEMO", "old")
    site.state.index.lag_seconds = 30
    clock.advance(60)
    site.state.edit("DEMO-1", summary="new")
    site.state.delete("DEMO-2")
    site.state.create_issue("DEMO", "made")
    row = ["summary"]

    def seen(**more: object) -> dict[str, str]:
        issues = search(client, "project = DEMO ORDER BY key", fields=row, **more)["issues"]
        return {issue["key"]: issue["fields"]["summary"] for issue in issues}  # type: ignore[attr-defined]

    assert seen() == {"DEMO-1": "old", "DEMO-2": "old", "DEMO-3": "old"}
    assert search(client, "project = DEMO AND updated >= -5s".replace("-5s", "-1m"), fields=row)["issues"] != []
    assert client.get("/issue/DEMO-1").json()["fields"]["summary"] == "new"
    fetched = client.post("/issue/bulkfetch", json={"issueIdsOrKeys": ["DEMO-1", "DEMO-4"], "fields": row}).json()
    assert [issue["fields"]["summary"] for issue in fetched["issues"]] == ["new", "made"]
    assert seen(reconcileIssues=[10001, 10004]) == {"DEMO-1": "new", "DEMO-2": "old", "DEMO-3": "old", "DEMO-4": "made"}
    clock.advance(29)
    assert seen()["DEMO-1"] == "old"
    clock.advance(1)
    assert seen() == {"DEMO-1": "new", "DEMO-3": "old", "DEMO-4": "made"}


def test_the_window_of_a_lagging_index_misses_a_fresh_edit(
    site: JiraSandbox, client: httpx.Client, clock: Clock
) -> None:
    site.state.create_issue("DEMO")
    clock.advance(3_600)
    site.state.index.lag_seconds = 120
    site.state.edit("DEMO-1", summary="new")
    assert search(client, "project = DEMO AND updated >= -5m")["issues"] == []
    clock.advance(120)
    assert search(client, "project = DEMO AND updated >= -5m")["issues"] == [{"id": "10001"}]


def test_hidden_issues_do_not_match_and_archived_projects_only_when_asked(
    site: JiraSandbox, client: httpx.Client
) -> None:
    site.state.create_issue("DEMO")
    site.state.create_issue("OPS")
    site.state.hide("DEMO-1")
    site.state.project("OPS").archived = True
    both = "project in (DEMO, OPS)"
    assert keys(search(client, both, fields=["key"])) == []
    assert keys(search(client, both, fields=["key"], includeArchivedProjects=True)) == ["OPS-1"]
