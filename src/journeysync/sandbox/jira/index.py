"""The search index: what a search sees, which may lag behind what was written; pages by token.

Reading an issue itself is always fresh. With a lag, each write keeps the version before it until the lag has passed,
and a search works on that version, unless it asks for the issue by `reconcileIssues`.
"""

import bisect
import random
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any

from journeysync.sandbox.jira.issue import Issue

TOKEN_SECONDS = 7 * 24 * 3_600.0
Row = tuple[Any, Issue]


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where a search goes on: after this order key, with the clock of its first page."""

    query: str
    account_id: str
    after: Any
    now: float
    issued: float


class SearchIndex:
    """Versions of issues as searches see them. `lag_seconds` is one number or a range to draw from."""

    def __init__(self, clock: Callable[[], float], luck: random.Random) -> None:
        self._clock = clock
        self._luck = luck
        self.lag_seconds: float | tuple[float, float] = 0.0
        self.version = 0
        self._pending: dict[str, list[tuple[float, Issue | None]]] = {}
        self._rows: dict[Any, tuple[int, list[Row]]] = {}
        self._cursors: dict[str, Cursor] = {}

    def touch(self) -> None:
        """Say that something changed that a search could see."""
        self.version += 1

    def before_write(self, issue: Issue) -> None:
        """Keep the version that a search goes on seeing."""
        self._keep(issue.id, issue.copy() if self.lag_seconds else None)

    def created(self, issue: Issue) -> None:
        """Keep in mind that a search does not see this issue yet."""
        self._keep(issue.id, None)

    def deleted(self, issue: Issue) -> None:
        """Keep the version that a search goes on seeing though the issue is gone."""
        self._keep(issue.id, issue.copy() if self.lag_seconds else None)
        self.touch()

    def catch_up(self) -> None:
        """Let searches see everything that was written until now."""
        self._pending.clear()
        self.touch()

    def versions(self, live: dict[str, Issue], fresh: Collection[str] = ()) -> Iterable[Issue]:
        """Return the issues as a search sees them now; those in ``fresh`` as they are."""
        self._forget_old()
        if not self._pending:
            return live.values()
        seen = [issue for issue_id, issue in live.items() if issue_id not in self._pending or issue_id in fresh]
        old = (versions[0][1] for issue_id, versions in self._pending.items() if issue_id not in fresh)
        return [*seen, *(issue for issue in old if issue is not None)]

    def rows(self, signature: Any, make: Callable[[], list[Row]]) -> list[Row]:
        """Return the ordered rows of a search, remembered until something changes."""
        self._forget_old()
        known = self._rows.get(signature)
        if known is not None and known[0] == self.version:
            return known[1]
        rows = make()
        if len(self._rows) >= 16:
            self._rows.clear()
        self._rows[signature] = (self.version, rows)
        return rows

    def issue_token(self, cursor: Cursor) -> str:
        """Return a token that leads back to a cursor for seven days, as often as it is used."""
        token = f"Ch{len(self._cursors):08x}{self._luck.getrandbits(64):016x}=="
        self._cursors[token] = cursor
        return token

    def cursor(self, token: str) -> Cursor | None:
        """Return the cursor of a token, None where it is unknown or expired."""
        cursor = self._cursors.get(token)
        return cursor if cursor and self._clock() - cursor.issued < TOKEN_SECONDS else None

    def expire_tokens(self) -> None:
        """Let all tokens expire now."""
        self._cursors.clear()

    def _keep(self, issue_id: str, version: Issue | None) -> None:
        if not self.lag_seconds:
            return
        lag = self.lag_seconds if isinstance(self.lag_seconds, (int, float)) else self._luck.uniform(*self.lag_seconds)
        self._pending.setdefault(issue_id, []).append((self._clock() + lag, version))

    def _forget_old(self) -> None:
        if not self._pending:
            return
        now = self._clock()
        for issue_id, versions in list(self._pending.items()):
            left = [(until, version) for until, version in versions if until > now]
            if len(left) == len(versions):
                continue
            self.touch()
            if left:
                self._pending[issue_id] = left
            else:
                del self._pending[issue_id]


def page_after(rows: list[Row], after: Any, size: int) -> tuple[list[Row], bool]:
    """Return the rows that follow an order key (None: from the start), and whether more come after them."""
    start = 0 if after is None else bisect.bisect_right(rows, after, key=lambda row: row[0])
    return rows[start : start + size], start + size < len(rows)
