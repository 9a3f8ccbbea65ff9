"""Where things stand on the map: tables, groups, rows, phases."""

from datetime import UTC, datetime

from journeysync.core.count import CountedTicket
from journeysync.core.cover import cover
from journeysync.core.journey_map import journey_map
from journeysync.model.coverage import EVERYTHING, CoverageSettings, Selection
from journeysync.model.journey import Journey, JourneyRepository, Lifecycle, Step
from journeysync.model.link import Tie
from journeysync.model.ticket import State

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


def a_step(journey: str, name: str, phase: str | None = None, **more: str) -> Step:
    return Step(id=f"{journey}.{name}", name=name.title(), journey=journey, phase=phase, **more)


REPOSITORY = JourneyRepository(
    lifecycles=(Lifecycle(id="live", name="Live"), Lifecycle(id="leave", name="Leave")),
    journeys=(
        Journey(id="pay", name="Pay", level="macro", parent="live"),
        Journey(id="bill", name="Bill", parent="pay", steps=(a_step("bill", "a", "See"), a_step("bill", "b", "See"))),
        Journey(id="dispute", name="Dispute", parent="bill", steps=(a_step("dispute", "a", to_be="new"),)),
        Journey(id="move", name="Move", parent="live", steps=(a_step("move", "a"),)),
        Journey(id="lost", name="Lost", parent=None, steps=(a_step("lost", "a"),)),
    ),
)


def a_map(*ties: Tie, selection: Selection = EVERYTHING):
    tickets = [CountedTicket(name=f"b/{n}", state=State.TODO, ties=(tie,)) for n, tie in enumerate(ties)]
    coverage = cover(
        tickets,
        REPOSITORY,
        CoverageSettings(),
        scores={},
        ages=(),
        now=NOW,
        period_start=NOW,
        selection=selection,
    )
    return journey_map(REPOSITORY, coverage)


def test_a_journey_stands_below_its_macro_journey_and_one_below_a_journey_is_indented() -> None:
    live, other = a_map()
    assert [(group.name, [(row.journey.id, row.depth) for row in group.rows]) for group in live.groups] == [
        ("Pay", [("bill", 0), ("dispute", 1)]),
        ("", [("move", 0)]),
    ]
    assert (live.columns, other.lifecycle.name) == (2, "Other journeys")


def test_phases_span_their_steps_and_a_lifecycle_without_journeys_has_no_table() -> None:
    live, _ = a_map()
    assert live.groups[0].rows[0].phases == (("See", 2),)
    assert live.groups[1].rows[0].phases == (("", 1),)


def test_a_row_counts_a_ticket_once_and_colours_by_what_is_asked() -> None:
    on_a = [Tie("step", "bill.a", "rule", 1.0)] * 4
    live, _ = a_map(*on_a, Tie("journey", "bill", "rule", 1.0))
    row = live.groups[0].rows[0]
    assert (row.figures.row_open, len(row.figures.tickets)) == (5, 1)
    assert (row.cells[0].colour(""), row.cells[0].colour("done"), row.cells[0].colour("score")) == (2, 0, 0)


def test_steps_that_a_selection_leaves_out_have_no_cell_and_their_row_goes() -> None:
    live, _ = a_map(selection=Selection(view="today"))
    assert [row.journey.id for group in live.groups for row in group.rows] == ["bill", "move"]
