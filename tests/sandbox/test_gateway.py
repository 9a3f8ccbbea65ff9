"""Jira Cloud's other ways in: API tokens with scopes and OAuth 2.0, both through the gateway."""

import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from tests.sandbox.conftest import Clock

from journeysync.sandbox import JiraCloudSandbox, start_jira_cloud
from journeysync.sandbox.jira.app import cloud_routes
from journeysync.sandbox.jira.cloud_site import needed_scope


@pytest.fixture
def cloud(clock: Clock) -> Iterator[JiraCloudSandbox]:
    with start_jira_cloud(clock=clock, projects=["DEMO"], oauth_lifetime_seconds=600) as server:
        server.state.create_issue("DEMO", "A ticket")
        yield server


def by_scoped_token(cloud: JiraCloudSandbox, base: str = "") -> httpx.Client:
    address = f"{base or cloud.gateway_url}/rest/api/3"
    return httpx.Client(base_url=address, auth=(cloud.user, cloud.scoped_token), timeout=10, verify=False)


def by_oauth(cloud: JiraCloudSandbox, access_token: str = "") -> httpx.Client:
    bearer = {"Authorization": f"Bearer {access_token or cloud.oauth.access_token}"}
    return httpx.Client(base_url=f"{cloud.gateway_url}/rest/api/3", headers=bearer, timeout=10, verify=False)


def refresh(cloud: JiraCloudSandbox, refresh_token: str, **other: str) -> httpx.Response:
    body = {
        "grant_type": "refresh_token",
        "client_id": cloud.oauth.client_id,
        "client_secret": cloud.oauth.client_secret,
        "refresh_token": refresh_token,
    }
    return httpx.post(cloud.oauth_token_url, json=body | other)


def test_the_gateway_is_found_by_the_sites_cloud_id(cloud: JiraCloudSandbox) -> None:
    found = httpx.get(f"{cloud.url}/_edge/tenant_info").json()["cloudId"]
    assert cloud.gateway_url == f"{cloud.url}/ex/jira/{found}"


def test_a_scoped_token_opens_the_gateway_and_not_the_site(cloud: JiraCloudSandbox) -> None:
    with by_scoped_token(cloud) as gateway, by_scoped_token(cloud, cloud.url) as site:
        assert gateway.get("/myself").json()["accountId"] == "sandbox:bot"
        refused = site.get("/myself")
        assert (refused.status_code, refused.headers["x-seraph-loginreason"]) == (401, "AUTHENTICATED_FAILED")


def test_a_token_without_scopes_opens_the_site_and_not_the_gateway(cloud: JiraCloudSandbox) -> None:
    refused = httpx.get(f"{cloud.gateway_url}/rest/api/3/myself", auth=(cloud.user, cloud.token))
    assert (refused.status_code, refused.json()) == (401, {"code": 401, "message": "Unauthorized"})


def test_another_sites_gateway_is_not_found(cloud: JiraCloudSandbox) -> None:
    other = f"{cloud.url}/ex/jira/11111111-1111-4111-8111-111111111111/rest/api/3/myself"
    assert httpx.get(other, auth=(cloud.user, cloud.scoped_token)).status_code == 404


def test_addresses_in_answers_have_the_form_of_the_gateway(cloud: JiraCloudSandbox) -> None:
    with by_scoped_token(cloud) as gateway:
        issue = gateway.get("/issue/DEMO-1").json()
        assert issue["self"] == f"{cloud.gateway_url}/rest/api/3/issue/{issue['id']}"
        assert gateway.get("/serverInfo").json()["baseUrl"] == cloud.url
        moved = gateway.get("/issue/DEMO-1/changelog").json()["self"]
        assert moved == f"{cloud.gateway_url}/rest/api/3/issue/DEMO-1/changelog"


@pytest.mark.parametrize(
    ("left", "allowed"),
    [
        ({"read:jira-work"}, {"read"}),
        ({"read:jira-work", "read:jira-user"}, {"read", "who"}),
        ({"read:jira-work", "write:jira-work"}, {"read", "write"}),
        (set(), set()),
    ],
)
def test_a_token_does_what_its_scopes_say(cloud: JiraCloudSandbox, left: set[str], allowed: set[str]) -> None:
    cloud.limit_scopes(*left)
    with by_scoped_token(cloud) as gateway:
        answers = {
            "who": gateway.get("/myself"),
            "read": gateway.post("/search/jql", json={"jql": "project = DEMO"}),
            "write": gateway.put("/issue/DEMO-1", json={"fields": {"summary": "New"}}),
        }
    refused = {"code": 401, "message": "Unauthorized; scope does not match"}
    assert {name for name, each in answers.items() if each.status_code < 300} == allowed
    assert all(each.json() == refused for name, each in answers.items() if name not in allowed)


