"""Make the pictures in docs/images/ from a demo that runs while they are taken; loop.svg alone is drawn by hand.

Needs Chromium for the ticket's page (`chromium`, or its path as the only argument). Look at each picture before it is
committed: keys and figures are the same each time, dates are those of the day.
"""

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from pathlib import Path

from rich.console import CONSOLE_SVG_FORMAT, Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

from journeysync.cli.demo_stages import ALLOWED, EDITED
from journeysync.cli.demo_world import World
from journeysync.cli.main import run

IMAGES = Path(__file__).parent / "images"
COLUMNS = 140
WINDOW = "920,{height}"
HEIGHTS = {"ticket-before.png": 640, "ticket-after.png": 840}
THEME = TerminalTheme(
    (22, 27, 34),
    (201, 209, 217),
    [
        (72, 79, 88),
        (255, 123, 114),
        (126, 231, 135),
        (227, 179, 65),
        (121, 192, 255),
        (210, 168, 255),
        (86, 212, 221),
        (201, 209, 217),
    ],
)
FONT_FACE = re.compile(r"@font-face \{\{.*?\}\}\s*", re.DOTALL)  # they are on a server of others


def main(arguments: list[str]) -> int:
    """Take all pictures."""
    browser = arguments[0] if arguments else shutil.which("chromium") or "chromium"
    IMAGES.mkdir(exist_ok=True)
    with World(save=None) as world, world.open() as workspace:
        page = f"{world.jira.url}/browse/{EDITED}"
        workspace.pull()
        workspace.links()
        take(browser, page, IMAGES / "ticket-before.png")
        workspace.apply(allow=ALLOWED)
        take(browser, page, IMAGES / "ticket-after.png")
    terminal(["demo", "--once", "--yes"], IMAGES / "demo.svg", until="Done")
    return 0


def take(browser: str, address: str, target: Path) -> None:
    """Let a browser without a window show a page and keep what it shows."""
    with tempfile.TemporaryDirectory() as profile:
        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={profile}"]
        size = f"--window-size={WINDOW.format(height=HEIGHTS[target.name])}"
        command = [browser, *flags, size, f"--screenshot={target}", address]
        subprocess.run(command, check=True, capture_output=True, timeout=60)  # noqa: S603 - our own page


def terminal(command: list[str], target: Path, *, until: str) -> None:
    """Run a command and draw what a terminal shows, up to the line that begins with ``until``."""
    with printed() as out:
        run(command)
    lines = out.getvalue().splitlines()
    end = next(number for number, line in enumerate(lines) if line.startswith(until)) + 1
    console = Console(record=True, width=COLUMNS, file=StringIO(), force_terminal=True)
    console.print(Text(f"$ journeysync {' '.join(command)}", style="bold"))
    for line in lines[:end]:
        console.print(styled(line), no_wrap=True, overflow="ellipsis", crop=True)
    drawn = console.export_svg(title="journeysync demo", theme=THEME, code_format=FONT_FACE.sub("", CONSOLE_SVG_FORMAT))
    target.write_text(drawn, encoding="utf-8")


def styled(line: str) -> Text:
    """Return a line as it is told, with its first word in bold and what is added, changed or kept in colour."""
    text = Text(line)
    if line[:1].strip():
        text.stylize("bold cyan", 0, 28)
    text.highlight_regex(r"^ +\+ .*", "green")
    text.highlight_regex(r"^ +~ .*", "yellow")
    text.highlight_regex(r"no changes|kept, text untouched", "bold green")
    return text


@contextmanager
def printed() -> Iterator[StringIO]:
    """Yield what is printed meanwhile."""
    out = StringIO()
    with redirect_stdout(out):
        yield out


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
