"""How a use case tells how far it is, without knowing who listens."""

from typing import Protocol


class Progress(Protocol):
    """Hears of progress. ``total`` is None while it is not known."""

    def __call__(self, stage: str, done: int, total: int | None) -> None:
        """Take note that ``done`` of ``total`` are through ``stage`` ("pull billing", "apply")."""
        ...


def silent(stage: str, done: int, total: int | None) -> None:
    """Listen to nothing."""
