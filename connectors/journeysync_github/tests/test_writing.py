"""How writes reach GitHub: few requests, one comment, labels made once, nothing of others touched."""

from typing import Any

import pytest

from journeysync.model.change import Result
from journeysync.model.tracker import Needs
from journeysync.testing import NoWaiting
from journeysync.testing.contract_base import RECEIPT, add, link, mark, on, put, remove, seen
from journeysync_github.documents import mutation_document
from journeysync_github.refusals import GraphQLError

from .test_reading import connect, world
from .world import PROJECTS, GitHubWorld

__all__ = ["world"]  # a fixture


def test_a_hundred_tickets_cost_a_read_and_a_write(world: GitHubWorld) -> None:
    tickets = [world.create(f"Ticket {n}") for n in range(100)]
    connector = connect(world)
    changes = [on(connector, ticket, add("journey.pay-bill"), mark(RECEIPT)) for ticket in tickets]
    outcomes = list(connector.write(changes))
    assert {outcome.result for outcome in outcomes} == {Result.WRITTEN}
    looked_up_and_made = 2
    assert connector.traffic.requests == 2 + looked_up_and_made


def test_a_label_is_made_once_in_our_grey_and_with_its_words(world: GitHubWorld) -> None:
    tickets = [world.create(f"Ticket {n}") for n in range(3)]
    connector = connect(world)
    list(connector.prepare(Needs(labels=(("journey.pay-bill", "Customer journey: Pay"),))))
    list(connector.write([on(connector, ticket, add("journey.pay-bill")) for ticket in tickets]))
    made = world.state.repository(PROJECTS[0]).labels["journey.pay-bill"]
    assert (made.color, made.description) == ("6b7280", "Customer journey: Pay")
    assert [write.what for write in world.journal].count("repository-label+") == 1


def test_a_definition_that_a_person_made_is_left_as_it_is(world: GitHubWorld) -> None:
    world.create(labels=("journey.pay-bill",))
    ticket = world.create()
    before = world.state.repository(PROJECTS[0]).labels["journey.pay-bill"].color
    connector = connect(world)
    put(connector, ticket, add("journey.pay-bill"))
    assert world.labels(ticket) == ("journey.pay-bill",)
    assert world.state.repository(PROJECTS[0]).labels["journey.pay-bill"].color == before


def test_context_and_receipt_share_one_comment_that_is_edited_in_place_and_goes_with_them(world: GitHubWorld) -> None:
    ticket = world.create()
    world.add_link(ticket, "https://x.example", "A comment of a person")
    connector = connect(world)
    put(connector, ticket, link("Pay, priority 87"), mark(RECEIPT))
    first = [comment.node_id for comment in world.issue(ticket).comments]
    put(connector, ticket, link("Pay, priority 92"))
    assert [comment.node_id for comment in world.issue(ticket).comments] == first
    assert len(first) == 2
    put(connector, ticket, link(None))
    assert world.receipt(ticket) == RECEIPT
    put(connector, ticket, mark(None))
    assert [comment.body for comment in world.issue(ticket).comments] == ["[A comment of a person](https://x.example)"]


def test_a_receipt_claims_no_label_that_could_not_be_written(world: GitHubWorld) -> None:
    ticket = world.create()
    connector = connect(world)
    long = "journey." + "x" * 60
    receipt = {
        "v": 1,
        "links": ["a"],
        "score": None,
        "slots": {f"label:{long}": "00000000", "label:journey.a": "11111111"},
    }
    outcomes = put(connector, ticket, add(long), add("journey.a"), mark(receipt))
    assert outcomes[f"label:{long}"].result is Result.FAILED
    held: Any = world.receipt(ticket)
    assert held["slots"] == {"label:journey.a": "11111111"}


