"""Webhooks: every recorded one names its tickets or none, only with a right signature, and only within a minute."""

import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from journeysync.connector import Secret
from journeysync.errors import AuthFailed, ConfigError
from journeysync.http import Clock
from journeysync.sandbox.linear.webhook import signed_headers
from journeysync_linear.connection import LinearConnector
from journeysync_linear.hooks import is_signed

from .conftest import some_settings

SECRET = "It's a Secret to Everybody"


class Fixed(Clock):
    def __init__(self, at: float) -> None:
        super().__init__()
        self.at = at

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.at, UTC)


def connector(at: float = 1_700_000_000.0) -> LinearConnector:
    auth = {"kind": "api-key", "token": Secret("t"), "hook_secret": Secret(SECRET)}
    return LinearConnector(some_settings(auth=auth), clock=Fixed(at))


def signed(body: bytes) -> dict[str, str]:
    return {"Linear-Signature": hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()}


def event(at: float, **more: Any) -> bytes:
    told = {"type": "Issue", "action": "update", "data": {"id": "i1"}, "webhookTimestamp": round(at * 1000)}
    return json.dumps(told | more).encode()


def test_the_signature_is_hex_over_the_raw_body() -> None:
    body = b'{"a": 1}'
    assert is_signed(SECRET, body, signed(body)["Linear-Signature"])
    assert not is_signed(SECRET, b'{"a":1}', signed(body)["Linear-Signature"])


@pytest.mark.parametrize("signature", ["", "sha256=", "0" * 64, "ä"])
def test_a_wrong_signature_is_refused(signature: str) -> None:
    with pytest.raises(AuthFailed, match="signature"):
        connector().parse_hook({"Linear-Signature": signature}, event(1_700_000_000))


def test_without_a_secret_no_webhook_is_trusted() -> None:
    with pytest.raises(ConfigError, match="hook_secret"):
        LinearConnector(some_settings()).parse_hook({}, b"{}")


@pytest.mark.parametrize("seconds", [61, -61, 86_400])
def test_a_signed_body_of_another_time_is_refused_whatever_its_header_says(seconds: float) -> None:
    at = 1_700_000_000.0
    body = event(at - seconds)
    headers = {**signed(body), "Linear-Timestamp": str(round(at * 1000))}
    with pytest.raises(AuthFailed, match="more than a minute off"):
        connector(at).parse_hook(headers, body)


def test_a_signed_body_without_a_time_is_refused() -> None:
    body = json.dumps({"type": "Issue", "data": {"id": "i1"}}).encode()
    with pytest.raises(AuthFailed, match="minute"):
        connector().parse_hook(signed(body), body)


def test_every_recorded_webhook_names_its_tickets(recorded: Callable[..., list[dict[str, Any]]]) -> None:
    named = []
    for row in recorded("webhooks", "linear_webhooks.jsonl.gz"):
        payload = row["payload"]
        at = payload["webhookTimestamp"] / 1000
        body = json.dumps(payload).encode()
        headers = signed_headers(SECRET, body, event=row["event"], at=at)
        data = payload["data"]
        expected = {"Issue": data["id"], "Comment": data.get("issueId"), "Project": data["id"]}[row["event"]]
        assert connector(at + 30).parse_hook(headers, body) == (expected,)
        named.append(row["event"])
    assert len(named) == 6


@pytest.mark.parametrize(
    ("told", "ids"),
    [
        ({"type": "Attachment", "data": {"id": "a", "issueId": "i2"}}, ("i2",)),
        ({"type": "IssueRelation", "data": {"issueId": "i1", "relatedIssueId": "i2"}}, ("i1", "i2")),
        ({"type": "ProjectUpdate", "data": {"id": "u", "projectId": "p1"}}, ("p1",)),
        ({"type": "IssueLabel", "data": {"id": "l"}}, ()),
        ({"type": "Issue", "data": 7}, ()),
    ],
)
def test_other_events_name_the_tickets_that_they_are_about(told: dict[str, Any], ids: tuple[str, ...]) -> None:
    body = event(1_700_000_000, **told)
    assert connector().parse_hook(signed(body), body) == ids
