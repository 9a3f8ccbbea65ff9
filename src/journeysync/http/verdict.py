"""What an answer means by HTTP's own rules, in our errors. Connectors put their vendor's rules in front of this."""

from collections.abc import Mapping

from journeysync.errors import AuthFailed, ConnectorError, RateLimited, Unavailable
from journeysync.http.message import Request

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
    if not error.next_step:
        error.next_step = _next_step(error)
    return error


def _next_step(error: ConnectorError) -> str:
    if isinstance(error, RateLimited):
        return f"run it again in {round(error.retry_after_seconds or 60)} seconds or later"
    if isinstance(error, Unavailable):
        return "the next run tries again; if it stays so, ask who runs the tracker or the proxy in front of it"
    if isinstance(error, AuthFailed):
        return "renew the token of this connection"
    return "ask an administrator of the tracker for the permission"


def _is_page(headers: Mapping[str, str], body: bytes) -> bool:
    return "html" in headers.get("content-type", "").lower() or body[:64].lstrip()[:1] == b"<"
