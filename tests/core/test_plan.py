"""Who owns what: the plan changes and removes only what we wrote."""

from datetime import UTC, datetime, timedelta

import pytest

from journeysync.core.plan import (
    BrakeLimits,
    make_plan,
    plan_ticket,
    printed_changes,
    requests_estimate,
    restrict,
)
from journeysync.core.project import Projection
from journeysync.model.base import Value, value_hash
from journeysync.model.change import AddLabel, Change, LedgerRow, RemoveLabel, SetField, SetLink, SetProperty
from journeysync.model.placement import SlotPolicy
from journeysync.model.plan import Note, Plan, PlannedTicket
from journeysync.model.receipt import Receipt
from journeysync.model.ticket import Ticket, TicketRef
from journeysync.model.tracker import WriteCosts

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
REF = TicketRef(connection="billing", id="10241")
LABEL = "label:journey.pay-bill"
FIELD = "field:customfield_10071"
BASE = {"v": 1, "links": ["pay-bill.see-why"], "score": None}


def a_ticket(**fields: Value) -> Ticket:
    base: dict[str, Value] = {"ref": REF, "key": "BILL-204", "url": "", "project": "BILL", "updated_at": NOW}
    return Ticket(**(base | fields))


def wanted(**values: Value) -> Projection:
    spelled = {name.replace("__", ":").replace("_pay_bill", ".pay-bill"): value for name, value in values.items()}
    return Projection(ticket=REF, values=spelled, causes={slot: f"cause of {slot}" for slot in spelled})


def row(slot: str, sent: Value, *, seen: Value = None, **fields: Value) -> LedgerRow:
    return LedgerRow(ticket=REF, slot=slot, sent=sent, seen=sent if seen is None else seen, at=NOW, **fields)


def digest(value: Value) -> str:
    return value_hash(value)[:8]


# --- labels ---


def test_a_wanted_label_is_added_with_its_cause() -> None:
    changes, notes, released = plan_ticket(a_ticket(), wanted(label__journey_pay_bill=True), ())

    assert changes == (AddLabel(ticket=REF, label="journey.pay-bill", cause=f"cause of {LABEL}"),)
    assert (notes, released) == ((), ())


def test_a_label_typed_by_a_person_is_neither_added_again_nor_removed() -> None:
    ticket = a_ticket(labels=("Journey.Pay-Bill",))

    assert plan_ticket(ticket, wanted(label__journey_pay_bill=True), ()) == ((), (), ())
    assert plan_ticket(ticket, wanted(), ()) == ((), (), ())


def test_a_label_of_ours_that_is_no_longer_wanted_is_removed() -> None:
    ledger = (row(LABEL, True, cause="rule bills"),)
    changes, _, _ = plan_ticket(a_ticket(labels=("ios", "journey.pay-bill")), wanted(), ledger)

    assert changes == (
        RemoveLabel(ticket=REF, label="journey.pay-bill", cause="no longer wanted here; it was there by: rule bills"),
    )


def test_a_label_known_by_the_receipt_alone_is_ours_too() -> None:
    receipt = Receipt(slots=((LABEL, digest(True)),))

    changes, _, _ = plan_ticket(a_ticket(labels=("journey.pay-bill",), receipt=receipt), wanted(), ())

    assert [type(change) for change in changes] == [RemoveLabel, SetProperty]
    assert changes[1].after is None


def test_a_label_that_a_person_took_off_is_drift_and_not_put_back() -> None:
    changes, notes, released = plan_ticket(a_ticket(), wanted(label__journey_pay_bill=True), (row(LABEL, True),))

    assert (changes, released) == ((), ())
    assert [(note.kind, note.slot) for note in notes] == [("drift", LABEL)]


def test_a_label_neither_wanted_nor_there_is_let_go() -> None:
    ledger = (row(LABEL, True),)

    assert plan_ticket(a_ticket(), wanted(), ledger) == ((), (), ledger)


def test_a_label_that_the_tracker_spells_otherwise_is_still_ours() -> None:
    ledger = (row(LABEL, True, seen="Journey.Pay-Bill"),)

    changes, _, _ = plan_ticket(a_ticket(labels=("Journey.Pay-Bill",)), wanted(), ledger)

    assert [type(change) for change in changes] == [RemoveLabel]


def test_a_released_row_owns_nothing() -> None:
    ledger = (row(LABEL, True, state="released"),)

    assert plan_ticket(a_ticket(labels=("journey.pay-bill",)), wanted(), ledger) == ((), (), ())


