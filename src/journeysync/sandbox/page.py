"""The frame of the sandboxes' little pages: tickets as their users would see them, to look at what a write-back does.

No script, no forms, no outside address; open without a login, as the servers only listen on loopback. Which tickets
there are, and what one shows, is said by each tracker's own `page`.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from html import escape
from typing import NamedTuple
from urllib.parse import urlencode

from journeysync.sandbox.page_style import POLICY, STYLE
from journeysync.sandbox.wire import Call, Reply

ROWS = 100
NONE = '<p class="none">None</p>'
_UNITS = ((86_400 * 365, "year"), (86_400 * 30, "month"), (86_400, "day"), (3_600, "hour"), (60, "minute"))


class Tab(NamedTuple):
    """One part of the site's tickets, such as a project; an empty key is all of them."""

    key: str
    name: str
    tickets: int


class Slice(NamedTuple):
    """Which page of a list is shown: its number from 1, how many there are, and the first row's index."""

    page: int
    pages: int
    start: int


class Frame:
    """What all pages of one site share.

    Args:
        product: The tracker's name.
        logo: One letter.
        home: The site's path, without a slash at the end.
        clock: The site's time, epoch seconds.
    """

    def __init__(self, product: str, logo: str, home: str, clock: Callable[[], float]) -> None:
        self.home = home
        self._product, self._logo, self._clock = product, logo, clock

    def page(self, title: str, body: str) -> Reply:
        """Return a whole page."""
        html = (
            f'<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
            f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head>'
            f'<body><header><span class="logo" aria-hidden="true">{escape(self._logo)}</span>'
            f'<b><a href="{self.home}/">{escape(self._product)}</a></b>'
            f'<span class="note">sandbox of journeysync, read only</span></header><main>{body}</main></body></html>'
        )
        headers = [("Content-Security-Policy", POLICY), ("X-Content-Type-Options", "nosniff")]
        headers.append(("Referrer-Policy", "no-referrer"))
        return Reply(200, html.encode("utf-8", errors="replace"), headers, "text/html; charset=utf-8")

    # lists ------------------------------------------------------------------------------------------------------

    def address(self, **chosen: str) -> str:
        """Return the address of the list with these tickets chosen, escaped."""
        query = urlencode({name: value for name, value in chosen.items() if value})
        return escape(f"{self.home}/?{query}" if query else f"{self.home}/")

    def tickets(self, call: Call, tabs: Sequence[Tab], total: int, table: Callable[[int], str]) -> Reply:
        """Return the page with all tickets that `project` and `label` choose.

        Args:
            call: Whose query chooses.
            tabs: The parts of the site.
            total: How many are chosen.
            table: Returns the table of one page's tickets, from the index of its first row.
        """
        project, label = call.arg("project"), call.arg("label")
        shown = part_of(call, total)
        count = f"{total:,} ticket{'' if total == 1 else 's'}"
        other = f'<a href="{self.address(project=project)}">×</a>'
        picked = f" with the label {self.chip(label)} {other}" if label else ""
        body = (
            f"<h1>All tickets</h1>{self._tabs(tabs, project)}<p>{count}{picked}, the newest change first</p>"
            f"{table(shown.start) if total else NONE}{self._pager(shown, project=project, label=label)}"
        )
        return self.page("Tickets", body)

    def _tabs(self, tabs: Sequence[Tab], chosen: str) -> str:
        every = [Tab("", "All", sum(tab.tickets for tab in tabs)), *tabs]
        shown = (
            f"<b>{escape(name)} {count:,}</b>"
            if key == chosen
            else f'<a href="{self.address(project=key)}">{escape(name)} {count:,}</a>'
            for key, name, count in every
        )
        return f'<nav class="tabs" aria-label="Projects">{"".join(shown)}</nav>'

    def _pager(self, shown: Slice, *, project: str, label: str) -> str:
        if shown.pages == 1:
            return ""
        links = [
            f'<a href="{self.address(project=project, label=label, page=str(at))}">{word}</a>'
            for word, at in (("Newer", shown.page - 1), ("Older", shown.page + 1))
            if 1 <= at <= shown.pages
        ]
        return f"<p>Page {shown.page:,} of {shown.pages:,} &nbsp; {' &nbsp; '.join(links)}</p>"

    # words and links --------------------------------------------------------------------------------------------

    def chip(self, label: str) -> str:
        """Return a label that leads to the tickets that carry it."""
        return f'<a class="chip" href="{self.address(label=label)}">{escape(label)}</a>'

    def chips(self, labels: Iterable[str]) -> str:
        """Return labels."""
        return "".join(self.chip(label) for label in labels)

    def ago(self, at: float) -> str:
        """Return how long a time is past, in words."""
        gone = self._clock() - at
        for seconds, unit in _UNITS:
            if gone >= seconds:
                number = int(gone // seconds)
                return f"{number} {unit}{'' if number == 1 else 's'} ago"
        return "just now"


def part_of(call: Call, total: int) -> Slice:
    """Return which page of a list a call asks for."""
    pages = max(1, math.ceil(total / ROWS))
    wanted = int(call.arg("page")) if call.arg("page").isdecimal() else 1
    page = max(1, min(pages, wanted))
    return Slice(page, pages, (page - 1) * ROWS)


def table(heads: Iterable[str], rows: Iterable[str]) -> str:
    """Return a table of tickets; rows are cells already."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in heads)
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    return f'<div class="wide"><table class="rows"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def items(title: str, rows: Sequence[str]) -> str:
    """Return a titled list; rows are what stands in each item, of more than `ROWS` the rest is counted."""
    shown = "".join(f"<li>{row}</li>" for row in rows[:ROWS])
    more = f'<li class="quiet">and {len(rows) - ROWS:,} more</li>' if len(rows) > ROWS else ""
    return f'<h2>{escape(title)}</h2><ul class="list">{shown}{more}</ul>'


def details(rows: Iterable[tuple[str, str]]) -> str:
    """Return the card of a ticket's values: names, and HTML."""
    pairs = "".join(f"<dt>{escape(name)}</dt><dd>{html}</dd>" for name, html in rows)
    return f'<div class="card"><h2>Details</h2><dl>{pairs}</dl></div>'


def hidden(title: str, parts: Iterable[tuple[str, str]]) -> str:
    """Return what users do not see, folded away: names and raw text; nothing where there is none."""
    inside = "".join(f"<p>{escape(name)}</p><pre>{escape(text)}</pre>" for name, text in parts)
    return f'<details class="hidden"><summary>Not shown to users: {escape(title)}</summary>{inside}</details>' * bool(
        inside
    )
