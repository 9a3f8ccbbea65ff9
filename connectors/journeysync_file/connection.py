"""One file as a connection: read whole, compared by content, never written. The Protocol's methods, wired together."""

import json
import os
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, NamedTuple

from journeysync.connector import ConnectionSettings, Traffic
from journeysync.errors import ConfigError, JourneySyncError, Unavailable
from journeysync.model.change import (
    Change,
    Observed,
    Outcome,
    Result,
    Slot,
    SlotKind,
    TicketChanges,
    slot_kind,
    slot_name,
)
from journeysync.model.ticket import Ticket
from journeysync.model.tracker import (
    Capabilities,
    Cursor,
    Finding,
    Found,
    Gone,
    Hidden,
    IdPage,
    Moved,
    Needs,
    Page,
    SlotCapability,
)
from journeysync_file.options import Plan, plan_of
from journeysync_file.problem import MOST, Problem, refusal
from journeysync_file.table import Table
from journeysync_file.translate import Lens

READ_ONLY = "a file is only read"
FEW = 5  # rows that any file may lose at once, as long as some are left
_KINDS: tuple[SlotKind, ...] = ("label", "field", "link", "property", "attachment", "comment", "block", "priority")
_CHUNK = 1 << 20


class _Line(NamedTuple):
    """What is remembered of a row: enough to see whether it changed, and what hangs below it."""

    key: str
    project: str
    updated_at: datetime
    content: str  # a short hash of the ticket


class _Index(NamedTuple):
    """A whole file, read once: every row by its id."""

    content: str  # hash of the file and of all that is said about it
    lines: Mapping[str, _Line]
    by_key: Mapping[str, str]


