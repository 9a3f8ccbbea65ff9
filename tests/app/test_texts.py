"""Our comment and our part of a description through the whole loop, on a tracker in memory."""

from datetime import timedelta
from typing import Any

import pytest

from journeysync.app.deciding import make_decision, remember
from journeysync.app.proving import held_now, prove_nothing_left
from journeysync.app.rebuilding import rebuild_ledger
from journeysync.app.taking import take_everything_out, undo
from journeysync.errors import UnsafePlan
from journeysync.model.ticket import TicketRef
from journeysync.richtext import words
from journeysync.testing import FakeTracker

PLACEMENT = "connections: {{billing: {{score: [{{field: score}}, label], context: [{place}]{more}}}}}\n"
HOUR = 3600


def placed(bench: Any, place: str, more: str = "") -> str:
    """Place the context there; return a ticket that was left alone for an hour."""
    bench.write("mappings/placement.yaml", PLACEMENT.format(place=place, more=more))
    ticket = bench.tracker.create("Tell me why the bill is higher")
    bench.tracker.edit_body(ticket, "Words of a person.\r\n\r\n- [ ] task")
    bench.tracker.type_comment(ticket, "A comment of a person.")
    bench.tracker.pass_time(HOUR)
    return ticket  # type: ignore[no-any-return]  # the bench is Any


def ours(bench: Any, ticket: str, place: str) -> str:
    """Return where our words stand: the description, or all comments."""
    return bench.tracker.body(ticket) if place == "block" else "\n".join(bench.tracker.comments(ticket))


@pytest.mark.parametrize("place", ["comment", "block"])
def test_a_ticket_tells_its_context_once_and_the_second_plan_is_empty(bench: Any, place: str) -> None:
    ticket = placed(bench, place)
    bench.sync()
    assert "Priority 87 (band 5) because of OPP-3" in ours(bench, ticket, place)
    assert bench.tracker.links(ticket) == ()
    assert place in bench.tracker.receipt(ticket)["slots"]
    bench.pull()
    assert bench.plan().tickets == ()
    bench.tracker.pass_time(30 * 24 * HOUR)
    bench.pull()
    assert bench.plan().tickets == (), "a date is no reason to write"

    bench.replace("journeys/pay-bill.yaml", "See why it changed", "See what changed")
    bench.sync()
    assert "See what changed" in ours(bench, ticket, place)
    assert ours(bench, ticket, place).count("journeysync:begin") == 1

    bench.write("mappings/rules.yaml", "rules: []\n")
    bench.tracker.pass_time(HOUR)
    bench.sync()
    assert bench.tracker.body(ticket) == "Words of a person.\r\n\r\n- [ ] task"
    assert bench.tracker.comments(ticket) == ("A comment of a person.",)
    assert bench.tracker.receipt(ticket) is None


@pytest.mark.parametrize("place", ["comment", "block"])
def test_words_that_a_person_changed_are_shown_and_kept(bench: Any, place: str) -> None:
    ticket = placed(bench, place)
    bench.sync()
    bench.tracker.change_our_words(ticket, place, "Priority 87", "Priority 1, I say")
    bench.tracker.pass_time(HOUR)
    bench.replace("journeys/pay-bill.yaml", "See why it changed", "See what changed")
    theirs = ours(bench, ticket, place)
    for _ in range(2):
        result = bench.sync()
        assert ours(bench, ticket, place) == theirs
        assert result.applied.summary.failed == 0
    bench.pull()
    plan = bench.plan()
    assert plan.tickets == ()
    assert [note.slot for note in plan.notes if note.kind == "drift"] == [place]
    with bench.open() as workspace:
        [row] = [row for row in workspace.store.inbox() if row.kind == "drift"]
        assert row.slot == place
    bench.write("mappings/placement.yaml", PLACEMENT.format(place=place, more=f", policy: {{{place}: enforce}}"))
    bench.tracker.pass_time(HOUR)
    bench.sync()
    assert "I say" not in ours(bench, ticket, place)
    assert "See what changed" in ours(bench, ticket, place)


