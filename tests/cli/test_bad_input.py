"""What can go wrong, as the person at the command line meets it: what, where, what next, and the right exit code."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Pool, event

from journeysync.app.workspace import Workspace
from journeysync.http.pace import Clock

from .conftest import issue

ONBOARDING = issue(999, "Welcome mail", project="ONB")


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let retries follow at once."""
    monkeypatch.setattr(Clock, "sleep", lambda _self, _seconds: None)


@pytest.mark.parametrize(
    ("fault", "code", "says", "next_step"),
    [
        ("token-expired", 4, "does not accept the API token", "make a new one at id.atlassian.com"),
        ("token-expired:captcha=true", 4, "wants a CAPTCHA", "log in once"),
        ("403:path=/search/jql", 4, "does not allow this account to search", "`doctor` names it by project"),
        ("permission-lost:permission=BROWSE_PROJECTS,project=ONB", 64, "does not show 'ONB'", "'Browse projects'"),
        ("503", 75, "has trouble (status 503)", "run it again later"),
        ("html", 75, "a web page instead of data", "a login page, a proxy"),
        ("cut", 75, "broke off", "run it again later"),
        ("429:retry-after=600", 75, "asks for fewer requests (429", "in 600 seconds or later"),
        ("410:path=/search/jql", 75, "out of service (410)", "update journeysync"),
    ],
)
def test_a_tracker_that_refuses(desk: Any, fault: str, code: int, says: str, next_step: str) -> None:
    desk.site.add_fault(fault)

    pulled, told = desk.type("pull"), desk.type("sync", "--yes", "--allow", "first-run")

    assert pulled.code == told.code == code
    assert pulled.err.startswith("billing: ")
    for words in (says, "where: journeysync.yaml:5:3", "next:", next_step):
        assert words in pulled.err
        assert words in told.err
    assert len(desk.site.journal) == 0
    assert desk.type("coverage").out.startswith("Needs with work: no step is known")


