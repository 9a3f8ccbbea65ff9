"""What doctor says about a Jira connection, against the sandbox."""

from collections.abc import Callable
from typing import Any

import pytest

from journeysync.model.tracker import Finding
from journeysync.sandbox import JiraSandbox
from journeysync_jira.checking import field_info
from journeysync_jira.connection import JiraConnector

Connect = Callable[..., JiraConnector]


def by_topic(connector: JiraConnector) -> dict[str, list[Finding]]:
    found: dict[str, list[Finding]] = {}
    for finding in connector.check():
        found.setdefault(finding.topic, []).append(finding)
    return found


@pytest.fixture
def ticket(site: JiraSandbox) -> str:
    return site.state.create_issue("BILL").id


def test_a_good_connection_is_all_right_and_nothing_was_written(
    site: JiraSandbox, connect: Connect, ticket: str
) -> None:
    field = site.state.add_field("Journey score")
    connector = connect(fields=(field,))
    found = by_topic(connector)
    assert {finding.level for findings in found.values() for finding in findings} == {"ok"}
    assert set(found) == {
        "tls",
        "reach",
        "auth",
        "scope",
        "permissions",
        "quiet",
        "visibility",
        "labels",
        "fields",
        "size",
    }
    assert "'Journey score'" in found["fields"][0].says
    assert "a number" in found["fields"][0].says
    assert "about 1 tickets" in found["size"][0].says
    assert connector.capabilities.quiet == "yes"
    assert len(site.journal.over_http()) == 0
    assert connector.traffic.writes == 0


def test_a_wrong_token_says_where_to_make_a_new_one_and_stops_there(connect: Connect) -> None:
    found = by_topic(connect(token="wrong-token"))
    [finding] = found["auth"]
    assert finding.level == "error"
    assert "env JIRA_TOKEN" in finding.next_step
    assert "id.atlassian.com" in finding.next_step
    assert "wrong-token" not in str(found)
    assert "scope" not in found


def test_an_address_where_nothing_listens_is_a_finding(connect: Connect) -> None:
    found = by_topic(connect(url="http://127.0.0.1:9"))
    assert [finding.level for finding in found["reach"]] == ["error"]
    assert "check `url`" in found["reach"][0].next_step


def test_an_address_without_encryption_is_refused_words(connect: Connect) -> None:
    finding = next(connect(url="http://jira.invalid").check())
    assert (finding.topic, finding.level) == ("tls", "error")
    assert "https" in finding.next_step


def test_a_project_of_the_scope_that_is_not_there_comes_with_a_guess(connect: Connect) -> None:
    found = by_topic(connect(scope={"projects": ["BIL", "ONB"]}))
    missing = [finding for finding in found["scope"] if finding.level == "error"]
    assert [finding.project for finding in missing] == ["BIL"]
    assert "did you mean BILL?" in missing[0].next_step


def test_missing_permissions_are_named_by_project_with_what_is_lost(
    site: JiraSandbox, connect: Connect, ticket: str
) -> None:
    site.state.revoke("EDIT_ISSUES", project="BILL")
    site.state.revoke("LINK_ISSUES", project="BILL")
    site.state.revoke("BULK_CHANGE")
    found = by_topic(connect())
    words = [finding.says for finding in found["permissions"]]
    assert words[:2] == [
        "BILL: no 'Edit issues', so nothing can be written",
        "BILL: no 'Link issues', so no remote link can be written",
    ]
    assert "one request a ticket" in words[2]
    assert all(finding.next_step for finding in found["permissions"])


def test_without_administration_mails_cannot_be_avoided(site: JiraSandbox, connect: Connect, ticket: str) -> None:
    site.state.revoke("ADMINISTER")
    site.state.revoke("ADMINISTER_PROJECTS", project="BILL")
    connector = connect()
    assert [finding.level for finding in by_topic(connector)["quiet"]] == ["warning"]
    assert connector.capabilities.quiet == "no"


def test_fields_are_checked_by_id_with_their_twins(site: JiraSandbox, connect: Connect, ticket: str) -> None:
    score, twin = site.state.add_field("Journey score"), site.state.add_field("Journey score")
    site.state.hide_field(score, "BILL")
    found = by_topic(connect(fields=(score, "customfield_99999")))["fields"]
    assert twin in found[0].says
    assert "cannot be edited" in found[1].says
    assert "'Journey score'" in found[1].next_step
    assert found[1].project == "BILL"
    assert (found[2].level, "customfield_99999" in found[2].says) == ("error", True)


def test_another_workspace_is_named(site: JiraSandbox, connect: Connect, ticket: str) -> None:
    site.state.set_property(ticket, "journeysync.zzzz", {"v": 1})
    site.state.set_property(ticket, "journeysync.k3f9", {"v": 1})
    [finding] = by_topic(connect())["marks"]
    assert "zzzz" in finding.says
    assert finding.level == "warning"


def test_a_search_that_jira_does_not_understand_is_a_finding(connect: Connect, ticket: str) -> None:
    found = by_topic(connect(scope={"jql": "nonsense ~~ 3"}))
    assert any(finding.level == "error" for findings in found.values() for finding in findings)


@pytest.mark.parametrize(
    ("schema", "takes"),
    [
        ({"type": "number"}, "number"),
        ({"type": "string", "custom": "com.atlassian.jira.plugin.system.customfieldtypes:textfield"}, "text"),
        ({"type": "string", "custom": "com.atlassian.jira.plugin.system.customfieldtypes:textarea"}, "text"),
        ({"type": "option", "custom": "com.atlassian.jira.plugin.system.customfieldtypes:select"}, "select"),
        ({"type": "user"}, "other"),
        (None, "other"),
    ],
)
def test_a_field_says_what_it_takes(schema: Any, takes: str) -> None:
    described = [{"id": "f1", "name": "A", "schema": schema}, {"id": "f2", "name": "A"}, {"id": "f3", "name": "B"}]
    info = field_info("f1", described)
    assert info is not None
    assert (info.takes, info.twins) == (takes, ("f2",))
    assert field_info("f9", described) is None
