"""A large workspace is read in well under a second; help and version never pay for it."""

import subprocess
import sys
from pathlib import Path
from time import process_time

from journeysync.config import validate_workspace


def test_sixty_journeys_and_five_hundred_rules_are_read_in_a_second(tmp_path: Path) -> None:
    (tmp_path / "journeys").mkdir()
    (tmp_path / "mappings").mkdir()
    (tmp_path / "journeysync.yaml").write_text("workspace: {id: k3f9, name: S}\n")
    (tmp_path / "journeys/hierarchy.yaml").write_text("lifecycles: [{id: l, name: L, macro: [{id: m, name: M}]}]\n")
    for journey in range(60):
        steps = "".join(
            f"      - id: step-{step}\n        name: Step {step} of this journey\n        channels: [web, app]\n"
            f"        today: What people find today\n        insights:\n"
            f"          - {{id: I-{journey * 8 + step}, kind: pain, says: It hurts here, evidence: 2, source: Calls}}\n"
            for step in range(8)
        )
        text = f"id: journey-{journey}\nname: Journey {journey}\nparent: m\nphases:\n  - name: P\n    steps:\n{steps}"
        (tmp_path / f"journeys/{journey}.yaml").write_text(text)
    rules = "".join(
        f"  - id: rule-{rule}\n    when:\n      any:\n        - {{component: [Part {rule}]}}\n"
        f"        - {{regex: '(?i)word{rule}\\b', in: [title]}}\n      unless: {{label: [chore]}}\n"
        f"    link: {{step: journey-{rule % 60}.step-{rule % 8}}}\n    why: They say so\n"
        f"    expect: {{hits: [Title {rule}]}}\n"
        for rule in range(500)
    )
    (tmp_path / "mappings/rules.yaml").write_text(f"rules:\n{rules}")
    started = process_time()
    settings, repository, problems = validate_workspace(tmp_path / "journeysync.yaml", {})
    seconds = process_time() - started
    assert problems == ()
    assert settings is not None
    assert repository is not None
    assert (len(settings.rules), len(repository.steps)) == (500, 480)
    assert seconds < 3, f"took {seconds:.2f} s; about 1 s on two quiet cores"


def test_reading_settings_loads_no_store_no_client_and_no_regex_engine() -> None:
    heavy = "sqlalchemy httpx requests jira re2 ahocorasick_rs keyring starlette"
    code = f"import sys, journeysync.config; print([m for m in '{heavy}'.split() if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
