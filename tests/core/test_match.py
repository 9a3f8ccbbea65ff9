"""What a ticket is linked to, by whose word, and why."""

from datetime import timedelta
from typing import Any

import pytest

from journeysync.core.match import Matcher
from journeysync.model.journey import Journey, JourneyRepository, Opportunity, Step
from journeysync.model.link import Origin, TicketLinks
from journeysync.model.rule import Rule
from journeysync.model.ticket import Ticket
from journeysync.testing import NOW, a_decision, a_rule, a_target, a_ticket

SEE_WHY = "pay-bill.see-why"
REPOSITORY = JourneyRepository(
    journeys=(
        Journey(
            id="pay-bill",
            name="Understand and pay a bill",
            was=("billing-journey",),
            steps=(
                Step(id=SEE_WHY, name="See why it changed", journey="pay-bill", was=("pay-bill.why",)),
                Step(id="pay-bill.pay", name="Pay", journey="pay-bill"),
            ),
        ),
    ),
    opportunities=(Opportunity(id="OPP-3", name="Say why", was=("OPP-1",)), Opportunity(id="OPP-31", name="Another")),
)


def found(ticket: Ticket, *rules: Rule, **more: Any) -> TicketLinks:
    return Matcher(rules, REPOSITORY, namespace="journey.").own_links(ticket, **more)


def shown(links: TicketLinks) -> list[tuple[str, str]]:
    return [(link.target.id, str(link.origin)) for link in links.links]


def typed(*labels: str) -> dict[str, Any]:
    return {"typed": frozenset(labels)}


# --- rules -------------------------------------------------------------------------------------------------------


def test_all_rules_that_hit_add_their_links_in_the_order_of_targets() -> None:
    some = found(
        a_ticket(labels={"a"}),
        a_rule("late", SEE_WHY, when={"label": "a"}),
        a_rule("other", "pay-bill.pay", when={"label": "b"}),
        a_rule("early", "OPP-3", "pay-bill", when={"label": "a"}),
    )
    assert [link.target.id for link in some.links] == ["OPP-3", "pay-bill", SEE_WHY]
    assert not some.is_orphan


def test_stop_ends_only_the_rules_that_follow_for_that_ticket() -> None:
    rules = (
        a_rule("first", "OPP-3", when={"label": "a"}),
        a_rule("second", SEE_WHY, when={"label": "b"}, stop=True),
        a_rule("third", "pay-bill.pay", when={"label": "a"}),
    )
    assert shown(found(a_ticket(labels={"a", "b"}), *rules)) == [("OPP-3", "rule"), (SEE_WHY, "rule")]
    assert shown(found(a_ticket(labels={"a"}), *rules)) == [("OPP-3", "rule"), ("pay-bill.pay", "rule")]


def test_a_rule_that_stops_without_hitting_stops_nothing() -> None:
    rules = (a_rule("first", when={"label": "a"}, stop=True), a_rule("second", "OPP-3", when={"label": "b"}))
    assert shown(found(a_ticket(labels={"b"}), *rules)) == [("OPP-3", "rule")]


def test_two_rules_on_one_target_give_one_link_with_the_highest_confidence() -> None:
    some = found(
        a_ticket(labels={"a"}),
        a_rule("weak", when={"label": "a"}, confidence=0.6),
        a_rule("strong", when={"label": "a"}, confidence=0.9),
        a_rule("same", when={"label": "a"}, confidence=0.9),
    )
    (link,) = some.links
    assert (link.confidence, link.rule) == (0.9, "strong")


def test_a_cause_is_the_rules_reason_or_what_made_it_hit() -> None:
    with_reason = found(a_ticket(labels={"iOS"}), a_rule("r", when={"label": "ios"}, why="Billing says so"))
    assert with_reason.links[0].cause == "rule r: Billing says so"
    when = {"project": "BILL", "any": [{"label": "ios"}, {"words": ["Camera", "photo"], "in_": ["title"]}]}
    assert found(a_ticket(title="A photo"), a_rule("r", when=when)).links[0].cause == (
        'rule r: "photo" in the title, project BILL'
    )
    assert found(a_ticket(), a_rule("r", when={"unless": {"label": "x"}})).links[0].cause == (
        "rule r: fits every ticket that nothing keeps out"
    )


def test_enabling_work_is_named_with_its_reason_and_is_no_orphan() -> None:
    some = found(
        a_ticket(labels={"security"}),
        a_rule("upkeep", when={"label": "security"}, enabling="platform", why="Honest work", stop=True),
        a_rule("more", when={"label": "security"}, enabling="other"),
    )
    assert some.enabling is not None
    assert (some.enabling.name, some.enabling.rule, some.enabling.cause) == (
        "platform",
        "upkeep",
        "rule upkeep: Honest work",
    )
    assert some.links == ()
    assert not some.is_orphan
    assert found(a_ticket()).is_orphan


