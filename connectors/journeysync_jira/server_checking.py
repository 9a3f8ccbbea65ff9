"""What ``doctor`` says of a Data Center connection beyond what it says of Cloud: the token's end, where epics are."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from journeysync.model.tracker import Finding
from journeysync_jira.checking import Checkup, finding
from journeysync_jira.server import ServerClient
from journeysync_jira.translate import epic_fields, instant

WARNED_DAYS_AHEAD = 14


class ServerCheckup(Checkup):
    """One checkup of a Data Center connection."""

    _client: ServerClient

    def _ends(self) -> str:
        return "" if self._client.credentials.kind == "personal-token" else "; logged in with a password"

    def _expiry(self) -> Iterator[Finding]:
        if self._client.credentials.kind != "personal-token":
            yield finding(
                "warning",
                "expiry",
                "a password opens everything that its owner may do",
                next_step="make a personal access token (Jira > Profile) and use the auth kind personal-token",
            )
            return
        token = own_token(self._client.tokens())
        ends = instant(token.get("expiringAt")) if token else None
        if token and ends:
            yield expiry(f"the personal access token '{token.get('name')}'", ends, self._client.http.clock.now())

    def _hierarchy(self) -> Iterator[Finding]:
        epics = epic_fields(self._site.fields())
        if epics.above:
            yield finding("ok", "hierarchy", f"epics are found by {', '.join(epics.above)}")
        else:
            yield finding(
                "warning",
                "hierarchy",
                "Jira shows no Epic Link field, so only sub-tasks inherit from what is above them",
                next_step="if this site has epics, ask an administrator why the account does not see 'Epic Link'",
            )


def own_token(tokens: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """Return the token that was used last, which is ours just now; without such a time the one that ends first."""
    used = [token for token in tokens if token.get("lastAccessedAt")]
    if used:
        return max(used, key=lambda token: str(token["lastAccessedAt"]))
    ending = [token for token in tokens if token.get("expiringAt")]
    return min(ending, key=lambda token: str(token["expiringAt"])) if ending else None


def expiry(what: str, ends: datetime, now: datetime) -> Finding:
    """Return the finding on when a log-in ends: a warning from two weeks before."""
    days = (ends - now).total_seconds() / 86_400
    shown = f"{what} ends on {ends.astimezone(UTC):%Y-%m-%d}"
    if days >= WARNED_DAYS_AHEAD:
        return finding("ok", "expiry", shown)
    return finding(
        "warning",
        "expiry",
        f"{shown}, in {max(0, int(days))} days",
        next_step="make a new one now and put it in the place of the old one; runs stop when it ends",
    )
