"""The page in a real browser: accessible in both themes, quiet, usable with keys alone, whole on a small screen."""

import re
from typing import Any

import pytest

from .browser import Screen, audit, open_screen
from .conftest import Site

GAP = "/coverage?journey=pay-bill&step=ask-for-time"
PATHS = {
    "coverage": "/coverage",
    "coverage, a gap": GAP,
    "coverage, a figure in a selection": "/coverage?show=gaps&team=billing&colour=score",
    "journeys": "/journeys",
    "journey": "/journeys/pay-bill",
    "opportunities, weights tried": "/opportunities?opportunity=OPP-3&customer=90&business=10",
    "backlog": "/backlog",
    "backlog, nothing found": "/backlog?text=zzzzzz",
    "ticket": "TICKET",
    "not there": "/no-such-page",
}
PARTS = {  # the map is looked at as a whole once: a look at all its cells takes longest
    "coverage, a gap": ("#panel",),
    "coverage, a figure in a selection": ("#panel", ".k", ".k2", "form.fl", ".hm:nth-of-type(1)"),
}


@pytest.fixture(scope="session")
def ticket(solvane: Site) -> str:
    with solvane.open() as workspace:
        return f"/tickets/{workspace.store.find('BILL-204')[0].ref}"


@pytest.mark.parametrize("name", PATHS)
def test_no_barrier_is_found_on_any_page_in_either_theme(auditor: Screen, address: str, ticket: str, name: str) -> None:
    path = ticket if PATHS[name] == "TICKET" else PATHS[name]
    assert audit(auditor, address + path, *PARTS.get(name, ())) == []


def test_keys_alone_lead_over_the_map_into_the_panel_and_back(screen: Screen, address: str) -> None:
    page = screen.open(f"{address}/coverage")
    page.locator("table[data-map] a.c[tabindex='0']").focus()
    first = _focused(page)
    page.keyboard.press("ArrowRight")
    second = _focused(page)
    assert first != second
    page.keyboard.press("End")
    end = _focused(page)
    page.keyboard.press("ArrowRight")
    assert _focused(page) == end, "a row ends where it ends"
    page.keyboard.press("Home")
    assert _focused(page) == first
    page.keyboard.press("ArrowDown")
    below = _focused(page)
    assert page.locator("table[data-map] a.c[tabindex='0']").count() == 1, "one Tab stop"
    page.keyboard.press("Enter")
    page.wait_for_selector("#panel .ph .crumb")
    page.wait_for_function("document.activeElement.matches('#panel [data-focus]')")
    assert "step=" in page.url
    assert page.inner_text("#announce").startswith("Details: ")
    assert page.locator("a.c[aria-current='true']").count() == 1
    page.keyboard.press("Escape")
    assert _focused(page) == below
    page.go_back()
    page.wait_for_selector("#panel .seg")
    assert page.url.endswith("/coverage")
    assert screen.quiet()


def _focused(page: Any) -> str:
    return str(page.evaluate("document.activeElement.getAttribute('aria-label')"))


def test_a_ticket_is_linked_with_keys_alone_and_the_map_shows_it(
    screen: Screen, own_address: str, own_site: Site
) -> None:
    page = screen.open(own_address + GAP)
    button = page.locator("#panel .cand button", has_text=re.compile("^Link")).first
    button.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".note[role=status]")
    assert "now linked to" in page.locator(".note[role=status]").inner_text()
    assert "thin" in page.locator("a.c[aria-current='true']").get_attribute("class")
    with own_site.open() as workspace:
        assert [d.target for d in workspace.store.decisions()] == ["pay-bill.ask-for-time"]
    page.locator(".note[role=status] button").focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(".note[role=status]:has-text('no longer')")
    assert screen.quiet()


def test_many_tickets_are_linked_in_the_backlog(screen: Screen, own_address: str, own_site: Site) -> None:
    page = screen.open(f"{own_address}/backlog?show=orphans")
    for box in page.locator("tbody input[type=checkbox]").all()[:3]:
        box.check()
    page.fill(".bulkbar input[name=target]", "OPP-3")
    page.click(".bulkbar button[value=link]")
    page.wait_for_selector(".note[role=status]")
    with own_site.open() as workspace:
        assert len(workspace.store.decisions()) == 3
    page.select_option("select[name=team]", "billing")
    page.wait_for_url(re.compile("team=billing"))
    assert screen.quiet()


def test_without_scripts_one_can_read_and_link(browser: Any, own_address: str, own_site: Site) -> None:
    plain = open_screen(browser, java_script_enabled=False)
    page = plain.page
    page.goto(f"{own_address}/coverage")
    page.click("a.c[aria-label^='Ask for more time']")
    assert "Gap: nobody works on this step" in page.inner_text("#panel")
    page.click("#panel .cand button >> nth=0")
    assert "now linked to" in page.inner_text(".note[role=status]")
    page.go_back()
    page.context.close()
    with own_site.open() as workspace:
        assert len(workspace.store.decisions()) == 1


@pytest.mark.parametrize("size", [{"width": 320, "height": 700}, {"width": 720, "height": 500}])
def test_a_small_screen_or_a_zoom_of_200_percent_loses_nothing(
    browser: Any, address: str, ticket: str, size: dict[str, int]
) -> None:
    small = open_screen(browser, viewport=size)
    for path in (GAP, "/journeys/pay-bill", "/opportunities", "/backlog", ticket):
        page = small.open(address + path)
        wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wider <= 0, f"{path} scrolls sideways as a whole by {wider} px"
    assert small.quiet()
    small.page.context.close()


def test_forced_colours_keep_the_edges_of_cells(browser: Any, address: str) -> None:
    forced = open_screen(browser, forced_colors="active")
    page = forced.open(f"{address}/coverage")
    assert page.locator("a.c").first.evaluate("cell => getComputedStyle(cell).borderTopWidth") == "1px"
    assert page.locator("a.c.gap").first.evaluate("cell => getComputedStyle(cell).borderTopStyle") == "dashed"
    forced.page.context.close()


def test_print_shows_the_map_without_bar_and_filters(screen: Screen, address: str) -> None:
    page = screen.open(f"{address}/coverage")
    page.emulate_media(media="print")
    assert not page.locator("nav.bar").is_visible()
    assert not page.locator("form.fl").is_visible()
    assert page.locator("table[data-map]").first.is_visible()
    assert len(page.pdf(format="A3", landscape=True)) > 10_000