def test_a_ticket_may_be_enabling_and_linked() -> None:
    some = found(
        a_ticket(labels={"security"}), a_rule("e", when={"label": "security"}, enabling="x"), a_rule("l", when={})
    )
    assert some.enabling is not None
    assert shown(some) == [(SEE_WHY, "rule")]


# --- references --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "OPP-3",
        "see OPP-3.",
        "(OPP-3)",
        "for:OPP-3, and more",
        "[OPP-3|https://wiki.example/x]",
        "[OPP-3](https://wiki.example/x)",
        "OPP-3/OPP-4",
        "#OPP-3",
        "請求書OPP-3が",
        "OPP-3 - say why",
        "https://wiki.example/x OPP-3",
        "it was OPP-1",  # its old id
    ],
)
def test_an_opportunity_named_in_the_text_by_a_member_is_a_link(text: str) -> None:
    for where in ("title", "body"):
        some = found(a_ticket(author_kind="member", **{where: text}))
        assert [(link.target.id, link.origin, link.confidence, link.cause) for link in some.links] == [
            ("OPP-3", Origin.REFERENCE, 1.0, "named in the text")
        ]


@pytest.mark.parametrize(
    "text",
    [
        "XOPP-3",
        "OPP-30",
        "OPP-3x",
        "OPP-3-draft",
        "OPP-3.1",
        "opp-3",
        "MY-OPP-3",
        "my_OPP-3",
        "https://jira.example/browse/OPP-3",
        "jira.example/browse/OPP-3",
        "https://x.example/?id=OPP-3",
        "https://x.example/#OPP-3",
        "(https://x.example/a:OPP-3)",
        "OPP-3@x.example",
        "pay-bill.see-whynot",
        "pay-bill.see-why-not",
        "my-pay-bill.see-why",
        "pay-bill.see-why.extra",
        "see-why",
        "pay-bill",
    ],
)
def test_an_id_inside_something_else_names_nothing(text: str) -> None:
    some = found(a_ticket(title=text, body=text, author_kind="member"))
    assert some.links == ()
    assert some.suggestions == ()


def test_a_step_is_named_by_its_id_in_full_and_by_the_one_it_had() -> None:
    for text in ("Serves pay-bill.see-why.", "Serves pay-bill.why: soon"):
        assert shown(found(a_ticket(body=text, author_kind="member"))) == [(SEE_WHY, "reference")]


@pytest.mark.parametrize("kind", ["outsider", "unknown"])
def test_a_reference_by_anybody_else_waits_for_a_person(kind: str) -> None:
    some = found(a_ticket(body="OPP-3", author_kind=kind))
    assert some.links == ()
    assert some.is_orphan
    (waiting,) = some.suggestions
    assert (waiting.target.id, waiting.origin) == ("OPP-3", Origin.REFERENCE)
    assert waiting.confidence < 1


def test_what_is_linked_or_refused_already_is_not_suggested() -> None:
    ticket = a_ticket(body="OPP-3 OPP-31", author_kind="outsider")
    some = found(ticket, a_rule("r", "OPP-3", when={}), decisions=[a_decision("refuse", ticket, "OPP-31")])
    assert some.suggestions == ()
    assert shown(some) == [("OPP-3", "rule")]


# --- labels ------------------------------------------------------------------------------------------------------


def test_a_label_typed_by_a_person_is_a_link_in_any_case_and_by_any_id() -> None:
    labels = ("Journey.OPP-3", "journey.billing-journey", "journey.pay-bill.SEE-WHY")
    some = found(a_ticket(labels=labels), **typed(*labels))
    assert shown(some) == [("OPP-3", "label"), ("pay-bill", "label"), (SEE_WHY, "label")]
    assert some.links[0].cause == "label Journey.OPP-3, typed by a person"


def test_a_label_of_ours_says_nothing() -> None:
    some = found(a_ticket(labels={"journey.pay-bill", "journey.opp-3", "journey.band-5", "journey.no-longer-known"}))
    assert some == TicketLinks(ticket=a_ticket().ref, key="BILL-1")


def test_a_label_of_unknown_origin_is_neither_a_link_nor_ours() -> None:
    some = found(a_ticket(labels={"journey.opp-3"}), unowned=frozenset({"journey.opp-3"}))
    assert some.links == ()
    assert some.unowned_labels == ("journey.opp-3",)


