"""The inbox: what waits for a person, one row a thing, with a short id to type and what can be answered."""

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from journeysync.errors import ConfigError
from journeysync.model.base import Model, value_hash
from journeysync.model.change import Slot
from journeysync.model.decision import Decision
from journeysync.model.ticket import TicketRef
from journeysync.store import InboxRow

if TYPE_CHECKING:
    from journeysync.app.workspace import Workspace

REFUSED = "refused"
GONE = "label-gone"
IGNORED = "inbox:"
"""Start of the target of a decision that hides a row until its end."""
_SHORT = 6
_SHORTEST = 4
ANSWERS: dict[str, tuple[str, ...]] = {
    "failed": ("retry",),
    "drift": ("take-theirs", "take-ours"),
    REFUSED: ("take-theirs", "take-ours"),
    GONE: ("take-theirs", "take-ours"),
    "unknown-origin": ("adopt", "accept"),
}
"""What can be answered to each kind of row; every row can be ignored until a date."""


class InboxItem(Model):
    """One row as people see it."""

    id: str  # short and stable: the same thing has the same id when it comes up again
    kind: str
    connection: str
    ticket_id: str = ""
    key: str = ""
    title: str = ""
    url: str = ""
    slot: Slot = ""
    cause: str
    next_step: str = ""
    owner: str = ""
    first_seen: datetime
    last_seen: datetime
    count: int = 1
    next_try: datetime | None = None  # until then the ticket is left out
    ignored_until: datetime | None = None
    answers: tuple[str, ...] = ()  # besides ignore


class Inbox(Model):
    """The rows that wait, oldest first."""

    rows: tuple[InboxItem, ...] = ()
    ignored: int = 0  # rows that a person does not want to see for now, left out of ``rows`` unless asked for

    def as_json(self) -> dict[str, Any]:
        """Return {inbox: [row ...], ignored}."""
        return {"inbox": [row.model_dump(mode="json") for row in self.rows], "ignored": self.ignored}


def inbox(workspace: "Workspace", *, everything: bool = False) -> Inbox:
    """Return what waits for a person; with ``everything`` also what is ignored for now."""
    store, now = workspace.store, workspace.now()
    found = store.inbox()
    tickets = store.tickets([_ref(row) for row in found if row.ticket_id])
    hidden = _hidden(store.decisions_of_kind("ignore"), now)
    items = []
    for row in found:
        ticket = tickets.get(_ref(row))
        items.append(
            InboxItem(
                id=row_id(row),
                **row.model_dump(exclude={"state"}),
                key=ticket.key if ticket else "",
                title=ticket.title if ticket else "",
                url=ticket.url if ticket else "",
                ignored_until=hidden.get(row_id(row)),
                answers=ANSWERS.get(row.kind, ()),
            )
        )
    ignored = sum(item.ignored_until is not None for item in items)
    shown = tuple(item for item in items if everything or item.ignored_until is None)
    return Inbox(rows=shown, ignored=ignored)


def waiting(workspace: "Workspace") -> int:
    """Return how many rows wait for a person, without what is ignored for now; no ticket is read for that."""
    hidden = _hidden(workspace.store.decisions_of_kind("ignore"), workspace.now())
    return sum(row_id(row) not in hidden for row in workspace.store.inbox())


def row_id(row: InboxRow) -> str:
    """Return the short id of a row."""
    return value_hash([row.kind, row.connection, row.ticket_id, row.slot])[:_SHORT]


def key_of(row: InboxRow) -> tuple[str, str, str, str]:
    """Return what the store tells a row by."""
    return row.kind, row.connection, row.ticket_id, row.slot


def find_row(workspace: "Workspace", text: str) -> InboxRow:
    """Return the one open row whose id begins so.

    Raises:
        ConfigError: None does, or several do.
    """
    asked = text.strip().lower()
    rows = workspace.store.inbox()
    found = [row for row in rows if len(asked) >= _SHORTEST and row_id(row).startswith(asked)]
    if len(found) == 1:
        return found[0]
    where = f"the inbox has {len(rows)} row{'s' if len(rows) != 1 else ''}"
    if not found:
        raise ConfigError(f"no row of the inbox is called '{text}'", where=where, next_step="see: journeysync inbox")
    raise ConfigError(
        f"'{text}' names {len(found)} rows of the inbox", where=where, next_step="type one more letter of the id"
    )


def _ref(row: InboxRow) -> TicketRef:
    return TicketRef(connection=row.connection, id=row.ticket_id)


def _hidden(decisions: Iterable[Decision], now: datetime) -> dict[str, datetime]:
    """Return until when each ignored row is hidden, by row id; the newest word counts."""
    newest = {d.target.removeprefix(IGNORED): d for d in decisions if d.target.startswith(IGNORED)}
    return {row: word.until for row, word in newest.items() if word.until is not None and word.until > now}
