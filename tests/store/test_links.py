from datetime import UTC, datetime

import pytest

from journeysync.model.link import Enabling, TicketLinks
from journeysync.model.ticket import Ticket
from journeysync.store import Store
from journeysync.testing import a_decision, a_link, a_ref, a_ticket, some_links

NOW = datetime(2026, 11, 22, 20, 15, tzinfo=UTC)
EPIC = a_ticket("BILL-1", level=1)
STORY = a_ticket("BILL-2", parent=EPIC.ref.id)
TASK = a_ticket("BILL-3", parent=STORY.ref.id, level=-1)
OTHER = a_ticket("BILL-4")


@pytest.fixture
def full(store: Store) -> Store:
    store.save_tickets("billing", (EPIC, STORY, TASK, OTHER), read_at=NOW)
    return store


def due(store: Store, key: str = "rules-1", *, batch_size: int = 1000) -> list[str]:
    return [ticket.key for batch in store.due(key, batch_size) for ticket in batch]


def match(store: Store, key: str = "rules-1", **links: TicketLinks) -> None:
    """Match all that is due; ``links`` by the ticket's key with _ for -."""
    for batch in store.due(key):
        rows = [links.get(ticket.key.replace("-", "_"), TicketLinks(ticket=ticket.ref)) for ticket in batch]
        store.save_matches([(row, key) for row in rows])
        store.save_effective(rows)


def test_everything_is_due_once_and_then_nothing(full: Store) -> None:
    assert due(full, batch_size=3) == ["BILL-1", "BILL-2", "BILL-3", "BILL-4"]
    match(full)
    assert due(full) == []


def test_other_mappings_make_everything_due_again(full: Store) -> None:
    match(full)
    assert len(due(full, "rules-2")) == 4


def test_a_changed_ticket_is_due_again_alone(full: Store) -> None:
    match(full)
    full.save_tickets("billing", (OTHER.model_copy(update={"title": "New"}),), read_at=NOW)
    assert due(full) == ["BILL-4"]


def test_a_ticket_that_changes_while_it_is_matched_stays_due(full: Store) -> None:
    match(full)
    full.save_tickets("billing", (OTHER.model_copy(update={"title": "New"}),), read_at=NOW)
    for batch in full.due("rules-1"):
        full.save_tickets("billing", (OTHER.model_copy(update={"title": "Newer"}),), read_at=NOW)
        rows = [TicketLinks(ticket=ticket.ref) for ticket in batch]
        full.save_matches([(row, "rules-1") for row in rows])
        full.save_effective(rows)
    assert due(full) == ["BILL-4"]


def test_a_run_killed_before_inheriting_leaves_its_tickets_and_those_below_due(full: Store) -> None:
    match(full)
    full.save_tickets("billing", (EPIC.model_copy(update={"title": "New"}),), read_at=NOW)
    for _ in full.due("rules-1"):
        full.save_matches([(some_links(EPIC, "OPP-3"), "rules-1")])  # and then the machine stops
    assert due(full) == ["BILL-1", "BILL-2", "BILL-3"]
    match(full, BILL_1=some_links(EPIC, "OPP-3"))
    assert due(full) == []


def test_what_hangs_below_a_moved_ticket_is_due_again(full: Store) -> None:
    match(full)
    full.save_tickets("billing", (STORY.model_copy(update={"parent": OTHER.ref.id}),), read_at=NOW)
    assert due(full) == ["BILL-2", "BILL-3"]


def test_what_hangs_below_a_ticket_that_is_gone_is_due_again(full: Store) -> None:
    match(full)
    full.mark("billing", [EPIC.ref.id], "gone", at=NOW)
    assert due(full) == ["BILL-2", "BILL-3"]


def test_a_parent_that_arrives_after_its_children_makes_them_due(store: Store) -> None:
    store.save_tickets("billing", (STORY, TASK), read_at=NOW)
    match(store)
    store.save_tickets("billing", (EPIC.model_copy(update={"context": True}),), read_at=NOW)
    assert due(store) == ["BILL-1", "BILL-2", "BILL-3"]


def test_a_decision_and_a_mark_make_their_ticket_due(full: Store) -> None:
    match(full)
    assert full.add_decision(a_decision(ticket=OTHER)) is True
    assert full.add_decision(a_decision(ticket=OTHER)) is False
    full.save_marks([(TASK.ref, "journey.pay-bill", "typed")], at=NOW)
    assert due(full) == ["BILL-3", "BILL-4"]
    match(full)
    full.save_marks([(TASK.ref, "journey.pay-bill", "typed")], at=NOW)
    assert due(full) == []
    full.rematch([EPIC.ref])
    assert due(full) == ["BILL-1"]


def test_what_is_gone_is_not_due(full: Store) -> None:
    full.mark("billing", [OTHER.ref.id], "gone", at=NOW)
    assert due(full) == ["BILL-1", "BILL-2", "BILL-3"]


def test_own_links_say_whether_they_changed(full: Store) -> None:
    own = some_links(OTHER, "OPP-3", "pay-bill.see-why")
    assert full.save_matches([(own, "rules-1")]) == (OTHER.ref,)
    assert full.save_matches([(own, "rules-2")]) == ()
    assert full.own_links([OTHER.ref, TASK.ref]) == {OTHER.ref: own}
    assert full.links([OTHER.ref]) == {}


