"""Copies of tickets and tickets that get another id: whose our marks are then, and what becomes of a receipt."""

from typing import Any

from journeysync.app.proving import held_now, prove_nothing_left
from journeysync.app.pull import save_tickets
from journeysync.app.rebuilding import rebuild_ledger
from journeysync.app.taking import take_everything_out, undo
from journeysync.core.restrict import printed_changes

LABELS = {"journey.opp-3", "journey.pay-bill"}
ALLOW = ("removed", "changed", "first-run")
NO_RULES = "rules: []\n"


def inbox(bench: Any, kind: str) -> list[tuple[str, int]]:
    with bench.open() as workspace:
        return [(row.slot, row.count) for row in workspace.inbox().rows if row.kind == kind]


def notes(plan: Any, ticket: str) -> list[str]:
    return [note.says for note in plan.notes if note.ticket is not None and note.ticket.id == ticket]


def uninstall(bench: Any) -> Any:
    with bench.open() as workspace:
        held = held_now(workspace)
        take_everything_out(workspace, allow=ALLOW)
        return prove_nothing_left(workspace, held)


def lose_the_store(bench: Any) -> None:
    for path in (bench.folder / ".journeysync").iterdir():
        path.unlink()


def test_a_receipt_says_for_which_ticket_it_was_written(bench: Any) -> None:
    ticket = bench.tracker.create("Why me")

    bench.sync()

    assert bench.tracker.receipt(ticket)["ticket"] == ticket


def test_labels_that_came_with_a_copied_receipt_are_of_unknown_origin_and_never_taken_off(bench: Any) -> None:
    original = bench.tracker.create("Why me")
    bench.sync()
    twin = bench.tracker.clone(original, with_receipt=True)

    result = bench.sync()

    assert sorted(inbox(bench, "unknown-origin")) == [("label:journey.opp-3", 1), ("label:journey.pay-bill", 1)]
    (says,) = [says for says in notes(result.applied.plan, twin) if "came along with a copy" in says]
    assert f"that of ticket {original}" in says
    receipt = bench.tracker.receipt(twin)
    assert (receipt["ticket"], sorted(receipt["slots"])) == (twin, ["link"])  # only what we wrote there ourselves
    assert bench.sync().applied.plan.tickets == ()

    bench.write("mappings/rules.yaml", NO_RULES)
    bench.sync()

    assert set(bench.tracker.labels(twin)) == LABELS
    assert (bench.tracker.receipt(twin), bench.tracker.links(twin)) == (None, ())
    assert set(bench.tracker.labels(original)) == set()
    proof = uninstall(bench)
    assert proof.is_clean
    assert {left.slot for left in proof.typed} == {f"label:{name}" for name in LABELS}
    assert {left.ticket for left in proof.typed} == {f"billing/{twin}"}


def test_the_receipt_of_another_ticket_is_taken_out_where_nothing_is_wanted(bench: Any) -> None:
    original = bench.tracker.create("Why me")
    bench.sync()
    twin = bench.tracker.clone(original, with_receipt=True)
    bench.tracker.edit_title(twin, "Something else")

    result = bench.sync()

    [planned] = result.applied.plan.tickets
    assert [(change.slot, change.after) for change in planned.changes] == [("link", None), ("property", None)]
    assert "came along with a copy" in planned.changes[1].cause
    assert bench.tracker.receipt(twin) is None
    assert set(bench.tracker.labels(twin)) == LABELS
    assert bench.sync().applied.plan.tickets == ()


def test_an_adopted_copy_is_ours_again(bench: Any) -> None:
    original = bench.tracker.create("Why me")
    bench.sync()
    twin = bench.tracker.clone(original, with_receipt=True)
    bench.sync()

    with bench.open() as workspace:
        for label in LABELS:
            workspace.inbox_action("adopt", label)
    bench.sync()
    assert set(bench.tracker.receipt(twin)["slots"]) >= {f"label:{label}" for label in LABELS}
    uninstall(bench)

    assert bench.tracker.labels(twin) == ()


