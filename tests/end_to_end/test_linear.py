"""The whole loop on Linear: what is written, that it settles, a "no", a moved ticket, projects that are only read."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from journeysync.app.rebuilding import rebuild_ledger
from journeysync.app.workspace import Workspace
from journeysync.connector import ConnectionSettings, Secret
from journeysync.sandbox import start_linear
from journeysync.testing import write_files
from journeysync_linear.connection import LinearConnector

from .loop import ALL_BRAKES, FILES, Time

CONFIG = """
workspace: {id: k3f9, name: Test}
public_url: https://journeys.example
connections:
  billing:
    connector: linear
    url: https://api.linear.app/graphql
    auth: {kind: api-key, token: {env: TEST_TOKEN}}
    scope: {teams: [ENI, GRD]}
    write: sync
"""


class LinearLoop:
    """A workspace on disk and a Linear with two teams."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.time = Time()
        self.server = start_linear(teams=["ENI", "GRD"], clock=lambda: self.time().timestamp())
        self.state = self.server.state
        write_files(folder, FILES | {"journeysync.yaml": CONFIG, "mappings/placement.yaml": ""})

    @contextmanager
    def open(self) -> Iterator[Workspace]:
        connector = LinearConnector(
            ConnectionSettings(
                name="billing",
                url=self.server.url,
                auth={"kind": "api-key", "token": Secret(self.server.key, "env TEST")},
                scope={"teams": ["ENI", "GRD"]},
                workspace="k3f9",
                options={"page_size": 9},
                where="journeysync.yaml:5:3",
            ),
            clock=self.time,
        )
        with Workspace.open(
            self.folder / "journeysync.yaml",
            env={"TEST_TOKEN": "secret-canary"},
            clock=self.time,
            connectors={"billing": connector},
        ) as workspace:
            yield workspace

    def sync(self, *, full: bool = False) -> int:
        """Run the whole loop some minutes later; return its exit code."""
        self.time.pass_time(600)
        with self.open() as workspace:
            return int(workspace.sync(full=full, allow=ALL_BRAKES).applied.exit_code)

    def written(self) -> int:
        """Return how many values were changed over HTTP."""
        return len([row for row in self.server.journal.over_http() if row.changed])


@pytest.fixture
def loop(tmp_path: Path) -> Iterator[LinearLoop]:
    loop = LinearLoop(tmp_path)
    yield loop
    loop.server.stop()


def labels(issue: Any) -> set[str]:
    return {label.name for label in issue.labels}


def test_issues_get_labels_and_one_attachment_and_then_nothing_changes(loop: LinearLoop) -> None:
    project = loop.state.add_project("Say why, as a project", ["ENI"])
    issues = [
        loop.state.create("ENI", f"Say it in words {n}", description="Text\r\n", labels=["mobile"], project=project)
        for n in range(12)
    ]
    other = loop.state.create("GRD", "Something else")
    assert loop.sync() == 0
    for issue in issues:
        assert labels(issue) >= {"journey.pay-bill", "journey.opp-3", "mobile"}  # inherited from their project
        [attachment] = issue.attachments
        assert attachment.url == f"https://journeys.example/tickets/billing/{issue.id}"
        assert attachment.metadata["score"] == 87
        assert (issue.title[:3], issue.description) == ("Say", "Text\r\n")
    assert (labels(other), other.attachments) == (set(), [])
    before = loop.written()
    for _ in range(3):
        assert loop.sync(full=True) == 0
    assert loop.written() == before


def test_a_label_that_a_person_takes_off_stays_off(loop: LinearLoop) -> None:
    issue, _other = (loop.state.create("ENI", f"Say why {n}") for n in range(2))
    loop.sync()
    loop.time.pass_time(60)
    loop.state.remove_labels(issue, "journey.opp-3")
    for _ in range(3):
        loop.sync()
    assert "journey.opp-3" not in labels(issue)


def test_a_ticket_that_moves_to_another_team_keeps_what_we_hold_under_its_new_name(loop: LinearLoop) -> None:
    moved, gone, stays = (loop.state.create("ENI", f"Say why {n}") for n in range(3))
    loop.sync()
    loop.time.pass_time(60)
    loop.state.move(moved, "GRD")
    loop.state.delete(gone)
    before = loop.written()
    assert loop.sync(full=True) == 0
    assert loop.written() == before
    assert (moved.identifier, len(moved.attachments)) == ("GRD-1", 1)
    assert "journey.pay-bill" in labels(moved) & labels(stays)


def test_what_no_rule_brings_any_more_is_taken_out_with_its_attachment(loop: LinearLoop) -> None:
    issue = loop.state.create("ENI", "Offer paying by phone", labels=["mobile"])
    loop.state.create("ENI", "Say why")
    loop.sync()
    assert issue.attachments
    rules = FILES["mappings/rules.yaml"]
    line = next(line for line in rules.splitlines() if "id: paying" in line)
    (loop.folder / "mappings/rules.yaml").write_text(rules.replace(line + "\n", ""), encoding="utf-8")
    loop.sync()
    assert (labels(issue), issue.attachments) == ({"mobile"}, [])


def test_priority_is_set_from_the_band_where_nobody_set_it_and_given_back_in_the_end(loop: LinearLoop) -> None:
    (loop.folder / "mappings/placement.yaml").write_text("defaults: {priority: band}\n", encoding="utf-8")
    unset, theirs = (loop.state.create("ENI", f"Say why {n}", priority=n * 4) for n in range(2))
    assert loop.sync() == 0
    assert (unset.priority, theirs.priority) == (1, 4)
    before = loop.written()
    assert loop.sync(full=True) == 0
    assert loop.written() == before
    loop.time.pass_time(60)
    loop.state.add_labels(unset, "journey.ignore")
    assert loop.sync() == 0
    assert (unset.priority, theirs.priority) == (0, 4)
    assert labels(unset) == {"journey.ignore"}


def test_a_lost_store_is_rebuilt_from_the_receipts_in_metadata(loop: LinearLoop) -> None:
    issue = loop.state.create("ENI", "Say why")
    loop.sync()
    for file in (loop.folder / ".journeysync").glob("state.db*"):
        file.unlink()
    loop.time.pass_time(600)
    before = loop.written()
    with loop.open() as workspace:
        rebuild_ledger(workspace)
        workspace.links()
        plan = workspace.plan()
    assert plan.tickets == ()
    assert loop.written() == before
    assert len(issue.attachments) == 1
