"""The Coverage page."""

import re

from starlette.testclient import TestClient


def test_the_page_shows_the_figures_of_the_command_line(client: TestClient, solvane) -> None:
    with solvane.open() as workspace:
        totals = workspace.coverage().totals
    html = client.get("/coverage").text
    assert f"{totals.needs_with_work} of {totals.needs}" in html
    cells = re.findall(r'<a class="c ([a-z-]+) l\d"', html)
    assert len(cells) == totals.steps
    assert cells.count("gap") == totals.gaps
    assert cells.count("thin") == totals.thin


def test_a_step_has_an_address_of_its_own_and_says_why_it_is_a_gap(client: TestClient) -> None:
    html = client.get("/coverage?journey=pay-bill&step=ask-for-time").text
    assert "Gap: nobody works on this step" in html
    assert "OPP-1" in html
    assert html.count('aria-current="true"') == 1


def test_a_script_gets_the_panel_alone(client: TestClient) -> None:
    html = client.get("/coverage?journey=pay-bill&step=see-why", headers={"hx-request": "true"}).text
    assert "<html" not in html
    assert "See why it changed" in html


def test_a_step_that_is_not_there_is_said(client: TestClient) -> None:
    answer = client.get("/coverage?journey=pay-bill&step=nope")
    assert answer.status_code == 404
    assert "There is no step pay-bill.nope" in answer.text


def test_one_tab_stop_leads_into_the_map(client: TestClient) -> None:
    assert client.get("/coverage").text.count('tabindex="0"') == 1
