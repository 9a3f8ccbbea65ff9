from typing import Any

import pytest

from journeysync.connector import ConnectionSettings, Secret
from journeysync.errors import ConfigError
from journeysync_jira import connector
from journeysync_jira.options import options_of, scope_of


def settings(**other: Any) -> ConnectionSettings:
    values: dict[str, Any] = {
        "name": "billing",
        "url": "https://solvane.example",
        "auth": {"kind": "api-token", "user": "bot@solvane.example", "token": Secret("s3cr3t-token", "env T")},
        "scope": {"projects": ["BILL"]},
        "workspace": "k3f9",
        "where": "journeysync.yaml:5:3",
    }
    return ConnectionSettings(**(values | other))


def test_projects_and_a_search_become_one_clause() -> None:
    assert scope_of(settings()).clause == 'project in ("BILL")'
    assert scope_of(settings(scope={"projects": ["A", 'B"x']})).clause == 'project in ("A", "B\\"x")'
    assert scope_of(settings(scope={"jql": "a = 1 OR b = 2"})).clause == "(a = 1 OR b = 2)"
    assert scope_of(settings(scope={"jql": 'summary ~ "order by"'})).jql


@pytest.mark.parametrize(
    ("jql", "projects"),
    [
        ("project = BILL AND labels = x", ("BILL",)),
        ("labels = x and PROJECT in (BILL, \"ONB\", 'C')", ("BILL", "ONB", "C")),
        ("project = BILL OR labels = x", ()),
        ("project != BILL", ()),
        ("project not in (BILL)", ()),
        ("NOT project = BILL", ()),
        ("labels = x", ()),
        ('project = BILL AND summary ~ "this or that"', ("BILL",)),
    ],
)
def test_a_search_bounds_its_projects_only_where_it_says_so_plainly(jql: str, projects: tuple[str, ...]) -> None:
    assert scope_of(settings(scope={"jql": jql})).bounding_projects == projects


def test_a_second_connection_can_be_opened_after_the_first() -> None:
    import journeysync_jira

    for _connection in range(2):
        journeysync_jira.connector(settings()).close()


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"scope": {}}, "either `projects` or `jql`"),
        ({"scope": {"projects": ["A"], "jql": "x = 1"}}, "either `projects` or `jql`"),
        ({"scope": {"project": ["A"]}}, "unknown scope 'project'"),
        ({"scope": {"jql": "project = A order  by key"}}, "ORDER BY"),
        ({"options": {"overlap": 3}}, "unknown option 'overlap'"),
        ({"options": {"overlap_minutes": 3}}, "at least 5"),
        ({"options": {"page_size": "many"}}, "a whole number"),
        ({"options": {"page_size": 0}}, "1 or more"),
        ({"options": {"bulk": "no"}}, "yes or no"),
        ({"auth": {"kind": "o-auth"}}, "allowed: api-token, scoped-token, oauth, personal-token, basic"),
        ({"auth": {"kind": "oauth"}}, "no client_id and no client_secret and no refresh_token"),
        ({"auth": {"kind": "personal-token"}}, "no token"),
        ({"auth": {"kind": "basic", "user": "u"}}, "no password"),
        ({"options": {"flavour": "server"}}, "allowed: cloud, data-center"),
        ({"options": {"flavour": "data-center"}}, "Jira Data Center does not take the auth kind 'api-token'"),
        ({"options": {"receipts": "some"}}, "allowed: marked, all"),
        ({"auth": {"kind": "api-token", "user": "u"}}, "no token"),
        ({"auth": {"kind": "api-token", "token": Secret("x")}}, "no user"),
        ({"url": "solvane.atlassian.net"}, "is no address"),
    ],
)
def test_what_is_wrong_is_said_before_the_first_request(other: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        connector(settings(**other))
    assert words in str(caught.value)
    assert caught.value.where == "journeysync.yaml:5:3"
    assert "s3cr3t" not in str(caught.value)


def test_a_near_miss_is_guessed() -> None:
    with pytest.raises(ConfigError, match="did you mean 'overlap_minutes'"):
        options_of(settings(options={"overlap_minute": 9}))


def test_the_secret_shows_nowhere() -> None:
    jira = connector(settings())
    assert "s3cr3t" not in repr(vars(jira))
    assert "s3cr3t" not in repr(settings())
    jira.close()
