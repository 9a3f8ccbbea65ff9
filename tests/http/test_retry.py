import pytest
from hypothesis import given
from hypothesis import strategies as st

from journeysync.errors import (
    AuthFailed,
    ConnectorError,
    Forbidden,
    Gone,
    RateLimited,
    TicketConflict,
    TicketRejected,
    Unavailable,
)
from journeysync.http import RetryLimits, next_wait

LIMITED = RateLimited("limit", retry_after_seconds=0.0)
DOWN = Unavailable("down")


def test_an_outage_of_a_read_is_waited_out_longer_each_time() -> None:
    waits = [next_wait(DOWN, attempt, idempotent=True) for attempt in (1, 2, 3, 4)]
    assert waits == [0.5, 1.0, 2.0, 4.0]
    assert next_wait(DOWN, 5, idempotent=True) is None


def test_a_write_that_is_not_idempotent_is_never_sent_twice() -> None:
    assert next_wait(DOWN, 1, idempotent=False) is None
    assert next_wait(LIMITED, 1, idempotent=False, asked_seconds=1) is None


@pytest.mark.parametrize(
    "error", [AuthFailed("a"), Forbidden("f"), Gone("g"), TicketConflict("c"), TicketRejected("r")]
)
def test_what_waiting_cannot_help_is_given_up_at_once(error: ConnectorError) -> None:
    assert next_wait(error, 1, idempotent=True, asked_seconds=1) is None


def test_the_server_is_taken_at_its_word() -> None:
    assert next_wait(LIMITED, 1, idempotent=True, asked_seconds=42.0) == 42.0
    assert next_wait(DOWN, 1, idempotent=True, asked_seconds=3.0) == 3.0


def test_a_pause_longer_than_our_patience_ends_the_run_instead_of_sleeping() -> None:
    assert next_wait(LIMITED, 1, idempotent=True, asked_seconds=1_847.0) is None
    patient = RetryLimits(longest_wait_seconds=3_600)
    assert next_wait(LIMITED, 1, idempotent=True, asked_seconds=1_847.0, limits=patient) == 1_847.0


@given(
    asked=st.none() | st.floats(0, 1e6),
    attempt=st.integers(1, 10),
    luck=st.floats(0, 1),
    error=st.sampled_from([LIMITED, DOWN]),
)
def test_we_never_come_back_sooner_than_asked_nor_wait_without_bound(
    asked: float | None, attempt: int, luck: float, error: ConnectorError
) -> None:
    limits = RetryLimits()
    wait = next_wait(error, attempt, idempotent=True, asked_seconds=asked, luck=luck, limits=limits)
    if wait is None:
        assert attempt >= limits.tries or (asked or 0) > limits.longest_wait_seconds
    else:
        assert wait >= (asked or 0)
        assert 0 < wait <= limits.longest_wait_seconds * (1 + limits.jitter)
