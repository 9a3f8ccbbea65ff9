"""What a page is to the frame: a name in the left bar, addresses, and how much work waits there."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from starlette.routing import Route

if TYPE_CHECKING:
    from journeysync.web.desk import Ask

Section = Literal["", "Sync"]


@dataclass(frozen=True)
class Page:
    """One page.

    Args:
        title: As it stands in the bar and in the window's title.
        path: Its address.
        icon: Name of a file in static/icons.
        routes: All addresses that belong to it.
        section: Under which word of the bar.
        waiting: How many things wait for a person there; None = the bar shows no figure.
    """

    title: str
    path: str
    icon: str
    routes: tuple[Route, ...]
    section: Section = ""
    waiting: "Callable[[Ask], int] | None" = None
