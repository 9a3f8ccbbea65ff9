"""Search that lags behind writes, clocks that disagree, ties, and reads that break half-way: no change is lost."""

import os
import random
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from .loop import SCORE, Loop, populate

SOAK = int(os.environ.get("JOURNEYSYNC_SOAK") or 0)
Start = Callable[..., Loop]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start a loop; everything about it may be said otherwise."""
    loops: list[Loop] = []

    def make(**how: Any) -> Loop:
        loops.append(Loop(tmp_path / f"work-{len(loops)}", **how))
        return loops[-1]

    yield make
    for loop in loops:
        loop.close()


def assert_store_equals_tracker(loop: Loop) -> None:
    """Check that the store holds every ticket in scope as the tracker does."""
    stored = {
        number: (values["title"], sorted(values.get("labels", ())), values.get("parent"))
        for number, (status, context, _key, values) in loop.store()["tickets"].items()
        if status == "here" and not context
    }
    there = {}
    for number, issue in loop.state.issues.items():
        values = loop.state.json(number)
        parent = (values.get("parent") or {}).get("id")
        if not issue.key.startswith("EXT-"):
            there[number] = (values["summary"], sorted(values["labels"]), parent)
    assert stored == there
    parents = {parent for _title, _labels, parent in there.values() if parent}
    assert parents <= loop.store()["tickets"].keys(), "an ancestor was never read"


class People:
    """People who work in the tracker at random times, repeatable by their seed."""

    def __init__(self, loop: Loop, seed: int) -> None:
        self.state = loop.state
        self.luck = random.Random(seed)
        self.number = 0

    def do(self) -> None:
        """Do one thing."""
        act = self.luck.choice((self.rename, self.rename, self.label, self.unlabel, self.score, self.make, self.hang))
        act()

    def some(self) -> str:
        keys = [issue.key for issue in self.state.issues.values() if not issue.key.startswith("EXT-")]
        return self.luck.choice(keys)

    def words(self) -> str:
        self.number += 1
        return self.luck.choice(("Say why", "Plain", "Paying", "Why and paying")) + f" {self.number}"

    def rename(self) -> None:
        self.state.edit(self.some(), summary=self.words())

    def label(self) -> None:
        self.state.add_label(self.some(), self.luck.choice(("journey.opp-4", "urgent", "tech-debt")))

    def unlabel(self) -> None:
        ticket = self.some()
        if labels := self.state.issue(ticket).labels:
            self.state.remove_label(ticket, self.luck.choice(labels))

    def score(self) -> None:
        self.state.set_field(self.some(), SCORE, self.luck.randint(0, 99))

    def make(self) -> None:
        self.state.create_issue(self.luck.choice(("BILL", "ONB")), self.words())

    def hang(self) -> None:
        roof = self.state.create_issue("EXT", self.words(), type="Epic")
        self.state.edit(self.some(), parent=roof.key)


@pytest.mark.parametrize("seed", range(SOAK or 2))
def test_people_and_runs_take_turns_while_search_lags_and_nothing_is_lost(start: Start, seed: int) -> None:
    luck = random.Random(seed)
    longest = luck.choice((30.0, 120.0, 500.0))
    zone = luck.choice(("UTC", "Asia/Kolkata", "Pacific/Chatham"))
    loop = start(seed=seed, lag=(0.0, longest), time_zone=zone)
    populate(loop)
    people = People(loop, seed)
    for _round in range(8):
        for _ in range(luck.randint(0, 6)):
            people.do()
            loop.time.pass_time(luck.choice((0.0, 0.0, 1.0, 40.0)))
        if luck.random() < 0.5:
            loop.fault(luck.choice(("skew:seconds=-600", "skew:seconds=600", "500:p=0.2", "cut:p=0.5", "503:after=3")))
        assert loop.sync() in (0, 3, 75)
        loop.server.clear_faults()
        loop.state.index.lag_seconds = loop.lag
        loop.time.pass_time(luck.choice((0.0, 59.0, 300.0)))
    loop.heal()

    assert loop.sync() == 0
    assert_store_equals_tracker(loop)
    loop.catch_up()
    assert loop.sync() == 0
    begun = len(loop.server.journal)
    loop.catch_up()
    assert loop.sync() == 0
    assert loop.effective(begun) == {}, "a further run found something to write"
    assert [row for row in loop.store()["inbox"] if row[0] == "failed"] == []


@pytest.mark.parametrize("seconds", [-600, 600])
def test_a_date_header_ten_minutes_off_loses_no_change(start: Start, seconds: int) -> None:
    loop = start(lag=(0.0, 300.0))
    populate(loop)
    loop.fault(f"skew:seconds={seconds}")
    for number in range(6):
        assert loop.pull() == 0
        loop.state.edit(f"BILL-{number + 3}", summary=f"Renamed {number}")
        loop.time.pass_time(150)
    loop.server.clear_faults()  # the clocks agree again, at once
    loop.state.index.lag_seconds = 0.0
    loop.time.pass_time(300)

    assert loop.pull() == 0
    assert_store_equals_tracker(loop)


def test_tickets_of_the_same_moment_are_all_read_over_the_page_edge(start: Start) -> None:
    loop = start(lag=0.0)
    loop.options["page_size"] = 4
    for number in range(11):
        loop.state.create_issue("BILL", f"Tie {number}")
    loop.time.pass_time(3600)
    assert loop.pull() == 0
    for number in range(11):
        loop.state.edit(f"BILL-{number + 1}", summary=f"Why, tie {number}")

    assert loop.pull() == 0
    assert_store_equals_tracker(loop)


def test_a_token_that_expires_half_way_through_a_pull_keeps_what_came_and_the_next_pull_goes_on(start: Start) -> None:
    loop = start(lag=0.0)
    populate(loop)
    loop.fault("token-expired:after=5")
    assert loop.pull() == 4
    loop.heal()

    assert loop.pull() == 0
    assert_store_equals_tracker(loop)


def test_ancestors_come_with_the_next_read_when_a_read_broke_before_them(start: Start) -> None:
    loop = start(lag=0.0)
    populate(loop)
    assert loop.pull() == 0
    loop.catch_up()
    roof = loop.state.create_issue("EXT", "Paying abroad", type="Epic")
    loop.state.create_issue("ONB", "Below it", parent=roof.key)
    loop.fault("503:path=/bulkfetch,after=1")
    assert loop.pull() == 75
    loop.server.clear_faults()

    assert loop.pull() == 0
    assert_store_equals_tracker(loop)


def test_a_project_that_is_hidden_during_a_sweep_removes_nothing(start: Start) -> None:
    loop = start(lag=0.0)
    populate(loop)
    assert loop.sync() == 0
    before, tracker = loop.store(), loop.tracker()
    begun = len(loop.server.journal)
    for after in range(0, 24, 5):
        loop.catch_up()
        loop.fault(f"permission-lost:project=ONB,after={after}")
        assert loop.sync(full=True) in (0, 3, 64)
        loop.heal()
        now = loop.store()
        assert now["ledger"] == before["ledger"]
        assert now["links"] == before["links"]
        assert not [number for number, row in now["tickets"].items() if row[0] == "away" and _is_gone(loop, number)]
    assert loop.effective(begun) == {}

    assert loop.sync(full=True) == 0
    assert loop.store() == before
    assert loop.tracker() == tracker


def test_a_change_whose_answer_was_lost_is_not_made_twice_and_stays_ours(start: Start) -> None:
    for fault in ("lost:method=PUT", "lost:path=/bulk/issues", "lost:path=/remotelink,method=POST"):
        loop = start(lag=0.0)
        populate(loop)
        loop.fault(fault)
        assert loop.sync() == 75
        loop.heal()
        assert loop.sync() == 0
        assert loop.sync() == 0

        assert set(loop.effective().values()) == {1}, f"{fault}: something was changed twice"
        marked = [row for row in loop.store()["marks"] if row[2] == "typed"]
        assert marked == [], f"{fault}: our labels became a person's"
        loop.replace("mappings/rules.yaml", "words: [why]", "words: [nothing]")
        assert loop.sync() == 0
        left = [each for each in loop.tracker().values() if "journey.opp-3" in each["labels"]]
        assert left == [], f"{fault}: a label of ours was left behind"
        loop.close()


def _is_gone(loop: Loop, number: str) -> bool:
    with sqlite3.connect(loop.folder / ".journeysync/state.db") as db:
        return bool(db.execute("select 1 from tickets where id = ? and status = 'gone'", (number,)).fetchone())
