"""Webhooks: bodies and headers as Linear sends them, signed over the raw body, with their time inside it."""

import hashlib
import hmac
import uuid
from typing import Any

from journeysync.sandbox.linear.things import Issue, Json, Webhook
from journeysync.sandbox.wire import ENCODE


def signature(secret: str, body: bytes) -> str:
    """Return the `Linear-Signature` of a raw body: the HMAC in hex, without a prefix."""
    return hmac.new(secret.encode("utf-8"), body, hashlib.sha256).hexdigest()


def signed_headers(secret: str, body: bytes, *, event: str, at: float) -> dict[str, str]:
    """Return the headers of one delivery; the time that counts is the one in the body."""
    return {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Linear-Webhook",
        "Linear-Delivery": str(uuid.uuid5(uuid.NAMESPACE_URL, body.decode("utf-8", "replace"))),
        "Linear-Event": event,
        "Linear-Signature": signature(secret, body),
        "Linear-Timestamp": str(round(at * 1000)),
    }


def issue_event(
    issue: Issue, url: str, *, action: str, at: float, organization: str, updated_from: Json | None = None
) -> bytes:
    """Return the body of an issue's event: `create`, `update` or `remove`."""
    body: dict[str, Any] = {
        "action": action,
        "createdAt": issue.updated_at,
        "data": {
            "id": issue.id,
            "createdAt": issue.created_at,
            "updatedAt": issue.updated_at,
            "number": issue.number,
            "title": issue.title,
            "description": issue.description,
            "priority": issue.priority,
            "teamId": issue.team.id,
            "stateId": issue.state.id,
            "labelIds": [label.id for label in issue.labels],
            "previousIdentifiers": list(issue.previous_identifiers),
            "state": {"id": issue.state.id, "name": issue.state.name, "type": issue.state.type},
            "team": {"id": issue.team.id, "key": issue.team.key, "name": issue.team.name},
            "labels": [{"id": label.id, "name": label.name} for label in issue.labels],
        },
        "url": url,
        "type": "Issue",
        "organizationId": organization,
        "webhookTimestamp": round(at * 1000),
    }
    if updated_from is not None:
        body["updatedFrom"] = updated_from
    return ENCODE(body)


def concerns(hook: Webhook, issue: Issue) -> bool:
    """Say whether a webhook hears of an issue; private teams are heard of only where they are named."""
    if not hook.enabled or "Issue" not in hook.resource_types:
        return False
    return issue.team is hook.team if hook.team is not None else hook.all_public_teams and not issue.team.private
