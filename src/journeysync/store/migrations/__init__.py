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
from sqlalchemy import Connection, event

_LOOKS = ("SELECT", "PRAGMA")
_OF_A_NEW_STORE: dict[str, tuple[str, ...]] = {}
"""The statements that make all tables, by dialect, as the first new store of this process got them from Alembic."""


def make_tables(connection: Connection) -> None:
    """Make all tables in an empty database, inside the transaction of ``connection``.

    Alembic takes 40 ms each time, so a process that opens many new stores (a proof, a test) asks it once; a server
    gets all in one message.
    """
    database = connection.dialect.name
    known = _OF_A_NEW_STORE.get(database)
    if known is None:
        with _heard(connection) as statements:
            upgrade_tables(connection)
        _OF_A_NEW_STORE[database] = tuple(statements)
        return
    for statement in (";\n".join(known),) if database == "postgresql" else known:
        connection.exec_driver_sql(statement)


def upgrade_tables(connection: Connection, to: str = "head") -> None:
    """Bring the tables to the newest schema, or to an older one, inside the transaction of ``connection``."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, to)


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
