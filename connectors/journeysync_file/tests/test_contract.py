"""A file keeps the reading part of the contract of all connectors; what it cannot do, it says."""

import csv
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from journeysync.connector import Connector
from journeysync.model.change import Result
from journeysync.model.tracker import Found, Gone, Moved
from journeysync.testing import some_connection_settings
from journeysync.testing.contract import MannersContract
from journeysync.testing.contract_base import add, put
from journeysync.testing.contract_reading import ReadingContract
from journeysync_file.connection import FileConnector

COLUMNS = ("id", "key", "title", "kind", "state", "project", "parent", "labels", "url", "updated", "body")


class FileWorld:
    """A table that people keep. What lists do not show yet is simply not written into the file yet."""

    outside = "OTHER"
    number_field = text_field = select_field = ""
    choices = ("Small", "Large")
    projects = ("BILL", "ONB")
    journal: tuple[Any, ...] = ()

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows: dict[str, dict[str, str]] = {}
        self._shown: dict[str, dict[str, str]] = {}
        self._held: set[str] = set()
        self._now = datetime(2026, 11, 22, tzinfo=UTC)
        self._stands = self._holds_back = False
        self._write()

    def create(
        self, title: str = "", *, project: str = "", parent: str | None = None, labels: tuple[str, ...] = ()
    ) -> str:
        ticket = f"C-{len(self.rows) + 1}"
        row = dict.fromkeys(COLUMNS, "") | {"id": ticket, "title": title or "A row", "project": project or "BILL"}
        row |= {"parent": parent or "", "labels": ", ".join(labels), "url": f"https://calendar.example/{ticket}"}
        self.rows[ticket] = row
        self._change(ticket, key=f"{row['project']}/{ticket}")
        return ticket

    def edit_title(self, ticket: str, title: str) -> None:
        self._change(ticket, title=title)

    def type_label(self, ticket: str, label: str) -> None:
        self._change(ticket, labels=", ".join([*self.labels(ticket), label]))

    def remove_label(self, ticket: str, label: str) -> None:
        self._change(ticket, labels=", ".join(each for each in self.labels(ticket) if each != label))

    def make_strange(self, ticket: str) -> None:
        self._change(ticket, kind="Gremlin", state="Simmering")

    def delete(self, ticket: str) -> None:
        del self.rows[ticket]
        self._write()

    def move(self, ticket: str, project: str) -> str:
        self._change(ticket, project=project, key=f"{project}/{ticket}")
        return ticket

    def title(self, ticket: str) -> str:
        return self.rows[ticket]["title"]

    def labels(self, ticket: str) -> tuple[str, ...]:
        return tuple(filter(None, self.rows[ticket]["labels"].split(", ")))

    def body(self, ticket: str) -> str:
        return self.rows[ticket]["body"]

    def edit_body(self, ticket: str, text: str) -> None:
        self._change(ticket, body=text)

    @contextmanager
    def same_instant(self) -> Iterator[None]:
        self._stands = True
        yield
        self._stands = False

    @contextmanager
    def unseen_by_lists(self) -> Iterator[None]:
        self._holds_back = True
        yield
        self._holds_back = False

    def lists_catch_up(self) -> None:
        self._held.clear()
        self._write()

    def pass_time(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)

    def _cannot(self, *_: Any, **__: Any) -> Any:
        raise NotImplementedError("a table has no such thing")

    set_field = add_link = type_comment = change_our_words = hide = field = links = comments = receipt = _cannot
    refuse = _cannot

    def _change(self, ticket: str, **cells: str) -> None:
        self._now += timedelta(seconds=0 if self._stands else 1)
        self.rows[ticket].update(cells, updated=self._now.isoformat())
        if self._holds_back:
            self._held.add(ticket)
        self._write()

    def _write(self) -> None:
        self._shown = {
            ticket: self._shown[ticket] if ticket in self._held else dict(row)
            for ticket, row in self.rows.items()
            if ticket not in self._held or ticket in self._shown
        }
        with self.path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS)
            writer.writeheader()
            writer.writerows(self._shown.values())


class TestFile(ReadingContract, MannersContract):
    @pytest.fixture
    def world(self, tmp_path: Path) -> FileWorld:  # type: ignore[override]
        return FileWorld(tmp_path / "campaigns.csv")

    @pytest.fixture
    def connector(self, world: FileWorld) -> Connector:  # type: ignore[override]
        settings = some_connection_settings(
            url=str(world.path),
            auth={},
            scope={"projects": list(world.projects)},
            options={"columns": {name: name for name in COLUMNS}, "page_size": 3, "settle_seconds": 0},
        )
        return FileConnector(settings)

    def test_found_moved_and_gone_are_told_apart(self, connector: Connector, world: FileWorld) -> None:  # type: ignore[override]
        here, away, gone, rest = (world.create(title) for title in ("Here", "Away", "Gone", "Rest"))
        world.move(away, world.outside)
        world.delete(gone)
        answers = {self.asked_id(each): type(each) for each in connector.fetch([here, away, gone])}
        assert answers == {here: Found, away: Moved, gone: Gone}
        assert rest in world.rows

    def test_traffic_is_counted(self, connector: Connector, world: FileWorld) -> None:  # type: ignore[override]
        world.create()
        list(connector.pull(None))
        assert connector.traffic.requests == connector.traffic.reads > 0

    def test_a_hidden_ticket_is_not_gone(self) -> None:  # type: ignore[override]
        pytest.skip("a file shows all of its rows, or cannot be read at all: test_a_file_that_cannot_be_read...")

    def test_observing_is_fresh_while_lists_lag(self) -> None:  # type: ignore[override]
        pytest.skip("a file has no lists that lag")

    def test_no_secret_is_in_any_log_line_or_repr(self) -> None:  # type: ignore[override]
        pytest.skip("a file is read without a secret")

    def test_nothing_can_be_written_and_each_change_is_told_so(self, connector: Connector, world: FileWorld) -> None:
        ticket = world.create()
        assert not any(capability.can for _, capability in connector.capabilities.slots)
        (outcome,) = put(connector, ticket, add("journey.pay-bill")).values()
        assert (outcome.result, outcome.cause) == (Result.FAILED, "a file is only read")
        assert world.labels(ticket) == ()
