"""Faults over HTTP: what a connector makes of a tracker that misbehaves.

Every fault is either survived by another try, or becomes an error of ours; nothing
half read counts as read; and once the fault is over, a run gives what a clean one
gives. Waits must not cost time: the ``connector`` fixture gives its HTTP client a
clock that sleeps without waiting (``journeysync.testing.Clock``) and a time-out of
``slow_seconds``.
"""
# ruff: noqa: ARG002, D102, S101 - a kit of checks: names are sentences, fixtures fill the world, checks assert

import logging
from contextlib import suppress

import pytest

from journeysync.connector import Connector
from journeysync.errors import AuthFailed, Forbidden, JourneySyncError, RateLimited, Unavailable
from journeysync.model.change import Change, Outcome, Result
from journeysync.model.ticket import Ticket
from journeysync.model.tracker import Gone, IdPage, Page
from journeysync.testing.contract_base import (
    CANARY,
    RECEIPT,
    ContractBase,
    add,
    fill,
    link,
    mark,
    on,
    pulled,
    seen,
)
from journeysync.testing.world import WireWorld

PASSING = (
    "429:retry-after=2,count=1",
    "429:retry-after=date:2,count=1",
    "429:retry-after=none,count=1",
    "429:retry-after=none,reset=3,reset-form=minutes,count=1",
    "500:count=1",
    "502:count=1",
    "503:count=1",
    "503:retry-after=2,count=1",
    "504:count=1",
    "reset:count=1",
    "cut:count=1",
)
LASTING: tuple[tuple[str, type[JourneySyncError]], ...] = (
    ("401", AuthFailed),
    ("token-expired", AuthFailed),
    ("token-expired:captcha=true", AuthFailed),
    ("403", Forbidden),
    ("404", JourneySyncError),  # perhaps the address is wrong: then a person edits a file
    ("410", JourneySyncError),
    ("429:retry-after=4000", RateLimited),
    ("429:retry-after=none", RateLimited),
    ("500", Unavailable),
    ("503", Unavailable),
    ("504", Unavailable),
    ("html", JourneySyncError),
    ("cut", Unavailable),
    ("reset", Unavailable),
    ("repeat-token", Unavailable),
)
HALF_WAY = ("401:after=1", "403:after=1", "429:retry-after=4000,after=1", "503:after=1", "cut:after=1", "reset:after=1")
ON_WRITE = (
    "lost:method=PUT|POST|DELETE,count=1",
    "lost:method=PUT|POST|DELETE,count=2",
    "409:method=PUT|POST,count=1",
    "429:method=PUT|POST,retry-after=2,count=1",
    "503:method=PUT|POST,count=1",
    "500:method=PUT|POST,after=1,count=1",
    "reset:method=PUT|POST,count=1",
    "cut:count=1",
    "html:method=PUT|POST,count=1",
    "400:method=PUT|POST,count=1",
    "401:method=PUT|POST,after=1",
    "429:method=PUT|POST,retry-after=4000,after=1",
    "503:after=2",
)


HASTY = 0.3
"""Seconds; an answer that takes three times as long is too late."""
_HASTY_TESTS = (
    "test_an_answer_that_comes_too_late_is_an_outage",
    "test_an_answer_that_trickles_is_survived_or_an_outage",
)


