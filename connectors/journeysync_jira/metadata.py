"""Single calls about the site through the vendor's own SDK; for ``doctor``, never in the path of a run.

The SDK is imported when the first call is made (it takes 0.2 s). Its own
retries are off and a timeout is set, since by default it waits for ever
(reference: jira 3.10.5, ``JIRA.__init__``).
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from journeysync.connector import Traffic
from journeysync.errors import ConnectorError, Forbidden, Hidden, RateLimited, Unavailable
from journeysync.http import HttpClient, Request, http_date, plain, seconds_asked, with_next_step
from journeysync_jira.auth import Credentials
from journeysync_jira.refusals import Account, refusal_of

TIMEOUT_SECONDS = 30.0
_T = TypeVar("_T")


class SiteMetadata:
    """What the site says about itself, the account and its fields."""

    def __init__(
        self,
        site: str,
        credentials: Credentials,
        account: Account,
        traffic: Traffic,
        http: HttpClient,
        *,
        where: str,
        version: str,
    ) -> None:
        self._site = site
        self._credentials = credentials
        self._account = account
        self._traffic = traffic
        self._http = http
        self._where = where
        self._version = version
        self._sdk: Any = None

    def server_info(self) -> Mapping[str, Any]:
        """Return `serverInfo`: title, version, deployment type, the server's time."""
        return self._call("serverInfo", lambda sdk: sdk.server_info())

    def myself(self) -> Mapping[str, Any]:
        """Return the account: id, display name, time zone."""
        return self._call("myself", lambda sdk: sdk.myself())

    def fields(self) -> Sequence[Mapping[str, Any]]:
        """Return all fields of the site."""
        found: Any = self._call("field", lambda sdk: sdk.fields())
        return [field for field in found if isinstance(field, dict)] if isinstance(found, list) else []

    def permissions(self, names: Sequence[str], *, project: str | None = None) -> frozenset[str]:
        """Return which of the permissions the account has, in a project or on the site."""
        found = self._call(
            "mypermissions", lambda sdk: sdk.my_permissions(projectKey=project, permissions=",".join(names))
        )
        granted = found.get("permissions") or {}
        return frozenset(name for name, entry in granted.items() if entry.get("havePermission"))

    def editable_fields(self, issue: str) -> frozenset[str]:
        """Return the ids of the fields that the account may edit in an issue."""
        return frozenset(self._call("editmeta", lambda sdk: sdk.editmeta(issue)).get("fields") or ())

    def _call(self, name: str, ask: Callable[[Any], _T]) -> _T:
        from jira import JIRAError

        if self._traffic.gate is not None:
            self._traffic.gate()
        self._traffic.requests += 1
        self._traffic.reads += 1
        try:
            return ask(self._client())
        except JIRAError as error:
            raise self._ours(name, error) from error
        except (OSError, ValueError) as error:  # requests' errors are OSErrors; a page instead of JSON is a ValueError
            raise Unavailable(
                f"{self._site} cannot be reached or does not answer as Jira: {self._http.say(str(error))}",
                where=self._where,
                next_step="check `url`, the network and, for a certificate error, the certificates of this machine",
            ) from error

    def _client(self) -> Any:
        if self._sdk is None:
            from jira import JIRA

            self._sdk = JIRA(
                server=self._site,
                options={"rest_api_version": self._version, "verify": True},
                **self._credentials.for_sdk(),
                get_server_info=False,
                max_retries=0,
                timeout=TIMEOUT_SECONDS,
                logging=False,
            )
        return self._sdk

    def _ours(self, name: str, error: Any) -> ConnectorError:
        status = int(error.status_code or 0)
        headers = {key.lower(): value for key, value in getattr(error.response, "headers", {}).items()}
        body: bytes = getattr(error.response, "content", b"") or b""
        verdict = self._account.verdict(Request("GET", name), status, headers, body)
        words = self._http.say(refusal_of(error.text).words)
        if verdict is None and status == 403:
            verdict = Forbidden(
                f"Jira does not allow this account to read {name}: {words}",
                next_step="ask a Jira administrator to give the account access to this site",
                status=403,
            )
        if verdict is None and status == 404:
            verdict = Hidden(f"Jira shows no {name} here: {words}", status=404)
        verdict = verdict or Unavailable(f"Jira refuses to tell its {name}: {plain(words)}", status=status)
        verdict.where = verdict.where or self._where
        if isinstance(verdict, RateLimited):
            asked = seconds_asked(headers, http_date(headers.get("date", "")) or datetime.now(UTC))
            verdict.retry_after_seconds = asked or 60.0
        return with_next_step(verdict)

    def close(self) -> None:
        """Let go of the SDK's sockets."""
        if self._sdk is not None:
            self._sdk.close()
            self._sdk = None
