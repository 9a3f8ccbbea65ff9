"""Local trackers that speak the real wire protocols, for the demo, the docs and the tests.

`start_jira_cloud`, `start_jira_dc`, `start_github` and `start_linear` serve a site on loopback. A flavour brings its
state and its routes; the wire (`wire`), the misbehaviours (`faults`), the write journal (`journal`) and the server
(`server`) are shared. `start_own` puts a server of your own behind the same misbehaviours.
"""

from journeysync.sandbox.faults import Fault, parse_fault
from journeysync.sandbox.github.app import DEFAULT_GITHUB_TOKEN, DEFAULT_LOGIN, GithubSandbox, start_github
from journeysync.sandbox.github.limits import GithubLimits
from journeysync.sandbox.jira.app import DEFAULT_TOKEN, DEFAULT_USER, JiraCloudSandbox, JiraSandbox, start_jira_cloud
from journeysync.sandbox.jira.dc_app import DEFAULT_NAME, DEFAULT_PASSWORD, JiraDcSandbox, start_jira_dc
from journeysync.sandbox.jira.limits import Limits, ServerLimits
from journeysync.sandbox.journal import Journal, RequestCounters, Write
from journeysync.sandbox.linear.app import (
    DEFAULT_LINEAR_KEY,
    DEFAULT_LINEAR_TOKEN,
    DEFAULT_LINEAR_USER,
    LinearSandbox,
    start_linear,
)
from journeysync.sandbox.linear.limits import LinearLimits
from journeysync.sandbox.own import OwnServer, start_own

__all__ = [
    "DEFAULT_GITHUB_TOKEN",
    "DEFAULT_LINEAR_KEY",
    "DEFAULT_LINEAR_TOKEN",
    "DEFAULT_LINEAR_USER",
    "DEFAULT_LOGIN",
    "DEFAULT_NAME",
    "DEFAULT_PASSWORD",
    "DEFAULT_TOKEN",
    "DEFAULT_USER",
    "Fault",
    "GithubLimits",
    "GithubSandbox",
    "JiraCloudSandbox",
    "JiraDcSandbox",
    "JiraSandbox",
    "Journal",
    "Limits",
    "LinearLimits",
    "LinearSandbox",
    "OwnServer",
    "RequestCounters",
    "ServerLimits",
    "Write",
    "parse_fault",
    "start_github",
    "start_jira_cloud",
    "start_jira_dc",
    "start_linear",
    "start_own",
]
