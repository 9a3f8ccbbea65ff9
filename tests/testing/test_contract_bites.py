"""The contract is worth something only if a broken connector fails it: each of these is broken in one way."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import pytest

from journeysync.connector import Secret
from journeysync.errors import TicketRejected
from journeysync.model.change import Observed, Outcome, Result, Slot, TicketChanges
from journeysync.model.tracker import Capabilities, Cursor, Found, Gone, Hidden, IdPage, Moved, Page, SlotCapability
from journeysync.testing import CANARY, ConnectorContract, FakeTracker


class WithoutOverlap(FakeTracker):
    def pull(self, since: Cursor | None) -> Iterator[Page]:
        for page in super().pull(since):
            yield replace(
                page, tickets=tuple(t for t in page.tickets if not since or t.updated_at.isoformat() > since.position)
            )


class CursorTooEarly(FakeTracker):
    def pull(self, since: Cursor | None) -> Iterator[Page]:
        for page in super().pull(since):
            yield replace(page, cursor=Cursor(self.clock().isoformat()))


class IgnoresWhatIsKnown(FakeTracker):
    def pull(self, since: Cursor | None) -> Iterator[Page]:
        yield from super().pull(Cursor(since.position) if since else None)


class LosesTheFirstRow(FakeTracker):
    def pull(self, since: Cursor | None) -> Iterator[Page]:
        for page in super().pull(since):
            yield replace(page, tickets=page.tickets[1:])


class WithoutContext(FakeTracker):
    def pull(self, since: Cursor | None) -> Iterator[Page]:
        for page in super().pull(since):
            yield replace(page, tickets=tuple(ticket for ticket in page.tickets if not ticket.context))


class SweepsOnePageOnly(FakeTracker):
    def sweep(self) -> Iterator[IdPage]:
        yield replace(next(super().sweep()), complete=True)


class TakesHiddenForGone(FakeTracker):
    def fetch(self, ids: Sequence[str]) -> Iterator[Found | Moved | Gone | Hidden]:
        for answer in super().fetch(ids):
            yield Gone(id=answer.id) if isinstance(answer, Hidden) else answer


class ObservesFromTheList(FakeTracker):
    def observe(self, ids: Sequence[str], slots: frozenset[Slot]) -> Iterator[Observed]:
        listed = {page.ref.id: page for p in self.pull(None) for page in p.tickets}
        for seen in super().observe(ids, slots):
            yield seen.model_copy(update={"ticket": listed[seen.ticket.ref.id]})


class ReplacesLabels(FakeTracker):
    def write(self, changes: Sequence[TicketChanges]) -> Iterator[Outcome]:
        for each in changes:
            self.edit(each.ticket.id, labels=())
        yield from super().write(changes)


class StopsAtTheFirstRejection(FakeTracker):
    def write(self, changes: Sequence[TicketChanges]) -> Iterator[Outcome]:
        for outcome in super().write(changes):
            if outcome.result is Result.FAILED:
                raise TicketRejected(outcome.cause)
            yield outcome


class AddsALinkEachTime(FakeTracker):
    def write(self, changes: Sequence[TicketChanges]) -> Iterator[Outcome]:
        for each in changes:
            if each.changes and each.changes[0].slot == "link" and each.changes[0].after:
                number = len(self.links(each.ticket.id))
                self.add_link(each.ticket.id, f"https://journeys.example/{number}", "Ours")
        yield from super().write(changes)


class KeepsQuietAboutOne(FakeTracker):
    def write(self, changes: Sequence[TicketChanges]) -> Iterator[Outcome]:
        yield from list(super().write(changes))[:-1]


class WritesWhatNobodyAsked(FakeTracker):
    def sweep(self) -> Iterator[IdPage]:
        for ticket in self.ids():
            list(self.write([_touch(self, ticket)]))
        yield from super().sweep()


class CannotAndSaysNotWhy(FakeTracker):
    @property
    def capabilities(self) -> Capabilities:
        return Capabilities(slots=(("block", SlotCapability(can=False)),))

    @capabilities.setter
    def capabilities(self, value: Capabilities) -> None:
        pass


class ShowsItsSecret(FakeTracker):
    token = Secret(CANARY)

    def __repr__(self) -> str:
        return f"ShowsItsSecret({self.token.reveal()})"


def _touch(tracker: FakeTracker, ticket: str) -> TicketChanges:
    from journeysync.testing import add_label, changes_of

    ref = next(tracker.observe([ticket], frozenset())).ticket
    return changes_of(ref, add_label(ref, "journey.unasked"))


BROKEN: list[tuple[type[FakeTracker], str]] = [
    (WithoutOverlap, "test_what_lists_showed_too_late_is_read_though_newer_changes_came_before"),
    (WithoutOverlap, "test_tickets_that_changed_at_the_very_instant_of_the_cursor_are_not_missed"),
    (CursorTooEarly, "test_pages_stream_and_only_the_last_is_complete_and_carries_the_cursor"),
    (IgnoresWhatIsKnown, "test_nothing_changed_means_nothing_read"),
    (LosesTheFirstRow, "test_a_pull_reads_every_ticket_in_scope_once"),
    (WithoutContext, "test_ancestors_out_of_scope_come_along_as_context"),
    (SweepsOnePageOnly, "test_a_sweep_lists_all_ids_in_scope_with_their_times"),
    (TakesHiddenForGone, "test_a_hidden_ticket_is_not_gone"),
    (ObservesFromTheList, "test_observing_is_fresh_while_lists_lag"),
    (WritesWhatNobodyAsked, "test_reading_writes_nothing"),
    (ReplacesLabels, "test_labels_of_others_stay_as_they_are_spelled"),
    (ReplacesLabels, "test_a_label_that_a_person_types_meanwhile_survives_our_write"),
    (StopsAtTheFirstRejection, "test_a_rejected_ticket_does_not_stop_the_others"),
    (AddsALinkEachTime, "test_a_link_set_twice_is_one_link_with_the_newer_title"),
    (KeepsQuietAboutOne, "test_one_outcome_for_each_change"),
    (CannotAndSaysNotWhy, "test_a_slot_that_cannot_be_held_says_why"),
]


@pytest.mark.parametrize(("broken", "check"), BROKEN, ids=lambda value: getattr(value, "__name__", value))
def test_a_broken_connector_fails_the_contract(broken: type[FakeTracker], check: str) -> None:
    asked: Callable[..., None] = getattr(ConnectorContract(), check)
    asked(*_arguments(check, FakeTracker(page_size=3)))
    with pytest.raises((AssertionError, TicketRejected)):
        asked(*_arguments(check, broken(page_size=3)))


def _arguments(check: str, tracker: FakeTracker) -> tuple[FakeTracker, ...]:
    names = getattr(ConnectorContract, check).__code__.co_varnames
    return (tracker, tracker) if "world" in names else (tracker,)


def test_a_secret_in_a_repr_fails_the_contract(caplog: pytest.LogCaptureFixture) -> None:
    broken = ShowsItsSecret()
    with pytest.raises(AssertionError):
        ConnectorContract().test_no_secret_is_in_any_log_line_or_repr(broken, broken, caplog)