def test_a_wrong_token_is_never_shown_and_doctor_leaves_with_4(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_TOKEN", "wrong-canary-token")

    for command in ("pull", "doctor", "status", "--debug pull", "config show"):
        ran = desk.type(*command.split())
        assert "wrong-canary" not in ran.out + ran.err
    assert desk.type("doctor").code == 4
    assert "x   auth" in desk.type("doctor").out


def test_a_token_that_is_not_set(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.type("pull")
    monkeypatch.delenv("TEST_TOKEN")

    ran = desk.type("pull")

    assert ran.code == 64
    assert "TEST_TOKEN is not set" in ran.err
    assert desk.type("coverage").code == 0  # what needs no tracker needs no token


def test_nothing_listens_there(desk: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JOURNEYSYNC_CONNECTIONS__BILLING__URL", "http://127.0.0.1:9")

    ran = desk.type("pull")

    assert ran.code == 75
    assert "127.0.0.1:9 cannot be reached" in ran.err
    assert desk.type("doctor").code == 75


def test_an_outage_after_a_good_read_removes_nothing_and_is_said(desk: Any) -> None:
    desk.loop()
    desk.site.add_fault("503")

    assert desk.type("sync", "--yes").code == 75

    desk.site.clear_faults()
    assert "the last read failed just now" in desk.type("status").out
    assert desk.json("plan")["changes"] == []
    assert desk.json("coverage")["totals"]["tickets"] == 5


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        ("journeysync.yaml", "[BILL, ONB]", "[BIL, ONB]", ["'BIL'", "did you mean 'BILL'?", "BILL, ONB"]),
        ("journeysync.yaml", "    scope:", "    scop:", ["journeysync.yaml:9:5", "'scop'", "did you mean: scope"]),
        ("journeysync.yaml", "connector: jira", "connector: jra", ["6:16", "'jra'", "did you mean: jira"]),
        ("mappings/rules.yaml", "step: pay-bill.see-why", "step: pay-bill.see-wy", ["rules.yaml:5:18", "see-why"]),
        ("mappings/rules.yaml", "label: [no-such-label]", "regex: '(a+)+(?=x)'", ["rules.yaml:16:19", "linear time"]),
        ("mappings/rules.yaml", "  - id: never", "  - id: upkeep", ["rules.yaml:15:9", "upkeep"]),
        ("journeys/pay-bill.yaml", "name: Pay}", "name: Pay, id: pay}", ["pay-bill.yaml:17", "a second time"]),
        ("journeys/opportunities.yaml", "customer_value: 9.3", "customer_value: 93", ["opportunities.yaml:7", "93"]),
        ("mappings/scoring.yaml", "write:", "wrte:", ["scoring.yaml:1:1", "did you mean: write"]),
    ],
)
def test_a_mistake_in_a_file(desk: Any, file: str, old: str, new: str, says: list[str]) -> None:
    desk.replace(file, old, new)

    ran = desk.type("pull")

    assert ran.code == 64
    for words in (*says, "next:"):
        assert words in ran.err
    assert len(desk.site.journal) == 0


def test_every_mistake_is_told_at_once(desk: Any) -> None:
    desk.replace("journeysync.yaml", "    write: sync", "    write: sometimes")
    desk.replace("mappings/rules.yaml", "link: {step: pay-bill.ask}", "link: {step: pay-bill.aks}")
    desk.replace("mappings/scoring.yaml", "write:", "wrte:")

    ran = desk.type("validate")

    assert ran.code == 64
    assert "3 errors" in ran.out
    assert len(desk.json("validate", expect=64)["problems"]) == 3


def test_two_rules_that_disagree_are_settled_by_file_order_and_explained(desk: Any) -> None:
    desk.replace(
        "mappings/rules.yaml",
        "  - id: paying\n",
        "  - id: also-why\n    when: {words: [why], in: [title]}\n    link: {step: pay-bill.ask}\n"
        "    confidence: 0.5\n  - id: paying\n",
    )
    desk.type("pull")

    out = desk.type("explain", "BILL-1").out

    assert "rule bill-explained" in out
    assert "rule also-why" in out
    assert "confidence 0.5" in out


@pytest.mark.parametrize("text", ["{", "[]", '{"changes": [1]}', '{"changes": null}', "\x00\x01", '{"changes": [{}]}'])
def test_a_broken_plan_file(desk: Any, text: str) -> None:
    path = desk.write("plan.json", text)

    ran = desk.type("apply", str(path), "--yes")

    assert ran.code == 64
    assert "plan.json is not a plan" in ran.err
    assert "journeysync plan --out FILE" in ran.err


def test_a_plan_file_that_is_not_there_or_cannot_be_written(desk: Any) -> None:
    assert "cannot read the plan" in desk.type("apply", "nowhere.json", "--yes").err
    ran = desk.type("plan", "--out", str(desk.folder / "no" / "plan.json"))

    assert ran.code == 64
    assert "cannot write the plan" in ran.err


def test_a_plan_of_an_older_state_writes_nothing_that_no_longer_holds(desk: Any) -> None:
    desk.type("pull")
    path = desk.folder / "plan.json"
    desk.type("plan", "--out", str(path))
    desk.replace("mappings/rules.yaml", "words: [why]", "words: [mail]")
    desk.replace("mappings/rules.yaml", "words: [pay]", "words: [nothing]")

    ran = desk.type("apply", str(path), "--yes", "--allow", "first-run")

    assert ran.code == 5
    assert "nothing of this plan is still to be done" in ran.err
    assert "make a new plan" in ran.err
    assert len(desk.site.journal) == 0


def test_a_plan_file_limits_what_is_written(desk: Any) -> None:
    desk.type("pull")
    path = desk.folder / "plan.json"
    desk.type("plan", "--out", str(path))
    desk.replace("mappings/rules.yaml", "words: [pay]", "words: [pay, mail]")

    applied = desk.json("apply", str(path), "--yes", "--allow", "first-run")

    assert applied["tickets"] == 3
    assert {change["key"] for change in desk.json("plan")["changes"]} == {"ONB-5"}


def test_a_ticket_that_vanishes_between_plan_and_apply(desk: Any) -> None:
    desk.type("pull")
    desk.site.state.delete("10001")

    ran = desk.type("apply", "--yes", "--allow", "first-run")

    assert ran.code == 0
    assert "BILL-1" in ran.out
    assert "gone since the plan was made" in ran.out
    assert "BILL-1" in desk.type("inbox").out
    assert desk.json("plan")["changes"] == []


def test_an_empty_journeys_folder(desk: Any) -> None:
    shutil.rmtree(desk.folder / "journeys")
    assert "the folder journeys/ does not exist" in desk.type("plan").err
    (desk.folder / "journeys").mkdir()

    ran = desk.type("sync", "--yes")

    assert ran.code == 64
    assert "holds no journeys" in ran.err
    assert "init --pack starter" in ran.err


def test_a_scope_that_shrinks_leaves_what_is_there_and_says_so(desk: Any) -> None:
    desk.replace("mappings/rules.yaml", "words: [pay]", "words: [pay, mail]")
    desk.loop()
    before = len(desk.site.journal)
    desk.replace("journeysync.yaml", "[BILL, ONB]", "[BILL]")

    assert desk.type("sync", "--yes").code == 0

    out = desk.type("status").out
    assert "1 out of scope" in out
    assert "left as it is" in out
    assert len(desk.site.journal) == before


@contextmanager
def every_connection_runs(statement: str) -> Iterator[None]:
    """Let each use of the store begin with a statement of SQLite's."""

    def run(raw: Any, _record: Any, _proxy: Any) -> None:
        raw.execute(statement)

    event.listen(Pool, "checkout", run)
    try:
        yield
    finally:
        event.remove(Pool, "checkout", run)


class TestBigBacklog:
    @pytest.fixture
    def backlog(self) -> tuple[dict[str, Any], ...]:
        text = "a" * 4_000 + "b"
        return (*(issue(number, f"Why {number}", description=text) for number in range(1, 300)), ONBOARDING)

    def test_a_disk_that_is_full(self, desk: Any) -> None:
        desk.type("status")
        with every_connection_runs("PRAGMA max_page_count = 60"):
            ran = desk.type("pull")

        assert ran.code == 1
        for words in ("the store is full", "state.db", "next:"):
            assert words in ran.err
        assert desk.json("pull")["connections"][0]["changed"] == 300

    def test_a_pattern_that_explodes_elsewhere_is_matched_at_once(self, desk: Any) -> None:
        desk.replace("mappings/rules.yaml", "words: [why], in: [title]", "regex: '^(a+)+$', in: [title, body]")
        desk.type("pull")

        assert desk.json("links")["by_rule"]["bill-explained"] == 0


def test_a_store_that_another_process_holds(desk: Any) -> None:
    desk.type("pull")
    other = sqlite3.connect(desk.folder / ".journeysync/state.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        with every_connection_runs("PRAGMA busy_timeout = 20"):
            ran = desk.type("pull")
            looked = desk.type("status")
    finally:
        other.execute("ROLLBACK")
        other.close()

    assert ran.code == 1
    for words in ("the store is locked by another process", "state.db", "next:"):
        assert words in ran.err
    assert looked.code == 0
    assert desk.type("pull").code == 0


def test_a_store_of_a_newer_release(desk: Any) -> None:
    desk.type("status")
    with sqlite3.connect(desk.folder / ".journeysync/state.db") as store:
        store.execute("UPDATE alembic_version SET version_num = '9999'")
    store.close()

    ran = desk.type("status")

    assert ran.code == 1
    assert "newer" in ran.err
    assert "next:" in ran.err


def test_another_run_on_the_same_connection(desk: Any) -> None:
    with Workspace.open(desk.folder, env={"TEST_TOKEN": "sandbox-token"}) as workspace:
        (config,) = workspace.connections()
        with workspace.lease(config):
            ran = desk.type("pull")

    assert ran.code == 75
    assert "billing" in ran.err
    assert "next:  wait for it to end" in ran.err


def test_no_workspace_here(
    desk: Any, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path_factory.mktemp("empty"))

    ran = desk.type_anywhere("status")

    assert ran.code == 64
    assert "journeysync init" in ran.err
