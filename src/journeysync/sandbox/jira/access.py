"""Who calls, and what they may do: accounts with a token, a time zone, and permissions on the site and by project."""

import base64
import binascii
from dataclasses import dataclass, field, replace
from typing import Any
from zoneinfo import ZoneInfo

PROJECT_PERMISSIONS = frozenset(
    {
        "BROWSE_PROJECTS",
        "EDIT_ISSUES",
        "LINK_ISSUES",
        "CREATE_ISSUES",
        "DELETE_ISSUES",
        "ADMINISTER_PROJECTS",
        "TRANSITION_ISSUES",
        "ADD_COMMENTS",
    }
)
GLOBAL_PERMISSIONS = frozenset({"BULK_CHANGE", "ADMINISTER", "USER_PICKER"})


@dataclass
class Account:
    """One user with an API token. Permissions are granted on all projects, less what was taken away by project."""

    user: str
    token: str
    account_id: str
    display_name: str
    zone: ZoneInfo
    granted: set[str] = field(default_factory=lambda: set(PROJECT_PERMISSIONS | GLOBAL_PERMISSIONS))
    denied: set[tuple[str, str]] = field(default_factory=set)

    def may(self, permission: str, project: str = "") -> bool:
        """Say whether the account holds a permission, in a project (by key) where it is one of a project."""
        return permission in self.granted and (permission, project) not in self.denied

    def without(self, permission: str, project: str = "") -> "Account":
        """Return the same account with one permission less."""
        granted = set(self.granted) if project else self.granted - {permission}
        denied = self.denied | {(permission, project)} if project else set(self.denied)
        return replace(self, granted=granted, denied=denied)

    def notifies_at_will(self, project: str) -> bool:
        """Say whether `notifyUsers=false` is honoured: only for administrators of Jira or of the project."""
        return self.may("ADMINISTER") or self.may("ADMINISTER_PROJECTS", project)

    def shape(self) -> dict[str, Any]:
        """Return the user object."""
        return {
            "accountId": self.account_id,
            "accountType": "atlassian",
            "emailAddress": self.user,
            "displayName": self.display_name,
            "active": True,
            "timeZone": self.zone.key,
        }


@dataclass
class ServerAccount(Account):
    """One user of a Data Center site: known by `name` (here `user`) and by a `key` that differs from it."""

    password: str = ""
    key: str = ""

    def shape(self) -> dict[str, Any]:
        """Return the user object."""
        return {
            "key": self.key or self.user,
            "name": self.user,
            "emailAddress": f"{self.user}@sandbox.example",
            "displayName": self.display_name,
            "active": True,
            "deleted": False,
            "timeZone": self.zone.key,
            "locale": "en_US",
        }


def bearer_token(header: str) -> str | None:
    """Return the token of an Authorization header, or None where it is none of the Bearer kind."""
    kind, _, token = header.partition(" ")
    return token.strip() if kind.lower() == "bearer" else None


def basic_credentials(header: str) -> tuple[str, str] | None:
    """Return (user, token) of an Authorization header, or None where it is none of the Basic kind."""
    kind, _, encoded = header.partition(" ")
    if kind.lower() != "basic":
        return None
    try:
        user, colon, token = base64.b64decode(encoded, validate=True).decode("utf-8").partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (user, token) if colon else None
