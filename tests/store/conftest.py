"""One suite for every database: a store of its own for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from journeysync.store import Store
from journeysync.testing.databases import DATABASES, store_address


@pytest.fixture(params=DATABASES)
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Return the address of an empty store."""
    with store_address(request.param, tmp_path) as url:
        yield url


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    with Store.open(store_url) as opened:
        yield opened
