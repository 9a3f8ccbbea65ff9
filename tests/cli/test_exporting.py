"""Files that are handed over: every table in every form, harmless, and saying what it rests on."""

import csv
import io
import json
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from openpyxl import load_workbook

from journeysync.cli.main import run

from .conftest import issue

FORMULA = "=cmd|' /C calc'!A0"
TABLES = ("coverage", "opportunities", "backlog", "orphans", "plan", "runs", "inbox")


@pytest.fixture
def backlog() -> tuple[dict[str, Any], ...]:
    return (
        issue(1, "Say why the bill went up <img src=x onerror=alert(1)>"),
        issue(2, FORMULA),
        issue(3, "\x1b[31mred\x07 \uffff and ] | [x](javascript:alert(1))"),
        issue(4, "Welcome mail", project="ONB"),
    )


def exported(desk: Any, table: str, name: str) -> Path:
    file = desk.folder / name
    ran = desk.type("export", table, "--out", str(file))
    assert (ran.code, ran.out) == (0, f"+ {file}\n"), ran
    return Path(file)


def test_every_table_leaves_in_every_form_with_what_it_rests_on(desk: Any) -> None:
    assert desk.type("pull").code == 0

    for table in TABLES:
        text = exported(desk, table, f"{table}.csv").read_text(encoding="utf-8")
        assert text.startswith("\ufeff# workspace: Solvane Energy (k3f9)\n"), table
        facts = [line for line in text.splitlines() if line.startswith("# ")]
        assert any("billing just now" in line for line in facts), facts
        assert any(line.startswith("# filter: ") for line in facts)
        config = facts[-1].removeprefix("# config: ")
        assert len(config) == 8

        document = json.loads(exported(desk, table, f"{table}.json").read_text(encoding="utf-8"))
        assert document["facts"]["config"] == config
        markdown = exported(desk, table, f"{table}.md").read_text(encoding="utf-8")
        assert f"- config: {config}\n" in markdown

        sheet = load_workbook(exported(desk, table, f"{table}.xlsx")).active
        assert sheet is not None
        assert config in str(sheet["A1"].value)
        assert sheet.freeze_panes == "A3"
        header = next(line for line in text.splitlines() if not line.startswith(("#", "\ufeff")))
        assert [cell.value for cell in sheet[2]] == [name.replace("_", " ") for name in header.split(",")]


def test_a_title_is_never_a_formula_a_link_or_an_escape(desk: Any) -> None:
    assert desk.type("pull").code == 0

    text = exported(desk, "orphans", "orphans.csv").read_text(encoding="utf-8-sig")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    rows = {row["key"]: row["title"] for row in csv.DictReader(io.StringIO("\n".join(lines)))}
    assert rows["BILL-2"] == f"'{FORMULA}"
    assert rows["BILL-3"] == "red and ] | [x](javascript:alert(1))"

    sheet = load_workbook(exported(desk, "orphans", "orphans.xlsx")).active
    assert sheet is not None
    cells = {str(row[1].value): row for row in sheet.iter_rows(min_row=3)}
    assert (cells["BILL-2"][5].value, cells["BILL-2"][5].data_type) == (FORMULA, "s")
    assert cells["BILL-2"][1].hyperlink.target.startswith("http")
    assert sheet.auto_filter.ref == f"A2:F{sheet.max_row}"

    markdown = exported(desk, "orphans", "orphans.md").read_text(encoding="utf-8")
    assert "\\[x\\](javascript:alert(1))" in markdown
    assert "](javascript" not in markdown.replace("\\]", "")


def test_json_of_an_export_has_the_shape_of_the_command(desk: Any) -> None:
    assert desk.type("pull").code == 0

    for table in ("coverage", "opportunities", "orphans", "plan", "inbox"):
        told = desk.json(*table.split())
        file = json.loads(exported(desk, table, f"{table}.json").read_text(encoding="utf-8"))
        assert told.keys() | {"facts"} == file.keys()
        lists = [key for key, value in told.items() if isinstance(value, list)]
        assert {key: len(told[key]) for key in lists} == {key: len(file[key]) for key in lists}


