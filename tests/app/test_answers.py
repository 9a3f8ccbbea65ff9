"""People answer in their tool: a label taken off is a "no", a label typed is a "yes", journey.ignore is "leave me"."""

from typing import Any

import pytest

from journeysync.app.rebuilding import rebuild_ledger
from journeysync.model.decision import Decision

ALL = ("journey.opp-3", "journey.pay-bill")


def decisions(bench: Any) -> tuple[Decision, ...]:
    with bench.open() as workspace:
        return workspace.store.decisions()


def rows(bench: Any, kind: str = "") -> list[Any]:
    with bench.open() as workspace:
        return [row for row in workspace.store.inbox() if not kind or row.kind == kind]


def ours(bench: Any, ticket: str) -> tuple[str, ...]:
    return tuple(label for label in bench.tracker.labels(ticket) if label.startswith("journey."))


def take_off(bench: Any, ticket: str, label: str = "journey.pay-bill") -> None:
    """Take a label off a minute later, as a person does."""
    bench.clock.pass_time(minutes=1)
    bench.tracker.remove_label(ticket, label)


def explained(bench: Any, ticket: str) -> Any:
    with bench.open() as workspace:
        workspace.links()
        return workspace.explain(ticket)


def lose_store(bench: Any) -> None:
    """Lose the store, and get the ledger back from the receipts."""
    (bench.folder / ".journeysync" / "state.db").unlink()
    with bench.open() as workspace:
        rebuild_ledger(workspace)


def test_a_label_of_ours_that_a_person_takes_off_is_their_no(bench: Any) -> None:
    ticket = bench.tracker.create("Tell me why")
    bench.sync()
    take_off(bench, ticket)

    bench.sync()

    (no,) = decisions(bench)
    assert (no.kind, no.target, no.by) == ("refuse", "label:journey.pay-bill", "a person in billing")
    assert no.ticket is not None
    assert no.ticket.id == ticket
    assert ours(bench, ticket) == ("journey.opp-3",)
    assert [str(link.target) for link in explained(bench, ticket).links.links] == ["OPP-3"]
    assert bench.tracker.receipt(ticket)["slots"].keys() == {"field:score", "label:journey.opp-3", "link"}


def test_a_no_is_heard_once_and_the_second_plan_is_empty_without_drift(bench: Any) -> None:
    ticket = bench.tracker.create("Tell me why")
    bench.sync()
    take_off(bench, ticket)
    bench.sync()
    bench.tracker.journal.clear()

    second = bench.sync()

    assert second.applied.plan.tickets == ()
    assert [note for note in second.applied.plan.notes if note.kind == "drift"] == []
    assert bench.tracker.journal == []
    assert len(decisions(bench)) == 1
    assert [row.kind for row in rows(bench)] == ["refused"]


def test_a_no_to_the_only_opportunity_takes_its_score_out(bench: Any) -> None:
    ticket = bench.tracker.create("Tell me why")
    bench.sync()
    take_off(bench, ticket, "journey.opp-3")

    bench.sync()

    assert ours(bench, ticket) == ("journey.pay-bill",)
    assert bench.tracker.field(ticket, "score") is None
    assert bench.tracker.links(ticket)[0]["title"] == "Pay > See why it changed"


def test_a_no_is_about_its_ticket_only_and_the_child_still_inherits_nothing_of_it(bench: Any) -> None:
    epic = bench.tracker.create("Why bills rise", kind="epic", level=1)
    child = bench.tracker.create("Draw the button", parent=epic)
    bench.sync()
    take_off(bench, child)

    bench.sync()

    assert ours(bench, child) == ("journey.opp-3",)
    assert ours(bench, epic) == ALL


def test_a_label_typed_again_takes_the_no_back_and_is_the_persons(bench: Any) -> None:
    ticket = bench.tracker.create("Tell me why")
    bench.sync()
    take_off(bench, ticket)
    bench.sync()
    bench.clock.pass_time(minutes=1)
    bench.tracker.type_label(ticket, "journey.pay-bill")

    bench.sync()

    assert {str(link.target) for link in explained(bench, ticket).links.links} == {
        "OPP-3",
        "pay-bill",
        "pay-bill.see-why",
    }
    assert rows(bench, "refused") == []
    bench.write("mappings/rules.yaml", "rules: []\n")
    bench.sync()
    assert ours(bench, ticket) == ("journey.pay-bill",)