# --- fields ---


def fields(value: Value) -> dict[str, Value]:
    return {"customfield_10071": value}


def one_change(ticket: Ticket, projection: Projection, ledger: tuple[LedgerRow, ...] = ()) -> Change | None:
    changes, _, _ = plan_ticket(ticket, projection, ledger)
    return changes[0] if changes else None


@pytest.mark.parametrize("empty", [None, "", ()])
def test_an_empty_field_is_filled(empty: Value) -> None:
    change = one_change(a_ticket(fields=fields(empty)), wanted(field__customfield_10071=87))

    assert isinstance(change, SetField)
    assert (change.field, change.before, change.after) == ("customfield_10071", empty, 87)


def test_a_value_that_a_person_wrote_first_is_kept_and_said() -> None:
    changes, notes, _ = plan_ticket(a_ticket(fields=fields(40)), wanted(field__customfield_10071=87), ())

    assert changes == ()
    assert [(note.kind, note.says) for note in notes] == [
        ("foreign", "field customfield_10071 shows 40, which we did not write: it is kept")
    ]


def test_the_same_value_by_a_person_needs_nothing() -> None:
    assert plan_ticket(a_ticket(fields=fields(87.0)), wanted(field__customfield_10071=87), ()) == ((), (), ())


def test_our_value_follows_what_is_wanted_also_when_the_tracker_spells_it_otherwise() -> None:
    ledger = (row(FIELD, 87, seen=87.0),)
    ticket = a_ticket(fields=fields(87.0))

    assert one_change(ticket, wanted(field__customfield_10071=87), ledger) is None
    change = one_change(ticket, wanted(field__customfield_10071=55), ledger)
    assert isinstance(change, SetField)
    assert (change.before, change.after) == (87.0, 55)


def test_a_value_that_the_tracker_rewrites_is_not_written_for_ever() -> None:
    ledger = (row(FIELD, "Pay  bill", seen="Pay bill"),)

    assert one_change(a_ticket(fields=fields("Pay bill")), wanted(field__customfield_10071="Pay  bill"), ledger) is None


@pytest.mark.parametrize("now", [40, None])
def test_our_value_changed_or_cleared_by_a_person_is_drift_and_kept(now: Value) -> None:
    changes, notes, released = plan_ticket(
        a_ticket(fields=fields(now)), wanted(field__customfield_10071=55), (row(FIELD, 87),)
    )

    assert (changes, released) == ((), ())
    assert [note.kind for note in notes] == ["drift"]


def test_with_a_lost_store_the_receipt_tells_our_value_from_a_persons() -> None:
    receipt = Receipt(slots=((FIELD, digest(87)),))

    def planned(value: int) -> tuple[Change, ...]:
        ticket = a_ticket(fields=fields(value), receipt=receipt)
        return plan_ticket(ticket, wanted(field__customfield_10071=55), ())[0]

    assert [type(change) for change in planned(87)] == [SetField]
    assert planned(40) == ()


def test_a_field_no_longer_wanted_gets_back_what_stood_there_first() -> None:
    ledger = (row(FIELD, 87, before=12),)

    change = one_change(a_ticket(fields=fields(87)), wanted(), ledger)

    assert isinstance(change, SetField)
    assert (change.before, change.after, dict(change.inputs)) == (87, 12, {"gives_back": True})


def test_a_field_no_longer_wanted_that_a_person_changed_is_let_go_as_it_is() -> None:
    ledger = (row(FIELD, 87, before=12),)

    assert plan_ticket(a_ticket(fields=fields(40)), wanted(), ledger) == ((), (), ledger)


def test_a_field_that_was_not_read_is_not_judged() -> None:
    changes, notes, released = plan_ticket(a_ticket(), wanted(), (row(FIELD, 87),))

    assert (changes, released) == ((), ())
    assert "no longer read" in notes[0].says


# --- link and receipt ---

LINK = {"url": "https://journeys.example/tickets/billing/10241", "title": "Pay > See why", "summary": ""}


def test_a_link_is_compared_with_what_was_sent() -> None:
    other = LINK | {"title": "Pay > See why it changed"}

    assert isinstance(one_change(a_ticket(), wanted(link=LINK)), SetLink)
    assert one_change(a_ticket(), wanted(link=LINK), (row("link", LINK),)) is None
    change = one_change(a_ticket(), wanted(link=other), (row("link", LINK),))
    assert isinstance(change, SetLink)
    assert (change.before, change.after) == (LINK, other)
    gone = one_change(a_ticket(), wanted(), (row("link", LINK),))
    assert isinstance(gone, SetLink)
    assert (gone.before, gone.after) == (LINK, None)


