"""How changes reach Jira in as few requests as it allows, with one outcome for each.

Tickets that get the same labels and fields share a bulk edit where that saves
requests; their receipts follow a hundred at a time. All others get one PUT each
with labels, fields and receipt together. Remote links are one request each; Jira
has no bulk form for them.
"""

from collections import defaultdict
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal
from urllib.parse import quote

from journeysync.errors import ConnectorError, Hidden, Unavailable
from journeysync.http import Answer, Request
from journeysync.model.change import LINK, PROPERTY, Outcome, Result, Slot, TicketChanges, slot_kind, slot_name
from journeysync_jira.bulk import MOST_RECEIPTS, WORTH_FROM, BulkForms, BulkResult
from journeysync_jira.client import JiraClient
from journeysync_jira.fieldtypes import FieldTypes
from journeysync_jira.payload import (
    FieldType,
    TicketWrite,
    can_be_bulk,
    honest_receipt,
    link_body,
    put_body,
    sorted_changes,
)
from journeysync_jira.refusals import IssueBusy, Refusal, refusal_of
from journeysync_jira.texts import TextWriter

MOST_OUTAGES = 3  # tickets in a row whose request got no answer: then it is the tracker, not the ticket
MOST_ROUNDS = 4


@dataclass(frozen=True)
class Job:
    """One request for one ticket. ``receipt`` stands alone where an edit does not carry it (Data Center)."""

    write: TicketWrite
    verb: Literal["put", "receipt", "drop", "link", "unlink"]
    without: frozenset[Slot] = frozenset()
    tries: int = 1

    @property
    def slots(self) -> tuple[Slot, ...]:
        """Return what the request writes."""
        if self.verb == "put":
            return tuple(slot for slot in self.write.put_slots if slot not in self.without)
        return (PROPERTY,) if self.verb in ("drop", "receipt") else (LINK,)

    def outcomes(self, result: Result, *, cause: str = "", next_step: str = "", retry: bool = False) -> list[Outcome]:
        """Return an outcome for each slot."""
        return [
            Outcome(
                ticket=self.write.changes.ticket,
                slot=slot,
                result=result,
                cause=cause,
                next_step=next_step,
                retry=retry,
            )
            for slot in self.slots
        ]


