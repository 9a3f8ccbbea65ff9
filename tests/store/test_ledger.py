from datetime import UTC, datetime, timedelta

import pytest

from journeysync.errors import LeaseLost
from journeysync.model.base import value_hash
from journeysync.store import Lease, Store
from journeysync.testing import a_ledger_row, a_ref, a_ticket, add_label, changes_of, set_field, set_link
from journeysync.testing.databases import let_leases_age

NOW = datetime(2026, 11, 22, 20, 15, tzinfo=UTC)
ONE, TWO = a_ticket("BILL-1"), a_ticket("BILL-2")
PLAN = (
    changes_of(ONE, add_label(ONE, "journey.pay-bill"), set_field(ONE, "cf_1", 87, before=12)),
    changes_of(TWO, set_link(TWO)),
)


@pytest.fixture
def lease(store: Store) -> Lease:
    return store.acquire("billing", "pid 1", seconds=60, now=NOW)


def test_ledger_rows_come_back_by_ticket_and_slot(store: Store) -> None:
    label = a_ledger_row("label:journey.pay-bill", ONE)
    field = a_ledger_row("field:cf_1", ONE, sent=92, seen=92.0, before="was \x00", inputs={"OPP-3": 86.5, "list": [1]})
    store.save_ledger([label, field])
    assert store.ledger([ONE.ref, TWO.ref]) == {ONE.ref: (field, label)}
    assert store.ledger_connections() == {"billing"}
    assert store.ledger_of_run("run-1") == (field, label)


def test_what_stood_there_first_is_never_replaced_while_we_hold_the_slot(store: Store) -> None:
    store.save_ledger([a_ledger_row("field:cf_1", sent=1, before="a person's")])
    store.save_ledger([a_ledger_row("field:cf_1", sent=2, before=1)])
    (row,) = store.ledger([ONE.ref])[ONE.ref]
    assert (row.sent, row.before) == (2, "a person's")


def test_a_slot_taken_anew_after_a_release_remembers_what_stood_there_then(store: Store) -> None:
    store.save_ledger([a_ledger_row("field:cf_1", sent=1, before="first")])
    store.release_rows([(ONE.ref, "field:cf_1")])
    assert store.ledger([ONE.ref]) == {}
    store.save_ledger([a_ledger_row("field:cf_1", sent=2, before="second")])
    assert store.ledger([ONE.ref])[ONE.ref][0].before == "second"


def test_drift_is_still_ours_and_a_released_row_cannot_drift(store: Store) -> None:
    store.save_ledger([a_ledger_row("field:cf_1"), a_ledger_row("link")])
    store.release_rows([(ONE.ref, "link")])
    store.set_drift([(ONE.ref, "field:cf_1"), (ONE.ref, "link")])
    assert [(row.slot, row.state) for row in store.ledger([ONE.ref])[ONE.ref]] == [("field:cf_1", "drift")]
    store.set_drift([(ONE.ref, "field:cf_1")], drift=False)
    assert store.ledger([ONE.ref])[ONE.ref][0].state == "live"


def test_the_whole_ledger_comes_in_batches(store: Store) -> None:
    rows = [a_ledger_row(slot, a_ticket(f"BILL-{number}")) for number in range(1, 4) for slot in ("label:a", "label:b")]
    store.save_ledger(rows)
    store.save_ledger([a_ledger_row("link", a_ticket("APP-1", connection="care"))])
    for size in (1, 2, 3, 6, 9):
        assert [row for batch in store.iter_ledger("billing", batch_size=size) for row in batch] == rows
    assert sum(len(batch) for batch in store.iter_ledger()) == 7


def test_intents_are_written_open_and_in_order(store: Store, lease: Lease) -> None:
    slot = (ONE.ref, "field:cf_1")
    opened = store.open_intents("r-1", PLAN, lease=lease, at=NOW, inputs={slot: (("OPP-3", 86.5),)})
    assert [intent.slot for intent in opened] == ["field:cf_1", "label:journey.pay-bill", "link"]
    assert store.unsettled("billing") == opened
    assert store.unsettled("care") == ()
    first = opened[0]
    assert (first.before, first.wanted, first.inputs) == (12, 87, (("OPP-3", 86.5),))
    assert (first.before_hash, first.wanted_hash) == (value_hash(12), value_hash(87.0))
    assert first.fencing_token == lease.token
    store.set_external_ref([first.id], "task-7")
    assert store.unsettled()[0].external_ref == "task-7"


