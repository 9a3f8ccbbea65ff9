from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from journeysync.model.receipt import Receipt
from journeysync.model.ticket import State, Ticket, TicketRef
from journeysync.store import Store
from journeysync.testing import a_ref, a_ticket

NOW = datetime(2026, 11, 22, 20, 15, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


def save(store: Store, *tickets: Ticket, connection: str = "billing", at: datetime = NOW):
    return store.save_tickets(connection, tickets, read_at=at)


def keys_of(batches: Iterable[tuple[Ticket, ...]]) -> list[str]:
    return [ticket.key for batch in batches for ticket in batch]


def test_a_ticket_comes_back_as_it_was_saved(store: Store) -> None:
    ticket = a_ticket(
        "BILL-204",
        labels={"iOS", "ios", "journey.pay-bill"},
        state=State.DROPPED,
        fields={"customfield_1": 92.5, "customfield_2": None, "customfield_3": {"value": "x"}},
        receipt=Receipt(links=("OPP-3",), score=87, slots=(("label:journey.opp-3", "7f3a19c2"),)),
        foreign=("zz9",),
        parent="7",
        estimate=3.5,
    )
    save(store, ticket)
    assert store.ticket(ticket.ref) == ticket
    assert store.ticket(a_ref("BILL-205")) is None


texts = st.text(max_size=20) | st.sampled_from(
    [
        "",
        "\x00",
        "a\x00b",
        "\ufeff",
        "\u202e",
        "e\u0301",
        "\x1b[31m",
        "a\r\nb",
        "𝕁",
        "'; drop table tickets; --",
        "\\u0000",
    ]
)
values = (
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | texts
)
times = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.just(UTC))
tickets = st.builds(
    lambda number, ref, **more: a_ticket(f"BILL-{number}", ref=ref, **more),
    number=st.integers(0, 10**12),
    ref=st.builds(TicketRef, connection=st.just("billing"), id=st.text("abc0123_-=", min_size=1)),
    title=texts,
    body=texts,
    state=st.sampled_from(State),
    labels=st.lists(texts).map(lambda labels: tuple(sorted(labels))),
    milestone=st.none() | texts,
    estimate=st.none() | st.floats(0, 1e6),
    created_at=st.none() | times,
    updated_at=times,
    fields=st.dictionaries(texts, values, max_size=3),
    parent=st.none() | st.text("abc012", min_size=1),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ticket=tickets)
def test_any_text_number_and_time_survives_the_store(store: Store, ticket: Ticket) -> None:
    save(store, ticket)
    assert store.ticket(ticket.ref) == ticket
    assert store.known("billing", [ticket.ref.id]) == {ticket.ref.id: ticket.updated_at}
    again = save(store, ticket)
    assert (again.changed, again.new) == ((), ())


def test_half_a_surrogate_pair_becomes_a_replacement_character(store: Store) -> None:
    ticket = a_ticket("BILL-1").model_copy(update={"title": "cut \ud83d here"})
    assert save(store, ticket).new == (ticket.ref.id,)
    stored = store.ticket(ticket.ref)
    assert stored is not None
    assert stored.title == "cut \N{REPLACEMENT CHARACTER} here"
    assert save(store, ticket).written == 0


def test_a_key_with_a_nul_is_found_by_what_the_database_can_hold(store: Store) -> None:
    ticket = a_ticket("BILL-1").model_copy(update={"key": "BILL\x00-1", "project": "BILL\x00"})
    save(store, ticket)
    assert store.find("bill\x00-1") == (ticket,)
    assert save(store, ticket).written == 0


def test_a_body_of_a_million_characters_is_kept_whole(store: Store) -> None:
    ticket = a_ticket("BILL-1", body="é\x00x" * 400_000)
    save(store, ticket)
    stored = store.ticket(ticket.ref)
    assert stored is not None
    assert stored.body == ticket.body


