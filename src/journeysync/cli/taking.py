"""Commands that take back: undo, uninstall, ledger rebuild."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from journeysync.cli.options import Allow, Config, DryRun, Names, Out, Yes
from journeysync.cli.output import Output, emit, print_json, write
from journeysync.errors import ExitCode

if TYPE_CHECKING:
    from journeysync.app.proving import Proof
    from journeysync.model.tracker import UnmadeLabel

ledger_app = typer.Typer(help="Our record of what we wrote.", no_args_is_help=True)


@ledger_app.callback()
def _ledger() -> None:
    """Keep the ledger a word of its own, also while there is only one command."""


def undo(
    run: Annotated[str, typer.Argument(help="A run's id (journeysync runs).")],
    yes: Yes = False,
    allow: Allow = None,
    dry_run: DryRun = False,
    config: Config = None,
    output: Out = Output.TABLE,
) -> int:
    """Take back what one run wrote. What a person, or a later run, wrote there since stays."""
    from journeysync.app.taking import undo as take_back
    from journeysync.app.workspace import Workspace
    from journeysync.cli.progress import shown_progress
    from journeysync.cli.writing import applied, ask, brakes, needs_yes

    needs_yes(yes=yes or dry_run)
    with Workspace.open(config) as workspace, shown_progress() as progress:
        result = take_back(
            workspace,
            run,
            allow=brakes(allow),
            confirm=lambda made: yes or ask(made),
            dry_run=dry_run,
            progress=progress,
        )
    return applied(result, output)


def uninstall(
    names: Names = None,
    project: Annotated[
        str | None, typer.Option("--project", help="Only tickets of this project.", show_default=False)
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", help="Also write the proof to this file, as JSON.", show_default=False)
    ] = None,
    yes: Yes = False,
    allow: Allow = None,
    dry_run: DryRun = False,
    config: Config = None,
    output: Out = Output.TABLE,
) -> int:
    """Take out every trace of ours, labels that nobody uses included, and prove it by reading with a fresh store."""
    from journeysync.app.proving import held_now, prove_nothing_left
    from journeysync.app.taking import take_everything_out
    from journeysync.app.workspace import Workspace
    from journeysync.cli.progress import shown_progress
    from journeysync.cli.writing import applied, ask, brakes, needs_yes

    needs_yes(yes=yes or dry_run)
    proof = None
    with Workspace.open(config) as workspace, shown_progress() as progress:
        held = held_now(workspace, names or ())
        result = take_everything_out(
            workspace,
            names or (),
            project=project,
            allow=brakes(allow),
            confirm=lambda made: yes or ask(made),
            dry_run=dry_run,
            progress=progress,
        )
        if not dry_run and not result.declined and project is None:
            proof = prove_nothing_left(workspace, held, names or (), progress=progress)
    if report is not None and proof is not None:
        report.write_text(json.dumps(proof.as_json(), indent=1) + "\n", encoding="utf-8")
    if output is Output.JSON:
        print_json(result.as_json() | {"proof": proof.as_json() if proof else None})
        code = int(result.exit_code)
    else:
        code = applied(result, output)
        _show_labels(result.labels)
        if proof is not None:
            _show_proof(proof)
    return ExitCode.PARTLY if proof is not None and not proof.is_clean and not code else code


def _show_labels(labels: "Sequence[UnmadeLabel]") -> None:
    from journeysync.core.age import counted
    from journeysync.core.table import one_line

    gone = [label for label in labels if not label.cause]
    if gone:
        write(f"{counted(len(gone), 'label definition')} of ours that no ticket carries any longer: deleted")
    for label in labels:
        if label.cause:
            write(f"  x {one_line(f'{label.project}: {label.name} could not be deleted: {label.cause}')}")


def _show_proof(proof: "Proof") -> None:
    write(f"Proof: {proof.tickets} tickets read anew with a fresh store, {len(proof.ours)} marks of ours left")
    for left in proof.ours[:20]:
        write(f"  x {left.key} {left.slot}")
    if proof.typed:
        write(f"  {len(proof.typed)} labels of our names, or copies of our text, are people's own and stay")


@ledger_app.command("rebuild")
def ledger_rebuild(names: Names = None, config: Config = None, output: Out = Output.TABLE) -> int:
    """Get the ledger back from the receipts in the tickets, after a lost store. Writes to no tracker."""
    from journeysync.app.rebuilding import rebuild_ledger
    from journeysync.app.workspace import Workspace
    from journeysync.cli.progress import shown_progress

    with Workspace.open(config) as workspace, shown_progress() as progress:
        result = rebuild_ledger(workspace, names or (), progress=progress)
    rows = [row.model_dump(mode="json") for row in result.connections]
    columns = ["connection", "tickets", "rows", "changed", "missing", "copied"]
    emit(output, result.as_json(), columns=columns, rows=rows, title="Ledger rebuilt from the receipts")
    return ExitCode.DONE
