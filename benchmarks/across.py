"""What it costs that a text may name an epic of another tracker: matching two connections, beside the same without.

Half of the tickets stand in a tracker that is named (a twentieth of them epics), half in one whose texts name them:
every second text by a key, every fourth by an address, and most of them words that only look like a key.
"""

import random
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.measure import ratio, table
from benchmarks.workspace import Bench
from journeysync.app.workspace import Workspace
from journeysync.model.ticket import Ticket, TicketRef

NOW = datetime(2026, 11, 22, tzinfo=UTC)
BATCH = 500
SECOND = """
  app:
    connector: github
    url: https://app.example
    auth: {kind: token, token: {env: BENCH_TOKEN}}
    scope: {repositories: [acme/app]}
"""


def main(tickets: int) -> None:
    rows = []
    plain_seconds = 0.0
    for says, names in (("no text names another ticket", False), ("texts name epics of the other tracker", True)):
        with tempfile.TemporaryDirectory() as folder, opened(Path(folder)) as workspace:
            for connection, batch in made(tickets, names=names):
                workspace.store.save_tickets(connection, batch, read_at=NOW)
            first = seconds(workspace)
            workspace.store.save_tickets("billing", [an_epic(0, title="Now about the bill")], read_at=NOW)
            one = seconds(workspace)
            inherited = dict(workspace.links().by_origin).get("inherited", 0)
            nothing = seconds(workspace)
            rows.append((says, first, one, nothing, inherited, ratio(first, plain_seconds or first)))
            plain_seconds = plain_seconds or first
    columns = ("", "first match CPU s", "one epic changed", "nothing changed", "inherited", "ratio")
    table(f"Matching {tickets:,} tickets of two trackers", columns, rows)


def opened(folder: Path) -> Workspace:
    bench = Bench(folder, "https://billing.example")
    text = (folder / "journeysync.yaml").read_text(encoding="utf-8")
    (folder / "journeysync.yaml").write_text(text.rstrip() + SECOND, encoding="utf-8")
    return Workspace.open(bench.folder, env={})


def seconds(workspace: Workspace) -> float:
    started = time.process_time()  # a busy machine shifts it little
    workspace.links()
    return time.process_time() - started


def made(tickets: int, *, names: bool) -> Iterator[tuple[str, list[Ticket]]]:
    half = tickets // 2
    chance = random.Random(3)
    for start in range(0, half, BATCH):
        yield "billing", [an_epic(n) if n % 20 == 0 else a_story(n) for n in range(start, min(half, start + BATCH))]
    for start in range(0, half, BATCH):
        yield "app", [an_issue(n, half, chance, names=names) for n in range(start, min(half, start + BATCH))]


def an_epic(n: int, title: str = "") -> Ticket:
    return a_story(n).model_copy(update={"level": 1, "kind": "epic", "title": title or f"Rework meter readings {n}"})


def a_story(n: int) -> Ticket:
    return Ticket(
        ref=TicketRef(connection="billing", id=str(10_000 + n)),
        key=f"BILL-{n + 1}",
        url=f"https://billing.example/browse/BILL-{n + 1}",
        project="BILL",
        parent=str(10_000 + n // 20 * 20) if n % 20 else None,
        title=f"Ticket {n}",
        body="A story with some text. " * 60,
        updated_at=NOW,
    )


def an_issue(n: int, half: int, chance: random.Random, *, names: bool) -> Ticket:
    key = f"BILL-{chance.randrange(half // 20) * 20 + 1}"
    said = (
        f"Part of {key}. " if n % 2 else f"See https://billing.example/browse/{key} " if n % 4 else "UTF-8, ISO-9001. "
    )
    return Ticket(
        ref=TicketRef(connection="app", id=f"I_{n}"),
        key=f"acme/app#{n + 1}",
        url=f"https://app.example/acme/app/issues/{n + 1}",
        project="acme/app",
        title=f"Issue {n}",
        body=(said if names else "") + "An issue with some text. " * 60,
        author_kind="member",
        updated_at=NOW,
    )
