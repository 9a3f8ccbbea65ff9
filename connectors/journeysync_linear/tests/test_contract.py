"""Linear keeps the contract of all connectors, against the sandbox over HTTP: by API key, and as an OAuth app."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from journeysync.connector import Connector, Secret
from journeysync.testing import CANARY, ConnectorContract, WireContract

from .world import PROJECTS, LinearWorld


class OverHttp(ConnectorContract):
    """The sandbox, and a connection to it."""

    slow_seconds = 30.0
    scope: Mapping[str, Any] = {"teams": list(PROJECTS)}
    options: Mapping[str, Any] = {"in_flight": 4}
    auth_kind = "api-key"

    @pytest.fixture
    def world(self) -> Iterator[LinearWorld]:
        world = LinearWorld()
        yield world
        world.server.stop()

    @pytest.fixture
    def connector(self, world: LinearWorld) -> Iterator[Connector]:
        options = {"page_size": 3, "batch_size": 3, "timeout_seconds": self.slow_seconds, **self.options}
        auth = {"kind": self.auth_kind, "token": Secret(CANARY, "the contract")}
        connector = world.connection(auth=auth, scope=self.scope, options=options)
        yield connector
        connector.close()


class TestLinear(OverHttp, WireContract):
    unknown_faults = ("repeat-token",)  # acted out by a test of its own: see test_reading

    def test_a_captcha_is_named(self) -> None:  # type: ignore[override]
        pytest.skip("Linear has no CAPTCHA for keys")


class TestLinearAsAnAppOneAtATimeByFilter(OverHttp):
    """The same promises for an OAuth app with a filter of its own, nothing pipelined."""

    scope: Mapping[str, Any] = {"filter": {"team": {"key": {"in": list(PROJECTS)}}}}
    options: Mapping[str, Any] = {"in_flight": 1}
    auth_kind = "oauth"
