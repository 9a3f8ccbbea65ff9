"""What is said about a file connection: which file, which of its columns mean what, how it is to be read."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from journeysync.connector import ConnectionSettings, option, read_options, unknown_key
from journeysync.errors import ConfigError

FIELDS = (
    *("id", "key", "title", "body", "kind", "state", "project", "parent", "labels", "components", "milestone"),
    *("priority", "estimate", "author", "url", "created", "updated", "done"),
)
"""What a column can mean; ``id`` and ``title`` are needed."""
SEVERAL = ("body", "labels", "components")
"""What several columns may hold together."""
ENDINGS = (".csv", ".tsv", ".txt", ".json", ".ndjson", ".jsonl", ".xlsx", ".xlsm")
_SCOPE = ("projects",)


@dataclass(frozen=True)
class FileOptions:
    """The connector's own keys under ``options``, with defaults that work.

    Attributes:
        encoding: Of a CSV or JSON file; UTF-8 may begin with a byte order mark.
        delimiter: Between the cells of a CSV file; left out, the header tells.
        sheet: Of a workbook; left out, the first.
        rows: Where the list stands in a JSON document, as "data.items"; left out, it is the document.
        date_format: As in Python's strptime ("%m/%d/%Y"), for dates that are neither ISO nor 31.12.2026.
        time_zone: Of dates and times that name none.
        link: The address of a row, with ``{id}`` or ``{key}`` in it, where no column holds it.
        may_shrink_percent: So many rows may go from one read to the next; more is taken for a broken file.
        settle_seconds: A file that was changed within this time is looked at again: it may still be written.
        page_size: Tickets handed on at a time.
    """

    encoding: str = option("utf-8", one_of=("utf-8", "cp1252", "utf-16"))
    delimiter: str = option("", one_of=("", ",", ";", "tab", "|"))
    sheet: str = ""
    rows: str = ""
    date_format: str = ""
    time_zone: str = "UTC"
    link: str = ""
    may_shrink_percent: int = option(20, at_least=0, at_most=100)
    settle_seconds: float = option(1.0, at_least=0, at_most=60)
    page_size: int = option(500, at_least=1, at_most=5_000)


@dataclass(frozen=True)
class Plan:
    """All that decides what a file says: where it is, how it is read, what its columns mean.

    Attributes:
        path: The file.
        options: How it is read.
        columns: For each field the names of its columns.
        containers: Words for kinds of rows that other rows hang below, as "Campaign".
        projects: Only rows of these; empty = all.
    """

    path: Path
    options: FileOptions
    columns: Mapping[str, tuple[str, ...]]
    containers: tuple[str, ...]
    projects: tuple[str, ...]
    zone: ZoneInfo

    @property
    def name(self) -> str:
        """Return the name of the file, for messages."""
        return self.path.name

    @property
    def fingerprint(self) -> str:
        """Return the words of all that would make the same file say something else."""
        return repr((self.options, sorted(self.columns.items()), self.containers, self.projects))


def plan_of(settings: ConnectionSettings) -> Plan:
    """Return what a connection says about its file.

    Raises:
        ConfigError: No such kind of file, an unknown option, field or scope, or a needed column is not named.
    """
    given = dict(settings.options)
    columns = _columns(given.pop("columns", None), settings)
    containers = _words(given.pop("containers", ()), "containers", settings)
    options = read_options(replace(settings, options=given), FileOptions, tracker="file")
    for key in settings.scope:
        if key not in _SCOPE:
            raise unknown_key(key, _SCOPE, settings, what="scope", tracker="file")
    projects = _words(settings.scope.get("projects") or (), "projects", settings)
    if projects and "project" not in columns:
        raise _wrong("scope.projects needs a column for `project`", settings, "name it: columns: {project: ...}")
    try:
        zone = ZoneInfo(options.time_zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise _wrong(
            f"there is no time zone '{options.time_zone}'", settings, "write for example Europe/Vienna"
        ) from error
    return Plan(_path(settings), options, columns, containers, projects, zone)


def _path(settings: ConnectionSettings) -> Path:
    path = Path(settings.url.removeprefix("file://")).expanduser()
    if path.suffix.lower() not in ENDINGS:
        raise _wrong(
            f"'{path.name}' is no kind of file that can be read", settings, f"it may end with {', '.join(ENDINGS)}"
        )
    root = settings.state_folder.parent if settings.state_folder else Path()
    return path if path.is_absolute() else root / path


def _columns(given: Any, settings: ConnectionSettings) -> dict[str, tuple[str, ...]]:
    if not isinstance(given, Mapping) or not given:
        step = "write options: {columns: {id: Campaign ID, title: Name}} with the names of its columns"
        raise _wrong(f"file connection '{settings.name}' does not say what its columns mean", settings, step)
    columns = {}
    for field, value in given.items():
        if field not in FIELDS:
            raise unknown_key(field, FIELDS, settings, what="field under columns", tracker="file")
        columns[field] = names = _words(value, f"columns.{field}", settings)
        if len(names) != 1 and field not in SEVERAL:
            raise _wrong(f"columns.{field} names {len(names)} columns, and needs one", settings)
    for needed in ("id", "title"):
        if needed not in columns:
            raise _wrong(f"columns.{needed} is missing", settings, f"name the column that holds the {needed} of a row")
    return columns


def _words(value: Any, key: str, settings: ConnectionSettings) -> tuple[str, ...]:
    words = (value,) if isinstance(value, str) else value
    if not isinstance(words, list | tuple) or not all(
        isinstance(word, str | int) and str(word).strip() for word in words
    ):
        raise _wrong(f"{key} is {value!r}; a name or a list of names is needed", settings)
    return tuple(str(word) for word in words)


def _wrong(says: str, settings: ConnectionSettings, next_step: str = "") -> ConfigError:
    return ConfigError(says, where=settings.where, next_step=next_step)
