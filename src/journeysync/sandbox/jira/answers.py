"""Jira's own refusals, word for word where the words are known, so that a client meets the shapes it will meet."""

from collections.abc import Iterable

from journeysync.sandbox.wire import ENCODE, Refused, Reply, as_json

NO_ISSUE = "Issue does not exist or you do not have permission to see it."
GONE_SEARCH = (
    "The requested API has been removed. Please migrate to the /rest/api/3/search/jql API. "
    "A full migration guideline is available at https://developer.atlassian.com/changelog/#CHANGE-2046"
)
_STATUS_TEXT = {
    400: "The request is not valid.",
    403: "You do not have the permission to see the specified issue.",
    404: NO_ISSUE,
    409: "The issue was changed by another request at the same time. Try again.",
    410: GONE_SEARCH,
    422: "The request could not be processed.",
    429: "Rate limit exceeded.",
    500: "Internal server error",
}


def refuse(
    status: int,
    *messages: str,
    errors: dict[str, str] | None = None,
    headers: Iterable[tuple[str, str]] = (),
) -> Refused:
    """Return a refusal in Jira's shape: general messages, and errors by field."""
    body = {"errorMessages": list(messages), "errors": errors or {}}
    return Refused(as_json(body, status, headers))


def refuse_bulk(status: int, message: str) -> Refused:
    """Return a refusal in the shape of the bulk operations."""
    return Refused(as_json({"errors": [{"message": message}]}, status))


def whole_number(text: str) -> int:
    """Return a parameter as a number; 400 where it is none."""
    try:
        return int(text)
    except ValueError:
        raise refuse(400, f"'{text}' is not a number.") from None


def no_issue() -> Refused:
    """Return the one 404 for deleted, hidden and never existing issues alike."""
    return refuse(404, NO_ISSUE)


def unauthorized(*, captcha: bool = False) -> Refused:
    """Return the 401 of a wrong or expired token; with ``captcha``, that of an account that was locked out."""
    reason = "AUTHENTICATION_DENIED" if captcha else "AUTHENTICATED_FAILED"
    body = {"message": "Client must be authenticated to access this resource.", "status-code": 401}
    headers = [("X-Seraph-LoginReason", reason), ("WWW-Authenticate", 'OAuth realm="http://127.0.0.1"')]
    if captcha:
        headers.append(("X-Authentication-Denied-Reason", "CAPTCHA_CHALLENGE; login-url=http://127.0.0.1/login"))
    return Refused(as_json(body, 401, headers))


def error_body(status: int) -> tuple[bytes, str]:
    """Return the body and content type of an error that a fault asks for."""
    if status in (502, 503, 504):
        return b"<html><body><h1>" + str(status).encode() + b" upstream error</h1></body></html>", "text/html"
    if status == 401:
        reply: Reply = unauthorized().reply
        return reply.body, "application/json"
    return ENCODE(
        {"errorMessages": [_STATUS_TEXT.get(status, "Error")], "errors": {}}
    ), "application/json;charset=UTF-8"
