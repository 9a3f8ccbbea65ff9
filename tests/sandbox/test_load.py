"""Recorded issues are served as they were recorded, to the character."""

import gzip
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from journeysync.sandbox import JiraSandbox, start_jira_cloud


def record(number: int, **fields: Any) -> dict[str, Any]:
    project = {"id": "7", "key": "OLD", "name": "Old"}
    status = {"id": "6", "name": "Closed", "statusCategory": {"id": 3, "key": "done", "name": "Done", "colorName": "x"}}
    kind = {"id": "1", "name": "Bug", "subtask": False}
    times = {"created": "2011-04-15T02:22:17.000+0000", "updated": "2011-04-17T01:50:05.000+0000"}
    return {
        "id": str(number),
        "key": f"OLD-{number}",
        "fields": {"project": project, "status": status, "issuetype": kind, "labels": [], **times, **fields},
    }


def served(*records: dict[str, Any], **more: Any) -> JiraSandbox:
    return start_jira_cloud(records=records, **more)


def client_of(site: JiraSandbox, version: str = "3") -> httpx.Client:
    return httpx.Client(
        base_url=f"{site.url}/rest/api/{version}", auth=(site.user, site.token), timeout=30, verify=False
    )


TEXTS = [
    "plain",
    "two\r\nlines",
    "\x1b[31mred\x1b[0m \x07\x00",
    "emoji \U0001f600 \u202ertl",
    'quote " \\ /',
    " ",
    "\n",
]


@pytest.mark.parametrize("text", TEXTS)
def test_text_comes_back_untouched_from_both_versions(text: str) -> None:
    with served(record(1, description=text, summary=text)) as site, client_of(site) as v3, client_of(site, "2") as v2:
        document = v3.get("/issue/OLD-1").json()["fields"]["description"]
        assert document["content"] == [{"type": "paragraph", "content": [{"type": "text", "text": text}]}]
        assert v2.get("/issue/OLD-1").json()["fields"]["description"] == text
        assert v3.get("/issue/OLD-1").json()["fields"]["summary"] == text


def test_what_is_missing_stays_missing_and_null_stays_null() -> None:
    with served(record(1, priority=None, description=None), record(2)) as site, client_of(site) as client:
        first, second = (client.get(f"/issue/{number}").json()["fields"] for number in (1, 2))
        assert (first["priority"], first["description"]) == (None, None)
        assert not {"priority", "description", "summary"} & set(second)


def test_unknown_fields_are_kept_and_custom_ones_are_listed() -> None:
    fields = {"flagged": True, "customfield_10024": 3.0, "customfield_10012": {"id": "5", "value": "Done"}}
    with served(record(1, **fields, customfield_10001=None)) as site, client_of(site) as client:
        shown = client.get("/issue/OLD-1").json()["fields"]
        assert {name: shown[name] for name in fields} == fields
        kinds = {each["id"]: each["schema"]["type"] for each in client.get("/field").json()}
        assert (kinds["customfield_10024"], kinds["customfield_10012"]) == ("number", "option")
        assert client.get("/field/customfield_10012/context/10012/option").json()["values"] == [
            {"id": "5", "value": "Done", "disabled": False}
        ]


def test_the_site_follows_from_the_records() -> None:
    epic = {"id": 5, "key": "OLD-5", "name": "Pay", "summary": "Pay a bill", "done": False}
    person = {"name": "ann", "key": "ann", "displayName": "Ann", "active": True}
    records = [
        record(1, issuetype={"id": "6", "name": "Epic", "subtask": False}, priority={"id": "3", "name": "Medium"}),
        record(2, epic=epic, assignee=person, resolution={"id": "2", "name": "Won't Fix"}),
        record(3, issuetype={"id": "9", "name": "Teilaufgabe", "subtask": True}),
    ]
    with served(*records) as site, client_of(site) as client:
        assert [each["key"] for each in client.get("/project/search").json()["values"]] == ["OLD"]
        levels = {each["name"]: each["hierarchyLevel"] for each in client.get("/issuetype").json()}
        assert levels == {"Epic": 1, "Bug": 0, "Teilaufgabe": -1}
        assert [each["name"] for each in client.get("/status").json()] == ["Closed"]
        assert [each["name"] for each in client.get("/priority/search").json()["values"]] == ["Medium"]
        second = client.get("/issue/OLD-2").json()["fields"]
        assert (second["parent"]["key"], second["parent"]["id"], second["epic"]) == ("OLD-5", "5", epic)
        assert second["assignee"] == {"accountId": "sandbox:ann", **person}
        assert site.state.create_issue("OLD", type="Bug").key == "OLD-4"


