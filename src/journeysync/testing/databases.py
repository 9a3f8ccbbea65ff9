"""An empty database for a test: a new file, or a schema of its own on a PostgreSQL server that is there.

To make the tables costs a server a hundred times what it costs to empty them. So a schema that a test is through
with is emptied and given to the next; ``drop_spare_schemas`` ends that. Who looks at the making of tables, or
kills processes that may still be writing, asks for ``fresh``.

Where no server answers, the test is skipped with the cause; ``JOURNEYSYNC_TEST_POSTGRESQL`` names another server
than the one at 127.0.0.1:5432.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import lru_cache
from getpass import getuser
from pathlib import Path
from secrets import token_hex

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from journeysync.store import Store
from journeysync.store.schema import metadata

DATABASES = ("sqlite", "postgresql")
VARIABLE = "JOURNEYSYNC_TEST_POSTGRESQL"
IN_NO_HURRY = "-csynchronous_commit=off"
"""Option of a connection: the server need not wait for its disk, for no test cuts its power."""
SKIPPED = "no PostgreSQL at"
"""How the cause of a skip begins; CI looks for it."""


@contextmanager
def store_address(database: str, folder: Path, *, fresh: bool = False) -> Iterator[str]:
    """Yield the address of an empty store of one of ``DATABASES``; ``fresh``: nobody made its tables yet."""
    if database == "sqlite":
        yield f"sqlite:///{folder / 'state.db'}"
        return
    with empty_schema() if fresh else _emptied_schema() as (server, schema):
        yield _within(server, schema).render_as_string(hide_password=False)


@contextmanager
def store_variables(database: str, *, fresh: bool = False) -> Iterator[dict[str, str]]:
    """Yield the environment that gives a workspace an empty store; for a file it is the workspace's own."""
    if database == "sqlite":
        yield {}
        return
    with empty_schema() if fresh else _emptied_schema() as (server, schema):
        password = {"JOURNEYSYNC_STORE__PASSWORD__ENV": "TEST_PASSWORD", "TEST_PASSWORD": str(server.password)}
        yield {
            "JOURNEYSYNC_STORE__URL": _in_no_hurry(server)
            .set(drivername="postgresql", password=None)
            .render_as_string(),
            "JOURNEYSYNC_STORE__SCHEMA": schema,
            **(password if server.password else {}),
        }


@contextmanager
def empty_schema() -> Iterator[tuple[URL, str]]:
    """Yield the server and the name of a schema made for this test; it is dropped afterwards."""
    server = postgresql_server()
    schema = _make_schema(server)
    try:
        yield server, schema
    finally:
        _say(server, f"DROP SCHEMA {schema} CASCADE")


_EMPTY = "DELETE FROM {schema}.{name}"
_EMPTY_META = "DELETE FROM {schema}.meta WHERE key <> 'release'"
_spare_schemas: list[str] = []  # with tables, and nothing in them but what a new store has


@contextmanager
def _emptied_schema() -> Iterator[tuple[URL, str]]:
    server = postgresql_server()
    if _spare_schemas:
        schema = _spare_schemas.pop()
    else:
        schema = _make_schema(server)
        Store.open(_within(server, schema).render_as_string(hide_password=False)).close()
    try:
        yield server, schema
        _say(
            server,
            *(_EMPTY.format(schema=schema, name=name) for name in metadata.tables if name != "meta"),
            _EMPTY_META.format(schema=schema),
        )
    except BaseException:
        _say(server, f"DROP SCHEMA {schema} CASCADE")
        raise
    _spare_schemas.append(schema)


def drop_spare_schemas() -> None:
    """Take away the schemas that no test will use again."""
    while _spare_schemas:
        _say(postgresql_server(), f"DROP SCHEMA {_spare_schemas.pop()} CASCADE")


def _make_schema(server: URL) -> str:
    schema = f"journeysync_test_{token_hex(6)}"
    _say(server, f"CREATE SCHEMA {schema}")
    return schema


def _within(server: URL, schema: str) -> URL:
    return _in_no_hurry(server, f"-csearch_path={schema}")


def _in_no_hurry(server: URL, *options: str) -> URL:
    return server.update_query_dict({"options": " ".join((IN_NO_HURRY, *options))})


def _say(server: URL, *statements: str) -> None:
    engine = create_engine(_in_no_hurry(server), poolclass=NullPool)
    with engine.begin() as db:
        db.exec_driver_sql("; ".join(statements))


def postgresql_server() -> URL:
    """Return the address of the server to test on; skip the test, with the cause, where there is none."""
    pytest.importorskip("psycopg", reason=f"{SKIPPED} all: psycopg is not installed")
    found, cause = _server()
    if found is None:
        pytest.skip(cause)
    return found


def let_leases_age(store: Store, time: timedelta) -> None:
    """Let time pass on a server, whose clock cannot be set; a file goes by the time that each call is given."""
    with store._writing() as db:
        if db.dialect.name == "postgresql":
            db.execute(text("UPDATE lease SET until = until - :micros"), {"micros": time // timedelta(microseconds=1)})


@lru_cache(maxsize=1)
def _server() -> tuple[URL | None, str]:
    given = os.environ.get(VARIABLE)
    users = (None,) if given else (getuser(), "postgres")
    cause = ""
    for user in users:
        url = make_url(given or f"postgresql://{user}@127.0.0.1:5432/test").set(drivername="postgresql+psycopg")
        engine = create_engine(url, connect_args={"connect_timeout": 3})
        try:
            engine.connect().close()
        except OperationalError as error:
            cause = f"{SKIPPED} {url.render_as_string()}: {str(error.orig).partition(chr(10))[0]}"
        else:
            return url, ""
        finally:
            engine.dispose()
    return None, cause