def test_a_link_that_a_person_changed_is_kept_so() -> None:
    changes, notes, _ = plan_ticket(a_ticket(), wanted(link=LINK | {"title": "x"}), (row("link", LINK, state="drift"),))

    assert changes == ()
    assert [note.kind for note in notes] == ["drift"]


def test_a_link_known_by_the_receipt_alone_is_not_written_again() -> None:
    receipt = Receipt(links=("pay-bill.see-why",), slots=(("link", digest(LINK)),))

    assert plan_ticket(a_ticket(receipt=receipt), wanted(link=LINK, property=BASE), ()) == ((), (), ())


def test_the_receipt_names_what_we_hold_after_the_plan() -> None:
    ticket = a_ticket(labels=("journey.opp-3", "journey.pay-bill"), fields=fields(None))
    projection = wanted(label__journey_pay_bill=True, field__customfield_10071=87, property=BASE)
    ledger = (row("label:journey.opp-3", True),)  # no longer wanted; pay-bill was typed by a person

    changes, _, _ = plan_ticket(ticket, projection, ledger)

    assert [change.slot for change in changes] == [FIELD, "label:journey.opp-3", "property"]
    assert changes[-1].after == BASE | {"ticket": ticket.ref.id, "slots": {FIELD: digest(87)}}


def test_a_receipt_is_taken_out_with_the_last_slot_and_never_written_for_nothing() -> None:
    ticket = a_ticket(labels=("journey.pay-bill",))

    assert plan_ticket(ticket, wanted(label__journey_pay_bill=True, property=BASE), ()) == ((), (), ())
    receipt = Receipt(slots=((LABEL, digest(True)),))
    changes, _, _ = plan_ticket(a_ticket(receipt=receipt), wanted(), ())
    assert [(change.slot, change.after) for change in changes] == [("property", None)]


def test_a_receipt_that_somebody_took_out_is_written_again() -> None:
    ledger = (row(LABEL, True), row("property", {}))

    changes, _, _ = plan_ticket(
        a_ticket(labels=("journey.pay-bill",)), wanted(label__journey_pay_bill=True, property=BASE), ledger
    )

    assert [change.slot for change in changes] == ["property"]


def test_a_skipped_ticket_keeps_what_it_has_and_is_counted_only_if_something_would_change() -> None:
    skipped = wanted(label__journey_pay_bill=True).model_copy(update={"skip": "closed"})

    assert plan_ticket(a_ticket(labels=("journey.pay-bill",)), skipped, ()) == ((), (), ())
    changes, notes, released = plan_ticket(a_ticket(), skipped, ())
    assert (changes, released) == ((), ())
    assert [(note.kind, note.says) for note in notes] == [("blocked", "billing BILL: left alone: closed")]


# --- the whole plan ---


def planned(key: str, *changes: Change, connection: str = "billing", project: str = "BILL") -> PlannedTicket:
    ref = TicketRef(connection=connection, id=key)
    moved = tuple(change.model_copy(update={"ticket": ref}) for change in changes)
    return PlannedTicket(ticket=ref, key=key, url="", title="", project=project, changes=moved)


ADD = AddLabel(ticket=REF, label="journey.pay-bill", cause="rule bills: x", inputs={"rule": "bills"})
REMOVE = RemoveLabel(ticket=REF, label="journey.opp-3", cause="no longer wanted here")
SCORE = SetField(ticket=REF, field="f", before=55, after=87, cause="87", inputs={"because": ["OPP-3"], "score": 87})
RECEIPT = SetProperty(ticket=REF, cause="receipt", after={"v": 1, "links": [], "score": None, "slots": {}})


def a_plan(*tickets: PlannedTicket, notes: tuple[Note, ...] = (), scope: int = 1_000, **changed: Value) -> Plan:
    arguments: dict[str, Value] = {
        "in_scope": {"billing": scope},
        "first_runs": frozenset(),
        "limits": {"billing": BrakeLimits()},
        "made_at": NOW,
    }
    return make_plan(tickets, notes, **(arguments | changed))


def test_a_plan_is_ordered_as_people_count() -> None:
    plan = a_plan(planned("BILL-10", ADD), planned("BILL-9", ADD), planned("ONB-1", ADD, project="ABC"), planned("X-1"))

    assert [ticket.key for ticket in plan.tickets] == ["ONB-1", "BILL-9", "BILL-10"]


