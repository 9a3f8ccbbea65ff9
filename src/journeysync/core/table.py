"""Tables as values, and the forms they leave in: CSV, Markdown, JSON. Command line, exports and page share them.

Text from trackers loses its control characters before it reaches a terminal, a
log line, a CSV or a sheet. JSON loses nothing: there they are written as
``\\u001b``, so that a program gets the text as it is and a terminal is not
steered by it. A CSV cell that a spreadsheet would run as a formula gets a
leading apostrophe.

Every writer streams: rows may be any iterable and are read once.
"""

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

BOM = "\ufeff"
"""Tells a spreadsheet that a CSV is UTF-8."""
_UNSEEN = r"\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff"
_ESCAPES = re.compile(r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[@-Z\\-_]?")
_CONTROL = re.compile(f"[{_UNSEEN}]")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # the last four are full-width
_MARKDOWN = str.maketrans({"\\": "\\\\", "|": "\\|", "<": "&lt;", "[": "\\[", "]": "\\]", "`": "\\`"})

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes:
        key: The key of the rows, and the column's name for programs.
        link: The key of the address that its cells lead to; empty: none.
        words: Makes what people see from a row, where that is not the plain value.
    """

    key: str
    link: str = ""
    words: Callable[[Row], object] | None = None

    def shown(self, row: Row) -> object:
        """Return what stands in the cell of a row."""
        return self.words(row) if self.words else row.get(self.key)

    def address(self, row: Row) -> str:
        """Return where the cell of a row leads; empty where nowhere, or to nothing that is safe to follow."""
        found = row.get(self.link) if self.link else None
        return found if isinstance(found, str) and is_address(found) else ""

    @property
    def title(self) -> str:
        """Return what people read above the column."""
        return self.key.replace("_", " ")


@dataclass(frozen=True)
class Table:
    """A table with all that it rests on.

    Attributes:
        name: One word: the command's, the page's, the file's.
        title: What it is about, in words.
        columns: What CSV, Markdown and sheets show, in order; JSON has every key of a row.
        rows: Mappings of JSON values; any iterable, read once.
        facts: (what, words): filter, age of the data, checksum of the configuration; the first lines of a file.
        head: What stands in the JSON document before the rows.
        rows_key: The key of the rows in the JSON document.
        count_key: The key under which JSON says how many rows there were; empty: nowhere.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: Iterable[Row]
    facts: tuple[tuple[str, str], ...] = ()
    head: Mapping[str, Any] = field(default_factory=dict)
    rows_key: str = "rows"
    count_key: str = ""


def columns_of(*keys: str, **links: str) -> tuple[Column, ...]:
    """Return columns by their keys; ``key="url"`` makes the cells of ``key`` lead to the row's ``url``."""
    return tuple(Column(key, links.get(key, "")) for key in keys)


def plain(text: str) -> str:
    """Return text without terminal escapes and control characters (bidirectional ones, too); lines and tabs stay."""
    return _CONTROL.sub("", _ESCAPES.sub("", text.replace("\r\n", "\n")))


def one_line(text: str) -> str:
    """Return text for one cell: control characters gone, white space folded."""
    return " ".join(plain(text).split())


def json_text(value: Any, *, indent: int | None = None) -> str:
    """Return JSON that any terminal may show: readable letters, control characters as escapes."""
    text = json.dumps(value, ensure_ascii=False, indent=indent, default=str)
    return _CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def cell(value: object) -> str:
    """Return a value as it stands in a table: nothing for None, yes and no for truth, no trailing .0."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list | tuple):
        return ", ".join(cell(item) for item in value)
    if isinstance(value, Mapping):
        return json_text(value)
    return one_line(str(value))


def is_address(value: object) -> bool:
    """Return whether a value may stand behind a link: http or https, nothing that a browser or a sheet would run."""
    return isinstance(value, str) and value.startswith(("https://", "http://")) and value.isprintable()


def csv_parts(table: Table, *, facts: bool = False) -> Iterator[str]:
    """Yield the pieces of a CSV: with ``facts`` what it rests on first, one line each, begun by ``#``."""
    if facts:
        yield from (_csv_line([f"# {what}: {one_line(words)}"]) for what, words in table.facts)
    yield _csv_line([column.key for column in table.columns])
    for row in table.rows:
        yield _csv_line([_harmless(column.shown(row)) for column in table.columns])


def markdown_parts(table: Table, *, facts: bool = False) -> Iterator[str]:
    """Yield the lines of a Markdown table; with ``facts`` a title and what it rests on first."""
    if facts:
        yield f"**{_markdown(table.title)}**\n\n"
        yield from (f"- {what}: {_markdown(words)}\n" for what, words in table.facts)
        yield "\n"
    yield _markdown_line([column.key for column in table.columns])
    yield _markdown_line(["---"] * len(table.columns), escaped=True)
    for row in table.rows:
        yield _markdown_line([_markdown_cell(row, column) for column in table.columns], escaped=True)


def json_parts(table: Table, *, first: Mapping[str, Any], facts: bool = False) -> Iterator[str]:
    """Yield the pieces of one JSON document: ``first``, the table's head, the rows; with ``facts`` those, too."""
    head = dict(first) | ({"facts": dict(table.facts)} if facts else {}) | dict(table.head)
    yield "{\n" + "".join(f"  {json.dumps(key)}: {_indented(value)},\n" for key, value in head.items())
    yield f"  {json.dumps(table.rows_key)}: ["
    count = 0
    for count, row in enumerate(table.rows, start=1):
        yield ("\n    " if count == 1 else ",\n    ") + json_text(dict(row), indent=2).replace("\n", "\n    ")
    yield "\n  ]" if count else "]"
    yield f",\n  {json.dumps(table.count_key)}: {count}\n}}\n" if table.count_key else "\n}\n"


def ndjson_parts(table: Table) -> Iterator[str]:
    """Yield one JSON object a row and line."""
    for row in table.rows:
        yield json_text(dict(row)) + "\n"


def _indented(value: Any) -> str:
    return json_text(value, indent=2).replace("\n", "\n  ")


def _csv_line(cells: Sequence[str]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerow(cells)
    return text.getvalue()


def _harmless(value: object) -> str:
    text = cell(value)
    is_number = isinstance(value, int | float)
    return f"'{text}" if text.startswith(_FORMULA) and not is_number else text


def _markdown(text: str) -> str:
    return one_line(text).translate(_MARKDOWN)


def _markdown_cell(row: Row, column: Column) -> str:
    text, address = _markdown(cell(column.shown(row))), column.address(row)
    if text and address:
        return f"[{text}]({address.replace('(', '%28').replace(')', '%29').replace('|', '%7C')})"
    return text


def _markdown_line(cells: Sequence[str], *, escaped: bool = False) -> str:
    return "| " + " | ".join(text if escaped else _markdown(text) for text in cells) + " |\n"
