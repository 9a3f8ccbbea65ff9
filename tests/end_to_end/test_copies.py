"""Over HTTP: what a person's copy of a ticket carries, and a transferred issue."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from journeysync.app.proving import held_now, prove_nothing_left
from journeysync.app.taking import take_everything_out

from .loop import ALL_BRAKES, Loop
from .test_github import GitHubLoop, labels, ours

LABELS = {"journey.opp-3", "journey.pay-bill"}


@pytest.fixture
def loop(tmp_path: Path) -> Iterator[Loop]:
    loop = Loop(tmp_path, lag=0.0)
    yield loop
    loop.close()


def uninstall(loop: Any) -> Any:
    with loop.open() as workspace:
        held = held_now(workspace)
        take_everything_out(workspace, allow=ALL_BRAKES)
        return prove_nothing_left(workspace, held)


@pytest.mark.parametrize("with_links", [False, True])
def test_a_jira_issue_that_is_cloned_with_its_properties_is_not_ours_by_them(loop: Loop, with_links: bool) -> None:
    original = loop.state.create_issue("BILL", "Say why in words")
    loop.sync()
    loop.time.pass_time(60)
    twin = loop.state.clone(original.id, with_links=with_links)
    assert twin.properties.keys() == {"journeysync.k3f9"}

    for _ in range(2):
        loop.time.pass_time(60)
        assert loop.sync() == 0

    receipts = {issue.id: loop.tracker()[issue.id]["properties"]["journeysync.k3f9"] for issue in (original, twin)}
    assert [receipts[issue.id]["ticket"] for issue in (original, twin)] == [original.id, twin.id]
    assert list(receipts[twin.id]["slots"]) == ["link"]
    assert len(twin.links) == 1
    with loop.open() as workspace:
        rows = [(row.slot, row.count) for row in workspace.inbox().rows if row.kind == "unknown-origin"]
    assert sorted(rows) == [(f"label:{name}", 1) for name in sorted(LABELS)]

    assert uninstall(loop).is_clean
    assert (set(original.labels), set(twin.labels)) == (set(), LABELS)
    assert (twin.properties, twin.links) == ({}, {})


def test_a_github_issue_that_a_person_moved_out_of_scope_is_found_and_cleaned_by_an_uninstall(tmp_path: Path) -> None:
    loop = GitHubLoop(tmp_path, others=["solvane/other"])
    try:
        old = loop.create("Say why")
        loop.sync()
        for name in (*LABELS, "journey.band-5", "theirs"):
            loop.state.label(loop.state.repository("solvane/other"), name)
        loop.state.add_labels(old, "theirs")
        new = loop.state.transfer(
            old, "solvane/other"
        )  # each run is a new process: only the store knows the old number
        before = loop.written()
        loop.sync(full=True)
        assert loop.written() == before

        assert uninstall(loop).is_clean
        assert (labels(new), ours(new)) == ({"theirs"}, [])
        loop.sync()
        assert labels(new) == {"theirs"}
    finally:
        loop.server.stop()


def test_a_transferred_github_issue_stays_ours_under_its_new_id(tmp_path: Path) -> None:
    loop = GitHubLoop(tmp_path)
    try:
        old = loop.create("Say why")
        loop.sync()
        new = loop.state.transfer(old, "solvane/web")

        for _ in range(2):
            assert loop.sync(full=True) == 0

        assert labels(new) == {*LABELS, "journey.band-5"}
        assert f'"ticket":"{new.node_id}"' in ours(new)[0].replace("\\u002d", "-")
        with loop.open() as workspace:
            assert [row for row in workspace.inbox().rows if row.kind == "unknown-origin"] == []
        assert uninstall(loop).is_clean
        assert (labels(new), ours(new)) == (set(), [])
    finally:
        loop.server.stop()
