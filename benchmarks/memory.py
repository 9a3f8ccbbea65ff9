"""Whether time grows with the tickets and memory does not: every use case at a tenth of the size, and in full.

No tracker here: tickets go into the store as a pull would put them there, each use case runs in its own process. The
pull itself is measured in full by ``cold_pull --tickets N``.
"""

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.measure import ratio, run, table
from benchmarks.workspace import Bench

if TYPE_CHECKING:
    from journeysync.app.workspace import Workspace

STEPS = ("load", "links", "plan", "coverage")


def main(tickets: int) -> None:
    rows = []
    small, large = (_measured(size) for size in (max(tickets // 10, 1), tickets))
    for name in STEPS:
        few, many = small[name], large[name]
        growth = ratio(many["seconds"], few["seconds"])
        rows.append(
            (name, few["seconds"], many["seconds"], growth, few["mb"], many["mb"], ratio(many["mb"], few["mb"]))
        )
    columns = ("", f"CPU s at {max(tickets // 10, 1):,}", f"CPU s at {tickets:,}", "growth", "MB", "MB", "growth")
    table("Growth (of seconds: 10 x is linear; of memory: 1 x is flat)", columns, rows)


def _measured(tickets: int) -> dict[str, dict[str, float]]:
    with tempfile.TemporaryDirectory() as folder:
        Bench(Path(folder), "http://127.0.0.1:9")
        return {name: run(["-m", "benchmarks.memory", name, folder, str(tickets)]).said for name in STEPS}


def one_step(name: str, folder: Path, tickets: int) -> dict[str, float]:
    """Do one thing; return seconds of processor time without start-up, and the most memory this process ever had."""
    import gc

    from journeysync.app.workspace import Workspace

    gc.set_threshold(20_000, 50, 100)  # as the command line does
    with Workspace.open(folder, env={"BENCH_TOKEN": "unused"}) as workspace:
        started = time.process_time()
        if name == "load":
            _load(workspace, tickets)
        elif name == "links":
            workspace.links()
        elif name == "plan":
            workspace.plan()
        else:
            workspace.coverage()
        seconds = time.process_time() - started
    status = Path("/proc/self/status").read_text(encoding="ascii")
    peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    return {"seconds": seconds, "mb": peak / 1024}


def _load(workspace: "Workspace", tickets: int) -> None:
    from benchmarks.tracker import FIELD, records
    from journeysync.app.batches import batches
    from journeysync_jira.translate import Lens, ticket_of

    lens = Lens(connection="billing", site="http://127.0.0.1:9", workspace="bench", fields=(FIELD,))
    for batch in batches(records(tickets, 0), 500):
        found = [ticket_of(record, lens) for record in batch]
        workspace.store.save_tickets("billing", found, read_at=workspace.now())
    workspace.store.finish_read("billing", at=workspace.now(), full=True)


if __name__ == "__main__":
    print(json.dumps(one_step(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))))
