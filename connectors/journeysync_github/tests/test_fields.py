"""Fields of projects and of an organisation's issues: found by name or id, written in few requests, given back."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from journeysync.errors import Unavailable
from journeysync.model.change import Result, SetField
from journeysync.sandbox import GithubLimits
from journeysync.testing.contract_base import RECEIPT, add, fill, mark, on, put
from journeysync_github.fields import wanted_of
from journeysync_github.refusals import GraphQLError

from .test_reading import Memory, connect, world
from .world import OUTSIDE, PROJECTS, GitHubWorld

__all__ = ["world"]  # a fixture

SCORE, WHY, SIZE = GitHubWorld.number_field, GitHubWorld.text_field, GitHubWorld.select_field
PROMISED_REQUESTS = 25  # for 1,000 changed tickets
LOOKED_UP_AND_MADE = 2  # for each label, however many tickets get it
SAMPLE = 1_000 if os.environ.get("JOURNEYSYNC_SOAK") else 100


def rows(world: GitHubWorld, ticket: str) -> list[Any]:
    return [item for item in world.project.items.values() if item.issue is world.issue(ticket)]


def findings(world: GitHubWorld, *fields: str) -> dict[str, Any]:
    return {found.place: found for found in connect(world, fields=fields).check() if found.place.startswith("field:")}


@pytest.mark.parametrize(
    ("text", "project", "name"),
    [("project:7/Score", 7, "Score"), ("project:12/a/b: c", 12, "a/b: c"), ("issue-field:Why now", 0, "Why now")],
)
def test_an_id_says_where_to_look_and_what_for(text: str, project: int, name: str) -> None:
    found = wanted_of(text)
    assert found is not None
    assert (found.project, found.name) == (project, name)


@pytest.mark.parametrize("text", ["customfield_10071", "project:x/Score", "project:7", "issue-field:", ""])
def test_what_is_no_id_of_githubs_is_none(text: str) -> None:
    assert wanted_of(text) is None


@pytest.fixture
def no_limits() -> Iterator[GitHubWorld]:
    """A site without hourly limits: a thousand tickets with three values each take more than an hour's points."""
    world = GitHubWorld(limits=GithubLimits.off())
    yield world
    world.stop()


def test_label_score_and_receipt_cost_the_promised_requests(no_limits: GitHubWorld) -> None:
    world = no_limits
    tickets = [world.create(f"Ticket {n}") for n in range(SAMPLE)]
    connector = connect(world, fields=(SCORE, WHY), options={"timeout_seconds": 60.0})

    def requests_for(score: int, label: str) -> float:
        """What a write costs, as it would be for a thousand tickets."""
        before, receipt = connector.traffic.requests, RECEIPT | {"score": score}
        values = (add(label), fill(SCORE, score), fill(WHY, f"{score}"), mark(receipt))
        outcomes = connector.write([on(connector, ticket, *values) for ticket in tickets])
        assert {outcome.result for outcome in outcomes} == {Result.WRITTEN}
        cost = connector.traffic.requests - before - LOOKED_UP_AND_MADE
        return cost * 1_000 / SAMPLE + LOOKED_UP_AND_MADE

    list(connector.pull(None))  # asks for the fields
    rows_of_the_project = 10
    assert requests_for(92, "journey.a") <= PROMISED_REQUESTS + rows_of_the_project
    assert requests_for(41, "journey.b") <= PROMISED_REQUESTS
    assert all(world.field(ticket, SCORE) == 41 for ticket in tickets)
    assert all(world.field(ticket, WHY) == "41" for ticket in tickets)


def test_a_row_in_the_project_is_made_once_and_goes_with_our_value(world: GitHubWorld) -> None:
    ticket = world.create()
    connector = connect(world, fields=(SCORE, SIZE))
    put(connector, ticket, fill(SCORE, 92), fill(SIZE, "large"))
    assert [world.field(ticket, field) for field in (SCORE, SIZE)] == [92, "Large"]
    assert len(rows(world, ticket)) == 1
    put(connector, ticket, fill(SIZE, None))
    assert [world.field(ticket, field) for field in (SCORE, SIZE)] == [92, None] or rows(world, ticket) == []


