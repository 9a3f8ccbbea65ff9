"""The GitHub sandbox: its table of routes, and `start_github`, which serves them on loopback."""

import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, Self

from journeysync.sandbox.faults import Fault, FaultBox, FaultMiddleware, parse_fault
from journeysync.sandbox.github.access import INSTALLATION, Access, AppKey, public_key_of
from journeysync.sandbox.github.answers import error_body
from journeysync.sandbox.github.books import FEATURES
from journeysync.sandbox.github.limits import GithubLimits, fault_headers
from journeysync.sandbox.github.load import load as load_files
from journeysync.sandbox.github.load import load_records
from journeysync.sandbox.github.page import ISSUE_PAGE, PageRoutes, is_page
from journeysync.sandbox.github.routes_comments import CommentRoutes
from journeysync.sandbox.github.routes_issues import IssueRoutes
from journeysync.sandbox.github.routes_labels import LabelRoutes
from journeysync.sandbox.github.routes_site import SiteRoutes
from journeysync.sandbox.github.routes_ties import TieRoutes
from journeysync.sandbox.github.site import GithubSite
from journeysync.sandbox.github.state import GithubState
from journeysync.sandbox.inside import inside_routes
from journeysync.sandbox.journal import Journal, RequestCounters
from journeysync.sandbox.server import LocalServer, Traffic, listen
from journeysync.sandbox.wire import Call, Handler, Reply, Route, Router, WireApp

DEFAULT_LOGIN = "journeysync-bot"
DEFAULT_GITHUB_TOKEN = "ghp_sandbox-token"  # noqa: S105 - opens a server on loopback that forgets everything
DEFAULT_REPOSITORY = "solvane/demo"
Table = list[tuple[str, str, Handler]]


class GithubSandbox(LocalServer):
    """A running GitHub sandbox. `state` acts as a person on the site; `journal` and `requests` tell what happened.

    `url` is the base of REST (on an Enterprise Server it ends in `/api/v3`), `graphql_url` that of GraphQL, `web_url`
    the site's own address.
    """

    def __init__(self, site: GithubSite, counters: RequestCounters, port: int) -> None:
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
        self.graphql_url = self.url + site.graphql_path
        self.url += site.prefix
        self.site = site
        self.state: GithubState = site.state
        self.journal: Journal = site.state.journal
        self.requests = counters
        self.limits = site.limits
        self.login, self.token = site.access.login, site.access.token
        self.installation_id = INSTALLATION

    def load(self, *records: dict[str, Any]) -> int:
        """Load records into the running site; an issue that is there already becomes as recorded."""
        with self.state.lock:
            return load_records(self.state, records)

    def expire_token(self) -> None:
        """Let the token and all installation tokens end now: further requests are answered with 401."""
        self.site.access.expires_at = self.state.clock()
        self.site.access.expire_installation_tokens()

    def start(self) -> Self:
        """Serve in a thread and return once connections are accepted."""
        return super().start()


def start_github(
    *,
    load: Iterable[Path | str] = (),
    records: Iterable[dict[str, Any]] = (),
    repositories: Iterable[str | tuple[str, str]] | None = None,
    faults: Iterable[str | Fault] = (),
    user: str = DEFAULT_LOGIN,
    token: str = DEFAULT_GITHUB_TOKEN,
    app: tuple[int, str] | None = None,
    enterprise: bool = False,
    features: Iterable[str] | None = None,
    port: int = 0,
    clock: Callable[[], float] = time.time,
    limits: GithubLimits | None = None,
    schema: Path | str | None = None,
    seed: int = 0,
    journal_path: Path | None = None,
) -> GithubSandbox:
    """Start a GitHub sandbox and return its handle; use it as a context manager, or call `stop`.

    Args:
        load: Files of recorded issues and comments, one REST JSON object a line, gzip by name.
        records: Issues and comments that are at hand as decoded JSON.
        repositories: Repositories to begin with, `owner/name` (private) or (`owner/name`, `public`); by default one
            where nothing is loaded. Those that only records name are public.
        faults: Misbehaviours from the start (grammar: `journeysync.sandbox.faults`).
        user: Login of the account that may call.
        token: Its token.
        app: Id and private key (PEM) of a GitHub App that is installed on all repositories.
        enterprise: Serve as an Enterprise Server: under `/api/v3` and `/api/graphql`, limits off.
        features: Which of `sub_issues`, `issue_types`, `issue_fields`, `projects` there are; by default all on
            github.com and `projects` on an Enterprise Server.
        port: Port on loopback; 0 takes a free one.
        clock: Returns epoch seconds; a test may hold and advance it.
        limits: Rate limits and page sizes.
        schema: File of GitHub's GraphQL schema (SDL, gzip by name); by default the sandbox's own part of it.
        seed: Taken so that all sandboxes start alike; nothing is drawn here.
        journal_path: Also append each write there as a JSON line.

    Raises:
        ValueError: a record, fault, feature or repository name that cannot be taken.
    """
    del seed
    wanted_faults = [parse_fault(fault) if isinstance(fault, str) else fault for fault in faults]
    state = GithubState(clock=clock, journal=Journal(journal_path))
    state.features = _checked(features if features is not None else (("projects",) if enterprise else FEATURES))
    for each in repositories or ():
        name, visibility = (each, "private") if isinstance(each, str) else each
        state.add_repository(name, visibility)
    count = load_files(state, load) + load_records(state, records)
    if not count and repositories is None:
        state.add_repository(DEFAULT_REPOSITORY)
    state.user(user)
    key = AppKey(app[0], public_key_of(app[1])) if app else None
    if key:
        state.user(f"{key.slug}[bot]", "Bot")
    access = Access(user, token, clock, key)
    site = GithubSite(
        state, access, limits or (GithubLimits.off() if enterprise else GithubLimits()), enterprise=enterprise
    )
    counters = RequestCounters()
    site.routes = Router((*github_routes(site, schema), *inside_routes(state.journal, counters)))
    sandbox = GithubSandbox(site, counters, port).start()
    for fault in wanted_faults:
        sandbox.add_fault(fault)
    return sandbox


