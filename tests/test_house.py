"""What must never get into the repository, and what a newcomer may rely on: read from the files that git tracks."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MOST_LINES = 600
BINARY = (".png", ".ico", ".gz", ".woff2", ".db")

# Put together from pieces, so that this file does not hold what it looks for.
FORBIDDEN = {
    "the address of a package registry": re.compile(
        "|".join(
            ["pypi" + r"\.org", "python" + "hosted", "registry" + r"\.npmjs", "npm" + r"\.pkg", "artifact" + "ory"]
        )
    ),
    "a path of somebody's machine": re.compile(
        r"(?<![\w.~$}/-])/(?:" + "|".join(["work", r"home/[a-z]\w*", "ro" + "ot", "Us" + r"ers/[a-z]\w*"]) + r")/[\w.]"
    ),
    "a secret": re.compile(
        "|".join(
            [
                "ATA" + r"TT3[A-Za-z0-9_=-]{20}",
                r"\bgh[pousr]" + "_[A-Za-z0-9]{20}",
                "github" + "_pat_[A-Za-z0-9]{10}",
                "lin_" + "api_[A-Za-z0-9]{10}",
                r"\bAKIA" + "[A-Z0-9]{16}",
                "-----BEGIN" + " [A-Z ]*PRIVATE KEY",
                r"xox[abp]" + "-[0-9A-Za-z-]{10}",
            ]
        )
    ),
    "an e-mail address that is no example": re.compile(
        r"\b[\w.+-]+@(?!(?:[\w-]+\.)*(?:example|invalid|test|localhost)\b)(?!example\.(?:com|org|net)\b)"
        r"(?:[a-z0-9-]+\.)+[a-z]{2,}\b"
    ),
}


def tracked() -> list[Path]:
    """Return the files that git tracks; skip where there is no git or no repository (an unpacked sdist)."""
    try:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, text=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no git repository here")
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def complaints_about(name: str, text: str) -> Iterator[str]:
    """Yield one line for each thing in a text that must not be there."""
    for number, line in enumerate(text.splitlines(), start=1):
        for what, pattern in FORBIDDEN.items():
            if found := pattern.search(line):
                yield f"{name}:{number}: {what}: {found.group()!r}"


def test_no_file_holds_addresses_paths_secrets_or_people() -> None:
    texts = [file for file in tracked() if file.suffix not in BINARY]
    assert texts
    found = [
        line
        for file in texts
        for line in complaints_about(str(file.relative_to(ROOT)), file.read_text(encoding="utf-8", errors="replace"))
    ]
    assert found == []


@pytest.mark.parametrize(
    "planted",
    [
        "--index-url https://py" + "pi.org/simple",
        "open('/wo" + "rk/shared/data')",
        "cd /ho" + "me/ann/journeysync",
        "token: gh" + "p_0123456789abcdefghij0123",
        "user: ann@solvane" + ".com",
        "-----BEGIN" + " RSA PRIVATE KEY-----",
    ],
)
def test_a_planted_leak_is_found(planted: str) -> None:
    assert list(complaints_about("planted", planted)) != []


@pytest.mark.parametrize(
    "fine",
    [
        "user: bot@solvane.example",
        "mailto:ann@example.com",
        "see https://docs.example/wor" + "k/in/progress",  # an address, not a folder
        "path = root / 'home' / 'x'",
        "@pytest.mark.parametrize",
        "git@localhost",
    ],
)
def test_what_is_no_leak_is_left_alone(fine: str) -> None:
    assert list(complaints_about("fine", fine)) == []


def test_no_python_file_is_too_long_to_read() -> None:
    lengths = {file: len(file.read_bytes().splitlines()) for file in tracked() if file.suffix == ".py"}
    assert lengths
    assert {str(file.relative_to(ROOT)): n for file, n in lengths.items() if n >= MOST_LINES} == {}


def test_every_package_says_that_it_is_typed() -> None:
    packages = [folder for base in ("src", "connectors") for folder in (ROOT / base).iterdir() if folder.is_dir()]
    public = [folder for folder in packages if (folder / "__init__.py").exists()]
    assert len(public) >= 2
    assert [folder.name for folder in public if not (folder / "py.typed").exists()] == []


def test_versions_are_pinned_without_addresses() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert len(pins) > 20
    assert [pin for pin in pins if not re.fullmatch(r"[a-z0-9-]+==[0-9][\w.]*", pin)] == []


def test_help_loads_nothing_heavy() -> None:
    """The quarter of a second that --help may take is kept by what it does not import."""
    if ROOT / "src/journeysync/cli/main.py" not in tracked():
        pytest.skip("no command line yet")
    code = (
        "import sys\n"
        "from journeysync.cli import main\n"
        "sys.argv = ['journeysync', '--help']\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "print('\\nLOADED', *sorted({name.split('.')[0] for name in sys.modules}\n"
        "      | {name for name in sys.modules if name.startswith('journeysync')}))\n"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(ran.stdout.rpartition("LOADED")[2].split())
    heavy = {"httpx", "sqlalchemy", "alembic", "jira", "requests", "uvicorn", "starlette", "ruamel", "tenacity"}
    assert loaded & {"journeysync"}, ran.stdout
    assert loaded & (heavy | {"journeysync_jira", "journeysync.sandbox", "journeysync.http"}) == set()


def test_the_fake_tracker_works_where_pytest_is_not_installed() -> None:
    code = "import sys; sys.modules['pytest'] = None; from journeysync.testing import FakeTracker, a_ticket; "
    code += "print(len(list(FakeTracker([a_ticket()]).pull(None))), 'httpx' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["1", "False"]


@pytest.mark.parametrize("name", ["setup", "tests"])
def test_the_readme_has_the_commands_that_ci_runs(name: str) -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    block = re.search(rf"<!-- ci: {name} -->\n+```\w*\n(.+?)\n```", readme, re.DOTALL)
    assert block, f"README.md has no fenced block after <!-- ci: {name} -->"
    assert "constraints.txt" in block.group(1)