def test_what_is_unchanged_is_skipped_and_what_changed_is_named(store: Store) -> None:
    one, two = a_ticket("BILL-1"), a_ticket("BILL-2")
    first = save(store, one, two)
    assert (first.read, first.new, first.changed) == (2, (one.ref.id, two.ref.id), ())
    second = save(store, one, two.model_copy(update={"title": "Other"}), a_ticket("BILL-3"))
    assert (second.read, second.new, second.changed) == (3, (a_ref("BILL-3").id,), (two.ref.id,))
    assert second.written == 2


def test_of_two_tickets_with_one_id_the_last_in_scope_counts(store: Store) -> None:
    ticket = a_ticket("BILL-1", title="in scope")
    save(store, a_ticket("BILL-1", title="old"), ticket, a_ticket("BILL-1", title="as parent", context=True))
    assert store.ticket(ticket.ref) == ticket


def test_a_ticket_of_another_connection_is_refused(store: Store) -> None:
    with pytest.raises(ValueError, match="is not of connection care"):
        save(store, a_ticket("BILL-1"), connection="care")


def test_a_ticket_is_found_by_every_key_it_ever_had(store: Store) -> None:
    old = a_ticket("BILL-9")
    moved = old.model_copy(update={"key": "CARE-4", "project": "CARE"})
    save(store, old)
    save(store, moved, at=LATER)
    assert store.find("bill-9") == (moved,)
    assert store.find("CARE-4") == (moved,)
    assert store.find(old.ref.id) == (moved,)
    assert store.find(f"billing/{old.ref.id}") == (moved,)
    assert store.find("BILL-99") == ()


def test_who_has_a_key_now_comes_before_who_had_it(store: Store) -> None:
    first = a_ticket("BILL-1")
    save(store, first)
    save(store, first.model_copy(update={"key": "BILL-50"}), at=LATER)
    heir = a_ticket("BILL-1", ref=TicketRef(connection="billing", id="zzz"))
    save(store, heir, at=LATER)
    assert [ticket.ref.id for ticket in store.find("BILL-1")] == ["zzz", first.ref.id]


def test_tickets_come_by_connection_project_and_number_in_batches_of_any_size(store: Store) -> None:
    save(store, *(a_ticket(key) for key in ("ONB-2", "BILL-10", "BILL-9", "BILL-100", "ONB-11")))
    save(store, a_ticket("APP-1", connection="care"), connection="care")
    wanted = ["BILL-9", "BILL-10", "BILL-100", "ONB-2", "ONB-11", "APP-1"]
    for size in (1, 2, 3, 5, 6, 7):
        assert keys_of(store.iter_tickets(batch_size=size)) == wanted
        assert keys_of(store.iter_tickets(connection="billing", batch_size=size)) == wanted[:5]
    assert [len(batch) for batch in store.iter_tickets(batch_size=4)] == [4, 2]


def test_a_save_between_two_batches_neither_blocks_nor_repeats(store: Store) -> None:
    save(store, *(a_ticket(f"BILL-{number}") for number in range(1, 6)))
    seen = []
    for batch in store.iter_tickets(batch_size=2):
        seen += [ticket.key for ticket in batch]
        save(store, a_ticket("BILL-1", title=f"{len(seen)}"), a_ticket("BILL-6"))
    assert seen == [f"BILL-{number}" for number in range(1, 7)]


