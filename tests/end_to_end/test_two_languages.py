"""The same issues read by an account in another language: other names, the same tickets and the same plan."""

import shutil
from pathlib import Path

from .conftest import HERE, CommandLine, serve

STARTER = HERE.parents[1] / "mappings/starter"


def test_names_in_another_language_change_neither_kind_nor_state_nor_plan(shared: Path, tmp_path: Path) -> None:
    workspace = shutil.copytree(STARTER, tmp_path / "workspace")
    config = workspace / "journeysync.yaml"
    config.write_text(config.read_text(encoding="utf-8").replace("[SHOP]", "[EE]"), encoding="utf-8")
    for rule_file in (workspace / "mappings").glob("rules*.yaml"):
        text = 'rules: [{id: everything, when: {regex: ["."]}, link: {step: buy-a-bike.find-my-size}}]\n'
        rule_file.write_text(text, encoding="utf-8")
    placement = "defaults: {quiet_after_days: 0, closed: write, levels: [epic, story, bug, task, subtask]}\n"
    (workspace / "mappings/placement.yaml").write_text(placement, encoding="utf-8")
    seen = {}
    for language, name in (("zh", "merico_cloud_issues"), ("en", "merico_cloud_issues_english_names")):
        state = workspace / ".journeysync"
        shutil.rmtree(state, ignore_errors=True)
        for served in serve([shared / "data/jira" / f"{name}.jsonl.gz"], tmp_path):
            cli = CommandLine(workspace, served.url, connection="shop")
            cli.run("pull")
            plan = cli.json("plan")
            seen[language] = {(c["ticket"], c["key"], c["slot"], c["change"]) for c in plan["changes"]}

    tickets = {ticket for ticket, *_ in seen["en"]}
    assert len(tickets) == 30
    assert seen["en"] == {change for change in seen["zh"] if change[0] in tickets}