def test_our_comment_is_found_behind_a_long_thread(world: GitHubWorld) -> None:
    ticket = world.create()
    for n in range(230):
        world.state.comment(world.issue(ticket), f"Comment {n}")
    connector = connect(world)
    put(connector, ticket, mark(RECEIPT))
    put(connect(world), ticket, mark(RECEIPT | {"score": 12}))
    assert len(world.issue(ticket).comments) == 231
    assert seen(connect(world), ticket, "property").get("property") == RECEIPT | {"score": 12}


def test_a_comment_that_claims_to_be_ours_says_nothing(world: GitHubWorld) -> None:
    ticket = world.create(labels=("journey.pay-bill",))
    connector = connect(world)
    put(connector, ticket, mark(RECEIPT))
    body = world.issue(ticket).comments[0].body
    world.state.delete_comment(world.issue(ticket).comments[0].id)
    world.state.comment(world.issue(ticket), body, author="somebody")
    assert seen(connect(world), ticket, "property").get("property") is None
    assert [each.receipt for page in connect(world).pull(None) for each in page.tickets] == [None]


@pytest.mark.parametrize("fault", ["secondary-limit:count=1", "secondary-limit:count=1,status=429,retry-after=none"])
def test_a_secondary_limit_is_waited_out(world: GitHubWorld, fault: str) -> None:
    tickets = [world.create(f"Ticket {n}") for n in range(3)]
    connector = connect(world)
    world.fault(fault + ",after=3")
    outcomes = list(connector.write([on(connector, t, add("journey.a"), mark(RECEIPT)) for t in tickets]))
    assert {outcome.result for outcome in outcomes} == {Result.WRITTEN}
    assert [len(world.issue(ticket).comments) for ticket in tickets] == [1, 1, 1]


def test_a_limit_that_stops_part_of_a_document_sends_that_part_again(
    world: GitHubWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    tickets = [world.create(f"Ticket {n}", labels=("journey.a",)) for n in range(3)]
    connector = connect(world)
    real, refused = connector._client.graphql, []

    def partly(document: str, variables: Any, **more: Any) -> Any:
        if more.get("write") and not refused:
            refused.append(document)
            only_first = mutation_document([("addComment", variables["v0"])])
            data, _errors, answer = real(*only_first, **more)
            errors = tuple(GraphQLError((f"m{n}",), "RATE_LIMITED", "secondary rate limit") for n in (1, 2))
            return {**data, "m1": None, "m2": None}, errors, answer
        return real(document, variables, **more)

    monkeypatch.setattr(connector._client, "graphql", partly)
    outcomes = list(connector.write([on(connector, ticket, mark(RECEIPT)) for ticket in tickets]))
    assert refused
    assert {outcome.result for outcome in outcomes} == {Result.WRITTEN}
    assert [len(world.issue(ticket).comments) for ticket in tickets] == [1, 1, 1]
    assert connector._client.http.clock.monotonic() - NoWaiting().monotonic() >= 59


def test_one_alias_that_is_refused_fails_alone_and_in_words(
    world: GitHubWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    tickets = [world.create(f"Ticket {n}") for n in range(3)]
    connector = connect(world)
    real = connector._client.issues

    def then_one_vanishes(ids: Any, **more: Any) -> Any:
        found = list(real(ids, **more))
        world.delete(tickets[1])
        return iter(found)

    monkeypatch.setattr(connector._client, "issues", then_one_vanishes)
    outcomes = list(connector.write([on(connector, ticket, add("journey.a")) for ticket in tickets]))
    assert [outcome.result for outcome in outcomes] == [Result.WRITTEN, Result.FAILED, Result.WRITTEN]
    assert outcomes[1].cause
    assert outcomes[1].next_step


def test_without_comments_a_connection_holds_labels_only(world: GitHubWorld) -> None:
    ticket = world.create()
    connector = connect(world, options={"comments": False})
    assert not connector.capabilities.of("property").can
    outcomes = put(connector, ticket, add("journey.a"), remove("journey.b"), mark(RECEIPT))
    assert outcomes["label:journey.a"].result is Result.WRITTEN
    assert outcomes["property"].result is Result.FAILED
    assert world.issue(ticket).comments == []