def test_scopes_are_the_ones_that_jira_documents(cloud: JiraCloudSandbox, recorded: Callable[..., Path]) -> None:
    with gzip.open(recorded("schemas", "jira-cloud-platform-v3.json.gz"), "rt", encoding="utf-8") as file:
        paths = json.load(file)["paths"]
    told = {
        (method.upper(), _shape(path)): [way["OAuth2"] for way in operation["security"] if "OAuth2" in way]
        for path, operations in paths.items()
        for method, operation in operations.items()
        if isinstance(operation, dict) and "security" in operation
    }
    checked = 0
    for route in cloud_routes(cloud.site):
        documented = told.get((route.method, _shape(route.template)))
        if route.template.startswith("/rest/api/3/") and documented and documented[0]:
            assert needed_scope(route.method, route.template) in documented[0], route.template
            checked += 1
    assert checked > 25


def _shape(path: str) -> str:
    return "/".join("{}" if part.startswith("{") else part for part in path.split("/"))


def test_an_access_token_opens_the_gateway_and_names_its_sites(cloud: JiraCloudSandbox) -> None:
    with by_oauth(cloud) as api:
        assert api.get("/myself").json()["accountId"] == "sandbox:bot"
        (site,) = httpx.get(f"{cloud.url}/oauth/token/accessible-resources", headers=dict(api.headers)).json()
    assert (site["id"], site["url"]) == (cloud.cloud_id, cloud.url)
    assert "write:jira-work" in site["scopes"]
    assert httpx.get(f"{cloud.url}/oauth/token/accessible-resources").status_code == 401


def test_an_access_token_ends_and_a_refresh_brings_a_new_one(cloud: JiraCloudSandbox, clock: Clock) -> None:
    with by_oauth(cloud) as api:
        clock.advance(600)
        assert (api.get("/myself").status_code, api.get("/myself").json()["code"]) == (401, 401)
    told = refresh(cloud, cloud.oauth.refresh_token).json()
    assert (told["expires_in"], told["token_type"]) == (600, "Bearer")
    with by_oauth(cloud, told["access_token"]) as api:
        assert api.get("/myself").status_code == 200


def test_a_refresh_token_is_good_once(cloud: JiraCloudSandbox) -> None:
    first = cloud.oauth.refresh_token
    second = refresh(cloud, first).json()["refresh_token"]
    again = refresh(cloud, first)
    assert (again.status_code, again.json()["error"]) == (403, "invalid_grant")
    assert refresh(cloud, second).status_code == 200
    assert cloud.oauth.refreshes == 2


def test_a_refresh_token_ends_after_ninety_idle_days_or_when_the_user_throws_the_app_out(
    cloud: JiraCloudSandbox, clock: Clock
) -> None:
    clock.advance(89 * 86_400)
    kept = refresh(cloud, cloud.oauth.refresh_token)
    assert kept.status_code == 200
    clock.advance(91 * 86_400)
    assert refresh(cloud, kept.json()["refresh_token"]).status_code == 403
    cloud.oauth.revoke()
    assert refresh(cloud, "").status_code == 403


def test_a_refresh_needs_the_right_client(cloud: JiraCloudSandbox) -> None:
    assert refresh(cloud, cloud.oauth.refresh_token, client_secret="wrong").status_code == 401
    assert refresh(cloud, cloud.oauth.refresh_token, grant_type="password").status_code == 400
    form = {"grant_type": "refresh_token", "client_id": cloud.oauth.client_id, "refresh_token": "wrong"}
    secret = {"client_secret": cloud.oauth.client_secret}
    assert httpx.post(cloud.oauth_token_url, data=form | secret).json()["error"] == "invalid_grant"


def test_the_end_of_one_token_does_not_end_the_others(cloud: JiraCloudSandbox) -> None:
    cloud.expire_token()
    assert httpx.get(f"{cloud.url}/rest/api/3/myself", auth=(cloud.user, cloud.token)).status_code == 401
    with by_oauth(cloud) as api, by_scoped_token(cloud) as gateway:
        assert (api.get("/myself").status_code, gateway.get("/myself").status_code) == (200, 200)
        cloud.oauth.expire_access_token()
        assert (api.get("/myself").status_code, gateway.get("/myself").status_code) == (401, 200)


def test_permissions_and_hidden_issues_hold_behind_the_gateway_too(cloud: JiraCloudSandbox) -> None:
    cloud.state.hide("DEMO-1")
    with by_oauth(cloud) as api:
        assert api.get("/issue/DEMO-1").status_code == 404
    assert cloud.requests["GET /ex/jira/{cloud}/rest/api/3/issue/{issue}"] == 1
