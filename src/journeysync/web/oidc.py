"""Signing in by OpenID Connect: code flow with PKCE, state and nonce; nothing is believed before its signature holds.

Authlib speaks OAuth, joserfc checks signatures. The way back is built from our own address, never from what a
request says; nothing of the provider is kept but name and groups.
"""

import secrets
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from journeysync.config.serve import Roles, SignIn, is_loopback
from journeysync.errors import ConfigError
from journeysync.web.access import NotSignedIn, Refused, Visitor, check_host
from journeysync.web.frame import local_path, sign_in_page, went_on_page
from journeysync.web.sessions import Sessions
from journeysync.web.signin import SIGN_IN, SIGN_OUT, ByCookie, back_of, visitor_of

CALLBACK = "/sign-in/callback"
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
TIMEOUT_SECONDS = 10
PENDING_SECONDS = 600
MOST_PENDING = 1_000
LEEWAY_SECONDS = 60
_DISCOVERY_SECONDS = 3_600


@dataclass(frozen=True)
class _Pending:
    """Somebody on the way to the provider and back."""

    nonce: str
    verifier: str
    browser: str  # what our cookie in their browser says: nobody else can come back for them
    back: str
    at: float


class ByOidc(ByCookie):
    """OpenID Connect.

    Args:
        sign_in: Issuer, client, claims.
        roles: Who may do what, as the files say it now.
        sessions: Who is signed in.
        address: Where people reach the page, without a slash at its end.
        secret: The client's secret; None for a public client.
        names: Host names that are ours.
        cookie: Name of the cookie.
    """

    def __init__(
        self,
        sign_in: SignIn,
        roles: Callable[[], Roles],
        sessions: Sessions,
        *,
        address: str,
        secret: str | None,
        names: Collection[str],
        cookie: str,
    ) -> None:
        super().__init__(sessions, names=names, cookie=cookie, secure=address.startswith("https://"))
        self._provider = Provider(sign_in, secret=secret, redirect_uri=f"{address}{CALLBACK}")
        self._sign_in = sign_in
        self._roles = roles
        self._lock = threading.Lock()
        self._pending: dict[str, _Pending] = {}
        self._browser_cookie = f"{self.cookie}-way"

    @property
    def routes(self) -> Sequence[Route]:
        """Return the way to the provider, the way back, and the way out."""
        return (
            Route(SIGN_IN, self._leave, methods=["GET"]),
            Route(CALLBACK, self._come_back, methods=["GET"]),
            Route(SIGN_OUT, self.out, methods=["POST"]),
        )

    def visitor(self, request: Request) -> Visitor:
        """Return who signed in."""
        check_host(request, self.names)
        session = self.session(request)
        return visitor_of(self._roles(), session.name, session.groups, can_sign_out=True)

    def challenge(self, request: Request, refused: NotSignedIn) -> Response | None:  # noqa: ARG002  # one cause only
        """Lead to the provider, and back to the page that was asked for; a form or a script is only refused."""
        if request.method != "GET" or request.headers.get("hx-request") == "true":
            return None
        if (again := self.came_from_elsewhere(request)) is not None:
            return again
        query = f"?{request.url.query}" if request.url.query else ""
        back = quote(local_path(request.url.path + query), safe="")
        return RedirectResponse(f"{SIGN_IN}?back={back}", status_code=303)

    def _leave(self, request: Request) -> Response:
        check_host(request, self.names)
        browser = request.cookies.get(self._browser_cookie) or secrets.token_urlsafe(24)
        state, pending = (
            secrets.token_urlsafe(24),
            _Pending(secrets.token_urlsafe(24), secrets.token_urlsafe(48), browser, back_of(request), time.monotonic()),
        )
        try:
            address = self._provider.address(state, pending.nonce, pending.verifier)
        except ConfigError as error:
            return sign_in_page(f"Signing in does not work now: {error.what}.", status=503)
        with self._lock:
            fresh = {key: each for key, each in self._pending.items() if pending.at - each.at < PENDING_SECONDS}
            self._pending = dict(list(fresh.items())[-MOST_PENDING + 1 :]) | {state: pending}
        answer = RedirectResponse(address, status_code=303)
        # Lax: it has to come along when the provider leads back here. It opens nothing by itself.
        answer.set_cookie(
            self._browser_cookie, browser, max_age=PENDING_SECONDS, httponly=True, samesite="lax", secure=self.secure
        )
        return answer

    def _come_back(self, request: Request) -> Response:
        check_host(request, self.names)
        said = request.query_params
        with self._lock:
            pending = self._pending.pop(said.get("state", ""), None)
        mine = request.cookies.get(self._browser_cookie, "")
        if pending is None or not secrets.compare_digest(pending.browser, mine):
            return sign_in_page("This sign-in was not begun in this browser, or took too long.", again=SIGN_IN)
        if time.monotonic() - pending.at > PENDING_SECONDS:
            return sign_in_page("This sign-in took too long.", again=SIGN_IN)
        if "error" in said or not said.get("code"):
            return sign_in_page("The identity provider did not sign you in.", again=SIGN_IN)
        try:
            claims = self._provider.claims(said["code"], said.get("iss"), pending.nonce, pending.verifier)
            name, groups = self._person(claims)
            visitor_of(self._roles(), name, groups)
        except Refused as refused:
            return sign_in_page(f"{refused.what[:1].upper()}{refused.what[1:]}.", status=403, again=SIGN_IN)
        except ConfigError as error:
            return sign_in_page(f"Signing in did not work: {error.what}.", again=SIGN_IN)
        # Not a redirect: a strict cookie is kept back on the way from another site. This page goes on by itself.
        answer = went_on_page(pending.back)
        answer.delete_cookie(self._browser_cookie, httponly=True, samesite="lax", secure=self.secure)
        return self.let_in(answer, self.sessions.begin(name, groups=groups))

    def _person(self, claims: Mapping[str, Any]) -> tuple[str, frozenset[str]]:
        wanted = self._sign_in.name_claim
        name = claims.get(wanted)
        if not isinstance(name, str) or not name.strip() or not name.isprintable():
            raise Refused(f"the identity provider gave no '{wanted}'")
        if wanted == "email" and claims.get("email_verified") is False:
            raise Refused("your e-mail address is not verified at the identity provider")
        groups = claims.get(self._sign_in.groups_claim) or ()
        groups = [groups] if isinstance(groups, str) else groups
        return name.strip(), frozenset(each for each in groups if isinstance(each, str))


