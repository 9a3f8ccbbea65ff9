"""Exports: any table in any form, to a file or to the page. Every file says what it rests on in its first lines."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO

from journeysync.app.results import document_head
from journeysync.app.sheets import write_sheet
from journeysync.core.table import BOM, Table, csv_parts, json_parts, markdown_parts
from journeysync.errors import ConfigError

_BLOCK = 1 << 16


@dataclass(frozen=True)
class Form:
    """A form that a table can leave in."""

    suffix: str
    media_type: str
    write: Callable[[Table, IO[bytes]], None]


def _csv(table: Table, file: IO[bytes]) -> None:
    file.write(BOM.encode())
    _write_text(csv_parts(table, facts=True), file)


def _markdown(table: Table, file: IO[bytes]) -> None:
    _write_text(markdown_parts(table, facts=True), file)


def _json(table: Table, file: IO[bytes]) -> None:
    _write_text(json_parts(table, first=document_head(), facts=True), file)


def _write_text(parts: Iterator[str], file: IO[bytes]) -> None:
    for part in parts:
        file.write(part.encode("utf-8", errors="replace"))


FORMS: Mapping[str, Form] = {
    "csv": Form(".csv", "text/csv; charset=utf-8", _csv),
    "xlsx": Form(".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", write_sheet),
    "json": Form(".json", "application/json", _json),
    "markdown": Form(".md", "text/markdown; charset=utf-8", _markdown),
}
"""Every form, by its name."""


def form_of(path: Path) -> str:
    """Return the form that a file's name asks for.

    Raises:
        ConfigError: It asks for none that there is.
    """
    for name, form in FORMS.items():
        if path.suffix.lower() == form.suffix:
            return name
    endings = ", ".join(form.suffix for form in FORMS.values())
    raise ConfigError(f"the name of the file says no form: {path.name}", next_step=f"let it end in {endings}")


@contextmanager
def new_file(path: Path) -> Iterator[IO[bytes]]:
    """Open a file that appears whole or not at all: what stood there before stays until the new one is complete.

    Raises:
        ConfigError: It cannot be written there.
    """
    try:
        with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            temporary = Path(file.name)
            try:
                yield file
                file.close()
                temporary.chmod(0o666 & ~_umask())
                temporary.replace(path)
            except BaseException:
                temporary.unlink(missing_ok=True)
                raise
    except OSError as error:
        raise ConfigError(
            f"cannot write {path}: {error.strerror}", next_step="name a file in a folder that may be written"
        ) from error


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
