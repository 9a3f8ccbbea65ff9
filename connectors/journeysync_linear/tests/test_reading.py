"""Reading beyond the contract: requests, ranges, containers, archive and trash, names that change."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from journeysync.errors import Unavailable
from journeysync.model.ticket import State
from journeysync.model.tracker import Cursor, Found, Gone
from journeysync.sandbox import LinearLimits, start_linear
from journeysync.sandbox.generate import generate_linear
from journeysync_linear.mark import Mark, mark_of
from journeysync_linear.ranges import Range, ranges_of, rest_of
from journeysync_linear.refusals import GraphQLError

from .memory import Memory, connect
from .world import PROJECTS, LinearWorld

START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def world() -> Iterator[LinearWorld]:
    world = LinearWorld(admin=True)
    yield world
    world.server.stop()


@pytest.fixture
def connector(world: LinearWorld) -> Iterator[Any]:
    connector = connect(world.server)
    yield connector
    connector.close()


def test_a_quiet_workspace_costs_one_request_also_in_a_new_process(world: LinearWorld) -> None:
    for n in range(5):
        world.create(f"Ticket {n}", labels=("urgent",))
    world.state.add_project("Solar", PROJECTS, initiative=world.state.add_initiative("Green"))
    memory, first, second = Memory(), connect(world.server), connect(world.server)
    assert len(memory.pull(first)) == 7
    before = world.requests()
    assert memory.pull(second) == []
    assert world.requests() - before == 1
    first.close()
    second.close()


def test_a_small_workspace_is_read_whole_in_one_request(world: LinearWorld) -> None:
    project = world.state.add_project("Solar", PROJECTS, initiative=world.state.add_initiative("Green"))
    for n in range(60):
        world.state.create(PROJECTS[n % 2], f"Ticket {n}", labels=["urgent"], project=project)
    connector = connect(world.server)
    assert len(Memory().pull(connector)) == 62
    assert connector.traffic.requests == 1
    connector.close()


def test_changes_cost_two_requests_the_rows_and_the_labels_names(world: LinearWorld) -> None:
    tickets = [world.create(f"Ticket {n}", labels=("urgent",)) for n in range(30)]
    memory, first, second = Memory(), connect(world.server), connect(world.server)
    memory.pull(first)
    for ticket in tickets[:5]:
        world.edit_title(ticket, "Said anew")
    before = world.requests()
    assert {ticket.ref.id for ticket in memory.pull(second)} == set(tickets[:5])
    assert world.requests() - before == 2
    first.close()
    second.close()


@pytest.mark.parametrize("newest_first", [True, False])
def test_a_big_backlog_is_read_whole_whatever_the_order_in_few_requests(newest_first: bool) -> None:
    limits = LinearLimits(newest_first=newest_first)
    with start_linear(records=generate_linear(2_000), limits=limits) as server:
        memory, connector = Memory(), connect(server)
        read = memory.pull(connector)
        assert len(read) == len({ticket.ref.id for ticket in read}) == 2_000
        assert server.requests.total <= 96 * 2_000 / 10_000 + 8
        before = server.requests.total
        assert memory.pull(connector) == []
        assert server.requests.total - before == 1
        assert {row for page in connector.sweep() for row, _ in page.rows} == {ticket.ref.id for ticket in read}
        connector.close()


def test_issues_of_one_instant_are_paged_through_though_no_time_cuts_them(world: LinearWorld) -> None:
    with world.same_instant():
        tickets = {world.create(f"Ticket {n}") for n in range(40)}
    world.create("Later")
    connector = connect(world.server, options={"page_size": 3})
    read = [ticket.ref.id for ticket in Memory().pull(connector)]
    assert len(read) == len(set(read)) == 41
    assert tickets <= set(read)
    connector.close()


def test_ranges_meet_each_other_and_are_cut_at_the_last_row_seen() -> None:
    ranges = ranges_of(START, START + timedelta(days=8), 8)
    assert [each.end for each in ranges[:-1]] == [each.start for each in ranges[1:]]
    assert ranges_of(START, START, 8) == [Range(START, START)]
    rows = [{"createdAt": "2026-01-01T20:00:00.000Z"}, {"createdAt": "2026-01-01T12:00:00.000Z"}]
    assert ranges[0].rest(rows) == (
        Range(START, START + timedelta(hours=6)),
        Range(START + timedelta(hours=6), START + timedelta(hours=12)),
    )
    assert ranges[0].rest(rows[::-1]) == (
        Range(START + timedelta(hours=20), START + timedelta(hours=22)),
        Range(START + timedelta(hours=22), START + timedelta(hours=24)),
    )
    assert ranges[0].rest([rows[0], rows[0]]) is None


def test_what_is_left_is_cut_into_as_many_ranges_as_there_are_pages_likely_left() -> None:
    hours = [START + timedelta(hours=n) for n in range(50)]
    assert len(rest_of(hours[49], hours[40], hours[0], at_most=8)) == 5
    assert len(rest_of(hours[49], hours[45], hours[0], at_most=8)) == 8
    assert rest_of(hours[49], hours[2], hours[0], at_most=8) == [Range(hours[0], hours[2])]
    assert rest_of(hours[0], hours[47], hours[49], at_most=8) == [Range(hours[47], hours[49])]  # oldest first
    assert rest_of(hours[9], hours[9], hours[0], at_most=8) == []  # one instant tells no direction
    assert rest_of(hours[9], hours[5], hours[9], at_most=8) == []  # the edge is on the wrong side


def test_a_page_that_repeats_its_cursor_ends_the_read(connector: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    page = {"pageInfo": {"hasNextPage": True, "endCursor": "same"}, "nodes": []}
    monkeypatch.setattr(connector._client, "page", lambda *_: (page, None))
    with pytest.raises(Unavailable, match="circle"):
        list(connector._client.pages("", "issues", 1.0, {}))


def test_a_part_that_failed_is_asked_for_again_and_never_taken_for_nothing(
    connector: Any, world: LinearWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.create("Here")
    real, answers = connector._client.graphql, []

    def in_part(document: str, variables: Any, **more: Any) -> Any:
        data, _errors, answer = real(document, variables, **more)
        answers.append(document)
        broken = (GraphQLError(("issues", "nodes", "0", "project"), "INTERNAL_SERVER_ERROR", "oops"),)
        return data, broken if len(answers) < fails else (), answer

    monkeypatch.setattr(connector._client, "graphql", in_part)
    fails = 2
    assert len(list(connector.pull(None))[-1].tickets) == 0
    assert len(answers) == 2
    fails = 99
    with pytest.raises(Unavailable, match="in part only: oops"):
        list(connector.pull(None))


@pytest.mark.parametrize("data", [{}, {"issues": None}, {"issues": {"nodes": None}}])
def test_an_answer_without_its_list_is_no_empty_backlog(
    connector: Any, monkeypatch: pytest.MonkeyPatch, data: dict[str, Any]
) -> None:
    monkeypatch.setattr(connector._client, "read", lambda *_: (data, None))
    since = Cursor(Mark("2026-01-01T00:00:00+00:00").text())
    for read in (connector.pull(None), connector.sweep(), connector.pull(since)):
        with pytest.raises(Unavailable, match="holds no issues"):
            list(read)


def test_a_page_that_is_too_dear_for_the_server_is_asked_again_smaller() -> None:
    with start_linear(records=generate_linear(300), limits=LinearLimits(query=5_000)) as server:
        connector = connect(server)
        assert len(Memory().pull(connector)) == 300
        connector.close()


def test_the_cursor_moves_on_with_the_last_page_only(world: LinearWorld) -> None:
    tickets = [world.create(f"Ticket {n}") for n in range(9)]
    memory, connector = Memory(), connect(world.server, options={"page_size": 3})
    memory.pull(connector)
    for ticket in tickets:
        world.edit_title(ticket, "Said anew")
    assert memory.cursor is not None
    pages = connector.pull(Cursor(memory.cursor.position, known=memory._known))
    assert next(pages).cursor is None  # the newest are there, the older ones not yet: left here, nothing is lost
    assert len(memory.pull(connector)) == 9
    connector.close()


def test_a_first_read_has_no_bound_in_time_and_a_foreign_cursor_counts_as_none(world: LinearWorld) -> None:
    world.state.create("ENI", "Ages old", created_at="2019-01-01T00:00:00.000Z")
    connector = connect(world.server)
    assert [ticket.title for page in connector.pull(Cursor("nonsense")) for ticket in page.tickets] == ["Ages old"]
    assert mark_of(Mark("2026-01-01T00:00:00.000+00:00").text()) is not None
    assert mark_of('{"updated": "2026-01-01T00:00:00"}') is None
    connector.close()


def test_projects_and_initiatives_stand_above_the_issues(world: LinearWorld, connector: Any) -> None:
    state = world.state
    above = state.add_initiative("Green by default")
    initiative = state.add_initiative("Half-hour tips", parent=above)
    project = state.add_project("Tips that fit", ["ENI"], initiative=initiative, status_type="started", priority=1)
    state.add_project("Of nobody here", ["OPS"])
    issue = state.create("ENI", "Show a tip", project=project)
    child = state.create("ENI", "Draw the tip", parent=issue, project=project)
    read = {ticket.ref.id: ticket for ticket in Memory().pull(connector)}
    assert set(read) == {above.id, initiative.id, project.id, issue.id, child.id}
    chain = [read[child.id]]
    while chain[-1].parent:
        chain.append(read[chain[-1].parent])
    assert [(ticket.kind, ticket.level) for ticket in chain] == [
        ("task", 0),
        ("task", 0),
        ("epic", 1),
        ("initiative", 2),
        ("initiative", 2),
    ]
    assert (read[project.id].project, read[project.id].state, read[project.id].priority) == ("ENI", "doing", "Urgent")
    assert read[issue.id].components == ("Tips that fit",)
    assert [ticket.ref.id for ticket in read.values() if ticket.context] == [
        above.id
    ]  # holds no project of a team here
    in_scope = set(read) - {above.id}
    assert in_scope == {row for page in connector.sweep() for row, _ in page.rows}
    assert {type(answer) for answer in connector.fetch(sorted(in_scope))} == {Found}


def test_a_team_may_say_that_its_epics_are_issues_with_sub_issues(world: LinearWorld) -> None:
    project = world.state.add_project("Tips", ["ENI"])
    issue = world.state.create("ENI", "Show a tip", project=project)
    world.state.create("ENI", "Draw the tip", parent=issue)
    connector = connect(world.server, options={"epics": "parents"})
    found = {ticket.title: (ticket.kind, ticket.level) for ticket in Memory().pull(connector)}
    assert found == {"Tips": ("initiative", 2), "Show a tip": ("epic", 1), "Draw the tip": ("task", 0)}
    connector.close()


def test_a_project_out_of_scope_comes_along_as_context(world: LinearWorld) -> None:
    project = world.state.add_project("Of many", ["OPS"])
    world.state.create("ENI", "Ours", project=project)
    connector = connect(world.server, scope={"filter": {"team": {"key": {"eq": "ENI"}}}})
    found = {ticket.title: ticket.context for ticket in Memory().pull(connector)}
    assert found == {"Ours": False, "Of many": True}
    connector.close()


def test_a_scope_of_projects_reads_their_issues_and_themselves(world: LinearWorld) -> None:
    state = world.state
    by_name, by_id = state.add_project("Tips", ["ENI"]), state.add_project("Bills", ["GRD"])
    for project in (by_name, by_id, state.add_project("Other", ["ENI"])):
        state.create("ENI", f"Of {project.name}", project=project)
    connector = connect(world.server, scope={"projects": ["Tips", by_id.id]})
    assert {t.title for t in Memory().pull(connector)} == {"Tips", "Bills", "Of Tips", "Of Bills"}
    connector.close()


def test_what_is_archived_or_in_the_trash_is_a_state_and_gone_only_later(world: LinearWorld, connector: Any) -> None:
    archived, trashed, done, gone = (world.create(title) for title in ("Archived", "Trashed", "Done", "Gone"))
    completed = next(each for each in world.state.team("ENI").states if each.type == "completed")
    memory = Memory()
    memory.pull(connector)
    world.state.edit(done, state=completed)
    world.time.step()
    for ticket, trash in ((archived, False), (trashed, True), (done, False)):
        world.state.archive(ticket, trash=trash)
    world.delete(gone)
    read = {ticket.title: ticket for ticket in memory.pull(connector)}
    found = {title: (ticket.state, ticket.resolution, ticket.done_at is not None) for title, ticket in read.items()}
    assert found == {
        "Archived": (State.DROPPED, "archived", True),
        "Trashed": (State.DROPPED, "trashed", True),
        "Done": (State.DONE, None, True),
    }
    assert [type(answer) for answer in connector.fetch([archived, trashed, done, gone])] == [Found, Found, Found, Gone]


def test_priority_zero_is_unset_and_one_is_the_highest(world: LinearWorld, connector: Any) -> None:
    for number in range(5):
        world.state.create("ENI", f"Priority {number}", priority=number)
    read = {ticket.title[-1]: ticket.priority for ticket in Memory().pull(connector)}
    assert read == {"0": None, "1": "Urgent", "2": "High", "3": "Medium", "4": "Low"}


def test_a_label_that_was_renamed_or_made_meanwhile_is_read_by_its_name(world: LinearWorld, connector: Any) -> None:
    ticket = world.create("Here", labels=("old",))
    memory = Memory()
    memory.pull(connector)
    world.type_label(ticket, "made-later")
    assert [each.labels for each in memory.pull(connector)] == [("made-later", "old")]


def test_a_receipt_is_found_behind_many_attachments_of_others(world: LinearWorld, connector: Any) -> None:
    ticket = world.create("Here")
    metadata = {"journeysync": "k3f9", "receipt": '{"v":1,"links":["OPP-3"],"score":87,"slots":{}}'}
    world.state.attach(ticket, "https://j.example/1", "Pay", metadata=metadata)
    for n in range(120):
        world.time.step()
        world.state.attach(ticket, f"https://pr.example/{n}", f"Pull request {n}")
    [read] = Memory().pull(connector)
    assert read.receipt is not None
    assert read.receipt.score == 87


def test_marks_of_other_workspaces_are_foreign(world: LinearWorld, connector: Any) -> None:
    ticket = world.create("Here")
    world.state.attach(ticket, "https://j.example/1", "Theirs", metadata={"journeysync": "zz99", "receipt": "{}"})
    [read] = Memory().pull(connector)
    assert (read.receipt, read.foreign) == (None, ("zz99",))
