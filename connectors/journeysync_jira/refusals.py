"""Jira's refusals in our errors: who has to do what next. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from journeysync.errors import AuthFailed, ConfigError, ConnectorError, Forbidden, RateLimited, Unavailable
from journeysync.http import Request, plain, standard_verdict

_NO_SUCH_VALUE = re.compile(r"[Tt]he value '([^']*)' does not exist for the field '([^']*)'")
_TITLE = re.compile(r"<title>\s*([^<]+?)\s*</title>", re.IGNORECASE)
_PER_ISSUE = "jira-per-issue-on-write"
_BURST = "jira-burst-based"


@dataclass(frozen=True)
class Refusal:
    """What Jira says about a request that it refuses: messages, and errors by field."""

    messages: tuple[str, ...] = ()
    by_field: tuple[tuple[str, str], ...] = ()

    @property
    def words(self) -> str:
        """Return all of it in one line."""
        return "; ".join((*self.messages, *(f"{name}: {text}" for name, text in self.by_field)))


def refusal_of(value: Any) -> Refusal:
    """Read the body of an error answer, in any of Jira's shapes; an unknown one is shown as it is."""
    if not isinstance(value, dict):
        return Refusal((plain(_words_of_page(str(value))),) if value else ())
    messages = [str(text) for text in value.get("errorMessages") or () if text]
    errors = value.get("errors")
    by_field: dict[str, str] = {}
    if isinstance(errors, dict):
        by_field = {str(name): str(text) for name, text in errors.items()}
    elif isinstance(errors, list):  # the bulk endpoints: [{"message": ...}]
        messages += [str(one.get("message")) for one in errors if isinstance(one, dict) and one.get("message")]
    for name in ("message", "errorMessage", "error"):
        if not messages and not by_field and isinstance(value.get(name), str):
            messages.append(value[name])
    return Refusal(tuple(map(plain, messages)), tuple((name, plain(text)) for name, text in by_field.items()))


def _words_of_page(text: str) -> str:
    """Return a text as it is, and of a web page its title: Data Center often says no in HTML."""
    if not text.lstrip().startswith("<"):
        return text
    title = _TITLE.search(text)
    return title[1] if title else "a web page"


@dataclass(frozen=True)
class Account:
    """Whom an error is about: the configured user, where the secret came from, and the kind of log-in."""

    user: str
    token_source: str
    kind: str = "api-token"

    def verdict(self, request: Request, status: int, headers: Mapping[str, str], body: bytes) -> ConnectorError | None:
        """Return the error that concerns the whole connection, None where the answer is the caller's to read."""
        if status in (401, 403) and "AUTHENTICATION_DENIED" in headers.get("x-seraph-loginreason", "").upper():
            return self._captcha(status)
        if status == 401:
            return self._unscoped(request) if b"scope does not match" in body else self._unknown(status)
        if 200 <= status < 300 and headers.get("x-ausername", "").lower() == "anonymous":
            return self._unknown(None)
        if status == 410:
            return Unavailable(
                f"Jira has taken {request.path} out of service (410)",
                next_step="update journeysync; if this is the newest release, report it",
                status=410,
            )
        if status == 429:
            return _limited(headers)
        return standard_verdict(request, status, headers, body)

    def _captcha(self, status: int) -> AuthFailed:
        return AuthFailed(
            f"Jira wants a CAPTCHA from {self.user} after failed log-ins ({status})",
            next_step=f"log in once as {self.user} in a browser, then check {self.token_source}; nothing was retried",
            status=status,
        )

    def _unscoped(self, request: Request) -> AuthFailed:
        what, _step = _RENEWAL.get(self.kind, _RENEWAL["api-token"])
        return AuthFailed(
            f"the {what} of {self.user} has not the scope for {request.method} {request.path}",
            next_step=f"give it the scopes {SCOPES}; the token stands in {self.token_source}",
            status=401,
        )

    def _unknown(self, status: int | None) -> AuthFailed:
        shown = f"({status})" if status else "(it answered as to a stranger)"
        what, step = _RENEWAL.get(self.kind, _RENEWAL["api-token"])
        return AuthFailed(
            f"Jira does not accept the {what} of {self.user} {shown}",
            next_step=step.format(source=self.token_source),
            status=status,
        )


SCOPES = "read:jira-work, write:jira-work and read:jira-user"
_AT_ATLASSIAN = "make a new one at id.atlassian.com > Security > API tokens and put it into {source}"
_RENEWAL = {
    "api-token": (
        "API token",
        f"tokens expire, after a year at most: {_AT_ATLASSIAN}; a token with scopes needs the auth kind scoped-token",
    ),
    "scoped-token": (
        "API token",
        f"tokens expire, after a year at most: {_AT_ATLASSIAN}, with the scopes {SCOPES}; "
        "a token without scopes needs the auth kind api-token",
    ),
    "oauth": ("access token", "let the app in once more and put the new refresh token into {source}"),
    "personal-token": (
        "personal access token",
        "tokens expire: make a new one in Jira > Profile > Personal Access Tokens and put it into {source}",
    ),
    "basic": ("password", "check user and password in {source}, or better: use a personal access token"),
}


def lane_of(request: Request, headers: Mapping[str, str]) -> str | None:
    """Return what a 429 pauses: one endpoint for a burst, one request for a single issue, else the whole connection."""
    reason = headers.get("ratelimit-reason", "").strip().lower()
    if reason == _PER_ISSUE:
        return None
    return request.lane if reason == _BURST else ""


class IssueBusy(RateLimited):
    """Too many writes to one issue in a short time; the others may go on."""


def _limited(headers: Mapping[str, str]) -> RateLimited:
    reason = plain(headers.get("ratelimit-reason", ""), limit=60)
    kind = IssueBusy if reason.lower() == _PER_ISSUE else RateLimited
    shown = f"429, {reason}" if reason else "429"
    return kind(f"Jira asks for fewer requests ({shown})", status=429, retry_after_seconds=0.0)


def search_refused(refusal: Refusal, *, where: str, clause: str, projects: Sequence[str] = ()) -> ConfigError:
    """Return the error for a search that Jira refuses: the scope names something that it does not know or show.

    Args:
        refusal: What Jira says.
        where: The connection in the configuration.
        clause: The JQL of the scope.
        projects: Keys that the account does see, for "did you mean".
    """
    unknown = [value for message in refusal.messages for value, _field in _NO_SUCH_VALUE.findall(message)]
    if not unknown:
        return ConfigError(
            f"Jira does not understand the scope: {refusal.words}",
            where=where,
            next_step=f"try this search in Jira itself: {clause}",
        )
    by_fold = {key.casefold(): key for key in projects}
    near = [
        by_fold[match] for value in unknown for match in get_close_matches(value.casefold(), by_fold, n=1, cutoff=0.5)
    ]
    seen = f"; projects that this account sees: {', '.join(sorted(projects)[:12])}" if projects else ""
    hint = f"did you mean {' or '.join(repr(key) for key in near)}? " if near else ""
    return ConfigError(
        f"Jira does not show {', '.join(repr(value) for value in unknown)} of the scope to this account",
        where=where,
        next_step=f"{hint}correct the scope, or give the account 'Browse projects' there{seen}",
    )


def forbidden(refusal: Refusal, *, doing: str, where: str) -> Forbidden:
    """Return the error for a 403 that concerns the connection."""
    return Forbidden(
        f"Jira does not allow this account to {doing}" + (f": {refusal.words}" if refusal.words else ""),
        where=where,
        next_step="ask a Jira administrator for the permission; `doctor` names it by project",
        status=403,
    )
