"""Every number on the page opens exactly what it counts, for the whole workspace and for a part of it."""

import re
from html import unescape

import pytest
from starlette.testclient import TestClient

from journeysync.app.figure_tables import figure_table
from journeysync.core.figures import figures
from journeysync.model.coverage import EVERYTHING, Selection

from .conftest import Site

LINK = re.compile(r'<a href="([^"]*\bshow=([\w-]+)[^"]*)"[^>]*>(.*?)</a>', re.DOTALL)

ROWS = {"coverage": "steps", "opportunities": "opportunities", "backlog": "tickets"}


def shown_on(html: str) -> dict[str, tuple[str, int]]:
    """Return address and number of each figure on the page."""
    found = {}
    for address, name, inside in LINK.findall(html):
        numbers = re.findall(r"<(?:b|strong)(?: [^>]*)?>([\d,]+)<|<em>(\d+) of", inside)
        if numbers:
            number = next(of for whole, of in numbers if of) if name == "needs-with-work" else numbers[0][0]
            found[name] = (unescape(address), int(number.replace(",", "")))
    return found


def opened(client: TestClient, address: str) -> int:
    """Follow a figure and count the rows of what it opens, page by page."""
    count, path = 0, address
    while path:
        html = client.get(path).text
        main = html.partition("<main")[2]
        count += _list(main).count("<li><a")
        count += len(re.findall(r'<input type="checkbox" name="ticket"', main))
        if path.startswith("/opportunities"):
            count += len(re.findall(r'<tr[^>]*>\s*<td class="num">', main))
        following = re.search(r'rel="next" href="([^"]+)"', main)
        path = unescape(following[1]) if following else ""
    return count


def _list(main: str) -> str:
    return main.partition('<ul class="steps">')[2].partition("</ul>")[0]


@pytest.mark.parametrize("query", ["", "team=billing", "persona=renters&days=365", "tool=jira&kind=bug"])
def test_every_figure_on_the_page_opens_what_it_counts(client: TestClient, query: str) -> None:
    found = shown_on(client.get(f"/coverage?{query}").text)
    assert len(found) >= 12
    assert sum(number > 0 for _, number in found.values()) > 6, "else this test looks at nothing"
    differ = {
        name: (number, count)
        for name, (address, number) in found.items()
        if (count := opened(client, address)) != number
    }
    assert differ == {}


def test_every_figure_on_the_page_is_the_length_of_the_file_at_its_address(client: TestClient) -> None:
    for name, (address, number) in shown_on(client.get("/coverage?team=billing").text).items():
        page = address.partition("?")[0].strip("/")
        document = client.get(address.replace(f"/{page}?", f"/{page}.json?", 1)).json()
        assert len(document[ROWS[page]]) == number, name
        assert "team billing" in document["facts"]["filter"]


@pytest.mark.parametrize("selection", [EVERYTHING, Selection(team="onboarding"), Selection(state="done", days=365)])
def test_every_figure_is_the_length_of_the_list_that_leaves(solvane: Site, selection: Selection) -> None:
    with solvane.open() as workspace:
        coverage = workspace.coverage(selection)
        for figure in figures(coverage, workspace.repository).values():
            assert len(list(figure_table(workspace, coverage, figure).rows)) == figure.count, figure.name


def test_figures_agree_with_the_totals_of_the_command_line(solvane: Site) -> None:
    with solvane.open() as workspace:
        coverage = workspace.coverage()
        counts = {name: figure.count for name, figure in figures(coverage, workspace.repository).items()}
    totals = coverage.totals
    assert counts["needs-with-work"] == totals.needs_with_work
    assert counts["gaps"] == totals.gaps
    assert counts["orphans"] == totals.orphans
    assert counts["opinion-led"] == totals.opinion_led
    assert counts["opportunity-gaps"] == totals.opportunity_gaps
    assert counts["top-without-ticket"] == totals.top_without_ticket
    assert counts["tickets"] == totals.tickets
