"""JQL: what matches, in which order, and what Jira refuses in which words."""

import httpx
import pytest
from tests.sandbox.conftest import Clock

from journeysync.sandbox import JiraSandbox, start_jira_cloud


@pytest.fixture
def backlog(site: JiraSandbox, clock: Clock) -> JiraSandbox:
    state = site.state
    epic = state.create_issue("DEMO", "Pay a bill", type="Epic")
    clock.advance(3_600)
    state.create_issue("DEMO", "Explain the bill", parent=epic.key, labels=["iOS", "billing"], priority="High")
    clock.advance(3_600)
    state.create_issue("DEMO", "Fix the bill", type="Bug", status="In Progress", labels=["billing"])
    clock.advance(3_600)
    state.create_issue("OPS", "Restart", status="Done", resolution="Won't Do")
    return site


def found(client: httpx.Client, jql: str) -> list[str]:
    answer = client.post("/search/jql", json={"jql": jql, "fields": ["key"], "maxResults": 100})
    assert answer.status_code == 200, answer.text
    return [issue["key"] for issue in answer.json()["issues"]]


def refused(client: httpx.Client, jql: str) -> str:
    answer = client.post("/search/jql", json={"jql": jql})
    assert answer.status_code == 400, answer.text
    assert answer.json()["errors"] == {}
    return str(answer.json()["errorMessages"][0])


@pytest.mark.parametrize(
    ("jql", "keys"),
    [
        ("project = DEMO", "DEMO-1 DEMO-2 DEMO-3"),
        ("project = demo", "DEMO-1 DEMO-2 DEMO-3"),
        ("project in (DEMO, 'OPS')", "DEMO-1 DEMO-2 DEMO-3 OPS-1"),
        ("project = 10000", "DEMO-1 DEMO-2 DEMO-3"),
        ("project != OPS", "DEMO-1 DEMO-2 DEMO-3"),
        ("key in (demo-1, OPS-1)", "DEMO-1 OPS-1"),
        ("id in (10001, 10003)", "DEMO-1 DEMO-3"),
        ("key >= DEMO-2", "DEMO-2 DEMO-3"),
        ("parent = DEMO-1", "DEMO-2"),
        ("parent is EMPTY", "DEMO-1 DEMO-3 OPS-1"),
        ("issuetype = epic OR type = Bug", "DEMO-1 DEMO-3"),
        ("labels = ios", "DEMO-2"),
        ("labels in (iOS, nothing)", "DEMO-2"),
        ("labels is not EMPTY", "DEMO-2 DEMO-3"),
        ("labels != iOS", "DEMO-3"),
        ('status = "In Progress"', "DEMO-3"),
        ("statusCategory = Done", "OPS-1"),
        ('statusCategory != "To Do" and not project = OPS', "DEMO-3"),
        ("priority = High", "DEMO-2"),
        ("resolution = Unresolved", ""),
        ("resolution is EMPTY AND project = OPS", ""),
        ("summary ~ bill", "DEMO-1 DEMO-2 DEMO-3"),
        ("project = DEMO AND (labels = iOS OR type = Epic)", "DEMO-1 DEMO-2"),
        ("project = DEMO && labels = billing || project = OPS", "DEMO-2 DEMO-3 OPS-1"),
        ("updated >= -90m", "DEMO-3 OPS-1"),
        ("updated >= -1h", "DEMO-3 OPS-1"),
        ("created < -2h", "DEMO-1"),
        ("updated >= 1780007200000", "DEMO-3 OPS-1"),
        ("updated > 1780007200000", "OPS-1"),
        ('updated >= "2026-05-28 22:26"', "DEMO-3 OPS-1"),
        ('updated >= "2026/05/28 22:27"', "OPS-1"),
        ('updated >= "2026-05-28"', "DEMO-1 DEMO-2 DEMO-3 OPS-1"),
        ("updated >= 2026-05-29", ""),
    ],
)
def test_a_query_finds(backlog: JiraSandbox, client: httpx.Client, jql: str, keys: str) -> None:
    assert found(client, jql + " ORDER BY key") == keys.split()


