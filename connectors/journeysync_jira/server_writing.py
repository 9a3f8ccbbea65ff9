"""How changes reach Data Center: one edit a ticket for labels and fields, then its receipt and its link.

There are no bulk forms. The receipt is a request of its own, after the edit, so
that it claims only what was written. Who may not write without mails is refused
there, where Cloud only ignores the wish: then the edit is sent once more without it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from urllib.parse import quote

from journeysync.http import Answer, Request
from journeysync.model.change import PROPERTY, Outcome, Result, Slot, TicketChanges
from journeysync_jira.payload import FieldType, TicketWrite, honest_receipt, sorted_changes
from journeysync_jira.writing import Job, Writer, is_hollow

_DONE = (Result.WRITTEN, Result.UNCHANGED)


class ServerWriter(Writer):
    """Writes the changes of one connection to Data Center."""

    _loud: frozenset[str] = frozenset()  # projects in which the account may not write without mails

    def write(self, changes: Sequence[TicketChanges]) -> Iterator[Outcome]:
        """Write everything; yield an outcome for each change, as they come."""
        writes = yield from self.texts_first([sorted_changes(one) for one in changes if one.changes])
        names = {name for write in writes for name, _value in write.fields}
        types = self._types.of(names) if names else {}
        failed: dict[str, dict[Slot, Outcome]] = {}
        edits = [Job(write, "put", without=frozenset({PROPERTY})) for write in writes if write.edit_slots]
        for outcome in self._singly(edits, types):
            if outcome.result not in _DONE:
                failed.setdefault(outcome.ticket.id, {})[outcome.slot] = outcome
            yield outcome
        jobs: list[Job] = []
        yield from self._receipts(writes, failed, jobs)
        jobs += [Job(write, "drop") for write in writes if write.drop_receipt]
        jobs += [Job(write, "link") for write in writes if write.link is not None]
        jobs += [Job(write, "unlink") for write in writes if write.drop_link]
        yield from self._singly(jobs, types)

    def _receipts(
        self, writes: Sequence[TicketWrite], failed: Mapping[str, Mapping[Slot, Outcome]], jobs: list[Job]
    ) -> Iterator[Outcome]:
        """Append a job for each receipt; one that would claim nothing shares the fate of what it should claim."""
        for write in writes:
            if write.receipt is None:
                continue
            bad = failed.get(write.id, {})
            job = Job(write, "receipt", without=frozenset(bad))
            if bad and is_hollow(job):
                yield next(iter(bad.values())).model_copy(update={"slot": PROPERTY})
            else:
                jobs.append(job)

    def _request(self, job: Job, types: Mapping[str, FieldType]) -> Request:
        if job.verb == "receipt":
            path = f"{self._client.api}/issue/{quote(job.write.id, safe='')}/properties/{self._property_path}"
            return Request("PUT", path, body=honest_receipt(job.write.receipt, job.without), lane="property", tag=job)
        request = super()._request(job, types)
        if job.verb == "put" and _project(job) in self._loud:
            return replace(request, params=None)
        return request

    def _answered(
        self, job: Job, answer: Answer, again: list[Job], types: Mapping[str, FieldType]
    ) -> Iterator[Outcome]:
        if answer.status == 403 and job.verb == "put" and answer.request.params:
            self._loud |= {_project(job)}
            again.append(job)
            return
        yield from super()._answered(job, answer, again, types)


def _project(job: Job) -> str:
    return job.write.changes.key.rpartition("-")[0] or job.write.id
