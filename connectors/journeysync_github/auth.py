"""How a connection logs in: with a token, or as a GitHub App whose installation tokens last an hour."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from journeysync.connector import ConnectionSettings, Secret
from journeysync.errors import AuthFailed, ConfigError

KINDS = ("token", "app")
EXAMPLES = {
    "token": "auth: {kind: token, token: {env: GITHUB_TOKEN}}",
    "app": "auth: {kind: app, app_id: 1234, installation_id: 5678, private_key: {env: GITHUB_APP_KEY}}",
}
_KEYS = {"token": ("token",), "app": ("app_id", "private_key", "installation_id")}
_RENEW_BEFORE = timedelta(minutes=5)


class Credentials(Protocol):
    """Who we are at GitHub; a secret never prints itself."""

    kind: str

    @property
    def source(self) -> str:
        """Return where the secret comes from, for people: ``env GITHUB_TOKEN``."""
        ...

    def header(self) -> str:
        """Return the Authorization header."""
        ...

    def secrets(self) -> tuple[str, ...]:
        """Return what must never be shown."""
        ...


class Token:
    """A personal access token (classic or fine-grained), an OAuth token, or the token of a workflow."""

    kind = "token"

    def __init__(self, secret: Secret) -> None:
        self._secret = secret

    @property
    def source(self) -> str:
        """Return where the token comes from."""
        return self._secret.source or "the token of this connection"

    def header(self) -> str:
        """Return the Authorization header."""
        return f"Bearer {self._secret.reveal()}"

    def secrets(self) -> tuple[str, ...]:
        """Return the token."""
        return (self._secret.reveal(),)


class App:
    """A GitHub App: its key signs a short log-in, which buys an installation token, renewed before it ends.

    Args:
        app_id: Id or client id of the app.
        key: Its private key, PEM.
        now: The time.
        where: The connection, for errors.
    """

    kind = "app"

    def __init__(self, app_id: str, key: Secret, now: Callable[[], datetime], where: str) -> None:
        self._app_id = app_id
        self._key = key
        self._now = now
        self._where = where
        self._lock = threading.Lock()
        self._token = ""
        self._until = datetime.fromtimestamp(0, UTC) + _RENEW_BEFORE
        self.buy: Callable[[], Any] = dict  # set by the client: asks GitHub for an installation token

    @property
    def source(self) -> str:
        """Return where the key comes from."""
        return self._key.source or "the private key of this connection"

    def header(self) -> str:
        """Return the Authorization header of an installation token, a new one where the old one ends soon."""
        with self._lock:
            if self._now() >= self._until - _RENEW_BEFORE:
                self._renew()
            return f"Bearer {self._token}"

    def signed(self) -> str:
        """Return the Authorization header of the app itself, which only buys tokens.

        Raises:
            ConfigError: The key cannot be read.
        """
        from github import Auth

        try:
            return f"Bearer {Auth.AppAuth(self._app_id, self._key.reveal()).create_jwt()}"
        except (ValueError, TypeError, AssertionError) as error:
            raise self._bad_key() from error
        except Exception as error:
            if type(error).__module__.partition(".")[0] in ("jwt", "cryptography"):
                raise self._bad_key() from None  # its words may quote the key
            raise

    def secrets(self) -> tuple[str, ...]:
        """Return the key and the token of the hour."""
        return (self._key.reveal(), self._token) if self._token else (self._key.reveal(),)

    def _renew(self) -> None:
        value = self.buy()
        token = value.get("token") if isinstance(value, dict) else None
        if not token:
            raise AuthFailed(
                "GitHub gave the app no installation token",
                where=self._where,
                next_step="check app_id and installation_id, and that the app is still installed",
            )
        self._token = str(token)
        try:
            self._until = datetime.fromisoformat(str(value.get("expires_at")))
        except ValueError:
            self._until = self._now() + timedelta(minutes=30)

    def _bad_key(self) -> ConfigError:
        return ConfigError(
            "the private key of the GitHub App cannot be read",
            where=self._where,
            next_step=f"put the whole PEM file that GitHub gave out into {self.source}",
        )


def credentials_of(settings: ConnectionSettings, now: Callable[[], datetime]) -> Credentials:
    """Return the credentials of a connection.

    Raises:
        ConfigError: An auth kind that nobody knows, or a part of it is missing.
    """
    kind = str(settings.auth.get("kind", "token"))
    if kind not in KINDS:
        raise ConfigError(
            f"GitHub connection '{settings.name}' has the auth kind '{kind}'; allowed: {', '.join(KINDS)}",
            where=settings.where,
            next_step=f"write `{EXAMPLES['token']}`",
        )
    missing = [key for key in _KEYS[kind] if not settings.auth.get(key)]
    if missing:
        raise ConfigError(
            f"GitHub connection '{settings.name}' has no {' and no '.join(missing)} under auth",
            where=settings.where,
            next_step=f"write `{EXAMPLES[kind]}`",
        )
    if kind == "token":
        return Token(_secret(settings.auth["token"]))
    return App(str(settings.auth["app_id"]), _key(settings.auth["private_key"]), now, settings.where)


def _secret(value: Any) -> Secret:
    return value if isinstance(value, Secret) else Secret(str(value))


def _key(value: Any) -> Secret:
    secret = _secret(value)
    if secret.reveal().lstrip().startswith("-----") or "\n" in secret.reveal():
        return secret
    path = Path(secret.reveal()).expanduser()
    return Secret(path.read_text(encoding="utf-8"), f"file {path}") if path.is_file() else secret
