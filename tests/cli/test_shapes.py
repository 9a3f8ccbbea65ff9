"""The JSON that pipelines rely on: these keys stay (docs/cli.md)."""

import json
from datetime import datetime
from typing import Any

import pytest

STEP = {"id", "path", "todo", "doing", "done", "opportunities", "state"}
TOTALS = {"steps", "needs", "needs_with_work", "gaps", "thin", "not_known", "orphans", "tickets"}
CHANGE = {"connection", "ticket", "key", "url", "slot", "change", "before", "after", "cause"}
DONE = {"written", "unchanged", "failed", "skipped", "requests"}


@pytest.mark.parametrize(
    "command",
    [
        "validate",
        "doctor",
        "pull",
        "links",
        "links test",
        "plan",
        "apply --yes --dry-run",
        "sync --yes --dry-run",
        "status",
        "coverage",
        "opportunities",
        "orphans",
        "explain BILL-1",
        "runs",
        "inbox",
        "config show",
    ],
)
def test_every_command_prints_one_document_with_version_and_time(desk: Any, command: str) -> None:
    desk.type("pull")

    document = desk.json(*command.split())

    assert document["schema_version"] == 1
    assert datetime.fromisoformat(document["generated_at"]).utcoffset() is not None


def test_pull(desk: Any) -> None:
    (row,) = desk.json("pull")["connections"]

    assert {key: row[key] for key in ("name", "read", "changed", "gone")} == {
        "name": "billing",
        "read": 5,
        "changed": 5,
        "gone": 0,
    }
    assert row["requests"] > 0
    assert row["seconds"] > 0
    assert row["trouble"] is None


def test_plan(desk: Any) -> None:
    desk.type("pull")

    plan = desk.json("plan")

    assert plan["checksum"] == desk.json("plan")["checksum"]
    summary = {key: plan["summary"][key] for key in ("add", "change", "remove", "tickets", "blocked")}
    assert summary == {"add": 12, "change": 0, "remove": 0, "tickets": 3, "blocked": 0}
    assert plan["summary"]["requests_estimate"] > 0
    assert all(change.keys() >= CHANGE for change in plan["changes"])
    (label,) = [c for c in plan["changes"] if (c["key"], c["slot"]) == ("BILL-3", "label:journey.opp-4")]
    assert {key: label[key] for key in ("connection", "ticket", "change", "before", "after", "cause")} == {
        "connection": "billing",
        "ticket": "10003",
        "change": "add",
        "before": None,
        "after": True,
        "cause": 'rule paying: "pay" in the title',
    }
    assert label["url"] == f"{desk.site.url}/browse/BILL-3"


def test_apply_and_sync_say_the_same(desk: Any) -> None:
    desk.type("pull")

    applied = desk.json("apply", "--yes", "--allow", "first-run")
    synced = desk.json("sync", "--yes")

    for document in (applied, synced):
        assert document["run"].startswith("r-")
        assert document["summary"].keys() == DONE
        assert document["failures"] == document["troubles"] == []
    assert applied["summary"]["written"] == 15
    assert synced["summary"]["written"] == 0
    assert synced["pull"]["connections"][0]["read"] == 5


def test_a_dry_run_holds_the_plan_and_writes_nothing(desk: Any) -> None:
    desk.type("pull")

    document = desk.json("apply", "--yes", "--dry-run")

    assert document["dry_run"] is True
    assert len(document["plan"]["changes"]) == 15
    assert [brake["name"] for brake in document["plan"]["brakes"]] == ["first-run"]
    assert len(desk.site.journal) == 0


def test_a_failure_names_ticket_cause_and_what_is_next(desk: Any) -> None:
    desk.type("pull")
    desk.site.add_fault("403:method=POST,path=/issue/10003/remotelink")

    document = desk.json("apply", "--yes", "--allow", "first-run", expect=3)

    assert document["summary"]["failed"] == len(document["failures"]) > 0
    for failure in document["failures"]:
        assert failure["ticket"].startswith("billing/")
        assert failure["cause"]
        assert failure["next"]


