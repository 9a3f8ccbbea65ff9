"""A PostgreSQL server that asks for passwords, gives no rights, or goes away in the middle of a run."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from journeysync.errors import StoreError
from journeysync.sandbox.jira.app import JiraSandbox
from journeysync.store import Store
from journeysync.testing.cluster import PASSWORD, Cluster, find_programs, own_cluster

from .conftest import CommandLine
from .test_kill import command_line, effective, shop

__all__ = ["shop"]  # a fixture of theirs
BRAKES = ("--allow", "first-run", "--allow", "changed")


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    pytest.importorskip("psycopg", reason="no PostgreSQL at all: psycopg is not installed")
    programs = find_programs()
    if programs is None:
        pytest.skip("the server programs of PostgreSQL are not installed here")
    with own_cluster(programs) as running:
        yield running


def as_owner(cluster: Cluster, *statements: str) -> None:
    engine = create_engine(make_url(cluster.url).set(drivername="postgresql+psycopg", password=PASSWORD))
    with engine.begin() as db:
        for statement in statements:
            db.execute(text(statement))
    engine.dispose()


def workspace(cluster: Cluster, folder: Path, server: JiraSandbox, schema: str) -> CommandLine:
    variables = {
        "JOURNEYSYNC_STORE__URL": cluster.url,
        "JOURNEYSYNC_STORE__SCHEMA": schema,
        "JOURNEYSYNC_STORE__PASSWORD__ENV": "TEST_PASSWORD",
        "TEST_PASSWORD": PASSWORD,
    }
    return command_line(folder, server, variables)


def test_a_wrong_password_is_named_and_never_shown(cluster: Cluster) -> None:
    for password in ("hunter2", None):
        with pytest.raises(StoreError) as caught:
            Store.open(cluster.url, password=password)
        assert caught.value.what == "the database refuses this user"
        assert "store.password, PGPASSWORD or .pgpass" in caught.value.next_step
        assert "hunter2" not in str(caught.value)


def test_a_user_without_rights_is_told_what_to_ask_for(cluster: Cluster) -> None:
    as_owner(cluster, f"CREATE USER guest PASSWORD '{PASSWORD}'", "REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    with pytest.raises(StoreError) as caught:
        Store.open(cluster.url.replace("owner", "guest"), password=PASSWORD)
    assert caught.value.what == "the user of the database may not do this"
    assert "GRANT CREATE, USAGE ON SCHEMA" in caught.value.next_step


def test_a_database_that_does_not_exist_is_named(cluster: Cluster) -> None:
    with pytest.raises(StoreError, match="the database does not exist"):
        Store.open(cluster.url.replace("/postgres", "/nowhere"), password=PASSWORD)


def test_older_tables_wait_for_db_upgrade_and_other_commands_say_so(
    cluster: Cluster, tmp_path: Path, shop: JiraSandbox
) -> None:
    cli = workspace(cluster, tmp_path, shop, "older")
    made = cli.json("db", "upgrade")
    assert (made["before"], made["changed"]) == (None, True)
    as_owner(cluster, "DROP SCHEMA older CASCADE", "CREATE SCHEMA older")
    as_owner(cluster, "CREATE TABLE older.alembic_version (version_num varchar(32) NOT NULL)")
    as_owner(cluster, "INSERT INTO older.alembic_version VALUES ('0000')")
    process = cli.start("status")
    _, said = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "run `journeysync db upgrade`" in said


@pytest.mark.parametrize("writes", [2, 9])
def test_a_server_that_crashes_in_the_middle_of_a_run_ends_it_cleanly_and_the_next_goes_on(
    cluster: Cluster, tmp_path: Path, shop: JiraSandbox, writes: int
) -> None:
    cli = workspace(cluster, tmp_path, shop, f"crash_{writes}")
    process = cli.start("sync", "--yes", *BRAKES)
    end = time.monotonic() + 60
    while len(shop.journal.over_http()) < writes and process.poll() is None and time.monotonic() < end:
        time.sleep(0.0005)
    assert process.poll() is None, "the run was over before the crash"
    cluster.crash()
    try:
        out, said = process.communicate(timeout=120)
    finally:
        cluster.start()
    assert process.returncode in (1, 75), out + said
    assert "the store cannot be reached" in said
    assert said.startswith("the store cannot be reached"), "a library spoke before us"
    assert "something unexpected" not in said
    assert PASSWORD not in out + said
    shop.state.index.catch_up()

    cli.run("sync", "--yes", *BRAKES)
    shop.state.index.catch_up()

    places = effective(shop)
    assert len(places) == len(set(places)), "written twice"
    assert cli.json("plan")["changes"] == []
