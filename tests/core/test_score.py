"""Scores: one written rule, unknown is not zero, rounded once."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journeysync.core.explain import recomputed
from journeysync.core.score import band_of, opportunity_score, opportunity_scores, settled_band, ticket_score
from journeysync.model.journey import JourneyRepository, Opportunity, ScoreOverride, Vote
from journeysync.model.link import Link, Origin, Target
from journeysync.model.scoring import OpportunityScore, Scoring, TicketScore, TicketScoring
from journeysync.model.ticket import TicketRef

TODAY = date(2026, 11, 22)
REF = TicketRef(connection="billing", id="10241")
EQUAL = Scoring()
WEIGHTED = Scoring(formula="weighted", weights=(("business_value", 0.4), ("customer_value", 0.6)))
values = st.floats(min_value=0, max_value=10).map(lambda value: round(value, 1))


def an_opportunity(opportunity: str = "OPP-3", **fields: object) -> Opportunity:
    return Opportunity(id=opportunity, name="Say why the bill went up", **fields)


def score_of(customer: float | None, business: float | None, scoring: Scoring = EQUAL) -> OpportunityScore:
    return opportunity_score(an_opportunity(customer_value=customer, business_value=business), scoring, TODAY)


def links_to(*targets: str, origin: Origin = Origin.RULE, share: float | None = None) -> tuple[Link, ...]:
    return tuple(
        Link(
            ticket=REF,
            target=Target(kind="opportunity" if t.startswith("OPP") else "step", id=t),
            origin=origin,
            cause="rule r",
            share=share,
        )
        for t in targets
    )


def score_ticket(
    opportunities: tuple[Opportunity, ...], links: tuple[Link, ...], scoring: Scoring = EQUAL
) -> TicketScore:
    repository = JourneyRepository(opportunities=opportunities)
    return ticket_score(links, opportunity_scores(repository, scoring, TODAY), repository, scoring)


# --- opportunities ---


def test_the_preset_equal_is_the_mean_of_both_values_times_ten() -> None:
    score = score_of(9.3, 8.0)

    assert (score.score, score.band) == (86.5, 5)
    assert score.formula == "10 * (9.3 + 8.0) / 2 = 86.5"
    assert dict(score.inputs) == {"customer_value": 9.3, "business_value": 8.0}


def test_the_preset_weighted_shows_its_weights() -> None:
    score = score_of(9.5, 8.7, WEIGHTED)

    assert score.score == 91.8
    assert score.formula == "10 * (0.6 * 9.5 + 0.4 * 8.7) = 91.8"


@pytest.mark.parametrize(("customer", "business"), [(None, 8.0), (9.3, None), (None, None)])
def test_a_score_with_an_unknown_input_is_unknown_not_zero(customer: float | None, business: float | None) -> None:
    score = score_of(customer, business)

    assert score.score is None
    assert score.band is None
    assert score.missing
    assert "not known" in score.cause


def test_a_value_of_zero_is_known() -> None:
    assert score_of(0, 0).score == 0


def test_only_inputs_that_the_formula_names_are_needed() -> None:
    assert score_of(7.0, None, Scoring(formula="10 * customer_value")).score == 70


def test_a_division_by_zero_is_unknown_with_its_cause() -> None:
    scoring = Scoring(formula="10 * customer_value / effort")
    score = opportunity_score(an_opportunity(customer_value=9.0, business_value=1.0, effort=0), scoring, TODAY)

    assert score.score is None
    assert score.cause == "10 * 9.0 / 0.0 divides by zero"


def test_a_score_stays_between_0_and_100_and_says_so() -> None:
    assert score_of(9, 9, Scoring(formula="20 * customer_value")).formula == "20 * 9.0 = 180.0, held at 100.0"
    assert score_of(9, 9, Scoring(formula="0 - customer_value")).score == 0


def test_votes_count_by_their_mean_with_spread_and_completeness() -> None:
    votes = (
        Vote(by="Care", customer_value=8, business_value=6),
        Vote(by="Billing", customer_value=9),
        Vote(by="Risk", customer_value=4, business_value=7),
    )
    score = opportunity_score(an_opportunity(votes=votes, customer_value=1.0), Scoring(), TODAY)

    assert score.score == 67.5
    assert (score.votes, score.spread, score.completeness) == (3, 5.0, 0.83)


@pytest.mark.parametrize(("today", "expected"), [(date(2027, 3, 31), 70.0), (date(2027, 4, 1), 86.5)])
def test_an_override_ends_by_itself_after_its_last_day(today: date, expected: float) -> None:
    override = ScoreOverride(score=70, because="Regulator asks", until=date(2027, 3, 31), by="Head of billing")
    opportunity = an_opportunity(customer_value=9.3, business_value=8.0, override=override)

    score = opportunity_score(opportunity, Scoring(), today)

    assert score.score == expected
    assert score.overridden is (expected == 70.0)
    if score.overridden:
        assert score.formula == "70.0, set by Head of billing until 2027-03-31: Regulator asks"


def test_halves_are_rounded_up_once() -> None:
    # 10 * (8.03 + 7.86) / 2 = 79.45: one decimal 79.5, whole 79. Rounded twice it would be 80.
    opportunity = an_opportunity(customer_value=8.03, business_value=7.86)

    ticket = score_ticket((opportunity,), links_to("OPP-3"))

    assert score_of(8.03, 7.86).score == 79.5
    assert (ticket.score, ticket.band) == (79, 4)
    assert score_ticket((an_opportunity(customer_value=9.3, business_value=8.0),), links_to("OPP-3")).score == 87


@given(customer=values, business=values, more=values)
def test_a_higher_customer_value_never_lowers_a_score(customer: float, business: float, more: float) -> None:
    lower, higher = sorted((customer, more))
    for scoring in (Scoring(), WEIGHTED):
        one, other = score_of(lower, business, scoring), score_of(higher, business, scoring)
        assert one.score is not None
        assert other.score is not None
        assert one.score <= other.score


@given(customer=values, business=values, more=values)
def test_a_higher_business_value_never_lowers_a_score(customer: float, business: float, more: float) -> None:
    lower, higher = sorted((business, more))
    for scoring in (Scoring(), WEIGHTED):
        one, other = score_of(customer, lower, scoring), score_of(customer, higher, scoring)
        assert one.score is not None
        assert other.score is not None
        assert one.score <= other.score


# --- bands ---


@pytest.mark.parametrize(("edge", "band"), [(80, 5), (60, 4), (40, 3), (20, 2), (0, 1)])
def test_an_edge_belongs_to_the_higher_band(edge: float, band: int) -> None:
    assert band_of(edge, Scoring().bands) == band
    if edge:
        assert band_of(edge - 0.1, Scoring().bands) == band - 1


@given(low=st.floats(0, 100), high=st.floats(0, 100))
def test_a_higher_score_is_never_in_a_lower_band(low: float, high: float) -> None:
    low, high = sorted((low, high))
    assert (band_of(low, Scoring().bands) or 0) <= (band_of(high, Scoring().bands) or 0)


@pytest.mark.parametrize(
    ("score", "written", "band"),
    [(81, 4, 4), (82, 4, 5), (79, 5, 5), (78, 5, 4), (50, 5, 3), (81, None, 5), (81, 9, 5), (80, 5, 5), (61, 4, 4)],
)
def test_a_written_band_moves_only_when_the_score_settled_beyond_its_edge(
    score: float, written: int | None, band: int
) -> None:
    assert settled_band(score, written, Scoring()) == band


def test_the_end_of_the_scale_is_far_enough_beyond_an_edge() -> None:
    scoring = Scoring(bands=((2, 99.0), (1, 0.0)))

    assert settled_band(100, 1, scoring) == 2


@given(score=st.floats(0, 100), written=st.integers(1, 5))
def test_a_band_that_settled_stays_settled(score: float, written: int) -> None:
    once = settled_band(score, written, Scoring())
    assert settled_band(score, once, Scoring()) == once


# --- tickets ---

HIGH = an_opportunity("OPP-3", customer_value=9.3, business_value=8.0)
LOW = an_opportunity("OPP-12", customer_value=4.0, business_value=3.0)
UNKNOWN = an_opportunity("OPP-4", customer_value=9.9)


def test_a_ticket_gets_the_highest_score_of_its_opportunities() -> None:
    ticket = score_ticket((LOW, HIGH), links_to("OPP-12", "OPP-3", "pay-bill.see-why"))

    assert (ticket.score, ticket.band, ticket.because) == (87, 5, ("OPP-3",))
    assert ticket.sentence == "87 (band 5) because of OPP-3"


def test_an_opportunity_without_a_score_is_left_out_and_said() -> None:
    ticket = score_ticket((UNKNOWN, HIGH), links_to("OPP-3", "OPP-4"))

    assert ticket.unscored == ("OPP-4",)
    assert ticket.sentence == "87 (band 5) because of OPP-3; 1 of 2 opportunities scored"


def test_without_any_scored_opportunity_there_is_no_score() -> None:
    ticket = score_ticket((UNKNOWN,), links_to("OPP-4"))

    assert (ticket.score, ticket.exact, ticket.band) == (None, None, None)
    assert ticket.sentence == "no score: 0 of 1 opportunity scored (OPP-4: business value not known)"


def test_a_link_to_a_step_alone_gives_no_score() -> None:
    ticket = score_ticket((HIGH,), links_to("pay-bill.see-why"))

    assert ticket.score is None
    assert ticket.sentence == "no score: no open opportunity is linked"


@pytest.mark.parametrize(("state", "counts"), [("open", True), ("doing", True), ("done", False), ("will-not", False)])
def test_only_open_and_doing_opportunities_give_a_score(state: str, counts: bool) -> None:
    opportunity = an_opportunity(customer_value=9.3, business_value=8.0, state=state)

    assert (score_ticket((opportunity,), links_to("OPP-3")).score is not None) is counts


def test_a_link_to_what_will_not_be_done_is_flagged() -> None:
    gone = an_opportunity("OPP-19", customer_value=9.9, business_value=9.9, state="will-not")

    assert score_ticket((gone,), links_to("OPP-19")).sentence == "no score; OPP-19 is marked will-not"
    both = score_ticket((gone, HIGH), links_to("OPP-3", "OPP-19"))
    assert both.sentence == "87 (band 5) because of OPP-3; OPP-19 is marked will-not"


def test_inherited_links_give_no_score_where_the_rule_says_so() -> None:
    links = links_to("OPP-3", origin=Origin.INHERITED)

    assert score_ticket((HIGH,), links).score == 87
    assert score_ticket((HIGH,), links, Scoring(ticket=TicketScoring(from_="max", inherit=False))).score is None


def test_a_sum_is_capped_at_100() -> None:
    scoring = Scoring(ticket=TicketScoring(from_="sum"))

    ticket = score_ticket((HIGH, LOW), links_to("OPP-3", "OPP-12"), scoring)

    assert (ticket.score, ticket.because) == (100, ("OPP-3", "OPP-12"))
    assert ticket.sentence == "100 (band 5) as the sum of OPP-3 and OPP-12"


def test_missing_shares_are_equal_parts() -> None:
    scoring = Scoring(ticket=TicketScoring(from_="share"))

    assert score_ticket((HIGH, LOW), links_to("OPP-3", "OPP-12"), scoring).exact == pytest.approx((86.5 + 35) / 2)
    mixed = (*links_to("OPP-3", share=0.8), *links_to("OPP-12"))
    assert score_ticket((HIGH, LOW), mixed, scoring).exact == pytest.approx(86.5 * 0.8 + 35 * 0.2)


def test_an_unscored_opportunity_takes_no_share() -> None:
    scoring = Scoring(ticket=TicketScoring(from_="share"))

    assert score_ticket((HIGH, UNKNOWN), links_to("OPP-3", "OPP-4"), scoring).score == 87


@given(
    given=st.lists(st.tuples(values, values), min_size=1, max_size=5),
    how=st.sampled_from(["max", "sum", "share"]),
    rule=st.sampled_from([Scoring().formula, "weighted"]),
)
def test_every_ticket_score_can_be_worked_out_again_from_what_is_kept_with_it(
    given: list[tuple[float, float]], how: str, rule: str
) -> None:
    scoring = Scoring(formula=rule, ticket=TicketScoring.model_validate({"from": how}))
    opportunities = tuple(
        an_opportunity(f"OPP-{n}", customer_value=c, business_value=b) for n, (c, b) in enumerate(given)
    )

    ticket = score_ticket(opportunities, links_to(*(o.id for o in opportunities)), scoring)

    assert ticket.score is not None
    assert 0 <= ticket.score <= 100
    assert recomputed(dict(ticket.inputs)) == ticket.score


@given(base=st.lists(values, min_size=1, max_size=4), more=values, how=st.sampled_from(["max", "sum", "share"]))
def test_a_higher_value_never_lowers_the_ticket(base: list[float], more: float, how: str) -> None:
    scoring = Scoring(ticket=TicketScoring.model_validate({"from": how}))

    def ticket(first: float) -> float:
        opportunities = tuple(
            an_opportunity(f"OPP-{n}", customer_value=first if n == 0 else v, business_value=5.0)
            for n, v in enumerate(base)
        )
        return score_ticket(opportunities, links_to(*(o.id for o in opportunities)), scoring).score or 0

    low, high = sorted((base[0], more))
    assert ticket(low) <= ticket(high)
