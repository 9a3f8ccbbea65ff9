"""The options that many commands share, said once."""

from pathlib import Path
from typing import Annotated, Any

import typer

from journeysync.cli.output import Output


def _or_before_the_command(context: typer.Context, value: Any) -> Any:
    """Return what was given here, else what was given before the command's name."""
    return value if value is not None else context.find_root().params.get("config")


Config = Annotated[
    Path | None,
    typer.Option(
        "--config",
        "-c",
        help="journeysync.yaml or its folder. Default: JOURNEYSYNC_CONFIG, else found upwards from here.",
        callback=_or_before_the_command,
        show_default=False,
    ),
]
Out = Annotated[Output, typer.Option("--output", "-o", help="Form of the result on stdout.")]
Names = Annotated[
    list[str] | None,
    typer.Argument(metavar="[CONNECTION]...", help="Connections; all of them if none is named.", show_default=False),
]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask. Never passes a brake.")]
Allow = Annotated[
    list[str] | None,
    typer.Option(
        "--allow",
        metavar="BRAKE",
        help="Let a brake pass, repeatable: changed, removed, writes, first-run, ids-lost.",
        show_default=False,
    ),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Say what would be done; write nothing.")]
