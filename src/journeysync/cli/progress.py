"""Progress on stderr: a bar on a terminal, a line every 10 % (or 5 seconds where the total is not known) otherwise.

What takes less than a second shows nothing.
"""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_QUIET_SECONDS = 1.0
_LINE_SECONDS = 5.0


class Shown:
    """A listener that shows what it hears; ``hide`` takes it off the screen, for a question."""

    def __init__(self) -> None:
        self.started = time.monotonic()

    @property
    def is_due(self) -> bool:
        """Return whether the work has gone on for more than a second."""
        return time.monotonic() - self.started > _QUIET_SECONDS

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        """Hear how far a stage has come."""
        raise NotImplementedError

    def hide(self) -> None:
        """Leave the screen to others, until something is heard again."""


@contextmanager
def shown_progress() -> Iterator[Shown]:
    """Yield a listener that shows progress for anything that takes longer than a second."""
    shown: Shown = _Bars() if sys.stderr.isatty() else _Lines()
    try:
        yield shown
    finally:
        shown.hide()


class _Bars(Shown):
    """One bar a stage, gone at the end."""

    def __init__(self) -> None:
        super().__init__()
        self._bars: Any = None
        self._tasks: dict[str, Any] = {}

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        if not self.is_due:
            return
        if self._bars is None:
            self._bars = _new_bars()
            self._bars.start()
        if stage not in self._tasks:
            self._tasks[stage] = self._bars.add_task(stage, total=total)
        self._bars.update(self._tasks[stage], completed=done, total=total)

    def hide(self) -> None:
        if self._bars is not None:
            self._bars.stop()
        self._bars, self._tasks = None, {}


class _Lines(Shown):
    """A line now and then, for logs."""

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[str, tuple[int, float]] = {}

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        now = time.monotonic()
        tenth, at = self._said.get(stage, (0, self.started))
        if total:
            reached = done * 10 // total
            if reached > tenth and self.is_due:
                self._said[stage] = (reached, now)
                print(f"{stage}: {done} of {total} ({reached * 10} %)", file=sys.stderr)  # noqa: T201  # progress
        elif now - at > _LINE_SECONDS:
            self._said[stage] = (0, now)
            print(f"{stage}: {done}", file=sys.stderr)  # noqa: T201  # progress


def _new_bars() -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=Console(stderr=True), transient=True)
