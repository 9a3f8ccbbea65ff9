"""The packs are what newcomers copy: they are read, asked and counted here as the program itself would do it."""

import os
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

from journeysync.config.packs import available_packs, pack_folder
from journeysync.config.settings import Settings
from journeysync.config.validate import validate_workspace
from journeysync.core.expect import run_expectations
from journeysync.core.match import Matcher
from journeysync.core.score import opportunity_scores
from journeysync.model.journey import JourneyRepository

ROOT = Path(__file__).parents[2]
TITANIUM = ROOT / "tests" / "titanium"
TODAY = date(2026, 11, 22)


def read(folder: Path) -> tuple[Settings, JourneyRepository]:
    """Read a workspace that must be free of any problem, warnings too."""
    env = {"JIRA_TOKEN": "not-a-token", "JIRA_FIELD_TOKEN": "not-a-token", "GITHUB_TOKEN": "not-a-token"}
    settings, repository, problems = validate_workspace(folder / "journeysync.yaml", env)
    assert problems == ()
    assert settings is not None
    assert repository is not None
    return settings, repository


@pytest.fixture(scope="module")
def solvane() -> tuple[Settings, JourneyRepository]:
    return read(pack_folder("solvane"))


def test_the_packs_are_found_by_name() -> None:
    assert available_packs() == ("solvane", "starter")


@pytest.mark.parametrize("folder", [*(ROOT / "mappings").glob("*/"), TITANIUM], ids=lambda folder: folder.name)
def test_every_example_beside_a_rule_comes_out_as_written(folder: Path) -> None:
    settings, repository = read(folder)
    matcher = Matcher(settings.rules, repository, namespace=settings.placement.label_namespace)
    failures = run_expectations(settings.rules, matcher, lambda _: None)
    assert [failure.says for failure in failures if not failure.skipped] == []
    unasked = {failure.example for failure in failures}
    assert unasked <= {"BILL-204", "TIMOB-4", "TIMOB-5909", "TIMOB-28279"}  # real tickets; asked where they are known


@pytest.mark.parametrize("folder", [*(ROOT / "mappings").glob("*/"), TITANIUM], ids=lambda folder: folder.name)
def test_every_rule_carries_its_own_test(folder: Path) -> None:
    settings, _ = read(folder)
    assert [rule.id for rule in settings.rules if not (rule.expect.hits and rule.expect.misses)] == []


def test_the_demo_company_is_whole(solvane: tuple[Settings, JourneyRepository]) -> None:
    settings, repository = solvane
    micro = [journey for journey in repository.journeys if journey.level == "micro"]
    assert (len(repository.lifecycles), len(micro), len(repository.steps)) == (3, 9, 60)
    assert len(repository.opportunities) == 40
    assert len(repository.personas) == 5
    assert len(repository.insight_by_id) >= 24
    teams = [team.id for team in settings.vocabulary.teams]
    assert teams == ["onboarding", "billing", "field", "app", "care", "insights"]


def test_every_step_of_the_demo_company_says_what_is_and_what_is_to_be(
    solvane: tuple[Settings, JourneyRepository],
) -> None:
    assert [step.id for step in solvane[1].steps if not (step.today and step.to_be and step.channels)] == []


def test_every_journey_of_the_demo_company_is_measured_four_ways(
    solvane: tuple[Settings, JourneyRepository],
) -> None:
    for journey in solvane[1].journeys:
        if journey.level == "micro":
            assert [metric.id for metric in journey.metrics] == ["completion", "effort", "calls", "time"], journey.id


def test_two_journeys_share_the_name_of_a_step(solvane: tuple[Settings, JourneyRepository]) -> None:
    journeys = {step.journey for step in solvane[1].steps if step.name == "Send the first reading"}
    assert journeys == {"first-30-days", "move-home"}


def test_opportunities_stand_in_the_order_of_their_scores_without_a_tie(
    solvane: tuple[Settings, JourneyRepository],
) -> None:
    settings, repository = solvane
    scores = opportunity_scores(repository, settings.scoring, TODAY)
    in_file_order = [scores[opportunity.id].score for opportunity in repository.opportunities]
    assert None not in in_file_order
    assert all(higher > lower for higher, lower in pairwise(score for score in in_file_order if score is not None))
    assert [opportunity.id for opportunity in repository.opportunities] == [f"OPP-{n}" for n in range(1, 41)]
    assert in_file_order[0] == 91.8


def test_every_step_of_the_demo_company_can_be_reached_by_a_rule(
    solvane: tuple[Settings, JourneyRepository],
) -> None:
    settings, repository = solvane
    reached = {target.id for rule in settings.rules for target in rule.targets}
    assert {step.id for step in repository.steps} - reached == set()


def test_the_recorded_product_asks_every_kind_of_condition() -> None:
    settings, repository = read(TITANIUM)
    text = "\n".join(rule.model_dump_json(exclude_defaults=True, by_alias=True) for rule in settings.rules)
    asked = {key for key in CONDITIONS if f'"{key}":' in text}
    assert asked == set(CONDITIONS)
    assert len(settings.rules) >= 30
    assert len(repository.steps) >= 35


CONDITIONS = (
    "all", "any", "unless", "connection", "project", "team", "key", "kind", "state", "label", "component",
    "milestone", "under", "words", "phrase", "regex", "in", "stop", "enabling",
)  # fmt: skip


def test_the_recorded_product_finds_its_tracker_by_environment() -> None:
    env = {"JIRA_TOKEN": "not-a-token", "JOURNEYSYNC_CONNECTIONS__TITANIUM__URL": "http://127.0.0.1:18301"}
    settings, _, problems = validate_workspace(TITANIUM / "journeysync.yaml", {**os.environ, **env})
    assert problems == ()
    assert settings is not None
    assert [connection.url for connection in settings.connections] == ["http://127.0.0.1:18301"]
