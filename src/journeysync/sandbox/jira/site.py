"""What surrounds every call to a Jira site: who calls, limits, the lock, the headers that each answer carries."""

import itertools
import logging
from collections.abc import Sequence

from journeysync.sandbox.faults import Fault
from journeysync.sandbox.jira.access import Account, basic_credentials
from journeysync.sandbox.jira.answers import no_issue, refuse, unauthorized
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
    """One Jira site behind the wire. Flavours differ by their routes and by `version_of`."""

    def __init__(
        self, state: JiraState, *, limits: Limits | None = None, token_expires_at: float | None = None
    ) -> None:
        self.state = state
        self.limits = limits or Limits()
        self.limiter = RateLimiter(self.limits, state.clock)
        self.tasks = TaskQueue(state.clock)
        self.token_expires_at = token_expires_at
        self.captcha_after_failures: int | None = CAPTCHA_AFTER
        self.routes = Router(())
        self._renderers: dict[tuple[str, str, int], Renderer] = {}
        self._request_ids = itertools.count(1)
        self._failures = 0

    def answer(self, call: Call, handler: Handler | None, allowed: tuple[str, ...]) -> Reply:
        """Answer one call under the lock of the state."""
        rate: list[tuple[str, str]] = []
        with self.state.lock:
            try:
                self.tasks.advance()
                if not _is_open(call.path):
                    call.user = self._authenticated(call)
                    rate = self.limiter.burst(call.method, call.template)
                reply = handler(call) if handler else _no_route(call, allowed)
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
        return "3" if call.template.startswith("/rest/api/3/") else "2"

    def base_url(self, call: Call) -> str:
        """Return the address under which the caller reached the site."""
        return f"http://{call.headers.get('host', '127.0.0.1')}"

    def renderer(self, call: Call) -> Renderer:
        """Return what turns issues into JSON for this call."""
        base_url, version = self.base_url(call), self.version_of(call)
        key = (base_url, version, len(self.state.fields))
        if key not in self._renderers:
            self._renderers[key] = Renderer(self.state.fields, base_url=base_url, version=version)
        return self._renderers[key]

    def issue(self, call: Call, key_or_id: str | None = None) -> Issue:
        """Return the issue that a call names, if the caller may see it; else the one 404."""
        issue = self.state.find(key_or_id if key_or_id is not None else call.params["issue"])
        if issue is None or not self.state.visible_to(call.user, issue):
            raise no_issue()
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
            raise unauthorized(captcha=True)
        given = basic_credentials(call.headers.get("authorization", ""))
        account = next((each for each in self.state.accounts if (each.user, each.token) == given), None)
        if account is None:
            self._failures += 1 if given else 0
            raise unauthorized()
        if self.token_expires_at is not None and self.state.clock() >= self.token_expires_at:
            raise unauthorized()
        self._failures = 0
        for fault in call.faults:
            if fault.kind == "token-expired":
                raise unauthorized(captcha=fault.options.get("captcha") == "true")
            if fault.kind == "permission-lost":
                permission = fault.options.get("permission", "BROWSE_PROJECTS")
                account = account.without(permission, fault.options.get("project", ""))
        return account


def _is_open(path: str) -> bool:
    return path == "/" or any(path.startswith(each) for each in OPEN_PATHS if each != "/")


def _no_route(call: Call, allowed: tuple[str, ...]) -> Reply:
    if allowed:
        body = {"message": "HTTP 405 Method Not Allowed", "status-code": 405}
        return as_json(body, 405, [("Allow", ",".join(allowed))])
    return as_json({"message": f"null for uri: {call.path}", "status-code": 404}, 404)
