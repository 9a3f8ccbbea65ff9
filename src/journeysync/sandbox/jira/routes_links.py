"""Endpoints of remote links. The `globalId` is the key: with the same one a link is replaced, never doubled."""

from typing import Any

from journeysync.sandbox.jira.answers import refuse
from journeysync.sandbox.jira.bodies import body_as
from journeysync.sandbox.jira.issue import Issue
from journeysync.sandbox.jira.site import JiraSite
from journeysync.sandbox.wire import Call, Reply, as_json

GLOBAL_ID_LENGTH = 255


class LinkRoutes:
    """Handlers for `/issue/{issue}/remotelink`."""

    def __init__(self, site: JiraSite) -> None:
        self._site = site
        self._state = site.state

    def list(self, call: Call) -> Reply:
        """GET: all links, or the one with a `globalId`."""
        issue = self._site.issue(call)
        if "globalId" not in call.query:
            return as_json([self._shape(call, issue, number) for number in issue.links])
        return as_json(self._shape(call, issue, self._by_global_id(issue, call.arg("globalId"))))

    def get(self, call: Call) -> Reply:
        """GET one link by number."""
        issue = self._site.issue(call)
        return as_json(self._shape(call, issue, self._number(issue, call.params["link"])))

    def post(self, call: Call) -> Reply:
        """POST: 201 for a new link, 200 where one with that `globalId` was replaced; what is left out becomes null."""
        body = _checked(body_as(dict[str, Any], call.body))
        issue = self._site.issue_to_write(call, "LINK_ISSUES")
        number, new = self._state.write_link(issue, body, self._site.actor(call))
        return as_json({"id": number, "self": self._address(call, issue, number)}, 201 if new else 200)

    def put(self, call: Call) -> Reply:
        """PUT one link by number."""
        body = _checked(body_as(dict[str, Any], call.body))
        issue = self._site.issue_to_write(call, "LINK_ISSUES")
        number = self._number(issue, call.params["link"])
        self._state.write_link(issue, body, self._site.actor(call), number)
        return Reply(204)

    def delete_by_global_id(self, call: Call) -> Reply:
        """DELETE with `?globalId=`."""
        issue = self._site.issue_to_write(call, "LINK_ISSUES")
        if "globalId" not in call.query:
            raise refuse(400, errors={"globalId": "'globalId' is required."})
        self._state.remove_link(issue, self._by_global_id(issue, call.arg("globalId")), self._site.actor(call))
        return Reply(204)

    def delete(self, call: Call) -> Reply:
        """DELETE one link by number."""
        issue = self._site.issue_to_write(call, "LINK_ISSUES")
        self._state.remove_link(issue, self._number(issue, call.params["link"]), self._site.actor(call))
        return Reply(204)

    def _shape(self, call: Call, issue: Issue, number: int) -> dict[str, Any]:
        link = issue.links[number]
        shape: dict[str, Any] = {"id": number, "self": self._address(call, issue, number), "application": {}}
        inner: dict[str, Any] = {"icon": {}, "status": {"icon": {}}}
        return shape | link | {"object": inner | link.get("object", {})}

    def _address(self, call: Call, issue: Issue, number: int) -> str:
        version = self._site.version_of(call)
        return f"{self._site.base_url(call)}/rest/api/{version}/issue/{issue.id}/remotelink/{number}"

    def _by_global_id(self, issue: Issue, global_id: str) -> int:
        for number, link in issue.links.items():
            if link.get("globalId") == global_id:
                return number
        raise refuse(404, f"The remote link with globalId '{global_id}' does not exist.")

    def _number(self, issue: Issue, text: str) -> int:
        if not text.isdigit() or int(text) not in issue.links:
            raise refuse(404, f"The remote link with id '{text}' does not exist.")
        return int(text)


def _checked(body: dict[str, Any]) -> dict[str, Any]:
    target = body.get("object")
    errors: dict[str, str] = {}
    if not isinstance(target, dict):
        raise refuse(400, errors={"object": "'object' is required."})
    for name in ("url", "title"):
        if not isinstance(target.get(name), str) or not target[name]:
            errors[name] = f"'{name}' is required."
    if "url" not in errors and "://" not in target["url"]:
        errors["url"] = "'url' is not a valid URL."
    if len(str(body.get("globalId") or "")) > GLOBAL_ID_LENGTH:
        errors["globalId"] = f"'globalId' is too long. It must be at most {GLOBAL_ID_LENGTH} characters."
    if errors:
        raise refuse(400, errors=errors)
    return body
