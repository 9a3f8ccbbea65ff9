"""Runs, Inbox and Settings: what failed and the way out, what waits and its answers, what is connected and how."""

import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from starlette.testclient import TestClient

from journeysync.model.ticket import TicketRef
from journeysync.store import InboxRow

from .conftest import ADDRESS, PEER, Site
from .test_plan import due, ended

NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def site(solvane: Site, tmp_path_factory: pytest.TempPathFactory) -> Site:
    folder = tmp_path_factory.mktemp("pages") / "workspace"
    shutil.copytree(solvane.folder, folder)
    return Site(folder, solvane.world)


@pytest.fixture(scope="module")
def client(site: Site) -> Iterator[TestClient]:
    with TestClient(site.app(), base_url=ADDRESS, client=PEER, follow_redirects=False) as found:
        yield found


class TestRuns:
    def test_a_run_tells_who_approved_what_and_when(self, client: TestClient, site: Site) -> None:
        with site.open() as workspace:
            run = workspace.store.runs(limit=1)[0]
            writes = workspace.store.run_writes(run.id)
        listed = client.get("/runs").text
        assert f'href="/runs/{run.id}"' in listed
        html = client.get(f"/runs/{run.id}").text
        assert f"approved by {run.by}" in html
        assert f"{len([write for write in writes if write.slot != 'property'])} changes" in html
        assert "Begun by" in html
        assert "Ended: all done" in html
        document = client.get(f"/runs/{run.id}.json").json()
        assert (document["id"], document["approved_by"], len(document["writes"])) == (run.id, run.by, len(writes))

    def test_what_failed_is_told_by_cause_and_tried_again_alone(self, client: TestClient, site: Site) -> None:
        chosen = due(site)[5]
        tracker = site.world.sites["billing"]
        tracker.add_fault(f"400:method=PUT,path=/issue/{chosen.partition('/')[2]}")
        html = client.get("/plan").text
        checksum = re.search(r'name="checksum" value="([0-9a-f-]+)"', html)
        assert checksum is not None
        client.post("/plan/approve", data={"checksum": checksum[1], "scope": "ticked", "ticket": chosen})
        job = ended(client)
        assert job.error is None
        assert job.result.summary.failed > 0
        page = client.get(f"/runs/{job.result.run}").text
        assert "What failed" in page
        assert "Retry failed" in page
        tracker.clear_faults()
        before = len(tracker.journal)
        assert client.post(f"/runs/{job.result.run}/retry").headers["location"] == f"/runs/{job.result.run}"
        again = ended(client)
        assert again.error is None, again.error
        assert again.result.tickets == 1
        assert len(tracker.journal) > before
        assert chosen not in due(site)

    def test_a_run_without_failures_has_nothing_to_retry_and_one_that_is_not_there_is_said(
        self, client: TestClient, site: Site
    ) -> None:
        with site.open() as workspace:
            run = next(run for run in reversed(workspace.store.runs()) if run.exit_code == 0)
        assert "Retry failed" not in client.get(f"/runs/{run.id}").text
        assert client.post(f"/runs/{run.id}/retry").status_code == 400
        assert "There is no run" in client.get("/runs/r-none").text


