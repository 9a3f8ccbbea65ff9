"""What a product owner reads in the ticket, and when it is worth writing anew."""

from datetime import date, timedelta
from typing import Any

import pytest

from journeysync.core.block import TEAMS_AGAIN, context_of, is_at_work, is_worth_writing
from journeysync.core.held import digest_of
from journeysync.core.written import ShownScore
from journeysync.model.context import AT_WORK, Context
from journeysync.model.journey import Journey
from journeysync.model.ticket import Ticket
from journeysync.richtext.words import words_of
from journeysync.testing import a_ledger_row, a_ticket
from journeysync.testing.builders import a_link
from journeysync.testing.clock import NOW
from journeysync.testing.journeys import a_journey, a_repository, a_step, an_insight, an_opportunity

SHOWN = ShownScore(
    score=87,
    value=87,
    band=5,
    sentence="87 (band 5) because of OPP-3",
    inputs={
        "because": ["OPP-3"],
        "opportunities": [{"id": "OPP-3", "inputs": {"customer_value": 9.3, "business_value": 8.0}}],
    },
)
OWN = an_insight("I-7", validated=date(2026, 5, 4))


def journey(*insights: Any, **more: Any) -> Journey:
    steps = (a_step(insights=insights or (OWN,)), a_step("pay-bill.pay-it"))
    return a_journey(steps=steps, **({"personas": ("tight-budget",)} | more))


def context(ticket: Ticket, *targets: str, repository: Any = None, shown: Any = SHOWN, **more: Any) -> Context:
    how: dict[str, Any] = {
        "team": "Billing",
        "url": "https://j.example/tickets/billing/10001",
        "namespace": "journey.",
        "labels": ("journey.pay-bill", "journey.opp-3"),
        "teams_at": lambda _target: frozenset({"Billing", "Care"}),
        "today": date(2026, 11, 22),
    }
    links = [a_link(ticket, target) for target in targets or ("pay-bill.see-why", "OPP-3")]
    return context_of(ticket, links, shown, repository or a_repository(journey()), **(how | more))


def test_the_ticket_tells_what_a_product_owner_asks() -> None:
    words = words_of(context(a_ticket(team="billing")))
    assert words.heading == "Why this matters to customers"
    assert ["".join(span.text for span in line) for line in words.lines] == [
        "Pay bill › See why (Tight budget)",
        "“Bills are up and nobody says why”: Call reasons May 2026, evidence 3 of 3, measured, checked May 2026",
        "Opportunity OPP-3, Say why the bill went up (customer value 9.3, business value 8)",
        "Priority 87 (band 5) because of OPP-3",
        "Also working here: Care. Ask: #journey-billing. How this was worked out",
        "By journeysync, text of 22 Nov 2026. Not right? Remove the labels journey.pay-bill and journey.opp-3, "
        "or add journey.ignore.",
    ]


def test_a_journey_is_called_as_the_team_calls_it() -> None:
    repository = a_repository(journey(called=(("billing", "Bill to cash"),)))
    assert context(a_ticket(team="billing"), repository=repository).path == ("Bill to cash", "See why")
    assert context(a_ticket(team="care"), repository=repository).path == ("Pay bill", "See why")


def test_what_is_private_or_only_an_opinion_is_not_told() -> None:
    insights = (
        an_insight("I-1", private=True),
        an_insight("I-2", evidence=0),
        an_insight("I-3", evidence=1, says="One"),
    )
    repository = a_repository(journey(*insights), opportunities=[an_opportunity(because=("I-1",))])
    need = context(a_ticket(), repository=repository).need
    assert need is not None
    assert need.says == "One"
    assert context(a_ticket(), repository=a_repository(journey(insights[0]))).need is None


def test_an_insight_that_the_opportunity_rests_on_goes_before_a_stronger_one_of_the_step() -> None:
    insights = (an_insight("I-7", says="Stronger"), an_insight("I-12", evidence=2, says="Meant"))
    repository = a_repository(journey(*insights), opportunities=[an_opportunity(because=("I-12",))])
    need = context(a_ticket(), repository=repository).need
    assert need is not None
    assert need.says == "Meant"


def test_a_ticket_of_a_team_that_maps_to_opportunities_only_is_told_where_it_serves() -> None:
    told = context(a_ticket(), "OPP-3", labels=("journey.opp-3",))
    assert told.path == ("Pay bill", "See why")
    assert told.labels == ("journey.opp-3",)


def test_nothing_is_told_that_is_not_known() -> None:
    bare = a_repository(a_journey(steps=("see-why",), ask=None), opportunities=[], personas=[])
    told = context(
        a_ticket(),
        "pay-bill.see-why",
        repository=bare,
        shown=None,
        url=None,
        labels=(),
        teams_at=lambda _t: frozenset(),
    )
    assert words_of(told).plain() == (
        "Why this matters to customers Pay bill › See why By journeysync, text of 22 Nov 2026. "
        "Not right? Add the label journey.ignore."
    )


def test_the_values_are_those_that_the_shown_score_was_worked_out_from() -> None:
    repository = a_repository(journey(), opportunities=[an_opportunity(customer_value=9.4)])
    told = context(a_ticket(), repository=repository).opportunity
    assert told is not None
    assert told.customer_value == 9.3


def test_an_opportunity_that_will_not_be_solved_is_not_named() -> None:
    repository = a_repository(journey(), opportunities=[an_opportunity(state="will-not", reason="No")])
    assert context(a_ticket(), repository=repository).opportunity is None


@pytest.mark.parametrize(
    ("change", "age", "expected"),
    [
        ({}, timedelta(days=99), False),
        ({"written_on": date(2027, 1, 1)}, timedelta(days=99), False),
        ({"priority": "81 (band 5) because of OPP-3"}, timedelta(0), True),
        ({"teams": ("App",)}, timedelta(days=1), False),
        ({"teams": ("App",)}, TEAMS_AGAIN, True),
        ({"ask": "#other"}, timedelta(0), True),
    ],
)
def test_a_text_is_written_anew_for_what_it_says_and_not_for_its_date(
    change: dict[str, Any], age: timedelta, expected: bool
) -> None:
    before = context(a_ticket())
    after = before.model_copy(update=change)
    row = a_ledger_row("comment", at=NOW - age)
    assert is_worth_writing(before.as_json(), after.as_json(), row, NOW) is expected
    if not expected:
        assert digest_of("comment", before.as_json()) == digest_of("comment", after.as_json())


def test_our_own_write_is_nobody_at_work() -> None:
    ticket = a_ticket(updated_at=NOW)
    soon = NOW + AT_WORK - timedelta(seconds=1)
    assert is_at_work(ticket, (), soon)
    assert not is_at_work(ticket, (), NOW + AT_WORK)
    assert not is_at_work(ticket, [a_ledger_row("block", at=NOW)], soon)
    assert is_at_work(ticket, [a_ledger_row("block", at=NOW - timedelta(minutes=1))], soon)


def test_of_several_steps_that_one_is_told_which_the_opportunity_serves() -> None:
    told = context(a_ticket(), "pay-bill.pay-it", "pay-bill.see-why", "OPP-3")
    assert (told.path, told.more) == (("Pay bill", "See why"), 1)
