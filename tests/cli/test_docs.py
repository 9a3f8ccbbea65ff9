"""The pages say what the code says: generated parts are up to date, links lead somewhere, commands exist."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")])
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
COMMAND = re.compile(r"(?:^|[`(])journeysync ((?:[a-z][a-z-]*)(?: (?:test|show|jira-cloud|jira-dc))?)", re.MULTILINE)


def anchors(page: Path) -> set[str]:
    """Return the anchors that a page's headings make."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_generated_parts_are_up_to_date() -> None:
    ran = subprocess.run([sys.executable, ROOT / "docs/generate.py", "--check"], capture_output=True, text=True)

    assert ran.returncode == 0, ran.stdout


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text(encoding="utf-8")):
        if target.startswith(("http://", "https://", "mailto:")):
            continue
        name, _, anchor = target.partition("#")
        there = page.parent / name if name else page
        assert there.exists(), f"{page.name}: {target}"
        assert not anchor or anchor in anchors(there), f"{page.name}: {target}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_that_a_page_names_exists(page: Path) -> None:
    import typer

    from journeysync.cli.app import app

    root = typer.main.get_command(app)
    for path in COMMAND.findall(page.read_text(encoding="utf-8")):
        command = root
        for word in path.split():
            commands = getattr(command, "commands", {})
            if command is not root and word not in commands:
                break  # an argument
            assert word in commands, f"{page.name}: journeysync {path}"
            command = commands[word]


def test_pages_that_the_code_names_exist() -> None:
    for source in (ROOT / "src").rglob("*.py"):
        for name in re.findall(r"docs/([\w-]+\.md)", source.read_text(encoding="utf-8")):
            assert (ROOT / "docs" / name).exists(), f"{source.name} names docs/{name}"


def test_every_exit_code_is_explained() -> None:
    page = (ROOT / "docs/cli.md").read_text(encoding="utf-8")

    assert re.findall(r"^\| (\d+) \|", page, re.MULTILINE) == ["0", "1", "2", "3", "4", "5", "64", "75", "130"]
