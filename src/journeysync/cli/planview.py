"""A plan as people read it: its size first, then per project and ticket what changes and why, then what stops it."""

from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import unified_diff
from itertools import groupby

from journeysync.cli.output import one_line, write
from journeysync.core.age import counted
from journeysync.core.slot_words import change_words
from journeysync.model.base import Value
from journeysync.model.change import LINK, PROPERTY, TEXTS, Change, slot_kind, slot_name
from journeysync.model.context import Context
from journeysync.model.plan import Plan, PlannedTicket
from journeysync.richtext.words import words_of

_MANY = 40  # tickets shown in full; the rest is counted, and whole in --output json
_MANY_NOTES = 12
_BY_PEOPLE = ("drift", "foreign", "unknown-label", "unknown-origin")  # what somebody did; told before what we leave out
_WIDEST = 100  # columns of a line of a text
_WIDE = 60  # columns of a change before its cause
_SIGNS = {"add": "+", "change": "~", "remove": "-"}


def show_plan(plan: Plan) -> None:
    """Print a plan on stdout."""
    if not plan.tickets:
        write("No changes: every ticket shows what it should." if plan.reads else "No plan: nothing was read so far.")
        _notes(plan)
        return
    _head(plan)
    for (connection, project), tickets in groupby(plan.tickets[:_MANY], key=lambda t: (t.ticket.connection, t.project)):
        write(f"\n{connection} > {project}")
        for ticket in tickets:
            for line in ticket_lines(ticket):
                write(f"  {line}")
    if len(plan.tickets) > _MANY:
        more = counted(len(plan.tickets) - _MANY, "more ticket")
        write(f"\n... and {more}; all of them: journeysync plan --output markdown")
    _notes(plan)
    if plan.brakes:
        write("")
    for brake in plan.brakes:
        cause = f" ({one_line(brake.cause)})" if brake.cause else ""
        write(f"Stopped by the brake '{brake.name}': {one_line(brake.says)}{cause}")
        write(f"  next:  if it is meant, apply with --allow {brake.name}")


def ticket_lines(planned: PlannedTicket) -> Iterator[str]:
    """Yield one planned ticket as its owner reads it: key and title, then each change, each cause once."""
    yield f"{planned.key}  {_cut(one_line(planned.title), 90)}"
    visible = [change for change in planned.changes if change.slot != PROPERTY]
    if not visible:
        yield "  . only our receipt in this ticket's properties: nothing that a person sees"
    rows = list(_rows(visible))
    width = min(_WIDE, max((len(words) for words, _ in rows), default=0))
    for words, cause in rows:
        yield f"  {words:<{width}}   {cause}".rstrip()


def text_lines(before: Value, after: Value) -> Iterator[str]:
    """Yield what a text says, line by line: all of a new one, of a changed one the lines that differ."""
    old, new = _text(before), _text(after)
    if not old or not new:
        yield from (_cut(line, _WIDEST) for line in new)
        return
    for line in unified_diff(old, new, n=0, lineterm=""):
        if not line.startswith(("---", "+++", "@@")):
            yield f"{line[0]} {_cut(line[1:], _WIDEST)}"


def _text(value: Value) -> list[str]:
    if not isinstance(value, dict):
        return []
    words = words_of(Context.model_validate(value | {"written_on": None}))
    return [one_line("".join(span.text for span in line)) for line in words.lines]


def _head(plan: Plan) -> None:
    counts = plan.summary
    parts = [
        *((f"+ {counts.add:,} to add",) if counts.add else ()),
        *((f"~ {counts.change:,} to change",) if counts.change else ()),
        *((f"- {counts.remove:,} to remove",) if counts.remove else ()),
    ]
    write(f"Plan {plan.checksum}: {counted(counts.tickets, 'ticket')}   {'   '.join(parts)}".rstrip())
    up = counts.jump_up
    moves = f"; {counted(up, 'ticket')} would move to the top of 'recently updated'" if up else ""
    write(f"About {counted(counts.requests_estimate, 'request')}{moves}")
    if up:
        write(_mails(plan))


def _mails(plan: Plan) -> str:
    """Return how many tickets may send mails, and how to find out where that is not known."""
    most = plan.summary.may_mail
    if not most:
        return "No mails are sent"
    says = f"Up to {counted(most, 'ticket')} may send mails to their watchers"
    if all(known != "unknown" for _, known in plan.quiet):
        return says
    return f"{says} (find out: journeysync doctor --write-test KEY)"


def _rows(changes: Sequence[Change]) -> Iterator[tuple[str, str]]:
    """Yield (words, cause): labels with one cause on one line, and a link's cause only where it is a new one."""
    told: set[str] = set()
    ordered = sorted(changes, key=lambda c: (c.slot == LINK, _kind(c) != "label"))
    for (sign, kind, cause), group in groupby(ordered, key=lambda c: (_sign(c), _kind(c), one_line(c.cause))):
        same = list(group)
        if kind == "label":
            yield f"{sign} label {', '.join(slot_name(change.slot) for change in same)}", cause
        elif same[0].slot in TEXTS:
            for change in same:
                yield f"{sign} {kind}", cause
                yield from ((f"    {line}", "") for line in text_lines(change.before, change.after))
        else:
            for change in same:
                is_told = kind == LINK and any(part in cause for part in told)
                yield f"{sign} {_words(change)}", "" if is_told else cause
        told.add(cause)


def _kind(change: Change) -> str:
    return slot_kind(change.slot)


def _sign(change: Change) -> str:
    if change.before is None:
        return _SIGNS["add"]
    return _SIGNS["remove"] if change.after is None else _SIGNS["change"]


def _words(change: Change) -> str:
    before, after = change_words(change.before, change.after, change.slot)
    if change.slot == LINK:
        return f'link "{after or before}"'
    what = f"{_kind(change)} {slot_name(change.slot)}".strip()
    if change.before is None:
        return f"{what}: {after}"
    return f"{what}: {before} -> {after or 'nothing'}"


def _notes(plan: Plan) -> None:
    says: Counter[str] = Counter()
    tickets: dict[str, str] = {}
    by_people: list[str] = []
    for note in plan.notes:
        line = one_line(note.says)
        says[line] += note.count
        tickets.setdefault(line, note.key or (str(note.ticket) if note.ticket else ""))
        if note.kind in _BY_PEOPLE and line not in by_people:
            by_people.append(line)
    if says:
        write("\nLeft as it is")
    lines = [*by_people, *(line for line, _ in says.most_common() if line not in by_people)]
    for line in lines[:_MANY_NOTES]:
        where = tickets[line] if says[line] == 1 else counted(says[line], "ticket")
        write(f"  . {line}" + (f" ({where})" if where else ""))
    if len(says) > _MANY_NOTES:
        write(f"  . and {len(says) - _MANY_NOTES:,} more (journeysync plan --output json has them all)")


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1].rstrip()}…"
