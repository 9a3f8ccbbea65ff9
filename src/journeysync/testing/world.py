"""The tracker as the people see it who work in it: what a contract test needs beside the connector.

A connector's tests provide one for their tracker (a sandbox, a replay server). A
``FakeTracker`` is its own world.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Literal, Protocol, runtime_checkable

from journeysync.model.base import Value


@runtime_checkable
class World(Protocol):
    """A tracker with at least two projects in the connection's scope and one outside of it, empty at first.

    A ticket is named by the id that ``create`` returned. A field is named by its id;
    an empty id says that this tracker has no such field.
    """

    number_field: str
    text_field: str
    select_field: str
    choices: tuple[str, ...]  # at least two names that the select field takes
    outside: str  # a project that the connection does not read

    @property
    def projects(self) -> tuple[str, ...]:
        """Return the projects in scope, at least two."""
        ...

    @property
    def journal(self) -> Sequence[Any]:
        """Return one entry for each value that the connector wrote, and none for what people did."""
        ...

    def create(
        self, title: str = "", *, project: str = "", parent: str | None = None, labels: tuple[str, ...] = ()
    ) -> str:
        """Write a ticket, in the first project unless said; return its id."""
        ...

    def edit_title(self, ticket: str, title: str) -> None:
        """Change the title."""
        ...

    def type_label(self, ticket: str, label: str) -> None:
        """Add a label."""
        ...

    def remove_label(self, ticket: str, label: str) -> None:
        """Take a label out."""
        ...

    def set_field(self, ticket: str, field_id: str, value: Value) -> None:
        """Fill in a field; None clears it."""
        ...

    def add_link(self, ticket: str, url: str, title: str) -> None:
        """Add a remote link, as another app or a person does."""
        ...

    def edit_body(self, ticket: str, text: str) -> None:
        """Write the description anew: one paragraph of plain words."""
        ...

    def type_comment(self, ticket: str, text: str) -> None:
        """Write a comment as a person: one paragraph of plain words."""
        ...

    def change_our_words(self, ticket: str, place: Literal["comment", "block"], old: str, new: str) -> None:
        """Replace words inside our comment or our part of the description, as a person with the right to may."""
        ...

    def make_strange(self, ticket: str) -> None:
        """Give a ticket a kind, a state and fields that nobody has heard of; its title and labels stay."""
        ...

    def delete(self, ticket: str) -> None:
        """Delete a ticket for good."""
        ...

    def move(self, ticket: str, project: str) -> str:
        """Move a ticket; return its id, which is another one where the tracker makes a new ticket."""
        ...

    def hide(self, ticket: str) -> None:
        """Take our permission to see a ticket (its whole project, where permissions are per project)."""
        ...

    def title(self, ticket: str) -> str:
        """Return the title."""
        ...

    def labels(self, ticket: str) -> tuple[str, ...]:
        """Return all labels, sorted."""
        ...

    def field(self, ticket: str, field_id: str) -> Value:
        """Return what stands in a field (the name of a choice), None if nothing."""
        ...

    def links(self, ticket: str) -> Sequence[Mapping[str, Value]]:
        """Return all remote links, whoever made them, each with at least "url" and "title"."""
        ...

    def body(self, ticket: str) -> Value:
        """Return the description as it stands there, in the tracker's own form."""
        ...

    def comments(self, ticket: str) -> Sequence[Value]:
        """Return all comments as they stand there, oldest first."""
        ...

    def receipt(self, ticket: str) -> Value:
        """Return the JSON that our workspace left in the ticket, None if nothing."""
        ...

    def refuse(self, ticket: str) -> None:
        """Let the tracker reject every write of the connector to a ticket, or to its project where rights go by it."""
        ...

    def same_instant(self) -> AbstractContextManager[None]:
        """Let everything inside carry the same time of change."""
        ...

    def unseen_by_lists(self) -> AbstractContextManager[None]:
        """Let lists not show what anybody does inside, until ``lists_catch_up``; a ticket read by itself is fresh."""
        ...

    def lists_catch_up(self) -> None:
        """Let lists show everything again."""
        ...

    def pass_time(self, seconds: float) -> None:
        """Let time go by at the tracker; a real clock may ignore it."""
        ...


@runtime_checkable
class WireWorld(World, Protocol):
    """A world behind HTTP that can be told to misbehave."""

    def fault(self, text: str) -> None:
        """Let it misbehave from now on. The words are those of ``journeysync sandbox --fault``: "429:retry-after=2"."""
        ...

    def heal(self) -> None:
        """Let it behave again."""
        ...

    def requests(self) -> int:
        """Return how many requests reached it."""
        ...
