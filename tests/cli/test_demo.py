"""`journeysync demo` as a newcomer runs it: in this process, over real HTTP on loopback."""

import io
import json
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from journeysync.app.validating import validate
from journeysync.cli import demo_stages
from journeysync.cli.demo_world import SITES, World, connected
from journeysync.cli.main import run
from journeysync.config.packs import pack_folder

GAPS = {
    "pay-bill.ask-for-time": ["OPP-1"],
    "get-final-bill.follow-deposit": ["OPP-6"],
    "power-cut.say-at-risk": ["OPP-9"],
    "power-cut.claim": ["OPP-19"],
    "get-final-bill.learn-cost": ["OPP-30"],
    "pay-bill.open-bill": ["OPP-34"],
}
PUBLIC = "solvane/app"
THIN = {"power-cut.get-new-time": 2, "renew-deal.get-notice": 1, "get-final-bill.get-refund": 1}
OVER_SERVED = {"first-30-days.set-up-app": 27, "compare-tariffs.search-tariffs": 20}
JOURNEY_LABELS = {
    "journey.charge-ev": 40,
    "journey.compare-tariffs": 42,
    "journey.first-30-days": 52,
    "journey.get-final-bill": 17,
    "journey.move-home": 38,
    "journey.pay-bill": 42,
    "journey.power-cut": 32,
    "journey.renew-deal": 28,
    "journey.switch-supplier": 39,
}


class Ran(NamedTuple):
    code: int
    out: str
    err: str


def ran(*arguments: str) -> Ran:
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        code = run(["demo", *arguments])
    return Ran(code, out.getvalue(), err.getvalue())


def told(scenario: str) -> dict[str, Any]:
    """A scenario as programs read it; its story holds."""
    result = ran("--yes", "--scenario", scenario, "--output", "json")
    assert (result.code, result.err) == (0, "")
    document: dict[str, Any] = json.loads(result.out)
    assert document["scenario"] == scenario
    return document


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> tuple[Ran, Path]:
    """The demo as people read it, told stage by stage and saved."""
    folder = tmp_path_factory.mktemp("demo") / "mine"
    return ran("--once", "--yes", "--tour", "--save", str(folder)), folder


@pytest.fixture(scope="module")
def facts() -> dict[str, Any]:
    """The demo as programs read it."""
    result = ran("--yes", "--output", "json")
    assert (result.code, result.err) == (0, "")
    document: dict[str, Any] = json.loads(result.out)
    return document


def test_it_runs_the_whole_loop_and_ends_well(people: tuple[Ran, Path]) -> None:
    result, _ = people
    assert (result.code, result.err) == (0, "")
    titles = [line[:28].strip() for line in result.out.splitlines() if line[:1].strip() and line[28:].strip()]
    assert titles[:11] == [
        "Starting sandbox trackers",
        "Loading Solvane Energy",
        "Pull",
        "Map",
        "Plan",
        "Apply",
        "Plan again",
        "A public repository",
        "A person edits BILL-204",
        "A week later, OPP-10",
        "Coverage",
    ]
    assert "60 steps, 40 opportunities" in result.out
    assert "612 tickets (billing 241, field 118, github 166, insights 87)" in result.out
    assert "no changes" in result.out


def test_a_product_owner_sees_what_would_change_in_their_ticket_and_why(people: tuple[Ran, Path]) -> None:
    lines = people[0].out.splitlines()
    at = next(n for n, line in enumerate(lines) if line.strip().startswith("BILL-204  Say on the first screen"))
    shown = " ".join(lines[at : at + 11])
    for words in ("journey.pay-bill", "journey.opp-3", "88", "because of OPP-3", "See why it changed"):
        assert words in shown
    assert "Brake 'first-run'" in people[0].out


def test_a_tour_says_what_to_look_at(people: tuple[Ran, Path]) -> None:
    assert people[0].out.count("\n  > ") == 2 * 11


def test_no_control_character_of_a_title_reaches_the_reader(people: tuple[Ran, Path]) -> None:
    assert "\x1b" not in people[0].out


