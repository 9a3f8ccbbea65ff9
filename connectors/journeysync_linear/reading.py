"""How a backlog is read: everything in ranges side by side, what changed newest first, ids for a sweep, single tickets.

A quiet workspace costs one request. Lists begin with the newest change, so the cursor moves on only when the last page
was read. Projects and initiatives are tickets too, above the issues.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from journeysync.http import Answer
from journeysync.model.ticket import Ticket
from journeysync.model.tracker import Cursor, Found, Gone, Hidden, IdPage, Moved, Page
from journeysync_linear.attachments import our_attachment
from journeysync_linear.client import LinearClient
from journeysync_linear.documents import (
    ATTACHMENT_POINTS,
    ATTACHMENTS,
    FIRST_IDS,
    FIRST_POINTS,
    ID_INITIATIVES,
    ID_ISSUES,
    ID_POINTS,
    ID_PROJECTS,
    IN_SCOPE,
    INITIATIVE_POINTS,
    INITIATIVES_IN_SCOPE,
    ISSUE_POINTS,
    MORE_ATTACHMENTS,
    NAMED_PROJECTS,
    PROJECT_POINTS,
    PROJECTS_IN_SCOPE,
    TEAMS,
    changes_document,
    initiatives_document,
    issue_fields,
    issues_document,
    projects_document,
)
from journeysync_linear.labels import LabelBook
from journeysync_linear.mark import Mark
from journeysync_linear.options import Scope, together
from journeysync_linear.ranges import Range, Rows, SideBySide, rest_of
from journeysync_linear.translate import (
    Lens,
    initiative_ticket,
    instant,
    issue_ticket,
    label_ids,
    next_page,
    nodes_of,
    project_ticket,
    stamp,
)

DEEPEST_HIERARCHY = 12  # ten levels of issues, a project, initiatives
_KINDS = ("issues", "projects", "initiatives")


class Reader:
    """Reads the tickets of one connection."""

    def __init__(self, client: LinearClient, lens: Lens, scope: Scope, *, overlap_seconds: int) -> None:
        self.client = client
        self.lens = lens
        self.scope = scope
        self.labels = LabelBook(client, lens)
        self._overlap = timedelta(seconds=overlap_seconds)
        self._teams: set[str] = set()  # keys of teams whose tickets were read in this process
        self._fields = issue_fields(children=lens.are_parents_epics)
        self._issues = issues_document(self._fields)
        self._lists = {
            "issues": (self._issues, ISSUE_POINTS),
            "projects": (projects_document(), PROJECT_POINTS),
            "initiatives": (initiatives_document(), INITIATIVE_POINTS),
        }

    # pull

    def everything(self) -> Iterator[Page]:
        """Yield all tickets in scope and, on the last page, the ancestors that are not."""
        given = self._given({})
        data, answer = self.client.fitting(self._document(given, whole=True), FIRST_POINTS, given, lists=given)
        pull = Pull(self, known=lambda _ids: {}, started=self._time_of(answer), is_whole=True)
        self.labels.read(data.get("issueLabels"))
        yield pull.page(**{name: nodes_of(data.get(name)) for name in given})
        for rows in self._rest(data, self._issues, ISSUE_POINTS):
            yield pull.page(issues=rows)
        yield from self._more(pull, data, {name: each for name, each in given.items() if name != "issues"})
        yield pull.last_page(None)

    def changed(self, since: Cursor, mark: Mark) -> Iterator[Page]:
        """Yield the tickets that changed since the mark, with ancestors that the store does not know."""
        given = self._given({"updatedAt": {"gte": stamp(mark.moment - self._overlap)}})
        data, answer = self.client.fitting(self._document(given, whole=False), FIRST_POINTS, given, lists=given)
        pull = Pull(self, known=since.known, started=self._time_of(answer))
        yield pull.page(**{name: nodes_of(data.get(name)) for name in given})
        yield from self._more(pull, data, given)
        yield pull.last_page(mark)

    def _given(self, bound: Mapping[str, Any]) -> dict[str, Any]:
        """Return the filters of the scope by what they are for, each with a bound."""
        scopes = {"issues": self.scope.issues, "projects": self.scope.containers, "initiatives": self.scope.initiatives}
        return {name: together(each, bound) for name, each in scopes.items() if each is not None}

    def _document(self, given: Mapping[str, Any], *, whole: bool) -> str:
        has_both = {name: name in given for name in ("projects", "initiatives")}
        return changes_document(self._fields, **has_both, whole=whole)

    def _rest(self, first: Mapping[str, Any], document: str, points: float) -> Iterator[Rows]:
        """Yield the issues behind a first page by creation, ranges of them side by side."""
        rows = nodes_of(first.get("issues"))
        if not rows or next_page(first.get("issues")) is None:
            return
        ends = [instant(node.get("createdAt")) for node in (rows[0], rows[-1], *nodes_of(first.get("edge")))]
        known = [each for each in ends if each is not None]
        parts = rest_of(*known, at_most=self.client.in_flight) if len(known) == 3 else []
        if not parts:  # in time order it makes no sense: then by the list's own cursor, one page after the other
            parts = [Range(after=next_page(first.get("issues")))]
        yield from SideBySide(self.client, document, points, self.scope.issues).rows(parts)

    def _more(self, pull: "Pull", first: Mapping[str, Any], given: Mapping[str, Any]) -> Iterator[Page]:
        """Yield what follows the first pages of a document, list by list."""
        for name, filtered in given.items():
            after = next_page(first.get(name))
            if after is None:
                continue
            document, points = self._lists[name]
            # Newest change first where the first page was that too; by creation for a whole read.
            variables = {"filter": filtered, "by": "createdAt" if pull.is_whole else "updatedAt"}
            for connection, _answer in self.client.pages(document, name, points, variables, after=after):
                yield pull.page(**{name: nodes_of(connection)})

    def _containers(self) -> Iterator[tuple[str, dict[str, Any]]]:
        return ((name, given) for name, given in self._given({}).items() if name != "issues")

    def _time_of(self, answer: Answer) -> datetime:
        return answer.server_time or self.client.http.clock.now()

    # sweep

    def sweep(self) -> Iterator[IdPage]:
        """Yield id and change time of every ticket in scope; an id is there once."""
        seen: set[str] = set()
        data, _answer = self.client.fitting(FIRST_IDS, ID_POINTS, {"issues": self.scope.issues}, lists=("issues",))
        yield _ids(nodes_of(data.get("issues")), seen)
        for rows in self._rest(data, ID_ISSUES, ID_POINTS):
            yield _ids(rows, seen)
        for name, given in self._containers():
            document = ID_PROJECTS if name == "projects" else ID_INITIATIVES
            for connection, _ in self.client.pages(document, name, ID_POINTS, {"filter": given}):
                yield _ids(nodes_of(connection), seen)
        yield IdPage((), complete=True)

    # single tickets

    def fetch(self, ids: Sequence[str]) -> Iterator[Found | Moved | Gone | Hidden]:
        """Yield one answer for each id: found, moved out of scope, gone, or hidden."""
        wanted = list(dict.fromkeys(ids))
        found = self.tickets(wanted)
        here = self.in_scope(list(found))
        missing = [each for each in wanted if each not in found]
        hidden_by = self.unreadable() if missing else ""
        for identifier in wanted:
            ticket = found.get(identifier)
            if ticket is not None and identifier in here:
                yield Found(ticket=ticket)
            elif ticket is not None:
                yield Moved(id=identifier, ticket=ticket)
            elif hidden_by:
                yield Hidden(id=identifier, cause=f"Linear shows no such ticket, nor {hidden_by}")
            else:
                yield Gone(id=identifier, cause="Linear shows no such ticket, and all that is in scope can be read")

    def tickets(self, ids: Sequence[str]) -> dict[str, Ticket]:
        """Return the tickets that Linear shows for ids, always fresh: issues, then what is left as containers."""
        found = {str(node.get("id")): node for node in self.issues(ids)}
        self.labels.know(each for node in found.values() for each in label_ids(node))
        made = {each: issue_ticket(node, self.lens) for each, node in found.items()}
        left = [each for each in ids if each not in made]
        for name in ("projects", "initiatives"):
            for node in self._by_ids(name, left):
                ticket = self.ticket(name, node)
                made[ticket.ref.id] = ticket
            left = [each for each in left if each not in made]
        return made

    def issues(self, ids: Sequence[str]) -> list[dict[str, Any]]:
        """Return issues by id, with all attachments that may be ours; what is not shown is left out."""
        rows = self._by_ids("issues", ids)
        self.complete(rows)
        return rows

    def _by_ids(self, name: str, ids: Sequence[str]) -> Rows:
        rows: Rows = []
        document, points = self._lists[name]
        size = self.client.rows(points)
        for start in range(0, len(ids), size):
            variables = {"filter": {"id": {"in": list(ids[start : start + size])}}}
            for connection, _answer in self.client.pages(document, name, points, variables):
                rows += nodes_of(connection)
        return rows

    def ticket(self, name: str, node: Mapping[str, Any]) -> Ticket:
        """Return the ticket of a node; ``name`` is issues, projects or initiatives."""
        if name == "projects":
            return project_ticket(node, self.lens, self.scope.teams)
        return initiative_ticket(node, self.lens) if name == "initiatives" else issue_ticket(node, self.lens)

    def note_team(self, key: str) -> None:
        """Note a team whose tickets are in scope."""
        self._teams.add(key)

    def in_scope(self, ids: Sequence[str]) -> set[str]:
        """Return which of some tickets that are there are in scope, by asking with the scope's own filter."""
        found: set[str] = set()
        size = self.client.rows(ID_POINTS)
        asked = [("issues", IN_SCOPE, self.scope.issues)]
        documents = {"projects": PROJECTS_IN_SCOPE, "initiatives": INITIATIVES_IN_SCOPE}
        asked += [(name, documents[name], given) for name, given in self._containers()]
        for start in range(0, len(ids), size):
            part = list(ids[start : start + size])
            for name, document, given in asked:
                left = [each for each in part if each not in found]
                if not left:
                    break
                variables = {name: together(given, {"id": {"in": left}})}
                connection, _answer = self.client.page(document, name, ID_POINTS, variables)
                found.update(str(node.get("id")) for node in nodes_of(connection))
        return found

    def unreadable(self) -> str:
        """Return which part of the scope cannot be read right now, in words; empty if all of it can.

        Linear answers alike for what is gone and for what is hidden, so the place where a ticket was has to tell.
        """
        if keys := tuple(dict.fromkeys((*self.scope.team_keys, *sorted(self._teams)))):
            data, _answer = self.client.read(TEAMS, {"filter": {"key": {"in": list(keys)}}})
            shown = {str(node.get("key")) for node in nodes_of(data.get("teams"))}
            if lost := [key for key in keys if key not in shown]:
                return f"the team {', '.join(lost)}"
        if self.scope.projects:
            data, _answer = self.client.read(NAMED_PROJECTS, {"filter": self.scope.containers})
            shown = {str(node.get(name)) for node in nodes_of(data.get("projects")) for name in ("id", "name")}
            if lost := [each for each in self.scope.projects if each not in shown]:
                return f"the project {', '.join(lost)}"
        return ""

    # attachments

    def complete(self, rows: Sequence[dict[str, Any]]) -> None:
        """Read on where an issue has more attachments than a list shows, and none of ours among them."""
        open_rows = {
            str(row.get("id")): row
            for row in rows
            if ((row.get("attachments") or {}).get("pageInfo") or {}).get("hasNextPage")
            and our_attachment(nodes_of(row.get("attachments")), self.lens.workspace) is None
        }
        ids, size = list(open_rows), self.client.rows(ATTACHMENT_POINTS)
        for start in range(0, len(ids), size):
            part = ids[start : start + size]
            variables = {"filter": {"id": {"in": part}}}
            connection, _answer = self.client.page(ATTACHMENTS, "issues", ATTACHMENT_POINTS, variables)
            for node in nodes_of(connection):
                row = open_rows[str(node.get("id"))]
                row["attachments"] = {"nodes": self._all_attachments(node)}

    def _all_attachments(self, node: Mapping[str, Any]) -> Rows:
        found = nodes_of(node.get("attachments"))
        after = next_page(node.get("attachments"))
        while after is not None and our_attachment(found, self.lens.workspace) is None:
            data, _answer = self.client.read(MORE_ATTACHMENTS, {"id": node.get("id"), "after": after})
            connection = (data.get("issue") or {}).get("attachments")
            found += nodes_of(connection)
            before, after = after, next_page(connection)
            if after == before:
                break
        return found


