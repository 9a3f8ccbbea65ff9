"""A tracker's backlog in memory, as the people see it who work in it.

It keeps every version of a ticket, so that lists can lag behind as a search index
does. What our connector does with it is in ``fake_tracker``; what people do to it
(type a label, move, delete) is here.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from journeysync.model.base import Value
from journeysync.model.ticket import Ticket
from journeysync.testing.builders import CONNECTION, a_ticket, id_of
from journeysync.testing.clock import Clock

FieldKind = Literal["number", "text", "select"]
DEFAULT_FIELDS: Mapping[str, FieldKind] = {"score": "number", "why": "text", "size": "select"}
CHOICES = ("Small", "Large")


@dataclass(frozen=True)
class Version:
    """A ticket from one moment on; ``ticket`` None = deleted. Links by global id, receipts by workspace."""

    at: datetime
    ticket: Ticket | None
    links: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    receipts: Mapping[str, Value] = field(default_factory=dict)
    comments: tuple[str, ...] = ()  # Markdown, oldest first; ours among them
    hidden: bool = False
    moved_to: str | None = None  # the id it goes on under


class Backlog:
    """Tickets, and what people do with them. A ticket is named by its id or its key.

    Args:
        tickets: What is there at first.
        connection: The name that the tickets' references carry.
        fields: Id and kind of each custom field; every ticket has each of them, empty at first.
        choices: What a select field takes.
        clock: Moves on by ``tick_seconds`` with everything that happens.
        tick_seconds: 0 = everything happens at one instant.
    """

    def __init__(
        self,
        tickets: Iterable[Ticket] = (),
        *,
        connection: str = CONNECTION,
        fields: Mapping[str, FieldKind] = DEFAULT_FIELDS,
        choices: tuple[str, ...] = CHOICES,
        clock: Clock | None = None,
        tick_seconds: float = 1,
    ) -> None:
        self.connection = connection
        self.field_kinds = dict(fields)
        self.choices = choices
        self.clock = clock or Clock()
        self.lag = timedelta(0)
        self._tick_seconds = tick_seconds
        self._holding_back = False
        self._held_back: list[Version] = []  # what lists do not show yet
        self._versions: dict[str, list[Version]] = {}
        for ticket in tickets:
            self.add(ticket)

    # What people do
    def add(self, ticket: Ticket) -> str:
        """Put a ready made ticket there, as old as it says; return its id."""
        given = dict(ticket.fields)
        fields = {name: given.get(name) for name in self.field_kinds} | given
        ref = ticket.ref.model_copy(update={"connection": self.connection})
        held = ticket.model_copy(update={"ref": ref, "fields": tuple(sorted(fields.items())), "receipt": None})
        receipts = {} if ticket.receipt is None else {self._workspace_of_receipts: ticket.receipt.as_json()}
        self._keep(ref.id, Version(min(ticket.updated_at, self.clock()), held, receipts=receipts))
        return ref.id

    _workspace_of_receipts = "k3f9"

    def create(self, title: str = "", *, project: str = "", parent: str | None = None, **more: Any) -> str:
        """Write a new ticket, in the first project unless said; return its id. ``more`` as in ``a_ticket``."""
        key = self._next_key(project or self._first_project())
        at = self._now()
        above = self.id_of(parent) if parent else None
        dates = {"created_at": at, "updated_at": at}
        ticket = a_ticket(
            key, connection=self.connection, title=title or f"Ticket {key}", parent=above, **(dates | more)
        )
        return self.add(ticket)

    def clone(self, ticket: str, *, with_receipt: bool = False) -> str:
        """Copy a ticket as a person does: text, labels and fields come along, our link does not.

        ``with_receipt``: the tracker copies what apps keep with a ticket too, as Jira does with issue properties.
        """
        original = self._shown(ticket)
        key = self._next_key(original.project)
        at = self._now()
        ref = original.ref.model_copy(update={"id": id_of(key)})
        changes = {"ref": ref, "key": key, "created_at": at, "updated_at": at, "title": f"CLONE - {original.title}"}
        twin = self.add(original.model_copy(update=changes))
        if with_receipt:
            self._append(twin, replace(self._newest(twin), receipts=self._newest(ticket).receipts), at=at)
        return twin

    def edit(self, ticket: str, **changes: Any) -> None:
        """Change any field of a ticket: ``edit("BILL-1", state=State.DONE, resolution="Done")``."""
        self._update(ticket, self._shown(ticket).model_copy(update=changes))

    def edit_title(self, ticket: str, title: str) -> None:
        """Change the title."""
        self.edit(ticket, title=title)

    def type_label(self, ticket: str, label: str) -> None:
        """Add a label by hand; nothing happens if it is there."""
        labels = self._shown(ticket).labels
        if label not in labels:
            self.edit(ticket, labels=tuple(sorted((*labels, label))))

    def remove_label(self, ticket: str, label: str) -> None:
        """Take a label out by hand."""
        self.edit(ticket, labels=tuple(other for other in self._shown(ticket).labels if other != label))

    def set_field(self, ticket: str, field_id: str, value: Value) -> None:
        """Fill in a field by hand; None clears it."""
        fields = dict(self._shown(ticket).fields) | {field_id: self.as_shown(field_id, value)}
        self.edit(ticket, fields=tuple(sorted(fields.items())))

    def add_link(self, ticket: str, url: str, title: str) -> None:
        """Add a remote link, as another app does."""
        newest = self._newest(ticket)
        link = {"url": url, "title": title, "summary": ""}
        self._append(ticket, replace(newest, links={**newest.links, url: link}))

    def put_receipt(self, ticket: str, receipt: Value, workspace: str = "k3f9") -> None:
        """Put a receipt into the ticket, or take it out with None, as another app or an older release may have."""
        newest = self._newest(ticket)
        receipts = {name: each for name, each in newest.receipts.items() if name != workspace}
        if receipt is not None:
            receipts[workspace] = receipt
        self._append(ticket, replace(newest, receipts=receipts))

    def edit_body(self, ticket: str, text: str) -> None:
        """Write the description anew, in Markdown."""
        self.edit(ticket, body=text)

    def type_comment(self, ticket: str, text: str) -> None:
        """Write a comment."""
        newest = self._newest(ticket)
        self._append(ticket, replace(newest, comments=(*newest.comments, text)))

    def edit_comment(self, ticket: str, number: int, text: str) -> None:
        """Change a comment, counted from 0; an empty text deletes it."""
        newest = self._newest(ticket)
        kept = [text if n == number else each for n, each in enumerate(newest.comments)]
        self._append(ticket, replace(newest, comments=tuple(each for each in kept if each)))

    def change_our_words(self, ticket: str, place: Literal["comment", "block"], old: str, new: str) -> None:
        """Replace words in our comment or in the description."""
        if place == "block":
            self.edit_body(ticket, self.body(ticket).replace(old, new))
            return
        for number, text in enumerate(self.comments(ticket)):
            self.edit_comment(ticket, number, text.replace(old, new))

    def make_strange(self, ticket: str) -> None:
        """Give a ticket a kind, a state and a field that nobody has heard of."""
        fields = (*self._shown(ticket).fields, ("zodiac", {"sign": ["ram", 7]}))
        self.edit(ticket, kind="gremlin", kind_word="Gremlin", level=7, state_word="Simmering", fields=fields)

    def delete(self, ticket: str) -> None:
        """Delete a ticket for good."""
        self._append(ticket, replace(self._newest(ticket), ticket=None))

    def move(self, ticket: str, project: str, *, new_id: bool = False) -> str:
        """Move a ticket to another project: it gets a new key, and a new id too where the tracker does so.

        Links and receipts go along, as comments do when GitHub transfers an issue.
        """
        shown, key = self._shown(ticket), self._next_key(project)
        at = self._now()
        moved = shown.model_copy(update={"key": key, "project": project, "updated_at": at, "url": _url(shown, key)})
        if not new_id:
            self._append(ticket, replace(self._newest(ticket), ticket=moved), at=at)
            return shown.ref.id
        self._append(ticket, replace(self._newest(ticket), moved_to=id_of(key)), at=at)
        left = self._newest(ticket)
        arrived = self.add(moved.model_copy(update={"ref": shown.ref.model_copy(update={"id": id_of(key)})}))
        self._append(arrived, replace(self._newest(arrived), links=left.links, receipts=left.receipts), at=at)
        return arrived

    def hide(self, ticket: str) -> None:
        """Take our permission to see a ticket."""
        self._append(ticket, replace(self._newest(ticket), hidden=True))

    def show(self, ticket: str) -> None:
        """Give the permission back."""
        self._append(ticket, replace(self._newest(ticket), hidden=False))

    # What people see

    def title(self, ticket: str) -> str:
        """Return the title."""
        return self._shown(ticket).title

    def labels(self, ticket: str) -> tuple[str, ...]:
        """Return all labels, sorted."""
        return self._shown(ticket).labels

    def field(self, ticket: str, field_id: str) -> Value:
        """Return what stands in a field, None if nothing."""
        return self._shown(ticket).field(field_id)

    def links(self, ticket: str) -> tuple[Mapping[str, Value], ...]:
        """Return all links in the ticket, whoever made them, as {"url", "title", "summary"}."""
        return tuple(self._newest(ticket).links.values())

    def body(self, ticket: str) -> str:
        """Return the description as it stands there, our part included."""
        return self._shown(ticket).body

    def comments(self, ticket: str) -> tuple[str, ...]:
        """Return all comments, ours included, as they stand there."""
        return self._newest(ticket).comments

    def receipt(self, ticket: str, workspace: str = "k3f9") -> Value:
        """Return the receipt that a workspace left in the ticket, None if there is none."""
        return self._newest(ticket).receipts.get(workspace)

    def ids(self) -> tuple[str, ...]:
        """Return the ids of all tickets that are there."""
        return tuple(
            each for each, versions in self._versions.items() if versions[-1].ticket and not versions[-1].moved_to
        )

    def id_of(self, ticket: str) -> str:
        """Return the id of the ticket with this id, or with this key now or earlier; KeyError if there is none."""
        if ticket in self._versions:
            return ticket
        for found, versions in self._versions.items():
            if any(version.ticket and version.ticket.key == ticket for version in versions):
                return found
        raise KeyError(ticket)

    # Time

    @contextmanager
    def same_instant(self) -> Iterator[None]:
        """Let everything inside happen at one instant."""
        tick, self._tick_seconds = self._tick_seconds, 0
        try:
            yield
        finally:
            self._tick_seconds = tick

    @contextmanager
    def unseen_by_lists(self) -> Iterator[None]:
        """Let lists not show what happens inside, until ``lists_catch_up``; reading a ticket itself is always fresh."""
        self._holding_back = True
        try:
            yield
        finally:
            self._holding_back = False

    def lists_catch_up(self) -> None:
        """Let lists show everything again."""
        self._held_back.clear()

    def pass_time(self, seconds: float) -> None:
        """Let time go by."""
        self.clock.pass_time(seconds=seconds)

    # What the rest of the fake builds on

    def as_shown(self, field_id: str, value: Value) -> Value:
        """Return what a field shows when read back: numbers come back as decimals, as Jira gives them."""
        return float(value) if self.field_kinds.get(field_id) == "number" and isinstance(value, int) else value

    def _first_project(self) -> str:
        return "BILL"

    def _newest(self, ticket: str) -> Version:
        return self._versions[self.id_of(ticket)][-1]

    def _shown(self, ticket: str) -> Ticket:
        shown = self._newest(ticket).ticket
        if shown is None:
            raise KeyError(f"{ticket} was deleted")
        return shown

    def _listed(self) -> dict[str, Version]:
        """Return the versions that lists show, by id: not deleted, not hidden."""
        until, held_back = self.clock() - self.lag, set(map(id, self._held_back))
        listed = {}
        for ticket_id, versions in self._versions.items():
            visible = (each for each in reversed(versions) if each.at <= until and id(each) not in held_back)
            version = next(visible, None)
            if version and version.ticket and not version.hidden and not version.moved_to:
                listed[ticket_id] = version
        return listed

    def _update(self, ticket: str, shown: Ticket) -> None:
        at = self._now()
        self._append(ticket, replace(self._newest(ticket), ticket=shown.model_copy(update={"updated_at": at})), at=at)

    def _append(self, ticket: str, version: Version, *, at: datetime | None = None) -> None:
        self._keep(self.id_of(ticket), replace(version, at=at or self._now()))

    def _keep(self, ticket_id: str, version: Version) -> None:
        self._versions.setdefault(ticket_id, []).append(version)
        if self._holding_back:
            self._held_back.append(version)

    def _now(self) -> datetime:
        self.clock.pass_time(seconds=self._tick_seconds)
        return self.clock()

    def _next_key(self, project: str) -> str:
        keys = (version.ticket.key for versions in self._versions.values() for version in versions if version.ticket)
        numbers = (int(key.rpartition("-")[2]) for key in keys if key.rpartition("-")[0] == project)
        return f"{project}-{max(numbers, default=0) + 1}"


def _url(ticket: Ticket, key: str) -> str:
    return ticket.url.removesuffix(ticket.key) + key
