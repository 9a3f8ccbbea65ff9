"""OAuth 2.0 of Jira Cloud: access tokens that are renewed before they end, and refresh tokens that change each time.

The configured refresh token opens the first time only. Each renewal gives the next
one, which must not be lost: it is kept beside the state of the workspace, in a file
that only its owner can read, written before it is used. A refresh token that a
person configures anew takes the place of a kept one.
"""

import hashlib
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any

import msgspec

from journeysync.connector import ConnectionSettings, Secret, Traffic
from journeysync.errors import AuthFailed, ConfigError, ConnectorError
from journeysync.http import Clock, HttpClient, HttpSettings, Request, RetryLimits, standard_verdict
from journeysync_jira.options import JiraOptions
from journeysync_jira.refusals import refusal_of

RENEWED_SECONDS_AHEAD = 60.0
JUST_NOW_SECONDS = 10.0  # a renewal that other threads need not repeat
_LET_IN_AGAIN = "let the app in once more (scopes with offline_access) and put the new refresh token into"


class Kept(msgspec.Struct, omit_defaults=True):
    """What is kept between runs.

    Attributes:
        configured: Digest of the configured refresh token that this came from.
        refresh_token: The next one.
        access_token: The one that is good now, until `ends_at` (epoch seconds).
    """

    configured: str
    refresh_token: str
    access_token: str = ""
    ends_at: float = 0.0

    def __repr__(self) -> str:
        return "Kept(...)"


