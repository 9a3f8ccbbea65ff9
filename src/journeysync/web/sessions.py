"""Who is signed in: in memory only, so that a restart signs everybody out and nothing on a disk opens the page."""

import secrets
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

MOST_SESSIONS = 10_000
MOST_LINKS = 3
_BYTES = 32


@dataclass(frozen=True)
class Session:
    """A person who signed in."""

    name: str
    groups: frozenset[str] = frozenset()
    is_here: bool = False  # they came by the link that was printed on this machine
    began: float = 0.0
    used: float = 0.0


class Sessions:
    """Sessions by the hash of their key: the key itself is in one cookie and nowhere else.

    Args:
        hours: How long a session holds at most.
        idle_minutes: How long it holds without a request.
        seconds: A clock that only goes forward.
    """

    def __init__(self, *, hours: float, idle_minutes: float, seconds: Callable[[], float] = time.monotonic) -> None:
        self._longest = hours * 3600
        self._idle = idle_minutes * 60
        self._seconds = seconds
        self._lock = threading.Lock()
        self._sessions: dict[str, Session] = {}

    def begin(self, name: str, *, groups: frozenset[str] = frozenset(), is_here: bool = False) -> str:
        """Return the key of a new session. The oldest makes room where there are too many."""
        key, now = secrets.token_urlsafe(_BYTES), self._seconds()
        with self._lock:
            self._forget_what_ended(now)
            while len(self._sessions) >= MOST_SESSIONS:
                del self._sessions[min(self._sessions, key=lambda each: self._sessions[each].used)]
            self._sessions[_hash(key)] = Session(name, groups, is_here, now, now)
        return key

    def of(self, key: str) -> Session | None:
        """Return the session of a key and note that it was used; None if there is none or it has ended."""
        now = self._seconds()
        with self._lock:
            found = self._sessions.get(_hash(key))
            if found is None or not self._holds(found, now):
                self._sessions.pop(_hash(key), None)
                return None
            used = Session(found.name, found.groups, found.is_here, found.began, now)
            self._sessions[_hash(key)] = used
        return used

    def end(self, key: str) -> None:
        """Let a key open nothing from now on."""
        with self._lock:
            self._sessions.pop(_hash(key), None)

    def _holds(self, session: Session, now: float) -> bool:
        return now - session.began < self._longest and now - session.used < self._idle

    def _forget_what_ended(self, now: float) -> None:
        for key in [key for key, session in self._sessions.items() if not self._holds(session, now)]:
            del self._sessions[key]


class Links:
    """One-time links: each of the newest few opens the page once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._hashes: deque[str] = deque(maxlen=MOST_LINKS)

    def new(self) -> str:
        """Return the token of a new link."""
        token = secrets.token_urlsafe(_BYTES)
        with self._lock:
            self._hashes.append(_hash(token))
        return token

    def use(self, token: str) -> bool:
        """Return whether a token opens the page; from now on it does not."""
        with self._lock:
            found = [each for each in self._hashes if secrets.compare_digest(each, _hash(token))]
            for each in found:
                self._hashes.remove(each)
        return bool(found)


def _hash(key: str) -> str:
    return sha256(key.encode("utf-8", errors="replace")).hexdigest()
