from datetime import timedelta

import pytest

from journeysync.connector import Connector
from journeysync.errors import AuthFailed, RateLimited, Unavailable
from journeysync.model.change import Outcome, Result
from journeysync.model.tracker import Cursor, Found, Gone, Hidden, Moved
from journeysync.testing import (
    NOW,
    FakeTracker,
    Killed,
    a_receipt,
    a_ticket,
    add_label,
    changes_of,
    fake_connector,
    set_field,
    set_link,
    set_property,
    some_connection_settings,
)


def test_a_fake_tracker_is_a_connector() -> None:
    assert isinstance(FakeTracker(), Connector)
    assert isinstance(fake_connector(some_connection_settings()), Connector)


def test_the_same_key_makes_the_same_ticket_in_every_test() -> None:
    assert a_ticket("BILL-7") == a_ticket("BILL-7")
    assert a_ticket("BILL-7").ref.id == "10007"
    assert a_ticket("ONB-7").ref.id != a_ticket("BILL-7").ref.id


def test_pages_stream_and_the_last_one_carries_the_cursor() -> None:
    tracker = FakeTracker([a_ticket(f"BILL-{n}") for n in range(1, 8)], page_size=3)
    pages = list(tracker.pull(None))
    assert [len(page.tickets) for page in pages] == [3, 3, 1]
    assert [page.complete for page in pages] == [False, False, True]
    assert pages[-1].cursor == Cursor(NOW.isoformat())
    assert tracker.traffic.reads == 3


def test_an_empty_backlog_is_one_complete_page_without_a_cursor() -> None:
    [page] = FakeTracker().pull(None)
    assert page.complete
    assert page.tickets == ()
    assert page.cursor is None


def test_what_a_write_answers_can_get_lost_after_it_was_carried_out() -> None:
    tracker = FakeTracker([a_ticket("BILL-1"), a_ticket("BILL-2")])
    changes = [changes_of(a_ticket(key), add_label(a_ticket(key), "journey.pay-bill")) for key in ("BILL-1", "BILL-2")]
    tracker.failures.lose_answer(after=1)
    outcomes: list[Outcome] = []
    with pytest.raises(Unavailable):
        outcomes.extend(tracker.write(changes))
    assert [outcome.ticket.id for outcome in outcomes] == ["10001"]
    assert [written.ticket for written in tracker.journal] == ["10001", "10002"]


def test_a_kill_before_and_after_the_second_write_leaves_one_and_two_writes() -> None:
    for arrange, written in (("kill_before_write", 1), ("kill_after_write", 2)):
        tracker = FakeTracker([a_ticket("BILL-1")])
        getattr(tracker.failures, arrange)(2)
        changes = changes_of(a_ticket(), add_label(a_ticket(), "journey.a"), add_label(a_ticket(), "journey.b"))
        with pytest.raises(Killed):
            list(tracker.write([changes]))
        assert len(tracker.journal) == written
        results = [outcome.result for outcome in tracker.write([changes])]
        assert results == [Result.UNCHANGED] * written + [Result.WRITTEN] * (2 - written)
        assert tracker.labels("BILL-1") == ("journey.a", "journey.b")


def test_limits_outages_and_a_dead_token_come_when_they_are_due() -> None:
    tracker = FakeTracker([a_ticket(f"BILL-{n}") for n in range(1, 4)], page_size=1)
    tracker.failures.rate_limit(17, after=1)
    with pytest.raises(RateLimited) as limited:
        list(tracker.pull(None))
    assert limited.value.retry_after_seconds == 17
    assert len(list(tracker.pull(None))) == 3
    tracker.failures.unavailable(times=1)
    with pytest.raises(Unavailable):
        list(tracker.sweep())
    tracker.failures.auth_fails()
    for _ in range(2):
        with pytest.raises(AuthFailed):
            list(tracker.fetch(["10001"]))
    tracker.failures.heal()
    assert len(list(tracker.fetch(["10001"]))) == 1


def test_a_conflict_asks_for_another_try_and_goes_by() -> None:
    tracker = FakeTracker([a_ticket()])
    tracker.failures.conflict("10001")
    change = changes_of(a_ticket(), add_label(a_ticket(), "journey.a"))
    [first], [second] = list(tracker.write([change])), list(tracker.write([change]))
    assert (first.result, first.retry) == (Result.FAILED, True)
    assert second.result is Result.WRITTEN


def test_an_unknown_outcome_was_carried_out() -> None:
    tracker = FakeTracker([a_ticket()])
    tracker.failures.leave_unknown("10001")
    [outcome] = tracker.write([changes_of(a_ticket(), add_label(a_ticket(), "journey.a"))])
    assert outcome.result is Result.UNKNOWN
    assert tracker.labels("10001") == ("journey.a",)


def test_hooks_around_a_write_see_the_ticket_and_the_slot() -> None:
    tracker, heard = FakeTracker([a_ticket()]), []
    tracker.failures.before_write = lambda ticket, slot: heard.append(("before", ticket, slot, len(tracker.journal)))
    tracker.failures.after_write = lambda ticket, slot: heard.append(("after", ticket, slot, len(tracker.journal)))
    list(tracker.write([changes_of(a_ticket(), add_label(a_ticket(), "journey.a"))]))
    assert heard == [("before", "10001", "label:journey.a", 0), ("after", "10001", "label:journey.a", 1)]


