"""Brakes: what is unusual about a plan, so that a person looks before it is carried out.

Counted per connection, over the changes that a person would see (our receipt
alone is none of those, except for ``writes``):

- ``first-run``: the first write to this connection. It implies ``changed``, which is then not raised besides.
- ``changed``: at least 3 tickets, and more than the allowed share of all tickets in scope. 3 of 4 is a lot.
- ``removed``: more removals than allowed: labels and links taken out, fields cleared or given back.
- ``writes``: more tickets written to than allowed, receipts included.
- ``ids-lost``, once for the plan: more than 20 % of the repository's ids are gone since the last run.

Each names the rule, opportunity or cause behind most of it.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from math import floor

from journeysync.core.number import exact, short
from journeysync.core.reconcile import GIVES_BACK
from journeysync.model.base import Model
from journeysync.model.change import PROPERTY, Change
from journeysync.model.plan import Brake, BrakeName, PlannedTicket

FEWEST_CHANGED = 3
IDS_LOST_PERCENT = 20


class BrakeLimits(Model):
    """The limits of one connection."""

    changed: float = 0.30  # share of tickets in scope, 0 to 1
    removed: int = 10
    writes: int = 500


@dataclass
class Tally:
    """What a plan does to one connection."""

    written: int = 0  # tickets
    changed: int = 0  # tickets of which a person sees a change
    removed: int = 0  # changes
    causes: Counter[str] = field(default_factory=Counter)  # of changed tickets
    removal_causes: Counter[str] = field(default_factory=Counter)


def tallies(tickets: Iterable[PlannedTicket]) -> dict[str, Tally]:
    """Return what a plan does, by connection."""
    found: dict[str, Tally] = {}
    for planned in tickets:
        tally = found.setdefault(planned.ticket.connection, Tally())
        visible = [change for change in planned.changes if change.slot != PROPERTY]
        removals = [change for change in visible if is_removal(change)]
        tally.written += 1
        tally.changed += bool(visible)
        tally.removed += len(removals)
        tally.causes.update({_group(change) for change in visible})
        tally.removal_causes.update(_group(change) for change in removals)
    return found


def is_removal(change: Change) -> bool:
    """Return whether it takes something of ours out: also a field that gets back what stood there first."""
    return change.after is None or any(name == GIVES_BACK for name, _ in change.inputs)


def brakes_of(
    tickets: Collection[PlannedTicket],
    *,
    in_scope: Mapping[str, int],
    first_runs: Collection[str],
    limits: Mapping[str, BrakeLimits],
) -> tuple[Brake, ...]:
    """Return the brakes that a plan meets, ordered by connection.

    Args:
        tickets: The planned tickets.
        in_scope: How many tickets each connection has in scope.
        first_runs: Connections that were never written to.
        limits: Per connection; the defaults where it is missing.
    """
    return tuple(
        brake
        for connection, tally in sorted(tallies(tickets).items())
        for brake in _brakes(
            connection,
            tally,
            scope=in_scope.get(connection, 0),
            first=connection in first_runs,
            limits=limits.get(connection, BrakeLimits()),
        )
    )


def ids_lost_brake(ids_lost: Collection[str], ids_before: int | None) -> tuple[Brake, ...]:
    """Return the brake on a repository that lost over 20 % of its ids; any loss counts when the number is unknown."""
    lost = len(ids_lost)
    if not lost or (ids_before and lost * 100 <= ids_before * IDS_LOST_PERCENT):
        return ()
    of = f" of {ids_before}" if ids_before else ""
    names = ", ".join(sorted(ids_lost)[:3]) + (" ..." if lost > 3 else "")
    says = f"the journey repository lost {lost}{of} steps and opportunities since the last run"
    return (Brake(name="ids-lost", says=says, cause=f"gone: {names}"),)


def still_held(brakes: Iterable[Brake], tickets: Collection[PlannedTicket]) -> tuple[Brake, ...]:
    """Return the brakes that a part of a plan still meets; a part never meets one that the whole did not."""
    by_connection = tallies(tickets)
    kept: list[Brake] = []
    for brake in brakes:
        if brake.name == "ids-lost":
            kept.append(brake)
        elif (tally := by_connection.get(brake.connection)) is not None:
            count = {"changed": tally.changed, "removed": tally.removed, "writes": tally.written}.get(brake.name)
            if brake.allowed is None or count is None or count > brake.allowed:
                kept.append(brake)
    return tuple(kept)


def _brakes(connection: str, tally: Tally, *, scope: int, first: bool, limits: BrakeLimits) -> Iterator[Brake]:
    def brake(name: BrakeName, says: str, causes: Counter[str], allowed: int | None) -> Brake:
        return Brake(
            name=name, says=f"{connection}: {says}", cause=_most(causes), connection=connection, allowed=allowed
        )

    if first:
        says = f"the first write to this connection, {_count(tally.written, 'ticket')} of {scope}"
        yield brake("first-run", says, tally.causes, None)
    allowed = max(floor(exact(limits.changed) * scope), FEWEST_CHANGED - 1)
    if not first and tally.changed > allowed:
        share = f"{100 * tally.changed // scope} %" if scope else "all"
        says = f"{tally.changed} of {scope} tickets would change ({share}, at most {short(limits.changed * 100)} %)"
        yield brake("changed", says, tally.causes, allowed)
    if tally.removed > limits.removed:
        says = f"{_count(tally.removed, 'removal')} (at most {limits.removed})"
        yield brake("removed", says, tally.removal_causes, limits.removed)
    if tally.written > limits.writes:
        says = f"{_count(tally.written, 'ticket')} would be written to (at most {limits.writes})"
        yield brake("writes", says, tally.causes, limits.writes)


def _group(change: Change) -> str:
    """Return what is behind a change: its rule, its opportunity, else its cause."""
    inputs = dict(change.inputs)
    if inputs.get("rule"):
        return f"rule {inputs['rule']}"
    if inputs.get("because"):
        return f"opportunity {inputs['because'][0]}"
    return change.cause


def _most(causes: Counter[str]) -> str:
    if not causes:
        return ""
    count = max(causes.values())
    most = [cause for cause, times in causes.items() if times == count]
    name = min(most, key=lambda cause: (not cause.startswith("rule "), cause))  # a rule is what a person can mend
    return f"most of it by {name} ({count})"


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
