"""A run in which nothing, or one ticket in a hundred, changed since the last one."""

import tempfile
from pathlib import Path

from benchmarks.measure import Cost, middle, ratio, table
from benchmarks.tracker import Tracker
from benchmarks.workspace import Bench


def main(tickets: int) -> None:
    with tempfile.TemporaryDirectory() as folder, Tracker(tickets) as tracker:
        bench = Bench(Path(folder), tracker.url)
        bench.command("sync", "--yes", "--allow", "first-run")
        # An hour passes and a person edits a ticket: our own writes are no longer the latest news, as on any usual day.
        tracker.now()
        tracker.touch(1)
        bench.command("sync", "--yes")
        bench.command("sync", "--yes")
        idle = middle(lambda: bench.command("status"))
        nothing = middle(lambda: bench.command("sync", "--yes"))

        def one_in_a_hundred() -> Cost:
            tracker.touch(max(1, tickets // 100))
            return bench.command("pull")

        some = middle(one_in_a_hundred)
    read = nothing.said["pull"]["connections"][0]["requests"]
    changed = some.said["connections"][0]
    rows = [
        ("start-up alone (journeysync status)", idle.seconds, idle.cpu, 0, "-", "-", ""),
        (
            "nothing changed (sync)",
            nothing.seconds,
            nothing.cpu,
            read,
            nothing.said["summary"]["written"],
            nothing.said["links"]["matched"],
            ratio(nothing.cpu, idle.cpu),
        ),
        (
            f"{changed['changed']} changed (pull)",
            some.seconds,
            some.cpu,
            changed["requests"],
            "-",
            "-",
            ratio(some.cpu, idle.cpu),
        ),
    ]
    columns = ("", "seconds", "CPU s", "requests", "written", "matched", "CPU ratio")
    table(f"A later run over {tickets:,} tickets", columns, rows)