def test_coverage(desk: Any) -> None:
    desk.type("pull")

    coverage = desk.json("coverage")

    steps = {step["id"]: step for step in coverage["steps"]}
    assert all(step.keys() >= STEP for step in steps.values())
    assert steps["pay-bill.see-why"]["path"] == "Live with us > Pay > Understand and pay a bill > See why it changed"
    assert {key: step["state"] for key, step in steps.items()} == {
        "pay-bill.see-why": "thin",
        "pay-bill.ask": "gap",
        "pay-bill.pay": "work without need",
    }
    assert coverage["totals"].keys() >= TOTALS
    assert {key: coverage["totals"][key] for key in sorted(TOTALS)} == {
        "gaps": 1,
        "needs": 2,
        "needs_with_work": 1,
        "not_known": 0,
        "orphans": 1,
        "steps": 3,
        "thin": 1,
        "tickets": 5,
    }
    opportunities = {row["id"]: row for row in coverage["opportunities"]}
    assert opportunities["OPP-3"] | {"id": "OPP-3", "score": 86.5, "open": 2, "done": 0} == opportunities["OPP-3"]
    assert opportunities["OPP-5"]["score"] is None
    assert all({"id", "score", "open", "done", "state"} <= row.keys() for row in opportunities.values())


def test_schema_is_json_schema_of_each_kind_of_file(desk: Any) -> None:
    found = desk.type_anywhere("schema").json

    assert {"journeysync", "journey", "rules", "placement"} <= found.keys()
    assert desk.type_anywhere("schema", "rules").json == found["rules"]


def test_ndjson_is_one_document_a_row(desk: Any) -> None:
    desk.type("pull")

    lines = [json.loads(line) for line in desk.type("plan", "--output", "ndjson").out.splitlines()]

    assert len(lines) == 15
    assert all(line.keys() >= CHANGE for line in lines)


def test_runs_tell_what_they_did(desk: Any) -> None:
    run = desk.loop()["run"]

    assert desk.json("runs")["runs"][0]["result"]["summary"]["written"] == 15
    shown = desk.json("runs", "show", run)
    assert len(shown["writes"]) == 15
    assert {"ticket", "slot", "before", "wanted", "state", "cause"} <= shown["writes"][0].keys()


def test_explain_holds_links_score_and_what_we_wrote(desk: Any) -> None:
    desk.loop()

    explained = desk.json("explain", "BILL-1")

    assert explained["score"]["score"] == 87
    assert {link["target"]["id"] for link in explained["links"]["links"]} == {"pay-bill.see-why", "OPP-3"}
    assert "label:journey.opp-3" in {row["slot"] for row in explained["held"]}


def test_explain_in_words_holds_no_raw_value(desk: Any) -> None:
    desk.loop()

    out = desk.type("explain", "BILL-1").out

    assert "Priority today: 87 (band 5) because of OPP-3" in out
    assert 'link "Pay > See why it changed, priority 87 (band 5)"' in out
    assert "label journey.opp-3" in out
    assert "True" not in out
    assert "{" not in out


def test_a_plan_in_words_says_its_size_first_and_each_cause_once_a_ticket(desk: Any) -> None:
    desk.type("pull")

    lines = desk.type("plan").out.splitlines()

    assert lines[0].endswith("3 tickets   + 12 to add")
    at = lines.index("  BILL-1  Say why the bill went up")
    first = lines[at + 1 : at + 4]
    assert [line.strip().split("   ")[0] for line in first] == [
        "+ label journey.band-5",
        "+ label journey.opp-3, journey.pay-bill",
        '+ link "Pay > See why it changed, priority 87 (band 5)"',
    ]
    assert sum("bill-explained" in line for line in first) == 1
    assert lines[-1] == "  next:  if it is meant, apply with --allow first-run"


def test_coverage_in_words_begins_with_the_headline_and_the_gaps(desk: Any) -> None:
    desk.type("pull")

    lines = desk.type("coverage").out.splitlines()

    assert lines[0] == "Needs with work: 1 of 2 (50 %)"
    states = [line.split("  ")[0] for line in lines if "Pay > Understand" in line]
    assert states == ["gap", "thin", "work without need"]
