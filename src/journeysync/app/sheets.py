"""Tables as Excel sheets, written row by row: frozen header, filters, links; no cell is ever a formula."""

from collections.abc import Iterator
from typing import IO, TYPE_CHECKING

from journeysync.core.table import Column, Row, Table, cell, one_line

if TYPE_CHECKING:
    from openpyxl.cell import Cell
    from openpyxl.styles import Font
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

MOST_ROWS = 1_048_000  # Excel's limit is 1,048,576
MOST_LINKS = 65_000  # Excel's limit is 65,530 a sheet
_MOST_LETTERS = 32_000  # Excel's limit is 32,767 a cell
_WIDE = {"title": 60, "cause": 60, "path": 60, "name": 44, "formula": 40, "next_step": 60, "says": 60}
_WIDTH = 15


def write_sheet(table: Table, file: IO[bytes]) -> None:
    """Write a workbook with one sheet: what it rests on in the first row, the header in the second, then the rows.

    Rows beyond Excel's limit are left out and the last row says so.
    """
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    book.properties.title = table.title
    book.properties.creator = "journeysync"
    book.properties.description = "; ".join(f"{what}: {words}" for what, words in table.facts)
    sheet = book.create_sheet(table.name[:31] or "table")
    sheet.freeze_panes = "A3"
    for number, column in enumerate(table.columns):
        sheet.column_dimensions[_letters(number)].width = _WIDE.get(column.key, _WIDTH)
    count = _Sheet(sheet).write(table)
    if count:
        sheet.auto_filter.ref = f"A2:{_letters(len(table.columns) - 1)}{count + 2}"
    book.save(file)


class _Sheet:
    """One sheet being written."""

    def __init__(self, sheet: "WriteOnlyWorksheet") -> None:
        from openpyxl.styles import Font

        self.sheet = sheet
        self.links = 0
        self.bold, self.link, self.grey = (
            Font(bold=True),
            Font(color="0B6E66", underline="single"),
            Font(color="6B7280"),
        )

    def write(self, table: Table) -> int:
        """Write everything; return how many rows stand below the header."""
        says = "   ".join(f"{what}: {words}" for what, words in (("table", table.title), *table.facts))
        self.sheet.append([self._text(says, font=self.grey)])
        self.sheet.append([self._text(column.title, font=self.bold) for column in table.columns])
        count = 0
        for row in table.rows:
            if count == MOST_ROWS:
                self.sheet.append([self._text("more rows than a sheet can hold: export this table as CSV")])
                break
            self.sheet.append(list(self._cells(table.columns, row)))
            count += 1
        return count

    def _cells(self, columns: tuple[Column, ...], row: Row) -> Iterator["Cell | int | float | None"]:
        for column in columns:
            value, address = column.shown(row), column.address(row)
            if value is None or value == "":
                yield None
            elif isinstance(value, int | float) and not isinstance(value, bool):
                yield value
            elif address and self.links < MOST_LINKS:
                self.links += 1
                linked = self._text(cell(value), font=self.link)
                linked.hyperlink = address
                yield linked
            else:
                yield self._text(cell(value))

    def _text(self, text: str, *, font: "Font | None" = None) -> "Cell":
        from openpyxl.cell import WriteOnlyCell

        made = WriteOnlyCell(self.sheet, value=one_line(text)[:_MOST_LETTERS])
        made.data_type = "s"  # "=1+1" is a title, never a formula; "#N/A" is no error
        if font is not None:
            made.font = font
        return made


def _letters(number: int) -> str:
    from openpyxl.utils import get_column_letter

    return str(get_column_letter(number + 1))
