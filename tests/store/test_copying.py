"""A store that moves into another database arrives whole, or not at all."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from journeysync.core.mentions import Mention
from journeysync.errors import ExitCode, StoreError, TryLater
from journeysync.model.link import TicketLinks
from journeysync.store import Store, copy_store, copying
from journeysync.store.process import this_process
from journeysync.store.schema import metadata
from journeysync.testing import a_decision, a_ledger_row, a_link, a_ref, a_ticket, changes_of, set_field
from journeysync.testing.databases import store_address

NOW = datetime(2026, 11, 22, 20, 15, tzinfo=UTC)


def fill(store: Store, tickets_in_it: int = 70) -> None:
    """Put something into every table that has a way in, odd text included."""
    odd = "ü€😀 \x00 nul, \ud800 half a pair, 'quotes', \\ and \t"
    tickets = [
        a_ticket(f"BILL-{number}", title=odd, body="why " * (number % 700)) for number in range(1, tickets_in_it + 1)
    ]
    store.save_tickets("billing", tickets, read_at=NOW)
    store.save_tickets("app", [a_ticket("APP-1", connection="app", level=1)], read_at=NOW)
    store.save_mentions([(tickets[0], [Mention("app-1", "", "key", firm=True)])])
    store.mark("billing", [tickets[3].ref.id], "gone", at=NOW)
    links = [TicketLinks(ticket=ticket.ref, links=(a_link(),)) for ticket in tickets[:60]]
    store.save_facts(tickets)
    store.save_matches([(own, "key-1") for own in links])
    store.save_effective(links)
    store.save_marks([(tickets[0].ref, "journey.pay", "typed")], at=NOW)
    store.add_decisions([a_decision()])
    store.save_cursor("billing", "2026-11-22", at=NOW)
    store.finish_read("billing", at=NOW, full=True)
    store.save_snapshot("r-1", at=NOW, totals={"covered": 0.25, "odd": odd})
    run = store.start_run("apply", at=NOW, by="ann")
    lease = store.acquire("billing", this_process(), seconds=60, now=NOW)
    plan = (changes_of(tickets[0], set_field(tickets[0], "score", 92)),)
    (intent,) = store.open_intents(run, plan, lease=lease, at=NOW)
    store.settle(done=[intent.id], rows=[a_ledger_row("field:score", tickets[0], sent=92.0)], lease=lease)
    store.finish_run(run, at=NOW, exit_code=0)
    store.release(lease)


def content(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """Return all rows of all tables, read without the code under test."""
    with store._reading() as db:
        return {
            table.name: [tuple(row) for row in db.execute(select(table).order_by(*table.primary_key.columns))]
            for table in metadata.sorted_tables
        }


@pytest.fixture(params=["postgresql", "sqlite"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    folder = tmp_path / "target"
    folder.mkdir()
    with store_address(request.param, folder) as url, Store.open(url) as opened:
        yield opened


def test_every_row_of_every_table_arrives(store: Store, target: Store) -> None:
    fill(store, 1100)
    told = []
    copied = copy_store(store, target, now=NOW, told=lambda *step: told.append(step))
    whole = content(store)
    assert content(target) == whole
    assert {table.name: table.rows for table in copied} == {name: len(rows) for name, rows in whole.items()}
    filled = {name for name, rows in whole.items() if rows}
    assert filled == set(whole) - {"inbox"}
    assert ("tickets", 1101, 1101) in told
    assert target.find("BILL-7") == store.find("BILL-7")
    assert target.decisions() == store.decisions() != ()


def test_the_fencing_tokens_go_on_growing_in_the_new_place(store: Store, target: Store) -> None:
    fill(store)
    copy_store(store, target, now=NOW)
    assert target.acquire("billing", "pid 1", seconds=60, now=NOW).token == 2


def test_a_target_that_holds_anything_is_refused_and_left_alone(store: Store, target: Store) -> None:
    fill(store)
    target.save_tickets("billing", [a_ticket("ONB-1")], read_at=NOW)
    before = content(target)
    with pytest.raises(StoreError, match="the target is not empty: its table keys has 1 row"):
        copy_store(store, target, now=NOW)
    assert content(target) == before


def test_nothing_is_copied_while_a_run_is_under_way(store: Store, target: Store) -> None:
    fill(store)
    store.acquire("billing", this_process(), seconds=60, now=NOW)
    with pytest.raises(TryLater, match="a run is under way on connection 'billing'") as caught:
        copy_store(store, target, now=NOW + timedelta(seconds=1))
    assert caught.value.exit_code == ExitCode.TRY_LATER
    assert target.count() == 0


def test_no_run_begins_on_the_source_while_it_is_copied(store_url: str, target: Store) -> None:
    with Store.open(store_url, wait_seconds=0.2) as store:
        fill(store)
        refused = []

        def try_to_begin(*_: object) -> None:
            if not refused:
                with pytest.raises(StoreError, match="locked by another process"):
                    store.acquire("billing", "pid 2", seconds=60, now=NOW)
                refused.append(1)

        copy_store(store, target, now=NOW, told=try_to_begin)
        assert refused
        store.acquire("billing", "pid 2", seconds=60, now=NOW)


def test_what_does_not_arrive_as_it_was_sent_is_found_and_taken_back(
    store: Store, target: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(store)
    real = copying.bulk.put

    def lossy(db: object, table: object, names: object, rows: list[object], **how: object) -> None:
        real(db, table, names, rows[:-1] if getattr(table, "name", "") == "ledger" else rows, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(copying.bulk, "put", lossy)
    with pytest.raises(StoreError, match="the table ledger did not arrive whole: 1 rows were written, 0 are there"):
        copy_store(store, target, now=NOW)
    assert target.count() == 0
    assert target.find("BILL-1") == ()


def test_a_changed_value_is_found_too(store: Store, target: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(store)
    real = copying.bulk.put

    def meddling(db: object, table: object, names: object, rows: list[object], **how: object) -> None:
        real(db, table, names, rows, **how)  # type: ignore[arg-type]
        if getattr(table, "name", "") == "decisions":
            db.execute(text("UPDATE decisions SET why = 'other'"))  # type: ignore[attr-defined]

    monkeypatch.setattr(copying.bulk, "put", meddling)
    with pytest.raises(StoreError, match="the table decisions did not arrive whole"):
        copy_store(store, target, now=NOW)
    assert target.decisions() == ()


def test_there_and_back_again_is_the_same_store(store: Store, tmp_path: Path) -> None:
    fill(store)
    with (
        store_address("postgresql", tmp_path) as there_url,
        Store.open(there_url) as there,
        Store.open(f"sqlite:///{tmp_path}/back.db") as back,
    ):
        first = copy_store(store, there, now=NOW)
        assert copy_store(there, back, now=NOW) == first
        assert content(back) == content(store)


def test_many_rows_that_come_while_they_are_thought_to_be_new_are_merged(store: Store) -> None:
    tickets = [a_ticket(f"BILL-{number}") for number in range(200)]
    store.save_tickets("billing", tickets[:1], read_at=NOW)
    rows = [("billing", a_ref(f"BILL-{number}").id, f"BILL-{number}", f"bill-{number}", 1) for number in range(200)]
    columns = ("connection", "ticket_id", "key", "folded", "first_seen")
    with store._writing() as db:
        copying.bulk.put(db, metadata.tables["keys"], columns, rows, replace=(), fresh=False)
        copying.bulk.put(db, metadata.tables["keys"], columns, rows, replace=(), fresh=True)
    assert len(content(store)["keys"]) == 200