def test_what_is_still_to_inherit_is_what_was_matched_and_all_below_a_ticket_whose_links_changed(full: Store) -> None:
    match(full)
    assert list(full.stale()) == []

    full.save_matches([(some_links(EPIC, "OPP-3"), "rules-1")])

    assert [[ref.id for ref in batch] for batch in full.stale(batch_size=2)] == [
        [EPIC.ref.id, STORY.ref.id],
        [TASK.ref.id],
    ]


def test_effective_links_come_back_whole(full: Store) -> None:
    own = TicketLinks(
        ticket=OTHER.ref,
        links=(a_link(OTHER, "OPP-3", source=EPIC.ref, share=0.5, confidence=0.7, cause="label \x00 é"),),
        unknown_labels=("journey.pay-bil",),
        enabling=Enabling(name="platform", rule="r", cause="c"),
    )
    full.save_matches([(own, "rules-1")])
    full.save_effective([own, some_links(TASK, "OPP-3")])  # the task was never matched: left out
    assert full.links([OTHER.ref, TASK.ref]) == {OTHER.ref: own}


def test_links_are_counted_and_their_tickets_found(full: Store) -> None:
    full.save_tickets("billing", (a_ticket("EPIC-9", context=True),), read_at=NOW)
    match(
        full,
        BILL_2=some_links(STORY, "OPP-3", "pay-bill.see-why"),
        BILL_4=some_links(OTHER, "OPP-3"),
        EPIC_9=some_links(a_ticket("EPIC-9"), "OPP-3"),
    )
    assert full.link_counts() == {"OPP-3": 2, "pay-bill.see-why": 1}
    assert full.link_counts("care") == {}
    assert [[t.key for t in batch] for batch in full.tickets_of(["OPP-3", "pay-bill.see-why"])] == [
        ["BILL-2", "BILL-4"]
    ]
    match(full, "rules-2", BILL_4=some_links(OTHER, "OPP-4"))
    assert full.link_counts() == {"OPP-4": 1}


def test_an_orphan_has_neither_link_nor_enabling_rule(full: Store) -> None:
    enabling = TicketLinks(ticket=TASK.ref, enabling=Enabling(name="platform", rule="r", cause="c"))
    match(full, BILL_1=some_links(EPIC, "OPP-3"), BILL_3=enabling)
    found = [[ticket.key for ticket in batch] for batch in full.orphans(batch_size=1)]
    assert found == [["BILL-2"], ["BILL-4"]]
    assert list(full.orphans(connection="care")) == []


def test_containers_with_linked_children_are_known(full: Store) -> None:
    match(full, BILL_3=some_links(TASK, "OPP-3"))
    assert full.with_linked_children([EPIC.ref, STORY.ref, TASK.ref]) == {STORY.ref}


def test_ancestors_come_nearest_first_with_every_key_they_had(full: Store) -> None:
    full.save_tickets("billing", (EPIC.model_copy(update={"key": "CARE-1"}),), read_at=NOW)
    chains = full.ancestors([TASK.ref, EPIC.ref, a_ref("BILL-99")])
    assert [above.key for above in chains[TASK.ref]] == ["BILL-2", "CARE-1"]
    assert set(chains[TASK.ref][1].keys) == {"BILL-1", "CARE-1"}
    assert chains[EPIC.ref] == ()
    assert chains[a_ref("BILL-99")] == ()


def test_a_parent_that_is_gone_or_was_never_read_ends_the_chain(full: Store) -> None:
    full.mark("billing", [EPIC.ref.id], "gone", at=NOW)
    full.save_tickets("billing", (OTHER.model_copy(update={"parent": "never-read"}),), read_at=NOW)
    chains = full.ancestors([TASK.ref, OTHER.ref])
    assert [above.key for above in chains[TASK.ref]] == ["BILL-2"]
    assert chains[OTHER.ref] == ()


def test_tickets_that_are_their_own_ancestors_do_no_harm(store: Store) -> None:
    ring: list[Ticket] = [a_ticket(f"BILL-{n}", parent=a_ref(f"BILL-{n % 3 + 1}").id) for n in (1, 2, 3)]
    store.save_tickets("billing", ring, read_at=NOW)
    assert [above.key for above in store.ancestors([ring[0].ref])[ring[0].ref]] == ["BILL-2", "BILL-3"]
    assert store.descendants([ring[0].ref]) == {ticket.ref for ticket in ring}


def test_descendants_are_found_at_any_depth(full: Store) -> None:
    assert full.descendants([EPIC.ref]) == {STORY.ref, TASK.ref}
    assert full.descendants([TASK.ref, OTHER.ref]) == set()


def test_marks_are_kept_by_ticket_and_label(full: Store) -> None:
    full.save_marks([(TASK.ref, "journey.a", "typed"), (TASK.ref, "journey.b", "unknown")], at=NOW)
    full.save_marks([(TASK.ref, "journey.b", "typed")], at=NOW)
    assert full.marks([TASK.ref, OTHER.ref]) == {TASK.ref: {"journey.a": "typed", "journey.b": "typed"}}
    full.clear_marks([(TASK.ref, "journey.a")])
    assert full.marks([TASK.ref]) == {TASK.ref: {"journey.b": "typed"}}