def test_a_plan_counts_what_people_see_and_receipts_apart() -> None:
    plan = a_plan(planned("BILL-1", ADD, SCORE, RECEIPT), planned("BILL-2", REMOVE), planned("BILL-3", RECEIPT))

    counts = plan.summary.model_dump(exclude={"requests_estimate"})
    seen = {"add": 1, "change": 1, "remove": 1, "tickets": 2, "blocked": 0, "receipts": 1}
    assert counts == seen | {"jump_up": 2, "may_mail": 2}


def test_two_runs_have_the_same_checksum_in_any_order() -> None:
    tickets = (planned("BILL-2", ADD), planned("BILL-1", SCORE))

    assert a_plan(*tickets).checksum == a_plan(*reversed(tickets)).checksum
    assert a_plan(*tickets).checksum != a_plan(tickets[0]).checksum


def test_notes_that_say_the_same_of_many_tickets_are_counted() -> None:
    fallback = Note(kind="fallback", says="billing BILL: score -> label")
    blocked = Note(kind="blocked", says="billing BILL: left alone: closed")
    drift = tuple(Note(kind="drift", ticket=REF, slot=slot, says="kept") for slot in ("label:a", "label:b"))

    plan = a_plan(notes=(fallback, blocked, *drift, blocked, fallback, fallback))

    assert [(note.kind, note.slot, note.count) for note in plan.notes] == [
        ("blocked", "", 2),
        ("drift", "label:a", 1),
        ("drift", "label:b", 1),
        ("fallback", "", 3),
    ]
    assert plan.summary.blocked == 2


def brakes(plan: Plan) -> list[str]:
    return [brake.name for brake in plan.brakes]


def many(count: int, *changes: Change) -> list[PlannedTicket]:
    return [planned(f"BILL-{number}", *changes) for number in range(count)]


def test_three_of_four_tickets_is_a_lot_and_two_of_two_is_not() -> None:
    assert brakes(a_plan(*many(3, ADD), scope=4)) == ["changed"]
    assert brakes(a_plan(*many(2, ADD), scope=2)) == []
    assert brakes(a_plan(*many(300, ADD), scope=1_000)) == []
    assert brakes(a_plan(*many(301, ADD), scope=1_000)) == ["changed"]


def test_a_brake_says_how_much_and_which_rule_did_most_of_it() -> None:
    brake = a_plan(*many(3, ADD), planned("BILL-9", SCORE), scope=8).brakes[0]

    assert brake.says == "billing: 4 of 8 tickets would change (50 %, at most 30 %)"
    assert brake.cause == "most of it by rule bills (3)"
    assert "opportunity OPP-3" in a_plan(*many(3, SCORE), scope=4).brakes[0].cause


def test_receipts_alone_do_not_change_a_ticket_for_people() -> None:
    assert brakes(a_plan(*many(400, RECEIPT), scope=1_000)) == []
    assert brakes(a_plan(*many(501, RECEIPT), scope=1_000)) == ["writes"]


def test_removals_are_counted_one_by_one_and_what_is_given_back_is_one() -> None:
    back = SetField(ticket=REF, field="f", before=87, after=12, cause="", inputs={"gives_back": True})

    assert brakes(a_plan(*many(10, REMOVE))) == []
    assert brakes(a_plan(*many(11, REMOVE))) == ["removed"]
    assert brakes(a_plan(*many(6, REMOVE, back))) == ["removed"]


def test_a_first_run_asks_once() -> None:
    plan = a_plan(*many(400, ADD), scope=400, first_runs=frozenset({"billing"}))

    assert brakes(plan) == ["first-run"]
    assert brakes(a_plan(first_runs=frozenset({"billing"}))) == []


@pytest.mark.parametrize(
    ("lost", "before", "held"), [(20, 100, False), (21, 100, True), (1, None, True), (0, 100, False)]
)
def test_a_repository_that_lost_many_ids_stops_the_plan(lost: int, before: int | None, held: bool) -> None:
    plan = a_plan(planned("BILL-1", ADD), ids_lost=[f"OPP-{n}" for n in range(lost)], ids_before=before)

    assert (brakes(plan) == ["ids-lost"]) is held


