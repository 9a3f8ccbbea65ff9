from typing import Any

import pytest

from journeysync.errors import AuthFailed, RateLimited, Unavailable
from journeysync.http import Request
from journeysync.model.change import PROPERTY, field_slot, label_slot
from journeysync_jira.pages import cut_short
from journeysync_jira.refusals import Account, IssueBusy, Refusal, lane_of, refusal_of, search_refused
from journeysync_jira.writing import offending_slots

ACCOUNT = Account("bot@solvane.example", "env JIRA_TOKEN")
GET = Request("GET", "rest/api/3/field", lane="search")


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"errorMessages": ["no"], "errors": {}}, "no"),
        ({"errorMessages": [], "errors": {"labels": "bad"}}, "labels: bad"),
        ({"errors": [{"message": "a"}, {"message": "b"}]}, "a; b"),
        ({"errorMessage": "x"}, "x"),
        ({"message": "null for uri", "status-code": 404}, "null for uri"),
        ({"error": "Forbidden", "path": "/"}, "Forbidden"),
        ("\x1b[1mno", "no"),
        ("<html>no</html>", "a web page"),
        ("<html><head><title>Forbidden (403)</title></head></html>", "Forbidden (403)"),
        (None, ""),
        ([], ""),
        ({"errorMessages": None, "errors": None}, ""),
    ],
)
def test_every_shape_of_a_refusal_is_read(body: Any, words: str) -> None:
    assert refusal_of(body).words == words


def test_a_captcha_is_named_and_not_taken_for_an_old_token() -> None:
    error = ACCOUNT.verdict(GET, 403, {"x-seraph-loginreason": "AUTHENTICATION_DENIED"}, b"")
    assert isinstance(error, AuthFailed)
    assert "CAPTCHA" in error.what
    assert "browser" in error.next_step


def test_an_answer_as_to_a_stranger_is_no_empty_backlog() -> None:
    error = ACCOUNT.verdict(GET, 200, {"x-ausername": "anonymous"}, b'{"issues": []}')
    assert isinstance(error, AuthFailed)


def test_a_removed_address_asks_for_a_newer_release() -> None:
    error = ACCOUNT.verdict(GET, 410, {}, b"")
    assert isinstance(error, Unavailable)
    assert "update journeysync" in error.next_step


@pytest.mark.parametrize(
    ("reason", "kind", "lane"),
    [
        ("jira-quota-tenant-based", RateLimited, ""),
        ("jira-quota-global-based", RateLimited, ""),
        ("jira-cost-based", RateLimited, ""),
        ("jira-burst-based", RateLimited, "search"),
        ("jira-per-issue-on-write", IssueBusy, None),
        ("", RateLimited, ""),
    ],
)
def test_each_limit_pauses_only_what_it_is_about(reason: str, kind: type, lane: str | None) -> None:
    headers = {"ratelimit-reason": reason} if reason else {}
    assert type(ACCOUNT.verdict(GET, 429, headers, b"")) is kind
    assert lane_of(GET, headers) == lane


def test_a_wrong_value_in_the_scope_is_guessed_among_the_visible_projects() -> None:
    refusal = Refusal(("The value 'BIL' does not exist for the field 'project'.",))
    error = search_refused(refusal, where="w", clause="c", projects=("BILL", "ONB"))
    assert "'BIL'" in error.what
    assert "did you mean 'BILL'?" in error.next_step


def test_only_the_slots_that_a_refusal_is_about_fail() -> None:
    slots = (label_slot("a"), label_slot("b c"), field_slot("f1"), field_slot("f2"), PROPERTY)
    refusal = Refusal(by_field=(("labels", "The label 'b c' contains spaces which is invalid."), ("f1", "bad")))
    assert set(offending_slots(slots, refusal, "journeysync.k3f9")) == {label_slot("b c"), field_slot("f1")}
    vague = Refusal(by_field=(("labels", "string expected"),))
    assert set(offending_slots(slots, vague, "journeysync.k3f9")) == {label_slot("a"), label_slot("b c")}
    assert offending_slots(slots, Refusal(("whole ticket",)), "journeysync.k3f9") == {}


def test_a_search_that_was_cut_short_is_told_from_a_whole_one() -> None:
    assert cut_short(None) == cut_short([]) == cut_short([{"message": "the field 'x' is deprecated"}]) == ""
    assert cut_short([{"message": "The result set was truncated"}]) == "The result set was truncated"
    assert "exceeded" in cut_short([{"code": 1, "text": "clause exceeded its argument limit"}])
