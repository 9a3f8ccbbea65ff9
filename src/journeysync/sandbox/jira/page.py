"""A small read-only page: what the users of this Jira would see of a ticket, so that a write-back can be looked at.

No script, no forms, no outside address; open without a login, as the server only listens on loopback.
"""

import base64
import hashlib
from collections.abc import Iterable
from html import escape
from typing import Any

from journeysync.sandbox.jira.answers import refuse
from journeysync.sandbox.jira.issue import Issue
from journeysync.sandbox.jira.state import JiraState
from journeysync.sandbox.wire import Call, Reply

ROWS = 200
_STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;max-width:62rem;margin:2rem auto;padding:0 1rem;color:#172b4d}"
    "a{color:#0052cc}table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;"
    "padding:.35rem .6rem;border-bottom:1px solid #dfe1e6}th{width:12rem;font-weight:600}"
    ".label{display:inline-block;background:#dfe1e6;border-radius:3px;padding:0 .4rem;margin:0 .3rem .2rem 0}"
    "pre{white-space:pre-wrap;font:inherit}section{margin:1.5rem 0}h1{font-size:1.5rem}h2{font-size:1.05rem}"
)
_POLICY = (
    "default-src 'none'; style-src 'sha256-" + base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode() + "'"
)
_SHOWN = ("issuetype", "status", "resolution", "priority", "parent", "components", "assignee", "created", "updated")
_TAGS = {"paragraph": "p", "bulletList": "ul", "orderedList": "ol", "listItem": "li", "blockquote": "blockquote"}


class PageRoutes:
    """Handlers for `/` and `/browse/{issue}`."""

    def __init__(self, state: JiraState, context_path: str = "") -> None:
        self._state = state
        self._home = context_path

    def index(self, _call: Call) -> Reply:
        """GET /: the tickets that changed last."""
        newest = sorted(self._state.issues.values(), key=lambda issue: -issue.facts.updated)
        rows = "".join(
            f"<tr><td>{_key(issue.key)}</td><td>{escape(str(issue.value('summary') or ''))}</td>"
            f"<td>{_labels(issue.labels)}</td><td>{escape(str(issue.value('updated')))}</td></tr>"
            for issue in newest[:ROWS]
        )
        head = "<tr><th>Key</th><th>Summary</th><th>Labels</th><th>Updated</th></tr>"
        more = f"<p>The newest {ROWS} of {len(newest):,} tickets.</p>" if len(newest) > ROWS else ""
        return _page("Sandbox Jira", f"<h1>Sandbox Jira</h1>{more}<table>{head}{rows}</table>")

    def browse(self, call: Call) -> Reply:
        """GET /browse/{issue}: one ticket."""
        issue = self._state.find(call.params["issue"])
        if issue is None:
            raise refuse(404, "There is no such issue in this sandbox.")
        summary = escape(str(issue.value("summary") or "(no summary)"))
        body = (
            f'<p><a href="/">All tickets</a></p><h1>{escape(issue.key)} {summary}</h1>'
            f"<section><h2>Labels</h2><p>{_labels(issue.labels) or 'None'}</p></section>"
            f"<section><h2>Details</h2><table>{self._details(issue)}</table></section>"
            f"<section><h2>Web links</h2>{_links(issue) or '<p>None</p>'}</section>"
            f"<section><h2>Description</h2>{rich_text(issue.value('description'))}</section>"
        )
        return _page(f"{issue.key} {issue.value('summary') or ''}", body)

    def _details(self, issue: Issue) -> str:
        custom = [name for name in issue.values if name.startswith("customfield_") and issue.value(name) is not None]
        rows = []
        for name in (*_SHOWN, *custom):
            value = issue.value(name)
            if value not in (None, []):
                label = self._state.fields[name].name if name in self._state.fields else name
                rows.append(f"<tr><th>{escape(label)}</th><td>{escape(_plain(value))}</td></tr>")
        return "".join(rows)


def rich_text(value: Any) -> str:
    """Return a text or a document as HTML, all escaped; nodes that it does not know show what they hold."""
    if value is None:
        return "<p>None</p>"
    if isinstance(value, str):
        return f"<pre>{escape(value)}</pre>"
    if value.get("type") == "text":
        return f"<span>{escape(str(value.get('text', '')))}</span>"
    if value.get("type") == "hardBreak":
        return "<br>"
    if value.get("type") == "codeBlock":
        return f"<pre>{_inside(value)}</pre>"
    if value.get("type") == "heading":
        return f"<h3>{_inside(value)}</h3>"
    tag = _TAGS.get(str(value.get("type")), "div")
    attributes = value.get("attrs") or {}
    text = "" if value.get("content") else escape(str(attributes.get("text") or attributes.get("url") or ""))
    return f"<{tag}>{text}{_inside(value)}</{tag}>"


def _inside(node: dict[str, Any]) -> str:
    return "".join(rich_text(child) for child in node.get("content", ()))


def _plain(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_plain(each) for each in value)
    if isinstance(value, dict):
        return str(value.get("displayName") or value.get("name") or value.get("value") or value.get("key") or "…")
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _labels(labels: Iterable[str]) -> str:
    return "".join(f'<span class="label">{escape(label)}</span>' for label in labels)


def _key(key: str) -> str:
    return f'<a href="/browse/{escape(key)}">{escape(key)}</a>'


def _links(issue: Issue) -> str:
    items = []
    for link in issue.links.values():
        target = link.get("object", {})
        address, title = escape(str(target.get("url", ""))), escape(str(target.get("title", "")))
        note = escape(str(target.get("summary") or ""))
        web = address.startswith(("http://", "https://"))
        shown = f'<a rel="noreferrer" href="{address}">{title}</a>' if web else f"{title} ({address})"
        items.append(f"<li>{shown} {note}</li>")
    return f"<ul>{''.join(items)}</ul>" if items else ""


def _page(title: str, body: str) -> Reply:
    html = (
        f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head>'
        f"<body>{body}</body></html>"
    )
    headers = [("Content-Security-Policy", _POLICY), ("X-Content-Type-Options", "nosniff")]
    return Reply(200, html.encode("utf-8", errors="replace"), headers, "text/html; charset=utf-8")
