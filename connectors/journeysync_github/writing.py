"""How changes reach GitHub: many tickets in a document, each as a difference to what stands there right now.

For each batch: one read, then one document with all labels, fields, issue texts and comments. Its parts run in order,
each ticket's texts behind its labels and fields; where one of those was refused, the receipt in the text is corrected
at once, so that it does not go on claiming what is not there. An issue's own text is looked at right after it was
written. When a document was too dear for the server, the tickets are read again and what is still missing is sent in
smaller ones: no comment is ever sent twice unread.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from journeysync.errors import ConnectorError, RateLimited, TicketRejected
from journeysync.http import seconds_asked, with_next_step
from journeysync.model.change import (
    BLOCK,
    COMMENT,
    LINK,
    PROPERTY,
    Outcome,
    Result,
    SetField,
    Slot,
    TicketChanges,
    label_slot,
)
from journeysync_github.client import GitHubClient
from journeysync_github.comments import Comments
from journeysync_github.documents import EDITS, ITEM_VALUES, FieldsAsked, mutation_document
from journeysync_github.fields import FieldBook, items_of, values_of
from journeysync_github.fieldwork import FieldWork, Mutation, unused_items
from journeysync_github.labels import LabelBook
from journeysync_github.marks import ours_of
from journeysync_github.refusals import SECONDARY_WAIT_SECONDS, GraphQLError, TooDear, is_limit_error, limited
from journeysync_github.translate import nodes_of
from journeysync_github.work import TicketWork, slipped

MOST_TRIES = 4
MOST_STEPS = 400  # parts of one document; a server that cannot carry so many says so, and gets fewer from then on
MOST_HALVINGS = 9
_NO_LINKS = "GitHub has no links that an app can keep"
_SWITCHED_OFF = "comments are switched off for this connection"
_SWITCH_ON = "set the option comments to yes"
_AT_WORK = "somebody changed the issue a moment ago"
_PUT_BACK = "a person saved the issue's text at the same moment as we: their text was put back"
_REPLACED = "a person saved the issue's text at the same moment as we: their text stands"
_NEXT_RUN = "look whether the text is as its author wants it; the next run writes our part again"
_SETTLES = "the next run reads the ticket and settles it"


@dataclass(frozen=True)
class Step:
    """One alias of a document: what it does to which slots of a ticket, and who hears of its answer."""

    work: TicketWork
    mutation: str
    values: dict[str, Any]
    slots: tuple[Slot, ...]
    told: Callable[[dict[str, Any]], None] = lambda _answer: None
    settles: bool = True  # whether its success settles its slots


class Writer:
    """Writes the changes of one connection."""

    def __init__(
        self,
        client: GitHubClient,
        comments: Comments,
        fields: FieldBook,
        asked: Callable[[], FieldsAsked],
        *,
        workspace: str,
        may_comment: bool,
    ) -> None:
        self._client = client
        self._comments = comments
        self._fields = fields
        self._asked = asked
        self._workspace = workspace
        self._may_comment = may_comment
        self._last_write = float("-inf")
        self._most_steps = MOST_STEPS
        self._lost: dict[tuple[str, Slot], Step] = {}  # sent in a document whose answer said nothing
        self.looked_at: dict[str, str] = {}  # when an issue was changed, as the look before this write saw it
        self.labels = LabelBook(client)

    def write(self, changes: Sequence[TicketChanges]) -> Iterator[Outcome]:
        """Write everything, a batch at a time; yield an outcome for each change, as they come."""
        rest = [one for one in changes if one.changes]
        while rest:
            size = self._client.batch_size
            yield from self._batch(rest[:size])
            rest = rest[size:]

    def _batch(self, changes: Sequence[TicketChanges]) -> Iterator[Outcome]:
        done: dict[str, TicketWork] = {}
        todo: Sequence[TicketChanges] = changes
        for _halving in range(MOST_HALVINGS):
            works: list[tuple[TicketWork, FieldWork]] = []
            for each in self._read(todo):
                if isinstance(each, list):
                    yield from each
                else:
                    works.append(each)
                    _keep_outcomes(done.get(each[0].id), each[0])
            done |= {work.id: work for work, _fields in works}
            try:
                self._carry_out(works)
                break
            except TooDear:
                self._client.http.clock.sleep(1.0)
                todo = [work.changes for work, _fields in works if work.open_slots()]
        for work in done.values():
            work.settle(work.open_slots(), Result.FAILED, cause="GitHub was not asked for it", retry=True)
            for outcome in work.results():
                was_sent = outcome.result is Result.UNCHANGED and (work.id, outcome.slot) in self._lost
                yield outcome.model_copy(update={"result": Result.WRITTEN}) if was_sent else outcome
        self._lost.clear()

    def _read(self, changes: Sequence[TicketChanges]) -> Iterator["tuple[TicketWork, FieldWork] | list[Outcome]"]:
        by_id = {one.ticket.id: one for one in changes}
        has_fields = any(isinstance(change, SetField) for one in changes for change in one.changes)
        asked = self._asked() if has_fields else FieldsAsked()
        for identifier, node in self._client.issues(list(by_id), comments=self._may_comment, fields=asked):
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
                ours_of(str(node.get("body") or ""), comments, self._workspace),
                str(node.get("updatedAt") or ""),
            )
            work.leave_what_people_changed()
            self._refuse_impossible(work)
            owned = self._fields.of_repository(work.full_name)
            yield work, FieldWork(work, owned, dict(values_of(node, owned)), items_of(node))

    def _refuse_impossible(self, work: TicketWork) -> None:
        for change in work.changes.changes:
            if change.slot == LINK:  # a release before kept one in its comment, which goes with the comment
                result = Result.UNCHANGED if change.after is None else Result.FAILED
                work.settle((LINK,), result, cause=_NO_LINKS)
            elif change.slot == COMMENT and not self._may_comment:
                work.settle((COMMENT,), Result.FAILED, cause=_SWITCHED_OFF, next_step=_SWITCH_ON)
        if not self._may_comment and not work.wants_block and PROPERTY in work.open_slots():
            work.settle((PROPERTY,), Result.FAILED, cause=_SWITCHED_OFF, next_step=_SWITCH_ON)
        seen = self.looked_at.get(work.id)
        if seen is not None and seen != work.updated:  # the plan minds who is at work there; this is news since then
            slots = tuple(slot for slot in work.body_slots() if slot not in work.outcomes)
            work.settle(slots, Result.LATER, cause=_AT_WORK, retry=True)

    def _carry_out(self, works: Sequence[tuple[TicketWork, FieldWork]]) -> None:
        """Bring the tickets to what they are to show; their slots are settled."""
        for work, fields in works:
            work.settle_unchanged_labels()
            fields.begin()
        self.labels.find((work.repository, name) for work, _fields in works for name in work.adds())
        self._make_missing([work for work, _fields in works])
        self._join_projects(works)
        steps = [step for work, fields in works for step in self._steps(work, fields)]
        self._send(steps)
        self._send([step for work, _fields in works for step in self._corrections(work)])
        self._look_after([step for step in steps if BLOCK in step.slots])
        self._look_after_lost([work for work, _fields in works])

    def _steps(self, work: TicketWork, fields: FieldWork) -> Iterator[Step]:
        for mutation, names, ids in (
            ("removeLabelsFromLabelable", work.removes(), [work.labels[n.casefold()] for n in work.removes()]),
            ("addLabelsToLabelable", work.adds(), [self.labels.id_of(work.repository, n) for n in work.adds()]),
        ):
            if names:
                values = {"labelableId": work.id, "labelIds": ids}
                yield Step(work, mutation, values, tuple(map(label_slot, names)))
        yield from (_step(work, mutation) for mutation in fields.steps())
        yield from self._texts(work)

    # labels and projects

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

    def _join_projects(self, works: Sequence[tuple[TicketWork, FieldWork]]) -> None:
        """Put issues into the projects whose fields they are to show; find out which rows may go with our value."""
        joining: list[Step] = []
        for work, fields in works:
            for mutation, values, slots in fields.projects_to_join():

                def joined(answer: dict[str, Any], fields: FieldWork = fields, to: str = values["projectId"]) -> None:
                    fields.joined(to, str((answer.get("item") or {}).get("id")))

                joining.append(Step(work, mutation, values, slots, joined, settles=False))
        self._send(joining)
        clearing = list(dict.fromkeys(row for _work, fields in works for row in fields.clearing()))
        for start in range(0, len(clearing), self._client.batch_size):
            part = clearing[start : start + self._client.batch_size]
            data, _errors, _answer = self._client.graphql(ITEM_VALUES, {"ids": part})
            nodes = [node for node in data.get("nodes") or () if isinstance(node, dict)]
            viewer = str((data.get("viewer") or {}).get("login") or "")
            for _work, fields in works:
                fields.ours |= unused_items(viewer, nodes, {item.id: item for item in fields.items.values()})

    # issue texts and comments

    def _texts(self, work: TicketWork) -> Iterator[Step]:
        if (step := work.body_step(self._workspace)) is not None:
            mutation, values, slots = step

            def stands(_answer: dict[str, Any], body: str = str(values["body"])) -> None:
                of_body = ours_of(body, (), self._workspace)
                work.ours = replace(work.ours, block=of_body.block, body=body)

            yield Step(work, mutation, values, slots, stands)
        if (step := work.comment_step(self._workspace)) is not None:
            mutation, values, slots = step

            def said(answer: dict[str, Any], text: str = str(values.get("body") or "")) -> None:
                made = ((answer.get("commentEdge") or {}).get("node") or {}).get("id")
                comment = {"id": made or work.ours.comment_id, "body": text, "viewerDidAuthor": True}
                told = ours_of("", [comment] if text else (), self._workspace)
                work.ours = replace(told, block=work.ours.block, body=work.ours.body)

            yield Step(work, mutation, values, slots, said)

    def _corrections(self, work: TicketWork) -> Iterator[Step]:
        """Yield how a receipt lets go of slots that it claims and that were refused after all."""
        settled = work.outcomes.get(PROPERTY)
        if settled is None or settled.result is not Result.WRITTEN or work.wanted_receipt() == work.ours.receipt:
            return
        del work.outcomes[PROPERTY]
        yield from self._texts(work)
        if PROPERTY in work.outcomes:  # nothing is to be corrected
            work.outcomes[PROPERTY] = settled

    def _look_after(self, steps: Sequence[Step]) -> None:
        """Look right after whether a person saved an issue's text in between; put theirs back."""
        steps = [step for step in steps if step.work.outcomes[BLOCK].result is Result.WRITTEN]
        if not steps:
            return
        data, _errors, _answer = self._client.graphql(EDITS, {"ids": [step.work.id for step in steps]})
        nodes = {str(node.get("id")): node for node in data.get("nodes") or () if isinstance(node, dict)}
        back: list[Step] = []
        for step in steps:
            node, before = nodes.get(step.work.id), step.work.body_read
            verdict, theirs = slipped(node, before=before, written=str(step.values["body"])) if node else ("", "")
            if verdict == "overwritten":
                back.append(Step(step.work, "updateIssue", {"id": step.work.id, "body": theirs}, ()))
            if verdict:
                cause = _PUT_BACK if verdict == "overwritten" else _REPLACED
                step.work.settle(step.slots, Result.FAILED, cause=cause, next_step=_NEXT_RUN, retry=True)
        self._send(back)

    def _look_after_lost(self, works: Sequence[TicketWork]) -> None:
        """Look after the texts that stand since a document whose answer was lost."""
        lost: list[tuple[TicketWork, Step]] = []
        for work in works:
            step, outcome = self._lost.get((work.id, BLOCK)), work.outcomes.get(BLOCK)
            if step is not None and outcome is not None and outcome.result is Result.UNCHANGED:
                step.work.settle(step.slots, Result.WRITTEN)
                lost.append((work, step))
        self._look_after([step for _work, step in lost])
        for work, step in lost:
            work.outcomes |= {slot: step.work.outcomes[slot] for slot in step.slots if slot in work.outcomes}

    # sending

    def _send(self, steps: Sequence[Step]) -> None:
        """Carry out steps in order; those that a limit stopped are sent again after the wait.

        Raises:
            TooDear: The server gave up on a document, and further ones are smaller. How far it came, only the tickets
                tell.
        """
        rest = list(steps)
        while rest:
            waiting, rest = rest[: self._most_steps], rest[self._most_steps :]
            for tries in range(MOST_TRIES):
                if not waiting:
                    break
                waiting = self._once(waiting, last=tries == MOST_TRIES - 1)

    def _once(self, steps: Sequence[Step], *, last: bool) -> list[Step]:
        document, variables = mutation_document([(step.mutation, step.values) for step in steps])
        idempotent = not any(step.mutation == "addComment" for step in steps)
        self._breathe()
        try:
            data, errors, answer = self._client.graphql(
                document, variables, write=True, idempotent=idempotent, divisible=len(steps) > 1
            )
        except TooDear:
            self._most_steps = max(1, len(steps) // 2)
            self._lost |= {(step.work.id, slot): step for step in steps for slot in step.slots}
            for step in steps:  # that an issue changed since may be our own doing
                self.looked_at.pop(step.work.id, None)
            raise
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
            value = data.get(f"m{n}")
            trouble = by_alias.get(f"m{n}") or (general if value is None else None)
            if trouble is not None and is_limit_error(trouble) and not last:
                again.append(step)
            elif trouble is not None:
                self._refused(step, trouble)
            elif value is None:
                step.work.settle(
                    step.slots, Result.UNKNOWN, cause="GitHub said nothing of it", next_step=_SETTLES, retry=True
                )
            else:
                step.told(value)
                if step.settles:
                    step.work.settle(step.slots, Result.WRITTEN)
        if again:
            self._wait_out(answer)
        return again

    def _wait_out(self, answer: Any) -> None:
        asked = seconds_asked(answer.headers, answer.server_time or self._client.http.clock.now())
        limit = limited(200, "", answer.headers)
        limit.retry_after_seconds = limit.retry_after_seconds or asked or SECONDARY_WAIT_SECONDS
        if limit.retry_after_seconds > self._client.longest_wait_seconds:
            limit.where = self._client.where
            raise with_next_step(limit)
        self._client.http.clock.sleep(limit.retry_after_seconds)

    def _breathe(self) -> None:
        """Leave GitHub its second between two writes: hurrying is answered with a secondary limit."""
        clock = self._client.http.clock
        if (early := self._last_write + self._client.write_pause_seconds - clock.monotonic()) > 0:
            clock.sleep(early)
        self._last_write = clock.monotonic()

    def _refused(self, step: Step, error: GraphQLError) -> None:
        if step.mutation in ("deleteIssueComment", "deleteProjectV2Item") and error.type == "NOT_FOUND":
            step.work.settle(step.slots, Result.UNCHANGED)
            return
        if error.type == "NOT_FOUND":
            self.labels.forget(step.work.repository, [slot.partition(":")[2] for slot in step.slots])
        cause = self._client.http.say(error.message) or f"GitHub answered {error.type}"
        step_words = "it is gone, moved or hidden, or the label was deleted: the next run finds out"
        if "locked" in error.message.lower():
            step_words = f"unlock the conversation, or give the account write access to {step.work.full_name}"
        elif error.type in ("FORBIDDEN", "INSUFFICIENT_SCOPES"):
            step_words = _rights(step)
        retry = error.type == "NOT_FOUND" or is_limit_error(error)
        step.work.settle(step.slots, Result.FAILED, cause=cause, next_step=step_words, retry=retry)


def _rights(step: Step) -> str:
    if "ProjectV2" in step.mutation:
        return "give the account write access to the project, and its token the scope project"
    return f"give the account write access (triage is enough for labels) to {step.work.full_name}"


def _step(work: TicketWork, mutation: Mutation) -> Step:
    name, values, slots = mutation
    return Step(work, name, values, slots)


def _keep_outcomes(before: TicketWork | None, now: TicketWork) -> None:
    """Take over what is known of a ticket's slots from the round before; the rest is worked out anew."""
    for slot, outcome in before.outcomes.items() if before else ():
        now.outcomes[slot] = outcome


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
