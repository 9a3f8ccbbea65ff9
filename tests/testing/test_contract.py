import pytest

from journeysync.connector import Connector
from journeysync.testing import ConnectorContract, FakeTracker


class TestFakeTracker(ConnectorContract):
    @pytest.fixture
    def world(self) -> FakeTracker:
        return FakeTracker(page_size=3)

    @pytest.fixture
    def connector(self, world: FakeTracker) -> Connector:
        return world


class TestFakeTrackerWithLabelsOnly(ConnectorContract):
    """A tracker that can hold labels and nothing else keeps the contract too."""

    @pytest.fixture
    def world(self) -> FakeTracker:
        cannot = {"field": "no fields here", "link": "no links here", "property": "no properties here"}
        return FakeTracker(page_size=3, cannot=cannot)  # type: ignore[arg-type]  # the keys are kinds of slots

    @pytest.fixture
    def connector(self, world: FakeTracker) -> Connector:
        return world
