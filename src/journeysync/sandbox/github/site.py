"""What surrounds every call to a GitHub site: who calls, limits, conditional requests, redirects, headers."""

import hashlib
import itertools
import logging
from collections.abc import Sequence
from urllib.parse import urlencode

from journeysync.sandbox.faults import Fault
from journeysync.sandbox.github.access import Access, Caller
from journeysync.sandbox.github.answers import moved, not_found, refuse, reply, secondary_limit
from journeysync.sandbox.github.books import Actor
from journeysync.sandbox.github.limits import GithubLimits, RateCounter
from journeysync.sandbox.github.page import is_page
from journeysync.sandbox.github.render import Renderer
from journeysync.sandbox.github.state import GithubState
from journeysync.sandbox.github.things import Issue, Json, Repository
from journeysync.sandbox.wire import DECODE, Call, Handler, Refused, Reply, Router, Site

API_VERSION = "2022-11-28"
_LOG = logging.getLogger(__name__)
_FREE = ("/rate_limit",)


class GithubSite(Site):
    """One GitHub behind the wire: github.com, or with ``prefix`` `/api/v3` an Enterprise Server."""

    def __init__(self, state: GithubState, access: Access, limits: GithubLimits, *, enterprise: bool = False) -> None:
        self.state = state
        self.access = access
        self.limits = limits
        self.rates = RateCounter(limits, state.clock)
        self.enterprise = enterprise
        self.prefix = "/api/v3" if enterprise else ""
        self.graphql_path = "/api/graphql" if enterprise else "/graphql"
        self.routes = Router(())
        self._request_ids = itertools.count(1)
        self._renderers: dict[str, Renderer] = {}

    def now(self) -> float:
        """Return the site's own time."""
        return self.state.clock()

    def answer(self, call: Call, handler: Handler | None, _allowed: tuple[str, ...]) -> Reply:
        """Answer one call under the lock of the state; a wrong method is a 404, as on the real site."""
        rate: list[tuple[str, str]] = []
        with self.state.lock:
            try:
                if call.path.startswith("/_sandbox/") or is_page(call):
                    return handler(call) if handler else not_found().reply
                call.user = self._caller(call)
                answer = self._limited(call, handler)
            except Refused as refused:
                answer = refused.reply
            except Exception:  # noqa: BLE001 - a server answers, whatever happened; the log says what
                _LOG.exception("%s %s", call.method, call.path)
                answer = reply({"message": "Server Error"}, 500)
            if isinstance(call.user, Caller):
                rate = self.rates.headers(call.user.login, self._resource(call))
            return self._dressed(call, answer, rate)

    # for handlers -----------------------------------------------------------------------------------------------

    def base_url(self, call: Call) -> str:
        """Return the base of the REST addresses as the caller reached it."""
        return f"http://{call.headers.get('host', '127.0.0.1')}{self.prefix}"

    def renderer(self, call: Call) -> Renderer:
        """Return what turns things into JSON for this call."""
        base = self.base_url(call)
        if base not in self._renderers:
            self._renderers[base] = Renderer(base, base.removesuffix(self.prefix or "\0"), self.state.features)
        return self._renderers[base]

    def actor(self, call: Call) -> Actor:
        """Return the caller as the author of a write."""
        caller: Caller = call.user
        return Actor(caller.login, call.number, call.method, call.path, caller.kind == "installation")

    def body(self, call: Call) -> Json:
        """Return the JSON object that was sent; 400 where there is none."""
        try:
            value = DECODE(call.body) if call.body else {}
        except ValueError:
            raise refuse(400) from None
        if not isinstance(value, dict):
            raise refuse(400, "Body should be a JSON object")
        return value

    def may_see(self, caller: Caller, repository: Repository) -> bool:
        """Say whether a caller may read a repository."""
        if caller.is_anonymous:
            return repository.is_public
        return not self.state.is_hidden(repository)

    def may_push(self, caller: Caller, repository: Repository) -> bool:
        """Say whether a caller may write to a repository."""
        return caller.kind in ("user", "installation") and repository.id not in self.state.read_only

    def repository(self, call: Call) -> Repository:
        """Return the repository that a path names, if the caller may see it; 301 or 307 for an old name."""
        state = self.state
        if "repository_id" in call.params:
            number = call.params["repository_id"]
            found = state.repositories.get(int(number)) if number.isdigit() else None
            if found is None or not self.may_see(call.user, found):
                raise not_found()
            return found
        name = f"{call.params['owner']}/{call.params['repo']}"
        number_of = state.names.get(name.lower())
        if number_of is None or not self.may_see(call.user, state.repositories[number_of]):
            raise not_found()
        found = state.repositories[number_of]
        if found.full_name.lower() != name.lower():
            rest = call.path.removeprefix(self.prefix).split("/", 4)[4:]
            raise self._moved(call, found, "".join(f"/{part}" for part in rest))
        return found

    def issue(self, call: Call) -> Issue:
        """Return the issue that a path names: 410 when deleted, 301 when transferred, 404 when there is none."""
        home = self.repository(call)
        if not home.has_issues:
            raise refuse(410, "Issues are disabled for this repo")
        text = call.params["number"]
        number = int(text) if text.isdigit() else 0
        found = home.issues.get(number)
        if found is not None:
            return found
        if number in home.deleted:
            raise refuse(410)
        gone = home.moved.get(number)
        if gone is not None and self.may_see(call.user, gone.repository):
            if gone.number in gone.repository.deleted:
                raise refuse(410)
            rest = call.path.partition(f"/issues/{number}")[2]
            raise self._moved(call, gone.repository, f"/issues/{gone.number}{rest}")
        raise not_found()

    def check_push(self, call: Call, repository: Repository) -> None:
        """Refuse a write to a repository that the caller may only read, or that is archived."""
        if call.user.is_anonymous:
            raise refuse(401, "Requires authentication")
        if repository.archived:
            raise refuse(403, "Repository was archived so is read-only.")
        if not self.may_push(call.user, repository):
            whom = "integration" if call.user.kind == "installation" else "personal access token"
            raise refuse(403, f"Resource not accessible by {whom}")

    def paged(self, call: Call, rows: Sequence[bytes], *, home: Repository | None = None) -> Reply:
        """Return one page of rows that are JSON already, with the Link header that leads to the others."""
        size, page = self.page_of(call)
        body = b"[" + b",".join(rows[(page - 1) * size : page * size]) + b"]"
        answer = reply(None)
        answer.body = body
        answer.headers = self.links(call, len(rows), home=home)
        return answer

    def page_of(self, call: Call) -> tuple[int, int]:
        """Return (rows a page, page number from 1)."""
        size = _number(call.arg("per_page"), 30)
        return max(1, min(size or 30, self.limits.rows)), max(1, _number(call.arg("page"), 1))

    def links(self, call: Call, total: int, *, home: Repository | None = None) -> list[tuple[str, str]]:
        """Return the Link header for a list of so many rows; none where one page holds all."""
        size, page = self.page_of(call)
        last = max(1, -(-total // size))
        wanted = []
        if page > 1:
            wanted += [("prev", min(page - 1, last)), ("first", 1)]
        if page < last:
            wanted += [("next", page + 1), ("last", last)]
        if not wanted:
            return []
        path = call.path.removeprefix(self.prefix)
        if home is not None and path.startswith("/repos/"):
            path = f"/repositories/{home.id}" + "".join(f"/{part}" for part in path.split("/", 4)[4:])
        kept = [(name, value) for name, values in call.query.items() for value in values if name != "page"]
        order = ("prev", "next", "last", "first")
        parts = [
            f'<{self.base_url(call)}{path}?{urlencode([*kept, ("page", number)])}>; rel="{rel}"'
            for rel, number in sorted(wanted, key=lambda each: order.index(each[0]))
        ]
        return [("Link", ", ".join(parts))]

    def act_out(self, faults: Sequence[Fault]) -> None:
        """Take up the faults that the site acts out for a time: there are none, all are acted out call by call."""

    def graphql_failure(self, message: str, type_: str = "") -> Json:
        """Return a GraphQL answer without data."""
        return {"errors": [({"type": type_} if type_ else {}) | {"message": message}]}

    # inside -----------------------------------------------------------------------------------------------------

    def _caller(self, call: Call) -> Caller:
        if not call.headers.get("user-agent"):
            raise refuse(
                403, "Request forbidden by administrative rules. Please make sure your request has a User-Agent"
            )
        caller = self.access.caller_of(call.headers.get("authorization", ""))
        is_token_call = call.path.endswith("/access_tokens") or call.template.startswith(f"{self.prefix}/app")
        if caller.kind == "app" and not is_token_call:
            raise refuse(401, "A JSON web token could not be decoded")
        for fault in call.faults:
            if fault.kind == "token-expired":
                raise refuse(401)
            if fault.kind == "permission-lost":
                whom = "integration" if caller.kind == "installation" else "personal access token"
                raise refuse(403, f"Resource not accessible by {whom}")
        return caller

    def _resource(self, call: Call) -> str:
        if call.path == self.graphql_path:
            return "graphql"
        return "search" if call.path.startswith(f"{self.prefix}/search/") else "core"

    def _limited(self, call: Call, handler: Handler | None) -> Reply:
        login, resource, is_graphql = call.user.login, self._resource(call), call.path == self.graphql_path
        is_free = call.path.removeprefix(self.prefix) in _FREE
        for fault in call.faults:
            if fault.kind == "primary-limit":
                self.rates.spend_all(login, resource, fault.seconds(60))
            if fault.kind == "secondary-limit":
                wait = fault.options.get("retry-after", "60")
                status = int(fault.options.get("status", self.limits.secondary_status))
                raise secondary_limit(status, None if wait == "none" else int(wait))
        if not is_graphql and not is_free:
            if self.rates.is_spent(login, resource):
                raise self.rates.refusal(login)
            self.rates.secondary(login, graphql=False, is_write=call.method not in ("GET", "HEAD"))
        try:
            answer = handler(call) if handler else not_found().reply
        except Refused as refused:
            answer = refused.reply
        if answer.status == 200 and call.method in ("GET", "HEAD") and not is_graphql and not is_free:
            answer = _conditional(call, answer)
        if answer.status != 304 and not is_graphql and not is_free:
            self.rates.take(login, resource)
        return answer

    def _dressed(self, call: Call, answer: Reply, rate: list[tuple[str, str]]) -> Reply:
        headers = [*answer.headers, *rate, ("X-GitHub-Request-Id", f"5A4D:{next(self._request_ids):08X}")]
        headers += [
            ("X-GitHub-Media-Type", "github.v3; format=json"),
            ("x-github-api-version-selected", call.headers.get("x-github-api-version", API_VERSION)),
        ]
        if self.enterprise:
            headers.append(("X-GitHub-Enterprise-Version", "3.19.1"))
        elif isinstance(call.user, Caller) and call.user.kind == "user":
            scopes = ", ".join(sorted(self.state.scopes))
            headers += [("X-OAuth-Scopes", scopes), ("X-Accepted-OAuth-Scopes", "repo")]
        return Reply(answer.status, answer.body, headers, answer.content_type)

    def _moved(self, call: Call, home: Repository, rest: str) -> Refused:
        query = urlencode([(name, value) for name, values in call.query.items() for value in values])
        location = f"{self.base_url(call)}/repositories/{home.id}{rest}" + (f"?{query}" if query else "")
        refused = moved(location)
        if call.method not in ("GET", "HEAD"):
            refused.reply.status = 307  # keeps method and body, unlike 301
        return refused


def _conditional(call: Call, answer: Reply) -> Reply:
    tag = f'W/"{hashlib.sha256(answer.body).hexdigest()}"'
    headers = [*answer.headers, ("ETag", tag), ("Cache-Control", "private, max-age=60, s-maxage=60")]
    asked = [each.strip().removeprefix("W/") for each in call.headers.get("if-none-match", "").split(",")]
    if tag.removeprefix("W/") in asked:
        return Reply(304, b"", headers, answer.content_type)
    return Reply(answer.status, answer.body, headers, answer.content_type)


def _number(text: str, default: int) -> int:
    return int(text) if text.isdigit() else default
