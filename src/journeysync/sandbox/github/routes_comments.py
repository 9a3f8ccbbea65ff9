"""Comments and milestones over REST."""

from journeysync.sandbox.github.answers import invalid, not_found, refuse, reply
from journeysync.sandbox.github.routes_issues import MAX_BODY, since_of
from journeysync.sandbox.github.site import GithubSite
from journeysync.sandbox.github.things import Comment, Issue, Milestone
from journeysync.sandbox.wire import ENCODE, Call, Reply


class CommentRoutes:
    """Handlers of `/issues/{number}/comments`, `/issues/comments` and `/milestones`."""

    def __init__(self, site: GithubSite) -> None:
        self._site = site
        self._state = site.state

    def of_issue(self, call: Call) -> Reply:
        """List the comments of an issue, oldest first, from `since` on."""
        issue = self._site.issue(call)
        return self._listed(call, [(issue, each) for each in issue.comments])

    def of_repository(self, call: Call) -> Reply:
        """List the comments of all issues of a repository."""
        home = self._site.repository(call)
        rows = [(issue, each) for issue in home.issues.values() for each in issue.comments]
        field = call.arg("sort", "created")
        rows.sort(key=lambda row: (row[1].updated_at if field == "updated" else row[1].created_at, row[1].id))
        if call.arg("direction", "asc") == "desc":
            rows.reverse()
        return self._listed(call, rows)

    def create(self, call: Call) -> Reply:
        """Write a comment; who may read may comment, except where the issue is locked."""
        issue, text = self._site.issue(call), self._text(call)
        if call.user.is_anonymous:
            raise refuse(401, "Requires authentication")
        if issue.repository.archived:
            raise refuse(403, "Repository was archived so is read-only.")
        if issue.locked and not self._site.may_push(call.user, issue.repository):
            raise refuse(403, "Unable to create comment because issue is locked.")
        made = self._state.comment(issue, text, actor=self._site.actor(call))
        shape = self._site.renderer(call).comment(issue, made)
        return reply(shape, 201, [("Location", shape["url"])])

    def get(self, call: Call) -> Reply:
        """Return one comment."""
        return reply(self._site.renderer(call).comment(*self._found(call)))

    def edit(self, call: Call) -> Reply:
        """Change the text of a comment."""
        issue, comment = self._found(call)
        text = self._text(call)
        self._check_own(call, issue, comment)
        self._state.edit_comment(comment.id, text, actor=self._site.actor(call))
        return reply(self._site.renderer(call).comment(issue, comment))

    def delete(self, call: Call) -> Reply:
        """Delete a comment."""
        issue, comment = self._found(call)
        self._check_own(call, issue, comment)
        self._state.delete_comment(comment.id, actor=self._site.actor(call))
        return Reply(204)

    def milestones(self, call: Call) -> Reply:
        """List milestones: open ones, unless `state` says otherwise."""
        home, render, state = self._site.repository(call), self._site.renderer(call), call.arg("state", "open")
        rows = [each for each in home.milestones.values() if state in ("all", each.state)]
        return self._site.paged(call, [ENCODE(render.milestone(home, each)) for each in rows], home=home)

    def milestone(self, call: Call) -> Reply:
        """Return one milestone."""
        home = self._site.repository(call)
        found: Milestone | None = home.milestones.get(_number(call.params["number"]))
        if found is None:
            raise not_found()
        return reply(self._site.renderer(call).milestone(home, found))

    # inside -----------------------------------------------------------------------------------------------------

    def _listed(self, call: Call, rows: list[tuple[Issue, Comment]]) -> Reply:
        render, since = self._site.renderer(call), since_of(call)
        shown = [ENCODE(render.comment(*row)) for row in rows if row[1].updated_at >= since]
        return self._site.paged(call, shown)

    def _found(self, call: Call) -> tuple[Issue, Comment]:
        home = self._site.repository(call)
        found = self._state.comments.get(_number(call.params["comment"]))
        if found is None or found[0].repository is not home:
            raise not_found()
        return found

    def _check_own(self, call: Call, issue: Issue, comment: Comment) -> None:
        is_own = comment.user is not None and comment.user.login == call.user.login
        if not is_own or issue.repository.archived:
            self._site.check_push(call, issue.repository)

    def _text(self, call: Call) -> str:
        text = self._site.body(call).get("body")
        if not isinstance(text, str) or not text.strip():
            raise invalid("IssueComment", "body", "missing_field")
        if len(text) > MAX_BODY:
            message = f"body is too long (maximum is {MAX_BODY} characters)"
            raise invalid("IssueComment", "body", "custom", message=message)
        return text


def _number(text: str) -> int:
    return int(text) if text.isdigit() else 0