def test_a_block_that_a_person_took_out_means_no_block_here_and_not_no_link(bench: Any) -> None:
    ticket = placed(bench, "block")
    bench.sync()
    bench.tracker.edit_body(ticket, "Mine alone.")
    bench.tracker.pass_time(HOUR)
    bench.replace("journeys/pay-bill.yaml", "See why it changed", "See what changed")
    for _ in range(2):
        bench.sync()
    assert bench.tracker.body(ticket) == "Mine alone."
    assert "journey.pay-bill" in bench.tracker.labels(ticket)


def test_a_second_copy_is_told_and_left_alone(bench: Any) -> None:
    ticket = placed(bench, "block")
    bench.sync()
    doubled = f"{bench.tracker.body(ticket)}\n\n{bench.tracker.body(ticket)}"
    bench.tracker.edit_body(ticket, doubled)
    bench.tracker.pass_time(HOUR)
    bench.replace("journeys/pay-bill.yaml", "See why it changed", "See what changed")
    bench.sync()
    assert bench.tracker.body(ticket).count("See what changed") == 1
    assert bench.tracker.body(ticket).count("See why it changed") == 1
    bench.pull()
    plan = bench.plan()
    assert plan.tickets == ()
    assert any("stands there 2 times" in note.says for note in plan.notes)


@pytest.mark.parametrize("place", ["comment", "block"])
def test_a_text_that_a_person_changed_stays_also_when_it_is_no_longer_wanted(bench: Any, place: str) -> None:
    ticket = placed(bench, place)
    bench.sync()
    bench.tracker.change_our_words(ticket, place, "Priority 87", "Priority 1, I say")
    bench.tracker.pass_time(HOUR)
    bench.write("mappings/rules.yaml", "rules: []\n")
    for _ in range(2):
        bench.sync()
    assert "I say" in ours(bench, ticket, place)
    bench.pull()
    assert bench.plan().tickets == ()


@pytest.mark.parametrize("place", ["comment", "block"])
def test_a_person_can_have_ours_back(bench: Any, place: str) -> None:
    ticket = placed(bench, place)
    bench.sync()
    bench.tracker.change_our_words(ticket, place, "Priority 87", "Priority 1, I say")
    bench.tracker.pass_time(HOUR)
    bench.replace("journeys/pay-bill.yaml", "See why it changed", "See what changed")
    bench.sync()
    bench.sync()
    with bench.open() as workspace:
        [row] = [row for row in workspace.store.inbox() if row.kind == "drift"]
        assert row.slot == place
        ref = TicketRef(connection="billing", id=ticket)
        remember(workspace, [make_decision(workspace, "take-ours", place, ticket=ref)])
    bench.tracker.pass_time(HOUR)
    bench.sync()
    assert "I say" not in ours(bench, ticket, place)
    assert "Priority 87" in ours(bench, ticket, place)


def test_a_description_is_left_alone_while_somebody_works_on_the_ticket(bench: Any) -> None:
    ticket = placed(bench, "block")
    bench.tracker.edit_body(ticket, "I am typing")
    bench.sync()
    assert bench.tracker.body(ticket) == "I am typing"
    assert "journey.pay-bill" in bench.tracker.labels(ticket)
    bench.pull()
    assert bench.plan().tickets == ()
    assert any(note.kind == "skipped" and "a few minutes ago" in note.says for note in bench.plan().notes)
    bench.tracker.pass_time(HOUR)
    bench.sync()
    assert bench.tracker.body(ticket).startswith("I am typing\n\n<!-- journeysync:begin")
    bench.pull()
    assert bench.plan().tickets == ()


@pytest.mark.parametrize("place", ["comment", "block"])
def test_undo_and_uninstall_leave_nothing_of_it(bench: Any, place: str) -> None:
    ticket = placed(bench, place)
    clean = (bench.tracker.body(ticket), bench.tracker.comments(ticket))
    with bench.open() as workspace:
        run = workspace.sync(allow=("first-run",)).applied.run
        undo(workspace, run, allow=("changed", "removed"))
    assert (bench.tracker.body(ticket), bench.tracker.comments(ticket)) == clean
    bench.sync()
    assert (bench.tracker.body(ticket), bench.tracker.comments(ticket)) != clean
    with bench.open() as workspace:
        held = held_now(workspace)
        take_everything_out(workspace, allow=("changed", "removed"))
        assert prove_nothing_left(workspace, held).is_clean
    assert (bench.tracker.body(ticket), bench.tracker.comments(ticket)) == clean


