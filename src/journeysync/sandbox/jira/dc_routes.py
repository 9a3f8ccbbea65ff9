"""Endpoints that Jira Data Center has in its own shape: the site's metadata, search by offset, tokens, epics."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from journeysync.sandbox.jira.access import GLOBAL_PERMISSIONS, PROJECT_PERMISSIONS
from journeysync.sandbox.jira.answers import refuse, whole_number
from journeysync.sandbox.jira.bodies import body_as
from journeysync.sandbox.jira.catalog import Json
from journeysync.sandbox.jira.dc_site import DcSite
from journeysync.sandbox.jira.issue import Issue, stamp
from journeysync.sandbox.jira.render import selection
from journeysync.sandbox.jira.routes_search import SearchRoutes
from journeysync.sandbox.jira.routes_site import SiteRoutes
from journeysync.sandbox.wire import ENCODE, Call, Refused, Reply, as_json

VERSION = (10, 3, 24)
DEFAULT_ROWS = 50
MOST_EPIC_MOVES = 50


class DcSearchBody(msgspec.Struct, rename="camel"):
    """POST /search; a GET is read into the same shape. There is no `properties` here."""

    jql: str | None = None
    start_at: int = 0
    max_results: int = DEFAULT_ROWS
    validate_query: bool = True
    fields: list[str] | None = None
    expand: list[str] | None = None


_SEARCH_KEYS = frozenset({"jql", "startAt", "maxResults", "validateQuery", "fields", "expand"})


class DcSiteRoutes(SiteRoutes):
    """Handlers for everything that is not about issues."""

    def __init__(self, site: DcSite) -> None:
        super().__init__(site)
        self._dc = site

    def server_info(self, call: Call) -> Reply:
        """GET /serverInfo; open to everybody."""
        return as_json(
            {
                "baseUrl": self._dc.base_url(call),
                "version": ".".join(str(part) for part in VERSION),
                "versionNumbers": list(VERSION),
                "deploymentType": "Server",
                "buildNumber": 10_030_024,
                "buildDate": "2026-09-01T00:00:00.000+0000",
                "databaseBuildNumber": 10_030_024,
                "serverTime": stamp(self._state.clock(), UTC),
                "scmInfo": "sandbox",
                "serverTitle": "Jira (journeysync sandbox)",
            }
        )

    def myself(self, call: Call) -> Reply:
        """GET /myself: the caller, with the time zone that JQL dates are read in."""
        address = f"{self._dc.base_url(call)}/rest/api/2/user?username={call.user.user}"
        empty = {"size": 0, "items": []}
        shape = {"self": address, **call.user.shape(), "groups": empty, "applicationRoles": empty}
        return as_json({**shape, "expand": "groups,applicationRoles"})

    def permissions(self, call: Call) -> Reply:
        """GET /mypermissions: all of them, on the site, or in a project or an issue's project."""
        where = self._where(call)
        names = sorted(PROJECT_PERMISSIONS | GLOBAL_PERMISSIONS)
        held = {
            name: {
                "id": str(100 + number),
                "key": name,
                "name": name.replace("_", " ").capitalize(),
                "type": "PROJECT" if name in PROJECT_PERMISSIONS else "GLOBAL",
                "description": "",
                "havePermission": call.user.may(name, where),
            }
            for number, name in enumerate(names)
        }
        return as_json({"permissions": held})

    def fields(self, _call: Call) -> Reply:
        """GET /field: all of them."""
        shapes = (spec.shape() for spec in self._state.fields.values())
        return as_json([{name: value for name, value in shape.items() if name != "key"} for shape in shapes])

    def options(self, call: Call) -> Reply:
        """GET /customFields/{field}/options; the field goes by its number."""
        spec = self._custom(f"customfield_{call.params['field'].removeprefix('customfield_')}")
        options = [{**each, "id": int(each["id"]), "disabled": False, "childrenIds": []} for each in spec.options]
        return as_json({"total": len(options), "options": options})

    def application_links(self, _call: Call) -> Reply:
        """GET /rest/applinks/latest/listApplicationlinks: none; the `jira` package asks before each remote link."""
        return as_json({"list": []})

    def tokens(self, call: Call) -> Reply:
        """GET /rest/pat/latest/tokens: the caller's own tokens, without their secrets."""
        mine = [token for token in self._dc.tokens if token.account.user == call.user.user]
        shown: list[Json] = []
        for token in mine:
            times = {
                "createdAt": token.created_at,
                "expiringAt": token.expires_at,
                "lastAccessedAt": token.last_used_at,
            }
            written = {name: _iso(at) for name, at in times.items() if at is not None}
            shown.append({"id": token.id, "name": token.name, **written})
        return as_json(shown)


