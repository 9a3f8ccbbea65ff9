"""Imports point down only (architecture.md, Rooms): which room may see which."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# A room sees itself, the rooms that stand here with it, and nothing else of ours.
CORE = ("journeysync.model", "journeysync.richtext", "journeysync.errors")
CONNECTOR = (*CORE, "journeysync.connector", "journeysync.http")
APP = (
    "journeysync.app",
    "journeysync.store",
    "journeysync.sources",
    "journeysync.config",
    "journeysync.core",
    *CONNECTOR,
)
MAY_SEE: Mapping[str, tuple[str, ...]] = {
    "journeysync.errors": (),
    "journeysync.model": ("journeysync.errors",),
    "journeysync.richtext": ("journeysync.model",),
    "journeysync.core": CORE,
    "journeysync.connector": CORE,
    "journeysync.http": (*CORE, "journeysync.connector"),
    "journeysync.sources": ("journeysync.core", *CONNECTOR),
    "journeysync.config": ("journeysync.core", "journeysync.sources", *CONNECTOR),
    "journeysync.store": ("journeysync.core", *CONNECTOR),
    "journeysync.app": APP,
    "journeysync.cli": (*APP, "journeysync.sandbox", "journeysync.web", "journeysync"),  # `serve` starts the page
    "journeysync.web": APP,
    "journeysync.runners": APP,
    "journeysync.sandbox": CONNECTOR,
    "journeysync.testing": APP,
    "journeysync.packs": (),
    "journeysync.__main__": ("journeysync.cli",),
    "journeysync": (),
}
IMPORTED_IN_ONE_PLACE = {"httpx": ("journeysync.http",)}


def room_of(module: str) -> str:
    """Return the room a module of ours belongs to: "journeysync.core.match" -> "journeysync.core"."""
    parts = module.split(".")
    if parts[0].startswith("journeysync_"):
        return parts[0]
    return ".".join(parts[:2]) if ".".join(parts[:2]) in MAY_SEE else parts[0]


def modules_below(source_root: Path) -> Iterator[tuple[str, Path]]:
    """Yield (module name, file) of every module below a source root, without the tests of connectors."""
    for file in sorted(source_root.rglob("*.py")):
        parts = file.relative_to(source_root).with_suffix("").parts
        if "tests" not in parts:
            yield ".".join(parts).removesuffix(".__init__"), file


def imports_of(file: Path) -> Iterator[tuple[int, str]]:
    """Yield (line, module) of every import, also of those inside functions; "from a import b" gives "a.b"."""
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            start = "." * node.level + (node.module or "")
            yield from ((node.lineno, f"{start}.{alias.name}") for alias in node.names)


def complaints_about(module: str, file: Path) -> Iterator[str]:
    """Yield one line for each import of a module that points up or aside."""
    room = room_of(module)
    allowed = {room, *MAY_SEE.get(room, CONNECTOR)}
    for line, imported in imports_of(file):
        where = f"{file.name}:{line}: {module} imports {imported}"
        top = imported.split(".")[0]
        if imported.startswith("."):
            yield f"{where}: imports are absolute"
        elif top in IMPORTED_IN_ONE_PLACE and room not in IMPORTED_IN_ONE_PLACE[top]:
            yield f"{where}: only {', '.join(IMPORTED_IN_ONE_PLACE[top])} does that"
        elif (top == "journeysync" or top.startswith("journeysync_")) and room_of(imported) not in allowed:
            yield f"{where}: {room} sees {', '.join(sorted(allowed - {room})) or 'nothing of ours'} only"


@pytest.mark.parametrize("source_root", ["src", "connectors"])
def test_imports_point_down_only(source_root: str) -> None:
    modules = list(modules_below(ROOT / source_root))
    assert modules, f"no module below {source_root}: this test would pass on nothing"
    assert [line for module, file in modules for line in complaints_about(module, file)] == []


@pytest.mark.parametrize(
    ("path", "statement", "expected"),
    [
        ("journeysync/core/x.py", "from journeysync.store import Store", "journeysync.core sees journeysync.errors"),
        (
            "journeysync/core/x.py",
            "def f():\n    import journeysync.http",
            "x.py:2: journeysync.core.x imports",
        ),
        ("journeysync/app/x.py", "from journeysync import cli", "journeysync.app.x imports journeysync.cli"),
        ("journeysync/app/x.py", "from journeysync.testing import FakeTracker", "journeysync.testing.FakeTracker"),
        ("journeysync/web/x.py", "import journeysync.sandbox.jira", "journeysync.sandbox.jira"),
        ("journeysync/store/x.py", "import httpx", "only journeysync.http does that"),
        ("journeysync/model/x.py", "from .ticket import Ticket", "imports are absolute"),
        ("journeysync_jira/x.py", "from journeysync.store import Store", "journeysync_jira sees"),
        ("journeysync_jira/x.py", "import journeysync_github", "journeysync_jira.x imports journeysync_github"),
    ],
)
def test_a_planted_import_that_points_up_is_named(tmp_path: Path, path: str, statement: str, expected: str) -> None:
    (planted := tmp_path / path).parent.mkdir(parents=True)
    planted.write_text(statement, encoding="utf-8")
    [(module, file)] = modules_below(tmp_path)
    [complaint] = complaints_about(module, file)
    assert expected in complaint


@pytest.mark.parametrize(
    ("path", "statement"),
    [
        ("journeysync/core/x.py", "import re\nfrom journeysync.model.ticket import Ticket"),
        ("journeysync/cli/x.py", "from journeysync.sandbox import serve"),
        ("journeysync_jira/x.py", "from journeysync.http import Client"),
        ("journeysync/http.py", "import httpx"),
    ],
)
def test_imports_that_point_down_are_fine(tmp_path: Path, path: str, statement: str) -> None:
    (planted := tmp_path / path).parent.mkdir(parents=True)
    planted.write_text(statement, encoding="utf-8")
    [(module, file)] = modules_below(tmp_path)
    assert list(complaints_about(module, file)) == []
