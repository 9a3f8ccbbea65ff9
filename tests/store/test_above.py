"""What stands above a ticket: its tracker's own parents first, then the epics of other trackers that its text names."""

from datetime import UTC, datetime
from threading import Thread
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from journeysync.core.mentions import mentions_in
from journeysync.model.link import TicketLinks
from journeysync.model.ticket import Ticket
from journeysync.store import Lineage, Store
from journeysync.store.migrations import upgrade_tables
from journeysync.testing import a_ticket, some_links

NOW = datetime(2026, 11, 22, 20, 15, tzinfo=UTC)
EPIC = a_ticket("ONB-12", level=1)
on_one_database = pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)  # what others ask of both


def app(key: str = "APP-1", says: str = "", **more: Any) -> Ticket:
    return a_ticket(key, connection="app", **({"title": says, "author_kind": "member"} | more))


def save(store: Store, *tickets: Ticket) -> None:
    """Store tickets of any connections, as reads and a match would."""
    for ticket in tickets:
        store.save_tickets(ticket.ref.connection, [ticket], read_at=NOW)
    store.save_mentions((ticket, mentions_in(ticket)) for ticket in tickets)


def lineage(store: Store, ticket: Ticket) -> Lineage:
    return store.lineages([ticket.ref])[ticket.ref]


def above(store: Store, ticket: Ticket) -> list[tuple[str, str]]:
    return [(one.key, one.via) for one in lineage(store, ticket).chain]


def doubtful(store: Store, ticket: Ticket) -> list[tuple[str, str]]:
    found = lineage(store, ticket)
    assert not found.chain
    return [(one.key, one.via) for one in found.doubtful]


@on_one_database
@pytest.mark.parametrize(
    ("ticket", "how"),
    [
        (app(says="Part of ONB-12"), "named in its text"),
        (app(says="x", body="https://billing.example/browse/onb-12"), "linked in its text"),
        (app(says="x", attached=("https://billing.example/browse/ONB-12",)), "attached to it"),
    ],
)
def test_the_epic_that_a_text_names_stands_above_with_all_that_is_above_it(
    store: Store, ticket: Ticket, how: str
) -> None:
    goal = a_ticket("ONB-1", level=2)
    save(store, goal, EPIC.model_copy(update={"parent": goal.ref.id}), ticket)
    assert above(store, ticket) == [("ONB-12", f"billing, {how}"), ("ONB-1", f"billing, above ONB-12, {how}")]
    assert store.descendants([goal.ref]) == {EPIC.ref, ticket.ref}


@on_one_database
def test_the_trackers_own_parent_comes_first_and_what_its_text_names_is_above_too(store: Store) -> None:
    other = a_ticket("ONB-13", level=1)
    parent = app("APP-1", "For ONB-13")
    child = app("APP-2", "ONB-12", parent=parent.ref.id)
    save(store, EPIC, other, parent, child)
    assert above(store, child) == [
        ("APP-1", ""),
        ("ONB-13", "billing, named in the text of APP-1"),
        ("ONB-12", "billing, named in its text"),
    ]


@on_one_database
def test_only_an_epic_of_another_tracker_that_is_higher_is_a_parent(store: Store) -> None:
    story, own = a_ticket("ONB-5"), app("APP-7", level=1)
    epic_itself = app("APP-3", "ONB-12", level=1)
    two = app("APP-1", "ONB-5 APP-7 UTF-8 ONB-404")
    save(store, EPIC, story, own, epic_itself, two)
    assert above(store, two) == []
    assert above(store, epic_itself) == []
    assert above(store, a_ticket("ONB-6")) == []
    same_site = a_ticket("CARE-1", connection="care", title="ONB-12", author_kind="member").model_copy(
        update={"url": "https://billing.example/browse/CARE-1"}
    )
    save(store, same_site)  # another connection to the same tracker: that one knows what hangs below what
    assert above(store, same_site) == []


