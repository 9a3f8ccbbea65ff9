"""Make the pictures in docs/images/ from a demo that runs while they are taken; loop.svg alone is drawn by hand.

Needs Chromium (`chromium`, or its path) and, for the pages of `serve`, Playwright. `python docs/screenshots.py --pages`
takes those alone. Look at each picture before it is committed: keys and figures are the same each time, dates are those
of the day.
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
from journeysync.web import make_app
from journeysync.web.serving import LOOPBACK, listen, served_beside

IMAGES = Path(__file__).parent / "images"
COLUMNS = 140
WINDOW = "920,{height}"
HEIGHTS = {"ticket-before.png": 640, "ticket-after.png": 1000, "ticket-github.png": 660}
COMMENTED = "solvane/care#37"  # an issue whose context is a comment of ours
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
SIZE = {"width": 1360, "height": 860}
PAGES = {  # name of the picture -> (address, colours)
    "coverage": ("/coverage", "light"),
    "coverage-gap": ("/coverage?journey=pay-bill&step=ask-for-time", "dark"),
    "journeys": ("/journeys", "light"),
    "journey": ("/journeys/pay-bill", "light"),
    "opportunities": ("/opportunities?opportunity=OPP-3&customer=90&business=10", "light"),
    "backlog": ("/backlog", "light"),
    "ticket": ("/tickets/TICKET", "light"),
    "plan": ("/plan", "light"),
    "runs": ("/runs", "light"),
    "inbox": ("/inbox", "light"),
    "settings": ("/settings", "light"),
}
EMPTY = ("coverage", "journeys", "opportunities", "backlog", "plan", "runs", "inbox", "settings")
FONT_FACE = re.compile(r"@font-face \{\{.*?\}\}\s*", re.DOTALL)  # they are on a server of others


def main(arguments: list[str]) -> int:
    """Take all pictures."""
    only_pages = "--pages" in arguments
    named = [each for each in arguments if each != "--pages"]
    browser = named[0] if named else shutil.which("chromium") or "chromium"
    IMAGES.mkdir(exist_ok=True)
    pages(browser)
    if only_pages:
        return 0
    with World(save=None) as world, world.open() as workspace:
        page = f"{world.jira.url}/browse/{EDITED}"
        workspace.pull()
        workspace.links()
        take(browser, page, IMAGES / "ticket-before.png")
        workspace.apply(allow=ALLOWED)
        take(browser, page, IMAGES / "ticket-after.png")
        take(browser, workspace.store.find(COMMENTED)[0].url, IMAGES / "ticket-github.png")
    terminal(["demo", "--once", "--yes"], IMAGES / "demo.svg", until="Done")
    return 0


def pages(browser: str) -> None:
    """Take the pages of `serve`, with the demo's company and before anything was read."""
    with World(save=None) as world:
        shoot(browser, world, {f"page-{name}-empty": (PAGES[name][0].partition("?")[0], "light") for name in EMPTY})
        with world.open() as workspace:
            workspace.pull()
            workspace.links()
            workspace.apply(allow=ALLOWED)
            ticket = str(workspace.store.find(EDITED)[0].ref)
        found = {f"page-{name}": (path.replace("TICKET", ticket), theme) for name, (path, theme) in PAGES.items()}
        shoot(browser, world, found)


def shoot(browser: str, world: World, wanted: dict[str, tuple[str, str]]) -> None:
    """Take pictures of pages: name -> (address, colours)."""
    from playwright.sync_api import sync_playwright

    with served_beside(make_app(world.open), listen(LOOPBACK, 0)) as address, sync_playwright() as playwright:
        window = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"])
        for name, (path, theme) in wanted.items():
            page = window.new_page(viewport=SIZE, color_scheme=theme)
            page.goto(address + path)
            page.wait_for_load_state("networkidle")
            page.evaluate("document.fonts.ready")
            page.screenshot(path=IMAGES / f"{name}.png")
            page.close()
        window.close()


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