def test_a_copy_is_not_taken_for_ours_when_the_store_is_lost(bench: Any) -> None:
    original = bench.tracker.create("Why me")
    bench.sync()
    twin = bench.tracker.clone(original, with_receipt=True)
    lose_the_store(bench)

    with bench.open() as workspace:
        [row] = rebuild_ledger(workspace).connections

    assert (row.tickets, row.copied) == (1, 1)
    assert dict(row.unknown_labels) == dict.fromkeys(LABELS, 1)
    assert uninstall(bench).is_clean
    assert bench.tracker.labels(original) == ()
    assert set(bench.tracker.labels(twin)) == LABELS


def test_a_receipt_of_an_older_release_counts_and_is_not_rewritten_for_that_alone(bench: Any) -> None:
    ticket = bench.tracker.create("Why me")
    bench.sync()
    old = {name: value for name, value in bench.tracker.receipt(ticket).items() if name != "ticket"}
    bench.tracker.put_receipt(ticket, old)
    bench.tracker.edit_title(ticket, "Why me, please")

    assert bench.sync().applied.plan.tickets == ()
    assert bench.tracker.receipt(ticket) == old
    lose_the_store(bench)
    with bench.open() as workspace:
        rebuild_ledger(workspace)
    assert bench.sync().applied.plan.tickets == ()

    bench.replace("journeys/opportunities.yaml", "customer_value: 9.3", "customer_value: 1.0")
    bench.sync()
    assert bench.tracker.receipt(ticket)["ticket"] == ticket


def test_a_plan_file_and_an_undo_write_receipts_that_say_whose_they_are(bench: Any) -> None:
    original = bench.tracker.create("Why me")
    bench.sync()
    before = bench.tracker.receipt(original)
    twin = bench.tracker.clone(original, with_receipt=True)
    bench.tracker.edit_title(twin, "Why me and why you")
    bench.tracker.remove_label(twin, "journey.opp-3")
    bench.pull()
    plan = bench.plan()
    printed = frozenset(name for name in printed_changes(plan) if name[2] in ("link", "property"))

    with bench.open() as workspace:
        run = workspace.apply(printed=printed, allow=ALLOW).run

    assert bench.tracker.receipt(twin)["ticket"] == twin
    assert list(bench.tracker.receipt(twin)["slots"]) == ["link"]
    with bench.open() as workspace:
        undo(workspace, run, allow=ALLOW)
    assert bench.tracker.receipt(twin) is None
    assert bench.tracker.receipt(original) == before


def test_what_we_hold_and_what_people_decided_follows_a_ticket_to_its_new_id(bench: Any) -> None:
    old = bench.tracker.create("Why me")
    bench.sync()
    with bench.open() as workspace:
        workspace.link(old, "OPP-4", why="the product owner says so", by="ann")
    bench.sync()
    labels = set(bench.tracker.labels(old))
    assert labels == {*LABELS, "journey.opp-4"}
    new = bench.tracker.move(old, "ONB", new_id=True)

    bench.sync()

    assert inbox(bench, "unknown-origin") == []
    assert set(bench.tracker.labels(new)) == labels  # the link by hand as well
    assert bench.tracker.receipt(new)["ticket"] == new
    bench.sync(full=True)
    assert bench.sync().applied.plan.tickets == ()
    proof = uninstall(bench)
    assert (proof.ours, proof.typed) == ((), ())
    assert (bench.tracker.labels(new), bench.tracker.field(new, "score")) == ((), None)


def test_a_label_that_the_tracker_dropped_on_the_way_is_nobodys_no(bench: Any) -> None:
    old = bench.tracker.create("Why me")
    bench.sync()
    new = bench.tracker.move(old, "ONB", new_id=True)
    bench.tracker.remove_label(new, "journey.opp-3")

    bench.sync(full=True)

    assert inbox(bench, "refused") == []
    assert set(bench.tracker.labels(new)) == LABELS


