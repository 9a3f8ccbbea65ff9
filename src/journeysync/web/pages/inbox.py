"""Inbox: what waits for a person, each thing with what to do about it and the answers that it has."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from starlette.responses import Response
from starlette.routing import Route

from journeysync.app.inbox import InboxItem, waiting
from journeysync.errors import ConfigError
from journeysync.web.access import Role
from journeysync.web.desk import HIDDEN, Ask, act, look
from journeysync.web.frame import address, go_to, render
from journeysync.web.page import Page
from journeysync.web.pages.plan import slot_words

ANSWERS = {
    "retry": ("Try again", "with the next apply"),
    "take-theirs": ("Keep theirs", "it stays as the person left it"),
    "take-ours": ("Take ours", "the next apply writes it again"),
    "adopt": ("It is ours", "on every ticket that carries it"),
    "accept": ("It is theirs", "and a link by hand, on every ticket that carries it"),
}
MOST = 100
"""Rows of one kind that are shown; the rest is counted, and whole in the exports."""
KINDS = {
    "failed": "Could not be written",
    "drift": "Changed by a person",
    "refused": "Taken off by a person",
    "label-gone": "A label vanished from many tickets",
    "unknown-origin": "Labels of unknown origin",
    "unknown-label": "Labels that name nothing",
    "unknown-word": "Words that nobody mapped",
}


def show(ask: Ask) -> Response:
    """Show the rows by kind; what is ignored for now only if asked for."""
    everything = ask.query("all") == "yes"
    found = ask.workspace.inbox(everything=everything)
    groups: dict[str, list[InboxItem]] = {}
    for row in found.rows:
        groups.setdefault(row.kind, []).append(row)
    order = [*KINDS, *sorted(groups.keys() - KINDS.keys())]
    shown = {ask.query("kind")} if ask.query("kind") else groups.keys()
    return render(
        ask,
        PAGE,
        "inbox.html",
        groups=[
            (kind, KINDS.get(kind, kind), groups[kind][:MOST], max(0, len(groups[kind]) - MOST))
            for kind in order
            if kind in groups and kind in shown
        ],
        count=len(found.rows),
        ignored=found.ignored,
        everything=everything,
        filters=_filters(ask, {kind: len(groups[kind]) for kind in order if kind in groups}, everything=everything),
        answers=ANSWERS,
        done=_done(ask),
        soonest=(ask.workspace.today() + timedelta(days=1)).isoformat(),
        month=(ask.workspace.today() + timedelta(days=30)).isoformat(),
        slot_words=slot_words,
        title_of=lambda row: row.title if ask.sees(row.connection) else HIDDEN if row.title else "",
        why_not=ask.visitor.why_not(Role.REVIEWER),
    )


def answer(ask: Ask) -> Response:
    """Answer one row, and go back to where it was answered."""
    action = ask.entry("action")
    until = _until(ask) if action == "ignore" else None
    result = ask.workspace.inbox_action(
        action, ask.entry("row"), by=ask.visitor.name, why=ask.entry("why"), until=until
    )
    ask.desk.plans.forget()
    back = ask.entry("back") or "/inbox"
    if back.partition("?")[0] == "/inbox":
        back = address("/inbox", {"done": f"{result.row}: {result.says}"})
    return go_to(back)


def _done(ask: Ask) -> str:
    return ask.query("done")[:200]


def _until(ask: Ask) -> datetime:
    """Return the first instant of a day in the workspace's time zone."""
    text = ask.entry("until")
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise ConfigError("ignoring needs a day to end on", next_step="write it as 2027-01-31") from error
    return datetime(day.year, day.month, day.day, tzinfo=ask.workspace.zone).astimezone(UTC)


def _filters(ask: Ask, counts: dict[str, int], *, everything: bool) -> list[dict[str, Any]]:
    chosen, rest = ask.query("kind"), {"all": "yes" if everything else ""}
    choices = [{"title": "All", "href": address("/inbox", rest), "current": not chosen, "count": None}]
    choices += [
        {
            "title": KINDS.get(kind, kind),
            "href": address("/inbox", {**rest, "kind": kind}),
            "current": kind == chosen,
            "count": count,
        }
        for kind, count in counts.items()
    ]
    said = KINDS.get(chosen, chosen) if chosen else "All"
    return [{"title": "Kind", "icon": "filter", "chosen": said, "choices": choices}]


PAGE = Page(
    title="Inbox",
    path="/inbox",
    icon="inbox",
    section="Sync",
    waiting=lambda ask: waiting(ask.workspace),
    routes=(
        Route("/inbox", look(show)),
        Route("/inbox/answer", act(Role.REVIEWER, answer), methods=["POST"]),
    ),
)
