"""Entry point: run a command, turn every error into words on stderr and a frozen exit code."""

import gc
import logging
import os
import sys
from collections.abc import Sequence

import click
import typer

from journeysync.errors import ConfigError, ExitCode, JourneySyncError


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code (docs/cli.md)."""
    # Backlogs are large trees without cycles: looking for those every 700 objects costs a third of a pull.
    gc.set_threshold(20_000, 50, 100)
    raise SystemExit(run(sys.argv[1:] if arguments is None else list(arguments)))


def run(arguments: Sequence[str]) -> int:
    """Run the command line; return its exit code. Never raises, unless ``--debug`` is given."""
    from journeysync.cli.app import app

    debug = "--debug" in arguments
    command = typer.main.get_command(app)
    try:
        result = command.main(list(arguments), prog_name="journeysync", standalone_mode=False)
    except click.exceptions.Exit as leave:
        return int(leave.exit_code)
    except click.ClickException as error:
        error.show()
        return ExitCode.USAGE
    except (KeyboardInterrupt, click.Abort):
        say("interrupted: what was done stays done, the next run goes on")
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        # The reader of our stdout went away (`| head`); nothing is wrong with the work.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.DONE
    except JourneySyncError as error:
        if debug:
            raise
        show_error(error)
        return int(error.exit_code)
    except Exception as error:
        if debug:
            raise
        logging.getLogger("journeysync").debug("unexpected", exc_info=error)
        say(f"something unexpected happened: {type(error).__name__}\n  next:  run again with --debug and report it")
        return ExitCode.ERROR
    return int(result or 0)


def show_error(error: JourneySyncError) -> None:
    """Print an error on stderr: what, where, next; and each problem when several were found."""
    if isinstance(error, ConfigError):
        for problem in error.problems:
            say(problem)
    say(str(error))


def say(text: str) -> None:
    """Print to stderr, where logs, progress and prompts go; stdout carries the result only."""
    from journeysync.cli.output import plain

    print(plain(text), file=sys.stderr)  # noqa: T201  # this is the one place that speaks to people
