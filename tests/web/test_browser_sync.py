"""Plan, Runs, Inbox and Settings in a real browser: accessible, quiet, usable with keys alone and without scripts."""

import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from journeysync.config.serve import Roles, SignIn
from journeysync.store import InboxRow
from journeysync.web import make_app
from journeysync.web.oidc import ByOidc
from journeysync.web.serving import LOOPBACK, address_of, listen, served_beside
from journeysync.web.sessions import Sessions
from journeysync.web.signin import ByLink, ByProxy

from .browser import Screen, audit, open_screen
from .conftest import PILOT, Site, without_store
from .provider import CLIENT, SECRET, provider_on_loopback

PATHS = ("/plan", "/runs", "RUN", "/inbox", "/settings")
MOST_TABS = 120
NOBODYS = "label: [nobody-has-this]"


@pytest.fixture(scope="module")
def site(solvane: Site, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A copy with few tickets to write to; each test that writes takes tickets of its own."""
    folder = tmp_path_factory.mktemp("sync") / "workspace"
    shutil.copytree(solvane.folder, folder)
    config = folder / "journeysync.yaml"
    under = iter(("under: [ONB-134]", "under: [FLD-99]"))
    text = config.read_text(encoding="utf-8")
    text = re.sub(r"write: apply(?=\n)", lambda _: f"write: apply\n    write_scope: {{{next(under, NOBODYS)}}}", text)
    config.write_text(text, encoding="utf-8")  # few tickets: a browser takes long to look at hundreds
    return Site(folder, solvane.world)


def put_into_inbox(site: Site, kind: str, cause: str) -> None:
    now = datetime.now(UTC)
    with site.open() as workspace:
        pilot = workspace.store.find(PILOT)[0].ref
        row = InboxRow(
            kind=kind,
            connection="billing",
            ticket_id=pilot.id,
            slot="label:journey.pay-bill",
            cause=cause,
            next_step="look at it",
            owner="Journey owner billing",
            first_seen=now,
            last_seen=now,
            count=2,
        )
        workspace.store.report([row])


@pytest.fixture(scope="module")
def place(site: Site) -> Iterator[str]:
    with served_beside(make_app(site.open), listen(LOOPBACK, 0)) as where:
        yield where


@pytest.fixture(scope="module")
def run(site: Site) -> str:
    with site.open() as workspace:
        return f"/runs/{next(run.id for run in workspace.store.runs() if workspace.store.run_writes(run.id))}"


def journal(site: Site) -> int:
    return len(site.world.sites["billing"].journal)


def tab_until(page: Any, fits: str) -> None:
    """Press Tab until what has the focus fits a selector."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if page.evaluate("selector => document.activeElement.matches(selector)", fits):
            return
    raise AssertionError(f"Tab does not lead to {fits}")


@pytest.mark.parametrize("path", PATHS)
def test_no_barrier_is_found_on_any_of_the_pages(auditor: Screen, place: str, site: Site, run: str, path: str) -> None:
    if path == "/inbox":
        put_into_inbox(site, "drift", "somebody took it off")
        put_into_inbox(site, "failed", "the field is not on the screen")
    assert audit(auditor, place + (run if path == "RUN" else path)) == []


def test_no_barrier_is_found_for_a_reader_and_buttons_say_why_they_are_off(auditor: Screen, site: Site) -> None:
    access = ByProxy(SignIn(kind="proxy", user_header="X-User"), lambda: Roles(), names={LOOPBACK})
    with served_beside(make_app(site.open, access=lambda _held: access), listen(LOOPBACK, 0)) as where:
        auditor.page.set_extra_http_headers({"x-user": "eve"})
        try:
            assert audit(auditor, f"{where}/plan", "#panel", ".fl") == []
            assert "Only an approver may do this; you are a viewer." in auditor.page.inner_text("#panel")
            assert auditor.page.locator(".go button").first.is_disabled()
        finally:
            auditor.page.set_extra_http_headers({})


def test_no_barrier_is_found_where_there_is_nothing_yet(auditor: Screen, own_site: Site) -> None:
    site = without_store(own_site)
    with served_beside(make_app(site.open), listen(LOOPBACK, 0)) as where:
        for path, says in (
            ("/plan", "Nothing was read so far"),
            ("/runs", "No run so far"),
            ("/inbox", "The inbox is empty"),
        ):
            assert audit(auditor, where + path, "main") == [], path
            assert says in auditor.page.inner_text("main")


def test_the_door_has_no_barrier_and_opens_with_the_link(auditor: Screen, browser: Any, site: Site) -> None:
    access = ByLink("ann", Sessions(hours=1, idle_minutes=10), cookie="journeysync-test", say=lambda _text: None)
    with served_beside(make_app(site.open, access=lambda _held: access), listen(LOOPBACK, 0)) as where:
        assert audit(auditor, f"{where}/coverage") == []
        assert "This page opens with the link" in auditor.page.inner_text("main")
        fresh = open_screen(browser)
        page = fresh.open(where + access.link())
        assert page.url == f"{where}/coverage"
        assert "token" not in page.content()
        page.click("button:has-text('Sign out')")
        assert "You have signed out." in page.inner_text("main")
        assert fresh.quiet()
        fresh.page.context.close()


def test_a_browser_signs_in_at_another_site_and_follows_a_link_from_there(browser: Any, site: Site) -> None:
    """What only a browser shows: a strict cookie is kept back on the way from another site, and all works even so."""
    listener = listen(LOOPBACK, 0)
    address = address_of(listener)
    with provider_on_loopback() as provider:
        elsewhere = provider.url = provider.url.replace(LOOPBACK, "localhost")  # another site than ours, to a browser
        access = ByOidc(
            SignIn(kind="oidc", issuer=elsewhere, client_id=CLIENT),
            lambda: Roles(approver=("ann@solvane.example",)),
            Sessions(hours=1, idle_minutes=10),
            address=address,
            secret=SECRET,
            names={LOOPBACK},
            cookie="journeysync-oidc",
        )
        with served_beside(make_app(site.open, access=lambda _held: access), listener):
            fresh = open_screen(browser)
            page = fresh.open(f"{address}/runs")
            page.wait_for_url(f"{address}/runs")
            assert "ann@solvane.example, approver" in page.inner_text(".bar")
            (cookie,) = [each for each in page.context.cookies() if each["name"] == "journeysync-oidc"]
            assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
            assert fresh.errors == []
            page.goto(f"{elsewhere}/keys")
            page.evaluate("to => { location.href = to }", f"{address}/inbox?all=yes")
            page.wait_for_url(f"{address}/inbox?all=yes")
            page.wait_for_selector("h1:has-text('Inbox')")
            page.context.close()


def test_a_plan_is_approved_in_part_with_keys_alone_and_the_tracker_has_it(
    screen: Screen, place: str, site: Site
) -> None:
    page = screen.open(f"{place}/plan?connection=billing")
    sections = page.locator("section.pl:has(input[name=ticket])").count()
    for number in range(sections):
        tab_until(page, "[data-untick]")
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.firstChild.textContent") == "Take in", number
    assert page.locator("input[name=ticket]:checked").count() == 0
    page.locator("input[name=ticket]").first.focus()
    ticket = page.evaluate("document.activeElement.value")
    page.keyboard.press("Space")
    assert page.locator("input[name=ticket]:checked").count() == 1
    before = journal(site)
    tab_until(page, "button[name=scope][value=ticked]")
    assert page.evaluate("document.activeElement.textContent").startswith("Approve and apply")
    page.keyboard.press("Enter")
    page.wait_for_selector(".job b:has-text('written to 1 ticket')")
    assert journal(site) > before
    assert page.locator(f"input[value='{ticket}']").count() == 0, "it is in the plan no longer"
    tab_until(page, ".job a")
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:has-text('Apply of')")
    assert "approved by ann" in page.inner_text("main")
    assert screen.quiet()


def test_a_plan_is_approved_without_scripts(browser: Any, place: str, site: Site) -> None:
    plain = open_screen(browser, java_script_enabled=False)
    page = plain.open(f"{place}/plan?connection=billing")
    boxes = page.locator("input[name=ticket]")
    for number in range(boxes.count()):
        boxes.nth(number).set_checked(number == 0)
    before = journal(site)
    page.click("button[name=scope][value=ticked]")
    page.wait_for_selector(".job b:has-text('written to 1 ticket')")  # the page loads itself again until then
    assert journal(site) > before
    page.context.close()


def test_what_is_ticked_is_what_the_button_says(screen: Screen, place: str, site: Site) -> None:
    page = screen.open(f"{place}/plan?connection=field")
    said = page.locator("[data-ticked]")
    first = int(re.sub(r"\D", "", said.inner_text()))
    box = page.locator("input[name=ticket]").first
    box.uncheck()
    assert int(re.sub(r"\D", "", said.inner_text())) == first - int(box.get_attribute("data-count"))
    page.click("button:has-text('Approve and apply')")
    page.wait_for_selector(".job b:has-text('stopped')")  # nobody let the brake pass
    assert "first write" in page.inner_text(".job") or "would change" in page.inner_text(".job")
    assert screen.quiet()


def test_the_inbox_is_answered_and_says_so(screen: Screen, place: str, site: Site) -> None:
    put_into_inbox(site, "drift", "somebody took it off")
    put_into_inbox(site, "failed", "the field is not on the screen")
    page = screen.open(f"{place}/inbox?kind=failed")
    row = page.locator("article").first
    row.locator("button", has_text="Try again").click()
    page.wait_for_selector(".note:has-text('tried again with the next apply')")
    page.goto(f"{place}/inbox?kind=drift")
    row = page.locator("article").first
    row.locator("summary").focus()
    page.keyboard.press("Enter")
    row.locator("input[name=why]").fill("the team decided so")
    page.keyboard.press("Enter")
    page.wait_for_selector(".note:has-text('not shown until')")
    with site.open() as workspace:
        assert workspace.store.decisions_of_kind("ignore")[-1].why == "the team decided so"
    assert screen.quiet()


def test_connections_are_tested_and_read_from_the_page(screen: Screen, place: str) -> None:
    page = screen.open(f"{place}/settings")
    page.locator("section[aria-label=field] button").click()
    page.wait_for_selector(".job b:has-text('Testing field: ')")
    page.wait_for_selector("section[aria-label=field] .found")
    page.click("button:has-text('Read all now')")
    page.wait_for_selector(".job b:has-text('Reading all connections: ')")
    assert screen.quiet()


@pytest.mark.parametrize("size", [{"width": 320, "height": 700}, {"width": 720, "height": 500}])
def test_a_small_screen_or_a_zoom_of_200_percent_loses_nothing(
    browser: Any, place: str, run: str, size: dict[str, int]
) -> None:
    small = open_screen(browser, viewport=size)
    for path in ("/plan", "/inbox", "/runs", run, "/settings"):
        page = small.open(place + path)
        wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wider <= 0, f"{path} scrolls sideways as a whole by {wider} px"
    assert small.quiet()
    small.page.context.close()


def test_the_state_of_a_page_is_in_its_address_and_back_works(screen: Screen, place: str) -> None:
    page = screen.open(f"{place}/plan")
    page.click("summary:has-text('Tool')")
    page.click(".menu a:has-text('field')")
    page.wait_for_url(re.compile(r"/plan\?connection=field"))
    assert set(page.locator("section.pl:has(input[name=ticket]) h2").all_inner_texts()) == {"field, FLD"}
    page.go_back()
    page.wait_for_url(re.compile(r"/plan$"))
    assert screen.quiet()


def test_a_report_opens_from_a_disk_and_prints(browser: Any, site: Site, tmp_path: Any) -> None:
    from journeysync.web.report import report

    with site.open() as workspace:
        (tmp_path / "report.html").write_text(report(workspace, workspace.coverage()), encoding="utf-8")
    fresh = open_screen(browser)
    asked: list[str] = []
    fresh.page.on("request", lambda request: asked.append(request.url))
    page = fresh.open(f"file://{tmp_path}/report.html")
    page.evaluate("document.fonts.ready")
    assert page.evaluate("document.fonts.check('13px Inter')")
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    for size in ("A4", "A3"):
        assert len(page.pdf(format=size, landscape=True)) > 20_000
    assert fresh.quiet()
    fresh.page.context.close()