def test_a_band_that_somebody_typed_is_reported_and_never_a_link() -> None:
    some = found(a_ticket(labels={"journey.band-5"}), **typed("journey.band-5"))
    assert some.links == ()
    assert some.unowned_labels == ("journey.band-5",)


def test_a_label_that_names_nothing_is_reported() -> None:
    some = found(a_ticket(labels={"journey.pay-bil", "other.pay-bill"}), **typed("journey.pay-bil"))
    assert some.links == ()
    assert some.unknown_labels == ("journey.pay-bil",)


def test_the_ignore_label_is_a_persons_whatever_the_marks_say() -> None:
    for more in (typed("Journey.Ignore"), {"unowned": frozenset({"Journey.Ignore"})}, {}):
        some = found(a_ticket(labels={"Journey.Ignore"}), **more)
        assert some.ignored
        assert some.unknown_labels == ()
        assert some.unowned_labels == ()


def test_labels_differing_in_case_only_are_one_link() -> None:
    labels = ("Journey.opp-3", "journey.OPP-3")
    assert shown(found(a_ticket(labels=labels), **typed(*labels))) == [("OPP-3", "label")]


# --- people ------------------------------------------------------------------------------------------------------


def test_the_strongest_origin_gives_the_cause_and_the_highest_confidence_stays() -> None:
    ticket = a_ticket(body="OPP-3", author_kind="member", labels={"journey.opp-3"})
    rule = a_rule("r", "OPP-3", when={}, confidence=0.4)
    steps = [
        ({}, "rule", 0.4),
        ({"body": "OPP-3"}, "reference", 1.0),
        ({"body": "OPP-3", "typed": True}, "label", 1.0),
        ({"body": "OPP-3", "typed": True, "decision": "accept"}, "accepted", 1.0),
        ({"body": "OPP-3", "typed": True, "decision": "link"}, "hand", 1.0),
    ]
    for said, origin, confidence in steps:
        some = found(
            ticket.model_copy(update={"body": said.get("body", "")}),
            rule,
            typed=frozenset({"journey.opp-3"} if "typed" in said else ()),
            decisions=[a_decision(str(said["decision"]), ticket, "OPP-3")] if "decision" in said else [],
        )
        assert [(str(link.origin), link.confidence) for link in some.links] == [(origin, confidence)]
    assert some.links[0].cause == "linked by Journey owner billing: They say so"


@pytest.mark.parametrize("kind", ["refuse", "unlink"])
def test_a_no_of_a_person_beats_rule_reference_and_typed_label(kind: str) -> None:
    ticket = a_ticket(body="OPP-3", author_kind="member", labels={"journey.opp-3"})
    some = found(
        ticket,
        a_rule("r", "OPP-3", SEE_WHY, when={}),
        decisions=[a_decision(kind, ticket, "OPP-3")],
        **typed("journey.opp-3"),
    )
    assert shown(some) == [(SEE_WHY, "rule")]
    assert some.refused == (a_target("OPP-3"),)


def test_the_newest_word_of_a_person_holds() -> None:
    ticket = a_ticket()
    no = a_decision("refuse", ticket, "OPP-3", at=NOW)
    yes = a_decision("link", ticket, "OPP-3", at=NOW + timedelta(seconds=1))
    later_no = a_decision("unlink", ticket, "OPP-3", at=NOW + timedelta(seconds=2))
    assert shown(found(ticket, decisions=[yes, no])) == [("OPP-3", "hand")]
    assert found(ticket, decisions=[later_no, yes, no]).links == ()
    assert found(ticket, decisions=[yes, no]).refused == ()


def test_a_label_typed_after_a_no_is_a_yes_where_its_time_is_known() -> None:
    ticket = a_ticket(labels={"journey.opp-3"})
    no = a_decision("refuse", ticket, "OPP-3", at=NOW)
    for seconds, expected in ((1, [("OPP-3", "label")]), (-1, [])):
        typed_at = {"journey.opp-3": NOW + timedelta(seconds=seconds)}
        assert shown(found(ticket, decisions=[no], typed_at=typed_at, **typed("journey.opp-3"))) == expected


def test_a_decision_names_its_target_by_an_old_id_or_by_the_label_that_was_taken_out() -> None:
    ticket = a_ticket()
    rule = a_rule("r", "OPP-3", "pay-bill", when={})
    some = found(
        ticket,
        rule,
        decisions=[a_decision("unlink", ticket, "OPP-1"), a_decision("refuse", ticket, "label:journey.pay-bill")],
    )
    assert some.links == ()
    assert some.refused == (
        a_target("OPP-3"),
        a_target("pay-bill"),
        a_target("pay-bill.pay"),
        a_target("pay-bill.see-why"),
    )


