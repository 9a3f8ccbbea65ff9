"""What is whose: we change and remove only what we wrote, and a person's word stays."""

from typing import Any

import pytest

from journeysync.model.change import slot_kind

pytestmark = pytest.mark.both_databases


def slots(plan: Any) -> set[str]:
    return {change.slot for planned in plan.tickets for change in planned.changes}


def test_a_label_typed_by_a_person_is_a_link_and_is_never_removed(bench: Any) -> None:
    ticket = bench.tracker.create("Nothing special")
    bench.sync()
    bench.tracker.type_label(ticket, "journey.opp-3")

    bench.sync()
    assert bench.tracker.field(ticket, "score") == 87

    bench.tracker.edit_title(ticket, "Still nothing special")
    bench.sync()
    assert "journey.opp-3" in bench.tracker.labels(ticket)


def test_a_label_that_a_person_typed_and_took_off_is_ours_once_we_write_it(bench: Any) -> None:
    ticket = bench.tracker.create("Nothing special")
    bench.sync()
    bench.tracker.type_label(ticket, "journey.pay-bill")
    bench.sync()
    bench.tracker.remove_label(ticket, "journey.pay-bill")
    bench.tracker.edit_title(ticket, "Tell me why")

    bench.sync()

    assert "journey.pay-bill" in bench.tracker.labels(ticket)
    assert bench.tracker.receipt(ticket)["links"] == ["OPP-3", "pay-bill.see-why"]
    assert slots(bench.plan()) == set()


def test_a_label_that_was_there_before_we_ever_looked_is_of_unknown_origin(bench: Any) -> None:
    ticket = bench.tracker.create("Nothing special", labels=("journey.opp-3",))

    result = bench.sync()

    assert bench.tracker.labels(ticket) == ("journey.opp-3",)
    assert bench.tracker.field(ticket, "score") is None
    assert dict(result.links.unowned_labels) == {"journey.opp-3": 1}


def test_a_label_of_ours_that_a_person_removed_is_not_added_again(bench: Any) -> None:
    ticket = bench.tracker.create("Tell me why")
    bench.sync()
    bench.tracker.remove_label(ticket, "journey.pay-bill")

    result = bench.sync()

    assert "journey.pay-bill" not in bench.tracker.labels(ticket)
    assert "label:journey.pay-bill" not in slots(result.applied.plan)
    assert slots(bench.sync().applied.plan) == set()


def test_a_score_that_a_person_changed_is_shown_and_kept(bench: Any) -> None:
    ticket = bench.tracker.create("Tell me why")
    bench.sync()
    bench.tracker.set_field(ticket, "score", 12)

    result = bench.sync()

    assert bench.tracker.field(ticket, "score") == 12
    assert any(note.kind == "drift" and note.slot == "field:score" for note in result.applied.plan.notes)


def test_a_value_that_a_person_wrote_first_is_theirs(bench: Any) -> None:
    ticket = bench.tracker.create("Tell me why", fields=(("score", 5),))

    bench.sync()

    assert bench.tracker.field(ticket, "score") == 5


def test_a_ticket_with_the_ignore_label_is_left_alone(bench: Any) -> None:
    ticket = bench.tracker.create("Tell me why", labels=("journey.ignore",))

    bench.sync()

    assert bench.tracker.labels(ticket) == ("journey.ignore",)


def test_labels_that_differ_only_in_case_survive(bench: Any) -> None:
    ticket = bench.tracker.create("Tell me why", labels=("iOS", "ios", "Journey"))

    bench.sync()

    assert {"iOS", "ios", "Journey"} <= set(bench.tracker.labels(ticket))


def test_the_marks_of_another_workspace_are_not_read_as_links_nor_changed(bench: Any) -> None:
    ticket = bench.tracker.create("Nothing special")
    bench.sync()
    bench.replace("journeysync.yaml", "id: k3f9", "id: zz99")

    plan = bench.plan()

    assert all(slot_kind(slot) != "property" for slot in slots(plan))
    assert bench.tracker.labels(ticket) == ()