def test_requests_are_estimated_by_what_a_request_can_serve() -> None:
    tickets = [
        *many(100, ADD, SetLink(ticket=REF, cause="", after=LINK), RECEIPT),
        planned("BILL-200", SCORE, RECEIPT),
    ]

    assert requests_estimate(tickets) == 2 + 101 + 100 + 101
    assert requests_estimate(tickets, WriteCosts(same_edit=1_000, receipt=50)) == 2 + (2 + 1) + 100 + 3


def test_the_estimate_rests_on_what_each_tracker_says_also_for_a_part_of_the_plan() -> None:
    tickets = many(120, ADD)
    one_by_one, by_hundreds = a_plan(*tickets), a_plan(*tickets, costs={"billing": WriteCosts(edit=100)})

    assert (one_by_one.summary.requests_estimate, by_hundreds.summary.requests_estimate) == (2 + 120, 2 + 2)
    part = restrict(by_hundreds, printed_changes(a_plan(*tickets[:10])))
    assert part.summary.requests_estimate == 1 + 1


# --- a plan file ---


def test_only_what_was_printed_is_written() -> None:
    printed = a_plan(planned("BILL-1", ADD), planned("BILL-2", SCORE))
    anew = a_plan(planned("BILL-1", ADD, REMOVE), planned("BILL-2", SCORE.model_copy(update={"after": 55})))

    part = restrict(anew, printed_changes(printed))

    assert [(ticket.key, [change.slot for change in ticket.changes]) for ticket in part.tickets] == [
        ("BILL-1", ["label:journey.pay-bill"])
    ]
    assert (part.summary.tickets, part.summary.add) == (1, 1)


def test_a_brake_that_the_printed_part_does_not_meet_is_let_go() -> None:
    anew = a_plan(*many(12, REMOVE), scope=1_000)

    assert brakes(anew) == ["removed"]
    assert brakes(restrict(anew, printed_changes(a_plan(*many(10, REMOVE))))) == []
    assert brakes(restrict(anew, printed_changes(a_plan(*many(11, REMOVE))))) == ["removed"]


def test_the_receipt_follows_the_changes_that_are_kept() -> None:
    ticket = a_ticket(
        labels=("journey.opp-3",),
        fields=fields(None),
        receipt=Receipt.model_validate(
            BASE | {"links": ("pay-bill.see-why",), "slots": {"label:journey.opp-3": digest(True)}}
        ),
    )
    ledger = (row("label:journey.opp-3", True),)
    full, _, _ = plan_ticket(
        ticket, wanted(label__journey_pay_bill=True, field__customfield_10071=87, property=BASE), ledger
    )
    plan = a_plan(planned("10241", *full))
    printed = frozenset(row for row in printed_changes(plan) if row[2] == LABEL)

    kept = restrict(plan, printed).tickets[0].changes

    assert [change.slot for change in kept] == [LABEL, "property"]
    assert kept[1].after["slots"] == {"label:journey.opp-3": digest(True), LABEL: digest(True)}


def test_a_receipt_alone_is_written_only_if_it_was_printed_alone() -> None:
    plan = a_plan(planned("BILL-1", RECEIPT))

    assert restrict(plan, printed_changes(plan)).tickets == plan.tickets
    assert restrict(plan, frozenset()).tickets == ()
    assert restrict(a_plan(planned("BILL-1", ADD, RECEIPT)), printed_changes(plan)).tickets == ()


def test_a_plan_made_of_nothing_is_empty() -> None:
    plan = a_plan(planned("BILL-1"), ids_lost=["OPP-1"])

    assert (plan.tickets, plan.brakes, plan.summary.tickets) == ((), (), 0)


def test_the_oldest_note_of_a_single_ticket_keeps_its_ticket() -> None:
    note = Note(kind="unknown-label", ticket=REF, slot="label:journey.pai-bill", says="did you mean journey.pay-bill?")

    assert a_plan(notes=(note,)).notes == (note,)


def test_time_is_never_read() -> None:
    early = a_plan(planned("BILL-1", ADD), made_at=NOW - timedelta(days=900))

    assert early.made_at == NOW - timedelta(days=900)
    assert early.checksum == a_plan(planned("BILL-1", ADD)).checksum


# --- what a person changed: respect, enforce, once, and what a person said about a slot ---


def by_policy(policy: str, **values: Value) -> Projection:
    kinds = {"label": policy, "field": policy, "link": policy}
    return wanted(**values).model_copy(update={"policy": SlotPolicy(**kinds)})


def slots_of(changes: tuple[Change, ...]) -> list[str]:
    return [change.slot for change in changes]