def test_a_label_typed_before_its_receipt_was_put_right_is_the_persons(bench: Any) -> None:
    ticket = bench.tracker.create("Tell me why")
    bench.sync()
    take_off(bench, ticket)
    bench.pull()
    bench.clock.pass_time(minutes=1)
    bench.tracker.type_label(ticket, "journey.pay-bill")
    bench.sync()

    bench.write("mappings/rules.yaml", "rules: []\n")
    bench.sync()

    assert ours(bench, ticket) == ("journey.pay-bill",)


def test_a_link_by_hand_takes_the_no_back_and_the_label_is_ours_again(bench: Any) -> None:
    ticket = bench.tracker.create("Tell me why")
    bench.sync()
    take_off(bench, ticket)
    bench.sync()
    bench.clock.pass_time(minutes=1)
    with bench.open() as workspace:
        workspace.link(ticket, "pay-bill.see-why", why="It does")

    bench.sync()

    assert ours(bench, ticket) == ALL
    assert bench.sync().applied.plan.tickets == ()
    assert rows(bench) == []


def test_a_list_that_lags_is_nobodys_no(bench: Any) -> None:
    ticket = bench.tracker.create("Tell me why")
    bench.pull()
    with bench.tracker.unseen_by_lists():
        bench.sync()

        bench.sync()
        bench.pull(full=True)

    assert decisions(bench) == ()
    assert ours(bench, ticket) == ALL
    bench.tracker.lists_catch_up()
    assert bench.sync().applied.plan.tickets == ()


def test_a_read_that_breaks_is_nobodys_no(bench: Any) -> None:
    tickets = [bench.tracker.create(f"Why {number}") for number in range(120)]
    bench.sync()
    for ticket in tickets[:2]:
        take_off(bench, ticket)
    bench.tracker.failures.unavailable(after=1)

    bench.pull()

    assert decisions(bench) == ()
    bench.tracker.failures.heal()
    bench.sync()
    assert len(decisions(bench)) == 2


def test_a_ticket_that_could_not_be_read_itself_says_no_only_when_it_can(bench: Any) -> None:
    ticket = bench.tracker.create("Tell me why")
    bench.sync()
    take_off(bench, ticket)
    bench.tracker.failures.unavailable(after=1)  # the list answers, the ticket itself does not

    assert bench.pull().connections[0].trouble is None
    assert decisions(bench) == ()

    bench.tracker.failures.heal()
    bench.pull()
    assert len(decisions(bench)) == 1


def test_a_ticket_not_touched_since_our_write_says_nothing(bench: Any) -> None:
    ticket = bench.tracker.create("Tell me why")
    bench.sync()
    before = bench.tracker._shown(ticket).updated_at
    bench.tracker.edit(ticket, labels=())
    shown = bench.tracker._newest(ticket)
    bench.tracker._versions[ticket][-1] = type(shown)(
        at=shown.at,
        ticket=shown.ticket.model_copy(update={"updated_at": before}),
        links=shown.links,
        receipts=shown.receipts,
    )

    bench.pull(full=True)
    with bench.open() as workspace:
        workspace.store.set_drift([(row.ticket, row.slot) for rows in workspace.store.iter_ledger() for row in rows])
    bench.pull()

    assert decisions(bench) == ()


@pytest.mark.parametrize(("gone_from", "heard"), [(5, 5), (6, 0)])
def test_a_label_gone_from_more_than_five_tickets_is_one_row_and_refuses_nothing(
    bench: Any, gone_from: int, heard: int
) -> None:
    tickets = [bench.tracker.create(f"Why {number}") for number in range(10)]
    bench.sync()
    for ticket in tickets[:gone_from]:
        take_off(bench, ticket)

    bench.sync()
    bench.sync()

    assert len(decisions(bench)) == heard
    gone = rows(bench, "label-gone")
    assert [(row.slot, row.count) for row in gone] == ([] if heard else [("label:journey.pay-bill", 6)])
    assert rows(bench, "drift") == []
    assert all("journey.pay-bill" not in bench.tracker.labels(ticket) for ticket in tickets[:gone_from])


def test_a_label_that_is_put_back_everywhere_closes_its_row(bench: Any) -> None:
    tickets = [bench.tracker.create(f"Why {number}") for number in range(6)]
    bench.sync()
    for ticket in tickets:
        take_off(bench, ticket)
    bench.sync()
    for ticket in tickets[:4]:
        bench.tracker.type_label(ticket, "journey.pay-bill")
    bench.sync()
    assert decisions(bench) == ()
    assert [row.count for row in rows(bench, "label-gone")] == [2]

    for ticket in tickets[4:]:
        bench.tracker.type_label(ticket, "journey.pay-bill")
    bench.sync()

    assert rows(bench) == []
    assert bench.plan().tickets == ()


