"""How a backlog is read: everything, what changed, the ids for a sweep, single tickets.

The cursor is the highest ``updated`` that was listed, never later than the
server's own time when the read began. The next read goes back from there by the
overlap, because Jira's search lags behind its writes; what the store knows
already is not fetched again.
"""

import math
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from journeysync.connector import Traffic
from journeysync.errors import Hidden as HiddenError
from journeysync.model.ticket import Ticket
from journeysync.model.tracker import Cursor, Found, Gone, Hidden, IdPage, Moved, Page
from journeysync_jira.client import FETCH_SIZE, RECONCILE_SIZE, JiraClient, SearchPage
from journeysync_jira.options import Scope
from journeysync_jira.pages import chunks
from journeysync_jira.translate import Lens, instant, ticket_of

IDS_PAY_FROM = 300  # rows a page; below that, searching for full rows costs fewer requests than ids and then rows
DEEPEST_HIERARCHY = 20
WHOLE_ORDER = "ORDER BY created ASC, key ASC"
CHANGED_ORDER = "ORDER BY updated ASC, key ASC"


class Mark(msgspec.Struct, omit_defaults=True):
    """The position of a cursor, as it is stored.

    Attributes:
        updated: Highest change time listed, ISO 8601 in UTC.
        skew_seconds: Server's clock minus ours, as last seen; the next read begins with it.
        cloud_id: Of a site behind the gateway; the next read need not ask for it.
        above: Data Center: ids of the fields that name an epic or parent.
        epic_name: Data Center: id of the field that only epics have.
        learned: Data Center: whether the two above were found out; if so the next read need not ask.
    """

    updated: str
    skew_seconds: float = 0.0
    cloud_id: str = ""
    above: tuple[str, ...] = ()
    epic_name: str = ""
    learned: bool = False

    @property
    def moment(self) -> datetime:
        """Return the change time."""
        return datetime.fromisoformat(self.updated)

    def text(self) -> str:
        """Return the position as the store keeps it."""
        return msgspec.json.encode(self).decode()


def mark_of(position: str) -> Mark | None:
    """Return a stored position, None if it is not one of ours: then everything is read."""
    try:
        mark = msgspec.json.decode(position, type=Mark)
        return mark if mark.moment.tzinfo else None
    except (msgspec.MsgspecError, ValueError):
        return None


def minutes_back(moment: datetime, now: datetime, overlap_minutes: int) -> int:
    """Return N for ``updated >= -Nm``: from now to the moment, rounded up, and the overlap on top."""
    return max(0, math.ceil((now - moment).total_seconds() / 60)) + overlap_minutes


