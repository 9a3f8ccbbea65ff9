"""Who calls: an account with a token, a GitHub App with its key, an installation with a token of an hour, or nobody."""

from collections.abc import Callable
from dataclasses import dataclass

from journeysync.sandbox.github.answers import refuse
from journeysync.sandbox.github.things import iso

TOKEN_SECONDS = 3_600.0
INSTALLATION = 41_000_001
MAX_JWT_SECONDS = 600.0


@dataclass(frozen=True)
class Caller:
    """Who a request comes from. `kind` decides what is open: an app itself may only ask for installation tokens."""

    login: str
    kind: str = "user"  # user | app | installation | anonymous

    @property
    def is_anonymous(self) -> bool:
        """Whether nobody is signed in."""
        return self.kind == "anonymous"


@dataclass(frozen=True)
class AppKey:
    """A GitHub App: its id and the public half of its key (PEM)."""

    app_id: int
    public_key: str
    slug: str = "journeysync-sandbox"


class Access:
    """Tokens of a site. `token` is the account's; installation tokens come and go."""

    def __init__(self, login: str, token: str, clock: Callable[[], float], app: AppKey | None = None) -> None:
        self.login = login
        self.token = token
        self.app = app
        self.expires_at: float | None = None
        self._clock = clock
        self._installation_tokens: dict[str, float] = {}

    def caller_of(self, header: str) -> Caller:
        """Return who an Authorization header names; 401 for a wrong or expired token."""
        kind, _, token = header.strip().partition(" ")
        if not header.strip():
            return Caller("anonymous", "anonymous")
        if kind.lower() not in ("bearer", "token"):
            raise refuse(401)
        return self._known(token.strip())

    def new_token(self) -> tuple[str, str]:
        """Return a fresh installation token and when it ends."""
        ends = self._clock() + TOKEN_SECONDS
        token = f"ghs_sandbox{len(self._installation_tokens) + 1:06d}"
        self._installation_tokens[token] = ends
        return token, iso(ends)

    def expire_installation_tokens(self) -> None:
        """Let all installation tokens end now."""
        for token in self._installation_tokens:
            self._installation_tokens[token] = self._clock()

    def _known(self, token: str) -> Caller:
        now = self._clock()
        if token == self.token and (self.expires_at is None or now < self.expires_at):
            return Caller(self.login)
        if token in self._installation_tokens:
            if now < self._installation_tokens[token] and self.app is not None:
                return Caller(f"{self.app.slug}[bot]", "installation")
            raise refuse(401)
        if self.app is not None and token.count(".") == 2:
            return self._app(token, self.app)
        raise refuse(401)

    def _app(self, token: str, app: AppKey) -> Caller:
        import jwt  # only a site with an app needs it

        try:
            claims = jwt.decode(
                token, app.public_key, algorithms=["RS256"], options={"verify_exp": False, "verify_iat": False}
            )
        except jwt.PyJWTError:
            raise refuse(401, "A JSON web token could not be decoded") from None
        now = self._clock()
        if str(claims.get("iss")) != str(app.app_id):
            raise refuse(404, "Integration not found")
        if not isinstance(claims.get("exp"), int | float) or claims["exp"] <= now:
            raise refuse(
                401,
                "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the "
                "assertion expires",
            )
        if claims["exp"] > now + MAX_JWT_SECONDS:
            raise refuse(401, "'Expiration time' claim ('exp') is too far in the future")
        if claims.get("iat", now) > now + 60:
            raise refuse(401, "'Issued at' claim ('iat') must be an Integer representing the time of issue")
        return Caller(app.slug, "app")


def public_key_of(private_key: str) -> str:
    """Return the public half of a private key (PEM); ValueError for what is no key."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

    key = load_pem_private_key(private_key.encode("utf-8"), password=None)
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode("ascii")
