"""Rows of a table, one after the other: CSV, JSON and workbooks, never a whole file in memory but JSON's.

A file that cannot be read to its end is a broken read (``Unavailable``): it may be half written, and never counts as
an empty backlog. What is wrong in a single cell is told elsewhere, when the row is understood.
"""

import csv
import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Any, NamedTuple

from journeysync.errors import ConfigError, Unavailable
from journeysync_file.options import Plan
from journeysync_file.problem import Problem, meant, refusal

AGAIN = "if it is being written just now, the next run reads it; else open it and save it again"
_DELIMITERS = (",", ";", "\t", "|")

csv.field_size_limit(1_000_000)  # characters of a cell; Python's own limit is less than a long text


class Row(NamedTuple):
    """One row: its number as people count, and its cells by the name of their column; an empty cell is missing."""

    number: int
    cells: Mapping[str, Any]


class Table:
    """The rows of one file. Iterate over it once or often; each time the file is read anew."""

    def __init__(self, plan: Plan, connection: str) -> None:
        self._plan = plan
        self._connection = connection
        self._places: dict[str, str] = {}
        self.words = ""  # what it is, for people: known once a row was read

    def __iter__(self) -> Iterator[Row]:
        """Yield the rows, blank ones left out.

        Raises:
            Unavailable: The file is not there, or cannot be read to its end.
            ConfigError: A column is not there.
        """
        ending = self._plan.path.suffix.lower()
        try:
            if ending in (".xlsx", ".xlsm"):
                yield from self._workbook()
            elif ending in (".json", ".ndjson", ".jsonl"):
                yield from self._json(by_line=ending != ".json")
            else:
                yield from self._csv()
        except OSError as error:
            raise self.broken(
                f"cannot be read: {error.strerror or error}", "check the path, and whether it may be read"
            ) from error

    def where(self, row: int, column: str = "") -> str:
        """Return "campaigns.csv:7:3": file, row, column."""
        place = self._places.get(column, column)
        return f"{self._plan.name}:{row}:{place}" if place else f"{self._plan.name}:{row}"

    def broken(self, says: str, next_step: str = AGAIN) -> Unavailable:
        """Return the error for a file that cannot be read to its end."""
        return Unavailable(f"{self._plan.name} {says}", where=str(self._plan.path), next_step=next_step)

    # text with delimiters

    def _csv(self) -> Iterator[Row]:
        options = self._plan.options
        encoding = "utf-8-sig" if options.encoding == "utf-8" else options.encoding
        line = 1
        with self._plan.path.open(encoding=encoding, newline="") as file:
            try:
                first = file.readline()
                delimiter = {"tab": "\t"}.get(options.delimiter, options.delimiter) or self._delimiter_of(first)
                file.seek(0)
                reader = csv.reader(file, delimiter=delimiter, strict=True)
                header = [name.strip() for name in next(reader, [])]
                self._take_header(header, [str(number) for number in range(1, len(header) + 1)])
                self.words = f"{options.encoding}, cells divided by {delimiter!r}"
                line = reader.line_num + 1
                for cells in reader:
                    if any(cell.strip() for cell in cells):
                        yield self._row(line, header, cells)
                    line = reader.line_num + 1  # a cell may hold line ends
            except UnicodeDecodeError as error:
                raise self._not_in(encoding, error) from error
            except csv.Error as error:
                raise self.broken(f"breaks off or is no table, in line {line}: {error}") from error

    def _delimiter_of(self, header: str) -> str:
        """Return the delimiter by which the header has most of the columns that are asked for."""
        wanted = {name for names in self._plan.columns.values() for name in names}

        def fits(delimiter: str) -> tuple[int, int]:
            names = next(csv.reader([header], delimiter=delimiter), [])
            return len(wanted & {name.strip() for name in names}), len(names)

        return max(_DELIMITERS, key=fits)

    def _row(self, number: int, header: list[str], cells: list[str]) -> Row:
        if len(cells) < len(header) or any(cell.strip() for cell in cells[len(header) :]):
            raise self.broken(f"has {len(cells)} cells in line {number}, and its header has {len(header)}")
        return Row(number, {name: cell for name, cell in zip(header, cells, strict=False) if name and cell.strip()})

    def _not_in(self, encoding: str, error: UnicodeDecodeError) -> ConfigError:
        line = error.object[: error.start].count(b"\n") + 1
        return ConfigError(
            f"{self._plan.name} is not written in {encoding.removesuffix('-sig')} (near line {line} of a part of it)",
            where=str(self._plan.path),
            next_step="save it as UTF-8, or say options: {encoding: cp1252} (or utf-16)",
        )

    # JSON

    def _json(self, *, by_line: bool) -> Iterator[Row]:
        encoding = "utf-8-sig" if self._plan.options.encoding == "utf-8" else self._plan.options.encoding
        self.words = "JSON, a row a line" if by_line else "JSON"
        seen: set[str] = set()
        number = 0
        try:
            for number, value in self._values(encoding, by_line=by_line):
                if not isinstance(value, dict):
                    raise self.broken(f"holds something else than an object as row {number}")
                cells = {name: cell for name in self._wanted() if (cell := _inner(value, name)) not in (None, "", [])}
                seen.update(name for name in self._wanted() if name in value or name in cells)
                yield Row(number, cells)
        except UnicodeDecodeError as error:
            raise self._not_in(encoding, error) from error
        except (ValueError, RecursionError) as error:
            raise self.broken(f"is no whole JSON: {error}") from error
        if number and (missing := [name for name in self._wanted() if name not in seen]):
            raise refusal([self._missing(name, self._wanted()) for name in missing], self._connection)

    def _values(self, encoding: str, *, by_line: bool) -> Iterator[tuple[int, Any]]:
        with self._plan.path.open(encoding=encoding) as file:
            if by_line:
                yield from ((number, json.loads(line)) for number, line in enumerate(file, start=1) if line.strip())
                return
            document = json.load(file)
        rows = _inner(document, self._plan.options.rows) if self._plan.options.rows else document
        if not isinstance(rows, list):
            raise self.broken("holds no list of rows", "say where it stands, as options: {rows: data.items}")
        yield from enumerate(rows, start=1)

    def _wanted(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for names in self._plan.columns.values() for name in names))

    # workbooks

    def _workbook(self) -> Iterator[Row]:
        from journeysync_file.workbook import open_sheet

        with closing(open_sheet(self._plan, self._connection)) as sheet:
            header = sheet.header()
            self._take_header(header, sheet.letters(len(header)))
            self.words = f"sheet '{sheet.title}'"
            for number, cells in sheet.rows():
                named = {
                    name: cell for name, cell in zip(header, cells, strict=False) if name and cell not in (None, "")
                }
                if named:
                    yield Row(number, named)

    # columns

    def _take_header(self, header: list[str], places: list[str]) -> None:
        if not any(header):
            raise self.broken("has no header: it is empty")
        self._places = dict(zip(header, places, strict=True))
        problems = [self._missing(name, header) for name in self._wanted() if name not in header]
        twice = [name for name in self._wanted() if header.count(name) > 1]
        problems += [Problem(f"{self._plan.name}:1", f"two columns are called '{name}'") for name in twice]
        if problems:
            raise refusal(problems, self._connection)

    def _missing(self, name: str, header: tuple[str, ...] | list[str]) -> Problem:
        there = ", ".join(f"'{each}'" for each in header if each) or "none"
        says = f"there is no column '{name}'; there are: {there}"
        return Problem(f"{self._plan.name}:1", says, meant(name, header) or "correct the name under columns")


def _inner(value: Any, path: str) -> Any:
    """Return what stands at a path such as "fields.name"; a key with a dot in it comes first."""
    if isinstance(value, dict) and path in value:
        return value[path]
    for name in path.split("."):
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return value
