"""What people do on the pages without any script: look, follow, link, take back."""

import re
from collections.abc import Callable
from datetime import timedelta
from html import unescape

import pytest
from starlette.testclient import TestClient

from journeysync.app.covering import KeptCoverage
from journeysync.model.coverage import EVERYTHING, Selection

from .conftest import Site, without_store

GAP = "/coverage?journey=pay-bill&step=ask-for-time"


def text_of(client: TestClient, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, answer.text[:500]
    return unescape(re.sub(r"<[^>]+>", " ", answer.text))


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/journeys", "Understand and pay a bill"),
        ("/journeys/pay-bill", "Bills up 12 % in May and nobody says why"),
        ("/opportunities?opportunity=OPP-3", "10 * (0.6 * 9.3 + 0.4 * 8.0) = 87.8"),
        ("/opportunities?show=opportunity-gaps&sort=name", "Pause a payment in two taps"),
        ("/backlog?text=bill-204", "Say on the first screen what changed"),
        ("/backlog?saved=conflicts", "People and journeysync agree about every ticket"),
        ("/backlog?step=pay-bill.see-why", "On the step Live with us › Pay"),
    ],
)
def test_pages_say_what_they_are_for(client: TestClient, path: str, words: str) -> None:
    assert words in text_of(client, path)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/journeys/nope", "There is no journey 'nope'"),
        ("/opportunities?opportunity=OPP-999", "There is no opportunity 'OPP-999'"),
        ("/backlog?show=nope", "There is no figure 'nope' of tickets"),
        ("/backlog?step=nope", "Nothing is called 'nope'"),
        ("/coverage?team=nope", "There is no team 'nope'"),
        ("/coverage?days=7", "There is no period '7'"),
        ("/tickets/billing/nope", "No ticket billing/nope was ever read"),
        ("/opportunities?customer=x", "A weight is a number"),
    ],
)
def test_what_is_not_there_is_said_with_what_to_do(client: TestClient, path: str, words: str) -> None:
    answer = client.get(path)
    assert answer.status_code in (400, 404)
    assert words in unescape(answer.text)
    assert "<b>Next:</b>" in answer.text or answer.status_code == 400


def test_an_empty_store_is_told_in_words_on_every_page(own_site: Site, client_of: Callable[[Site], TestClient]) -> None:
    client = client_of(without_store(own_site))
    coverage = text_of(client, "/coverage")
    assert "Not known" in coverage
    assert "never" in coverage
    assert "Nothing was read yet" in text_of(client, "/backlog")
    assert "Understand and pay a bill" in text_of(client, "/journeys")
    assert "not known" in text_of(client, "/opportunities")


def test_a_ticket_is_linked_to_a_gap_from_its_panel_and_taken_back(
    own_site: Site, client_of: Callable[[Site], TestClient]
) -> None:
    client = client_of(own_site)
    name = re.findall(r'name="ticket" value="([^"]+)"', client.get(GAP).text)[0]
    form = {"ticket": name, "target": "pay-bill.ask-for-time", "word": "link", "back": GAP, "why": "They told me"}
    back = client.post("/links", data=form).headers["location"]
    assert back.startswith(GAP)
    after = client.get(back).text
    assert "now linked to" in after
    assert "Gap: nobody works on this step" not in after
    with own_site.open() as workspace:
        (decision,) = workspace.store.decisions()
        assert (decision.by, decision.why, decision.kind) == ("ann", "They told me", "link")
        assert next(s for s in workspace.coverage().steps if s.id == "pay-bill.ask-for-time").state == "thin"

    assert "linked it to" in text_of(client, f"/tickets/{name}").lower()
    client.post("/links", data=form | {"word": "unlink"})
    assert "Gap: nobody works on this step" in client.get(GAP).text


def test_many_tickets_are_linked_at_once_or_none(own_site: Site, client_of: Callable[[Site], TestClient]) -> None:
    client = client_of(own_site)
    names = re.findall(r'name="ticket" value="([^"]+)"', client.get("/backlog?show=orphans").text)[:5]
    form = {"ticket": names, "target": "OPP-3", "word": "link", "back": "/backlog?show=orphans"}
    assert "and 2 more are now linked to OPP-3" in text_of(client, client.post("/links", data=form).headers["location"])
    with own_site.open() as workspace:
        assert len(workspace.store.decisions()) == 5

    wrong = client.post("/links", data=form | {"ticket": [*names, "billing/nope"]})
    assert wrong.status_code == 400
    assert (
        "no step, journey or opportunity is called"
        in client.post("/links", data=form | {"target": "nope"}).text.lower()
    )
    with own_site.open() as workspace:
        assert len(workspace.store.decisions()) == 5