def test_a_sweep_finds_the_new_id_of_a_ticket_that_holds_no_receipt(bench: Any) -> None:
    old = bench.tracker.create("Why me")
    bench.sync()
    new = bench.tracker.move(old, "ONB", new_id=True)
    bench.tracker.put_receipt(new, None)
    bench.sync()
    assert len(inbox(bench, "unknown-origin")) == 2  # so far nobody can tell

    bench.sync(full=True)

    assert inbox(bench, "unknown-origin") == []
    uninstall(bench)
    assert bench.tracker.labels(new) == ()


def test_an_uninstall_finds_a_receipt_that_no_list_tells_of(bench: Any) -> None:
    """A receipt that another app copied changes no time that lists go by: so an uninstall reads from the beginning."""
    original, other = bench.tracker.create("Why me"), bench.tracker.create("Something else")
    bench.sync()
    bench.tracker.put_receipt(other, bench.tracker.receipt(original))

    assert uninstall(bench).is_clean
    assert bench.tracker.receipt(other) is None


def test_a_block_that_a_person_copied_is_theirs_and_leaves_nothing_behind(bench: Any) -> None:
    copied = "<!-- journeysync:begin v1 k3f9 7f3a19c2 -->\ntext\n<!-- journeysync:end k3f9 -->"
    ticket = bench.tracker.create("Something else", body=copied)
    bench.sync()

    proof = uninstall(bench)

    assert (proof.ours, [left.slot for left in proof.typed]) == ((), ["block"])
    assert bench.tracker._shown(ticket).body == copied


def test_a_ticket_that_left_the_scope_does_not_come_back_by_being_looked_at(bench: Any) -> None:
    ticket = bench.tracker.create("Why me")
    bench.sync()
    bench.tracker.move(ticket, "OTHER")
    bench.sync(full=True)

    with bench.open() as workspace:
        [found] = [seen.ticket for seen in bench.tracker.observe([ticket], frozenset())]
        save_tickets(workspace, "billing", [found.model_copy(update={"context": False})])  # one that cannot tell
        assert list(workspace.store.status_of([found.ref]).values()) == ["out_of_scope"]


def test_an_ancestor_out_of_scope_is_not_written_because_it_was_looked_at(bench: Any) -> None:
    top = bench.tracker.create("Why, for all", project="OTHER")
    bench.tracker.create("Why me", parent=top)
    bench.sync()

    with bench.open() as workspace:
        [found] = [seen.ticket for seen in bench.tracker.observe([top], frozenset())]
        save_tickets(workspace, "billing", [found.model_copy(update={"context": False})])
    bench.sync()

    assert bench.tracker.labels(top) == ()


def test_a_lost_store_is_rebuilt_from_the_receipt_of_a_ticket_that_has_another_id_now(bench: Any) -> None:
    old = bench.tracker.create("Why me")
    bench.sync()
    new = bench.tracker.move(old, "ONB", new_id=True)
    lose_the_store(bench)

    with bench.open() as workspace:
        [row] = rebuild_ledger(workspace).connections

    assert (row.tickets, row.copied, row.unknown_labels) == (1, 0, ())
    bench.sync()
    assert bench.tracker.receipt(new)["ticket"] == new
    assert uninstall(bench).is_clean
    assert bench.tracker.labels(new) == ()


def test_a_no_that_was_said_while_the_store_was_lost_is_not_forgotten_by_the_next_write(bench: Any) -> None:
    """The ticket was hidden when the ledger was rebuilt, so only its receipt knows what was ours there."""
    ticket, other = bench.tracker.create("Why me"), bench.tracker.create("Why others")
    bench.sync()
    bench.tracker.hide(ticket)
    lose_the_store(bench)
    with bench.open() as workspace:
        rebuild_ledger(workspace)
    bench.tracker.show(ticket)
    bench.tracker.remove_label(ticket, "journey.opp-3")
    bench.replace("journeys/opportunities.yaml", "customer_value: 9.3", "customer_value: 1.0")

    for _ in range(3):
        bench.sync()

    assert bench.tracker.labels(ticket) == ("journey.pay-bill",)
    assert set(bench.tracker.labels(other)) == LABELS
    assert bench.sync().applied.plan.tickets == ()
