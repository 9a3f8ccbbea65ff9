"""Recorded issues through a Data Center site: texts to the byte, epics by link, users by name."""

import gzip
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from journeysync.sandbox import JiraDcSandbox, start_jira_dc

TEXTS = ("summary", "description", "environment", "labels", "updated", "created", "comment")
LINK = "customfield_10006"


def lines_of(path: Path) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def everything(dc: JiraDcSandbox) -> Iterator[dict[str, Any]]:
    bearer = {"Authorization": f"Bearer {dc.token}"}
    with httpx.Client(base_url=dc.url + "/rest/api/2", headers=bearer, timeout=60, verify=False) as client:
        start, total = 0, 1
        while start < total:
            body = {"jql": "order by key", "startAt": start, "maxResults": 1_000, "fields": ["*all"]}
            page = client.post("/search", json=body).json()
            yield from page["issues"]
            start, total = start + len(page["issues"]), page["total"]


def test_every_text_of_the_big_recording_comes_back_to_the_byte(recorded: Callable[..., Path]) -> None:
    paths = [recorded("data", "jira", f"tidev_{name}_issues.jsonl.gz") for name in ("TIMOB", "AC")]
    originals = {line["id"]: line["fields"] for path in paths for line in lines_of(path)}
    epics = 0
    with start_jira_dc(load=paths, context_path="/jira") as dc:
        for issue in everything(dc):
            fields, original = issue["fields"], originals.pop(issue["id"])
            assert {name: fields.get(name) for name in TEXTS} == {name: original.get(name) for name in TEXTS}
            epic = (original.get("epic") or {}).get("key")
            assert fields[LINK] == epic
            assert fields.get("parent") == original.get("parent")
            assert "epic" not in fields
            assert fields["issuetype"] == original["issuetype"]
            assert (fields.get("reporter") or {}).get("name") == (original.get("reporter") or {}).get("name")
            epics += epic is not None
    assert originals == {}
    assert epics == 771


@pytest.mark.parametrize(
    ("name", "count"),
    [("merico_cloud_issues", 33), ("merico_cloud_issues_english_names", 30), ("dc_server_issues", 11)],
)
def test_other_recordings_show_what_data_center_would(recorded: Callable[..., Path], name: str, count: int) -> None:
    path = recorded("data", "jira", f"{name}.jsonl.gz")
    originals = {line["id"]: line["fields"] for line in lines_of(path)}
    with start_jira_dc(load=[path]) as dc:
        issues = list(everything(dc))
        types = dc.state.issue_types.values()
    assert len(issues) == count
    assert not [kind for kind in types if "hierarchyLevel" in kind]
    for issue in issues:
        fields, original = issue["fields"], originals[issue["id"]]
        assert {text: fields.get(text) for text in TEXTS} == {text: original.get(text) for text in TEXTS}
        users = [fields[who] for who in ("assignee", "reporter", "creator") if fields.get(who)]
        assert users
        assert all("name" in each and "accountId" not in each for each in users)
        above = original.get("parent") or original.get("epic") or {}
        subtask = original["issuetype"].get("subtask")
        assert fields[LINK] == (None if subtask else above.get("key"))
        assert fields.get("parent", {}).get("key") == (above.get("key") if subtask else None)
