"""Small read-only pages: what the users of this Jira would see of a ticket, so that a write-back can be looked at.

No script, no forms, no outside address; open without a login, as the server only listens on loopback.
"""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any
from urllib.parse import quote, urlencode

from journeysync.sandbox.jira.answers import refuse
from journeysync.sandbox.jira.catalog import FieldSpec
from journeysync.sandbox.jira.issue import Issue, millis
from journeysync.sandbox.jira.page_style import POLICY, STYLE
from journeysync.sandbox.jira.page_text import NONE, rich_text, web_link
from journeysync.sandbox.jira.state import JiraState
from journeysync.sandbox.wire import DECODE, ENCODE, Call, Reply

ROWS = 100
HISTORY = 12
_ASIDE = ("assignee", "reporter", "priority", "labels", "components", "fixVersions", "resolution", "duedate")
_UNITS = ((86_400 * 365, "year"), (86_400 * 30, "month"), (86_400, "day"), (3_600, "hour"), (60, "minute"))


class PageRoutes:
    """Handlers for `/` and `/browse/{issue}`."""

    def __init__(self, state: JiraState, context_path: str = "") -> None:
        self._state = state
        self._home = context_path
        self._title = "Jira Data Center" if state.is_server else "Jira Cloud"

    def index(self, call: Call) -> Reply:
        """GET /: the tickets that changed last; `project`, `label` and `page` choose among them."""
        project, label = call.arg("project"), call.arg("label")
        chosen = [
            issue
            for issue in self._state.issues.values()
            if (not project or issue.facts.project_key == project) and (not label or label in issue.labels)
        ]
        chosen.sort(key=lambda issue: (-issue.facts.updated, issue.facts.key_order))
        pages = max(1, math.ceil(len(chosen) / ROWS))
        page = min(pages, int(call.arg("page"))) if call.arg("page").isdecimal() else 1
        start = (max(page, 1) - 1) * ROWS
        count = f"{len(chosen):,} ticket{'' if len(chosen) == 1 else 's'}"
        picked = f' with the label {self._chip(label)} <a href="{self._list(project=project)}">×</a>' if label else ""
        body = (
            f"<h1>All tickets</h1>{self._tabs(project)}<p>{count}{picked}, the newest change first</p>"
            f"{self._rows(chosen[start : start + ROWS])}{self._pages(page, pages, project=project, label=label)}"
        )
        return self._page("Tickets", body)

    def browse(self, call: Call) -> Reply:
        """GET /browse/{issue}: one ticket."""
        issue = self._state.find(call.params["issue"])
        if issue is None:
            raise refuse(404, "There is no such issue in this sandbox.")
        summary = str(issue.value("summary") or "(no summary)")
        body = (
            f"{self._trail(issue)}<h1>{escape(summary)}</h1>"
            f'<div class="two"><div><h2>Description</h2><div class="text">{rich_text(issue.value("description"))}</div>'
            f"{self._children(issue)}{_web_links(issue)}{self._history(issue)}</div>"
            f"<aside>{self._details(issue)}</aside></div>{_properties(issue)}"
        )
        return self._page(f"[{issue.key}] {summary}", body)

    # parts of the list ------------------------------------------------------------------------------------------

    def _tabs(self, chosen: str) -> str:
        counts = Counter(issue.facts.project_key for issue in self._state.issues.values())
        tabs = [("", "All", sum(counts.values()))]
        tabs += [(each.key, each.name, counts[each.key]) for each in self._state.projects.values()]
        shown = (
            f"<b>{escape(name)} {count:,}</b>"
            if key == chosen
            else f'<a href="{self._list(project=key)}">{escape(name)} {count:,}</a>'
            for key, name, count in tabs
        )
        return f'<nav class="tabs" aria-label="Projects">{"".join(shown)}</nav>'

    def _rows(self, issues: Sequence[Issue]) -> str:
        if not issues:
            return NONE
        numbers = self._number_fields(issues)
        heads = ("Key", "Summary", "Labels", *(spec.name for spec in numbers), "Status", "Updated")
        head = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads)
        rows = "".join(f"<tr>{self._row(issue, numbers)}</tr>" for issue in issues)
        return (
            f'<div class="wide"><table class="rows"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'
        )

    def _row(self, issue: Issue, numbers: Sequence[FieldSpec]) -> str:
        scores = "".join(f'<td class="number">{escape(_plain(issue.value(spec.id)))}</td>' for spec in numbers)
        return (
            f'<td class="key">{_type_icon(issue)} {self._key(issue.key)}</td>'
            f"<td>{escape(str(issue.value('summary') or ''))}</td><td>{self._chips(issue.labels)}</td>{scores}"
            f'<td>{_lozenge(issue)}</td><td class="when">{self._when(issue)}</td>'
        )

    def _number_fields(self, issues: Sequence[Issue]) -> list[FieldSpec]:
        """Return the number fields that somebody added to the site and that some of the issues have filled."""
        specs = [spec for spec in self._state.fields.values() if spec.custom and spec.everywhere]
        numbers = [spec for spec in specs if spec.kind == "number"]
        return [spec for spec in numbers if any(issue.value(spec.id) is not None for issue in issues)]

    def _pages(self, page: int, pages: int, *, project: str, label: str) -> str:
        if pages == 1:
            return ""
        steps = [("Newer", page - 1), ("Older", page + 1)]
        links = [
            f'<a href="{self._list(project=project, label=label, page=str(at))}">{word}</a>'
            for word, at in steps
            if 1 <= at <= pages
        ]
        return f"<p>Page {page:,} of {pages:,} &nbsp; {' &nbsp; '.join(links)}</p>"

    # parts of a ticket ------------------------------------------------------------------------------------------

    def _trail(self, issue: Issue) -> str:
        home = self._state.project_of(issue)
        steps = [f'<a href="{self._list(project=home.key)}">{escape(home.name)}</a>']
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
        items = "".join(
            f"<li>{_type_icon(each)}{self._key(each.key)}"
            f'<span class="grow">{escape(str(each.value("summary") or ""))}</span>{_lozenge(each)}</li>'
            for each in inside[:ROWS]
        )
        title = "Issues in this epic" if self._state.is_epic(issue) else "Child issues"
        more = f'<li class="quiet">and {len(inside) - ROWS:,} more</li>' if len(inside) > ROWS else ""
        return f'<h2>{title}</h2><ul class="list">{items}{more}</ul>'

    def _history(self, issue: Issue) -> str:
        entries = [self._entry(entry) for entry in reversed(issue.history[-HISTORY:])]
        shown = "".join(entry for entry in entries if entry)
        return f'<h2>History</h2><ul class="log">{shown}</ul>' if shown else ""

    def _entry(self, entry: dict[str, Any]) -> str:
        who = escape(_plain(entry.get("author") or {}))
        at = self._ago(millis(ENCODE(entry["created"])) / 1_000) if entry.get("created") else ""
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
                rows.append(("Labels", self._chips(issue.labels) or '<span class="none">None</span>'))
            elif value not in (None, []):
                rows.append((self._state.fields[name].name, escape(_plain(value))))
        above = self._above(issue)
        if above:
            found = self._state.find(above)
            words = f' <span class="quiet">{escape(str(found.value("summary") or ""))}</span>' if found else ""
            rows.append(("Epic Link" if issue.value("parent") is None else "Parent", self._key(above) + words))
        rows += [(spec.name, escape(_plain(issue.value(spec.id)))) for spec in self._custom(issue)]
        rows += [("Created", self._ago(issue.facts.created / 1_000)), ("Updated", self._when(issue))]
        items = "".join(f"<dt>{escape(name)}</dt><dd>{html}</dd>" for name, html in rows)
        return f'<div class="card"><h2>Details</h2><dl>{items}</dl></div>'

    def _custom(self, issue: Issue) -> list[FieldSpec]:
        specs = [spec for spec in self._state.fields.values() if spec.custom and not spec.is_epic_link]
        return [spec for spec in specs if issue.value(spec.id) not in (None, [], {}, "", "{}")]

    # words and links --------------------------------------------------------------------------------------------

    def _list(self, **chosen: str) -> str:
        query = urlencode({name: value for name, value in chosen.items() if value})
        return escape(f"{self._home}/?{query}" if query else f"{self._home}/")

    def _key(self, key: str) -> str:
        return f'<a href="{self._home}/browse/{escape(quote(key))}">{escape(key)}</a>'

    def _chip(self, label: str) -> str:
        return f'<a class="chip" href="{self._list(label=label)}">{escape(label)}</a>'

    def _chips(self, labels: Iterable[str]) -> str:
        return "".join(self._chip(label) for label in labels)

    def _when(self, issue: Issue) -> str:
        exact = escape(str(issue.value("updated") or ""))
        return f'<span title="{exact}">{self._ago(issue.facts.updated / 1_000)}</span>'

    def _ago(self, at: float) -> str:
        gone = self._state.clock() - at
        for seconds, unit in _UNITS:
            if gone >= seconds:
                number = int(gone // seconds)
                return f"{number} {unit}{'' if number == 1 else 's'} ago"
        return "just now"

    def _page(self, title: str, body: str) -> Reply:
        html = (
            f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
            f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head>'
            f'<body><header><span class="logo" aria-hidden="true">J</span>'
            f'<b><a href="{self._home}/">{self._title}</a></b>'
            f'<span class="note">sandbox of journeysync, read only</span></header><main>{body}</main></body></html>'
        )
        headers = [("Content-Security-Policy", POLICY), ("X-Content-Type-Options", "nosniff")]
        headers.append(("Referrer-Policy", "no-referrer"))
        return Reply(200, html.encode("utf-8", errors="replace"), headers, "text/html; charset=utf-8")


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


def _properties(issue: Issue) -> str:
    """Return what users do not see, folded away."""
    if not issue.properties:
        return ""
    items = "".join(
        f"<p>{escape(name)}</p><pre>{escape(ENCODE(DECODE(raw)).decode())}</pre>"
        for name, raw in issue.properties.items()
    )
    return f'<details class="hidden"><summary>Not shown to users: issue properties</summary>{items}</details>'


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