def test_settling_closes_intents_and_writes_the_ledger(store: Store, lease: Lease) -> None:
    field, label, link = store.open_intents("r-1", PLAN, lease=lease, at=NOW)
    store.save_ledger([a_ledger_row("label:old", TWO)])
    row = a_ledger_row("field:cf_1", ONE, sent=87)
    store.settle(
        done=[field.id],
        failed={label.id: "the field is not on the screen"},
        superseded=[link.id],
        rows=[row],
        released=[(TWO.ref, "label:old")],
        lease=lease,
    )
    assert store.unsettled() == ()
    assert store.ledger([ONE.ref, TWO.ref]) == {ONE.ref: (row,)}
    writes = store.run_writes("r-1")
    assert [(w.ticket, w.slot, w.before, w.wanted, w.state, w.outcome) for w in writes] == [
        (ONE.ref, "field:cf_1", 12, 87, "done", ""),
        (ONE.ref, "label:journey.pay-bill", None, True, "failed", "the field is not on the screen"),
        (TWO.ref, "link", None, PLAN[1].changes[0].after, "superseded", ""),
    ]


def test_a_settle_that_breaks_half_way_changes_nothing(store: Store, lease: Lease) -> None:
    (intent,) = store.open_intents("r-1", PLAN[1:], lease=lease, at=NOW)
    broken = a_ledger_row("link", TWO).model_copy(update={"at": datetime(2026, 11, 22)})  # cannot be stored
    with pytest.raises(ValueError, match="without a zone"):
        store.settle(done=[intent.id], rows=[a_ledger_row("link", ONE), broken])
    assert store.unsettled() == (intent,)
    assert store.ledger([ONE.ref]) == {}


def test_a_finished_intent_is_not_finished_twice(store: Store, lease: Lease) -> None:
    (intent,) = store.open_intents("r-1", PLAN[1:], lease=lease, at=NOW)
    store.settle(done=[intent.id])
    store.settle(failed={intent.id: "late answer"})
    assert [write.state for write in store.run_writes("r-1")] == ["done"]


def test_the_same_value_written_again_gets_an_intent_of_its_own(store: Store, lease: Lease) -> None:
    ids = []
    for value, before in ((1, None), (2, 1), (1, 2)):  # A, B, A
        changes = (changes_of(ONE, set_field(ONE, "cf_1", value, before=before)),)
        (intent,) = store.open_intents("r-1", changes, lease=lease, at=NOW)
        store.settle(done=[intent.id], rows=[a_ledger_row("field:cf_1", ONE, sent=value)])
        ids.append(intent.id)
    assert len(set(ids)) == 3
    assert [write.state for write in store.run_writes("r-1")] == ["done"] * 3


def test_a_new_intent_on_a_slot_takes_the_place_of_an_open_one(store: Store, lease: Lease) -> None:
    store.open_intents("r-1", PLAN, lease=lease, at=NOW)
    (link,) = store.open_intents("r-2", PLAN[1:], lease=lease, at=NOW + timedelta(minutes=1))
    assert [intent.run for intent in store.unsettled()] == ["r-1", "r-1", "r-2"]
    assert store.unsettled()[-1] == link


def test_who_lost_the_lease_writes_neither_intents_nor_ledger(store: Store, lease: Lease) -> None:
    (intent,) = store.open_intents("r-1", PLAN[1:], lease=lease, at=NOW)
    let_leases_age(store, timedelta(minutes=2))
    store.acquire("billing", "pid 2", seconds=60, now=NOW + timedelta(minutes=2))
    with pytest.raises(LeaseLost, match="billing"):
        store.open_intents("r-1", PLAN[:1], lease=lease, at=NOW)
    with pytest.raises(LeaseLost, match="billing"):
        store.settle(done=[intent.id], rows=[a_ledger_row("link", TWO)], lease=lease)
    assert store.unsettled() == (intent,)
    assert store.ledger([a_ref("BILL-2")]) == {}
