"""Plan: what would be written, ticket by ticket, before anything is; and the approval of all of it or a part."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from itertools import groupby
from typing import Any

from markupsafe import Markup
from starlette.responses import Response
from starlette.routing import Route

from journeysync.app.approving import (
    approved_changes,
    brake_figures,
    by_project,
    drifted,
    part_of,
    writable_connections,
)
from journeysync.app.explaining import full_name
from journeysync.app.inbox import InboxItem
from journeysync.app.progress import Progress
from journeysync.app.results import ApplyResult, change_word
from journeysync.app.workspace import Workspace
from journeysync.core.plan import PrintedChange
from journeysync.core.slot_words import change_words
from journeysync.core.summary import summary_of
from journeysync.errors import PlanMoved
from journeysync.model.change import PROPERTY, TEXTS, Change, slot_kind, slot_name
from journeysync.model.context import Context
from journeysync.model.plan import BrakeName, Plan, PlannedTicket
from journeysync.model.ticket import TicketRef
from journeysync.richtext import markdown
from journeysync.richtext.words import words_of
from journeysync.web.access import Refused, Role
from journeysync.web.desk import HIDDEN, Ask, act, look
from journeysync.web.frame import address, go_to, render
from journeysync.web.page import Page
from journeysync.web.text import safe_markdown

TICKETS_A_PAGE = 50
MANY_NOTES = 20
_KINDS = {
    "label": "Label",
    "field": "Field",
    "link": "Link",
    "comment": "Comment",
    "block": "Block",
    "property": "Receipt",
}
_WORDS = {"add": ("+", "Add"), "change": ("~", "Change"), "remove": ("-", "Remove")}


def show(ask: Ask) -> Response:
    """Show the plan, its filters in the address."""
    plan = ask.plan
    shown = _filtered(ask, plan)
    number = max(1, int(ask.query("page")) if ask.query("page").isdecimal() else 1)
    pages = max(1, -(-len(shown.tickets) // TICKETS_A_PAGE))
    number = min(number, pages)
    here = shown.tickets[(number - 1) * TICKETS_A_PAGE : number * TICKETS_A_PAGE]
    brakes = brake_figures(ask.workspace, plan)
    conflicts, may_write = drifted(plan), writable_connections(ask.workspace)
    ticked = [t for t in shown.tickets if t.ticket not in conflicts and t.ticket.connection in may_write]
    return render(
        ask,
        PAGE,
        "plan.html",
        plan=plan,
        checksum=ask.desk.plans.checksum_of(plan),
        shown=shown,
        sections=_sections(ask, here, conflicts),
        may_write=may_write,
        ticked_changes=_seen_changes(ticked),
        several=sorted(names) if len(names := {t.ticket.connection for t in ticked}) > 1 else [],
        conflicts=_conflicts(ask, plan),
        left=_left_as_it_is(plan),
        stops=[each for each in brakes if each.brake],
        passes=[each for each in brakes if not each.brake],
        summary=summary_of(shown.tickets, blocked=0, costs=dict(shown.costs), quiet=None),
        number=number,
        pages=pages,
        query=_query(ask),
        job=ask.jobs.newest("apply"),
        filters=_filters(ask, plan),
        why_not=ask.visitor.why_not(Role.APPROVER),
        why_not_decide=ask.visitor.why_not(Role.REVIEWER),
        reads=dict(plan.reads),
    )


def approve(ask: Ask) -> Response:
    """Begin to write what somebody approved of the plan that they looked at."""
    plan = ask.desk.plans.seen(ask.entry("checksum")) or ask.plan
    if ask.desk.plans.checksum_of(plan) != ask.entry("checksum"):
        raise PlanMoved("the plan has changed since you looked at it", next_step="look at the new one: /plan")
    refs = _approved(ask, plan)
    if not refs:
        raise Refused("nothing was ticked", next_step="tick the tickets that may be written to", status=400)
    names = tuple(sorted({ref.connection for ref in refs}))
    changes, allow, by = approved_changes(plan, refs), _allowed(ask), ask.visitor.name

    def work(workspace: Workspace, progress: Progress) -> ApplyResult:
        return apply_approved(workspace, progress, names, changes=changes, allow=allow, by=by)

    tickets = f"{len(refs):,} ticket{'s' * (len(refs) != 1)}"
    ask.jobs.begin("apply", f"Writing to {tickets}", work, by=by, at=ask.workspace.now())
    return go_to("/plan")


def apply_approved(
    workspace: Workspace,
    progress: Progress,
    names: Sequence[str],
    *,
    changes: frozenset[PrintedChange],
    allow: frozenset[str],
    by: str,
) -> ApplyResult:
    """Plan anew and write what was approved and still holds."""
    workspace.links(progress=progress)
    result = workspace.apply(*names, printed=changes, allow=allow, by=by, progress=progress)
    return result.model_copy(update={"plan": None})  # it is kept for a while, and its plan may be big


def again(ask: Ask) -> Response:
    """Make the plan anew."""
    ask.desk.plans.forget()
    return go_to(ask.entry("back") or "/plan")


def _approved(ask: Ask, plan: Plan) -> frozenset[TicketRef]:
    """Return the tickets that a form approves; never one of a connection that nobody may write to."""
    may_write = writable_connections(ask.workspace)
    known = {one.ticket: one for one in plan.tickets if one.ticket.connection in may_write}
    scope = ask.entry("scope")
    if scope == "ticked":
        ticked = set(ask.form.get("ticket", ()))
        return frozenset(ref for ref in known if str(ref) in ticked)
    conflicts = drifted(plan)
    connection = scope.removeprefix("connection:") if scope.startswith("connection:") else ""
    if scope != "shown" and not connection:
        raise Refused("this form does not say what is approved", next_step="open the plan again", status=400)
    shown = {one.ticket for one in _filtered(ask, plan, form=True).tickets}
    return frozenset(
        ref for ref in known if ref in shown and ref not in conflicts and connection in ("", ref.connection)
    )


def _allowed(ask: Ask) -> frozenset[str]:
    known = BrakeName.__args__  # type: ignore[attr-defined]  # a Literal keeps its words there
    return frozenset(name for name in ask.form.get("allow", ()) if name in known)


def _filtered(ask: Ask, plan: Plan, *, form: bool = False) -> Plan:
    take = ask.entry if form else ask.query
    connection, change = take("connection"), take("change")
    refs = {
        one.ticket
        for one in plan.tickets
        if connection in ("", one.ticket.connection) and (not change or any(_word(c) == change for c in one.changes))
    }
    return part_of(plan, refs)


def _filters(ask: Ask, plan: Plan) -> list[dict[str, Any]]:
    connections = Counter(one.ticket.connection for one in plan.tickets)
    words = Counter(word for one in plan.tickets for word in {_word(c) for c in one.changes if c.slot != PROPERTY})
    return [
        _filter(
            ask, "connection", "Tool", "plug", [(name, name, count) for name, count in sorted(connections.items())]
        ),
        _filter(ask, "change", "Kind", "file-diff", [(w, _WORDS[w][1], words[w]) for w in _WORDS if words[w]]),
    ]


def _filter(ask: Ask, key: str, title: str, icon: str, choices: list[tuple[str, str, int]]) -> dict[str, Any]:
    chosen = ask.query(key)
    rest = {name: value for name, value in _query(ask).items() if name != key}
    every = {"title": "All", "href": address("/plan", rest), "current": not chosen, "count": None}
    found = [
        {"title": said, "href": address("/plan", rest | {key: value}), "current": value == chosen, "count": count}
        for value, said, count in choices
    ]
    said = next((choice["title"] for choice in found if choice["current"]), "All")
    return {"title": title, "icon": icon, "chosen": said, "choices": [every, *found]}


def _query(ask: Ask) -> dict[str, str]:
    return {name: ask.query(name) for name in ("connection", "change") if ask.query(name)}


def _sections(ask: Ask, tickets: Sequence[PlannedTicket], conflicts: frozenset[TicketRef]) -> list[dict[str, Any]]:
    links = ask.workspace.store.links([one.ticket for one in tickets])
    found = []
    for connection, project, of_it in by_project(tickets):
        sees = ask.sees(connection)
        placement = ask.workspace.settings.placement.of(connection, project)
        scores = {place.field for place in placement.score if place.kind == "field"}
        rows = []
        for one in of_it:
            targets = [link.target.id for link in links[one.ticket].links] if one.ticket in links else []
            steps = [t for t in targets if t in ask.workspace.repository.step_by_id]
            rows.append(
                {
                    "one": one,
                    "title": one.title if sees else HIDDEN,
                    "sign": _sign(one),
                    "is_conflict": one.ticket in conflicts,
                    "where": _short(full_name(ask.workspace, steps[0])) if steps else "",
                    "changes": list(_changes(one, scores)),
                    "count": _seen_changes([one]),
                }
            )
        found.append({"connection": connection, "project": project, "rows": rows})
    return found


def _changes(one: PlannedTicket, scores: Collection[str | None]) -> Iterator[dict[str, Any]]:
    """Yield what a person sees of a ticket's changes: labels of one cause together, each cause once."""
    visible = sorted((c for c in one.changes if c.slot != PROPERTY), key=lambda c: slot_kind(c.slot) == "link")
    told: set[str] = set()
    for (word, kind, cause), group in groupby(visible, key=lambda c: (_word(c), slot_kind(c.slot), c.cause)):
        same = list(group)
        values = [change_words(change.before, change.after, change.slot) for change in same]
        is_told = any(part in cause for part in told)
        told.add(cause)
        sign, said = _WORDS[word]
        yield {
            "sign": sign,
            "word": word,
            "says": said,
            "what": "Score" if slot_name(same[0].slot) in scores else _KINDS.get(kind, kind.capitalize()),
            "name": ", ".join(dict.fromkeys(slot_name(c.slot) for c in same)) if kind == "field" else "",
            "values": values,
            "cause": "" if is_told else cause,
            "text": our_words(same[0]) if same[0].slot in TEXTS else "",
        }


