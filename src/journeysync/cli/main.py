"""Entry point: run a command, turn every error into words on stderr and a frozen exit code."""

import gc
import logging
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import typer

from journeysync.errors import ConfigError, ExitCode, JourneySyncError

# Newer releases of typer bring their own copy of click; these are the right classes with either.
UsageError: Any = typer.BadParameter.__base__
ClickError: Any = UsageError.__base__


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command line and leave with its exit code (docs/cli.md)."""
    # Backlogs are large trees without cycles: looking for those every 700 objects costs a third of a pull.
    gc.set_threshold(20_000, 50, 100)
    code = run(sys.argv[1:] if arguments is None else list(arguments))
    if code == ExitCode.INTERRUPTED:
        _leave_at_once(code)
    raise SystemExit(code)


def _leave_at_once(code: int) -> None:
    """Leave without waiting for threads whose server does not answer: store and leases are closed by now."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


def run(arguments: Sequence[str]) -> int:
    """Run the command line; return its exit code. Never raises, unless ``--debug`` is given."""
    debug = "--debug" in arguments
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")  # a terminal that knows no umlauts shows "?", and nothing fails
    try:
        code = _invoke([argument for argument in arguments if argument != "--debug"], debug=debug)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader of our stdout went away (`| head`); nothing is wrong with the work.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return ExitCode.DONE
    except (KeyboardInterrupt, typer.Abort):
        say("interrupted: what was done stays done, the next run goes on")
        return ExitCode.INTERRUPTED
    except ClickError as error:
        return _show_usage(error)
    except JourneySyncError as error:
        if debug:
            raise
        show_error(error)
        return int(error.exit_code)
    except Exception as error:
        if debug:
            raise
        say(f"something unexpected happened: {type(error).__name__}\n  next:  run again with --debug and report it")
        return ExitCode.ERROR
    return code


def _invoke(arguments: list[str], *, debug: bool) -> int:
    from journeysync.cli.app import app

    if debug:
        logging.basicConfig(level=logging.DEBUG)
    else:  # what a library mutters about a lost connection is no message of ours: the error says it, with a next step
        logging.getLogger().addHandler(logging.NullHandler())
    command = typer.main.get_command(app)
    if "_JOURNEYSYNC_COMPLETE" in os.environ:
        command.main(arguments, prog_name="journeysync")  # the shell asks for completions
    try:
        # Not command.main: that would take a closed pipe for an error, and leave by itself.
        with command.make_context("journeysync", arguments) as context:
            return int(command.invoke(context) or 0)
    except typer.Exit as leave:
        return int(leave.exit_code)


def _show_usage(error: Any) -> int:
    context: Any = getattr(error, "ctx", None)
    if type(error).__name__ == "NoArgsIsHelpError":
        say(context.get_help())
        return ExitCode.USAGE
    said = error.format_message().strip().replace("Value error, ", "")
    path = context.command_path if context is not None else "journeysync"
    say(f"{said[:1].lower()}{said[1:].rstrip('.')}\n  next:  see {path} --help")
    return ExitCode.USAGE


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
