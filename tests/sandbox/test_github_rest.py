"""GitHub's REST in the sandbox: lists, labels, comments, what is gone or moved, limits, apps."""

import time
from collections.abc import Iterator
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from journeysync.sandbox import GithubSandbox, start_github
from journeysync.sandbox.github.webhook import signature, signed_headers

ISSUES = "/repos/solvane/app/issues"


@pytest.fixture
def server(clock: Any) -> Iterator[GithubSandbox]:
    with start_github(clock=clock, repositories=["solvane/app", ("solvane/open", "public")]) as each:
        yield each


@pytest.fixture
def client(server: GithubSandbox) -> Iterator[httpx.Client]:
    with client_of(server) as each:
        yield each


def client_of(server: GithubSandbox, token: str = "") -> httpx.Client:
    return httpx.Client(base_url=server.url, headers={"Authorization": f"Bearer {token or server.token}"}, timeout=10)


def titles(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [issue["title"] for issue in answer.json()]


# lists ------------------------------------------------------------------------------------------------------------


def test_the_link_header_leads_through_every_issue_and_pull_request_once(
    server: GithubSandbox, client: httpx.Client
) -> None:
    for number in range(7):
        server.state.create("solvane/app", f"Row {number}", pull_request=number % 3 == 0)
    answer = client.get(ISSUES, params={"state": "all", "per_page": 3, "direction": "asc"})
    assert "prev" not in answer.links
    assert answer.links["last"]["url"].endswith("page=3")
    seen = answer.json()
    while "next" in answer.links:
        answer = client.get(answer.links["next"]["url"])
        seen += answer.json()
    assert [row["title"] for row in seen] == [f"Row {number}" for number in range(7)]
    assert ["pull_request" in row for row in seen] == [True, False, False, True, False, False, True]
    assert set(answer.links) == {"prev", "first"}


def test_lists_are_open_newest_first_and_thirty_a_page_unless_asked(
    server: GithubSandbox, client: httpx.Client, clock: Any
) -> None:
    for number in range(32):
        server.state.create("solvane/app", str(number))
        clock.advance(1)
    server.state.edit("solvane/app#32", state="closed")
    assert titles(client.get(ISSUES)) == [str(number) for number in range(30, 0, -1)]
    assert len(client.get(ISSUES, params={"per_page": 1_000, "state": "all"}).json()) == 32
    assert titles(client.get(ISSUES, params={"state": "closed"})) == ["31"]


def test_since_is_inclusive_in_whole_seconds_and_takes_offsets(
    server: GithubSandbox, client: httpx.Client, clock: Any
) -> None:
    server.state.create("solvane/app", "old")
    clock.advance(10)
    at = server.state.create("solvane/app", "edge").updated_at
    clock.advance(0.4)
    server.state.create("solvane/app", "same second")
    asked = {"since": at, "sort": "updated", "direction": "asc"}
    assert titles(client.get(ISSUES, params=asked)) == ["edge", "same second"]
    hour = int(at[11:13])
    later_zone = f"{at[:11]}{hour + 1:02d}{at[13:19]}+01:00" if hour < 23 else at
    assert titles(client.get(ISSUES, params=asked | {"since": later_zone})) == ["edge", "same second"]
    assert client.get(ISSUES, params={"since": "yesterday"}).status_code == 422


def test_labels_milestone_and_assignee_filter_lists(server: GithubSandbox, client: httpx.Client) -> None:
    server.state.create("solvane/app", "both", labels=["Bug", "UX"], milestone="v1")
    server.state.create("solvane/app", "one", labels=["bug"])
    assert titles(client.get(ISSUES, params={"labels": "bug,ux"})) == ["both"]
    assert titles(client.get(ISSUES, params={"milestone": "none"})) == ["one"]
    assert titles(client.get(ISSUES, params={"milestone": 1})) == ["both"]
    assert client.get(ISSUES, params={"milestone": 9}).status_code == 422


def test_an_unchanged_page_is_a_304_that_costs_nothing(server: GithubSandbox, client: httpx.Client) -> None:
    server.state.create("solvane/app", "One")
    first = client.get(ISSUES)
    again = client.get(ISSUES, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["x-ratelimit-used"] == first.headers["x-ratelimit-used"] == "1"
    server.state.add_labels("solvane/app#1", "new")
    assert client.get(ISSUES, headers={"If-None-Match": first.headers["etag"]}).status_code == 200


def test_search_finds_issues_by_what_is_said_of_them(server: GithubSandbox, client: httpx.Client) -> None:
    server.state.create("solvane/app", "Pay by card", labels=["good first issue"])
    server.state.create("solvane/app", "Pay by phone", pull_request=True)
    found = client.get("/search/issues", params={"q": 'is:issue repo:solvane/app label:"good first issue" pay'}).json()
    assert (found["total_count"], found["items"][0]["title"]) == (1, "Pay by card")
    assert client.get("/search/issues", params={"q": "colour:red"}).status_code == 422


# what is gone, moved or hidden ------------------------------------------------------------------------------------


def test_deleted_transferred_and_hidden_issues_are_told_apart(server: GithubSandbox, client: httpx.Client) -> None:
    for title in ("deleted", "transferred"):
        server.state.create("solvane/app", title)
    server.state.delete("solvane/app#1")
    moved = server.state.transfer("solvane/app#2", "solvane/open")
    assert client.get(f"{ISSUES}/1").status_code == 410
    there = client.get(f"{ISSUES}/2")
    assert there.status_code == 301
    assert there.headers["location"] == f"{server.url}/repositories/{moved.repository.id}/issues/1"
    assert client.get(there.headers["location"]).json()["title"] == "transferred"
    assert client.get(f"{ISSUES}/9").status_code == 404
    server.state.hide("solvane/open")
    assert client.get(f"{ISSUES}/2").status_code == 404
    assert client.get("/repos/solvane/open").status_code == 404


def test_a_renamed_repository_redirects_reads_and_keeps_the_method_of_writes(
    server: GithubSandbox, client: httpx.Client
) -> None:
    server.state.create("solvane/app", "One")
    server.state.rename_repository("solvane/app", "solvane/shop")
    read = client.get(ISSUES, params={"state": "all"})
    assert (read.status_code, read.headers["location"].rpartition("/")[2]) == (301, "issues?state=all")
    assert client.post(f"{ISSUES}/1/labels", json={"labels": ["a"]}).status_code == 307
    with httpx.Client(base_url=server.url, headers=dict(client.headers), follow_redirects=True) as following:
        assert following.post(f"{ISSUES}/1/labels", json={"labels": ["a"]}).json()[0]["name"] == "a"
        assert following.get("/repos/solvane/app").json()["full_name"] == "solvane/shop"


def test_nobody_sees_public_repositories_only_and_writes_nothing(server: GithubSandbox) -> None:
    server.state.create("solvane/open", "One")
    assert httpx.get(f"{server.url}/repos/solvane/open/issues").status_code == 200
    assert httpx.get(f"{server.url}{ISSUES}").status_code == 404
    assert httpx.post(f"{server.url}/repos/solvane/open/issues/1/labels", json=["a"]).status_code == 401


# writes -----------------------------------------------------------------------------------------------------------


def test_labels_are_added_to_what_is_there_and_made_at_need(
    server: GithubSandbox, client: httpx.Client, clock: Any
) -> None:
    server.state.create("solvane/app", "One", labels=["Bug"])
    clock.advance(5)
    names = [label["name"] for label in client.post(f"{ISSUES}/1/labels", json={"labels": ["bug", "js:é/x"]}).json()]
    assert names == ["Bug", "js:é/x"]
    assert client.get(f"{ISSUES}/1").json()["updated_at"] == server.state.now()
    assert client.delete(f"{ISSUES}/1/labels/js%3A%C3%A9%2Fx").status_code == 200
    absent = client.delete(f"{ISSUES}/1/labels/js%3A%C3%A9%2Fx")
    assert (absent.status_code, absent.json()["message"]) == (404, "Label does not exist")
    assert client.put(f"{ISSUES}/1/labels", json={"labels": ["only"]}).json()[0]["name"] == "only"
    written = [(write.what, write.name, write.changed) for write in server.journal.over_http()]
    assert written == [
        ("label+", "Bug", False),
        ("repository-label+", "js:é/x", True),
        ("label+", "js:é/x", True),
        ("label-", "js:é/x", True),
        ("label-", "Bug", True),
        ("repository-label+", "only", True),
        ("label+", "only", True),
    ]


def test_a_label_is_made_once_in_any_case_of_letters(server: GithubSandbox, client: httpx.Client) -> None:
    body = {"name": "js:Pay", "color": "c5def5", "description": "from a journey"}
    made = client.post("/repos/solvane/app/labels", json=body)
    assert (made.status_code, made.json()["description"]) == (201, "from a journey")
    twice = client.post("/repos/solvane/app/labels", json=body | {"name": "JS:PAY"})
    assert twice.status_code == 422
    assert twice.json()["errors"] == [{"resource": "Label", "field": "name", "code": "already_exists"}]
    too_long = client.post("/repos/solvane/app/labels", json={"name": "x" * 51})
    assert "maximum is 50 characters" in too_long.json()["errors"][0]["message"]
    assert client.post("/repos/solvane/app/labels", json={"name": "a", "color": "#ffffff"}).status_code == 422
    server.state.create("solvane/app", "One", labels=["js:pay"])
    client.patch("/repos/solvane/app/labels/js:pay", json={"new_name": "js:paid"})
    assert client.get(f"{ISSUES}/1").json()["labels"][0]["name"] == "js:paid"
    assert client.delete("/repos/solvane/app/labels/js:paid").status_code == 204
    assert client.get(f"{ISSUES}/1").json()["labels"] == []


def test_an_issue_holds_a_hundred_labels_counted_with_those_sent_again(
    server: GithubSandbox, client: httpx.Client
) -> None:
    server.state.create("solvane/app", "One", labels=[f"l{number}" for number in range(99)])
    assert client.post(f"{ISSUES}/1/labels", json=["l0", "l1"]).status_code == 422
    assert client.post(f"{ISSUES}/1/labels", json=["new"]).status_code == 200


def test_comments_are_written_changed_listed_since_and_deleted(
    server: GithubSandbox, client: httpx.Client, clock: Any
) -> None:
    server.state.create("solvane/app", "One")
    server.state.comment("solvane/app#1", "theirs")
    clock.advance(10)
    made = client.post(f"{ISSUES}/1/comments", json={"body": "ours"})
    assert (made.status_code, made.json()["user"]["login"]) == (201, server.login)
    url = f"{ISSUES}/comments/{made.json()['id']}"
    assert client.patch(url, json={"body": "changed"}).json()["body"] == "changed"
    newer = client.get(f"{ISSUES}/1/comments", params={"since": made.json()["created_at"]}).json()
    assert [comment["body"] for comment in newer] == ["changed"]
    assert client.delete(url).status_code == 204
    assert client.delete(url).status_code == 404
    assert client.get(f"{ISSUES}/1").json()["comments"] == 1
    assert client.post(f"{ISSUES}/1/comments", json={"body": "x" * 65_537}).status_code == 422


def test_an_edit_without_push_access_is_refused_and_a_type_is_dropped_in_silence(
    server: GithubSandbox, client: httpx.Client
) -> None:
    server.state.add_type("solvane", "Bug")
    server.state.create("solvane/app", "Own", author=server.login)
    server.state.create("solvane/app", "Foreign")
    assert client.patch(f"{ISSUES}/1", json={"type": "bug"}).json()["type"]["name"] == "Bug"
    server.state.make_read_only("solvane/app")
    own = client.patch(f"{ISSUES}/1", json={"body": "new", "type": None, "labels": ["a"]}).json()
    assert (own["body"], own["type"]["name"], own["labels"]) == ("new", "Bug", [])
    assert client.patch(f"{ISSUES}/2", json={"body": "new"}).status_code == 403
    assert client.post(f"{ISSUES}/2/labels", json=["a"]).status_code == 403


def test_sub_issues_types_and_fields_are_404_on_servers_without_them(clock: Any) -> None:
    with (
        start_github(clock=clock, repositories=["solvane/app"], enterprise=True) as server,
        client_of(server) as client,
    ):
        server.state.create("solvane/app", "One")
        assert server.url.endswith("/api/v3")
        for path in (f"{ISSUES}/1/sub_issues", f"{ISSUES}/1/parent", "/orgs/solvane/issue-types"):
            assert client.get(path).status_code == 404
        answer = client.get(f"{ISSUES}/1")
        assert "type" not in answer.json()
        assert "x-ratelimit-limit" not in answer.headers
        assert client.get("/meta").json()["installed_version"].startswith("3.")
        assert client.get("/rate_limit").status_code == 404


def test_sub_issues_go_by_id_and_have_one_parent(server: GithubSandbox, client: httpx.Client) -> None:
    epic, other, child = (server.state.create("solvane/app", title) for title in ("Epic", "Other", "Child"))
    assert client.post(f"{ISSUES}/1/sub_issues", json={"sub_issue_id": child.number}).status_code == 404
    assert client.post(f"{ISSUES}/1/sub_issues", json={"sub_issue_id": child.id}).status_code == 201
    assert client.post(f"{ISSUES}/2/sub_issues", json={"sub_issue_id": child.id}).status_code == 422
    assert titles(client.get(f"{ISSUES}/1/sub_issues")) == ["Child"]
    assert client.get(f"{ISSUES}/3/parent").json()["number"] == epic.number
    shown = client.get(f"{ISSUES}/3").json()
    assert shown["parent_issue_url"] == f"{server.url}{ISSUES}/1"
    server.state.edit(child, state="closed")
    assert client.get(f"{ISSUES}/1").json()["sub_issues_summary"] == {
        "total": 1,
        "completed": 1,
        "percent_completed": 100,
    }
    assert client.get(f"{ISSUES}/{other.number}/parent").status_code == 404


def test_field_values_are_added_and_an_empty_list_clears_all(server: GithubSandbox, client: httpx.Client) -> None:
    server.state.create("solvane/app", "One")
    score = server.state.add_field("solvane", "Score", "number")
    band = server.state.add_field("solvane", "Band", "single_select", ["high", "low"])
    url = f"{ISSUES}/1/issue-field-values"
    client.post(url, json={"issue_field_values": [{"field_id": score.id, "value": 7}]})
    both = client.post(url, json={"issue_field_values": [{"field_id": band.id, "value": "low"}]}).json()
    assert [(each["issue_field_name"], each["value"]) for each in both] == [("Score", 7), ("Band", "low")]
    wrong = client.post(url, json={"issue_field_values": [{"field_id": band.id, "value": "middle"}]})
    assert wrong.status_code == 422
    assert client.delete(f"{url}/{score.id}").status_code == 204
    assert client.post(url, json={"issue_field_values": []}).json() == []
    assert [each["name"] for each in client.get("/orgs/solvane/issue-fields").json()] == ["Score", "Band"]


# who calls, and how often -----------------------------------------------------------------------------------------


def test_a_wrong_token_is_a_401_in_githubs_words(server: GithubSandbox) -> None:
    with client_of(server, "ghp_wrong") as wrong:
        answer = wrong.get("/user")
    assert (answer.status_code, answer.json()["message"]) == (401, "Bad credentials")
    assert answer.headers["x-github-request-id"]


@pytest.mark.parametrize("status", [403, 429])
def test_the_hourly_budget_ends_and_begins_again(
    server: GithubSandbox, client: httpx.Client, clock: Any, status: int
) -> None:
    server.limits.core, server.limits.status = 2, status
    assert [client.get("/user").status_code for _ in range(3)] == [200, 200, status]
    over = client.get("/user")
    assert (over.headers["x-ratelimit-remaining"], over.headers["x-ratelimit-limit"]) == ("0", "2")
    assert int(over.headers["x-ratelimit-reset"]) - clock() == pytest.approx(3_600)
    assert "rate limit exceeded" in over.json()["message"]
    assert client.get("/rate_limit").json()["resources"]["core"]["remaining"] == 0
    clock.advance(3_601)
    assert client.get("/user").status_code == 200


def test_secondary_limits_count_content_and_may_hide_the_wait(
    server: GithubSandbox, client: httpx.Client, clock: Any
) -> None:
    server.limits.secondary, server.limits.content, server.limits.retry_after = True, 2, None
    server.state.create("solvane/app", "One")
    answers = [client.post(f"{ISSUES}/1/labels", json=["a"]) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 403]
    assert "secondary rate limit" in answers[2].json()["message"]
    assert "retry-after" not in answers[2].headers
    clock.advance(61)
    assert client.post(f"{ISSUES}/1/labels", json=["a"]).status_code == 200


def test_faults_speak_githubs_form(server: GithubSandbox, client: httpx.Client, clock: Any) -> None:
    server.add_fault("429:retry-after=none,reset=30,count=1")
    limited = client.get("/user")
    assert (limited.status_code, int(limited.headers["x-ratelimit-reset"])) == (429, int(clock() + 30))
    assert "ratelimit-reason" not in limited.headers
    server.add_fault("secondary-limit:retry-after=7,count=1")
    assert client.get("/user").headers["retry-after"] == "7"
    server.add_fault("502:count=1")
    assert client.get("/user").json() == {"message": "Server Error"}
    server.add_fault("primary-limit:seconds=90,count=1")
    assert (client.get("/user").status_code, client.get("/user").status_code) == (403, 403)
    clock.advance(91)
    assert client.get("/user").status_code == 200


def test_an_app_gets_tokens_for_an_hour_with_a_signed_request(clock: Any) -> None:
    clock.now = float(int(time.time()))
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    now = int(clock())

    def signed(method: str, path: str, **claims: Any) -> httpx.Response:
        token = jwt.encode({"iss": "4711", "iat": now - 30, "exp": now + 300} | claims, pem, algorithm="RS256")
        return httpx.request(method, server.url + path, headers={"Authorization": f"Bearer {token}"})

    with start_github(clock=clock, repositories=["solvane/app"], app=(4711, pem)) as server:
        path = f"/app/installations/{server.installation_id}/access_tokens"
        assert signed("GET", "/app").json()["id"] == 4711
        assert signed("POST", path, exp=now - 1).status_code == 401
        assert signed("POST", path, exp=now + 3_600).status_code == 401
        assert signed("POST", path, iss="1").status_code == 404
        assert signed("POST", "/app/installations/1/access_tokens").status_code == 404
        assert signed("GET", ISSUES).status_code == 401
        token = signed("POST", path).json()["token"]
        with client_of(server, token) as installed:
            names = [each["full_name"] for each in installed.get("/installation/repositories").json()["repositories"]]
            assert names == ["solvane/app"]
            assert installed.get("/user").status_code == 403
            clock.advance(3_601)
            assert installed.get(ISSUES).status_code == 401


def test_a_webhook_is_signed_as_github_documents_it() -> None:
    expected = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    assert signature("It's a Secret to Everybody", b"Hello, World!") == expected
    headers = signed_headers("It's a Secret to Everybody", b"Hello, World!", event="issues", delivery="d-1")
    assert (headers["X-Hub-Signature-256"], headers["X-GitHub-Event"]) == (expected, "issues")


def test_what_cannot_be_taken_is_named() -> None:
    with pytest.raises(ValueError, match="unknown feature 'wings'"):
        start_github(features=["wings"])
    with pytest.raises(ValueError, match="write it as owner/name"):
        start_github(repositories=["app"])