def test_a_row_that_people_use_or_made_stays(world: GitHubWorld) -> None:
    used, theirs = world.create("Used"), world.create("Theirs")
    connector = connect(world, fields=(SCORE,))
    world.state.add_to_project(world.project, world.issue(theirs))
    for ticket in (used, theirs):
        put(connector, ticket, fill(SCORE, 92))
    world.set_field(used, SIZE, "Small")
    for ticket in (used, theirs):
        put(connector, ticket, fill(SCORE, None))
        assert len(rows(world, ticket)) == 1
        assert world.field(ticket, SCORE) is None
    assert world.field(used, SIZE) == "Small"


def test_what_stood_there_before_comes_back(world: GitHubWorld) -> None:
    ticket = world.create()
    for field, value in ((SCORE, 12), (WHY, "an old note"), (SIZE, "Small")):
        world.set_field(ticket, field, value)
    connector = connect(world, fields=(SCORE, WHY, SIZE))
    before = dict(Memory().pull(connector)[0].fields)
    put(connector, ticket, fill(SCORE, 92), fill(WHY, "because"), fill(SIZE, "Large"))
    put(connector, ticket, *(fill(field, value) for field, value in before.items()))
    assert {field: world.field(ticket, field) for field in before} == before
    assert before == {SCORE: 12, WHY: "an old note", SIZE: "Small"}


def test_a_field_named_by_its_id_is_found_after_a_rename(world: GitHubWorld) -> None:
    ticket, score = world.create(), world._field(SCORE)
    by_id = f"project:1/{score.node_id}"
    put(connect(world, fields=(by_id,)), ticket, fill(by_id, 92))
    score.name = "Journey score"
    connector = connect(world, fields=(by_id, SCORE))
    fields = dict(Memory().pull(connector)[0].fields)
    assert fields == {by_id: 92}  # the old name is no field of these tickets any more
    assert put(connector, ticket, fill(SCORE, 1))[f"field:{SCORE}"].result is Result.FAILED


def test_a_field_named_by_its_name_is_followed_through_a_rename(world: GitHubWorld, tmp_path: Path) -> None:
    ticket, score = world.create(), world._field(SCORE)
    put(connect(world, fields=(SCORE,), state_folder=tmp_path), ticket, fill(SCORE, 92))
    score.name = "Journey score"
    connector = connect(world, fields=(SCORE,), state_folder=tmp_path)
    assert dict(Memory().pull(connector)[0].fields) == {SCORE: 92}
    put(connector, ticket, fill(SCORE, 41))
    assert list(rows(world, ticket)[0].values.values()) == [41]
    found = [finding for finding in connector.check() if "called 'Journey score' now" in finding.says]
    assert [(each.level, score.node_id in each.next_step) for each in found] == [("warning", True)]


def test_a_server_that_cannot_tell_of_its_fields_is_no_server_without_fields(
    world: GitHubWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.create()
    connector = connect(world, fields=(SCORE,))
    real = connector._client.graphql

    def in_part(document: str, variables: Any, **more: Any) -> Any:
        data, errors, answer = real(document, variables, **more)
        if "projectV2(" in document:
            trouble = GraphQLError(("repositoryOwner", "p1"), "", "Something went wrong while executing your query")
            return {"repositoryOwner": {**data["repositoryOwner"], "p1": None}}, (trouble,), answer
        return data, errors, answer

    monkeypatch.setattr(connector._client, "graphql", in_part)
    with pytest.raises(Unavailable, match="in part only"):
        list(connector.pull(None))


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        (SCORE, "much", "takes numbers"),
        (SIZE, "Huge", "has no choice 'Huge'"),
        ("project:1/Title", "A title", "takes neither"),
        ("project:9/Score", 9, "no project 9"),
        ("project:1/Sccore", 9, "no field 'Sccore'"),
        ("issue-field:Nothing", 9, "no field 'Nothing'"),
        ("customfield_1", 9, "no field with the id"),
    ],
)
def test_a_value_that_cannot_stand_there_fails_alone_with_its_cause(
    world: GitHubWorld, field: str, value: Any, words: str
) -> None:
    ticket = world.create()
    connector = connect(world, fields=(field,))
    outcomes = put(connector, ticket, add("journey.a"), fill(field, value), mark(RECEIPT))
    failed = outcomes[f"field:{field}"]
    assert (failed.result, words in failed.cause, bool(failed.next_step)) == (Result.FAILED, True, True)
    assert outcomes["label:journey.a"].result is outcomes["property"].result is Result.WRITTEN


