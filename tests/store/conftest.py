"""One suite for every database: a store of its own for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from journeysync.store import Store

DATABASES = ("sqlite",)


@pytest.fixture(params=DATABASES)
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Return the address of an empty database."""
    return f"sqlite:///{tmp_path / 'state.db'}"


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    with Store.open(store_url) as opened:
        yield opened
