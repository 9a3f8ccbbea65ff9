"""Our comment and our part of a description in Jira, both flavours: beside people's words, never at their cost."""

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from journeysync.connector import Connector
from journeysync.model.change import Result
from journeysync.testing.contract_base import RECEIPT, mark, on, put, seen, words
from journeysync_jira.texts import overwritten

from .world import DcWorld, JiraWorld

MENTION = {"type": "mention", "attrs": {"id": "5b10", "text": "@Ann"}}
DOCUMENT = {
    "type": "doc",
    "version": 1,
    "content": [
        {"type": "paragraph", "content": [{"type": "text", "text": "Ask "}, MENTION]},
        {"type": "table", "attrs": {"layout": "wide"}, "content": [{"type": "tableRow", "content": []}]},
        {"type": "unheardOf", "attrs": {"x": [1, None]}},
    ],
}
WIKI = "h2. Why\r\n||a||b||\r\n|1|{code}{panel}{code}|\r\n!shot.png|thumbnail!\r\n"


@pytest.fixture(params=[JiraWorld, DcWorld], ids=["cloud", "data-center"])
def world(request: pytest.FixtureRequest) -> Iterator[JiraWorld]:
    world = request.param()
    yield world
    world.server.stop()


@pytest.fixture
def connector(world: JiraWorld) -> Iterator[Connector]:
    connector = world.connection()
    yield connector
    connector.close()


def theirs(world: JiraWorld) -> Any:
    return WIKI if isinstance(world, DcWorld) else copy.deepcopy(DOCUMENT)


def test_all_of_a_persons_description_but_our_part_is_the_same(world: JiraWorld, connector: Connector) -> None:
    ticket = world.create()
    world.state.set_field(ticket, "description", theirs(world))
    put(connector, ticket, words("See why", "block"), mark(RECEIPT))
    shown = world.body(ticket)
    if isinstance(world, DcWorld):
        assert shown.startswith(WIKI + "\r\n\r\n{panel:title=Why this matters to customers}\r\n")
    else:
        assert shown["content"][:-1] == DOCUMENT["content"]
        assert shown["content"][-1]["type"] == "expand"
    put(connector, ticket, words("Ask for time", "block"))
    [read] = [each for page in connector.pull(None) for each in page.tickets]
    assert "Ask for time" not in read.body
    assert [(each.slot, each.state) for each in read.shown] == [("block", "ours")]
    put(connector, ticket, words(None, "block"))
    assert world.body(ticket) == theirs(world)


def test_a_save_between_our_read_and_our_write_is_put_back_and_told(
    world: JiraWorld, connector: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket, other = world.create(), world.create()
    world.edit_body(ticket, "Words of a person.")
    real = connector._client.http.send

    def meanwhile(request: Any) -> Any:
        is_ours = request.method == "PUT" and "description" in str(request.body) and f"/{ticket}" in request.path
        if is_ours and "of a person" in str(world.body(ticket)):
            world.edit_body(ticket, "A person saved this.")
        return real(request)

    monkeypatch.setattr(connector._client.http, "send", meanwhile)
    changes = [on(connector, each, words("See why", "block"), mark(RECEIPT)) for each in (ticket, other)]
    outcomes = {(each.ticket.id, each.slot): each for each in connector.write(changes)}
    [shown] = list(connector.observe([ticket], frozenset()))
    assert shown.ticket.body == "A person saved this."
    assert shown.ticket.shown == ()
    assert outcomes[ticket, "block"].result is Result.FAILED
    assert "their text was put back" in outcomes[ticket, "block"].cause
    assert outcomes[other, "block"].result is Result.WRITTEN


def test_a_ticket_that_changed_since_it_was_looked_at_is_left_to_a_later_run(
    world: JiraWorld, connector: Connector
) -> None:
    ticket = world.create()
    seen(connector, ticket, "block")
    world.edit_body(ticket, "Just typed.")
    receipt = mark(RECEIPT | {"slots": {"block": "00000000"}})
    outcomes = put(connector, ticket, words("See why", "block"), receipt)
    assert {each.result for each in outcomes.values()} == {Result.LATER}
    assert "Just typed." in str(world.body(ticket))
    assert world.receipt(ticket) is None


def test_our_comment_is_known_by_mark_and_author_also_behind_many(world: JiraWorld, connector: Connector) -> None:
    ticket = world.create()
    put(connector, ticket, words("See why"))
    copied = world.comments(ticket)[0]
    other = world.create()
    world.state.comment(other, copied)
    for n in range(3):
        world.type_comment(other, f"Comment {n}")
    put(connector, other, words("Ask for time"))
    assert len(world.comments(other)) == 5
    assert world.comments(other)[0] == copied
    [observed] = connector.observe([other], frozenset({"comment"}))
    [shown] = observed.ticket.shown
    assert (shown.state, "Ask for time" in shown.words) == ("ours", True)


def test_a_comment_that_may_not_be_written_says_which_right_is_missing(world: JiraWorld, connector: Connector) -> None:
    ticket = world.create()
    world.state.revoke("ADD_COMMENTS", project="BILL")
    receipt = mark(RECEIPT | {"slots": {"comment": "00000000", "label:journey.opp-3": "7f3a19c2"}})
    outcomes = put(connector, ticket, words("See why"), receipt)
    assert outcomes["comment"].result is Result.FAILED
    assert "'Add comments'" in outcomes["comment"].next_step
    assert world.receipt(ticket)["slots"] == {"label:journey.opp-3": "7f3a19c2"}


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ([("10:00", "A"), ("12:05", "ours")], None),
        ([("12:05", "ours"), ("10:00", "A")], None),
        ([("10:00", "A"), ("12:04", "B"), ("12:05", "ours")], "B"),
        ([("12:05", "ours"), ("12:04", None), ("10:00", "A")], ""),
        ([("12:05", "ours")], None),
        ([], None),
    ],
)
def test_who_saved_in_between_is_told_by_the_history(texts: list[Any], expected: str | None) -> None:
    histories = [
        {"created": f"2026-11-22T{at}:00.000+0000", "items": [{"field": "description", "toString": text}]}
        for at, text in texts
    ]
    assert overwritten({"histories": histories}, since="2026-11-22T12:00:00.000+0000") == expected
