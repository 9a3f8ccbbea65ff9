"""Storing tickets, new and unchanged, beside sqlite3 alone with the same documents and the same durability."""

import json
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.measure import ratio, run, settings, table

if TYPE_CHECKING:
    from journeysync.model.ticket import Ticket

BATCH = 1_000


def main(tickets: int) -> None:
    said = [run(["-m", "benchmarks.store", str(tickets)]).said for _ in range(settings.times)]
    rates = {name: median(each[name] for each in said) for name in said[0]}
    rows = [
        ("sqlite3 executemany, WAL, synchronous FULL", rates["raw"], ""),
        ("new tickets", rates["new"], ratio(rates["raw"], rates["new"])),
        ("unchanged tickets, skipped by hash", rates["same"], ratio(rates["raw"], rates["same"])),
        ("read back in order", rates["read"], ratio(rates["raw"], rates["read"])),
    ]
    table(f"Store (SQLite), {tickets:,} tickets in batches of {BATCH:,}", ("", "rows/s", "raw : ours"), rows)


def batches(tickets: int) -> Iterator[list["Ticket"]]:
    """Yield tickets in batches, about 1 kB of text each; the same in every run."""
    from datetime import UTC, datetime, timedelta

    from journeysync.model.ticket import Ticket, TicketRef

    start = datetime(2026, 1, 1, tzinfo=UTC)
    words = "customers cannot see why an amount changed after the estimated reading was replaced "
    for first in range(0, tickets, BATCH):
        yield [
            Ticket(
                ref=TicketRef(connection="billing", id=str(100_000 + n)),
                key=f"BILL-{n}",
                url=f"https://billing.example/browse/BILL-{n}",
                project="BILL",
                title=f"Explain amount {n}",
                body=words * (8 + n % 8),
                labels=("web", f"label-{n % 50}"),
                updated_at=start + timedelta(seconds=n),
            )
            for n in range(first, min(first + BATCH, tickets))
        ]


def measured(tickets: int, folder: Path) -> dict[str, float]:
    """Return rows a second of each way; making the tickets is not counted."""
    import sqlite3
    from datetime import UTC, datetime

    from journeysync.store import Store

    seconds = {"raw": 0.0, "new": 0.0, "same": 0.0, "read": 0.0}
    raw = sqlite3.connect(folder / "raw.db", isolation_level=None)
    raw.execute("PRAGMA journal_mode = WAL")
    raw.execute("PRAGMA synchronous = FULL")
    raw.execute("CREATE TABLE tickets (connection TEXT, id TEXT, hash TEXT, doc BLOB, PRIMARY KEY (connection, id))")
    now = datetime(2026, 11, 22, tzinfo=UTC)
    with Store.open(f"sqlite:///{folder}/state.db") as store:
        for batch in batches(tickets):
            rows = [("billing", t.ref.id, "0" * 16, t.model_dump_json(exclude_defaults=True).encode()) for t in batch]
            started = time.perf_counter()
            raw.execute("BEGIN IMMEDIATE")
            raw.executemany("INSERT INTO tickets VALUES (?, ?, ?, ?)", rows)
            raw.execute("COMMIT")
            seconds["raw"] += time.perf_counter() - started
            started = time.perf_counter()
            store.save_tickets("billing", batch, read_at=now)
            seconds["new"] += time.perf_counter() - started
        for batch in batches(tickets):
            started = time.perf_counter()
            saved = store.save_tickets("billing", batch, read_at=now)
            seconds["same"] += time.perf_counter() - started
            if saved.written:
                raise RuntimeError("an unchanged ticket was stored again")
        started = time.perf_counter()
        found = sum(len(batch) for batch in store.iter_tickets())
        seconds["read"] = time.perf_counter() - started
        if found != tickets:
            raise RuntimeError(f"{found} tickets came back, not {tickets}")
    raw.close()
    return {name: tickets / spent for name, spent in seconds.items()}


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        print(json.dumps(measured(int(sys.argv[1]), Path(temporary))))
