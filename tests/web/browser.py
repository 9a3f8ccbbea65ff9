"""A real browser for the tests of the page: Debian's Chromium, driven by Playwright; one for all tests.

The fixture ``screen`` opens a page as people do, under the page's own policy, and collects what must not happen:
errors in the console and requests to anybody else. ``auditor`` opens it so that axe-core can be put into it, which
that policy forbids.
"""

import os
import shutil
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

from journeysync.web.serving import LOOPBACK

NO_BROWSER = "no browser to test the page with"
FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync"),
    *("--disable-background-networking", "--disable-component-update"),
]
RULES = ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]
SIZE = {"width": 1440, "height": 1000}
_WAIT_MS = 30_000


def chromium() -> str | None:
    """Return where the browser is; None if there is none."""
    return os.environ.get("JOURNEYSYNC_TEST_CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")


@dataclass
class Screen:
    """A page that is open, and what went wrong on it."""

    page: Any  # of Playwright
    errors: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    def open(self, address: str) -> Any:
        """Go there and wait until everything has come."""
        self.page.goto(address)
        self.page.wait_for_load_state("networkidle")
        return self.page

    def quiet(self) -> bool:
        """Return whether nothing went wrong so far; AssertionError says what did."""
        assert self.errors == []
        assert self.foreign == []
        return True


def open_screen(browser: Any, **how: Any) -> Screen:
    """Return a screen of its own, without cookies; close it with ``screen.page.context.close()``."""
    context = browser.new_context(**({"viewport": SIZE} | how))
    context.set_default_timeout(_WAIT_MS)
    found = Screen(context.new_page())
    found.page.on("console", lambda said: found.errors.append(said.text) if said.type == "error" else None)
    found.page.on("pageerror", lambda error: found.errors.append(str(error)))
    found.page.on("request", lambda asked: _note_foreign(found, asked.url))
    return found


def _note_foreign(screen: Screen, url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme in ("http", "https") and parts.hostname != LOOPBACK:
        screen.foreign.append(url)


def audit(auditor: Screen, address: str, *parts: str) -> list[tuple[str, str, str]]:
    """Return what axe-core finds: (theme, rule, first element); all rules in light, contrast in dark, too.

    ``parts`` are selectors of what differs from a page that is audited as a whole elsewhere.
    """
    page = auditor.page
    page.emulate_media(color_scheme="light")
    auditor.open(address)
    page.evaluate("document.fonts.ready")
    page.add_script_tag(content=_axe())
    where = [[part] for part in parts] or [["html"]]
    found = _violations(page, "light", where, {"runOnly": RULES})
    page.emulate_media(color_scheme="dark")
    return found + _violations(page, "dark", where, {"runOnly": ["color-contrast"]})


def _violations(page: Any, theme: str, where: list[list[str]], how: dict[str, Any]) -> list[tuple[str, str, str]]:
    result = page.evaluate(
        "([include, how]) => axe.run({include}, how)", [where, how | {"resultTypes": ["violations"]}]
    )
    return [(theme, each["id"], each["nodes"][0]["html"][:160]) for each in result["violations"]]


@cache
def _axe() -> str:
    return (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
