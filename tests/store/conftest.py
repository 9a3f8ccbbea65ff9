"""One suite for every database: a store of its own for each test."""

import os
from collections.abc import Iterator
from pathlib import Path
from secrets import token_hex

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from journeysync.store import Store

DATABASES = ("sqlite", "postgresql")
POSTGRESQL = os.environ.get("JOURNEYSYNC_TEST_POSTGRESQL", "postgresql+psycopg://postgres@127.0.0.1:5432/test")


@pytest.fixture(params=DATABASES)
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Return the address of an empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'state.db'}"
        return
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    schema = f"journeysync_test_{token_hex(6)}"
    engine = create_engine(POSTGRESQL, connect_args={"connect_timeout": 3})
    try:
        with engine.begin() as db:
            db.execute(text(f"CREATE SCHEMA {schema}"))
    except OperationalError as error:
        engine.dispose()
        pytest.skip(f"no PostgreSQL at {engine.url.render_as_string()}: {str(error.orig).partition(chr(10))[0]}")
    yield f"{POSTGRESQL}?options=-csearch_path%3D{schema}"
    with engine.begin() as db:
        db.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    engine.dispose()


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    with Store.open(store_url) as opened:
        yield opened
