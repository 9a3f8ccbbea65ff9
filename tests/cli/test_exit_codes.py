"""Exit codes are frozen: 0, 1, 2, 3, 4, 5, 64, 75, 130."""

import os
import signal
import subprocess
import sys
import time
from typing import Any

import pytest

from journeysync.app.exits import exit_code_of, strongest
from journeysync.errors import ExitCode

from .conftest import issue


@pytest.mark.parametrize(
    ("connections", "partly", "code"),
    [
        ([], False, 0),
        ([0, 0], False, 0),
        ([0, 75], False, 3),
        ([4, 0, 64], False, 3),
        ([4], False, 4),
        ([75, 4], False, 4),
        ([4, 5], False, 5),
        ([64, 5], False, 64),
        ([75, 3], False, 75),
        ([1, 3], False, 3),
        ([0], True, 3),
        ([75], True, 75),
    ],
)
def test_several_connections_make_one_code(connections: list[int], partly: bool, code: int) -> None:
    assert exit_code_of(connections, partly=partly) == code


def test_the_strongest_code_wins() -> None:
    order = [130, 64, 5, 4, 75, 3, 1, 2, 0]
    assert [strongest(order[at:]) for at in range(len(order))] == order
    assert {int(code) for code in ExitCode} == set(order)


def test_done_is_0_and_pending_changes_are_2_only_when_asked_for(desk: Any) -> None:
    desk.type("pull")

    assert desk.type("plan").code == 0
    assert desk.type("plan", "--detailed-exitcode").code == 2
    desk.loop()
    assert desk.type("plan", "--detailed-exitcode").code == 0


def test_an_expectation_that_does_not_hold_is_1(desk: Any) -> None:
    desk.replace("mappings/rules.yaml", "Say why the bill went up", "Explain the bill")

    ran = desk.type("links", "test")

    assert ran.code == 64 if "problem" in ran.err else 1
    assert "bill-explained" in ran.out + ran.err


def test_a_store_that_cannot_be_opened_is_1(desk: Any) -> None:
    desk.write(".journeysync/state.db", "this is no database, and it is long enough to tell" * 100)

    ran = desk.type("status")

    assert ran.code == 1
    assert "state.db" in ran.err
    assert "next:" in ran.err


def second_connection(desk: Any, url: str) -> None:
    desk.replace(
        "journeysync.yaml",
        "connections:\n",
        f"""connections:
  field:
    connector: jira
    url: {url}
    auth: {{kind: api-token, user: bot@sandbox.example, token: {{env: OTHER_TOKEN}}}}
    scope: {{projects: [ONB]}}
    write: sync
""",
    )


def test_one_connection_that_failed_beside_one_that_worked_is_3(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    second_connection(desk, desk.site.url)
    monkeypatch.setenv("OTHER_TOKEN", "wrong")

    ran = desk.type("pull", "--output", "json")
    synced = desk.json("sync", "--yes", "--allow", "first-run", expect=3)

    assert ran.code == 3
    rows = {row["name"]: row for row in ran.json["connections"]}
    assert rows["billing"]["trouble"] is None
    assert rows["field"]["trouble"]["exit_code"] == 4
    assert ran.err.startswith("field: Jira does not accept the API token")
    assert synced["summary"]["written"] > 0
    assert [(row["connection"], row["exit_code"]) for row in synced["troubles"]] == [("field", 4)]


def test_a_brake_is_5_and_says_which_flag_lets_it_pass(desk: Any) -> None:
    desk.type("pull")

    ran = desk.type("apply", "--yes")

    assert ran.code == 5
    assert ran.out == ""
    assert "--allow first-run" in ran.err
    assert len(desk.site.journal) == 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["plann"], "no such command 'plann'"),
        (["pull", "--ful"], "no such option: --ful"),
        (["explain"], "missing argument"),
        (["coverage", "--output", "yaml"], "'yaml' is not one of 'table', 'json'"),
        (["runs", "--limit", "0"], "invalid value for '--limit'"),
        (["apply", "--yes", "--allow", "chnged"], "did you mean changed?"),
        (["pull", "biling"], "no connection is called 'biling'"),
        (["explain", "BILL-99"], "no ticket is called 'BILL-99'"),
        (["runs", "show", "r-1"], "there is no run 'r-1'"),
        (["sync", "--yes", "--output", "csv"], "no output 'csv'"),
        (["init", "--pack", "startr"], "did you mean starter?"),
        (["schema", "rule"], "there is no file kind 'rule'"),
    ],
)
def test_what_is_typed_wrongly_is_64(desk: Any, arguments: list[str], says: str) -> None:
    has_no_config = arguments[0] in ("init", "schema")
    ran = desk.type_anywhere(*arguments) if has_no_config else desk.type(*arguments)

    assert ran.code == 64
    assert ran.out == ""
    assert says in ran.err
    assert "next:" in ran.err


