"""All that differs between databases: opening, locks, the time, and many ids at once.

Besides ``bulk`` every other module speaks SQLAlchemy Core that both understand.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import (
    ARRAY,
    Boolean,
    ColumnElement,
    Connection,
    Dialect,
    Engine,
    Text,
    create_engine,
    event,
    literal,
    text,
)
from sqlalchemy.engine import URL
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.pool import QueuePool
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.types import TypeDecorator, TypeEngine

from journeysync.errors import StoreError
from journeysync.store.columns import plain

WRITING = "journeysync_writing"
"""Execution option of a connection that is about to write: SQLite then takes the write lock at once."""
ADDRESSES = "write sqlite:///path/to/state.db, or postgresql://user@host/database"
_LOCK_TABLES = 7305213  # any number: nobody else in the database may lock by it


def make_engine(
    url: URL, *, wait_seconds: float, password: str | None = None, schema_name: str | None = None
) -> Engine:
    """Return an engine; nothing is opened yet. ``Database.open`` says what the arguments are."""
    kind = url.get_backend_name()
    if kind == "sqlite" and file_of(url) is not None:
        engine = create_engine(url, poolclass=QueuePool, pool_size=8, max_overflow=24, pool_timeout=wait_seconds)
        event.listen(engine, "connect", lambda raw, _record: _prepare_sqlite(raw, wait_seconds))
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    if kind == "postgresql":
        return _make_postgresql(url, wait_seconds, password, schema_name)
    raise StoreError(
        "the store has to be a file" if kind == "sqlite" else f"the store cannot be a {kind} database",
        where=f"store.url: {url.render_as_string(hide_password=True)}",
        next_step=ADDRESSES,
    )


def _make_postgresql(url: URL, wait_seconds: float, password: str | None, schema_name: str | None) -> Engine:
    options = f"{url.query.get('options', '')} -c lock_timeout={int(wait_seconds * 1000)}"
    if schema_name is not None:
        options += f" -c search_path={schema_name}"
    patience = {"connect_timeout": "10"} if "connect_timeout" not in url.query else {}
    url = url.set(drivername="postgresql+psycopg").update_query_dict({"options": options.strip()} | patience)
    if password is not None:
        url = url.set(password=password)
    try:
        engine = create_engine(url, pool_size=8, max_overflow=24, pool_timeout=wait_seconds, pool_pre_ping=True)
    except ImportError as error:
        raise StoreError(
            "the driver for PostgreSQL is not installed",
            where="store.url",
            next_step="pip install 'journeysync[postgresql]'",
        ) from error
    event.listen(engine, "connect", _prepare_postgresql)
    return engine


def _prepare_postgresql(raw: Any, _record: Any) -> None:  # the driver's connection
    """Let long documents be packed by lz4 where the server can (14 and newer): a third of the cost of its default.

    Unpacked documents (STORAGE EXTERNAL) were slower to write than that, and eight times as big.
    """
    raw.execute(
        "SELECT set_config(name, 'lz4', false) FROM pg_settings"
        " WHERE name = 'default_toast_compression' AND 'lz4' = ANY (enumvals)"
    )
    raw.commit()


def file_of(url: URL) -> Path | None:
    """Return the file of the database, None if it is not a file of ours."""
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        return None
    return Path(url.database)


def _prepare_sqlite(raw: Any, wait_seconds: float) -> None:  # the driver's connection
    """Set what holds for every connection. FULL: a confirmed write survives a power cut, the ledger rests on it."""
    raw.isolation_level = None  # we say BEGIN ourselves; the driver's own transactions begin too late
    cursor = raw.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {int(wait_seconds * 1000)}")
    cursor.execute("PRAGMA page_size = 8192")  # of a new file: a ticket of usual size fits into a page
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA cache_size = -8000")  # 8 MB a connection
    cursor.execute("PRAGMA journal_size_limit = 67108864")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    """Begin; a writer takes the lock at once, because a reader that turns writer is refused without waiting."""
    writing = connection.get_execution_options().get(WRITING)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


def lock_tables(connection: Connection) -> None:
    """Let nobody else make or change tables until the transaction ends. On SQLite every writer is alone anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK_TABLES})


def time_of(connection: Connection, given: datetime) -> datetime:
    """Return the time by which leases run out: the server's on PostgreSQL, else the one given.

    Processes on several machines share a server, and their clocks differ. The moment of this call, not of the
    transaction's beginning: a lock may have been waited for since.
    """
    if connection.dialect.name != "postgresql":
        return given
    now: datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    return now.astimezone(UTC)


class _IdList(TypeDecorator[Sequence[str]]):
    """Many ids as one parameter: a JSON text on SQLite, an array on PostgreSQL."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        return dialect.type_descriptor(ARRAY(Text()) if dialect.name == "postgresql" else Text())

    def process_bind_param(self, value: Sequence[str] | None, dialect: Dialect) -> Any:
        ids = [plain(one) for one in value or ()]
        return ids if dialect.name == "postgresql" else msgspec.json.encode(ids).decode()


class _Among(FunctionElement[bool]):
    """The condition that a column is one of many ids, which are one parameter."""

    type = Boolean()
    inherit_cache = True

    def self_group(self, against: Any = None) -> "_Among":  # noqa: ARG002  # the base's
        return self  # else SQLite gets "(...) = 1", which looks at every row


@compiles(_Among, "sqlite")
def _among_sqlite(element: _Among, compiler: SQLCompiler, **options: Any) -> str:
    column, ids = (compiler.process(clause, **options) for clause in element.clauses)
    return f"({column} IN (SELECT value FROM json_each({ids})))"  # noqa: S608  # a bound parameter


@compiles(_Among, "postgresql")
def _among_postgresql(element: _Among, compiler: SQLCompiler, **options: Any) -> str:
    column, ids = (compiler.process(clause, **options) for clause in element.clauses)
    return f"({column} = ANY ({ids}))"


def among(column: ColumnElement[Any], ids: Sequence[str]) -> ColumnElement[bool]:
    """Return the condition that a text column holds one of ``ids``.

    One parameter for all: on SQLite four times as fast as ``IN`` with a parameter for each, and without a limit.
    """
    return _Among(column, literal(list(ids), _IdList))


def driver_error(engine: Engine) -> type[Exception]:
    """Return the base of all errors of the driver."""
    return engine.dialect.loaded_dbapi.Error
