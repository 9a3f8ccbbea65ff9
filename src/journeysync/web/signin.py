"""Signing in: by the one-time link of whoever started the server, or by a header of a proxy that did it.

OIDC is in ``oidc``. What is common: a session in one cookie that scripts cannot read and that no other site's page
sends along.
"""

import sys
import time
from collections.abc import Callable, Collection, Sequence
from ipaddress import ip_address, ip_network

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from journeysync.config.serve import Roles, SignIn
from journeysync.web.access import (
    LOOPBACK,
    NotSignedIn,
    Refused,
    Role,
    Visitor,
    check_host,
    check_loopback,
    check_origin,
    role_of,
)
from journeysync.web.frame import local_path, sign_in_page, went_on_page
from journeysync.web.sessions import Links, Session, Sessions

SIGN_IN = "/sign-in"
SIGN_OUT = "/sign-out"
_ANOTHER_LINK_SECONDS = 10.0


class ByCookie:
    """What all sign-ins with a session share.

    Args:
        sessions: Who is signed in.
        names: Host names that are ours.
        cookie: Name of the cookie, one a workspace: cookies do not tell ports apart.
        secure: It is served by https.
    """

    def __init__(self, sessions: Sessions, *, names: Collection[str], cookie: str, secure: bool) -> None:
        self.sessions = sessions
        self.names = frozenset(name.lower() for name in names)
        self.secure = secure
        self.cookie = f"__Host-{cookie}" if secure else cookie

    def session(self, request: Request) -> Session:
        """Return the session of a request.

        Raises:
            NotSignedIn: There is none, or it has ended.
        """
        found = self.sessions.of(request.cookies.get(self.cookie, ""))
        if found is None:
            raise NotSignedIn
        return found

    def let_in(self, answer: Response, key: str) -> Response:
        """Put the session's key into an answer."""
        answer.set_cookie(self.cookie, key, httponly=True, samesite="strict", secure=self.secure, path="/")
        return answer

    def out(self, request: Request) -> Response:
        """End a session."""
        check_host(request, self.names)
        check_origin(request)
        self.sessions.end(request.cookies.get(self.cookie, ""))
        answer = sign_in_page("You have signed out.", status=200)
        answer.delete_cookie(self.cookie, httponly=True, samesite="strict", secure=self.secure, path="/")
        return answer

    def came_from_elsewhere(self, request: Request) -> Response | None:
        """Return a page that asks again from here, where a link on another site led to us without our cookie.

        A browser keeps a strict cookie back when another site's link is followed, such as the one in a ticket. Asked
        again by a page of ours, it sends the cookie. It cannot go round in circles: the second time it comes from us.
        """
        is_link = request.method == "GET" and request.headers.get("sec-fetch-site") == "cross-site"
        has_cookie = self.cookie in request.cookies
        return went_on_page(_here(request)) if is_link and not has_cookie else None


