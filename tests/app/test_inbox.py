"""The inbox: one row a thing, closed when it is over, answered by a person; nothing in it ever blocks the rest."""

from datetime import timedelta
from typing import Any

import pytest

from journeysync.errors import ConfigError, PlanMoved


def rows(bench: Any, *, everything: bool = False) -> list[Any]:
    with bench.open() as workspace:
        return list(workspace.inbox(everything=everything).rows)


def one(bench: Any) -> Any:
    (row,) = rows(bench)
    return row


def answer(bench: Any, action: str, row: str, **how: Any) -> Any:
    with bench.open() as workspace:
        return workspace.inbox_action(action, row, **how)


def kinds(bench: Any) -> list[str]:
    with bench.open() as workspace:
        return [decision.kind for decision in workspace.store.decisions()]


def with_drift(bench: Any, value: object = 12) -> str:
    """Return a ticket whose score a person changed."""
    ticket = str(bench.tracker.create("Tell me why"))
    bench.sync()
    bench.clock.pass_time(minutes=1)
    bench.tracker.set_field(ticket, "score", value)
    bench.sync()
    return ticket


# --- failures ---


def test_a_poison_ticket_is_left_out_until_its_next_try_which_comes_later_each_time(bench: Any) -> None:
    bad = bench.tracker.create("Why bad")
    bench.tracker.refuse(bad)
    waits = []
    for _ in range(4):
        bench.sync()
        failed = [row for row in rows(bench) if row.slot == "field:score"]
        waits.append((failed[0].next_try - failed[0].last_seen).total_seconds() / 60)
        bench.tracker.journal.clear()
        again = bench.sync()
        assert again.applied.summary.failed == 0
        assert again.applied.plan.summary.blocked == 1
        bench.clock.pass_time(minutes=waits[-1] + 1)

    assert waits == [15, 30, 60, 120]


def test_a_poison_ticket_never_stops_the_others_and_its_row_closes_when_it_is_written(bench: Any) -> None:
    bad, good = bench.tracker.create("Why bad"), bench.tracker.create("Why good")
    bench.tracker.refuse(bad)
    bench.sync()
    assert "journey.pay-bill" in bench.tracker.labels(good)
    assert {row.key for row in rows(bench)} == {"BILL-1"}

    bench.tracker.failures.heal()
    bench.sync()
    assert "journey.pay-bill" not in bench.tracker.labels(bad)
    bench.clock.pass_time(minutes=16)
    bench.sync()

    assert "journey.pay-bill" in bench.tracker.labels(bad)
    assert rows(bench) == []
    assert bench.sync().applied.plan.tickets == ()


def test_retry_lets_the_next_apply_try_at_once(bench: Any) -> None:
    bad = bench.tracker.create("Why bad")
    bench.tracker.refuse(bad)
    bench.sync()
    bench.tracker.failures.heal()

    answer(bench, "retry", rows(bench)[0].id)
    bench.sync()

    assert "journey.pay-bill" in bench.tracker.labels(bad)
    assert rows(bench) == []


def test_a_failure_of_what_is_no_longer_wanted_is_over(bench: Any) -> None:
    bad = bench.tracker.create("Why bad")
    bench.tracker.refuse(bad)
    bench.sync()
    bench.write("mappings/rules.yaml", "rules: []\n")

    bench.clock.pass_time(minutes=16)
    bench.sync()

    assert rows(bench) == []


def test_a_row_names_ticket_cause_next_step_and_owner(bench: Any) -> None:
    bench.replace("journeys/pay-bill.yaml", 'ask: "#billing"', 'ask: "#billing"\nowner: Journey owner billing')
    bench.tracker.create("Why bad")
    bench.tracker.failures.reject("10001", "Field 'score' is not on the screen.", slot="field:score")
    bench.sync()

    row = one(bench)

    assert (row.kind, row.key, row.title, row.slot) == ("failed", "BILL-1", "Why bad", "field:score")
    assert row.cause == "Field 'score' is not on the screen."
    assert row.next_step
    assert row.owner == "Journey owner billing"
    assert row.answers == ("retry",)
    assert row.first_seen <= row.last_seen < row.next_try


# --- drift ---


def test_drift_is_one_row_that_counts_once_and_closes_when_the_person_puts_it_back(bench: Any) -> None:
    ticket = with_drift(bench)
    bench.sync()
    bench.sync()
    row = one(bench)
    assert (row.kind, row.slot, row.count) == ("drift", "field:score", 1)
    assert "shows 12" in row.cause

    bench.tracker.set_field(ticket, "score", 87)
    bench.sync()

    assert rows(bench) == []


