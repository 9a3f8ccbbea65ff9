"""A sandbox tracker in a process of its own, and the command line against it: as a stranger would run both."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from journeysync.testing.forked import Command

HERE = Path(__file__).parent
SHARED = Path(os.environ.get("JOURNEYSYNC_SHARED") or HERE.parents[2] / "shared")
TITANIUM = HERE.parent / "titanium"


class CommandLine:
    """The command line on one workspace folder."""

    def __init__(self, folder: Path, url: str, connection: str = "titanium") -> None:
        self.folder = folder
        prefix = f"JOURNEYSYNC_CONNECTIONS__{connection.upper()}__"
        self.env = os.environ | {
            f"{prefix}URL": url,
            f"{prefix}AUTH__USER": "bot@sandbox.example",
            "JIRA_TOKEN": "sandbox-token",
            "NO_COLOR": "1",
        }

    def run(self, *arguments: str, expect: int = 0) -> str:
        """Run a command; return its stdout."""
        done = self.start(*arguments)
        out, err = done.communicate(timeout=300)
        assert done.returncode == expect, f"{arguments}: {done.returncode}\n{out[-2000:]}\n{err[-4000:]}"
        return out

    def json(self, *arguments: str, expect: int = 0) -> Any:
        """Run a command with --output json; return the document."""
        return json.loads(self.run(*arguments, "--output", "json", expect=expect))

    def start(self, *arguments: str) -> Command:
        """Start a command in a process of its own and return it."""
        return Command([*arguments, "--config", str(self.folder)], self.env)


class Served:
    """A sandbox in its own process: its address, and what was written to it."""

    def __init__(self, url: str, journal: Path, flavour: str = "jira-cloud") -> None:
        self.url = url
        self.flavour = flavour
        self._journal = journal

    @property
    def journal(self) -> list[dict[str, Any]]:
        """Return all writes so far."""
        if not self._journal.exists():
            return []
        return [json.loads(line) for line in self._journal.read_text(encoding="utf-8").splitlines()]


@pytest.fixture(scope="session")
def shared() -> Path:
    if not (SHARED / "data").is_dir():
        pytest.skip("the recorded data is not beside this checkout (set JOURNEYSYNC_SHARED)")
    return SHARED


def serve(files: Sequence[Path], folder: Path, *more: str, flavour: str = "jira-cloud") -> Iterator[Served]:
    """Serve recorded issues until the caller is through."""
    journal = folder / "journal.jsonl"
    loads = [argument for file in files for argument in ("--load", str(file))]
    command = [sys.executable, "-m", "journeysync", "sandbox", flavour, *loads, "--journal", str(journal), *more]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        try:
            yield Served(next(word for word in line.split() if word.startswith("http://")), journal, flavour)
        finally:
            process.terminate()


@pytest.fixture(scope="session", params=["jira-cloud", "jira-dc"])
def titanium(
    request: pytest.FixtureRequest, shared: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Served, CommandLine]]:
    """The recorded backlog of a mobile SDK, served as Cloud and as Data Center, with journeys and rules made for it."""
    folder = tmp_path_factory.mktemp("titanium")
    files = [shared / "data/jira" / f"tidev_{project}_issues.jsonl.gz" for project in ("TIMOB", "AC")]
    workspace = shutil.copytree(TITANIUM, folder / "workspace")
    is_dc = request.param == "jira-dc"
    for served in serve(files, folder, *(("--context-path", "/jira") if is_dc else ()), flavour=request.param):
        cli = CommandLine(workspace, served.url)
        if is_dc:
            cli.env |= {"JOURNEYSYNC_CONNECTIONS__TITANIUM__AUTH__KIND": "personal-token"}
        yield served, cli
