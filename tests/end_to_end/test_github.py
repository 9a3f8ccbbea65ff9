"""The whole loop on GitHub: what is written, that it settles, what a "no" does, and that public stays public."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from journeysync.app.taking import take_everything_out
from journeysync.app.workspace import Workspace
from journeysync.connector import ConnectionSettings, Secret
from journeysync.model.ticket import TicketRef
from journeysync.sandbox import start_github
from journeysync.testing import write_files
from journeysync_github.connection import GitHubConnector

from .loop import ALL_BRAKES, FILES, Time

CONFIG = """
workspace: {id: k3f9, name: Test}
public_url: https://journeys.example
connections:
  billing:
    connector: github
    url: https://github.com
    auth: {kind: token, token: {env: TEST_TOKEN}}
    scope: {repositories: [solvane/app, solvane/web, solvane/site]}
    write: sync
"""


class GitHubLoop:
    """A workspace on disk, two private repositories and a public one."""

    def __init__(self, folder: Path, *, others: Sequence[str] = ()) -> None:
        self.folder = folder
        self.time = Time()
        self.server = start_github(
            repositories=["solvane/app", "solvane/web", ("solvane/site", "public"), *others],
            clock=lambda: self.time().timestamp(),
        )
        self.fields: tuple[str, ...] = ()
        self.state = self.server.state
        write_files(folder, FILES | {"journeysync.yaml": CONFIG, "mappings/placement.yaml": ""})

    @contextmanager
    def open(self) -> Iterator[Workspace]:
        opened: list[Workspace] = []
        connector = GitHubConnector(
            ConnectionSettings(
                name="billing",
                url=self.server.web_url,
                auth={"kind": "token", "token": Secret(self.server.token, "env TEST")},
                scope={"repositories": ["solvane/app", "solvane/web", "solvane/site"]},
                workspace="k3f9",
                fields=self.fields,
                options={"api_url": self.server.url, "page_size": 9},
                known_keys=lambda ids: opened[0].store.keys_of("billing", ids),
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
            opened.append(workspace)
            yield workspace

    def sync(self, *, full: bool = False) -> int:
        """Run the whole loop some minutes later; return its exit code."""
        self.time.pass_time(600)
        with self.open() as workspace:
            return int(workspace.sync(full=full, allow=ALL_BRAKES).applied.exit_code)

    def create(self, title: str, *, repository: str = "solvane/app", **more: Any) -> Any:
        """Make an issue as a person."""
        return self.state.create(repository, title, **more)

    def written(self) -> int:
        """Return how many values were changed over HTTP."""
        return len([row for row in self.server.journal.over_http() if row.changed])


@pytest.fixture
def loop(tmp_path: Path) -> Iterator[GitHubLoop]:
    loop = GitHubLoop(tmp_path)
    yield loop
    loop.server.stop()


def labels(issue: Any) -> set[str]:
    return {label.name for label in issue.labels}


def ours(issue: Any) -> list[str]:
    return [comment.body for comment in issue.comments if "journeysync:begin" in comment.body]


def test_issues_get_labels_and_one_comment_and_then_nothing_changes(loop: GitHubLoop) -> None:
    issues = [loop.create(f"Say why in words {n}", body="Text\r\n", labels=["mobile"]) for n in range(12)]
    other = loop.create("Something else")
    assert loop.sync() == 0
    for issue in issues:
        assert labels(issue) >= {"journey.pay-bill", "journey.opp-3", "mobile"}
        assert len(ours(issue)) == 1
        assert "https://journeys.example/tickets/billing/" in ours(issue)[0]
        assert (issue.title[:3], issue.body) == ("Say", "Text\r\n")
    assert (labels(other), other.comments) == (set(), [])
    before = loop.written()
    for _ in range(3):
        assert loop.sync(full=True) == 0
    assert loop.written() == before


def test_nothing_is_written_to_a_public_repository(loop: GitHubLoop) -> None:
    public = loop.create("Say why, in public", repository="solvane/site")
    assert loop.sync() == 0
    assert (labels(public), public.comments) == (set(), [])
    assert loop.written() == 0


def test_a_label_that_a_person_takes_off_stays_off(loop: GitHubLoop) -> None:
    issue = loop.create("Say why")
    loop.create("Say why again")
    loop.sync()
    loop.time.pass_time(60)
    loop.state.remove_labels(issue, "journey.opp-3")
    for _ in range(3):
        loop.sync()
    assert "journey.opp-3" not in labels(issue)


def test_what_no_rule_brings_any_more_is_taken_out_with_its_comment(loop: GitHubLoop) -> None:
    issue = loop.create("Offer paying by phone", labels=["mobile"])
    loop.create("Say why")
    loop.sync()
    assert ours(issue)
    rules = FILES["mappings/rules.yaml"]
    line = next(line for line in rules.splitlines() if "id: paying" in line)
    (loop.folder / "mappings/rules.yaml").write_text(rules.replace(line + "\n", ""), encoding="utf-8")
    loop.sync()
    assert (labels(issue), ours(issue)) == ({"mobile"}, [])


def test_a_transferred_and_a_deleted_issue_are_no_reason_to_fail(loop: GitHubLoop) -> None:
    moved, gone, stays = (loop.create(f"Say why {n}") for n in range(3))
    loop.sync()
    loop.time.pass_time(60)
    loop.state.transfer(moved, "solvane/site")
    loop.state.delete(gone)
    assert loop.sync(full=True) == 0
    assert "journey.pay-bill" in labels(stays)


def test_a_score_stands_in_a_field_of_a_project_and_what_was_there_comes_back(loop: GitHubLoop) -> None:
    project = loop.state.add_project("solvane", "Roadmap", {"Score": "number"})
    score = next(field for field in project.fields.values() if field.name == "Score")
    place = "connections: {billing: {score: [{project: 1, field: Score}, label]}}"
    (loop.folder / "mappings/placement.yaml").write_text(place, encoding="utf-8")
    loop.fields = ("project:1/Score",)
    known, new = loop.create("Say why, known"), loop.create("Say why, new")
    item = loop.state.add_to_project(project, known)
    loop.state.set_project_value(item, score, 12.0)
    loop.time.pass_time(60)
    assert loop.sync() == 0

    def shown() -> dict[str, Any]:
        return {row.issue.title: row.values.get(score.node_id) for row in project.items.values()}

    assert shown() == {"Say why, known": 12.0, "Say why, new": 87.0}  # a value of somebody else's is kept
    assert not any(label.startswith("journey.band") for label in labels(new))
    before = loop.written()
    assert loop.sync(full=True) == 0
    assert loop.written() == before
    with loop.open() as workspace:
        result = take_everything_out(workspace, allow=ALL_BRAKES)
    assert int(result.exit_code) == 0
    assert shown() == {"Say why, known": 12.0}
    assert (labels(new), ours(new)) == (set(), [])


def test_an_issue_that_another_process_read_is_followed_through_its_transfer(
    loop: GitHubLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = f"url: {loop.server.url}"
    config = CONFIG.replace("url: https://github.com", site).replace(", solvane/site]", "]")
    (loop.folder / "journeysync.yaml").write_text(config, encoding="utf-8")

    def sync() -> None:
        """Each time anew, as a schedule does it: nothing of the connection is remembered but what is in the store."""
        loop.time.pass_time(600)
        env = {"TEST_TOKEN": loop.server.token}
        with Workspace.open(loop.folder / "journeysync.yaml", env=env, clock=loop.time) as workspace:
            assert int(workspace.sync(full=True, allow=ALL_BRAKES).applied.exit_code) == 0

    moved, gone = loop.create("Say why, moved"), loop.create("Say why, gone")
    old = moved.node_id
    sync()
    loop.state.transfer(moved, "solvane/web")
    loop.state.delete(gone)
    sync()
    with Workspace.open(loop.folder / "journeysync.yaml", env={"TEST_TOKEN": "x"}, clock=loop.time) as workspace:
        rows = workspace.store.ledger([TicketRef(connection="billing", id=each) for each in (old, moved.node_id)])
    held = {ref.id: {row.slot for row in found if row.state == "live"} for ref, found in rows.items()}
    assert not held.get(old)
    assert "label:journey.pay-bill" in held[moved.node_id]
    assert labels(moved) >= {"journey.pay-bill", "journey.opp-3"}
    assert len(ours(moved)) == 1
    before = loop.written()
    sync()
    assert loop.written() == before


def test_a_block_in_the_text_settles_and_leaves_the_text_as_it_was(loop: GitHubLoop) -> None:
    (loop.folder / "mappings/placement.yaml").write_text("defaults: {context: [block]}\n", encoding="utf-8")
    issue = loop.create("Say why", body="Text\r\n- [ ] task")
    loop.create("Say why again")
    assert loop.sync() == 0
    assert ours(issue) == []
    assert issue.body.startswith("Text\r\n- [ ] task\r\n\r\n<!-- journeysync:begin")
    before = loop.written()
    for _ in range(2):
        loop.time.pass_time(3600)
        assert loop.sync(full=True) == 0
    assert loop.written() == before
    (loop.folder / "mappings/rules.yaml").write_text("rules: []\n", encoding="utf-8")
    loop.time.pass_time(3600)
    assert loop.sync() == 0
    assert (issue.body, ours(issue), labels(issue)) == ("Text\r\n- [ ] task", [], set())


def test_an_uninstall_deletes_the_labels_that_we_made_and_that_nobody_uses(loop: GitHubLoop) -> None:
    issue, closed = loop.create("Say why"), loop.create("Closed long ago")
    loop.state.label(loop.state.repository("solvane/web"), "journey.opp-3")  # a person's own, in another repository
    loop.create("Say why over there", repository="solvane/web")
    loop.sync()
    app, web = loop.state.repository("solvane/app"), loop.state.repository("solvane/web")
    assert {"journey.opp-3", "journey.pay-bill", "journey.band-5"} <= set(app.labels)
    loop.state.add_labels(closed, "journey.pay-bill")  # a person uses one of them
    loop.state.edit(closed, state="closed", state_reason="completed")
    loop.time.pass_time(600)

    with loop.open() as workspace:
        result = take_everything_out(workspace, allow=ALL_BRAKES)

    gone = {(label.project, label.name) for label in result.labels if not label.cause}
    assert gone == {
        ("solvane/app", "journey.opp-3"),
        ("solvane/app", "journey.band-5"),
        ("solvane/web", "journey.pay-bill"),
        ("solvane/web", "journey.band-5"),
    }
    assert [name for name in app.labels if name.startswith("journey.")] == ["journey.pay-bill"]
    assert [name for name in web.labels if name.startswith("journey.")] == ["journey.opp-3"]
    assert (labels(issue), labels(closed)) == (set(), {"journey.pay-bill"})
