import hashlib
import hmac
import json
from collections.abc import Callable

import pytest

from journeysync.connector import Secret
from journeysync.errors import AuthFailed, ConfigError
from journeysync_jira.connection import JiraConnector

Connect = Callable[..., JiraConnector]
SECRET = "It's a Secret to Everybody"
AUTH = {"kind": "api-token", "user": "bot", "token": Secret("abcd"), "hook_secret": Secret(SECRET)}


def signed(body: bytes) -> dict[str, str]:
    return {"X-Hub-Signature": "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()}


def test_a_signed_hook_names_its_ticket(connect: Connect) -> None:
    body = json.dumps({"webhookEvent": "jira:issue_updated", "issue": {"id": "10241", "key": "BILL-1"}}).encode()
    assert connect(auth=AUTH).parse_hook(signed(body), body) == ("10241",)


def test_the_published_signature_is_accepted(connect: Connect) -> None:
    """The test vector of Atlassian's webhook page; its body is no JSON, so it is about no ticket."""
    given = "sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9"
    assert connect(auth=AUTH).parse_hook({"x-hub-signature": given}, b"Hello World!") == ()


@pytest.mark.parametrize("headers", [{}, {"X-Hub-Signature": "sha256=00"}, {"X-Hub-Signature": "ü"}])
def test_a_hook_without_a_right_signature_is_refused(connect: Connect, headers: dict[str, str]) -> None:
    with pytest.raises(AuthFailed):
        connect(auth=AUTH).parse_hook(headers, b"{}")


def test_without_a_secret_no_hook_is_trusted(connect: Connect) -> None:
    with pytest.raises(ConfigError, match="hook_secret"):
        connect().parse_hook({}, b"{}")