@on_one_database
def test_an_address_of_somebody_elses_tracker_names_nobody(store: Store) -> None:
    ticket = app(says="https://other.example/browse/ONB-12")
    save(store, EPIC, ticket)
    assert lineage(store, ticket) == Lineage()


@on_one_database
def test_a_moved_epic_is_found_by_every_key_that_it_had_and_whoever_has_a_key_now_comes_first(store: Store) -> None:
    ticket = app(says="ONB-12")
    save(store, EPIC, ticket)
    moved = EPIC.model_copy(update={"key": "BILL-90"})
    save(store, moved)
    assert above(store, ticket) == [("BILL-90", "billing, named in its text")]
    holder = a_ticket("ONB-12", connection="field", level=1)
    save(store, holder)
    (one,) = lineage(store, ticket).chain
    assert one.ref == holder.ref


def test_what_an_outsider_names_and_a_key_of_two_trackers_are_in_doubt(store: Store) -> None:
    by_outsider = app("APP-1", "ONB-12", author_kind="outsider")
    save(store, EPIC, by_outsider)
    says = "billing, named in its text by somebody not known as a member of the project"
    assert doubtful(store, by_outsider) == [("ONB-12", says)]
    twin = a_ticket("ONB-12", connection="field", level=1)
    by_member, by_address = app("APP-2", "ONB-12"), app("APP-3", "https://field.example/browse/ONB-12")
    save(store, twin, by_member, by_address)
    words = "named in its text where ONB-12 is a ticket of billing and of field"
    assert doubtful(store, by_member) == [("ONB-12", f"billing, {words}"), ("ONB-12", f"field, {words}")]
    assert above(store, by_address) == [("ONB-12", "field, linked in its text")]
    own = app("ONB-12")
    save(store, own)  # now the word means a ticket of the tracker where it stands
    assert lineage(store, by_member) == Lineage()


@on_one_database
def test_cycles_across_trackers_are_cut(store: Store) -> None:
    goal = app("APP-9", "All of ONB-12", level=2)
    story = app("APP-1", "ONB-12", parent=goal.ref.id)
    round_about = EPIC.model_copy(update={"title": "For APP-9", "author_kind": "member"})
    high = a_ticket("ONB-1", level=3)
    save(store, high, round_about.model_copy(update={"parent": high.ref.id}), goal, story)
    assert [key for key, _ in above(store, story)] == ["APP-9", "ONB-12", "ONB-1"]
    closing = high.model_copy(update={"parent": None, "title": "APP-9", "author_kind": "member", "level": 1})
    save(store, closing)
    assert [key for key, _ in above(store, closing)] == ["APP-9"]
    assert closing.ref in store.descendants([goal.ref])


def test_what_names_an_epic_is_due_when_that_arrives_moves_goes_or_is_no_epic_any_longer(store: Store) -> None:
    ticket = app(says="ONB-12")
    save(store, ticket)

    def due() -> set[str]:
        found = {ticket.key for batch in store.due("key-1") for ticket in batch}
        for batch in store.due("key-1"):
            rows = [TicketLinks(ticket=ticket.ref) for ticket in batch]
            store.save_matches([(row, "key-1") for row in rows])
            store.save_effective(rows)
        return found

    assert due() == {"APP-1"}
    for step in (
        EPIC,
        EPIC.model_copy(update={"key": "BILL-9"}),
        EPIC.model_copy(update={"key": "BILL-9", "level": 0}),
        EPIC.model_copy(update={"key": "BILL-9", "level": 1}),
        EPIC.model_copy(update={"key": "BILL-9", "level": 1, "url": "https://new.example/browse/BILL-9"}),
    ):
        save(store, step)
        assert due() == {"APP-1", step.key}
    store.mark("billing", [EPIC.ref.id], "gone", at=NOW)
    assert due() == {"APP-1"}
    save(store, app("ONB-12"))
    assert due() == {"APP-1", "ONB-12"}  # the word means another ticket now


