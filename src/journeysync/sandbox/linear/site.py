"""What surrounds every call to a Linear site: who calls, limits, headers."""

import logging
from typing import Any

from journeysync.sandbox.linear.access import Access, Caller
from journeysync.sandbox.linear.answers import errors, refuse, reply, unauthenticated
from journeysync.sandbox.linear.limits import LinearLimits, RateCounter
from journeysync.sandbox.linear.state import LinearState
from journeysync.sandbox.wire import Call, Handler, Refused, Reply, Router, Site

_LOG = logging.getLogger(__name__)
_OPEN = ("/_sandbox/",)


class LinearSite(Site):
    """One Linear workspace behind the wire."""

    def __init__(self, state: LinearState, access: Access, limits: LinearLimits) -> None:
        self.state = state
        self.access = access
        self.limits = limits
        self.rates = RateCounter(limits, state.clock)
        self.routes = Router(())

    def now(self) -> float:
        """Return the site's own time."""
        return self.state.clock()

    def cursor_of(self, node: Any) -> str:
        """Return what names a row to people; pages are cut by `pageInfo`."""
        return str(getattr(node, "id", ""))

    def answer(self, call: Call, handler: Handler | None, _allowed: tuple[str, ...]) -> Reply:
        """Answer one call under the lock of the state."""
        with self.state.lock:
            try:
                if call.path.startswith(_OPEN) or call.method == "GET":  # GraphQL is asked by POST, the rest is pages
                    return handler(call) if handler else reply({}, 404)
                if handler is None:
                    return reply(errors("Cannot find what you ask for", "INPUT_ERROR"), 404)
                call.user = self._caller(call)
                answer = self._limited(call, handler)
            except Refused as refused:
                answer = refused.reply
            except Exception:  # noqa: BLE001 - a server answers, whatever happened; the log says what
                _LOG.exception("%s %s", call.method, call.path)
                answer = reply(errors("Internal server error", "INTERNAL_SERVER_ERROR"), 500)
            return self._dressed(call, answer)

    def _caller(self, call: Call) -> Caller:
        for fault in call.faults:
            if fault.kind == "token-expired":
                raise unauthenticated("Authentication required, not authenticated - the token is no longer valid")
            if fault.kind == "permission-lost":
                raise refuse(403, "You don't have access to this workspace", "FORBIDDEN")
        return self.access.caller_of(call.headers.get("authorization", ""))

    def _limited(self, call: Call, handler: Handler) -> Reply:
        caller: Caller = call.user
        for fault in call.faults:
            if fault.kind == "primary-limit":
                self.rates.spend_all(caller.name, "requests", fault.seconds(60), is_app=caller.is_app)
        self.rates.take(caller.name, "requests", 1, is_app=caller.is_app)
        return handler(call)

    def _dressed(self, call: Call, answer: Reply) -> Reply:
        headers = list(answer.headers)
        if isinstance(call.user, Caller):
            points = int(call.params.get("points", "0"))
            headers += self.rates.headers(call.user.name, points, is_app=call.user.is_app)
        return Reply(answer.status, answer.body, headers, answer.content_type)
