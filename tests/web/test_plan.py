"""The Plan page: what is approved is written, nothing else, and who approved it stands in the run."""

import re
import shutil
import time
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from starlette.testclient import TestClient

from journeysync.app.approving import KeptPlans
from journeysync.config.serve import Roles, SignIn
from journeysync.model.change import SetText
from journeysync.model.context import Context, ContextNeed
from journeysync.model.ticket import TicketRef
from journeysync.web import make_app
from journeysync.web.pages.plan import our_words
from journeysync.web.signin import ByProxy

from .conftest import ADDRESS, PEER, Site

SECONDS = 60.0


@pytest.fixture(scope="module")
def site(solvane: Site, tmp_path_factory: pytest.TempPathFactory) -> Site:
    """One copy for all tests of this file: each approves tickets of its own."""
    folder = tmp_path_factory.mktemp("plan") / "workspace"
    shutil.copytree(solvane.folder, folder)
    return Site(folder, solvane.world)


@pytest.fixture(scope="module")
def client(site: Site) -> Iterator[TestClient]:
    with TestClient(site.app(), base_url=ADDRESS, client=PEER, follow_redirects=False) as found:
        yield found


class Somebody:
    """A browser of a person whose role can be changed."""

    def __init__(self, client: TestClient, roles: dict[str, tuple[str, ...]]) -> None:
        self.client = client
        self._roles = roles

    def is_a(self, role: str) -> TestClient:
        self._roles.clear()
        self._roles.update({"viewer": (), role: ("*",)})
        return self.client


@pytest.fixture(scope="module")
def somebody(site: Site) -> Iterator[Somebody]:
    said: dict[str, tuple[str, ...]] = {}
    access = ByProxy(
        SignIn(kind="proxy", user_header="X-User"), lambda: Roles.model_validate(said), names={"127.0.0.1"}
    )
    app = make_app(site.open, access=lambda _held: access)
    with TestClient(app, base_url=ADDRESS, client=PEER, headers={"x-user": "eve"}, follow_redirects=False) as found:
        yield Somebody(found, said)


def checksum_of(html: str) -> str:
    found = re.search(r'name="checksum" value="([0-9a-f-]+)"', html)
    assert found is not None, html
    return found[1]


def ended(client: TestClient, kind: str = "apply") -> Any:
    """Wait until the newest piece of work has ended; return it."""
    until = time.monotonic() + SECONDS
    while True:
        job = client.app.state.desk.jobs.newest(kind)  # type: ignore[attr-defined]  # the client's app is ours
        assert job is not None
        if not job.is_under_way:
            return job
        assert time.monotonic() < until, "the work does not end"
        time.sleep(0.02)


def due(site: Site) -> list[str]:
    """Return the tickets of billing that a plan writes to now."""
    with site.open() as workspace:
        workspace.links()
        return [str(planned.ticket) for planned in workspace.plan("billing").tickets]


def journal(site: Site) -> int:
    return len(site.world.sites["billing"].journal)


def test_one_ticket_is_approved_written_and_seen_in_the_tracker(client: TestClient, site: Site) -> None:
    chosen, other = due(site)[:2]
    html = client.get("/plan").text
    assert f'value="{chosen}"' in html

    before = journal(site)
    form = {"checksum": checksum_of(html), "scope": "ticked", "ticket": chosen}
    assert client.post("/plan/approve", data=form).headers["location"] == "/plan"
    job = ended(client)

    assert job.error is None, job.error
    assert job.result.tickets == 1
    assert journal(site) > before
    with site.open() as workspace:
        run = workspace.store.runs(limit=1)[0]
    left = due(site)
    assert chosen not in left
    assert other in left
    assert run.by == "ann"
    assert f"/runs/{run.id}" in client.get("/plan").text
    assert "approved by ann" in client.get(f"/runs/{run.id}").text


def test_nothing_is_written_for_a_form_that_nobody_may_send(somebody: Somebody, client: TestClient, site: Site) -> None:
    before = journal(site)
    checksum = checksum_of(client.get("/plan").text)
    form = {"checksum": checksum, "scope": "shown"}
    for role in ("viewer", "reviewer"):
        who = somebody.is_a(role)
        page = who.get("/plan").text
        assert f"Only an approver may do this; you are a {role}." in unescape(page)
        assert re.search(r'<button class="b pri" form="approve"[^>]* disabled>', page)
        assert who.post("/plan/approve", data=form).status_code == 403
    assert client.post("/plan/approve", data=form, headers={"origin": "https://evil.example"}).status_code == 403
    assert journal(site) == before


@pytest.mark.parametrize(
    ("form", "status", "says"),
    [
        ({"checksum": "0000-0000", "scope": "shown"}, 400, "the plan has changed since you looked at it"),
        ({"scope": "ticked"}, 400, "nothing was ticked"),
        ({"scope": "ticked", "ticket": "billing/no-such-ticket"}, 400, "nothing was ticked"),
        ({"scope": "everything"}, 400, "does not say what is approved"),
    ],
)
def test_a_form_that_approves_nothing_is_said(
    client: TestClient, site: Site, form: dict[str, str], status: int, says: str
) -> None:
    checksum = checksum_of(client.get("/plan").text)
    answer = client.post("/plan/approve", data={"checksum": checksum} | form)
    assert answer.status_code == status
    assert says in answer.text.lower()