def test_a_receipt_lets_go_at_once_of_a_field_that_was_refused(world: GitHubWorld) -> None:
    ticket = world.create()
    connector = connect(world, fields=(SCORE,))
    Memory().pull(connector)  # the fields are known from here on
    world.project.read_only = True
    slots = {f"field:{SCORE}": "00000000", "label:journey.a": "11111111"}
    world.state.add_to_project(world.project, world.issue(ticket))
    outcomes = put(connector, ticket, add("journey.a"), fill(SCORE, 92), mark(RECEIPT | {"slots": slots}))
    assert outcomes[f"field:{SCORE}"].result is Result.FAILED
    assert "project" in outcomes[f"field:{SCORE}"].next_step
    held: Any = world.receipt(ticket)
    assert held["slots"] == {"label:journey.a": "11111111"}
    assert len(world.issue(ticket).comments) == 1


def test_doctor_tells_of_each_field_what_it_takes(world: GitHubWorld) -> None:
    found = findings(world, SCORE, WHY, SIZE)
    assert [found[f"field:{each}"].level for each in (SCORE, WHY, SIZE)] == ["ok"] * 3
    assert "project 1 (Roadmap)" in found[f"field:{SCORE}"].says
    assert "takes numbers" in found[f"field:{SCORE}"].says
    assert world._field(SCORE).node_id in found[f"field:{SCORE}"].says


def test_doctor_names_twins_a_missing_scope_and_missing_rights(world: GitHubWorld) -> None:
    twin = world.state.add_project("solvane", "Two", {"Score": "number", "score ": "number"})
    for field in twin.fields.values():
        field.name = field.name.strip().casefold()
    found = findings(world, "project:2/Score", "customfield_7")
    assert "2 fields called 'Score'" in found["field:project:2/Score"].says
    assert all(f.node_id in found["field:project:2/Score"].next_step for f in twin.fields.values() if f.name == "score")
    assert found["field:customfield_7"].level == "error"

    world.project.read_only = True
    refused = findings(world, SCORE)[f"field:{SCORE}"]
    assert (refused.level, "role Write" in refused.next_step) == ("warning", True)

    world.state.scopes -= {"project"}
    every = list(connect(world, fields=(SCORE,)).check())
    scope = [found for found in every if "scope project" in found.says]
    assert [(found.topic, "Personal access tokens" in found.next_step) for found in scope] == [("permissions", True)]
    lost = next(found for found in every if found.place == f"field:{SCORE}")
    assert (lost.level, "scope project" in lost.next_step) == ("error", True)


def test_without_the_scope_tickets_are_read_and_have_no_such_field(world: GitHubWorld) -> None:
    world.create()
    world.state.scopes -= {"project"}
    tickets = Memory().pull(connect(world, fields=(SCORE, WHY)))
    assert [dict(ticket.fields) for ticket in tickets] == [{}] or [dict(t.fields) for t in tickets] == [{WHY: None}]


def test_a_server_without_such_fields_is_found_out_by_its_answer() -> None:
    world = GitHubWorld(enterprise=True, features=())
    try:
        ticket = world.create()
        connector = connect(world, fields=("project:1/Score", "issue-field:Why"))
        assert [dict(each.fields) for each in Memory().pull(connector)] == [{}]
        assert put(connector, ticket, fill("issue-field:Why", "x"))["field:issue-field:Why"].result is Result.FAILED
        lost = [found for found in connector.check() if found.place == "field:project:1/Score"]
        assert [(found.level, bool(found.next_step)) for found in lost] == [("error", True)]
    finally:
        world.stop()


