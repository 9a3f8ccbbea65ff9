"""How a use case tells how far it is, without knowing who listens."""

import threading
from typing import Protocol


class Progress(Protocol):
    """Hears of progress. ``total`` is None while it is not known."""

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        """Take note that ``done`` of ``total`` are through ``stage`` ("pull billing", "apply")."""
        ...


def silent(stage: str, done: int, total: int | None) -> None:
    """Listen to nothing."""


def one_at_a_time(progress: Progress) -> Progress:
    """Return a listener that several threads may tell: one display, spoken to by one of them at a time."""
    lock = threading.Lock()

    def told(stage: str, done: int, total: int | None) -> None:
        with lock:
            progress(stage, done, total)

    return told


def parts_of(progress: Progress, parts: int, whole: int) -> tuple[Progress, ...]:
    """Return a listener for each part of one stage; what they hear is added up and told as one figure."""
    lock = threading.Lock()
    each = [0] * parts

    def part(number: int) -> Progress:
        def told(stage: str, done: int, total: int | None) -> None:
            del total  # of this part alone
            with lock:
                each[number] = done
                progress(stage, sum(each), whole)

        return told

    return tuple(part(number) for number in range(parts))
