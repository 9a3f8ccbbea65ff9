"""How changes reach Linear: many issues in a document, each as a difference to what stands there right now.

Issues that get the same labels share one ``issueBatchUpdate``; an attachment is one alias each. A label is added and
removed by its id, never as a set, so what people do meanwhile stays. All of it may be sent again.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from journeysync.errors import RateLimited, TicketRejected
from journeysync.http import with_next_step
from journeysync.model.change import PRIORITY, Outcome, Result, Slot, TicketChanges, label_slot, slot_kind
from journeysync_linear.attachments import our_attachment
from journeysync_linear.client import LinearClient
from journeysync_linear.documents import mutation_document
from journeysync_linear.labels import LabelBook, Refusal
from journeysync_linear.reading import Reader
from journeysync_linear.refusals import GraphQLError, limited
from journeysync_linear.translate import label_ids, nodes_of, priority_name
from journeysync_linear.work import TicketWork

MOST_WAITS = 4
MOST_SHARED = 50  # issues in one issueBatchUpdate
READ_TOGETHER = 500  # tickets that are read before the first of them is written
_SETTLES = "the next run reads the ticket and settles it"
_NO_FIELDS = "Linear has no custom fields"
_MEMBER = "let an admin of the Linear workspace make the account a member of this team"


@dataclass(frozen=True)
class Step:
    """One alias of a document: what it does to which slots of which issues; several only where they share the input."""

    works: tuple[TicketWork, ...]
    mutation: str
    values: dict[str, Any]
    slots: tuple[Slot, ...]

    def each(self) -> list["Step"]:
        """Return a step for each issue."""
        return [Step((w,), "issueUpdate", {"id": w.id, "in": self.values["in"]}, self.slots) for w in self.works]

    def settle(self, result: Result, *, cause: str = "", next_step: str = "", retry: bool = False) -> None:
        """Note what became of it."""
        for work in self.works:
            slots = self.slots or work.attachment_slots
            work.settle(slots, result, cause=cause, next_step=next_step, retry=retry)


@dataclass
class Round:
    """What is left of some steps after a document: to be sent again, to follow, and how long to wait before."""

    again: list[Step] = field(default_factory=list)
    later: list[Step] = field(default_factory=list)
    limit: RateLimited | None = None


class Writer:
    """Writes the changes of one connection."""

    def __init__(self, client: LinearClient, reader: Reader, workspace: str) -> None:
        self._client = client
        self._reader = reader
        self._workspace = workspace
        self.labels: LabelBook = reader.labels
        self._closed: dict[str, str] = {}  # why a team does not take our changes, by its id

    def write(self, changes: Sequence[TicketChanges]) -> Iterator[Outcome]:
        """Write everything, some at a time; yield an outcome for each change, as they come."""
        self._closed.clear()
        todo = [one for one in changes if one.changes]
        for start in range(0, len(todo), READ_TOGETHER):
            works: list[TicketWork] = []
            for each in self._read(todo[start : start + READ_TOGETHER]):
                if isinstance(each, TicketWork):
                    works.append(each)
                else:
                    yield from each
            self._prepare(works)
            for first in range(0, len(works), self._client.batch_size):
                yield from self._batch(works[first : first + self._client.batch_size])

    def _read(self, changes: Sequence[TicketChanges]) -> Iterator["TicketWork | list[Outcome]"]:
        nodes = {str(node.get("id")): node for node in self._reader.issues([one.ticket.id for one in changes])}
        self.labels.know(each for node in nodes.values() for each in label_ids(node))
        for change in changes:
            node = nodes.get(change.ticket.id)
            if node is None:
                yield _all_failed(change, "Linear shows no such issue: it is gone, hidden, or no issue at all")
                continue
            carried = ((self.labels.names.get(each, ""), each) for each in label_ids(node))
            work = TicketWork(
                change,
                team=str((node.get("team") or {}).get("id") or ""),
                url=str(node.get("url") or ""),
                labels={name.casefold(): each for name, each in carried if name},
                attachment=our_attachment(nodes_of(node.get("attachments")), self._workspace),
                priority=priority_name(node.get("priority")),
            )
            for one in change.changes:
                if slot_kind(one.slot) == "field":
                    work.settle((one.slot,), Result.FAILED, cause=_NO_FIELDS, next_step="place the value in a label")
            yield work

    def _prepare(self, works: Sequence[TicketWork]) -> None:
        """Settle labels that are as they should be or cannot be; make those that are missing."""
        for work in works:
            work.settle_unchanged_labels()
            work.settle_priority()
            for name in work.adds():
                _refuse(work, name, self.labels.why_not(work.team, name))
        refused = self.labels.make((work.team, name) for work in works for name in work.adds())
        for work in works:
            for name in work.adds():
                _refuse(work, name, refused.get((work.team, name)))

    def _batch(self, works: Sequence[TicketWork]) -> Iterator[Outcome]:
        self._send(self._send([*self._issue_steps(works), *self._attachment_steps(works)]))
        # A receipt never claims what is not there: where a label failed meanwhile, it is written once more.
        self._send(self._send(self._attachment_steps([work for work in works if work.claims_too_much])))
        for work in works:
            work.settle(work.open_slots(), Result.FAILED, cause="Linear was not asked for it", retry=True)
            yield from work.results()

    # steps

    def _issue_steps(self, works: Sequence[TicketWork]) -> list[Step]:
        """Return the steps for labels and priorities; issues that get the same share one."""
        groups: dict[tuple[tuple[str, ...], tuple[str, ...], int | None], list[TicketWork]] = defaultdict(list)
        for work in works:
            added = tuple(sorted(self._id_of(work, name) for name in work.adds()))
            removed = tuple(sorted(work.labels[name.casefold()] for name in work.removes()))
            if added or removed or work.urgency() is not None:
                groups[added, removed, work.urgency()].append(work)
        steps: list[Step] = []
        for (added, removed, urgency), sharing in groups.items():
            labels = (("addedLabelIds", added), ("removedLabelIds", removed))
            given: dict[str, Any] = {name: list(ids) for name, ids in labels if ids}
            names = [label_slot(name) for name in (*sharing[0].adds(), *sharing[0].removes())]
            if urgency is not None:
                given["priority"] = urgency
                names.append(PRIORITY)
            for start in range(0, len(sharing), MOST_SHARED):
                part = tuple(sharing[start : start + MOST_SHARED])
                shared = Step(part, "issueBatchUpdate", {"id": [w.id for w in part], "in": given}, tuple(names))
                steps += [shared] if len(part) > 1 else shared.each()
        return steps

    def _id_of(self, work: TicketWork, name: str) -> str:
        found = self.labels.usable(work.team, name)
        return found.id if found else ""

    def _attachment_steps(self, works: Sequence[TicketWork]) -> list[Step]:
        steps: list[Step] = []
        for work in works:
            if not work.attachment_slots:
                continue
            given, gone = work.attachment_steps(self._workspace)
            if given is not None:
                steps.append(Step((work,), "attachmentCreate", {"in": given}, ()))
            elif work.wanted() == (None, None) and gone:
                steps += [Step((work,), "attachmentDelete", {"id": each}, ()) for each in gone]
            else:
                work.settle(
                    tuple(slot for slot in work.attachment_slots if slot not in work.outcomes), Result.UNCHANGED
                )
        return steps

    # sending

    def _send(self, steps: Sequence[Step]) -> list[Step]:
        """Carry out steps; return those that are to follow. Each round settles a step, or waits for a limit."""
        waiting, later, waits = list(steps), [], 0
        while waiting:
            round_ = self._once(waiting)
            later += round_.later
            if round_.limit is not None:
                waits += 1
                if waits >= MOST_WAITS:
                    round_.limit.where = self._client.where
                    raise with_next_step(round_.limit)
                self._client.wait_for(round_.limit)
            waiting = round_.again
        return later

    def _once(self, steps: Sequence[Step]) -> "Round":
        document, variables = mutation_document([(step.mutation, step.values) for step in steps])
        try:
            data, errors, answer = self._client.graphql(document, variables, write=True)
        except TicketRejected as error:
            return self._halved(steps, error)
        by_alias = {error.path[0]: error for error in errors if error.path}
        general = next((error for error in errors if not error.path), None)
        is_cut = not any(data.get(f"m{n}") is not None for n in range(len(steps))) and bool(by_alias)
        round_ = Round()
        for n, step in enumerate(steps):
            done = data.get(f"m{n}")
            trouble = by_alias.get(f"m{n}") or (general if done is None else None)
            if trouble is not None and trouble.is_limit:
                round_.again.append(step)
                round_.limit = limited(200, trouble.message, answer.headers)
            elif trouble is not None and len(step.works) > 1:
                round_.later += step.each()  # one of them is the cause: the others must not suffer for it
            elif trouble is not None:
                self._refused(step, trouble)
            elif is_cut:
                round_.again.append(step)  # done or never reached: sent again it does no harm
            elif done is None:
                step.settle(Result.UNKNOWN, cause="Linear said nothing of it", next_step=_SETTLES, retry=True)
            else:
                round_.later += self._written(step, done)
        round_.again = self._without_closed_teams(round_.again)
        return round_

    def _without_closed_teams(self, steps: Sequence[Step]) -> list[Step]:
        """Return the steps in teams that are open to us; the others fail as one of their team did: asked one by one,
        a team where we may not write would cost a request a ticket."""
        left: list[Step] = []
        for step in steps:
            refused = [self._closed.get(work.team) for work in step.works]
            if len(step.works) == 1 and refused[0] is not None:
                step.settle(Result.FAILED, cause=refused[0], next_step=_MEMBER)
            else:
                left.append(step)
        return left

    def _halved(self, steps: Sequence[Step], error: TicketRejected) -> "Round":
        """Send a document that was refused as a whole in halves, until what is to blame stands alone."""
        if len(steps) > 1:
            middle = len(steps) // 2
            first, second = self._once(steps[:middle]), self._once(steps[middle:])
            return Round([*first.again, *second.again], [*first.later, *second.later], first.limit or second.limit)
        if len(steps[0].works) > 1:
            return Round(later=steps[0].each())
        steps[0].settle(Result.FAILED, cause=error.what, next_step=error.next_step)
        return Round()

    def _written(self, step: Step, done: Any) -> list[Step]:
        """Note that a step is done; return the steps that take away what its attachment has taken the place of."""
        gone: tuple[str, ...] = ()
        if step.mutation == "attachmentCreate":
            [work] = step.works
            _given, gone = work.attachment_steps(self._workspace)
            made = (done.get("attachment") or {}) if isinstance(done, dict) else {}
            work.note_attachment(str(made.get("id") or ""), step.values["in"])
            gone = tuple(each for each in gone if each != made.get("id"))
        step.settle(Result.WRITTEN)
        return [Step(step.works, "attachmentDelete", {"id": each}, ()) for each in gone]

    def _refused(self, step: Step, error: GraphQLError) -> None:
        if step.mutation == "attachmentDelete" and error.is_missing:
            step.settle(Result.WRITTEN)
            return
        words = self._client.http.say(error.message) or f"Linear answered {error.code}"
        if error.is_exclusive:
            step.settle(Result.FAILED, cause=words, next_step=self._group_of(step))
            return
        if error.is_missing:
            self.labels.is_read = False  # perhaps somebody deleted a definition: read them anew next time
        next_step = "it is gone, moved or hidden, or a label was deleted: the next run finds out"
        if error.code == "FORBIDDEN":
            next_step = _MEMBER
            self._closed[step.works[0].team] = words
        retry = error.is_missing or error.is_limit or error.code == "INTERNAL_SERVER_ERROR"
        step.settle(Result.FAILED, cause=words, next_step=next_step, retry=retry)

    def _group_of(self, step: Step) -> str:
        ids = step.values["in"].get("addedLabelIds", ())
        labels = [label for each in ids if (label := self.labels.of(each)) is not None and label.group]
        if not labels:
            return "take our labels out of their group in Linear > Settings > Labels: a group allows one an issue"
        named = ", ".join(sorted(f"{label.name} (group {label.group})" for label in labels))
        return f"take {named} out of the group in Linear > Settings > Labels: a group allows one label an issue"


def _refuse(work: TicketWork, name: str, refusal: Refusal | None) -> None:
    if refusal is not None:
        work.settle((label_slot(name),), Result.FAILED, cause=refusal.cause, next_step=refusal.next_step)


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
