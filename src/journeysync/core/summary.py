"""Counts for the head of a plan."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from journeysync.core.brakes import is_removal
from journeysync.core.estimate import requests_estimate
from journeysync.core.held import is_empty
from journeysync.model.change import COMMENT, PROPERTY
from journeysync.model.plan import PlannedTicket, PlanSummary, Quiet
from journeysync.model.tracker import WriteCosts


def summary_of(
    tickets: Sequence[PlannedTicket],
    *,
    blocked: int,
    costs: Mapping[str, WriteCosts] | None = None,
    quiet: Mapping[str, Quiet] | None = None,
) -> PlanSummary:
    """Return the counts of a plan.

    ``add``, ``change``, ``remove`` and ``tickets`` count what a person sees; tickets of which only our
    receipt changes are counted apart as ``receipts``. ``quiet`` says which connections are written
    without mails; one that it does not name may send them.
    """
    counts = {"add": 0, "change": 0, "remove": 0, "tickets": 0, "receipts": 0, "may_mail": 0}
    by_connection: dict[str, list[PlannedTicket]] = defaultdict(list)
    for planned in tickets:
        by_connection[planned.ticket.connection].append(planned)
        visible = [change for change in planned.changes if change.slot != PROPERTY]
        counts["tickets" if visible else "receipts"] += 1
        is_loud = any(change.slot == COMMENT and change.before is None for change in visible)  # nobody can mute those
        counts["may_mail"] += is_loud or (bool(visible) and (quiet or {}).get(planned.ticket.connection) != "yes")
        for change in visible:
            counts["remove" if is_removal(change) else "add" if is_empty(change.before) else "change"] += 1
    requests = sum(
        requests_estimate(planned, (costs or {}).get(name, WriteCosts())) for name, planned in by_connection.items()
    )
    return PlanSummary(**counts, jump_up=counts["tickets"], requests_estimate=requests, blocked=blocked)
