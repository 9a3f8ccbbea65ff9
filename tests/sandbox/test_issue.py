"""Reading and editing one issue: shapes, refusals by field, moves, deletes, what is hidden."""

import httpx
import pytest
from tests.sandbox.conftest import Clock

from journeysync.sandbox import JiraSandbox

GONE = "Issue does not exist or you do not have permission to see it."


def fields(client: httpx.Client, key: str, *names: str) -> dict[str, object]:
    answer = client.get(f"/issue/{key}", params={"fields": ",".join(names)})
    assert answer.status_code == 200, answer.text
    return dict(answer.json()["fields"])


def test_an_edit_moves_updated_and_is_in_the_journal(site: JiraSandbox, client: httpx.Client, clock: Clock) -> None:
    key = site.state.create_issue("DEMO", labels=["person"]).key
    before = fields(client, key, "updated")["updated"]
    clock.advance(61.5)
    answer = client.put(
        f"/issue/{key}", json={"update": {"labels": [{"add": "journey.x"}]}, "fields": {"summary": "New"}}
    )
    assert (answer.status_code, answer.content) == (204, b"")
    after = fields(client, key, "updated", "labels", "summary")
    assert after["labels"] == ["person", "journey.x"]
    assert (before, after["updated"]) == ("2026-05-28T20:26:40.000+0000", "2026-05-28T20:27:41.500+0000")
    writes = site.journal.over_http()
    assert [(write.what, write.name, write.value, write.author) for write in writes] == [
        ("field", "summary", "New", "sandbox:bot"),
        ("label+", "journey.x", None, "sandbox:bot"),
    ]
    assert len({write.request for write in writes}) == 1


def test_an_edit_that_changes_nothing_leaves_updated(site: JiraSandbox, client: httpx.Client, clock: Clock) -> None:
    field = site.state.add_field("Score")
    key = site.state.create_issue("DEMO", labels=["a"], **{field: 92}).key
    before = fields(client, key, "updated")
    clock.advance(60)
    client.put(f"/issue/{key}", json={"fields": {field: 92.0}, "update": {"labels": [{"add": "a"}, {"remove": "b"}]}})
    assert fields(client, key, "updated") == before
    assert [write.changed for write in site.journal.over_http()] == [False]


def test_a_number_is_served_as_a_float(site: JiraSandbox, client: httpx.Client) -> None:
    field = site.state.add_field("Score")
    key = site.state.create_issue("DEMO").key
    client.put(f"/issue/{key}", json={"fields": {field: 92}})
    assert client.get(f"/issue/{key}").text.count(f'"{field}":92.0') == 1


def test_each_field_says_what_is_wrong_and_nothing_is_written(site: JiraSandbox, client: httpx.Client) -> None:
    number, band = site.state.add_field("Score"), site.state.add_field("Band", "select", options=["High", "Low"])
    hidden = site.state.add_field("Elsewhere", "text")
    site.state.hide_field(hidden, "DEMO")
    key = site.state.create_issue("DEMO", labels=["kept"]).key
    before = site.state.json(key)
    answer = client.put(
        f"/issue/{key}",
        json={
            "fields": {
                number: "92",
                band: {"value": "Middle"},
                hidden: "x",
                "customfield_99999": 1,
                "summary": "two\nlines",
                "description": "wiki text",
                "priority": {"id": "77"},
                "status": {"name": "Done"},
            },
            "update": {"labels": [{"add": "two words"}]},
        },
    )
    assert answer.status_code == 400
    assert answer.json() == {
        "errorMessages": [],
        "errors": {
            number: "Operation value must be a number",
            band: "Option value 'Middle' is not valid",
            hidden: f"Field '{hidden}' cannot be set. It is not on the appropriate screen, or unknown.",
            "customfield_99999": "Field 'customfield_99999' cannot be set. "
            "It is not on the appropriate screen, or unknown.",
            "summary": "The summary is invalid because it contains newline characters.",
            "description": "Operation value must be an Atlassian Document (see the Atlassian Document Format)",
            "priority": "The priority selected is invalid.",
            "status": "Field 'status' cannot be set. It is not on the appropriate screen, or unknown.",
            "labels": "The label 'two words' contains spaces which is invalid.",
        },
    }
    assert site.state.json(key) == before


def test_a_field_stands_in_fields_or_in_update_but_not_in_both(site: JiraSandbox, client: httpx.Client) -> None:
    key = site.state.create_issue("DEMO").key
    answer = client.put(f"/issue/{key}", json={"fields": {"labels": ["a"]}, "update": {"labels": [{"add": "b"}]}})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["labels"])


