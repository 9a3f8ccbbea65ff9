"""The made-up backlog is the same each time, finds its rules, leaves the planted gaps, and is messy on purpose."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from journeysync.config.packs import pack_folder
from journeysync.config.validate import validate_workspace
from journeysync.core.match import Matcher
from journeysync.model.ticket import Ticket
from journeysync.sandbox import solvane
from journeysync.sandbox.jira.adf import plain_text
from journeysync.sandbox.solvane.outline import read_outline
from journeysync_github.translate import Home, repository_of
from journeysync_github.translate import Lens as GithubLens
from journeysync_github.translate import ticket_of as github_ticket
from journeysync_jira.translate import Lens, ticket_of
from journeysync_linear.translate import Lens as LinearLens
from journeysync_linear.translate import initiative_ticket, issue_ticket, project_ticket

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=400, hours=7)
CLOUD = solvane.jira_cloud(NOW)
FIELD = solvane.data_center(NOW)
EVERYTHING = (*CLOUD, *FIELD)
GITHUB = solvane.github(NOW)
ISSUES = [row for row in GITHUB if "pull_request" not in row]
UNPLANTED = ("more-time-to-pay", "deposit", "at-risk", "compensation", "cost-of-leaving", "read-aloud", "bill-archive")


def text_of(record: dict[str, Any]) -> str:
    value = record["fields"]["description"]
    return value if isinstance(value, str) else plain_text(value) if value else ""


def titled(title: str) -> dict[str, Any]:
    return next(record for record in EVERYTHING if title in record["fields"]["summary"])


def without_dates(record: dict[str, Any]) -> dict[str, Any]:
    fields = {name: value for name, value in record["fields"].items() if name not in DATES}
    return {**record, "fields": fields}


DATES = ("created", "updated", "resolutiondate")


def test_the_company_has_as_many_tickets_as_its_story_says() -> None:
    projects = Counter(record["fields"]["project"]["key"] for record in EVERYTHING)
    assert projects == {"ONB": 133, "BILL": 108, "FLD": 118}
    assert len({record["key"] for record in EVERYTHING}) == len({record["id"] for record in EVERYTHING}) == 359


def test_states_are_mixed_as_in_a_real_backlog() -> None:
    ends = Counter((r["fields"]["resolution"] or {"name": "open"})["name"] for r in EVERYTHING)
    assert ends == {
        "open": 260,
        "Done": 83,
        "Won't do": 7,
        "Duplicate": 5,
        "Experiment failed": 2,
        "Cannot reproduce": 1,
        "No fault found": 1,
    }


def test_another_day_brings_the_same_tickets_of_the_same_age() -> None:
    later = (*solvane.jira_cloud(LATER), *solvane.data_center(LATER))
    assert [without_dates(record) for record in later] == [without_dates(record) for record in EVERYTHING]
    for old, new in zip(EVERYTHING, later, strict=True):
        ages = [now - datetime.fromisoformat(r["fields"]["updated"]) for now, r in ((NOW, old), (LATER, new))]
        assert ages[0] == ages[1]


def test_parents_come_before_their_children() -> None:
    seen: set[str] = set()
    for record in EVERYTHING:
        parent = record["fields"].get("parent")
        assert parent is None or parent["key"] in seen
        seen.add(record["key"])
    assert "BILL-204" in seen


def test_open_tickets_are_fresh_unless_they_are_called_quiet() -> None:
    quiet = [r for r in EVERYTHING if not r["fields"]["resolution"] and NOW - _updated(r) > timedelta(days=90)]
    assert [record["fields"]["summary"] for record in quiet] == [
        "Footnotes that open where they belong",
        "Letters that came back",
        "Old campaign pages",
        "Old price lists in the cellar",
        "Letters for student homes",
        "Old uniforms",
    ]


def _updated(record: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(record["fields"]["updated"])


def test_one_ticket_in_six_shares_its_exact_time_of_change() -> None:
    times = Counter(record["fields"]["updated"] for record in EVERYTHING)
    assert sum(1 for count in times.values() if count > 1) >= len(EVERYTHING) // 8


@pytest.mark.parametrize("rule", UNPLANTED)
def test_no_ticket_fills_a_planted_gap(rule: str) -> None:
    assert _hits()[rule] == []


def test_the_rules_of_all_six_teams_find_something() -> None:
    hits = _hits()
    idle = [rule for rule, keys in hits.items() if not keys]
    assert idle == list(_in_order(idle, ("more-time-to-pay", *UNPLANTED)))
    assert len(hits["eni-cost-of-charge"]) >= 3
    assert len(hits["app-ready-by"]) >= 3
    assert "BILL-204" in hits["bill-explained"]


def _in_order(found: list[str], allowed: tuple[str, ...]) -> list[str]:
    return [rule for rule in found if rule in allowed]


def _hits() -> dict[str, list[str]]:
    settings, repository, _ = validate_workspace(pack_folder("solvane") / "journeysync.yaml", {})
    assert settings is not None
    assert repository is not None
    matcher = Matcher(settings.rules, repository, namespace="journey.")
    found: dict[str, list[str]] = {rule.id: [] for rule in settings.rules}
    for ticket in _tickets():
        links = matcher.own_links(ticket)
        rules = {link.rule for link in links.links if link.rule} | ({links.enabling.rule} if links.enabling else set())
        for rule in rules:
            found[rule].append(ticket.key)
    return found


def _tickets() -> Iterator[Ticket]:
    for connection, records in (("billing", CLOUD), ("field", FIELD)):
        lens = Lens(connection=connection, site="https://tracker.example", workspace="k3f9")
        yield from (ticket_of(record, lens) for record in records)
    for record in ISSUES:
        yield github_ticket(record, GithubLens("github", "k3f9"), Home(repository_of(record)))
    yield from linear_tickets()


def linear_tickets() -> Iterator[Ticket]:
    for row in solvane.linear(NOW):
        shown = row["object"]
        labels = {label["id"]: label["name"] for label in shown.get("labels", ())}
        lens = LinearLens("insights", "k3f9", labels=labels)
        if row["type"] == "Issue":
            yield issue_ticket({**shown, "identifier": f"ENI-{shown['number']}", "labelIds": list(labels)}, lens)
        elif row["type"] == "Project":
            yield project_ticket({**shown, "teams": {"nodes": shown["teams"]}}, lens, ["ENI"])
        else:
            yield initiative_ticket(shown, lens)


def test_it_is_messy_on_purpose() -> None:
    labels = {label for record in EVERYTHING for label in record["fields"]["labels"]}
    assert {"iOS", "ios", "journey.pay-bill", "journey.switch-suplier", "journey.ignore"} <= labels
    assert titled("Analytics")["fields"]["summary"].startswith("\x1b[31m")
    lengths = sorted(len(text_of(record)) for record in EVERYTHING)
    assert lengths[0] == 0
    assert 32_000 <= lengths[-1] <= 32_767  # as much as Jira takes
    texts = "\n".join(text_of(record) for record in EVERYTHING)
    assert "\r\n" in texts
    assert "أريد" in texts
    assert "👩‍👩‍👧‍👦" in texts
    kinds = {node["type"] for record in CLOUD for node in _nodes(record["fields"]["description"])}
    assert {"table", "mention", "bulletList", "codeBlock"} <= kinds
    assert "||" in text_of(titled("Newsletter for retired colleagues"))


def _nodes(node: dict[str, Any] | None) -> list[dict[str, Any]]:
    return [] if node is None else [node, *(inner for child in node.get("content", ()) for inner in _nodes(child))]


def test_a_reference_comes_once_from_outside() -> None:
    named = {r["fields"]["reporter"]["displayName"] for r in CLOUD if "OPP-3" in text_of(r)}
    assert "A customer" in named
    assert len(named) > 1


def test_the_score_field_is_missing_in_one_project() -> None:
    with (
        solvane.start_billing(lambda: NOW) as site,
        httpx.Client(base_url=site.url, auth=(site.user, site.token)) as client,
    ):
        score = f"customfield_{solvane.SCORE_FIELD}"
        answers = {
            key: client.put(f"/rest/api/3/issue/{key}", json={"fields": {score: 50}}).status_code
            for key in ("BILL-204", "ONB-135")
        }
    assert answers == {"BILL-204": 204, "ONB-135": 400}


@pytest.mark.parametrize("line", ["story | No state", "story todo", "story todo |  "])
def test_a_line_that_is_no_ticket_is_refused(line: str) -> None:
    with pytest.raises(ValueError, match="not a line of an outline"):
        list(read_outline(line))


def test_the_two_repositories_hold_issues_and_pull_requests_and_the_same_ones_each_time() -> None:
    assert Counter(repository_of(row) for row in ISSUES) == {"solvane/app": 92, "solvane/care": 74}
    assert len(GITHUB) - len(ISSUES) == 8
    dates = {"created_at", "updated_at", "closed_at", "milestone", "pull_request"}
    for old, new in zip(GITHUB, solvane.github(LATER), strict=True):
        assert {name for name in old if old[name] != new[name]} <= dates
    numbers = [(row["repository_url"], row["number"]) for row in GITHUB]
    assert len(set(numbers)) == len(numbers)


def test_issues_of_github_name_epics_of_jira_and_one_is_also_a_ticket_there() -> None:
    named = Counter(
        str(row["body"]).split(".")[0].removeprefix("Part of ") for row in ISSUES if "Part of" in str(row["body"])
    )
    keys = {record["key"] for record in EVERYTHING}
    assert named == {"ONB-207": 3, "BILL-168": 3}
    assert set(named) <= keys
    titles = {record["fields"]["summary"] for record in EVERYTHING}
    assert [row["title"] for row in ISSUES if row["title"] in titles] == ["Sign in with a passkey"]


def test_sub_issues_stand_below_their_parents_without_a_change_of_time() -> None:
    with solvane.start_repositories(lambda: NOW) as site:
        issues = {issue.title: issue for issue in site.state.issues}
        epic = issues["Leave without a fight"]
        assert [child.title for child in epic.children][:2] == [
            "Leave button instead of a phone number",
            "Cancellation by a relative",
        ]
        assert {home.full_name: home.is_public for home in site.state.repositories.values()} == {
            "solvane/app": True,
            "solvane/care": False,
        }
        assert {issue.type.name for issue in site.state.issues if issue.type} >= {"Wish", "Complaint", "Epic"}
        recorded = {(repository_of(row), row["number"]): row["updated_at"] for row in ISSUES}
        assert {(i.repository.full_name, i.number): i.updated_at for i in site.state.issues} == recorded


def test_energy_insights_has_initiatives_projects_and_issues_and_the_same_ones_each_time() -> None:
    rows = solvane.linear(NOW)
    assert Counter(row["type"] for row in rows) == {"Initiative": 2, "Project": 6, "Issue": 79}
    assert len({row["object"]["id"] for row in rows}) == len(rows) == 87
    dates = {"createdAt", "updatedAt", "completedAt", "canceledAt", "archivedAt"}
    for old, new in zip(rows, solvane.linear(LATER), strict=True):
        assert {name for name in old["object"] if old["object"][name] != new["object"][name]} <= dates


def test_linear_shows_it_as_its_people_left_it() -> None:
    with solvane.start_insights(lambda: NOW) as site:
        issues = {issue.title: issue for issue in site.state.issues}
        tip = issues["One tip a month, not ten"]
        assert (site.state.issue("GRD-9"), tip.project and tip.project.name) == (tip, "Tips that fit the heating")
        child = issues["Similar homes by size and year of building"]
        assert child.parent is issues["Usage chart with similar homes"]
        assert [label.parent.name for label in tip.labels if label.parent] == ["Type"]
        assert issues["Try-out, please ignore"].trashed
        assert issues["Notes of the first planning"].archived_at
        recorded = {row["object"]["id"]: row["object"]["updatedAt"] for row in solvane.linear(NOW)}
        assert all(issue.updated_at == recorded[issue.id] for issue in site.state.issues)
        assert {initiative.name for initiative in site.state.initiatives.values()} == {
            "Know what you use",
            "Charge at the right hour",
        }
