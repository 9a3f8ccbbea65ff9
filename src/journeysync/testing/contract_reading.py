"""The reading half of the connector contract: pull, sweep, fetch and observe."""
# ruff: noqa: D102, S101 - a kit of checks: the names are sentences, and checks assert

from collections.abc import Iterable, Mapping
from datetime import datetime

from journeysync.connector import Connector
from journeysync.model.ticket import Ticket
from journeysync.model.tracker import Cursor, Found, Gone, Hidden, Moved
from journeysync.testing.contract_base import ContractBase, add, pulled, put, seen
from journeysync.testing.world import World


def times_of(tickets: Iterable[Ticket]) -> Mapping[str, datetime]:
    """Return what a store would know of these tickets."""
    return {ticket.ref.id: ticket.updated_at for ticket in tickets}


class ReadingContract(ContractBase):
    """What a read promises, whole and since a cursor."""

    def since(self, connector: Connector, cursor: Cursor | None, tickets: Iterable[Ticket]) -> list[Ticket]:
        """Pull what changed since a cursor, with a store that knows these tickets (the newest of each)."""
        return self.since_with_cursor(connector, cursor, tickets)[0]

    def since_with_cursor(
        self, connector: Connector, cursor: Cursor | None, tickets: Iterable[Ticket]
    ) -> tuple[list[Ticket], Cursor | None]:
        """Pull as ``since`` does, and return the next cursor too."""
        assert cursor is not None, "the last page of a complete pull carries a cursor"
        known = times_of(tickets)
        asked = Cursor(cursor.position, known=lambda ids: {one: known[one] for one in ids if one in known})
        return pulled(connector, asked)

    def test_a_pull_reads_every_ticket_in_scope_once(self, connector: Connector, world: World) -> None:
        here = {world.create(f"Ticket {n}", project=world.projects[n % 2]) for n in range(7)}
        world.create("Not ours", project=world.outside)
        tickets, _ = pulled(connector)
        assert sorted(ticket.ref.id for ticket in tickets) == sorted(here)
        assert {ticket.ref.connection for ticket in tickets} == {connector.name}
        assert all(not ticket.context for ticket in tickets)

    def test_pages_stream_and_only_the_last_is_complete_and_carries_the_cursor(
        self, connector: Connector, world: World
    ) -> None:
        for n in range(7):
            world.create(f"Ticket {n}")
        pages = list(connector.pull(None))
        assert [page.complete for page in pages] == [False] * (len(pages) - 1) + [True]
        assert [page.cursor for page in pages[:-1]] == [None] * (len(pages) - 1)
        assert pages[-1].cursor is not None
        assert sum(page.seen for page in pages) >= 7

    def test_a_pull_that_is_left_half_way_does_no_harm(self, connector: Connector, world: World) -> None:
        for n in range(7):
            world.create(f"Ticket {n}")
        pages = connector.pull(None)
        next(iter(pages))
        del pages
        assert len(pulled(connector)[0]) == 7

    def test_an_empty_scope_is_a_complete_read(self, connector: Connector, world: World) -> None:
        assert world.projects
        assert pulled(connector)[0] == []
        assert list(connector.sweep())[-1].complete

    def test_a_ticket_says_what_people_see(self, connector: Connector, world: World) -> None:
        ticket = world.create("Say why the bill went up", labels=("Urgent", "iOS"))
        [read], _ = pulled(connector)
        assert read.ref.id == ticket
        assert read.title == "Say why the bill went up"
        assert read.labels == ("Urgent", "iOS")
        assert read.project == world.projects[0]
        assert read.key
        assert read.url
        assert read.updated_at.tzinfo is not None

    def test_a_value_in_a_field_comes_with_the_ticket(self, connector: Connector, world: World) -> None:
        ticket = world.create()
        world.set_field(ticket, self.field_or_skip(world.number_field), 92)
        [read], _ = pulled(connector)
        assert read.field(world.number_field) == 92

    def test_an_empty_field_is_named_with_nothing_in_it(self, connector: Connector, world: World) -> None:
        world.create()
        [read], _ = pulled(connector)
        assert dict(read.fields).get(self.field_or_skip(world.number_field), "no such field") is None

    def test_odd_characters_in_a_title_are_no_reason_to_fail(self, connector: Connector, world: World) -> None:
        world.create("Grüße 🚲 \u202e\u200b <b>&amp; 'quotes\" {}%s")
        assert len(pulled(connector)[0]) == 1

    def test_what_nobody_has_heard_of_does_no_harm(self, connector: Connector, world: World) -> None:
        ticket, other = world.create("Strange", labels=("urgent",)), world.create("Ordinary")
        world.make_strange(ticket)
        read = {each.ref.id: each for each in pulled(connector)[0]}
        assert sorted(read) == sorted([ticket, other])
        assert (read[ticket].title, read[ticket].labels) == ("Strange", ("urgent",))
        assert [type(answer) for answer in connector.fetch([ticket])] == [Found]
        assert seen(connector, ticket, "label:urgent").get("label:urgent") is True

    # Since a cursor

    def test_nothing_changed_means_nothing_read(self, connector: Connector, world: World) -> None:
        for n in range(5):
            world.create(f"Ticket {n}")
        first, cursor = pulled(connector)
        assert self.since(connector, cursor, first) == []

    def test_what_changed_since_is_read_and_nothing_else(self, connector: Connector, world: World) -> None:
        tickets = [world.create(f"Ticket {n}") for n in range(5)]
        first, cursor = pulled(connector)
        world.edit_title(tickets[2], "New title")
        world.type_label(tickets[4], "urgent")
        later = self.since(connector, cursor, first)
        assert {ticket.ref.id for ticket in later} == {tickets[2], tickets[4]}
        assert {ticket.title for ticket in later} == {"New title", "Ticket 4"}

    def test_a_new_ticket_is_read_since_a_cursor(self, connector: Connector, world: World) -> None:
        world.create("Old")
        first, cursor = pulled(connector)
        new = world.create("New")
        assert [ticket.ref.id for ticket in self.since(connector, cursor, first)] == [new]

    def test_tickets_that_changed_at_the_very_instant_of_the_cursor_are_not_missed(
        self, connector: Connector, world: World
    ) -> None:
        tickets = [world.create(f"Ticket {n}") for n in range(5)]
        with world.same_instant():
            world.edit_title(tickets[0], "First")
            first, cursor = pulled(connector)
            world.edit_title(tickets[1], "Second")
            world.edit_title(tickets[3], "Third")
        later = self.since(connector, cursor, first)
        assert {ticket.title for ticket in later} == {"Second", "Third"}

    def test_many_tickets_of_one_instant_are_each_read_once(self, connector: Connector, world: World) -> None:
        with world.same_instant():
            tickets = {world.create(f"Ticket {n}") for n in range(10)}
        read, cursor = pulled(connector)
        assert sorted(ticket.ref.id for ticket in read) == sorted(tickets)
        assert self.since(connector, cursor, read) == []

    def test_what_lists_showed_too_late_is_read_though_newer_changes_came_before(
        self, connector: Connector, world: World
    ) -> None:
        late, prompt, other = world.create("Late"), world.create("Prompt"), world.create("Other")
        first, cursor = pulled(connector)
        with world.unseen_by_lists():
            world.edit_title(late, "Shown late")
        world.edit_title(prompt, "Newer, shown first")
        second, cursor = self.since_with_cursor(connector, cursor, first)
        assert [ticket.title for ticket in second] == ["Newer, shown first"]
        world.lists_catch_up()
        world.type_label(other, "urgent")
        third = self.since(connector, cursor, [*first, *second])
        assert {ticket.title for ticket in third} == {"Shown late", "Other"}

    def test_a_cursor_taken_while_lists_lag_skips_nothing(self, connector: Connector, world: World) -> None:
        tickets = [world.create(f"Ticket {n}") for n in range(3)]
        first, cursor = pulled(connector)
        with world.unseen_by_lists():
            world.edit_title(tickets[1], "Held back")
            during, cursor = self.since_with_cursor(connector, cursor, first)
        world.lists_catch_up()
        after = self.since(connector, cursor, [*first, *during])
        assert (during, [ticket.title for ticket in after]) == ([], ["Held back"])

    def test_without_anything_known_what_changed_is_still_read(self, connector: Connector, world: World) -> None:
        tickets = [world.create(f"Ticket {n}") for n in range(3)]
        _, cursor = pulled(connector)
        world.edit_title(tickets[1], "New title")
        assert cursor is not None
        assert "New title" in {ticket.title for ticket in pulled(connector, Cursor(cursor.position))[0]}

    # Parents

    def test_ancestors_out_of_scope_come_along_as_context(self, connector: Connector, world: World) -> None:
        top = world.create("Epic elsewhere", project=world.outside)
        ticket = world.create("Ours", parent=top)
        read = {each.ref.id: each for each in pulled(connector)[0]}
        assert read[ticket].parent == top
        assert {each: ticket.context for each, ticket in read.items()} == {ticket: False, top: True}
        assert top not in {row for page in connector.sweep() for row, _ in page.rows}

    def test_a_parent_in_scope_is_an_ordinary_ticket(self, connector: Connector, world: World) -> None:
        top = world.create("Epic")
        ticket = world.create("Ours", parent=top)
        read = {each.ref.id: each for each in pulled(connector)[0]}
        assert sorted(read) == sorted([top, ticket])
        assert not read[top].context

    # One ticket

    def test_a_sweep_lists_all_ids_in_scope_with_their_times(self, connector: Connector, world: World) -> None:
        for n in range(7):
            world.create(f"Ticket {n}", project=world.projects[n % 2])
        tickets, _ = pulled(connector)
        pages = list(connector.sweep())
        rows = [row for page in pages for row in page.rows]
        assert sorted(rows) == sorted(times_of(tickets).items())
        assert [page.complete for page in pages] == [False] * (len(pages) - 1) + [True]

    def test_a_ticket_keeps_its_reference_when_it_moves(self, connector: Connector, world: World) -> None:
        ticket = world.create("Moves")
        [before], cursor = pulled(connector)
        new = world.move(ticket, world.projects[1])
        [after] = self.since(connector, cursor, [before])
        assert (after.ref.id, after.project) == (new, world.projects[1])
        assert after.key != before.key
        [answer] = connector.fetch([ticket])
        assert isinstance(answer, Found if new == ticket else Moved)

    def test_found_moved_and_gone_are_told_apart(self, connector: Connector, world: World) -> None:
        here, away, gone = (world.create(title) for title in ("Here", "Away", "Gone"))
        world.move(away, world.outside)
        world.delete(gone)
        answers = {self.asked_id(each): type(each) for each in connector.fetch([here, away, gone])}
        assert answers == {here: Found, away: Moved, gone: Gone}

    def test_a_hidden_ticket_is_not_gone(self, connector: Connector, world: World) -> None:
        here, hidden = world.create("Here"), world.create("Hidden", project=world.projects[1])
        world.hide(hidden)
        answers = {self.asked_id(each): type(each) for each in connector.fetch([here, hidden])}
        assert answers == {here: Found, hidden: Hidden}

    def test_each_id_gets_one_answer_even_if_it_never_was_a_ticket(self, connector: Connector, world: World) -> None:
        ticket, never = world.create(), world.create()
        world.delete(never)
        answers = [self.asked_id(each) for each in connector.fetch([ticket, never, ticket])]
        assert sorted(answers) == sorted([ticket, never])
        assert list(connector.fetch([])) == []

    def test_tickets_that_left_the_scope_are_not_pulled(self, connector: Connector, world: World) -> None:
        stays, moved, deleted = (world.create(title) for title in ("Stays", "Moves", "Goes"))
        world.move(moved, world.outside)
        world.delete(deleted)
        assert [ticket.ref.id for ticket in pulled(connector)[0]] == [stays]

    def test_observing_is_fresh_while_lists_lag(self, connector: Connector, world: World) -> None:
        ticket = world.create("Old title")
        pulled(connector)
        with world.unseen_by_lists():
            world.edit_title(ticket, "New title")
            put(connector, ticket, add("journey.pay-bill"))
            fresh = seen(connector, ticket, "label:journey.pay-bill")
            listed = dict(row for page in connector.sweep() for row in page.rows)
        assert fresh.ticket.title == "New title"
        assert fresh.get("label:journey.pay-bill") is True
        assert listed[ticket] < fresh.ticket.updated_at, "this world's lists do not lag"

    def test_observing_leaves_out_what_cannot_be_read(self, connector: Connector, world: World) -> None:
        ticket, gone = world.create(), world.create()
        world.delete(gone)
        observed = list(connector.observe([ticket, gone], frozenset({"label:urgent"})))
        assert [each.ticket.ref.id for each in observed] == [ticket]
        assert observed[0].get("label:urgent") is None

    def test_reading_writes_nothing(self, connector: Connector, world: World) -> None:
        ticket = world.create()
        pulled(connector)
        list(connector.sweep())
        list(connector.fetch([ticket]))
        list(connector.observe([ticket], frozenset({"link", "property", "label:x"})))
        list(connector.check())
        assert len(world.journal) == 0
        assert connector.traffic.reads > 0
        assert connector.traffic.writes == 0
