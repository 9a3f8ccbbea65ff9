"""Write planned changes: look again, note the intent, write, read back, keep the ledger.

Each batch of tickets is read fresh right before it is written; a ticket that changed
since is left for the next plan. An intent stands in the store before its write and is
closed after it, so a kill at any moment loses nothing and doubles nothing (see ``settling``).
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, TypeAlias

from journeysync.app.beside import side_by_side
from journeysync.app.owners import owner_of
from journeysync.app.planning import Planner
from journeysync.app.progress import Progress, parts_of
from journeysync.app.pull import is_over, save_tickets
from journeysync.app.resolving import Place, places, resolve_failed
from journeysync.app.results import ApplyResult, ApplySummary, Failure, Trouble
from journeysync.app.settling import holds, row_of, settle
from journeysync.connector import Connector
from journeysync.core.receipts import rows_of_receipt
from journeysync.core.restrict import name_of, part_of
from journeysync.errors import ExitCode, JourneySyncError
from journeysync.model.base import Value, value_hash
from journeysync.model.change import LINK, PROPERTY, TEXTS, Change, Intent, Outcome, Result, TicketChanges, undated
from journeysync.model.plan import Plan, PlannedTicket
from journeysync.model.ticket import Ticket
from journeysync.store import InboxRow, Lease

if TYPE_CHECKING:
    from journeysync.app.workspace import Run, Workspace
    from journeysync.config import ConnectionConfig

BATCH = 1_000  # tickets looked at, written and read back together; Jira's bulk edit takes as many
REQUESTS_OF_A_TICKET = 4  # at most: the edit, the receipt, the link, and its part of the reads before and after
FIRST_RETRY = timedelta(minutes=15)
PlanAgain: TypeAlias = Callable[["ConnectionConfig", Connector, Sequence[Ticket]], Iterable[PlannedTicket]]


class Writer:
    """One run that writes: counts, failures, and the order of things for each batch.

    Args:
        workspace: The workspace.
        run: The run that the writes belong to.
        progress: Hears "apply" with changes so far.
        again: Plans tickets anew from what they show right before the write.
    """

    def __init__(self, workspace: "Workspace", run: "Run", progress: Progress, *, again: PlanAgain) -> None:
        self.again = again
        self.workspace = workspace
        self.store = workspace.store
        self.run = run
        self.progress = progress
        self.counts = {"written": 0, "unchanged": 0, "failed": 0, "skipped": 0}
        self.tickets = 0
        self.failures: list[Failure] = []
        self.troubles: list[tuple[str, Trouble]] = []
        self.good: set[Place] = set()
        self.bad: set[Place] = set()
        self.done = 0
        self.total = 0
        self._connectors: dict[str, tuple[Connector, int]] = {}

    @property
    def requests(self) -> int:
        """Return how many requests this apply cost so far."""
        return sum(connector.traffic.requests - before for connector, before in self._connectors.values())

    def result(self) -> ApplyResult:
        """Return what was done."""
        return ApplyResult(
            run=self.run.id,
            summary=ApplySummary(**self.counts, requests=self.requests),
            tickets=self.tickets,
            failures=tuple(self.failures),
            troubles=tuple(self.troubles),
        )

    def settle(self, configs: Iterable["ConnectionConfig"]) -> int:
        """Settle what an interrupted run left open, before anything is planned."""
        todo = [config for config in configs if self.store.unsettled(config.name)]
        return sum(self._beside(todo, Writer._settle))

    def _settle(self, config: "ConnectionConfig") -> int:
        settled = 0
        with self._one_of_many(config), self.workspace.lease(config):
            connector = self._connector(config)
            with self.workspace.budget(config).lifted():  # what was written has to be known before all else
                settled = settle(self.workspace, config, connector)
        return settled

    def _beside(
        self, configs: Sequence["ConnectionConfig"], work: "Callable[[Writer, ConnectionConfig], int]"
    ) -> tuple[int, ...]:
        """Do something for each connection, side by side, and take up what came of it in the order of connections."""
        listeners = parts_of(self.progress, len(configs), self.total)
        parts = [Writer(self.workspace, self.run, told, again=self.again) for told in listeners]
        try:
            return side_by_side(
                self.workspace, list(zip(parts, configs, strict=True)), lambda part: work(part[0], part[1])
            )
        finally:
            for part in parts:
                self._take_up(part)

    def _take_up(self, part: "Writer") -> None:
        for word, count in part.counts.items():
            self.counts[word] += count
        self.tickets += part.tickets
        self.failures += part.failures
        self.troubles += part.troubles
        self.good |= part.good
        self.bad |= part.bad
        self._connectors = part._connectors | self._connectors  # the count of requests that was noted first holds

    def untroubled(self, configs: Iterable["ConnectionConfig"]) -> tuple[str, ...]:
        """Return the names of the connections that nothing stopped so far."""
        troubled = {name for name, _ in self.troubles}
        return tuple(config.name for config in configs if config.name not in troubled)

    def close_rows(self, configs: Iterable["ConnectionConfig"], todo: Plan) -> None:
        """Close the inbox rows of failed writes that are no longer waiting for anything."""
        waiting = {place for p in todo.tickets for place in places(p.ticket, (c.slot for c in p.changes))} - self.good
        resolve_failed(self.workspace, self.untroubled(configs), still=waiting | self.bad)

    @contextmanager
    def _one_of_many(self, config: "ConnectionConfig") -> Iterator[None]:
        """Note what stops a connection, so that it does not stop the others; a defect of ours stops all."""
        try:
            yield
        except JourneySyncError as error:
            if not isinstance(error.exit_code, ExitCode) or error.exit_code == ExitCode.ERROR:
                raise
            self.troubles.append((config.name, Trouble.of(error)))

    def write(self, configs: Iterable["ConnectionConfig"], todo: Plan) -> None:
        """Write the plan, all connections side by side; one that fails does not stop the others."""
        self.total = sum(len(planned.changes) for planned in todo.tickets)
        planned: dict[str, list[PlannedTicket]] = defaultdict(list)
        for ticket in todo.tickets:
            planned[ticket.ticket.connection].append(ticket)

        def write(part: Writer, config: "ConnectionConfig") -> int:
            with part._one_of_many(config), self.workspace.lease(config) as keep:
                part._connector(config)  # and with it, its budget
                for batch in part._affordable(config, planned[config.name]):
                    part._batch(config, batch, keep)
            return part.counts["written"]

        self._beside([config for config in configs if planned[config.name]], write)

    def _affordable(
        self, config: "ConnectionConfig", planned: Sequence[PlannedTicket]
    ) -> Iterator[list[PlannedTicket]]:
        """Yield batches that the request budget pays to their end, so that it never leaves one half-way.

        Raises:
            TryLater: No further ticket can be paid.
        """
        rest = list(planned)
        while rest:
            budget = self.workspace.budget(config)
            size = min(BATCH, budget.left // REQUESTS_OF_A_TICKET)
            if size < 1:
                raise budget.stop()
            yield rest[:size]
            rest = rest[size:]

    def _connector(self, config: "ConnectionConfig") -> Connector:
        if config.name not in self._connectors:
            connector = self.workspace.connector(config)
            self._connectors[config.name] = (connector, connector.traffic.requests)
        return self._connectors[config.name][0]

    def _batch(self, config: "ConnectionConfig", batch: Sequence[PlannedTicket], keep: Callable[[], Lease]) -> None:
        connector = self._connector(config)
        keep()
        still = self._still_as_planned(config, connector, batch)
        if not still:
            return
        intents = self._note_intents(still, keep())
        changes = [TicketChanges(ticket=p.ticket, key=p.key, changes=p.changes) for p in still]
        outcomes: dict[tuple[str, str], Outcome] = {}

        def note_task(task: str, places: Collection[tuple[str, str]]) -> None:
            self.store.set_external_ref([intents[place].id for place in places if place in intents], task)

        connector.traffic.task_begun = note_task
        try:
            for outcome in connector.write(changes):
                keep()
                outcomes[outcome.ticket.id, outcome.slot] = outcome
                self.done += 1
                self.progress("apply", self.done, self.total)
        finally:
            connector.traffic.task_begun = None
            # Also when the connection broke in the middle: what has an outcome is settled now, the rest stays open
            # and is settled by reading the tickets at the next start.
            if outcomes:
                with self.workspace.budget(config).lifted():  # what was written is read back in any case
                    self._settle_outcomes(config, connector, intents, outcomes, {p.ticket.id: p.key for p in still})

    def _still_as_planned(
        self, config: "ConnectionConfig", connector: Connector, batch: Sequence[PlannedTicket]
    ) -> list[PlannedTicket]:
        """Read the tickets fresh; keep those whose slots still show what the plan says they show."""
        ids = [planned.ticket.id for planned in batch]
        texts = frozenset(change.slot for planned in batch for change in planned.changes) & TEXTS
        fresh = {seen.ticket.ref.id: seen for seen in connector.observe(ids, texts)}
        save_tickets(self.workspace, config.name, [seen.ticket for seen in fresh.values()])
        self._know_again(connector, [seen.ticket for seen in fresh.values()])
        vanished = [ticket_id for ticket_id in ids if ticket_id not in fresh]
        if vanished:
            self._vanished(config, connector, vanished, {p.ticket.id: p for p in batch})
        tickets = [seen.ticket for seen in fresh.values()]
        again = {planned.ticket.id: planned for planned in self.again(config, connector, tickets)}
        still: list[PlannedTicket] = []
        for planned in batch:
            if planned.ticket.id not in fresh:
                continue
            now = again.get(planned.ticket.id)
            part = _still_to_write(now, planned) if now is not None else None
            if part is not None:
                still.append(part)
            kept = {change.slot for change in part.changes} if part is not None else set()
            self.counts["skipped"] += sum(change.slot not in kept for change in planned.changes)
            self.done += len(planned.changes) - len(kept)  # a receipt that comes along is no part of the total
        return still

    def _know_again(self, connector: Connector, tickets: Sequence[Ticket]) -> None:
        """Take up what receipts say of tickets that the ledger does not know: hidden, say, when it was rebuilt.

        Once one slot is written the ledger knows the ticket, and what it does not name would look never written.
        """
        receipts = {ticket.ref: ticket.own_receipt for ticket in tickets if ticket.own_receipt is not None}
        known = self.store.ledger(receipts, released=True)
        unknown = {ref.id: receipt for ref, receipt in receipts.items() if ref not in known and receipt is not None}
        if unknown:
            slots = frozenset(slot for receipt in unknown.values() for slot, _ in receipt.slots)
            at = self.workspace.now()
            for seen in connector.observe(tuple(unknown), slots):
                self.store.save_ledger(rows_of_receipt(seen.ticket, unknown[seen.ticket.ref.id], seen.get, at=at))

    def _vanished(
        self, config: "ConnectionConfig", connector: Connector, ids: Sequence[str], planned: dict[str, PlannedTicket]
    ) -> None:
        for answer in connector.fetch(ids):
            ticket_id = getattr(answer, "id", None)
            if ticket_id is None:
                continue  # it is there again: the next plan takes it
            gone = is_over(answer)
            self.store.mark(config.name, [ticket_id], "gone" if gone else "hidden", at=self.workspace.now())
            self._failed(
                planned[ticket_id],
                slot="",
                cause="the ticket is gone since the plan was made" if gone else "the ticket can no longer be read",
                next_step="nothing to do: it is left alone" if gone else "ask for permission, or leave it",
                retry=False,
            )
            if gone:  # then there is nothing that could be done better
                self.counts["failed"] -= 1
            self.counts["skipped"] += len(planned[ticket_id].changes)

    def _note_intents(self, tickets: Sequence[PlannedTicket], lease: Lease) -> dict[tuple[str, str], Intent]:
        changes = [TicketChanges(ticket=p.ticket, key=p.key, changes=p.changes) for p in tickets]
        inputs = {(p.ticket, change.slot): change.inputs for p in tickets for change in p.changes}
        intents = self.store.open_intents(self.run.id, changes, lease=lease, at=self.workspace.now(), inputs=inputs)
        return {(intent.ticket.id, intent.slot): intent for intent in intents}

    def _settle_outcomes(
        self,
        config: "ConnectionConfig",
        connector: Connector,
        intents: dict[tuple[str, str], Intent],
        outcomes: dict[tuple[str, str], Outcome],
        keys: dict[str, str],
    ) -> None:
        good = {at for at, outcome in outcomes.items() if outcome.result in (Result.WRITTEN, Result.UNCHANGED)}
        ids = sorted({ticket_id for ticket_id, _ in good})
        slots = frozenset(slot for _, slot in good if slot != LINK)
        seen = {s.ticket.ref.id: s for s in connector.observe(ids, slots)} if ids else {}
        rows, released = [], []
        for at in sorted(good):
            intent = intents[at]
            if not holds(intent):
                released.append((intent.ticket, intent.slot))
                continue
            # A link reads back at one request a ticket; its idempotent key makes what was sent what is there.
            read_back = intent.wanted if intent.slot == LINK or at[0] not in seen else seen[at[0]].get(intent.slot)
            rows.append(row_of(intent, read_back, at=self.workspace.now()))
        # Of an unknown one the intent stays open: the next run reads the ticket and settles it.
        ended = (Result.FAILED, Result.LATER)
        failed = {intents[at].id: out.cause for at, out in outcomes.items() if out.result in ended}
        self.store.settle(done=[intents[at].id for at in good], failed=failed, rows=rows, released=released)
        save_tickets(self.workspace, config.name, [s.ticket for s in seen.values()])
        self.tickets += len(ids)
        for at, outcome in outcomes.items():
            word = {Result.WRITTEN: "written", Result.UNCHANGED: "unchanged"}.get(outcome.result)
            if word:
                self.counts[word] += 1
                self.good |= places(outcome.ticket, [outcome.slot])
            elif outcome.result is Result.LATER:
                self.counts["skipped"] += 1
            else:
                owner = owner_of(self.workspace, intents[at].inputs, outcome.slot)
                self._failed_outcome(outcome, keys.get(at[0], ""), owner=owner)

    def _failed_outcome(self, outcome: Outcome, key: str, *, owner: str = "") -> None:
        self.counts["failed"] += 1
        self.bad |= places(outcome.ticket, [outcome.slot])
        self.failures.append(
            Failure(ticket=str(outcome.ticket), key=key, slot=outcome.slot, cause=outcome.cause, next=outcome.next_step)
        )
        now = self.workspace.now()
        row = InboxRow(
            kind="failed",
            connection=outcome.ticket.connection,
            ticket_id=outcome.ticket.id,
            slot=outcome.slot,
            cause=outcome.cause,
            next_step=outcome.next_step,
            first_seen=now,
            last_seen=now,
            owner=owner,
            # Until then the ticket is left out, also where a person has to mend something first: it never blocks.
            next_try=now + FIRST_RETRY if outcome.slot and outcome.result is Result.FAILED else None,
        )
        self.store.report([row])

    def _failed(self, planned: PlannedTicket, *, slot: str, cause: str, next_step: str, retry: bool) -> None:
        self._failed_outcome(
            Outcome(
                ticket=planned.ticket, slot=slot, result=Result.FAILED, cause=cause, next_step=next_step, retry=retry
            ),
            planned.key,
        )


def _still_to_write(now: PlannedTicket, planned: PlannedTicket) -> PlannedTicket | None:
    """Return what of a planned ticket is still to be written; None if it has to be planned again as a whole.

    Every planned change must be planned again from what the ticket shows now. Only our words may wait alone, where
    somebody is at work on the text. The receipt follows from the others, so of it only what it replaces must be the
    same; where it has to be put right since the plan was made, a person took it out say, it comes along with them: what
    we write never stands there without it. What is written of texts is what is planned now, since they carry a date and
    may stand beside other words.
    """
    again = {change.slot: change for change in now.changes}
    missing = {change.slot for change in planned.changes if not _is_again(change, again.get(change.slot))}
    comes_along = PROPERTY in again and all(change.slot != PROPERTY for change in planned.changes)
    if not missing and not comes_along:
        fresh = [again[each.slot] if each.slot in TEXTS else each for each in planned.changes]
        return planned.model_copy(update={"changes": tuple(fresh)})
    if missing and (not missing & TEXTS or not missing <= TEXTS | {PROPERTY}):
        return None
    return part_of(now, frozenset(map(name_of, planned.changes)))


def _is_again(planned: Change, now: Change | None) -> bool:
    def named(value: Value) -> str:
        return value_hash(undated(planned.slot, value))

    if now is None or named(planned.before) != named(now.before):
        return False
    return planned.slot == PROPERTY or named(planned.after) == named(now.after)


def as_planned_by(planner: Planner) -> PlanAgain:
    """Return how tickets are planned anew in an apply: as its plan was made, with decisions as they are by then."""

    def again(config: "ConnectionConfig", connector: Connector, tickets: Sequence[Ticket]) -> Iterable[PlannedTicket]:
        fresh = Planner(planner.workspace, refresh=planner.refresh, elsewhere=planner.elsewhere)
        again_planned = [planned for planned, _ in fresh.batch(config, connector, tickets)]
        # What this look shows to be neither wanted nor there, such as a comment that no list tells of, is let go:
        # else the next plan would take it out once more, and be skipped for it once more.
        planner.workspace.store.release_rows((row.ticket, row.slot) for row in fresh.releases)
        return again_planned

    return again
