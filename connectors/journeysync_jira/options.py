"""What a person may set for a Jira connection: how to log in, what is in scope, how patient to be."""

import re
from dataclasses import dataclass

from journeysync.connector import ConnectionSettings, option, read_options, unknown_key
from journeysync.errors import ConfigError

_ORDER_BY = re.compile(r"\border\s+by\b", re.IGNORECASE)
_PROJECT_CLAUSE = re.compile(
    r"\bproject\s*(?:=\s*(?P<one>\"[^\"]+\"|'[^']+'|[\w-]+)|in\s*\((?P<many>[^)]*)\))", re.IGNORECASE
)
_LOOSENING = re.compile(r"\b(or|not)\b|[|!]", re.IGNORECASE)
_QUOTED = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'")


@dataclass(frozen=True)
class JiraOptions:
    """The connector's own keys under a connection, with defaults that work.

    Attributes:
        overlap_minutes: How far before the last change an incremental read begins again; at least 5, since search lags.
        page_size: Ids to ask for in one search.
        in_flight: The most requests at one time.
        timeout_seconds: For connecting, and for each silence inside an answer.
        longest_wait_seconds: A server that asks for a longer pause ends the run cleanly.
        total_wait_seconds: All pauses of one run together.
        estimate_field: Id of the field that holds estimates; empty = none are read.
        bulk: Whether bulk edits may be used where they save requests.
        ca_file: Certificates to trust, for a site with its own authority.
        flavour: "cloud" or "data-center"; empty = the kind of log-in says it.
        receipts: Data Center only: "marked" reads the receipts of tickets that show a label or field of ours, "all"
            those of all tickets, at a request each.
        cloud_id: Of a Cloud site behind the gateway; empty = the site is asked once.
        gateway_url: Where Cloud's gateway is, for scoped tokens and OAuth.
        oauth_url: Where OAuth access tokens are renewed.
    """

    overlap_minutes: int = option(10, at_least=5, why="Jira's search lags behind, so at least 5 are needed")
    page_size: int = option(5_000, at_least=1)
    in_flight: int = option(12, at_least=1)
    timeout_seconds: float = 30.0
    longest_wait_seconds: float = 120.0
    total_wait_seconds: float = 600.0
    estimate_field: str = ""
    bulk: bool = True
    ca_file: str = ""
    flavour: str = ""
    receipts: str = option("marked", one_of=("marked", "all"))
    cloud_id: str = ""
    gateway_url: str = "https://api.atlassian.com"
    oauth_url: str = "https://auth.atlassian.com/oauth/token"


@dataclass(frozen=True)
class Scope:
    """What of a site is ours to read: projects by key, or a JQL of the team's own."""

    projects: tuple[str, ...] = ()
    jql: str = ""

    @property
    def clause(self) -> str:
        """Return the JQL that bounds every search, without an order."""
        if self.jql:
            return self.jql
        return f"project in ({', '.join(quoted(key) for key in self.projects)})"

    @property
    def bounding_projects(self) -> tuple[str, ...]:
        """Return the projects that every ticket in scope is in; empty where a JQL does not say so plainly.

        A JQL says it with one ``project = X`` or ``project in (X, Y)`` that nothing takes back.
        """
        if self.projects:
            return self.projects
        found = _PROJECT_CLAUSE.search(self.jql)
        if found is None or _LOOSENING.search(_QUOTED.sub("", self.jql)):
            return ()
        named = (found["one"] or found["many"]).split(",")
        return tuple(dict.fromkeys(name.strip().strip("\"'") for name in named))

    def holds_project(self, key: str) -> bool:
        """Return whether a project stands in the scope by name."""
        return key.upper() in {project.upper() for project in self.projects}


def quoted(text: str) -> str:
    """Return a JQL string."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def options_of(settings: ConnectionSettings) -> JiraOptions:
    """Return the options of a connection.

    Raises:
        ConfigError: An unknown key, a value of the wrong kind, or one beyond its limits.
    """
    return read_options(settings, JiraOptions, tracker="Jira")


def scope_of(settings: ConnectionSettings) -> Scope:
    """Return the scope of a connection.

    Raises:
        ConfigError: Neither or both of `projects` and `jql`, or a JQL that cannot be joined with a time.
    """
    for name in settings.scope:
        if name not in ("projects", "jql"):
            raise unknown_key(name, ("projects", "jql"), settings, what="scope", tracker="Jira")
    projects, jql = settings.scope.get("projects"), settings.scope.get("jql")
    if bool(projects) == bool(jql):
        raise ConfigError(
            f"connection '{settings.name}' needs a scope: either `projects` or `jql`",
            where=settings.where,
            next_step="write for example `scope: {projects: [BILL]}`",
        )
    if projects:
        keys = (projects,) if isinstance(projects, str) else tuple(str(key).strip() for key in projects)
        return Scope(projects=tuple(dict.fromkeys(keys)))
    if _ORDER_BY.search(_QUOTED.sub("", str(jql))):
        raise ConfigError(
            "the scope's jql has an ORDER BY; the order is ours to say",
            where=settings.where,
            next_step="leave ORDER BY and what follows it out",
        )
    return Scope(jql=f"({str(jql).strip()})")


def site_of(settings: ConnectionSettings) -> str:
    """Return the configured address without a slash at the end; a context path stays."""
    return settings.url.strip().rstrip("/")
