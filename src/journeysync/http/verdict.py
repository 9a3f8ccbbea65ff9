"""What an answer means by HTTP's own rules, in our errors. Connectors put their vendor's rules in front of this."""

from collections.abc import Mapping

from journeysync.errors import AuthFailed, ConnectorError, RateLimited, Unavailable
from journeysync.http.message import Request

TRY_AGAIN = "run it again later; if it stays, look at the tracker's status page or ask who runs it"
_OUTAGE = frozenset({408, 425, 500, 502, 503, 504, 520, 521, 522, 523, 524, 529})


def standard_verdict(_request: Request, status: int, headers: Mapping[str, str], body: bytes) -> ConnectorError | None:
    """Return the error that a status means for the whole connection, None where it concerns the request alone."""
    if status == 401:
        return AuthFailed("the tracker does not accept the token (401)", status=status)
    if status == 429:
        return RateLimited("the tracker asks for fewer requests (429)", status=status, retry_after_seconds=0.0)
    if status in _OUTAGE:
        return Unavailable(f"the tracker has trouble (status {status})", status=status)
    if 200 <= status < 300 and body and _is_page(headers, body):
        return Unavailable(
            f"the tracker answered with a web page instead of data (status {status})",
            next_step="look whether a login page, a proxy or a maintenance page stands in front of the tracker",
            status=status,
        )
    return None


def with_next_step(error: ConnectorError) -> ConnectorError:
    """Return the error, with what a person does next if nobody said it more precisely."""
    if not error.next_step and isinstance(error, RateLimited):
        error.next_step = f"run it again in {round(error.retry_after_seconds)} seconds or later"
    error.next_step = error.next_step or TRY_AGAIN
    return error


def _is_page(headers: Mapping[str, str], body: bytes) -> bool:
    return "html" in headers.get("content-type", "").lower() or body[:64].lstrip()[:1] == b"<"
