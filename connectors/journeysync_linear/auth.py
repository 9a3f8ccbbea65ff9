"""How a connection logs in: by a personal API key, sent as it is, or by an OAuth token, sent as a bearer. Pure."""

from dataclasses import dataclass
from typing import Any

from journeysync.connector import ConnectionSettings, Secret
from journeysync.errors import ConfigError

KINDS = ("api-key", "oauth")
EXAMPLES = {
    "api-key": "auth: {kind: api-key, token: {env: LINEAR_API_KEY}}",
    "oauth": "auth: {kind: oauth, token: {env: LINEAR_TOKEN}}",
}


@dataclass(frozen=True)
class Credentials:
    """Who we are at Linear; the secret never prints itself."""

    kind: str
    secret: Secret

    @property
    def source(self) -> str:
        """Return where the secret comes from, for people: ``env LINEAR_API_KEY``."""
        return self.secret.source or "the token of this connection"

    def header(self) -> str:
        """Return the Authorization header: Linear refuses an API key that comes as a bearer."""
        value = self.secret.reveal().strip()
        bare = value[7:].strip() if value[:7].lower() == "bearer " else value
        return f"Bearer {bare}" if self.kind == "oauth" else bare

    def secrets(self) -> tuple[str, ...]:
        """Return what must never be shown."""
        return (self.secret.reveal(),)


def credentials_of(settings: ConnectionSettings) -> Credentials:
    """Return the credentials of a connection.

    Raises:
        ConfigError: An auth kind that nobody knows, or no token.
    """
    kind = str(settings.auth.get("kind", "api-key"))
    if kind not in KINDS:
        raise ConfigError(
            f"Linear connection '{settings.name}' has the auth kind '{kind}'; allowed: {', '.join(KINDS)}",
            where=settings.where,
            next_step=f"write `{EXAMPLES['api-key']}`",
        )
    token: Any = settings.auth.get("token") or settings.auth.get("key")
    if not token:
        raise ConfigError(
            f"Linear connection '{settings.name}' has no token under auth",
            where=settings.where,
            next_step=f"write `{EXAMPLES[kind]}`",
        )
    return Credentials(kind, token if isinstance(token, Secret) else Secret(str(token)))
