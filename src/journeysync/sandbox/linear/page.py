"""What the users of this Linear would see of an issue (frame and rules: `sandbox.page`)."""

import json
from collections.abc import Sequence
from datetime import datetime
from html import escape

from journeysync.sandbox.linear.answers import errors, reply
from journeysync.sandbox.linear.state import LinearState
from journeysync.sandbox.linear.things import PRIORITIES, Attachment, Issue, slug
from journeysync.sandbox.page import NONE, ROWS, Frame, Tab, details, hidden, items, table
from journeysync.sandbox.page_markdown import markdown_html
from journeysync.sandbox.wire import Call, Refused, Reply

_LOOKS = {"completed": "done", "canceled": "done", "duplicate": "done", "started": "indeterminate"}


class PageRoutes:
    """Handlers for `/` and for an issue's own address. They show hidden teams too."""

    def __init__(self, state: LinearState) -> None:
        self._state = state
        self._frame = Frame("Linear", "L", "", lambda: state.clock())

    def index(self, call: Call) -> Reply:
        """GET /: the issues that changed last; `project` (a team), `label` and `page` choose among them."""
        team, label = call.arg("project"), call.arg("label")
        chosen = [
            issue
            for issue in self._state.issues
            if (not team or issue.team.key == team) and (not label or any(x.name == label for x in issue.labels))
        ]
        chosen.sort(key=lambda issue: (issue.updated_at, issue.number), reverse=True)
        count = [(each, sum(issue.team is each for issue in self._state.issues)) for each in self._state.teams.values()]
        tabs = [Tab(each.key, f"{each.name} ({each.key})", number) for each, number in count]
        return self._frame.tickets(call, tabs, len(chosen), lambda start: self._rows(chosen[start : start + ROWS]))

    def browse(self, call: Call) -> Reply:
        """GET /{workspace}/issue/{key}/...: one issue, by its identifier now or earlier."""
        try:
            issue = self._state.issue(call.params["key"])
        except KeyError:
            raise Refused(reply(errors("Entity not found: Issue", "INPUT_ERROR"), 404)) from None
        metadata = [(each.title, _pretty(each)) for each in issue.attachments if each.metadata]
        body = (
            f"{self._trail(issue)}<h1>{escape(issue.title)}</h1>"
            f'<div class="two"><div><h2>Description</h2><div class="text">{markdown_html(issue.description)}</div>'
            f"{self._children(issue)}{self._links(issue)}</div>"
            f"<aside>{self._details(issue)}</aside></div>{hidden('metadata of attachments', metadata)}"
        )
        return self._frame.page(f"{issue.identifier} {issue.title}", body)

    def _rows(self, issues: Sequence[Issue]) -> str:
        return table(("Key", "Title", "Labels", "Priority", "State", "Updated"), map(self._row, issues))

    def _row(self, issue: Issue) -> str:
        return (
            f'<td class="key">{self._key(issue)}</td><td>{escape(issue.title)}</td>'
            f"<td>{self._frame.chips(label.name for label in issue.labels)}</td>"
            f"<td>{_priority(issue)}</td><td>{_lozenge(issue)}</td>"
            f'<td class="when">{self._ago(issue.updated_at)}</td>'
        )

    def _trail(self, issue: Issue) -> str:
        steps = [f'<a href="{self._frame.address(project=issue.team.key)}">{escape(issue.team.name)}</a>']
        if issue.project is not None:
            steps += [escape(each.name) for each in issue.project.initiatives[:1]]
            steps.append(escape(issue.project.name))
        steps += [self._key(each) for each in (issue.parent, issue) if each is not None]
        return f'<nav class="trail" aria-label="Where it is">{" / ".join(steps)}</nav>'

    def _children(self, issue: Issue) -> str:
        below = [each for each in self._state.issues if each.parent is issue]
        rows = [f'{self._key(each)}<span class="grow">{escape(each.title)}</span>{_lozenge(each)}' for each in below]
        return items("Sub-issues", rows) if rows else ""

    def _links(self, issue: Issue) -> str:
        rows = [
            f'<a href="{escape(each.url)}" rel="noreferrer">{escape(each.title)}</a>'
            f'<span class="grow quiet">{escape(each.subtitle or "")}</span>'
            for each in issue.attachments
        ]
        return items("Links", rows) if rows else f"<h2>Links</h2>{NONE}"

    def _details(self, issue: Issue) -> str:
        rows = [
            ("State", _lozenge(issue)),
            ("Priority", _priority(issue)),
            ("Labels", self._frame.chips(label.name for label in issue.labels) or '<span class="none">None</span>'),
        ]
        shown = (
            ("Estimate", f"{issue.estimate:g}" if issue.estimate is not None else ""),
            ("Cycle", issue.cycle.name or f"Cycle {issue.cycle.number}" if issue.cycle else ""),
            ("Assignee", issue.assignee.name if issue.assignee else ""),
            ("Creator", issue.creator.name if issue.creator else ""),
            ("Earlier", ", ".join(issue.previous_identifiers)),
        )
        rows += [(name, escape(value)) for name, value in shown if value]
        rows += [("Created", self._ago(issue.created_at)), ("Updated", self._ago(issue.updated_at))]
        return details(rows)

    def _key(self, issue: Issue) -> str:
        path = f"/{self._state.url_key}/issue/{issue.identifier}/{slug(issue.title)}"
        return f'<a href="{escape(path)}">{escape(issue.identifier)}</a>'

    def _ago(self, at: str) -> str:
        return f'<span title="{escape(at)}">{self._frame.ago(datetime.fromisoformat(at).timestamp())}</span>'


def _priority(issue: Issue) -> str:
    return escape(PRIORITIES[issue.priority]) if issue.priority else '<span class="none">None</span>'


def _lozenge(issue: Issue) -> str:
    word = "Trash" if issue.trashed else "Archived" if issue.archived_at else issue.state.name
    look = "done" if issue.archived_at else _LOOKS.get(issue.state.type, "new")
    return f'<span class="lozenge {look}">{escape(word)}</span>'


def _pretty(attachment: Attachment) -> str:
    return json.dumps(attachment.metadata, ensure_ascii=False, indent=1)
