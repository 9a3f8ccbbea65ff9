"""stdout carries the result only; whatever a tracker holds, no terminal, spreadsheet or pipe is harmed by it."""

import csv
import io
import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from journeysync.cli.output import Output, emit, json_text, one_line, plain
from journeysync.core.age import age, ago, counted
from journeysync.core.slot_words import change_words
from journeysync.testing import Clock

from .conftest import issue

NASTY = "\x1b[31mred\x1b[0m \x1b]0;title\x07why \x9b31m\u202ereversed\u202c \x07bell\r\nnext"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (NASTY, "red why reversed bell next"),
        ("\x1b[2J\x1b[1;1Hgone", "gone"),
        ("\x1b]8;;https://evil.example\x1b\\click\x1b]8;;\x1b\\", "click"),
        ("half an escape \x1b", "half an escape"),
        ("lone \ud800 surrogate", "lone surrogate"),
        ("grüße 日本 😀", "grüße 日本 😀"),
    ],
)
def test_nothing_steers_a_terminal(text: str, shown: str) -> None:
    assert one_line(text) == shown
    assert "\x1b" not in plain(text)


def test_json_keeps_every_character_and_steers_nothing() -> None:
    text = json_text({"title": NASTY + "\ud800"})

    assert json.loads(text) == {"title": NASTY + "\ud800"}
    assert text.isprintable()


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "=HYPERLINK('x')", "\x1b[0m=1+1", "\t=1"])
def test_a_spreadsheet_runs_no_text_as_a_formula(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    emit(Output.CSV, {}, columns=["title", "number"], rows=[{"title": text, "number": -1}], title="")

    (row,) = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert not row["title"].startswith(("=", "+", "-", "@", "\t"))
    assert row["number"] == "-1"


def test_markdown_keeps_its_columns(capsys: pytest.CaptureFixture[str]) -> None:
    emit(Output.MARKDOWN, {}, columns=["title"], rows=[{"title": "a | b\nc"}], title="")

    assert capsys.readouterr().out == "| title |\n| --- |\n| a \\| b c |\n"


def test_ages_are_words() -> None:
    now = Clock()()

    assert ago(None, now) == "never"
    assert ago(now, now) == "just now"
    assert ago(now - timedelta(minutes=1), now) == "1 minute ago"
    assert age(now - timedelta(hours=50), now) == "2 days"
    assert ago(now - timedelta(days=800), now) == "2 years ago"
    assert counted(1, "ticket"), counted(1200, "ticket") == ("1 ticket", "1,200 tickets")


class TestHostileBacklog:
    @pytest.fixture
    def backlog(self) -> tuple[dict[str, Any], ...]:
        return (
            issue(1, f"{NASTY} why", labels=["iOS", "ios"]),
            issue(2, "=cmd()", project="ONB"),
            issue(3, "why, with much to say", description="lorem why\r\nipsum " * 65_000),
        )

    @pytest.mark.parametrize(
        "command",
        ["orphans", "plan", "plan -o markdown", "plan -o csv", "plan -o ndjson", "plan -o json", "explain BILL-1"],
    )
    def test_no_command_lets_an_escape_through(self, desk: Any, command: str) -> None:
        assert desk.type("pull").code == 0

        ran = desk.type(*command.split())

        assert ran.code == 0
        assert all(text.isprintable() for text in (ran.out + ran.err).replace("\t", "").splitlines())

    def test_it_is_linked_and_written_and_a_second_plan_is_empty(self, desk: Any) -> None:
        synced = desk.loop()

        assert synced["failures"] == []
        assert synced["links"]["by_rule"]["bill-explained"] == 2
        assert desk.json("plan")["changes"] == []
        assert not [write for write in desk.site.journal if write.name.lower() == "ios"]

    def test_a_formula_in_a_title_is_text_in_a_csv(self, desk: Any) -> None:
        desk.type("pull")

        (row,) = csv.DictReader(io.StringIO(desk.type("orphans", "--output", "csv").out))

        assert row["title"] == "'=cmd()"


def start(desk: Any, *arguments: str, **env: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "journeysync", *arguments, "--config", str(desk.folder)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={name: value for name, value in os.environ.items() if name != "NO_COLOR"} | env,
    )


def test_a_reader_that_goes_away_is_no_error(desk: Any) -> None:
    desk.type("pull")
    with start(desk, "plan", "--output", "json") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()

        assert process.stderr.read() == b""
        assert process.wait(timeout=20) == 0


def test_in_a_pipe_there_are_no_colours_and_no_broken_lines(desk: Any) -> None:
    out, err = start(desk, "pull", COLUMNS="40").communicate(timeout=20)

    assert b"\x1b" not in out + err
    assert err == b""
    assert [line.split() for line in out.decode().splitlines()][-1][:4] == ["billing", "5", "5", "0"]


def test_a_terminal_that_knows_no_arrows_shows_something(desk: Any) -> None:
    desk.type("pull")
    out, err = start(desk, "orphans", PYTHONIOENCODING="ascii", PYTHONUTF8="0").communicate(timeout=20)

    assert b"Welcome mail" in out, err


def test_before_the_first_read_there_are_no_orphans_to_be_glad_about(desk: Any) -> None:
    assert "Not known" in desk.type("orphans").out
    desk.type("pull")
    assert "1 orphan" in desk.type("orphans").out


def test_a_number_of_a_tracker_is_shown_without_a_lonely_zero() -> None:
    assert change_words(80.0, 71, "field:customfield_10310") == ("80", "71")


def test_help_is_quick_and_needs_no_workspace(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom journeysync.cli.main import run\nrun(['--help'])\n"
        "print('LOADED', *sorted(sys.modules), file=sys.stderr)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)

    loaded = {name.split(".")[0] for name in ran.stderr.rpartition("LOADED")[2].split()}
    assert "sync" in ran.stdout
    assert loaded & {"pydantic", "rich", "httpx", "sqlalchemy", "jira", "asyncio", "uvicorn"} == set()
