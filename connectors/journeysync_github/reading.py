"""How a backlog is read: everything, what changed, the ids for a sweep, single tickets.

A quiet repository costs one request, answered with 304. Parents are named by
address in lists; a row whose parent was not read yet waits until the end of the pull.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

from journeysync.connector import Traffic
from journeysync.errors import ConfigError
from journeysync.errors import Gone as GoneError
from journeysync.errors import Hidden as HiddenError
from journeysync.http import Answer
from journeysync.model.ticket import Ticket
from journeysync.model.tracker import Cursor, Found, Gone, Hidden, IdPage, Moved, Page
from journeysync_github.client import GitHubClient
from journeysync_github.comments import Comments
from journeysync_github.documents import NO_FIELDS, FieldsAsked
from journeysync_github.fields import FieldBook, Owned, values_of
from journeysync_github.listing import Lists, Rows, digest, stamp
from journeysync_github.mark import Mark, RepositoryMark
from journeysync_github.options import Scope
from journeysync_github.projects import SAME_INSTANT, moved_issues, settled
from journeysync_github.repositories import Repositories, repository_number
from journeysync_github.translate import (
    Home,
    Lens,
    Visibility,
    identifier_of,
    instant,
    is_pull_request,
    numbered,
    repository_of,
    row_of,
    ticket_of,
)

MOST_FOUND = 1_000  # rows that a search hands out
DEEPEST_HIERARCHY = 8
SEARCH = "search"


class Reader:
    """Reads the tickets of one connection."""

    def __init__(
        self,
        client: GitHubClient,
        lens: Lens,
        scope: Scope,
        traffic: Traffic,
        *,
        overlap_seconds: int,
        label_namespace: str,
        comments: bool,
        fields: Sequence[str] = (),
        remembered_fields: Path | None = None,
        known_keys: Callable[[Sequence[str]], Mapping[str, str]] = lambda _ids: {},
    ) -> None:
        self.client = client
        self.lens = lens
        self.scope = scope
        self.repositories = Repositories(client, scope)
        self.comments = Comments(client, lens.workspace)
        self.fields = FieldBook(client, fields, remembered_fields)
        self._lists = Lists(client, scope)
        self._traffic = traffic
        self._overlap = timedelta(seconds=overlap_seconds)
        self._namespace = label_namespace.casefold()
        self._with_comments = comments
        self._known_keys = known_keys
        self._addresses: dict[str, tuple[str, int]] = {}  # (repository, number) of every id seen in this process

    # pull

    def everything(self) -> Iterator[Page]:
        """Yield all tickets in scope and, on the last page, those that waited for their parents."""
        pull = Pull(self, known=lambda _ids: {})
        if self.scope.search:
            yield from self._search(pull)
        else:
            for owned in self._owned():
                pull.mark.projects |= self._settled(owned)
            for name in self.repositories.names():
                yield from self._whole(pull, name)
        yield pull.last_page()

    def changed(self, since: Cursor, mark: Mark) -> Iterator[Page]:
        """Yield the tickets that changed since the mark, with parents that the store does not know."""
        if self.scope.search:
            pull = Pull(self, known=since.known)
            yield from self._search(pull)
            yield pull.last_page()
            return
        pull = Pull(self, known=since.known)
        for name in self.repositories.names():
            before = mark.repositories.get(name.casefold())
            if before is None:
                yield from self._whole(pull, name)
            else:
                yield from self._since(pull, name, before)
        yield from self._moved_in_projects(pull, mark)
        yield pull.last_page()

    def _whole(self, pull: "Pull", name: str) -> Iterator[Page]:
        home = self.repositories.ask(name)
        progress = _Progress(home.visibility)
        for answer, rows in self._lists.whole(home.name):
            progress.take(answer, rows, self._now())
            yield pull.page(rows, home)
        pull.mark.repositories[name.casefold()] = progress.mark()

    def _since(self, pull: "Pull", name: str, before: RepositoryMark) -> Iterator[Page]:
        visibility: Visibility = before.visibility if before.visibility in get_args(Visibility) else "unknown"  # type: ignore[assignment]  # checked by the line itself
        home = self.repositories.remember(name, visibility)
        since = before.moment - self._overlap
        asked = stamp(since)
        progress = _Progress(home.visibility, before)
        etag = before.etag if before.since == asked else ""
        for answer, rows in self._lists.changed(name, since, etag):
            if answer.status == 304:
                pull.mark.repositories[name.casefold()] = before
                return
            if not progress.started:
                progress.etag, progress.since = answer.headers.get("etag", ""), asked
                if pull.has_news(rows, before):
                    home = self.repositories.ask(name)
                    progress.visibility = home.visibility
            progress.take(answer, rows, self._now())
            yield pull.page(rows, home, before)
        pull.mark.repositories[name.casefold()] = progress.mark()

    def _owned(self) -> Iterator[Owned]:
        """Yield what each owner of repositories in scope has of the fields that placement names, asked for just now."""
        if self.fields:
            self.fields.forget()
            for owner in dict.fromkeys(name.partition("/")[0] for name in self.repositories.names()):
                yield self.fields.of(owner)

    def _moved_in_projects(self, pull: "Pull", mark: Mark) -> Iterator[Page]:
        """Yield the tickets whose row in a project changed though they did not change themselves."""
        for owned in self._owned():
            pull.mark.projects |= self._settled(owned)
            for project, changed in owned.projects.items():
                last = mark.projects.get(project, "")
                if changed != last:
                    yield pull.again(moved_issues(self.client, project, last))

    def _settled(self, owned: Owned) -> dict[str, str]:
        now = self._now() + timedelta(seconds=self._traffic.clock_skew_seconds)
        return {project: settled(changed, now) for project, changed in owned.projects.items()}

    def _search(self, pull: "Pull") -> Iterator[Page]:
        progress = _Progress("unknown")
        for answer, rows in self._lists.found():
            total = answer.value.get("total_count", 0) if isinstance(answer.value, dict) else 0
            if total > MOST_FOUND:
                raise ConfigError(
                    f"the scope's search finds {total} issues; GitHub hands out {MOST_FOUND} at most",
                    where=self.client.where,
                    next_step="narrow the search, or name repositories with labels or a milestone instead",
                )
            progress.take(answer, rows, self._now())
            for name in dict.fromkeys(map(repository_of, rows)):
                home = self.repositories.home(name)
                yield pull.page([row for row in rows if repository_of(row) == name], home)
        pull.mark.repositories[SEARCH] = progress.mark()

    def _now(self) -> datetime:
        return self.client.http.clock.now()

    def remember(self, row: Mapping[str, Any], home: Home) -> None:
        """Note where an id lives, so that its redirect or its 410 can be asked for later in this process."""
        if isinstance(row.get("number"), int):
            self._addresses[identifier_of(row)] = (home.name, int(row["number"]))

    def tickets(self, rows: Sequence[tuple[dict[str, Any], Home, str | None]]) -> Iterator[Ticket]:
        """Yield tickets of rows with their parents; receipts are read where a label of ours stands."""
        marked = [identifier_of(row) for row, _home, _parent in rows if self._is_marked(row)]
        held = self.comments.of(marked) if marked and self._with_comments else {}
        values = self._values(rows)
        for row, home, parent in rows:
            identifier = identifier_of(row)
            comments, fields = held.get(identifier, ()), values.get(identifier, ())
            yield ticket_of(row, self.lens, home, parent=parent, comments=comments, fields=fields)

    def _values(self, rows: Iterable[tuple[Mapping[str, Any], Home, str | None]]) -> Mapping[str, Any]:
        """Return the fields of rows by their id; a row of before there were global ids has none."""
        homes = {str(row["node_id"]): home.name for row, home, _parent in rows if row.get("node_id")}
        return self.fields.values(homes) if self.fields and homes else {}

    def asked_fields(self) -> FieldsAsked:
        """Return which fields are read along with single tickets: those of all owners in scope."""
        if not self.fields:
            return NO_FIELDS
        names = [name for name, _number in self._addresses.values()] if self.scope.search else self.repositories.names()
        return self.fields.asked({name.partition("/")[0] for name in names})

    def _is_marked(self, row: Mapping[str, Any]) -> bool:
        labels = row.get("labels")
        names = [str(one.get("name")) for one in labels if isinstance(one, dict)] if isinstance(labels, list) else []
        return row.get("comments") != 0 and any(name.casefold().startswith(self._namespace) for name in names)

    def in_scope(self, ticket: Ticket) -> bool:
        """Return whether a ticket is in scope by its repository, and by labels where the scope names some."""
        wanted = {label.casefold() for label in self.scope.labels}
        return self.repositories.holds(ticket.project) and wanted <= {label.casefold() for label in ticket.labels}

    # sweep

    def sweep(self) -> Iterator[IdPage]:
        """Yield id and change time of every ticket in scope; an id is there once."""
        seen: set[str] = set()
        lists = (
            [self._lists.found()]
            if self.scope.search
            else (self._lists.whole(name) for name in self.repositories.names())
        )
        for pages in lists:
            for answer, rows in pages:
                self._refuse_too_many(answer)
                found = []
                for row in rows:
                    identifier = identifier_of(row)
                    if not is_pull_request(row) and identifier not in seen:
                        seen.add(identifier)
                        self.remember(row, Home(repository_of(row)))
                        found.append((identifier, ticket_of(row, self.lens, Home("")).updated_at))
                yield IdPage(tuple(found))
        yield IdPage((), complete=True)

    def _refuse_too_many(self, answer: Answer) -> None:
        total = answer.value.get("total_count", 0) if isinstance(answer.value, dict) else 0
        if total > MOST_FOUND:
            raise ConfigError(
                f"the scope's search finds {total} issues; GitHub hands out {MOST_FOUND} at most",
                where=self.client.where,
                next_step="narrow the search, or name repositories with labels or a milestone instead",
            )

    # single tickets

    def fetch(self, ids: Sequence[str]) -> Iterator[Found | Moved | Gone | Hidden]:
        """Yield one answer for each id: found, moved out of scope, gone, or hidden.

        An id that nothing answers to is asked for once more by the address that its issue had, since GitHub redirects
        by that alone: a transferred issue lives on under another id there, a deleted one is called deleted.
        """
        readable: dict[int | None, bool] = {}
        nodes = list(self.issues(ids))
        self._recall([identifier for identifier, node in nodes if node is None])
        for identifier, node in nodes:
            if node is not None:
                ticket = self.ticket(node)
                is_same = ticket.ref.id == identifier and self.in_scope(ticket)
                yield Found(ticket=ticket) if is_same else Moved(id=identifier, ticket=ticket)
                continue
            if identifier in self._addresses:
                yield self._by_number(identifier, *self._addresses[identifier])
                continue
            where = repository_number(identifier)
            if where not in readable:
                readable[where] = self.repositories.is_readable(identifier)
            if readable[where]:
                yield Gone(id=identifier, cause="GitHub shows no such issue, and the place where it was can be read")
            else:
                yield Hidden(id=identifier, cause="GitHub shows no such issue, nor the place where it was")

    def _recall(self, ids: Sequence[str]) -> None:
        """Take up where ids lived that another run has read."""
        unknown = [identifier for identifier in ids if identifier not in self._addresses]
        for identifier, key in self._known_keys(unknown).items() if unknown else ():
            name, _, number = key.rpartition("#")
            if "/" in name and number.isdecimal():
                self._addresses[identifier] = (name, int(number))

    def _by_number(self, identifier: str, repository: str, number: int) -> Found | Moved | Gone | Hidden:
        try:
            row = self.client.value(self.client.get(f"repos/{repository}/issues/{number}"), doing="read an issue")
            home = self.repositories.home(repository_of(row) or repository)
        except GoneError as error:
            return Gone(id=identifier, cause=error.what)
        except HiddenError as error:
            return Hidden(id=identifier, cause=error.what)
        if is_pull_request(row):
            return Moved(id=identifier, ticket=ticket_of(row, self.lens, home, context=True))
        self.remember(row, home)
        ticket = self._whole_ticket(row, home)
        if ticket.ref.id == identifier and self.in_scope(ticket):
            return Found(ticket=ticket)
        return Moved(id=identifier, ticket=ticket)

    def _whole_ticket(self, row: Mapping[str, Any], home: Home) -> Ticket:
        """Return the ticket of a row with all that a list does not tell: parent, fields, our comment."""
        for _identifier, node in self.issues([str(row["node_id"])] if row.get("node_id") else []):
            if node is not None:
                return self.ticket(node)
        return ticket_of(row, self.lens, home)

    def issues(self, ids: Iterable[str]) -> Iterator[tuple[str, dict[str, Any] | None]]:
        """Yield (id, issue or None) for each id, with its fields."""
        wanted = list(dict.fromkeys(ids))
        return self.client.issues(wanted, comments=self._with_comments, fields=self.asked_fields())

    def ticket(self, node: Mapping[str, Any], *, context: bool = False) -> Ticket:
        """Return the ticket of a GraphQL issue, all its comments read as far as our mark."""
        row, home, parent, _first = row_of(node)
        self.repositories.note(home)
        self.remember(row, home)
        comments = self.comments.all_of(node) if self._with_comments else []
        fields = values_of(node, self.fields.of_repository(home.name))
        return ticket_of(row, self.lens, home, parent=parent, comments=comments, fields=fields, context=context)


class Pull:
    """What one pull remembers: which ids it gave out, which rows wait for their parent, how far it came."""

    def __init__(self, reader: Reader, *, known: Any) -> None:
        self.mark = Mark()
        self._reader = reader
        self._known = known
        self._seen: set[str] = set()
        self._by_number: dict[tuple[str, int], str] = {}
        self._waiting: list[tuple[dict[str, Any], Home, tuple[str, int]]] = []

    def has_news(self, rows: Rows, before: RepositoryMark) -> bool:
        """Return whether a page lists anything that the store does not hold."""
        return bool(self._news(rows, before))

    def _news(self, rows: Rows, before: RepositoryMark | None) -> list[dict[str, Any]]:
        issues = {identifier_of(row): row for row in rows if not is_pull_request(row)}
        known = self._known(tuple(issues)) if issues else {}
        fresh = before.fresh if before else {}
        return [
            row
            for identifier, row in issues.items()
            if identifier not in self._seen
            and (
                identifier not in known
                or known[identifier] < (instant(row.get("updated_at")) or known[identifier])
                or fresh.get(identifier, digest(row)) != digest(row)
            )
        ]

    def page(self, rows: Rows, home: Home, before: RepositoryMark | None = None) -> Page:
        """Return the tickets of a page that are new and whose parent is known; the others wait."""
        issues = [row for row in rows if not is_pull_request(row)]
        news = self._news(rows, before)
        for row in issues:
            identifier = identifier_of(row)
            self._seen.add(identifier)
            if isinstance(row.get("number"), int):
                self._by_number[home.name.casefold(), int(row["number"])] = identifier
            self._reader.remember(row, home)
        ready: list[tuple[dict[str, Any], Home, str | None]] = []
        for row in news:
            above = numbered(row.get("parent_issue_url"))
            if above is None or above in self._by_number:
                ready.append((row, home, self._by_number[above] if above else None))
            else:
                self._waiting.append((row, home, above))
        return Page(tuple(self._reader.tickets(ready)), seen=len(issues))

    def again(self, ids: Iterable[str]) -> Page:
        """Return the tickets in scope of these ids that this pull did not give out already."""
        unseen = [identifier for identifier in dict.fromkeys(ids) if identifier not in self._seen]
        self._seen.update(unseen)
        tickets = (self._reader.ticket(node) for _identifier, node in self._reader.issues(unseen) if node is not None)
        return Page(tuple(ticket for ticket in tickets if self._reader.in_scope(ticket)))

    def last_page(self) -> Page:
        """Return the last page: rows that waited, ancestors that nobody knows yet, and the cursor."""
        ready: list[tuple[dict[str, Any], Home, str | None]] = []
        parents: dict[str, str | None] = {}
        missing = [identifier_of(row) for row, _home, above in self._waiting if above not in self._by_number]
        for identifier, node in self._reader.client.issues(missing, comments=False):
            parents[identifier] = row_of(node)[2] if node else None
        for row, home, above in self._waiting:
            ready.append((row, home, self._by_number.get(above) or parents.get(identifier_of(row))))
        tickets = list(self._reader.tickets(ready))
        tickets += self._ancestors({parent for parent in parents.values() if parent})
        return Page(tuple(tickets), Cursor(self.mark.text()), complete=True)

    def _ancestors(self, wanted: Iterable[str]) -> Iterator[Ticket]:
        for _level in range(DEEPEST_HIERARCHY):
            unseen = sorted(set(wanted) - self._seen)
            known = self._known(tuple(unseen)) if unseen else {}
            unseen = [one for one in unseen if one not in known]
            if not unseen:
                return
            self._seen.update(unseen)
            above: set[str] = set()
            for _identifier, node in self._reader.issues(unseen):
                if node is None:
                    continue
                ticket = self._reader.ticket(node)
                if not self._reader.in_scope(ticket):
                    ticket = ticket.model_copy(update={"context": True})
                if ticket.parent:
                    above.add(ticket.parent)
                yield ticket
            wanted = above


class _Progress:
    """How far the read of one repository came."""

    def __init__(self, visibility: Visibility, before: RepositoryMark | None = None) -> None:
        self.visibility: Visibility = visibility
        self.started: datetime | None = None
        self.etag = ""
        self.since = ""
        self._before = before
        self._highest = before.moment if before else None
        self._fresh: dict[str, int] = {}

    def take(self, answer: Answer, rows: Rows, now: datetime) -> None:
        """Note a page; the mark is never later than the server's own time when the read began."""
        if self.started is None:
            self.started = min(answer.server_time or now, now) if answer.server_time else now
        for row in rows:
            moment = instant(row.get("updated_at"))
            if moment is None:
                continue
            if self._highest is None or moment > self._highest:
                self._highest = moment
            if moment >= self.started - SAME_INSTANT:
                self._fresh[identifier_of(row)] = digest(row)

    def mark(self) -> RepositoryMark:
        """Return how far it came."""
        started = self.started or datetime.min.replace(tzinfo=UTC)
        moment = min(self._highest, started) if self._highest else started
        if self._before:
            moment = max(moment, self._before.moment)
        return RepositoryMark(
            updated=moment.replace(microsecond=0).isoformat(),
            since=self.since,
            etag=self.etag,
            visibility=self.visibility,
            fresh=self._fresh,
        )
