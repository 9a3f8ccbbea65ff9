"""How results leave: a table for people, or JSON, NDJSON, Markdown, CSV for programs.

Text from trackers loses its control characters before it reaches a terminal, a
log line or a CSV; a CSV cell that a spreadsheet would run as a formula gets a
leading apostrophe.
"""

import csv
import io
import json
import re
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from journeysync.app.results import SCHEMA_VERSION

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_FORMULA = ("=", "+", "-", "@", "\t")


class Output(StrEnum):
    """The forms a result can take."""

    TABLE = "table"
    JSON = "json"
    NDJSON = "ndjson"
    MARKDOWN = "markdown"
    CSV = "csv"


def plain(text: str) -> str:
    """Return text without control characters (ANSI escapes, bidirectional overrides); line ends and tabs stay."""
    return _CONTROL.sub("", text.replace("\r\n", "\n"))


def one_line(text: str) -> str:
    """Return text for one cell: control characters gone, white space folded."""
    return " ".join(plain(text).split())


def emit(
    output: Output,
    document: Mapping[str, Any],
    *,
    columns: Sequence[str],
    rows: Sequence[Mapping[str, Any]],
    title: str,
) -> None:
    """Print a result on stdout.

    Args:
        output: The form.
        document: The whole result, for JSON; gets ``schema_version`` and ``generated_at``.
        columns: Keys of a row to show, in order, for every other form.
        rows: The rows.
        title: What the table is about.
    """
    if output is Output.JSON:
        print_json(document)
    elif output is Output.NDJSON:
        for row in rows:
            write(json.dumps(row, ensure_ascii=False, default=str))
    elif output is Output.CSV:
        write(_csv(columns, rows), end="")
    elif output is Output.MARKDOWN:
        write(_markdown(columns, rows))
    else:
        _table(title, columns, rows)


def print_json(document: Mapping[str, Any]) -> None:
    """Print one JSON document with the version of its shape and the time."""
    head = {"schema_version": SCHEMA_VERSION, "generated_at": datetime.now(UTC).isoformat(timespec="seconds")}
    write(json.dumps(head | dict(document), ensure_ascii=False, indent=2, default=str))


def write(text: str, *, end: str = "\n") -> None:
    """Print to stdout."""
    sys.stdout.write(text + end)


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
    return one_line(str(value))


def _csv(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_safe(row.get(column)) for column in columns] for row in rows)
    return text.getvalue()


def _safe(value: object) -> str:
    text = cell(value)
    is_text = isinstance(value, str)
    return f"'{text}" if is_text and text.startswith(_FORMULA) else text


def _markdown(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> str:
    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(text.replace("|", "\\|") for text in cells) + " |"

    lines = [line(columns), line(["---"] * len(columns))]
    lines += [line([cell(row.get(column)) for column in columns]) for row in rows]
    return "\n".join(lines)


def _table(title: str, columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title, box=box.SIMPLE_HEAD, title_justify="left", pad_edge=False)
    for column in columns:
        numbers = all(isinstance(row.get(column), int | float | None) for row in rows)
        table.add_column(column.replace("_", " "), justify="right" if numbers and rows else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell(row.get(column))) for column in columns))
    console = Console(file=sys.stdout, soft_wrap=False, highlight=False)
    if not console.is_terminal:
        console.width = 160
    console.print(table)
