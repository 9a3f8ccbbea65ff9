"""Recorded GitHub issues in the sandbox: what comes out is what went in, also for PyGithub and the official file."""

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from github import Auth, Github, GithubException
from jsonschema import Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012
from tests.sandbox.conftest import shared
from tests.sandbox.official import usable

from journeysync.sandbox import GithubSandbox, start_github

TEXTS = ("title", "body", "state", "created_at", "updated_at", "closed_at", "number", "id", "locked", "comments")


def rows_of(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def pages(server: GithubSandbox, repository: str, **params: Any) -> list[dict[str, Any]]:
    url: str | None = f"{server.url}/repos/{repository}/issues"
    asked: dict[str, Any] | None = {"state": "all", "per_page": 100, "sort": "updated", "direction": "asc"} | params
    rows: list[dict[str, Any]] = []
    with httpx.Client(headers={"Authorization": f"token {server.token}"}, timeout=30) as client:
        while url:
            answer = client.get(url, params=asked)
            rows += answer.json()
            url, asked = answer.links.get("next", {}).get("url"), None
    return rows


def py_github(server: GithubSandbox) -> Github:
    auth = Auth.Token(server.token)
    return Github(base_url=server.url, auth=auth, per_page=100, seconds_between_requests=0, seconds_between_writes=0)


@pytest.mark.parametrize(
    ("file", "repository"),
    [
        ("rust-lang-rust_issues", "rust-lang/rust"),
        ("bitcoin-core-gui_issues", "bitcoin-core/gui"),
        ("httpwg-http-extensions_issues", "httpwg/http-extensions"),
        ("panjf2000-ants_issues", "panjf2000/ants"),
    ],
)
def test_recorded_issues_come_out_as_they_went_in(recorded: Any, file: str, repository: str) -> None:
    path = recorded("data", "github", f"{file}.jsonl.gz")
    before = {row["number"]: row for row in rows_of(path)}
    with start_github(load=[path]) as server:
        after = {row["number"]: row for row in pages(server, repository)}
    assert after.keys() == before.keys()
    for number, row in after.items():
        was = before[number]
        assert {name: row[name] for name in TEXTS} == {name: was.get(name) for name in TEXTS}
        assert [label["name"] for label in row["labels"]] == [label["name"] for label in was["labels"]]
        assert ("pull_request" in row) == bool(was.get("pull_request"))
        assert row["user"]["login"] == was["user"]["login"]
        assert row["node_id"] == was.get("node_id", row["node_id"])
        assert (row["milestone"] or {}).get("number") == (was.get("milestone") or {}).get("number")


def test_a_later_snapshot_becomes_the_state_of_a_running_site(recorded: Any) -> None:
    older = rows_of(recorded("data", "github", "httpwg-http-extensions_older_snapshots.jsonl.gz"))
    before = [row["issue"] for row in older if row["snapshot"].startswith("2017")]
    after = rows_of(recorded("data", "github", "httpwg-http-extensions_issues.jsonl.gz"))
    with start_github(records=before) as server:
        assert len(pages(server, "httpwg/http-extensions")) == len(before) == 308
        newest = max(row["updated_at"] for row in before)
        assert server.load(*after) == len(after) == 405
        changed = pages(server, "httpwg/http-extensions", since=newest)
    known = {row["number"]: row["updated_at"] for row in before}
    assert {row["number"] for row in changed} >= {row["number"] for row in after if row["number"] not in known}
    assert {row["number"] for row in changed} == {row["number"] for row in after if row["updated_at"] >= newest}


def test_comments_are_loaded_with_their_issues(recorded: Any) -> None:
    files = [recorded("data", "github", f"panjf2000-ants_{kind}.jsonl.gz") for kind in ("comments", "issues")]
    texts = {row["id"]: row["body"] for row in rows_of(files[0])}
    with start_github(load=files) as server:
        loaded = {comment.id: comment.body for _, comment in server.state.comments.values()}
    assert loaded
    assert loaded.items() <= texts.items()


def test_a_file_that_is_no_recording_is_named(tmp_path: Path) -> None:
    (tmp_path / "wrong.jsonl").write_text('{"key": "DEMO-1"}\n')
    with pytest.raises(ValueError, match=r"wrong\.jsonl, line 1: no issue in GitHub's REST form"):
        start_github(load=[tmp_path / "wrong.jsonl"])


# PyGithub ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def server() -> Iterator[GithubSandbox]:
    with start_github(repositories=["solvane/app", ("solvane/open", "public")]) as each:
        each.state.create("solvane/app", "Epic", labels=["epic"])
        each.state.create("solvane/app", "Pay by card", body="text", labels=["ux"], milestone="v1")
        each.state.set_parent("solvane/app#2", "solvane/app#1")
        each.state.comment("solvane/app#2", "hello")
        yield each


def test_pygithub_reads_and_writes_it_unchanged(server: GithubSandbox) -> None:
    with py_github(server) as github:
        home = github.get_repo("solvane/app")
        assert (home.visibility, home.private, github.get_user().login) == ("private", True, server.login)
        issues = list(home.get_issues(state="all", sort="updated", direction="asc"))
        assert [(issue.number, issue.title) for issue in issues] == [(1, "Epic"), (2, "Pay by card")]
        issue = home.get_issue(2)
        assert (issue.milestone.title, issue.body, issue.user.login) == ("v1", "text", "person")
        home.create_label("js:a", "c5def5", "from a journey")
        issue.add_to_labels("js:a", "js:b")
        issue.remove_from_labels("js:b")
        with pytest.raises(GithubException, match="Label does not exist: 404"):
            issue.remove_from_labels("js:b")
        assert sorted(label.name for label in issue.get_labels()) == ["js:a", "ux"]
        comment = issue.create_comment("first")
        comment.edit("second")
        assert [each.body for each in issue.get_comments()] == ["hello", "second"]
        comment.delete()
        issue.edit(title="Pay by phone", state="closed")
        assert home.get_issue(2).title == "Pay by phone"
        assert [child.number for child in home.get_issue(1).get_sub_issues()] == [2]
        assert {each.full_name for each in github.get_organization("solvane").get_repos()} == {
            "solvane/app",
            "solvane/open",
        }
        assert github.get_rate_limit().resources.core.remaining > 4_900
        assert github.search_issues("is:issue phone").totalCount == 1


def test_pygithub_follows_what_was_moved_and_renamed(server: GithubSandbox) -> None:
    server.state.transfer("solvane/app#2", "solvane/open")
    server.state.rename_repository("solvane/app", "solvane/shop")
    with py_github(server) as github:
        home = github.get_repo("solvane/app")
        assert home.full_name == "solvane/shop"
        assert home.get_issue(2).title == "Pay by card"


def test_pygithub_sends_graphql_through_it(server: GithubSandbox) -> None:
    with py_github(server) as github:
        _, body = github.requester.graphql_query("query { viewer { login } }", {})
    assert body["data"]["viewer"]["login"] == server.login


# the official file ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def official_file() -> dict[str, Any]:
    with gzip.open(shared("schemas", "github-rest-api.github.com.json.gz"), "rt", encoding="utf-8") as file:
        loaded: dict[str, Any] = json.load(file)
    return loaded


@pytest.mark.parametrize(
    ("operation", "path"),
    [
        ("/user", "/user"),
        ("/rate_limit", "/rate_limit"),
        ("/meta", "/meta"),
        ("/orgs/{org}/repos", "/orgs/solvane/repos"),
        ("/orgs/{org}/issue-types", "/orgs/solvane/issue-types"),
        ("/orgs/{org}/issue-fields", "/orgs/solvane/issue-fields"),
        ("/repos/{owner}/{repo}", "/repos/solvane/app"),
        ("/repos/{owner}/{repo}/issues", "/repos/solvane/app/issues?state=all"),
        ("/repos/{owner}/{repo}/issues/{issue_number}", "/repos/solvane/app/issues/2"),
        ("/repos/{owner}/{repo}/issues/{issue_number}", "/repos/solvane/app/issues/404"),
        ("/repos/{owner}/{repo}/issues/{issue_number}/labels", "/repos/solvane/app/issues/2/labels"),
        ("/repos/{owner}/{repo}/issues/{issue_number}/comments", "/repos/solvane/app/issues/2/comments"),
        ("/repos/{owner}/{repo}/issues/{issue_number}/events", "/repos/solvane/app/issues/2/events"),
        ("/repos/{owner}/{repo}/issues/{issue_number}/sub_issues", "/repos/solvane/app/issues/1/sub_issues"),
        ("/repos/{owner}/{repo}/issues/{issue_number}/parent", "/repos/solvane/app/issues/2/parent"),
        (
            "/repos/{owner}/{repo}/issues/{issue_number}/issue-field-values",
            "/repos/solvane/app/issues/2/issue-field-values",
        ),
        ("/repos/{owner}/{repo}/labels", "/repos/solvane/app/labels"),
        ("/repos/{owner}/{repo}/milestones", "/repos/solvane/app/milestones"),
        ("/search/issues", "/search/issues?q=card"),
    ],
)
def test_answers_have_the_shapes_of_the_official_file(
    server: GithubSandbox, official_file: dict[str, Any], operation: str, path: str
) -> None:
    server.state.add_type("solvane", "Bug")
    band = server.state.add_field("solvane", "Band", "single_select", ["high"])
    server.state.set_field_value("solvane/app#2", band, band.options[0])
    server.state.add_labels("solvane/app#2", "more")
    answer = httpx.get(server.url + path, headers={"Authorization": f"Bearer {server.token}"})
    described = official_file["paths"][operation]["get"]["responses"][str(answer.status_code)]
    while "$ref" in described:
        described = official_file["components"]["responses"][described["$ref"].rpartition("/")[2]]
    schema = described["content"]["application/json"]["schema"]
    spec = {"components": _needed(official_file, schema)}
    registry: Registry[Any] = Registry().with_resource("urn:github", Resource(spec, DRAFT202012))
    errors = Draft202012Validator(_absolute(usable(schema)), registry=registry).iter_errors(answer.json())
    assert [f"{'/'.join(map(str, each.path))}: {each.message}"[:300] for each in errors] == []


def _needed(whole: dict[str, Any], schema: Any) -> dict[str, Any]:
    """Return only the components that a schema leads to: making all of them usable takes seconds."""
    found: dict[str, Any] = {}
    waiting = [schema]
    while waiting:
        for name in _references(waiting.pop()):
            if name not in found:
                found[name] = whole["components"]["schemas"][name]
                waiting.append(found[name])
    return {"schemas": {name: _absolute(usable(each)) for name, each in found.items()}}


def _references(schema: Any) -> Iterator[str]:
    if isinstance(schema, list):
        for each in schema:
            yield from _references(each)
    elif isinstance(schema, dict):
        if isinstance(schema.get("$ref"), str):
            yield schema["$ref"].rpartition("/")[2]
        for each in schema.values():
            yield from _references(each)


def _absolute(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_absolute(each) for each in schema]
    if isinstance(schema, dict):
        return {name: f"urn:github{value}" if name == "$ref" else _absolute(value) for name, value in schema.items()}
    return schema
