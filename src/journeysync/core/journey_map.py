"""The map of coverage: one table per lifecycle, a row per journey, its steps as cells in their own order.

Rows may differ in length; the phases over the cells are those of the row. Only where things stand is decided here,
the figures are those of ``core.cover``.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby

from journeysync.model.base import Model
from journeysync.model.coverage import Coverage, JourneyCoverage, StepCoverage, StepState
from journeysync.model.journey import Journey, JourneyRepository, Lifecycle, Step

VOLUMES = (1, 4, 11, 26, 56)
"""Tickets from which a cell has the next of five levels of colour."""
SHARES = (1, 21, 41, 61, 81)
"""The same by percent done, and by the top score."""
COLOURS = {"": "Tickets", "done": "Share done", "score": "Top score"}
ELSEWHERE = Lifecycle(id="other-journeys", name="Other journeys")
_DEEPEST = 20


class MapCell(Model):
    """One step."""

    step: Step
    figures: StepCoverage
    level: int  # 0 no work, 1 to 5 by the number of tickets
    percent_done: int

    @property
    def open(self) -> int:
        """Return how many counted tickets are todo or doing."""
        return self.figures.todo + self.figures.doing

    def colour(self, by: str) -> int:
        """Return the level, 0 to 5, by which the cell is coloured: one of ``COLOURS``."""
        if not by:
            return self.level
        value = self.percent_done if by == "done" else self.figures.top_score or 0
        return sum(value >= share for share in SHARES)


class MapRow(Model):
    """One journey."""

    journey: Journey
    depth: int  # 0 right below its group
    phases: tuple[tuple[str, int], ...]  # (name, over how many cells), in order; "" where steps have none
    cells: tuple[MapCell, ...]
    figures: JourneyCoverage

    @property
    def percent_done(self) -> int:
        """Return the share of done tickets in the whole row."""
        return _percent(self.figures.row_done, self.figures.row_done + self.figures.row_open)


class MapGroup(Model):
    """A macro journey with the rows below it; ``id`` and name are empty for rows right below the lifecycle."""

    id: str = ""
    name: str = ""
    rows: tuple[MapRow, ...]


class MapLifecycle(Model):
    """One table."""

    lifecycle: Lifecycle
    groups: tuple[MapGroup, ...]
    columns: int  # cells of the longest row
    needs: int
    needs_with_work: int
    gaps: int


def journey_map(repository: JourneyRepository, coverage: Coverage) -> tuple[MapLifecycle, ...]:
    """Return the tables in file order; journeys without steps and without tickets have no row."""
    layout = _Layout(repository, coverage)
    known = {lifecycle.id for lifecycle in repository.lifecycles}
    lifecycles = [*repository.lifecycles, ELSEWHERE]
    tops = [journey for journey in repository.journeys if repository.journey_by_id.get(journey.parent or "") is None]
    found = []
    for lifecycle in lifecycles:
        below = [top for top in tops if (top.parent if top.parent in known else ELSEWHERE.id) == lifecycle.id]
        groups = tuple(group for group in layout.groups(below) if group.rows)
        if groups:
            found.append(_lifecycle(lifecycle, groups))
    return tuple(found)


class _Layout:
    def __init__(self, repository: JourneyRepository, coverage: Coverage) -> None:
        self._repository = repository
        self._steps = {row.id: row for row in coverage.steps}
        self._journeys = {row.id: row for row in coverage.journeys}

    def groups(self, tops: Sequence[Journey]) -> Iterator[MapGroup]:
        """Yield a group per macro journey; what hangs right below the lifecycle comes in groups without a name."""
        for is_macro, of_kind in groupby(tops, key=lambda top: top.level == "macro"):
            if is_macro:
                for top in of_kind:
                    yield MapGroup(id=top.id, name=top.name, rows=tuple(self._rows(top, depth=0)))
            else:
                yield MapGroup(rows=tuple(row for top in of_kind for row in self._rows(top, depth=0)))

    def _rows(self, journey: Journey, *, depth: int) -> Iterator[MapRow]:
        figures = self._journeys.get(journey.id) or JourneyCoverage(id=journey.id)
        steps = [step for step in journey.steps if step.id in self._steps]  # a selection leaves some out
        has_row = bool(steps or figures.tickets or (journey.level == "micro" and not journey.steps))
        if has_row:
            cells = tuple(self._cell(step) for step in steps)
            phases = tuple((name or "", len(list(of))) for name, of in groupby(step.phase for step in steps))
            yield MapRow(journey=journey, depth=depth, phases=phases, cells=cells, figures=figures)
        if depth < _DEEPEST:
            for child in self._repository.journeys:
                if child.parent == journey.id:
                    yield from self._rows(child, depth=depth + (journey.level == "micro"))

    def _cell(self, step: Step) -> MapCell:
        figures = self._steps[step.id]
        work = figures.todo + figures.doing + figures.done
        return MapCell(
            step=step,
            figures=figures,
            level=sum(work >= volume for volume in VOLUMES),
            percent_done=_percent(figures.done, work),
        )


def _lifecycle(lifecycle: Lifecycle, groups: tuple[MapGroup, ...]) -> MapLifecycle:
    rows = [row for group in groups for row in group.rows]
    states = [cell.figures.state for row in rows for cell in row.cells]
    with_work = states.count(StepState.SERVED) + states.count(StepState.THIN)
    return MapLifecycle(
        lifecycle=lifecycle,
        groups=groups,
        columns=max((len(row.cells) for row in rows), default=0),
        needs=with_work + states.count(StepState.GAP),
        needs_with_work=with_work,
        gaps=states.count(StepState.GAP),
    )


def _percent(part: int, whole: int) -> int:
    return round(100 * part / whole) if whole else 0