def test_the_planted_story_is_told_by_name(facts: dict[str, Any]) -> None:
    coverage = facts["coverage"]
    assert {row["id"]: row["opportunities"][:1] for row in coverage["gaps"]} == GAPS
    assert {row["id"]: row["open"] for row in coverage["thin"]} == THIN
    assert {row["id"]: row["open"] for row in coverage["over_served"]} == OVER_SERVED
    totals = coverage["totals"]
    assert (totals["needs"], totals["needs_with_work"], totals["without_step"]) == (
        29,
        23,
        60,
    )
    assert (totals["not_known"], totals["tickets"]) == (0, 492)


def test_the_plan_is_always_the_same(facts: dict[str, Any]) -> None:
    plan = facts["plan"]
    assert {name: n for name, n in plan["labels"].items() if name in JOURNEY_LABELS} == JOURNEY_LABELS
    assert (plan["labels"]["journey.opp-3"], plan["labels"]["journey.band-5"]) == (16, 19)
    assert plan["slots"] == {
        "label": 647,
        "link": 214,
        "block": 59,
        "comment": 51,
        "field": 112,
        "property": 324,
        "priority": 37,
    }
    with World(save=None) as world, world.open() as workspace:
        workspace.pull()
        workspace.links()
        assert demo_stages.plan(workspace).facts["checksum"] == plan["checksum"]


def test_nothing_is_written_where_the_public_reads_along(facts: dict[str, Any]) -> None:
    public = facts["public"]
    assert (public["repository"], public["left_alone"], public["written"]) == (PUBLIC, 79, 0)
    assert any(row["key"] == "solvane/care#37" for row in facts["plan"]["changes"])


def test_the_json_document_holds_every_stage(facts: dict[str, Any]) -> None:
    stages = (
        "sandboxes",
        "loaded",
        "pull",
        "links",
        "plan",
        "apply",
        "plan_again",
        "public",
        "person",
        "new_score",
        "coverage",
    )
    assert all(facts[name]["seconds"] >= 0 for name in stages)
    assert facts["plan_again"]["pending"] == 0
    assert facts["apply"]["summary"]["failed"] == 0
    assert facts["apply"]["summary"]["written"] == sum(facts["plan"]["slots"].values())
    assert (facts["exit_code"], facts["saved"], facts["schema_version"]) == (0, None, 1)


def test_what_a_person_wrote_over_ours_is_drift_and_stays(facts: dict[str, Any]) -> None:
    person = facts["person"]
    assert person["kept"] is True
    assert len(person["drift"]) == 1
    assert "shows 95 where we left 88" in person["drift"][0]


def test_a_score_change_moves_the_tickets_of_one_opportunity_after_a_week_and_no_others(facts: dict[str, Any]) -> None:
    new = facts["new_score"]
    assert (new["score"], new["band"], new["same_day"]) == ([80.2, 70.6], [5, 4], 0)
    assert len(new["tickets"]) == 11
    assert (new["others"], new["pending"]) == (0, 0)


def test_an_outage_in_the_middle_of_writing_ends_as_partly_done_and_is_made_good_with_nothing_twice() -> None:
    story = told("outage")
    broken, mended = story["outage"], story["mended"]
    assert broken["exit_code"] == 3
    assert [(row["connection"], row["exit_code"]) for row in broken["troubles"]] == [("billing", 75)]
    assert broken["unsettled"] == mended["settled"] > 0
    assert mended["twice"] == []
    assert story["plan_again"]["pending"] == 0


def test_a_rate_limit_is_waited_for_as_long_as_the_tracker_says() -> None:
    story = told("rate-limit")
    assert (story["pull"]["refused"], story["apply"]["refused"]) == (1, 2)
    assert 1.0 <= story["pull"]["waited_seconds"] < 10
    assert story["apply"]["waited_seconds"] >= 2.0
    assert (story["apply"]["summary"]["failed"], story["plan_again"]["pending"]) == (0, 0)