def our_words(change: Change) -> Markup:
    """Return our words as the ticket will show them, from the same place that writes them there."""
    if not isinstance(change.after, dict):
        return Markup("")
    text = markdown.render(words_of(Context.model_validate(change.after)), "page")
    return safe_markdown("\n\n".join(line for line in text.split("\n") if not line.startswith("<!--")))


def _word(change: Change) -> str:
    return change_word(before=change.before, after=change.after)


def _sign(one: PlannedTicket) -> tuple[str, str, str]:
    words = {_word(change) for change in one.changes if change.slot != PROPERTY} or {"change"}
    word = words.pop() if len(words) == 1 else "change"
    return (*_WORDS[word], word)


def _seen_changes(tickets: Sequence[PlannedTicket]) -> int:
    return sum(change.slot != PROPERTY for one in tickets for change in one.changes)


def _short(path: str) -> str:
    return " › ".join(path.split(" > ")[-2:])


def _conflicts(ask: Ask, plan: Plan) -> list[dict[str, Any]]:
    """Return what people changed of ours: each with the row of the inbox that answers it, where there is one yet."""
    notes = [note for note in plan.notes if note.kind == "drift" and note.ticket is not None]
    if not notes:
        return []
    rows: dict[tuple[str, str, str], InboxItem] = {
        (row.connection, row.ticket_id, row.slot): row for row in ask.workspace.inbox().rows if row.kind == "drift"
    }
    found = []
    for note in notes:
        if note.ticket is not None:
            row = rows.get((note.ticket.connection, note.ticket.id, note.slot))
            found.append({"note": note, "row": row, "what": slot_words(note.slot)})
    return found


def slot_words(slot: str) -> str:
    """Return "Label journey.pay-bill", "Field customfield_10071", "Link"."""
    return f"{_KINDS.get(slot_kind(slot), slot_kind(slot).capitalize())} {slot_name(slot)}".strip()


def _left_as_it_is(plan: Plan) -> dict[str, Any]:
    """Return what is not written and why, the most frequent first."""
    says: Counter[str] = Counter()
    first: dict[str, str] = {}
    for note in plan.notes:
        if note.kind != "drift":
            says[note.says] += note.count
            first.setdefault(note.says, note.key)
    rows = [(line, count, first[line] if count == 1 else "") for line, count in says.most_common()]
    return {"rows": rows[:MANY_NOTES], "more": max(0, len(rows) - MANY_NOTES)}


PAGE = Page(
    title="Plan",
    path="/plan",
    icon="file-diff",
    section="Sync",
    waiting=lambda ask: ask.pending,
    routes=(
        Route("/plan", look(show)),
        Route("/plan/approve", act(Role.APPROVER, approve), methods=["POST"]),
        Route("/plan/again", act(Role.VIEWER, again), methods=["POST"]),
    ),
)
