"""Facts of tickets: counted and found without reading a document."""

from datetime import UTC, datetime
from typing import Any

import pytest

from journeysync.model.coverage import EVERYTHING, Selection
from journeysync.model.link import Enabling, TicketLinks, Tie
from journeysync.model.ticket import State, Ticket
from journeysync.store import Store
from journeysync.testing import a_link, a_ticket

NOW = datetime(2026, 11, 22, 20, 15, tzinfo=UTC)
BILL = a_ticket("BILL-2", title="Why is my bill higher?", kind="bug", estimate=3, team="billing")
DONE = a_ticket("BILL-10", title="100%_done", state=State.DONE, team="billing", kind="story")
ENABLING = a_ticket("BILL-1", title="Upgrade", team="billing", kind="task")
ORPHAN = a_ticket("BILL-30", title="STRASSE", team=None, kind="task", state=State.DOING)
CONTEXT = a_ticket("BILL-4", context=True)


def linked(ticket: Ticket) -> TicketLinks:
    return TicketLinks(ticket=ticket.ref, links=(a_link(ticket, confidence=0.9),))


@pytest.fixture
def full(store: Store) -> Store:
    tickets = (BILL, DONE, ENABLING, ORPHAN, CONTEXT)
    store.save_tickets("billing", [ticket.model_copy(update={"team": None}) for ticket in tickets], read_at=NOW)
    store.save_facts(tickets)
    upkeep = TicketLinks(ticket=ENABLING.ref, enabling=Enabling(name="platform", rule="upkeep", cause="chore"))
    rows = [linked(BILL), linked(DONE), upkeep, TicketLinks(ticket=ORPHAN.ref), TicketLinks(ticket=CONTEXT.ref)]
    store.save_matches([(row, "key") for row in rows])
    store.save_effective(rows)
    return store


def keys(store: Store, selection: Selection = EVERYTHING, **how: Any) -> list[str]:
    _, refs = store.find_tickets(selection, **how)
    found = store.tickets(refs)
    return [found[ref].key for ref in refs]


def test_every_ticket_in_scope_comes_once_with_its_links_whatever_the_size_of_a_batch(full: Store) -> None:
    for size in (1, 2, 100):
        rows = [row for batch in full.fact_rows(batch_size=size) for row in batch]
        assert [row.id for row in rows] == [t.ref.id for t in (ENABLING, BILL, DONE, ORPHAN)]
    enabling, bill, done, orphan = rows
    assert (enabling.enabling, enabling.ties) == ("platform", ())
    assert bill.ties == (Tie("step", "pay-bill.see-why", "rule", 0.9),)
    assert (bill.team, bill.kind, bill.state, bill.estimate) == ("billing", "bug", "todo", 3)
    assert done.done_at == DONE.done_at or done.done_at == DONE.updated_at
    assert orphan.team is None
    assert full.unmatched() == 0


def test_a_ticket_that_was_never_matched_is_known_to_be_missing(full: Store) -> None:
    full.save_tickets("billing", [a_ticket("BILL-99")], read_at=NOW)
    assert full.unmatched() == 1


def test_facts_follow_the_ticket(full: Store) -> None:
    full.save_facts([BILL.model_copy(update={"team": "care", "title": "Other"})])
    assert keys(full, Selection(team="care")) == ["BILL-2"]
    assert keys(full, text="higher") == []


@pytest.mark.parametrize(
    ("selection", "expected"),
    [
        (EVERYTHING, ["BILL-30", "BILL-1", "BILL-2", "BILL-10"]),
        (Selection(team="billing"), ["BILL-1", "BILL-2", "BILL-10"]),
        (Selection(state="open"), ["BILL-30", "BILL-1", "BILL-2"]),
        (Selection(state="done"), ["BILL-10"]),
        (Selection(kind="bug"), ["BILL-2"]),
        (Selection(connections=("app",)), []),
    ],
)
def test_a_selection_finds_its_tickets_those_without_a_link_first(
    full: Store, selection: Selection, expected: list[str]
) -> None:
    assert keys(full, selection) == expected
    assert full.find_tickets(selection)[0] == len(expected)


def test_tickets_are_found_by_page_words_target_and_name(full: Store) -> None:
    assert keys(full, offset=1, limit=2) == ["BILL-1", "BILL-2"]
    assert keys(full, text="bill-1") == ["BILL-1", "BILL-10"]
    assert keys(full, text="HIGHER?") == ["BILL-2"]
    assert keys(full, text="%_d") == ["BILL-10"], "wildcards are text"
    assert keys(full, text="straße") == ["BILL-30"]
    assert keys(full, targets=("pay-bill.see-why",)) == ["BILL-2", "BILL-10"]
    assert keys(full, only=[DONE.ref]) == ["BILL-10"]
    assert keys(full, only=[]) == []


def test_what_can_be_filtered_by_is_what_there_is(full: Store) -> None:
    assert full.fact_words() == {"team": ("billing",), "kind": ("bug", "story", "task")}
