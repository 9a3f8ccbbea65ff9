"""A Jira Cloud sandbox per test, a client that is logged in, and the shared recordings where they are at hand."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from journeysync.sandbox import JiraSandbox, start_jira_cloud


class Clock:
    """Time that a test holds and moves."""

    def __init__(self, now: float = 1_780_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds


def shared(*parts: str) -> Path:
    """Return a path among the shared recordings; skips the test where they are not at hand."""
    root = Path(os.environ.get("JOURNEYSYNC_SHARED") or Path(__file__).resolve().parents[2].parent / "shared")
    path = root.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"the shared recordings are not here: {'/'.join(parts)} (set JOURNEYSYNC_SHARED)")
    return path


@pytest.fixture
def recorded() -> Callable[..., Path]:
    return shared


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def site(clock: Clock) -> Iterator[JiraSandbox]:
    with start_jira_cloud(clock=clock, projects=["DEMO", "OPS"]) as server:
        yield server


@pytest.fixture
def client(site: JiraSandbox) -> Iterator[httpx.Client]:
    with httpx.Client(
        base_url=site.url + "/rest/api/3", auth=(site.user, site.token), timeout=10, verify=False
    ) as each:
        yield each
