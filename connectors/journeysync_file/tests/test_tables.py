"""What a table may look like, what is refused and how that is said."""

import json
import os
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from journeysync.connector import Connector
from journeysync.errors import ConfigError, ConnectorError, Unavailable
from journeysync.model.ticket import State, Ticket
from journeysync.model.tracker import Cursor
from journeysync.testing import some_connection_settings
from journeysync_file.connection import FileConnector

COLUMNS = {"id": "ID", "title": "Name", "state": "Status", "kind": "Type", "done": "Sent", "labels": "Tags"}
HEADER = "ID;Name;Status;Type;Sent;Tags"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "campaigns.csv"


def connect(path: Path, *, columns: Mapping[str, Any] = COLUMNS, scope: Any = None, **options: Any) -> FileConnector:
    settings = some_connection_settings(
        "campaigns",
        url=str(path),
        auth={},
        scope=scope or {},
        options={"columns": columns, "settle_seconds": 0, **options},
        where="journeysync.yaml:9:3",
    )
    return FileConnector(settings)


def tickets(connector: Connector, since: Cursor | None = None) -> list[Ticket]:
    return [ticket for page in connector.pull(since) for ticket in page.tickets]


def read(path: Path, text: str | bytes, **how: Any) -> list[Ticket]:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return tickets(connect(path, **how))


def refused(path: Path, text: str | bytes, **how: Any) -> ConfigError:
    with pytest.raises(ConfigError) as caught:
        read(path, text, **how)
    return caught.value


def broken(path: Path, text: str | bytes, **how: Any) -> Unavailable:
    with pytest.raises(Unavailable) as caught:
        read(path, text, **how)
    return caught.value


ROW = "C-1;Spring, a “campaign”;Done;Campaign;2026-03-01;mail, web"


@pytest.mark.parametrize(
    ("text", "how"),
    [
        (f"{HEADER}\n{ROW}\n".encode(), {}),
        (f"{HEADER}\r\n{ROW}\r\n\r\n;;;;;\r\n".encode("utf-8-sig"), {}),
        (f"{HEADER}\n{ROW}\n".encode("cp1252"), {"encoding": "cp1252"}),
        (f"{HEADER}\n{ROW}".encode("utf-16"), {"encoding": "utf-16"}),
        (f"{HEADER};Other\n{ROW};x\n".replace(";", "\t").encode(), {}),
        (f"{HEADER}\n{ROW}\n".replace(";", "|").encode(), {"delimiter": "|"}),
        (
            b"ID,Name,Status,Type,Sent,Tags\n"
            b'C-1,"Spring, a \xe2\x80\x9ccampaign\xe2\x80\x9d",DONE,Campaign,01.03.2026,"mail;web"',
            {},
        ),
    ],
)
def test_the_same_row_is_read_from_every_way_to_write_it(path: Path, text: bytes, how: dict[str, Any]) -> None:
    (ticket,) = read(path, text, **how)
    assert (ticket.ref.id, ticket.key, ticket.title) == ("C-1", "C-1", "Spring, a “campaign”")
    assert (ticket.state, ticket.state_word.lower(), ticket.kind, ticket.kind_word) == (
        State.DONE,
        "done",
        "task",
        "Campaign",
    )
    assert (ticket.labels, ticket.done_at) == (("mail", "web"), datetime(2026, 3, 1, tzinfo=UTC))


def workbook(path: Path, *rows: tuple[Any, ...], sheet: str = "Plan") -> Path:
    book = Workbook()
    book.active.title = "Read me"
    page = book.create_sheet(sheet)
    for row in rows:
        page.append(row)
    book.save(path.with_suffix(".xlsx"))
    return path.with_suffix(".xlsx")


def test_a_workbook_gives_numbers_and_dates_as_people_see_them(path: Path) -> None:
    moment = datetime(2026, 3, 1, 9, 30)  # a sheet knows no zones
    made = workbook(
        path, ("ID", "Name", "Sent", None, "Value"), (12.0, "Spring", moment, None, 3.5), (13, True, date(2026, 3, 2))
    )
    columns = {"id": "ID", "title": "Name", "updated": "Sent", "estimate": "Value"}
    first, second = tickets(connect(made, columns=columns, sheet="Plan", time_zone="Europe/Vienna"))
    assert (first.ref.id, first.estimate, first.updated_at) == ("12", 3.5, datetime(2026, 3, 1, 8, 30, tzinfo=UTC))
    assert (second.ref.id, second.title, second.updated_at.hour) == ("13", "yes", 23)
    with pytest.raises(ConfigError, match="no sheet 'Plans'; there are: Read me, Plan") as caught:
        tickets(connect(made, columns=columns, sheet="Plans"))
    assert caught.value.next_step == "did you mean 'Plan'?"


