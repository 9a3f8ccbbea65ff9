from datetime import UTC, datetime
from typing import Any

import pytest

from journeysync.model.receipt import Receipt
from journeysync.model.ticket import State
from journeysync_jira.translate import Lens, link_of, state_of, ticket_of

LENS = Lens(connection="billing", site="https://solvane.example/jira", workspace="k3f9", fields=("customfield_1",))


def issue(**fields: Any) -> dict[str, Any]:
    properties = fields.pop("properties", None)
    return {
        "id": "10241",
        "key": "BILL-204",
        "self": "https://api.atlassian.com/ex/jira/x/rest/api/3/issue/10241",
        "fields": {"summary": "A", "updated": "2026-11-22T20:15:00.123+0900", **fields},
        **({"properties": properties} if properties is not None else {}),
    }


def test_a_whole_issue_becomes_a_ticket() -> None:
    ticket = ticket_of(
        issue(
            summary="Show why",
            description={"type": "doc", "content": [{"type": "paragraph", "content": [{"type": "text", "text": "B"}]}]},
            issuetype={"name": "故事", "untranslatedName": "Story", "hierarchyLevel": 0, "subtask": False},
            status={"name": "进行中", "statusCategory": {"key": "indeterminate"}},
            labels=["web", "Alpha"],
            components=[{"name": "Invoicing"}, {"name": "App"}],
            fixVersions=[{"name": "1.0", "released": True}, {"name": "2.0", "released": False}],
            priority={"name": "High", "id": "2"},
            parent={"id": "10001", "key": "BILL-1"},
            project={"key": "BILL"},
            created="2026-11-01T00:00:00.000+0000",
            creator={"accountId": "5b10", "accountType": "atlassian"},
            customfield_1=92.0,
        ),
        LENS,
    )
    assert ticket.ref.id == "10241"
    assert ticket.url == "https://solvane.example/jira/browse/BILL-204"
    assert (ticket.kind, ticket.kind_word, ticket.level, ticket.parent) == ("story", "故事", 0, "10001")
    assert (ticket.state, ticket.state_word) == (State.DOING, "进行中")
    assert ticket.labels == ("Alpha", "web")
    assert ticket.components == ("App", "Invoicing")
    assert (ticket.milestone, ticket.priority, ticket.body) == ("2.0", "High", "B")
    assert (ticket.author, ticket.author_kind) == ("5b10", "member")
    assert ticket.updated_at == datetime(2026, 11, 22, 11, 15, 0, 123_000, tzinfo=UTC)
    assert ticket.field("customfield_1") == 92


@pytest.mark.parametrize(
    ("issue_type", "kind", "level"),
    [
        ({"name": "Initiative", "hierarchyLevel": 2}, "initiative", 2),
        ({"name": "Theme", "hierarchyLevel": 1}, "epic", 1),
        ({"name": "Epic", "subtask": False}, "epic", 1),
        ({"name": "Bug"}, "bug", 0),
        ({"name": "缺陷", "untranslatedName": "Defect", "hierarchyLevel": 0}, "bug", 0),
        ({"name": "User Story"}, "story", 0),
        ({"name": "New Feature"}, "task", 0),
        ({"name": "Bug", "hierarchyLevel": -1}, "subtask", -1),
        ({"name": "Technical task", "subtask": True}, "subtask", -1),
        ({}, "task", 0),
        (None, "task", 0),
    ],
)
def test_kinds_come_from_the_level_first(issue_type: Any, kind: str, level: int) -> None:
    ticket = ticket_of(issue(issuetype=issue_type), LENS)
    assert (ticket.kind, ticket.level) == (kind, level)


@pytest.mark.parametrize(
    ("category", "resolution", "state"),
    [
        ("new", None, State.TODO),
        ("undefined", None, State.TODO),
        ("", None, State.TODO),
        ("indeterminate", None, State.DOING),
        ("done", None, State.DONE),
        ("done", "Fixed", State.DONE),
        ("done", "完成", State.DONE),
        ("done", "Won't Do", State.DROPPED),
        ("done", "Won’t fix", State.DROPPED),
        ("done", "DUPLICATE", State.DROPPED),
        ("done", "Cannot Reproduce", State.DROPPED),
        ("done", "Not a Bug", State.DROPPED),
        ("new", "Won't Do", State.TODO),
        ("indeterminate", "Done", State.DOING),
    ],
)
def test_the_category_says_whether_it_ended_and_the_resolution_how(
    category: str, resolution: str | None, state: State
) -> None:
    assert state_of(category, resolution) == state


