"""Labels over REST: those of a repository, and those of one issue."""

import re

from journeysync.sandbox.github.answers import invalid, not_found, refuse, reply
from journeysync.sandbox.github.routes_issues import MAX_LABELS, IssueRoutes, check_names, label_name
from journeysync.sandbox.github.site import GithubSite
from journeysync.sandbox.github.things import Issue, Json, Label
from journeysync.sandbox.wire import DECODE, ENCODE, Call, Reply

MAX_DESCRIPTION = 100
_COLOR = re.compile(r"[0-9a-fA-F]{6}")


class LabelRoutes:
    """Handlers of `/labels` below a repository and below an issue."""

    def __init__(self, site: GithubSite, issues: IssueRoutes) -> None:
        self._site = site
        self._state = site.state
        self._issues = issues

    # of a repository --------------------------------------------------------------------------------------------

    def list(self, call: Call) -> Reply:
        """List the labels of a repository, by name."""
        home, render = self._site.repository(call), self._site.renderer(call)
        rows = [ENCODE(render.label(home, home.labels[name])) for name in sorted(home.labels)]
        return self._site.paged(call, rows, home=home)

    def create(self, call: Call) -> Reply:
        """Make a label; 422 `already_exists` in any case of letters."""
        home, body = self._site.repository(call), self._site.body(call)
        self._site.check_push(call, home)
        name = body.get("name")
        if not isinstance(name, str) or not name.strip():
            raise invalid("Label", "name", "missing_field")
        _check(body)
        if name.lower() in home.labels:
            raise invalid("Label", "name", "already_exists")
        color, actor = body.get("color") or "", self._site.actor(call)
        made = self._state.add_label(home, name, color, body.get("description"), actor=actor)
        shape = self._site.renderer(call).label(home, made)
        return reply(shape, 201, [("Location", shape["url"])])

    def get(self, call: Call) -> Reply:
        """Return one label."""
        return reply(self._site.renderer(call).label(self._site.repository(call), self._label(call)))

    def edit(self, call: Call) -> Reply:
        """Change name (`new_name`), color or description of a label."""
        home, body, label = self._site.repository(call), self._site.body(call), self._label(call)
        self._site.check_push(call, home)
        _check(body | ({"name": body["new_name"]} if "new_name" in body else {}))
        values: Json = {name: body[name] for name in ("color", "description") if name in body}
        new_name = body.get("new_name") or body.get("name")
        if new_name:
            if home.labels.get(new_name.lower(), label) is not label:
                raise invalid("Label", "name", "already_exists")
            values["name"] = new_name
        self._state.edit_label(home, label, actor=self._site.actor(call), **values)
        return reply(self._site.renderer(call).label(home, label))

    def delete(self, call: Call) -> Reply:
        """Delete a label from the repository and all its issues."""
        home, label = self._site.repository(call), self._label(call)
        self._site.check_push(call, home)
        self._state.remove_label(home, label, actor=self._site.actor(call))
        return Reply(204)

    # of an issue ------------------------------------------------------------------------------------------------

    def of_issue(self, call: Call) -> Reply:
        """List the labels of an issue."""
        issue = self._site.issue(call)
        return self._site.paged(call, self._shown(call, issue), home=issue.repository)

    def add(self, call: Call) -> Reply:
        """Add labels to those that an issue has. The limit of 100 counts what is there and what is sent, even twice."""
        issue, names = self._issue_to_write(call), self._names(call)
        check_names(names)
        if len(issue.labels) + len(names) > MAX_LABELS:
            raise invalid("Issue", "labels", "custom", message="an issue cannot have more than 100 labels")
        self._state.add_labels(issue, *names, actor=self._site.actor(call))
        return self._all(call, issue)

    def set(self, call: Call) -> Reply:
        """Replace all labels of an issue."""
        issue = self._issue_to_write(call)
        self._issues.set_labels(call, issue, self._names(call))
        return self._all(call, issue)

    def clear(self, call: Call) -> Reply:
        """Take all labels off an issue."""
        issue = self._issue_to_write(call)
        self._issues.set_labels(call, issue, [])
        return Reply(204)

    def remove(self, call: Call) -> Reply:
        """Take one label off an issue; 404 where it does not carry it."""
        issue = self._issue_to_write(call)
        try:
            self._state.remove_labels(issue, call.params["name"], actor=self._site.actor(call))
        except KeyError:
            raise refuse(404, "Label does not exist") from None
        return self._all(call, issue)

    # inside -----------------------------------------------------------------------------------------------------

    def _issue_to_write(self, call: Call) -> Issue:
        issue = self._site.issue(call)
        self._site.check_push(call, issue.repository)
        return issue

    def _label(self, call: Call) -> Label:
        found = self._site.repository(call).labels.get(call.params["name"].lower())
        if found is None:
            raise not_found()
        return found

    def _names(self, call: Call) -> "names_of_labels":
        try:
            value = DECODE(call.body) if call.body else []
        except ValueError:
            raise refuse(400) from None
        given = value.get("labels") if isinstance(value, dict) else value
        if not isinstance(given, list):
            raise refuse(422, 'Invalid request.\n\nNo subschema in "anyOf" matched.')
        return [label_name(each) for each in given]

    def _shown(self, call: Call, issue: Issue) -> "rows_of_bytes":
        render = self._site.renderer(call)
        return [ENCODE(render.label(issue.repository, label)) for label in issue.labels]

    def _all(self, call: Call, issue: Issue) -> Reply:
        answer = reply(None)
        answer.body = b"[" + b",".join(self._shown(call, issue)) + b"]"
        return answer


# inside the class `list` is the handler of that name
names_of_labels = list[str]
rows_of_bytes = list[bytes]


def _check(body: Json) -> None:
    check_names([body["name"]] if isinstance(body.get("name"), str) else [])
    color, text = body.get("color"), body.get("description")
    if color is not None and not (isinstance(color, str) and _COLOR.fullmatch(color)):
        raise invalid("Label", "color", "invalid", value=color)
    if isinstance(text, str) and len(text) > MAX_DESCRIPTION:
        message = f"description is too long (maximum is {MAX_DESCRIPTION} characters)"
        raise invalid("Label", "description", "custom", message=message)
