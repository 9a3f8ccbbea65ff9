"""Writing beyond the contract: few requests, labels made once, one attachment, refusals that concern one ticket."""

from collections.abc import Iterator
from typing import Any

import pytest

from journeysync.errors import RateLimited
from journeysync.model.change import Result
from journeysync.model.tracker import Needs
from journeysync.testing.contract_base import RECEIPT, add, link, mark, on, put, remove, seen, urge

from .conftest import WORKSPACE
from .memory import connect
from .world import LinearWorld


@pytest.fixture
def world() -> Iterator[LinearWorld]:
    world = LinearWorld()
    yield world
    world.server.stop()


@pytest.fixture
def connector(world: LinearWorld) -> Iterator[Any]:
    connector = connect(world.server)
    yield connector
    connector.close()


def ours(world: LinearWorld, ticket: str) -> list[Any]:
    return [each for each in world.issue(ticket).attachments if each.metadata.get("journeysync") == WORKSPACE]


def test_a_thousand_tickets_take_fewer_than_24_requests_and_a_second_push_writes_nothing(
    world: LinearWorld, connector: Any
) -> None:
    tickets = [world.create(f"Ticket {n}") for n in range(1_000)]
    changes = [
        on(
            connector,
            ticket,
            add("journey.pay-bill"),
            add(f"journey.opp-{n % 12}"),
            link(f"Pay, priority {n % 97}", url=f"https://j.example/{n}"),
            mark(RECEIPT | {"score": n % 97}),
        )
        for n, ticket in enumerate(tickets)
    ]
    outcomes = list(connector.write(changes))
    assert {outcome.result for outcome in outcomes} == {Result.WRITTEN}
    assert world.requests() <= 24
    assert world.labels(tickets[13]) == ("journey.opp-1", "journey.pay-bill")
    assert world.receipt(tickets[13]) == RECEIPT | {"score": 13}
    assert {write.path for write in world.journal if write.what == "label+"} == {"issueBatchUpdate"}
    before, journal = connector.traffic.writes, len(world.journal)
    assert {outcome.result for outcome in connector.write(changes)} == {Result.UNCHANGED}
    assert connector.traffic.writes == before
    assert len(world.journal) == journal


def test_a_label_is_made_once_ungrouped_grey_and_described_for_all_teams(world: LinearWorld, connector: Any) -> None:
    tickets = [world.create(project=team) for team in ("ENI", "GRD", "ENI")]
    list(connector.prepare(Needs(labels=(("journey.pay-bill", "Customer journey: Pay"),))))
    list(connector.write([on(connector, ticket, add("journey.pay-bill")) for ticket in tickets]))
    [made] = [label for label in world.state.labels.values() if label.name == "journey.pay-bill"]
    assert (made.color, made.description, made.team, made.parent) == ("#6b7280", "Customer journey: Pay", None, None)


def test_a_label_of_the_team_is_used_and_other_teams_get_one_of_their_own(world: LinearWorld, connector: Any) -> None:
    state = world.state
    own = state.add_label("Journey.Pay-Bill", team=state.team("ENI"), color="#ff0000")
    here, there = world.create(project="ENI"), world.create(project="GRD")
    outcomes = list(connector.write([on(connector, ticket, add("journey.pay-bill")) for ticket in (here, there)]))
    assert {outcome.result for outcome in outcomes} == {Result.WRITTEN}
    assert (world.issue(here).labels, own.color) == ([own], "#ff0000")
    assert [label.team for label in world.issue(there).labels] == [state.team("GRD")]


def test_a_group_of_labels_fails_for_good_and_says_how_to_mend_it(world: LinearWorld, connector: Any) -> None:
    state = world.state
    group = state.add_label("journeys", is_group=True)
    for name in ("journey.a", "journey.b"):
        state.add_label(name, parent=group)
    both, one = world.create(), world.create()
    changes = [
        on(connector, both, add("journey.a"), add("journey.b"), mark(RECEIPT)),
        on(connector, one, add("journey.a")),
    ]
    outcomes = {(outcome.ticket.id, outcome.slot): outcome for outcome in connector.write(changes)}
    failed = outcomes[both, "label:journey.a"]
    assert (failed.result, failed.retry) == (Result.FAILED, False)
    assert "group journeys" in failed.next_step
    assert outcomes[one, "label:journey.a"].result is Result.WRITTEN
    warned = [finding for finding in connector.check() if finding.topic == "labels"]
    assert len(warned) == 2
    named = put(connector, one, add("journeys"))["label:journeys"]
    assert (named.result, "group" in named.cause) == (Result.FAILED, True)