def test_no_command_at_all_prints_the_help_and_is_64(desk: Any) -> None:
    ran = desk.type_anywhere()

    assert ran.code == 64
    assert "Commands:" in ran.err


def test_without_a_terminal_nothing_is_written_unless_told(desk: Any) -> None:
    desk.type("pull")

    for command in ("apply", "sync"):
        ran = desk.type(command)
        assert ran.code == 64
        assert "--yes" in ran.err
        assert "--dry-run" in ran.err


def test_a_connection_that_may_not_be_written_is_64(desk: Any) -> None:
    desk.replace("journeysync.yaml", "write: sync", "write: plan")
    desk.type("pull")

    ran = desk.type("apply", "--yes")

    assert ran.code == 64
    assert "read-only" in ran.err
    assert "write: apply" in ran.err


def test_help_and_version_are_0(desk: Any) -> None:
    assert desk.type_anywhere("--version").out.startswith("journeysync ")
    assert desk.type_anywhere("links", "test", "--help").code == 0
    assert "--detailed-exitcode" in desk.type_anywhere("plan", "-h").out


def test_config_may_stand_before_the_command_too(desk: Any, tmp_path: Any) -> None:
    assert desk.type_anywhere("--config", str(desk.folder), "status").code == 0
    ran = desk.type_anywhere("--config", str(tmp_path / "nowhere"), "status", "--config", str(desk.folder))
    assert ran.code == 0


class TestInterrupted:
    @pytest.fixture
    def backlog(self) -> tuple[dict[str, Any], ...]:
        return (*(issue(number, f"Why {number}") for number in range(1, 61)), issue(99, "Mail", project="ONB"))

    def test_ctrl_c_in_the_middle_of_an_apply_is_130_and_the_next_run_goes_on(self, desk: Any) -> None:
        assert desk.type("pull").code == 0
        desk.site.add_fault("delay:seconds=2,method=POST,after=8")  # much is left to do, however slow this machine is
        desk.site.add_fault("delay:seconds=2,method=PUT,after=8")
        process = subprocess.Popen(
            [sys.executable, "-m", "journeysync", "apply", "--yes", "--allow", "first-run", "--config", desk.folder],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"TEST_TOKEN": "sandbox-token"},
        )
        end = time.monotonic() + 20
        while len(desk.site.journal) < 20 and time.monotonic() < end and process.poll() is None:
            time.sleep(0.01)
        assert process.poll() is None, "the run was over before the signal"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        written_before = len(desk.site.journal)
        desk.site.clear_faults()

        assert process.returncode == 130, out + err
        assert "Traceback" not in out + err
        assert "interrupted" in err
        assert desk.json("runs")["runs"][0]["exit_code"] == 130
        rest = desk.json("apply", "--yes")
        assert rest["settled"] > 0
        assert desk.json("plan")["changes"] == []
        writes = [(write.issue_id, write.what, write.name) for write in desk.site.journal]
        assert 0 < written_before < len(writes)
        assert len(writes) == len(set(writes))