class FileConnector:
    """One file.

    Args:
        settings: All that the connection is told.
        sleep: How to wait for a file that is being written, for tests.
    """

    def __init__(self, settings: ConnectionSettings, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self.name = settings.name
        self.traffic = Traffic()
        self.capabilities = Capabilities(
            slots=tuple((kind, SlotCapability(can=False, why_not=READ_ONLY)) for kind in sorted(_KINDS)), quiet="yes"
        )
        self._plan: Plan = plan_of(settings)
        self._where = settings.where
        self._sleep = sleep
        self._read: _Index | None = None

    # the Protocol: reading

    def check(self) -> Iterator[Finding]:
        """Yield what ``doctor`` wants to know: whether the file can be read, and every problem in it."""
        problems: list[Problem] = []
        try:
            index, table = self._indexed(problems)
        except JourneySyncError as error:
            says = error.what + (f" ({error.where})" if error.where else "")
            code = int(error.exit_code)
            yield Finding(level="error", topic="reach", says=says, next_step=error.next_step, exit_code=code)
            return
        rows = f"{len(index.lines):,} row{'s' * (len(index.lines) != 1)}"
        yield Finding(level="ok", topic="reach", says=f"{self._plan.name}: {rows} ({table.words})")
        for problem in problems:
            step = problem.next_step or "correct the file"
            yield Finding(
                level="error", topic="rows", says=f"{problem.where}: {problem.says}", next_step=step, exit_code=64
            )
        if not problems:
            named = ", ".join(f"{field} from {' + '.join(names)}" for field, names in self._plan.columns.items())
            yield Finding(level="ok", topic="fields", says=named)

    def pull(self, since: Cursor | None) -> Iterator[Page]:
        """Yield the tickets whose row changed since the cursor, parents out of scope included.

        Raises:
            Unavailable: The file is not there, not whole, or much shorter than it was.
            ConfigError: A column or a value is wrong; nothing of the file is taken then.
        """
        before = _position(since)
        given: Mapping[str, str] = before["rows"]
        known = since.known(list(given)) if since and given else {}
        content = self._hash()
        if since and before["content"] == content and len(known) == len(given):
            yield Page((), cursor=since, complete=True)
            return
        index = self._checked(content)
        self._refuse_shrunk(before["count"], len(index.lines))
        wanted = self._wanted(index)
        same = {one for one in known if one in wanted and given[one] == index.lines[one].content}
        waiting: list[Ticket] = []
        for ticket in self._tickets(index, wanted - same):
            if len(waiting) == self._plan.options.page_size:
                yield Page(tuple(waiting), seen=len(waiting))
                waiting = []
            waiting.append(ticket)
        rows = {one: line.content for one, line in index.lines.items() if one in wanted}
        position = {"v": 1, "content": index.content, "count": len(index.lines), "rows": rows}
        yield Page(tuple(waiting), cursor=Cursor(json.dumps(position)), complete=True, seen=len(waiting))

    def sweep(self) -> Iterator[IdPage]:
        """Yield the ids of all rows in scope."""
        index = self._checked()
        rows = [
            (ticket_id, line.updated_at) for ticket_id, line in index.lines.items() if self._is_in_scope(line.project)
        ]
        size = self._plan.options.page_size
        for start in range(0, max(len(rows), 1), size):
            yield IdPage(tuple(rows[start : start + size]), complete=start + size >= len(rows))

    def fetch(self, ids: Sequence[str]) -> Iterator[Found | Moved | Gone | Hidden]:
        """Look for these rows, one answer for each id."""
        wanted = dict.fromkeys(ids)
        index = self._checked() if wanted else None
        if index is None:
            return
        for ticket in self._tickets(index, frozenset(wanted)):
            if self._is_in_scope(ticket.project):
                yield Found(ticket=ticket)
            else:
                yield Moved(id=ticket.ref.id, ticket=ticket)
        for ticket_id in wanted:
            if ticket_id not in index.lines:
                yield Gone(id=ticket_id, cause=f"{self._plan.name} has no such row")

    def observe(self, ids: Sequence[str], slots: frozenset[Slot]) -> Iterator[Observed]:
        """Read these rows as they are now."""
        index = self._checked()
        for ticket in self._tickets(index, frozenset(ids)):
            folded = {label.casefold() for label in ticket.labels}
            shown = [s for s in sorted(slots) if slot_kind(s) == "label" and slot_name(s).casefold() in folded]
            yield Observed(ticket=ticket, values=tuple((slot, True) for slot in shown))

    # the Protocol: what a file cannot do

    def write(self, changes: Sequence[TicketChanges]) -> Iterator[Outcome]:
        """Refuse each change."""
        for ticket in changes:
            for change in ticket.changes:
                yield Outcome(
                    ticket=ticket.ticket,
                    slot=change.slot,
                    result=Result.FAILED,
                    cause=READ_ONLY,
                    next_step="leave out `write` of this connection",
                )

    def prepare(self, needs: Needs) -> Iterator[Change]:
        """Yield nothing."""
        del needs
        return iter(())

    def parse_hook(self, headers: Mapping[str, str], body: bytes) -> tuple[str, ...]:
        """Refuse: a file sends nothing."""
        del headers, body
        raise ConfigError("a file sends no webhooks", where=self._where, next_step="read it on a schedule")

    def close(self) -> None:
        """Forget what was read."""
        self._read = None

    # reading the file

    def _checked(self, content: str = "") -> _Index:
        """Return the file as it is now; refuse it as a whole if a single row is wrong."""
        problems: list[Problem] = []
        index, _ = self._indexed(problems, content)
        if problems:
            raise refusal(problems, self.name)
        return index

    def _indexed(self, problems: list[Problem], content: str = "") -> tuple[_Index, Table]:
        """Return every row by its id, and the table; what is wrong is added to ``problems``."""
        table = Table(self._plan, self.name)
        content = content or self._hash()
        if self._read is not None and self._read.content == content:
            return self._read, table
        lens = Lens(self.name, self._plan, table.where)
        stamp = self._stamp()
        lines: dict[str, _Line] = {}
        rows: dict[str, int] = {}
        for row in table:
            ticket, wrong = lens.ticket(row)
            if ticket is not None and ticket.ref.id in rows:
                column = self._plan.columns["id"][0]
                says = f"the id '{ticket.ref.id}' stands in row {rows[ticket.ref.id]} already"
                wrong = [Problem(table.where(row.number, column), says, "an id belongs to one row for good")]
            problems += wrong
            if len(problems) >= MOST:
                break
            if ticket is not None and not wrong:
                rows[ticket.ref.id] = row.number
                lines[ticket.ref.id] = _Line(ticket.key, ticket.project, ticket.updated_at, _short(ticket))
        if self._stamp() != stamp:
            raise table.broken("was changed while it was read")
        by_key = {line.key: ticket_id for ticket_id, line in reversed(lines.items())}
        index = _Index(content, lines, by_key)
        if not problems:
            self._read = index
        return index, table

    def _tickets(self, index: _Index, wanted: Iterable[str]) -> Iterator[Ticket]:
        """Yield the tickets of these ids, in the order of the file, parents by their id and context marked as such."""
        ids = frozenset(wanted)
        table = Table(self._plan, self.name)
        self._count()
        lens = Lens(self.name, self._plan, table.where)
        for row in table if ids else ():
            ticket, _ = lens.ticket(row)
            if ticket is None or ticket.ref.id not in ids:
                continue
            line = index.lines.get(ticket.ref.id)
            if line is None or line.content != _short(ticket):
                raise table.broken("was changed while it was read")
            yield ticket.model_copy(
                update={
                    "parent": self._parent(ticket.ref.id, ticket.parent, index),
                    "context": not self._is_in_scope(ticket.project),
                }
            )

    def _parent(self, ticket_id: str, named: str | None, index: _Index) -> str | None:
        found = named if named in index.lines else index.by_key.get(named or "")
        return None if found == ticket_id else found

    def _wanted(self, index: _Index) -> frozenset[str]:
        """Return the ids of all rows in scope, and of what stands above them out of scope."""
        wanted = {ticket_id for ticket_id, line in index.lines.items() if self._is_in_scope(line.project)}
        if not self._plan.projects or "parent" not in self._plan.columns:
            return frozenset(wanted)
        above = {ticket.ref.id: ticket.parent for ticket in self._tickets(index, index.lines)}
        for ticket_id in list(wanted):
            parent = above.get(ticket_id)
            while parent is not None and parent not in wanted:
                wanted.add(parent)
                parent = above.get(parent)
        return frozenset(wanted)

    def _is_in_scope(self, project: str) -> bool:
        return not self._plan.projects or project in self._plan.projects

    def _refuse_shrunk(self, before: int, now: int) -> None:
        lost = before - now
        allowed = max(before * self._plan.options.may_shrink_percent / 100, FEW if now else 0)
        if lost <= allowed:
            return
        raise Unavailable(
            f"{self._plan.name} has {now:,} rows and had {before:,}: a broken file, and no smaller backlog",
            where=str(self._plan.path),
            next_step="if it is meant, set options: {may_shrink_percent: 100} for one run",
        )

    # the file itself

    def _hash(self) -> str:
        """Return a hash of the file's content and of what is said about it; wait where it is being written."""
        self._count()
        name = sha256(self._plan.fingerprint.encode())
        try:
            self._let_settle()
            with self._plan.path.open("rb") as file:
                while chunk := file.read(_CHUNK):
                    name.update(chunk)
        except OSError as error:
            table = Table(self._plan, self.name)
            raise table.broken(
                f"cannot be read: {error.strerror or error}", "check the path, and whether it may be read"
            ) from error
        return name.hexdigest()[:32]

    def _let_settle(self) -> None:
        seconds = self._plan.options.settle_seconds
        stamp = self._stamp()
        if seconds and time.time() - stamp[1] / 1e9 < seconds:
            self._sleep(seconds)
            if self._stamp() != stamp:
                raise Table(self._plan, self.name).broken("is being written")

    def _stamp(self) -> tuple[int, int, int]:
        seen = os.stat(self._plan.path)
        return seen.st_size, seen.st_mtime_ns, seen.st_ino

    def _count(self) -> None:
        self.traffic.requests += 1
        self.traffic.reads += 1


def _short(ticket: Ticket) -> str:
    return sha256(ticket.model_dump_json().encode()).hexdigest()[:12]


def _position(since: Cursor | None) -> dict[str, Any]:
    """Return what the last whole read found: content, count of rows, and the hash of each row that was given."""
    try:
        found = json.loads(since.position) if since else None
    except ValueError:
        found = None
    return found if isinstance(found, dict) and found.get("v") == 1 else {"content": "", "count": 0, "rows": {}}
