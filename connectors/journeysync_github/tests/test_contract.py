"""GitHub keeps the contract of all connectors, against the sandbox over HTTP: github.com, and an Enterprise Server."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from journeysync.connector import Connector
from journeysync.model.tracker import Found, Gone, Moved
from journeysync.testing import ConnectorContract, WireContract
from journeysync.testing.contract_base import pulled

from .world import PROJECTS, GitHubWorld


class TestGitHub(ConnectorContract, WireContract):
    scope: Mapping[str, Any] = {"repositories": list(PROJECTS)}
    options: Mapping[str, Any] = {"in_flight": 4}
    unknown_faults = ("repeat-token",)  # its pages have numbers

    @pytest.fixture
    def world(self) -> Iterator[GitHubWorld]:
        world = GitHubWorld()
        yield world
        world.server.stop()

    @pytest.fixture
    def auth(self, world: GitHubWorld) -> Mapping[str, Any]:
        return world.auth

    @pytest.fixture
    def connector(self, world: GitHubWorld, auth: Mapping[str, Any]) -> Iterator[Connector]:
        options = {"page_size": 3, "batch_size": 3, "timeout_seconds": self.slow_seconds, **self.options}
        connector = world.connection(auth=auth, scope=self.scope, options=options)
        yield connector
        connector.close()

    def test_found_moved_and_gone_are_told_apart(self, connector: Connector, world: GitHubWorld) -> None:  # type: ignore[override]
        """A transferred issue has a new id; only its old number leads there, which a pull has to have shown."""
        here, away, gone = (world.create(title) for title in ("Here", "Away", "Gone"))
        pulled(connector)
        world.move(away, world.outside)
        world.delete(gone)
        answers = {self.asked_id(each): type(each) for each in connector.fetch([here, away, gone])}
        assert answers == {here: Found, away: Moved, gone: Gone}

    def test_a_captcha_is_named(self) -> None:  # type: ignore[override]
        pytest.skip("GitHub says it in words of its own: see test_refusals")


class TestGitHubOneAtATimeBySearchlessOrganisation(TestGitHub):
    """The same promises for all repositories of an organisation but one, nothing pipelined."""

    scope: Mapping[str, Any] = {"organisation": "solvane", "exclude": ["oth*"]}
    options: Mapping[str, Any] = {"in_flight": 1}
