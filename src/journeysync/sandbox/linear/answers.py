"""Linear's own refusals: always `errors` with a message and extensions, as its Apollo server gives them."""

from collections.abc import Iterable
from typing import Any

from journeysync.sandbox.wire import ENCODE, Refused, Reply

JSON = "application/json; charset=utf-8"
_TYPES = {
    "AUTHENTICATION_ERROR": ("authentication error", 401),
    "FORBIDDEN": ("forbidden", 403),
    "RATELIMITED": ("ratelimited", 429),
    "INPUT_ERROR": ("invalid input", 400),
    "GRAPHQL_VALIDATION_FAILED": ("graphql error", 400),
    "INTERNAL_SERVER_ERROR": ("internal error", 500),
}


def reply(value: Any, status: int = 200, headers: Iterable[tuple[str, str]] = ()) -> Reply:
    """Return a JSON answer with Linear's content type."""
    return Reply(status, ENCODE(value), list(headers), JSON)


def extensions(code: str, shown: str = "") -> dict[str, Any]:
    """Return the extensions of an error: `code`, its type in words, the status that it stands for, words for people."""
    kind, status = _TYPES.get(code, ("other", 400))
    return {
        "type": kind,
        "code": code,
        "statusCode": status,
        "userError": status < 500,
        "userPresentableMessage": shown,
        "http": {"status": 400 if code == "RATELIMITED" else status},
    }


def errors(message: str, code: str, shown: str = "") -> dict[str, Any]:
    """Return a body of one error and no data."""
    return {"errors": [{"message": message, "extensions": extensions(code, shown or message)}]}


def refuse(status: int, message: str, code: str, shown: str = "") -> Refused:
    """Return a refusal of the whole request."""
    return Refused(reply(errors(message, code, shown), status))


def unauthenticated(words: str = "Authentication required, not authenticated") -> Refused:
    """Return the 401 of a missing, wrong or ended key."""
    return refuse(401, words, "AUTHENTICATION_ERROR", "You need to authenticate to access this operation.")


def rate_limited(what: str, allowed: int) -> Refused:
    """Return the answer over a limit: status 400, told by its code."""
    words = f"Rate limit exceeded. Only {allowed} {what} are allowed per 1 hour."
    return refuse(400, words, "RATELIMITED", words)


def error_body(status: int) -> tuple[bytes, str]:
    """Return the body and content type of an error that a fault asks for."""
    if status >= 500:
        return b"<html><body><h1>Service Unavailable</h1></body></html>", "text/html"
    codes = {401: "AUTHENTICATION_ERROR", 403: "FORBIDDEN", 429: "RATELIMITED"}
    made = errors(f"The sandbox was told to answer {status}", codes.get(status, "INPUT_ERROR"))
    return ENCODE(made), JSON