class Reader:
    """Reads the tickets of one connection."""

    def __init__(self, client: JiraClient, lens: Lens, scope: Scope, traffic: Traffic, *, overlap_minutes: int) -> None:
        self._client = client
        self._lens = lens
        self._scope = scope
        self._traffic = traffic
        self._overlap = overlap_minutes
        self._homes: dict[int | str, str] | None = None if scope.bounding_projects else {}

    # pull

    def everything(self) -> Iterator[Page]:
        """Yield all tickets in scope and, on the last page, their ancestors out of scope."""
        pull = Pull(self, known=lambda _ids: {})
        yield from pull.rows(self._whole(pull))
        yield pull.last_page(None)

    def changed(self, since: Cursor, mark: Mark) -> Iterator[Page]:
        """Yield the tickets that changed since the mark, with ancestors that the store does not know."""
        self._client.address.cloud_id = self._client.address.cloud_id or mark.cloud_id
        pull = Pull(self, known=since.known)
        yield from pull.rows(self._listed_since(mark, pull))
        yield pull.last_page(mark)

    def _whole(self, pull: "Pull") -> Iterator[list[dict[str, Any]]]:
        """Yield full rows: ids first and rows in parallel, or full rows at once where id pages are small."""
        pages = self._client.search(f"{self._scope.clause} {WHOLE_ORDER}", ("id",))
        first = next(pages)
        pull.began(first)
        if first.last or len(first.rows) >= IDS_PAY_FROM:
            yield from self.rows(pull.new_ids(_ids([first], pages)))
            return
        pages.close()
        query = f"{self._scope.clause} {WHOLE_ORDER}"
        for page in self._client.search(query, self._lens.wanted_fields, properties=(self._lens.property_key,)):
            new = set(pull.new_ids(str(row.get("id")) for row in page.rows))
            yield [row for row in page.rows if str(row.get("id")) in new]

    def _listed_since(self, mark: Mark, pull: "Pull") -> Iterator[list[dict[str, Any]]]:
        # The later of both clocks: one that is wrong may make us read more, never less.
        now = self.now() + timedelta(seconds=max(0.0, mark.skew_seconds))
        minutes = minutes_back(mark.moment, now, self._overlap) + 1
        pages = self._since(minutes)
        first = next(pages)
        if first.server_time and (needed := minutes_back(mark.moment, first.server_time, self._overlap)) > minutes:
            pages.close()  # our clock misled us: ask again with the server's
            pages = self._since(needed + 1)
            first = next(pages)
        pull.began(first)
        yield from self._changed_rows(pull, first, pages)

    def _changed_rows(
        self, pull: "Pull", first: SearchPage, pages: Iterator[SearchPage]
    ) -> Iterator[list[dict[str, Any]]]:
        yield from self.rows(pull.unknown_ids([first], pages))

    def mark(self, moment: datetime) -> Mark:
        """Return the position for a change time."""
        cloud_id = self._client.address.cloud_id
        return Mark(moment.astimezone(UTC).isoformat(), self.now_skew(), cloud_id=cloud_id)

    def _since(self, minutes: int) -> Generator[SearchPage, None, None]:
        jql = f"{self._scope.clause} AND updated >= -{minutes}m {CHANGED_ORDER}"
        return self._client.search(jql, ("id", "updated"))

    def rows(self, ids: Iterable[str], more: tuple[str, ...] = ()) -> Iterator[list[dict[str, Any]]]:
        """Yield full issues by id, in lists; ``more``: further fields."""
        return self._client.fetch(ids, (*self._lens.wanted_fields, *more), properties=(self._lens.property_key,))

    def now(self) -> datetime:
        """Return this machine's time."""
        return self._client.http.clock.now()

    def now_skew(self) -> float:
        """Return the server's clock minus ours, as last seen."""
        return round(self._traffic.clock_skew_seconds, 1)

    def ticket(self, row: Mapping[str, Any], *, context: bool = False) -> Ticket:
        """Return the ticket of a row; under a scope that names no projects, remember where it lives."""
        ticket = ticket_of(row, self._lens, context=context)
        if self._homes is not None:
            self._homes[_compact(ticket.ref.id)] = ticket.project
        return ticket

    def is_context(self, ticket: Ticket, projects: frozenset[str]) -> bool:
        """Return whether an ancestor that no search listed is out of scope."""
        return not (self._scope.holds_project(ticket.project) or (self._scope.projects and ticket.project in projects))

    # sweep

    def sweep(self) -> Iterator[IdPage]:
        """Yield id and change time of every ticket in scope; an id is there once."""
        seen: set[int | str] = set()
        for page in self._client.search(f"{self._scope.clause} {WHOLE_ORDER}", ("id", "updated")):
            rows = []
            for row in page.rows:
                if (number := _compact(str(row.get("id")))) not in seen:
                    seen.add(number)
                    rows.append((str(row.get("id")), _updated(row)))
            yield IdPage(tuple(rows), complete=page.last)

    # single tickets

    def fetch(self, ids: Sequence[str]) -> Iterator[Found | Moved | Gone | Hidden]:
        """Yield one answer for each id: found, moved out of scope, gone, or hidden."""
        absence: _Absence | None = None
        for chunk in chunks(dict.fromkeys(ids), FETCH_SIZE):
            tickets = {str(row.get("id")): self.ticket(row) for rows in self.rows(chunk) for row in rows}
            inside = self._in_scope(tickets.values())
            for identifier in chunk:
                if (ticket := tickets.get(identifier)) is not None:
                    yield Found(ticket=ticket) if identifier in inside else Moved(id=identifier, ticket=ticket)
                    continue
                absence = absence or _Absence(self._client, self._scope, self._homes)
                yield self._single(identifier, absence)

    def _single(self, identifier: str, absence: "_Absence") -> Found | Moved | Gone | Hidden:
        wanted = self._lens.wanted_fields
        try:
            row = self._client.issue(identifier, wanted, properties=(self._lens.property_key,))
        except HiddenError as error:
            return Hidden(id=identifier, cause=f"Jira says it is not for this account: {error.what}")
        if row is None:
            return absence.of(identifier)
        ticket = self.ticket(row)
        if ticket.ref.id == identifier and ticket.ref.id in self._in_scope([ticket]):
            return Found(ticket=ticket)
        return Moved(id=identifier, ticket=ticket)

    def _in_scope(self, tickets: Iterable[Ticket]) -> frozenset[str]:
        """Return the ids of those that are in scope now; a JQL is asked with reconciliation, so no lag misleads it."""
        if self._scope.projects:
            return frozenset(ticket.ref.id for ticket in tickets if self._scope.holds_project(ticket.project))
        ids = [ticket.ref.id for ticket in tickets]
        inside: set[str] = set()
        for chunk in chunks(ids, RECONCILE_SIZE):
            jql = f"{self._scope.clause} AND id in ({', '.join(chunk)})"
            for page in self._client.search(jql, ("id",), reconcile=[int(each) for each in chunk if each.isdigit()]):
                inside.update(str(row.get("id")) for row in page.rows)
        return frozenset(inside)

    def observe(self, ids: Sequence[str], more: tuple[str, ...] = ()) -> Iterator[tuple[Ticket, Mapping[str, Any]]]:
        """Yield (ticket, raw issue) for each id that can be read, fresh from the issue itself."""
        for rows in self.rows(dict.fromkeys(ids), more):
            for row in rows:
                ticket = self.ticket(row)
                if self._scope.projects and not self._scope.holds_project(ticket.project):
                    ticket = self.ticket(row, context=True)  # it moved away since it was listed
                yield ticket, row


