"""How results leave: a table for people, or JSON, NDJSON, Markdown, CSV for programs.

Text from trackers loses its control characters before it reaches a terminal, a
log line or a CSV. JSON loses nothing: there they are written as ``\\u001b``, so
that a program gets the text as it is and a terminal is not steered by it. A CSV
cell that a spreadsheet would run as a formula gets a leading apostrophe.
"""

import json
import re
import sys
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from journeysync.errors import ConfigError

_UNSEEN = r"\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff"
_ESCAPES = re.compile(r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[@-Z\\-_]?")
_CONTROL = re.compile(f"[{_UNSEEN}]")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Output(StrEnum):
    """The forms a result can take."""

    TABLE = "table"
    JSON = "json"
    NDJSON = "ndjson"
    MARKDOWN = "markdown"
    CSV = "csv"


def plain(text: str) -> str:
    """Return text without terminal escapes and control characters (bidirectional ones, too); lines and tabs stay."""
    return _CONTROL.sub("", _ESCAPES.sub("", text.replace("\r\n", "\n")))


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
        columns: Keys of a row to show, in order, for every form but JSON and NDJSON.
        rows: The rows.
        title: What the table is about.
    """
    if output is Output.JSON:
        print_json(document)
    elif output is Output.NDJSON:
        for row in rows:
            write(json_text(row))
    elif output is Output.CSV:
        write(_csv(columns, rows), end="")
    elif output is Output.MARKDOWN:
        write(_markdown(columns, rows))
    else:
        write(title)
        if rows:
            write("")
            table(columns, rows)


def only(output: Output, *forms: Output) -> None:
    """Stop where a command has no such form.

    Raises:
        ConfigError: Names the forms it has.
    """
    if output not in forms:
        raise ConfigError(
            f"this command has no output '{output.value}'", next_step=f"use --output {' or '.join(forms)}"
        )


def print_json(document: Mapping[str, Any]) -> None:
    """Print one JSON document with the version of its shape and the time."""
    from datetime import UTC, datetime

    from journeysync.app.results import SCHEMA_VERSION

    head = {"schema_version": SCHEMA_VERSION, "generated_at": datetime.now(UTC).isoformat(timespec="seconds")}
    write(json_text(head | dict(document), indent=2))


def json_text(value: Any, *, indent: int | None = None) -> str:
    """Return JSON that any terminal may show: readable letters, control characters as escapes."""
    text = json.dumps(value, ensure_ascii=False, indent=indent, default=str)
    return _CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


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
    if isinstance(value, Mapping):
        return json_text(value)
    return one_line(str(value))


def table(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    """Print rows under their column names: folded to fit a terminal, one row a line in a pipe or a log."""
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    shown = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 2, 0, 0))
    for column in columns:
        numbers = all(isinstance(row.get(column), int | float | None) for row in rows)
        shown.add_column(column.replace("_", " "), justify="right" if numbers else "left", overflow="fold")
    for row in rows:
        shown.add_row(*(Text(cell(row.get(column))) for column in columns))
    console = Console(file=sys.stdout, highlight=False)
    if not console.is_terminal:
        console.width = 10_000
    with console.capture() as captured:
        console.print(shown)
    write("\n".join(line.rstrip() for line in captured.get().rstrip("\n").split("\n")))


def _csv(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> str:
    import csv
    import io

    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_safe(row.get(column)) for column in columns] for row in rows)
    return text.getvalue()


def _safe(value: object) -> str:
    text = cell(value)
    is_number = isinstance(value, int | float)
    return f"'{text}" if text.startswith(_FORMULA) and not is_number else text


def _markdown(columns: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> str:
    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(text.replace("\\", "\\\\").replace("|", "\\|") for text in cells) + " |"

    lines = [line(columns), line(["---"] * len(columns))]
    lines += [line([cell(row.get(column)) for column in columns]) for row in rows]
    return "\n".join(lines)
