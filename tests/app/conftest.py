"""A small workspace on disk, with a tracker in memory behind it: what the tests of use cases stand on."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from journeysync.app.workspace import Workspace
from journeysync.testing import JOURNEY_FILES, Clock, FakeTracker, write_files
from journeysync.testing.databases import DATABASES, store_variables

JOURNEYSYNC = """
workspace: {id: k3f9, name: Test}
public_url: https://journeys.example
connections:
  billing:
    connector: jira
    url: https://billing.example
    auth: {kind: api-token, user: bot, token: {env: TEST_TOKEN}}
    scope: {projects: [BILL, ONB]}
    write: sync
    brakes: {changed: 100%, removed: 1000, writes: 10000}
"""
RULES = """
rules:
  - id: bill-explained
    when: {words: [why]}
    link: {step: pay-bill.see-why, opportunity: OPP-3}
    confidence: 0.9
  - id: paying
    when: {component: [Payments]}
    link: {step: pay-bill.pay, opportunity: OPP-4}
  - id: upkeep
    when: {label: [tech-debt]}
    enabling: platform
"""
PLACEMENT = """
connections:
  billing:
    score: [{field: score}, label]
"""
FILES = {
    **JOURNEY_FILES,
    "journeysync.yaml": JOURNEYSYNC,
    "mappings/rules.yaml": RULES,
    "mappings/placement.yaml": PLACEMENT,
}


class Bench:
    """A workspace, its tracker and its clock; ``open`` may be called again, as a new process would."""

    def __init__(self, folder: Path, tracker: FakeTracker, clock: Clock, env: Mapping[str, str] | None = None) -> None:
        self.env = {"TEST_TOKEN": "secret-canary", **(env or {})}
        self.folder = folder
        self.tracker = tracker
        self.others: dict[str, FakeTracker] = {}
        self.clock = clock
        write_files(folder, FILES)

    def write(self, name: str, text: str) -> None:
        """Write a file of the workspace."""
        write_files(self.folder, {name: text})

    def replace(self, name: str, old: str, new: str) -> None:
        """Change a file of the workspace as a person would."""
        text = (self.folder / name).read_text(encoding="utf-8")
        assert old in text
        self.write(name, text.replace(old, new))

    def open(self) -> Workspace:
        """Open the workspace."""
        return Workspace.open(
            self.folder / "journeysync.yaml",
            env=self.env,
            clock=self.clock,
            connectors={"billing": self.tracker, **self.others},
        )

    def pull(self, **how: Any) -> Any:
        """Read the tracker once."""
        with self.open() as workspace:
            return workspace.pull(**how)

    def plan(self) -> Any:
        """Match and plan, without reading."""
        with self.open() as workspace:
            workspace.links()
            return workspace.plan()

    def sync(self, **how: Any) -> Any:
        """Run the whole loop, with every brake let go unless said otherwise."""
        with self.open() as workspace:
            return workspace.sync(**({"allow": ("first-run", "changed", "removed")} | how))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what is marked so on both databases."""
    if "bench" in metafunc.fixturenames and metafunc.definition.get_closest_marker("both_databases"):
        metafunc.parametrize("bench", DATABASES, indirect=True)


@pytest.fixture
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    clock = Clock()
    with store_variables(getattr(request, "param", "sqlite")) as env:
        yield Bench(tmp_path, FakeTracker(clock=clock), clock, env)
