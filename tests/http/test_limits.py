from datetime import UTC, datetime, timedelta

import pytest

from journeysync.http import instant_in, seconds_asked
from journeysync.http.limits import is_near, remaining

NOW = datetime(2026, 3, 26, 15, 59, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after": "Thu, 26 Mar 2026 16:00:00 GMT"}, 30.0),
        ({"retry-after": "Thu, 26 Mar 2026 15:00:00 GMT"}, 0.0),
        ({"x-ratelimit-reset": "2026-03-26T16:00Z"}, 30.0),
        ({"x-ratelimit-reset": "2026-03-26T16:00:10+00:00"}, 40.0),
        ({"x-ratelimit-reset": "2026-03-26T17:00:00+0100"}, 30.0),
        ({"x-ratelimit-reset": str(int(NOW.timestamp()) + 12)}, 12.0),
        ({"x-ratelimit-reset": str((int(NOW.timestamp()) + 12) * 1000)}, 12.0),
        ({"x-ratelimit-reset": "45"}, 45.0),
        ({"retry-after": "3", "x-ratelimit-reset": "2026-03-26T16:00Z"}, 3.0),
        ({"retry-after": "soon", "x-ratelimit-reset": "2026-03-26T16:00Z"}, 30.0),
    ],
)
def test_every_spelling_of_a_wait_is_understood(headers: dict[str, str], seconds: float) -> None:
    assert seconds_asked(headers, NOW) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "soon", "nan", "inf", "-3", "2026-13-45T99:00Z", "9" * 40])
def test_a_wait_that_cannot_be_read_counts_as_absent(text: str) -> None:
    assert seconds_asked({"x-ratelimit-reset": text}, NOW) is None
    if not text.isdigit():
        assert seconds_asked({"retry-after": text}, NOW) is None


def test_milliseconds_are_not_read_as_seconds_of_the_far_future() -> None:
    moment = instant_in(str(1_774_540_800_000), NOW)
    assert moment is not None
    assert moment - NOW < timedelta(days=1)


def test_what_is_left_is_read_leniently() -> None:
    assert remaining({"x-ratelimit-remaining": "12"}) == 12
    assert remaining({"x-ratelimit-remaining": "many"}) is None
    assert is_near({"x-ratelimit-nearlimit": "true"})
    assert not is_near({})