class ByLink(ByCookie):
    """The one-time link: it opens the page once, on this machine; a cookie does from then on.

    Args:
        who: The name of whoever started the server.
        say: Tells them another link; on the terminal only, never on the page.
        **how: As for ``ByCookie``.
    """

    def __init__(
        self,
        who: str,
        sessions: Sessions,
        *,
        cookie: str,
        say: Callable[[str], None] = lambda text: print(text, file=sys.stderr),  # noqa: T201  # the terminal of `serve`
    ) -> None:
        super().__init__(sessions, names=LOOPBACK, cookie=cookie, secure=False)
        self._who = who
        self._say = say
        self._links = Links()
        self._told = 0.0

    @property
    def routes(self) -> Sequence[Route]:
        """Return where the link leads, and the way out."""
        return (Route(SIGN_IN, self._use, methods=["GET"]), Route(SIGN_OUT, self.out, methods=["POST"]))

    def link(self) -> str:
        """Return the path of a new link."""
        return f"{SIGN_IN}?token={self._links.new()}"

    def visitor(self, request: Request) -> Visitor:
        """Return the person at this machine, if they came by a link."""
        check_loopback(request)
        check_host(request, self.names)
        self.session(request)
        return Visitor(self._who, Role.ADMIN, is_here=True, can_sign_out=True)

    def challenge(self, request: Request, refused: NotSignedIn) -> Response | None:  # noqa: ARG002  # one cause only
        """Say where a link is; print another one, at most every ten seconds."""
        if (again := self.came_from_elsewhere(request)) is not None:
            return again
        if time.monotonic() - self._told > _ANOTHER_LINK_SECONDS:
            self._told = time.monotonic()
            self._say(f"A browser without a session asked for the page. To let it in: {_origin(request)}{self.link()}")
        return sign_in_page(
            "This page opens with the link that `journeysync serve` printed where it runs. A link opens it once; "
            "another one stands there now."
        )

    def _use(self, request: Request) -> Response:
        check_loopback(request)
        check_host(request, self.names)
        if not self._links.use(request.query_params.get("token", "")):
            text = "This link was used before, or is an old one. Open the page to have another one printed"
            return sign_in_page(f"{text} where `journeysync serve` runs.", again="/")
        return self.let_in(RedirectResponse("/", status_code=303), self.sessions.begin(self._who, is_here=True))


class ByProxy:
    """A proxy signed them in and says who they are; only proxies at known addresses are believed.

    Args:
        sign_in: The names of the headers, and the peers.
        roles: Who may do what, as the files say it now.
        names: Host names that are ours.
    """

    routes: Sequence[Route] = ()

    def __init__(self, sign_in: SignIn, roles: Callable[[], Roles], *, names: Collection[str]) -> None:
        self._user, self._groups = sign_in.user_header, sign_in.groups_header
        self._peers = tuple(ip_network(peer, strict=False) for peer in sign_in.peers)
        self._roles = roles
        self._names = frozenset(name.lower() for name in names)

    def challenge(self, request: Request, refused: NotSignedIn) -> Response | None:  # noqa: ARG002  # the proxy's part
        """Return nothing: signing in is the proxy's part."""
        return None

    def visitor(self, request: Request) -> Visitor:
        """Return whom the proxy names."""
        if not self._is_known(request.client.host if request.client else ""):
            raise Refused("this server is reached through its proxy only", next_step="open the proxy's address")
        check_host(request, self._names)
        said = request.headers.getlist(self._user)
        name = said[0].strip() if len(said) == 1 else ""
        if not name or not name.isprintable():
            raise NotSignedIn("the proxy did not say who you are", next_step="sign in at the proxy, then try again")
        groups = _listed(request, self._groups) if self._groups else frozenset()
        return visitor_of(self._roles(), name, groups)

    def _is_known(self, peer: str) -> bool:
        try:
            address = ip_address(peer)
        except ValueError:
            return False
        mapped = getattr(address, "ipv4_mapped", None) or address  # an IPv6 socket shows an IPv4 peer like that
        return any(mapped.version == network.version and mapped in network for network in self._peers)


def visitor_of(roles: Roles, name: str, groups: frozenset[str], *, can_sign_out: bool = False) -> Visitor:
    """Return somebody who signed in.

    Raises:
        Refused: No role is theirs.
    """
    role = role_of(roles, name, groups)
    if role is None:
        raise Refused(f"you are signed in as {name}, and that name has no role here", next_step="ask an admin for one")
    return Visitor(name, role, groups, can_sign_out=can_sign_out)


def back_of(request: Request) -> str:
    """Return where somebody wanted to go before they had to sign in; only within this site."""
    return local_path(request.query_params.get("back", "/"))


def _here(request: Request) -> str:
    return local_path(request.url.path + (f"?{request.url.query}" if request.url.query else ""))


def _origin(request: Request) -> str:
    return f"http://{request.headers.get('host', '')}"  # one of our own names: it was checked


def _listed(request: Request, header: str) -> frozenset[str]:
    parts = (part.strip() for value in request.headers.getlist(header) for part in value.split(","))
    return frozenset(part for part in parts if part)
