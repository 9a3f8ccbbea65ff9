"""Many rows at once: prepared statements on SQLite, binary COPY and a merge on PostgreSQL.

Measured on PostgreSQL 15 beside a bare COPY into a table without an index
(docs/postgresql.md has the figures): rows that are known to be new go straight
into their table, which took a quarter less time than a merge; the others go
through a temporary table, because COPY itself cannot replace a row.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Dialect, Table, text
from sqlalchemy.exc import IntegrityError

COPY_FROM = 50
"""Rows; below, COPY and its merge cost more than they save."""
_IN_USE = "journeysync_copied"
_Rows = Sequence[tuple[Any, ...]]


def put(
    connection: Connection,
    table: Table,
    columns: Sequence[str],
    rows: _Rows,
    *,
    replace: Sequence[str] | None = None,
    fresh: bool = False,
) -> None:
    """Insert rows in bulk; where the primary key is there already, replace columns.

    Args:
        connection: Inside a writing transaction.
        table: Where to.
        columns: Their names, in the order of the values of ``rows``.
        rows: Values as the driver takes them (``columns.micros``, ``columns.plain``). No two rows share a key.
        replace: Columns to replace; None = all beside the key, empty = leave the old row as it is.
        fresh: The caller has looked, and none was there: faster on PostgreSQL, right even if one came meanwhile.
    """
    if not rows:
        return
    names = tuple(columns)
    replaced = tuple(name for name in names if not table.c[name].primary_key) if replace is None else tuple(replace)
    if connection.dialect.name != "postgresql":
        source = f"VALUES ({', '.join('?' for _ in names)})"
        connection.exec_driver_sql(_put_sql(table, names, replaced, source), list(rows))
    elif len(rows) < COPY_FROM:
        source = f"VALUES ({', '.join('%s' for _ in names)})"
        connection.exec_driver_sql(_put_sql(table, names, replaced, source), list(rows))
    else:
        if not (fresh and _copied_straight(connection, table, names, rows)):
            copied = _copy_aside(connection, table, names, rows)
            key = ", ".join(f'"{column.name}"' for column in table.primary_key.columns)
            # In one order, whoever writes: two that replace the same rows wait for each other, and never both.
            source = f'SELECT {_listed(names)} FROM "{copied}" ORDER BY {key}'  # noqa: S608  # our own names
            connection.exec_driver_sql(_put_sql(table, names, replaced, source))
        _look_again(connection, table)


def change(connection: Connection, table: Table, *, keys: Sequence[str], columns: Sequence[str], rows: _Rows) -> None:
    """Update rows in bulk: each has the values of ``keys``, then those of ``columns``. Rows not there are left out."""
    if not rows:
        return
    is_postgresql = connection.dialect.name == "postgresql"
    if is_postgresql and len(rows) >= COPY_FROM:
        copied = _copy_aside(connection, table, (*keys, *columns), rows)
        values = ", ".join(f'"{name}" = given."{name}"' for name in columns)
        place = " AND ".join(f'old."{name}" = given."{name}"' for name in keys)
        connection.exec_driver_sql(
            f'UPDATE "{table.name}" AS old SET {values} FROM "{copied}" AS given WHERE {place}'  # noqa: S608
        )
        return
    mark = "%s" if is_postgresql else "?"
    values_first = [(*row[len(keys) :], *row[: len(keys)]) for row in rows]
    connection.exec_driver_sql(_change_sql(table, tuple(keys), tuple(columns), mark), values_first)


@lru_cache(maxsize=64)
def _change_sql(table: Table, keys: tuple[str, ...], columns: tuple[str, ...], mark: str) -> str:
    values = ", ".join(f'"{name}" = {mark}' for name in columns)
    place = " AND ".join(f'"{name}" = {mark}' for name in keys)
    return f'UPDATE "{table.name}" SET {values} WHERE {place}'  # noqa: S608  # our own names


@lru_cache(maxsize=128)
def _put_sql(table: Table, columns: tuple[str, ...], replace: tuple[str, ...], source: str) -> str:
    key = ", ".join(f'"{column.name}"' for column in table.primary_key.columns)
    action = ", ".join(f'"{name}" = excluded."{name}"' for name in replace)
    then = f"DO UPDATE SET {action}" if action else "DO NOTHING"
    return f'INSERT INTO "{table.name}" ({_listed(columns)}) {source} ON CONFLICT ({key}) {then}'  # our own names


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _copied_straight(connection: Connection, table: Table, columns: tuple[str, ...], rows: _Rows) -> bool:
    """Stream rows into the table itself; return False, and leave it as it was, if one of them is there already."""
    try:
        with connection.begin_nested():
            _copy(connection, table, table.name, columns, rows)
    except IntegrityError:
        return False
    return True


def _copy_aside(connection: Connection, table: Table, columns: tuple[str, ...], rows: _Rows) -> str:
    """Stream rows into a temporary table of these columns that is empty when the transaction ends; return its name.

    It is made once a connection. To empty it costs more than to fill it, so that is done only where one transaction
    uses it twice.
    """
    name = f"copied_{table.name}"
    like = f'SELECT * FROM "{table.name}" WITH NO DATA'  # noqa: S608  # a change has no value for some NOT NULL columns
    connection.exec_driver_sql(f'CREATE TEMPORARY TABLE IF NOT EXISTS "{name}" ON COMMIT DELETE ROWS AS {like}')
    used: dict[str, object] = connection.info.setdefault(_IN_USE, {})
    transaction = connection.get_transaction()
    if used.get(name) is transaction:
        connection.exec_driver_sql(f'TRUNCATE "{name}"')
    used[name] = transaction
    _copy(connection, table, name, columns, rows)
    return name


def _copy(connection: Connection, table: Table, into: str, columns: tuple[str, ...], rows: _Rows) -> None:
    driver: Any = connection.connection.driver_connection
    errors = connection.dialect.loaded_dbapi
    try:
        with (
            driver.cursor() as cursor,
            cursor.copy(f'COPY "{into}" ({_listed(columns)}) FROM STDIN (FORMAT BINARY)') as copy,
        ):
            copy.set_types([_type_name(table, column, connection.dialect) for column in columns])
            for row in rows:
                copy.write_row(row)
    except errors.IntegrityError as error:
        raise IntegrityError(f"COPY {into}", None, error) from error


def _look_again(connection: Connection, table: Table) -> None:
    """Let PostgreSQL look at a table that has doubled since it last did.

    A first pull is faster than autovacuum: with the statistics of an empty table every look-up by id would walk over
    all rows of its connection (measured: 5 times slower at 20,000 rows, and worse with each page).
    """
    query = text("SELECT relpages, pg_relation_size(oid) / 8192 AS pages FROM pg_class WHERE oid = to_regclass(:name)")
    row = connection.execute(query, {"name": f'"{table.name}"'}).one()
    if row.pages > 2 * max(row.relpages, 8):
        connection.exec_driver_sql(f'ANALYZE "{table.name}"')


@lru_cache(maxsize=256)
def _type_name(table: Table, column: str, dialect: Dialect) -> str:
    compiled = table.c[column].type.compile(dialect).partition(" COLLATE")[0].lower()
    return {"bigint": "int8", "integer": "int4", "boolean": "bool", "float": "float8"}.get(compiled, compiled)
