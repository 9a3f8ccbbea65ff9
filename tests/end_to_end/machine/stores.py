"""Where a firm keeps its store: a file, or a schema on a PostgreSQL server; lost, kept, and put back after a kill.

One engine serves all runs of a test, so that SQL is compiled once; its connections
are closed after each run, as those of a process that ended.
"""

import shutil
import sqlite3
import tempfile
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Protocol

from sqlalchemy import create_engine, text

from journeysync.store import Store
from journeysync.store.schema import metadata
from journeysync.testing.databases import empty_schema, let_leases_age


class Shelf(Protocol):
    """One store, which may get lost."""

    def open(self) -> Store:
        """Return the store, as a new process would open it."""
        ...

    def lose(self) -> None:
        """Delete everything."""
        ...

    def keep(self) -> None:
        """Keep it as it is at this moment: what a kill leaves."""
        ...

    def put_back(self) -> None:
        """Put back what was kept."""
        ...

    def close(self) -> None:
        """Leave nothing behind."""
        ...


class FileShelf:
    """A SQLite file below a folder."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / ".journeysync/state.db"
        self._kept = folder / "killed.db"

    def open(self) -> Store:
        if not self.file.exists():
            self.file.parent.mkdir(parents=True, exist_ok=True)
            self.file.write_bytes(_of_an_empty_store())
        return _store_at(f"sqlite:///{self.file}")

    def lose(self) -> None:
        for path in self.file.parent.glob("state.db*"):
            path.unlink()

    def keep(self) -> None:
        with sqlite3.connect(self.file) as now, sqlite3.connect(self._kept) as kept:
            now.backup(kept)

    def put_back(self) -> None:
        self.lose()
        shutil.move(self._kept, self.file)

    def close(self) -> None:
        self.lose()


class ServerShelf:
    """A schema of its own on a PostgreSQL server; the test is skipped where none answers."""

    def __init__(self) -> None:
        self._schema = empty_schema()
        server, self.schema = self._schema.__enter__()
        url = server.set(drivername="postgresql", password=None).render_as_string()
        self._store = Store.open(
            url, upgrade=True, password=str(server.password or "") or None, schema_name=self.schema
        )
        self._engine = create_engine(server)

    def open(self) -> Store:
        return self._store

    def lose(self) -> None:
        self._each("DELETE FROM {here}")

    def keep(self) -> None:
        self._each("DROP TABLE IF EXISTS {kept}", "CREATE TABLE {kept} AS TABLE {here}")

    def put_back(self) -> None:
        self._each("DELETE FROM {here}", "INSERT INTO {here} SELECT * FROM {kept}")
        let_leases_age(self._store, timedelta(minutes=5))  # the clock of a server stands for nobody

    def close(self) -> None:
        self._store.close()
        self._engine.dispose()
        self._schema.__exit__(None, None, None)

    def _each(self, *statements: str) -> None:
        with self._engine.begin() as db:
            for name in metadata.tables:
                here, kept = f'{self.schema}."{name}"', f'{self.schema}."kept_{name}"'
                for statement in statements:
                    db.execute(text(statement.format(here=here, kept=kept)))


@cache
def _store_at(url: str) -> Store:
    return Store.open(url)


@cache
def _of_an_empty_store() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "empty.db"
        Store.open(f"sqlite:///{path}").close()
        with sqlite3.connect(path) as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return path.read_bytes()
