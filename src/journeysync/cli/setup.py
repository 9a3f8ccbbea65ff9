"""Commands to begin with: init, schema, config show, demo, sandbox."""

from pathlib import Path
from typing import Annotated

import typer

from journeysync.cli.options import Config, Out
from journeysync.cli.output import Output, print_json, write
from journeysync.errors import ConfigError, ExitCode

config_app = typer.Typer(help="The configuration.", no_args_is_help=True)
sandbox_app = typer.Typer(help="Local trackers that speak the real wire protocols.", no_args_is_help=True)


def init(
    target: Annotated[Path, typer.Argument(help="The folder to begin in.")] = Path(),
    pack: Annotated[
        str | None, typer.Option("--pack", help="Copy a ready pack: starter, solvane ...", show_default=False)
    ] = None,
) -> int:
    """Begin a workspace: configuration, a first journey, a first rule. Never overwrites a file."""
    from journeysync.config import init_workspace

    made = init_workspace(target, pack=pack)
    for path in made:
        write(f"+ {path}")
    write(f"Next: edit {target / 'journeysync.yaml'}, then: journeysync validate")
    return ExitCode.DONE


def schema(
    kind: Annotated[
        str | None, typer.Argument(help="One kind of file (journey, rules ...); all if left out.", show_default=False)
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Write one file a kind into this folder.", show_default=False)
    ] = None,
) -> int:
    """Print the JSON Schemas of all files, for editors and checks."""
    import json

    from journeysync.config import schemas

    found = schemas()
    if kind is not None and kind not in found:
        raise ConfigError(f"there is no file kind '{kind}'", next_step=f"kinds: {', '.join(sorted(found))}")
    if out is None:
        write(json.dumps(found[kind] if kind else found, indent=2))
        return ExitCode.DONE
    out.mkdir(parents=True, exist_ok=True)
    for name, document in found.items():
        if kind in (None, name):
            (out / f"{name}.schema.json").write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
            write(f"+ {out / f'{name}.schema.json'}")
    return ExitCode.DONE


@config_app.command("show")
def config_show(config: Config = None, output: Out = Output.TABLE) -> int:
    """Show the configuration in force; secrets only as where they come from."""
    from journeysync.app.workspace import Workspace
    from journeysync.config import shown_config

    with Workspace.open(config) as workspace:
        text = shown_config(workspace.settings)
        if output is Output.JSON:
            print_json({"config": text, "path": str(workspace.settings.path)})
        else:
            write(text)
    return ExitCode.DONE
