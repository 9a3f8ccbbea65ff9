"""Opening the store, and the two ways to talk to it: short reads and short writes.

No transaction stays open while control is outside of the store: every public
method opens one, ends it, and returns values; iterators open one a batch.
"""

import os
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from sqlalchemy import Connection, Engine, inspect, select
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.schema import CreateSchema

from journeysync.errors import StoreError
from journeysync.model.ticket import TicketRef
from journeysync.store import bulk, dialect, schema
from journeysync.store.columns import from_json, json_text
from journeysync.store.troubles import store_error

WAIT_SECONDS = 15.0
"""How long to wait for a lock that another holds."""
BATCH = 1000
"""Ids in one condition: what a statement has to hold in memory stays small."""

_Item = TypeVar("_Item")


class Database:
    """The connection pool of one store. Safe to use from several threads: each call takes a connection of its own."""

    found_schema: str | None = None
    """The migration that the tables were at when the store was opened; None: there were none."""
    _wait_seconds: float = WAIT_SECONDS

    def __init__(self, engine: Engine, where: str) -> None:
        self._engine = engine
        self._driver_error = dialect.driver_error(engine)
        self._where = where
        # SQLite has one writer, and who waits for it polls. Threads of one process rather wait in line.
        self._line = threading.Lock() if engine.dialect.name == "sqlite" else None

    @classmethod
    def open(
        cls,
        url: str,
        *,
        upgrade: bool | None = None,
        wait_seconds: float = WAIT_SECONDS,
        password: str | None = None,
        schema_name: str | None = None,
    ) -> Self:
        """Open the store, make it where there is none, and bring its tables up to date.

        Args:
            url: ``sqlite:///relative.db`` or ``sqlite:////absolute.db`` (a new file gets mode 0600, a new folder 0700),
                or ``postgresql://user@host/database``.
            upgrade: False: an older store is refused instead of upgraded; None: a file is upgraded, a server's
                database, which others may be using with the older release, is refused.
            wait_seconds: How long to wait for a lock that another process holds.
            password: Of the user on a server; None leaves it to PGPASSWORD and .pgpass.
            schema_name: Where the tables are on a server; made if missing. None: where the user's tables go.

        Raises:
            StoreError: not a database, damaged, locked, full, made by a newer release; the server is not there,
                or refuses the user.
        """
        try:
            parsed = make_url(url)
            engine = dialect.make_engine(parsed, wait_seconds=wait_seconds, password=password, schema_name=schema_name)
        except (ArgumentError, NoSuchModuleError) as error:
            raise StoreError(
                "the address of the store cannot be read", where="store.url", next_step=dialect.ADDRESSES
            ) from error
        file = dialect.file_of(parsed)
        if file is not None:
            _make_private(file)
        where = str(file) if file else parsed.set(query={}).render_as_string(hide_password=True)
        store = cls(engine, where)
        store._wait_seconds = wait_seconds
        try:
            store._bring_up_to_date(upgrade=file is not None if upgrade is None else upgrade, schema_name=schema_name)
        except BaseException:
            engine.dispose()
            raise
        return store

    def close(self) -> None:
        """Let go of all connections."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with self._errors_in_words(), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """One transaction; it waits for the write lock at its beginning, and is undone by any error."""
        with (
            self._in_line(),
            self._errors_in_words(),
            self._engine.connect().execution_options(**{dialect.WRITING: True}) as connection,
            connection.begin(),
        ):
            yield connection

    @contextmanager
    def _in_line(self) -> Iterator[None]:
        """Wait for the writers of this process, as long as for others; then the database says who is in the way."""
        if self._line is None:
            yield
            return
        mine = self._line.acquire(timeout=self._wait_seconds)
        try:
            yield
        finally:
            if mine:
                self._line.release()

    @contextmanager
    def _errors_in_words(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise store_error(error.orig or error, self._where) from error
        except self._driver_error as error:  # while connecting, before SQLAlchemy wraps it
            raise store_error(error, self._where) from error
        except PoolTimeout as error:
            raise StoreError(
                "every connection to the store is busy", where=self._where, next_step="run fewer things at a time"
            ) from error

    @property
    def where(self) -> str:
        """The file, or the address without password: for messages."""
        return self._where

    def _bring_up_to_date(self, *, upgrade: bool, schema_name: str | None) -> None:
        with self._reading() as connection:
            self.found_schema = _schema_of(connection)
        if self.found_schema == schema.SCHEMA:
            return
        with self._writing() as connection:
            dialect.lock_tables(connection)  # of two that open a new store, one makes the tables
            if schema_name is not None and self.found_schema is None:
                connection.execute(CreateSchema(schema_name, if_not_exists=True))
            found = _schema_of(connection)
            if found == schema.SCHEMA:
                return
            if found is not None and found > schema.SCHEMA:
                raise self._newer(connection, found)
            if found is not None and not upgrade:
                raise StoreError(
                    f"the store has the tables of an older release ({found}, this one needs {schema.SCHEMA})",
                    where=self._where,
                    next_step="run `journeysync db upgrade`",
                )
            # Alembic is slow to import and rarely needed
            from journeysync.store.migrations import make_tables, upgrade_tables

            is_new = found is None and not inspect(connection).get_table_names()
            (make_tables if is_new else upgrade_tables)(connection)
            put_meta(connection, "release", _release())

    def _newer(self, connection: Connection, found: str) -> StoreError:
        release = get_meta(connection, "release")
        return StoreError(
            f"the store was made by a newer release, journeysync {release or 'unknown'}",
            where=f"{self._where} (tables {found}; this is journeysync {_release()} with tables {schema.SCHEMA})",
            next_step=f"install journeysync {release} or newer" if release else "install the newer release",
        )


def get_meta(connection: Connection, key: str) -> str | None:
    """Return one word that the store keeps about itself, None if it has none such."""
    text = connection.scalar(select(schema.meta.c.value).where(schema.meta.c.key == key))
    return None if text is None else str(from_json(text))


def put_meta(connection: Connection, key: str, value: str) -> None:
    """Keep one word."""
    bulk.put(connection, schema.meta, ("key", "value"), [(key, json_text(value))])


def batches(items: Iterable[_Item], size: int = BATCH) -> Iterator[list[_Item]]:
    """Yield lists of at most ``size`` items, in order."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch


def by_connection(refs: Iterable[TicketRef]) -> Mapping[str, Sequence[str]]:
    """Return the ids of each connection, each once, in the order given."""
    grouped: dict[str, dict[str, None]] = {}
    for ref in refs:
        grouped.setdefault(ref.connection, {})[ref.id] = None
    return {connection: list(ids) for connection, ids in grouped.items()}


def id_batches(refs: Iterable[TicketRef]) -> Iterator[tuple[str, list[str]]]:
    """Yield (connection, ids), at most ``BATCH`` ids at a time."""
    for connection, ids in by_connection(refs).items():
        for batch in batches(ids):
            yield connection, batch


def _schema_of(connection: Connection) -> str | None:
    """Return the migration that the tables are at, None for an empty database."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    row = connection.exec_driver_sql("SELECT version_num FROM alembic_version").first()
    return None if row is None else str(row[0])


def _release() -> str:
    try:
        return version("journeysync")
    except PackageNotFoundError:
        return "0"


def _make_private(file: Path) -> None:
    """Make folder and file for this user only, before the database would make them for everyone."""
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise StoreError(
            f"the store cannot be opened: {error.strerror}",
            where=str(file),
            next_step="check that the folder may be written by this user, or name another file in store.url",
        ) from error
