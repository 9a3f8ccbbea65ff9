"""What happens to issues and repositories in years: transferred, deleted, hidden, renamed, locked, left by authors.

Each life is read by a process that has never seen the issue before; all that it knows is the key in the store.
"""

from typing import Any

import pytest

from journeysync.model.change import Result
from journeysync.model.tracker import Found, Gone, Hidden, Moved
from journeysync.testing.contract_base import RECEIPT, add, mark, put

from .test_reading import Memory, connect, world
from .world import OUTSIDE, PROJECTS, GitHubWorld

__all__ = ["world"]  # a fixture


def key_of(world: GitHubWorld, ticket: str) -> str:
    issue = world.issue(ticket)
    return f"{issue.repository.full_name}#{issue.number}"


def fetched(world: GitHubWorld, ticket: str, key: str, **other: Any) -> Any:
    """What a new process says of an id, of which the store knows the key."""
    known = {ticket: key, "I_other": "solvane/app#999"}
    connector = connect(world, known_keys=lambda ids: {each: known[each] for each in ids if each in known}, **other)
    [answer] = connector.fetch([ticket])
    return answer


@pytest.mark.parametrize(("target", "in_scope"), [(PROJECTS[1], True), (OUTSIDE, False)])
@pytest.mark.parametrize("keeps_its_id", [True, False])
def test_a_transferred_issue_is_followed_to_wherever_it_went(
    world: GitHubWorld, target: str, in_scope: bool, keeps_its_id: bool
) -> None:
    ticket = world.create("Moves on")
    key = key_of(world, ticket)
    moved = world.state.transfer(world.issue(ticket), target, keep_ids=keeps_its_id)
    answer = fetched(world, ticket, key)
    if keeps_its_id and in_scope:
        assert isinstance(answer, Found)
    else:
        assert isinstance(answer, Moved)
        assert (answer.id, answer.has_new_id) == (ticket, not keeps_its_id)
    assert answer.ticket.ref.id == moved.node_id
    assert answer.ticket.key == f"{target}#{moved.number}"
    assert answer.ticket.project == target


def test_one_that_went_on_and_on_is_found_at_its_last_place(world: GitHubWorld) -> None:
    ticket = world.create("Restless")
    key = key_of(world, ticket)
    first = world.state.transfer(world.issue(ticket), OUTSIDE)
    last = world.state.transfer(first, PROJECTS[1])
    answer = fetched(world, ticket, key)
    assert isinstance(answer, Moved)
    assert answer.ticket.ref.id == last.node_id


def test_one_that_was_deleted_after_its_transfer_is_gone(world: GitHubWorld) -> None:
    ticket = world.create("Moves, then goes")
    key = key_of(world, ticket)
    world.state.delete(world.state.transfer(world.issue(ticket), PROJECTS[1]))
    assert isinstance(fetched(world, ticket, key), Gone)


def test_one_that_went_to_where_we_may_not_look_is_hidden(world: GitHubWorld) -> None:
    ticket = world.create("Goes behind a wall")
    key = key_of(world, ticket)
    world.state.transfer(world.issue(ticket), OUTSIDE)
    world.state.hide(OUTSIDE)
    assert isinstance(fetched(world, ticket, key), Hidden)


def test_a_deleted_issue_is_gone_by_githubs_own_word(world: GitHubWorld) -> None:
    ticket = world.create("Goes")
    key = key_of(world, ticket)
    world.delete(ticket)
    answer = fetched(world, ticket, key)
    assert isinstance(answer, Gone)
    assert "deleted" in answer.cause


def test_a_repository_that_is_hidden_hides_its_issues_and_loses_none(world: GitHubWorld) -> None:
    ticket = world.create("Hidden")
    key = key_of(world, ticket)
    world.hide(ticket)
    assert isinstance(fetched(world, ticket, key), Hidden)


def test_without_a_key_the_place_decides_between_gone_and_hidden(world: GitHubWorld) -> None:
    ticket = world.create("Nobody remembers where")
    world.delete(ticket)
    [answer] = connect(world).fetch([ticket])
    assert isinstance(answer, Gone)


@pytest.mark.parametrize("after_the_rename", [False, True])
def test_a_renamed_repository_keeps_its_issues_under_either_name(world: GitHubWorld, after_the_rename: bool) -> None:
    ticket, gone = world.create("Stays"), world.create("Goes")
    old, key_of_gone = key_of(world, ticket), key_of(world, gone)
    world.state.rename_repository(PROJECTS[0], "solvane/store")
    world.delete(gone)
    scope = {"repositories": ["solvane/store" if after_the_rename else PROJECTS[0]]}
    assert isinstance(fetched(world, ticket, old, scope=scope), Found)
    assert isinstance(fetched(world, gone, key_of_gone, scope=scope), Gone)
    assert [each.key for each in Memory().pull(connect(world, scope=scope))] == ["solvane/store#1"]


def test_a_repository_that_moved_to_another_owner_is_read_there(world: GitHubWorld) -> None:
    ticket = world.create("Moves house")
    world.state.rename_repository(PROJECTS[0], "newowner/app")
    connector = connect(world, scope={"repositories": [PROJECTS[0]]})
    assert [(each.ref.id, each.project) for each in Memory().pull(connector)] == [(ticket, "newowner/app")]


def test_a_locked_issue_takes_labels_and_says_what_would_let_a_comment_in(world: GitHubWorld) -> None:
    ticket = world.create("Locked")
    world.state.edit(world.issue(ticket), locked=True)
    world.refuse(ticket)
    outcomes = put(connect(world), ticket, mark(RECEIPT))
    assert outcomes["property"].result is Result.FAILED
    assert "locked" in outcomes["property"].cause
    assert "unlock" in outcomes["property"].next_step
    world.state.read_only.clear()  # with write access a lock stops nobody
    outcomes = put(connect(world), ticket, add("journey.a"), mark(RECEIPT))
    assert {outcome.result for outcome in outcomes.values()} == {Result.WRITTEN}


@pytest.mark.parametrize("author", [None, "ghost"])
def test_an_issue_whose_author_left_is_read_and_written_like_others(world: GitHubWorld, author: str | None) -> None:
    ticket = world.create("By nobody")
    world.issue(ticket).user = world.state.user(author) if author else None
    connector = connect(world)
    [read] = Memory().pull(connector)
    [seen] = connector.observe([ticket], frozenset())
    assert read.author_kind == seen.ticket.author_kind == "unknown"
    assert put(connector, ticket, add("journey.a"))["label:journey.a"].result is Result.WRITTEN


def test_a_repository_whose_issues_were_switched_off_stops_its_connection_in_words(world: GitHubWorld) -> None:
    world.create()
    world.state.repository(PROJECTS[0]).has_issues = False
    found = [finding for finding in connect(world).check() if finding.level != "ok"]
    assert any("has no issues" in finding.says and finding.next_step for finding in found)


def test_a_repository_that_is_made_public_is_seen_as_such_before_the_next_write(world: GitHubWorld) -> None:
    ticket = world.create("Now for all")
    connector, memory = connect(world), Memory()
    memory.pull(connector)
    world.state.repository(PROJECTS[0]).visibility = "public"
    world.issue(ticket).shown.clear()
    assert [seen.ticket.visibility for seen in connector.observe([ticket], frozenset())] == ["public"]
