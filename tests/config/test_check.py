"""What must hold between settings and journeys; and everything at once."""

# ruff: noqa: E501  # the tables of mistakes and messages are read side by side

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from journeysync.config import validate_workspace
from journeysync.config.connect import installed_connectors

INSTALLED = ", ".join(installed_connectors())
Write = Callable[[Mapping[str, str]], Path]


def blocks(path: Path) -> list[str]:
    return [str(problem) for problem in validate_workspace(path, {})[2]]


def rule(link: str, when: str = "{label: x}") -> dict[str, str]:
    return {"mappings/rules.yaml": f"rules:\n  - {{id: r, when: {when}, link: {link}}}\n"}


def test_a_good_workspace_has_no_problem(write: Write) -> None:
    settings, repository, problems = validate_workspace(write(rule("{step: pay-bill.see-why, opportunity: OPP-3}")), {})
    assert problems == ()
    assert settings is not None
    assert repository is not None
    assert [step.id for step in repository.steps] == ["pay-bill.see-why"]


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ("{step: pay-bill.see-whi}", "mappings/rules.yaml:2:44: rule r: there is no step 'pay-bill.see-whi'\n"
         "  did you mean: pay-bill.see-why\n  allowed: pay-bill.see-why"),
        ("{journey: [pay-bill, pay-bil]}", "mappings/rules.yaml:2:58: rule r: there is no journey 'pay-bil'\n"
         "  did you mean: pay-bill\n  allowed: pay, pay-bill"),
        ("{opportunity: OPP-4}", "mappings/rules.yaml:2:51: rule r: there is no opportunity 'OPP-4'\n  allowed: OPP-3"),
    ],
)  # fmt: skip
def test_a_rule_that_names_what_is_not_there_is_an_error_at_that_word(write: Write, link: str, expected: str) -> None:
    assert blocks(write(rule(link))) == [expected]


def test_a_rule_with_an_old_id_works_with_a_warning_and_links_todays_step(write: Write) -> None:
    bill = "id: pay-bill\nname: B\nparent: pay\nsteps: [{id: see-why, name: S, was: [old]}]\n"
    files = rule("{step: pay-bill.old}") | {"journeys/bill.yaml": bill}
    settings, _, problems = validate_workspace(write(files), {})
    assert [str(problem) for problem in problems] == [
        "mappings/rules.yaml:2:44: warning: rule r: 'pay-bill.old' is called pay-bill.see-why now\n"
        "  next: write pay-bill.see-why; the old id works for now"
    ]
    assert settings is not None
    assert [str(target) for target in settings.rules[0].targets] == ["pay-bill.see-why"]


def test_conditions_name_connections_and_teams_that_are_there(write: Write) -> None:
    when = "{any: [{connection: biling}, {team: web}, {connection: BILLING}, {connection: b*}]}"
    assert blocks(write(rule("{opportunity: OPP-3}", when))) == [
        "mappings/rules.yaml:2:10: rule r: there is no connection 'biling'\n  did you mean: billing\n  allowed: billing",
        "mappings/rules.yaml:2:10: rule r: there is no team 'web'\n  allowed: none is there yet",
    ]


def test_vocabulary_and_placement_name_connections_and_kinds_that_are_there(write: Write) -> None:
    files = {
        "mappings/vocabulary.yaml": "teams: {web: {where: {connection: biling}, kinds: {campaign: [X]}}}\n",
        "mappings/placement.yaml": "defaults: {levels: [epic, stroy, campaign]}\nconnections: {app: {closed: write}}\n",
    }
    assert blocks(write(files)) == [
        "mappings/placement.yaml:1:27: levels: there is no kind 'stroy'\n  did you mean: story\n"
        "  allowed: initiative, epic, story, bug, task, subtask, campaign",
        "mappings/placement.yaml:2:20: connections: there is no connection 'app'\n  allowed: billing",
        "mappings/vocabulary.yaml:1:35: team web: there is no connection 'biling'\n  did you mean: billing\n"
        "  allowed: billing",
    ]