class Pull:
    """What one pull remembers: which ids it gave out, which parents are missing, how far it came."""

    def __init__(self, reader: Reader, *, known: Any) -> None:
        self._reader = reader
        self._known = known
        self._seen: set[int | str] = set()
        self._parents: set[int | str] = set()
        self._projects: set[str] = set()
        self._listed = 0
        self._shown = 0
        self._highest: datetime | None = None
        self._started_at = reader.now()
        self._server_start: datetime | None = None

    def began(self, first: SearchPage) -> None:
        """Note when the read began, by the earlier of both clocks: the cursor is never later."""
        self._server_start = min(first.server_time or self._started_at, self._started_at)

    def new_ids(self, ids: Iterable[str]) -> Iterator[str]:
        """Yield each id that was not given out yet."""
        for identifier in ids:
            number = _compact(identifier)
            self._listed += 1
            if number not in self._seen:
                self._seen.add(number)
                yield identifier

    def unknown_ids(self, first: Iterable[SearchPage], rest: Iterator[SearchPage]) -> Iterator[str]:
        """Yield the ids whose change time is later than the store's."""
        for page in (*first,):
            yield from self.unknown(page)
        for page in rest:
            yield from self.unknown(page)

    def unknown(self, page: SearchPage) -> Iterator[str]:
        """Yield the ids of a page whose change time is later than the store's."""
        times = {str(row.get("id")): _updated(row) for row in page.rows}
        for moment in times.values():
            self._note(moment)
        known = self._known(tuple(times)) if times else {}
        for identifier in self.new_ids(times):
            if identifier not in known or known[identifier] < times[identifier]:
                yield identifier

    def rows(self, source: Iterator[list[dict[str, Any]]]) -> Iterator[Page]:
        """Yield a page of tickets for each list of rows."""
        for rows in source:
            yield Page(tuple(self._take(row) for row in rows), seen=self._newly_seen())

    def _newly_seen(self) -> int:
        newly, self._shown = self._listed - self._shown, self._listed
        return newly

    def _take(self, row: Mapping[str, Any]) -> Ticket:
        ticket = self._reader.ticket(row)
        self._note(ticket.updated_at)
        self._projects.add(ticket.project)
        if ticket.parent:
            self._parents.add(_compact(ticket.parent))
        return ticket

    def _note(self, moment: datetime) -> None:
        if self._highest is None or moment > self._highest:
            self._highest = moment

    def last_page(self, before: Mark | None) -> Page:
        """Return the last page: ancestors that nobody knows yet, and the cursor."""
        highest = self._highest or (before.moment if before else None)
        start = self._server_start or self._started_at
        moment = min(highest, start) if highest else start
        if before:
            moment = max(moment, before.moment)
        mark = self._reader.mark(moment)
        return Page(tuple(self._ancestors()), Cursor(mark.text()), complete=True, seen=self._newly_seen())

    def _ancestors(self) -> Iterator[Ticket]:
        missing = self._missing(self._parents)
        for _level in range(DEEPEST_HIERARCHY):
            if not missing:
                return
            parents: set[int | str] = set()
            for rows in self._reader.rows(missing):
                for row in rows:
                    ticket = self._reader.ticket(row)
                    if self._reader.is_context(ticket, frozenset(self._projects)):
                        ticket = self._reader.ticket(row, context=True)
                    if ticket.parent:
                        parents.add(_compact(ticket.parent))
                    yield ticket
            missing = self._missing(parents)

    def _missing(self, parents: set[int | str]) -> list[str]:
        unseen = sorted(str(parent) for parent in parents - self._seen)
        known = self._known(tuple(unseen)) if unseen else {}
        missing = [parent for parent in unseen if parent not in known]
        self._seen.update(map(_compact, missing))
        return missing


