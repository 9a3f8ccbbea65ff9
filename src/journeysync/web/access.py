"""Who asks, and what they may do: the one place that decides it.

A handler names the role that it needs; what a visitor may not do is shown disabled, with ``Visitor.why_not``.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import IntEnum
from ipaddress import ip_address
from typing import Protocol
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from journeysync.config.serve import EVERYBODY, GROUP, Roles

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
    is_here: bool = False  # sits at the machine that holds the store: nothing of it can be hidden from them
    can_sign_out: bool = False

    def sees(self, visible_to: Collection[str]) -> bool:
        """Return whether they may read the tickets of a connection; ``visible_to`` empty: everybody may."""
        return not visible_to or self.is_here or not self.groups.isdisjoint(visible_to)

    def may(self, role: Role) -> bool:
        """Return whether they have this role or a stronger one."""
        return self.role >= role

    def why_not(self, role: Role) -> str:
        """Return why a button is disabled, in words; empty if it is not."""
        return "" if self.may(role) else f"Only {_a(role)} may do this; you are {_a(self.role)}."


def _a(role: Role) -> str:
    word = role.name.lower()
    return f"{'an' if word[0] == 'a' else 'a'} {word}"


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


class NotSignedIn(Refused):
    """Nobody whom we know, yet: they can sign in."""

    def __init__(self, what: str = "sign in to see this page", *, next_step: str = "") -> None:
        super().__init__(what, next_step=next_step, status=401)


class Access(Protocol):
    """Decides who asks."""

    @property
    def routes(self) -> Sequence[Route]:
        """Return the addresses that sign people in and out."""
        ...

    def challenge(self, request: Request, refused: NotSignedIn) -> Response | None:
        """Return what leads somebody unknown to the sign-in; None: the refusal itself is the answer."""
        ...

    def visitor(self, request: Request) -> Visitor:
        """Return who asks.

        Raises:
            Refused: Nobody whom we know, or not from here.
        """
        ...


def role_of(roles: Roles, name: str, groups: Collection[str]) -> Role | None:
    """Return the strongest role of a person who signed in, None if they have none."""
    known = {EVERYBODY, *(f"{GROUP}{group}".casefold() for group in groups)}
    if not name.casefold().startswith(GROUP):  # a person whose name looks like a group is not that group
        known.add(name.casefold())
    for role in sorted(Role, reverse=True):
        if any(entry.casefold() in known for entry in getattr(roles, role.name.lower())):
            return role
    return None


def check_host(request: Request, names: Collection[str]) -> None:
    """Refuse a request for a name that is not ours: a page elsewhere may have made its name lead here.

    Args:
        request: The request.
        names: Host names that are ours, lower-case, without port.

    Raises:
        Refused: It is for another one.
    """
    host = request.headers.get("host", "").lower()
    name = host if host.endswith("]") else host.rpartition(":")[0] if ":" in host else host
    if name not in names:
        raise Refused(
            f"this server does not answer as '{host}'",
            next_step="open the address that `journeysync serve` printed, or add the name to serve.hosts",
            status=421,
        )


class Loopback:
    """Whoever sits at this machine may do everything: for tests, and for programs that serve the page themselves.

    Args:
        who: Their name, for what they decide.
    """

    routes: Sequence[Route] = ()

    def __init__(self, who: str) -> None:
        self._who = who

    def challenge(self, request: Request, refused: NotSignedIn) -> Response | None:  # noqa: ARG002  # nobody is unknown
        """Return nothing: nobody has to sign in."""
        return None

    def visitor(self, request: Request) -> Visitor:
        """Return the person at this machine; another site's page that leads here by name is refused."""
        check_loopback(request)
        check_host(request, LOOPBACK)
        return Visitor(self._who, Role.ADMIN, is_here=True)


def check_loopback(request: Request) -> None:
    """Refuse what does not come from this machine.

    Raises:
        Refused: It does not.
    """
    if not _is_loopback(request.client.host if request.client else ""):
        raise Refused("this server answers on its own machine only", next_step="open the page there")


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
