"""Moving a whole store into another database: every table as it stands, compared row for row before it counts."""

from collections.abc import Callable, Iterator
from datetime import datetime
from hashlib import sha256
from typing import Any

import msgspec
from sqlalchemy import Boolean, Connection, Table, func, select, text

from journeysync.errors import StoreError, TryLater
from journeysync.store import bulk, dialect, schema
from journeysync.store.process import may_live
from journeysync.store.store import Store
from journeysync.store.values import CopiedTable

BATCH = 1000
_rows = msgspec.msgpack.Encoder()
_Told = Callable[[str, int, int], object]


def copy_store(
    source: Store, target: Store, *, now: datetime, told: _Told = lambda *_: None
) -> tuple[CopiedTable, ...]:
    """Copy every table in one transaction of the target, and read it back before that ends.

    Rows are streamed, ``BATCH`` at a time. No run can begin on the source meanwhile. If anything goes wrong, the
    target stays as empty as it was.

    Args:
        source: Where from; it is not changed.
        target: Where to: it may have tables, and nothing in them.
        now: The time, to see which leases ran out.
        told: Hears of progress: table, rows copied, rows to copy.

    Returns:
        Each table with its number of rows and their checksum, which is that of both.

    Raises:
        TryLater: A run holds a connection of the source.
        StoreError: The target is not empty, or what was read back is not what was written.
    """
    with source._writing() as reading, target._writing() as writing:
        _stop_runs(reading)
        _refuse_a_run(source, reading, now)
        _refuse_what_is_there(target, writing)
        writing.execute(schema.meta.delete())  # the words of a new store; those of the source come instead
        return tuple(_copy_table(table, reading, writing, target.where, told) for table in _tables())


def _tables() -> list[Table]:
    return list(schema.metadata.sorted_tables)


def _stop_runs(reading: Connection) -> None:
    """Let no run take a lease until the copy ends; what is read from here on is of one moment."""
    if reading.dialect.name == "postgresql":
        reading.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        for table in (schema.lease, schema.decisions):
            reading.execute(text(f'LOCK TABLE "{table.name}" IN SHARE MODE'))


def _refuse_a_run(source: Store, reading: Connection, now: datetime) -> None:
    at = dialect.time_of(reading, now)
    for row in reading.execute(select(schema.lease)):
        if row.holder and row.until > at and may_live(row.holder):
            raise TryLater(
                f"a run is under way on connection '{row.connection}', and a store is copied between runs",
                where=f"{source.where}: held by {row.holder} until {row.until:%Y-%m-%d %H:%M:%S} UTC",
                next_step="wait for it to end, then copy again",
            )


def _refuse_what_is_there(target: Store, writing: Connection) -> None:
    for table in _tables():
        rows = writing.scalar(select(func.count()).select_from(table)) or 0
        if rows and table is not schema.meta:
            raise StoreError(
                f"the target is not empty: its table {table.name} has {rows} row{'s' if rows != 1 else ''}",
                where=target.where,
                next_step="name an empty database, a schema of its own (--schema), or a file that is not there yet",
            )


def _copy_table(table: Table, reading: Connection, writing: Connection, where: str, told: _Told) -> CopiedTable:
    total = reading.scalar(select(func.count()).select_from(table)) or 0
    names = tuple(column.name for column in table.columns)
    count, written = 0, sha256()
    for rows in _batches(table, reading):
        bulk.put(writing, table, names, rows, fresh=True)
        written.update(_rows.encode(rows))
        count += len(rows)
        told(table.name, count, total)
    read, back = 0, sha256()
    for rows in _batches(table, writing):
        back.update(_rows.encode(rows))
        read += len(rows)
    if (read, back.digest()) != (count, written.digest()):
        raise StoreError(
            f"the table {table.name} did not arrive whole: {count} rows were written, {read} are there",
            where=where,
            next_step="nothing was kept in the target; report this",
        )
    return CopiedTable(name=table.name, rows=count, checksum=back.hexdigest()[:16])


def _batches(table: Table, connection: Connection) -> Iterator[list[tuple[Any, ...]]]:
    """Yield the rows in the order of their key, as the driver gives them, alike for both databases."""
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    order = ", ".join(f'"{column.name}"' for column in table.primary_key.columns)
    flags = [place for place, column in enumerate(table.columns) if isinstance(column.type, Boolean)]
    found = connection.exec_driver_sql(
        f'SELECT {names} FROM "{table.name}" ORDER BY {order}',  # noqa: S608  # our own names
        execution_options={"stream_results": True, "max_row_buffer": BATCH},
    )
    for part in found.partitions(BATCH):
        yield [_alike(row, flags) for row in part]


def _alike(row: Any, flags: list[int]) -> tuple[Any, ...]:
    """Return a row with real truth values: SQLite has 0 and 1."""
    if not flags:
        return tuple(row)
    values = list(row)
    for place in flags:
        values[place] = bool(values[place])
    return tuple(values)