class Pull:
    """What one pull remembers: which ids it gave out, which parents were named, how far it came."""

    def __init__(self, reader: Reader, *, known: Any, started: datetime, is_whole: bool = False) -> None:
        self.is_whole = is_whole
        self._reader = reader
        self._known = known
        self._started = started
        self._seen: set[str] = set()
        self._parents: set[str] = set()
        self._highest: datetime | None = None

    def page(self, issues: Rows = (), projects: Rows = (), initiatives: Rows = ()) -> Page:  # type: ignore[assignment]  # empty is empty
        """Return the tickets among some rows that the store does not hold as they are."""
        rows = {"issues": issues, "projects": projects, "initiatives": initiatives}
        news = {name: self._news(each) for name, each in rows.items()}
        tickets = list(self._tickets(news))
        self._parents.update(ticket.parent for ticket in tickets if ticket.parent)
        return Page(tuple(tickets), seen=sum(len(each) for each in rows.values()))

    def _news(self, rows: Sequence[dict[str, Any]]) -> Rows:
        fresh: Rows = []
        known = self._known([str(row.get("id")) for row in rows]) if rows else {}
        for row in rows:
            identifier, changed = str(row.get("id")), instant(row.get("updatedAt"))
            if changed is not None and (self._highest is None or changed > self._highest):
                self._highest = changed
            if identifier in self._seen:
                continue
            self._seen.add(identifier)
            if identifier not in known or changed is None or known[identifier] < changed:
                fresh.append(row)
        return fresh

    def _tickets(self, news: Mapping[str, Rows]) -> Iterator[Ticket]:
        reader, issues = self._reader, news["issues"]
        reader.complete(issues)
        named = {each for row in issues for each in label_ids(row)}
        if not named <= reader.lens.labels.keys():
            reader.labels.know(named)
        for name in _KINDS:
            for row in news[name]:
                ticket = reader.ticket(name, row)
                if name == "issues":
                    reader.note_team(ticket.project)
                yield ticket

    def last_page(self, before: Mark | None) -> Page:
        """Return the last page: ancestors that nobody knows yet, and the cursor."""
        moment = min(self._highest, self._started) if self._highest else self._started
        if before is not None:
            moment = max(moment, before.moment) if self._highest else before.moment
        cursor = Cursor(Mark(stamp(moment).replace("Z", "+00:00")).text())
        return Page(tuple(self._ancestors()), cursor, complete=True)

    def _ancestors(self) -> Iterator[Ticket]:
        wanted: Iterable[str] = self._parents
        for _level in range(DEEPEST_HIERARCHY):
            unseen = sorted(set(wanted) - self._seen)
            known = self._known(unseen) if unseen else {}
            unseen = [one for one in unseen if one not in known]
            if not unseen:
                return
            self._seen.update(unseen)
            tickets = self._reader.tickets(unseen)
            here = self._reader.in_scope(list(tickets))
            for identifier, ticket in sorted(tickets.items()):
                yield ticket if identifier in here else ticket.model_copy(update={"context": True})
            wanted = [ticket.parent for ticket in tickets.values() if ticket.parent]


def _ids(rows: Iterable[Mapping[str, Any]], seen: set[str]) -> IdPage:
    found: list[tuple[str, datetime]] = []
    for row in rows:
        identifier = str(row.get("id"))
        if identifier not in seen:
            seen.add(identifier)
            moment = instant(row.get("updatedAt")) or datetime(1970, 1, 1, tzinfo=UTC)
            found.append((identifier, moment))
    return IdPage(tuple(found))
