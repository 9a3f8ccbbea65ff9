"""A sheet of a workbook (XLSX), streamed row by row. Formulas count by the value that was saved with them."""

import warnings
from collections.abc import Iterator
from typing import Any
from zipfile import BadZipFile

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

from journeysync.errors import ConfigError, Unavailable
from journeysync_file.options import Plan
from journeysync_file.problem import meant

# What it cannot keep when it writes (drop-down lists, pictures ...) does not matter to a reader.
warnings.filterwarnings("ignore", category=UserWarning, module=r"openpyxl\..*")


class Sheet:
    """One open sheet; close it."""

    def __init__(self, book: Any, sheet: Any, plan: Plan) -> None:
        self._book = book
        self._plan = plan
        self.title: str = sheet.title
        sheet.reset_dimensions()  # what a file says of its own size is wrong too often
        self._rows = self._read(sheet)

    def header(self) -> list[str]:
        """Return the names of the columns: the first row."""
        _, cells = next(self._rows, (1, ()))
        names = ["" if cell is None else str(cell).strip() for cell in cells]
        while names and not names[-1]:
            names.pop()
        return names

    def letters(self, columns: int) -> list[str]:
        """Return "A", "B" ..."""
        return [get_column_letter(number) for number in range(1, columns + 1)]

    def rows(self) -> Iterator[tuple[int, tuple[Any, ...]]]:
        """Yield the rows after the header with their numbers."""
        return self._rows

    def close(self) -> None:
        """Let go of the file."""
        self._book.close()

    def _read(self, sheet: Any) -> Iterator[tuple[int, tuple[Any, ...]]]:
        try:
            yield from enumerate(sheet.iter_rows(values_only=True), start=1)
        except (BadZipFile, SyntaxError, KeyError, ValueError, EOFError) as error:  # XML's ParseError is a SyntaxError
            raise _broken(self._plan, error) from error


def open_sheet(plan: Plan, connection: str) -> Sheet:
    """Open the sheet of a workbook.

    Raises:
        Unavailable: It is no whole workbook.
        ConfigError: There is no such sheet.
    """
    try:
        book = load_workbook(plan.path, read_only=True, data_only=True, keep_links=False)
    except (BadZipFile, InvalidFileException, SyntaxError, KeyError, ValueError, EOFError) as error:
        raise _broken(plan, error) from error
    names = [sheet.title for sheet in book.worksheets]
    wanted = plan.options.sheet or (names[0] if names else "")
    if wanted not in names:
        book.close()
        raise ConfigError(
            f"{plan.name} has no sheet '{wanted}'; there are: {', '.join(names)}",
            where=f"connections.{connection}.options.sheet",
            next_step=meant(wanted, names) or "name one of these",
        )
    return Sheet(book, book[wanted], plan)


def _broken(plan: Plan, error: Exception) -> Unavailable:
    return Unavailable(
        f"{plan.name} is no whole workbook: {str(error) or type(error).__name__}",
        where=str(plan.path),
        next_step="if it is being written just now, the next run reads it; a password has to be taken off",
    )
