"""People and runs take turns at random on one tracker; whatever happens, nobody loses a word.

A hypothesis state machine: people edit, type labels that look like ours, move, clone
and delete; rules and scores change; lists lag, trackers break down, processes are
killed, stores get lost. Their own record of what they wrote is compared with the
tracker after every step. ``JOURNEYSYNC_SOAK=2000`` runs that many examples on each
tracker, ``JOURNEYSYNC_SHRINK=1`` makes a failure short.
"""

import os
import tempfile

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from journeysync.testing.databases import postgresql_server

from .machine.github_site import GitHubSite
from .machine.jira_site import JiraSite
from .machine.people import FOLDER
from .machine.runs import Machine
from .machine.stores import ServerShelf

SOAK = int(os.environ.get("JOURNEYSYNC_SOAK") or 0)


class JiraMachine(Machine):
    """The same over HTTP."""

    make_site = JiraSite


class GitHubMachine(Machine):
    """The same on GitHub: issues, comments, transfers."""

    make_site = GitHubSite


class ServerMachine(Machine):
    """The same with the store on a PostgreSQL server."""

    make_shelf = ServerShelf


@pytest.fixture(autouse=True)
def in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Proofs open their store in a temporary folder: in memory as well."""
    monkeypatch.setattr(tempfile, "tempdir", str(FOLDER))


def play(machine: type[Machine], examples: int, steps: int) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            derandomize=not SOAK,
            database=None,
            print_blob=True,
            # To shrink takes many minutes; the steps of a failure are printed as they are.
            phases=[Phase.explicit, Phase.generate, *([Phase.shrink] if os.environ.get("JOURNEYSYNC_SHRINK") else [])],
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_people_and_runs_take_turns_on_a_tracker_in_memory() -> None:
    play(Machine, SOAK or 14, 30 if SOAK else 20)


def test_people_and_runs_take_turns_on_a_jira_site() -> None:
    play(JiraMachine, SOAK or 4, 25 if SOAK else 15)


def test_people_and_runs_take_turns_on_a_github_site() -> None:
    play(GitHubMachine, SOAK or 4, 25 if SOAK else 15)


def test_people_and_runs_take_turns_with_the_store_on_a_server() -> None:
    postgresql_server()
    play(ServerMachine, SOAK or 2, 25 if SOAK else 12)