def test_recorded_times_are_served_as_recorded_and_new_ones_in_the_zone_of_the_profile() -> None:
    with (
        served(record(1, updated="2020-06-17T13:04:03.848+0800"), time_zone="Asia/Shanghai") as site,
        client_of(site) as client,
    ):
        assert client.get("/issue/1").json()["fields"]["updated"] == "2020-06-17T13:04:03.848+0800"
        client.put("/issue/1", json={"fields": {"summary": "New"}})
        assert client.get("/issue/1").json()["fields"]["updated"].endswith("+0800")


def test_a_line_that_is_no_issue_is_named(tmp_path: Path) -> None:
    path = tmp_path / "broken.jsonl"
    path.write_text(json.dumps(record(1)) + '\n\n{"id": "2"}\n', encoding="utf-8")
    with pytest.raises(ValueError, match="line 3: no issue in Jira's REST form") as error:
        start_jira_cloud(load=[path])
    assert "broken.jsonl" in str(error.value)


def recorded_lines(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def test_the_big_recording_is_loaded_fast_and_served_whole(recorded: Callable[..., Path]) -> None:
    paths = [recorded("data", "jira", f"tidev_{name}_issues.jsonl.gz") for name in ("TIMOB", "AC")]
    start = time.process_time()  # no other process makes it late
    with start_jira_cloud(load=paths) as site, client_of(site, "2") as v2, client_of(site) as v3:
        assert time.process_time() - start < 3
        originals = {line["id"]: line["fields"] for path in paths for line in recorded_lines(path)}
        assert len(site.state.issues) == len(originals) == 7_500
        ids = list(originals)[::5]
        for at in range(0, len(ids), 100):
            chosen = {"issueIdsOrKeys": ids[at : at + 100], "fields": ["*all"]}
            for issue in v2.post("/issue/bulkfetch", json=chosen).json()["issues"]:
                original = originals[issue["id"]]
                added = {"parent"} - set(original)
                assert set(issue["fields"]) - added == set(original)
                for name in ("summary", "description", "environment", "labels", "updated", "comment", "components"):
                    assert issue["fields"].get(name) == original.get(name)
        in_v3 = {"issueIdsOrKeys": ids[:100], "fields": ["description"]}
        for issue in v3.post("/issue/bulkfetch", json=in_v3).json()["issues"]:
            text = originals[issue["id"]].get("description")
            inner = (issue["fields"].get("description") or {}).get("content")
            assert inner == ([{"type": "paragraph", "content": [{"type": "text", "text": text}]}] if text else inner)
            assert bool(inner) == bool(text)


@pytest.mark.parametrize(
    ("name", "count"),
    [("merico_cloud_issues", 33), ("merico_cloud_issues_english_names", 30), ("dc_server_issues", 11)],
)
def test_other_recordings_are_loaded(recorded: Callable[..., Path], name: str, count: int) -> None:
    path = recorded("data", "jira", f"{name}.jsonl.gz")
    with start_jira_cloud(load=[path]) as site, client_of(site) as client:
        assert len(site.state.issues) == count
        lines = recorded_lines(path)
        for line in lines:
            shown = client.get(f"/issue/{line['key']}", params={"expand": "changelog"}).json()
            assert shown["changelog"]["total"] == len(line["changelog"]["histories"])
            custom = {field: value for field, value in line["fields"].items() if field.startswith("customfield_")}
            assert {field: shown["fields"][field] for field in custom} == custom
