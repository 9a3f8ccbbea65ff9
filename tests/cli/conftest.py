"""The command line in process, on a small workspace, against a sandbox tracker over HTTP."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from journeysync.cli.main import run
from journeysync.sandbox import JiraSandbox, start_jira_cloud
from journeysync.testing import JOURNEY_FILES

FILES = {
    **JOURNEY_FILES,
    "journeysync.yaml": """
workspace: {id: k3f9, name: Solvane Energy}
public_url: https://journeys.example
connections:
  billing:
    connector: jira
    url: URL
    auth: {kind: api-token, user: bot@sandbox.example, token: {env: TEST_TOKEN}}
    scope: {projects: [BILL, ONB]}
    write: sync
    options: {longest_wait_seconds: 1, total_wait_seconds: 1}
    brakes: {changed: 100%, removed: 1000, writes: 10000}
""",
    "journeys/pay-bill.yaml": """
id: pay-bill
name: Understand and pay a bill
parent: pay
ask: "#billing"
phases:
  - name: Understand
    steps:
      - id: see-why
        name: See why it changed
        insights: [{id: I-7, kind: pain, says: Nobody says why, evidence: 3}]
      - id: ask
        name: Ask about it
        insights: [{id: I-8, kind: pain, says: The line is always busy, evidence: 2}]
  - name: Pay
    steps:
      - {id: pay, name: Pay}
""",
    "mappings/rules.yaml": """
rules:
  - id: bill-explained
    when: {words: [why], in: [title]}
    link: {step: pay-bill.see-why, opportunity: OPP-3}
    expect:
      hits: ["Say why the bill went up"]
      misses: ["Upgrade the database"]
  - id: paying
    when: {words: [pay], in: [title]}
    link: {step: pay-bill.pay, opportunity: OPP-4}
  - id: upkeep
    when: {label: [tech-debt]}
    enabling: platform
  - id: never
    when: {label: [no-such-label]}
    link: {step: pay-bill.ask}
""",
    "mappings/placement.yaml": "defaults: {quiet_after_days: 0}\n",
}
STATUS = {"id": "1", "name": "To Do", "statusCategory": {"id": 2, "key": "new", "name": "To Do", "colorName": "x"}}
PROJECTS = {"BILL": "10000", "ONB": "10001"}


def issue(number: int, title: str, *, project: str = "BILL", **fields: Any) -> dict[str, Any]:
    """Return an issue as Jira's REST API gives it."""
    return {
        "id": str(10_000 + number),
        "key": f"{project}-{number}",
        "fields": {
            "summary": title,
            "project": {"id": PROJECTS[project], "key": project, "name": project},
            "status": STATUS,
            "issuetype": {"id": "1", "name": "Story", "subtask": False},
            "labels": [],
            "created": "2026-10-01T02:22:17.000+0000",
            "updated": "2026-10-02T01:50:05.000+0000",
            **fields,
        },
    }


BACKLOG = (
    issue(1, "Say why the bill went up"),
    issue(2, "Why is my instalment higher", labels=["iOS"]),
    issue(3, "Pay with a card"),
    issue(4, "Upgrade the database", labels=["tech-debt"]),
    issue(5, "Welcome mail", project="ONB"),
)


class Ran(NamedTuple):
    """What a person sees of a command."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Return stdout as the one document that it must be."""
        return json.loads(self.out)


class Desk:
    """A workspace on disk, its tracker, and somebody who types commands."""

    def __init__(self, folder: Path, site: JiraSandbox, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder = folder
        self.site = site
        self.capsys = capsys
        for name, text in FILES.items():
            self.write(name, text.replace("URL", site.url) if name == "journeysync.yaml" else text)

    def write(self, name: str, text: str) -> Path:
        """Write a file of the workspace."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def replace(self, name: str, old: str, new: str) -> None:
        """Change a file of the workspace as a person would."""
        text = (self.folder / name).read_text(encoding="utf-8")
        assert old in text
        self.write(name, text.replace(old, new))

    def type(self, *arguments: str) -> Ran:
        """Run a command in this workspace."""
        return self.type_anywhere(*arguments, "--config", str(self.folder))

    def type_anywhere(self, *arguments: str) -> Ran:
        """Run a command as it stands."""
        self.capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        out, err = self.capsys.readouterr()
        assert "Traceback" not in out + err
        assert "unexpected" not in out + err
        assert "sandbox-token" not in out + err
        return Ran(code, out, err)

    def json(self, *arguments: str, expect: int = 0) -> Any:
        """Run a command with --output json; return the document."""
        ran = self.type(*arguments, "--output", "json")
        assert ran.code == expect, ran
        return ran.json

    def loop(self) -> Any:
        """Read and write everything once."""
        return self.json("sync", "--yes", "--allow", "first-run")


@pytest.fixture
def backlog() -> tuple[dict[str, Any], ...]:
    return BACKLOG


@pytest.fixture
def desk(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    backlog: tuple[dict[str, Any], ...],
) -> Iterator[Desk]:
    """A small backlog of five tickets, served, and a workspace that fits it."""
    monkeypatch.setenv("TEST_TOKEN", "sandbox-token")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.delenv("JOURNEYSYNC_CONFIG", raising=False)
    with start_jira_cloud(records=backlog) as site:
        yield Desk(tmp_path, site, capsys)
