"""OAuth 2.0 of Jira Cloud as a running program meets it: refresh tokens that rotate, access tokens that end."""

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from journeysync.sandbox.jira.access import Account
from journeysync.sandbox.wire import DECODE, Call, Refused, Reply, as_json

CLIENT_ID = "sandbox-client"
CLIENT_SECRET = "sandbox-client-secret"  # noqa: S105 - opens a server on loopback that forgets everything
IDLE_SECONDS = 90 * 86_400.0
SCOPES = ("read:jira-work", "write:jira-work", "read:jira-user", "offline_access")


@dataclass(frozen=True)
class AccessGrant:
    """What one access token opens, until when (epoch seconds)."""

    account: Account
    scopes: frozenset[str]
    expires_at: float


class OAuthApp:
    """One app that a user has let in. `refresh_token` and `access_token` are the ones that are good now."""

    def __init__(self, account: Account, clock: Callable[[], float], *, lifetime_seconds: float = 3_600.0) -> None:
        self.client_id = CLIENT_ID
        self.client_secret = CLIENT_SECRET
        self.lifetime_seconds = lifetime_seconds
        self.scopes: set[str] = set(SCOPES)
        self.refreshes = 0
        self._issued = 0
        self._account = account
        self._clock = clock
        self._grants: dict[str, AccessGrant] = {}
        self._issue()

    def grant_of(self, access_token: str) -> AccessGrant | None:
        """Return what an access token opens, None where it is unknown or has ended."""
        grant = self._grants.get(access_token)
        return grant if grant and self._clock() < grant.expires_at else None

    def expire_access_token(self) -> None:
        """Let all access tokens end now; the refresh token goes on."""
        self._grants.clear()

    def revoke(self) -> None:
        """Take everything back, as a user does who throws the app out."""
        self._grants.clear()
        self.refresh_token = ""

    def token(self, call: Call) -> Reply:
        """POST /oauth/token: a new access token, and a new refresh token in the place of the one that was sent."""
        asked = _fields(call)
        if asked.get("grant_type") != "refresh_token":
            raise _refused(400, "unsupported_grant_type", "Only refresh_token is offered here.")
        client = asked.get("client_id", ""), asked.get("client_secret", "")
        if client != (self.client_id, self.client_secret):
            raise _refused(401, "access_denied", "Unauthorized")
        sent = asked.get("refresh_token", "").encode()
        idle = self._clock() - self._refreshed_at
        if not self.refresh_token or not hmac.compare_digest(sent, self.refresh_token.encode()) or idle > IDLE_SECONDS:
            raise _refused(403, "invalid_grant", "Unknown or invalid refresh token.")
        self._issue()
        self.refreshes += 1
        return as_json(
            {
                "access_token": self.access_token,
                "refresh_token": self.refresh_token,
                "expires_in": round(self.lifetime_seconds),
                "scope": " ".join(sorted(self.scopes)),
                "token_type": "Bearer",
            }
        )

    def _issue(self) -> None:
        self._issued += 1
        now = self._clock()
        self._refreshed_at = now
        self.access_token = f"sandbox-access-{self._issued}"
        self.refresh_token = f"sandbox-refresh-{self._issued}"
        self._grants[self.access_token] = AccessGrant(
            self._account, frozenset(self.scopes), now + self.lifetime_seconds
        )


def _fields(call: Call) -> dict[str, str]:
    """Return the fields of a body, JSON or form."""
    try:
        value: Any = DECODE(call.body) if call.body.lstrip().startswith(b"{") else dict(parse_qsl(call.body.decode()))
    except (ValueError, UnicodeDecodeError):
        value = {}
    return {str(name): str(text) for name, text in value.items()}


def _refused(status: int, error: str, description: str) -> Refused:
    return Refused(as_json({"error": error, "error_description": description}, status))
