"""Runs, cursors, reads, snapshots, meta, decisions and the inbox."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta

from journeysync.store import InboxRow, ReadRow, Store
from journeysync.testing import a_decision, a_ref, a_ticket

NOW = datetime(2026, 11, 22, 20, 15, 3, tzinfo=UTC)


def test_a_run_is_written_down_with_its_end(store: Store) -> None:
    run = store.start_run("sync", at=NOW, by="anna", detail={"connections": ["billing"]})
    assert run.startswith("r-20261122-201503-")
    begun = store.run(run)
    assert begun is not None
    assert (begun.state, begun.by, dict(begun.detail)) == ("running", "anna", {"connections": ["billing"]})
    store.finish_run(run, at=NOW + timedelta(minutes=1), exit_code=3, result={"written": 7})
    ended = store.run(run)
    assert ended is not None
    assert (ended.state, ended.exit_code, dict(ended.result)) == ("finished", 3, {"written": 7})
    assert ended.finished_at == NOW + timedelta(minutes=1)
    assert store.run("r-never") is None


def test_runs_of_one_second_have_ids_of_their_own_and_the_newest_comes_first(store: Store) -> None:
    runs = {store.start_run("plan", at=NOW) for _ in range(60)}
    assert len(runs) == 60
    newest = store.start_run("plan", at=NOW + timedelta(seconds=1))
    assert newest > max(runs)
    assert store.runs(limit=2)[0].id == newest
    assert len(store.runs(limit=2)) == 2


def test_a_run_whose_process_died_is_shown_as_interrupted(store: Store, store_url: str) -> None:
    code = (
        "import os, sys; from datetime import datetime, UTC; from journeysync.store import Store\n"
        "print(Store.open(sys.argv[1]).start_run('apply', at=datetime(2026, 11, 22, tzinfo=UTC)), flush=True)\n"
        "os._exit(9)"
    )
    said = subprocess.run([sys.executable, "-c", code, store_url], capture_output=True, text=True, check=False)
    run = store.run(said.stdout.strip())
    assert run is not None, said.stderr
    assert run.state == "interrupted"


def test_cursors_are_the_connectors_own_words(store: Store) -> None:
    assert store.cursor("billing") is None
    store.save_cursor("billing", '{"since": "2026-11-22 20:15", "odd": "\x00 é"}', at=NOW)
    store.save_cursor("care", "other", at=NOW)
    assert store.cursor("billing") == '{"since": "2026-11-22 20:15", "odd": "\x00 é"}'
    store.save_cursor("billing", "next", at=NOW)
    assert store.cursor("billing") == "next"
    store.forget_cursor("billing")
    assert (store.cursor("billing"), store.cursor("care")) == (None, "other")


def test_an_incremental_read_keeps_the_time_of_the_last_full_one(store: Store) -> None:
    later = NOW + timedelta(hours=1)
    store.finish_read("care", at=NOW, full=False, run="r-0")
    store.finish_read("billing", at=NOW, full=True, run="r-1")
    store.finish_read("billing", at=later, full=False, run="r-2")
    assert store.reads() == {
        "billing": ReadRow(read_at=later, full_at=NOW, run="r-2"),
        "care": ReadRow(read_at=NOW, full_at=None, run="r-0"),
    }


def test_snapshots_come_oldest_first_and_the_newest_are_kept_in_view(store: Store) -> None:
    for hour in range(4):
        store.save_snapshot(f"r-{hour}", at=NOW + timedelta(hours=hour), totals={"gaps": hour, "by": {"a": 0.5}})
    assert [(row.run, dict(row.totals)["gaps"]) for row in store.snapshots(limit=2)] == [("r-2", 2), ("r-3", 3)]


def test_words_about_the_store_itself_are_kept(store: Store) -> None:
    assert store.meta("first_run_at") is None
    store.set_meta("first_run_at", "a")
    store.set_meta("first_run_at", "b")
    assert store.meta("first_run_at") == "b"


def test_decisions_come_oldest_first_and_are_kept_once(store: Store) -> None:
    ticket = a_ticket("BILL-1")
    new = a_decision("unlink", ticket, id="d-2", at=NOW, until=NOW + timedelta(days=7))
    old = a_decision("link", ticket, id="d-1", at=NOW - timedelta(days=1))
    general = a_decision("override", id="d-3", target="OPP-3", at=NOW).model_copy(update={"ticket": None})
    assert store.add_decisions([new, old, general]) == 3
    assert store.add_decisions([new, old]) == 0
    assert store.decisions([ticket.ref, a_ref("BILL-2")]) == (old, new)
    assert store.decisions() == (old, new, general)


def an_inbox_row(**more: object) -> InboxRow:
    values: dict[str, object] = {"kind": "rejected", "connection": "billing", "ticket_id": "1", "slot": "link"}
    return InboxRow.model_validate(values | {"cause": "403", "first_seen": NOW, "last_seen": NOW} | more)


def test_the_same_thing_is_one_row_that_counts_and_waits_longer(store: Store) -> None:
    row = an_inbox_row(next_try=NOW + timedelta(minutes=15), owner="anna")
    store.report([row])
    assert store.inbox() == (row,)
    waits = []
    for hour in range(1, 10):
        at = NOW + timedelta(hours=hour)
        store.report([an_inbox_row(cause="still 403", first_seen=at, last_seen=at, next_try=at)])
        (seen,) = store.inbox()
        assert seen.next_try is not None
        waits.append((seen.next_try - at) / timedelta(minutes=1))
    assert (seen.count, seen.cause, seen.owner, seen.first_seen) == (10, "still 403", "anna", NOW)
    assert waits == [30, 60, 120, 240, 480, 960, 1440, 1440, 1440]


def test_other_slots_and_connections_are_rows_of_their_own(store: Store) -> None:
    store.report([an_inbox_row(), an_inbox_row(slot="field:1"), an_inbox_row(connection="care"), an_inbox_row()])
    assert len(store.inbox()) == 3
    assert [row.slot for row in store.inbox(connection="billing")] == ["field:1", "link"]


def test_a_resolved_row_is_closed_and_begins_anew_when_it_comes_up_again(store: Store) -> None:
    store.report([an_inbox_row(), an_inbox_row()])
    assert store.resolve([("rejected", "billing", "1", "link")], at=NOW) == 1
    assert store.resolve([("rejected", "billing", "1", "link")], at=NOW) == 0
    assert store.inbox() == ()
    assert [row.state for row in store.inbox(None)] == ["resolved"]
    later = NOW + timedelta(days=1)
    store.report([an_inbox_row(first_seen=later, last_seen=later)])
    assert [(row.count, row.first_seen) for row in store.inbox()] == [(1, later)]


def test_text_from_a_tracker_may_hold_anything(store: Store) -> None:
    store.report([an_inbox_row(cause="a\x00b \ud800 é")])
    assert store.inbox()[0].cause == "a\N{REPLACEMENT CHARACTER}b \N{REPLACEMENT CHARACTER} é"
