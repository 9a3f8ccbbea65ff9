from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

CONFIG = """\
workspace: {id: k3f9, name: Solvane}
connections:
  billing:
    connector: jira
    url: https://solvane.example
    auth: {kind: api-token, user: bot@solvane.example, token: {env: JIRA_TOKEN}}
    scope: {projects: [BILL]}
"""
HIERARCHY = "lifecycles: [{id: live, name: Live, macro: [{id: pay, name: Pay}]}]\n"
BILL = """\
id: pay-bill
name: Understand and pay a bill
parent: pay
steps:
  - {id: see-why, name: See why it changed, insights: [{id: I-7, kind: pain, says: Nobody says why}]}
"""
OPPORTUNITIES = "opportunities: [{id: OPP-3, name: Say why, for: [pay-bill.see-why], customer_value: 9}]\n"

Write = Callable[[Mapping[str, str]], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Return a writer of a workspace: a small good one, with the files given over it; answers journeysync.yaml."""

    def write_files(files: Mapping[str, str]) -> Path:
        good = {
            "journeysync.yaml": CONFIG,
            "journeys/hierarchy.yaml": HIERARCHY,
            "journeys/bill.yaml": BILL,
            "journeys/opportunities.yaml": OPPORTUNITIES,
        }
        for name, text in (good | dict(files)).items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_text(text, encoding="utf-8")
        return tmp_path / "journeysync.yaml"

    return write_files