def test_a_connection_that_is_read_only_is_shown_and_never_written(
    client: TestClient, site: Site, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    config = site.folder / "journeysync.yaml"
    text = config.read_text(encoding="utf-8")
    monkeypatch.setattr(client.app.state.desk.held, "_every", 0)  # look at the files at each request
    request.addfinalizer(lambda: config.write_text(text, encoding="utf-8") and client.get("/plan"))
    config.write_text(text.replace("write: apply", "write: plan", 1), encoding="utf-8")
    html = client.get("/plan?connection=billing").text
    assert "read-only" in html
    assert re.search(r'name="ticket" value="billing/[^"]+"[^>]* disabled', html)
    form = {"checksum": checksum_of(html), "scope": "connection:billing"}
    answer = client.post("/plan/approve", data=form)
    assert answer.status_code == 400
    assert "nothing was ticked" in answer.text.lower()


def test_a_brake_stops_the_work_until_somebody_lets_it_pass(client: TestClient, site: Site) -> None:
    html = client.get("/plan?connection=field").text
    assert "Stops this plan:" in html
    form = {"checksum": checksum_of(html), "scope": "connection:field", "connection": "field"}
    client.post("/plan/approve", data=form)
    job = ended(client)
    assert job.error is not None
    assert job.error.exit_code == 5
    assert "stopped" in client.get("/plan").text


def test_the_work_is_followed_by_scripts_and_by_those_without(client: TestClient, site: Site) -> None:
    html = client.get("/plan").text
    form = {"checksum": checksum_of(html), "scope": "ticked", "ticket": due(site)[2]}
    client.post("/plan/approve", data=form)
    job = ended(client)
    assert client.get(f"/jobs/{job.id}").headers["location"] == "/plan"
    part = client.get(f"/jobs/{job.id}", headers={"hx-request": "true"})
    assert part.headers["hx-refresh"] == "true"
    assert "<html" not in part.text
    assert client.get("/jobs/none", headers={"hx-request": "true"}).status_code == 404


def test_exports_are_what_the_page_shows(client: TestClient, solvane: Site) -> None:
    document = client.get("/plan.json").json()
    assert f"{document['checksum']}</dd>" in client.get("/plan").text
    text = client.get("/plan.csv").content.decode("utf-8-sig")
    facts = [line for line in text.splitlines() if line.startswith(("#", '"#'))]
    assert len(text.splitlines()) - len(facts) - 1 == len(document["changes"])
    for name in ("coverage", "opportunities", "orphans", "runs", "inbox"):
        for ending in ("csv", "xlsx", "json", "md"):
            answer = client.get(f"/{name}.{ending}")
            assert answer.status_code == 200
            assert f'filename="{name}.{ending}"' in answer.headers["content-disposition"]
    assert "<svg" in client.get("/coverage.svg").text


def test_our_words_are_shown_as_the_ticket_will_show_them() -> None:
    need = ContextNeed(says="<img src=x onerror=alert(1)> why?", source="calls", evidence=3)
    after = Context(path=("Pay", "See why"), need=need).as_json()
    ref = TicketRef(connection="care", id="7")
    html = our_words(SetText(ticket=ref, place="comment", cause="rule x", after=after))
    assert "<strong>Why this matters to customers</strong>" in html
    assert "<img" not in html
    assert "journeysync:begin" not in html
    assert our_words(SetText(ticket=ref, place="comment", cause="gone", before=after)) == ""


@pytest.mark.parametrize(
    "view", ["", "?show=orphans", "?saved=conflicts", "?text=bill&kind=bug", "?step=pay-bill.see-why"]
)
def test_a_backlog_leaves_as_the_page_shows_it(client: TestClient, view: str) -> None:
    page = client.get(f"/backlog{view}").text
    document = client.get(f"/backlog.json{view}").json()
    shown = re.search(r"<h2>([\d,]+) tickets?</h2>", page)
    assert document["count"] == len(document["tickets"]) == (int(shown[1].replace(",", "")) if shown else 0)
    assert f'href="/backlog.json{view.replace("&", "&amp;")}"' in page


def test_figures_and_selections_leave_as_the_page_shows_them(client: TestClient) -> None:
    gaps = client.get("/coverage.json?show=gaps").json()
    assert {step["state"] for step in gaps["steps"]} == {"gap"}
    assert gaps["facts"]["filter"].startswith("gaps")
    team = client.get("/coverage.json?team=billing").json()
    assert team["facts"]["filter"].lower() == "team billing"
    assert team["totals"]["tickets"] < gaps["totals"]["tickets"]
    assert "team billing" in client.get("/coverage.svg?team=billing").text
    assert "Only team billing" in client.get("/report.html?team=billing").text
    assert client.get("/coverage.csv?show=nothing").status_code == 404


def test_a_plan_made_while_a_run_ends_is_not_kept(monkeypatch: pytest.MonkeyPatch, site: Site) -> None:
    kept, versions = KeptPlans(), iter(["before the run ended", *["after"] * 9])
    with site.open() as workspace:
        monkeypatch.setattr(workspace.store, "content_version", lambda: next(versions))
        first = kept.of(workspace)
        assert kept.known(workspace) is None, "something has changed since it was begun"
        again = kept.of(workspace)
        assert again is not first
        assert kept.of(workspace) is again
