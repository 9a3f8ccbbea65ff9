"""What stopped a connection, told on stderr, each the same words once."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from journeysync.app.results import Trouble


def tell_troubles(troubles: Iterable[tuple[str, "Trouble | None"]]) -> None:
    """Say what, where and what next, for each connection (by name) that failed."""
    from journeysync.cli.main import say

    for name, trouble in troubles:
        if trouble is not None:
            where = f"\n  where: {trouble.where}" if trouble.where else ""
            say(f"{name}: {trouble.what}{where}" + (f"\n  next:  {trouble.next}" if trouble.next else ""))
