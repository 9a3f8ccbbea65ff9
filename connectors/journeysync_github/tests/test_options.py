"""What may stand in the configuration of a GitHub connection, and what is said of the rest."""

from typing import Any

import pytest

from journeysync.connector import Secret
from journeysync.errors import ConfigError
from journeysync_github import connector
from journeysync_github.address import address_of
from journeysync_github.options import scope_of

from .conftest import some_settings


@pytest.mark.parametrize(
    ("url", "rest", "graphql"),
    [
        ("https://github.com", "https://api.github.com", "https://api.github.com/graphql"),
        ("https://api.github.com/", "https://api.github.com", "https://api.github.com/graphql"),
        ("", "https://api.github.com", "https://api.github.com/graphql"),
        ("https://git.acme.example", "https://git.acme.example/api/v3", "https://git.acme.example/api/graphql"),
        ("http://127.0.0.1:8303", "http://127.0.0.1:8303", "http://127.0.0.1:8303/graphql"),
        ("http://github-sandbox:80", "http://github-sandbox:80", "http://github-sandbox:80/graphql"),
        ("https://proxy.acme.example/gh/", "https://proxy.acme.example/gh", "https://proxy.acme.example/gh/graphql"),
        ("http://127.0.0.1:8303/api/v3", "http://127.0.0.1:8303/api/v3", "http://127.0.0.1:8303/api/graphql"),
        ("https://git.acme.example/api/v3/", "https://git.acme.example/api/v3", "https://git.acme.example/api/graphql"),
    ],
)
def test_the_address_of_people_leads_to_the_api(url: str, rest: str, graphql: str) -> None:
    address = address_of(some_settings(url=url))
    assert (address.rest, address.graphql) == (rest, graphql)


@pytest.mark.parametrize(
    "other",
    [
        {"scope": {}},
        {"scope": {"repositories": ["a/b"], "organisation": "a"}},
        {"scope": {"repositories": ["justaname"]}},
        {"scope": {"repositories": ["https://github.com/a/b"]}},
        {"scope": {"repos": ["a/b"]}},
        {"scope": {"search": "repo:a/b", "labels": ["x"]}},
        {"options": {"page_size": 0}},
        {"options": {"page_size": 101}},
        {"options": {"overlap_seconds": 5}},
        {"options": {"coments": True}},
        {"options": {"comments": "yes"}},
        {"auth": {"kind": "password"}},
        {"auth": {"kind": "app", "app_id": 1}},
        {"auth": {"kind": "token"}},
        {"url": "github.com"},
    ],
)
def test_what_cannot_be_meant_is_refused_before_any_request(other: dict[str, Any]) -> None:
    with pytest.raises(ConfigError) as raised:
        connector(some_settings(**other))
    assert raised.value.where


def test_an_organisation_takes_repositories_by_pattern() -> None:
    scope = scope_of(some_settings(scope={"organisation": "acme", "include": ["shop-*"], "exclude": ["*-archive"]}))
    assert [scope.takes(f"acme/{name}") for name in ("shop-web", "Shop-App", "shop-archive", "ops")] == [
        True,
        True,
        False,
        False,
    ]


def test_a_key_that_is_no_key_is_said_without_showing_it() -> None:
    auth = {"kind": "app", "app_id": 1, "installation_id": 2, "private_key": Secret("canary-key\n", "env KEY")}
    made = connector(some_settings(auth=auth, scope={"repositories": ["a/b"]}))
    with pytest.raises(ConfigError, match="private key") as raised:
        list(made.pull(None))
    assert "canary" not in str(raised.value)
