"""The shared recordings and schemas, where they are at hand, and connections for tests."""

import gzip
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from journeysync.connector import ConnectionSettings, Secret

WORKSPACE = "k3f9"


def shared(*parts: str) -> Path:
    """Return a path among the shared recordings; skips the test where they are not at hand."""
    root = Path(os.environ.get("JOURNEYSYNC_SHARED") or Path(__file__).resolve().parents[3].parent / "shared")
    path = root.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"the shared recordings are not here: {'/'.join(parts)} (set JOURNEYSYNC_SHARED)")
    return path


@pytest.fixture
def recorded() -> Callable[..., list[dict[str, Any]]]:
    def read(*parts: str) -> list[dict[str, Any]]:
        with gzip.open(shared("data", *parts), "rt", encoding="utf-8") as lines:
            return [json.loads(line) for line in lines]

    return read


def some_settings(**other: Any) -> ConnectionSettings:
    values: dict[str, Any] = {
        "name": "insights",
        "url": "https://api.linear.app/graphql",
        "auth": {"kind": "api-key", "token": Secret("not-real", "env LINEAR_API_KEY")},
        "scope": {"teams": ["ENI"]},
        "workspace": WORKSPACE,
        "where": "journeysync.yaml:5:3",
    }
    return ConnectionSettings(**(values | other))