def test_what_is_wrong_in_a_workbook_is_told_with_row_and_letter(path: Path) -> None:
    made = workbook(
        path,
        ("ID", "Name"),
        ("=A1&A1", "never worked out"),
        ("C-2", None),
        ("C-2", "x"),
        ("C-3", "#REF!"),
        sheet="Plan",
    )
    findings = [
        f.says for f in connect(made, columns={"id": "ID", "title": "Name"}, sheet="Plan").check() if f.level == "error"
    ]
    assert findings == [
        "campaigns.xlsx:2:A: the id is missing: a formula that was never worked out looks empty too",
        "campaigns.xlsx:3:B: the title is missing: a formula that was never worked out looks empty too",
    ]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("x.json", json.dumps({"data": {"rows": [{"no": 7, "f": {"name": "Spring"}, "tags": ["b", "a"]}]}})),
        ("x.ndjson", json.dumps({"no": 7, "f": {"name": "Spring"}, "tags": "b; a"}) + "\n\n"),
    ],
)
def test_json_is_read_by_paths(tmp_path: Path, name: str, text: str) -> None:
    columns = {"id": "no", "title": "f.name", "labels": "tags"}
    rows = {"rows": "data.rows"} if name == "x.json" else {}
    (ticket,) = read(tmp_path / name, text, columns=columns, **rows)
    assert (ticket.ref.id, ticket.title, ticket.labels) == ("7", "Spring", ("a", "b"))


def test_rows_hang_below_others_by_id_or_key_and_several_columns_make_one_text(path: Path) -> None:
    text = (
        "no,code,what,kind,up,a,b,t1,t2\n1,A-1,Spring,Campaign,,Why,So,x,y\n"
        "2,A-2,Mail,Mailing,A-1,,,y,z\n3,A-3,Own,Mailing,3,,,,\n"
    )
    columns = {
        "id": "no",
        "key": "code",
        "title": "what",
        "kind": "kind",
        "parent": "up",
        "body": ["a", "b"],
        "labels": ["t1", "t2"],
    }
    first, second, third = read(
        path, text, columns=columns, containers=["Campaign"], link="https://c.example/{key}?{id}"
    )
    assert (first.level, first.kind, first.body, first.labels) == (1, "epic", "Why\n\nSo", ("x", "y"))
    assert (second.parent, second.level, third.parent) == ("1", 0, None)
    assert (first.url, first.author_kind, first.visibility) == ("https://c.example/A-1?1", "member", "private")


@pytest.mark.parametrize(
    ("rows", "where", "says"),
    [
        ("C-1;a;;;;\nC-1;b;;;;", "campaigns.csv:3:1", "the id 'C-1' stands in row 2 already"),
        (";a;;;;", "campaigns.csv:2:1", "the id is missing"),
        ("C-1;;;;;", "campaigns.csv:2:2", "the title is missing"),
        ("C-1;a;;;31/31/2026;", "campaigns.csv:2:5", "'31/31/2026' is no date"),
        ('C-1;"two\nlines";;;;\nC-2;b;;;soon;', "campaigns.csv:4:5", "'soon' is no date"),
        ("C-1;a;;;soon;\nC-2;;;;;", "campaigns.csv:2:5", "'soon' is no date (2 problems in all)"),
    ],
)
def test_a_wrong_row_refuses_the_file_and_says_where(path: Path, rows: str, where: str, says: str) -> None:
    error = refused(path, f"{HEADER}\n{rows}\n")
    assert (error.where, error.what) == (where, says)
    assert "journeysync doctor campaigns" in error.next_step


def test_a_column_that_is_not_there_is_named_with_a_guess(path: Path) -> None:
    error = refused(path, "ID;Naem;Status;Type;Sent;Tags\nC-1;a;;;;\n")
    assert error.what == "there is no column 'Name'; there are: 'ID', 'Naem', 'Status', 'Type', 'Sent', 'Tags'"
    assert (error.where, error.next_step.split(";")[0]) == ("campaigns.csv:1", "did you mean 'Naem'?")
    assert "two columns are called 'ID'" in refused(path, f"{HEADER};ID\nC-1;a;;;;;2\n").what
    assert (
        "not written in utf-8"
        in refused(path, "ID;Name\nC-1;Grüße\n".encode("cp1252"), columns={"id": "ID", "title": "Name"}).what
    )


