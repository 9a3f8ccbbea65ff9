"""At a terminal: the plan is shown, a person is asked, and only their yes writes."""

import os
import pty
import subprocess
import sys
from typing import Any

import pytest

from journeysync.cli import progress
from journeysync.cli.progress import shown_progress


def at_a_terminal(desk: Any, *arguments: str, answer: str) -> tuple[int, str, str]:
    """Run a command with a terminal as stdin and stderr; return exit code, stdout and what the terminal showed."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "journeysync", *arguments, "--config", str(desk.folder)],
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=theirs,
        env=os.environ | {"TERM": "xterm", "NO_COLOR": "1"},
    ) as process:
        os.close(theirs)
        os.write(ours, answer.encode())
        assert process.stdout is not None
        out = process.stdout.read().decode()
        process.wait(timeout=20)
    shown = b""
    try:
        while piece := os.read(ours, 65_536):
            shown += piece
    except OSError:  # the other end is closed, and all is read
        pass
    os.close(ours)
    return process.returncode, out, shown.decode()


def test_a_no_writes_nothing(desk: Any) -> None:
    desk.type("pull")

    code, out, shown = at_a_terminal(desk, "apply", "--allow", "first-run", answer="n\n")

    assert code == 0
    assert out == "Nothing was written.\n"
    assert "BILL-1  Say why the bill went up" in shown
    assert "Write to 3 tickets?" in shown
    assert len(desk.site.journal) == 0


def test_a_yes_writes_what_was_shown(desk: Any) -> None:
    desk.type("pull")

    code, out, _ = at_a_terminal(desk, "apply", "--allow", "first-run", answer="y\n")

    assert code == 0
    assert out.startswith("15 written to 3 tickets")


def test_json_is_whole_although_somebody_was_asked(desk: Any) -> None:
    import json

    desk.type("pull")

    code, out, shown = at_a_terminal(desk, "apply", "--allow", "first-run", "--output", "json", answer="n\n")

    assert code == 0
    assert json.loads(out)["declined"] is True
    assert "Write to 3 tickets?" in shown


def test_ctrl_c_at_the_question_is_130_and_writes_nothing(desk: Any) -> None:
    desk.type("pull")

    code, _, shown = at_a_terminal(desk, "apply", "--allow", "first-run", answer="\x04")

    assert code == 130
    assert "interrupted" in shown
    assert len(desk.site.journal) == 0


def test_progress_is_a_line_each_tenth_and_nothing_for_what_is_quick(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with shown_progress() as quick:
        quick("match", 5, 10)
    assert capsys.readouterr() == ("", "")

    monkeypatch.setattr(progress, "_QUIET_SECONDS", -1.0)
    with shown_progress() as slow:
        for done in range(0, 1001, 10):
            slow("apply", done, 1000)

    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines()[0] == "apply: 100 of 1000 (10 %)"
    assert len(err.splitlines()) == 10
