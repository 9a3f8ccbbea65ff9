"""Every recorded issue becomes a ticket; the counts are recounted here by other means."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from journeysync.model.ticket import State, Ticket
from journeysync_jira.translate import Lens, ticket_of

Recorded = Callable[[str], list[dict[str, Any]]]
UNDONE = {"Invalid", "Duplicate", "Won't Fix", "Cannot Reproduce", "Won't Do"}
UNDONE |= {"Not Our Bug", "Hold", "Needs more info"}
LENS = Lens(connection="recorded", site="https://jira.example", workspace="k3f9")
FILES = (
    "tidev_TIMOB_issues.jsonl.gz",
    "tidev_AC_issues.jsonl.gz",
    "merico_cloud_issues.jsonl.gz",
    "merico_cloud_issues_english_names.jsonl.gz",
    "dc_server_issues.jsonl.gz",
)


def tickets(rows: list[dict[str, Any]]) -> list[Ticket]:
    return [ticket_of(row, LENS) for row in rows]


@pytest.mark.parametrize("name", FILES)
def test_nothing_recorded_makes_it_fail_and_nothing_is_lost(recorded: Recorded, name: str) -> None:
    rows = recorded(name)
    found = tickets(rows)
    assert [ticket.ref.id for ticket in found] == [row["id"] for row in rows]
    assert [ticket.title for ticket in found] == [
        (row["fields"].get("summary") or "").replace("\x00", "") for row in rows
    ]
    assert [list(ticket.labels) for ticket in found] == [sorted(row["fields"]["labels"]) for row in rows]
    parents = [(row["fields"].get("parent") or {}).get("id") for row in rows]
    assert [ticket.parent for ticket in found] == parents
    assert all(ticket.updated_at.year > 2005 and ticket.updated_at >= ticket.created_at for ticket in found)


@pytest.mark.parametrize("name", FILES)
def test_states_agree_with_a_recount(recorded: Recorded, name: str) -> None:
    rows = recorded(name)
    expected: Counter[str] = Counter()
    for row in rows:
        category = row["fields"]["status"]["statusCategory"]["key"]
        resolution = (row["fields"].get("resolution") or {}).get("name", "")
        dropped = resolution in UNDONE
        words = {"new": "todo", "indeterminate": "doing", "done": "dropped" if dropped else "done"}
        expected[words[category]] += 1
    assert Counter(ticket.state.value for ticket in tickets(rows)) == expected


@pytest.mark.parametrize("name", FILES)
def test_kinds_agree_with_a_recount(recorded: Recorded, name: str) -> None:
    rows = recorded(name)
    expected: Counter[str] = Counter()
    for row in rows:
        words = {"Bug": "bug", "Story": "story", "Epic": "epic"}
        kind = row["fields"]["issuetype"]
        expected["subtask" if kind["subtask"] else words.get(kind["name"], "task")] += 1
    found = Counter(ticket.kind for ticket in tickets(rows))
    assert found == expected


def test_one_status_with_two_categories_counts_as_each_ticket_says(recorded: Recorded) -> None:
    rows = recorded("merico_cloud_issues.jsonl.gz")
    categories: dict[str, set[str]] = {}
    for row in rows:
        status = row["fields"]["status"]
        categories.setdefault(status["id"], set()).add(status["statusCategory"]["key"])
    twofold = {status for status, found in categories.items() if len(found) > 1}
    assert twofold
    states = {ticket_of(row, LENS).state for row in rows if row["fields"]["status"]["id"] in twofold}
    assert State.TODO in states
    assert State.DONE in states


def test_the_same_issues_have_the_same_meaning_in_two_languages(recorded: Recorded) -> None:
    chinese = {ticket.ref.id: ticket for ticket in tickets(recorded("merico_cloud_issues.jsonl.gz"))}
    english = tickets(recorded("merico_cloud_issues_english_names.jsonl.gz"))
    both = [(ticket, chinese[ticket.ref.id]) for ticket in english if ticket.ref.id in chinese]
    assert len(both) > 20
    assert all(one.parent == other.parent and one.updated_at == other.updated_at for one, other in both)
    assert {one.kind_word for one, _other in both}.isdisjoint({other.kind_word for _one, other in both})
