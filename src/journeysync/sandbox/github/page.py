"""What the users of this GitHub would see of an issue (frame and rules: `sandbox.page`)."""

from collections.abc import Sequence
from datetime import datetime
from html import escape
from typing import Any
from urllib.parse import quote

from journeysync.sandbox.github.answers import not_found
from journeysync.sandbox.github.state import GithubState
from journeysync.sandbox.github.things import Issue, Option, Repository
from journeysync.sandbox.page import NONE, ROWS, Frame, Tab, details, hidden, items, table
from journeysync.sandbox.page_markdown import COMMENT, markdown_html
from journeysync.sandbox.wire import Call, Reply

ISSUE_PAGE = "/{owner}/{repo}/issues/{number}"


def is_page(call: Call) -> bool:
    """Return whether a call is a browser's that looks at a page, and no client's of the API."""
    return call.template == ISSUE_PAGE or (call.path == "/" and "text/html" in call.headers.get("accept", ""))


class PageRoutes:
    """Handlers for `/`, as browsers ask for it, and for an issue's own address. They show private repositories too."""

    def __init__(self, state: GithubState) -> None:
        self._state = state
        self._frame = Frame("GitHub", "G", "", lambda: state.clock())

    def index(self, call: Call) -> Reply:
        """GET /: the issues that changed last; `project` (a repository), `label` and `page` choose among them."""
        project, label = call.arg("project"), call.arg("label")
        homes = list(self._state.repositories.values())
        chosen = [
            issue
            for home in homes
            if not project or home.full_name == project
            for issue in _issues(home)
            if not label or any(each.name == label for each in issue.labels)
        ]
        chosen.sort(key=lambda issue: (issue.updated_at, issue.number), reverse=True)
        tabs = [Tab(home.full_name, f"{home.full_name} ({home.visibility})", len(_issues(home))) for home in homes]
        return self._frame.tickets(call, tabs, len(chosen), lambda start: self._rows(chosen[start : start + ROWS]))

    def browse(self, call: Call) -> Reply:
        """GET /{owner}/{repo}/issues/{number}: one issue."""
        number = self._state.names.get(f"{call.params['owner']}/{call.params['repo']}".lower())
        wanted = int(call.params["number"]) if call.params["number"].isdecimal() else 0
        issue = self._state.repositories[number].issues.get(wanted) if number is not None else None
        if issue is None:
            raise not_found()
        comments = "".join(self._comment(comment.user, comment.created_at, comment.body) for comment in issue.comments)
        texts = [("issue text", issue.body), *(("comment", comment.body) for comment in issue.comments)]
        marks = [(name, found[1].strip()) for name, text in texts for found in COMMENT.finditer(text or "")]
        body = (
            f"{self._trail(issue)}<h1>{escape(issue.title)} #{issue.number}</h1>"
            f'<div class="two"><div><h2>Description</h2><div class="text">{markdown_html(issue.body)}</div>'
            f"{self._children(issue)}<h2>Comments</h2>"
            f"{_list(comments)}</div>"
            f"<aside>{self._details(issue)}</aside></div>{hidden('marks in the texts', marks)}"
        )
        return self._frame.page(f"{issue.title} · #{issue.number}", body)

    def _rows(self, issues: Sequence[Issue]) -> str:
        return table(("Key", "Title", "Labels", "State", "Updated"), map(self._row, issues))

    def _row(self, issue: Issue) -> str:
        return (
            f'<td class="key">{_key(issue)}</td><td>{escape(issue.title)}</td>'
            f"<td>{self._frame.chips(label.name for label in issue.labels)}</td><td>{_lozenge(issue)}</td>"
            f'<td class="when">{self._ago(issue.updated_at)}</td>'
        )

    def _trail(self, issue: Issue) -> str:
        home = issue.repository
        steps = [f'<a href="{self._frame.address(project=home.full_name)}">{escape(home.full_name)}</a>']
        steps.append(escape(home.visibility))
        steps += [_key(each) for each in (issue.parent, issue) if each is not None]
        return f'<nav class="trail" aria-label="Where it is">{" / ".join(steps)}</nav>'

    def _children(self, issue: Issue) -> str:
        rows = [
            f'{_key(each)}<span class="grow">{escape(each.title)}</span>{_lozenge(each)}' for each in issue.children
        ]
        return items("Sub-issues", rows) if rows else ""

    def _comment(self, user: Any, at: str, body: str) -> str:
        who = escape(user.login if user else "ghost")
        return f'<li>{who} <span class="quiet">{self._ago(at)}</span><div class="text">{markdown_html(body)}</div></li>'

    def _details(self, issue: Issue) -> str:
        rows = [
            ("State", _lozenge(issue)),
            ("Labels", self._frame.chips(label.name for label in issue.labels) or '<span class="none">None</span>'),
        ]
        shown = (
            ("Type", issue.type.name if issue.type else ""),
            ("Milestone", issue.milestone.title if issue.milestone else ""),
            ("Assignees", ", ".join(user.login for user in issue.assignees)),
            ("Author", issue.user.login if issue.user else "ghost"),
            *self._fields(issue),
        )
        rows += [(name, escape(value)) for name, value in shown if value]
        rows += [("Created", self._ago(issue.created_at)), ("Updated", self._ago(issue.updated_at))]
        return details(rows)

    def _fields(self, issue: Issue) -> list[tuple[str, str]]:
        """Return the values of the organisation's fields, and those in projects."""
        known = self._state.fields.get(issue.repository.owner.login.lower(), {})
        values = [(known[number].name, _plain(value)) for number, value in issue.field_values.items()]
        for project in self._state.projects.values():
            for item in project.items.values():
                if item.issue is issue:
                    fields = ((project.fields[id_].name, value) for id_, value in item.values.items())
                    values += [(f"{project.title}: {name}", _plain(value)) for name, value in fields]
        return values

    def _ago(self, at: str) -> str:
        return f'<span title="{escape(at)}">{self._frame.ago(datetime.fromisoformat(at).timestamp())}</span>'


def _list(comments: str) -> str:
    return f'<ul class="log">{comments}</ul>' if comments else NONE


def _issues(home: Repository) -> list[Issue]:
    return [issue for issue in home.issues.values() if not issue.is_pull_request]


def _key(issue: Issue) -> str:
    path = f"/{quote(issue.repository.full_name)}/issues/{issue.number}"
    return f'<a href="{escape(path)}">{escape(issue.repository.full_name)}#{issue.number}</a>'


def _lozenge(issue: Issue) -> str:
    word = issue.state if issue.state_reason in (None, "completed", "reopened") else f"{issue.state_reason}"
    look = "done" if issue.state == "closed" else "new"
    return f'<span class="lozenge {look}">{escape(word.replace("_", " "))}</span>'


def _plain(value: Any) -> str:
    if isinstance(value, Option):
        return value.name
    return f"{value:g}" if isinstance(value, float) else str(value)