def test_v2_takes_and_gives_text_where_v3_takes_and_gives_documents(site: JiraSandbox, client: httpx.Client) -> None:
    key = site.state.create_issue("DEMO").key
    address = f"{site.url}/rest/api/2/issue/{key}"
    assert client.put(address, json={"fields": {"description": "h1. wiki\r\ntext"}}).status_code == 204
    assert client.get(address).json()["fields"]["description"] == "h1. wiki\r\ntext"
    document = fields(client, key, "description")["description"]
    assert document == {
        "version": 1,
        "type": "doc",
        "content": [{"type": "paragraph", "content": [{"type": "text", "text": "h1. wiki\r\ntext"}]}],
    }
    assert client.put(f"/issue/{key}", json={"fields": {"description": document}}).status_code == 204


def test_a_moved_issue_answers_to_its_old_key_with_the_new_one(site: JiraSandbox, client: httpx.Client) -> None:
    parent = site.state.create_issue("DEMO", type="Epic")
    child = site.state.create_issue("DEMO", parent=parent.key)
    assert site.state.move("DEMO-1", "OPS") == "OPS-1"
    answer = client.get("/issue/demo-1")
    assert (answer.status_code, answer.json()["key"], answer.json()["id"]) == (200, "OPS-1", parent.id)
    assert answer.json()["fields"]["project"]["key"] == "OPS"
    assert client.get(f"/issue/{child.key}").json()["fields"]["parent"]["key"] == "OPS-1"


def test_deleted_and_hidden_and_never_there_look_the_same(site: JiraSandbox, client: httpx.Client) -> None:
    for name in ("gone", "hidden", "project"):
        site.state.create_issue("OPS" if name == "project" else "DEMO", name)
    site.state.delete("DEMO-1")
    site.state.hide("DEMO-2")
    site.state.hide_project("OPS")
    for key in ("DEMO-1", "DEMO-2", "OPS-1", "DEMO-999"):
        answer = client.get(f"/issue/{key}")
        assert (answer.status_code, answer.json()) == (404, {"errorMessages": [GONE], "errors": {}})
    site.state.hide_project("OPS", hidden=False)
    assert client.get("/issue/OPS-1").status_code == 200


def test_deleting_takes_sub_tasks_along_and_the_number_is_not_used_again(
    site: JiraSandbox, client: httpx.Client
) -> None:
    story = site.state.create_issue("DEMO")
    site.state.create_issue("DEMO", type="Sub-task", parent=story.key)
    assert client.delete(f"/issue/{story.key}").status_code == 400
    assert client.delete(f"/issue/{story.key}", params={"deleteSubtasks": "true"}).status_code == 204
    assert site.state.create_issue("DEMO").key == "DEMO-3"


def test_parent_is_set_and_cleared(site: JiraSandbox, client: httpx.Client) -> None:
    epic, story = site.state.create_issue("DEMO", type="Epic"), site.state.create_issue("DEMO")
    client.put(f"/issue/{story.key}", json={"fields": {"parent": {"key": epic.key}}})
    parent = fields(client, story.key, "parent")["parent"]
    assert isinstance(parent, dict)
    assert parent["fields"]["issuetype"]["hierarchyLevel"] == 1
    client.put(f"/issue/{story.key}", json={"update": {"parent": [{"set": {"none": True}}]}})
    assert fields(client, story.key, "parent") == {"parent": None}


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("summary,labels", {"summary", "labels"}),
        ("*navigable,-description,nothing", "navigable"),
        ("*all,-comment", "all"),
        ("-summary", "default"),
        ("nothing", set()),
    ],
)
def test_fields_are_chosen(site: JiraSandbox, client: httpx.Client, asked: str, expected: object) -> None:
    everything = set(site.state.json(site.state.create_issue("DEMO").key))
    hidden = {name for name, spec in site.state.fields.items() if not spec.navigable}
    wanted = {
        "navigable": everything - hidden - {"description"},
        "all": everything - {"comment"},
        "default": everything - {"summary"},
    }
    shown = set(fields(client, "DEMO-1", asked))
    assert shown == (wanted[expected] if isinstance(expected, str) else expected)


def test_editmeta_lists_what_may_be_edited_here(site: JiraSandbox, client: httpx.Client) -> None:
    number = site.state.add_field("Score")
    hidden = site.state.add_field("Elsewhere")
    site.state.hide_field(hidden, "DEMO")
    site.state.create_issue("DEMO")
    meta = client.get("/issue/DEMO-1/editmeta").json()["fields"]
    assert meta[number]["operations"] == ["set"]
    assert meta["labels"]["operations"] == ["add", "set", "remove"]
    assert not {hidden, "status", "created"} & set(meta)


