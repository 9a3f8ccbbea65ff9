"""Each recorded error becomes the error that says what its caller should do. The table was written first, by hand."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from journeysync.errors import (
    AuthFailed,
    ConnectorError,
    Forbidden,
    Gone,
    Hidden,
    RateLimited,
    TicketRejected,
    Unavailable,
)
from journeysync.http import Request
from journeysync_github.client import unknown_fields
from journeysync_github.refusals import Account, error_of, refusal_of

ACCOUNT = Account("token", "env GITHUB_TOKEN")
REDIRECT = "followed by the client, same origin only"
UNCHANGED = "an answer: nothing changed"

# What the caller should do, by status and a part of the words; the first row that fits counts.
EXPECTED: tuple[tuple[int, str, Any], ...] = (
    (301, "", REDIRECT),
    (302, "", REDIRECT),
    (304, "", UNCHANGED),
    (401, "", AuthFailed),  # bad credentials, second factor, a log-in of the app that is out of time
    (403, "API Rate Limit Exceeded", RateLimited),
    (403, "abuse detection", RateLimited),
    (403, "login attempt", AuthFailed),  # each further try brings a locked account nearer
    (403, "User Agent", Unavailable),  # we always send one: something in between takes it away
    (403, "need to be a member", Forbidden),
    (403, "Must have admin rights", Forbidden),
    (403, "must be an admin", Forbidden),
    (404, "", Hidden),  # gone or hidden: never taken for deleted
    (409, "", TicketRejected),
    (422, "", TicketRejected),
    (500, "", Unavailable),
    (502, "", Unavailable),
    (503, "", Unavailable),
)


def expected_of(row: dict[str, Any]) -> Any:
    words = json.dumps(row["response_body"])
    return next(wanted for status, part, wanted in EXPECTED if status == row["status"] and part in words)


def judged(row: dict[str, Any]) -> Any:
    status, value = row["status"], row["response_body"]
    body = b"" if value is None else value.encode() if isinstance(value, str) else json.dumps(value).encode()
    headers = {name.lower(): text for name, text in row["response_headers"].items()}
    request = Request(row["method"], row["path"])
    error = ACCOUNT.verdict(request, status, headers, body)
    if error is None and status in (301, 302):
        return REDIRECT
    if error is None and status == 304:
        return UNCHANGED
    return type(error or error_of(status, refusal_of(value), doing="test", where="here"))


def test_each_of_the_hundred_recorded_errors_is_told_apart(recorded: Callable[..., list[dict[str, Any]]]) -> None:
    rows = recorded("errors", "github_rest_errors.jsonl.gz")
    assert len(rows) == 100
    wrong = [(row["source"], row["seq"], judged(row)) for row in rows if judged(row) != expected_of(row)]
    assert wrong == []


@pytest.mark.parametrize(
    ("status", "headers", "value", "wanted"),
    [
        (429, {}, {"message": "slow down"}, RateLimited),
        (403, {"retry-after": "60"}, {"message": "You have exceeded a secondary rate limit"}, RateLimited),
        (403, {"x-ratelimit-remaining": "0"}, {"message": "Forbidden"}, RateLimited),
        (403, {"x-ratelimit-remaining": "12"}, {"message": "Resource not accessible by integration"}, Forbidden),
        (403, {"x-github-sso": "required; url=x"}, {"message": "Resource protected by SAML"}, Forbidden),
    ],
)
def test_a_403_is_read_before_it_is_called_a_missing_right(
    status: int, headers: dict[str, str], value: Any, wanted: type[ConnectorError]
) -> None:
    error = ACCOUNT.verdict(Request("GET", "repos/a/b"), status, headers, json.dumps(value).encode())
    assert type(error) is wanted


def test_graphql_says_a_limit_with_status_200() -> None:
    body = json.dumps({"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded"}]}).encode()
    error = ACCOUNT.verdict(Request("POST", "/graphql"), 200, {"x-ratelimit-remaining": "0"}, body)
    assert isinstance(error, RateLimited)
    secondary = json.dumps(
        {"data": None, "errors": [{"message": "You have exceeded a secondary rate limit."}]}
    ).encode()
    error = ACCOUNT.verdict(Request("POST", "/graphql"), 200, {}, secondary)
    assert isinstance(error, RateLimited)
    assert error.retry_after_seconds >= 60


def test_a_document_that_was_carried_out_in_part_is_the_callers_to_read() -> None:
    value = {"data": {"m0": {"x": 1}, "m1": None}, "errors": [{"type": "RATE_LIMITED", "path": ["m1"], "message": "x"}]}
    assert ACCOUNT.verdict(Request("POST", "/graphql"), 200, {}, json.dumps(value).encode()) is None


@pytest.mark.parametrize(
    ("words", "lacking"),
    [
        ("Field 'parent' doesn't exist on type 'Issue'", {"parent"}),
        ("Cannot query field 'issueType' on type 'Issue'.", {"issueType"}),
        ("Field 'stateReason' doesn't accept argument 'enableDuplicate'", {"enableDuplicate"}),
        ("Unknown argument 'enableDuplicate' on field 'Issue.stateReason'.", {"enableDuplicate"}),
        ("Field 'title' doesn't exist on type 'Issue'", set()),  # without that there is no reading at all
    ],
)
def test_what_an_older_server_lacks_is_told_from_its_answer(words: str, lacking: set[str]) -> None:
    assert unknown_fields(words) == lacking


def test_a_deleted_issue_is_gone_and_an_unknown_one_only_hidden() -> None:
    assert isinstance(error_of(410, refusal_of({"message": "This issue was deleted"}), doing="x", where="y"), Gone)
    assert isinstance(error_of(404, refusal_of({"message": "Not Found"}), doing="x", where="y"), Hidden)