@pytest.mark.parametrize("place", ["comment", "block"])
def test_a_lost_store_is_rebuilt_and_plans_nothing(bench: Any, place: str) -> None:
    ticket = placed(bench, place)
    bench.sync()
    told = ours(bench, ticket, place)
    for file in bench.folder.glob(".journeysync/*"):
        file.unlink()
    with bench.open() as workspace:
        workspace.pull()
        workspace.links()
        with pytest.raises(UnsafePlan):
            workspace.apply()
        rebuild_ledger(workspace)
        assert workspace.plan().tickets == ()
    bench.replace("journeys/pay-bill.yaml", "See why it changed", "See what changed")
    bench.tracker.pass_time(HOUR)
    bench.sync()
    assert ours(bench, ticket, place) == told.replace("See why it changed", "See what changed") or (
        "See what changed" in ours(bench, ticket, place)
    )
    assert ours(bench, ticket, place).count("journeysync:begin") == 1


def test_new_words_of_a_release_alone_plan_no_write_and_refresh_writes_them(
    bench: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ticket = placed(bench, "comment")
    bench.sync()
    monkeypatch.setattr(words, "_EVIDENCE", ("a guess", "one person", "several people", "counted"))
    bench.pull()
    assert bench.plan().tickets == ()
    assert "measured" in ours(bench, ticket, "comment")
    with bench.open() as workspace:
        workspace.apply(refresh=True, allow=("changed",))
    assert "counted" in ours(bench, ticket, "comment")
    bench.pull()
    assert bench.plan().tickets == ()


def test_a_tracker_without_links_takes_a_comment_instead_and_says_so(bench: Any) -> None:
    bench.tracker = FakeTracker(clock=bench.clock, cannot={"link": "this tracker has no links"})
    ticket = bench.tracker.create("Tell me why")
    bench.sync()
    assert "Priority 87" in bench.tracker.comments(ticket)[0]
    assert any("context -> comment" in note.says for note in bench.plan().notes)


def test_other_teams_that_come_and_go_are_taken_along_with_time(bench: Any) -> None:
    bench.write(
        "mappings/vocabulary.yaml",
        "teams:\n  billing: {name: Billing, where: {project: [BILL]}}\n"
        "  onboarding: {name: Onboarding, where: {project: [ONB]}}\n",
    )
    ticket = placed(bench, "comment")
    bench.sync()
    assert "Also working here" not in ours(bench, ticket, "comment")
    bench.tracker.create("Why so", project="ONB")
    bench.tracker.journal.clear()
    bench.sync()
    assert {written.ticket for written in bench.tracker.journal} != {ticket}
    assert "Also working here" not in ours(bench, ticket, "comment")
    bench.clock.pass_time(seconds=timedelta(days=8).total_seconds())
    bench.sync()
    assert "Also working here: Onboarding." in ours(bench, ticket, "comment")
    bench.pull()
    assert bench.plan().tickets == ()


@pytest.mark.parametrize("way_out", ["rule", "uninstall"])
def test_a_comment_that_a_person_deleted_holds_up_nothing_else_in_its_ticket(bench: Any, way_out: str) -> None:
    """No list tells that a comment is gone; the look right before the write does."""
    ticket = placed(bench, "comment")
    bench.sync()
    bench.tracker.edit_comment(ticket, 1, "")

    if way_out == "rule":
        bench.write("mappings/rules.yaml", "rules: []\n")
        bench.sync()
        bench.sync()  # what was seen by the one run is written by the next
        bench.pull()
        assert bench.plan().tickets == ()
    else:
        with bench.open() as workspace:
            held = held_now(workspace)
            take_everything_out(workspace, allow=("removed", "changed"))
            assert prove_nothing_left(workspace, held).is_clean

    assert (bench.tracker.labels(ticket), bench.tracker.receipt(ticket)) == ((), None)
    assert bench.tracker.comments(ticket) == ("A comment of a person.",)
