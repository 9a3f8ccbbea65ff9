"""Commands to begin with: init, schema, config show, demo, sandbox."""

import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar
from zoneinfo import ZoneInfoNotFoundError

import typer

from journeysync.cli.options import Config, Out
from journeysync.cli.output import Output, only, print_json, write
from journeysync.errors import ConfigError, ExitCode

if TYPE_CHECKING:
    from journeysync.sandbox import GithubSandbox, JiraSandbox, LinearSandbox

Sandbox = TypeVar("Sandbox", bound="JiraSandbox | GithubSandbox | LinearSandbox")
config_app = typer.Typer(help="The configuration.", no_args_is_help=True)
sandbox_app = typer.Typer(help="Local trackers that speak the real wire protocols.", no_args_is_help=True)

Load = Annotated[
    list[Path] | None,
    typer.Option("--load", help="Recorded issues, one REST JSON object a line, gzip by name; repeatable."),
]
Port = Annotated[int, typer.Option("--port", help="Port on loopback; 0 takes a free one.")]
Faults = Annotated[
    list[str] | None,
    typer.Option("--fault", help="Misbehave, repeatable: 429:retry-after=2,p=0.05,path=/search (docs/sandbox.md)."),
]
JournalFile = Annotated[Path | None, typer.Option("--journal", help="Append every write here as a JSON line.")]
Lag = Annotated[float, typer.Option("--lag", help="Seconds by which searches lag behind writes.")]
TimeZone = Annotated[str, typer.Option("--time-zone", help="Time zone of the account's profile.")]


def init(
    target: Annotated[Path, typer.Argument(help="The folder to begin in.")] = Path(),
    pack: Annotated[
        str | None, typer.Option("--pack", help="Copy a ready pack: starter, solvane ...", show_default=False)
    ] = None,
) -> int:
    """Begin a workspace: configuration, a first journey, a first rule. Never overwrites a file."""
    from journeysync.config.packs import copy_pack, new_workspace_id, write_first_workspace

    fresh = new_workspace_id()
    made = copy_pack(pack, target, workspace_id=fresh) if pack else write_first_workspace(target, workspace_id=fresh)
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
        only(output, Output.TABLE, Output.JSON)
        text = shown_config(workspace.settings)
        if output is Output.JSON:
            print_json({"config": text, "path": str(workspace.settings.path)})
        else:
            write(text.rstrip())
    return ExitCode.DONE


@sandbox_app.command("jira-cloud")
def sandbox_jira_cloud(
    load: Load = None,
    port: Port = 0,
    fault: Faults = None,
    journal: JournalFile = None,
    lag: Lag = 0.0,
    time_zone: TimeZone = "UTC",
) -> int:
    """A Jira Cloud site on loopback, until Ctrl-C.

    Its address and its sign-ins are printed.
    """
    from journeysync.sandbox import start_jira_cloud

    start = partial(start_jira_cloud, journal_path=journal, index_lag_seconds=lag, time_zone=time_zone)
    with _started(start, load=load, port=port, fault=fault) as server:
        write(f"Jira Cloud sandbox  {server.url}   user {server.user}   token {server.token}")
        write(f"With scopes  {server.gateway_url}   user {server.user}   token {server.scoped_token}")
        _serve(server)
    return ExitCode.DONE


@sandbox_app.command("jira-dc")
def sandbox_jira_dc(
    load: Load = None,
    port: Port = 0,
    fault: Faults = None,
    journal: JournalFile = None,
    lag: Lag = 0.0,
    time_zone: TimeZone = "UTC",
    context_path: Annotated[str, typer.Option("--context-path", help="Where the site lives, such as /jira.")] = "",
) -> int:
    """A Jira Data Center site on loopback, until Ctrl-C.

    Its address and its sign-ins are printed.
    """
    from journeysync.sandbox import start_jira_dc

    start = partial(
        start_jira_dc, context_path=context_path, journal_path=journal, index_lag_seconds=lag, time_zone=time_zone
    )
    with _started(start, load=load, port=port, fault=fault) as server:
        write(f"Jira Data Center sandbox  {server.url}   token {server.token}")
        write(f"With a password  user {server.user}   password {server.password}")
        _serve(server)
    return ExitCode.DONE


@sandbox_app.command("github")
def sandbox_github(
    load: Load = None,
    port: Port = 0,
    fault: Faults = None,
    journal: JournalFile = None,
    repository: Annotated[
        list[str] | None,
        typer.Option("--repository", help="An empty repository to begin with: owner/name, or owner/name:public."),
    ] = None,
    enterprise: Annotated[
        bool, typer.Option("--enterprise", help="Serve as an Enterprise Server, under /api/v3 and /api/graphql.")
    ] = False,
    schema: Annotated[
        Path | None, typer.Option("--schema", help="GitHub's GraphQL schema (SDL), in the place of the built-in part.")
    ] = None,
) -> int:
    """A GitHub site on loopback, REST and GraphQL, until Ctrl-C.

    Its addresses and its token are printed.
    """
    from journeysync.sandbox import start_github

    named = [(name, kind or "private") for name, _, kind in (each.partition(":") for each in repository or ())]
    start = partial(
        start_github,
        repositories=named if repository else None,
        enterprise=enterprise,
        schema=schema,
        journal_path=journal,
    )
    with _started(start, load=load, port=port, fault=fault) as server:
        write(f"GitHub sandbox  {server.url}   user {server.login}   token {server.token}")
        write(f"GraphQL  {server.graphql_url}")
        _serve(server)
    return ExitCode.DONE


@sandbox_app.command("linear")
def sandbox_linear(
    load: Load = None,
    port: Port = 0,
    fault: Faults = None,
    journal: JournalFile = None,
    team: Annotated[
        list[str] | None, typer.Option("--team", help="Key of an empty team to begin with, repeatable: ENI.")
    ] = None,
    schema: Annotated[
        Path | None, typer.Option("--schema", help="Linear's GraphQL schema (SDL), in the place of the built-in part.")
    ] = None,
) -> int:
    """A Linear workspace on loopback, GraphQL, until Ctrl-C.

    Its address, its API key and an OAuth token are printed.
    """
    from journeysync.sandbox import start_linear

    start = partial(start_linear, teams=team, schema=schema, journal_path=journal)
    with _started(start, load=load, port=port, fault=fault) as server:
        write(f"Linear sandbox  {server.url}   user {server.user}   API key {server.key}")
        write(f"As an app  OAuth token {server.token}")
        _serve(server)
    return ExitCode.DONE


def _started(start: Callable[..., Sandbox], *, load: list[Path] | None, port: int, fault: list[str] | None) -> Sandbox:
    """Start a sandbox; what the options got wrong is told as such."""
    for path in load or ():
        if not path.is_file():
            raise ConfigError(f"there is no file {path}", next_step="give the path of a .jsonl or .jsonl.gz file")
    try:
        return start(load=load or (), port=port, faults=fault or ())
    except ValueError as error:
        raise ConfigError(str(error), next_step="see docs/sandbox.md for --load and the grammar of --fault") from error
    except ZoneInfoNotFoundError as error:
        raise ConfigError(str(error.args[0]), next_step="name a zone as in Europe/Berlin") from error
    except OSError as error:
        raise ConfigError(f"cannot serve on port {port}: {error.strerror}", next_step="leave --port out") from error


def _serve(server: "JiraSandbox | GithubSandbox | LinearSandbox") -> None:
    write(f"{len(server.state.issues)} issues. Ctrl-C ends it.")
    sys.stdout.flush()
    server.wait()
