"""The page on the demo's company: sandboxes and store are made once a session, and copied for who changes them."""

import os
import shutil
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette

from journeysync.app.workspace import Workspace
from journeysync.cli.demo_stages import ALLOWED
from journeysync.cli.demo_world import World
from journeysync.web import make_app
from journeysync.web.serving import LOOPBACK, listen, served_beside

from .browser import FLAGS, NO_BROWSER, Screen, chromium, open_screen

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it will want another http library one day
    from starlette.testclient import TestClient

ADDRESS = "http://127.0.0.1"
PEER = ("127.0.0.1", 50_000)
PILOT = "BILL-204"
WHO = {"USER": "ann"}


class Site:
    """A folder with the demo's company, read and linked, and a little of it written; its sandboxes run."""

    def __init__(self, folder: Path, world: World) -> None:
        self.folder = folder
        self.world = world

    def open(self) -> Workspace:
        """Open the workspace, with nothing of this process' environment."""
        return Workspace.open(self.folder, env=WHO)

    def app(self) -> Starlette:
        """Return the page."""
        return make_app(self.open)


@pytest.fixture(scope="session")
def solvane(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The site that all tests look at: do not change it, ``own_site`` is for that."""
    folder = tmp_path_factory.mktemp("solvane") / "workspace"
    with World(save=folder) as world:
        config = folder / "journeysync.yaml"
        text = config.read_text(encoding="utf-8")
        pilot = f"write: apply\n    write_scope: {{under: [{PILOT}]}}"  # writing all of it would take seconds
        config.write_text(text.replace("write: apply", pilot, 1), encoding="utf-8")
        with world.open() as workspace:
            workspace.pull()
            workspace.links()
            workspace.apply("billing", allow=ALLOWED)
        config.write_text(text, encoding="utf-8")
        yield Site(folder, world)


@pytest.fixture
def own_site(solvane: Site, tmp_path: Path) -> Site:
    """A copy of the site that may be changed; its sandboxes are those of all."""
    shutil.copytree(solvane.folder, tmp_path / "workspace")
    return Site(tmp_path / "workspace", solvane.world)


@pytest.fixture(scope="session")
def client(solvane: Site) -> Iterator[TestClient]:
    """A browser without windows on the common site: to look only."""
    with TestClient(solvane.app(), base_url=ADDRESS, client=PEER, follow_redirects=False) as found:
        yield found


@pytest.fixture
def client_of() -> Iterator[Callable[[Site], TestClient]]:
    """Return a function that gives a client of a site of one's own."""
    opened: list[TestClient] = []

    def make(site: Site) -> TestClient:
        found = TestClient(site.app(), base_url=ADDRESS, client=PEER, follow_redirects=False)
        found.__enter__()
        opened.append(found)
        return found

    yield make
    for each in opened:
        each.__exit__(None, None, None)


def without_store(site: Site) -> Site:
    """Return the site as it is before anything was read."""
    for file in (site.folder / ".journeysync").glob("state.db*"):
        os.remove(file)
    return site


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
