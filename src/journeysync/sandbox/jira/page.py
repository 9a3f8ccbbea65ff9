"""What the users of this Jira would see of a ticket (frame and rules: `sandbox.page`)."""

from collections import Counter
from collections.abc import Sequence
from html import escape
from typing import Any
from urllib.parse import quote

from journeysync.sandbox.jira.answers import refuse
from journeysync.sandbox.jira.catalog import FieldSpec
from journeysync.sandbox.jira.issue import Issue, millis
from journeysync.sandbox.jira.page_text import rich_text, web_link
from journeysync.sandbox.jira.state import JiraState
from journeysync.sandbox.page import NONE, ROWS, Frame, Tab, details, hidden, items, table
from journeysync.sandbox.wire import DECODE, ENCODE, Call, Reply

HISTORY = 12
_ASIDE = ("assignee", "reporter", "priority", "labels", "components", "fixVersions", "resolution", "duedate")


class PageRoutes:
    """Handlers for `/` and `/browse/{issue}`."""

    def __init__(self, state: JiraState, context_path: str = "") -> None:
        self._state = state
        self._home = context_path
        product = "Jira Data Center" if state.is_server else "Jira Cloud"
        self._frame = Frame(product, "J", context_path, lambda: state.clock())

    def index(self, call: Call) -> Reply:
        """GET /: the tickets that changed last; `project`, `label` and `page` choose among them."""
        project, label = call.arg("project"), call.arg("label")
        chosen = [
            issue
            for issue in self._state.issues.values()
            if (not project or issue.facts.project_key == project) and (not label or label in issue.labels)
        ]
        chosen.sort(key=lambda issue: (-issue.facts.updated, issue.facts.key_order))
        counts = Counter(issue.facts.project_key for issue in self._state.issues.values())
        tabs = [Tab(each.key, each.name, counts[each.key]) for each in self._state.projects.values()]
        return self._frame.tickets(call, tabs, len(chosen), lambda start: self._rows(chosen[start : start + ROWS]))

    def browse(self, call: Call) -> Reply:
        """GET /browse/{issue}: one ticket."""
        issue = self._state.find(call.params["issue"])
        if issue is None:
            raise refuse(404, "There is no such issue in this sandbox.")
        summary = str(issue.value("summary") or "(no summary)")
        properties = ((name, ENCODE(DECODE(raw)).decode()) for name, raw in issue.properties.items())
        body = (
            f"{self._trail(issue)}<h1>{escape(summary)}</h1>"
            f'<div class="two"><div><h2>Description</h2><div class="text">{rich_text(issue.value("description"))}</div>'
            f"{self._children(issue)}{_web_links(issue)}{_comments(issue)}{self._history(issue)}</div>"
            f"<aside>{self._details(issue)}</aside></div>"
            f"{hidden('issue properties', properties)}"
        )
        return self._frame.page(f"[{issue.key}] {summary}", body)

    # parts of the list ------------------------------------------------------------------------------------------

    def _rows(self, issues: Sequence[Issue]) -> str:
        numbers = self._number_fields(issues)
        heads = ("Key", "Summary", "Labels", *(spec.name for spec in numbers), "Status", "Updated")
        return table(heads, (self._row(issue, numbers) for issue in issues))

    def _row(self, issue: Issue, numbers: Sequence[FieldSpec]) -> str:
        scores = "".join(f'<td class="number">{escape(_plain(issue.value(spec.id)))}</td>' for spec in numbers)
        return (
            f'<td class="key">{_type_icon(issue)} {self._key(issue.key)}</td>'
            f"<td>{escape(str(issue.value('summary') or ''))}</td><td>{self._frame.chips(issue.labels)}</td>{scores}"
            f'<td>{_lozenge(issue)}</td><td class="when">{self._when(issue)}</td>'
        )

    def _number_fields(self, issues: Sequence[Issue]) -> list[FieldSpec]:
        """Return the number fields that somebody added to the site and that some of the issues have filled."""
        specs = [spec for spec in self._state.fields.values() if spec.custom and spec.everywhere]
        numbers = [spec for spec in specs if spec.kind == "number"]
        return [spec for spec in numbers if any(issue.value(spec.id) is not None for issue in issues)]

    # parts of a ticket ------------------------------------------------------------------------------------------

    def _trail(self, issue: Issue) -> str:
        home = self._state.project_of(issue)
        steps = [f'<a href="{self._frame.address(project=home.key)}">{escape(home.name)}</a>']
        above = self._above(issue)
        if above:
            steps.append(self._key(above))
        steps.append(f"{_type_icon(issue)} {self._key(issue.key)}")
        return f'<nav class="trail" aria-label="Where it is">{" / ".join(steps)}</nav>'

    def _above(self, issue: Issue) -> str:
        parent = issue.value("parent")
        epic = issue.value(self._state.epic_link) if self._state.epic_link else None
        return str(epic or (parent.get("key") if isinstance(parent, dict) else None) or "")

    def _children(self, issue: Issue) -> str:
        inside = [each for each in self._state.issues.values() if self._above(each) == issue.key]
        if not inside:
            return ""
        inside.sort(key=lambda each: each.facts.key_order)
        rows = [
            f"{_type_icon(each)}{self._key(each.key)}"
            f'<span class="grow">{escape(str(each.value("summary") or ""))}</span>{_lozenge(each)}'
            for each in inside
        ]
        return items("Issues in this epic" if self._state.is_epic(issue) else "Child issues", rows)

    def _history(self, issue: Issue) -> str:
        entries = [self._entry(entry) for entry in reversed(issue.history[-HISTORY:])]
        shown = "".join(entry for entry in entries if entry)
        return f'<h2>History</h2><ul class="log">{shown}</ul>' if shown else ""

    def _entry(self, entry: dict[str, Any]) -> str:
        who = escape(_plain(entry.get("author") or {}))
        at = self._frame.ago(millis(ENCODE(entry["created"])) / 1_000) if entry.get("created") else ""
        steps = [
            f"<b>{escape(str(item.get('field', '')))}</b>: "
            f"{_cut(item.get('fromString'))} → {_cut(item.get('toString'))}"
            for item in entry.get("items") or ()
        ]
        return f'<li>{who} <span class="quiet">{at}</span><br>{"<br>".join(steps)}</li>' if steps else ""

    def _details(self, issue: Issue) -> str:
        rows = [
            ("Status", _lozenge(issue)),
            ("Type", f"{_type_icon(issue)} {escape(_plain(issue.value('issuetype')))}"),
        ]
        for name in _ASIDE:
            value = issue.value(name)
            if name == "labels":
                rows.append(("Labels", self._frame.chips(issue.labels) or '<span class="none">None</span>'))
            elif value not in (None, []):
                rows.append((self._state.fields[name].name, escape(_plain(value))))
        above = self._above(issue)
        if above:
            found = self._state.find(above)
            words = f' <span class="quiet">{escape(str(found.value("summary") or ""))}</span>' if found else ""
            rows.append(("Epic Link" if issue.value("parent") is None else "Parent", self._key(above) + words))
        rows += [(spec.name, escape(_plain(issue.value(spec.id)))) for spec in self._custom(issue)]
        rows += [("Created", self._frame.ago(issue.facts.created / 1_000)), ("Updated", self._when(issue))]
        return details(rows)

    def _custom(self, issue: Issue) -> list[FieldSpec]:
        specs = [spec for spec in self._state.fields.values() if spec.custom and not spec.is_epic_link]
        return [spec for spec in specs if issue.value(spec.id) not in (None, [], {}, "", "{}")]

    # words and links --------------------------------------------------------------------------------------------

    def _key(self, key: str) -> str:
        return f'<a href="{self._home}/browse/{escape(quote(key))}">{escape(key)}</a>'

    def _when(self, issue: Issue) -> str:
        exact = escape(str(issue.value("updated") or ""))
        return f'<span title="{exact}">{self._frame.ago(issue.facts.updated / 1_000)}</span>'