def test_a_form_leads_nowhere_else(own_site: Site, client_of: Callable[[Site], TestClient]) -> None:
    client = client_of(own_site)
    name = re.findall(r'name="ticket" value="([^"]+)"', client.get("/backlog").text)[0]
    form = {"ticket": name, "target": "OPP-3", "word": "link", "back": "//evil.example/x"}
    assert client.post("/links", data=form).headers["location"].startswith("/?said=")


def test_what_was_said_is_looked_up_and_never_taken_from_the_address(client: TestClient) -> None:
    html = client.get("/coverage?said=%3Cb%3Eevil").text
    assert "<b>evil" not in html
    assert "linked to" not in html


def test_tried_weights_change_the_order_and_nothing_else(client: TestClient, solvane: Site) -> None:
    before = (solvane.folder / "mappings" / "scoring.yaml").read_text(encoding="utf-8")
    html = client.get("/opportunities?customer=0&business=100&opportunity=OPP-8").text
    assert "Nothing is saved" in html
    assert "10 * (0.0 * 8.1 + 1.0 * 8.4)" in unescape(html) or "8.4" in html
    assert re.search(r'class="up".*?from </span>\d+', html, re.DOTALL)
    assert (solvane.folder / "mappings" / "scoring.yaml").read_text(encoding="utf-8") == before
    assert "Nothing is saved" not in client.get("/opportunities").text


def test_the_ticket_page_explains_the_score_that_stands_in_the_ticket(client: TestClient, solvane: Site) -> None:
    with solvane.open() as workspace:
        ref = workspace.store.find("BILL-204")[0].ref
        sentence = workspace.explain("BILL-204").score.sentence
    page = text_of(client, f"/tickets/{ref}")
    assert re.search(r"88\s+in the ticket", page)
    assert "written on" in page
    assert "10 * (0.6 * 9.3 + 0.4 * 8.0) = 87.8" in page
    assert "#journey-billing" in page
    assert "Label journey.pay-bill added" in page
    assert sentence.startswith("88")


def test_a_hostile_title_is_text_on_every_page(own_site: Site, client_of: Callable[[Site], TestClient]) -> None:
    hostile = "<script>alert(1)</script>\x1b[31m\u202e\"' onmouseover=x"
    with own_site.open() as workspace:
        (ticket,) = workspace.store.find("BILL-204")
        changed = ticket.model_copy(update={"title": hostile})
        workspace.store.save_tickets("billing", [changed], read_at=workspace.now())
    client = client_of(own_site)
    for path in ("/backlog?text=alert", f"/tickets/{ticket.ref}", "/coverage?journey=pay-bill&step=see-why"):
        html = client.get(path).text
        assert "alert(1)" in html, path
        assert "<script>alert" not in html, path
        assert "\x1b" not in html, path
        assert "\u202e" not in html, path


def test_every_apply_adds_a_point_to_the_trend(own_site: Site, client_of: Callable[[Site], TestClient]) -> None:
    with own_site.open() as workspace:
        (first,) = workspace.store.snapshots()
        earlier = workspace.now() - timedelta(days=40)
        workspace.store.save_snapshot("r-0", at=earlier, totals=dict(first.totals) | {"needs_with_work": 3})
        assert first.run == workspace.store.runs()[0].id
    html = client_of(own_site).get("/coverage").text
    more = dict(first.totals)["needs_with_work"] - 3
    assert f"+{more} in 30 days" in html
    assert "Trend of needs with work over 2 runs" in html


@pytest.mark.parametrize("selection", [EVERYTHING, Selection(team="billing", state="open"), Selection(kind="bug")])
def test_the_order_that_is_kept_is_that_of_the_store(solvane: Site, selection: Selection) -> None:
    with solvane.open() as workspace:
        count, refs = workspace.store.find_tickets(selection, limit=None)
        listed = KeptCoverage().listed(workspace, selection)
    assert listed == tuple(str(ref) for ref in refs)
    assert count == len(listed) > 20
