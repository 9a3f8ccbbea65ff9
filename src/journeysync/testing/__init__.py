"""For tests of journeysync and of connectors: builders, a tracker in memory, and the contract for connectors.

Builders and ``FakeTracker`` need nothing beyond the product. ``ConnectorContract``
and ``WireContract`` are base classes for pytest; they are imported when asked for,
so that the rest works where pytest is not installed. Nothing in the product imports this.
"""

import importlib
import sys
from typing import TYPE_CHECKING, Any

from journeysync.testing.backlog import Backlog
from journeysync.testing.builders import (
    a_condition,
    a_decision,
    a_ledger_row,
    a_link,
    a_receipt,
    a_ref,
    a_rule,
    a_target,
    a_ticket,
    add_label,
    changes_of,
    remove_label,
    set_field,
    set_link,
    set_property,
    some_connection_settings,
    some_links,
)
from journeysync.testing.clock import NOW, Clock
from journeysync.testing.failures import Failures, Killed, Written
from journeysync.testing.fake_tracker import FakeTracker, fake_connector
from journeysync.testing.journeys import (
    a_journey,
    a_metric,
    a_persona,
    a_repository,
    a_step,
    an_insight,
    an_opportunity,
)
from journeysync.testing.small_workspace import JOURNEY_FILES, write_files
from journeysync.testing.world import WireWorld, World

if TYPE_CHECKING:
    from journeysync.testing.contract import ConnectorContract
    from journeysync.testing.contract_base import CANARY
    from journeysync.testing.no_waiting import NoWaiting
    from journeysync.testing.wire_contract import WireContract

__all__ = [
    "CANARY",
    "JOURNEY_FILES",
    "NOW",
    "Backlog",
    "Clock",
    "ConnectorContract",
    "Failures",
    "FakeTracker",
    "Killed",
    "NoWaiting",
    "WireContract",
    "WireWorld",
    "World",
    "Written",
    "a_condition",
    "a_decision",
    "a_journey",
    "a_ledger_row",
    "a_link",
    "a_metric",
    "a_persona",
    "a_receipt",
    "a_ref",
    "a_repository",
    "a_rule",
    "a_step",
    "a_target",
    "a_ticket",
    "add_label",
    "an_insight",
    "an_opportunity",
    "changes_of",
    "fake_connector",
    "remove_label",
    "set_field",
    "set_link",
    "set_property",
    "some_connection_settings",
    "some_links",
    "write_files",
]

_ASKED_FOR = {  # imported when asked for: pytest and httpx are not needed for the rest
    "CANARY": "journeysync.testing.contract_base",
    "ConnectorContract": "journeysync.testing.contract",
    "NoWaiting": "journeysync.testing.no_waiting",
    "WireContract": "journeysync.testing.wire_contract",
}
_CHECKS = ("contract_base", "contract_reading", "contract_writing", "contract", "wire_contract")


def __getattr__(name: str) -> Any:
    if name not in _ASKED_FOR:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if (pytest := sys.modules.get("pytest")) and f"{__name__}.contract_base" not in sys.modules:
        pytest.register_assert_rewrite(*(f"{__name__}.{check}" for check in _CHECKS))  # asserts show their values
    return getattr(importlib.import_module(_ASKED_FOR[name]), name)