class DcSearchRoutes(SearchRoutes):
    """Handlers for `/search` by offset, and for the issues of an epic."""

    def __init__(self, site: DcSite) -> None:
        super().__init__(site)
        self._dc = site

    def get(self, call: Call) -> Reply:
        """GET /search; parameters that it does not know are ignored."""
        return self._answer(call, self._asked(call))

    def post(self, call: Call) -> Reply:
        """POST /search; a key that it does not know is refused."""
        unknown = sorted(set(body_as(dict[str, Any], call.body)) - _SEARCH_KEYS)
        if unknown:
            kind = "com.atlassian.jira.rest.v2.search.SearchRequestBean"
            raise refuse(400, f'Unrecognized field "{unknown[0]}" (Class {kind}), not marked as ignorable')
        return self._answer(call, body_as(DcSearchBody, call.body))

    def epic_issues(self, call: Call) -> Reply:
        """GET /rest/agile/1.0/epic/{issue}/issue: the issues whose Epic Link is that epic."""
        epic = self._dc.issue(call)
        asked = self._asked(call)
        more = f" AND ({asked.jql})" if asked.jql else ""
        asked.jql = f"cf[{self._state.epic_link.partition('_')[2]}] = {epic.key}{more}"
        return self._answer(call, asked)

    def join_epic(self, call: Call) -> Reply:
        """POST /rest/agile/1.0/epic/{issue}/issue: move at most 50 issues to an epic; all or none."""
        epic = self._dc.issue(call)
        keys = [str(key) for key in (body_as(dict[str, Any], call.body).get("issues") or ())]
        if not self._state.is_epic(epic):
            raise refuse(404, "The requested epic does not exist or you do not have permission to see it.")
        if len(keys) > MOST_EPIC_MOVES:
            raise refuse(400, f"No more than {MOST_EPIC_MOVES} issues can be moved in one operation.")
        issues = [self._dc.issue(call, key) for key in keys]
        for issue in issues:
            if not call.user.may("EDIT_ISSUES", issue.facts.project_key):
                raise refuse(403, "You do not have permission to edit issues in this project.")
        for issue in issues:
            self._state.write_fields(issue, {self._state.epic_link: ENCODE(epic.key)}, self._dc.actor(call))
        return Reply(204)

    def _asked(self, call: Call) -> DcSearchBody:
        return DcSearchBody(
            jql=call.arg("jql"),
            start_at=whole_number(call.arg("startAt", "0") or "0"),
            max_results=whole_number(call.arg("maxResults", str(DEFAULT_ROWS)) or str(DEFAULT_ROWS)),
            validate_query=call.arg("validateQuery", "true").lower() not in ("false", "none", "warn"),
            fields=call.many("fields"),
            expand=call.many("expand"),
        )

    def _answer(self, call: Call, asked: DcSearchBody) -> Reply:
        cap = self._dc.dc_limits.rows
        size = cap if asked.max_results < 0 else min(asked.max_results, cap)
        start = max(asked.start_at, 0)
        warnings: list[str] = []
        try:
            rows = self._rows(call, asked.jql or "", (), now=self._state.clock(), archived=False)
        except Refused as refused:
            if asked.validate_query or refused.reply.status != 400:
                raise
            rows, warnings = [], list(msgspec.json.decode(refused.reply.body)["errorMessages"])
        page = [issue for _, issue in rows[start : start + size]]
        return self._offset_page(
            call, page, asked, {"startAt": start, "maxResults": size, "total": len(rows)}, warnings
        )

    def _offset_page(
        self, call: Call, issues: Sequence[Issue], asked: DcSearchBody, place: dict[str, int], warnings: list[str]
    ) -> Reply:
        renderer = self._dc.renderer(call)
        wanted = selection(asked.fields or [], default="*navigable")
        expand = [name.strip() for each in asked.expand or () for name in each.split(",")]
        inner = [each for each in expand if each not in ("names", "schema")]
        head = ENCODE({"expand": "schema,names", **place})[:-1]
        body = head + b',"issues":[' + b",".join(renderer.issue(each, wanted, expand=inner) for each in issues) + b"]"
        if warnings:
            body += b',"warningMessages":' + ENCODE(warnings)
        if {"names", "schema"} & set(expand):
            shown = list(dict.fromkeys(name for issue in issues for name in renderer.names_shown(issue, wanted)))
            body += b',"names":' + ENCODE(renderer.names_of(shown)) if "names" in expand else b""
            body += b',"schema":' + ENCODE(renderer.schema_of(shown)) if "schema" in expand else b""
        return Reply(200, body + b"}")


def _iso(at: float) -> str:
    return datetime.fromtimestamp(at, tz=UTC).isoformat(timespec="milliseconds")
