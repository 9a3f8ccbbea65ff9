"""How long a server asks us to wait, in every spelling that trackers use.

``Retry-After`` in seconds or as an HTTP date; ``X-RateLimit-Reset`` as ISO 8601
(with or without seconds), epoch seconds or epoch milliseconds. Read leniently,
never required: what cannot be read counts as absent.
"""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_MILLISECONDS_FROM = 100_000_000_000  # as seconds that is the year 5138
_EPOCH_FROM = 100_000_000  # smaller numbers are seconds from now


def http_date(text: str) -> datetime | None:
    """Return the time of an HTTP date such as ``Sun, 22 Nov 2026 20:15:00 GMT``, aware, None if it is none."""
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def instant_in(text: str, now: datetime) -> datetime | None:
    """Return the instant that a reset header names, None if it cannot be read."""
    number = _number(text)
    try:
        if number is None:
            moment = datetime.fromisoformat(text.strip())
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        if number >= _MILLISECONDS_FROM:
            return datetime.fromtimestamp(number / 1000, UTC)
        if number >= _EPOCH_FROM:
            return datetime.fromtimestamp(number, UTC)
        return datetime.fromtimestamp(now.timestamp() + number, UTC)
    except (ValueError, OverflowError, OSError):
        return None


def seconds_asked(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return for how many seconds the server asks us to stay away, None if it does not say.

    Args:
        headers: Names in lower case.
        now: The server's own time where its Date header told it, so that a wrong clock here does no harm.
    """
    after = headers.get("retry-after", "").strip()
    seconds = _number(after)
    if seconds is None and after and (moment := http_date(after)):
        seconds = (moment - now).total_seconds()
    if seconds is not None:
        return max(0.0, seconds)
    resets = [headers[name] for name in ("x-ratelimit-reset", "beta-x-ratelimit-reset") if name in headers]
    for text in resets:
        if (moment := instant_in(text, now)) is not None:
            return max(0.0, (moment - now).total_seconds())
    return None


def remaining(headers: Mapping[str, str]) -> int | None:
    """Return how many requests the server has left for us, as it says."""
    number = _number(_said(headers, "remaining"))
    return None if number is None else int(number)


def whole_limit(headers: Mapping[str, str], now: datetime) -> tuple[int | None, datetime | None]:
    """Return how many requests the server's limit is in all, and when it is whole again; None for what it keeps."""
    number = _number(_said(headers, "limit"))
    text = _said(headers, "reset")
    return (None if number is None else int(number)), (instant_in(text, now) if text else None)


def _said(headers: Mapping[str, str], what: str) -> str:
    """Return what is said of requests; who counts something else too (Linear's complexity) names them."""
    return headers.get(f"x-ratelimit-{what}", headers.get(f"x-ratelimit-requests-{what}", ""))


def is_near(headers: Mapping[str, str]) -> bool:
    """Return whether the server warns that its limit is near."""
    return headers.get("x-ratelimit-nearlimit", "").strip().lower() == "true"


def _number(text: str) -> float | None:
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and number >= 0 else None
