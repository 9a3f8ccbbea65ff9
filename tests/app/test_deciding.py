"""What people decide: kept in a file that git can merge, heard at once, ended when it says so."""

import json
from datetime import timedelta
from typing import Any

import pytest

from journeysync.app.rebuilding import rebuild_ledger
from journeysync.errors import ConfigError


def targets(bench: Any, ticket: str) -> dict[str, str]:
    with bench.open() as workspace:
        workspace.links()
        return {str(link.target): str(link.origin) for link in workspace.explain(ticket).links.links}


def lines(bench: Any) -> list[dict[str, Any]]:
    text = (bench.folder / "decisions.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def lose_store(bench: Any) -> None:
    """Lose the store, and get the ledger back from the receipts."""
    (bench.folder / ".journeysync" / "state.db").unlink()
    with bench.open() as workspace:
        rebuild_ledger(workspace)


def test_a_link_by_hand_is_heard_at_once_written_down_and_written_to_the_ticket(bench: Any) -> None:
    ticket = bench.tracker.create("Nothing special")
    bench.sync()

    with bench.open() as workspace:
        decided = workspace.link("BILL-1", "opp-3", why="They say so", by="Product owner billing")

    assert not decided.was_linked
    assert [link.cause for link in decided.links] == ["linked by Product owner billing: They say so"]
    (line,) = lines(bench)
    assert line == {
        "id": decided.decision.id,
        "kind": "link",
        "connection": "billing",
        "ticket_id": ticket,
        "target": "OPP-3",
        "by": "Product owner billing",
        "at": "2026-11-22T12:00:01+00:00",
        "why": "They say so",
        "repository_version": decided.decision.repository_version,
    }
    bench.sync()
    assert bench.tracker.labels(ticket) == ("journey.opp-3",)
    assert bench.tracker.field(ticket, "score") == 87
    assert bench.sync().applied.plan.tickets == ()


def test_unlink_overrules_a_rule_and_is_about_its_target_only(bench: Any) -> None:
    ticket = bench.tracker.create("Tell me why")
    bench.sync()

    with bench.open() as workspace:
        decided = workspace.unlink("BILL-1", "OPP-3", why="Not this one")
    bench.sync()

    assert decided.was_linked
    assert bench.tracker.labels(ticket) == ("journey.pay-bill",)
    assert bench.tracker.field(ticket, "score") is None
    assert bench.sync().applied.plan.tickets == ()
    with bench.open() as workspace:
        explained = workspace.explain("BILL-1")
    assert [(d.kind, d.target, d.why) for d in explained.decisions] == [("unlink", "OPP-3", "Not this one")]


def test_the_newest_word_counts(bench: Any) -> None:
    ticket = bench.tracker.create("Tell me why")
    bench.sync()
    for say in ("unlink", "link", "unlink"):
        bench.clock.pass_time(minutes=1)
        with bench.open() as workspace:
            getattr(workspace, say)(ticket, "OPP-3")

    assert targets(bench, ticket) == {"pay-bill.see-why": "rule"}


def test_an_unlink_takes_out_a_label_typed_before_it_counts_and_never_removes_it(bench: Any) -> None:
    ticket = bench.tracker.create("Nothing special")
    bench.sync()
    bench.tracker.type_label(ticket, "journey.opp-3")
    bench.sync()
    bench.clock.pass_time(minutes=1)
    with bench.open() as workspace:
        workspace.unlink(ticket, "OPP-3")

    bench.sync()

    assert targets(bench, ticket) == {}
    assert bench.tracker.labels(ticket) == ("journey.opp-3",)
    bench.tracker.remove_label(ticket, "journey.opp-3")
    bench.sync()
    bench.tracker.type_label(ticket, "journey.opp-3")
    bench.sync()
    assert targets(bench, ticket) == {"OPP-3": "label"}


def test_a_decision_that_ends_is_heard_until_then_and_no_longer(bench: Any) -> None:
    ticket = bench.tracker.create("Tell me why")
    bench.sync()
    with bench.open() as workspace:
        workspace.unlink(ticket, "OPP-3", until=workspace.now() + timedelta(days=2))
    bench.sync()
    assert bench.tracker.field(ticket, "score") is None

    bench.clock.pass_time(days=1)
    assert bench.sync().applied.plan.tickets == ()
    bench.clock.pass_time(days=2)
    bench.sync()

    assert bench.tracker.field(ticket, "score") == 87


def test_a_new_store_reads_the_decisions_back(bench: Any) -> None:
    ticket = bench.tracker.create("Tell me why")
    bench.sync()
    with bench.open() as workspace:
        workspace.unlink(ticket, "OPP-3")
    bench.sync()
    lose_store(bench)

    bench.sync()

    assert targets(bench, ticket) == {"pay-bill.see-why": "rule"}
    assert len(lines(bench)) == 1
    assert bench.sync().applied.plan.tickets == ()


def test_lines_that_a_merge_brought_are_heard_in_any_order_and_twice(bench: Any) -> None:
    ticket = bench.tracker.create("Tell me why")
    bench.sync()
    for say in ("unlink", "link"):
        bench.clock.pass_time(minutes=1)
        with bench.open() as workspace:
            getattr(workspace, say)(ticket, "OPP-3")
    text = (bench.folder / "decisions.jsonl").read_text(encoding="utf-8")
    bench.write("decisions.jsonl", "\n".join([*reversed(text.splitlines()), *text.splitlines()]))  # no last newline
    lose_store(bench)

    bench.sync()
    bench.clock.pass_time(minutes=1)
    with bench.open() as workspace:
        workspace.unlink(ticket, "pay-bill.see-why")
        assert len(workspace.store.decisions()) == 3

    assert targets(bench, ticket) == {"OPP-3": "hand"}
    assert len(lines(bench)) == 5


def test_a_conflict_marker_and_a_broken_line_are_named_with_their_line(bench: Any) -> None:
    bench.write("decisions.jsonl", '<<<<<<< HEAD\n{"id": "a"}\n=======\nnot json\n>>>>>>> theirs\n')

    with pytest.raises(ConfigError) as stopped:
        bench.open()

    says = "\n".join(stopped.value.problems)
    assert "decisions.jsonl:1: a conflict marker of git" in says
    assert "decisions.jsonl:2: this is no decision: kind: Field required" in says
    assert "decisions.jsonl:4: this is no JSON object" in says
    assert "keep the lines of both sides" in says


def test_a_kind_of_a_newer_release_is_passed_over_with_a_warning(bench: Any) -> None:
    bench.write("decisions.jsonl", '{"id": "a", "kind": "bless", "at": "2026-11-22T12:00:00+00:00"}\n')

    with bench.open() as workspace:
        assert [str(warning) for warning in workspace.warnings if "bless" in str(warning)]
        assert workspace.store.decisions() == ()


@pytest.mark.parametrize(
    ("ticket", "target", "says", "next_step"),
    [
        ("BILL-9", "OPP-3", "no ticket is called 'BILL-9'", "pull"),
        (
            "BILL-1",
            "pay-bill.see-whi",
            "is called 'pay-bill.see-whi'",
            "pay-bill.see-why",
        ),
        ("BILL-1", "xyzzy", "no step, journey or opportunity is called 'xyzzy'", "journeysync coverage"),
    ],
)
def test_a_ticket_or_target_that_is_not_there_is_named_with_what_was_meant(
    bench: Any, ticket: str, target: str, says: str, next_step: str
) -> None:
    bench.tracker.create("Tell me why")
    bench.pull()

    with bench.open() as workspace, pytest.raises(ConfigError) as stopped:
        workspace.link(ticket, target)

    assert says in stopped.value.what
    assert next_step in stopped.value.next_step
    assert not (bench.folder / "decisions.jsonl").exists()


def test_a_decision_that_cannot_be_written_down_is_not_made(bench: Any) -> None:
    bench.tracker.create("Tell me why")
    bench.pull()
    with bench.open() as workspace:
        (bench.folder / "decisions.jsonl").mkdir()
        with pytest.raises(ConfigError, match="cannot be kept"):
            workspace.unlink("BILL-1", "OPP-3")
        assert workspace.store.decisions() == ()


def test_a_decision_about_an_epic_is_heard_by_what_hangs_below_it(bench: Any) -> None:
    epic = bench.tracker.create("Something", kind="epic", level=1)
    child = bench.tracker.create("Draw the button", parent=epic)
    bench.sync()

    with bench.open() as workspace:
        workspace.link(epic, "OPP-3")

    assert targets(bench, child) == {"OPP-3": "inherited"}
