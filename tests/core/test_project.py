"""What a ticket should show: labels, score, link and receipt, each in the first place that it really has."""

from datetime import UTC, datetime, timedelta

import pytest

from journeysync.core.project import Projection, ProjectSettings, project
from journeysync.core.score import opportunity_scores, ticket_score
from journeysync.model.base import Pairs, Value
from journeysync.model.change import LedgerRow
from journeysync.model.journey import Journey, JourneyRepository, Opportunity, Step
from journeysync.model.link import Link, Origin, Target, TargetKind, TicketLinks
from journeysync.model.placement import ConnectionPlacement, Place, Placement, PlacementSettings
from journeysync.model.receipt import Receipt
from journeysync.model.scoring import Scoring, WriteScoring
from journeysync.model.ticket import State, Ticket, TicketRef
from journeysync.model.tracker import Blocked, Capabilities, SlotCapability

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
REF = TicketRef(connection="billing", id="10241")
CAN_ALL = Capabilities(slots=tuple((kind, SlotCapability(can=True)) for kind in ("label", "field", "link", "property")))
REPOSITORY = JourneyRepository(
    journeys=(
        Journey(id="pay", name="Pay", level="macro", parent="live-with-us"),
        Journey(
            id="pay-bill",
            name="Understand and pay a bill",
            parent="pay",
            ask="#journey-billing",
            url="https://maps.example/pay-bill",
            steps=(
                Step(id="pay-bill.see-why", name="See why it changed", journey="pay-bill"),
                Step(id="pay-bill.pay", name="Pay\x1b[31m it", journey="pay-bill"),
            ),
        ),
    ),
    opportunities=(
        Opportunity(
            id="OPP-3",
            name="Say why the bill went up",
            for_=("pay-bill.see-why",),
            customer_value=9.3,
            business_value=8,
        ),
        Opportunity(id="OPP-7", name="Pause a payment", customer_value=5, business_value=5.5, state="done"),
        Opportunity(id="OPP-19", name="Compensation", customer_value=9, business_value=9, state="will-not"),
    ),
)
FIELD = Placement(score=(Place(kind="field", field="customfield_10071"), Place(kind="label")))


def a_ticket(**fields: Value) -> Ticket:
    base: dict[str, Value] = {
        "ref": REF,
        "key": "BILL-204",
        "url": "https://solvane.example/browse/BILL-204",
        "project": "BILL",
        "kind": "story",
        "updated_at": NOW - timedelta(days=1),
    }
    return Ticket(**(base | fields))


def links_to(*targets: str, ignored: bool = False) -> TicketLinks:
    def kind(target: str) -> TargetKind:
        return "opportunity" if target.startswith("OPP") else "step" if "." in target else "journey"

    links = tuple(
        Link(ticket=REF, target=Target(kind=kind(t), id=t), origin=Origin.RULE, cause=f"rule bills: {t}", rule="bills")
        for t in sorted(targets)
    )
    return TicketLinks(ticket=REF, links=links, ignored=ignored)


def projected(
    ticket: Ticket,
    links: TicketLinks,
    *,
    placement: Placement | None = None,
    capabilities: Capabilities = CAN_ALL,
    public_url: str | None = "https://journeys.solvane.example/",
    ledger: tuple[LedgerRow, ...] = (),
    scoring: Scoring | None = None,
    now: datetime = NOW,
    repository: JourneyRepository = REPOSITORY,
) -> Projection:
    scoring = scoring or Scoring()
    connections = (("billing", ConnectionPlacement(default=placement)),) if placement else ()
    settings = ProjectSettings(
        workspace_id="k3f9",
        public_url=public_url,
        placement=PlacementSettings(connections=connections),
        scoring=scoring,
    )
    score = ticket_score(links.links, opportunity_scores(repository, scoring, now.date()), repository, scoring)
    return project(
        ticket,
        links,
        score,
        repository=repository,
        settings=settings,
        capabilities=capabilities,
        ledger=ledger,
        now=now,
    )


def labels(values: Pairs) -> set[str]:
    return {slot.removeprefix("label:") for slot, _ in values if slot.startswith("label:")}


def test_a_ticket_shows_its_journey_opportunity_band_link_and_receipt() -> None:
    shown = projected(a_ticket(), links_to("pay-bill.see-why", "OPP-3"))

    assert dict(shown.values) == {
        "label:journey.band-5": True,
        "label:journey.opp-3": True,
        "label:journey.pay-bill": True,
        "link": {
            "url": "https://journeys.solvane.example/tickets/billing/10241",
            "title": "Pay > See why it changed, priority 87 (band 5)",
            "summary": "Opportunity OPP-3 Say why the bill went up. Ask: #journey-billing. "
            "Not right? Add the label journey.ignore",
        },
        "property": {"v": 1, "links": ["OPP-3", "pay-bill.see-why"], "score": 87},
    }
    assert dict(shown.causes)["label:journey.band-5"] == "87 (band 5) because of OPP-3"
    assert dict(shown.causes)["label:journey.pay-bill"] == "rule bills: pay-bill.see-why"
    assert shown.notes == ()