@pytest.mark.parametrize(
    ("order", "keys"),
    [
        ("", "OPS-1 DEMO-3 DEMO-2 DEMO-1"),
        ("ORDER BY updated ASC, key ASC", "DEMO-1 DEMO-2 DEMO-3 OPS-1"),
        ("ORDER BY updated DESC", "OPS-1 DEMO-3 DEMO-2 DEMO-1"),
        ("ORDER BY project DESC, id ASC", "OPS-1 DEMO-1 DEMO-2 DEMO-3"),
    ],
)
def test_rows_come_in_order(backlog: JiraSandbox, client: httpx.Client, order: str, keys: str) -> None:
    assert found(client, f"project in (DEMO, OPS) {order}") == keys.split()


@pytest.mark.parametrize(
    ("jql", "message"),
    [
        ("project = NOPE", "The value 'NOPE' does not exist for the field 'project'."),
        ("status = Nope", "The value 'Nope' does not exist for the field 'status'."),
        ("key = DEMO-99", "An issue with key 'DEMO-99' does not exist for field 'key'."),
        ("id in (10001, 99)", "A value with ID '99' does not exist for the field 'id'."),
        ("colour = red", "Field 'colour' does not exist or you do not have permission to view it."),
        ("", "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."),
        ("order by key", "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."),
        ("labels ~ x", "The operator '~' is not supported by the 'labels' field."),
    ],
)
def test_jira_refuses_in_its_own_words(backlog: JiraSandbox, client: httpx.Client, jql: str, message: str) -> None:
    assert refused(client, jql) == message


@pytest.mark.parametrize(
    ("jql", "part"),
    [
        ("project DEMO", "Expecting operator but got 'DEMO'"),
        ("project =", "Error in the JQL Query"),
        ("project = DEMO labels = x", "Expecting either 'OR' or 'AND' but got 'labels'"),
        ("(project = DEMO", "Expecting ')' but got 'the end of the query'"),
        ('project = "DEMO', "is a reserved JQL character"),
        ("project = DEMO ORDER BY a,b,c,d,e,f,g,h", "maximum number of fields"),
        ('updated >= "2026-05-28T22:26:00Z"', "Date value '2026-05-28T22:26:00Z' for field 'updated' is invalid"),
        ('updated >= "2026-05-28 22:26:10"', "is invalid. Valid formats include"),
    ],
)
def test_a_mistake_is_named(backlog: JiraSandbox, client: httpx.Client, jql: str, part: str) -> None:
    assert part in refused(client, jql)


def test_a_date_in_quotes_is_read_in_the_callers_time_zone_but_milliseconds_are_not(clock: Clock) -> None:
    with start_jira_cloud(clock=clock, time_zone="Asia/Tokyo") as site:  # 20:26 UTC is 05:26 in Tokyo
        site.state.create_issue("DEMO")
        with httpx.Client(base_url=site.url + "/rest/api/3", auth=(site.user, site.token)) as client:
            assert client.get("/myself").json()["timeZone"] == "Asia/Tokyo"
            assert found(client, 'updated >= "2026-05-28 20:27" AND project = DEMO') == ["DEMO-1"]
            assert found(client, 'updated >= "2026-05-29 05:27" AND project = DEMO') == []
            assert found(client, 'updated >= "2026-05-29 05:26" AND project = DEMO') == ["DEMO-1"]
            assert found(client, "updated >= 1780000000000 AND project = DEMO") == ["DEMO-1"]
            assert found(client, "updated >= 1780000000001 AND project = DEMO") == []


def test_a_custom_field_is_asked_by_name_or_number(site: JiraSandbox, client: httpx.Client) -> None:
    field = site.state.add_field("Journey priority", "number")
    site.state.create_issue("DEMO", **{field: 92})
    site.state.create_issue("DEMO", **{field: 10})
    number = field.removeprefix("customfield_")
    assert found(client, '"Journey priority" > 50') == ["DEMO-1"]
    assert found(client, f"cf[{number}] = 92") == ["DEMO-1"]
    assert found(client, f"cf[{number}] is not EMPTY ORDER BY key") == ["DEMO-1", "DEMO-2"]
