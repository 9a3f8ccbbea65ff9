"""One tracker with one defect each: doctor names it, and a sync after it never meets it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from journeysync.app.checking import DoctorResult
from journeysync.cli.main import run
from journeysync.cli.planview import show_plan
from journeysync.model.tracker import Finding

from .loop import SCORE, Loop


@pytest.fixture
def loop(tmp_path: Path) -> Iterator[Loop]:
    made = Loop(tmp_path, lag=0.0)
    for project in ("BILL", "ONB"):
        for number in range(3):
            made.state.create_issue(project, f"Say why in words {number}")
        made.state.create_issue(project, "Why it breaks", type="Bug")
    yield made
    made.close()


def doctor(loop: Loop) -> DoctorResult:
    with loop.open() as workspace:
        return workspace.doctor()


def findings(result: DoctorResult, topic: str) -> list[Finding]:
    return [one for check in result.connections for one in check.findings if one.topic == topic]


def placement(result: DoctorResult) -> list[str]:
    return [finding.says for finding in findings(result, "placement")]


def labels_of(loop: Loop, key: str) -> list[str]:
    return next(row["labels"] for row in loop.tracker().values() if row["key"] == key)


def revoke(permission: str, *projects: str) -> Callable[[Loop], None]:
    def act(loop: Loop) -> None:
        for project in projects or (None,):
            loop.state.revoke(permission, **({"project": project} if project else {}))

    return act


def hide_the_field(loop: Loop) -> None:
    loop.state.hide_field(SCORE, "BILL")


def name_a_field_that_is_not_there(loop: Loop) -> None:
    loop.replace("mappings/placement.yaml", SCORE, "customfield_99999")
    loop.fields = ("customfield_99999",)


def let_another_workspace_in(loop: Loop) -> None:
    loop.state.set_property("BILL-1", "journeysync.zzzz", {"v": 1})


def lose_the_name_of_our_page(loop: Loop) -> None:
    loop.replace("journeysync.yaml", "public_url: https://journeys.example\n", "")


def test_without_a_defect_doctor_says_where_everything_will_stand(loop: Loop) -> None:
    result = doctor(loop)
    assert result.exit_code == 0
    assert placement(result) == [
        f"{project}: journey -> label; score -> field 'Journey score' ({SCORE}); context -> link"
        for project in ("BILL", "ONB")
    ]
    [labels, _] = findings(result, "labels")
    assert labels.says.startswith("BILL: labels can be written in Bug")
    assert "requests of this hour are used" in findings(result, "budget")[0].says
    assert not loop.server.journal.over_http()


DEFECTS: tuple[tuple[Callable[[Loop], None], str, str, str], ...] = (
    (revoke("EDIT_ISSUES", "BILL"), "permissions", "BILL: no 'Edit issues', so nothing can be written", "context"),
    (revoke("LINK_ISSUES", "BILL"), "permissions", "BILL: no 'Link issues', so no remote link can", "context"),
    (revoke("BULK_CHANGE"), "permissions", "no 'Bulk change': writing takes one request a ticket", ""),
    (revoke("ADMINISTER"), "quiet", "writes send no notification mails", ""),
    (hide_the_field, "fields", "BILL: 'Journey score' (customfield_10101) cannot be edited in", "score"),
    (name_a_field_that_is_not_there, "fields", "Jira has no field with the id 'customfield_99999'", ""),
    (let_another_workspace_in, "marks", "another journeysync workspace writes here too: zzzz", ""),
    (lose_the_name_of_our_page, "placement", "context -> comment", ""),
)


@pytest.mark.parametrize(("spoil", "topic", "says", "lost"), DEFECTS, ids=[f"{d[1]}: {d[2][:40]}" for d in DEFECTS])
def test_doctor_names_the_defect_and_the_sync_after_it_never_meets_it(
    loop: Loop, spoil: Callable[[Loop], None], topic: str, says: str, lost: str
) -> None:
    spoil(loop)
    result = doctor(loop)
    assert any(says in finding.says for finding in findings(result, topic)), findings(result, topic)
    assert result.exit_code == 0, "what has a fallback is no error"
    if lost:
        bill = next(line for line in placement(result) if line.startswith("BILL"))
        assert f"{lost} -> field" not in bill
        assert f"{lost} -> link" not in bill

    assert loop.sync() == 0, loop.errors
    assert loop.store()["inbox"] == [] or all(row[0] != "failed" for row in loop.store()["inbox"])
    loop.catch_up()
    with loop.open() as workspace:
        workspace.links()
        assert workspace.plan().tickets == ()


def test_a_field_that_one_project_lacks_gives_way_to_the_label_there_and_only_there(loop: Loop) -> None:
    hide_the_field(loop)
    doctor(loop)
    assert loop.sync() == 0
    assert "journey.band-5" in labels_of(loop, "BILL-1")
    assert "journey.band-5" not in labels_of(loop, "ONB-1")


def test_a_wrong_token_a_missing_project_and_a_wrong_address_are_errors(loop: Loop) -> None:
    loop.server.add_fault("token-expired")
    assert doctor(loop).exit_code == 4
    loop.server.clear_faults()
    with loop.open() as workspace:
        connector: Any = workspace.connector(workspace.settings.connections[0])
        connector._client.scope = type(connector._client.scope)(projects=("BIL",))
        found = workspace.doctor()
    [missing] = [finding for finding in findings(found, "scope") if finding.level == "error"]
    assert "did you mean BILL?" in missing.next_step


def test_what_doctor_found_about_mails_stands_in_the_plan(loop: Loop, capsys: pytest.CaptureFixture[str]) -> None:
    loop.pull()
    with loop.open() as workspace:
        workspace.links()
        before = workspace.plan()
    show_plan(before)
    head = capsys.readouterr().out
    assert "8 tickets would move to the top of 'recently updated'" in head
    assert "Up to 8 tickets may send mails to their watchers (find out: journeysync doctor --write-test KEY)" in head
    assert (before.summary.may_mail, before.summary.jump_up, dict(before.quiet)) == (8, 8, {"billing": "unknown"})
    doctor(loop)
    with loop.open() as workspace:
        after = workspace.plan()
    assert (after.summary.may_mail, after.summary.jump_up) == (0, 8)
    assert after.checksum == before.checksum
    show_plan(after)
    assert "No mails are sent" in capsys.readouterr().out


def test_without_a_terminal_and_a_yes_no_write_is_tried(loop: Loop, capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["doctor", "--write-test", "BILL-1", "--config", str(loop.folder)])
    assert code == 64
    assert "--yes" in capsys.readouterr().err
    assert not loop.server.journal.over_http()


def test_the_write_test_leaves_nothing_behind(loop: Loop) -> None:
    loop.pull()
    before = loop.tracker()
    with loop.open() as workspace:
        result = workspace.doctor(try_writes_on="BILL-1")
    test = result.write_test
    assert test is not None
    assert [(one.slot, one.works) for one in test.tried] == [
        ("label:journey.write-test", True),
        (f"field:{SCORE}", True),
        ("link", True),
        ("property", True),
    ]
    assert (test.left, test.quiet) == ((), "yes")
    assert loop.tracker() == before
    assert all(not row.notified for row in loop.server.journal.over_http())
    with loop.open() as workspace:
        assert workspace.store.unsettled() == ()
        assert workspace.store.run(test.run) is not None
        assert not [row for rows in workspace.store.iter_ledger("billing") for row in rows]


def test_the_write_test_says_which_writes_do_not_work(loop: Loop) -> None:
    loop.pull()
    loop.state.revoke("LINK_ISSUES", project="BILL")
    before = loop.tracker()
    with loop.open() as workspace:
        test = workspace.doctor(try_writes_on="BILL-1").write_test
    assert test is not None
    broken = [one for one in test.tried if not one.works]
    assert [one.slot for one in broken] == ["link"]
    assert "Link issues" in broken[0].next_step
    assert (test.exit_code, loop.tracker()) == (3, before)


@pytest.mark.parametrize(
    "fault",
    [
        "lost:method=PUT,count=1",
        "503:method=POST,count=9,path=remotelink",
        "500:method=PUT,count=9",
        "reset:method=DELETE,count=1",
    ],
)
def test_a_write_test_that_breaks_half_way_leaves_nothing_behind_either(loop: Loop, fault: str) -> None:
    loop.pull()
    doctor(loop)
    before = loop.tracker()
    loop.fault(fault)
    with loop.open() as workspace:
        from journeysync.app.write_testing import write_test

        test = write_test(workspace, "BILL-1")
    loop.heal()
    if test.left:
        loop.sync()
        assert "write-test" not in str(loop.tracker())
    else:
        assert loop.tracker() == before


def test_a_ticket_that_is_to_be_left_alone_is_no_place_for_a_write_test(loop: Loop) -> None:
    from journeysync.errors import ConfigError

    loop.state.add_label("BILL-1", "journey.ignore")
    loop.pull()
    with loop.open() as workspace, pytest.raises(ConfigError, match="left alone"):
        workspace.doctor(try_writes_on="BILL-1")
    assert not loop.server.journal.over_http()
