"""Jira Cloud's bulk forms: one edit for many tickets, receipts a hundred at a time; polled until they are done.

The bulk forms are the optimistic way. Whatever they do not confirm ticket by
ticket is handed back as `again` and written singly, where Jira says what is
wrong with which field. All of it is safe to repeat.
"""

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import quote, urlsplit

from journeysync.connector import Place
from journeysync.http import Answer, Request
from journeysync.model.change import PROPERTY
from journeysync_jira.client import JiraClient
from journeysync_jira.pages import chunks
from journeysync_jira.payload import FieldType, TicketWrite, bulk_bodies, properties_body

MOST_ISSUES = 1_000
MOST_RECEIPTS = 100
MOST_TASKS = 3  # a site allows 5 bulk edits at a time, of all its users together
WORTH_FROM = 8  # tickets that get the same
FIRST_POLL_SECONDS = 0.1
LONGEST_POLL_SECONDS = 5.0
PATIENCE_SECONDS = 600.0
PATIENCE_WITH_AN_OLD_TASK_SECONDS = 60.0  # of a run that was cut off; what takes longer is asked for by the next run
_REFUSED = frozenset({303, 400, 403, 404, 405, 409, 413, 422})
_ENDED = frozenset({"COMPLETE", "FAILED", "CANCELLED", "DEAD"})


@dataclass(frozen=True)
class BulkResult:
    """What became of one ticket: done, to be tried again singly, or unknown since the task still runs."""

    write: TicketWrite
    state: Literal["done", "again", "unknown"]
    task: str | None = None


@dataclass
class _Edit:
    """Tickets that get the same, with the bodies still to send and what is known so far."""

    writes: list[TicketWrite]
    bodies: deque[dict[str, Any]]
    done: set[str] = field(default_factory=set)
    task: str | None = None
    begun_at: float = 0.0
    unknown: bool = False

    def results(self) -> Iterator[BulkResult]:
        for write in self.writes:
            if self.unknown:
                yield BulkResult(write, "unknown", self.task)
            else:
                yield BulkResult(write, "done" if write.id in self.done else "again", self.task)