def _comments(issue: Issue) -> str:
    page = issue.value("comment")
    comments = page.get("comments") if isinstance(page, dict) else None
    items = []
    for comment in comments or ():
        author = comment.get("author") or {}
        who = escape(str(author.get("displayName") or author.get("name") or "Somebody"))
        items.append(
            f'<li><div class="grow"><b>{who}</b><div class="text">{rich_text(comment.get("body"))}</div></div></li>'
        )
    return f'<h2>Comments</h2><ul class="list">{"".join(items)}</ul>' if items else ""


def _web_links(issue: Issue) -> str:
    groups: dict[str, list[str]] = {}
    for link in issue.links.values():
        target = link.get("object") or {}
        note = f' <span class="quiet">{escape(str(target["summary"]))}</span>' if target.get("summary") else ""
        shown = web_link(target.get("url"), target.get("title"))
        item = f'<li><span class="icon" aria-hidden="true">↗</span><span class="grow">{shown}{note}</span></li>'
        groups.setdefault(str(link.get("relationship") or "links to"), []).append(item)
    lists = (
        f'<p class="quiet">{escape(name)}</p><ul class="list">{"".join(items)}</ul>' for name, items in groups.items()
    )
    return f"<h2>Web links</h2>{''.join(lists) or NONE}"


def _type_icon(issue: Issue) -> str:
    shape = issue.value("issuetype") or {}
    name = str(shape.get("name") or "?")
    kind = "sub" if shape.get("subtask") else next((k for k in ("epic", "story", "bug") if k in name.lower()), "task")
    return f'<span class="type {kind}" title="{escape(name)}">{escape(name[:1].upper())}</span>'


def _lozenge(issue: Issue) -> str:
    status = issue.value("status") or {}
    key = str((status.get("statusCategory") or {}).get("key"))
    known = key if key in ("indeterminate", "done") else "new"
    return f'<span class="lozenge {known}">{escape(str(status.get("name") or "?"))}</span>'


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(_plain(each) for each in value)
    if isinstance(value, dict):
        return str(value.get("displayName") or value.get("name") or value.get("value") or value.get("key") or "…")
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _cut(text: Any) -> str:
    words = str(text) if text not in (None, "") else "none"
    return escape(words if len(words) <= 120 else f"{words[:119]}…")
