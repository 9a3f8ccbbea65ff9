"""The tracker's own priority: set from the band where nobody has set it and only if asked, kept where a person did."""

from datetime import UTC, datetime

from journeysync.core.plan import plan_ticket
from journeysync.core.project import Projection
from journeysync.core.takeout import Wrote, take_back, take_out
from journeysync.model.base import Value
from journeysync.model.change import LedgerRow, SetPriority
from journeysync.model.placement import SlotPolicy
from journeysync.testing import a_ticket

NOW = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
UNSET = a_ticket(priority=None)


def wanted(name: str | None, policy: SlotPolicy | None = None) -> Projection:
    values = (("priority", name),) if name else ()
    causes = (("priority", "87 (band 5) because of OPP-3"),) if name else ()
    return Projection(ticket=UNSET.ref, values=values, causes=causes, policy=policy or SlotPolicy())


def row(sent: Value, **more: Value) -> LedgerRow:
    return LedgerRow(ticket=UNSET.ref, slot="priority", sent=sent, seen=sent, at=NOW, run="r1", **more)


def shown(priority: str | None) -> object:
    return UNSET.model_copy(update={"priority": priority})


def planned(priority: str | None, *arguments: object, **more: object) -> list[tuple[Value, Value]]:
    changes, _, _ = plan_ticket(shown(priority), *arguments, **more)  # type: ignore[arg-type]  # short for the tests
    return [(change.before, change.after) for change in changes if isinstance(change, SetPriority)]


def test_a_priority_that_nobody_set_is_set_and_a_second_plan_is_empty() -> None:
    assert planned(None, wanted("Urgent"), ()) == [(None, "Urgent")]
    assert planned("Urgent", wanted("Urgent"), (row("Urgent"),)) == []


def test_a_persons_priority_is_kept_and_told_once_for_all_tickets_of_a_project() -> None:
    changes, notes, _ = plan_ticket(a_ticket(priority="Low"), wanted("Urgent"), ())
    assert changes == ()
    assert [(note.kind, note.ticket) for note in notes] == [("foreign", None)]
    assert "a priority that a person set: it is kept" in notes[0].says


def test_one_that_we_set_follows_the_band() -> None:
    assert planned("High", wanted("Urgent"), (row("High"),)) == [("High", "Urgent")]


def test_one_that_a_person_changed_after_us_is_drift_unless_placement_insists() -> None:
    ledger = (row("High"),)
    assert planned("Low", wanted("Urgent"), ledger) == []
    assert planned("Low", wanted("Urgent", SlotPolicy(priority="enforce")), ledger) == [("Low", "Urgent")]
    assert planned("High", wanted("Urgent", SlotPolicy(priority="once")), ledger) == []


def test_one_that_is_no_longer_wanted_is_given_back_and_a_persons_stays() -> None:
    assert planned("High", wanted(None), (row("High"),)) == [("High", None)]
    assert planned("Low", wanted(None), (row("High"),)) == []


def test_uninstall_and_undo_give_it_back_and_leave_a_persons_word() -> None:
    ledger = (row("High"),)
    for take in (
        lambda ticket: take_out(ticket, ledger),
        lambda ticket: take_back(ticket, ledger, [Wrote("priority", None, "High")], run="r1"),
    ):
        (change,), _ = take(a_ticket(priority="High"))
        assert (type(change), change.before, change.after) == (SetPriority, "High", None)
        changes, notes = take(a_ticket(priority="Low"))
        assert changes == ()
        assert "stays" in notes[0].says
