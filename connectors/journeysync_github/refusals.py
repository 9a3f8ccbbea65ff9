"""GitHub's refusals in our errors: who has to do what next. Pure.

403 means four things (a limit, a locked account, a missing right, a missing header),
and GraphQL says all of them with status 200: both are told apart here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from journeysync.errors import (
    AuthFailed,
    ConnectorError,
    Forbidden,
    Gone,
    Hidden,
    RateLimited,
    TicketRejected,
    Unavailable,
)
from journeysync.http import Request, decode_json, plain, standard_verdict

SECONDARY_WAIT_SECONDS = 60.0
GAVE_UP = frozenset({502, 504})  # what GitHub answers to a document that takes it longer than ten seconds
_LIMIT_WORDS = ("rate limit", "abuse detection", "secondary limit", "submitted too quickly")
_LOGIN_WORDS = ("login attempt", "captcha", "temporarily locked")
_RIGHTS = "the token needs for these repositories: Issues read and write, Metadata read (classic: repo)"


@dataclass(frozen=True)
class Refusal:
    """What GitHub says about a request that it refuses, and what is wrong with which field."""

    message: str = ""
    codes: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """Return all of it in one line."""
        return plain("; ".join(part for part in (self.message, ", ".join(self.codes)) if part))


def refusal_of(value: Any) -> Refusal:
    """Read the body of an error answer; one of an unknown shape is shown as it is."""
    if not isinstance(value, dict):
        text = str(value or "")
        return Refusal("a web page" if text.lstrip().startswith("<") else plain(text))
    codes: list[str] = []
    for each in value.get("errors") or () if isinstance(value.get("errors"), list) else ():
        if isinstance(each, dict):
            codes.append(
                str(each.get("message") or " ".join(str(each.get(k) or "") for k in ("field", "code")).strip())
            )
        else:
            codes.append(str(each))
    return Refusal(plain(str(value.get("message") or "")), tuple(plain(code) for code in codes))


@dataclass(frozen=True)
class Account:
    """Whom an error is about: the kind of log-in and where its secret comes from."""

    kind: str
    source: str

    def verdict(self, request: Request, status: int, headers: Mapping[str, str], body: bytes) -> ConnectorError | None:
        """Return the error that concerns the whole connection, None where the answer is the caller's to read."""
        if status == 401:
            return self._unknown(_value(body))
        if status in request.accept and status in GAVE_UP:
            return None
        if status in (403, 429):
            return self._refused(request, status, headers, _value(body))
        if status == 200 and b'"errors"' in body[:200_000] and request.path.endswith("/graphql"):
            return self._graphql(request, headers, _value(body))
        return standard_verdict(request, status, headers, body)

    def _unknown(self, value: Any) -> AuthFailed:
        words = refusal_of(value).words
        if _says(words, _LOGIN_WORDS):
            return self._locked(401)
        if "two-factor" in words.lower():
            return AuthFailed(
                "GitHub wants a second factor (401)",
                next_step=f"use a token, not a password: {self.source}",
                status=401,
            )
        step = "tokens expire: make a new one in GitHub > Settings > Developer settings and put it into {}"
        if self.kind == "app":
            step = "check app_id, the clock of this machine, and that the app's key is still valid: {}"
        return AuthFailed(
            f"GitHub does not accept the log-in of this connection (401){': ' + words if words else ''}",
            next_step=step.format(self.source),
            status=401,
        )

    def _locked(self, status: int) -> AuthFailed:
        return AuthFailed(
            f"GitHub refuses further log-ins after failed ones; it wants a CAPTCHA or time ({status})",
            next_step=f"log in once in a browser, then check {self.source}; nothing was retried",
            status=status,
        )

    def _refused(self, request: Request, status: int, headers: Mapping[str, str], value: Any) -> ConnectorError | None:
        words = refusal_of(value).words
        if headers.get("x-seraph-loginreason") or _says(words, _LOGIN_WORDS):
            return self._locked(status)
        if status == 429 or is_limit(headers, words):
            return limited(status, words, headers)
        if "user agent" in words.lower():
            return Unavailable(f"something between us and GitHub takes our User-Agent away ({status})", status=status)
        sso = "saml" in words.lower() or "x-github-sso" in headers
        if request.is_read or sso:
            return self.forbidden(words, status=status, sso=sso)
        return None  # a write that is refused concerns its ticket or its label

    def forbidden(self, words: str, *, status: int = 403, sso: bool = False) -> Forbidden:
        """Return the error for something that the account may not do."""
        step = f"ask an owner of the organisation or repository; {_RIGHTS}"
        if sso:
            step = f"authorise {self.source} for the organisation's single sign-on, in GitHub > Settings > Tokens"
        return Forbidden(
            f"GitHub does not allow this ({status})" + (f": {words}" if words else ""), next_step=step, status=status
        )

    def _graphql(self, request: Request, headers: Mapping[str, str], value: Any) -> ConnectorError | None:
        errors = graphql_errors(value)
        if any(is_limit_error(error) for error in errors) and not has_data(value):
            return limited(200, errors[0].message, headers)
        if not has_data(value) and not request.is_read:
            return None
        if errors and not has_data(value) and errors[0].type == "FORBIDDEN":
            return self.forbidden(errors[0].message)
        return None


