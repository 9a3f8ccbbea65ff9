"""The Jira Cloud sandbox: routes of v3 and their v2 twins, and `start_jira_cloud`, which serves them on loopback."""

import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, Self
from zoneinfo import ZoneInfo

from journeysync.sandbox.faults import Fault, FaultBox, FaultMiddleware, parse_fault
from journeysync.sandbox.inside import inside_routes
from journeysync.sandbox.jira.access import Account
from journeysync.sandbox.jira.cloud_site import GATEWAY, CloudSite
from journeysync.sandbox.jira.limits import Limits
from journeysync.sandbox.jira.load import load as load_files
from journeysync.sandbox.jira.load import load_records
from journeysync.sandbox.jira.page import PageRoutes
from journeysync.sandbox.jira.routes_bulk import BulkRoutes
from journeysync.sandbox.jira.routes_comments import CommentRoutes
from journeysync.sandbox.jira.routes_issue import IssueRoutes
from journeysync.sandbox.jira.routes_links import LinkRoutes
from journeysync.sandbox.jira.routes_properties import PropertyRoutes
from journeysync.sandbox.jira.routes_search import SearchRoutes
from journeysync.sandbox.jira.routes_site import SiteRoutes
from journeysync.sandbox.jira.site import JiraSite
from journeysync.sandbox.jira.state import JiraState
from journeysync.sandbox.journal import Journal, RequestCounters
from journeysync.sandbox.server import LocalServer, Traffic, listen
from journeysync.sandbox.wire import Handler, Route, Router, WireApp

DEFAULT_USER = "bot@sandbox.example"
DEFAULT_TOKEN = "sandbox-token"  # noqa: S105 - opens a server on loopback that forgets everything
DEFAULT_PROJECT = "DEMO"


DEFAULT_SCOPED_TOKEN = "sandbox-scoped-token"  # noqa: S105


class JiraSandbox(LocalServer):
    """A running Jira sandbox. `state` acts as a person in the site; `journal` and `requests` tell what happened."""

    def __init__(self, site: JiraSite, account: Account, counters: RequestCounters, port: int) -> None:
        faults = FaultBox()
        faults.changed = site.act_out
        wire = Traffic(
            FaultMiddleware(WireApp(site), faults=faults, error_body=site.error_body, clock=site.now),
            routes=site.routes,
            counters=counters,
        )
        super().__init__(wire, listener=listen(port), faults=faults)
        self.url += site.context_path
        self.site = site
        self.state: JiraState = site.state
        self.journal: Journal = site.state.journal
        self.requests = counters
        self.account = account
        self.user, self.token = account.user, account.token

    def expire_token(self) -> None:
        """Let the token expire now: every further request is answered with 401."""
        self.site.token_expires_at = self.state.clock()

    def start(self) -> Self:
        """Serve in a thread and return once connections are accepted."""
        return super().start()


class JiraCloudSandbox(JiraSandbox):
    """A running Cloud sandbox. `token` opens `url`; `scoped_token` and the tokens of `oauth` only `gateway_url`."""

    site: CloudSite

    def __init__(self, site: CloudSite, account: Account, counters: RequestCounters, port: int) -> None:
        super().__init__(site, account, counters, port)
        self.cloud_id = site.cloud_id
        self.gateway_url = f"{self.url}{GATEWAY}{site.cloud_id}"
        self.scoped_token = site.scoped_tokens[0].secret
        self.oauth = site.oauth
        self.oauth_token_url = f"{self.url}/oauth/token"

    def limit_scopes(self, *scopes: str) -> None:
        """Leave only these scopes to the scoped token and to access tokens from the next refresh on."""
        self.site.scoped_tokens[0].scopes = set(scopes)
        self.oauth.scopes = set(scopes)


def start_jira_cloud(
    *,
    load: Iterable[Path | str] = (),
    records: Iterable[dict[str, Any]] = (),
    faults: Iterable[str | Fault] = (),
    user: str = DEFAULT_USER,
    token: str = DEFAULT_TOKEN,
    time_zone: str = "UTC",
    port: int = 0,
    projects: Sequence[str] | None = None,
    clock: Callable[[], float] = time.time,
    limits: Limits | None = None,
    index_lag_seconds: float | tuple[float, float] = 0.0,
    seed: int = 0,
    journal_path: Path | None = None,
    scoped_token: str = DEFAULT_SCOPED_TOKEN,
    oauth_lifetime_seconds: float = 3_600.0,
) -> JiraCloudSandbox:
    """Start a Jira Cloud sandbox and return its handle; use it as a context manager, or call `stop`.

    Args:
        load: Files of recorded issues, one REST JSON object a line, gzip by name.
        records: Issues that are at hand as decoded JSON.
        faults: Misbehaviours from the start (grammar: `journeysync.sandbox.faults`).
        user: Name of the account that may call.
        token: Its API token.
        time_zone: Zone of that account's profile, in which JQL dates are read and new times are written.
        port: Port on loopback; 0 takes a free one.
        projects: Keys of empty projects to begin with; by default one `DEMO` where nothing is loaded.
        clock: Returns epoch seconds; a test may hold and advance it.
        limits: Rate limits and page sizes.
        index_lag_seconds: How long searches lag behind writes, or the range to draw it from.
        seed: Of all that is drawn.
        journal_path: Also append each write there as a JSON line.
        scoped_token: The account's API token with scopes, which opens the gateway.
        oauth_lifetime_seconds: How long an OAuth access token is good, on the site's clock.
    """
    wanted_faults = [parse_fault(fault) if isinstance(fault, str) else fault for fault in faults]
    state = JiraState(clock=clock, journal=Journal(journal_path), seed=seed)
    state.zone = ZoneInfo(time_zone)
    count = load_files(state, load) + load_records(state, records)
    for key in projects if projects is not None else (() if count else (DEFAULT_PROJECT,)):
        state.add_project(key)
    state.complete()
    state.index.lag_seconds = index_lag_seconds
    account = state.add_account(Account(user, token, "sandbox:bot", "journeysync bot", state.zone))
    site = CloudSite(
        state, account, limits=limits, scoped_token=scoped_token, oauth_lifetime_seconds=oauth_lifetime_seconds
    )
    counters = RequestCounters()
    site.routes = Router((*cloud_routes(site), *inside_routes(state.journal, counters)))
    sandbox = JiraCloudSandbox(site, account, counters, port).start()
    for fault in wanted_faults:
        sandbox.add_fault(fault)
    return sandbox


