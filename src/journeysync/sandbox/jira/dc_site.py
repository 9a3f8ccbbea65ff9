"""What is different around a call to a Data Center site: who may call, how it says no, its rate limits."""

from dataclasses import dataclass
from html import escape

from journeysync.sandbox.jira.access import Account, ServerAccount, basic_credentials, bearer_token
from journeysync.sandbox.jira.answers import error_body, refuse
from journeysync.sandbox.jira.limits import ServerLimits, UserBuckets
from journeysync.sandbox.jira.site import JiraSite
from journeysync.sandbox.jira.state import JiraState
from journeysync.sandbox.wire import Call, Refused, Reply, as_json

NO_ISSUE = "Issue Does Not Exist"
_LOGIN_NEEDED = "You are not authenticated. Authentication required to perform this operation."


@dataclass
class AccessToken:
    """One personal access token. Times are epoch seconds; without `expires_at` it never ends."""

    id: int
    name: str
    secret: str
    account: ServerAccount
    created_at: float
    expires_at: float | None = None
    last_used_at: float | None = None


class DcSite(JiraSite):
    """One Jira Data Center site. `tokens` are the personal access tokens that open it."""

    def __init__(self, state: JiraState, *, limits: ServerLimits | None = None, context_path: str = "") -> None:
        self.dc_limits = limits or ServerLimits()
        super().__init__(state, limits=self.dc_limits, context_path=context_path)
        self.tokens: list[AccessToken] = []
        self._buckets = UserBuckets(self.dc_limits, state.clock)

    def add_token(
        self, account: ServerAccount, secret: str, *, name: str = "journeysync", expires_at: float | None = None
    ) -> AccessToken:
        """Issue a personal access token to an account."""
        number = len(self.tokens) + 1
        token = AccessToken(number, name, secret, account, self.state.clock(), expires_at)
        self.tokens.append(token)
        return token

    def version_of(self, _call: Call) -> str:
        """Return the API version: there is only 2."""
        return "2"

    def account_of(self, call: Call) -> Account | None:
        """Return who calls: by a personal access token, or by name and password."""
        header = call.headers.get("authorization", "")
        secret = bearer_token(header)
        if secret is None:
            given = basic_credentials(header)
            accounts = (each for each in self.state.accounts if isinstance(each, ServerAccount))
            return next((each for each in accounts if each.password and (each.user, each.password) == given), None)
        now = self.state.clock()
        for token in self.tokens:
            if token.secret == secret and (token.expires_at is None or now < token.expires_at):
                token.last_used_at = now
                return token.account
        return None

    def unauthorized(self, call: Call, *, captcha: bool = False) -> Refused:
        """Return the refusal: JSON to a caller without credentials, a page to one with wrong or expired ones; after
        too many wrong passwords a CAPTCHA is asked for (403)."""
        realm = ("WWW-Authenticate", f'OAuth realm="{self.base_url(call)}"')
        if captcha:
            denied = f"CAPTCHA_CHALLENGE; login-url={self.base_url(call)}/login.jsp"
            headers = [("X-Seraph-LoginReason", "AUTHENTICATION_DENIED"), ("X-Authentication-Denied-Reason", denied)]
            return Refused(_page(403, "Forbidden", headers))
        if "authorization" not in call.headers:
            return refuse(401, _LOGIN_NEEDED, headers=[realm])
        return Refused(_page(401, "Unauthorized", [("X-Seraph-LoginReason", "AUTHENTICATED_FAILED"), realm]))

    def no_issue(self) -> Refused:
        """Return the one answer for deleted, hidden and never existing issues alike."""
        return refuse(404, NO_ISSUE)

    def notifies(self, call: Call, project: str) -> bool:
        """Say whether an edit sends mail; `notifyUsers=false` is refused to whom administers nothing."""
        if call.flag("notifyUsers", default=True):
            return True
        if not call.user.notifies_at_will(project):
            raise refuse(
                403, "To discard the user notification either admin or project admin permissions are required."
            )
        return False

    def rate_headers(self, call: Call) -> list[tuple[str, str]]:
        """Count a call of a user and return the rate headers, none while limits are off."""
        return self._buckets.take(call.user.account_id)

    def no_route(self, call: Call, allowed: tuple[str, ...]) -> Reply:
        """Answer a path that there is not: JSON inside the REST API, the page of a dead link elsewhere."""
        if allowed:
            return super().no_route(call, allowed)
        inside = (f"{self.context_path}/rest/api/2/", f"{self.context_path}/rest/api/latest/")
        if call.path.startswith(inside):
            return as_json({"message": f"null for uri: {self.address_of(call)}", "status-code": 404}, 404)
        return _page(404, "Oops, you've found a dead link", [])

    def is_open(self, call: Call) -> bool:
        """Say whether a call needs no login."""
        latest = f"{self.context_path}/rest/api/latest/serverInfo"
        outside = not call.path.startswith(f"{self.context_path}/rest/")
        return outside or call.path == latest or super().is_open(call)

    def error_body(self, status: int) -> tuple[bytes, str]:
        """Return the body and content type of an error that a fault asks for."""
        if status in (401, 403):
            reply = _page(status, "Unauthorized" if status == 401 else "Forbidden", [])
            return reply.body, reply.content_type
        if status == 404:
            reply = self.no_issue().reply
            return reply.body, reply.content_type
        return error_body(status)


def _page(status: int, title: str, headers: list[tuple[str, str]]) -> Reply:
    text = escape(f"{title} ({status})")
    html = f"<html><head><title>{text}</title></head><body><h1>{text}</h1><p>Go to Jira home</p></body></html>"
    return Reply(status, html.encode(), headers, "text/html;charset=UTF-8")
