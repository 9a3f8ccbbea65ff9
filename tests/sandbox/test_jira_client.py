"""The public `jira` package works against the sandbox unchanged: the proof that it speaks the wire."""

from collections.abc import Iterator

import pytest
from jira import JIRA
from jira.exceptions import JIRAError

from journeysync.sandbox import JiraDcSandbox, JiraSandbox, ServerLimits, start_jira_dc


@pytest.fixture(params=["2", "3"])
def sdk(site: JiraSandbox, request: pytest.FixtureRequest) -> Iterator[JIRA]:
    jira = JIRA(
        site.url,
        basic_auth=(site.user, site.token),
        options={"rest_api_version": request.param},
        max_retries=0,
        timeout=10,
    )
    yield jira
    jira.close()


def test_it_takes_the_sandbox_for_jira_cloud(sdk: JIRA) -> None:
    assert sdk._is_cloud
    assert sdk.myself()["accountId"] == "sandbox:bot"


def test_search_pages_by_token_until_the_end(sdk: JIRA, site: JiraSandbox) -> None:
    for number in range(230):
        site.state.create_issue("DEMO", f"Ticket {number}")
    found = sdk.search_issues("project = DEMO ORDER BY key ASC", maxResults=False, fields="summary,labels")
    assert [issue.key for issue in found] == [f"DEMO-{number + 1}" for number in range(230)]


def test_an_issue_is_read_by_key_with_its_fields(sdk: JIRA, site: JiraSandbox) -> None:
    epic = site.state.create_issue("DEMO", "An epic", type="Epic")
    story = site.state.create_issue("DEMO", "A story", parent=epic.key, priority="High", description="Some text")
    issue = sdk.issue(story.key)
    assert (issue.fields.summary, issue.fields.priority.name, issue.fields.parent.key) == ("A story", "High", epic.key)
    v3 = sdk._options["rest_api_version"] == "3"
    assert (issue.raw["fields"]["description"] if v3 else None) == (
        {
            "version": 1,
            "type": "doc",
            "content": [{"type": "paragraph", "content": [{"type": "text", "text": "Some text"}]}],
        }
        if v3
        else None
    )
    assert v3 or issue.fields.description == "Some text"


def test_labels_are_added_and_removed_by_operations(sdk: JIRA, site: JiraSandbox) -> None:
    key = site.state.create_issue("DEMO", labels=["kept", "old"]).key
    sdk.issue(key).update(update={"labels": [{"add": "journey.x"}, {"remove": "old"}]}, notify=False)
    assert site.state.issue(key).labels == ("kept", "journey.x")
    assert [(write.what, write.name) for write in site.journal.over_http()] == [
        ("label+", "journey.x"),
        ("label-", "old"),
    ]


def test_a_remote_link_is_added_once_by_global_id(sdk: JIRA, site: JiraSandbox) -> None:
    key = site.state.create_issue("DEMO").key
    for title in ("First", "Second"):
        sdk._session.post(
            sdk._get_url(f"issue/{key}/remotelink"),
            json={"globalId": "journeysync:x", "object": {"url": "https://example.com/x", "title": title}},
        )
    (link,) = sdk.remote_links(key)
    assert (link.globalId, link.object.title) == ("journeysync:x", "Second")


def test_a_property_is_set_and_read(sdk: JIRA, site: JiraSandbox) -> None:
    key = site.state.create_issue("DEMO").key
    sdk.add_issue_property(key, "journeysync", {"v": 1})
    assert sdk.issue_property(key, "journeysync").value.v == 1
    assert [each.key for each in sdk.issue_properties(key)] == ["journeysync"]


def test_an_issue_is_created_and_deleted(sdk: JIRA, site: JiraSandbox) -> None:
    issue = sdk.create_issue(fields={"project": {"key": "DEMO"}, "summary": "New", "issuetype": {"name": "Bug"}})
    assert site.state.issue(issue.key).value("issuetype")["name"] == "Bug"
    issue.delete()
    with pytest.raises(JIRAError) as gone:
        sdk.issue(issue.key)
    assert gone.value.status_code == 404


def test_metadata_is_listed(sdk: JIRA, site: JiraSandbox) -> None:
    field = site.state.add_field("Journey priority", "number")
    assert field in {each["id"] for each in sdk.fields()}
    assert [project.key for project in sdk.projects()] == ["DEMO", "OPS"]
    assert "Medium" in {priority.name for priority in sdk.priorities()}
    assert "Epic" in {each.name for each in sdk.issue_types()}
    assert "Done" in {status.name for status in sdk.statuses()}


