"""Writing to 1,000 tickets: labels, a field and the receipt, beside one PUT a ticket; remote links apart."""

import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.measure import Cost, ratio, run, table
from benchmarks.tracker import FIELD, Tracker
from benchmarks.workspace import NEEDS, Bench


def main(tickets: int) -> None:
    rows: list[tuple[object, ...]] = []
    with tempfile.TemporaryDirectory() as folder, Tracker(tickets, needs=NEEDS) as tracker:
        tracker.delay(0.05)
        raw = run(["-m", "benchmarks.push", tracker.url, str(tickets)])
    rows.append(("one PUT a ticket, httpx, 16 in flight", raw.seconds, raw.cpu, raw.said["requests"], "", ""))
    with tempfile.TemporaryDirectory() as folder, Tracker(tickets, needs=NEEDS) as tracker:
        bench = Bench(Path(folder), tracker.url, rules="labels")
        bench.command("pull")
        tracker.delay(0.05)
        for name, shift in (
            ("first write: label, field, receipt", 0),
            ("another score: field, receipt", 1),
            ("the same again", 1),
        ):
            bench.scores(shift)
            rows.append(_row(name, tracker, lambda: bench.command("apply", "--yes", "--allow", "first-run"), raw))
    with tempfile.TemporaryDirectory() as folder, Tracker(tickets, needs=NEEDS) as tracker:
        bench = Bench(Path(folder), tracker.url, rules="labels", links=True)
        bench.command("pull")
        tracker.delay(0.05)
        rows.append(
            _row(
                "first write with a remote link each",
                tracker,
                lambda: bench.command("apply", "--yes", "--allow", "first-run"),
                raw,
            )
        )
    columns = ("", "seconds", "CPU s", "write requests", "slots written", "ratio")
    table(f"Writing to {tickets:,} tickets with {NEEDS} distinct values, 50 ms a request", columns, rows)


def _row(name: str, tracker: Tracker, push: Callable[[], Cost], raw: Cost) -> tuple[object, ...]:
    before = tracker.counts()
    cost = push()
    after = tracker.counts()
    spent = {each: after[each] - before.get(each, 0) for each in after}
    reads = sum(count for each, count in spent.items() if "bulkfetch" in each or each.endswith("/field"))
    links = sum(count for each, count in spent.items() if "remotelink" in each)
    writes = f"{sum(spent.values()) - reads - links}" + (f" + {links} links" if links else "")
    return name, cost.seconds, cost.cpu, writes, cost.said["summary"]["written"], ratio(cost.seconds, raw.seconds)


def one_by_one(url: str, tickets: int) -> None:
    """Write the same with one PUT a ticket."""
    import json
    from concurrent.futures import ThreadPoolExecutor

    import httpx

    with httpx.Client(base_url=url, auth=("bot@sandbox.example", "sandbox-token"), timeout=60) as client:

        def write(number: int) -> int:
            body = {
                "update": {"labels": [{"add": "journey.serve"}, {"add": f"journey.opp-{number % NEEDS}"}]},
                "fields": {FIELD: number % NEEDS},
                "properties": [{"key": "journeysync.bench", "value": {"v": 1, "links": [], "score": number % NEEDS}}],
            }
            path = f"/rest/api/3/issue/{100_000 + number}"
            return client.put(path, json=body, params={"notifyUsers": "false"}).raise_for_status().status_code

        with ThreadPoolExecutor(16) as pool:
            requests = sum(1 for _ in pool.map(write, range(tickets)))
    print(json.dumps({"requests": requests}))


if __name__ == "__main__":
    one_by_one(sys.argv[1], int(sys.argv[2]))