def test_the_map_is_one_picture_that_runs_nothing(desk: Any) -> None:
    desk.replace("journeys/pay-bill.yaml", "See why it changed", 'Why <script>alert("x")</script> & more')
    assert desk.type("pull").code == 0

    text = exported(desk, "map", "map.svg").read_text(encoding="utf-8")

    tree = ElementTree.fromstring(text)
    names = {node.tag.partition("}")[2] for node in tree.iter()}
    assert names <= {"svg", "defs", "pattern", "rect", "text", "tspan", "title", "g"}
    said = " ".join(node.text or "" for node in tree.iter())
    assert "◇ gap" in said
    assert 'Why <script>alert("x")</script> & more: 1 open, 0 done' in said
    assert "billing just now" in said


def test_a_report_is_one_file_that_loads_nothing_and_runs_nothing(desk: Any) -> None:
    desk.replace("journeys/pay-bill.yaml", "See why it changed", 'Why <script>alert("x")</script>')
    assert desk.type("pull").code == 0
    file = desk.folder / "report.html"

    assert desk.type("report", "--out", str(file)).out == f"+ {file}\n"

    html = file.read_text(encoding="utf-8")
    assert "<script" not in html
    loads = re.findall(r"""(?:src|href)=|url\((?!data:|#)|@import""", html)
    assert loads == []
    assert "Needs with work" in html
    assert html.count("<svg") == 1
    assert "Why &lt;script&gt;" in html
    assert "billing just now" in html
    assert "OPP-3 Say why the bill went up" in html
    assert "10 * (9.3 + 8.0) / 2 = 86.5" in html


def test_an_export_of_a_part_says_so_and_counts_only_that(desk: Any) -> None:
    assert desk.type("pull").code == 0

    whole = desk.json("coverage")["totals"]["tickets"]
    for kind, tickets in (("story", whole), ("epic", 0)):
        ran = desk.type("export", "coverage", "--format", "json", "--kind", kind)
        document = json.loads(ran.out)
        assert document["facts"]["filter"] == f"kind {kind}"
        assert document["totals"]["tickets"] == tickets
    assert "Only kind epic" in exported_report(desk, "--kind", "epic")


def test_a_report_can_be_pasted_as_markdown(desk: Any) -> None:
    assert desk.type("pull").code == 0
    file = desk.folder / "report.md"
    assert desk.type("report", "--out", str(file)).code == 0
    text = file.read_text(encoding="utf-8")
    assert text.startswith("# Coverage, Solvane Energy\n\n- Needs with work: ")
    assert "| gap | Live with us > Pay > Understand and pay a bill > Ask about it |" in text
    assert "| 1 | OPP-3 | Say why the bill went up | 86.5 |" in text
    assert "- config: " in text
    assert desk.type("report", "--out", "report.pdf").code == 64


def exported_report(desk: Any, *options: str) -> str:
    file = desk.folder / "report.html"
    assert desk.type("report", "--out", str(file), *options).code == 0
    return str(file.read_text(encoding="utf-8"))


def test_stdout_gets_the_file_when_no_file_is_named(desk: Any) -> None:
    assert desk.type("pull").code == 0

    assert desk.type("export", "runs").out.startswith("\ufeff# workspace")
    assert json.loads(desk.type("export", "opportunities", "--format", "json").out)["opportunities"]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nothing"], "tables: coverage"),
        (["runs", "--out", "runs.pdf"], ".xlsx"),
        (["runs", "--format", "svg"], "export map"),
        (["runs", "--kind", "epic"], "only these can: coverage"),
        (["coverage", "--team", "nobody"], "--team: there is no 'nobody'"),
        (["coverage", "--connection", "nope"], "name one of these"),
        (["runs", "--out", "/no/such/folder/runs.csv"], "may be written"),
    ],
)
def test_what_cannot_be_exported_is_said_with_a_next_step(desk: Any, arguments: list[str], says: str) -> None:
    ran = desk.type("export", *arguments)

    assert ran.code == 64
    assert says in ran.err


def test_a_file_that_cannot_be_finished_leaves_the_old_one(tmp_path: Path) -> None:
    from journeysync.app.exporting import new_file

    old = tmp_path / "plan.csv"
    old.write_text("old", encoding="utf-8")
    with pytest.raises(ZeroDivisionError), new_file(old) as file:
        file.write(bytes(1 // 0))

    assert old.read_text(encoding="utf-8") == "old"
    assert list(tmp_path.iterdir()) == [old]


def test_help_names_the_tables_that_there_are() -> None:
    from journeysync.app.tables import TABLES as KNOWN
    from journeysync.cli.exporting import TABLES as NAMED

    assert NAMED.split(", ") == list(KNOWN) == list(TABLES)
    assert run(["export", "--help"]) == 0