class Provider:
    """The identity provider: what it says about itself, and what it says about a person.

    Args:
        sign_in: Issuer, client, scopes.
        secret: The client's secret.
        redirect_uri: Where it leads people back.
    """

    def __init__(self, sign_in: SignIn, *, secret: str | None, redirect_uri: str) -> None:
        self._sign_in = sign_in
        self._secret = secret
        self._redirect_uri = redirect_uri
        self._lock = threading.Lock()
        self._known: Mapping[str, Any] = {}
        self._known_at = 0.0

    def address(self, state: str, nonce: str, verifier: str) -> str:
        """Return where to lead somebody who wants to sign in."""
        with self._session() as session:
            endpoint = self._about(session)["authorization_endpoint"]
            address, _ = session.create_authorization_url(
                endpoint, state=state, nonce=nonce, code_verifier=verifier, redirect_uri=self._redirect_uri
            )
        return str(address)

    def claims(self, code: str, said_issuer: str | None, nonce: str, verifier: str) -> Mapping[str, Any]:
        """Return what the provider says about the person who came back with a code.

        Raises:
            ConfigError: It did not answer, or its answer cannot be believed.
        """
        if said_issuer is not None and said_issuer != self._sign_in.issuer:  # RFC 9207: mixed up with another provider
            raise _doubtful("the answer is of another provider")
        with self._session() as session:
            about = self._about(session)
            token = self._asked(
                lambda: session.fetch_token(
                    about["token_endpoint"],
                    grant_type="authorization_code",
                    code=code,
                    code_verifier=verifier,
                    redirect_uri=self._redirect_uri,
                    timeout=TIMEOUT_SECONDS,
                    allow_redirects=False,
                )
            )
            claims = self._checked(token, self._json(session, about["jwks_uri"]), nonce)
            missing = {self._sign_in.name_claim, self._sign_in.groups_claim} - claims.keys()
            if missing and about.get("userinfo_endpoint"):
                more = self._json(session, about["userinfo_endpoint"])
                if more.get("sub") != claims.get("sub"):
                    raise _doubtful("userinfo is about somebody else")
                claims = {**more, **claims}
        return claims

    def _checked(self, token: Mapping[str, Any], keys: Any, nonce: str) -> dict[str, Any]:
        try:
            found = jwt.decode(str(token.get("id_token", "")), KeySet.import_key_set(keys), algorithms=list(ALGORITHMS))
            claims = CodeIDToken(
                found.claims,
                found.header,
                options={
                    "iss": {"essential": True, "value": self._sign_in.issuer},
                    "aud": {"essential": True, "value": self._sign_in.client_id},
                },
                params={
                    "nonce": nonce,
                    "client_id": self._sign_in.client_id,
                    "access_token": token.get("access_token"),
                },
            )
            claims.validate(leeway=LEEWAY_SECONDS)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise _doubtful(f"the ID token does not hold ({type(error).__name__})") from error
        return dict(claims)

    def _about(self, session: OAuth2Session) -> Mapping[str, Any]:
        """Return the provider's discovery document, read at most once an hour."""
        with self._lock:
            if self._known and time.monotonic() - self._known_at < _DISCOVERY_SECONDS:
                return self._known
        found = self._json(session, f"{self._sign_in.issuer.rstrip('/')}/.well-known/openid-configuration")
        if found.get("issuer") != self._sign_in.issuer:
            raise _doubtful("its discovery document names another issuer")
        for key in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if not _is_safe(str(found.get(key, ""))):
                raise _doubtful(f"its discovery document has no {key} by https")
        if not _is_safe(str(found.get("userinfo_endpoint", ""))):
            found.pop("userinfo_endpoint", None)
        with self._lock:
            self._known, self._known_at = found, time.monotonic()
        return found

    def _session(self) -> OAuth2Session:
        return OAuth2Session(
            self._sign_in.client_id,
            self._secret,
            scope=" ".join(self._sign_in.scopes),
            code_challenge_method="S256",
            token_endpoint_auth_method="client_secret_basic" if self._secret else "none",
        )

    def _json(self, session: OAuth2Session, address: str) -> dict[str, Any]:
        without = {} if session.token else {"withhold_token": True}
        answer = self._asked(lambda: session.get(address, timeout=TIMEOUT_SECONDS, allow_redirects=False, **without))
        found = self._asked(answer.json) if answer.status_code == 200 else None
        if not isinstance(found, dict):
            raise _doubtful(f"it answered {answer.status_code} without what was asked for")
        return found

    def _asked(self, ask: Callable[[], Any]) -> Any:
        try:
            return ask()
        except ConfigError:
            raise
        except Exception as error:  # its libraries raise what they like; none of their texts may reach a page
            raise _doubtful(f"it could not be asked ({type(error).__name__})") from error


def _doubtful(what: str) -> ConfigError:
    return ConfigError(f"identity provider: {what}", where="serve.sign_in", next_step="check issuer and client_id")


def _is_safe(address: str) -> bool:
    parts = urlsplit(address)
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))
