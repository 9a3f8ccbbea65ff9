"""A plan as people read it: per project, per ticket, what changes and why."""

from collections.abc import Iterator
from itertools import groupby

from journeysync.cli.output import one_line, write
from journeysync.model.change import PROPERTY, Change, slot_kind, slot_name
from journeysync.model.plan import Plan, PlannedTicket

_MANY = 40  # tickets shown in full; the rest is counted, and whole in --output json


def show_plan(plan: Plan) -> None:
    """Print a plan on stdout."""
    if not plan.tickets:
        write("No changes: every ticket shows what it should.")
        _notes(plan)
        return
    shown = plan.tickets[:_MANY]
    for (connection, project), tickets in groupby(shown, key=lambda t: (t.ticket.connection, t.project)):
        write(f"{connection} > {project}")
        for ticket in tickets:
            for line in ticket_lines(ticket):
                write(f"  {line}")
    if len(plan.tickets) > _MANY:
        write(f"... and {len(plan.tickets) - _MANY} more tickets (all of them: journeysync plan --output markdown)")
    summary = plan.summary
    write(
        f"\nPlan {plan.checksum}: {summary.tickets} tickets, + {summary.add} to add, ~ {summary.change} to change, "
        f"- {summary.remove} to remove; about {summary.requests_estimate} requests"
    )
    _notes(plan)
    for brake in plan.brakes:
        cause = f" ({one_line(brake.cause)})" if brake.cause else ""
        write(f"Brake '{brake.name}': {one_line(brake.says)}{cause}. If it is meant: --allow {brake.name}")


def ticket_lines(planned: PlannedTicket) -> Iterator[str]:
    """Yield one planned ticket as its owner reads it: key and title, then each change with its cause."""
    yield f"{planned.key}  {one_line(planned.title)[:90]}"
    for change in planned.changes:
        if change.slot != PROPERTY:
            yield f"  {_sign(change)} {_words(change)}   why: {one_line(change.cause)}"


def _sign(change: Change) -> str:
    if change.before is None:
        return "+"
    return "-" if change.after is None else "~"


def _words(change: Change) -> str:
    kind, name = slot_kind(change.slot), slot_name(change.slot)
    if kind == "label":
        return f"label {name}"
    if kind == "link":
        return f'link "{one_line(str((change.after or change.before or {}).get("title", "")))}"'
    before = "nothing" if change.before is None else one_line(str(change.before))
    after = "nothing" if change.after is None else one_line(str(change.after))
    return f"{kind} {name}: {before} -> {after}"


def _notes(plan: Plan) -> None:
    for note in plan.notes:
        times = f" ({note.count} tickets)" if note.count > 1 else ""
        where = f"{note.ticket} " if note.ticket and note.count == 1 else ""
        write(f"  . {where}{one_line(note.says)}{times}")