@pytest.mark.parametrize("value", [12, None])
def test_take_theirs_leaves_the_value_to_the_person_for_good(bench: Any, value: object) -> None:
    ticket = with_drift(bench, value)

    said = answer(bench, "take-theirs", one(bench).id, why="Ours is better")
    bench.sync()

    assert bench.tracker.field(ticket, "score") == value
    assert said.decisions[0].why == "Ours is better"
    assert kinds(bench) == ["take-theirs"]
    assert rows(bench) == []
    bench.replace("journeys/opportunities.yaml", "customer_value: 9.3", "customer_value: 1.0")
    bench.sync()
    assert bench.tracker.field(ticket, "score") == value
    assert "field:score" not in bench.tracker.receipt(ticket)["slots"]
    bench.write("mappings/rules.yaml", "rules: []\n")
    bench.sync()
    assert bench.tracker.field(ticket, "score") == value


@pytest.mark.parametrize("value", [12, None])
def test_take_ours_writes_ours_again_once_and_the_plan_says_so(bench: Any, value: object) -> None:
    ticket = with_drift(bench, value)
    bench.clock.pass_time(minutes=1)

    answer(bench, "take-ours", one(bench).id)
    result = bench.sync()

    assert bench.tracker.field(ticket, "score") == 87
    causes = [c.cause for planned in result.applied.plan.tickets for c in planned.changes if c.slot == "field:score"]
    assert causes[0].endswith("written over: a person wants ours back")
    assert rows(bench) == []
    assert bench.sync().applied.plan.tickets == ()

    bench.clock.pass_time(minutes=1)
    bench.tracker.set_field(ticket, "score", 13)
    bench.sync()
    assert bench.tracker.field(ticket, "score") == 13


def test_the_newer_of_take_theirs_and_take_ours_counts(bench: Any) -> None:
    ticket = with_drift(bench)
    row = one(bench).id
    answer(bench, "take-ours", row)
    bench.clock.pass_time(minutes=1)
    answer(bench, "take-theirs", row)

    bench.sync()

    assert bench.tracker.field(ticket, "score") == 12


# --- refused, and a label gone at once ---


def take_off(bench: Any, tickets: list[str]) -> None:
    bench.clock.pass_time(minutes=1)
    for ticket in tickets:
        bench.tracker.remove_label(ticket, "journey.pay-bill")
    bench.sync()
    bench.clock.pass_time(minutes=1)


def test_a_refusal_can_be_agreed_with(bench: Any) -> None:
    ticket = bench.tracker.create("Tell me why")
    bench.sync()
    take_off(bench, [ticket])

    answer(bench, "take-theirs", one(bench).id)
    bench.sync()

    assert rows(bench) == []
    assert kinds(bench) == ["refuse"]
    assert "journey.pay-bill" not in bench.tracker.labels(ticket)


def test_a_refusal_can_be_taken_back(bench: Any) -> None:
    ticket = bench.tracker.create("Tell me why")
    bench.sync()
    take_off(bench, [ticket])

    answer(bench, "take-ours", one(bench).id)
    bench.sync()

    assert "journey.pay-bill" in bench.tracker.labels(ticket)
    assert rows(bench) == []
    assert bench.sync().applied.plan.tickets == ()
    take_off(bench, [ticket])
    assert kinds(bench) == ["refuse", "take-ours", "refuse"]


@pytest.mark.parametrize(("action", "labelled"), [("take-theirs", False), ("take-ours", True)])
def test_a_label_gone_at_once_is_answered_once_for_all_tickets(bench: Any, action: str, labelled: bool) -> None:
    tickets = [bench.tracker.create(f"Why {number}") for number in range(8)]
    bench.sync()
    take_off(bench, tickets[:7])
    row = one(bench)
    assert (row.kind, row.count, row.answers) == ("label-gone", 7, ("take-theirs", "take-ours"))

    assert answer(bench, action, row.id).tickets == 7
    bench.sync()
    bench.sync()

    assert ["journey.pay-bill" in bench.tracker.labels(ticket) for ticket in tickets] == [labelled] * 7 + [True]
    assert rows(bench) == []
    assert bench.plan().tickets == ()


# --- labels of unknown origin, words ---


def labelled_before(bench: Any, label: str = "journey.opp-3") -> list[str]:
    tickets = [str(bench.tracker.create(f"Nothing {number}", labels=(label,))) for number in range(2)]
    bench.sync()
    return tickets


def test_a_label_of_unknown_origin_is_one_row_with_its_count(bench: Any) -> None:
    labelled_before(bench)

    row = one(bench)

    assert (row.kind, row.slot, row.count, row.answers) == (
        "unknown-origin",
        "label:journey.opp-3",
        2,
        ("adopt", "accept"),
    )


@pytest.mark.parametrize("by_row", [True, False])
def test_accept_makes_links_by_hand_of_it_and_the_label_stays(bench: Any, by_row: bool) -> None:
    tickets = labelled_before(bench)

    said = answer(bench, "accept", one(bench).id if by_row else "Journey.OPP-3", by="Product owner billing")
    bench.sync()

    assert said.tickets == 2
    assert [bench.tracker.field(ticket, "score") for ticket in tickets] == [87, 87]
    assert rows(bench) == []
    assert kinds(bench) == ["accept", "accept"]
    with bench.open() as workspace:
        (link,) = workspace.explain(tickets[0]).links.links
        assert link.cause == "accepted by Product owner billing: label journey.opp-3"
        workspace.unlink(tickets[0], "OPP-3")
    bench.sync()
    assert bench.tracker.labels(tickets[0]) == ("journey.opp-3",)


