"""Endpoints about the site itself: who am I, what may I do, fields, projects, types, statuses, priorities."""

from collections.abc import Sequence
from datetime import UTC
from typing import Any

from journeysync.sandbox.jira.access import GLOBAL_PERMISSIONS, PROJECT_PERMISSIONS
from journeysync.sandbox.jira.answers import refuse, whole_number
from journeysync.sandbox.jira.catalog import FieldSpec, Json, Project
from journeysync.sandbox.jira.issue import stamp
from journeysync.sandbox.jira.site import JiraSite
from journeysync.sandbox.wire import Call, Reply, as_json


class SiteRoutes:
    """Handlers for everything that is not about issues."""

    def __init__(self, site: JiraSite) -> None:
        self._site = site
        self._state = site.state

    def server_info(self, call: Call) -> Reply:
        """GET /serverInfo; open to everybody."""
        base_url = self._site.base_url(call).partition("/ex/")[0]  # the site's own address, also behind the gateway
        now = stamp(self._state.clock(), UTC)
        return as_json(
            {
                "baseUrl": base_url,
                "displayUrl": base_url,
                "version": "1001.0.0-SNAPSHOT",
                "versionNumbers": [1001, 0, 0],
                "deploymentType": "Cloud",
                "buildNumber": 100_290,
                "buildDate": "2026-09-01T00:00:00.000+0000",
                "serverTime": now,
                "scmInfo": "sandbox",
                "serverTitle": "Jira (journeysync sandbox)",
                "serverTimeZone": "Etc/UTC",
            }
        )

    def myself(self, call: Call) -> Reply:
        """GET /myself: the caller, with the time zone that JQL dates are read in."""
        address = f"{self._site.base_url(call)}/rest/api/3/user?accountId={call.user.account_id}"
        empty = {"size": 0, "items": []}
        return as_json(
            {
                "self": address,
                **call.user.shape(),
                "locale": "en_US",
                "groups": empty,
                "applicationRoles": empty,
                "expand": "groups,applicationRoles",
            }
        )

    def permissions(self, call: Call) -> Reply:
        """GET /mypermissions?permissions=...: on the site, or in a project or an issue's project."""
        asked = call.many("permissions")
        if not asked:
            raise refuse(400, "The 'permissions' query parameter is required.")
        unknown = [name for name in asked if name not in PROJECT_PERMISSIONS | GLOBAL_PERMISSIONS]
        if unknown:
            raise refuse(400, f"Unrecognized permission: {', '.join(unknown)}")
        where = self._where(call)
        held = {
            name: {
                "id": str(100 + number),
                "key": name,
                "name": name.replace("_", " ").capitalize(),
                "type": "PROJECT" if name in PROJECT_PERMISSIONS else "GLOBAL",
                "description": "",
                "havePermission": call.user.may(name, where),
            }
            for number, name in enumerate(asked)
        }
        return as_json({"permissions": held})

    def fields(self, _call: Call) -> Reply:
        """GET /field: all of them."""
        return as_json([spec.shape() for spec in self._state.fields.values()])

    def field_contexts(self, call: Call) -> Reply:
        """GET /field/{field}/context: one context for all projects."""
        spec = self._custom(call.params["field"])
        context = {"id": str(spec.schema["customId"]), "name": f"Default context for {spec.name}", "description": ""}
        return self._paged(call, [{**context, "isGlobalContext": True, "isAnyIssueType": True}])

    def field_options(self, call: Call) -> Reply:
        """GET /field/{field}/context/{context}/option."""
        spec = self._custom(call.params["field"])
        return self._paged(call, [{**option, "disabled": False} for option in spec.options])

    def issue_types(self, call: Call) -> Reply:
        """GET /issuetype."""
        return as_json(self._with_self(call, "issuetype", self._state.issue_types.values()))

    def priorities(self, call: Call) -> Reply:
        """GET /priority: all in a list."""
        return as_json(self._with_self(call, "priority", self._state.priorities.values()))

    def priority_search(self, call: Call) -> Reply:
        """GET /priority/search: by page."""
        return self._paged(call, self._with_self(call, "priority", self._state.priorities.values()))

    def statuses(self, call: Call) -> Reply:
        """GET /status."""
        return as_json(self._with_self(call, "status", self._state.statuses.values()))

    def resolutions(self, call: Call) -> Reply:
        """GET /resolution."""
        return as_json(self._with_self(call, "resolution", self._state.resolutions.values()))

    def project_list(self, call: Call) -> Reply:
        """GET /project: all that the caller may browse."""
        return as_json([self._project(call, project) for project in self._visible(call)])

    def project_search(self, call: Call) -> Reply:
        """GET /project/search: by page; `keys`, `id` and `query` narrow it."""
        keys = {key.upper() for key in call.many("keys")} | set(call.many("id"))
        text = call.arg("query").lower()
        found = [
            self._project(call, project)
            for project in self._visible(call)
            if (not keys or project.key.upper() in keys or project.id in keys)
            and (not text or text in project.key.lower() or text in project.name.lower())
        ]
        return self._paged(call, found)

    def project(self, call: Call) -> Reply:
        """GET /project/{project}: with its types."""
        project = self._project_of(call)
        types = self._with_self(call, "issuetype", self._state.issue_types.values())
        return as_json({**self._project(call, project), "issueTypes": types, "components": [], "versions": []})

    def project_statuses(self, call: Call) -> Reply:
        """GET /project/{project}/statuses: for each type."""
        self._project_of(call)
        statuses = self._with_self(call, "status", self._state.statuses.values())
        types = self._with_self(call, "issuetype", self._state.issue_types.values())
        shown = ("self", "id", "name", "subtask")
        return as_json([{name: each[name] for name in shown} | {"statuses": statuses} for each in types])

    def link_types(self, _call: Call) -> Reply:
        """GET /issueLinkType."""
        return as_json({"issueLinkTypes": []})

    def _where(self, call: Call) -> str:
        key, issue = call.arg("projectKey") or call.arg("projectId"), call.arg("issueKey") or call.arg("issueId")
        if not key and issue:
            return self._site.issue(call, issue).facts.project_key
        return self._find_project(call, key).key if key else ""

    def _visible(self, call: Call) -> list[Project]:
        projects = self._state.projects.values()
        return [each for each in projects if call.user.may("BROWSE_PROJECTS", each.key) and not each.archived]

    def _project_of(self, call: Call) -> Project:
        return self._find_project(call, call.params["project"])

    def _find_project(self, call: Call, key: str) -> Project:
        try:
            project = self._state.project(key)
        except KeyError:
            raise refuse(404, f"No project could be found with key '{key}'.") from None
        if not call.user.may("BROWSE_PROJECTS", project.key):
            raise refuse(404, f"No project could be found with key '{key}'.")
        return project

    def _project(self, call: Call, project: Project) -> Json:
        address = f"{self._site.base_url(call)}/rest/api/{self._site.version_of(call)}/project/{project.id}"
        return {"simplified": False, "style": "classic", "isPrivate": False, **project.shape, "self": address}

    def _custom(self, field: str) -> FieldSpec:
        spec = self._state.fields.get(field)
        if spec is None or not spec.custom:
            raise refuse(404, "The custom field was not found.")
        return spec

    def _with_self(self, call: Call, kind: str, shapes: Any) -> list[Json]:
        address = f"{self._site.base_url(call)}/rest/api/{self._site.version_of(call)}/{kind}/"
        return [{"self": address + str(each["id"]), **each} for each in shapes]

    def _paged(self, call: Call, values: Sequence[Json]) -> Reply:
        start, most = whole_number(call.arg("startAt", "0")), min(whole_number(call.arg("maxResults", "50")), 100)
        page = {"startAt": start, "maxResults": most, "total": len(values), "isLast": start + most >= len(values)}
        address = f"{self._site.address_of(call)}?startAt={start}&maxResults={most}"
        return as_json({"self": address, **page, "values": values[start : start + most]})