def test_a_wrong_token_is_401(site: JiraSandbox) -> None:
    jira = JIRA(site.url, basic_auth=(site.user, "wrong"), max_retries=0, timeout=10)
    with pytest.raises(JIRAError) as refused:
        jira.myself()
    assert refused.value.status_code == 401
    jira.close()


@pytest.fixture
def dc() -> Iterator[JiraDcSandbox]:
    with start_jira_dc(projects=["DEMO", "OPS"], context_path="/jira", limits=ServerLimits(rows=100)) as server:
        yield server


@pytest.fixture(params=["token", "password"])
def dc_sdk(dc: JiraDcSandbox, request: pytest.FixtureRequest) -> Iterator[JIRA]:
    if request.param == "token":
        jira = JIRA(dc.url, token_auth=dc.token, max_retries=0, timeout=10)
    else:
        jira = JIRA(dc.url, basic_auth=(dc.user, dc.password), max_retries=0, timeout=10)
    yield jira
    jira.close()


def test_it_takes_the_other_sandbox_for_data_center(dc_sdk: JIRA) -> None:
    assert not dc_sdk._is_cloud
    assert dc_sdk.myself()["name"] == "bot"


def test_search_on_data_center_pages_by_offset_until_the_end(dc_sdk: JIRA, dc: JiraDcSandbox) -> None:
    for number in range(230):
        dc.state.create_issue("DEMO", f"Ticket {number}")
    query = "project = DEMO ORDER BY key ASC"
    found = dc_sdk.search_issues(query, maxResults=False, fields="summary,labels")
    assert [issue.key for issue in found] == [f"DEMO-{number + 1}" for number in range(230)]
    some = dc_sdk.search_issues(query, startAt=228, maxResults=50)
    assert ([issue.key for issue in some], some.total) == (["DEMO-229", "DEMO-230"], 230)
    posted = dc_sdk.search_issues(query, startAt=0, maxResults=2, use_post=True)
    assert [issue.key for issue in posted] == ["DEMO-1", "DEMO-2"]


def test_slots_on_data_center_are_written_and_read(dc_sdk: JIRA, dc: JiraDcSandbox) -> None:
    key = dc.state.create_issue("DEMO", labels=["kept", "old"], description="h1. Title\r\n\r\nText").key
    dc_sdk.issue(key).update(update={"labels": [{"add": "journey.x"}, {"remove": "old"}]}, notify=False)
    for title in ("First", "Second"):
        dc_sdk.add_remote_link(
            key, {"url": "https://example.com/x", "title": title}, globalId="journeysync:x", relationship="serves"
        )
    dc_sdk.add_issue_property(key, "journeysync", {"v": 1})
    issue = dc_sdk.issue(key)
    assert (issue.fields.labels, issue.fields.description) == (["kept", "journey.x"], "h1. Title\r\n\r\nText")
    (link,) = dc_sdk.remote_links(key)
    assert (link.globalId, link.object.title) == ("journeysync:x", "Second")
    assert dc_sdk.issue_property(key, "journeysync").value.v == 1


def test_epics_and_metadata_of_data_center_are_listed(dc_sdk: JIRA, dc: JiraDcSandbox) -> None:
    epic = dc.state.create_issue("DEMO", "An epic", type="Epic")
    story = dc.state.create_issue("DEMO", "A story")
    dc_sdk.add_issues_to_epic(epic.key, [story.key])
    link = next(each["id"] for each in dc_sdk.fields() if each["name"] == "Epic Link")
    assert getattr(dc_sdk.issue(story.key).fields, link) == epic.key
    assert [project.key for project in dc_sdk.projects()] == ["DEMO", "OPS"]
    assert "Medium" in {priority.name for priority in dc_sdk.priorities()}
    assert dc_sdk.my_permissions(projectKey="DEMO")["permissions"]["EDIT_ISSUES"]["havePermission"]
    assert "labels" in dc_sdk.editmeta(story.key)["fields"]


def test_an_issue_on_data_center_is_created_and_deleted(dc_sdk: JIRA, dc: JiraDcSandbox) -> None:
    issue = dc_sdk.create_issue(fields={"project": {"key": "DEMO"}, "summary": "New", "issuetype": {"name": "Bug"}})
    assert dc.state.issue(issue.key).value("issuetype")["name"] == "Bug"
    issue.delete()
    with pytest.raises(JIRAError) as gone:
        dc_sdk.issue(issue.key)
    assert gone.value.status_code == 404