def test_one_ticket_that_refuses_does_not_spoil_those_that_share_its_change(
    world: LinearWorld, connector: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    tickets = [world.create(f"Ticket {n}") for n in range(5)]
    real = connector._reader.issues

    def then_one_vanishes(ids: Any) -> Any:
        found = real(ids)
        world.delete(tickets[2])
        return found

    monkeypatch.setattr(connector._reader, "issues", then_one_vanishes)
    outcomes = list(connector.write([on(connector, ticket, add("journey.a")) for ticket in tickets]))
    results = [outcome.result for outcome in outcomes]
    assert results == [Result.WRITTEN, Result.WRITTEN, Result.FAILED, Result.WRITTEN, Result.WRITTEN]
    assert "Entity not found" in outcomes[2].cause


def test_a_receipt_claims_no_label_that_could_not_be_written(world: LinearWorld, connector: Any) -> None:
    state = world.state
    group = state.add_label("journeys", is_group=True)
    state.add_label("journey.b", parent=group)
    ticket = world.create()
    world.state.relabel(ticket, [state.add_label("other", parent=group)], ())
    receipt = RECEIPT | {"slots": {"label:journey.b": "00000000", "label:journey.c": "11111111"}}
    outcomes = put(connector, ticket, add("journey.b"), mark(receipt))
    assert outcomes["label:journey.b"].result is Result.FAILED
    held: Any = world.receipt(ticket)
    assert held["slots"] == {"label:journey.c": "11111111"}


def test_link_and_receipt_share_one_attachment(world: LinearWorld, connector: Any) -> None:
    ticket = world.create()
    world.add_link(ticket, "https://wiki.example", "A page of others")
    put(connector, ticket, link("Pay, priority 87"), mark(RECEIPT))
    [first] = ours(world, ticket)
    assert (first.title, first.subtitle) == ("Pay, priority 87", "By journeysync")
    assert first.metadata["score"] == 87
    assert all(isinstance(each, str | int | float) for each in first.metadata.values())
    put(connector, ticket, link("Pay, priority 92"))
    assert [each.id for each in ours(world, ticket)] == [first.id]
    put(connector, ticket, link("Pay, priority 92", url="https://j.example/elsewhere"))
    assert [each.url for each in ours(world, ticket)] == ["https://j.example/elsewhere"]
    assert world.receipt(ticket) == RECEIPT
    put(connector, ticket, link(None))
    assert (world.links(ticket)[0]["title"], world.receipt(ticket)) == ("A page of others", RECEIPT)
    put(connector, ticket, mark(None))
    assert ours(world, ticket) == []


def test_a_receipt_without_a_link_leads_to_the_issue_itself_also_after_it_moved(
    world: LinearWorld, connector: Any
) -> None:
    ticket = world.create("Here")
    put(connector, ticket, mark(RECEIPT))
    [attachment] = ours(world, ticket)
    assert "/issue/ENI-1/here#journeysync-k3f9" in attachment.url
    assert seen(connector, ticket, "link").get("link") is None
    world.move(ticket, "GRD")
    put(connector, ticket, mark(RECEIPT | {"score": 12}))
    assert [each.id for each in ours(world, ticket)] == [attachment.id]
    assert seen(connector, ticket, "property").get("property") == RECEIPT | {"score": 12}


def test_two_attachments_of_ours_become_one(world: LinearWorld, connector: Any) -> None:
    ticket = world.create()
    put(connector, ticket, link("Pay", url="https://j.example/1"), mark(RECEIPT))
    copied = dict(ours(world, ticket)[0].metadata)
    world.time.step()
    world.state.attach(ticket, "https://j.example/copy", "Pay", metadata=copied)
    put(connector, ticket, link("Pay, priority 9", url="https://j.example/2"))
    assert [each.url for each in ours(world, ticket)] == ["https://j.example/2"]


def test_what_a_person_made_of_our_attachment_is_seen(world: LinearWorld, connector: Any) -> None:
    ticket = world.create()
    put(connector, ticket, link("Pay"), mark(RECEIPT))
    world.state.edit_attachment(ours(world, ticket)[0], title="Bills")
    assert seen(connector, ticket, "link").get("link")["title"] == "Bills"


def test_a_long_limit_is_left_to_the_caller_and_then_all_is_written(world: LinearWorld, connector: Any) -> None:
    ticket = world.create()
    world.fault("primary-limit:seconds=4000,count=1,after=2")
    with pytest.raises(RateLimited) as raised:
        put(connector, ticket, add("journey.a"), mark(RECEIPT))
    assert 3_900 <= raised.value.retry_after_seconds <= 4_001
    world.server.site.rates._buckets.clear()
    world.heal()
    outcomes = put(connector, ticket, add("journey.a"), mark(RECEIPT))
    assert {outcome.result for outcome in outcomes.values()} == {Result.WRITTEN}


def test_a_team_that_is_closed_to_us_costs_two_requests_and_not_one_a_ticket(
    world: LinearWorld, connector: Any
) -> None:
    open_, closed = [[world.create(project=team) for _ in range(20)] for team in ("ENI", "GRD")]
    world.state.make_read_only("GRD")
    changes = [on(connector, ticket, mark(RECEIPT)) for ticket in [*closed, *open_]]
    outcomes = list(connector.write(changes))
    assert [outcome.result for outcome in outcomes] == [Result.FAILED] * 20 + [Result.WRITTEN] * 20
    assert all("permission" in o.cause and "member" in o.next_step for o in outcomes[:20])
    assert connector.traffic.writes == 2


def urged(connector: Any, ticket: str, after: str | None, before: str | None = None) -> Any:
    return put(connector, ticket, urge(after, before))["priority"]


def test_a_band_becomes_a_number_and_zero_is_written_only_to_give_it_back(world: LinearWorld, connector: Any) -> None:
    ticket = world.create()
    for before, after, number in ((None, "Urgent", 1), ("Urgent", "Low", 4), ("Low", None, 0)):
        assert urged(connector, ticket, after, before).result is Result.WRITTEN
        assert world.issue(ticket).priority == number


def test_a_priority_that_linear_does_not_have_or_a_person_set_is_not_written(
    world: LinearWorld, connector: Any
) -> None:
    ticket = world.create()
    unknown = urged(connector, ticket, "Blocker")
    assert (unknown.result, unknown.retry, "Urgent, High" in unknown.next_step) == (Result.FAILED, False, True)
    world.state.edit(ticket, priority=4)
    receipt = RECEIPT | {"slots": {"label:journey.a": "00000000", "priority": "11111111"}}
    outcomes = put(connector, ticket, urge("Urgent"), add("journey.a"), mark(receipt))
    assert outcomes["priority"].result is Result.LATER
    assert world.issue(ticket).priority == 4
    held: Any = world.receipt(ticket)
    assert held["slots"] == {"label:journey.a": "00000000"}


def test_labels_and_priority_of_many_issues_share_one_input(world: LinearWorld, connector: Any) -> None:
    tickets = [world.create(f"Ticket {n}") for n in range(30)]
    list(connector.write([on(connector, ticket, add("journey.a"), urge("High")) for ticket in tickets]))
    assert {(world.issue(ticket).priority, world.labels(ticket)) for ticket in tickets} == {(2, ("journey.a",))}
    assert connector.traffic.writes == 2  # the label's definition, and one batch


def test_a_project_is_read_and_never_written(world: LinearWorld, connector: Any) -> None:
    project = world.state.add_project("Tips", ["ENI"])
    [outcome] = put(connector, project.id, add("journey.a")).values()
    assert outcome.result is Result.FAILED
    [blocked] = connector.capabilities.blocked
    assert (blocked.place, blocked.kinds) == ("*", ("Project", "Initiative"))


def test_taking_off_and_putting_on_is_one_step_and_never_the_whole_set(world: LinearWorld, connector: Any) -> None:
    ticket = world.create(labels=("journey.old", "Theirs"))
    put(connector, ticket, remove("journey.old"), add("journey.new"))
    assert world.labels(ticket) == ("Theirs", "journey.new")
    assert {write.name for write in world.journal if write.issue_id} == {"journey.old", "journey.new"}
