"""Linear: a first read in ranges side by side and page after page, beside the bytes alone; and what it costs to write.

Executing GraphQL takes the sandbox longer than any client, so it answers what it was asked before out of its memory:
each way is run once unmeasured.
"""

import json
import sys
import time
from collections.abc import Callable
from typing import Any
from urllib.request import urlopen

from benchmarks.measure import Cost, middle, ratio, run, table
from benchmarks.served import served

KEY = "lin_sandbox-key"
TEAMS = ("ENI", "GRD")
WRITTEN = 1_000
WARM = 2  # ranges are cut where a thread is idle, so not every run asks the very same
DELAY = "0.05"  # of every answer, seconds: a site that is elsewhere
WAYS = ("bytes only, httpx, the same requests, 8 in flight", "journeysync, ranges side by side", "page after page")


def main(tickets: int) -> None:
    rows: list[tuple[object, ...]] = []
    with served("benchmarks.linear", str(tickets), DELAY) as url:
        for _ in range(WARM):
            _run("read", url, "1")
        _run("read", url, "2")
        costs = [(middle(lambda way=way: _run("read", url, str(way)))) for way in range(len(WAYS))]
    for way, cost in zip(WAYS, costs, strict=True):
        if cost.said["issues"] != tickets:
            raise RuntimeError(f"{way}: {cost.said['issues']} issues arrived, not {tickets}")
        share = ratio(cost.seconds, costs[0].seconds) if way != WAYS[0] else ""
        rows.append((way, cost.seconds, cost.cpu, cost.said["requests"], cost.peak_mb, share))
    columns = ("", "seconds", "CPU s", "requests", "peak MB", "ratio")
    table(f"Linear: cold read of {tickets:,} issues, 50 ms a request, start-up included", columns, rows)
    written = min(tickets, WRITTEN)
    with served("benchmarks.linear", str(written), "0") as url:
        cost = _run("write", url, str(written))
    rows = [(name, requests, 1_000 * requests / written) for name, requests in cost.said.items()]
    table(f"Linear: writing to {written:,} issues", ("", "requests", "of 1,000"), rows)


def _run(*words: str) -> Cost:
    return run(["-m", "benchmarks.linear", *words])


def serve(tickets: str, delay: str) -> None:
    """Serve until stdin ends; an answer to a question that was asked before, and that changes nothing, is kept."""
    from journeysync.sandbox import LinearLimits, start_linear
    from journeysync.sandbox.generate import generate_linear
    from journeysync.sandbox.wire import Call, Handler, Reply, as_json

    limits = LinearLimits(requests=10**9, complexity=10**12)
    with start_linear(records=generate_linear(int(tickets)), clock=time.time, limits=limits) as server:
        kept: dict[bytes, Reply] = {}
        real = server.site.answer
        asked: list[bytes] = []  # by the last whole read
        is_written = False

        def answer(call: Call, handler: Handler | None, allowed: tuple[str, ...]) -> Reply:
            nonlocal is_written
            if call.path == "/_sandbox/bodies":
                return as_json([body.decode() for body in asked])
            is_written = is_written or b"mutation" in call.body[:40]
            if is_written or call.method != "POST":
                return real(call, handler, allowed)
            if b"edge:" in call.body:
                asked.clear()
            asked.append(call.body)
            if call.body not in kept:
                kept[call.body] = real(call, handler, allowed)
            return kept[call.body]

        server.site.answer = answer  # type: ignore[method-assign]  # the same site, with a memory
        if float(delay):
            server.add_fault(f"delay:seconds={delay}")
        print(server.web_url, flush=True)
        sys.stdin.read()


def _connector(url: str) -> Any:
    from journeysync.connector import ConnectionSettings, Secret
    from journeysync_linear.connection import LinearConnector

    return LinearConnector(
        ConnectionSettings(
            name="insights",
            url=f"{url}/graphql",
            auth={"kind": "api-key", "token": Secret(KEY, "a benchmark")},
            scope={"teams": list(TEAMS)},
            workspace="bench",
        )
    )


def _bytes(url: str) -> tuple[int, int]:
    """Send what a read sends, throw away what comes."""
    from concurrent.futures import ThreadPoolExecutor

    import httpx

    with urlopen(f"{url}/_sandbox/bodies") as answer:
        asked: list[str] = json.load(answer)
    bodies = [body for body in asked if "orderBy: createdAt" in body or '"by":"createdAt"' in body]  # no other way's
    headers = {"Authorization": KEY, "Content-Type": "application/json"}
    with httpx.Client(base_url=url, headers=headers, timeout=60, verify=False) as client, ThreadPoolExecutor(8) as pool:
        pages = pool.map(lambda body: client.post("/graphql", content=body).raise_for_status().content, bodies)
        found = {each for page in pages for each in _identifiers(page)}
    return len(found), len(bodies)


def _identifiers(page: bytes) -> list[bytes]:
    import re

    return re.findall(rb'"identifier":"([^"]+)"', page)


def _ranges(url: str) -> tuple[int, int]:
    connector = _connector(url)
    issues = sum(len(page.tickets) for page in connector.pull(None))
    connector.close()
    return issues, connector.traffic.requests


def _one_by_one(url: str) -> tuple[int, int]:
    from journeysync_linear.documents import ISSUE_POINTS
    from journeysync_linear.translate import issue_ticket, nodes_of

    connector = _connector(url)
    reader, issues = connector._reader, 0
    variables = {"filter": reader.scope.issues, "by": "updatedAt"}
    for connection, _answer in connector._client.pages(reader._issues, "issues", ISSUE_POINTS, variables):
        issues += len([issue_ticket(node, reader.lens) for node in nodes_of(connection)])
    connector.close()
    return issues, connector.traffic.requests


def read(url: str, way: str) -> None:
    """Read everything in one of the ways."""
    ways: tuple[Callable[[str], tuple[int, int]], ...] = (_bytes, _ranges, _one_by_one)
    issues, requests = ways[int(way)](url)
    print(json.dumps({"issues": issues, "requests": requests}))


def write(url: str, tickets: str) -> None:
    """Write label, priority, link and receipt to all issues, then other values, then the same again."""
    from journeysync.model.change import AddLabel, SetLink, SetProperty, TicketChanges

    connector = _connector(url)
    found = [ticket for page in connector.pull(None) for ticket in page.tickets][: int(tickets)]
    costs: dict[str, int] = {}
    for name, value in (("first write: label, link, receipt", 1), ("other values", 2), ("the same again", 2)):
        before = connector.traffic.requests
        works = []
        for ticket in found:
            about: dict[str, Any] = {"ticket": ticket.ref, "cause": "benchmark"}
            receipt = {"v": 1, "links": [], "score": value, "slots": {}}
            link = {"url": f"https://journeys.example/tickets/{ticket.ref.id}", "title": f"Need {value}", "summary": ""}
            changes = (
                AddLabel(label=f"journey.step-{value}", **about),
                SetLink(after=link, **about),
                SetProperty(after=receipt, **about),
            )
            works.append(TicketChanges(ticket=ticket.ref, key=ticket.key, changes=changes))
        if failed := [outcome.cause for outcome in connector.write(works) if outcome.cause]:
            raise RuntimeError(f"{len(failed)} writes failed: {failed[0]}")
        costs[name] = connector.traffic.requests - before
    connector.close()
    print(json.dumps(costs))


if __name__ == "__main__":
    {"serve": serve, "read": read, "write": write}[sys.argv[1]](*sys.argv[2:])
