"""Progress on stderr: a bar on a terminal, a line every 10 % (or 5 seconds where the total is not known) otherwise."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from journeysync.app.progress import Progress


@contextmanager
def shown_progress() -> Iterator[Progress]:
    """Yield a listener that shows progress for anything that takes longer than a second."""
    if sys.stderr.isatty():
        yield from _bars()
    else:
        yield _lines()


def _bars() -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, object] = {}

        def heard(stage: str, done: int, total: int | None) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total)
            bars.update(tasks[stage], completed=done, total=total)  # type: ignore[arg-type]  # rich's TaskID is an int

        yield heard


def _lines() -> Progress:
    said: dict[str, tuple[int, float]] = {}
    started = time.monotonic()

    def heard(stage: str, done: int, total: int | None) -> None:
        now = time.monotonic()
        tenth, at = said.get(stage, (0, started))
        if total:
            reached = done * 10 // total
            if reached > tenth and now - started > 1:
                said[stage] = (reached, now)
                print(f"{stage}: {done} of {total} ({reached * 10} %)", file=sys.stderr)  # noqa: T201  # progress
        elif now - at > 5:
            said[stage] = (0, now)
            print(f"{stage}: {done}", file=sys.stderr)  # noqa: T201  # progress

    return heard
