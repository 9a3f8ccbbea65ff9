"""Commands around writing: plan, apply, sync."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from journeysync.cli.options import Allow, Config, DryRun, Names, Out, Yes
from journeysync.cli.output import Output, one_line, only, plain, print_json, write
from journeysync.core.age import counted
from journeysync.errors import ConfigError, ExitCode

if TYPE_CHECKING:
    from journeysync.app.results import ApplyResult
    from journeysync.cli.progress import Shown
    from journeysync.model.plan import Plan

_MANY = 20  # failures told one by one; all of them are in the inbox


def plan(
    names: Names = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Also save the plan, for: journeysync apply FILE.", show_default=False)
    ] = None,
    detailed_exitcode: Annotated[
        bool, typer.Option("--detailed-exitcode", help="Leave with 2 when changes are pending.")
    ] = False,
    config: Config = None,
    output: Out = Output.TABLE,
) -> int:
    """Show what an apply would write, ticket by ticket, with the cause. Makes no request and writes nothing."""
    from journeysync.app.planfile import save_plan
    from journeysync.app.tables import plan_table
    from journeysync.app.workspace import Workspace
    from journeysync.cli.output import emit_table
    from journeysync.cli.planview import show_plan
    from journeysync.cli.progress import shown_progress

    with Workspace.open(config) as workspace, shown_progress() as progress:
        workspace.links(progress=progress)
        made = workspace.plan(*(names or ()), progress=progress)
        found = plan_table(workspace, made)
    if out is not None:
        save_plan(out, made)
    if output is Output.TABLE:
        show_plan(made)
        if out is not None:
            write(f"Saved to {out}. Next: journeysync apply {out}")
    else:
        emit_table(output, found)
    return ExitCode.CHANGES_PENDING if detailed_exitcode and made.tickets else ExitCode.DONE


def apply(
    plan_file: Annotated[
        Path | None, typer.Argument(help="A saved plan: only its changes are written.", show_default=False)
    ] = None,
    connection: Annotated[
        list[str] | None, typer.Option("--connection", help="Only this connection, repeatable.", show_default=False)
    ] = None,
    yes: Yes = False,
    allow: Allow = None,
    dry_run: DryRun = False,
    refresh: Annotated[
        bool, typer.Option("--refresh", help="Write comments and blocks anew in the words of this release.")
    ] = False,
    config: Config = None,
    output: Out = Output.TABLE,
) -> int:
    """Plan anew, show it, and write it after your yes."""
    from journeysync.app.planfile import load_plan
    from journeysync.app.workspace import Workspace
    from journeysync.cli.progress import shown_progress

    only(output, Output.TABLE, Output.JSON)
    needs_yes(yes=yes or dry_run)
    printed = load_plan(plan_file) if plan_file else None
    with Workspace.open(config) as workspace, shown_progress() as progress:
        workspace.links(progress=progress)
        result = workspace.apply(
            *(connection or ()),
            printed=printed,
            allow=brakes(allow),
            confirm=lambda made: yes or ask(made, progress),
            dry_run=dry_run,
            refresh=refresh,
            progress=progress,
        )
    return applied(result, output)


def sync(
    names: Names = None,
    full: Annotated[bool, typer.Option("--full", help="Also sweep: find what is gone, moved or out of scope.")] = False,
    yes: Yes = False,
    allow: Allow = None,
    dry_run: DryRun = False,
    config: Config = None,
    output: Out = Output.TABLE,
) -> int:
    """Read, match, plan and write in one run, for connections with 'write: sync'."""
    from journeysync.app.workspace import Workspace
    from journeysync.cli.progress import shown_progress
    from journeysync.cli.troubles import tell_troubles

    only(output, Output.TABLE, Output.JSON)
    needs_yes(yes=yes or dry_run)
    with Workspace.open(config) as workspace, shown_progress() as progress:
        result = workspace.sync(
            *(names or ()),
            full=full,
            allow=brakes(allow),
            confirm=lambda made: yes or ask(made, progress),
            dry_run=dry_run,
            progress=progress,
        )
    if output is Output.JSON:
        print_json(result.as_json())
    else:
        for row in result.pull.connections:
            how = f"{row.changed:,} changed, {row.gone:,} gone" if row.trouble is None else "not read in full"
            write(f"{row.name}: {how} ({counted(row.requests, 'request')}, {row.seconds:.1f} s)")
        write(f"{counted(result.links.linked, 'ticket')} linked, {result.links.matched:,} matched just now")
        _show_applied(result.applied)
    tell_troubles(result.applied.troubles)
    return result.applied.exit_code


def applied(result: "ApplyResult", output: Output) -> int:
    """Print what was written, and on stderr what stopped a connection; return the exit code."""
    from journeysync.cli.troubles import tell_troubles

    if output is Output.JSON:
        print_json(result.as_json())
    else:
        _show_applied(result)
    tell_troubles(result.troubles)
    return result.exit_code


def _show_applied(result: "ApplyResult") -> None:
    from journeysync.cli.planview import show_plan

    if result.dry_run:
        if result.plan is not None:
            show_plan(result.plan)
        write("\nDry run: nothing was written.")
        return
    if result.declined:
        write("Nothing was written.")
        return
    counts = result.summary
    if result.settled:
        write(f"{counted(result.settled, 'write')} of an interrupted run settled first")
    parts = [
        f"{counts.written:,} written to {counted(result.tickets, 'ticket')}" if counts.written else "nothing written",
        *((f"{counts.unchanged:,} stood there already",) if counts.unchanged else ()),
        *((f"{counts.skipped:,} left for the next plan, since their tickets changed",) if counts.skipped else ()),
        *((f"{counts.failed:,} failed",) if counts.failed else ()),
    ]
    write(f"{'; '.join(parts)} ({counted(counts.requests, 'request')}, run {result.run or 'none'})")
    for failure in result.failures[:_MANY]:
        write(f"  x {one_line(f'{failure.key or failure.ticket} {failure.slot}')}: {one_line(failure.cause)}")
        if failure.next:
            write(f"    next: {one_line(failure.next)}")
    if len(result.failures) > _MANY:
        write(f"  ... and {len(result.failures) - _MANY:,} more: journeysync inbox")


def needs_yes(*, yes: bool) -> None:
    """Stop where nobody can be asked.

    Raises:
        ConfigError: There is no terminal, and nobody said yes.
    """
    if not yes and not sys.stdin.isatty():
        raise ConfigError(
            "there is no terminal to ask for a yes",
            next_step="run with --yes where this is meant, or with --dry-run to look",
        )


def ask(made: "Plan", progress: "Shown | None" = None) -> bool:
    """Show the plan and ask; both on stderr, since stdout carries the result only."""
    from contextlib import redirect_stdout

    from journeysync.cli.planview import show_plan

    if progress is not None:
        progress.hide()
    with redirect_stdout(sys.stderr):
        show_plan(made)
        # Not typer.confirm: it prints a space on stdout.
        write(f"\nWrite to {counted(made.summary.tickets, 'ticket')}? [y/N] ", end="")
        sys.stderr.flush()
    answer = sys.stdin.readline()
    if not answer:
        raise typer.Abort
    return answer.strip().lower() in ("y", "yes")


def brakes(allow: list[str] | None) -> frozenset[str]:
    """Return the brakes that a person lets pass.

    Raises:
        ConfigError: There is no such brake.
    """
    from difflib import get_close_matches
    from typing import get_args

    from journeysync.model.plan import BrakeName

    known = get_args(BrakeName)
    for name in allow or ():
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]}? " if near else ""
            raise ConfigError(f"there is no brake '{plain(name)}'", next_step=f"{hint}brakes: {', '.join(known)}")
    return frozenset(allow or ())
