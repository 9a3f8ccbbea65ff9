"""A clock that never waits, and a client around answers that a test writes down."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from journeysync.connector import Traffic
from journeysync.http import Clock, HttpClient, HttpSettings, RetryLimits

BASE = "https://jira.example/context"


class HeldClock(Clock):
    """Time that moves only by sleeping; remembers each sleep."""

    def __init__(self) -> None:
        super().__init__()
        self.slept: list[float] = []
        self._at = 1_000.0
        self._mutex = threading.Lock()

    def now(self) -> datetime:
        return datetime(2026, 11, 22, 12, tzinfo=UTC) + timedelta(seconds=self._at - 1_000.0)

    def monotonic(self) -> float:
        return self._at

    def sleep(self, seconds: float) -> None:
        with self._mutex:
            self.slept.append(seconds)
            self._at += seconds


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
def traffic() -> Traffic:
    return Traffic()


@pytest.fixture
def make_client(clock: HeldClock, traffic: Traffic) -> Iterator[Callable[..., HttpClient]]:
    made: list[HttpClient] = []

    def make(*, base_url: str = BASE, clock: Clock = clock, **rest: Any) -> HttpClient:
        behaviour = {name: rest.pop(name) for name in ("verdict", "lane_of") if name in rest}
        rest.setdefault("authorization", lambda: "Basic c2VjcmV0LXRva2Vu")
        rest.setdefault("secrets", lambda: ("secret-token", "c2VjcmV0LXRva2Vu"))
        rest.setdefault("retry", RetryLimits(jitter=0.0))
        client = HttpClient(HttpSettings(base_url=base_url, where="billing", **rest), traffic, clock=clock, **behaviour)
        made.append(client)
        return client

    yield make
    for client in made:
        client.close()
