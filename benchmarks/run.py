"""Run the benchmarks: ``python -m benchmarks [NAME ...] [--tickets N]``; without a name, all but the long ones."""

import argparse
import importlib
import sys
from pathlib import Path

if __package__ in (None, ""):  # run as a file
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from benchmarks.measure import settings

NAMES = {  # name -> tickets unless said otherwise
    "start": 0,
    "cold_pull": 10_000,
    "sync": 10_000,
    "push": 1_000,
    "github": 5_000,
    "linear": 10_000,
    "store": 100_000,
    "matching": 100_000,
    "across": 100_000,
    "memory": 100_000,
    "page": 5_000,
}


def main(arguments: list[str] | None = None) -> int:
    """Run what was named, one after the other: they would measure each other otherwise."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(NAMES))
    parser.add_argument("--tickets", type=int, help="instead of the size that is promised")
    parser.add_argument("--times", type=int, default=3, help="how often each is measured; the middle one counts")
    options = parser.parse_args(arguments)
    if unknown := [name for name in options.names if name not in NAMES]:
        parser.error(f"no benchmark is called {unknown[0]}; there are {', '.join(NAMES)}")
    settings.times = options.times
    for name in options.names or NAMES:
        module = importlib.import_module(f"benchmarks.{name}")
        module.main(NAMES[name] if options.tickets is None else options.tickets)
    return 0


if __name__ == "__main__":
    sys.exit(main())