def test_a_no_to_the_label_of_a_journey_is_a_no_to_all_its_steps_until_the_label_is_typed_again() -> None:
    rule = a_rule("r", SEE_WHY, "OPP-3", when={})
    ticket = a_ticket()
    no = a_decision("refuse", ticket, "label:journey.pay-bill", at=NOW)
    assert shown(found(ticket, rule, decisions=[no])) == [("OPP-3", "rule")]

    by_hand = a_decision("link", ticket, SEE_WHY, at=NOW + timedelta(seconds=1))
    assert shown(found(ticket, rule, decisions=[no, by_hand])) == [("OPP-3", "rule"), (SEE_WHY, "hand")]

    back = a_decision("take-ours", ticket, "label:journey.pay-bill", at=NOW + timedelta(seconds=1))
    assert shown(found(ticket, rule, decisions=[no, back])) == [("OPP-3", "rule"), (SEE_WHY, "rule")]

    typed_again = a_ticket(labels={"journey.pay-bill"})
    for seconds, steps in ((1, [("pay-bill", "label"), (SEE_WHY, "rule")]), (-1, [])):
        at = {"journey.pay-bill": NOW + timedelta(seconds=seconds)}
        some = found(typed_again, rule, decisions=[no], typed_at=at, **typed("journey.pay-bill"))
        assert shown(some) == [("OPP-3", "rule"), *steps]


def test_a_no_to_the_label_of_a_step_is_about_that_step_only() -> None:
    ticket = a_ticket()
    rule = a_rule("r", SEE_WHY, "pay-bill.pay", when={})
    some = found(ticket, rule, decisions=[a_decision("refuse", ticket, f"label:journey.{SEE_WHY}")])
    assert shown(some) == [("pay-bill.pay", "rule")]


def test_a_row_of_the_inbox_that_is_ignored_says_nothing_about_its_ticket() -> None:
    ticket = a_ticket()
    assert not found(ticket, decisions=[a_decision("ignore", ticket, "inbox:12ab34cd")]).ignored
    assert found(ticket, decisions=[a_decision("ignore", ticket, "")]).ignored


def test_decisions_about_other_tickets_or_other_things_say_nothing_here() -> None:
    ticket = a_ticket("BILL-1")
    some = found(
        ticket,
        decisions=[
            a_decision("link", a_ticket("BILL-2"), "OPP-3"),
            a_decision("link", ticket, "OPP-404"),
            a_decision("override", ticket, "OPP-3"),
            a_decision("adopt", ticket, "label:journey.opp-3"),
        ],
    )
    assert some == TicketLinks(ticket=ticket.ref, key="BILL-1")


def test_a_person_may_say_to_leave_a_ticket_alone() -> None:
    ticket = a_ticket()
    assert found(ticket, decisions=[a_decision("ignore", ticket, "")]).ignored


# --- the same in every run ---------------------------------------------------------------------------------------


def test_the_same_ticket_gives_the_same_links_whatever_was_asked_before() -> None:
    rules = [a_rule(f"r{n}", "OPP-3", SEE_WHY, when={"words": [f"w{n}", "bill"], "label": "a*"}) for n in range(20)]
    ticket = a_ticket(title="The bill w3", body="w7 and OPP-31", labels={"ab", "ac"}, author_kind="member")
    matcher = Matcher(rules, REPOSITORY, namespace="journey.")
    first = matcher.own_links(ticket)
    for n in range(50):
        matcher.own_links(a_ticket(f"BILL-{n}", labels={f"a{n}"}, title=f"w{n}"))
    assert matcher.own_links(ticket) == first == Matcher(rules, REPOSITORY, namespace="journey.").own_links(ticket)


def test_a_backlog_with_a_new_label_on_each_ticket_does_not_fill_the_memory() -> None:
    matcher = Matcher([a_rule("r", when={"label": "l-*"})], REPOSITORY, namespace="journey.")
    for n in range(45_000):
        matcher._meaning(f"l-{n}")
    assert len(matcher._labels) <= 20_000
    assert len(matcher._facts._by_label) <= 20_000
    assert matcher.hits(a_ticket(labels={"l-1"}))


def test_it_says_whether_rules_ask_what_a_ticket_hangs_below() -> None:
    assert Matcher([a_rule("r", when={"any": [{"unless": {"under": "B-1"}}]})], REPOSITORY, namespace="j.").uses_under
    assert not Matcher([a_rule("r", when={"label": "x"})], REPOSITORY, namespace="j.").uses_under
