"""A row becomes a ticket. Pure: no file is opened here."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, time
from typing import Any

from journeysync.model.ticket import State, Ticket, TicketRef
from journeysync_file.options import Plan
from journeysync_file.problem import BadCell, Problem
from journeysync_file.table import Row

NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""When a row was changed that names no date at all."""
_STATES: Mapping[State, frozenset[str]] = {
    State.TODO: frozenset(
        {"todo", "to do", "open", "new", "planned", "backlog", "idea", "draft", "ready", "scheduled"}
    ),
    State.DOING: frozenset({"doing", "in progress", "active", "running", "live", "started", "ongoing", "in review"}),
    State.DONE: frozenset(
        {"done", "closed", "complete", "completed", "finished", "ended", "sent", "resolved", "shipped"}
    ),
    State.DROPPED: frozenset({"dropped", "cancelled", "canceled", "rejected", "won't do", "abandoned", "duplicate"}),
}
_KINDS = {
    "initiative": ("initiative", 2),
    "epic": ("epic", 1),
    "story": ("story", 0),
    "user story": ("story", 0),
    "bug": ("bug", 0),
    "defect": ("bug", 0),
    "task": ("task", 0),
    "sub-task": ("subtask", -1),
    "subtask": ("subtask", -1),
}


class Lens:
    """How the rows of one file are seen.

    Args:
        connection: The connection's name.
        plan: What its columns mean.
        where: Names a cell of a row, for problems.
    """

    def __init__(self, connection: str, plan: Plan, where: Callable[[int, str], str]) -> None:
        self._connection = connection
        self._plan = plan
        self._where = where
        self._containers = frozenset(word.casefold() for word in plan.containers)

    def ticket(self, row: Row) -> tuple[Ticket | None, list[Problem]]:
        """Return the ticket of a row with the parent's id or key as it stands there; None where a value is wrong."""
        problems: list[Problem] = []
        values: dict[str, Any] = {}
        values.update(self._values(row, problems))
        if problems:
            return None, problems
        return self._made(values), problems

    def _values(self, row: Row, problems: list[Problem]) -> Iterator[tuple[str, Any]]:
        for field, columns in self._plan.columns.items():
            for column in columns:
                if column not in row.cells:
                    if field in ("id", "title"):
                        says = f"the {field} is missing" + (
                            ": a formula that was never worked out looks empty too" if self._is_book else ""
                        )
                        problems.append(Problem(self._where(row.number, column), says))
                    continue
                try:
                    yield field if len(columns) == 1 else f"{field}:{column}", self._value(field, row.cells[column])
                except BadCell as error:
                    problems.append(Problem(self._where(row.number, column), error.says, error.next_step))

    @property
    def _is_book(self) -> bool:
        return self._plan.path.suffix.lower().startswith(".xls")

    def _value(self, field: str, cell: Any) -> Any:
        if field in ("created", "updated", "done"):
            return self._moment(cell)
        if field == "estimate":
            return _number(cell)
        if field in ("labels", "components"):
            return _words(cell)
        return _text(cell)

    def _moment(self, cell: Any) -> datetime:
        found = cell if isinstance(cell, date) else self._read_date(cell)
        if not isinstance(found, datetime):
            found = datetime.combine(found, time())
        return (found if found.tzinfo else found.replace(tzinfo=self._plan.zone)).astimezone(UTC)

    def _read_date(self, cell: Any) -> date:
        text = _text(cell)
        formats = [self._plan.options.date_format] if self._plan.options.date_format else ["%d.%m.%Y", "%d.%m.%Y %H:%M"]
        if isinstance(cell, str):
            for form in formats:
                try:
                    return datetime.strptime(text, form)  # noqa: DTZ007  # the zone of the file is put on by the caller
                except ValueError:
                    continue
            try:
                return datetime.fromisoformat(text)
            except ValueError:
                pass
        raise BadCell(
            f"'{text}' is no date",
            "write it as 2026-12-31, or say how dates are written: options: {date_format: '%m/%d/%Y'}",
        )

    def _made(self, values: Mapping[str, Any]) -> Ticket:
        ref = TicketRef(connection=self._connection, id=values["id"])
        key = values.get("key") or ref.id
        kind_word = values.get("kind", "")
        kind, level = _KINDS.get(kind_word.casefold(), ("task", 0))
        if kind_word.casefold() in self._containers:
            kind, level = ("epic", 1) if level < 1 else (kind, level)
        state_word = values.get("state", "")
        state = next((ours for ours, words in _STATES.items() if state_word.casefold() in words), State.TODO)
        done = values.get("done")
        link = self._plan.options.link
        return Ticket(
            ref=ref,
            key=key,
            url=values.get("url") or (link.replace("{id}", ref.id).replace("{key}", key) if link else ""),
            project=values.get("project", ""),
            kind=kind,
            kind_word=kind_word,
            level=level,
            parent=values.get("parent"),
            title=values["title"],
            body="\n\n".join(text for name, text in values.items() if name.partition(":")[0] == "body"),
            state=state,
            state_word=state_word,
            labels=_joined(values, "labels"),
            components=_joined(values, "components"),
            milestone=values.get("milestone"),
            priority=values.get("priority"),
            estimate=values.get("estimate"),
            author=values.get("author"),
            author_kind="member",  # whoever writes into a file of the house
            visibility="private",
            created_at=values.get("created"),
            updated_at=values.get("updated") or done or values.get("created") or NEVER,
            done_at=done if state in (State.DONE, State.DROPPED) else None,
        )


def _text(cell: Any) -> str:
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)  # a workbook has no whole numbers: 12 is 12.0 there
    if isinstance(cell, list | tuple):
        return ", ".join(_text(each) for each in cell)
    return str(cell).replace("\x00", "").replace("\r\n", "\n").strip()


def _number(cell: Any) -> float:
    try:
        return float(cell if isinstance(cell, int | float) else _text(cell).replace(",", "."))
    except ValueError:
        raise BadCell(f"'{_text(cell)}' is no number") from None


def _words(cell: Any) -> tuple[str, ...]:
    pieces = (
        [_text(each) for each in cell] if isinstance(cell, list | tuple) else _text(cell).replace(";", ",").split(",")
    )
    return tuple(piece.strip() for piece in pieces if piece.strip())


def _joined(values: Mapping[str, Any], field: str) -> tuple[str, ...]:
    return tuple(sorted({word for name, words in values.items() if name.partition(":")[0] == field for word in words}))
