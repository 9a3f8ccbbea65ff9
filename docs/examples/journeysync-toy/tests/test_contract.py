"""Toy keeps the contract of all connectors: two fixtures are all that it takes to ask."""

from collections.abc import Iterator

import pytest
from journeysync_toy import ToyConnector
from toy_tracker import ToyWorld

from journeysync.connector import Connector, Secret
from journeysync.testing import CANARY, ConnectorContract, NoWaiting, WireContract, some_connection_settings


class TestToy(ConnectorContract, WireContract):
    unknown_faults = ("repeat-token",)  # its pages have no tokens

    @pytest.fixture
    def world(self) -> Iterator[ToyWorld]:
        world = ToyWorld()
        yield world
        world.server.stop()

    @pytest.fixture
    def connector(self, world: ToyWorld) -> Iterator[Connector]:
        settings = some_connection_settings(
            url=world.server.url,
            auth={"kind": "token", "token": Secret(CANARY, "the contract")},
            scope={"projects": list(world.projects)},
            options={"page_size": 3, "timeout_seconds": self.slow_seconds},
            where="journeysync.yaml:5:3",
        )
        connector = ToyConnector(settings, clock=NoWaiting())
        yield connector
        connector.close()

    def test_a_captcha_is_named(self) -> None:  # type: ignore[override]
        pytest.skip("Toy has no CAPTCHA")