def test_a_number_comes_back_as_a_decimal() -> None:
    tracker = FakeTracker([a_ticket()])
    list(tracker.write([changes_of(a_ticket(), set_field(a_ticket(), "score", 92))]))
    [seen] = tracker.observe(["10001"], frozenset({"field:score"}))
    assert repr(seen.get("field:score")) == "92.0"
    [again] = tracker.write([changes_of(a_ticket(), set_field(a_ticket(), "score", 92))])
    assert again.result is Result.UNCHANGED


@pytest.mark.parametrize(
    ("field", "value"), [("score", "high"), ("score", True), ("why", 3), ("size", "Huge"), ("nosuch", "x")]
)
def test_a_value_that_a_field_does_not_take_is_refused(field: str, value: object) -> None:
    tracker = FakeTracker([a_ticket()])
    [outcome] = tracker.write([changes_of(a_ticket(), set_field(a_ticket(), field, value))])
    assert outcome.result is Result.FAILED
    assert field in outcome.cause
    assert tracker.journal == []


def test_link_and_receipt_do_not_make_a_ticket_look_changed() -> None:
    tracker = FakeTracker([a_ticket()])
    list(tracker.write([changes_of(a_ticket(), set_link(a_ticket()), set_property(a_ticket(), a_receipt("OPP-3")))]))
    [page] = tracker.pull(None)
    assert page.tickets[0].updated_at == NOW
    assert page.tickets[0].receipt == a_receipt("OPP-3")


def test_a_list_lags_by_a_fixed_time_while_reading_the_ticket_is_fresh() -> None:
    tracker = FakeTracker([a_ticket()])
    tracker.lag = timedelta(minutes=2)
    tracker.pass_time(600)
    tracker.edit_title("BILL-1", "New")
    assert next(tracker.pull(None)).tickets[0].title == "Ticket BILL-1"
    assert next(tracker.observe(["10001"], frozenset())).ticket.title == "New"
    tracker.pass_time(121)
    assert next(tracker.pull(None)).tickets[0].title == "New"


def test_reading_a_ticket_tells_found_moved_gone_and_hidden_apart() -> None:
    tracker = FakeTracker([a_ticket(f"BILL-{n}") for n in range(1, 6)])
    tracker.move("BILL-2", "OTHER")
    renewed = tracker.move("BILL-3", "ONB", new_id=True)
    tracker.delete("BILL-4")
    tracker.hide("BILL-5")
    found, away, new_id, gone, hidden = tracker.fetch(["10001", "10002", "10003", "10004", "10005"])
    assert isinstance(found, Found)
    assert isinstance(away, Moved)
    assert away.ticket.key == "OTHER-1"
    assert isinstance(new_id, Moved)
    assert (new_id.id, new_id.ticket.ref.id) == ("10003", renewed)
    assert isinstance(gone, Gone)
    assert isinstance(hidden, Hidden)
    assert [ticket.key for page in tracker.pull(None) for ticket in page.tickets] == ["BILL-1", "ONB-1"]


def test_another_workspace_sees_our_marks_as_foreign() -> None:
    tracker = FakeTracker([a_ticket()])
    list(tracker.write([changes_of(a_ticket(), set_property(a_ticket(), a_receipt("OPP-3")))]))
    [seen] = tracker.seen_by("zz99").observe(["10001"], frozenset({"property"}))
    assert seen.values == ()
    assert seen.ticket.foreign == ("k3f9",)
    assert seen.ticket.receipt is None


def test_a_clone_takes_labels_along_and_leaves_our_receipt() -> None:
    tracker = FakeTracker([a_ticket(labels={"journey.pay-bill"}, receipt=a_receipt("pay-bill"))])
    copy = tracker.clone("BILL-1")
    assert tracker.labels(copy) == ("journey.pay-bill",)
    assert tracker.receipt(copy) is None
    assert tracker.receipt("BILL-1") == a_receipt("pay-bill").as_json()


def test_what_a_tracker_cannot_hold_has_a_cause_and_is_refused() -> None:
    tracker = FakeTracker([a_ticket()], cannot={"field": "this tracker has no fields"})
    assert tracker.capabilities.of("field").why_not == "this tracker has no fields"
    [outcome] = tracker.write([changes_of(a_ticket(), set_field(a_ticket(), "score", 92))])
    assert (outcome.result, outcome.cause) == (Result.FAILED, "this tracker has no fields")


def test_a_ticket_that_moved_under_a_new_id_and_was_deleted_or_hidden_there_answers_so_under_its_old_one() -> None:
    tracker = FakeTracker()
    deleted, hidden = tracker.create(), tracker.create()
    tracker.delete(tracker.move(deleted, "ONB", new_id=True))
    tracker.hide(tracker.move(hidden, "ONB", new_id=True))

    answers = list(tracker.fetch([deleted, hidden]))

    assert [(type(each), each.id) for each in answers] == [(Gone, deleted), (Hidden, hidden)]
