"""One workspace on all trackers at once, each with faults on a twentieth of its requests: it ends as a clean run does.

A tracker takes part by the world of its connector's own tests: one line in ``TRACKERS``.
"""

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from journeysync.app.workspace import Workspace
from journeysync.errors import ExitCode, JourneySyncError
from journeysync.testing import write_files
from journeysync_github.tests.world import GitHubWorld
from journeysync_jira.tests.world import DcWorld, JiraWorld
from journeysync_linear.tests.world import LinearWorld

from .loop import ALL_BRAKES, FILES

TRACKERS: dict[str, Any] = {
    "app": GitHubWorld,
    "billing": JiraWorld,
    "field": DcWorld,
    "insights": LinearWorld,
}
FAULTS = ("503:p=0.05", "500:p=0.05", "429:retry-after=1,p=0.05", "reset:p=0.05", "cut:p=0.05", "lost:p=0.05")
HEAD = "workspace: {id: k3f9, name: Test}\npublic_url: https://journeys.example\nconnections:\n"
CONNECTION = "  {name}: {{{world}, url: https://{name}.example, write: sync}}\n"


class Company:
    """Several trackers and a workspace that is connected to all of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.worlds: dict[str, Any] = {name: made() for name, made in TRACKERS.items()}
        self.ids: dict[tuple[str, str], str] = {}
        connections = (CONNECTION.format(name=name, world=world.in_yaml) for name, world in self.worlds.items())
        files = {
            "journeysync.yaml": HEAD + "".join(connections),
            "mappings/placement.yaml": "defaults: {public: all}\n",
        }
        write_files(folder, FILES | files)

    def close(self) -> None:
        for world in self.worlds.values():
            world.server.stop()

    def sync(self, *, full: bool = False) -> tuple[int, Any]:
        """Run once, as a process of its own would; return the exit code and the result."""
        with ExitStack() as stack:
            connectors = {name: world.connection(name=name) for name, world in self.worlds.items()}
            for connector in connectors.values():
                stack.callback(connector.close)
            workspace = stack.enter_context(
                Workspace.open(self.folder / "journeysync.yaml", env={}, connectors=connectors)
            )
            try:
                result = workspace.sync(full=full, allow=ALL_BRAKES)
            except JourneySyncError as error:
                return int(error.exit_code), error
            return int(result.applied.exit_code), result

    def settle(self) -> None:
        """Run until there is nothing left to write."""
        for _ in range(6):
            code, result = self.sync(full=True)
            if code == ExitCode.DONE and not result.applied.plan.tickets:
                return
        raise AssertionError(f"it never ends: {code} {result}")

    # what people do

    def people_start(self) -> None:
        for name, world in self.worlds.items():
            epic = self.make(name, "Epic: say why the bill changed")
            for number in range(4):
                self.make(name, f"Part {number} of it", parent=epic)
            for number in range(4):
                self.make(name, f"Tell me why, number {number}")
                self.make(name, f"About paying {number}", project=world.projects[1], labels=("mobile",))
            self.make(name, "Upgrade", labels=("tech-debt",))
            self.make(name, "Nothing to do with it")

    def people_go_on(self) -> None:
        for name, world in self.worlds.items():
            ids = {title: ticket for (connection, title), ticket in self.ids.items() if connection == name}
            world.edit_title(ids["Tell me why, number 0"], "Plain words")
            world.edit_title(ids["Nothing to do with it"], "Nothing but why")
            world.type_label(ids["Upgrade"], "journey.opp-4")
            world.type_label(ids["Part 1 of it"], "urgent")
            world.remove_label(ids["Tell me why, number 1"], "journey.opp-3")
            world.delete(ids["Tell me why, number 2"])
            self.ids.pop((name, "Tell me why, number 2"))
            self.make(name, "New: why")

    def make(self, name: str, title: str, **more: Any) -> str:
        ticket: str = self.worlds[name].create(title, **more)
        self.ids[name, title] = ticket
        return ticket

    # what there is

    def shown(self) -> dict[tuple[str, str], Any]:
        """Return what each ticket shows, by connection and first title."""
        found = {}
        for (name, title), ticket in self.ids.items():
            world = self.worlds[name]
            receipt = world.receipt(ticket) or {}
            links = sorted(link["title"] for link in world.links(ticket))
            found[name, title] = (world.title(ticket), world.labels(ticket), links, receipt.get("links"))
        return found

    def writes(self) -> Counter[tuple[str, str, str]]:
        """Return how often a label was really put on or taken off, by connection, ticket and label."""
        titles = {(name, ticket): title for (name, title), ticket in self.ids.items()}
        found: Counter[tuple[str, str, str]] = Counter()
        for name, world in self.worlds.items():
            for row in world.journal:
                if row.what in ("label+", "label-"):
                    found[name, titles.get((name, row.issue_id), row.issue_id), row.what + row.name] += 1
        return found


def play(company: Company, *, faults: bool) -> None:
    """Take the same steps, with or without faults in the first run of each."""
    chance = random.Random(4)
    company.people_start()
    for people in (lambda: None, company.people_go_on):
        people()
        if faults:
            for world in company.worlds.values():
                for fault in FAULTS:
                    world.fault(f"{fault},seed={chance.randrange(1_000)}")
        code, result = company.sync()
        assert code in (ExitCode.DONE, ExitCode.PARTLY, ExitCode.TRY_LATER), result
        for world in company.worlds.values():
            world.heal()
        company.settle()


@pytest.fixture
def companies(tmp_path: Path) -> Iterator[tuple[Company, Company]]:
    made = Company(tmp_path / "clean"), Company(tmp_path / "faulty")
    yield made
    for company in made:
        company.close()


def test_a_mixed_run_with_faults_on_every_tracker_ends_like_the_clean_one(companies: tuple[Company, Company]) -> None:
    clean, faulty = companies
    play(clean, faults=False)
    play(faulty, faults=True)
    requests = [sum(world.requests() for world in company.worlds.values()) for company in companies]
    assert requests[1] > requests[0]  # the faults were there
    assert faulty.shown() == clean.shown()
    assert faulty.writes() == clean.writes()
    shown = clean.shown()
    for name in TRACKERS:
        assert "journey.opp-3" in shown[name, "New: why"][1]
        assert "journey.opp-3" not in shown[name, "Tell me why, number 1"][1]  # a person said no
        assert shown[name, "Part 0 of it"][3] == ["OPP-3", "pay-bill.see-why"]  # inherited
