"""Commands around writing: plan, apply, sync."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from journeysync.cli.options import Allow, Config, DryRun, Names, Out, Yes
from journeysync.cli.output import Output, print_json, write
from journeysync.errors import ConfigError, ExitCode

if TYPE_CHECKING:
    from journeysync.app.results import ApplyResult
    from journeysync.model.plan import Plan


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
    from journeysync.app.results import plan_json
    from journeysync.app.workspace import Workspace
    from journeysync.cli.planview import show_plan
    from journeysync.cli.progress import shown_progress

    with Workspace.open(config) as workspace, shown_progress() as progress:
        workspace.links(progress=progress)
        made = workspace.plan(*(names or ()), progress=progress)
    if out is not None:
        save_plan(out, made)
    if output is Output.TABLE:
        show_plan(made)
        if out is not None:
            write(f"Saved to {out}. Next: journeysync apply {out}")
    else:
        _plan_output(output, made, plan_json(made))
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
    config: Config = None,
    output: Out = Output.TABLE,
) -> int:
    """Plan anew, show it, and write it after your yes."""
    from journeysync.app.planfile import load_plan
    from journeysync.app.workspace import Workspace
    from journeysync.cli.progress import shown_progress

    _needs_yes(yes=yes or dry_run)
    printed = load_plan(plan_file) if plan_file else None
    with Workspace.open(config) as workspace, shown_progress() as progress:
        workspace.links(progress=progress)
        result = workspace.apply(
            *(connection or ()),
            printed=printed,
            allow=_brakes(allow),
            confirm=lambda made: yes or _ask(made),
            dry_run=dry_run,
            progress=progress,
        )
    return _applied(result, output)


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

    _needs_yes(yes=yes or dry_run)
    with Workspace.open(config) as workspace, shown_progress() as progress:
        result = workspace.sync(
            *(names or ()),
            full=full,
            allow=_brakes(allow),
            confirm=lambda made: yes or _ask(made),
            dry_run=dry_run,
            progress=progress,
        )
    if output is Output.JSON:
        print_json(result.as_json())
    else:
        for row in result.pull.connections:
            write(f"Pull {row.name}: {row.read} read, {row.changed} changed, {row.gone} gone, {row.requests} requests")
        write(f"Links: {result.links.matched} tickets matched, {result.links.linked} linked")
    return _applied(result.applied, Output.NDJSON if output is Output.JSON else output)


def _applied(result: "ApplyResult", output: Output) -> int:
    from journeysync.app.applying import exit_code
    from journeysync.app.results import Trouble
    from journeysync.cli.planview import show_plan
    from journeysync.cli.reading import _explain_troubles

    if output is Output.JSON:
        print_json(result.as_json())
    elif output is not Output.NDJSON:
        if result.dry_run and result.plan is not None:
            show_plan(result.plan)
        counts = result.summary
        write(
            f"{'Dry run: nothing written' if result.dry_run else f'{counts.written} written'}, "
            f"{counts.unchanged} were so already, {counts.skipped} changed since the plan, {counts.failed} failed, "
            f"{counts.requests} requests (run {result.run})"
        )
        for failure in result.failures:
            write(f"  x {failure.key or failure.ticket} {failure.slot}: {failure.cause}")
            if failure.next:
                write(f"    next: {failure.next}")
    _explain_troubles([trouble for _, trouble in result.troubles if isinstance(trouble, Trouble)])
    return exit_code(result)


def _needs_yes(*, yes: bool) -> None:
    if not yes and not sys.stdin.isatty():
        raise ConfigError(
            "there is no terminal to ask for a yes",
            next_step="run with --yes where this is meant, or with --dry-run to look",
        )


def _ask(made: "Plan") -> bool:
    from journeysync.cli.planview import show_plan

    show_plan(made)
    return typer.confirm(f"Write {made.summary.tickets} tickets?", err=True)


def _brakes(allow: list[str] | None) -> frozenset[str]:
    from typing import get_args

    from journeysync.model.plan import BrakeName

    known = get_args(BrakeName)
    for name in allow or ():
        if name not in known:
            raise ConfigError(f"there is no brake '{name}'", next_step=f"brakes: {', '.join(known)}")
    return frozenset(allow or ())


def _plan_output(output: Output, made: "Plan", document: "dict[str, object]") -> None:
    from journeysync.cli.output import emit

    rows = document["changes"]
    columns = ["connection", "key", "change", "slot", "before", "after", "cause"]
    emit(output, document, columns=columns, rows=rows, title=f"Plan {made.checksum}")  # type: ignore[arg-type]  # rows are a list of dicts
