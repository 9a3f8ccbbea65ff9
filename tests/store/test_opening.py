"""Opening the store, and every way in which that or a write can go wrong."""

import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import create_engine, event, inspect, text

from journeysync.errors import StoreError
from journeysync.store import Store
from journeysync.store.schema import SCHEMA, metadata
from journeysync.store.troubles import store_error
from journeysync.store.views import VIEWS
from journeysync.testing import a_ticket
from journeysync.testing.databases import DATABASES, store_address

NOW = datetime(2026, 11, 22, 20, 15, tzinfo=UTC)


@pytest.fixture(params=DATABASES)
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Return the address of a database without tables."""
    with store_address(request.param, tmp_path, fresh=True) as url:
        yield url


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "inner" / ".journeysync" / "state.db"


def url_of(file: Path) -> str:
    return f"sqlite:///{file}"


def save(store: Store, *numbers: int, body: str = "") -> None:
    store.save_tickets("billing", [a_ticket(f"BILL-{number}", body=body) for number in numbers], read_at=NOW)


@contextmanager
def said_about(file: Path) -> Iterator[list[str]]:
    """Expect a StoreError; collect its three lines, and require that it names the file and a next step."""
    lines: list[str] = []
    with pytest.raises(StoreError) as caught:
        yield lines
    lines += str(caught.value).splitlines()
    assert str(file) in caught.value.where
    assert caught.value.next_step


def test_a_new_store_is_for_this_user_only(file: Path) -> None:
    with Store.open(url_of(file)) as store:
        save(store, 1)
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in file.parent.iterdir()}
    assert modes == {"state.db": 0o600, "state.db-wal": 0o600, "state.db-shm": 0o600}
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_the_folder_of_others_keeps_its_mode(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    Store.open(url_of(tmp_path / "state.db")).close()
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755


def test_a_confirmed_write_survives_a_power_cut(file: Path) -> None:
    with Store.open(url_of(file)) as store, store._reading() as db:
        settings = {name: db.exec_driver_sql(f"PRAGMA {name}").scalar() for name in ("journal_mode", "synchronous")}
    assert settings == {"journal_mode": "wal", "synchronous": 2}  # 2 = FULL


def test_what_was_stored_is_there_when_it_is_opened_again(store_url: str) -> None:
    with Store.open(store_url) as store:
        save(store, 1)
    with Store.open(store_url, upgrade=False) as store:
        assert store.count() == 1


def shape_of(store: Store) -> dict[str, object]:
    """Return columns, keys and indexes of every table as the database has them."""
    with store._reading() as db:
        seen = inspect(db)
        return {
            table: (
                [(column["name"], str(column["type"]), column["nullable"]) for column in seen.get_columns(table)],
                seen.get_pk_constraint(table)["constrained_columns"],
                sorted((str(index["name"]), index["column_names"]) for index in seen.get_indexes(table)),
            )
            for table in seen.get_table_names()
            if table != "alembic_version"
        }


def test_the_migrations_make_exactly_the_tables_of_the_code(store: Store) -> None:
    migrated = shape_of(store)
    with store._writing() as db:
        assert db.scalar(text("SELECT version_num FROM alembic_version")) == SCHEMA
        for view in VIEWS:
            db.execute(text(f"DROP VIEW {view}"))
        metadata.drop_all(db)
        metadata.create_all(db)
    assert shape_of(store) == migrated
    assert set(migrated) == set(metadata.tables)


def test_a_store_of_a_newer_release_is_left_alone(store_url: str) -> None:
    with Store.open(store_url) as store:
        store.set_meta("release", "9.1.0")
        with store._writing() as db:
            db.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StoreError) as caught:
        Store.open(store_url)
    assert caught.value.what == "the store was made by a newer release, journeysync 9.1.0"
    assert caught.value.next_step == "install journeysync 9.1.0 or newer"


def test_an_older_store_is_upgraded_or_refused(store_url: str) -> None:
    engine = create_engine(store_url)
    with engine.begin() as db:
        db.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL)"))
    engine.dispose()
    with Store.open(store_url) as store:
        save(store, 1)
    with engine.begin() as db:
        db.execute(text("UPDATE alembic_version SET version_num = '0000'"))
    engine.dispose()
    with pytest.raises(StoreError, match="tables of an older release") as caught:
        Store.open(store_url, upgrade=False)
    assert "journeysync db upgrade" in caught.value.next_step


def test_two_that_open_a_new_store_at_once_both_can_use_it(store_url: str) -> None:
    code = "import sys; from journeysync.store import Store; print(Store.open(sys.argv[1]).count())"
    running = [subprocess.Popen([sys.executable, "-c", code, store_url], stdout=-1, stderr=-1) for _ in range(4)]
    assert [process.communicate() for process in running] == [(b"0\n", b"")] * 4


@pytest.mark.parametrize(
    "url", ["", "state.db", "nosuch://x", "mysql://u:secret@h/d", "sqlite://", "sqlite:///:memory:"]
)
def test_an_address_that_is_no_store_is_explained_without_its_password(url: str) -> None:
    with pytest.raises(StoreError) as caught:
        Store.open(url)
    assert "sqlite:///" in caught.value.next_step
    assert "secret" not in str(caught.value)


def test_a_file_that_is_no_store_is_not_touched(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("Not a database, " * 100)
    with said_about(file) as lines:
        Store.open(url_of(file))
    assert lines[0] == "the file is not a store"
    assert file.read_text() == "Not a database, " * 100


def test_a_damaged_store_is_named(file: Path) -> None:
    with Store.open(url_of(file)) as store:
        save(store, *range(200), body="x" * 2000)
    with file.open("r+b") as raw:
        raw.seek(8192)
        raw.write(b"\xff" * (file.stat().st_size - 8192))
    with said_about(file) as lines, Store.open(url_of(file)) as store:
        list(store.iter_tickets())
    assert lines[0] == "the store is damaged"


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    file = tmp_path / "file" / "state.db"
    with said_about(file) as lines:
        Store.open(url_of(file))
    assert lines[0].startswith("the store cannot be opened")


def test_a_store_that_may_only_be_read_says_so(file: Path) -> None:
    with Store.open(url_of(file)) as store:
        event.listen(store._engine, "connect", lambda raw, _record: raw.execute("PRAGMA query_only = ON"))
        store._engine.dispose()
        with said_about(file) as lines:
            save(store, 1)
        assert lines[0] == "the store cannot be written"
        assert store.count() == 0


def test_a_full_disk_stops_the_save_and_leaves_the_store_as_it_was(file: Path) -> None:
    with Store.open(url_of(file)) as store:
        save(store, 1)
        event.listen(store._engine, "connect", lambda raw, _record: raw.execute("PRAGMA max_page_count = 60"))
        store._engine.dispose()
        with said_about(file) as lines:
            save(store, *range(2, 500), body="x" * 4000)
        assert lines[0] == "the store is full"
        assert "half written" in lines[-1]
        assert store.count() == 1
        save(store, 2)
        assert store.count() == 2


def test_a_lock_of_another_process_is_waited_for_and_then_named(file: Path) -> None:
    Store.open(url_of(file)).close()
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with Store.open(url_of(file), wait_seconds=0.1) as store:
        with said_about(file) as lines:
            save(store, 1)
        assert lines[0] == "the store is locked by another process"
        assert store.count() == 0  # reading goes on meanwhile
        other.execute("COMMIT")
        save(store, 1)
        assert store.count() == 1
    other.close()


def test_a_lock_that_ends_in_time_is_not_noticed(file: Path) -> None:
    Store.open(url_of(file)).close()
    code = (
        "import sqlite3, sys, time; c = sqlite3.connect(sys.argv[1], isolation_level=None)\n"
        "c.execute('BEGIN IMMEDIATE'); print('held', flush=True); time.sleep(0.3); c.execute('COMMIT')"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(file)], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with Store.open(url_of(file)) as store:
            save(store, 1)
            assert store.count() == 1


def test_a_server_that_is_not_there_is_named_without_the_password() -> None:
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    with pytest.raises(StoreError) as caught:
        Store.open("postgresql://bot:hunter2@127.0.0.1:1/journeys")
    assert caught.value.what == "the store cannot be reached"
    assert "127.0.0.1:1/journeys" in caught.value.where
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("state", ["starting up", "shutting down", "in recovery mode"])
def test_a_server_that_comes_or_goes_is_away_and_its_database_is_not_missing(state: str) -> None:
    psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed")
    said = f'connection to server at "127.0.0.1", port 5432 failed: FATAL:  the database system is {state}'
    assert store_error(psycopg.OperationalError(said), "here").what == "the store cannot be reached"
    missing = store_error(psycopg.OperationalError('... failed: FATAL:  database "nowhere" does not exist'), "here")
    assert missing.what == "the database does not exist"
