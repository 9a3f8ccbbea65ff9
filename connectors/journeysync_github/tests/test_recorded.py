"""Every recorded issue becomes a ticket; the counts are recounted here by other means."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from journeysync.model.ticket import State, Ticket
from journeysync_github.translate import Home, Lens, identifier_of, is_pull_request, repository_of, ticket_of

Recorded = Callable[..., list[dict[str, Any]]]
LENS = Lens("recorded", "k3f9")
FILES = {
    "rust-lang-rust_issues.jsonl.gz": (5_000, 2_150),
    "bitcoin-core-gui_issues.jsonl.gz": (341, 0),
    "httpwg-http-extensions_issues.jsonl.gz": (405, None),
    "panjf2000-ants_issues.jsonl.gz": (41, None),
}


def tickets(rows: list[dict[str, Any]]) -> list[Ticket]:
    return [ticket_of(row, LENS, Home(repository_of(row), "public")) for row in rows if not is_pull_request(row)]


@pytest.mark.parametrize("name", FILES)
def test_every_issue_is_read_once_and_no_pull_request(recorded: Recorded, name: str) -> None:
    rows = recorded("github", name)
    total, pulls = FILES[name]
    by_key = [row for row in rows if row.get("pull_request") is None]
    assert len(rows) == total
    assert pulls is None or len(rows) - len(by_key) == pulls
    found = tickets(rows)
    assert [ticket.key.rpartition("#")[2] for ticket in found] == [str(row["number"]) for row in by_key]
    assert len({ticket.ref.id for ticket in found}) == len(found)
    assert [ticket.title for ticket in found] == [row["title"].replace("\x00", "") for row in by_key]
    assert [ticket.body for ticket in found] == [(row["body"] or "").replace("\x00", "") for row in by_key]
    assert [sorted(ticket.labels) for ticket in found] == [sorted(each["name"] for each in r["labels"]) for r in by_key]
    assert all(ticket.updated_at >= ticket.created_at for ticket in found if ticket.created_at)
    assert {ticket.project for ticket in found} == {"/".join(r["repository_url"].split("/")[-2:]) for r in by_key}


@pytest.mark.parametrize("name", FILES)
def test_states_agree_with_a_recount(recorded: Recorded, name: str) -> None:
    expected: Counter[State] = Counter()
    for row in recorded("github", name):
        if row.get("pull_request") is None:
            ended = row["state"] == "closed"
            dropped = ended and row.get("state_reason") in ("not_planned", "duplicate")
            expected[State.DROPPED if dropped else State.DONE if ended else State.TODO] += 1
    assert Counter(ticket.state for ticket in tickets(recorded("github", name))) == expected


def test_labels_such_as_c_bug_say_the_kind_where_there_are_no_types(recorded: Recorded) -> None:
    found = tickets(recorded("github", "rust-lang-rust_issues.jsonl.gz"))
    bugs = {ticket.key for ticket in found if "C-bug" in ticket.labels and "C-tracking-issue" not in ticket.labels}
    assert len(bugs) > 100
    assert bugs <= {ticket.key for ticket in found if ticket.kind == "bug"}
    assert all(ticket.kind == "epic" for ticket in found if "C-tracking-issue" in ticket.labels)


def test_only_owners_members_and_collaborators_are_of_the_house(recorded: Recorded) -> None:
    rows = [row for row in recorded("github", "rust-lang-rust_issues.jsonl.gz") if row.get("pull_request") is None]
    for row, ticket in zip(rows, tickets(rows), strict=True):
        if row["user"] is None or row["user"]["login"] == "ghost":
            assert ticket.author_kind == "unknown"
        else:
            member = row["author_association"] in ("OWNER", "MEMBER", "COLLABORATOR")
            assert ticket.author_kind == ("member" if member else "outsider")


def test_snapshots_of_one_tracker_name_the_same_issues_alike(recorded: Recorded) -> None:
    older = [row["issue"] for row in recorded("github", "httpwg-http-extensions_older_snapshots.jsonl.gz")]
    newest = {identifier_of(row) for row in recorded("github", "httpwg-http-extensions_issues.jsonl.gz")}
    assert {identifier_of(row) for row in older} - newest == set()


def test_a_row_without_anything_in_it_is_no_reason_to_fail() -> None:
    ticket = ticket_of({"node_id": "I_1", "user": None, "body": None, "labels": None}, LENS, Home("a/b"))
    assert (ticket.ref.id, ticket.author, ticket.body, ticket.labels) == ("I_1", None, "", ())


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("[bug] It crashes", "bug"),
        ("[Feature Request] Dark mode", "story"),
        ("bug: it crashes", "bug"),
        ("Epic: move home", "epic"),
        ("A plain title: with a colon", "task"),
        ("Say [bug] later", "task"),
    ],
)
def test_a_title_may_say_the_kind(title: str, kind: str) -> None:
    assert ticket_of({"node_id": "I_1", "title": title}, LENS, Home("a/b")).kind == kind


@pytest.mark.parametrize("label", ["C-bug", "type: bug", "kind/bug", "Bug", "t:bug"])
def test_a_label_may_say_the_kind(label: str) -> None:
    row = {"node_id": "I_1", "title": "[feature] x", "labels": [{"name": label}]}
    assert ticket_of(row, LENS, Home("a/b")).kind == "bug"


def test_an_issue_type_wins_over_labels() -> None:
    row = {"node_id": "I_1", "title": "x", "labels": [{"name": "bug"}], "type": {"name": "Epic"}}
    ticket = ticket_of(row, LENS, Home("a/b"))
    assert (ticket.kind, ticket.kind_word, ticket.level) == ("epic", "Epic", 1)
