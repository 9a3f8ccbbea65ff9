"""Whole recorded trackers over HTTP: every issue once, then exactly what changed, and people's work left alone."""

import itertools
import os
import random
from typing import Any

import pytest

from journeysync.model.change import Result
from journeysync.richtext import markdown
from journeysync.sandbox import start_github
from journeysync.testing import NoWaiting
from journeysync.testing.contract_base import RECEIPT, add, mark, on, remove, words
from journeysync_github.connection import GitHubConnector
from journeysync_github.mark import mark_of

from .conftest import WORKSPACE, shared, some_settings
from .test_reading import Memory

ROUNDS = 5
TOUCHED = None if os.environ.get("JOURNEYSYNC_SOAK") else 60  # of the issues, in the rounds; all in a soak
DONE = (Result.WRITTEN, Result.UNCHANGED)


def connector_for(server: Any, repository: str) -> GitHubConnector:
    settings = some_settings(
        url=server.web_url,
        auth={"kind": "token", "token": server.token},
        scope={"repositories": [repository]},
        options={"api_url": server.url},
    )
    return GitHubConnector(settings, clock=NoWaiting())


@pytest.mark.parametrize(
    ("name", "repository", "issues"),
    [
        ("rust-lang-rust_issues.jsonl.gz", "rust-lang/rust", 2_850),
        ("bitcoin-core-gui_issues.jsonl.gz", "bitcoin-core/gui", 341),
        ("httpwg-http-extensions_issues.jsonl.gz", "httpwg/http-extensions", 238),
        ("panjf2000-ants_issues.jsonl.gz", "panjf2000/ants", 26),
    ],
)
def test_every_recorded_issue_is_pulled_once_and_then_nothing(name: str, repository: str, issues: int) -> None:
    with start_github(load=[shared("data", "github", name)]) as server:
        connector, memory = connector_for(server, repository), Memory()
        read = memory.pull(connector)
        assert len(read) == len({ticket.ref.id for ticket in read}) == issues
        assert {ticket.ref.id for ticket in read} == {issue.node_id for issue in server.state.issues}
        assert {row for page in connector.sweep() for row, _ in page.rows} == {ticket.ref.id for ticket in read}
        assert memory.pull(connector) == []
        assert mark_of(memory.cursor.position) is not None if memory.cursor else False
        connector.close()


def test_an_older_snapshot_and_then_the_newer_one_gives_exactly_what_changed(recorded: Any) -> None:
    snapshots = recorded("github", "httpwg-http-extensions_older_snapshots.jsonl.gz")
    dates = sorted({row["snapshot"] for row in snapshots})
    stages = [[row["issue"] for row in snapshots if row["snapshot"] == date] for date in dates]
    stages.append(recorded("github", "httpwg-http-extensions_issues.jsonl.gz"))
    with start_github(records=stages[0]) as server:
        connector, memory = connector_for(server, "httpwg/http-extensions"), Memory()
        memory.pull(connector)
        for before, after in itertools.pairwise(stages):
            server.load(*after)
            old = {row["number"]: row["updated_at"] for row in before}
            changed = {
                row["number"]
                for row in after
                if row.get("pull_request") is None and old.get(row["number"]) != row["updated_at"]
            }
            read = {int(ticket.key.rpartition("#")[2]) for ticket in memory.pull(connector)}
            assert read == changed
        connector.close()


def test_after_five_rounds_with_people_at_work_all_that_is_not_ours_is_the_same_to_the_byte() -> None:
    chance = random.Random(20261122)
    path = shared("data", "github", "bitcoin-core-gui_issues.jsonl.gz")
    with start_github(load=[path]) as server:
        state, connector = server.state, connector_for(server, "bitcoin-core/gui")
        every = sorted(state.issues, key=lambda issue: issue.number)
        issues = every[:TOUCHED]
        theirs = {issue.node_id: (issue.title, issue.body, _labels(issue)) for issue in every}
        full: set[str] = set()
        for turn in range(ROUNDS):
            for issue in chance.sample(issues, 20):
                title, body, labels = theirs[issue.node_id]
                if chance.random() < 0.5:
                    title = f"{title} ({turn})"
                    state.edit(issue, title=title)
                else:
                    state.add_labels(issue, f"by-hand-{turn}")
                    labels = tuple(sorted({*labels, f"by-hand-{turn}"}))
                theirs[issue.node_id] = (title, body, labels)
            changes = []
            for issue in issues:
                name = f"journey.j{chance.randrange(4)}"
                gone = [remove(label) for label in _labels(issue, ours=True) if label != name]
                place = "block" if issue.number % 2 else "comment"
                ours = [add(name), *gone, words(f"Round {turn}", place), mark(RECEIPT | {"score": turn})]
                changes.append(on(connector, issue.node_id, *ours))
            outcomes = list(connector.write(changes))
            failed = {(each.ticket.id, each.cause) for each in outcomes if each.result not in DONE}
            full |= {ticket for ticket, cause in failed if "not closed" in cause}
            assert {ticket for ticket, _ in failed} <= full, "only a text that ends in an open fence takes no block"
        after = {issue.node_id: (issue.title, _own(issue.body), _labels(issue)) for issue in every}
        assert after == {each: (title, _own(body), labels) for each, (title, body, labels) in theirs.items()}
        assert all(len(_labels(issue, ours=True)) == 1 for issue in issues)
        assert all(_marks(issue) == 1 for issue in issues if issue.node_id not in full)
        assert len(full) < 5
        clean = [
            on(connector, i.node_id, *(remove(label) for label in _labels(i, ours=True)), *texts, mark(None))
            for i in issues
            for texts in [[words(None, "block")] if i.number % 2 else [words(None)]]
        ]
        list(connector.write(clean))
        after = {issue.node_id: (issue.title, _own(issue.body), _labels(issue)) for issue in every}
        assert after == {each: (title, _own(body), labels) for each, (title, body, labels) in theirs.items()}
        assert not [issue for issue in issues if issue.comments]
        connector.close()


def _own(body: str | None) -> str | None:
    """Return a person's own text; one that is empty is none, as GitHub sees it."""
    return markdown.without(body, WORKSPACE) or None if body else None


def _marks(issue: Any) -> int:
    return sum("journeysync:begin" in (text or "") for text in (issue.body, *(each.body for each in issue.comments)))


def _labels(issue: Any, *, ours: bool = False) -> tuple[str, ...]:
    return tuple(sorted(label.name for label in issue.labels if label.name.startswith("journey.") == ours))
