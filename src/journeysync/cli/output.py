"""How results leave on stdout: a table for people, or JSON, NDJSON, Markdown, CSV for programs (``core.table``)."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any

from journeysync.core.table import (
    Table,
    cell,
    columns_of,
    csv_parts,
    json_parts,
    json_text,
    markdown_parts,
    ndjson_parts,
    one_line,
    plain,
)
from journeysync.errors import ConfigError

__all__ = [
    "Output",
    "cell",
    "emit",
    "emit_table",
    "json_text",
    "one_line",
    "only",
    "plain",
    "print_json",
    "table",
    "write",
]


class Output(StrEnum):
    """The forms a result can take."""

    TABLE = "table"
    JSON = "json"
    NDJSON = "ndjson"
    MARKDOWN = "markdown"
    CSV = "csv"


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
    elif output is Output.TABLE:
        write(title)
        if rows:
            write("")
            table(columns, rows)
    else:
        emit_table(output, Table(name="", title=title, columns=columns_of(*columns), rows=rows))


def emit_table(output: Output, shown: Table) -> None:
    """Print a table on stdout in a form for programs; a table for people is the command's own."""
    if output is Output.JSON:
        from journeysync.app.results import document_head

        parts = json_parts(shown, first=document_head())
    else:
        parts = _PARTS[output](shown)
    for part in parts:
        write(part, end="")


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
    from journeysync.app.results import document_head

    write(json_text(document_head() | dict(document), indent=2))


def write(text: str, *, end: str = "\n") -> None:
    """Print to stdout."""
    sys.stdout.write(text + end)


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


_PARTS: Mapping[Output, Callable[[Table], Iterator[str]]] = {
    Output.CSV: csv_parts,
    Output.MARKDOWN: markdown_parts,
    Output.NDJSON: ndjson_parts,
}