def test_an_edit_can_return_the_issue(site: JiraSandbox, client: httpx.Client) -> None:
    site.state.create_issue("DEMO")
    answer = client.put("/issue/DEMO-1", params={"returnIssue": "true"}, json={"fields": {"summary": "Now"}})
    assert (answer.status_code, answer.json()["fields"]["summary"]) == (200, "Now")


def test_without_the_right_to_edit_nothing_is_written(site: JiraSandbox, client: httpx.Client) -> None:
    site.state.create_issue("DEMO")
    site.state.revoke("EDIT_ISSUES", project="DEMO")
    assert client.put("/issue/DEMO-1", json={"fields": {"summary": "No"}}).status_code == 403
    assert client.put("/issue/DEMO-1/properties/x", json=1).status_code == 403
    assert site.journal.over_http() == ()


def test_mail_is_only_held_back_for_administrators(site: JiraSandbox, client: httpx.Client) -> None:
    site.state.create_issue("DEMO")
    client.put("/issue/DEMO-1", params={"notifyUsers": "false"}, json={"fields": {"summary": "Quiet"}})
    site.state.revoke("ADMINISTER")
    site.state.revoke("ADMINISTER_PROJECTS")
    client.put("/issue/DEMO-1", params={"notifyUsers": "false"}, json={"fields": {"summary": "Loud"}})
    assert [write.notified for write in site.journal.over_http()] == [False, True]


def test_a_changelog_tells_who_changed_what(site: JiraSandbox, client: httpx.Client) -> None:
    site.state.create_issue("DEMO", "Before")
    client.put("/issue/DEMO-1", json={"fields": {"summary": "After"}, "update": {"labels": [{"add": "x"}]}})
    (entry,) = client.get("/issue/DEMO-1/changelog").json()["values"]
    assert entry["author"]["accountId"] == "sandbox:bot"
    assert [(item["field"], item["fromString"], item["toString"]) for item in entry["items"]] == [
        ("Summary", "Before", "After"),
        ("Labels", "", "x"),
    ]


def test_bulkfetch_returns_ascending_ids_and_leaves_out_what_is_not_there(
    site: JiraSandbox, client: httpx.Client
) -> None:
    for _ in range(4):
        site.state.create_issue("DEMO")
    site.state.delete("DEMO-2")
    site.state.move("DEMO-3", "OPS")
    site.state.set_property("DEMO-1", "journeysync", {"v": 1})
    keys = ["DEMO-4", "DEMO-3", "demo-1", "10001", "DEMO-2", "NOPE-1"]
    answer = client.post(
        "/issue/bulkfetch", json={"issueIdsOrKeys": keys, "fields": ["labels"], "properties": ["journeysync", "other"]}
    )
    assert [issue["key"] for issue in answer.json()["issues"]] == ["DEMO-1", "OPS-1", "DEMO-4"]
    assert answer.json()["issues"][0]["properties"] == {"journeysync": {"v": 1}}
    assert answer.json()["issueErrors"] == []


@pytest.mark.parametrize(
    ("wanted", "most"),
    [
        ({"fields": ["summary", "labels"]}, 1_000),
        ({"fields": ["summary"], "expand": ["names"]}, 1_000),
        ({"fields": ["*all"]}, 100),
        ({"fields": ["summary", "comment"]}, 100),
        ({"fields": ["-summary"]}, 100),
        ({}, 100),
        ({"fields": ["summary"], "expand": ["changelog"]}, 100),
    ],
)
def test_bulkfetch_takes_a_thousand_only_for_lean_requests(
    site: JiraSandbox, client: httpx.Client, wanted: dict[str, object], most: int
) -> None:
    site.state.create_issue("DEMO")
    for count, status in ((most, 200), (most + 1, 400)):
        keys = [str(10_000 + number) for number in range(count)]
        assert client.post("/issue/bulkfetch", json={"issueIdsOrKeys": keys, **wanted}).status_code == status


def test_a_field_that_was_added_is_empty_everywhere_but_where_it_is_not_configured(
    site: JiraSandbox, client: httpx.Client
) -> None:
    site.state.create_issue("DEMO")
    site.state.create_issue("OPS")
    score = site.state.add_field("Score")
    site.state.hide_field(score, "OPS")
    for asked in (score, "*all", "*navigable"):
        assert fields(client, "DEMO-1", asked)[score] is None
        assert score not in fields(client, "OPS-1", asked)
