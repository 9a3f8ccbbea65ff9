"""What is different around a call to a Jira Cloud site: scoped and OAuth tokens, which only pass the gateway."""

from dataclasses import dataclass

from journeysync.sandbox.jira.access import Account, basic_credentials, bearer_token
from journeysync.sandbox.jira.limits import Limits
from journeysync.sandbox.jira.oauth import SCOPES, OAuthApp
from journeysync.sandbox.jira.site import JiraSite
from journeysync.sandbox.jira.state import JiraState
from journeysync.sandbox.wire import Call, Refused, Reply, as_json

CLOUD_ID = "00000000-0000-4000-8000-000000000000"
GATEWAY = "/ex/jira/"
_CONFIGURATION = ("/field/{field}/context", "/priority/search")
_READING_POSTS = ("/search", "/search/jql", "/search/approximate-count", "/issue/bulkfetch")


@dataclass
class ScopedToken:
    """An API token with scopes: Basic like the others, but good at the gateway only."""

    account: Account
    secret: str
    scopes: set[str]


class CloudSite(JiraSite):
    """One Jira Cloud site and the gateway before it, on one address."""

    def __init__(
        self,
        state: JiraState,
        account: Account,
        *,
        limits: Limits | None = None,
        scoped_token: str,
        oauth_lifetime_seconds: float = 3_600.0,
    ) -> None:
        super().__init__(state, limits=limits)
        self.cloud_id = CLOUD_ID
        self.scoped_tokens = [ScopedToken(account, scoped_token, set(SCOPES))]
        self.oauth = OAuthApp(account, state.clock, lifetime_seconds=oauth_lifetime_seconds)

    def base_url(self, call: Call) -> str:
        """Return the address under which the caller reached the site: the gateway's for who came through it."""
        address = f"http://{call.headers.get('host', '127.0.0.1')}"
        return f"{address}{GATEWAY}{self.cloud_id}" if _by_gateway(call) else address

    def is_open(self, call: Call) -> bool:
        """Say whether a call needs no login; the two OAuth endpoints look at their caller themselves."""
        return call.path.startswith("/oauth/") or (not _by_gateway(call) and super().is_open(call))

    def account_of(self, call: Call) -> Account | None:
        """Return who calls. Through the gateway: by a scoped token or an OAuth access token, within its scopes."""
        if not _by_gateway(call):
            return super().account_of(call)
        header = call.headers.get("authorization", "")
        found = self._granted(header)
        if found is None:
            return None
        account, scopes = found
        if call.path.split("/")[3] != self.cloud_id:
            raise Refused(as_json({"code": 404, "message": "Not Found"}, 404))
        needed = needed_scope(call.method, call.template)
        if needed and needed not in scopes:
            raise Refused(as_json({"code": 401, "message": "Unauthorized; scope does not match"}, 401))
        return account

    def unauthorized(self, call: Call, *, captcha: bool = False) -> Refused:
        """Return the 401 of a wrong, missing or expired token; the gateway has its own form."""
        if _by_gateway(call) and not captcha:
            return Refused(as_json({"code": 401, "message": "Unauthorized"}, 401))
        return super().unauthorized(call, captcha=captcha)

    def resources(self, call: Call) -> Reply:
        """GET /oauth/token/accessible-resources: the sites that an access token opens."""
        grant = self.oauth.grant_of(bearer_token(call.headers.get("authorization", "")) or "")
        if grant is None:
            raise Refused(as_json({"code": 401, "message": "Unauthorized"}, 401))
        site = {"id": self.cloud_id, "name": "sandbox", "url": self.base_url(call), "avatarUrl": ""}
        return as_json([site | {"scopes": sorted(grant.scopes - {"offline_access"})}])

    def tenant_info(self, _call: Call) -> Reply:
        """GET /_edge/tenant_info; open to everybody."""
        return as_json({"cloudId": self.cloud_id})

    def _granted(self, header: str) -> tuple[Account, set[str] | frozenset[str]] | None:
        secret = bearer_token(header)
        if secret is not None:
            grant = self.oauth.grant_of(secret)
            return (grant.account, grant.scopes) if grant else None
        given = basic_credentials(header)
        return next(
            ((each.account, each.scopes) for each in self.scoped_tokens if (each.account.user, each.secret) == given),
            None,
        )


def needed_scope(method: str, template: str) -> str:
    """Return the classic scope that an endpoint asks for; empty = any token will do."""
    if template.endswith("/serverInfo"):
        return ""
    if template.endswith("/myself"):
        return "read:jira-user"
    if any(each in template for each in _CONFIGURATION):
        return "manage:jira-configuration"
    if method in ("GET", "HEAD") or template.endswith(_READING_POSTS):
        return "read:jira-work"
    return "write:jira-work"


def _by_gateway(call: Call) -> bool:
    return call.path.startswith(GATEWAY)
