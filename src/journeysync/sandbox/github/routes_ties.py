"""Sub-issues and the values of an organisation's issue fields over REST; 404 on servers that lack them."""

from typing import Any

from journeysync.sandbox.github.answers import invalid, not_found, refuse, reply
from journeysync.sandbox.github.site import GithubSite
from journeysync.sandbox.github.things import Issue, IssueField, Option
from journeysync.sandbox.wire import ENCODE, Call, Reply


class TieRoutes:
    """Handlers of `/sub_issues`, `/sub_issue`, `/parent` and `/issue-field-values` below an issue."""

    def __init__(self, site: GithubSite) -> None:
        self._site = site
        self._state = site.state

    def children(self, call: Call) -> Reply:
        """List the sub-issues of an issue."""
        issue, render = self._tied(call, "sub_issues"), self._site.renderer(call)
        seen = [child for child in issue.children if self._site.may_see(call.user, child.repository)]
        return self._site.paged(call, [render.issue_bytes(child) for child in seen], home=issue.repository)

    def parent(self, call: Call) -> Reply:
        """Return the parent of an issue; 404 where it has none."""
        issue = self._tied(call, "sub_issues")
        if issue.parent is None or not self._site.may_see(call.user, issue.parent.repository):
            raise not_found()
        return reply(self._site.renderer(call).issue(issue.parent))

    def add_child(self, call: Call) -> Reply:
        """Make an issue (by its id, not its number) a sub-issue."""
        issue, body = self._tied(call, "sub_issues"), self._site.body(call)
        self._site.check_push(call, issue.repository)
        child = self._by_id(issue, body.get("sub_issue_id"))
        if child.parent is not None and child.parent is not issue and not body.get("replace_parent"):
            raise refuse(422, errors=["Sub issue may only have one parent"])
        self._set_parent(call, child, issue)
        return reply(self._site.renderer(call).issue(issue), 201)

    def remove_child(self, call: Call) -> Reply:
        """Let a sub-issue go."""
        issue, body = self._tied(call, "sub_issues"), self._site.body(call)
        self._site.check_push(call, issue.repository)
        child = self._by_id(issue, body.get("sub_issue_id"))
        if child.parent is not issue:
            raise not_found()
        self._set_parent(call, child, None)
        return reply(self._site.renderer(call).issue(issue))

    def values(self, call: Call) -> Reply:
        """List the field values of an issue."""
        issue, render = self._tied(call, "issue_fields"), self._site.renderer(call)
        fields = self._fields(issue)
        rows = [render.field_value(fields[number], value) for number, value in issue.field_values.items()]
        return self._site.paged(call, [ENCODE(row) for row in rows], home=issue.repository)

    def add_values(self, call: Call) -> Reply:
        """Set some field values; an empty list clears all, as the real service does."""
        return self._write_values(call, replace=False)

    def set_values(self, call: Call) -> Reply:
        """Replace all field values."""
        return self._write_values(call, replace=True)

    def clear_value(self, call: Call) -> Reply:
        """Clear one field."""
        issue = self._tied(call, "issue_fields")
        self._site.check_push(call, issue.repository)
        text = call.params["field"]
        field = self._fields(issue).get(int(text) if text.isdigit() else 0)
        if field is None or field.id not in issue.field_values:
            raise not_found()
        self._state.set_field_value(issue, field, None, actor=self._site.actor(call))
        return Reply(204)

    # inside -----------------------------------------------------------------------------------------------------

    def _tied(self, call: Call, feature: str) -> Issue:
        if feature not in self._state.features:
            raise not_found()
        return self._site.issue(call)

    def _by_id(self, issue: Issue, number: Any) -> Issue:
        homes = [home for home in self._state.repositories.values() if home.owner is issue.repository.owner]
        found = next((each for home in homes for each in home.issues.values() if each.id == number), None)
        if found is None:
            raise refuse(404, "The provided sub-issue does not exist")
        return found

    def _set_parent(self, call: Call, child: Issue, parent: Issue | None) -> None:
        try:
            self._state.set_parent(child, parent, actor=self._site.actor(call))
        except ValueError as error:
            raise refuse(422, errors=[str(error)]) from None

    def _fields(self, issue: Issue) -> dict[int, IssueField]:
        return self._state.fields.get(issue.repository.owner.login.lower(), {})

    def _write_values(self, call: Call, *, replace: bool) -> Reply:
        issue, given = self._tied(call, "issue_fields"), self._site.body(call).get("issue_field_values")
        self._site.check_push(call, issue.repository)
        if not isinstance(given, list) or len(given) > 25:
            raise invalid("Issue", "issue_field_values", "invalid")
        fields, wanted = self._fields(issue), {}
        for each in given:
            field = fields.get(each.get("field_id"))
            if field is None:
                raise invalid("Issue", "issue_field_values", "invalid", value=each.get("field_id"))
            wanted[field.id] = value_for(field, each.get("value"))
        if replace or not given:
            for number in [number for number in issue.field_values if number not in wanted]:
                self._state.set_field_value(issue, fields[number], None, actor=self._site.actor(call))
        for number, value in wanted.items():
            self._state.set_field_value(issue, fields[number], value, actor=self._site.actor(call))
        return self.values(call)


def value_for(field: IssueField, value: Any) -> Any:
    """Return a value as the field keeps it; 422 for one of another kind or an unknown option."""
    if field.data_type == "single_select":
        option: Option | None = next((each for each in field.options if each.name == value), None)
        if option is None:
            raise invalid("Issue", "issue_field_values", "invalid", value=value, message="option does not exist")
        return option
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number != (field.data_type == "number") or (not is_number and not isinstance(value, str)):
        raise invalid("Issue", "issue_field_values", "invalid", value=value)
    return value