class _Absence:
    """Says whether tickets that Jira does not show are gone or only hidden.

    404 means both. A ticket counts as gone only if the place where it was can be read:
    the projects of the scope or, under a JQL that names none, the project in which
    this connection last saw the ticket. Otherwise nobody can tell, and it is hidden.
    """

    def __init__(self, client: JiraClient, scope: Scope, homes: Mapping[int | str, str] | None) -> None:
        self._client = client
        self._scope = scope
        self._homes = homes
        self._hidden: dict[tuple[str, ...], tuple[str, ...]] = {}

    def of(self, identifier: str) -> Gone | Hidden:
        """Return the verdict for one ticket that answered 404."""
        places = self._places(identifier)
        if not places:
            cause = "Jira knows no such ticket (404); the scope names no projects, so it may be hidden or gone"
            return Hidden(id=identifier, cause=cause)
        if places not in self._hidden:
            visible = {str(project.get("key", "")).upper() for project in self._client.projects(places)}
            self._hidden[places] = tuple(key for key in places if key.upper() not in visible)
        if hidden := self._hidden[places]:
            cause = f"Jira shows no such ticket (404), nor the project {', '.join(hidden)} to this account"
            return Hidden(id=identifier, cause=cause)
        return Gone(id=identifier, cause=f"Jira knows no such ticket (404), and {', '.join(places)} can be read")

    def _places(self, identifier: str) -> tuple[str, ...]:
        if self._homes is None:
            return self._scope.bounding_projects
        home = self._homes.get(_compact(identifier))
        return (home,) if home else ()


def _ids(first: Iterable[SearchPage], rest: Iterator[SearchPage]) -> Iterator[str]:
    for page in first:
        yield from (str(row.get("id")) for row in page.rows)
    for page in rest:
        yield from (str(row.get("id")) for row in page.rows)


def _updated(row: Mapping[str, Any]) -> datetime:
    fields = row.get("fields")
    moment = instant(fields.get("updated")) if isinstance(fields, dict) else None
    return moment or datetime.now(UTC)  # without a time it counts as changed just now, so it is fetched


def _compact(identifier: str) -> int | str:
    """Return an id in the smallest form: a million of them are remembered in a full read."""
    return int(identifier) if identifier.isdecimal() and not identifier.startswith("0") else identifier
