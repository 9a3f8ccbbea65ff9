"""GitHub's own refusals, in the words of recorded answers where there are some."""

from collections.abc import Iterable, Sequence
from typing import Any

from journeysync.sandbox.wire import ENCODE, Refused, Reply

DOCS = "https://docs.github.com/rest"
JSON = "application/json; charset=utf-8"
SECONDARY_DOCS = f"{DOCS}/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits"
SECONDARY = (
    "You have exceeded a secondary rate limit. Please wait a few minutes before you try again. If you reach out to "
    "GitHub Support for help, please include the request ID"
)
_MESSAGES = {
    400: "Problems parsing JSON",
    401: "Bad credentials",
    403: "Resource not accessible by personal access token",
    404: "Not Found",
    409: "Conflict",
    410: "This issue was deleted",
    422: "Validation Failed",
    429: SECONDARY,
}


def reply(value: Any, status: int = 200, headers: Iterable[tuple[str, str]] = ()) -> Reply:
    """Return a JSON answer with GitHub's content type."""
    return Reply(status, ENCODE(value), list(headers), JSON)


def refuse(
    status: int,
    message: str = "",
    *,
    errors: Sequence[Any] = (),
    docs: str = DOCS,
    headers: Iterable[tuple[str, str]] = (),
    **more: Any,
) -> Refused:
    """Return a refusal: a message, where to read about it, and errors by field."""
    body: dict[str, Any] = {"message": message or _MESSAGES.get(status, "Error"), **more}
    if errors:
        body["errors"] = list(errors)
    return Refused(reply(body | {"documentation_url": docs, "status": str(status)}, status, headers))


def invalid(resource: str, field: str, code: str, **more: Any) -> Refused:
    """Return the 422 about one field."""
    return refuse(422, errors=[{"resource": resource, "field": field, "code": code, **more}])


def not_found() -> Refused:
    """Return the one 404 for what is not there and what the caller may not see."""
    return refuse(404)


def moved(location: str) -> Refused:
    """Return the 301 of a renamed repository or a transferred issue."""
    return refuse(
        301,
        "Moved Permanently",
        docs=f"{DOCS}/guides/best-practices-for-using-the-rest-api#follow-redirects",
        headers=[("Location", location)],
        url=location,
    )


def secondary_limit(status: int, retry_after: int | None) -> Refused:
    """Return the answer of a secondary limit, with or without `Retry-After`."""
    headers = [] if retry_after is None else [("Retry-After", str(retry_after))]
    return refuse(status, f"{SECONDARY} 0000:SANDBOX.", docs=SECONDARY_DOCS, headers=headers)


def error_body(status: int) -> tuple[bytes, str]:
    """Return the body and content type of an error that a fault asks for."""
    if status in (503, 504):
        return b"<html><body><h1>503 Service Unavailable</h1>No server is available.</body></html>", "text/html"
    if status in (500, 502):
        return b'{"message":"Server Error"}', JSON
    made = refuse(status).reply
    return made.body, JSON
