"""The tests that people write beside their rules."""

from typing import Any

from journeysync.core.expect import ExpectFailure, run_expectations
from journeysync.core.match import Matcher
from journeysync.model.journey import JourneyRepository
from journeysync.model.rule import Example, Expect, Rule
from journeysync.model.ticket import Ticket
from journeysync.testing import a_rule, a_ticket
from journeysync.testing.builders import id_of


def run(*rules: Rule, tickets: tuple[Ticket, ...] = ()) -> tuple[ExpectFailure, ...]:
    by_name = {name: ticket for ticket in tickets for name in (ticket.key, ticket.ref.id, ticket.title)}
    return run_expectations(rules, Matcher(rules, JourneyRepository(), namespace="journey."), by_name.get)


def expecting(rule_id: str, when: dict[str, Any], *, hits: Any = (), misses: Any = (), **more: Any) -> Rule:
    def examples(written: Any) -> tuple[Example, ...]:
        return tuple(one if isinstance(one, Example) else Example(title=one) for one in written)

    expect = Expect(hits=examples(hits), misses=examples(misses))
    return a_rule(rule_id, when=when, expect=expect, where="mappings/rules.yaml:4:5", **more)


def test_examples_that_come_out_as_written_say_nothing() -> None:
    rule = expecting("r", {"words": "camera"}, hits=["The camera is black"], misses=["The sound is off"])
    assert run(rule) == ()


def test_an_example_that_comes_out_otherwise_names_rule_place_and_cause() -> None:
    rule = expecting("r", {"words": "camera"}, hits=["The sound is off"], misses=["The camera is black"])
    missed, hit = run(rule)
    assert (missed.rule, missed.where, missed.expected, missed.skipped) == (
        "r",
        "mappings/rules.yaml:4:5",
        "hit",
        False,
    )
    assert missed.says == "rule r, example 'The sound is off': it is to hit, but misses"
    assert hit.expected == "miss"
    assert hit.says == (
        "rule r, example 'The camera is black': it is to miss, but hits (rule r: \"camera\" in the title)"
    )


def test_a_rule_above_that_stops_is_named() -> None:
    upkeep = a_rule("upkeep", when={"words": "upgrade"}, enabling="platform", stop=True)
    rule = expecting("r", {"words": "camera"}, hits=["Upgrade the camera"])
    (failure,) = run(upkeep, rule)
    assert failure.says.endswith("it is to hit, but rule upkeep above hits and stops")


def test_what_a_made_up_ticket_leaves_open_is_taken_from_the_rule() -> None:
    when = {"all": [{"project": ["BILL", "INV"]}, {"words": "camera"}], "kind": "Bug", "state": "doing", "team": "care"}
    assert run(expecting("r", when, hits=["The camera is black"], misses=["The sound is off"])) == ()
    elsewhere = Example(title="The camera is black", project="APP")
    assert run(expecting("r", when, misses=[elsewhere])) == ()
    (failure,) = run(expecting("r", when, hits=[elsewhere]))
    assert not failure.skipped


def test_labels_components_and_milestone_of_an_example_count() -> None:
    when = {"label": "ios*", "component": "Camera", "milestone": "9*"}
    example = Example(title="x", labels=("iOS7",), components=("camera",), milestone="9.1")
    without = Example(title="x", components=("camera",), milestone="9.1")
    assert run(expecting("r", when, hits=[example], misses=[without])) == ()


def test_an_example_that_leaves_open_what_the_rule_asks_is_passed_over_and_said() -> None:
    """The rule of formats.md: its second example says nothing of components, by which it may hit."""
    when = {
        "all": [{"project": "BILL"}, {"any": [{"component": "Bill view"}, {"words": "why"}]}],
        "unless": {"label": "chore"},
    }
    rule = expecting(
        "r", when, hits=["Show the bill line tooltip on mobile web"], misses=["Upgrade the invoice database"]
    )
    (failure,) = run(rule)
    assert failure.skipped
    assert failure.says.endswith("the example leaves component open")
    known = a_ticket("BILL-9", title="Show the bill line tooltip on mobile web", components={"Bill view"})
    assert run(rule, tickets=(known,)) == ()


def test_a_key_is_looked_up_and_passed_over_where_it_is_not_known() -> None:
    rule = expecting("r", {"words": "camera"}, hits=[Example(key="BILL-7")], misses=[Example(key="BILL-8")])
    assert [failure.skipped for failure in run(rule)] == [True, True]
    assert "no ticket BILL-7 is known here" in run(rule)[0].says
    tickets = (a_ticket("BILL-7", title="Camera"), a_ticket("BILL-8", title="Camera"))
    (failure,) = run(rule, tickets=tickets)
    assert (failure.example, failure.expected, failure.skipped) == ("BILL-8", "miss", False)


def test_a_real_ticket_is_asked_with_all_above_it() -> None:
    top = a_ticket("BILL-1")
    middle = a_ticket("BILL-2", parent=id_of("BILL-1"))
    ticket = a_ticket("BILL-3", parent=id_of("BILL-2"))
    rule = expecting("r", {"under": "BILL-1"}, hits=[Example(key="BILL-3")], misses=[Example(key="BILL-1")])
    assert run(rule, tickets=(top, middle, ticket)) == ()
    by_unknown_parent = expecting("r", {"under": id_of("BILL-2")}, hits=[Example(key="BILL-3")])
    assert run(by_unknown_parent, tickets=(ticket,)) == ()


def test_tickets_that_hang_in_a_circle_do_not_hang_us() -> None:
    one, two = a_ticket("BILL-1", parent=id_of("BILL-2")), a_ticket("BILL-2", parent=id_of("BILL-1"))
    rule = expecting("r", {"under": "BILL-9"}, misses=[Example(key="BILL-1")])
    assert run(rule, tickets=(one, two)) == ()
