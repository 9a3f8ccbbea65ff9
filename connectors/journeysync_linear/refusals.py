"""Linear's refusals in our errors: who has to do what next. Pure.

A limit comes with status 400 and is told by its code; parts of a document may fail beside others that went well.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from journeysync.errors import AuthFailed, ConnectorError, Forbidden, RateLimited, Unavailable
from journeysync.http import Request, decode_json, http_date, instant_in, plain, seconds_asked, standard_verdict

_BUCKETS = ("requests", "complexity", "endpoint-requests")
_EXCLUSIVE = ("not exclusive child labels", "only one label in a group")
_GROUP = ("group labels", "label group cannot")


@dataclass(frozen=True)
class GraphQLError:
    """One entry of ``errors``: where in the answer it belongs, its code, and Linear's words for it."""

    path: tuple[str, ...]
    code: str
    message: str

    @property
    def is_limit(self) -> bool:
        """Return whether it is the rate limit."""
        return self.code == "RATELIMITED" or self.code == "ratelimited"

    @property
    def is_missing(self) -> bool:
        """Return whether what was named is not there, or not for us."""
        return "entity not found" in self.message.lower()

    @property
    def is_exclusive(self) -> bool:
        """Return whether a label stands in a group: that allows one of its labels an issue, itself none."""
        return _says(self.message, (*_EXCLUSIVE, *_GROUP))

    @property
    def is_duplicate(self) -> bool:
        """Return whether a name or an id is taken already."""
        return _says(self.message, ("duplicate label name", "already exists", "already been taken"))

    @property
    def is_too_big(self) -> bool:
        """Return whether a query asked for too much at once."""
        return _says(self.message, ("complex", "first must not be greater", "too large", "pagination"))


@dataclass(frozen=True)
class Account:
    """Whom an error is about: the kind of log-in and where its secret comes from."""

    kind: str
    source: str

    def verdict(self, request: Request, status: int, headers: Mapping[str, str], body: bytes) -> ConnectorError | None:
        """Return the error that concerns the whole connection, None where the answer is the caller's to read."""
        value = _value(body) if status != 200 or b'"errors"' in body[:200] or b'"errors"' in body[-20_000:] else None
        errors = graphql_errors(value)
        words = errors[0].message if errors else "" if isinstance(value, dict) else _shown(value)
        if status == 429 or (any(each.is_limit for each in errors) and not has_data(value)):
            return limited(status, words, headers)
        if status == 401 or any(each.code == "AUTHENTICATION_ERROR" for each in errors):
            return self._unknown(status, words)
        if status == 403 or (errors and errors[0].code == "FORBIDDEN" and not has_data(value) and request.is_read):
            return self._forbidden(status, words)
        of_one = bool(errors) and bool(errors[0].path) and not request.is_read
        if errors and errors[0].code == "INTERNAL_SERVER_ERROR" and not has_data(value) and not of_one:
            return Unavailable(f"Linear has trouble ({status}): {words}", status=status)
        return standard_verdict(request, status, headers, body)

    def _unknown(self, status: int, words: str) -> AuthFailed:
        step = f"make a new key in Linear > Settings > Security & access and put it into {self.source}"
        if self.kind == "oauth":
            step = f"OAuth tokens end: get a new one for {self.source}; for a personal key write `kind: api-key`"
        said = f": {words}" if words else ""
        return AuthFailed(
            f"Linear does not accept the log-in of this connection ({status}){said}", next_step=step, status=status
        )

    def _forbidden(self, status: int, words: str) -> Forbidden:
        said = f": {words}" if words else ""
        step = "ask an admin of the Linear workspace: the account needs to be a member of the teams in scope"
        return Forbidden(f"Linear does not allow this ({status}){said}", next_step=step, status=status)


def limited(status: int, words: str, headers: Mapping[str, str]) -> RateLimited:
    """Return the error for a limit, with the seconds until the later of the buckets that are empty is whole again."""
    now = http_date(headers.get("date", "")) or datetime.now(UTC)
    asked = seconds_asked(headers, now) if "retry-after" in headers else None
    if asked is None:
        asked = max(_resets(headers, now), default=0.0)
    said = f": {words}" if words else ""
    return RateLimited(f"Linear's rate limit is reached ({status}){said}", status=status, retry_after_seconds=asked)


def _resets(headers: Mapping[str, str], now: datetime) -> Iterable[float]:
    for bucket in _BUCKETS:
        left, reset = headers.get(f"x-ratelimit-{bucket}-remaining"), headers.get(f"x-ratelimit-{bucket}-reset", "")
        if left is not None and _is_empty(left) and (moment := instant_in(reset, now)) is not None:
            yield max(0.0, (moment - now).total_seconds())


def _is_empty(text: str) -> bool:
    try:
        return float(text) <= 0
    except ValueError:
        return False


def graphql_errors(value: Any) -> tuple[GraphQLError, ...]:
    """Return the errors of a GraphQL answer; empty if there are none."""
    found = value.get("errors") if isinstance(value, dict) else None
    rows = [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []
    return tuple(_error(row) for row in rows)


def _error(row: Mapping[str, Any]) -> GraphQLError:
    extensions = row.get("extensions") if isinstance(row.get("extensions"), dict) else {}
    path = row.get("path") if isinstance(row.get("path"), list) else []
    message, shown = str(row.get("message") or ""), str((extensions or {}).get("userPresentableMessage") or "")
    words = message if not shown or shown.casefold() in message.casefold() else f"{message} ({shown})"
    code = str((extensions or {}).get("code") or (extensions or {}).get("type") or "")
    return GraphQLError(tuple(str(part) for part in path or ()), code, plain(words))


def has_data(value: Any) -> bool:
    """Return whether any part of a GraphQL answer was carried out."""
    data = value.get("data") if isinstance(value, dict) else None
    return isinstance(data, dict) and any(part is not None for part in data.values())


def _says(words: str, signs: Iterable[str]) -> bool:
    return any(sign in words.lower() for sign in signs)


def _shown(value: Any) -> str:
    text = str(value or "")
    return "a web page" if text.lstrip().startswith("<") else plain(text)


def _value(body: bytes) -> Any:
    try:
        return decode_json(body) if body else None
    except (ValueError, RecursionError):
        return body[:2000].decode("utf-8", "replace")
