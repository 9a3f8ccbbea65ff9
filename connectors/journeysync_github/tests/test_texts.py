"""Our comment and our block on GitHub: edited in place, beside people's words, and never at their cost."""

from typing import Any

import pytest

from journeysync.model.change import Result
from journeysync.richtext import markdown
from journeysync.testing.contract_base import RECEIPT, link, mark, on, put, seen, words
from journeysync_github.refusals import TooDear

from .conftest import WORKSPACE
from .test_marks import OLD
from .test_writing import connect
from .world import GitHubWorld

BODY = "Words of a person.\r\n\r\n```\r\ncode\r\n```\r\n"


@pytest.fixture
def world() -> Any:
    world = GitHubWorld()
    yield world
    world.stop()


def test_block_and_receipt_are_one_edit_of_the_text_and_no_comment(world: GitHubWorld) -> None:
    ticket = world.create()
    world.edit_body(ticket, BODY)
    connector = connect(world)
    outcomes = put(connector, ticket, words("See why", "block"), mark(RECEIPT))
    assert {each.result for each in outcomes.values()} == {Result.WRITTEN}
    assert world.comments(ticket) == []
    assert world.body(ticket).startswith(BODY + "\r\n\r\n<!-- journeysync:begin")
    assert "\n" not in world.body(ticket).replace("\r\n", "")
    [read] = [each for page in connect(world).pull(None) for each in page.tickets]
    assert read.receipt is not None, "no label of ours stands there, and the text still tells"
    assert (read.body, read.shown[0].state) == (BODY, "ours")
    put(connector, ticket, mark(RECEIPT | {"score": 12}))
    assert world.receipt(ticket)["score"] == 12
    put(connector, ticket, words(None, "block"), words("See why"), mark(RECEIPT))
    assert world.body(ticket) == BODY
    assert world.receipt(ticket) == RECEIPT
    assert len(world.comments(ticket)) == 1
    put(connector, ticket, words("See why", "block"), words(None), mark(RECEIPT))
    assert (world.comments(ticket), world.receipt(ticket)) == ([], RECEIPT)


def test_a_save_between_our_read_and_our_write_is_put_back_and_told(
    world: GitHubWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket, other = world.create(), world.create()
    world.edit_body(ticket, BODY)
    connector = connect(world)
    real = connector._client.graphql

    def meanwhile(document: str, variables: Any, **more: Any) -> Any:
        if "updateIssue" in document and world.body(ticket) == BODY:
            world.edit_body(ticket, "A person saved this.")
        return real(document, variables, **more)

    monkeypatch.setattr(connector._client, "graphql", meanwhile)
    changes = [on(connector, each, words("See why", "block"), mark(RECEIPT)) for each in (ticket, other)]
    outcomes = {(each.ticket.id, each.slot): each for each in connector.write(changes)}
    assert world.body(ticket) == "A person saved this."
    assert outcomes[ticket, "block"].result is Result.FAILED
    assert "their text was put back" in outcomes[ticket, "block"].cause
    assert outcomes[other, "block"].result is Result.WRITTEN


def test_a_save_that_slipped_into_a_write_whose_answer_was_lost_is_put_back_too(
    world: GitHubWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket, other = world.create(), world.create()
    world.edit_body(ticket, BODY)
    connector = connect(world)
    real, lost = connector._client.graphql, []

    def then_silence(document: str, variables: Any, **more: Any) -> Any:
        if "updateIssue" in document and not lost:
            world.edit_body(ticket, "A person saved this.")
            lost.append(real(document, variables, **more))
            raise TooDear("no answer", status=502)
        return real(document, variables, **more)

    monkeypatch.setattr(connector._client, "graphql", then_silence)
    changes = [on(connector, each, words("See why", "block"), mark(RECEIPT)) for each in (ticket, other)]
    outcomes = {(each.ticket.id, each.slot): each for each in connector.write(changes)}
    assert world.body(ticket) == "A person saved this."
    assert outcomes[ticket, "block"].result is Result.FAILED
    assert outcomes[other, "block"].result is Result.WRITTEN
    assert lost


def test_an_issue_that_changed_since_it_was_looked_at_is_left_to_a_later_run(world: GitHubWorld) -> None:
    ticket = world.create()
    connector = connect(world)
    seen(connector, ticket, "block")
    world.edit_body(ticket, "Just typed.")
    outcomes = put(connector, ticket, words("See why", "block"), mark(RECEIPT))
    assert {each.result for each in outcomes.values()} == {Result.LATER}
    assert world.body(ticket) == "Just typed."
    assert world.comments(ticket) == []


def test_a_text_that_cannot_take_it_fails_in_words_and_costs_nothing(world: GitHubWorld) -> None:
    for text, cause in (("```\nopen", "not closed"), ("x" * 65_500, "longer than GitHub allows")):
        ticket = world.create()
        world.edit_body(ticket, text)
        [outcome] = put(connect(world), ticket, words("See why", "block")).values()
        assert outcome.result is Result.FAILED
        assert cause in outcome.cause
        assert world.body(ticket) == text


def test_the_comment_of_before_this_release_is_edited_in_place_and_its_link_is_let_go(world: GitHubWorld) -> None:
    ticket = world.create()
    connector = connect(world)
    put(connector, ticket, mark(RECEIPT))
    world.state.edit_comment(world.issue(ticket).comments[0].id, OLD)
    outcomes = put(connector, ticket, words("See why"), link(None), mark(RECEIPT))
    assert {outcome.result for outcome in outcomes.values()} == {Result.WRITTEN, Result.UNCHANGED}
    [comment] = world.comments(ticket)
    assert "See why" in comment
    assert '"link"' not in comment


def test_what_a_person_adds_to_our_comment_stays(world: GitHubWorld) -> None:
    ticket = world.create()
    connector = connect(world)
    put(connector, ticket, words("See why"), mark(RECEIPT))
    comment = world.issue(ticket).comments[0]
    world.state.edit_comment(comment.id, comment.body + "\n\nI think so too.")
    put(connector, ticket, words("Ask for time"), mark(RECEIPT))
    assert "Ask for time" in comment.body
    put(connector, ticket, words(None), mark(None))
    assert [each.body for each in world.issue(ticket).comments] == ["I think so too."]
    assert markdown.find(comment.body, WORKSPACE).state == "none"