def cloud_routes(site: CloudSite) -> list[Route]:
    """Return the routes of Jira Cloud: each under v3 and, as on the real one, under v2; on the site and behind the
    gateway."""
    about = SiteRoutes(site)
    routes = [
        Route(method, f"{prefix}/rest/api/{version}{path}", handler)
        for prefix in ("", f"{GATEWAY}{{cloud}}")
        for version in ("3", "2", "latest")
        for method, path, handler in (*_site_table(about), *_issue_table(site))
    ]
    page = PageRoutes(site.state)
    return [
        *routes,
        Route("GET", "/_edge/tenant_info", site.tenant_info),
        Route("POST", "/oauth/token", site.oauth.token),
        Route("GET", "/oauth/token/accessible-resources", site.resources),
        Route("GET", "/", page.index),
        Route("GET", "/browse/{issue}", page.browse),
    ]


def _site_table(about: SiteRoutes) -> list[tuple[str, str, Handler]]:
    return [
        ("GET", "/serverInfo", about.server_info),
        ("GET", "/myself", about.myself),
        ("GET", "/mypermissions", about.permissions),
        ("GET", "/field", about.fields),
        ("GET", "/field/{field}/context", about.field_contexts),
        ("GET", "/field/{field}/context/{context}/option", about.field_options),
        ("GET", "/issuetype", about.issue_types),
        ("GET", "/priority", about.priorities),
        ("GET", "/priority/search", about.priority_search),
        ("GET", "/status", about.statuses),
        ("GET", "/resolution", about.resolutions),
        ("GET", "/issueLinkType", about.link_types),
        ("GET", "/project", about.project_list),
        ("GET", "/project/search", about.project_search),
        ("GET", "/project/{project}", about.project),
        ("GET", "/project/{project}/statuses", about.project_statuses),
    ]


def comment_table(site: JiraSite) -> list[tuple[str, str, Handler]]:
    """Return the routes of comments, the same in both flavours."""
    comments = CommentRoutes(site)
    return [
        ("GET", "/issue/{issue}/comment", comments.all),
        ("POST", "/issue/{issue}/comment", comments.post),
        ("GET", "/issue/{issue}/comment/{comment}", comments.get),
        ("PUT", "/issue/{issue}/comment/{comment}", comments.put),
        ("DELETE", "/issue/{issue}/comment/{comment}", comments.delete),
    ]


def _issue_table(site: JiraSite) -> list[tuple[str, str, Handler]]:
    issues, search, properties = IssueRoutes(site), SearchRoutes(site), PropertyRoutes(site)
    links, bulk = LinkRoutes(site), BulkRoutes(site)
    return [
        ("GET", "/search/jql", search.get),
        ("POST", "/search/jql", search.post),
        ("POST", "/search/approximate-count", search.count),
        ("GET", "/search", search.removed),
        ("POST", "/search", search.removed),
        ("POST", "/issue", issues.create),
        ("POST", "/issue/bulkfetch", issues.bulkfetch),
        ("GET", "/issue/{issue}", issues.get),
        ("PUT", "/issue/{issue}", issues.edit),
        ("DELETE", "/issue/{issue}", issues.delete),
        ("GET", "/issue/{issue}/editmeta", issues.editmeta),
        ("GET", "/issue/{issue}/changelog", issues.changelog),
        ("POST", "/issue/properties", properties.set_same),
        ("POST", "/issue/properties/multi", properties.set_different),
        ("PUT", "/issue/properties/{name}", properties.set_filtered),
        ("DELETE", "/issue/properties/{name}", properties.delete_filtered),
        ("GET", "/issue/{issue}/properties", properties.keys),
        ("GET", "/issue/{issue}/properties/{name}", properties.get),
        ("PUT", "/issue/{issue}/properties/{name}", properties.put),
        ("DELETE", "/issue/{issue}/properties/{name}", properties.delete),
        ("GET", "/task/{task}", properties.task),
        *comment_table(site),
        ("GET", "/issue/{issue}/remotelink", links.list),
        ("POST", "/issue/{issue}/remotelink", links.post),
        ("DELETE", "/issue/{issue}/remotelink", links.delete_by_global_id),
        ("GET", "/issue/{issue}/remotelink/{link}", links.get),
        ("PUT", "/issue/{issue}/remotelink/{link}", links.put),
        ("DELETE", "/issue/{issue}/remotelink/{link}", links.delete),
        ("GET", "/bulk/issues/fields", bulk.fields),
        ("POST", "/bulk/issues/fields", bulk.submit),
        ("GET", "/bulk/queue/{task}", bulk.progress),
    ]
