"""What stopped a connection, told on stderr, each the same words once."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from journeysync.app.results import Trouble


def tell_troubles(troubles: Iterable["Trouble | None"]) -> None:
    """Say what, where and what next, for each connection that failed."""
    from journeysync.cli.main import say

    told = set()
    for trouble in troubles:
        if trouble is None or trouble in told:
            continue
        told.add(trouble)
        where = f"\n  where: {trouble.where}" if trouble.where else ""
        say(f"{trouble.what}{where}" + (f"\n  next:  {trouble.next}" if trouble.next else ""))
