"""A first read of a whole backlog: fetch, translate, store; beside reading the same bytes and throwing them away."""

import sys
import tempfile
from pathlib import Path

from benchmarks.measure import Cost, middle, ratio, run, table
from benchmarks.tracker import Tracker
from benchmarks.workspace import Bench

DELAYS = (0.0, 0.05)


def main(tickets: int) -> None:
    rows = []
    with tempfile.TemporaryDirectory() as folder, Tracker(tickets) as tracker:
        bench = Bench(Path(folder), tracker.url)

        def pull_anew() -> Cost:
            bench.forget()
            return bench.command("pull")

        for delay in DELAYS:
            tracker.delay(delay)
            raw = middle(lambda: run(["-m", "benchmarks.cold_pull", tracker.url]))
            ours = middle(pull_anew)
            row = ours.said["connections"][0]
            if row["changed"] != tickets:
                raise RuntimeError(f"{row['changed']} tickets arrived, not {tickets}")
            name = f"{delay * 1000:.0f} ms a request"
            rows.append(
                (
                    f"{name}: bytes only, httpx, 16 in flight",
                    raw.seconds,
                    raw.cpu,
                    raw.said["requests"],
                    raw.peak_mb,
                    "",
                )
            )
            rows.append(
                (
                    f"{name}: journeysync pull",
                    ours.seconds,
                    ours.cpu,
                    row["requests"],
                    ours.peak_mb,
                    ratio(ours.seconds, raw.seconds),
                )
            )
    table(
        f"Cold pull of {tickets:,} tickets, start-up included",
        ("", "seconds", "CPU s", "requests", "peak MB", "ratio"),
        rows,
    )


def bytes_only(url: str) -> None:
    """Read all ids, then all issues, in a window of 16 threads; nothing is parsed but the ids."""
    import json
    from concurrent.futures import ThreadPoolExecutor

    import httpx

    from benchmarks.tracker import FIELD

    fields = "summary description issuetype status resolution resolutiondate statuscategorychangedate labels components"
    wanted = [*fields.split(), "fixVersions", "priority", "parent", "project", "created", "updated", "creator", FIELD]
    ids: list[str] = []
    requests = size = 0
    with httpx.Client(base_url=url, auth=("bot@sandbox.example", "sandbox-token"), timeout=60) as client:
        token = None
        while True:
            body = {"jql": "project in (BILL, ONB) ORDER BY created ASC", "fields": ["id"], "maxResults": 5000}
            page = client.post("/rest/api/3/search/jql", json=body | ({"nextPageToken": token} if token else {})).json()
            requests += 1
            ids += [issue["id"] for issue in page["issues"]]
            token = page.get("nextPageToken")
            if not token:
                break

        def fetch(part: list[str]) -> int:
            body = {"issueIdsOrKeys": part, "fields": wanted, "properties": ["journeysync.bench"]}
            answer = client.post("/rest/api/3/issue/bulkfetch", json=body)
            answer.raise_for_status()
            return len(answer.content)

        with ThreadPoolExecutor(16) as pool:
            for length in pool.map(fetch, (ids[at : at + 100] for at in range(0, len(ids), 100))):
                requests += 1
                size += length
    print(json.dumps({"requests": requests, "megabytes": round(size / 1e6, 1)}))


if __name__ == "__main__":
    bytes_only(sys.argv[1])
