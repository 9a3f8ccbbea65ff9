"""A real browser for the tests of the page: Debian's Chromium, driven by Playwright; one for all tests.

``screen`` opens a page as people do, under the page's own policy, and collects what must not happen: errors in the
console and requests to anybody else. ``audit`` opens it so that axe-core can be put into it, which that policy forbids.
"""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

import pytest

from journeysync.web import make_app
from journeysync.web.serving import LOOPBACK, listen, served_beside

from .conftest import Site

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


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """One browser for all tests; skips with the cause where there is none."""
    where = chromium()
    if where is None:
        pytest.skip(f"{NO_BROWSER}: chromium is not installed (apt-get install chromium)")
    sync_api = pytest.importorskip("playwright.sync_api", reason=f"{NO_BROWSER}: playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=where, headless=True, args=FLAGS)
        yield found
        found.close()


@pytest.fixture(scope="session")
def address(solvane: Site) -> Iterator[str]:
    """The common site, served: to look only."""
    with served_beside(make_app(solvane.open), listen(LOOPBACK, 0)) as where:
        yield where


@pytest.fixture
def own_address(own_site: Site) -> Iterator[str]:
    """A site of one's own, served: it may be changed."""
    with served_beside(make_app(own_site.open), listen(LOOPBACK, 0)) as where:
        yield where


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


@pytest.fixture
def screen(browser: Any) -> Iterator[Screen]:
    """A page under its own policy."""
    found = open_screen(browser)
    yield found
    found.page.context.close()


@pytest.fixture(scope="session")
def auditor(browser: Any) -> Iterator[Screen]:
    """A page in which axe-core can be run; the same one for all audits."""
    found = open_screen(browser, bypass_csp=True)
    yield found
    found.page.context.close()


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
