"""Whatever a client sends, the sandbox answers in Jira's way: it never falls over, and refused is refused."""

from collections.abc import Iterator

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from journeysync.sandbox import JiraSandbox, Limits, start_jira_cloud

ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 20_000) | st.sampled_from(["", "a b", "DEMO-1", "add", "x"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["a", "add", "set", "id", "name", "key", "value", "none", "labels"]), inner, max_size=3
        )
    ),
    max_leaves=6,
)
FIELDS = ("labels", "summary", "priority", "parent", "assignee", "duedate", "components", "description", "issuetype")
BODIES = {
    "PUT /issue/DEMO-1": ["fields", "update", "properties"],
    "POST /issue": ["fields", "update", "properties"],
    "POST /issue/bulkfetch": ["issueIdsOrKeys", "fields", "expand", "properties"],
    "POST /search/jql": ["jql", "fields", "maxResults", "nextPageToken", "reconcileIssues", "expand", "properties"],
    "POST /search/approximate-count": ["jql"],
    "POST /bulk/issues/fields": ["selectedIssueIdsOrKeys", "selectedActions", "editedFieldsInput"],
    "POST /issue/properties": ["entitiesIds", "properties"],
    "POST /issue/properties/multi": ["issues"],
    "PUT /issue/properties/x": ["value", "filter"],
    "POST /issue/DEMO-1/remotelink": ["globalId", "object", "application", "relationship"],
}


@pytest.fixture(scope="module")
def site() -> Iterator[JiraSandbox]:
    with start_jira_cloud(limits=Limits(per_issue_writes=False)) as server:
        server.site.tasks.seconds = 0
        yield server


@pytest.fixture(scope="module")
def client(site: JiraSandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=site.url + "/rest/api/3", auth=(site.user, site.token), verify=False) as each:
        yield each


@pytest.mark.parametrize("operation", list(BODIES))
def test_any_body_is_answered(site: JiraSandbox, client: httpx.Client, operation: str) -> None:
    method, path = operation.split(" ")

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(body=ANYTHING | st.dictionaries(st.sampled_from(BODIES[operation]), ANYTHING, max_size=4))
    def check(body: object) -> None:
        if site.state.find("DEMO-1") is None:
            site.state.create_issue("DEMO")
        assert client.request(method, path, json=body).status_code < 500
        assert client.get("/myself").status_code == 200

    check()


@pytest.mark.parametrize("verb", ["fields", "update"])
def test_any_value_of_a_field_is_answered(site: JiraSandbox, client: httpx.Client, verb: str) -> None:
    @settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
    @given(field=st.sampled_from(FIELDS), value=ANYTHING)
    def check(field: str, value: object) -> None:
        key = site.state.create_issue("DEMO").key
        operations = [{step: value} for step in ("add", "remove", "set")]
        body = {verb: {field: value if verb == "fields" else operations}}
        assert client.put(f"/issue/{key}", json=body).status_code in (204, 400)
        assert client.get(f"/issue/{key}").status_code == 200
        found = client.post("/search/jql", json={"jql": f"key = {key} ORDER BY priority, parent, labels"})
        assert found.status_code == 200, found.text

    check()


@given(text=st.text(st.sampled_from("project=DEMO \"'()<>!~,-5mAND ORNOT\\in order by updated"), max_size=40))
@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
def test_any_jql_is_answered(client: httpx.Client, text: str) -> None:
    assert client.post("/search/jql", json={"jql": text}).status_code in (200, 400)


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"\xff\xfe"])
def test_a_body_that_is_no_json_object_is_400(client: httpx.Client, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    assert client.put("/issue/DEMO-1", content=body, headers=headers).status_code in (400, 404)
    assert client.post("/search/jql", content=body, headers=headers).status_code == 400