def github_routes(site: GithubSite, schema: Path | str | None = None) -> list[Route]:
    """Return the routes of a site: each of a repository by its name and by its number, as on the real one."""
    homes = ("/repos/{owner}/{repo}", "/repositories/{repository_id}")
    below = [(method, home + path, handler) for method, path, handler in _repository_table(site) for home in homes]
    rest = [Route(method, site.prefix + path, handler) for method, path, handler in (*_site_table(site), *below)]

    def graphql(call: Call) -> Reply:
        from journeysync.sandbox.github.graphql import GraphqlRoute  # at the first call: REST needs none of it

        return GraphqlRoute(site, schema).post(call)

    pages, about = PageRoutes(site.state), SiteRoutes(site)

    def root(call: Call) -> Reply:
        return pages.index(call) if is_page(call) or site.prefix else about.root(call)

    look = [Route("GET", "/", root), Route("GET", ISSUE_PAGE, pages.browse)]
    return [*rest, *look, Route("POST", site.graphql_path, graphql)]


def _site_table(site: GithubSite) -> Table:
    about, issues = SiteRoutes(site), IssueRoutes(site)
    return [
        ("GET", "/", about.root),  # at an Enterprise Server's API; at github.com the page's route answers it
        ("GET", "/user", about.me),
        ("GET", "/user/repos", about.of_user),
        ("GET", "/users/{login}", about.user),
        ("GET", "/rate_limit", about.rate_limit),
        ("GET", "/meta", about.meta),
        ("GET", "/orgs/{org}", about.organization),
        ("GET", "/orgs/{org}/repos", about.of_organization),
        ("GET", "/orgs/{org}/issue-types", about.types),
        ("GET", "/orgs/{org}/issue-fields", about.fields),
        ("GET", "/orgs/{org}/installation", about.installation),
        ("GET", "/installation/repositories", about.of_installation),
        ("GET", "/app", about.app),
        ("GET", "/app/installations", about.installations),
        ("GET", "/app/installations/{installation}", about.installation),
        ("POST", "/app/installations/{installation}/access_tokens", about.access_token),
        ("GET", "/search/issues", issues.search),
    ]


def _repository_table(site: GithubSite) -> Table:
    about, issues, comments, ties = SiteRoutes(site), IssueRoutes(site), CommentRoutes(site), TieRoutes(site)
    labels = LabelRoutes(site, issues)
    return [
        ("GET", "", about.repository),
        ("GET", "/installation", about.installation),
        ("GET", "/issue-types", about.repository_types),
        ("GET", "/issues", issues.list),
        ("POST", "/issues", issues.create),
        ("GET", "/issues/{number}", issues.get),
        ("PATCH", "/issues/{number}", issues.edit),
        ("GET", "/issues/{number}/events", issues.events),
        ("GET", "/labels", labels.list),
        ("POST", "/labels", labels.create),
        ("GET", "/labels/{name}", labels.get),
        ("PATCH", "/labels/{name}", labels.edit),
        ("DELETE", "/labels/{name}", labels.delete),
        ("GET", "/issues/{number}/labels", labels.of_issue),
        ("POST", "/issues/{number}/labels", labels.add),
        ("PUT", "/issues/{number}/labels", labels.set),
        ("DELETE", "/issues/{number}/labels", labels.clear),
        ("DELETE", "/issues/{number}/labels/{name}", labels.remove),
        ("GET", "/issues/comments", comments.of_repository),
        ("GET", "/issues/comments/{comment}", comments.get),
        ("PATCH", "/issues/comments/{comment}", comments.edit),
        ("DELETE", "/issues/comments/{comment}", comments.delete),
        ("GET", "/issues/{number}/comments", comments.of_issue),
        ("POST", "/issues/{number}/comments", comments.create),
        ("GET", "/milestones", comments.milestones),
        ("GET", "/milestones/{number}", comments.milestone),
        ("GET", "/issues/{number}/sub_issues", ties.children),
        ("POST", "/issues/{number}/sub_issues", ties.add_child),
        ("DELETE", "/issues/{number}/sub_issue", ties.remove_child),
        ("GET", "/issues/{number}/parent", ties.parent),
        ("GET", "/issues/{number}/issue-field-values", ties.values),
        ("POST", "/issues/{number}/issue-field-values", ties.add_values),
        ("PUT", "/issues/{number}/issue-field-values", ties.set_values),
        ("DELETE", "/issues/{number}/issue-field-values/{field}", ties.clear_value),
    ]


def _checked(features: Iterable[str]) -> set[str]:
    wanted = set(features)
    if unknown := wanted - FEATURES:
        raise ValueError(f"unknown feature '{sorted(unknown)[0]}'; there are: {', '.join(sorted(FEATURES))}")
    return wanted
