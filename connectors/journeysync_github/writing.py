"""How changes reach GitHub: many tickets in a document, each as a difference to what stands there right now.

For each batch: one read, the labels that are missing or too many, then the comments;
a receipt is written last, so that it never claims what is not there. Adding a label
twice does no harm and is simply sent again; a comment is never sent again unread.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from journeysync.errors import ConnectorError, RateLimited, TicketRejected
from journeysync.http import seconds_asked, with_next_step
from journeysync.model.change import Outcome, Result, Slot, TicketChanges, label_slot, slot_kind
from journeysync_github.client import GitHubClient
from journeysync_github.comments import Comments
from journeysync_github.documents import mutation_document
from journeysync_github.labels import LabelBook
from journeysync_github.marks import OurComment, our_comment
from journeysync_github.refusals import SECONDARY_WAIT_SECONDS, GraphQLError, is_limit_error, limited
from journeysync_github.translate import nodes_of
from journeysync_github.work import TicketWork

MOST_TRIES = 4
_SETTLES = "the next run reads the ticket and settles it"


@dataclass(frozen=True)
class Step:
    """One alias of a document: what it does to which slots of a ticket."""

    work: TicketWork
    mutation: str
    values: dict[str, Any]
    slots: tuple[Slot, ...]


class Writer:
    """Writes the changes of one connection."""

    def __init__(self, client: GitHubClient, comments: Comments, *, workspace: str, may_comment: bool) -> None:
        self._client = client
        self._comments = comments
        self._workspace = workspace
        self._may_comment = may_comment
        self._last_write = float("-inf")
        self.labels = LabelBook(client)

    def write(self, changes: Sequence[TicketChanges]) -> Iterator[Outcome]:
        """Write everything, a batch at a time; yield an outcome for each change, as they come."""
        todo = [one for one in changes if one.changes]
        size = self._client.batch_size
        for start in range(0, len(todo), size):
            yield from self._batch(todo[start : start + size])

    def _batch(self, changes: Sequence[TicketChanges]) -> Iterator[Outcome]:
        works: list[TicketWork] = []
        for each in self._read(changes):
            if isinstance(each, TicketWork):
                works.append(each)
            else:
                yield from each
        self._label(works)
        self._comment(works)
        for work in works:
            work.settle(work.open_slots(), Result.FAILED, cause="GitHub was not asked for it", retry=True)
            yield from work.results()

    def _read(self, changes: Sequence[TicketChanges]) -> Iterator["TicketWork | list[Outcome]"]:
        by_id = {one.ticket.id: one for one in changes}
        for identifier, node in self._client.issues(list(by_id), comments=self._may_comment):
            change = by_id[identifier]
            if node is None:
                yield _all_failed(change, "GitHub shows no such issue: it is gone, moved or hidden")
                continue
            comments = self._comments.all_of(node) if self._may_comment else []
            repository = node.get("repository") or {}
            labels = nodes_of(node.get("labels"))
            self.labels.learn(str(repository.get("id")), labels)
            work = TicketWork(
                change,
                str(repository.get("id")),
                str(repository.get("nameWithOwner")),
                {str(label.get("name")).casefold(): str(label.get("id")) for label in labels},
                our_comment(comments, self._workspace) or OurComment(),
            )
            self._refuse_impossible(work)
            yield work

    def _refuse_impossible(self, work: TicketWork) -> None:
        for change in work.changes.changes:
            if slot_kind(change.slot) == "field":
                why = "project and organisation fields are not written by this release"
                work.settle((change.slot,), Result.FAILED, cause=why, next_step="place the value in a label instead")
        if not self._may_comment and work.comment_slots:
            why = "comments are switched off for this connection"
            work.settle(work.comment_slots, Result.FAILED, cause=why, next_step="set the option comments to yes")

    # labels

    def _label(self, works: Sequence[TicketWork]) -> None:
        for work in works:
            work.settle_unchanged_labels()
        self.labels.find((work.repository, name) for work in works for name in work.adds())
        self._make_missing(works)
        steps: list[Step] = []
        for work in works:
            for mutation, names, ids in (
                ("removeLabelsFromLabelable", work.removes(), [work.labels[n.casefold()] for n in work.removes()]),
                ("addLabelsToLabelable", work.adds(), [self.labels.id_of(work.repository, n) for n in work.adds()]),
            ):
                if names:
                    values = {"labelableId": work.id, "labelIds": ids}
                    steps.append(Step(work, mutation, values, tuple(map(label_slot, names))))
        self._send(steps, idempotent=True)

    def _make_missing(self, works: Sequence[TicketWork]) -> None:
        causes: dict[tuple[str, str], ConnectorError | None] = {}
        for work in works:
            for name in work.adds():
                if self.labels.id_of(work.repository, name):
                    continue
                where = (work.repository, name)
                if where not in causes:
                    causes[where] = self.labels.make(work.repository, work.full_name, name)
                if (error := causes[where]) is not None:
                    slots = (label_slot(name),)
                    work.settle(slots, Result.FAILED, cause=error.what, next_step=error.next_step)

    # comments

    def _comment(self, works: Sequence[TicketWork]) -> None:
        creating: list[Step] = []
        editing: list[Step] = []
        for work in works:
            slots = tuple(slot for slot in work.comment_slots if slot not in work.outcomes)
            if not slots:
                continue
            step = work.comment_step(self._workspace)
            if step is None:
                work.settle(slots, Result.UNCHANGED)
                continue
            (creating if step[0] == "addComment" else editing).append(Step(work, step[0], step[1], slots))
        self._send(editing, idempotent=True)
        self._send(creating, idempotent=False)

    # sending

    def _send(self, steps: Sequence[Step], *, idempotent: bool) -> None:
        """Carry out steps; those that a limit stopped are sent again after the wait."""
        waiting = list(steps)
        for tries in range(MOST_TRIES):
            if not waiting:
                return
            waiting = self._once(waiting, idempotent=idempotent, last=tries == MOST_TRIES - 1)

    def _once(self, steps: Sequence[Step], *, idempotent: bool, last: bool) -> list[Step]:
        document, variables = mutation_document([(step.mutation, step.values) for step in steps])
        self._breathe()
        try:
            data, errors, answer = self._client.graphql(document, variables, write=True, idempotent=idempotent)
        except RateLimited as error:
            if last or idempotent or error.retry_after_seconds > self._client.longest_wait_seconds:
                raise
            self._client.http.clock.sleep(error.retry_after_seconds or 1.0)  # it was refused, so nothing was done
            return list(steps)
        except TicketRejected as error:
            for step in steps:
                step.work.settle(step.slots, Result.FAILED, cause=error.what, next_step=error.next_step)
            return []
        by_alias = {error.path[0]: error for error in errors if error.path}
        general = next((error for error in errors if not error.path), None)
        again: list[Step] = []
        for n, step in enumerate(steps):
            trouble = by_alias.get(f"m{n}") or (general if data.get(f"m{n}") is None else None)
            if trouble is not None and is_limit_error(trouble) and not last:
                again.append(step)
            elif trouble is not None:
                self._refused(step, trouble)
            elif data.get(f"m{n}") is None:
                step.work.settle(
                    step.slots, Result.UNKNOWN, cause="GitHub said nothing of it", next_step=_SETTLES, retry=True
                )
            else:
                step.work.settle(step.slots, Result.WRITTEN)
        if again:
            asked = seconds_asked(answer.headers, answer.server_time or self._client.http.clock.now())
            limit = limited(200, "", answer.headers)
            limit.retry_after_seconds = limit.retry_after_seconds or asked or SECONDARY_WAIT_SECONDS
            if limit.retry_after_seconds > self._client.longest_wait_seconds:
                limit.where = self._client.where
                raise with_next_step(limit)
            self._client.http.clock.sleep(limit.retry_after_seconds)
        return again

    def _breathe(self) -> None:
        """Leave GitHub its second between two writes: hurrying is answered with a secondary limit."""
        clock = self._client.http.clock
        if (early := self._last_write + self._client.write_pause_seconds - clock.monotonic()) > 0:
            clock.sleep(early)
        self._last_write = clock.monotonic()

    def _refused(self, step: Step, error: GraphQLError) -> None:
        if step.mutation == "deleteIssueComment" and error.type == "NOT_FOUND":
            step.work.settle(step.slots, Result.UNCHANGED)
            return
        if error.type == "NOT_FOUND":
            self.labels.forget(step.work.repository, [slot.partition(":")[2] for slot in step.slots])
        cause = self._client.http.say(error.message) or f"GitHub answered {error.type}"
        step_words = "it is gone, moved or hidden, or the label was deleted: the next run finds out"
        if error.type == "FORBIDDEN":
            step_words = f"give the account write access (triage is enough for labels) to {step.work.full_name}"
        retry = error.type == "NOT_FOUND" or is_limit_error(error)
        step.work.settle(step.slots, Result.FAILED, cause=cause, next_step=step_words, retry=retry)


def _all_failed(changes: TicketChanges, cause: str) -> list[Outcome]:
    return [
        Outcome(
            ticket=changes.ticket,
            slot=change.slot,
            result=Result.FAILED,
            cause=cause,
            next_step="the next pull finds out",
        )
        for change in changes.changes
    ]