def test_a_score_goes_into_a_field_that_the_ticket_has() -> None:
    shown = projected(
        a_ticket(fields={"customfield_10071": None}), links_to("pay-bill.see-why", "OPP-3"), placement=FIELD
    )

    assert dict(shown.values)["field:customfield_10071"] == 87
    assert "journey.band-5" not in labels(shown.values)


def test_a_missing_field_falls_back_to_the_band_label_and_says_why() -> None:
    shown = projected(a_ticket(), links_to("OPP-3"), placement=FIELD)

    assert "journey.band-5" in labels(shown.values)
    assert [note.says for note in shown.notes] == [
        "billing BILL: score -> label journey.band-N, because these tickets have no field customfield_10071"
    ]


def test_many_steps_of_one_journey_give_one_label() -> None:
    shown = projected(a_ticket(), links_to("pay-bill.see-why", "pay-bill.pay", "pay-bill"))

    assert labels(shown.values) == {"journey.pay-bill"}
    assert dict(shown.values)["link"]["title"] == "Pay > Pay [31m it and 1 more"


def test_step_labels_are_written_where_placement_asks_for_them() -> None:
    placement = Placement(journey=(Place(kind="step-label"),))

    assert labels(projected(a_ticket(), links_to("pay-bill.see-why", "pay"), placement=placement).values) == {
        "journey.pay-bill.see-why",
        "journey.pay",
    }


def test_an_opportunity_that_will_not_be_done_gets_no_label_and_no_score() -> None:
    shown = projected(a_ticket(), links_to("OPP-19", "OPP-7", "pay-bill"))

    assert labels(shown.values) == {"journey.opp-7", "journey.pay-bill"}


def test_a_link_leads_to_the_journey_itself_without_public_url() -> None:
    shown = projected(a_ticket(), links_to("pay-bill"), public_url=None)

    assert dict(shown.values)["link"]["url"] == "https://maps.example/pay-bill"
    assert dict(shown.values)["link"]["title"] == "Pay > Understand and pay a bill"


def test_no_link_is_written_when_it_could_lead_nowhere_and_the_cause_is_said() -> None:
    shown = projected(a_ticket(), links_to("OPP-3"), public_url=None)

    assert "link" not in dict(shown.values)
    assert "context -> not shown, because public_url is not set" in shown.notes[0].says


def test_ids_are_quoted_in_the_url() -> None:
    ticket = a_ticket(ref=TicketRef(connection="billing", id="a/b c"))

    assert dict(projected(ticket, links_to("pay-bill")).values)["link"]["url"].endswith("/tickets/billing/a%2Fb%20c")


def test_long_names_give_way_to_the_priority_in_the_title() -> None:
    journey = Journey(id="pay", name="P" * 400, level="macro")
    repository = JourneyRepository(journeys=(journey,), opportunities=REPOSITORY.opportunities)

    link = dict(projected(a_ticket(), links_to("pay", "OPP-3"), repository=repository).values)["link"]

    assert len(link["title"]) == 255
    assert link["title"].endswith("…, priority 87 (band 5)")


def test_a_tracker_that_holds_labels_only_gets_labels_only() -> None:
    capabilities = Capabilities(slots=(("label", SlotCapability(can=True)),))

    shown = projected(a_ticket(), links_to("pay-bill", "OPP-3"), capabilities=capabilities)

    assert labels(shown.values) == {slot.removeprefix("label:") for slot, _ in shown.values}
    assert "this tracker has no link" in shown.notes[0].says


def test_the_ignore_label_wants_everything_of_ours_gone() -> None:
    shown = projected(a_ticket(labels=("journey.ignore",)), links_to("pay-bill", ignored=True))

    assert (shown.values, shown.skip) == ((), "")
    assert [note.kind for note in shown.notes] == ["ignored"]


@pytest.mark.parametrize(
    ("fields", "cause"),
    [
        ({"state": State.DONE}, "closed"),
        ({"state": State.DROPPED}, "closed"),
        ({"kind": "subtask"}, "kind 'subtask'"),
        ({"updated_at": NOW - timedelta(days=91)}, "untouched for more than 90 days"),
        ({"visibility": "public"}, "public"),
        ({"context": True}, "ancestor"),
    ],
)
def test_some_tickets_are_left_alone_with_the_cause(fields: dict[str, Value], cause: str) -> None:
    assert cause in projected(a_ticket(**fields), links_to("pay-bill")).skip


def test_a_quiet_ticket_that_holds_something_of_ours_is_kept_up() -> None:
    receipt = Receipt(slots=(("label:journey.pay-bill", "7f3a19c2"),))
    ticket = a_ticket(updated_at=NOW - timedelta(days=400), receipt=receipt)

    assert projected(ticket, links_to("pay-bill")).skip == ""


