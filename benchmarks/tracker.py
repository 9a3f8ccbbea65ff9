"""A sandbox tracker in a process of its own, with made-up tickets; it obeys one word a line on its stdin.

Run as a program: ``python -m benchmarks.tracker TICKETS [--needs N]``. It prints its address, then reads:
``delay SECONDS`` (for every answer), ``touch N`` (a person edits N tickets), ``now`` (from here on writes bear the
present time; until then they are an hour old), ``counts`` (requests by endpoint).
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self

from benchmarks.measure import PATH

FIELD = "customfield_10071"


class Tracker:
    """The other end of the pipe: start it, tell it what to do, end it."""

    def __init__(self, tickets: int, *, needs: int = 0) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.tracker", str(tickets), str(needs)],
            env={**os.environ, "PYTHONPATH": PATH},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.url = self._line()

    def delay(self, seconds: float) -> None:
        """Let every answer wait."""
        self._tell(f"delay {seconds}")

    def touch(self, count: int) -> None:
        """Let a person edit the summary of so many tickets."""
        self._tell(f"touch {count}")

    def now(self) -> None:
        """Let writes bear the present time; until then they are an hour old, so that no read takes them for news."""
        self._tell("now")

    def counts(self) -> dict[str, int]:
        """Return all requests so far, by endpoint."""
        counts: dict[str, int] = json.loads(self._tell("counts"))
        return counts

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: type[BaseException] | None, _e: BaseException | None, _t: TracebackType | None) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(30)

    def _tell(self, line: str) -> str:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        return self._line()

    def _line(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline().strip()
        if not line:
            raise RuntimeError("the tracker did not start, or ended")
        return line


def records(tickets: int, needs: int) -> Iterator[dict[str, Any]]:
    """Yield made-up issues with a field for scores; with ``needs``, all open, each with a label ``need-N``."""
    from journeysync.sandbox.generate import generate_issues
    from journeysync.sandbox.jira import catalog

    todo = catalog.DEFAULT_STATUSES[0]
    for number, issue in enumerate(generate_issues(tickets)):
        issue["fields"][FIELD] = None if number else 1  # one value tells the sandbox that it is a number
        if needs:
            issue["fields"] |= {"status": todo, "resolution": None, "labels": [f"need-{number % needs}"]}
        yield issue


def serve(tickets: int, needs: int) -> None:
    """Serve until stdin ends."""
    from journeysync.sandbox import start_jira_cloud
    from journeysync.sandbox.generate import FIRST_ID

    behind = 3_600.0
    with start_jira_cloud(records=records(tickets, needs), clock=lambda: time.time() - behind) as sandbox:
        sandbox.state.set_field(str(FIRST_ID), FIELD, None)
        print(sandbox.url, flush=True)
        touched = 0
        for line in sys.stdin:
            word, _, value = line.strip().partition(" ")
            said: Any = "done"
            if word == "delay":
                sandbox.clear_faults()
                if float(value):
                    sandbox.add_fault(f"delay:seconds={value}")
            elif word == "touch":
                touched += 1
                for number in range(int(value)):
                    sandbox.state.edit(str(FIRST_ID + number), summary=f"Said anew, {touched}")
            elif word == "now":
                behind = 0.0
            else:
                said = json.dumps(sandbox.requests.by_endpoint())
            print(said, flush=True)


if __name__ == "__main__":
    serve(int(sys.argv[1]), int(sys.argv[2]))
