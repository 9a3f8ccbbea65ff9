"""A plan over many tickets: ordered, counted, with its brakes and notes.

What changes in one ticket is decided in ``core.reconcile``, what may be written
of a plan file in ``core.restrict``; both are offered here too, since a caller
thinks of them as planning.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from journeysync.core.brakes import BrakeLimits, brakes_of, ids_lost_brake
from journeysync.core.estimate import requests_estimate
from journeysync.core.order import natural
from journeysync.core.reconcile import GIVES_BACK, plan_ticket
from journeysync.core.restrict import PrintedChange, printed_changes, restrict
from journeysync.core.summary import summary_of
from journeysync.model.plan import Note, Plan, PlannedTicket, Quiet
from journeysync.model.tracker import WriteCosts

__all__ = [
    "GIVES_BACK",
    "BrakeLimits",
    "PrintedChange",
    "make_plan",
    "plan_ticket",
    "printed_changes",
    "requests_estimate",
    "restrict",
]

_COUNTED = ("fallback", "blocked", "skipped", "unknown-label", "unknown-origin")


def make_plan(
    planned: Iterable[PlannedTicket],
    notes: Iterable[Note],
    *,
    in_scope: Mapping[str, int],
    first_runs: Collection[str],
    limits: Mapping[str, BrakeLimits],
    made_at: datetime,
    ids_lost: Collection[str] = (),
    ids_before: int | None = None,
    repository_version: str = "",
    reads: tuple[tuple[str, datetime | None], ...] = (),
    costs: Mapping[str, WriteCosts] | None = None,
    quiet: Mapping[str, Quiet] | None = None,
) -> Plan:
    """Return the plan of all tickets, ordered by connection, project, key (by number) and slot.

    Args:
        planned: Tickets in any order; those without changes are left out.
        notes: Any order; fallbacks, skipped tickets and labels are counted, one note each.
        in_scope: How many tickets each connection has in scope.
        first_runs: Connections that were never written to.
        limits: Brakes per connection.
        made_at: The time of this run.
        ids_lost: Ids of steps and opportunities that the repository lost since the last run.
        ids_before: How many it had then.
        repository_version: Of the journeys that the plan rests on.
        reads: When each connection was last read in full.
        costs: How many tickets one request serves, per connection.
        quiet: Whether a connection can be written to without notification mails.
    """
    tickets = tuple(sorted((one for one in planned if one.changes), key=_place))
    told = _counted(notes)
    blocked = sum(note.count for note in told if note.kind == "blocked")
    brakes = brakes_of(tickets, in_scope=in_scope, first_runs=first_runs, limits=limits)
    return Plan(
        tickets=tickets,
        notes=told,
        brakes=(*brakes, *(ids_lost_brake(ids_lost, ids_before) if tickets else ())),
        summary=summary_of(tickets, blocked=blocked, costs=costs, quiet=quiet),
        made_at=made_at,
        repository_version=repository_version,
        reads=reads,
        quiet=tuple(sorted((quiet or {}).items())),
        costs=tuple(sorted((costs or {}).items(), key=lambda pair: pair[0])),
    )


def _place(planned: PlannedTicket) -> tuple[object, ...]:
    return (planned.ticket.connection, natural(planned.project), natural(planned.key), planned.ticket.id)


def _counted(notes: Iterable[Note]) -> tuple[Note, ...]:
    """Return notes with those that say the same of many tickets joined, ordered by what they say."""
    single: list[Note] = []
    many: Counter[tuple[str, str, str]] = Counter()
    tickets: dict[tuple[str, str, str], Note] = {}
    for note in notes:
        if note.kind in _COUNTED or note.ticket is None:
            what = (note.kind, note.slot, note.says)
            many[what] += note.count
            tickets.setdefault(what, note)
        else:
            single.append(note)
    joined = [
        tickets[what].model_copy(update={"count": count, "ticket": tickets[what].ticket if count == 1 else None})
        for what, count in many.items()
    ]
    return tuple(sorted((*single, *joined), key=lambda note: (note.kind, str(note.ticket or ""), note.slot, note.says)))