class TooDear(Unavailable):
    """The server gave up on a document of many parts: ask again with fewer."""


@dataclass(frozen=True)
class GraphQLError:
    """One entry of ``errors``: where in the answer it belongs, what kind it is, in words."""

    path: tuple[str, ...]
    type: str
    message: str


def graphql_errors(value: Any) -> tuple[GraphQLError, ...]:
    """Return the errors of a GraphQL answer; empty if there are none."""
    found = value.get("errors") if isinstance(value, dict) else None
    rows = [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []
    return tuple(
        GraphQLError(
            tuple(str(part) for part in row.get("path") or ()),
            str(row.get("type") or (row.get("extensions") or {}).get("code") or ""),
            plain(str(row.get("message") or "")),
        )
        for row in rows
    )


def has_data(value: Any) -> bool:
    """Return whether any part of a GraphQL answer was carried out."""
    data = value.get("data") if isinstance(value, dict) else None
    return isinstance(data, dict) and any(part is not None for part in data.values())


def is_limit_error(error: GraphQLError) -> bool:
    """Return whether a GraphQL error is a limit, primary or secondary."""
    return error.type == "RATE_LIMITED" or _says(error.message, _LIMIT_WORDS)


def is_limit(headers: Mapping[str, str], words: str) -> bool:
    """Return whether a 403 is a limit and no missing right."""
    return "retry-after" in headers or headers.get("x-ratelimit-remaining") == "0" or _says(words, _LIMIT_WORDS)


def limited(status: int, words: str, headers: Mapping[str, str]) -> RateLimited:
    """Return the error for a limit; where GitHub names no time, a minute is right for its secondary limits."""
    primary = headers.get("x-ratelimit-remaining") == "0"
    kind = "hourly" if primary else "secondary"
    said = f": {words}" if words else ""
    wait = 0.0 if primary or "retry-after" in headers else SECONDARY_WAIT_SECONDS
    return RateLimited(f"GitHub's {kind} limit is reached ({status}){said}", status=status, retry_after_seconds=wait)


def error_of(status: int, refusal: Refusal, *, doing: str, where: str) -> ConnectorError:
    """Return the error for an answer that is the caller's to read: what it should do about one thing."""
    words = refusal.words or f"GitHub answered {status}"
    if status == 404:
        return Hidden(f"GitHub shows nothing there ({doing}): {words}", where=where, next_step=_SEES, status=status)
    if status == 410:
        return Gone(f"GitHub says that it was deleted ({doing}): {words}", where=where, next_step=_SEES, status=status)
    if status == 403:
        return Forbidden(f"GitHub does not allow to {doing}: {words}", where=where, next_step=_RIGHTS, status=status)
    step = "correct it in GitHub, or leave the ticket out; `doctor` shows what this account may do"
    return TicketRejected(f"GitHub refuses to {doing} ({status}): {words}", where=where, next_step=step, status=status)


_SEES = f"check the name, and that the account sees it; {_RIGHTS}"


def _says(words: str, signs: Sequence[str]) -> bool:
    return any(sign in words.lower() for sign in signs)


def _value(body: bytes) -> Any:
    try:
        return decode_json(body) if body else None
    except (ValueError, RecursionError):
        return body[:2000].decode("utf-8", "replace")
