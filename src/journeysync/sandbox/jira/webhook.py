"""Signs a webhook body as Jira does, so that a receiver can be tested against real signatures."""

import hashlib
import hmac


def signature(secret: str, body: bytes) -> str:
    """Return the `X-Hub-Signature` of a raw body: `sha256=` and the HMAC in hex."""
    return "sha256=" + hmac.new(secret.encode("utf-8"), body, hashlib.sha256).hexdigest()


def signed_headers(secret: str, body: bytes, *, delivery: str, retry: int = 0, flow: str = "Primary") -> dict[str, str]:
    """Return the headers of one delivery; ``delivery`` stays the same over its retries."""
    headers = {
        "Content-Type": "application/json; charset=UTF-8",
        "X-Hub-Signature": signature(secret, body),
        "X-Atlassian-Webhook-Identifier": delivery,
        "X-Atlassian-Webhook-Flow": flow,
    }
    return headers | ({"X-Atlassian-Webhook-Retry": str(retry)} if retry else {})
