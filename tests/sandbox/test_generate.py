"""Made-up issues: the same for a seed, of realistic size, with parents that exist."""

import json

import httpx

from journeysync.sandbox import start_jira_cloud
from journeysync.sandbox.generate import generate_issues


def test_a_seed_gives_the_same_issues_each_time() -> None:
    assert list(generate_issues(50, 7)) == list(generate_issues(50, 7))
    assert list(generate_issues(50, 7)) != list(generate_issues(50, 8))


def test_issues_have_thirteen_fields_about_four_kilobytes_and_known_parents() -> None:
    issues = list(generate_issues(600, 1))
    assert {len(issue["fields"]) for issue in issues} == {13}
    assert 3_500 < sum(len(json.dumps(issue)) for issue in issues) / 600 < 5_000
    seen: set[str] = set()
    for issue in issues:
        assert (issue["fields"]["parent"] or {"id": issue["id"]})["id"] in seen | {issue["id"]}
        seen.add(issue["id"])
    assert len(seen) == 600
    times = [issue["fields"]["updated"] for issue in issues]
    assert times == sorted(times)
    assert 50 < len(times) - len(set(times)) < 200


def test_they_are_served() -> None:
    with start_jira_cloud(records=generate_issues(300, 1)) as site:
        body = {"jql": "project in (BILL, ONB) AND issuetype = Epic", "fields": ["key"]}
        page = httpx.post(site.url + "/rest/api/3/search/jql", json=body, auth=(site.user, site.token)).json()
        assert page["issues"]