class OAuth:
    """The log-in of one app that a user has let in. Safe to use from many threads and processes."""

    kind = "oauth"

    def __init__(self, settings: ConnectionSettings, options: JiraOptions, traffic: Traffic, clock: Clock) -> None:
        self._client_id = str(settings.auth["client_id"])
        self._client_secret = _revealed(settings.auth["client_secret"])
        self._configured = _revealed(settings.auth["refresh_token"])
        given = settings.auth["refresh_token"]
        self.source = (given.source if isinstance(given, Secret) else "") or "the refresh token of this connection"
        self.user = "the app that was let in"
        self._where = settings.where or settings.name
        folder = settings.state_folder
        self._file = folder / f"oauth-{settings.name}.json" if folder else None
        self._options = options
        self._traffic = traffic
        self._clock = clock
        self._lock = threading.Lock()
        self._renewed_at: float | None = None
        self._kept = self._read() or Kept(self._digest, self._configured)
        self._past: set[str] = set()

    # what the connection needs

    def header(self) -> str:
        """Return the Authorization header; the token in it is renewed first if it is about to end.

        Raises:
            AuthFailed: The refresh token is no longer taken.
            ConfigError: The next refresh token could not be kept.
        """
        with self._lock:
            if not self._is_good():
                self._renew(self._kept.access_token)
            return f"Bearer {self._kept.access_token}"

    def renew(self) -> bool:
        """Renew the access token because Jira refused it, once for all requests that it refused; say whether it is."""
        with self._lock:
            now = self._clock.monotonic()
            if self._renewed_at is None or now - self._renewed_at > JUST_NOW_SECONDS:
                self._renew(self._kept.access_token)
            return True

    def secrets(self) -> tuple[str, ...]:
        """Return what must never be shown."""
        now = (self._client_secret, self._configured, self._kept.refresh_token, self._kept.access_token)
        return tuple(secret for secret in (*now, *self._past) if secret)

    def for_sdk(self) -> dict[str, Any]:
        """Return the arguments by which the vendor's SDK logs in the same way."""
        return {"token_auth": self.header().removeprefix("Bearer ")}

    # renewing

    @property
    def _digest(self) -> str:
        return hashlib.sha256(self._configured.encode()).hexdigest()[:16]

    def _is_good(self) -> bool:
        ends_in = self._kept.ends_at - self._clock.now().timestamp()
        return bool(self._kept.access_token) and ends_in > RENEWED_SECONDS_AHEAD

    def _renew(self, refused: str) -> None:
        """Get a new access token, unless another process did so meanwhile."""
        with self._alone():
            self._past |= {self._kept.refresh_token, self._kept.access_token} - {""}
            if (kept := self._read()) and kept.access_token != self._kept.access_token:
                self._kept = kept
            if self._kept.access_token in ("", refused) or not self._is_good():
                with self._keeping() as keep:
                    self._kept = self._asked()
                    keep(self._kept)
            self._renewed_at = self._clock.monotonic()

    def _asked(self) -> Kept:
        body = {
            "grant_type": "refresh_token",
            "client_id": self._client_id,
            "client_secret": self._client_secret,
            "refresh_token": self._kept.refresh_token,
        }
        settings = HttpSettings(
            base_url=self._options.oauth_url,
            secrets=self.secrets,
            where=self._where,
            timeout_seconds=self._options.timeout_seconds,
            ca_file=self._options.ca_file or None,
            retry=RetryLimits(tries=1),  # an answer that was lost may have used the token up
        )
        self._traffic.requests += 1
        self._traffic.reads += 1
        asked_at = self._clock.now()
        with HttpClient(settings, Traffic(), verdict=self._verdict) as http:
            answer = http.send(Request("POST", self._options.oauth_url, body=body, kind="read", idempotent=False))
            return self._granted(answer.value if answer.ok else {}, asked_at, http.say(refusal_of(answer.value).words))

    def _granted(self, value: Any, asked_at: datetime, words: str) -> Kept:
        value = value if isinstance(value, Mapping) else {}
        access, seconds = value.get("access_token"), value.get("expires_in")
        if not access or not isinstance(seconds, int | float):
            raise self._refused(words)
        refresh = str(value.get("refresh_token") or self._kept.refresh_token)
        return Kept(self._digest, refresh, str(access), asked_at.timestamp() + seconds)

    def _verdict(self, request: Request, status: int, headers: Mapping[str, str], body: bytes) -> ConnectorError | None:
        if status in (400, 401, 403):
            with suppress(msgspec.DecodeError):
                return self._refused(refusal_of(msgspec.json.decode(body)).words, status)
            return self._refused("", status)
        return standard_verdict(request, status, headers, body)

    def _refused(self, words: str, status: int | None = None) -> AuthFailed:
        said = ": ".join(filter(None, (str(status or ""), words)))
        return AuthFailed(
            f"Jira's OAuth does not renew the access token ({said or 'it answered without one'})",
            where=self._where,
            next_step=f"{_LET_IN_AGAIN} {self.source}; a refresh token ends after 90 days without use",
            status=status,
        )

    # keeping

    def _read(self) -> Kept | None:
        """Return what was kept of the configured token, None if nothing was, or if a person configured another."""
        if self._file is None:
            return None
        with suppress(OSError, msgspec.MsgspecError):
            kept = msgspec.json.decode(self._file.read_bytes(), type=Kept)
            return kept if kept.configured == self._digest else None
        return None

    @contextmanager
    def _keeping(self) -> Iterator[Callable[[Kept], None]]:
        """Open the place for the next token before it is asked for: one that cannot be kept must not be asked for.

        Raises:
            ConfigError: There is no such place.
        """
        if self._file is None:
            yield lambda _kept: None
            return
        new = self._file.with_suffix(f".{os.getpid()}.new")
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            new.unlink(missing_ok=True)
            handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise ConfigError(
                f"the next refresh token cannot be kept: {error.strerror}",
                where=str(self._file.name),
                next_step=f"make the folder {self._file.parent.name} writable for who runs journeysync",
            ) from error

        def keep(kept: Kept) -> None:
            os.write(handle, msgspec.json.encode(kept))
            os.fsync(handle)
            os.replace(new, self._file or new)

        try:
            yield keep
        finally:
            os.close(handle)
            new.unlink(missing_ok=True)

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Let no other process renew at the same time: each renewal makes the token before it worthless."""
        if self._file is None or fcntl is None:
            yield
            return
        with suppress(OSError):
            self._file.parent.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(self._file.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        except OSError:
            yield  # the folder cannot be written to, which is said when the token is to be kept
            return
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)


def _revealed(value: Any) -> str:
    return value.reveal() if isinstance(value, Secret) else str(value)


try:
    import fcntl
except ImportError:  # not on Windows: there two runs at once may have to log in again
    fcntl = None  # type: ignore[assignment]