def test_an_opportunity_prefix_must_not_be_a_project_key(write: Write) -> None:
    config = (
        "workspace: {id: k3f9, name: S}\nconnections:\n  a: {connector: jira, url: 'https://x.example',\n"
        "    auth: {kind: personal-token, token: {env: T}}, scope: {projects: [OPP, BILL]}}\n"
        "  b: {connector: jira, url: 'https://x.example',\n"
        "    auth: {kind: personal-token, token: {env: T}}, scope: {jql: 'project = I AND updated > -1d'}}\n"
    )
    assert [f"{p.where} {p.says}" for p in validate_workspace(write({"journeysync.yaml": config}), {})[2]] == [
        "journeysync.yaml:4:70 the project OPP and the opportunity OPP-3 have the same prefix",
    ]


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("connector: jira", "connector: jra", "journeysync.yaml:4:16: no connector is installed under the name 'jra'\n"
         "  did you mean: jira\n  allowed: installed: " + INSTALLED + "\n"
         "  next: correct the name, or install the distribution journeysync-jra"),
        ("kind: api-token", "kind: api-tokn", "journeysync.yaml:6:18: connections.billing.auth.kind is 'api-tokn': not "
         "known\n  did you mean: api-token\n  allowed: api-token, scoped-token, oauth, personal-token, basic"),
        ("kind: api-token, ", "", "journeysync.yaml:3:3: connections.billing.auth.kind is missing\n"
         "  allowed: api-token, scoped-token, oauth, personal-token, basic"),
        ("kind: api-token", "kind: oauth", "journeysync.yaml:6:18: connections.billing.auth: the kind oauth needs "
         "client_id, client_secret, refresh_token too\n  allowed: kind, client_id, client_secret, refresh_token"),
        ("projects: [BILL]", "project: [BILL]", "journeysync.yaml:7:22: connections.billing.scope: unknown key 'project'\n"
         "  did you mean: projects\n  allowed: projects, jql"),
        ("    scope: {projects: [BILL]}\n", "", "journeysync.yaml:3:3: connections.billing.scope is missing\n"
         "  allowed: projects, jql"),
    ],
)  # fmt: skip
def test_each_mistake_in_a_connection_says_what_is_allowed(
    write: Write, before: str, after: str, expected: str
) -> None:
    path = write({})
    text = path.read_text()
    assert before in text
    assert blocks(write({"journeysync.yaml": text.replace(before, after)})) == [expected]


def test_all_problems_of_all_files_come_at_once(write: Write) -> None:
    files = {
        "journeysync.yaml": "workspace: {id: k3f9, name: S}\ntime_zon: UTC\n",
        "journeys/opportunities.yaml": "opportunities: [{id: OPP-3, name: O, state: opn}]\n",
        "mappings/scoring.yaml": "bandz: {}\n",
    } | rule("{step: x}")
    settings, repository, problems = validate_workspace(write(files), {})
    assert [problem.where for problem in problems] == [
        "journeys/opportunities.yaml:1:45",
        "journeysync.yaml:2:1",
        "mappings/rules.yaml:2:44",
        "mappings/scoring.yaml:1:1",
    ]
    assert settings is not None
    assert repository is not None


def test_a_config_that_cannot_be_read_gives_its_problem_only(write: Write) -> None:
    settings, repository, problems = validate_workspace(write({"journeysync.yaml": "a: [\n"}), {})
    assert (settings, repository, len(problems)) == (None, None, 1)


def test_a_label_that_would_stand_for_two_things_is_told(write: Write) -> None:
    path = write(
        {
            "journeys/pay/opp.yaml": "id: opp-3\nname: A journey\nparent: pay\n",
            "journeys/pay/ignore.yaml": "id: ignore\nname: Another\nparent: pay\n",
        }
    )
    assert [block for block in blocks(path) if "would stand for" in block] == [
        "journeys/: the label journey.ignore would stand for ignore and a word of ours\n"
        "  next: give one of them another id; its old one goes under `was`",
        "journeys/: the label journey.opp-3 would stand for opp-3 and OPP-3\n"
        "  next: give one of them another id; its old one goes under `was`",
    ]
