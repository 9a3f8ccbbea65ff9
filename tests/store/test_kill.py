"""A kill at any moment leaves a store that is as it was before a call, or as it is after it."""

import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from threading import Thread

import pytest

from journeysync.store import Store
from journeysync.testing import a_ledger_row, a_ticket, changes_of, set_field
from journeysync.testing.databases import DATABASES, store_address

NOW = datetime(2026, 11, 22, 20, 15, tzinfo=UTC)

SAVING = """
import sys
from datetime import UTC, datetime
from journeysync.store import Store
from journeysync.testing import a_ticket
now = datetime(2026, 11, 22, tzinfo=UTC)
store = Store.open(sys.argv[1])
for generation in range(1, 10_000):
    page = [a_ticket(f"BILL-{n}", title=str(generation), body="x" * 3000) for n in range(150)]
    store.save_tickets("billing", page, read_at=now)
    store.save_cursor("billing", str(generation), at=now)
    print(generation, flush=True)
"""

WRITING = """
import sys
from datetime import UTC, datetime
from journeysync.store import Store
from journeysync.testing import a_ledger_row, a_ticket, changes_of, set_field
now = datetime(2026, 11, 22, tzinfo=UTC)
store = Store.open(sys.argv[1])
lease = store.acquire("billing", "killed", seconds=60, now=now)
ticket = a_ticket()
for value in range(1, 10_000):
    plan = (changes_of(ticket, *(set_field(ticket, f"cf_{n}", value) for n in range(20))),)
    intents = store.open_intents(f"r-{value:05d}", plan, lease=lease, at=now)
    rows = [a_ledger_row(f"field:cf_{n}", ticket, sent=value) for n in range(20)]
    store.settle(done=[intent.id for intent in intents], rows=rows, lease=lease)
    print(value, flush=True)
"""


@pytest.fixture(params=DATABASES)
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Return the address of a database that nobody uses after a process was killed in it."""
    with store_address(request.param, tmp_path, fresh=True) as url:
        yield url


def killed_after(code: str, url: str, *, lines: int, more_seconds: float) -> int:
    """Run code, kill it some time after it printed so many lines; return the last number that it printed."""
    with subprocess.Popen([sys.executable, "-c", code, url], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for _ in range(lines):
            process.stdout.readline()
        time.sleep(more_seconds)
        process.kill()
        rest = process.stdout.read().split()
    return int(rest[-1]) if rest else lines


def test_a_kill_in_the_middle_of_a_save_leaves_whole_pages_and_no_cursor_ahead_of_them(store_url: str) -> None:
    Store.open(store_url).close()
    chance = random.Random(7)
    for _ in range(3):
        said = killed_after(SAVING, store_url, lines=2, more_seconds=chance.uniform(0, 0.05))
        with Store.open(store_url) as store:
            titles = Counter(ticket.title for batch in store.iter_tickets() for ticket in batch)
            cursor = int(store.cursor("billing") or 0)
            assert list(titles.values()) == [150]
            (generation,) = (int(title) for title in titles)
            assert said <= cursor <= generation <= cursor + 1
            assert len(store.find("BILL-149")) == 1


def test_a_kill_in_the_middle_of_a_settle_leaves_intents_and_ledger_in_step(store_url: str) -> None:
    Store.open(store_url).close()
    chance = random.Random(8)
    for _ in range(3):
        killed_after(WRITING, store_url, lines=2, more_seconds=chance.uniform(0, 0.03))
        with Store.open(store_url) as store:
            (rows,) = store.ledger([a_ticket().ref]).values()
            (settled,) = {row.sent for row in rows}
            runs = {intent.run for intent in store.unsettled()}
            assert len(store.unsettled()) in (0, 20)
            assert runs <= {f"r-{settled + 1:05d}"}
            assert {write.state for write in store.run_writes(f"r-{settled:05d}")} == {"done"}
            with store._writing() as db:
                for table in ("intents", "ledger", "lease"):
                    db.exec_driver_sql(f"DELETE FROM {table}")


def test_threads_share_a_store_without_losing_anything(store: Store) -> None:
    def work(name: str) -> None:
        for number in range(10):
            store.save_tickets(name, [a_ticket(f"BILL-{number}", connection=name)], read_at=NOW)
            lease = store.acquire(name, name, seconds=60, now=NOW)
            ticket = a_ticket("BILL-1", connection=name)
            (intent,) = store.open_intents(name, (changes_of(ticket, set_field(ticket, "a", 1)),), lease=lease, at=NOW)
            store.settle(done=[intent.id], rows=[a_ledger_row("field:a", ticket, sent=number)], lease=lease)
            store.release(lease)

    threads = [Thread(target=work, args=(name,)) for name in ("billing", "care", "app", "web")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert store.count() == 40
    assert all(len(store.run_writes(name)) == 10 for name in ("billing", "care", "app", "web"))
    assert {row.sent for batch in store.iter_ledger() for row in batch} == {9}
