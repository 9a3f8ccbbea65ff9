"""What surrounds every call to a Jira site: who calls, limits, the lock, the headers that each answer carries."""

import itertools
import logging
from collections.abc import Sequence

from journeysync.sandbox.faults import Fault
from journeysync.sandbox.jira.access import Account, basic_credentials
from journeysync.sandbox.jira.answers import error_body, no_issue, refuse, unauthorized
from journeysync.sandbox.jira.issue import Issue
from journeysync.sandbox.jira.limits import Limits, RateLimiter
from journeysync.sandbox.jira.render import Renderer
from journeysync.sandbox.jira.state import Actor, JiraState
from journeysync.sandbox.jira.tasks import TaskQueue
from journeysync.sandbox.wire import Call, Handler, Refused, Reply, Router, Site, as_json

OPEN_PATHS = ("/", "/browse/", "/rest/api/2/serverInfo", "/rest/api/3/serverInfo", "/_edge/", "/_sandbox/")
CAPTCHA_AFTER = 10
_LOG = logging.getLogger(__name__)


class JiraSite(Site):
    """One Jira site behind the wire. Flavours differ by their routes, by who may call, and by how they say no."""

    def __init__(
        self,
        state: JiraState,
        *,
        limits: Limits | None = None,
        token_expires_at: float | None = None,
        context_path: str = "",
    ) -> None:
        self.state = state
        self.context_path = context_path
        self.limits = limits or Limits()
        self.limiter = RateLimiter(self.limits, state.clock)
        self.tasks = TaskQueue(state.clock)
        self.token_expires_at = token_expires_at
        self.captcha_after_failures: int | None = CAPTCHA_AFTER
        self.routes = Router(())
        self._renderers: dict[tuple[str, str, int], Renderer] = {}
        self._request_ids = itertools.count(1)
        self._failures = 0

    def now(self) -> float:
        """Return the site's own time."""
        return self.state.clock()

    def answer(self, call: Call, handler: Handler | None, allowed: tuple[str, ...]) -> Reply:
        """Answer one call under the lock of the state."""
        rate: list[tuple[str, str]] = []
        with self.state.lock:
            try:
                self.tasks.advance()
                if not self.is_open(call):
                    call.user = self._authenticated(call)
                    rate = self.rate_headers(call)
                reply = handler(call) if handler else self.no_route(call, allowed)
            except Refused as refused:
                reply = refused.reply
            except Exception:  # noqa: BLE001 - a server answers, whatever happened; the log says what
                _LOG.exception("%s %s", call.method, call.path)
                reply = refuse(500, "Internal server error").reply
        limited = {name for name, _ in reply.headers}
        headers = [*reply.headers, *((name, value) for name, value in rate if name not in limited)]
        headers += [("X-ARequestId", f"sandbox-{next(self._request_ids):08x}"), ("Cache-Control", "no-cache, no-store")]
        return Reply(reply.status, reply.body, headers, reply.content_type)

    # for handlers -----------------------------------------------------------------------------------------------

    def version_of(self, call: Call) -> str:
        """Return "2" or "3", the API version of a call."""
        return "3" if "/rest/api/3/" in call.template else "2"

    def base_url(self, call: Call) -> str:
        """Return the address under which the caller reached the site."""
        return f"http://{call.headers.get('host', '127.0.0.1')}{self.context_path}"

    def address_of(self, call: Call) -> str:
        """Return the full address of what was called, without its query."""
        return f"http://{call.headers.get('host', '127.0.0.1')}{call.path}"

    def renderer(self, call: Call) -> Renderer:
        """Return what turns issues into JSON for this call."""
        base_url, version = self.base_url(call), self.version_of(call)
        key = (base_url, version, len(self.state.fields))
        if key not in self._renderers:
            self._renderers[key] = Renderer(
                self.state.fields, base_url=base_url, version=version, server=self.state.is_server
            )
        return self._renderers[key]

    def issue(self, call: Call, key_or_id: str | None = None) -> Issue:
        """Return the issue that a call names, if the caller may see it; else the one 404."""
        issue = self.state.find(key_or_id if key_or_id is not None else call.params["issue"])
        if issue is None or not self.state.visible_to(call.user, issue):
            raise self.no_issue()
        return issue

    def issue_to_write(self, call: Call, permission: str = "EDIT_ISSUES") -> Issue:
        """Return the issue that a call writes to, if the caller may, and count the write."""
        issue = self.issue(call)
        if not call.user.may(permission, issue.facts.project_key):
            verb = "link" if permission == "LINK_ISSUES" else "edit" if permission == "EDIT_ISSUES" else "delete"
            raise refuse(403, f"You do not have permission to {verb} issues in this project.")
        self.limiter.issue_write(issue.id)
        return issue

    def actor(self, call: Call, *, notify: bool = False, task: str = "") -> Actor:
        """Return the caller as the author of a write."""
        account: Account = call.user
        return Actor(account.account_id, account.display_name, call.number, call.method, call.path, task, notify)

    def notifies(self, call: Call, project: str) -> bool:
        """Say whether an edit sends mail: `notifyUsers=false` is ignored where the caller administers nothing."""
        return call.flag("notifyUsers", default=True) or not call.user.notifies_at_will(project)

    # what flavours do in their own way --------------------------------------------------------------------------

    def is_open(self, call: Call) -> bool:
        """Say whether a call needs no login."""
        path = call.path.removeprefix(self.context_path) if not call.path.startswith("/_") else call.path
        return path == "/" or any(path.startswith(each) for each in OPEN_PATHS if each != "/")

    def account_of(self, call: Call) -> Account | None:
        """Return who calls, None where the credentials are missing, wrong or expired."""
        if self.token_expires_at is not None and self.state.clock() >= self.token_expires_at:
            return None
        given = basic_credentials(call.headers.get("authorization", ""))
        return next((each for each in self.state.accounts if (each.user, each.token) == given), None)

    def unauthorized(self, _call: Call, *, captcha: bool = False) -> Refused:
        """Return the 401 of a wrong, missing or expired token."""
        return unauthorized(captcha=captcha)

    def no_issue(self) -> Refused:
        """Return the one answer for deleted, hidden and never existing issues alike."""
        return no_issue()

    def rate_headers(self, call: Call) -> list[tuple[str, str]]:
        """Count a call and return the rate headers; 429 when it is one too many."""
        return self.limiter.burst(call.method, call.template)

    def no_route(self, call: Call, allowed: tuple[str, ...]) -> Reply:
        """Answer a path that there is not, or a method that a path does not know."""
        if allowed:
            body = {"message": "HTTP 405 Method Not Allowed", "status-code": 405}
            return as_json(body, 405, [("Allow", ",".join(allowed))])
        return as_json({"message": f"null for uri: {call.path}", "status-code": 404}, 404)

    def error_body(self, status: int) -> tuple[bytes, str]:
        """Return the body and content type of an error that a fault asks for."""
        return error_body(status)

    def act_out(self, faults: Sequence[Fault]) -> None:
        """Take up the faults that the site itself acts out for a time: a stale index."""
        stale = next((fault for fault in faults if fault.kind == "stale"), None)
        if stale is None:
            self.state.index.lag_seconds = 0.0
            return
        low, _, high = stale.options.get("seconds", "60").partition("-")
        self.state.index.lag_seconds = (float(low), float(high)) if high else float(low)

    # inside -----------------------------------------------------------------------------------------------------

    def _authenticated(self, call: Call) -> Account:
        if self.captcha_after_failures is not None and self._failures >= self.captcha_after_failures:
            raise self.unauthorized(call, captcha=True)
        account = self.account_of(call)
        if account is None:
            self._failures += 1 if basic_credentials(call.headers.get("authorization", "")) else 0
            raise self.unauthorized(call)
        self._failures = 0
        for fault in call.faults:
            if fault.kind == "token-expired":
                raise self.unauthorized(call, captcha=fault.options.get("captcha") == "true")
            if fault.kind == "permission-lost":
                permission = fault.options.get("permission", "BROWSE_PROJECTS")
                account = account.without(permission, fault.options.get("project", ""))
        return account
