"""What holds for all tests: nothing is left behind on servers, and no time goes into the same work a thousand times."""

import gc
import os
import shutil
import signal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event
from sqlalchemy.engine import Engine

from journeysync.testing.databases import drop_spare_schemas


class Statements(dict[Any, Any]):
    """Compiled statements, whichever engine they were compiled for; SQLAlchemy's own cache ends with its engine.

    A run opens one engine, the tests open thousands: a seventh of their time went into compiling the same words.
    """

    def get(self, key: Any, default: Any = None) -> Any:
        """Return a compiled statement; the first part of the key is the engine's dialect."""
        return super().get(key[1:], default)

    def __setitem__(self, key: Any, compiled: Any) -> None:
        super().__setitem__(key[1:], compiled)


_STATEMENTS: dict[str, Statements] = {}


@event.listens_for(Engine, "engine_connect")
def _share_statements(connection: Connection) -> None:
    mine = _STATEMENTS.setdefault(connection.dialect.name, Statements())
    connection.execution_options(compiled_cache=mine)


MEMORY = Path("/dev/shm")
ENOUGH = 4_000_000_000  # bytes; a container's default of 64 MB is not


def pytest_configure(config: pytest.Config) -> None:
    """Keep the files of tests in memory where there is room: a store that says "written" waits for the disk.

    A shell starts what it puts into the background deaf to Ctrl-C, and whoever that starts in turn: tests of
    interrupted runs need commands that hear it.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    if not config.option.basetemp and MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ENOUGH:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


def pytest_collection_finish() -> None:
    """Look for cyclic garbage as seldom as the command line does, and never among what is there for good."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 50, 100)


def pytest_sessionfinish() -> None:
    """Leave no schema behind on a server of others."""
    drop_spare_schemas()
