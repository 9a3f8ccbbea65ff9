"""Signs a webhook body as GitHub does, so that a receiver can be tested against real signatures."""

import hashlib
import hmac


def signature(secret: str, body: bytes) -> str:
    """Return the `X-Hub-Signature-256` of a raw body: `sha256=` and the HMAC in hex."""
    return "sha256=" + hmac.new(secret.encode("utf-8"), body, hashlib.sha256).hexdigest()


def signed_headers(secret: str, body: bytes, *, event: str, delivery: str, hook_id: int = 1) -> dict[str, str]:
    """Return the headers of one delivery; ``delivery`` stays the same when it is sent again."""
    return {
        "Content-Type": "application/json",
        "User-Agent": "GitHub-Hookshot/sandbox",
        "X-GitHub-Event": event,
        "X-GitHub-Delivery": delivery,
        "X-GitHub-Hook-ID": str(hook_id),
        "X-Hub-Signature-256": signature(secret, body),
    }
