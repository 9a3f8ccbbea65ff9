from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path

import pytest

from journeysync.model.journey import JourneyRepository
from journeysync.sources import Problem, read_repository

HIERARCHY = """\
lifecycles:
  - id: live-with-us
    name: Live with us
    macro:
      - {id: pay, name: Pay}
personas:
  - {id: tight-budget, name: Families on a tight budget}
"""
TODAY = date(2026, 11, 22)

Read = Callable[[Mapping[str, str]], tuple[JourneyRepository, tuple[Problem, ...]]]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Return a reader of journey files, given by name; the hierarchy is there unless it is given."""

    def read_files(files: Mapping[str, str]) -> tuple[JourneyRepository, tuple[Problem, ...]]:
        folder = tmp_path / "journeys"
        for name, text in ({"hierarchy.yaml": HIERARCHY} | dict(files)).items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return read_repository([folder], today=TODAY)

    return read_files
