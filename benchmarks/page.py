"""The page at a size: how long Coverage takes when nothing changed, after a change, with a filter; and what it weighs.

Solvane's backlog is repeated until it has so many tickets; the budgets are those of docs/performance.md.
"""

import gzip
import http.client
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.measure import table
from journeysync.app.workspace import Workspace
from journeysync.cli.demo_world import World
from journeysync.model.ticket import Ticket, TicketRef
from journeysync.store import Store
from journeysync.web import make_app
from journeysync.web.serving import LOOPBACK, listen, served_beside

TIMES = 40
PATHS = {
    "coverage": "/coverage",
    "coverage, a step": "/coverage?journey=pay-bill&step=see-why",
    "coverage, a team": "/coverage?team=billing",
    "journeys": "/journeys",
    "opportunities": "/opportunities",
    "backlog": "/backlog",
}


def main(tickets: int) -> None:
    """Measure and print: 5,000 tickets and the size that was asked for."""
    for size in sorted({min(5_000, tickets), tickets}):
        with big_workspace(size) as folder:
            _measure(folder, size)


def _measure(folder: Path, size: int) -> None:
    started = time.perf_counter()
    app = make_app(lambda: Workspace.open(folder, env={}))
    with served_beside(app, listen(LOOPBACK, 0)) as address:
        page = Page(address)
        page.get("/coverage")
        first = time.perf_counter() - started
        rows: list[tuple[object, ...]] = []
        for name, path in PATHS.items():
            page.get(path)
            before = time.process_time()
            seconds = sorted(page.seconds(path) for _ in range(TIMES))
            cpu = 1000 * (time.process_time() - before) / TIMES  # of server and client together
            rows.append((name, cpu, 1000 * seconds[TIMES // 2], 1000 * seconds[int(0.95 * TIMES)]))
        weight = page.weight() / 1000
        title = f"Page, {size:,} tickets: first answer after {first:.2f} s, {weight:.0f} kB packed with all files"
        table(title, ("", "CPU ms", "p50 ms", "p95 ms"), rows)


class Page:
    """A browser without windows, on one connection that stays open."""

    def __init__(self, address: str) -> None:
        self._host = urlsplit(address).netloc
        self._connection = http.client.HTTPConnection(self._host)

    def get(self, path: str) -> bytes:
        """Return the body of an answer."""
        self._connection.request("GET", path)
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{path}: {answer.status}")
        return body

    def seconds(self, path: str) -> float:
        """Return how long an answer takes."""
        started = time.perf_counter()
        self.get(path)
        return time.perf_counter() - started

    def weight(self) -> int:
        """Return the bytes of the page and of every file that it names, packed."""
        html = self.get("/coverage")
        files = set(re.findall(rb'(?:href|src)="(/static/[^"]+)"', html))
        return len(gzip.compress(html)) + sum(len(gzip.compress(self.get(file.decode()))) for file in files)


@contextmanager
def big_workspace(tickets: int) -> Iterator[Path]:
    """Yield a folder with Solvane's journeys and so many tickets, read and linked."""
    with tempfile.TemporaryDirectory(prefix="journeysync-bench-") as name:
        folder = Path(name) / "workspace"
        with World(save=folder) as world, world.open() as workspace:
            workspace.pull()
            repeat(workspace.store, tickets, workspace)
            workspace.links()
        yield folder
        shutil.rmtree(folder)


def repeat(store: Store, wanted: int, workspace: Workspace) -> None:
    """Save copies of what is there until the store has so many tickets."""
    originals = [ticket for batch in store.iter_tickets() for ticket in batch]
    missing = wanted - len(originals)
    for start in range(0, missing, 2_000):
        numbers = range(start, min(start + 2_000, missing))
        batch = [_copy(originals[n % len(originals)], n) for n in numbers]
        for connection in {ticket.ref.connection for ticket in batch}:
            of_one = [ticket for ticket in batch if ticket.ref.connection == connection]
            store.save_tickets(connection, of_one, read_at=workspace.now())


def _copy(ticket: Ticket, number: int) -> Ticket:
    ref = TicketRef(connection=ticket.ref.connection, id=f"{ticket.ref.id}0{number}")
    key = f"{ticket.project}-{10_000 + number}"
    return ticket.model_copy(update={"ref": ref, "key": key, "parent": None, "title": f"{ticket.title} {number}"})
