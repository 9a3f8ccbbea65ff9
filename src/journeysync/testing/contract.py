"""The contract that every connector keeps: join it with two fixtures.

::

    class TestJira(ConnectorContract, WireContract):
        @pytest.fixture
        def world(self) -> JiraWorld: ...

        @pytest.fixture
        def connector(self, world: JiraWorld) -> Connector:
            return connector(settings_for(world.url, token=CANARY))

What the world has to offer stands in ``journeysync.testing.world``.
"""
# ruff: noqa: D102, S101 - a kit of checks: the names are sentences, and checks assert

import logging

import pytest

from journeysync.connector import Connector, Traffic
from journeysync.errors import JourneySyncError
from journeysync.model.tracker import Needs
from journeysync.testing.contract_base import CANARY, ContractBase, add, pulled, put
from journeysync.testing.contract_reading import ReadingContract
from journeysync.testing.contract_writing import WritingContract
from journeysync.testing.world import World


class MannersContract(ContractBase):
    """What a connector promises beside reading and writing: honesty, silence, an end."""

    def test_it_is_a_connector(self, connector: Connector, world: World) -> None:
        assert isinstance(connector, Connector)
        assert isinstance(connector.traffic, Traffic)
        assert isinstance(world, World)

    def test_a_slot_that_cannot_be_held_says_why(self, connector: Connector) -> None:
        for kind, capability in connector.capabilities.slots:
            assert capability.can or capability.why_not, f"{kind} cannot be held, and nobody says why"
            assert not capability.can or capability.readback != "none", f"{kind} cannot be read back, so not held"

    def test_a_healthy_tracker_gets_no_error_from_check(self, connector: Connector, world: World) -> None:
        world.create()
        findings = list(connector.check())
        assert findings
        assert [finding for finding in findings if finding.level == "error"] == []
        assert all(finding.next_step for finding in findings if finding.level != "ok")

    def test_preparing_is_planned_and_not_done(self, connector: Connector, world: World) -> None:
        list(connector.prepare(Needs(labels=(("journey.pay-bill", "Customer journey"),))))
        assert len(world.journal) == 0

    def test_a_webhook_without_our_signature_is_refused(self, connector: Connector) -> None:
        with pytest.raises(JourneySyncError):
            connector.parse_hook({"Content-Type": "application/json"}, b'{"ids": ["1"], "issue": {"id": "1"}}')

    def test_traffic_is_counted(self, connector: Connector, world: World) -> None:
        ticket = world.create()
        pulled(connector)
        reads = connector.traffic.reads
        put(connector, ticket, add("journey.pay-bill"))
        assert 0 < reads < connector.traffic.requests
        assert connector.traffic.writes > 0

    def test_no_secret_is_in_any_log_line_or_repr(
        self, connector: Connector, world: World, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.DEBUG):
            ticket = world.create()
            pulled(connector)
            findings = list(connector.check())
            put(connector, ticket, add("journey.pay-bill"))
        said = [repr(connector), str(connector), repr(findings), repr(vars(connector).values())]
        said += [record.getMessage() for record in caplog.records]
        assert not [text for text in said if CANARY in text]

    def test_closing_twice_is_closing_once(self, connector: Connector, world: World) -> None:
        assert len(world.journal) == 0
        connector.close()
        connector.close()


class ConnectorContract(ReadingContract, WritingContract, MannersContract):
    """All that every connector promises, whatever its tracker. See the module's text for how to join it."""
