"""A sandbox that a benchmark serves in a process of its own: its address, and how many requests reached it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.request import urlopen

from benchmarks.measure import PATH


@contextmanager
def served(module: str, *words: str) -> Iterator[str]:
    """Yield the address that ``python -m MODULE serve WORDS`` prints; it serves until its stdin ends."""
    process = subprocess.Popen(
        [sys.executable, "-m", module, "serve", *words],
        env={**os.environ, "PYTHONPATH": PATH},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.stdin.close()
        process.wait(30)


def counted(url: str) -> int:
    """Return how many requests reached a sandbox."""
    with urlopen(f"{url}/_sandbox/requests") as answer:
        counts: dict[str, int] = json.load(answer)
    return sum(count for endpoint, count in counts.items() if "_sandbox" not in endpoint)