def test_dates_as_the_file_writes_them(path: Path) -> None:
    (ticket,) = read(path, f"{HEADER}\nC-1;a;done;;12/31/2026;\n", date_format="%m/%d/%Y")
    assert ticket.done_at == datetime(2026, 12, 31, tzinfo=UTC)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"columns": {}}, "does not say what its columns mean"),
        ({"columns": {"id": "ID"}}, "columns.title is missing"),
        ({"columns": {"id": "ID", "titel": "Name"}}, "unknown field under columns 'titel'"),
        ({"columns": {"id": ["ID", "No"], "title": "Name"}}, "columns.id names 2 columns"),
        ({"encoding": "latin"}, "option 'encoding' is 'latin'"),
        ({"time_zone": "Mars/Base"}, "no time zone 'Mars/Base'"),
        ({"scope": {"projects": ["A"]}}, "scope.projects needs a column"),
        ({"scope": {"project": ["A"]}}, "unknown scope 'project'"),
    ],
)
def test_what_is_said_wrongly_about_a_file_is_refused_before_it_is_opened(path: Path, options: Any, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        connect(path, **options)


# broken reads


def test_a_file_that_cannot_be_read_or_breaks_off_is_a_broken_read(path: Path) -> None:
    with pytest.raises(Unavailable, match="No such file"):
        tickets(connect(path))
    assert "has 2 cells in line 3, and its header has 6" in broken(path, f"{HEADER}\nC-1;a;;;;\nC-2;b").what
    assert "breaks off" in broken(path, f'{HEADER}\nC-1;"a;;;;\n').what
    assert "no whole JSON" in broken(path.with_suffix(".json"), '[{"ID": "C-1"}, {"I').what
    whole = workbook(path, ("ID", "Name"), *((f"C-{n}", "x" * 500) for n in range(200))).read_bytes()
    for size in (0, 100, len(whole) // 2, len(whole) - 30):
        assert "no whole workbook" in broken(path.with_suffix(".xlsx"), whole[:size], sheet="Plan").what
    findings = list(connect(path.with_suffix(".xlsx"), sheet="Plan").check())
    assert [(finding.level, finding.exit_code) for finding in findings] == [("error", 75)]


def lines(count: int) -> str:
    return HEADER + "\n" + "".join(f"C-{n};Row {n};;;;\n" for n in range(count))


@pytest.mark.parametrize(("rows", "is_broken"), [(0, True), (1, True), (79, True), (80, False), (100, False)])
def test_a_file_that_shrinks_is_a_broken_read_and_no_smaller_backlog(path: Path, rows: int, is_broken: bool) -> None:
    path.write_text(lines(100))
    *_, last = connect(path).pull(None)
    path.write_text(lines(rows))
    if is_broken:
        with pytest.raises(ConnectorError, match=f"has {rows} rows and had 100"):
            tickets(connect(path), last.cursor)
    else:
        tickets(connect(path), last.cursor)
    assert len(tickets(connect(path, may_shrink_percent=100), last.cursor)) == rows  # the store knows none of them


def test_a_few_rows_may_go_and_an_empty_file_is_a_complete_read_the_first_time(path: Path) -> None:
    path.write_text(lines(6))
    *_, last = connect(path).pull(None)
    path.write_text(lines(1))
    assert len(tickets(connect(path), last.cursor)) == 1
    path.write_text(lines(0))
    (page,) = connect(path).pull(None)
    assert page.complete
    assert page.tickets == ()


def test_a_file_that_is_being_written_is_waited_for_and_then_left(path: Path) -> None:
    path.write_text(lines(2))

    def grow(_seconds: float) -> None:
        with path.open("a") as file:
            file.write("C-9;more;;;;\n")

    settings = some_connection_settings(
        "campaigns", url=str(path), auth={}, scope={}, options={"columns": COLUMNS, "settle_seconds": 60.0}
    )
    with pytest.raises(Unavailable, match="is being written"):
        tickets(FileConnector(settings, sleep=grow))
    waited: list[float] = []
    assert len(tickets(FileConnector(settings, sleep=waited.append))) == 3
    assert waited == [60.0]
    os.utime(path, (1_000_000_000, 1_000_000_000))
    waited.clear()
    assert len(tickets(FileConnector(settings, sleep=waited.append))) == 3
    assert waited == []


def test_a_row_that_changes_without_a_date_is_read_and_nothing_else(path: Path) -> None:
    path.write_text(lines(30))
    first = connect(path)
    known = {ticket.ref.id: ticket.updated_at for ticket in tickets(first)}
    *_, last = first.pull(None)
    assert last.cursor is not None
    cursor = Cursor(last.cursor.position, known=lambda ids: {one: known[one] for one in ids if one in known})
    assert tickets(connect(path), cursor) == []
    path.write_text(lines(30).replace("Row 7", "Seven"))
    assert [ticket.title for ticket in tickets(connect(path), cursor)] == ["Seven"]
    again = connect(path, columns={**COLUMNS, "milestone": "Status"})
    assert [ticket.title for ticket in tickets(again, cursor)] == ["Seven"]  # an empty column says nothing new
    lacking = Cursor(last.cursor.position, known=lambda ids: {one: known[one] for one in ids if one != "C-3"})
    assert {ticket.ref.id for ticket in tickets(connect(path), lacking)} == {"C-3", "C-7"}


def test_a_large_table_is_read_in_pages(path: Path) -> None:
    path.write_text(lines(1_200))
    pages = list(connect(path).pull(None))
    assert [(len(page.tickets), page.complete) for page in pages] == [(500, False), (500, False), (200, True)]
    assert [len(page.rows) for page in connect(path).sweep()] == [500, 500, 200]