def test_a_repository_of_a_person_has_projects_and_no_issue_fields(world: GitHubWorld) -> None:
    world.state.add_repository("ana/site", owner_type="User")
    owner = world.state.users["ana"]
    project = world.state.add_project("ana", "Mine", {"Score": "number"})
    assert project.owner is owner
    ticket = world.state.create("ana/site", "A ticket").node_id
    connector = connect(world, fields=("project:1/Score", "issue-field:Why"), scope={"repositories": ["ana/site"]})
    assert [dict(each.fields) for each in Memory().pull(connector)] == [{"project:1/Score": None}]
    put(connector, ticket, fill("project:1/Score", 7))
    assert [list(item.values.values()) for item in project.items.values()] == [[7]]


def test_milestones_are_read_by_list_and_by_id(world: GitHubWorld) -> None:
    ticket = world.state.create(PROJECTS[0], "With a milestone", milestone="Spring").node_id
    connector = connect(world, fields=(SCORE,))
    assert [each.milestone for each in Memory().pull(connector)] == ["Spring"]
    assert [seen.ticket.milestone for seen in connector.observe([ticket], frozenset())] == ["Spring"]


@pytest.mark.parametrize("parts", [1, 7, 40])
def test_a_document_that_is_too_dear_is_divided_and_nothing_is_done_twice(parts: int) -> None:
    world = GitHubWorld(limits=GithubLimits(parts=parts))
    try:
        tickets = [world.create(f"Ticket {n}") for n in range(20)]
        connector = connect(world, fields=(SCORE,))
        assert len(Memory().pull(connector)) == 20
        works = [on(connector, t, add("journey.a"), fill(SCORE, 92), mark(RECEIPT)) for t in tickets]
        assert {outcome.result for outcome in connector.write(works)} == {Result.WRITTEN}
        assert all(len(world.issue(ticket).comments) == 1 for ticket in tickets)
        assert all(world.field(ticket, SCORE) == 92 and world.receipt(ticket) == RECEIPT for ticket in tickets)
        assert len({(row.issue_key, row.what, row.name) for row in world.journal}) == len(world.journal)
        asked = connector.traffic.requests
        assert {outcome.result for outcome in connector.write(works)} == {Result.UNCHANGED}
        assert (
            connector.traffic.requests - asked <= -(-20 // max(1, parts // 2)) + 2
        )  # it remembers how much is too much
    finally:
        world.stop()


def test_a_value_that_a_person_writes_into_a_project_is_read_though_the_issue_did_not_change(
    world: GitHubWorld,
) -> None:
    tickets = [world.create(f"Ticket {n}", project=PROJECTS[n % 2]) for n in range(6)]
    outside = world.create("Elsewhere", project=OUTSIDE)
    memory = Memory()
    for ticket in (*tickets, outside):
        world.set_field(ticket, SCORE, 10)
    world.time._at += 600
    memory.pull(connect(world, fields=(SCORE,)))
    world.time._at += 600
    assert memory.pull(connect(world, fields=(SCORE,))) == []
    for ticket in (tickets[3], outside):
        world.set_field(ticket, SCORE, 55)
    world.time._at += 600
    connector = connect(world, fields=(SCORE,))
    assert {(each.ref.id, each.field(SCORE)) for each in memory.pull(connector)} == {(tickets[3], 55)}
    asked = connector.traffic.requests
    assert memory.pull(connector) == []
    assert connector.traffic.requests - asked == len(PROJECTS) + 1  # and one an owner, for its projects
    with world.same_instant():
        world.set_field(tickets[0], SCORE, 1)
        memory.pull(connector)
        world.set_field(tickets[0], SCORE, 2)
    memory.pull(connector)
    assert memory.tickets[tickets[0]].field(SCORE) == 2


def test_a_change_of_a_field_says_its_slot() -> None:
    from journeysync.model.ticket import TicketRef

    ref = TicketRef(connection="app", id="I_1")
    assert SetField(ticket=ref, field=SCORE, cause="", after=1).slot == "field:project:1/Score"