@on_one_database
def test_new_links_of_an_epic_reach_those_that_name_it(store: Store) -> None:
    ticket = app(says="ONB-12")
    save(store, EPIC, ticket)
    rows = [TicketLinks(ticket=one.ref) for one in (EPIC, ticket)]
    store.save_matches([(row, "key-1") for row in rows])
    store.save_effective(rows)
    store.save_matches([(some_links(EPIC, "OPP-3"), "key-1")])
    assert list(store.stale()) == [(ticket.ref, EPIC.ref)]


def test_an_epic_with_linked_work_in_another_tracker_has_linked_children(store: Store) -> None:
    ticket, outsiders = app(says="ONB-12"), app("APP-2", "ONB-13", author_kind="outsider")
    second = a_ticket("ONB-13", level=1)
    save(store, EPIC, second, ticket, outsiders)
    links = [some_links(one, "OPP-3") for one in (ticket, outsiders)]
    store.save_matches([(own, "key-1") for own in links])
    store.save_effective(links)
    assert store.with_linked_children([EPIC.ref, second.ref]) == {EPIC.ref}


@on_one_database
def test_what_stands_below_a_ticket_whose_text_changed_is_told(store: Store) -> None:
    parent = app("APP-1", "x")
    child = app("APP-2", "y", parent=parent.ref.id)
    save(store, EPIC, parent, child)
    changed = parent.model_copy(update={"title": "ONB-12"})
    assert store.save_mentions([(changed, mentions_in(changed))]) == {child.ref}
    assert store.save_mentions([(changed, mentions_in(changed))]) == set()
    assert above(store, child) == [("APP-1", ""), ("ONB-12", "billing, named in the text of APP-1")]
    assert store.save_mentions([(parent, mentions_in(parent))]) == {child.ref}
    assert above(store, child) == [("APP-1", "")]


@on_one_database
def test_an_older_store_learns_its_epics(store_url: str) -> None:
    row = {"c": "billing", "i": EPIC.ref.id, "k": EPIC.key, "d": EPIC.model_dump_json(exclude_defaults=True).encode()}
    engine = create_engine(store_url)
    with engine.begin() as db:
        upgrade_tables(db, to="0002")
        db.execute(
            text(
                "INSERT INTO tickets (connection, id, project, number, status, context, hash, updated_at, read_at,"
                " status_at, key, doc) VALUES (:c, :i, 'ONB', 12, 'here', false, 'x', 0, 0, 0, :k, :d)"
            ),
            row,
        )
        db.execute(
            text("INSERT INTO keys (connection, ticket_id, key, folded, first_seen) VALUES (:c, :i, :k, 'onb-12', 0)"),
            row,
        )
    engine.dispose()
    with Store.open(store_url, upgrade=True) as store:
        ticket = app(says="ONB-12")
        save(store, ticket)
        assert above(store, ticket) == [("ONB-12", "billing, named in its text")]


def test_connections_that_are_read_side_by_side_may_make_the_same_tickets_due(store: Store) -> None:
    namers = [app(f"APP-{n}", f"ONB-{n} and BILL-{n}") for n in range(1, 60)]
    save(store, *namers)
    store.save_matches([(TicketLinks(ticket=one.ref), "key-1") for one in namers])
    errors: list[Exception] = []

    def pull(connection: str, project: str, numbers: list[int]) -> None:
        try:
            for _ in range(3):
                for level in (1, 2):
                    epics = [a_ticket(f"{project}-{n}", connection=connection, level=level) for n in numbers]
                    store.save_tickets(connection, epics, read_at=NOW)
                    store.rematch([one.ref for one in namers])
        except Exception as error:  # noqa: BLE001  # told below
            errors.append(error)

    numbers = list(range(1, 60))
    threads = [
        Thread(target=pull, args=("onboarding", "ONB", numbers)),
        Thread(target=pull, args=("billing", "BILL", numbers[::-1])),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert {ticket.key for batch in store.due("key-1") for ticket in batch} >= {one.key for one in namers}
