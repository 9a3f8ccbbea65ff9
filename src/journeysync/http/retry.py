"""Retry, as one pure decision: an error and an attempt in, a wait or giving up out."""

from dataclasses import dataclass

from journeysync.errors import ConnectorError, RateLimited, Unavailable


@dataclass(frozen=True)
class RetryLimits:
    """How patient a connection is."""

    tries: int = 5
    first_wait_seconds: float = 0.5  # doubles with each attempt
    longest_backoff_seconds: float = 20.0
    longest_wait_seconds: float = 120.0  # a server that asks for more gets a clean stop instead
    total_wait_seconds: float = 600.0  # all pauses of one connection in one run
    jitter: float = 0.3  # share that is added at most, so that many clients do not come back at once


def next_wait(
    error: ConnectorError,
    attempt: int,
    *,
    idempotent: bool,
    asked_seconds: float | None = None,
    luck: float = 0.0,
    limits: RetryLimits | None = None,
) -> float | None:
    """Return the seconds to wait before the next attempt, or None to give up.

    Args:
        error: What the last attempt ended with.
        attempt: How many attempts were made, from 1.
        idempotent: Whether sending the request again does no harm.
        asked_seconds: What the server asked for; we never come back sooner.
        luck: 0 to 1, spreads the waits; the caller's randomness, so that this stays a pure function.
        limits: How patient to be.
    """
    limits = limits or RetryLimits()
    if attempt >= limits.tries or not idempotent or not isinstance(error, RateLimited | Unavailable):
        return None
    if asked_seconds is not None and asked_seconds > limits.longest_wait_seconds:
        return None
    unsaid = isinstance(error, RateLimited) and asked_seconds is None
    first = limits.first_wait_seconds * (4 if unsaid else 1)
    backoff = min(first * 2.0 ** (attempt - 1), limits.longest_backoff_seconds)
    wait = asked_seconds if asked_seconds else backoff
    return wait * (1 + limits.jitter * luck)