class WireContract(ContractBase):
    """What a connector promises when the wire or the server fails."""

    slow_seconds: float = 30.0
    """The connector's time-out; ``HASTY`` where a test lets an answer be late, elsewhere only a busy machine is."""
    unknown_faults: tuple[str, ...] = ()
    """Faults that cannot happen at this tracker, such as a repeated page token where there are none."""

    @pytest.fixture
    def world(self) -> WireWorld:
        """Return the tracker as people see it, empty, with a switch for faults."""
        raise NotImplementedError("override the fixture `world`")

    @pytest.fixture
    def backlog(self, connector: Connector, world: WireWorld) -> list[Ticket]:
        """Fill the world with nine tickets; return them as a clean pull gives them."""
        for n in range(9):
            world.create(f"Ticket {n}", project=world.projects[n % 2], labels=("urgent",))
        return by_id(pulled(connector)[0])

    # Reading

    @pytest.fixture(autouse=True)
    def patience(self, request: pytest.FixtureRequest) -> None:
        """Set the time-out before the connector is made."""
        self.slow_seconds = HASTY if request.node.originalname in _HASTY_TESTS else type(self).slow_seconds

    @pytest.mark.parametrize("fault", PASSING)
    def test_a_passing_fault_is_survived(
        self, connector: Connector, world: WireWorld, backlog: list[Ticket], fault: str
    ) -> None:
        world.fault(fault)
        assert by_id(pulled(connector)[0]) == backlog
        assert connector.traffic.retries >= 1

    @pytest.mark.parametrize(("fault", "error"), LASTING)
    def test_a_lasting_fault_becomes_our_error_and_gives_no_cursor(
        self, connector: Connector, world: WireWorld, backlog: list[Ticket], fault: str, error: type[JourneySyncError]
    ) -> None:
        if fault in self.unknown_faults:
            pytest.skip(f"this tracker cannot have such a fault: {fault}")
        world.fault(fault)
        pages: list[Page] = []
        with pytest.raises(error) as raised:
            pages.extend(connector.pull(None))
        assert not [page for page in pages if page.complete or page.cursor]
        assert_is_for_people(raised.value)
        world.heal()
        assert by_id(pulled(connector)[0]) == backlog

    @pytest.mark.parametrize("fault", HALF_WAY)
    def test_a_read_that_breaks_half_way_is_never_complete(
        self, connector: Connector, world: WireWorld, backlog: list[Ticket], fault: str
    ) -> None:
        world.fault(fault)
        pages: list[Page] = []
        with pytest.raises(JourneySyncError):
            pages.extend(connector.pull(None))
        assert not [page for page in pages if page.complete]
        world.heal()
        assert by_id(pulled(connector)[0]) == backlog

    @pytest.mark.parametrize("fault", ["401", *HALF_WAY])
    def test_a_broken_sweep_is_never_taken_for_deleted_tickets(
        self, connector: Connector, world: WireWorld, backlog: list[Ticket], fault: str
    ) -> None:
        world.fault(fault)
        pages: list[IdPage] = []
        with suppress(JourneySyncError):  # a sweep that fits into one answer may be done before the fault
            pages.extend(connector.sweep())
        ids = {ticket_id for page in pages for ticket_id, _ in page.rows}
        assert not [page for page in pages if page.complete] or ids == {ticket.ref.id for ticket in backlog}

    def test_an_answer_that_comes_too_late_is_an_outage(
        self, connector: Connector, world: WireWorld, backlog: list[Ticket]
    ) -> None:
        world.fault(f"delay:seconds={3 * self.slow_seconds}")
        with pytest.raises(Unavailable):
            pulled(connector)
        world.heal()
        assert by_id(pulled(connector)[0]) == backlog

    def test_an_answer_that_trickles_is_survived_or_an_outage(
        self, connector: Connector, world: WireWorld, backlog: list[Ticket]
    ) -> None:
        world.fault(f"slow:seconds={self.slow_seconds},count=1")
        try:
            assert by_id(pulled(connector)[0]) == backlog
        except JourneySyncError as error:
            assert_is_for_people(error)

    @pytest.mark.parametrize("fault", ["401", "token-expired:captcha=true", "403"])
    def test_a_refused_token_is_not_tried_again(
        self, connector: Connector, world: WireWorld, backlog: list[Ticket], fault: str
    ) -> None:
        before = world.requests()
        world.fault(fault)
        with pytest.raises((AuthFailed, Forbidden)):
            pulled(connector)
        assert world.requests() - before <= 2, "each further try brings a locked account nearer"

    def test_a_captcha_is_named(self, connector: Connector, world: WireWorld, backlog: list[Ticket]) -> None:
        world.fault("token-expired:captcha=true")
        with pytest.raises(AuthFailed, match=r"(?i)captcha"):
            pulled(connector)

    @pytest.mark.parametrize("fault", ["429:retry-after=4000", "429:retry-after=date:4000"])
    def test_a_long_wait_is_left_to_the_caller_with_its_length(
        self, connector: Connector, world: WireWorld, backlog: list[Ticket], fault: str
    ) -> None:
        world.fault(fault)
        with pytest.raises(RateLimited) as raised:
            pulled(connector)
        assert 3900 <= raised.value.retry_after_seconds <= 6000

    @pytest.mark.parametrize("fault", ["404", "html", "500", "503", "cut", "401", "403"])
    def test_a_tracker_that_fails_is_never_read_as_a_deleted_ticket(
        self, connector: Connector, world: WireWorld, backlog: list[Ticket], fault: str
    ) -> None:
        world.fault(fault)
        try:
            answers = list(connector.fetch([ticket.ref.id for ticket in backlog]))
        except JourneySyncError as error:
            assert_is_for_people(error)
        else:
            assert not [answer for answer in answers if isinstance(answer, Gone)]

    @pytest.mark.parametrize("fault", ["401", "403", "500", "html", "reset", "cut", "429:retry-after=4000"])
    def test_doctor_finds_what_is_wrong_instead_of_failing(
        self, connector: Connector, world: WireWorld, fault: str
    ) -> None:
        world.fault(fault)
        errors = [finding for finding in connector.check() if finding.level == "error"]
        assert errors
        assert [finding for finding in errors if not finding.next_step or CANARY in str(finding)] == []

    @pytest.mark.parametrize("fault", ["401", "403", "404", "429:retry-after=4000", "500", "html", "cut", "reset"])
    def test_no_secret_is_in_an_error_or_its_log(
        self, connector: Connector, world: WireWorld, caplog: pytest.LogCaptureFixture, fault: str
    ) -> None:
        world.create()
        world.fault(fault)
        with caplog.at_level(logging.DEBUG), pytest.raises(JourneySyncError) as raised:
            pulled(connector)
        chain: list[str] = []
        error: BaseException | None = raised.value
        while error is not None:
            chain += [str(error), repr(error), repr(error.args)]
            error = error.__cause__ or error.__context__
        assert not [text for text in [*chain, *(r.getMessage() for r in caplog.records)] if CANARY in text]

    # Writing

    @pytest.mark.parametrize("fault", ON_WRITE)
    def test_what_a_write_reports_is_true_and_a_second_run_sets_it_right(
        self, connector: Connector, world: WireWorld, backlog: list[Ticket], fault: str
    ) -> None:
        tickets = [ticket.ref.id for ticket in backlog[:4]]
        batch = [on(connector, ticket, *self.some_changes(connector, world)) for ticket in tickets]
        world.fault(fault)
        outcomes: list[Outcome] = []
        try:
            outcomes.extend(connector.write(batch))
        except JourneySyncError as error:
            assert_is_for_people(error)
        else:
            assert len(outcomes) == sum(len(each.changes) for each in batch)
        world.heal()
        wanted = {(each.ticket.id, change.slot): change.after for each in batch for change in each.changes}
        for outcome in outcomes:
            if outcome.result in (Result.WRITTEN, Result.UNCHANGED):
                shown = seen(connector, outcome.ticket.id, outcome.slot).get(outcome.slot)
                assert shown == wanted[outcome.ticket.id, outcome.slot], f"{outcome} is not true"
            assert outcome.cause or outcome.result in (Result.WRITTEN, Result.UNCHANGED)
        again = list(connector.write(batch))
        assert {outcome.result for outcome in again} <= {Result.WRITTEN, Result.UNCHANGED}
        for ticket in tickets:
            self.assert_is_written_once(connector, world, ticket)

    def some_changes(self, connector: Connector, world: WireWorld) -> list[Change]:
        """Return one change of each kind that this tracker holds."""
        holds = connector.capabilities.of
        changes: list[Change] = [add("journey.pay-bill")]
        changes += [fill(world.number_field, 92)] if world.number_field and holds("field").can else []
        changes += [link("Pay, priority 92")] if holds("link").can else []
        changes += [mark(RECEIPT)] if holds("property").can else []
        return changes

    def assert_is_written_once(self, connector: Connector, world: WireWorld, ticket: str) -> None:
        """Check that everything of ``some_changes`` stands in a ticket, once, beside what was there."""
        holds = connector.capabilities.of
        assert world.labels(ticket) == ("journey.pay-bill", "urgent")
        if world.number_field and holds("field").can:
            assert world.field(ticket, world.number_field) == 92
        if holds("link").can:
            assert [each["title"] for each in world.links(ticket)] == ["Pay, priority 92"]
        if holds("property").can:
            assert world.receipt(ticket) == RECEIPT

    def test_a_dead_token_stops_a_write_for_the_whole_connection(
        self, connector: Connector, world: WireWorld, backlog: list[Ticket]
    ) -> None:
        batch = [on(connector, ticket.ref.id, add("journey.pay-bill")) for ticket in backlog]
        world.fault("401")
        before = world.requests()
        with pytest.raises(AuthFailed):
            list(connector.write(batch))
        assert world.requests() - before < len(backlog), "it went on with a dead token"
        assert len(world.journal) == 0


def by_id(tickets: list[Ticket]) -> list[Ticket]:
    """Return tickets ordered by id, to be compared."""
    return sorted(tickets, key=lambda ticket: ticket.ref.id)


def assert_is_for_people(error: JourneySyncError) -> None:
    """Check that an error says what, where and what next, that its first line stands alone, and holds no secret."""
    assert error.what.strip()
    assert "\n" not in error.what
    assert error.where, f"{error!r} does not say where"
    assert error.next_step, f"{error!r} does not say what to do next"
    assert CANARY not in str(error)
