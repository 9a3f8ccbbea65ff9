"""Local trackers that speak the real wire protocols, for the demo, the docs and the tests.

`start_jira_cloud` and `start_jira_dc` serve a Jira site on loopback. A flavour brings its state and its routes; the
wire (`wire`), the misbehaviours (`faults`), the write journal (`journal`) and the server (`server`) are shared.
"""

from journeysync.sandbox.faults import Fault, parse_fault
from journeysync.sandbox.jira.app import DEFAULT_TOKEN, DEFAULT_USER, JiraCloudSandbox, JiraSandbox, start_jira_cloud
from journeysync.sandbox.jira.dc_app import DEFAULT_NAME, DEFAULT_PASSWORD, JiraDcSandbox, start_jira_dc
from journeysync.sandbox.jira.limits import Limits, ServerLimits
from journeysync.sandbox.journal import Journal, RequestCounters, Write

__all__ = [
    "DEFAULT_NAME",
    "DEFAULT_PASSWORD",
    "DEFAULT_TOKEN",
    "DEFAULT_USER",
    "Fault",
    "JiraCloudSandbox",
    "JiraDcSandbox",
    "JiraSandbox",
    "Journal",
    "Limits",
    "RequestCounters",
    "ServerLimits",
    "Write",
    "parse_fault",
    "start_jira_cloud",
    "start_jira_dc",
]
