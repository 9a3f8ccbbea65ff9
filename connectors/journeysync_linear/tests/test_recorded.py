"""Recorded objects become tickets, and a generated backlog of 5,000 stays its people's own through five rounds."""

import random
from collections import Counter
from typing import Any

from journeysync.model.change import Result
from journeysync.model.ticket import State
from journeysync.sandbox import start_linear
from journeysync.sandbox.generate import generate_linear
from journeysync.testing.contract_base import RECEIPT, add, link, mark, on, remove
from journeysync_linear.translate import Lens, issue_ticket, project_ticket

from .conftest import WORKSPACE, shared
from .memory import Memory, connect

ROUNDS = 5
BACKLOG = 5_000
WRITTEN = 300  # tickets of each round


def test_recorded_objects_are_pulled_as_they_were_recorded(recorded: Any) -> None:
    rows = recorded("linear", "linear_sdk_objects.jsonl.gz")
    with start_linear(load=[shared("data", "linear", "linear_sdk_objects.jsonl.gz")]) as server:
        connector = connect(server, scope={"teams": ["TW", "LEF"]})
        read = {ticket.ref.id: ticket for ticket in Memory().pull(connector)}
        connector.close()
    issues = [row["object"] for row in rows if row["type"] == "Issue"]
    assert {issue["id"] for issue in issues} <= set(read)
    for issue in issues:
        ticket = read[issue["id"]]
        assert (ticket.title, ticket.body, ticket.key) == (
            issue["title"],
            issue.get("description", ""),
            issue["identifier"],
        )
        assert ticket.estimate == issue.get("estimate")
        assert ticket.priority == {0: None, 2: "High"}[issue["priority"]]
        assert (ticket.state is State.DROPPED) == bool(issue.get("canceledAt"))


def test_objects_of_the_sdk_with_relations_by_id_are_read_leniently(recorded: Any) -> None:
    for row in recorded("linear", "linear_sdk_objects.jsonl.gz"):
        make = project_ticket if row["type"] == "Project" else issue_ticket
        ticket = make(row["object"], Lens("recorded", WORKSPACE))
        assert (ticket.ref.id, ticket.url) == (row["object"]["id"], row["object"]["url"])


def test_an_issue_without_anything_in_it_is_no_reason_to_fail() -> None:
    ticket = issue_ticket({"id": "i", "state": None, "labelIds": None, "attachments": 7}, Lens("a", "b"))
    assert (ticket.ref.id, ticket.author, ticket.labels, ticket.state) == ("i", None, (), State.TODO)


def test_after_five_rounds_with_people_at_work_all_that_is_not_ours_is_the_same_to_the_byte() -> None:
    chance = random.Random(20261122)
    with start_linear(records=generate_linear(BACKLOG)) as server:
        state, connector = server.state, connect(server)
        read = Memory().pull(connector)
        issues = state.issues
        assert len(read) == BACKLOG
        assert Counter(ticket.state for ticket in read)[State.DONE] == sum(i.state.type == "completed" for i in issues)
        theirs: dict[str, Any] = {issue.id: _words(issue) for issue in issues}
        touched: set[Any] = set()
        for turn in range(ROUNDS):
            _people_work(state, chance.sample(issues, 50), turn, theirs)
            touched |= set(chosen := chance.sample(issues, WRITTEN))
            changes = [_changes(connector, issue, turn) for issue in chosen]
            before = server.requests.total
            outcomes = Counter(outcome.result for outcome in connector.write(changes))
            assert set(outcomes) <= {Result.WRITTEN, Result.UNCHANGED}
            assert server.requests.total - before <= 3 + 24 * WRITTEN / 1_000
        assert {issue.id: _words(issue) for issue in issues} == theirs
        assert all(len(_ours(issue)) == 1 for issue in touched)
        assert all(len(issue.attachments) == (issue in touched) for issue in issues)
        clean = [on(connector, i.id, *map(remove, _ours(i)), link(None), mark(None)) for i in touched]
        list(connector.write(clean))
        assert {issue.id: _words(issue) for issue in issues} == theirs
        assert not [issue for issue in issues if issue.attachments or _ours(issue)]
        connector.close()


def _people_work(state: Any, issues: list[Any], turn: int, theirs: dict[str, Any]) -> None:
    for number, issue in enumerate(issues):
        if number % 2:
            state.edit(issue, title=f"{issue.title} ({turn})", description=f"{issue.description}\r\n\tAnd: 🚲")
        else:
            state.add_labels(issue, f"by-hand-{turn}")
        theirs[issue.id] = _words(issue)


def _changes(connector: Any, issue: Any, turn: int) -> Any:
    name = f"journey.j{(issue.number + turn) % 4}"
    gone = [remove(label) for label in _ours(issue) if label != name]
    return on(connector, issue.id, add(name), *gone, link(f"Round {turn}"), mark(RECEIPT | {"score": turn}))


def _words(issue: Any) -> tuple[Any, ...]:
    labels = tuple(sorted(label.name for label in issue.labels if not label.name.startswith("journey.")))
    return issue.title, issue.description, labels, issue.priority, issue.state.name


def _ours(issue: Any) -> list[str]:
    return [label.name for label in issue.labels if label.name.startswith("journey.")]
