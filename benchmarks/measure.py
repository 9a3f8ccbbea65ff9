"""How a thing is measured: in a process of its own, three times, the middle one counts."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PATH = os.pathsep.join(str(ROOT / name) for name in ("", "src", "connectors"))  # this checkout, whatever is installed


@dataclass
class Settings:
    """What holds for a whole run of benchmarks."""

    times: int = 3


settings = Settings()


@dataclass(frozen=True)
class Cost:
    """What one process cost, start-up included.

    Attributes:
        seconds: By the clock on the wall.
        cpu: Seconds of processor time of all its threads; steadier than ``seconds`` on a busy machine.
        peak_mb: Most memory that was resident.
        said: The JSON document that it printed, None if it printed none.
    """

    seconds: float
    cpu: float
    peak_mb: float
    said: Any = None


def run(command: Sequence[str], *, env: Mapping[str, str] | None = None) -> Cost:
    """Run a Python command line (what follows ``python``) and return what it cost.

    Raises:
        RuntimeError: It failed; with the end of what it said.
    """
    started = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, *command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **(env or {}), "PYTHONPATH": PATH},
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        out = process.stdout.read()
        err = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - started
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} failed ({process.returncode}): {err.decode()[-2000:]}")
    said = json.loads(out) if out.lstrip().startswith((b"{", b"[")) else None
    return Cost(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, said)


def middle(measure: Callable[[], Cost]) -> Cost:
    """Measure several times and return the medians, with what the last one said."""
    costs = [measure() for _ in range(settings.times)]
    return Cost(
        median(cost.seconds for cost in costs),
        median(cost.cpu for cost in costs),
        median(cost.peak_mb for cost in costs),
        costs[-1].said,
    )


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print a table: words to the left, numbers to the right."""
    shown = [[_cell(cell) for cell in row] for row in rows]
    widths = [max(len(column), *(len(row[at]) for row in shown)) for at, column in enumerate(columns)]
    print(f"\n{title}")
    for row in ([*columns], ["-" * width for width in widths], *shown):
        cells = [
            cell.ljust(width) if not at else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        print("  " + "  ".join(cells).rstrip())


def ratio(ours: float, raw: float) -> str:
    """Return how many times the raw limit ours is."""
    return f"{ours / raw:.1f} x" if raw else "-"


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.2f}" if value < 100 else f"{value:,.0f}"
    return f"{value:,}" if isinstance(value, int) else str(value)
