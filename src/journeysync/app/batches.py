"""Cut a stream into batches, so that no whole backlog is ever in memory."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TypeVar

T = TypeVar("T")


def batches(items: Iterable[T], size: int) -> Iterator[tuple[T, ...]]:
    """Yield tuples of at most ``size`` items, in order (itertools.batched needs Python 3.12)."""
    stream = iter(items)
    while batch := tuple(islice(stream, size)):
        yield batch
