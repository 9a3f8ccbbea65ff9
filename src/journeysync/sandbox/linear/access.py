"""Who calls: a person by an API key (without `Bearer`), or an app by an OAuth token (with it)."""

from collections.abc import Callable
from dataclasses import dataclass

from journeysync.sandbox.linear.answers import refuse, unauthenticated


@dataclass(frozen=True)
class Caller:
    """Who a request comes from; the limits of an app are others than those of a key."""

    name: str
    is_app: bool = False


class Access:
    """The key and the token of a site."""

    def __init__(self, name: str, key: str, token: str, clock: Callable[[], float]) -> None:
        self.name = name
        self.key = key
        self.token = token
        self.expires_at: float | None = None
        self._clock = clock

    def caller_of(self, header: str) -> Caller:
        """Return who an Authorization header names; 401 for nobody, 400 for a key that is sent as a bearer."""
        if self.expires_at is not None and self._clock() >= self.expires_at:
            raise unauthenticated("Authentication required, not authenticated - the token is no longer valid")
        if header == self.key:
            return Caller(self.name)
        kind, _, token = header.partition(" ")
        if kind.lower() == "bearer" and token == self.token:
            return Caller(f"{self.name} (app)", is_app=True)
        if kind.lower() == "bearer" and token == self.key:
            words = "It looks like you're trying to use an API key as a Bearer token. Remove the Bearer prefix."
            raise refuse(400, words, "AUTHENTICATION_ERROR", words)
        raise unauthenticated()