def test_closed_tickets_are_written_where_placement_says_so() -> None:
    assert projected(a_ticket(state=State.DONE), links_to("pay-bill"), placement=Placement(closed="write")).skip == ""


def test_a_public_ticket_gets_labels_only_where_placement_allows_labels() -> None:
    ticket = a_ticket(visibility="public", fields={"customfield_10071": None})
    placement = FIELD.model_copy(update={"public": "label"})

    shown = projected(ticket, links_to("pay-bill", "OPP-3"), placement=placement)

    assert dict(shown.values).keys() == {"label:journey.pay-bill", "label:journey.opp-3", "label:journey.band-5"}


def test_a_typed_band_label_is_foreign_and_reported() -> None:
    shown = projected(a_ticket(labels=("journey.band-2",)), links_to("OPP-3"))

    assert [(note.kind, note.slot) for note in shown.notes] == [("foreign", "label:journey.band-2")]


def written(value: int, band: int, *, days_ago: float) -> LedgerRow:
    return LedgerRow(
        ticket=REF,
        slot="field:customfield_10071",
        sent=value,
        seen=float(value),
        inputs={"score": value, "band": band, "value": value, "sentence": f"{value} (band {band}) because of OPP-3"},
        at=NOW - timedelta(days=days_ago),
    )


@pytest.mark.parametrize(
    ("row", "write", "expected"),
    [
        (written(81, 5, days_ago=30), WriteScoring(), 81),  # same band
        (written(79, 4, days_ago=30), WriteScoring(), 87),  # another band, well beyond the edge
        (written(79, 4, days_ago=30), WriteScoring(settle=8), 79),  # not far enough beyond the edge
        (written(79, 4, days_ago=3), WriteScoring(), 79),  # written a few days ago
        (written(81, 5, days_ago=30), WriteScoring(again="always"), 87),
        (written(81, 5, days_ago=3), WriteScoring(again="always"), 81),
        (written(81, 5, days_ago=3), WriteScoring(again="always", at_most_every_days=0), 87),
    ],
)
def test_a_written_score_stays_while_its_band_does_and_the_whole_ticket_says_the_same(
    row: LedgerRow, write: WriteScoring, expected: int
) -> None:
    shown = projected(
        a_ticket(fields={"customfield_10071": row.seen}),
        links_to("pay-bill.see-why", "OPP-3"),
        placement=FIELD,
        ledger=(row,),
        scoring=Scoring(write=write),
    )

    values = dict(shown.values)
    assert values["field:customfield_10071"] == expected
    assert f"priority {expected} " in values["link"]["title"]
    assert values["property"]["score"] == expected


def test_after_a_lost_store_the_receipt_still_keeps_the_written_score() -> None:
    receipt = Receipt(score=81, slots=(("field:customfield_10071", "7f3a19c2"),))
    ticket = a_ticket(fields={"customfield_10071": 81}, receipt=receipt)

    assert dict(projected(ticket, links_to("OPP-3"), placement=FIELD).values)["field:customfield_10071"] == 81


def test_an_exact_score_has_one_decimal() -> None:
    scoring = Scoring(write=WriteScoring(value="exact"))
    ticket = a_ticket(fields={"customfield_10071": None})

    assert (
        dict(projected(ticket, links_to("OPP-3"), placement=FIELD, scoring=scoring).values)["field:customfield_10071"]
        == 86.5
    )


@pytest.mark.parametrize(
    ("placement", "can", "wanted"),
    [
        (Placement(priority="band"), True, "Urgent"),
        (Placement(), True, None),  # nobody asked for it
        (Placement(priority="band"), False, None),
    ],
)
def test_the_band_stands_as_the_trackers_own_priority_only_where_somebody_asked(
    placement: Placement, can: bool, wanted: str | None
) -> None:
    kinds = ("label", "link", "property", "priority") if can else ("label", "link", "property")
    capabilities = Capabilities(slots=tuple((kind, SlotCapability(can=True)) for kind in kinds))
    shown = projected(a_ticket(), links_to("OPP-3"), placement=placement, capabilities=capabilities)
    assert dict(shown.values).get("priority") == wanted
    assert any("priority -> not shown" in note.says for note in shown.notes) == (not can)


def test_a_kind_of_ticket_that_takes_nothing_is_told_in_one_note() -> None:
    blocked = (Blocked(place="*", kinds=("Project",), why_not="projects are only read"),)
    capabilities = CAN_ALL.model_copy(update={"blocked": blocked})
    shown = projected(a_ticket(kind_word="Project"), links_to("OPP-3"), capabilities=capabilities)
    assert shown.values == ()
    assert [note.says for note in shown.notes] == [
        "billing BILL: everything -> not shown, because projects are only read"
    ]
    assert projected(a_ticket(kind_word="Story"), links_to("OPP-3"), capabilities=capabilities).values
