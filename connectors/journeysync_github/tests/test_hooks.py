"""Webhooks: every recorded one names its tickets or none, and only with a right signature."""

import hashlib
import hmac
import json
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from journeysync.connector import Secret
from journeysync.errors import AuthFailed, ConfigError
from journeysync_github.connection import GitHubConnector
from journeysync_github.hooks import is_signed

from .conftest import some_settings

SECRET = "It's a Secret to Everybody"


@pytest.fixture
def connector() -> GitHubConnector:
    auth = {"kind": "token", "token": Secret("t"), "hook_secret": Secret(SECRET)}
    return GitHubConnector(some_settings(auth=auth))


def signed(event: str, body: bytes) -> dict[str, str]:
    digest = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    return {"X-GitHub-Event": event, "X-Hub-Signature-256": f"sha256={digest}"}


def test_githubs_own_example_of_a_signature_is_right() -> None:
    signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    assert is_signed(SECRET, b"Hello, World!", signature)
    assert not is_signed(SECRET, b"Hello, World?", signature)


@pytest.mark.parametrize("signature", ["", "sha256=", "sha1=abc", "sha256=" + "0" * 64, "sha256=\u00e4"])
def test_a_wrong_signature_is_refused(connector: GitHubConnector, signature: str) -> None:
    with pytest.raises(AuthFailed):
        connector.parse_hook({"X-GitHub-Event": "issues", "X-Hub-Signature-256": signature}, b"{}")


def test_without_a_secret_no_webhook_is_trusted() -> None:
    with pytest.raises(ConfigError, match="hook_secret"):
        GitHubConnector(some_settings()).parse_hook({}, b"{}")


ABOUT = {  # why an event names tickets or none; written before the code was asked
    "issues": "the issue, and of a transfer the new one",
    "issue_comment": "the issue that it is under",
    "projects_v2_item": "the issue in that row of a project",
    "pull_request": "none: pull requests are no tickets",
    "project": "none: the old kind of project, which we neither read nor write",
    "project_card": "none: the old kind of project",
    "project_column": "none: the old kind of project",
    "label": "none: which issues carry it, only a read tells",
    "milestone": "none: which issues have it, only a read tells",
    "repository": "none: the next read asks for the repository itself",
    "installation": "none: doctor and the next read say what the app may do",
    "installation_repositories": "none: doctor and the next read say what the app may do",
    "organization": "none: people and names of the organisation",
    "member": "none: people of a repository",
    "meta": "none: the webhook itself was deleted",
    "ping": "none: the webhook says hello",
}


def test_every_recorded_webhook_names_its_issues_or_none_for_a_stated_cause(
    connector: GitHubConnector, recorded: Callable[..., list[dict[str, Any]]]
) -> None:
    rows = recorded("webhooks", "github_webhooks.jsonl.gz")
    assert {row["event"] for row in rows} <= set(ABOUT)
    counted: Counter[str] = Counter()
    for row in rows:
        event, payload, body = row["event"], row["payload"], json.dumps(row["payload"]).encode()
        expected: set[str] = set()
        if event in ("issues", "issue_comment"):
            issues = [payload["issue"], (payload.get("changes") or {}).get("new_issue")]
            expected = {i["node_id"] for i in issues if i and i.get("node_id") and not i.get("pull_request")}
        if event == "projects_v2_item" and payload["projects_v2_item"]["content_type"] == "Issue":
            expected = {payload["projects_v2_item"]["content_node_id"]}
        found = set(connector.parse_hook(signed(event, body), body))
        assert found == expected
        assert not (found and ABOUT[event].startswith("none"))
        counted[event] += bool(found)
    assert len(rows) == 151
    # four events of issues are about pull requests, three rows of projects are drafts
    assert dict(+counted) == {"issues": 25, "issue_comment": 10, "projects_v2_item": 2}


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b"null", b'{"issue": 7}', b"payload=%7B"])
def test_a_signed_body_that_says_nothing_names_nothing(connector: GitHubConnector, body: bytes) -> None:
    assert connector.parse_hook(signed("issues", body), body) == ()