def test_only_what_is_here_is_known_counted_and_walked_over(store: Store) -> None:
    here, gone, hidden, out = (a_ticket(f"BILL-{number}") for number in range(1, 5))
    save(store, here, gone, hidden, out, a_ticket("EPIC-1", context=True))
    assert store.mark("billing", [gone.ref.id], "gone", at=LATER) == 1
    assert store.mark("billing", [gone.ref.id], "gone", at=LATER) == 0
    store.mark("billing", [hidden.ref.id], "hidden", at=LATER)
    store.mark("billing", [out.ref.id], "out_of_scope", at=LATER)
    assert store.known("billing", [t.ref.id for t in (here, gone, hidden, out)]) == {here.ref.id: here.updated_at}
    assert keys_of(store.iter_tickets()) == ["BILL-1"]
    assert keys_of(store.iter_tickets(with_context=True)) == ["BILL-1", "EPIC-1"]
    assert keys_of(store.iter_tickets(status="gone")) == ["BILL-2"]
    assert keys_of(store.iter_tickets(status=None)) == ["BILL-1", "BILL-2", "BILL-3", "BILL-4"]
    assert list(store.scope_ids("billing")) == [((here.ref.id, here.updated_at),)]
    assert (store.count("billing"), store.count("billing", in_scope=False), store.count("care")) == (1, 2, 0)
    assert store.statuses("billing") == {"here": 1, "gone": 1, "hidden": 1, "out_of_scope": 1}
    assert store.status_of([gone.ref, a_ref("BILL-99")]) == {gone.ref: "gone"}
    assert store.keys_of("billing", [here.ref.id, gone.ref.id, "never"]) == {
        here.ref.id: "BILL-1",
        gone.ref.id: "BILL-2",
    }
    assert store.ticket(gone.ref) == gone


def test_a_ticket_that_was_gone_is_here_again_when_it_is_read(store: Store) -> None:
    ticket = a_ticket("BILL-1")
    save(store, ticket)
    store.mark("billing", [ticket.ref.id], "gone", at=NOW)
    again = save(store, ticket, at=LATER)
    assert (again.back, again.written) == ((ticket.ref.id,), 0)
    assert store.status_of([ticket.ref]) == {ticket.ref: "here"}


def test_a_parent_read_as_context_never_takes_a_ticket_out_of_scope(store: Store) -> None:
    epic = a_ticket("BILL-1")
    save(store, epic)
    assert save(store, a_ticket("BILL-1", context=True, title="as seen from below")).written == 0
    assert store.ticket(epic.ref) == epic


def test_a_ticket_pulled_in_scope_wins_over_its_context_and_context_over_what_left_the_scope(store: Store) -> None:
    context = a_ticket("BILL-1", context=True)
    save(store, context)
    save(store, a_ticket("BILL-1"))
    assert store.count("billing") == 1
    store.mark("billing", [context.ref.id], "out_of_scope", at=LATER)
    save(store, context)
    assert store.ticket(context.ref) == context
    assert store.count("billing") == 0


def test_ids_in_scope_come_in_batches_ordered_by_id(store: Store) -> None:
    save(store, *(a_ticket(f"BILL-{number}") for number in range(7)))
    batches = list(store.scope_ids("billing", batch_size=3))
    assert [len(batch) for batch in batches] == [3, 3, 1]
    ids = [row[0] for batch in batches for row in batch]
    assert ids == sorted(a_ref(f"BILL-{number}").id for number in range(7))


def test_labels_of_before_can_be_asked_for_ahead_of_a_save(store: Store) -> None:
    ticket = a_ticket("BILL-1", labels={"a", "é\x00"})
    save(store, ticket, a_ticket("BILL-2"))
    asked = store.stored_labels("billing", [ticket.ref.id, a_ref("BILL-2").id, "never seen"])
    assert asked == {ticket.ref.id: ticket.labels, a_ref("BILL-2").id: ()}


def test_thousands_of_ids_are_asked_for_at_once(store: Store) -> None:
    save(store, *(a_ticket(f"BILL-{number}") for number in range(2500)))
    refs = [a_ref(f"BILL-{number}") for number in range(3000)]
    assert len(store.tickets(refs)) == 2500
    assert len(store.known("billing", [ref.id for ref in refs])) == 2500


def test_times_are_aware_and_naive_ones_are_refused(store: Store) -> None:
    vienna = datetime.fromisoformat("2026-11-22T21:15:00.000001+01:00")
    save(store, a_ticket("BILL-1", updated_at=vienna))
    stored = store.known("billing", [a_ref("BILL-1").id])[a_ref("BILL-1").id]
    assert stored == vienna
    assert stored.tzinfo is UTC
    with pytest.raises(ValueError, match="without a zone"):
        save(store, a_ticket("BILL-2"), at=datetime(2026, 11, 22))
