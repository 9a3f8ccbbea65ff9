"""What Linear says becomes the error that tells its caller what to do: no recorded errors exist, so by hand."""

import json
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

import pytest

from journeysync.connector import Secret
from journeysync.errors import AuthFailed, ConfigError, Forbidden, RateLimited, Unavailable
from journeysync.http import Request
from journeysync_linear.auth import credentials_of
from journeysync_linear.client import ADDRESS, address_of
from journeysync_linear.options import options_of, scope_of
from journeysync_linear.refusals import Account, graphql_errors

from .conftest import some_settings

ACCOUNT = Account("api-key", "env LINEAR_API_KEY")
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DATE = format_datetime(NOW, usegmt=True)
MS = int(NOW.timestamp() * 1000)


def error(code: str, message: str = "No") -> dict[str, Any]:
    return {"message": message, "extensions": {"code": code, "userPresentableMessage": "Not like this."}}


def judged(status: int, value: Any, headers: dict[str, str] | None = None, kind: Any = "read") -> Any:
    body = value.encode() if isinstance(value, str) else json.dumps(value).encode()
    return ACCOUNT.verdict(Request("POST", "/graphql", kind=kind), status, {"date": DATE, **(headers or {})}, body)


@pytest.mark.parametrize(
    ("status", "value", "wanted"),
    [
        (400, {"errors": [error("RATELIMITED")]}, RateLimited),
        (200, {"data": None, "errors": [error("RATELIMITED")]}, RateLimited),
        (429, "too many", RateLimited),
        (401, {"errors": [error("AUTHENTICATION_ERROR")]}, AuthFailed),
        (400, {"errors": [error("AUTHENTICATION_ERROR")]}, AuthFailed),
        (403, {"errors": [error("FORBIDDEN")]}, Forbidden),
        (200, {"data": {"issues": None}, "errors": [error("FORBIDDEN")]}, Forbidden),
        (200, {"data": None, "errors": [error("INTERNAL_SERVER_ERROR")]}, Unavailable),
        (500, {"errors": [error("INTERNAL_SERVER_ERROR")]}, Unavailable),
        (503, "<html></html>", Unavailable),
        (200, "<!DOCTYPE html><html></html>", Unavailable),
        (400, {"errors": [error("INPUT_ERROR")]}, type(None)),
        (200, {"data": {"m0": None, "m1": {}}, "errors": [error("RATELIMITED")]}, type(None)),
        (200, {"data": {"issues": {}}}, type(None)),
    ],
)
def test_each_answer_means_what_its_caller_should_do(status: int, value: Any, wanted: type) -> None:
    assert type(judged(status, value)) is wanted


def test_an_alias_that_is_forbidden_concerns_its_ticket_only() -> None:
    assert judged(200, {"data": {"m0": None}, "errors": [error("FORBIDDEN")]}, kind="write") is None


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"x-ratelimit-requests-remaining": "0", "x-ratelimit-requests-reset": str(MS + 90_000)}, 90),
        (
            {
                "x-ratelimit-requests-remaining": "0",
                "x-ratelimit-requests-reset": str(MS + 9_000),
                "x-ratelimit-complexity-remaining": "0",
                "x-ratelimit-complexity-reset": str(MS + 60_000),
            },
            60,
        ),
        ({"x-ratelimit-requests-remaining": "7", "x-ratelimit-requests-reset": str(MS + 90_000)}, 0),
        ({"x-ratelimit-endpoint-requests-remaining": "0", "x-ratelimit-endpoint-requests-reset": str(MS + 5_000)}, 5),
        ({"retry-after": "30", "x-ratelimit-requests-remaining": "0", "x-ratelimit-requests-reset": "x"}, 30),
        ({}, 0),
    ],
)
def test_the_wait_lasts_to_the_later_of_the_empty_buckets_in_milliseconds(
    headers: dict[str, str], seconds: float
) -> None:
    assert judged(400, {"errors": [error("RATELIMITED")]}, headers).retry_after_seconds == seconds


def test_the_words_for_people_stand_beside_those_for_machines() -> None:
    [found] = graphql_errors({"errors": [{**error("INPUT_ERROR", "Bad"), "path": ["m7"]}]})
    assert (found.path, found.message) == (("m7",), "Bad (Not like this.)")
    assert graphql_errors({"errors": "what"}) == ()
    assert graphql_errors({"errors": [{"message": None, "extensions": None}]})[0].code == ""


def test_a_key_goes_bare_and_a_token_as_a_bearer() -> None:
    for kind, given, header in (
        ("api-key", "lin_k", "lin_k"),
        ("api-key", "Bearer lin_k", "lin_k"),
        ("oauth", "lin_t", "Bearer lin_t"),
        ("oauth", "bearer lin_t", "Bearer lin_t"),
    ):
        auth = {"kind": kind, "token": Secret(given, "env X")}
        assert credentials_of(some_settings(auth=auth)).header() == header


@pytest.mark.parametrize("auth", [{"kind": "password", "token": "x"}, {"kind": "api-key"}, {"kind": "oauth"}])
def test_a_log_in_that_is_none_is_told_before_the_first_request(auth: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match="Linear connection"):
        credentials_of(some_settings(auth=auth))


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("https://linear.app", ADDRESS),
        ("https://api.linear.app/", ADDRESS),
        ("", ADDRESS),
        ("http://127.0.0.1:9", "http://127.0.0.1:9/graphql"),
        ("https://proxy.example/linear/graphql", "https://proxy.example/linear/graphql"),
    ],
)
def test_the_address_may_be_the_site_a_proxy_or_a_sandbox(url: str, address: str) -> None:
    assert address_of(some_settings(url=url)) == address


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(ConfigError, match="no web address"):
        address_of(some_settings(url="linear"))


@pytest.mark.parametrize(
    ("scope", "words"),
    [
        ({}, "needs a scope"),
        ({"team": ["ENI"]}, "unknown scope 'team'"),
        ({"teams": ["Energy insights"]}, "no key of a Linear team"),
        ({"filter": "label:x"}, "mapping"),
    ],
)
def test_a_scope_that_says_nothing_or_something_else_is_refused(scope: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError, match=words):
        scope_of(some_settings(scope=scope))


def test_scopes_become_filters_in_linears_words() -> None:
    eni = scope_of(some_settings(scope={"teams": ["eni"]}))
    assert eni.issues == {"team": {"key": {"in": ["ENI"]}}}
    both = scope_of(some_settings(scope={"teams": ["ENI"], "filter": {"priority": {"in": (1, 2)}}}))
    assert both.issues == {"and": [{"team": {"key": {"in": ["ENI"]}}}, {"priority": {"in": [1, 2]}}]}
    assert both.containers is None


def test_options_have_limits() -> None:
    for options in ({"overlap_seconds": 5}, {"page_size": 500}, {"epics": "themes"}):
        with pytest.raises(ConfigError, match="allowed"):
            options_of(some_settings(options=options))
