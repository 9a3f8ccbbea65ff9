"""Coverage as people read it: the headline, then the steps, gaps first, then what the figures rest on."""

from collections import Counter
from typing import TYPE_CHECKING

from journeysync.cli.output import one_line, table, write
from journeysync.core.age import counted
from journeysync.model.coverage import StepState

if TYPE_CHECKING:
    from journeysync.model.coverage import Coverage, StepCoverage

_ORDER = (
    StepState.GAP,
    StepState.THIN,
    StepState.NOT_KNOWN,
    StepState.OVER_SERVED,
    StepState.WORK_WITHOUT_NEED,
    StepState.SERVED,
)


def show_coverage(found: "Coverage", narrowed: str = "") -> None:
    """Print coverage on stdout; ``narrowed`` says what it is of, where that is not everything."""
    if narrowed:
        write(f"Only {one_line(narrowed)}")
    _headline(found)
    quiet = sum(step.state is StepState.QUIET for step in found.steps)
    steps = sorted(
        (step for step in found.steps if step.state is not StepState.QUIET),
        key=lambda step: (_ORDER.index(step.state), -(step.top_score or 0), step.path),
    )
    if steps:
        write("")
        table(["state", "step", "todo", "doing", "done", "why it needs work"], [_row(step) for step in steps])
    if quiet:
        write(f"\n{counted(quiet, 'quiet step')} not shown: no need, no work (--output csv has all)")
    _rests_on(found)


def _headline(found: "Coverage") -> None:
    totals = found.totals
    if totals.needs:
        share = round(100 * totals.needs_with_work / totals.needs)
        write(f"Needs with work: {totals.needs_with_work} of {totals.needs} ({share} %)")
    else:
        write("Needs with work: no step is known to need work")
    states = Counter(step.state for step in found.steps)
    write("Steps: " + ", ".join(f"{states[s]:,} {s.value}" for s in (*_ORDER, StepState.QUIET) if states[s]))
    parts = [
        f"{totals.without_step:,} without a step",
        counted(totals.orphans, "orphan"),
        f"{totals.enabling:,} enabling work",
        f"{totals.without_reason:,} without customer reason",
        f"{totals.opinion_led:,} opinion-led",
    ]
    write(f"Tickets: {totals.tickets:,}, of them {', '.join(parts)}")
    if (estimates := found.estimates) is not None:
        shares = (("without a step", estimates.without_step), ("without customer reason", estimates.without_reason))
        of_team = ", ".join(f"{100 * part / estimates.tickets:.0f} % {words}" for words, part in shares)
        write(f"Of the estimate of {one_line(estimates.team)}: {of_team}; {estimates.unestimated:,} not estimated")
    if totals.top_without_ticket:
        top = counted(totals.top_without_ticket, "opportunity", "opportunities")
        write(f"{top} of band 4 or 5 without an open ticket (journeysync opportunities)")


def _row(step: "StepCoverage") -> dict[str, object]:
    return {
        "state": step.state.value,
        "step": _below_lifecycle(step.path),
        "todo": step.todo,
        "doing": step.doing,
        "done": step.done,
        "why it needs work": "; ".join(one_line(need) for need in step.needs),
    }


def _below_lifecycle(path: str) -> str:
    return path.partition(" > ")[2] or path


def _rests_on(found: "Coverage") -> None:
    ages = ", ".join(f"{row.connection} {_age(row.hours)}" for row in found.connections) or "no connection"
    origins = ", ".join(found.origins)
    write(f"\nCounted: open tickets, and those done within {found.period_days} days; links by {origins}")
    write(f"Read: {ages}")
    unscored = found.totals.unscored_opportunities
    if unscored:
        are = "has no score and is" if unscored == 1 else "have no score and are"
        write(f"{counted(unscored, 'opportunity', 'opportunities')} {are} left out of the needs")


def _age(hours: float | None) -> str:
    if hours is None:
        return "never"
    if hours < 1:
        return f"{round(hours * 60)} minutes ago" if hours * 60 >= 1.5 else "just now"
    return f"{round(hours)} hours ago" if hours < 48 else f"{round(hours / 24)} days ago"
