"""Local trackers that speak the real wire protocols, for the demo, the docs and the tests.

`start_jira_cloud` serves a Jira Cloud site on loopback. A flavour brings its state and its routes; the wire
(`wire`), the misbehaviours (`faults`), the write journal (`journal`) and the server (`server`) are shared.
"""

from journeysync.sandbox.faults import Fault, parse_fault
from journeysync.sandbox.jira.app import DEFAULT_TOKEN, DEFAULT_USER, JiraSandbox, start_jira_cloud
from journeysync.sandbox.jira.limits import Limits
from journeysync.sandbox.journal import Journal, RequestCounters, Write

__all__ = [
    "DEFAULT_TOKEN",
    "DEFAULT_USER",
    "Fault",
    "JiraSandbox",
    "Journal",
    "Limits",
    "RequestCounters",
    "Write",
    "parse_fault",
    "start_jira_cloud",
]
