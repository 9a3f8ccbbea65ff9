"""Scoped tokens and OAuth: what is asked of whom, what is kept, and what is said when a log-in ends."""

import json
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from journeysync.connector import Secret
from journeysync.errors import AuthFailed, ConfigError
from journeysync.sandbox import JiraCloudSandbox, start_jira_cloud
from journeysync_jira.connection import JiraConnector

from .conftest import Memory
from .test_contract_gateway import at, oauth, scoped

Connect = Callable[..., JiraConnector]


@pytest.fixture
def site() -> Iterator[JiraCloudSandbox]:
    with start_jira_cloud(projects=["BILL", "ONB"]) as server:
        server.state.create_issue("BILL", "Show the bill")
        yield server


@pytest.fixture
def by_scoped_token(site: JiraCloudSandbox, connect: Connect) -> JiraConnector:
    return connect(auth=scoped(site), options=at(site))


@pytest.fixture
def by_oauth(site: JiraCloudSandbox, connect: Connect, tmp_path: Path) -> Callable[..., JiraConnector]:
    configured = oauth(site)

    def make(**other: Any) -> JiraConnector:
        values = {"auth": configured, "options": at(site), "state_folder": tmp_path / "state"}
        return connect(**(values | other))

    return make


def test_a_scoped_token_goes_through_the_gateway_and_links_lead_to_the_site(
    site: JiraCloudSandbox, by_scoped_token: JiraConnector, memory: Memory
) -> None:
    [ticket] = memory.take(by_scoped_token.pull(None))
    assert ticket.url == f"{site.url}/browse/{ticket.key}"
    asked = site.requests.by_endpoint()
    assert asked.pop("GET /_edge/tenant_info") == 1
    assert all("/ex/jira/" in endpoint for endpoint in asked)


def test_the_cloud_id_is_asked_for_once_and_remembered_with_the_cursor(
    site: JiraCloudSandbox, connect: Connect, memory: Memory, by_scoped_token: JiraConnector
) -> None:
    memory.take(by_scoped_token.pull(None))
    site.requests.reset()
    assert memory.take(connect(auth=scoped(site), options=at(site)).pull(memory.cursor)) == []
    assert site.requests.total == 1


def test_a_configured_cloud_id_is_not_asked_for(site: JiraCloudSandbox, connect: Connect, memory: Memory) -> None:
    memory.take(connect(auth={**scoped(site), "cloud_id": site.cloud_id}, options=at(site)).pull(None))
    memory.take(connect(auth=scoped(site), options={**at(site), "cloud_id": site.cloud_id}).pull(None))
    assert not [endpoint for endpoint in site.requests.by_endpoint() if "tenant_info" in endpoint]


def test_a_site_that_tells_no_cloud_id_is_a_word_to_a_person(site: JiraCloudSandbox, by_scoped_token: Any) -> None:
    site.add_fault("404:path=tenant_info")
    with pytest.raises(ConfigError, match="cloud id") as caught:
        list(by_scoped_token.pull(None))
    assert "cloud_id" in caught.value.next_step


def test_a_missing_scope_is_named_by_what_it_was_needed_for(
    site: JiraCloudSandbox, by_scoped_token: JiraConnector
) -> None:
    site.limit_scopes("read:jira-user")
    with pytest.raises(AuthFailed, match="has not the scope for POST") as caught:
        list(by_scoped_token.pull(None))
    assert "read:jira-work" in caught.value.next_step


def test_a_token_with_scopes_at_the_site_itself_says_which_kind_it_is(site: JiraCloudSandbox, connect: Connect) -> None:
    with pytest.raises(AuthFailed) as caught:
        list(connect(token=site.scoped_token).pull(None))
    assert "scoped-token" in caught.value.next_step


def test_doctor_finds_nothing_wrong_through_the_gateway(
    by_scoped_token: JiraConnector, by_oauth: Callable[..., JiraConnector]
) -> None:
    for connector in (by_scoped_token, by_oauth()):
        assert {finding.level for finding in connector.check()} == {"ok"}


# OAuth


def test_an_access_token_is_got_once_and_serves_the_next_process_too(
    site: JiraCloudSandbox, by_oauth: Callable[..., JiraConnector], memory: Memory
) -> None:
    memory.take(by_oauth().pull(None))
    assert site.oauth.refreshes == 1
    site.requests.reset()
    assert memory.take(by_oauth().pull(memory.cursor)) == []
    assert site.requests.total == 1


def test_the_next_refresh_token_is_kept_for_its_owner_alone(
    site: JiraCloudSandbox, by_oauth: Callable[..., JiraConnector], tmp_path: Path
) -> None:
    list(by_oauth().pull(None))
    file = tmp_path / "state" / "oauth-billing.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert json.loads(file.read_text())["refresh_token"] == site.oauth.refresh_token
    assert not list(file.parent.glob("*.new"))
    site.oauth.expire_access_token()
    list(by_oauth().pull(None))  # the configured one is used up since the first renewal
    assert site.oauth.refreshes == 2


def test_a_token_that_ends_during_a_run_is_renewed_once_and_the_request_sent_again(
    site: JiraCloudSandbox, by_oauth: Callable[..., JiraConnector], memory: Memory
) -> None:
    connector = by_oauth()
    memory.take(connector.pull(None))
    site.oauth.expire_access_token()
    site.state.create_issue("BILL", "Later")
    site.requests.reset()
    later = memory.take(by_oauth().pull(memory.cursor))
    assert [ticket.title for ticket in later] == ["Later"]
    assert site.oauth.refreshes == 2
    assert site.requests.by_endpoint()["POST /oauth/token"] == 1


def test_a_token_about_to_end_is_renewed_before_it_does(tmp_path: Path, connect: Connect) -> None:
    with start_jira_cloud(projects=["BILL"], oauth_lifetime_seconds=30) as site:
        connector = connect(site, auth=oauth(site), options=at(site), state_folder=tmp_path)
        list(connector.pull(None))
        list(connector.sweep())
        asked = site.requests.by_endpoint()
    assert asked["POST /oauth/token"] == asked["POST /ex/jira/{cloud}/rest/api/3/search/jql"] == 2


def test_a_refresh_token_that_was_taken_back_is_said_with_where_it_stands(
    site: JiraCloudSandbox, by_oauth: Callable[..., JiraConnector]
) -> None:
    site.oauth.revoke()
    connector = by_oauth(auth={**oauth(site), "refresh_token": Secret("taken-back-token", "env JIRA_REFRESH")})
    with pytest.raises(AuthFailed, match="does not renew") as caught:
        list(connector.pull(None))
    assert "env JIRA_REFRESH" in caught.value.next_step
    assert "taken-back-token" not in f"{caught.value}{caught.value!r}"
    assert site.requests.by_endpoint() == {"POST /oauth/token": 1, "GET /_edge/tenant_info": 1}


def test_a_newly_configured_refresh_token_takes_the_place_of_a_kept_one(
    site: JiraCloudSandbox, by_oauth: Callable[..., JiraConnector]
) -> None:
    list(by_oauth().pull(None))
    kept = site.oauth.refresh_token
    site.oauth.expire_access_token()
    list(by_oauth(auth={**oauth(site), "refresh_token": Secret(kept)}).pull(None))
    assert site.oauth.refreshes == 2


def test_a_token_that_could_not_be_kept_is_not_asked_for(
    site: JiraCloudSandbox, by_oauth: Callable[..., JiraConnector], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot be kept"):
        list(by_oauth(state_folder=tmp_path / "file").pull(None))
    assert site.oauth.refreshes == 0
