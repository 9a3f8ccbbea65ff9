"""Endpoints of comments: documents in v3, wiki markup in v2; who wrote one may change it, others with the right to."""

from typing import Any

from journeysync.sandbox.jira import adf
from journeysync.sandbox.jira.answers import refuse, whole_number
from journeysync.sandbox.jira.bodies import body_as
from journeysync.sandbox.jira.edit import TEXT_LENGTH
from journeysync.sandbox.jira.issue import Issue
from journeysync.sandbox.jira.site import JiraSite
from journeysync.sandbox.wire import DECODE, Call, Reply, as_json

MOST_ROWS = 100


class CommentRoutes:
    """Handlers for `/issue/{issue}/comment`."""

    def __init__(self, site: JiraSite) -> None:
        self._site = site
        self._state = site.state

    def all(self, call: Call) -> Reply:
        """GET all comments, by startAt; oldest first unless `orderBy=-created`."""
        comments = self._shown(call, self._site.issue(call))
        if call.arg("orderBy", "created").startswith("-"):
            comments = comments[::-1]
        start = whole_number(call.arg("startAt", "0"))
        most = min(whole_number(call.arg("maxResults", str(MOST_ROWS))), MOST_ROWS)
        rows = comments[start : start + most]
        return as_json({"startAt": start, "maxResults": most, "total": len(comments), "comments": rows})

    def get(self, call: Call) -> Reply:
        """GET one comment."""
        return as_json(self._one(call, self._site.issue(call)))

    def post(self, call: Call) -> Reply:
        """POST a comment; nobody can write one without mails."""
        body = self._checked(call)
        issue = self._site.issue_to_write(call, "ADD_COMMENTS")
        made = self._state.write_comment(issue, body, self._site.actor(call, notify=True))
        return as_json(self._one(call, issue, made), 201)

    def put(self, call: Call) -> Reply:
        """PUT a comment of one's own, or of others with the right to administer the project."""
        body = self._checked(call)
        issue = self._site.issue_to_write(call, "ADD_COMMENTS")
        number = self._own(call, issue)
        notify = self._site.notifies(call, issue.key.rpartition("-")[0])
        self._state.write_comment(issue, body, self._site.actor(call, notify=notify), number)
        return as_json(self._one(call, issue, number))

    def delete(self, call: Call) -> Reply:
        """DELETE a comment."""
        issue = self._site.issue_to_write(call, "ADD_COMMENTS")
        self._state.remove_comment(issue, self._own(call, issue), self._site.actor(call))
        return Reply(204)

    def _shown(self, call: Call, issue: Issue) -> list[dict[str, Any]]:
        shown: list[dict[str, Any]] = DECODE(self._site.renderer(call).value(issue, "comment"))["comments"]
        version = self._site.version_of(call)
        address = f"{self._site.base_url(call)}/rest/api/{version}/issue/{issue.id}/comment"
        return [{**each, "self": f"{address}/{each['id']}"} for each in shown]

    def _one(self, call: Call, issue: Issue, number: str = "") -> dict[str, Any]:
        wanted = number or call.params["comment"]
        found = next((each for each in self._shown(call, issue) if each["id"] == wanted), None)
        if found is None:
            raise refuse(404, f"Can not find a comment for the id: {wanted}.")
        return found

    def _own(self, call: Call, issue: Issue) -> str:
        comment = self._one(call, issue)
        author = comment.get("author") or {}
        is_own = str(author.get("accountId") or author.get("name")) in (call.user.account_id, call.user.user)
        home = issue.key.rpartition("-")[0]
        if not is_own and not (call.user.may("ADMINISTER_PROJECTS", home) or call.user.may("ADMINISTER")):
            raise refuse(403, "You do not have the permission to edit this comment.")
        return str(comment["id"])

    def _checked(self, call: Call) -> Any:
        body = body_as(dict[str, Any], call.body).get("body")
        if self._site.version_of(call) == "3":
            if not adf.is_document(body):
                raise refuse(400, errors={"comment": "Comment body is not valid!"})
            text = adf.plain_text(body)
        else:
            text = body if isinstance(body, str) else ""
        if not text.strip():
            raise refuse(400, errors={"comment": "Comment body can not be empty!"})
        if len(text) > TEXT_LENGTH:
            says = f"The entered text is too long. It exceeds the allowed limit of {TEXT_LENGTH:,} characters."
            raise refuse(400, errors={"comment": says})
        return body
