"""How a connection logs in: the kinds, what each needs, and which Jira takes it. No request is made here."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from journeysync.connector import ConnectionSettings, Secret
from journeysync.errors import ConfigError

Flavour = Literal["cloud", "data-center"]
NAMES: Mapping[Flavour, str] = {"cloud": "Jira Cloud", "data-center": "Jira Data Center"}
FLAVOURS: Mapping[str, Flavour] = {
    "api-token": "cloud",
    "scoped-token": "cloud",
    "oauth": "cloud",
    "personal-token": "data-center",
    "basic": "data-center",
}
"""The Jira that takes a kind; so the kind of log-in says which Jira a connection is to, and nothing is asked."""
KEYS: Mapping[str, tuple[str, ...]] = {
    "api-token": ("user", "token"),
    "scoped-token": ("user", "token"),
    "oauth": ("client_id", "client_secret", "refresh_token"),
    "personal-token": ("token",),
    "basic": ("user", "password"),
}
EXAMPLES: Mapping[str, str] = {
    "api-token": "auth: {kind: api-token, user: ..., token: {env: JIRA_TOKEN}}",
    "scoped-token": "auth: {kind: scoped-token, user: ..., token: {env: JIRA_TOKEN}}",
    "oauth": "auth: {kind: oauth, client_id: ..., client_secret: {env: ...}, refresh_token: {env: ...}}",
    "personal-token": "auth: {kind: personal-token, token: {env: JIRA_TOKEN}}",
    "basic": "auth: {kind: basic, user: ..., password: {env: JIRA_PASSWORD}}",
}


class Credentials(Protocol):
    """Who we are at Jira; a secret never prints itself."""

    @property
    def kind(self) -> str:
        """Return the auth kind."""
        ...

    @property
    def user(self) -> str:
        """Return who logs in, for people."""
        ...

    @property
    def source(self) -> str:
        """Return where the secret comes from, for people: ``env JIRA_TOKEN``."""
        ...

    def header(self) -> str:
        """Return the Authorization header."""
        ...

    def secrets(self) -> tuple[str, ...]:
        """Return what must never be shown."""
        ...

    def for_sdk(self) -> dict[str, Any]:
        """Return the arguments by which the vendor's SDK logs in the same way."""
        ...


@dataclass(frozen=True)
class Basic:
    """A user and a token, or a user and a password."""

    kind: str
    user: str
    secret: Secret

    @property
    def source(self) -> str:
        """Return where the secret comes from."""
        return self.secret.source or "the secret of this connection"

    def header(self) -> str:
        """Return the Authorization header."""
        pair = f"{self.user}:{self.secret.reveal()}".encode()
        return "Basic " + base64.b64encode(pair).decode()

    def secrets(self) -> tuple[str, ...]:
        """Return what must never be shown."""
        return self.secret.reveal(), self.header().removeprefix("Basic ")

    def for_sdk(self) -> dict[str, Any]:
        """Return the arguments by which the vendor's SDK logs in the same way."""
        return {"basic_auth": (self.user, self.secret.reveal())}


@dataclass(frozen=True)
class Bearer:
    """A personal access token of Data Center."""

    kind: str
    secret: Secret
    user: str = "this account"

    @property
    def source(self) -> str:
        """Return where the secret comes from."""
        return self.secret.source or "the token of this connection"

    def header(self) -> str:
        """Return the Authorization header."""
        return f"Bearer {self.secret.reveal()}"

    def secrets(self) -> tuple[str, ...]:
        """Return what must never be shown."""
        return (self.secret.reveal(),)

    def for_sdk(self) -> dict[str, Any]:
        """Return the arguments by which the vendor's SDK logs in the same way."""
        return {"token_auth": self.secret.reveal()}


def kind_of(settings: ConnectionSettings) -> str:
    """Return the auth kind of a connection, its keys checked.

    Raises:
        ConfigError: An auth kind that nobody knows, or a part of it is missing.
    """
    kind = str(settings.auth.get("kind", "api-token"))
    if kind not in KEYS:
        raise ConfigError(
            f"Jira connection '{settings.name}' has the auth kind '{kind}'; allowed: {', '.join(KEYS)}",
            where=settings.where,
            next_step=f"write `{EXAMPLES['api-token']}`; on Data Center `{EXAMPLES['personal-token']}`",
        )
    missing = [key for key in KEYS[kind] if not settings.auth.get(key)]
    if missing:
        step = f"write `{EXAMPLES[kind]}`"
        if "user" in missing and kind != "basic":
            step += "; the user is the e-mail address of the account that the API token belongs to"
        raise ConfigError(
            f"Jira connection '{settings.name}' has no {' and no '.join(missing)} under auth",
            where=settings.where,
            next_step=step,
        )
    return kind


def flavour_of(settings: ConnectionSettings, forced: str) -> Flavour:
    """Return which Jira a connection is to, by its kind of log-in or as `options.flavour` says.

    Raises:
        ConfigError: The option is no flavour, or the other Jira takes that kind of log-in.
    """
    kind = kind_of(settings)
    flavour = FLAVOURS[kind]
    if forced in ("", flavour):
        return flavour
    other: Flavour = "data-center" if flavour == "cloud" else "cloud"
    if forced != other:
        raise ConfigError(
            f"option 'flavour' is {forced!r}; allowed: {', '.join(NAMES)}",
            where=settings.where,
            next_step="leave it out: the kind of log-in says which Jira it is",
        )
    raise wrong_kind(kind, NAMES[other], other, settings.where)


def wrong_kind(kind: str, site: str, flavour: Flavour, where: str) -> ConfigError:
    """Return the error for a kind of log-in that this Jira does not take."""
    kinds = [one for one, takes in FLAVOURS.items() if takes == flavour]
    return ConfigError(
        f"{site} does not take the auth kind '{kind}'; allowed there: {', '.join(kinds)}",
        where=where,
        next_step=f"write `{EXAMPLES[kinds[0]]}`",
    )


def plain_credentials(settings: ConnectionSettings, kind: str) -> Credentials:
    """Return the credentials of every kind whose secret stays as it is (all but oauth)."""
    secret = settings.auth["password" if kind == "basic" else "token"]
    secret = secret if isinstance(secret, Secret) else Secret(str(secret))
    if kind == "personal-token":
        return Bearer(kind, secret)
    return Basic(kind, str(settings.auth["user"]), secret)
