"""The command line in processes of its own that need not import anything: forked from one that has.

To import all of it takes a second of a processor's time, ten times as long as most commands. A forked process is a
real one: it has its own exit code, its own streams and its own environment, and it can be killed at any moment.
"""

import importlib
import multiprocessing
import os
import pkgutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from runpy import run_module
from subprocess import TimeoutExpired

_CONTEXT = multiprocessing.get_context("forkserver")
_NOT_FOR_COMMANDS = ("journeysync.testing", "journeysync.__main__", "journeysync.store.migrations.")
_DRIVERS = ("alembic.command", "psycopg", "sqlalchemy.dialects.postgresql", "sqlalchemy.dialects.sqlite")


def import_all() -> None:
    """Import what a command may need, so that a fork of this process has it. What is not installed stays out."""
    product = importlib.import_module("journeysync")
    found = [module.name for module in pkgutil.walk_packages(product.__path__, "journeysync.")]
    connectors = [module.name for module in pkgutil.iter_modules() if module.name.startswith("journeysync_")]
    inner = [f"{name}.connection" for name in connectors]
    for name in (*found, *connectors, *inner, *_DRIVERS):
        if not name.startswith(_NOT_FOR_COMMANDS):
            try:
                importlib.import_module(name)
            except ImportError:
                continue


class Command:
    """A command under way; it offers what the tests need of ``subprocess.Popen``."""

    def __init__(self, arguments: Sequence[str], env: Mapping[str, str], folder: Path | None = None) -> None:
        self.arguments = tuple(arguments)
        self._said = [Path(tempfile.mkstemp(prefix="said-", dir=folder)[1]) for _stream in ("out", "err")]
        _CONTEXT.set_forkserver_preload(["pytest", "journeysync.testing.imported"])
        self._process = _CONTEXT.Process(target=_run, args=(self.arguments, dict(env), *map(str, self._said)))
        self._process.start()

    def poll(self) -> int | None:
        """Return the exit code, negative for a signal; None while it runs."""
        return self._process.exitcode

    @property
    def returncode(self) -> int | None:
        """The exit code, None while it runs."""
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        """Send a signal; nothing happens if it has ended."""
        if self._process.exitcode is None and self._process.pid is not None:
            os.kill(self._process.pid, number)

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """Wait for the end; return what it said on stdout and on stderr.

        Raises:
            subprocess.TimeoutExpired: It took longer; it is killed.
        """
        self._process.join(timeout)
        if self._process.exitcode is None:
            self._process.kill()
            self._process.join()
            raise TimeoutExpired(self.arguments, timeout or 0)
        out, err = (file.read_text(encoding="utf-8", errors="replace") for file in self._said)
        for file in self._said:
            file.unlink()
        return out, err


def _run(arguments: Sequence[str], env: Mapping[str, str], out: str, err: str) -> None:
    """Be ``python -m journeysync``: with its environment, its streams, and nothing of the tests'."""
    os.environ.clear()
    os.environ.update(env)
    for stream, file in ((1, out), (2, err)):
        os.dup2(os.open(file, os.O_WRONLY | os.O_APPEND), stream)
    sys.argv = ["journeysync", *arguments]
    run_module("journeysync", run_name="__main__")
