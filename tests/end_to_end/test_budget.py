"""The request budget, the trail of writes, and what is forgotten: over HTTP, run after run."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from journeysync.app.trail import exported_writes, run_report
from journeysync.app.workspace import Workspace
from journeysync.errors import TryLater
from journeysync.sandbox.jira.limits import ISSUE_WRITES

from .loop import Loop, populate

OLD = datetime(2000, 1, 1, tzinfo=UTC)


@pytest.fixture
def loop(tmp_path: Path) -> Iterator[Loop]:
    made = Loop(tmp_path, lag=0.0)
    made.options["bulk"] = False  # one request a ticket: the budget ends in the middle
    populate(made)
    yield made
    made.close()


def budget(loop: Loop, requests: int, share: float = 0.5) -> None:
    loop.replace(
        "journeysync.yaml",
        "    write: sync\n",
        f"    write: sync\n    budget: {{requests_per_hour: {requests}, share_of_limit: {share}}}\n",
    )


def test_a_budget_that_is_used_up_ends_the_run_and_the_next_hour_goes_on(loop: Loop) -> None:
    budget(loop, 40)
    first = loop.server.requests.total
    assert loop.sync() == 75
    assert loop.server.requests.total - first <= 40
    with loop.open() as workspace:
        written = sum(row.state == "done" for _, _, row in workspace.store.iter_writes(OLD))
    assert written, "what was done before it ended is known to be done"

    assert loop.sync() == 75
    assert loop.server.requests.total - first <= 40, "of the same hour nothing is left for another run either"

    for _hour in range(12):
        loop.time.pass_time(3600)
        if loop.sync() == 0:
            break
    assert loop.codes[-1] == 0
    loop.catch_up()
    begun = len(loop.server.journal)
    loop.time.pass_time(3600)
    assert loop.sync() == 0
    assert loop.effective(begun) == {}
    assert max(loop.effective().values()) == 1, "nothing was written twice"


def test_the_error_says_when_it_goes_on(loop: Loop) -> None:
    budget(loop, 1)
    with loop.open() as workspace:
        trouble = workspace.pull().connections[0].trouble
    assert trouble is not None
    assert trouble.exit_code == 75
    assert "its budget of 1 requests an hour is used up; it goes on at 13:00 UTC" in trouble.what
    assert "budget.requests_per_hour" in trouble.next


def test_reads_keep_to_the_budget_too(loop: Loop) -> None:
    budget(loop, 3)
    first = loop.server.requests.total
    assert loop.pull() == 75
    assert loop.server.requests.total - first == 3


@pytest.mark.parametrize(("left", "minutes", "refused"), [(400, 30, True), (600, 30, False), (1, 0.5, False)])
def test_of_the_trackers_own_limit_of_an_hour_a_share_is_left_to_others(
    loop: Loop, left: int, minutes: float, refused: bool
) -> None:
    budget(loop, 5_000, share=0.5)
    with loop.open() as workspace:
        connector = workspace.connector(workspace.settings.connections[0])
        traffic = connector.traffic
        gate = traffic.gate
        assert gate is not None
        traffic.limit_total, traffic.limit_remaining = 1_000, left
        traffic.limit_resets_at = loop.time() + timedelta(minutes=minutes)
        if refused:
            with pytest.raises(TryLater, match="12:50 UTC"):
                gate()
        else:
            gate()


def test_no_ticket_is_written_to_more_often_than_jira_allows(loop: Loop) -> None:
    loop.server.site.limits.per_issue_writes = True
    loop.options["in_flight"] = 12
    assert loop.sync() == 0
    most, _seconds = ISSUE_WRITES[0]
    writes: dict[str, set[int]] = {}
    for row in loop.server.journal.over_http():
        writes.setdefault(row.issue_id, set()).add(row.request)
    assert max(map(len, writes.values())) <= 3 < most


def test_every_write_can_be_exported_with_run_plan_and_who_approved(loop: Loop) -> None:
    assert loop.sync() == 0
    with loop.open() as workspace:
        rows = list(exported_writes(workspace, OLD))
        later = list(exported_writes(workspace, loop.time() + timedelta(days=1)))
        report = run_report(workspace, rows[0]["run"])
    assert later == []
    assert {row["result"] for row in rows} == {"written"}
    assert all(row["plan"] == report["checksum"] and row["plan"] for row in rows)
    assert {row["approved_by"] for row in rows} == {report["approved_by"]} == {"unknown"}
    assert sorted(row["id"] for row in rows) == [row["id"] for row in rows]
    assert len(rows) == len(report["writes"]) > 50
    a_label = next(row for row in rows if row["slot"] == "label:journey.pay-bill")
    assert (a_label["before"], a_label["after"]) == (None, True)
    assert a_label["key"].partition("-")[0] in ("BILL", "ONB")
    assert "rule bill-explained" in a_label["cause"] or "rule paying" in a_label["cause"]


def test_after_its_retention_a_run_is_forgotten_and_the_ledger_is_not(loop: Loop) -> None:
    loop.replace("journeysync.yaml", "connections:", "retention: {runs_days: 30, intents_days: 10}\nconnections:")
    assert loop.sync() == 0

    def kept() -> tuple[int, int, int, int]:
        with loop.open() as workspace:
            return counts(workspace)

    writes, runs, snapshots, held = kept()
    assert min(writes, runs, snapshots, held) > 0
    loop.time.pass_time(20 * 86_400)
    assert loop.sync() == 0
    assert kept()[0] == 0, "single writes go after 10 days"
    assert kept()[1] >= runs + 1, "runs stay for 30"
    loop.time.pass_time(20 * 86_400)
    assert loop.sync() == 0
    assert kept()[1] == 2, "the first run is forgotten"
    assert kept()[3] == held, "what we hold is never forgotten"
    begun = len(loop.server.journal)
    assert loop.sync() == 0
    assert loop.effective(begun) == {}


def counts(workspace: Workspace) -> tuple[int, int, int, int]:
    store = workspace.store
    held = sum(len(rows) for rows in store.iter_ledger("billing"))
    return len(list(store.iter_writes(OLD))), len(store.runs(limit=99)), len(store.snapshots()), held
