"""Solvane Energy's backlog: the made-up company of the pack `solvane`, as its teams would have it in their trackers.

Written so that the pack's rules have something to find, and so that coverage has a story: opportunities without a
ticket, thin ones, two steps with much work and little need, work without any step. Messy on purpose, as backlogs are.
"""

from collections.abc import Callable
from datetime import datetime
from itertools import chain

from journeysync.sandbox.github.app import GithubSandbox, start_github
from journeysync.sandbox.jira.app import JiraSandbox, start_jira_cloud
from journeysync.sandbox.jira.catalog import Json
from journeysync.sandbox.jira.dc_app import start_jira_dc
from journeysync.sandbox.linear.app import LinearSandbox, start_linear
from journeysync.sandbox.solvane import app, billing, care, field_service, insights, onboarding
from journeysync.sandbox.solvane.crowd import crowd_of
from journeysync.sandbox.solvane.issues import Backlog, issues_of
from journeysync.sandbox.solvane.objects import Team, objects_of
from journeysync.sandbox.solvane.records import Project, records_of

ONBOARDING = Project("10001", "ONB", "Onboarding", onboarding.OUTLINE, first_id=31_000, first_number=112)
BILLING = Project("10002", "BILL", "Billing", billing.OUTLINE, first_id=32_000, first_number=131)
FIELD_SERVICE = Project(
    "10003", "FLD", "Field service", field_service.OUTLINE, first_id=51_000, first_number=58, form="data-center"
)
APP = Backlog("solvane/app", app.OUTLINE, first_id=2_710_000_100, first_number=214)
CARE = Backlog("solvane/care", care.OUTLINE, first_id=2_710_002_100, first_number=37, typed=True)
INSIGHTS = Team("ENI", "Energy insights", insights.OUTLINE, first_number=12)
Clock = Callable[[], datetime]
SCORE_FIELD = 10_071
FIELD_SCORE_FIELD = 10_310


def jira_cloud(now: datetime) -> tuple[Json, ...]:
    """Return the issues of the teams Onboarding and Billing, in the form of REST v3, as they stand at `now` (UTC)."""
    return (*records_of(ONBOARDING, now), *records_of(BILLING, now))


def data_center(now: datetime) -> tuple[Json, ...]:
    """Return the issues of the team Field service, in the form of REST v2, as they stand at `now` (UTC)."""
    return tuple(records_of(FIELD_SERVICE, now))


def github(now: datetime) -> tuple[Json, ...]:
    """Return the issues and pull requests of the teams App and Care, in the form of REST, as they stand at `now`."""
    return (*issues_of(APP, now), *issues_of(CARE, now))


def linear(now: datetime) -> tuple[Json, ...]:
    """Return initiatives, projects and issues of the team Energy insights, as Linear's objects, at `now` (UTC)."""
    return tuple(objects_of(INSIGHTS, now))


def start_billing(clock: Clock, *, port: int = 0, crowd: int = 0) -> JiraSandbox:
    """Start the site of Onboarding and Billing. Its field "Journey score" is not in Onboarding's screens.

    Args:
        clock: Tells the site's time, UTC; tickets are as they stand at its first one.
        port: Port on loopback; 0 takes a free one.
        crowd: How many made-up tickets there are besides the teams' own.
    """
    now = clock()
    records = chain(jira_cloud(now), crowd_of((BILLING, ONBOARDING), crowd, now))
    site = start_jira_cloud(records=records, port=port, clock=lambda: clock().timestamp())
    field = site.state.add_field("Journey score", "number", number=SCORE_FIELD)
    site.state.hide_field(field, ONBOARDING.key)
    return site


def start_field(clock: Clock, *, port: int = 0, crowd: int = 0) -> JiraSandbox:
    """Start the Data Center site of Field service, under a context path as such sites often are."""
    now = clock()
    records = chain(data_center(now), crowd_of((FIELD_SERVICE,), crowd, now))
    site = start_jira_dc(records=records, port=port, clock=lambda: clock().timestamp(), context_path="/jira")
    site.state.add_field("Journey score", "number", number=FIELD_SCORE_FIELD)
    return site


def start_repositories(clock: Clock, *, port: int = 0) -> GithubSandbox:
    """Start the site of App (a public repository) and Care (a private one, with a field in project 1)."""
    records, homes = github(clock()), ((APP.full_name, "public"), (CARE.full_name, "private"))
    site = start_github(records=records, repositories=homes, port=port, clock=lambda: clock().timestamp())
    site.state.add_project("solvane", "Care desk", {"Journey score": "number"})
    return site


def start_insights(clock: Clock, *, port: int = 0) -> LinearSandbox:
    """Start the workspace of Energy insights."""
    return start_linear(records=linear(clock()), port=port, clock=lambda: clock().timestamp())
