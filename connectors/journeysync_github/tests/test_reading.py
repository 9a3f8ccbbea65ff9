"""What a read costs, and what it makes of GitHub's oddities: whole seconds, moving pages, renames, transfers."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from journeysync.connector import Secret
from journeysync.model.ticket import Ticket
from journeysync.model.tracker import Cursor, Gone, Moved
from journeysync.testing import CANARY, NoWaiting
from journeysync_github.connection import GitHubConnector
from journeysync_github.repositories import repository_number

from .conftest import some_settings
from .world import PROJECTS, GitHubWorld


@pytest.fixture
def world() -> Iterator[GitHubWorld]:
    world = GitHubWorld()
    yield world
    world.stop()


def connect(world: GitHubWorld, **other: Any) -> GitHubConnector:
    options = {"api_url": world.server.url, "timeout_seconds": 5.0} | other.pop("options", {})
    values: dict[str, Any] = {
        "url": world.server.web_url,
        "auth": {"kind": "token", "token": Secret(CANARY, "a test")},
        "scope": {"repositories": list(PROJECTS)},
        "options": options,
    }
    connector = GitHubConnector(some_settings(**(values | other)), clock=NoWaiting())
    world.connectors.append(connector)
    return connector


class Memory:
    """What a store would hold after some pulls."""

    def __init__(self) -> None:
        self.tickets: dict[str, Ticket] = {}
        self.cursor: Cursor | None = None

    def pull(self, connector: GitHubConnector) -> list[Ticket]:
        pages = list(connector.pull(self.cursor))
        taken = [ticket for page in pages for ticket in page.tickets]
        self.tickets |= {ticket.ref.id: ticket for ticket in taken}
        assert pages[-1].cursor is not None
        self.cursor = Cursor(pages[-1].cursor.position, known=self.known)
        return taken

    def known(self, ids: Any) -> dict[str, datetime]:
        return {each: self.tickets[each].updated_at for each in ids if each in self.tickets}


def test_a_quiet_run_costs_one_request_a_repository(world: GitHubWorld) -> None:
    for n in range(5):
        world.create(f"Ticket {n}", project=PROJECTS[n % 2])
    memory, connector = Memory(), connect(world)
    memory.pull(connector)
    memory.pull(connector)  # the first one that asks what changed
    before = world.requests()
    assert memory.pull(connect(world)) == []
    assert world.requests() - before == len(PROJECTS)


def test_two_changes_within_one_second_are_both_read(world: GitHubWorld) -> None:
    ticket = world.create("First")
    memory, connector = Memory(), connect(world)
    with world.same_instant():
        world.edit_title(ticket, "Second")
        memory.pull(connector)
        world.edit_title(ticket, "Third")
    assert [each.title for each in memory.pull(connector)] == ["Third"]
    assert memory.pull(connector) == []


def test_pull_requests_are_left_out_everywhere(world: GitHubWorld) -> None:
    issue = world.create("An issue")
    pull_request = world.state.create(PROJECTS[0], "A pull request", pull_request=True)
    connector = connect(world)
    assert [ticket.ref.id for ticket in Memory().pull(connector)] == [issue]
    assert [row for page in connector.sweep() for row, _ in page.rows] == [issue]
    assert list(connector.observe([pull_request.node_id], frozenset())) == []


def test_a_repository_that_was_renamed_is_read_under_its_new_name(world: GitHubWorld) -> None:
    world.create("Before")
    memory, connector = Memory(), connect(world)
    memory.pull(connector)
    world.state.rename_repository(PROJECTS[0], "solvane/application")
    ticket = world.create("After", project="solvane/application")
    [read] = memory.pull(connector)
    assert (read.ref.id, read.project) == (ticket, "solvane/application")
    assert [ticket.project for ticket in Memory().pull(connect(world))] == ["solvane/application"] * 2


def test_a_transferred_issue_is_followed_and_a_deleted_one_is_gone(world: GitHubWorld) -> None:
    away, gone = world.create("Away"), world.create("Gone")
    connector = connect(world)
    Memory().pull(connector)
    new = world.move(away, world.outside)
    world.delete(gone)
    answers = {answer.id: answer for answer in connector.fetch([away, gone]) if isinstance(answer, Moved | Gone)}
    assert isinstance(answers[gone], Gone)
    moved = answers[away]
    assert isinstance(moved, Moved)
    assert (moved.ticket.ref.id, moved.ticket.project) == (new, world.outside)


def test_visibility_is_the_repositorys_and_fresh_before_a_write(world: GitHubWorld) -> None:
    ticket = world.create()
    memory, connector = Memory(), connect(world)
    assert [each.visibility for each in memory.pull(connector)] == ["private"]
    world.state.repository(PROJECTS[0]).visibility = "public"
    [seen] = connector.observe([ticket], frozenset())
    assert seen.ticket.visibility == "public"
    world.edit_title(ticket, "News")
    assert [each.visibility for each in memory.pull(connect(world))] == ["public"]


def test_labels_narrow_the_scope(world: GitHubWorld) -> None:
    ours = world.create("Ours", labels=("customer", "x"))
    world.create("Not ours", labels=("x",))
    connector = connect(world, scope={"repositories": list(PROJECTS), "labels": ["customer"]})
    assert [ticket.ref.id for ticket in Memory().pull(connector)] == [ours]
    assert [row for page in connector.sweep() for row, _ in page.rows] == [ours]


def test_a_search_may_be_the_scope(world: GitHubWorld) -> None:
    ours = world.create("Ours", labels=("customer",))
    world.create("Not ours")
    connector = connect(world, scope={"search": f"repo:{PROJECTS[0]} label:customer"})
    assert [(ticket.ref.id, ticket.project) for ticket in Memory().pull(connector)] == [(ours, PROJECTS[0])]


def test_reading_by_list_and_by_id_gives_the_same_ticket(world: GitHubWorld) -> None:
    epic = world.create("Epic", labels=("bug",))
    ticket = world.create("Ours", parent=epic, labels=("b", "A"))
    world.state.edit(world.issue(ticket), body="Text\r\nwith lines", state="closed", state_reason="not_planned")
    connector = connect(world)
    pulled = {each.ref.id: each for each in Memory().pull(connector)}
    seen = {each.ticket.ref.id: each.ticket for each in connector.observe([epic, ticket], frozenset())}
    assert seen == pulled


def test_a_server_without_sub_issues_and_types_is_read_all_the_same() -> None:
    world = GitHubWorld(enterprise=True)
    try:
        world.create("Ours")
        connector = connect(world, url=world.server.url, options={"api_url": ""})
        assert len(Memory().pull(connector)) == 1
        assert not [finding for finding in connector.check() if finding.level == "error"]
    finally:
        world.stop()


@pytest.mark.parametrize(
    ("identifier", "number"), [("I_kwDOAAsO6M5ZtM0A", 724712), ("MDU6SXNzdWUyMjg2MDE=", None), ("I_", None), ("", None)]
)
def test_a_newer_node_id_names_its_repository(identifier: str, number: int | None) -> None:
    assert repository_number(identifier) == number
