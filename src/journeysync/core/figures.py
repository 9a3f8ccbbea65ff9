"""Figures by name: each is the list of what it counts, so that a number and what it opens can never differ."""

from collections.abc import Iterable
from typing import Literal

from journeysync.model.base import Model
from journeysync.model.coverage import Coverage, OpportunityCoverage, StepState
from journeysync.model.journey import JourneyRepository

Of = Literal["steps", "opportunities", "tickets"]
_STEPS = (
    ("needs-with-work", "Needs with work", (StepState.SERVED, StepState.THIN), "a need, and open work on it"),
    ("gaps", "Gaps", (StepState.GAP,), "a need, and no open work"),
    ("thin", "Thin", (StepState.THIN,), "a need, and little open work"),
    ("over-served", "Over-served", (StepState.OVER_SERVED,), "much open work, and only low scores"),
    ("work-without-need", "Work without need", (StepState.WORK_WITHOUT_NEED,), "work, and no known need"),
    ("not-known", "Not known", (StepState.NOT_KNOWN,), "the trackers were not read within the limit"),
)
_NEEDING = (StepState.SERVED, StepState.THIN, StepState.GAP)
_TICKETS = (
    ("tickets", "Tickets counted", "open, or done within the period"),
    ("without-step", "Tickets without a step", "linked to no step, directly or by an opportunity"),
    ("orphans", "Orphans", "no link, and not enabling work"),
    ("enabling", "Enabling work", "a rule names it as such, with its reason"),
    ("without-reason", "Without customer reason", "an orphan, or linked only to opportunities without insight"),
    ("opinion-led", "Opinion-led", "linked, and nothing behind it has evidence of 2 or more"),
)
_TOP_BANDS = (4, 5)


class Figure(Model):
    """One number and what it counts."""

    name: str
    title: str
    of: Of
    says: str  # what makes a thing belong to it
    ids: tuple[str, ...]  # full step ids, opportunity ids, or "connection/id"
    whole: int | None = None  # of how many; None where that says nothing

    @property
    def count(self) -> int:
        """Return how many there are."""
        return len(self.ids)

    @property
    def percent(self) -> float | None:
        """Return the share, one decimal; None of nothing."""
        return round(100 * self.count / self.whole, 1) if self.whole else None


def figures(coverage: Coverage, repository: JourneyRepository) -> dict[str, Figure]:
    """Return every figure by its name, in the order in which people read them."""
    found = [*_of_steps(coverage), *_of_tickets(coverage), *_of_opportunities(coverage, repository)]
    return {figure.name: figure for figure in found}


def _of_steps(coverage: Coverage) -> Iterable[Figure]:
    needs = sum(row.state in _NEEDING for row in coverage.steps)
    for name, title, states, says in _STEPS:
        ids = tuple(row.id for row in coverage.steps if row.state in states)
        whole = needs if set(states) <= set(_NEEDING) else len(coverage.steps)
        yield Figure(name=name, title=title, of="steps", says=says, ids=ids, whole=whole)


def _of_tickets(coverage: Coverage) -> Iterable[Figure]:
    for name, title, says in _TICKETS:
        ids = getattr(coverage, name.replace("-", "_"))
        whole = None if name == "tickets" else len(coverage.tickets)
        yield Figure(name=name, title=title, of="tickets", says=says, ids=ids, whole=whole)


def _of_opportunities(coverage: Coverage, repository: JourneyRepository) -> Iterable[Figure]:
    rows = [row for row in coverage.opportunities if repository.opportunity_by_id[row.id].counts]
    needs = sum(row.state in {state.value for state in _NEEDING} for row in rows)

    def figure(name: str, title: str, says: str, those: Iterable[OpportunityCoverage], whole: int) -> Figure:
        ids = tuple(row.id for row in those)
        return Figure(name=name, title=title, of="opportunities", says=says, ids=ids, whole=whole)

    for name, title, states, says in _STEPS:
        values = {state.value for state in states}
        of_state = [row for row in rows if row.state in values]
        whole = needs if set(states) <= set(_NEEDING) else len(rows)
        yield figure(f"opportunity-{name}", f"Opportunities: {title.lower()}", says, of_state, whole)
    top = [row for row in rows if row.band in _TOP_BANDS and not row.open and row.state != StepState.NOT_KNOWN.value]
    yield figure(
        "top-without-ticket", "Top opportunities without a ticket", "band 4 or 5, no open work", top, len(rows)
    )
    led = [row for row in rows if row.unfounded]
    yield figure(
        "opinion-led-opportunities", "Opinion-led opportunities", "no insight of evidence 2 or more", led, len(rows)
    )
    unscored = [row for row in rows if row.score is None]
    yield figure(
        "unscored-opportunities", "Opportunities without a score", "an input is not known", unscored, len(rows)
    )
