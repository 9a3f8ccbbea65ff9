"""How a backlog on Data Center is read: full rows by search, epics by their link field, receipts one by one.

Its search has no issue properties, so receipts cost a request a ticket. They are
read where one is to be expected: a label of ours, a value in a field of ours, or
few tickets altogether. A ticket that is observed always comes with its receipt.
"""

from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from journeysync.connector import Traffic
from journeysync.errors import ConfigError
from journeysync.model.ticket import Ticket
from journeysync.model.tracker import Cursor, Found, Gone, Hidden, Moved, Page
from journeysync_jira.client import SearchPage
from journeysync_jira.options import Scope
from journeysync_jira.reading import CHANGED_ORDER, WHOLE_ORDER, Mark, Pull, Reader
from journeysync_jira.server import ServerClient
from journeysync_jira.translate import EpicFields, Lens, above_of, epic_fields

FEW = 20  # changed tickets whose receipts are all read, whatever they show


class ServerReader(Reader):
    """Reads the tickets of one connection to Data Center.

    Args:
        client: Its requests.
        lens: What is known beforehand; the fields of the hierarchy are added when they are known.
        scope: What is ours to read.
        traffic: Counters.
        overlap_minutes: How far before the last change an incremental read begins.
        label_namespace: What our labels begin with.
        all_receipts: Read the receipt of every ticket.
    """

    def __init__(
        self,
        client: ServerClient,
        lens: Lens,
        scope: Scope,
        traffic: Traffic,
        *,
        overlap_minutes: int,
        label_namespace: str,
        all_receipts: bool,
    ) -> None:
        super().__init__(client, replace(lens, is_wiki=True), scope, traffic, overlap_minutes=overlap_minutes)
        self._server = client
        self._namespace = label_namespace
        self._all_receipts = all_receipts
        self._ids: dict[str, str | None] = {}  # of epics and parents, by key

    # what is known of the hierarchy

    def _learn(self, mark: Mark | None = None) -> EpicFields:
        if self._lens.epics is None:
            known = EpicFields(mark.above, mark.epic_name) if mark and mark.learned else None
            self._lens = replace(self._lens, epics=known or epic_fields(self._server.fields()))
        assert self._lens.epics is not None  # noqa: S101 - set above
        return self._lens.epics

    def mark(self, moment: Any) -> Mark:
        """Return the position for a change time, with what the next read need not ask for."""
        mark = super().mark(moment)
        epics = self._learn()
        mark.above, mark.epic_name, mark.learned = epics.above, epics.name, True
        return mark

    def _learn_epics(self) -> None:
        """Note the ids of all epics in scope, so that their children need not ask one by one."""
        epics = self._learn()
        number = epics.name.partition("_")[2]
        if not (epics.above and number):
            return
        query = f"{self._scope.clause} AND cf[{number}] is not EMPTY {WHOLE_ORDER}"
        for page in self._server.search(query, ("id",)):
            self._ids.update((str(row.get("key")), str(row.get("id"))) for row in page.rows)

    def _resolve(self, rows: Iterable[Mapping[str, Any]]) -> None:
        """Find out the ids of epics and parents that rows name by key."""
        epics = self._learn()
        named = dict.fromkeys(key for row in rows if (key := above_of(row, epics)) and key not in self._ids)
        for key, identifier in self._server.ids_of(named):
            self._ids[key] = identifier

    def ticket(self, row: Mapping[str, Any], *, context: bool = False) -> Ticket:
        """Return the ticket of a row; its epic is its parent."""
        ticket = super().ticket(row, context=context)
        epics = self._learn()
        key = above_of(row, epics) if ticket.parent is None else None
        if key is None:
            return ticket
        if key not in self._ids:
            self._resolve([row])
        return ticket.model_copy(update={"parent": self._ids[key]}) if self._ids.get(key) else ticket

    # pull

    def changed(self, since: Cursor, mark: Mark) -> Iterator[Page]:
        """Yield the tickets that changed since the mark, with ancestors that the store does not know."""
        self._learn(mark)
        yield from super().changed(since, mark)

    def _whole(self, pull: Pull) -> Iterator[list[dict[str, Any]]]:
        self._learn_epics()
        query = f"{self._scope.clause} {WHOLE_ORDER}"
        for number, page in enumerate(self._server.search(query, self._lens.wanted_fields)):
            if number == 0:
                pull.began(page)
            new = set(pull.new_ids(str(row.get("id")) for row in page.rows))
            yield self._whole_rows([row for row in page.rows if str(row.get("id")) in new], all_of_them=False)

    def _since(self, minutes: int) -> Generator[SearchPage, None, None]:
        jql = f"{self._scope.clause} AND updated >= -{minutes}m {CHANGED_ORDER}"
        return self._server.search(jql, self._lens.wanted_fields)

    def _changed_rows(
        self, pull: Pull, first: SearchPage, pages: Iterator[SearchPage]
    ) -> Iterator[list[dict[str, Any]]]:
        for page in _with(first, pages):
            new = set(pull.unknown(page))
            rows = [row for row in page.rows if str(row.get("id")) in new]
            yield self._whole_rows(rows, all_of_them=len(rows) <= FEW)

    def _whole_rows(self, rows: list[dict[str, Any]], *, all_of_them: bool) -> list[dict[str, Any]]:
        """Return rows of a search with what a search leaves out: receipts, and the ids of epics."""
        self._resolve(rows)
        ours = [row for row in rows if all_of_them or self._all_receipts or self._shows_ours(row)]
        found = self._server.fetch(
            (str(row["id"]) for row in ours), ("updated",), properties=(self._lens.property_key,)
        )
        properties = {str(row["id"]): row.get("properties") for fetched in found for row in fetched}
        for row in ours:
            row["properties"] = properties.get(str(row["id"]))
        return rows

    def _shows_ours(self, row: Mapping[str, Any]) -> bool:
        fields = row.get("fields")
        if not isinstance(fields, dict):
            return False
        labels = fields.get("labels")
        by_label = isinstance(labels, list) and any(str(label).startswith(self._namespace) for label in labels)
        return by_label or any(fields.get(name) is not None for name in self._lens.fields)

    def rows(self, ids: Iterable[str], more: tuple[str, ...] = ()) -> Iterator[list[dict[str, Any]]]:
        """Yield full issues by id, fresh and with their receipts, in lists."""
        self._learn()
        for rows in super().rows(ids, more):
            self._resolve(rows)
            yield rows

    # single tickets

    def fetch(self, ids: Sequence[str]) -> Iterator[Found | Moved | Gone | Hidden]:
        """Yield one answer for each id: found, moved out of scope, gone, or hidden."""
        self._learn()
        yield from super().fetch(ids)

    def _in_scope(self, tickets: Iterable[Ticket]) -> frozenset[str]:
        """Return the ids of those that are in scope; a search here fails whole for one id that is gone meanwhile."""
        tickets = list(tickets)
        try:
            return super()._in_scope(tickets)
        except ConfigError:
            if len(tickets) <= 1:
                return frozenset()
        half = len(tickets) // 2
        return self._in_scope(tickets[:half]) | self._in_scope(tickets[half:])


def _with(first: SearchPage, rest: Iterator[SearchPage]) -> Iterator[SearchPage]:
    yield first
    yield from rest
