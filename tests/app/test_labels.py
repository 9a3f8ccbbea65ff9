"""A label in our namespace that says nothing to us is one inbox row, until it is put right."""

from typing import Any


def labels_in_inbox(bench: Any) -> dict[str, Any]:
    """Read, match, and return the inbox by slot."""
    bench.pull()
    with bench.open() as workspace:
        workspace.links()
        return {row.slot: row for row in workspace.store.inbox()}


def test_a_mistyped_label_is_told_with_what_was_probably_meant(bench: Any) -> None:
    bench.tracker.create("One", labels=("journey.pay-bil",))
    bench.tracker.create("Two", labels=("journey.pay-bil",))

    row = labels_in_inbox(bench)["label:journey.pay-bil"]

    assert row.kind == "unknown-label"
    assert "2 tickets carry it" in row.cause
    assert "did you mean journey.pay-bill?" in row.next_step


def test_a_label_of_unknown_origin_is_told_once_and_how_it_becomes_a_link(bench: Any) -> None:
    bench.tracker.create("One", labels=("journey.opp-3",))

    row = labels_in_inbox(bench)["label:journey.opp-3"]
    again = labels_in_inbox(bench)["label:journey.opp-3"]

    assert (row.kind, again.count) == ("unknown-origin", 1)
    assert "inbox accept journey.opp-3" in row.next_step


def test_a_label_that_was_put_right_leaves_the_inbox(bench: Any) -> None:
    ticket = bench.tracker.create("One", labels=("journey.pay-bil",))
    assert labels_in_inbox(bench)

    bench.tracker.remove_label(ticket, "journey.pay-bil")

    assert labels_in_inbox(bench) == {}


def test_a_label_that_more_tickets_carry_is_told_again(bench: Any) -> None:
    bench.tracker.create("One", labels=("journey.nothing-like-it",))
    labels_in_inbox(bench)
    bench.tracker.create("Two", labels=("journey.nothing-like-it",))

    row = labels_in_inbox(bench)["label:journey.nothing-like-it"]

    assert (row.count, "2 tickets carry it" in row.cause) == (2, True)
    assert "did you mean" not in row.next_step
