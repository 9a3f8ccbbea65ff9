"""Coverage by its definitions (formats.md 9), and against a recount that shares no code with it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from journeysync.core.cover import CountedTicket, cover
from journeysync.core.score import opportunity_scores
from journeysync.model.coverage import (
    EVERYTHING,
    ConnectionAge,
    Counts,
    Coverage,
    CoverageSettings,
    Selection,
    StepCoverage,
)
from journeysync.model.journey import Insight, Journey, JourneyRepository, Lifecycle, Metric, Opportunity, Step
from journeysync.model.link import Origin, Tie
from journeysync.model.scoring import Scoring
from journeysync.model.ticket import State

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
PERIOD = NOW - timedelta(days=180)
FRESH = (ConnectionAge(connection="billing", read_at=NOW, hours=1.0),)
OLD = (*FRESH, ConnectionAge(connection="app", read_at=NOW - timedelta(hours=30), hours=30.0))
NEVER = (*FRESH, ConnectionAge(connection="app", read_at=None, hours=None))
PAIN = Insight(id="I-7", kind="pain", says="Nobody says why", evidence=3)
CALLS = Metric(id="calls", name="Calls", better="lower", target=25, now=38)
REPOSITORY = JourneyRepository(
    lifecycles=(Lifecycle(id="live-with-us", name="Live with us"),),
    journeys=(
        Journey(id="pay", name="Pay", level="macro", parent="live-with-us"),
        Journey(
            id="pay-bill",
            name="Understand and pay a bill",
            parent="pay",
            steps=(
                Step(id="pay-bill.see-why", name="See why it changed", journey="pay-bill", insights=(PAIN,)),
                Step(id="pay-bill.pay", name="Pay", journey="pay-bill", metrics=(CALLS,)),
                Step(id="pay-bill.dispute", name="Dispute a line", journey="pay-bill"),
            ),
        ),
        Journey(
            id="move-home",
            name="Move home",
            parent="live-with-us",
            steps=(Step(id="move-home.plan", name="Plan", journey="move-home"),),
        ),
    ),
    opportunities=(
        Opportunity(
            id="OPP-3",
            name="Say why",
            for_=("pay-bill.see-why", "pay"),
            because=("I-7",),
            customer_value=9.3,
            business_value=8,
        ),
        Opportunity(id="OPP-5", name="Low", for_=("move-home",), customer_value=2, business_value=2),
        Opportunity(id="OPP-8", name="Unknown", for_=("move-home.plan",), customer_value=9),
        Opportunity(
            id="OPP-9", name="Done", for_=("pay-bill.dispute",), customer_value=9, business_value=9, state="done"
        ),
        Opportunity(id="OPP-19", name="Not now", customer_value=9, business_value=9, state="will-not", reason="x"),
        Opportunity(id="OPP-20", name="Nowhere", customer_value=7, business_value=7, state="doing"),
    ),
)
SCORES = opportunity_scores(REPOSITORY, Scoring(), NOW.date())


def a_tie(target: str, origin: Origin = Origin.RULE, confidence: float = 1.0) -> Tie:
    kind = "opportunity" if target.startswith("OPP") else "step" if "." in target else "journey"
    return Tie(kind, target, origin, confidence)


def a_ticket(
    number: int,
    *targets: str,
    state: State = State.TODO,
    links: Sequence[tuple[str, Origin, float]] = (),
    **fields: Any,
) -> CountedTicket:
    ties = (*(a_tie(target) for target in targets), *(a_tie(*link) for link in links))
    return CountedTicket(name=f"billing/{number}", state=state, ties=ties, **fields)


def covered(
    *tickets: CountedTicket,
    ages: Sequence[ConnectionAge] = FRESH,
    settings: CoverageSettings | None = None,
    repository: JourneyRepository = REPOSITORY,
    selection: Selection = EVERYTHING,
) -> Coverage:
    return cover(
        tickets,
        repository,
        settings or CoverageSettings(),
        scores=SCORES,
        ages=ages,
        now=NOW,
        period_start=PERIOD,
        selection=selection,
    )


def step(coverage: Coverage, name: str) -> StepCoverage:
    return next(row for row in coverage.steps if row.id == name)


# --- definitions, one by one ---


def test_a_link_to_a_step_counts_there_and_names_its_ticket() -> None:
    row = step(covered(a_ticket(1, "pay-bill.pay"), a_ticket(2, "pay-bill.pay", state=State.DOING)), "pay-bill.pay")

    assert (row.todo, row.doing, row.done) == (1, 1, 0)
    assert (row.tickets, row.via) == (("billing/1", "billing/2"), ())
    assert row.path == "Live with us > Pay > Understand and pay a bill > Pay"


def test_a_link_to_an_opportunity_counts_on_each_of_its_steps_as_via() -> None:
    coverage = covered(a_ticket(1, "OPP-3"), a_ticket(2, "OPP-3", "pay-bill.pay"))

    for name in ("pay-bill.see-why", "pay-bill.pay", "pay-bill.dispute"):
        assert step(coverage, name).tickets == ("billing/1", "billing/2")
    assert step(coverage, "pay-bill.pay").via == ("billing/1",)
    assert step(coverage, "pay-bill.dispute").via == ("billing/1", "billing/2")
    assert step(coverage, "move-home.plan").tickets == ()
    assert coverage.totals.tickets == 2
    assert coverage.totals.without_step == 0


def test_a_link_to_a_journey_counts_in_its_own_cell_and_on_no_step() -> None:
    coverage = covered(a_ticket(1, "pay-bill"))

    assert [row.tickets for row in coverage.journeys if row.id == "pay-bill"] == [("billing/1",)]
    assert not any(row.tickets for row in coverage.steps)
    assert coverage.without_step == ("billing/1",)
    assert coverage.orphans == ()


@pytest.mark.parametrize(
    ("origin", "confidence", "counts"), [(Origin.RULE, 0.7, True), (Origin.RULE, 0.69, False), (Origin.HAND, 1, False)]
)
def test_only_links_of_counted_origin_and_confidence_count(origin: Origin, confidence: float, counts: bool) -> None:
    settings = CoverageSettings(counts=Counts(origins=(Origin.RULE, Origin.LABEL)))
    coverage = covered(a_ticket(1, links=(("pay-bill.pay", origin, confidence),)), settings=settings)

    assert bool(step(coverage, "pay-bill.pay").tickets) is counts
    assert coverage.orphans == ()  # a weak link is a link
    assert bool(coverage.without_step) is not counts


@pytest.mark.parametrize(
    ("fields", "counts"),
    [
        ({"state": State.DONE, "done_at": PERIOD}, True),
        ({"state": State.DONE, "done_at": PERIOD - timedelta(seconds=1)}, False),
        ({"state": State.DONE}, False),
        ({"state": State.DROPPED, "done_at": NOW}, False),
        ({"state": State.TODO}, True),
        ({"is_container": True}, True),
        ({"is_container": True, "has_linked_children": True}, False),
    ],
)
def test_work_is_open_or_done_within_the_period_and_no_container_above_linked_work(
    fields: dict[str, Any], counts: bool
) -> None:
    coverage = covered(a_ticket(1, "pay-bill.pay", **fields))

    assert bool(step(coverage, "pay-bill.pay").tickets) is counts
    assert coverage.totals.tickets == int(counts)


@pytest.mark.parametrize(("containers", "counts"), [("always", 2), ("never", 0), ("only without linked children", 1)])
def test_containers_count_as_the_settings_say(containers: Any, counts: int) -> None:
    settings = CoverageSettings(counts=Counts(containers=containers))
    parent = a_ticket(1, "pay-bill.pay", is_container=True, has_linked_children=True)
    lonely = a_ticket(2, "pay-bill.pay", is_container=True)

    assert covered(parent, lonely, settings=settings).totals.tickets == counts


def test_needs_say_why_in_words() -> None:
    coverage = covered()

    assert step(coverage, "pay-bill.see-why").needs == (
        "OPP-3 Say why, score 86.5 (at least 60)",
        "pain I-7, evidence 3 of 3",
    )
    assert step(coverage, "pay-bill.pay").needs[1] == "metric calls is 38, target 25"
    assert step(coverage, "move-home.plan").needs == ()


def open_tickets(count: int, target: str) -> list[CountedTicket]:
    return [a_ticket(number, target) for number in range(count)]


@pytest.mark.parametrize(
    ("tickets", "name", "state"),
    [
        ([], "pay-bill.see-why", "gap"),
        ([a_ticket(1, "pay-bill.see-why", state=State.DONE, done_at=NOW)], "pay-bill.see-why", "gap"),
        (open_tickets(2, "pay-bill.see-why"), "pay-bill.see-why", "thin"),
        (open_tickets(3, "pay-bill.see-why"), "pay-bill.see-why", "served"),
        (open_tickets(30, "pay-bill.see-why"), "pay-bill.see-why", "served"),
        (open_tickets(10, "move-home.plan"), "move-home.plan", "over-served"),
        (open_tickets(9, "move-home.plan"), "move-home.plan", "work without need"),
        ([a_ticket(1, "move-home.plan", state=State.DONE, done_at=NOW)], "move-home.plan", "work without need"),
        ([], "move-home.plan", "quiet"),
    ],
)
def test_the_state_of_a_step_is_the_first_that_fits(tickets: list[CountedTicket], name: str, state: str) -> None:
    assert step(covered(*tickets), name).state == state


@pytest.mark.parametrize("ages", [OLD, NEVER])
def test_old_data_makes_everything_not_known_and_nothing_a_gap(ages: Sequence[ConnectionAge]) -> None:
    coverage = covered(a_ticket(1, "pay-bill.pay"), ages=ages)

    assert {row.state for row in coverage.steps} == {"not known"}
    assert (coverage.totals.not_known, coverage.totals.needs, coverage.totals.gaps) == (4, 0, 0)
    assert coverage.totals.top_without_ticket == 0
    assert coverage.connections[0].connection == "app"


def test_an_unscored_opportunity_is_not_a_low_one() -> None:
    repository = REPOSITORY.model_copy(update={"opportunities": (REPOSITORY.opportunity_by_id["OPP-8"],)})
    repository = JourneyRepository.model_validate(repository.model_dump(by_alias=True))

    row = step(covered(*open_tickets(12, "move-home.plan"), repository=repository), "move-home.plan")

    assert (row.top_score, row.state) == (None, "work without need")


def test_the_headline_is_needs_with_work_of_all_needs() -> None:
    totals = covered(*open_tickets(3, "pay-bill.see-why"), a_ticket(9, "pay-bill.pay")).totals

    assert (totals.needs, totals.needs_with_work, totals.gaps, totals.thin) == (3, 2, 1, 1)
    assert (totals.steps, totals.unscored_opportunities) == (4, 1)


def test_opportunities_are_judged_by_their_own_tickets() -> None:
    coverage = covered(a_ticket(1, "OPP-3"), a_ticket(2, "pay-bill.see-why"), a_ticket(3, "OPP-19"))
    rows = {row.id: row for row in coverage.opportunities}

    assert (rows["OPP-3"].open, rows["OPP-3"].state, rows["OPP-3"].tickets) == (1, "thin", ("billing/1",))
    assert (rows["OPP-9"].state, rows["OPP-19"].state) == ("done", "will-not")
    assert [row.id for row in coverage.opportunities if row.unfounded] == [
        "OPP-5",
        "OPP-8",
        "OPP-9",
        "OPP-19",
        "OPP-20",
    ]
    assert coverage.totals.top_without_ticket == 1  # OPP-20: doing, band 4, no open work


def test_orphans_enabling_work_and_work_without_reason_are_told_apart() -> None:
    totals = covered(
        a_ticket(1),
        a_ticket(2, enabling=True),
        a_ticket(3, "OPP-5"),
        a_ticket(4, "OPP-3"),
        a_ticket(5, "OPP-5", "pay-bill.pay"),
        a_ticket(6, "OPP-5", enabling=True),
    ).totals

    assert (totals.orphans, totals.enabling, totals.without_reason) == (1, 2, 2)


@pytest.mark.parametrize(
    ("targets", "is_opinion"),
    [
        (["pay-bill.see-why"], False),
        (["OPP-3"], False),
        (["pay-bill"], False),
        (["pay-bill.pay"], True),
        (["OPP-5", "move-home"], True),
        (["OPP-5", "OPP-3"], False),
        ([], False),
    ],
)
def test_work_is_opinion_led_when_no_link_of_it_leads_to_evidence(targets: list[str], is_opinion: bool) -> None:
    coverage = covered(a_ticket(1, *targets), a_ticket(2, "OPP-5", enabling=True))

    assert coverage.opinion_led == (("billing/1",) if is_opinion else ())
    assert coverage.enabling == ("billing/2",)


def test_a_selection_counts_as_if_only_its_tickets_were_there() -> None:
    tickets = [
        a_ticket(1, "pay-bill.see-why", team="billing", kind="bug", estimate=3),
        a_ticket(2, "pay-bill.see-why", team="care", kind="story", estimate=5),
        a_ticket(3, team="billing", kind="story", estimate=2.5),
        a_ticket(4, team="billing", state=State.DOING),
    ]
    of_team = covered(*tickets, selection=Selection(team="billing"))

    assert of_team.totals == covered(*(ticket for ticket in tickets if ticket.team == "billing")).totals
    assert of_team.estimates is not None
    assert (of_team.estimates.tickets, of_team.estimates.without_step, of_team.estimates.unestimated) == (5.5, 2.5, 1)
    assert covered(*tickets).estimates is None, "estimates of several teams are never added up"
    assert covered(*tickets, selection=Selection(kind="story")).tickets == ("billing/2", "billing/3")
    assert covered(*tickets, selection=Selection(state="doing")).tickets == ("billing/4",)
    assert covered(*tickets, selection=Selection(connections=("app",))).totals.tickets == 0


def test_an_old_connection_that_is_not_selected_makes_nothing_unknown() -> None:
    assert covered(ages=OLD, selection=Selection(connections=("billing",))).totals.not_known == 0


def test_a_persona_and_a_view_leave_the_steps_that_are_theirs() -> None:
    journeys = (
        Journey(
            id="pay",
            name="Pay",
            personas=("renters",),
            steps=(
                Step(id="pay.a", name="A", journey="pay", today="x", to_be="y"),
                Step(id="pay.b", name="B", journey="pay", to_be="new"),
                Step(id="pay.c", name="C", journey="pay", today="goes", personas=("carers",)),
            ),
        ),
        Journey(
            id="pay-anew", name="Pay anew", to_be_of="pay", steps=(Step(id="pay-anew.a", name="A", journey="pay-anew"),)
        ),
    )
    repository = JourneyRepository(journeys=journeys)

    def steps(**selection: Any) -> list[str]:
        return [row.id for row in covered(repository=repository, selection=Selection(**selection)).steps]

    assert steps(persona="carers") == ["pay.c", "pay-anew.a"]
    assert steps(persona="renters") == ["pay.a", "pay.b", "pay-anew.a"]
    assert steps(view="today") == ["pay.a", "pay.c"]
    assert steps(view="to-be") == ["pay-anew.a"]
    assert len(steps()) == 4


# --- the recount ---

TARGETS = [
    "pay", "pay-bill", "pay-bill.see-why", "pay-bill.pay", "pay-bill.dispute", "move-home.plan",
    "OPP-3", "OPP-5", "OPP-8", "OPP-9", "OPP-19", "OPP-20",
]  # fmt: skip
STEPS_OF = {
    "OPP-3": {"pay-bill.see-why", "pay-bill.pay", "pay-bill.dispute"},
    "OPP-5": {"move-home.plan"},
    "OPP-8": {"move-home.plan"},
    "OPP-9": {"pay-bill.dispute"},
}
links = st.lists(
    st.tuples(st.sampled_from(TARGETS), st.sampled_from(list(Origin)), st.sampled_from([0.5, 0.7, 1.0])),
    max_size=4,
    unique_by=lambda link: link[0],
)


@st.composite
def backlogs(draw: st.DrawFn) -> list[CountedTicket]:
    return [
        a_ticket(
            number,
            state=draw(st.sampled_from(list(State))),
            links=draw(links),
            enabling=draw(st.booleans()),
            done_at=draw(st.sampled_from([None, PERIOD, PERIOD - timedelta(days=1), NOW])),
            is_container=draw(st.booleans()),
            has_linked_children=draw(st.booleans()),
        )
        for number in range(draw(st.integers(0, 14)))
    ]


def recount(tickets: list[CountedTicket]) -> tuple[dict[str, list[str]], dict[str, int]]:
    """Count again, ticket by ticket and step by step, in the plainest way."""
    open_states = ("todo", "doing")
    work = []
    for ticket in tickets:
        recent = ticket.state == "done" and ticket.done_at is not None and ticket.done_at >= PERIOD
        if (ticket.state in open_states or recent) and not (ticket.is_container and ticket.has_linked_children):
            work.append(ticket)
    cells: dict[str, list[str]] = {}
    totals = {"tickets": len(work), "without_step": 0, "orphans": 0}
    for name in ("pay-bill.see-why", "pay-bill.pay", "pay-bill.dispute", "move-home.plan"):
        of_step = []
        for ticket in work:
            targets = {tie.target for tie in ticket.ties if tie.confidence >= 0.7}
            if name in targets or any(name in STEPS_OF.get(target, ()) for target in targets):
                of_step.append(ticket)
        cells[name] = [ticket.name for ticket in of_step]
    for ticket in work:
        name = ticket.name
        totals["without_step"] += not any(name in cell for cell in cells.values())
        totals["orphans"] += not ticket.ties and not ticket.enabling
    return cells, totals


@settings(max_examples=200, deadline=None)
@given(tickets=backlogs())
def test_every_figure_equals_a_plain_recount(tickets: list[CountedTicket]) -> None:
    coverage = covered(*tickets)
    cells, totals = recount(tickets)

    assert {row.id: list(row.tickets) for row in coverage.steps} == cells
    assert coverage.totals.model_dump(include=set(totals)) == totals
    for row in coverage.steps:
        assert row.todo + row.doing + row.done == len(row.tickets)
        assert set(row.via) <= set(row.tickets)
    states = [row.state.value for row in coverage.steps]
    assert coverage.totals.needs == sum(states.count(state) for state in ("served", "thin", "gap"))


@settings(max_examples=50, deadline=None)
@given(tickets=backlogs(), seed=st.randoms(use_true_random=False))
def test_the_order_of_tickets_does_not_matter(tickets: list[CountedTicket], seed: Any) -> None:
    shuffled = list(tickets)
    seed.shuffle(shuffled)

    assert covered(*tickets) == covered(*shuffled)
