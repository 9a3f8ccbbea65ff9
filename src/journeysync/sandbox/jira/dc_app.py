"""The Jira Data Center sandbox: the routes of REST v2 under a context path, and `start_jira_dc`, which serves them."""

import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from journeysync.sandbox.faults import Fault, parse_fault
from journeysync.sandbox.inside import inside_routes
from journeysync.sandbox.jira.access import ServerAccount
from journeysync.sandbox.jira.app import DEFAULT_PROJECT, DEFAULT_TOKEN, JiraSandbox, comment_table
from journeysync.sandbox.jira.dc_routes import DcSearchRoutes, DcSiteRoutes
from journeysync.sandbox.jira.dc_site import DcSite
from journeysync.sandbox.jira.limits import ServerLimits
from journeysync.sandbox.jira.load import load as load_files
from journeysync.sandbox.jira.load import load_records
from journeysync.sandbox.jira.page import PageRoutes
from journeysync.sandbox.jira.routes_issue import IssueRoutes
from journeysync.sandbox.jira.routes_links import LinkRoutes
from journeysync.sandbox.jira.routes_properties import PropertyRoutes
from journeysync.sandbox.jira.state import JiraState
from journeysync.sandbox.journal import Journal, RequestCounters
from journeysync.sandbox.wire import Handler, Route, Router

DEFAULT_NAME = "bot"
DEFAULT_PASSWORD = "sandbox-password"  # noqa: S105 - opens a server on loopback that forgets everything


class JiraDcSandbox(JiraSandbox):
    """A running Data Center sandbox; `token` is a personal access token, `user` and `password` are for Basic."""

    site: DcSite

    def __init__(self, site: DcSite, account: ServerAccount, counters: RequestCounters, port: int) -> None:
        super().__init__(site, account, counters, port)
        self.password = account.password

    def expire_token(self) -> None:
        """Let all personal access tokens expire now; the password goes on."""
        for token in self.site.tokens:
            token.expires_at = self.state.clock()


def start_jira_dc(
    *,
    context_path: str = "",
    load: Iterable[Path | str] = (),
    records: Iterable[dict[str, Any]] = (),
    faults: Iterable[str | Fault] = (),
    user: str = DEFAULT_NAME,
    password: str = DEFAULT_PASSWORD,
    token: str = DEFAULT_TOKEN,
    token_expires_at: float | None = None,
    time_zone: str = "UTC",
    port: int = 0,
    projects: Sequence[str] | None = None,
    clock: Callable[[], float] = time.time,
    limits: ServerLimits | None = None,
    index_lag_seconds: float | tuple[float, float] = 0.0,
    seed: int = 0,
    journal_path: Path | None = None,
) -> JiraDcSandbox:
    """Start a Jira Data Center sandbox and return its handle; what is not told here is as in `start_jira_cloud`.

    Args:
        context_path: Where the site lives on its host, such as `/jira`; `url` of the handle contains it.
        load: Files of recorded issues.
        records: Issues that are at hand as decoded JSON.
        faults: Misbehaviours from the start.
        user: Name of the account that may call.
        password: Its password, for Basic.
        token: Its personal access token, for Bearer.
        token_expires_at: When that token ends, in epoch seconds; None = never.
        time_zone: Zone of the account's profile.
        port: Port on loopback; 0 takes a free one.
        projects: Keys of empty projects to begin with.
        clock: Returns epoch seconds.
        limits: Rows of a search answer, and the rate limit, which is off at first.
        index_lag_seconds: How long searches lag behind writes, or the range to draw it from.
        seed: Of all that is drawn.
        journal_path: Also append each write there as a JSON line.
    """
    wanted_faults = [parse_fault(fault) if isinstance(fault, str) else fault for fault in faults]
    state = JiraState(clock=clock, journal=Journal(journal_path), seed=seed, server=True)
    state.zone = ZoneInfo(time_zone)
    count = load_files(state, load) + load_records(state, records)
    for key in projects if projects is not None else (() if count else (DEFAULT_PROJECT,)):
        state.add_project(key)
    state.complete()
    state.index.lag_seconds = index_lag_seconds
    account = ServerAccount(user, token, user, "journeysync bot", state.zone, password=password, key="JIRAUSER10100")
    state.add_account(account)
    trimmed = context_path.strip("/")
    site = DcSite(state, limits=limits, context_path=f"/{trimmed}" if trimmed else "")
    site.add_token(account, token, expires_at=token_expires_at)
    counters = RequestCounters()
    site.routes = Router((*dc_routes(site), *inside_routes(state.journal, counters)))
    sandbox = JiraDcSandbox(site, account, counters, port)
    sandbox.start()
    for fault in wanted_faults:
        sandbox.add_fault(fault)
    return sandbox