def test_what_people_do_between_plan_and_apply_and_later_stays() -> None:
    story = told("conflict")
    assert len(story["between"]["edited"]) == 4
    assert len(story["apply"]["left_alone"]) == 3
    assert story["apply"]["summary"]["skipped"] > 0
    assert any("shows 95 where we left 88" in line for line in story["later"]["shown"])
    assert story["later"]["refused"] == ["pay-bill"]
    assert all(story["kept"]["kept"].values())
    assert story["kept"]["pending"] == 0


def test_a_big_backlog_has_solvanes_gaps_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("journeysync.cli.demo.CROWD", 600)
    story = told("big")
    assert sum(row["read"] for row in story["pull"]["connections"]) == 612 + 600
    assert {row["id"]: row["opportunities"][:1] for row in story["coverage"]["gaps"]} == GAPS
    assert story["plan_again"]["pending"] == 0


def test_a_scenario_that_there_is_not_is_named_with_those_that_there_are() -> None:
    result = ran("--yes", "--scenario", "flood")
    assert result.code == 64
    assert "'outage', 'rate-limit', 'conflict', 'big'" in result.err


def test_save_keeps_a_workspace_that_is_valid_and_can_be_asked(
    people: tuple[Ran, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    result, folder = people
    assert validate(folder).problems == ()
    config = (folder / "journeysync.yaml").read_text("utf-8")
    assert all(
        f"token: {{file: .journeysync/{name}-token}}" in config for name in ("billing", "field", "github", "insights")
    )
    commands = [line.split() for line in result.out.splitlines() if line.startswith("  journeysync ")]
    assert [command[1] for command in commands] == ["explain", "coverage", "opportunities", "orphans", "inbox"]
    told = {}
    for command in commands:
        assert run(command[1:]) == 0
        told[command[1]] = capsys.readouterr().out
    assert "a person changed it: it shows 95 now" in told["explain"]
    assert "over-served" in told["coverage"]
    assert "The real monthly cost before the address" in told["opportunities"]
    assert "Tidy the wiki" in told["orphans"]
    assert "did you mean journey.switch-supplier?" in told["inbox"]


def test_a_folder_that_holds_a_workspace_is_never_overwritten(people: tuple[Ran, Path]) -> None:
    result = ran("--yes", "--save", str(people[1]))
    assert result.code == 64
    assert "never overwrites" in result.err


def test_who_says_no_finds_everything_read_and_nothing_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("typer.confirm", lambda *_, **__: False)
    result = ran("--once", "--output", "json")
    document = json.loads(result.out)
    assert (result.code, "apply" in document, "new_score" in document) == (0, False, False)
    assert (document["coverage"]["totals"]["not_known"], document["coverage"]["totals"]["without_step"]) == (0, 60)


def test_without_a_terminal_it_says_what_to_do() -> None:
    result = ran()
    assert (result.code, result.out) == (64, "")
    assert "journeysync demo --yes" in result.err


def test_an_output_that_it_has_not_is_refused() -> None:
    assert ran("--yes", "--output", "csv").code == 64


def test_nothing_stays_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with World(save=None) as world:
        assert [path.name for path in tmp_path.iterdir()] == [world.folder.name]
        sites = list(world.sites.values())
    assert list(tmp_path.iterdir()) == []
    assert [site._thread.is_alive() for site in sites] == [False] * 4


def test_every_connection_of_the_pack_is_served() -> None:
    class Site:
        url = "http://127.0.0.1:1"
        user = "bot@sandbox.example"

    names = [site.connection for site in SITES]
    text = (pack_folder("solvane") / "journeysync.yaml").read_text("utf-8")
    served = connected(text, dict.fromkeys(names, Site()))  # type: ignore[arg-type]  # what is asked of a site
    assert "solvane.atlassian.net" not in served
    assert "jira.field.solvane.example" not in served
    assert "https://github.com" not in served
    assert "api.linear.app" not in served
    assert served.count("url: http://127.0.0.1:1") == len(names) == 4
    assert "scope: {projects: [ONB, BILL]}" in served
    assert "# write_scope" in served  # comments stay