def test_enforce_writes_over_what_a_person_left_and_says_so() -> None:
    ticket = a_ticket(fields=(("customfield_10071", 12),))
    ledger = (row(LABEL, True), row(FIELD, 87))
    projection = by_policy("enforce", label__journey_pay_bill=True, field__customfield_10071=87)

    changes, notes, _ = plan_ticket(ticket, projection, ledger)

    assert [(c.slot, c.before, c.after) for c in changes] == [(FIELD, 12, 87), (LABEL, None, True)]
    assert changes[0].cause == f"cause of {FIELD}; a person left 12, written over: policy 'enforce' for fields"
    assert changes[1].cause.endswith("taken off by a person, written over: policy 'enforce' for labels")
    assert notes == ()


def test_enforce_does_not_touch_what_a_person_wrote_first() -> None:
    ticket = a_ticket(fields=(("customfield_10071", 12),))
    changes, notes, _ = plan_ticket(ticket, by_policy("enforce", field__customfield_10071=87), ())
    assert changes == ()
    assert [note.kind for note in notes] == ["foreign"]


def test_once_writes_the_first_time_and_never_again() -> None:
    projection = by_policy("once", label__journey_pay_bill=True, field__customfield_10071=90, link={"url": "new"})
    first, _, _ = plan_ticket(a_ticket(), projection, ())
    assert slots_of(first) == [FIELD, LABEL, "link"]

    held = a_ticket(labels=("journey.pay-bill",), fields=(("customfield_10071", 87),))
    ledger = (row(LABEL, True), row(FIELD, 87), row("link", {"url": "old"}))
    assert plan_ticket(held, projection, ledger) == ((), (), ())

    released = tuple(one.model_copy(update={"state": "released"}) for one in ledger)
    assert plan_ticket(a_ticket(), projection, released) == ((), (), ())


def test_once_still_takes_out_what_is_no_longer_wanted() -> None:
    ledger = (row(LABEL, True),)
    changes, _, _ = plan_ticket(a_ticket(labels=("journey.pay-bill",)), by_policy("once"), ledger)
    assert slots_of(changes) == [LABEL]


def test_respect_writes_again_what_was_released_and_is_wanted_anew() -> None:
    released = row(LABEL, True, state="released")
    changes, _, _ = plan_ticket(a_ticket(), wanted(label__journey_pay_bill=True), (released,))
    assert slots_of(changes) == [LABEL]


def test_a_released_row_goes_before_an_old_receipt() -> None:
    receipt = Receipt(slots=((LABEL, digest(True)),))
    ticket = a_ticket(labels=("journey.pay-bill",), receipt=receipt)
    changes, _, _ = plan_ticket(ticket, wanted(), (row(LABEL, True, state="released"),))
    assert slots_of(changes) == ["property"]


@pytest.mark.parametrize("policy", ["respect", "enforce", "once"])
def test_what_a_person_wants_back_is_written_whatever_the_policy(policy: str) -> None:
    ticket = a_ticket(fields=(("customfield_10071", 12),))
    ledger = (row(LABEL, True), row(FIELD, 87), row("link", {"url": "a"}, state="drift"))
    projection = by_policy(policy, label__journey_pay_bill=True, field__customfield_10071=87, link={"url": "a"})
    changes, notes, _ = plan_ticket(ticket, projection, ledger, taken_back={LABEL, FIELD, "link"})
    assert slots_of(changes) == [FIELD, LABEL, "link"]
    assert notes == ()


@pytest.mark.parametrize("policy", ["respect", "enforce", "once"])
def test_what_a_person_took_over_is_neither_written_nor_taken_out(policy: str) -> None:
    ledger = (row(FIELD, 87),)
    for now, values in ((12, {"field__customfield_10071": 90}), (87, {}), (None, {"field__customfield_10071": 90})):
        ticket = a_ticket(fields=(("customfield_10071", now),))
        assert plan_ticket(ticket, by_policy(policy, **values), ledger, left={FIELD}) == ((), (), ())


def test_a_slot_that_the_receipt_names_and_the_ledger_never_saw_is_written_again() -> None:
    receipt = Receipt(slots=((FIELD, digest(87)), (LABEL, digest(True))))
    ticket = a_ticket(receipt=receipt, fields=(("customfield_10071", None),))
    projection = wanted(label__journey_pay_bill=True, field__customfield_10071=87)
    changes, notes, _ = plan_ticket(ticket, projection, (row("property", {"v": 1}),))
    assert slots_of(changes) == [FIELD, LABEL]
    assert notes == ()
