"""The example of docs/write-a-connector.md: as a distribution of its own it is found, and keeps the contract."""

import os
import subprocess
import sys
from pathlib import Path

EXAMPLE = Path(__file__).parents[2] / "docs" / "examples" / "journeysync-toy"


def run(*words: str, site: Path, cwd: Path) -> str:
    done = subprocess.run(
        [sys.executable, *words],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        env=os.environ | {"PYTHONPATH": str(site)},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_a_connector_of_another_distribution_is_found_and_keeps_the_contract(tmp_path: Path) -> None:
    site = tmp_path / "site"
    here = ("--no-index", "--no-deps", "--no-build-isolation", "--disable-pip-version-check")
    run("-m", "pip", "install", "-q", *here, "--target", str(site), str(EXAMPLE), site=site, cwd=tmp_path)
    found = "from journeysync.config.connect import _entries; print(_entries()['toy'].load().__module__)"
    assert run("-c", found, site=site, cwd=tmp_path).strip() == "journeysync_toy"
    (tmp_path / "pytest.ini").write_text("[pytest]\npythonpath = .\n")
    for file in (EXAMPLE / "tests").glob("*.py"):
        (tmp_path / file.name).write_text(file.read_text(encoding="utf-8"), encoding="utf-8")
    said = run(
        "-m",
        "pytest",
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:xdist",
        str(tmp_path / "test_contract.py"),
        site=site,
        cwd=tmp_path,
    )
    last = said.strip().splitlines()[-1]
    assert "passed" in last, said
    assert "failed" not in last, said