class Writer:
    """Writes the changes of one connection."""

    def __init__(
        self,
        client: JiraClient,
        texts: TextWriter,
        types: FieldTypes,
        bulk: BulkForms,
        *,
        property_key: str,
        global_id: str,
    ) -> None:
        self._client = client
        self.texts = texts
        self._types = types
        self._bulk = bulk
        self._property_key = property_key
        self._property_path = quote(property_key, safe="")
        self._global_id = global_id

    def write(self, changes: Sequence[TicketChanges]) -> Iterator[Outcome]:
        """Write everything; yield an outcome for each change, as they come."""
        writes = yield from self.texts_first([sorted_changes(one) for one in changes if one.changes])
        names = {name for write in writes for name, _value in write.fields}
        types = self._types.of(names) if names else {}
        jobs: list[Job] = []
        yield from self._in_bulk(writes, types, jobs)
        yield from self._drop_in_bulk(writes, jobs)
        jobs += [Job(write, "link") for write in writes if write.link is not None]
        jobs += [Job(write, "unlink") for write in writes if write.drop_link]
        yield from self._singly(jobs, types)

    def texts_first(self, writes: Sequence[TicketWrite]) -> Generator[Outcome, None, list[TicketWrite]]:
        """Write our words; return what is left, with receipts that do not claim a text that could not be written."""
        failed: dict[str, dict[Slot, Outcome]] = {}
        for outcome in self.texts.write([write for write in writes if write.texts]):
            if outcome.result not in (Result.WRITTEN, Result.UNCHANGED):
                failed.setdefault(outcome.ticket.id, {})[outcome.slot] = outcome
            yield outcome
        left: list[TicketWrite] = []
        for write in writes:
            bad = failed.get(write.id, {})
            job = Job(replace(write, adds=(), removes=(), fields=()), "put", without=frozenset(bad))
            if bad and write.receipt is not None and is_hollow(job):
                yield next(iter(bad.values())).model_copy(update={"slot": PROPERTY})
                left.append(replace(write, receipt=None))
            else:
                left.append(replace(write, receipt=honest_receipt(write.receipt, bad)))
        return left

    # in bulk

    def _in_bulk(
        self, writes: Sequence[TicketWrite], types: Mapping[str, FieldType], jobs: list[Job]
    ) -> Iterator[Outcome]:
        """Write what is worth a bulk form; append a job for each ticket that is not, or that it did not confirm."""
        groups, alone = divided(writes, types, worth_from=WORTH_FROM if self._bulk.allowed else None)
        receipts: list[TicketWrite] = []
        for result in self._bulk.edit(groups, types):
            if result.state == "again":
                alone.append(result.write)
                continue
            slots = result.write.edit_slots if result.state == "done" else result.write.put_slots
            yield from _bulk_outcomes(result, slots)
            if result.state == "done" and result.write.receipt is not None:
                receipts.append(_receipt_only(result.write))
        receipts += [write for write in alone if write.put_slots == (PROPERTY,)]
        alone = [write for write in alone if write.put_slots != (PROPERTY,)]
        if self._bulk.allowed and len(receipts) >= WORTH_FROM:
            for result in self._bulk.store_receipts(receipts):
                if result.state == "again":
                    alone.append(result.write)
                else:
                    yield from _bulk_outcomes(result, (PROPERTY,))
        else:
            alone += receipts
        jobs += [Job(write, "put") for write in alone if write.put_slots]

    def _drop_in_bulk(self, writes: Sequence[TicketWrite], jobs: list[Job]) -> Iterator[Outcome]:
        dropping = [write for write in writes if write.drop_receipt]
        if self._bulk.allowed and len(dropping) >= WORTH_FROM:
            for result in self._bulk.drop_receipts(dropping):
                if result.state == "again":
                    jobs.append(Job(result.write, "drop"))
                else:
                    yield from _bulk_outcomes(result, (PROPERTY,))
        else:
            jobs += [Job(write, "drop") for write in dropping]

    # one by one

    def _singly(self, jobs: Sequence[Job], types: Mapping[str, FieldType]) -> Iterator[Outcome]:
        """Send the jobs in a window; jobs that deserve another try are sent again after the others."""
        waiting = list(jobs)
        for _round in range(MOST_ROUNDS):
            again: list[Job] = []
            yield from self._one_round(waiting, types, again)
            waiting = again
            if not waiting:
                return
        for job in waiting:
            yield from job.outcomes(Result.FAILED, cause="Jira kept refusing it", next_step="run it again", retry=True)

    def _one_round(self, jobs: Sequence[Job], types: Mapping[str, FieldType], again: list[Job]) -> Iterator[Outcome]:
        stop: list[ConnectorError] = []
        silent: list[tuple[Job, ConnectorError]] = []
        answered = 0
        requests = (self._request(job, types) for job in _until(jobs, stop))
        for request, result in self._client.http.results(requests):
            job: Job = request.tag
            if isinstance(result, Unavailable):
                silent.append((job, result))
                if len(silent) >= MOST_OUTAGES:
                    stop.append(result)
            elif isinstance(result, IssueBusy):
                yield from self._busy(job, again)
            elif isinstance(result, ConnectorError):
                stop.append(result)
            else:
                answered += 1
                yield from self._answered(job, result, again, types)
        if stop or (silent and not answered):
            raise (stop or [silent[-1][1]])[0]
        for job, error in silent:
            yield from job.outcomes(
                Result.UNKNOWN, cause=error.what, next_step="the next run reads the ticket and settles it", retry=True
            )

    def _request(self, job: Job, types: Mapping[str, FieldType]) -> Request:
        issue = f"{self._client.api}/issue/{quote(job.write.id, safe='')}"
        if job.verb == "put":
            body = put_body(job.write, types, self._property_key, without=job.without)
            return Request("PUT", issue, {"notifyUsers": "false"}, body, lane="edit", tag=job)
        if job.verb == "drop":
            return Request("DELETE", f"{issue}/properties/{self._property_path}", lane="property", tag=job)
        if job.verb == "link":
            body = link_body(job.write.link, self._global_id)  # its globalId makes a repetition harmless
            return Request("POST", f"{issue}/remotelink", body=body, idempotent=True, lane="remotelink", tag=job)
        return Request("DELETE", f"{issue}/remotelink", {"globalId": self._global_id}, lane="remotelink", tag=job)

    def _busy(self, job: Job, again: list[Job]) -> Iterator[Outcome]:
        if job.tries == 1:
            again.append(replace(job, tries=2))
            return
        yield from job.outcomes(
            Result.FAILED, cause="Jira allows no more writes to this ticket now", next_step="run it again", retry=True
        )

    def _answered(
        self, job: Job, answer: Answer, again: list[Job], types: Mapping[str, FieldType]
    ) -> Iterator[Outcome]:
        if answer.ok:
            yield from job.outcomes(Result.WRITTEN)
        elif answer.status == 404 and job.verb in ("drop", "unlink"):
            yield from self._absent(job, answer, again, types)
        elif answer.status == 409 and job.tries == 1:
            again.append(replace(job, tries=2))
        else:
            yield from self._refused(job, answer.status, refusal_of(answer.value), again, types)

    def _absent(self, job: Job, answer: Answer, again: list[Job], types: Mapping[str, FieldType]) -> Iterator[Outcome]:
        """Judge a 404 on taking something out: Jira says the same of a ticket that it no longer shows us."""
        if job.verb == "drop":
            still_there = self._may_hold_receipt(job.write.id)
        else:
            still_there = self._client.holds_link(job.write.id, self._global_id) is not False
        if still_there:
            yield from self._refused(job, answer.status, refusal_of(answer.value), again, types)
        else:
            yield from job.outcomes(Result.UNCHANGED)

    def _may_hold_receipt(self, identifier: str) -> bool:
        try:
            row = self._client.issue(identifier, ("id",), properties=(self._property_key,))
        except Hidden:
            return True
        return row is None or self._property_key in (row.get("properties") or {})

    def _refused(
        self, job: Job, status: int, refusal: Refusal, again: list[Job], types: Mapping[str, FieldType]
    ) -> Iterator[Outcome]:
        bad = offending_slots(job.slots, refusal, self._property_key) if status == 400 else {}
        rest = replace(job, without=job.without | frozenset(bad))
        if bad and job.verb == "put" and rest.slots and not is_hollow(rest):
            again.append(rest)
            job = replace(job, without=job.without | (frozenset(job.slots) - frozenset(bad)))
        words = self._client.http.say(refusal.words)
        key = job.write.changes.key
        for outcome in job.outcomes(Result.FAILED, cause=words or f"Jira answered {status}", retry=status == 409):
            said = self._client.http.say(bad.get(outcome.slot, "")) or outcome.cause
            step = next_step(status, outcome.slot, key=key, said=said, types=types, verb=job.verb)
            yield outcome.model_copy(update={"cause": said, "next_step": step})


