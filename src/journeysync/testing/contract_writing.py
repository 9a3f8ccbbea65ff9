"""The writing half of the connector contract: each kind of change is made, and made twice does no harm."""
# ruff: noqa: D102, S101 - a kit of checks: the names are sentences, and checks assert

from typing import Any, Literal

import pytest

from journeysync.connector import Connector
from journeysync.model.change import Change, Result
from journeysync.testing.contract_base import (
    RECEIPT,
    ContractBase,
    add,
    fill,
    is_shown,
    link,
    mark,
    on,
    pulled,
    put,
    remove,
    seen,
    urge,
    words,
)
from journeysync.testing.world import World

TEXTS: tuple[Literal["comment", "block"], ...] = ("comment", "block")
DONE = (Result.WRITTEN, Result.UNCHANGED)


class WritingContract(ContractBase):
    """What a write promises."""

    def content(self, world: World, ticket: str) -> tuple[Any, ...]:
        """Return everything in a ticket that a connector could have touched."""
        fields = [world.field(ticket, field) for field in self.fields(world)]
        links = sorted((str(each["url"]), str(each["title"])) for each in world.links(ticket))
        texts = world.body(ticket), tuple(world.comments(ticket))
        return world.title(ticket), world.labels(ticket), fields, links, world.receipt(ticket), texts

    def fields(self, world: World) -> tuple[str, ...]:
        """Return the ids of the fields that this tracker has."""
        return tuple(field for field in (world.number_field, world.text_field, world.select_field) if field)

    def every_change(self, connector: Connector, world: World) -> list[Change]:
        """Return one change of each kind that this tracker can hold."""
        values = {world.number_field: 92, world.text_field: "because of OPP-3", world.select_field: world.choices[0]}
        changes: list[Change] = [add("journey.pay-bill"), add("journey.opp-3")]
        changes += [
            fill(field, values[field]) for field in self.fields(world) if connector.capabilities.of("field").can
        ]
        changes += [link("Pay, priority 92")] if connector.capabilities.of("link").can else []
        changes += [mark(RECEIPT)] if connector.capabilities.of("property").can else []
        changes += [words("See why", place) for place in TEXTS if connector.capabilities.of(place).can]
        return changes

    def test_each_kind_of_change_is_made_and_read_back(self, connector: Connector, world: World) -> None:
        ticket = world.create("Untouched title")
        changes = self.every_change(connector, world)
        outcomes = put(connector, ticket, *changes)
        assert {outcome.result for outcome in outcomes.values()} == {Result.WRITTEN}
        assert {outcome.ticket.id for outcome in outcomes.values()} == {ticket}
        observed = seen(connector, ticket, *outcomes)
        assert [change.slot for change in changes if not is_shown(change, observed.get(change.slot))] == []
        assert world.title(ticket) == "Untouched title"
        assert len(world.journal) >= len(changes)

    def test_a_change_made_twice_leaves_the_ticket_as_it_is(self, connector: Connector, world: World) -> None:
        ticket = world.create()
        changes = self.every_change(connector, world)
        put(connector, ticket, *changes)
        once = self.content(world, ticket)
        again = put(connector, ticket, *changes)
        assert {outcome.result for outcome in again.values()} <= set(DONE)
        assert self.content(world, ticket) == once

    def test_what_is_taken_out_is_gone_and_twice_does_no_harm(self, connector: Connector, world: World) -> None:
        ticket = world.create(labels=("urgent",))
        clean = self.content(world, ticket)
        changes = self.every_change(connector, world)
        put(connector, ticket, *changes)
        undo = [remove(c.label) if c.kind == "add_label" else c.model_copy(update={"after": None}) for c in changes]
        for _ in range(2):
            outcomes = put(connector, ticket, *undo)
            assert {outcome.result for outcome in outcomes.values()} <= set(DONE)
            assert self.content(world, ticket) == clean
        assert seen(connector, ticket, *outcomes).values == ()

    # Labels

    def test_labels_of_others_stay_as_they_are_spelled(self, connector: Connector, world: World) -> None:
        ticket = world.create(labels=("Urgent", "iOS", "q3.2026"))
        put(connector, ticket, add("journey.pay-bill"))
        assert world.labels(ticket) == ("Urgent", "iOS", "journey.pay-bill", "q3.2026")
        put(connector, ticket, remove("journey.pay-bill"))
        assert world.labels(ticket) == ("Urgent", "iOS", "q3.2026")

    def test_a_label_that_a_person_types_meanwhile_survives_our_write(self, connector: Connector, world: World) -> None:
        ticket = world.create(labels=("urgent",))
        pulled(connector)
        world.type_label(ticket, "by-hand")
        world.remove_label(ticket, "urgent")
        put(connector, ticket, add("journey.pay-bill"))
        assert world.labels(ticket) == ("by-hand", "journey.pay-bill")

    def test_labels_come_and_go_in_one_write(self, connector: Connector, world: World) -> None:
        ticket = world.create(labels=("journey.old", "urgent"))
        put(connector, ticket, add("journey.new"), remove("journey.old"))
        assert world.labels(ticket) == ("journey.new", "urgent")

    # Fields

    @pytest.mark.parametrize("which", ["number_field", "text_field", "select_field"])
    def test_a_field_is_set_changed_and_cleared(self, connector: Connector, world: World, which: str) -> None:
        self.slot_or_skip(connector, "field")
        field = self.field_or_skip(getattr(world, which))
        first, second = {"number_field": (92, 41), "text_field": ("one", "two")}.get(which, world.choices[:2])
        ticket = world.create()
        for value in (first, second, first, None):
            [outcome] = put(connector, ticket, fill(field, value)).values()
            assert outcome.result is Result.WRITTEN
            assert world.field(ticket, field) == value
            assert seen(connector, ticket, f"field:{field}").get(f"field:{field}") == value

    def test_a_value_that_goes_there_and_back_is_written_each_time(self, connector: Connector, world: World) -> None:
        self.slot_or_skip(connector, "field")
        field, ticket = self.field_or_skip(world.number_field), world.create()
        for value in (92, 41, 92):
            put(connector, ticket, fill(field, value))
        assert world.field(ticket, field) == 92
        assert len(world.journal) == 3

    # The tracker's own priority

    def test_a_priority_is_set_changed_and_given_back(self, connector: Connector, world: World) -> None:
        self.slot_or_skip(connector, "priority")
        ticket = world.create()
        for before, after in ((None, "High"), ("High", "Low"), ("Low", None)):
            [outcome] = put(connector, ticket, urge(after, before)).values()
            assert outcome.result is Result.WRITTEN
            shown = seen(connector, ticket, "priority")
            assert (shown.get("priority"), shown.ticket.priority) == (after, after)

    def test_a_priority_that_a_person_set_meanwhile_is_left_alone(self, connector: Connector, world: World) -> None:
        self.slot_or_skip(connector, "priority")
        ticket = world.create()
        put(connector, ticket, urge("Low", None))  # as if by a person: the change below does not know of it
        [outcome] = put(connector, ticket, urge("High", None)).values()
        assert (outcome.result, bool(outcome.cause)) == (Result.LATER, True)
        assert seen(connector, ticket, "priority").get("priority") == "Low"

    # Link and receipt

    def test_a_link_set_twice_is_one_link_with_the_newer_title(self, connector: Connector, world: World) -> None:
        self.slot_or_skip(connector, "link")
        ticket = world.create()
        world.add_link(ticket, "https://wiki.example/page", "A page of others")
        put(connector, ticket, link("Pay, priority 87"))
        put(connector, ticket, link("Pay, priority 92"))
        assert sorted(str(each["title"]) for each in world.links(ticket)) == ["A page of others", "Pay, priority 92"]
        assert seen(connector, ticket, "link").get("link")["title"] == "Pay, priority 92"
        put(connector, ticket, link(None))
        assert [each["title"] for each in world.links(ticket)] == ["A page of others"]

    # Our words

    @pytest.mark.parametrize("place", TEXTS)
    def test_a_text_of_ours_is_one_and_is_changed_in_place(
        self, connector: Connector, world: World, place: Literal["comment", "block"]
    ) -> None:
        self.slot_or_skip(connector, place)
        ticket = world.create()
        world.edit_body(ticket, "Words of a person.")
        world.type_comment(ticket, "A comment of a person.")
        clean = self.content(world, ticket)
        for step in ("See why", "Ask for time"):
            observed = seen(connector, ticket, place)
            assert put(connector, ticket, words(step, place))[place].result is Result.WRITTEN
            observed = seen(connector, ticket, place)
            assert is_shown(words(step, place), observed.get(place))
            [shown] = [each for each in observed.ticket.shown if each.slot == place]
            assert (shown.state, shown.others) == ("ours", 0)
            assert observed.ticket.body == "Words of a person."
        assert len(world.comments(ticket)) == (2 if place == "comment" else 1)
        assert put(connector, ticket, words(None, place))[place].result is Result.WRITTEN
        assert self.content(world, ticket) == clean
        assert put(connector, ticket, words(None, place))[place].result is Result.UNCHANGED

    @pytest.mark.parametrize("place", TEXTS)
    def test_words_that_a_person_changed_are_not_written_over(
        self, connector: Connector, world: World, place: Literal["comment", "block"]
    ) -> None:
        self.slot_or_skip(connector, place)
        ticket = world.create()
        put(connector, ticket, words("See why", place))
        world.change_our_words(ticket, place, "See why", "See nothing")
        theirs = self.content(world, ticket)
        observed = seen(connector, ticket, place).ticket.text(place)
        assert observed is not None
        assert observed.state == "changed"
        assert "See nothing" in observed.words
        for change in (words("Ask for time", place), words(None, place)):
            assert put(connector, ticket, change)[place].result is Result.LATER
        assert self.content(world, ticket) == theirs
        meant = words("Ask for time", place, seen=observed.digest)
        assert put(connector, ticket, meant)[place].result is Result.WRITTEN

    def test_a_receipt_is_read_with_the_ticket(self, connector: Connector, world: World) -> None:
        self.slot_or_skip(connector, "property")
        """A receipt stands beside what it claims; a tracker may look for one only where it sees such a thing."""
        ticket = world.create()
        receipt = RECEIPT | {"ticket": ticket}
        put(connector, ticket, add("journey.opp-3"), mark(receipt))
        [read], _ = pulled(connector)
        assert read.receipt is not None
        assert read.receipt.as_json() == receipt == world.receipt(ticket)
        assert seen(connector, ticket, "property").ticket.receipt == read.receipt

    # Many tickets

    def test_one_outcome_for_each_change(self, connector: Connector, world: World) -> None:
        tickets = [world.create(f"Ticket {n}") for n in range(5)]
        batch = [on(connector, ticket, *self.every_change(connector, world)) for ticket in tickets]
        outcomes = [(outcome.ticket.id, outcome.slot) for outcome in connector.write(batch)]
        assert sorted(outcomes) == sorted((each.ticket.id, c.slot) for each in batch for c in each.changes)

    def test_one_value_for_many_tickets_reaches_each_of_them(self, connector: Connector, world: World) -> None:
        tickets = [world.create(f"Ticket {n}", labels=(f"own-{n}",)) for n in range(12)]
        outcomes = list(connector.write([on(connector, ticket, add("journey.pay-bill")) for ticket in tickets]))
        assert {outcome.result for outcome in outcomes} == {Result.WRITTEN}
        assert [world.labels(ticket) for ticket in tickets] == [("journey.pay-bill", f"own-{n}") for n in range(12)]

    def test_nothing_to_write_asks_nothing(self, connector: Connector, world: World) -> None:
        before = connector.traffic.writes
        assert list(connector.write([])) == []
        assert connector.traffic.writes == before
        assert len(world.journal) == 0

    def test_a_rejected_ticket_does_not_stop_the_others(self, connector: Connector, world: World) -> None:
        good, last = world.create("Good"), world.create("Last")
        bad = world.create("Bad", project=world.projects[1])
        world.refuse(bad)
        batch = [on(connector, ticket, add("journey.pay-bill")) for ticket in (good, bad, last)]
        outcomes = {outcome.ticket.id: outcome for outcome in connector.write(batch)}
        assert outcomes[bad].result is Result.FAILED
        assert outcomes[bad].cause
        assert {outcomes[good].result, outcomes[last].result} == {Result.WRITTEN}
        assert [world.labels(ticket) for ticket in (good, bad, last)] == [
            ("journey.pay-bill",),
            (),
            ("journey.pay-bill",),
        ]

    def test_a_ticket_that_vanished_meanwhile_does_not_stop_the_others(
        self, connector: Connector, world: World
    ) -> None:
        good, gone = world.create(), world.create()
        world.delete(gone)
        changes = self.every_change(connector, world)
        outcomes = list(connector.write([on(connector, each, *changes) for each in (gone, good)]))
        assert {o.result for o in outcomes if o.ticket.id == gone} == {Result.FAILED}
        assert all(o.cause for o in outcomes if o.ticket.id == gone)
        assert {o.result for o in outcomes if o.ticket.id == good} == {Result.WRITTEN}

    def test_a_value_that_the_field_does_not_take_fails_with_its_cause(
        self, connector: Connector, world: World
    ) -> None:
        self.slot_or_skip(connector, "field")
        field, ticket = self.field_or_skip(world.number_field), world.create()
        [outcome] = put(connector, ticket, fill(field, "no number")).values()
        assert outcome.result is Result.FAILED
        assert outcome.cause
        assert world.field(ticket, field) is None

    def test_what_cannot_be_held_is_refused_in_words(self, connector: Connector, world: World) -> None:
        ticket, before = world.create(), len(world.journal)
        impossible: dict[str, Change] = {
            "field": fill(world.number_field or "score", 92),
            "link": link("Pay"),
            "property": mark(RECEIPT),
        }
        for kind, change in impossible.items():
            if not connector.capabilities.of(kind).can:  # type: ignore[arg-type]  # the keys are kinds of slots
                [outcome] = put(connector, ticket, change).values()
                assert (outcome.result, bool(outcome.cause)) == (Result.FAILED, True)
        assert len(world.journal) == before
