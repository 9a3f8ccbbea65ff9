"""An identity provider on loopback for tests: discovery, authorisation, tokens, keys, userinfo; told to misbehave."""

import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, urlencode

from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from journeysync.web.serving import listen, served_beside

CLIENT = "journeysync"
SECRET = "not-a-secret-of-anybody"


class Provider:
    """What it says about the person, and how it lies."""

    def __init__(self) -> None:
        self.url = ""
        self.key = RSAKey.generate_key(2048, {"kid": "k1", "use": "sig", "alg": "RS256"})
        self._codes: dict[str, dict[str, str]] = {}
        self.behave()

    def behave(self) -> None:
        """Tell no lie from now on."""
        self.person: dict[str, Any] = {"sub": "7", "email": "ann@solvane.example", "groups": ["journeys"]}
        self.only_in_userinfo: frozenset[str] = frozenset()
        self.changed: dict[str, Any] = {}  # claims of the ID token that are not as they should be
        self.discovery: dict[str, Any] = {}
        self.signing = "RS256"
        self.userinfo_sub = "7"

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._about),
                Route("/authorize", self._authorize),
                Route("/token", self._token, methods=["POST"]),
                Route("/keys", self._keys),
                Route("/userinfo", self._userinfo),
            ]
        )

    async def _about(self, _request: Request) -> Response:
        about = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "userinfo_endpoint": f"{self.url}/userinfo",
        }
        return JSONResponse(about | self.discovery)

    async def _authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        code = f"code-{len(self._codes)}"
        self._codes[code] = asked
        answer = urlencode({"code": code, "state": asked["state"], "iss": self.url})
        return RedirectResponse(f"{asked['redirect_uri']}?{answer}", status_code=302)

    async def _token(self, request: Request) -> Response:
        form = {key: values[0] for key, values in parse_qs((await request.body()).decode()).items()}
        asked = self._codes.pop(form["code"], None)
        challenge = urlsafe_b64encode(sha256(form["code_verifier"].encode()).digest()).rstrip(b"=").decode()
        if asked is None or challenge != asked["code_challenge"] or form["redirect_uri"] != asked["redirect_uri"]:
            return JSONResponse({"error": "invalid_grant"}, status_code=400)
        if not request.headers.get("authorization", "").startswith("Basic "):
            return JSONResponse({"error": "invalid_client"}, status_code=401)
        now = int(time.time())
        person = {key: value for key, value in self.person.items() if key not in self.only_in_userinfo}
        claims = {"iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 60, "nonce": asked["nonce"], **person}
        token = self._signed({key: value for key, value in (claims | self.changed).items() if value is not None})
        return JSONResponse({"access_token": "at", "token_type": "Bearer", "id_token": token})

    def _signed(self, claims: dict[str, Any]) -> str:
        if self.signing == "none":
            parts = ('{"alg":"none"}', json.dumps(claims), "")
            return ".".join(urlsafe_b64encode(part.encode()).rstrip(b"=").decode() for part in parts)
        if self.signing == "HS256":  # signed with the public key as if it were a secret
            key: Any = OctKey.import_key(self.key.as_pem(private=False))
            return str(jwt.encode({"alg": "HS256"}, claims, key, algorithms=["HS256"]))
        key = self.key if self.signing == "RS256" else RSAKey.generate_key(2048, {"kid": "k1"})
        return str(jwt.encode({"alg": "RS256", "kid": "k1"}, claims, key))

    async def _keys(self, _request: Request) -> Response:
        return JSONResponse({"keys": [self.key.as_dict(private=False)]})

    async def _userinfo(self, request: Request) -> Response:
        if request.headers.get("authorization") != "Bearer at":
            return JSONResponse({}, status_code=401)
        return JSONResponse(self.person | {"sub": self.userinfo_sub})


@contextmanager
def provider_on_loopback() -> Iterator[Provider]:
    """Serve one until the end."""
    provider = Provider()
    with served_beside(provider.app(), listen("127.0.0.1", 0)) as url:
        provider.url = url
        yield provider