def test_where_labels_are_defined_one_that_no_ticket_shows_any_more_is_nobodys_no(bench: Any) -> None:
    capabilities = bench.tracker.capabilities.model_copy(update={"label_definitions": True})
    bench.tracker.capabilities = capabilities
    first, second = (bench.tracker.create(f"Why {number}") for number in range(2))
    bench.sync()
    take_off(bench, first)
    bench.sync()
    assert len(decisions(bench)) == 1

    take_off(bench, second)
    bench.sync()

    assert len(decisions(bench)) == 1
    assert [row.slot for row in rows(bench, "label-gone")] == ["label:journey.pay-bill"]


def test_a_ticket_that_a_person_wants_left_alone_is_cleaned_of_what_is_ours(bench: Any) -> None:
    ticket = bench.tracker.create("Tell me why", labels=("theirs",))
    bench.tracker.set_field(ticket, "why", "their words")
    bench.sync()
    bench.tracker.type_label(ticket, "Journey.Ignore")

    bench.sync()

    assert bench.tracker.labels(ticket) == ("Journey.Ignore", "theirs")
    assert bench.tracker.field(ticket, "score") is None
    assert bench.tracker.field(ticket, "why") == "their words"
    assert bench.tracker.links(ticket) == ()
    assert bench.tracker.receipt(ticket) is None
    assert bench.sync().applied.plan.tickets == ()
    assert decisions(bench) == ()

    bench.tracker.remove_label(ticket, "Journey.Ignore")
    bench.sync()
    assert ours(bench, ticket) == ALL


def test_the_label_of_a_band_says_no_to_nothing(bench: Any) -> None:
    bench.write("mappings/placement.yaml", "connections: {billing: {score: [label]}}\n")
    ticket = bench.tracker.create("Tell me why")
    bench.sync()
    take_off(bench, ticket, "journey.band-5")

    result = bench.sync()

    assert decisions(bench) == ()
    assert [note.slot for note in result.applied.plan.notes if note.kind == "drift"] == ["label:journey.band-5"]


def test_a_label_that_placement_enforces_is_written_again_and_is_no_answer(bench: Any) -> None:
    bench.write("mappings/placement.yaml", "defaults: {policy: {label: enforce}}\n")
    ticket = bench.tracker.create("Tell me why")
    bench.sync()
    take_off(bench, ticket)

    result = bench.sync()

    assert decisions(bench) == ()
    assert "journey.pay-bill" in bench.tracker.labels(ticket)
    (change,) = [c for planned in result.applied.plan.tickets for c in planned.changes]
    assert change.cause.endswith("taken off by a person, written over: policy 'enforce' for labels")
    assert bench.sync().applied.plan.tickets == ()


def test_a_no_survives_a_lost_store(bench: Any) -> None:
    ticket = bench.tracker.create("Tell me why")
    bench.sync()
    take_off(bench, ticket)
    bench.sync()
    lose_store(bench)

    bench.sync()

    assert len(decisions(bench)) == 1
    assert "journey.pay-bill" not in bench.tracker.labels(ticket)


def test_our_own_write_after_a_lost_store_makes_no_answer_of_a_label_that_was_missing(bench: Any) -> None:
    ticket = bench.tracker.create("Tell me why")
    bench.sync()
    take_off(bench, ticket, "journey.opp-3")
    lose_store(bench)
    bench.clock.pass_time(minutes=1)
    bench.replace("journeys/opportunities.yaml", "customer_value: 9.3", "customer_value: 2.0")

    assert bench.sync().applied.summary.written

    assert bench.sync().applied.plan.tickets == ()
    assert decisions(bench) == ()
    assert ours(bench, ticket) == ("journey.pay-bill",)
    assert [(row.kind, row.slot) for row in rows(bench)] == [("drift", "label:journey.opp-3")]


def test_a_label_taken_off_after_a_lost_store_is_still_a_no(bench: Any) -> None:
    ticket = bench.tracker.create("Tell me why")
    bench.sync()
    lose_store(bench)
    take_off(bench, ticket)

    bench.sync()

    (no,) = decisions(bench)
    assert (no.kind, no.target) == ("refuse", "label:journey.pay-bill")


def test_a_read_does_not_fail_because_the_decisions_cannot_be_written_down(bench: Any) -> None:
    ticket = bench.tracker.create("Tell me why")
    bench.sync()
    take_off(bench, ticket)
    with bench.open() as workspace:
        (bench.folder / "decisions.jsonl").mkdir()
        workspace.pull()
        assert len(workspace.store.decisions()) == 1
        assert {row.kind for row in workspace.store.inbox()} == {"refused", "not-saved"}
