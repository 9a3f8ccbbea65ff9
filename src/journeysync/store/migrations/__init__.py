"""The migrations of the store, run from Python: no alembic.ini, no command line.

A new one gets the next number, is written out by hand (it must not lean on
``schema.py``, which goes on changing), and ``schema.SCHEMA`` names it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, event, inspect

_statements_of_a_new_store: dict[str, tuple[str, ...]] = {}  # by dialect, once they were seen
_LOOKS = ("SELECT", "PRAGMA")


_OF_A_NEW_FILE: list[str] = []
"""The statements that make the tables of a new file, as the first one in this process got them from the migrations."""


def make_tables(connection: Connection) -> None:
    """Make all tables in an empty database, inside the transaction of ``connection``.

    Alembic takes 40 ms each time, so a process that opens many new files (a proof, a test) asks it once.
    """
    if connection.dialect.name != "sqlite":
        upgrade_tables(connection)
    elif _OF_A_NEW_FILE:
        for statement in _OF_A_NEW_FILE:
            connection.exec_driver_sql(statement)
    else:
        upgrade_tables(connection)
        file: Any = connection.connection.driver_connection
        _OF_A_NEW_FILE.extend(line for line in file.iterdump() if line not in ("BEGIN TRANSACTION;", "COMMIT;"))


def upgrade_tables(connection: Connection) -> None:
    """Bring the tables to the newest schema, inside the transaction of ``connection``.

    The migrations make each store; what they say to the first new one of a process is said again to the further
    ones, on PostgreSQL in one message: a tenth of the time, for whoever opens many (demos, tests).
    """
    if inspect(connection).has_table("alembic_version"):
        _migrate(connection)
        return
    database = connection.dialect.name
    known = _statements_of_a_new_store.get(database)
    if known is None:
        with _heard(connection) as statements:
            _migrate(connection)
        _statements_of_a_new_store[database] = tuple(statements)
        return
    for statement in (";\n".join(known),) if database == "postgresql" else known:
        connection.exec_driver_sql(statement)


def _migrate(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


@contextmanager
def _heard(connection: Connection) -> Iterator[list[str]]:
    """Collect the statements that change something. A migration of an empty store has no parameters."""
    statements: list[str] = []

    def hear(_db: Connection, _cursor: Any, statement: str, *_how: Any) -> None:  # the driver's cursor and values
        if not statement.lstrip().upper().startswith(_LOOKS):
            statements.append(statement)

    event.listen(connection, "before_cursor_execute", hear)
    try:
        yield statements
    finally:
        event.remove(connection, "before_cursor_execute", hear)