class BulkForms:
    """The bulk forms of one connection. ``allowed`` turns False for good where Jira forbids them to the account."""

    def __init__(self, client: JiraClient, property_key: str, *, allowed: bool) -> None:
        self._client = client
        self._http = client.http
        self._property_key = property_key
        self.allowed = allowed

    # labels and fields

    def edit(self, groups: Iterable[Sequence[TicketWrite]], types: Mapping[str, FieldType]) -> Iterator[BulkResult]:
        """Give each group of tickets what its first one says; yield what became of each ticket."""
        edits = [
            _Edit(list(part), deque(bulk_bodies(part[0], [write.id for write in part], types)))
            for group in groups
            for part in (group[start : start + MOST_ISSUES] for start in range(0, len(group), MOST_ISSUES))
        ]
        for edit in edits:
            edit.done = {write.id for write in edit.writes}
        while waiting := [edit for edit in edits if edit.bodies]:
            self._wave(waiting)
        for edit in edits:
            yield from edit.results()

    def _wave(self, edits: Iterable[_Edit]) -> None:
        """Send one body of each edit, a few tasks at a time."""
        running: deque[_Edit] = deque()
        for edit in edits:
            if len(running) >= MOST_TASKS:
                self._settle(running.popleft())
            body = edit.bodies.popleft()
            request = Request("POST", f"{self._client.api}/bulk/issues/fields", body=body)
            edit.task = self._begin(request) if self.allowed else None
            self._tell(edit.task, [(write.id, slot) for write in edit.writes for slot in write.edit_slots])
            edit.begun_at = self._http.clock.monotonic()
            if edit.task is None:
                edit.done.clear()
                edit.bodies.clear()
            else:
                running.append(edit)
        for edit in running:
            self._settle(edit)

    def _settle(self, edit: _Edit) -> None:
        progress = self._progress(edit.task, edit.begun_at) if edit.task else {}
        if progress is None:
            edit.unknown = True
            edit.bodies.clear()
            return
        processed = {str(identifier) for identifier in progress.get("processedAccessibleIssues") or ()}
        failed = {str(identifier) for identifier in progress.get("failedAccessibleIssues") or ()}
        edit.done &= processed - failed
        if not edit.done:
            edit.bodies.clear()

    # receipts

    def store_receipts(self, writes: Sequence[TicketWrite]) -> Iterator[BulkResult]:
        """Store the receipt of each ticket, 100 in a request."""
        yield from self._receipts(writes, MOST_RECEIPTS, self._store_request)

    def drop_receipts(self, writes: Sequence[TicketWrite]) -> Iterator[BulkResult]:
        """Take the receipts of the tickets out, all in one request of 1,000."""
        yield from self._receipts(writes, MOST_ISSUES, self._drop_request)

    def _store_request(self, part: Sequence[TicketWrite]) -> Request:
        body = properties_body(((write.id, write.receipt) for write in part), self._property_key)
        return Request("POST", f"{self._client.api}/issue/properties/multi", body=body)

    def _drop_request(self, part: Sequence[TicketWrite]) -> Request:
        path = f"{self._client.api}/issue/properties/{quote(self._property_key, safe='')}"
        return Request("DELETE", path, body={"entityIds": [int(write.id) for write in part]})

    def _receipts(
        self, writes: Sequence[TicketWrite], size: int, request_of: Callable[[Sequence[TicketWrite]], Request]
    ) -> Iterator[BulkResult]:
        by_id = {write.id: write for write in writes}
        running: deque[tuple[list[TicketWrite], str | None, float]] = deque()
        for ids in chunks(by_id, size):
            if len(running) >= MOST_TASKS:
                yield from self._stored(*running.popleft())
            part = [by_id[identifier] for identifier in ids]
            task = self._begin(request_of(part)) if all(identifier.isdecimal() for identifier in ids) else None
            self._tell(task, [(write.id, PROPERTY) for write in part])
            running.append((part, task, self._http.clock.monotonic()))
        for entry in running:
            yield from self._stored(*entry)

    def _stored(self, part: list[TicketWrite], task: str | None, begun_at: float) -> Iterator[BulkResult]:
        progress = self._progress(task, begun_at) if task else {}
        if progress is None:
            yield from (BulkResult(write, "unknown", task) for write in part)
            return
        troubled = _named_in(progress.get("result")) if progress.get("status") == "COMPLETE" else None
        for write in part:
            done = troubled is not None and write.id not in troubled
            yield BulkResult(write, "done" if done else "again", task)

    # tasks

    def still_running(self, tasks: Collection[str]) -> frozenset[str]:
        """Return which tasks of an earlier process go on after a minute's patience with all of them."""
        begun_at = self._http.clock.monotonic() - PATIENCE_SECONDS + PATIENCE_WITH_AN_OLD_TASK_SECONDS
        known = [task for task in sorted(tasks) if task.startswith(f"{self._client.api}/")]
        return frozenset(task for task in known if self._progress(task, begun_at) is None)

    def _tell(self, task: str | None, places: Collection[Place]) -> None:
        """Tell of a task before it is waited for: Jira goes on with it whatever becomes of this process."""
        if task is not None and self._http.traffic.task_begun is not None:
            self._http.traffic.task_begun(task, places)

    def _begin(self, request: Request) -> str | None:
        """Send a bulk request; return the address of its task, None if Jira will not take it."""
        accept = frozenset({303})
        answer = self._http.send(
            Request(
                request.method,
                request.path,
                body=request.body,
                kind="write",
                idempotent=True,
                accept=accept,
                lane="bulk",
            )
        )
        if answer.ok and isinstance(answer.value, dict) and answer.value.get("taskId"):
            return f"{self._client.api}/bulk/queue/{quote(str(answer.value['taskId']), safe='')}"
        if answer.status == 303 or answer.ok:
            return self._task_path(answer)
        if answer.status == 403:
            self.allowed = False
        return None

    def _task_path(self, answer: Answer) -> str | None:
        """Return the address of a task below our own: the host that Jira names may be one for no token of ours."""
        location = answer.headers.get("location", "")
        task = urlsplit(location).path.rstrip("/").rpartition("/")[2]
        return f"{self._client.api}/task/{quote(task, safe='')}" if task else None

    def _progress(self, path: str, begun_at: float) -> Mapping[str, Any] | None:
        """Return the last word on a task, empty if Jira does not know it, None if it still runs when patience ends."""
        clock = self._http.clock
        wait = FIRST_POLL_SECONDS - (clock.monotonic() - begun_at)
        pause = FIRST_POLL_SECONDS
        while clock.monotonic() - begun_at < PATIENCE_SECONDS:
            if wait > 0:
                clock.sleep(wait)
            answer = self._http.send(Request("GET", path, lane="task"))
            value = answer.value if answer.ok and isinstance(answer.value, dict) else {}
            if not value or value.get("status") in _ENDED:
                return value
            wait = pause = min(pause * 1.6, LONGEST_POLL_SECONDS)
        return None


def _named_in(result: Any) -> frozenset[str]:
    """Return the ids that a task's result says something bad about; its shape is not promised, so look for errors."""
    if not isinstance(result, dict):
        return frozenset()
    found: set[str] = set()
    for name, value in result.items():
        if any(word in name.lower() for word in ("error", "fail")) and isinstance(value, dict | list):
            entries = value if isinstance(value, dict) else [_id_of(entry) for entry in value]
            found.update(str(entry) for entry in entries)
    return frozenset(found)


def _id_of(entry: Any) -> Any:
    if not isinstance(entry, dict):
        return entry
    return next((entry[name] for name in ("issueId", "issueID", "entityId", "id") if name in entry), "")