def test_adopt_makes_it_ours_so_that_it_is_taken_out_where_nothing_wants_it(bench: Any) -> None:
    tickets = labelled_before(bench)
    wanted = bench.tracker.create("Tell me why", labels=("journey.opp-3",), created_at=None)
    bench.sync()

    answer(bench, "adopt", "journey.opp-3")
    bench.sync()

    assert [bench.tracker.labels(ticket) for ticket in tickets] == [(), ()]
    assert bench.tracker.labels(wanted) == ("journey.opp-3", "journey.pay-bill")
    assert "label:journey.opp-3" in bench.tracker.receipt(wanted)["slots"]
    assert rows(bench) == []
    assert kinds(bench) == ["adopt"]
    assert bench.sync().applied.plan.tickets == ()


def test_a_label_that_nobody_carries_cannot_be_adopted(bench: Any) -> None:
    labelled_before(bench)

    with pytest.raises(ConfigError) as stopped:
        answer(bench, "adopt", "journey.op-3")

    assert "did you mean journey.opp-3?" in stopped.value.next_step


def test_a_word_that_no_vocabulary_maps_is_one_row_until_it_is_mapped(bench: Any) -> None:
    bench.tracker.create("Nothing", kind_word="Spike")
    bench.tracker.create("Nothing else", kind_word="Spike")
    bench.sync()
    row = one(bench)
    assert (row.kind, row.count) == ("unknown-word", 2)
    assert "Spike" in row.cause

    bench.write(
        "mappings/vocabulary.yaml",
        "teams: {billing: {name: Billing, where: {connection: billing}, kinds: {task: [Spike]}}}\n",
    )
    bench.sync()

    assert rows(bench) == []


# --- stale plans, ids, ignoring ---


def test_a_plan_file_that_no_longer_holds_is_a_row_until_something_is_applied(bench: Any) -> None:
    bench.tracker.create("Tell me why")
    bench.pull()
    with bench.open() as workspace:
        workspace.links()
        with pytest.raises(PlanMoved):
            workspace.apply(printed={("billing", "10001", "label:x", "a", "b")}, allow=("first-run",))
    assert one(bench).kind == "stale-plan"

    bench.sync()

    assert rows(bench) == []


def test_an_id_is_short_stable_and_may_be_cut(bench: Any) -> None:
    with_drift(bench)
    row = one(bench).id

    bench.sync()

    assert one(bench).id == row
    assert len(row) == 6
    answer(bench, "take-theirs", row[:4].upper())
    assert rows(bench) == []


def test_an_ignored_row_is_hidden_until_its_day_and_written_down(bench: Any) -> None:
    ticket = with_drift(bench)
    row = one(bench).id
    with bench.open() as workspace:
        workspace.inbox_action("ignore", row, until=workspace.now() + timedelta(days=3), by="Owner")
        hidden = workspace.inbox()
        assert (hidden.rows, hidden.ignored) == ((), 1)
        assert workspace.explain(ticket).decisions[-1].target == f"inbox:{row}"
    assert [shown.id for shown in rows(bench, everything=True)] == [row]

    bench.sync()
    assert rows(bench) == []
    assert bench.tracker.labels(ticket) == ("journey.opp-3", "journey.pay-bill")
    bench.clock.pass_time(days=4)
    assert one(bench).id == row


def test_a_failed_ticket_that_is_ignored_is_not_tried_until_then(bench: Any) -> None:
    bad = bench.tracker.create("Why bad")
    bench.tracker.failures.reject(bad, "no", slot="field:score")
    bench.sync()
    with bench.open() as workspace:
        workspace.inbox_action("ignore", workspace.inbox().rows[0].id, until=workspace.now() + timedelta(days=3))
    bench.tracker.failures.heal()

    bench.clock.pass_time(days=2)
    bench.sync()
    assert bench.tracker.field(bad, "score") is None
    bench.clock.pass_time(days=2)
    bench.sync()
    assert bench.tracker.field(bad, "score") == 87


@pytest.mark.parametrize(
    ("action", "row", "how", "says"),
    [
        ("retry", "zzzzzz", {}, "no row of the inbox is called 'zzzzzz'"),
        ("retry", "", {}, "a row of kind 'drift' cannot be answered with retry"),
        ("ignore", "", {}, "ignoring needs an end"),
        ("bless", "", {}, "there is no answer 'bless'"),
    ],
)
def test_a_wrong_answer_says_what_is_right(bench: Any, action: str, row: str, how: dict[str, Any], says: str) -> None:
    with_drift(bench)

    with pytest.raises(ConfigError) as stopped:
        answer(bench, action, row or one(bench).id, **how)

    assert says in stopped.value.what
    assert stopped.value.next_step
