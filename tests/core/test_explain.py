"""Every number is worked out again from its inputs, the written one from those of its day."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from journeysync.core.explain import explain_bands, explain_opportunity, explain_score
from journeysync.core.score import opportunity_score, opportunity_scores, ticket_score
from journeysync.core.written import score_inputs, score_to_show
from journeysync.model.change import LedgerRow
from journeysync.model.journey import JourneyRepository, Opportunity, Scored, ScoreOverride, Vote
from journeysync.model.link import Link, Origin, Target
from journeysync.model.receipt import Receipt
from journeysync.model.scoring import Scoring, TicketScore
from journeysync.model.ticket import TicketRef

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
THEN = datetime(2026, 11, 2, 23, 30, tzinfo=UTC)
REF = TicketRef(connection="billing", id="10241")
RULE = Scoring()


def score(*opportunities: Opportunity) -> TicketScore:
    repository = JourneyRepository(opportunities=opportunities)
    links = [
        Link(ticket=REF, target=Target(kind="opportunity", id=o.id), origin=Origin.RULE, cause="r")
        for o in opportunities
    ]
    return ticket_score(links, opportunity_scores(repository, RULE, NOW.date()), repository, RULE)


def opp(customer: float | None, business: float | None = 8.0) -> Opportunity:
    return Opportunity(id="OPP-3", name="Say why", customer_value=customer, business_value=business)


def written(then: TicketScore, at: datetime = THEN) -> LedgerRow:
    shown = score_to_show(then, None, RULE, at)
    assert shown is not None
    return LedgerRow(ticket=REF, slot="field:f", sent=then.score, seen=then.score, inputs=score_inputs(shown), at=at)


def test_the_written_number_and_todays_are_both_explained() -> None:
    said = explain_score(
        score(opp(9.6)),
        scoring=RULE,
        namespace="journey.",
        ledger=(written(score(opp(8.2))),),
        now=NOW,
        zone=ZoneInfo("Europe/Vienna"),
    )

    assert said.compared == (
        "81, written on 3 Nov, from OPP-3: 10 * (8.2 + 8.0) / 2 = 81.0; "
        "today 88, from OPP-3: 10 * (9.6 + 8.0) / 2 = 88.0; same band, so not rewritten"
    )
    assert (said.written, said.recomputed, said.today) == (81, 81, 88)
    assert said.written_lines == (
        "OPP-3: 10 * (customer_value + business_value) / 2 -> 10 * (8.2 + 8.0) / 2 = 81.0",
        "the highest of OPP-3 81, rounded half up: 81, band 5 (80 and more)",
    )


def test_a_score_that_moved_on_says_that_it_will_be_written() -> None:
    said = explain_score(
        score(opp(2.0)), scoring=RULE, namespace="journey.", ledger=(written(score(opp(8.2))),), now=NOW
    )

    assert said.compared.endswith("to be rewritten by the next apply")


def test_a_score_written_a_few_days_ago_says_that_it_waits() -> None:
    row = written(score(opp(8.2)), NOW - timedelta(days=2))

    said = explain_score(score(opp(2.0)), scoring=RULE, namespace="journey.", ledger=(row,), now=NOW)

    assert said.compared.endswith("written less than 7 days ago, so not rewritten")


def test_a_number_of_another_year_names_it() -> None:
    row = written(score(opp(8.2)), datetime(2025, 11, 3, 9, 0, tzinfo=UTC))

    said = explain_score(score(opp(8.2)), scoring=RULE, namespace="journey.", ledger=(row,), now=NOW)

    assert said.compared.startswith("81, written on 3 Nov 2025, from OPP-3")
    assert said.compared.endswith("the same today")


def test_after_a_lost_store_the_receipts_number_is_named_without_a_date() -> None:
    said = explain_score(score(opp(8.2)), scoring=RULE, namespace="journey.", receipt=Receipt(score=83), now=NOW)

    assert said.compared.startswith("83, written before our records; today 81")
    assert said.recomputed is None


def test_a_ticket_without_a_score_says_why() -> None:
    said = explain_score(score(opp(None)), scoring=RULE, namespace="journey.", now=NOW)

    assert said.today is None
    assert said.sentence == "no score: 0 of 1 opportunity scored (OPP-3: customer value not known)"


def test_an_opportunity_is_explained_with_who_said_what() -> None:
    votes = (Vote(by="Care", customer_value=8, business_value=6), Vote(by="Risk", customer_value=9))
    opportunity = Opportunity(
        id="OPP-3", name="Say why\x1b[2J", votes=votes, scored=Scored(by="Owner", date=date(2026, 9, 30), why="Calls")
    )

    assert explain_opportunity(opportunity, opportunity_score(opportunity, RULE, NOW.date())) == (
        "OPP-3 Say why [2J: 72.5 (band 4)",
        "10 * (customer_value + business_value) / 2 -> 10 * (8.5 + 6.0) / 2 = 72.5",
        "mean of 2 votes, spread 1, 75% of the values given",
        "values given by Owner, on 2026-09-30, Calls",
    )


def test_an_override_is_explained_by_its_reason() -> None:
    override = ScoreOverride(score=70, because="Regulator", until=date(2027, 3, 31), by="Head of billing")
    opportunity = opp(9.0).model_copy(update={"override": override})

    lines = explain_opportunity(opportunity, opportunity_score(opportunity, RULE, NOW.date()))

    assert lines[1] == "70.0, set by Head of billing until 2027-03-31: Regulator"


def test_an_opportunity_that_will_not_be_done_says_its_reason() -> None:
    opportunity = opp(9.0).model_copy(update={"state": "will-not", "reason": "The regulator decides"})

    lines = explain_opportunity(opportunity, opportunity_score(opportunity, RULE, NOW.date()))

    assert lines[-1] == "will-not: The regulator decides; it gives tickets no score"


def test_bands_are_told_from_the_top() -> None:
    assert explain_bands(RULE)[0] == "band 5: 80 and more"
