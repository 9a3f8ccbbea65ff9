"""Where a Jira is: its site, the gateway before a Cloud site, and what a site tells to strangers.

A token goes to one origin only: the site, or the gateway for the kinds of log-in
that pass it. What is asked of the site beside that is asked without a log-in: a
wrong one is refused even where none is needed, and counts towards a CAPTCHA.
"""

from typing import Any
from urllib.parse import quote

from journeysync.connector import ConnectionSettings, Traffic
from journeysync.errors import ConfigError, ConnectorError
from journeysync.http import HttpClient, HttpSettings, Request, RetryLimits
from journeysync_jira.options import JiraOptions, site_of

BY_GATEWAY = frozenset({"scoped-token", "oauth"})


class Address:
    """The addresses of one connection.

    Attributes:
        site: The configured address; links to tickets start with it.
        base_url: Where requests go: the site, or the gateway.
        cloud_id: Names a Cloud site to the gateway; empty until it is asked for, and for good without a gateway.
    """

    def __init__(self, settings: ConnectionSettings, options: JiraOptions, kind: str, traffic: Traffic) -> None:
        self.site = site_of(settings)
        self._by_gateway = kind in BY_GATEWAY
        self.base_url = options.gateway_url.rstrip("/") if self._by_gateway else self.site
        self.cloud_id = str(settings.auth.get("cloud_id") or options.cloud_id) if self._by_gateway else ""
        self._where = settings.where or settings.name
        self._options = options
        self._traffic = traffic

    @property
    def prefix(self) -> str:
        """Return what stands before ``rest/...`` in a path; the first time the site may be asked for its cloud id.

        Raises:
            ConfigError: The site does not tell it.
        """
        if not self._by_gateway:
            return ""
        if not self.cloud_id:
            self.cloud_id = str(self._ask_as_stranger("_edge/tenant_info").get("cloudId") or "")
        if not self.cloud_id:
            raise ConfigError(
                f"{self.site} does not tell its cloud id, which the gateway asks for",
                where=self._where,
                next_step="check `url` of this connection, or write the id as `options: {cloud_id: ...}`",
            )
        return f"ex/jira/{quote(self.cloud_id, safe='')}/"

    @property
    def server(self) -> str:
        """Return the address below which ``rest/...`` stands."""
        return f"{self.base_url}/{self.prefix}".rstrip("/")

    def deployment(self) -> str:
        """Return what `serverInfo` calls itself: Cloud, Server (Data Center), or empty if it does not answer."""
        return str(self._ask_as_stranger("rest/api/2/serverInfo").get("deploymentType") or "")

    def is_open_to_strangers(self, project: str) -> bool:
        """Return whether a project can be read without logging in."""
        return bool(self._ask_as_stranger(f"rest/api/2/project/{quote(project, safe='')}").get("id"))

    def _ask_as_stranger(self, path: str) -> dict[str, Any]:
        settings = HttpSettings(
            base_url=self.site,
            where=self._where,
            timeout_seconds=self._options.timeout_seconds,
            ca_file=self._options.ca_file or None,
            retry=RetryLimits(tries=1),
        )
        try:
            with HttpClient(settings, self._traffic) as stranger:
                answer = stranger.send(Request("GET", path))
        except (ConnectorError, ConfigError):
            return {}
        return answer.value if answer.ok and isinstance(answer.value, dict) else {}
