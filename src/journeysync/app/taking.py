"""Undo a run, and uninstall: plans that take out, written in the same way as any other plan."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from journeysync.app.applying import check_brakes, writable
from journeysync.app.batches import batches
from journeysync.app.found import quiet_of
from journeysync.app.planning import limits_of
from journeysync.app.progress import Progress, silent
from journeysync.app.rebuilding import read_in_full
from journeysync.app.results import ApplyResult
from journeysync.app.writer import Writer
from journeysync.connector import Connector, MakesLabels
from journeysync.core.plan import make_plan
from journeysync.core.takeout import Wrote, take_back, take_out
from journeysync.errors import ConfigError, ConnectorError
from journeysync.model.change import TEXTS, Change, LedgerRow, Slot
from journeysync.model.plan import Note, Plan, PlannedTicket
from journeysync.model.ticket import Ticket, TicketRef
from journeysync.model.tracker import UnmadeLabel

if TYPE_CHECKING:
    from journeysync.app.workspace import Workspace
    from journeysync.config import ConnectionConfig

BATCH = 1_000
Taken = tuple[tuple[Change, ...], tuple[Note, ...]]
Take = Callable[[Ticket, Sequence[LedgerRow]], Taken]


def undo(
    workspace: "Workspace",
    run: str,
    *,
    allow: Collection[str] = (),
    confirm: Callable[[Plan], bool] = lambda _plan: True,
    dry_run: bool = False,
    progress: Progress = silent,
) -> ApplyResult:
    """Take back what one run wrote. What a person, or a later run, wrote there since stays.

    Rules and scores stay as they are: the next apply writes it again unless they change.

    Raises:
        ConfigError: There is no such run, it wrote nothing, or its connections are read-only.
        UnsafePlan: A brake holds that is not in ``allow``.
    """
    if workspace.store.run(run) is None:
        raise ConfigError(f"there is no run '{run}'", next_step="list them: journeysync runs")
    # An open one is settled before anything is planned: then it is known whether it was written.
    names = sorted({write.ticket.connection for write in workspace.store.run_writes(run) if write.state != "failed"})
    if not names:
        raise ConfigError(f"run '{run}' wrote nothing", next_step="list runs: journeysync runs")
    wrote: dict[TicketRef, list[Wrote]] = defaultdict(list)

    def find() -> dict[str, list[TicketRef]]:
        for write in workspace.store.run_writes(run):
            if write.state == "done":
                wrote[write.ticket].append(Wrote(write.slot, write.before, write.wanted))
        return {name: [ref for ref in wrote if ref.connection == name] for name in names}

    taker = _Taker(workspace, lambda ticket, rows: take_back(ticket, rows, wrote.get(ticket.ref, ()), run=run))
    return taker.carry_out("undo", names, find, allow=allow, confirm=confirm, dry_run=dry_run, progress=progress)


def take_everything_out(
    workspace: "Workspace",
    names: Sequence[str] = (),
    *,
    project: str | None = None,
    allow: Collection[str] = (),
    confirm: Callable[[Plan], bool] = lambda _plan: True,
    dry_run: bool = False,
    progress: Progress = silent,
) -> ApplyResult:
    """Take out everything of ours: labels, fields (what stood there before comes back), links, receipts.

    Label definitions that we made and no ticket carries any longer go as well, where the tracker has such.

    Covers what the ledger holds, also in tickets that are out of scope now, and what receipts in tickets name.

    Raises:
        ConfigError: The connections are read-only.
        Unavailable: A connection could not be read in full.
        UnsafePlan: A brake holds that is not in ``allow``.
    """
    configs = writable(workspace, names, "apply")
    for config in configs:
        read_in_full(workspace, config.name, progress)
    let_go: set[tuple[TicketRef, Slot]] = set()

    def take(ticket: Ticket, rows: Sequence[LedgerRow]) -> Taken:
        changes, notes = take_out(ticket, rows)
        written = {change.slot for change in changes}
        let_go.update((row.ticket, row.slot) for row in rows if row.slot not in written)
        return changes, notes

    taker = _Taker(workspace, take)
    names = [config.name for config in configs]

    def find() -> dict[str, list[TicketRef]]:
        return {name: list(_marked(workspace, name, project)) for name in names}

    def unmake() -> tuple[UnmadeLabel, ...]:
        return tuple(gone for config in configs for gone in _unmade_labels(workspace, config, project))

    result = taker.carry_out(
        "uninstall", names, find, allow=allow, confirm=confirm, dry_run=dry_run, progress=progress, last=unmake
    )
    if not result.dry_run and not result.declined:
        workspace.store.release_rows(let_go)  # what a person changed or took off is theirs from now on
    return result


def _unmade_labels(workspace: "Workspace", config: "ConnectionConfig", project: str | None) -> Iterator[UnmadeLabel]:
    """Delete the label definitions of ours that nobody uses; one that cannot be deleted holds nothing up."""
    connector = workspace.connector(config)
    names, projects = workspace.store.labels_ever(config.name)
    if project is not None:
        projects = {each for each in projects if each.casefold() == project.casefold()}
    if names and projects and isinstance(connector, MakesLabels):
        try:
            yield from connector.unmake_labels(names, projects)
        except ConnectorError as error:
            yield UnmadeLabel(project=config.name, name="all labels", cause=error.what)


def _marked(workspace: "Workspace", connection: str, project: str | None) -> Iterator[TicketRef]:
    """Yield every ticket that the ledger, or a receipt of ours, names, in stable order."""
    marked = {row.ticket for rows in workspace.store.iter_ledger(connection) for row in rows}
    for batch in workspace.store.iter_tickets(connection=connection):
        marked.update(ticket.ref for ticket in batch if ticket.receipt is not None)
    for refs in batches(sorted(marked, key=str), BATCH):
        tickets = workspace.store.tickets(refs)
        for ref in refs:
            ticket = tickets.get(ref)
            if project is None or (ticket is not None and ticket.project.casefold() == project.casefold()):
                yield ref


class _Taker:
    """Plans and writes what takes something out."""

    def __init__(self, workspace: "Workspace", take: Take) -> None:
        self.workspace = workspace
        self._take = take

    def carry_out(
        self,
        kind: str,
        names: Sequence[str],
        find: Callable[[], dict[str, list[TicketRef]]],
        *,
        allow: Collection[str],
        confirm: Callable[[Plan], bool],
        dry_run: bool,
        progress: Progress,
        last: Callable[[], tuple[UnmadeLabel, ...]] = tuple,
    ) -> ApplyResult:
        """Plan, ask, write. ``find`` is asked which tickets to look at, once interrupted writes are settled.

        ``last`` is done at the end, if a person did not say no.
        """
        workspace = self.workspace
        configs = writable(workspace, names, "apply")
        with workspace.run(kind, detail={"connections": list(names)}) as run:
            writer = Writer(workspace, run, progress, again=self.again)
            settled = 0 if dry_run else writer.settle(configs)
            todo = self._plan(configs, find())
            if not dry_run:
                check_brakes(todo, allow)
            declined = bool(todo.tickets) and not dry_run and not confirm(todo)
            if todo.tickets and not dry_run and not declined:
                writer.write(configs, todo)
            result = writer.result().model_copy(
                update={
                    "settled": settled,
                    "plan": todo,
                    "dry_run": dry_run,
                    "declined": declined,
                    "labels": () if dry_run or declined else last(),
                    "connections": tuple(config.name for config in configs),
                }
            )
            run.result = result.as_json()
            run.exit_code = result.exit_code
            return result

    def again(
        self, config: "ConnectionConfig", connector: Connector, tickets: Sequence[Ticket]
    ) -> Iterable[PlannedTicket]:
        """Plan tickets anew from what they show right before the write."""
        del config, connector
        return (planned for planned, _ in self._planned(tickets))

    def _plan(self, configs: Sequence["ConnectionConfig"], refs: dict[str, list[TicketRef]]) -> Plan:
        planned: list[PlannedTicket] = []
        notes: list[Note] = []
        for config in configs:
            for batch in batches(refs.get(config.name, []), BATCH):
                # Read by id, fresh: also tickets that are out of scope by now. Of a comment only a look can tell.
                held = self.workspace.store.ledger(batch)
                texts = frozenset(row.slot for rows in held.values() for row in rows) & TEXTS
                seen = self.workspace.connector(config).observe([ref.id for ref in batch], texts)
                for ticket, its_notes in self._planned([one.ticket for one in seen]):
                    planned.append(ticket)
                    notes.extend(its_notes)
        return make_plan(
            planned,
            notes,
            in_scope={config.name: self.workspace.store.count(config.name) for config in configs},
            first_runs=frozenset(),
            limits={config.name: limits_of(config) for config in configs},
            made_at=self.workspace.now(),
            repository_version=self.workspace.repository.version,
            quiet={config.name: quiet_of(self.workspace, config) for config in configs},
        )

    def _planned(self, tickets: Sequence[Ticket]) -> Iterator[tuple[PlannedTicket, tuple[Note, ...]]]:
        # Released rows too: they say that a receipt which still names their slot is old.
        held = self.workspace.store.ledger([ticket.ref for ticket in tickets], released=True)
        for ticket in tickets:
            changes, notes = self._take(ticket, held.get(ticket.ref, ()))
            yield (
                PlannedTicket(
                    ticket=ticket.ref,
                    key=ticket.key,
                    url=ticket.url,
                    title=ticket.title,
                    project=ticket.project,
                    changes=changes,
                ),
                notes,
            )