class TestInbox:
    def row(self, site: Site, kind: str, **more: str) -> str:
        """Put something into the inbox; return its id."""
        with site.open() as workspace:
            ticket = next(t for batch in workspace.store.iter_tickets(connection="billing") for t in batch)
            rows = [
                InboxRow(
                    kind=kind,
                    connection="billing",
                    ticket_id=ticket.ref.id,
                    slot=more.get("slot", "label:journey.pay-bill"),
                    cause=more.get("cause", "<b>somebody</b> did it"),
                    next_step="look",
                    first_seen=NOW,
                    last_seen=NOW,
                    next_try=NOW + timedelta(days=1) if kind == "failed" else None,
                )
            ]
            workspace.store.report(rows)
            return next(row.id for row in workspace.inbox(everything=True).rows if row.kind == kind)

    def test_a_failed_write_is_tried_again_at_once_when_somebody_says_so(self, client: TestClient, site: Site) -> None:
        row = self.row(site, "failed")
        html = client.get("/inbox").text
        assert "Could not be written" in html
        assert "&lt;b&gt;somebody&lt;/b&gt;" in html
        answer = client.post("/inbox/answer", data={"row": row, "action": "retry", "back": "/inbox"})
        assert "tried+again" in answer.headers["location"]
        assert "tried again with the next apply" in client.get(answer.headers["location"]).text
        with site.open() as workspace:
            (again,) = [each for each in workspace.inbox().rows if each.id == row]
        assert again.next_try is None

    def test_what_is_ignored_is_hidden_until_its_day_and_who_did_it_is_remembered(
        self, client: TestClient, site: Site
    ) -> None:
        row = self.row(site, "drift", slot="field:customfield_10071", cause="they set it to 5")
        form = {"row": row, "action": "ignore", "why": "the team decided so", "back": "/inbox"}
        assert client.post("/inbox/answer", data=form).status_code == 400, "a day is missing"
        assert client.post("/inbox/answer", data=form | {"until": "2020-01-01"}).status_code == 400
        assert client.post("/inbox/answer", data=form | {"until": "2099-01-31"}).status_code == 303
        assert "they set it to 5" not in client.get("/inbox").text
        assert "Ignored until 31 Jan 2099" in client.get("/inbox?all=yes").text
        with site.open() as workspace:
            decision = workspace.store.decisions_of_kind("ignore")[-1]
        assert (decision.by, decision.why) == ("ann", "the team decided so")

    def test_a_row_has_only_the_answers_that_fit_it(self, client: TestClient, site: Site) -> None:
        row = self.row(site, "unknown-word", slot="", cause="kind 'Spike'")
        html = client.get("/inbox?kind=unknown-word").text
        assert "kind &#39;Spike&#39;" in html
        assert 'value="take-theirs"' not in html
        answer = client.post("/inbox/answer", data={"row": row, "action": "take-theirs"})
        assert answer.status_code == 400
        assert "cannot be answered with take-theirs" in answer.text

    def test_an_answer_leads_nowhere_else(self, client: TestClient, site: Site) -> None:
        row = self.row(site, "failed")
        form = {"row": row, "action": "retry", "back": "https://evil.example"}
        assert client.post("/inbox/answer", data=form).headers["location"] == "/"


class TestSettings:
    def test_connections_say_how_they_sign_in_and_never_a_secret(self, client: TestClient, site: Site) -> None:
        tokens = [file.read_text(encoding="utf-8").strip() for file in (site.folder / ".journeysync").glob("*token*")]
        html = client.get("/settings").text
        assert "api-token, token from file .journeysync/" in re.sub(r"\s+", " ", html)
        assert tokens
        assert not [token for token in tokens if token in html]
        assert "after a person&#39;s yes" in html
        assert "Last success" in html

    def test_a_test_asks_the_tracker_and_says_what_it_found(self, client: TestClient) -> None:
        assert client.post("/settings/test", data={"connection": "billing"}).headers["location"] == "/settings"
        job = ended(client, "doctor")
        assert job.error is None
        html = client.get("/settings").text
        assert "Testing billing: all is well" in html
        assert "permissions" in html
        assert client.post("/settings/test", data={"connection": "nope"}).status_code == 400

    def test_a_read_brings_what_changed(self, client: TestClient, site: Site) -> None:
        with site.open() as workspace:
            before = workspace.read_at("field")
        client.post("/settings/read", data={"connection": "field"})
        job = ended(client, "read")
        assert job.error is None
        with site.open() as workspace:
            after = workspace.read_at("field")
        assert before is not None
        assert after is not None
        assert after > before
        assert "Reading field: field" in client.get("/settings").text

    def test_mistakes_in_the_files_stand_there_with_line_and_column(
        self, client: TestClient, site: Site, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
    ) -> None:
        rules = next((site.folder / "mappings").rglob("rules*/*.yaml"))
        text = rules.read_text(encoding="utf-8")
        monkeypatch.setattr(client.app.state.desk.held, "_every", 0)  # look at the files at each request
        request.addfinalizer(lambda: rules.write_text(text, encoding="utf-8") and client.get("/settings"))
        rules.write_text(text + "\n  - {id: broken, wen: {words: [x]}}\n", encoding="utf-8")
        html = client.get("/settings").text
        assert "Mistakes in the files" in html
        assert re.search(r"mappings/rules/[\w.-]+\.yaml:\d+:\d+", html)
        assert "did you mean: when" in html


def test_refs_of_tickets_lead_to_their_pages(client: TestClient, site: Site) -> None:
    with site.open() as workspace:
        run = next(run for run in workspace.store.runs() if workspace.store.run_writes(run.id))
        ref: TicketRef = workspace.store.run_writes(run.id)[0].ticket
    assert f'href="/tickets/{ref.connection}/{ref.id}"' in client.get(f"/runs/{run.id}").text
