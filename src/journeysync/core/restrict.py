"""Only what was printed: the part of a new plan that stands in a plan file (product.md 4, ``apply PLAN``).

A plan file is never carried out itself. Of the plan made anew those changes
stay whose ticket, slot, value before and value after stand in the file. The
receipt follows its ticket's other changes: it is worked out again so that it
names exactly the slots that we hold once the kept changes are written.
"""

from typing import Any, TypeAlias

from journeysync.core.brakes import still_held
from journeysync.core.held import digest_of
from journeysync.core.summary import summary_of
from journeysync.model.base import value_hash
from journeysync.model.change import PROPERTY, Change, SetProperty, undated
from journeysync.model.plan import Plan, PlannedTicket
from journeysync.model.receipt import Receipt

PrintedChange: TypeAlias = tuple[str, str, str, str, str]
"""(connection, ticket id, slot, hash of before, hash of after)."""


def printed_changes(plan: Plan) -> frozenset[PrintedChange]:
    """Return all changes of a plan, as a plan file names them."""
    return frozenset(name_of(change) for planned in plan.tickets for change in planned.changes)


def restrict(plan: Plan, printed: frozenset[PrintedChange]) -> Plan:
    """Return the part of a plan that was printed; brakes that this part does not meet are let go."""
    kept = tuple(part for planned in plan.tickets if (part := part_of(planned, printed)) is not None)
    summary = summary_of(kept, blocked=plan.summary.blocked, costs=dict(plan.costs), quiet=dict(plan.quiet))
    return plan.model_copy(update={"tickets": kept, "brakes": still_held(plan.brakes, kept), "summary": summary})


def name_of(change: Change) -> PrintedChange:
    """Return how a plan file names a change; the date that a text carries is no part of it."""
    ticket = change.ticket
    before, after = (value_hash(undated(change.slot, value)) for value in (change.before, change.after))
    return (ticket.connection, ticket.id, change.slot, before, after)


def part_of(planned: PlannedTicket, printed: frozenset[PrintedChange]) -> PlannedTicket | None:
    """Return the printed changes of a planned ticket, the receipt naming what is held then; None if there are none."""
    receipt = next((change for change in planned.changes if isinstance(change, SetProperty)), None)
    others = [change for change in planned.changes if change.slot != PROPERTY]
    kept: list[Change] = [change for change in others if name_of(change) in printed]
    if receipt is not None:
        if not others and name_of(receipt) in printed:
            return planned
        if kept:
            follows = receipt if len(kept) == len(others) else _following(receipt, kept, others)
            kept += [follows] if follows.after != follows.before else []
    if not kept:
        return None
    return planned if len(kept) == len(planned.changes) else planned.model_copy(update={"changes": tuple(kept)})


def _following(receipt: SetProperty, kept: list[Change], others: list[Change]) -> SetProperty:
    """Return the receipt for the kept changes only: a slot whose change is left out stays as it was."""
    before: dict[str, Any] = receipt.before or {}
    after: dict[str, Any] = receipt.after or {}
    if before.get("ticket", receipt.ticket.id) != receipt.ticket.id:
        before = {}  # that of another ticket, which makes nothing ours here
    held_before: dict[str, str] = before.get("slots", {})
    slots: dict[str, str] = dict(after.get("slots", {}))
    left_out = [change for change in others if change not in kept]
    for change in left_out:
        slots.pop(change.slot, None)
        if change.slot in held_before:
            slots[change.slot] = held_before[change.slot]
        elif change.after is None:  # ours by the ledger only, and to be taken out
            slots[change.slot] = digest_of(change.slot, change.before)
    if not slots:
        return receipt.model_copy(update={"after": None})
    shows_score = any(name == "score" for change in kept for name, _ in change.inputs)
    told = after if after and (shows_score or not before) else before
    score = told.get("score") if shows_score or before else None
    links = (after or before).get("links", [])
    kept_receipt = Receipt(ticket=receipt.ticket.id, links=links, score=score, slots=tuple(sorted(slots.items())))
    return receipt.model_copy(update={"after": kept_receipt.as_json()})
