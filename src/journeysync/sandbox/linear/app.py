"""The Linear sandbox: its routes, and `start_linear`, which serves them on loopback."""

import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Self

from journeysync.sandbox.faults import Fault, FaultBox, FaultMiddleware, parse_fault
from journeysync.sandbox.inside import inside_routes
from journeysync.sandbox.journal import Journal, RequestCounters
from journeysync.sandbox.linear.access import Access
from journeysync.sandbox.linear.answers import error_body
from journeysync.sandbox.linear.limits import LinearLimits, fault_headers
from journeysync.sandbox.linear.load import load as load_files
from journeysync.sandbox.linear.load import load_records
from journeysync.sandbox.linear.page import PageRoutes
from journeysync.sandbox.linear.site import LinearSite
from journeysync.sandbox.linear.state import LinearState
from journeysync.sandbox.linear.things import Issue, Json, slug
from journeysync.sandbox.linear.webhook import concerns, issue_event, signed_headers
from journeysync.sandbox.server import LocalServer, Traffic, listen
from journeysync.sandbox.wire import Call, Reply, Route, Router, WireApp

DEFAULT_LINEAR_USER = "journeysync-bot"
DEFAULT_LINEAR_KEY = "lin_sandbox-key"
DEFAULT_LINEAR_TOKEN = "lin_sandbox-oauth"  # noqa: S105 - opens a server on loopback that forgets everything
DEFAULT_TEAM = "DEMO"


class LinearSandbox(LocalServer):
    """A running Linear sandbox. `state` acts as a person; `journal` and `requests` tell what happened.

    `url` is the GraphQL address, `web_url` the base of the site.
    """

    def __init__(self, site: LinearSite, counters: RequestCounters, port: int) -> None:
        faults = FaultBox()
        wire = Traffic(
            FaultMiddleware(
                WireApp(site), faults=faults, error_body=error_body, clock=site.now, limit_headers=fault_headers
            ),
            routes=site.routes,
            counters=counters,
        )
        super().__init__(wire, listener=listen(port), faults=faults)
        self.web_url = self.url
        self.url += "/graphql"
        self.site = site
        self.state: LinearState = site.state
        self.journal: Journal = site.state.journal
        self.requests = counters
        self.limits = site.limits
        self.user, self.key, self.token = site.access.name, site.access.key, site.access.token

    def load(self, *records: Json) -> int:
        """Load records into the running site; an object that is there already becomes as recorded."""
        with self.state.lock:
            return load_records(self.state, records)

    def expire_token(self) -> None:
        """Let key and token end now: further requests are answered with 401."""
        self.site.access.expires_at = self.state.clock()

    def deliveries(
        self, issue: Issue | str, action: str = "update", *, updated_from: Json | None = None
    ) -> Iterator[tuple[str, dict[str, str], bytes]]:
        """Yield (url, headers, body) of what the webhooks that stand would hear of an issue now, signed."""
        found, at = self.state.issue(issue), self.state.clock()
        address = f"{self.web_url}/{self.state.url_key}/issue/{found.identifier}/{slug(found.title)}"
        for hook in self.state.webhooks.values():
            if concerns(hook, found):
                body = issue_event(
                    found,
                    address,
                    action=action,
                    at=at,
                    organization=self.state.organization_id,
                    updated_from=updated_from,
                )
                yield hook.url, signed_headers(hook.secret, body, event="Issue", at=at), body

    def start(self) -> Self:
        """Serve in a thread and return once connections are accepted."""
        return super().start()


def start_linear(
    *,
    load: Iterable[Path | str] = (),
    records: Iterable[dict[str, Any]] = (),
    teams: Iterable[str] | None = None,
    faults: Iterable[str | Fault] = (),
    user: str = DEFAULT_LINEAR_USER,
    key: str = DEFAULT_LINEAR_KEY,
    token: str = DEFAULT_LINEAR_TOKEN,
    admin: bool = False,
    port: int = 0,
    clock: Callable[[], float] = time.time,
    limits: LinearLimits | None = None,
    schema: Path | str | None = None,
    url_key: str = "solvane",
    journal_path: Path | None = None,
) -> LinearSandbox:
    """Start a Linear sandbox and return its handle; use it as a context manager, or call `stop`.

    Args:
        load: Files of recorded objects, one JSON object a line, gzip by name.
        records: Objects that are at hand as decoded JSON.
        teams: Keys of empty teams to begin with; by default one where nothing is loaded.
        faults: Misbehaviours from the start (grammar: `journeysync.sandbox.faults`).
        user: Name of the account that may call.
        key: Its API key, sent without `Bearer`.
        token: OAuth token of an app, sent with `Bearer`.
        admin: Whether the account is an admin (webhooks, deleting for good).
        port: Port on loopback; 0 takes a free one.
        clock: Returns epoch seconds; a test may hold and advance it.
        limits: Limits and page sizes.
        schema: File of Linear's GraphQL schema (SDL, gzip by name); by default the sandbox's own part of it.
        url_key: Of the workspace, as it stands in addresses.
        journal_path: Also append each write there as a JSON line.

    Raises:
        ValueError: a record or fault that cannot be taken.
    """
    wanted_faults = [parse_fault(fault) if isinstance(fault, str) else fault for fault in faults]
    state = LinearState(clock=clock, journal=Journal(journal_path), url_key=url_key)
    count = load_files(state, load) + load_records(state, records)
    for name in teams if teams is not None else (() if count else (DEFAULT_TEAM,)):
        state.add_team(name)
    state.user(user, admin=admin)
    state.user(f"{user} (app)", app=True)
    site = LinearSite(state, Access(user, key, token, clock), limits or LinearLimits())
    counters = RequestCounters()
    site.routes = Router((*linear_routes(site, schema), *inside_routes(state.journal, counters)))
    sandbox = LinearSandbox(site, counters, port).start()
    for fault in wanted_faults:
        sandbox.add_fault(fault)
    return sandbox


def linear_routes(site: LinearSite, schema: Path | str | None = None) -> list[Route]:
    """Return the routes of a site: GraphQL, and pages to look at."""

    def graphql(call: Call) -> Reply:
        from journeysync.sandbox.linear.graphql import GraphqlRoute  # at the first call: starting needs none of it

        return GraphqlRoute(site, schema).post(call)

    pages = PageRoutes(site.state)
    issue = "/{workspace}/issue/{key}"
    return [
        Route("POST", "/graphql", graphql),
        Route("GET", "/", pages.index),
        Route("GET", issue, pages.browse),
        Route("GET", f"{issue}/{{slug}}", pages.browse),
    ]
