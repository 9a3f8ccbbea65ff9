"""Who asks, and what they may do: the one place that decides it.

A handler names the role that it needs; what a visitor may not do is shown disabled, with ``Visitor.why_not``.
"""

from dataclasses import dataclass
from enum import IntEnum
from ipaddress import ip_address
from typing import Protocol
from urllib.parse import urlsplit

from starlette.requests import Request

LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


class Role(IntEnum):
    """What a visitor may do; each may also do what those before may."""

    VIEWER = 1  # look
    REVIEWER = 2  # decide about links
    APPROVER = 3  # let a plan be written
    ADMIN = 4  # settings, retries, full reads


@dataclass(frozen=True)
class Visitor:
    """Somebody who asks for a page."""

    name: str  # stands beside what they decide
    role: Role
    groups: frozenset[str] = frozenset()

    def may(self, role: Role) -> bool:
        """Return whether they have this role or a stronger one."""
        return self.role >= role

    def why_not(self, role: Role) -> str:
        """Return why a button is disabled, in words; empty if it is not."""
        return "" if self.may(role) else f"Only a {role.name.lower()} may do this; you are a {self.role.name.lower()}."


class Refused(Exception):
    """The request is not answered.

    Args:
        what: One line for the person.
        next_step: What they can do.
        status: HTTP status.
    """

    def __init__(self, what: str, *, next_step: str = "", status: int = 403) -> None:
        super().__init__(what)
        self.what = what
        self.next_step = next_step
        self.status = status


class Access(Protocol):
    """Decides who asks."""

    def visitor(self, request: Request) -> Visitor:
        """Return who asks.

        Raises:
            Refused: Nobody whom we know, or not from here.
        """
        ...


class Loopback:
    """Whoever sits at this machine: they started the server, so they may do everything.

    Args:
        who: Their name, for what they decide.
    """

    def __init__(self, who: str) -> None:
        self._who = who

    def visitor(self, request: Request) -> Visitor:
        """Return the person at this machine; another site's page that leads here by name is refused."""
        peer = request.client.host if request.client else ""
        if not _is_loopback(peer):
            raise Refused("this server answers on its own machine only", next_step="open the page there")
        host = request.headers.get("host", "")
        if host.rpartition(":")[0] not in LOOPBACK and host not in LOOPBACK:
            raise Refused(
                f"this server answers on this machine only, not as '{host}'",
                next_step="open the address that `journeysync serve` printed",
                status=421,
            )
        return Visitor(self._who, Role.ADMIN)


def _is_loopback(peer: str) -> bool:
    try:
        return ip_address(peer).is_loopback
    except ValueError:
        return False


def check_origin(request: Request) -> None:
    """Refuse a form that another site sent.

    Raises:
        Refused: It was.
    """
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    foreign = site not in (None, "same-origin", "none") or (
        origin is not None and urlsplit(origin).netloc != request.headers.get("host", "")
    )
    if foreign:
        raise Refused("this form came from another site", next_step="open the page itself and try again")