def test_a_reopened_ticket_has_no_day_on_which_it_was_done() -> None:
    reopened = issue(
        status={"name": "Open", "statusCategory": {"key": "new"}}, resolutiondate="2026-01-01T00:00:00.000+0000"
    )
    assert ticket_of(reopened, LENS).done_at is None
    ended = issue(
        status={"name": "Done", "statusCategory": {"key": "done"}}, resolutiondate="2026-01-01T00:00:00.000+0000"
    )
    assert ticket_of(ended, LENS).done_at == datetime(2026, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("fields", [{}, {"priority": None}, {"priority": {}}, {"priority": {"id": "3"}}])
def test_a_missing_priority_is_none_in_each_of_its_ways(fields: dict[str, Any]) -> None:
    assert ticket_of(issue(**fields), LENS).priority is None


def test_an_issue_that_lacks_everything_is_still_a_ticket() -> None:
    for raw in (
        {"id": "1"},
        {"id": 1, "key": "A-1", "fields": None},
        {"id": "1", "fields": {"labels": None, "project": 3}},
    ):
        assert ticket_of(raw, LENS).ref.id == "1"


def test_epic_objects_and_epic_link_fields_are_ignored() -> None:
    ticket = ticket_of(issue(epic={"id": 5, "key": "BILL-5"}, customfield_10014="BILL-5"), LENS)
    assert ticket.parent is None


def test_fields_that_nobody_knows_do_no_harm() -> None:
    assert ticket_of({**issue(), "brand_new": {"x": 1}, "expand": "y"}, LENS) == ticket_of(issue(), LENS)


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (92.0, 92.0),
        (None, None),
        ("high", "high"),
        ({"value": "High", "id": "1"}, "High"),
        ({"name": "Ada"}, "Ada"),
        ([{"value": "A"}, {"value": "B"}], ("A", "B")),
        ({"type": "doc", "content": [{"type": "text", "text": "x"}]}, "x"),
    ],
)
def test_a_configured_field_is_read_in_its_plain_form(raw: Any, value: Any) -> None:
    assert ticket_of(issue(customfield_1=raw), LENS).fields == (("customfield_1", value),)


def test_a_field_that_a_project_does_not_have_is_absent_rather_than_empty() -> None:
    assert ticket_of(issue(), LENS).fields == ()


def test_our_receipt_is_read_and_another_workspace_is_named() -> None:
    stored = {"v": 1, "links": ["pay-bill"], "score": 87, "slots": {"label:journey.pay-bill": "7f3a19c2"}}
    ticket = ticket_of(issue(properties={"journeysync.k3f9": stored, "journeysync.zzzz": {"v": 1}, "other": 1}), LENS)
    assert ticket.receipt == Receipt(links=("pay-bill",), score=87, slots=(("label:journey.pay-bill", "7f3a19c2"),))
    assert ticket.foreign == ("zzzz",)


@pytest.mark.parametrize("stored", [None, 5, "x", [], {"v": 2}, {"v": 1, "score": "many"}, {"v": 1, "slots": 3}])
def test_a_malformed_receipt_is_ignored(stored: Any) -> None:
    assert ticket_of(issue(properties={"journeysync.k3f9": stored}), LENS).receipt is None


def test_a_receipt_of_a_later_release_is_still_ours() -> None:
    receipt = ticket_of(issue(properties={"journeysync.k3f9": {"v": 1, "links": [], "mood": "new"}}), LENS).receipt
    assert receipt == Receipt()


def test_a_customer_is_an_outsider_and_a_server_account_unknown() -> None:
    assert ticket_of(issue(creator={"accountId": "1", "accountType": "customer"}), LENS).author_kind == "outsider"
    on_server = ticket_of(issue(creator=None, reporter={"name": "ada", "key": "JIRAUSER1"}), LENS)
    assert (on_server.author, on_server.author_kind) == ("JIRAUSER1", "unknown")


def test_a_remote_link_shows_url_title_and_summary() -> None:
    remote = {"id": 1, "object": {"url": "https://j/1", "title": "Pay", "icon": {}, "summary": None}}
    assert link_of(remote) == {"url": "https://j/1", "title": "Pay"}
    assert link_of(None) is None
    assert link_of({"object": {}}) is None