def divided(
    writes: Iterable[TicketWrite], types: Mapping[str, FieldType], *, worth_from: int | None
) -> tuple[list[list[TicketWrite]], list[TicketWrite]]:
    """Return (groups for bulk edits, tickets to write alone); ``worth_from`` None allows no bulk at all.

    A group must be large enough, and all groups with their receipts must cost clearly
    fewer requests than one PUT a ticket; each task costs about two, its own and a poll.
    """
    by_edit: dict[Any, list[TicketWrite]] = defaultdict(list)
    alone: list[TicketWrite] = []
    for write in writes:
        if worth_from is not None and can_be_bulk(write, types):
            by_edit[write.edit_key].append(write)
        else:
            alone.append(write)
    groups = [group for group in by_edit.values() if worth_from is not None and len(group) >= worth_from]
    alone += [write for group in by_edit.values() if len(group) < (worth_from or 0) for write in group]
    tickets = sum(map(len, groups))
    receipts = sum(write.receipt is not None for group in groups for write in group)
    tasks = sum(1 + bool(group[0].adds or group[0].fields) * bool(group[0].removes) for group in groups)
    tasks += -(-receipts // MOST_RECEIPTS)
    if 3 * tasks > tickets:
        return [], [*alone, *(write for group in groups for write in group)]
    return groups, alone


def offending_slots(slots: Iterable[Slot], refusal: Refusal, property_key: str) -> dict[Slot, str]:
    """Return which of the slots a refusal is about, with its words; empty if it is about the whole ticket."""
    errors = dict(refusal.by_field)
    bad: dict[Slot, str] = {}
    for slot in slots:
        kind, name = slot_kind(slot), slot_name(slot)
        if kind == "field" and name in errors:
            bad[slot] = errors[name]
        elif kind == "label" and "labels" in errors:
            bad[slot] = errors["labels"]
        elif kind == "property":
            words = errors.get("properties") or errors.get(property_key)
            if words:
                bad[slot] = words
    named = {slot: text for slot, text in bad.items() if slot_kind(slot) != "label" or f"'{slot_name(slot)}'" in text}
    some_label = any(slot_kind(slot) == "label" for slot in named)
    return named if some_label else bad


def next_step(status: int, slot: Slot, *, key: str, said: str, types: Mapping[str, FieldType], verb: str) -> str:
    """Return what a person can do about a refusal."""
    project = key.rpartition("-")[0] or "its project"
    if status == 400 and slot_kind(slot) == "field":
        shown = f"{types.get(slot_name(slot), FieldType()).shown} ({slot_name(slot)})"
        if "cannot be set" in said or "screen" in said:
            return (
                f"ask a Jira administrator to add {shown} to the field configuration and the screens of project "
                f"{project}, or place the value elsewhere"
            )
        return f"check that {shown} takes such a value, or place it elsewhere"
    if status == 403:
        right = "Link issues" if verb in ("link", "unlink") else "Edit issues"
        return f"ask an administrator to give the account '{right}' in project {project}"
    if status == 404:
        return "it is gone, moved or hidden: the next pull finds out"
    if status == 409:
        return "somebody changed it at the same moment: run it again"
    if slot_kind(slot) == "label":
        return "choose another label namespace or id"
    return "correct it in Jira, or exclude the ticket with the label journey.ignore"


def is_hollow(job: Job) -> bool:
    """Return whether only a receipt is left that would claim nothing."""
    if job.slots != (PROPERTY,):
        return False
    receipt = honest_receipt(job.write.receipt, job.without)
    return bool(job.without) and isinstance(receipt, dict) and not receipt.get("slots")


def _receipt_only(write: TicketWrite) -> TicketWrite:
    return replace(write, adds=(), removes=(), fields=())


def _bulk_outcomes(result: BulkResult, slots: Iterable[Slot]) -> Iterator[Outcome]:
    for slot in slots:
        if result.state == "done":
            yield Outcome(
                ticket=result.write.changes.ticket, slot=slot, result=Result.WRITTEN, external_ref=result.task
            )
        else:
            yield Outcome(
                ticket=result.write.changes.ticket,
                slot=slot,
                result=Result.UNKNOWN,
                cause=f"Jira still works on its task {(result.task or '').rpartition('/')[2]}",
                next_step="the next run reads the ticket and settles it",
                external_ref=result.task,
                retry=True,
            )


def _until(jobs: Iterable[Job], stop: Sequence[ConnectorError]) -> Iterator[Job]:
    for job in jobs:
        if stop:
            return
        yield job
