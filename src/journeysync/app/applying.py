"""Plan anew and carry it out. Nothing is written that was not in the printed plan, and no brake is passed unasked.

How a change reaches its ticket, and what happens when that breaks, is in ``writer``.
"""

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING

from journeysync.app.covering import coverage
from journeysync.app.links import relink
from journeysync.app.planning import Planner, first_write
from journeysync.app.progress import Progress, silent
from journeysync.app.results import ApplyResult
from journeysync.app.standing import report_stale_plan, report_standing
from journeysync.app.writer import Writer, as_planned_by
from journeysync.core.plan import PrintedChange, restrict
from journeysync.errors import ConfigError, PlanMoved, UnsafePlan
from journeysync.model.plan import Plan

if TYPE_CHECKING:
    from journeysync.app.workspace import Workspace
    from journeysync.config import ConnectionConfig

WRITE_LEVELS = ("plan", "apply", "sync")


def apply(
    workspace: "Workspace",
    names: Sequence[str] = (),
    *,
    printed: Collection[PrintedChange] | None = None,
    allow: Collection[str] = (),
    level: str = "apply",
    confirm: Callable[[Plan], bool] = lambda _plan: True,
    dry_run: bool = False,
    refresh: bool = False,
    by: str = "",
    progress: Progress = silent,
) -> ApplyResult:
    """Plan anew and write.

    Args:
        workspace: The workspace.
        names: Connections; all if none is named.
        printed: The changes of a plan file: only these are written.
        allow: Brakes that a person lets pass.
        level: "apply" (after a person's yes) or "sync" (by a schedule); a connection must allow it.
        confirm: Asked with the plan before anything is written.
        dry_run: Stop before the first write.
        refresh: Write comments and blocks anew in the words of this release, also where they say the same.
        by: Who approved it; the user of the process when left out.
        progress: Hears "apply" with changes so far.

    Raises:
        UnsafePlan: A brake holds that is not in ``allow``.
        PlanMoved: A plan file was given and nothing of it is still to be done.
    """
    configs = writable(workspace, names, level)
    with workspace.run(level, by=by, detail={"connections": [config.name for config in configs]}) as run:
        planner = Planner(workspace, refresh=refresh)
        writer = Writer(workspace, run, progress, again=as_planned_by(planner))
        settled = 0 if dry_run else writer.settle(configs)
        for config in configs:
            check_store(workspace, config)
        todo = everything = planner.plan(writer.untroubled(configs), progress)
        if printed is not None:
            todo = _restricted(workspace, todo, printed, writer.untroubled(configs))
        if not dry_run:  # a dry run shows the brakes with the plan
            check_brakes(todo, allow)
        declined = bool(todo.tickets) and not dry_run and not confirm(todo)
        if dry_run or declined or not todo.tickets:
            result = writer.result().model_copy(update={"dry_run": dry_run, "declined": declined})
        else:
            for brake in todo.brakes:
                if brake.name == "first-run":
                    workspace.store.set_meta(first_write(brake.connection), run.id)
            writer.write(configs, todo)
            for name in writer.untroubled(configs):
                workspace.store.set_meta(first_write(name), "")
            workspace.store.release_rows((row.ticket, row.slot) for row in planner.releases)
            relink(workspace)  # what we just wrote is seen now, so that the next run has nothing to match
            result = writer.result()
        if not dry_run and not declined:
            writer.close_rows(configs, everything)
            report_standing(workspace, writer.untroubled(configs), everything)
        took_part = tuple(config.name for config in configs)
        result = result.model_copy(update={"settled": settled, "plan": todo, "connections": took_part})
        run.result = result.as_json()
        run.exit_code = result.exit_code
        if todo.tickets and not dry_run and not declined:
            workspace.remember_ids()
        if level == "apply" and not dry_run and not declined:  # a sync does it when it is through
            totals = coverage(workspace).totals.model_dump(mode="json")
            workspace.store.save_snapshot(run.id, at=workspace.now(), totals=totals)
        return result


def writable(workspace: "Workspace", names: Sequence[str], level: str) -> tuple["ConnectionConfig", ...]:
    """Return the connections that may be written to at this level.

    Raises:
        ConfigError: None may.
    """
    configs = workspace.connections(tuple(names))
    allowed = tuple(c for c in configs if WRITE_LEVELS.index(c.write) >= WRITE_LEVELS.index(level))
    if not allowed:
        first = configs[0]
        raise ConfigError(
            f"connection '{first.name}' is read-only for '{level}': its write level is '{first.write}'",
            where=first.where,
            next_step=f"set 'write: {level}' there when you want journeysync to write to this tracker",
        )
    return allowed


def check_store(workspace: "Workspace", config: "ConnectionConfig") -> None:
    """Stop when tickets carry receipts of this workspace and the ledger knows of none: the store was lost.

    Raises:
        UnsafePlan: Says how to get the ledger back. No ``--allow`` passes it.
    """
    if config.name in workspace.store.ledger_connections():
        return
    tickets = workspace.store.iter_tickets(connection=config.name)
    marked = sum(ticket.own_receipt is not None for batch in tickets for ticket in batch)
    if marked:
        raise UnsafePlan(
            f"{marked} tickets of '{config.name}' carry receipts of this workspace, and the store knows of none",
            where=workspace.settings.store_url,
            next_step=f"get the ledger back from the receipts: journeysync ledger rebuild {config.name}",
        )


def check_brakes(todo: Plan, allow: Collection[str]) -> None:
    """Stop when a brake holds that nobody let pass.

    Raises:
        UnsafePlan: Names each brake and the flag for it.
    """
    held = [brake for brake in todo.brakes if brake.name not in allow]
    if held:
        flags = " ".join(f"--allow {name}" for name in sorted({brake.name for brake in held}))
        raise UnsafePlan(
            "; ".join(brake.says for brake in held),
            where="; ".join(brake.cause for brake in held if brake.cause),
            next_step=f"look at the plan (journeysync plan); if it is meant, run again with {flags}",
            brakes=[brake.name for brake in held],
        )


def _restricted(
    workspace: "Workspace", todo: Plan, printed: Collection[PrintedChange], connections: Sequence[str]
) -> Plan:
    kept = restrict(todo, frozenset(printed))
    if printed and not kept.tickets and todo.tickets:
        moved = PlanMoved(
            "nothing of this plan is still to be done as printed",
            next_step="the backlog or the mappings changed since: make a new plan with journeysync plan --out FILE",
        )
        report_stale_plan(workspace, connections, moved.what, moved.next_step)
        raise moved
    return kept
