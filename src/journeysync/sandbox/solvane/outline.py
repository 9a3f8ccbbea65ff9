r"""Reads a backlog from an outline: one line a ticket, two spaces deeper is a child.

    epic doing | A bill that explains itself | @Bill view | !High
      story todo | Bill line with a tooltip on the phone | #iOS | key=BILL-204

First kind and state, then the title; ``@`` a component, ``!`` the priority, ``#`` labels, ``*`` a milestone, ``text=``
a special description, ``by=customer`` a reporter from outside, ``key=`` a key that must stay, ``epic=`` the key of an
epic in another tracker that the text names, ``was=`` its key in another team. ``\e`` is an escape character.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Row:
    """One ticket of an outline. ``parent`` is the index of the row that it hangs below."""

    kind: str
    state: str
    title: str
    parent: int | None = None
    components: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    priority: str = ""
    milestone: str = ""
    options: dict[str, str] = field(default_factory=dict)


def read_outline(text: str) -> Iterator[Row]:
    """Yield the rows of an outline in order.

    Raises:
        ValueError: A line is not in the grammar.
    """
    above: list[int] = []  # the row at each depth
    for number, line in enumerate(line for line in text.splitlines() if line.strip()):
        depth = (len(line) - len(line.lstrip())) // 2
        above[depth:] = [number]
        yield _row(line, above[depth - 1] if depth else None)


def _row(line: str, parent: int | None) -> Row:
    head, _, rest = line.strip().partition(" | ")
    words = head.split()
    title, *parts = rest.split(" | ")
    if len(words) != 2 or not title:
        raise ValueError(f"not a line of an outline: {line.strip()}")
    return Row(
        kind=words[0],
        state=words[1],
        title=title.replace("\\e", "\x1b"),
        parent=parent,
        components=tuple(part[1:] for part in parts if part.startswith("@")),
        labels=tuple(label[1:] for part in parts if part.startswith("#") for label in part.split()),
        priority=next((part[1:] for part in parts if part.startswith("!")), ""),
        milestone=next((part[1:] for part in parts if part.startswith("*")), ""),
        options=dict(part.split("=", 1) for part in parts if part[0] not in "@#!*"),
    )