def dc_routes(site: DcSite) -> list[Route]:
    """Return the routes of Jira Data Center: v2 alone, the token list, the issues of an epic, the pages."""
    about, search, page = DcSiteRoutes(site), DcSearchRoutes(site), PageRoutes(site.state, site.context_path)
    prefix = site.context_path
    routes = [
        Route(method, f"{prefix}/rest/api/{version}{path}", handler)
        for version in ("2", "latest")
        for method, path, handler in (*_site_table(about), *_issue_table(site, search))
    ]
    routes += [Route("GET", f"{prefix}/rest/pat/{version}/tokens", about.tokens) for version in ("latest", "1.0")]
    return [
        *routes,
        Route("GET", f"{prefix}/rest/agile/1.0/epic/{{issue}}/issue", search.epic_issues),
        Route("POST", f"{prefix}/rest/agile/1.0/epic/{{issue}}/issue", search.join_epic),
        Route("GET", f"{prefix}/rest/applinks/latest/listApplicationlinks", about.application_links),
        Route("GET", prefix or "/", page.index),
        Route("GET", f"{prefix}/browse/{{issue}}", page.browse),
    ]


def _site_table(about: DcSiteRoutes) -> list[tuple[str, str, Handler]]:
    return [
        ("GET", "/serverInfo", about.server_info),
        ("GET", "/myself", about.myself),
        ("GET", "/mypermissions", about.permissions),
        ("GET", "/field", about.fields),
        ("GET", "/customFields/{field}/options", about.options),
        ("GET", "/issuetype", about.issue_types),
        ("GET", "/priority", about.priorities),
        ("GET", "/status", about.statuses),
        ("GET", "/resolution", about.resolutions),
        ("GET", "/issueLinkType", about.link_types),
        ("GET", "/project", about.project_list),
        ("GET", "/project/{project}", about.project),
        ("GET", "/project/{project}/statuses", about.project_statuses),
    ]


def _issue_table(site: DcSite, search: DcSearchRoutes) -> list[tuple[str, str, Handler]]:
    issues, properties, links = IssueRoutes(site), PropertyRoutes(site), LinkRoutes(site)
    return [
        ("GET", "/search", search.get),
        ("POST", "/search", search.post),
        ("POST", "/issue", issues.create),
        ("GET", "/issue/{issue}", issues.get),
        ("PUT", "/issue/{issue}", issues.edit),
        ("DELETE", "/issue/{issue}", issues.delete),
        ("GET", "/issue/{issue}/editmeta", issues.editmeta),
        ("GET", "/issue/{issue}/properties", properties.keys),
        ("GET", "/issue/{issue}/properties/{name}", properties.get),
        ("PUT", "/issue/{issue}/properties/{name}", properties.put),
        ("DELETE", "/issue/{issue}/properties/{name}", properties.delete),
        *comment_table(site),
        ("GET", "/issue/{issue}/remotelink", links.list),
        ("POST", "/issue/{issue}/remotelink", links.post),
        ("DELETE", "/issue/{issue}/remotelink", links.delete_by_global_id),
        ("GET", "/issue/{issue}/remotelink/{link}", links.get),
        ("PUT", "/issue/{issue}/remotelink/{link}", links.put),
        ("DELETE", "/issue/{issue}/remotelink/{link}", links.delete),
    ]
