"""Every fault that the sandbox can do, alone and mixed: a run ends as a clean one does, or stops cleanly.

Each scenario takes the same steps as a clean one (``loop``), with the fault on in
the first run of each step. Afterwards tracker and store equal the clean ones, step
by step, and no place was changed more often than there. Search lags behind writes
by a random time in all of them. ``JOURNEYSYNC_SOAK=N`` plays N random mixes more.
"""

import os
import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from journeysync.sandbox.faults import KINDS

from .loop import OURS, SCORE, Loop, differences, play

DONE, PARTLY, AUTH, USAGE, LATER = 0, 3, 4, 64, 75
SOAK = int(os.environ.get("JOURNEYSYNC_SOAK") or 0)

# What each kind may end with while it lasts on every request: 0 where a run has nothing to ask that it hits.
EVERYWHERE = {
    "400": {USAGE},
    "401": {AUTH},
    "403": {AUTH},
    "404": {USAGE},
    "409:method=PUT|POST|DELETE": {DONE, PARTLY, LATER},
    "410": {LATER},
    "422": {LATER},
    "429:retry-after=4000": {LATER},
    "500": {LATER},
    "502": {LATER},
    "503": {LATER},
    "504": {LATER},
    "html": {LATER},
    "reset": {LATER},
    "cut": {LATER},
    "slow:seconds=0.01": {DONE},
    "lost": {LATER},
    "delay:seconds=0.002": {DONE},
    "skew:seconds=600": {DONE},
    "skew:seconds=-600": {DONE},
    "stale:seconds=1-500": {DONE},
    "repeat-token": {DONE, LATER},
    "token-expired": {AUTH},
    "token-expired:captcha=true": {AUTH},
    "permission-lost": {USAGE},
}
HALF_WAY = {
    "token-expired:after=3": {AUTH},  # in a pull
    "token-expired:after=14": {DONE, AUTH},  # among the bulk edits
    "token-expired:after=40": {DONE, AUTH},  # among the links
    "401:path=/remotelink,after=5": {DONE, AUTH},
    "permission-lost:project=ONB": {USAGE},
    "permission-lost:project=ONB,after=6": {DONE, PARTLY, USAGE},
    "permission-lost:project=ONB,after=12": {DONE, PARTLY, USAGE},
    "permission-lost:permission=EDIT_ISSUES,after=14": {DONE, PARTLY},
    "permission-lost:permission=LINK_ISSUES,after=14": {DONE, PARTLY},
    "permission-lost:permission=BULK_CHANGE": {DONE},
    "503:after=11": {DONE, LATER},
    "429:retry-after=4000,after=30": {DONE, LATER},
}
ON_WRITE = {  # PARTLY: some tickets were answered, others not
    "lost:method=PUT": {DONE, PARTLY, LATER},
    "lost:method=PUT,p=0.6": {DONE, PARTLY, LATER},
    "lost:path=/bulk/issues": {DONE, PARTLY, LATER},
    "lost:path=/bulk/issues,count=1": {DONE},
    "lost:path=/properties/multi": {DONE, PARTLY, LATER},
    "lost:path=/remotelink,method=POST": {DONE, PARTLY, LATER},
    "lost:path=/remotelink,method=POST,p=0.6": {DONE, PARTLY, LATER},
    "lost:method=DELETE": {DONE, PARTLY, LATER},
    "404:method=DELETE": {DONE, PARTLY},
    "403:method=DELETE": {DONE, PARTLY},
    "500:path=/bulk/queue": {DONE, PARTLY, LATER},
    "500:path=/task": {DONE, PARTLY, LATER},
    "400:path=/bulk": {DONE, PARTLY},
    "400:method=PUT": {DONE, PARTLY},
    "404:path=/remotelink": {DONE, PARTLY},
    "403:path=/remotelink": {DONE, PARTLY},
    "409:count=3": {DONE},
    "html:method=PUT": {DONE, PARTLY, LATER},
    "reset:path=/bulk/issues": {DONE, PARTLY, LATER},
    "cut:method=PUT": {DONE, PARTLY, LATER},
}
ON_READ = {
    "400:path=/bulkfetch": {DONE, PARTLY},
    "403:path=/bulkfetch": {DONE, AUTH},
    "404:path=/bulkfetch": {DONE, USAGE},
    "html:path=/bulkfetch": {DONE, LATER},
    "cut:path=/bulkfetch,p=0.3": {DONE, LATER},
    "repeat-token:after=1": {DONE, LATER},
    "503:path=/bulkfetch,after=1": {DONE, LATER},  # rows come, their ancestors do not
    "500:path=/search,count=4": {DONE},
    "429:retry-after=none,p=0.3": {DONE, LATER},
    "503:retry-after=2,p=0.3": {DONE, PARTLY, LATER},
}
MIXABLE = (
    "429:retry-after=1",
    "429:retry-after=none,reset=3,reset-form=minutes",
    "500",
    "502",
    "503:retry-after=2",
    "504",
    "html",
    "reset",
    "cut",
    "lost",
    "409",
)
SHORT = (  # of the lists above, those that are played by default: each place where it once hurt
    "token-expired:after=14",
    "permission-lost:project=ONB,after=12",
    "permission-lost:permission=LINK_ISSUES,after=14",
    "lost:method=PUT",
    "lost:path=/bulk/issues",
    "404:method=DELETE",
    "404:path=/remotelink",
    "503:path=/bulkfetch,after=1",
)
ALL = EVERYWHERE | HALF_WAY | ON_WRITE | ON_READ
CHOSEN = tuple(ALL) if SOAK else SHORT
TURNS = 5
ANY = {DONE, PARTLY, LATER}

Scene = Callable[..., list[dict[str, Any]]]


@pytest.fixture(scope="module")
def golden(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """What a clean run of all steps leaves behind, after each of them."""
    loop = Loop(tmp_path_factory.mktemp("golden"))
    try:
        return play(loop)
    finally:
        loop.close()


@pytest.fixture
def play_with(tmp_path: Path, golden: list[dict[str, Any]]) -> Iterator[Scene]:
    """Play all steps under faults and compare with the clean ones after each."""
    loops: list[Loop] = []

    def run(*faults: Sequence[str], tries: int = 1, **how: Any) -> list[dict[str, Any]]:
        loop = Loop(tmp_path / "work", **how)
        loops.append(loop)
        seen = play(loop, faults, tries=tries)
        assert foreign(loop) == []
        assert not [error for error in loop.errors if loop.server.token in error or "next:" not in error]
        for clean, step in zip(golden, seen, strict=True):
            assert step["healed"] == [DONE, DONE], f"{step['step']}: {step['codes']}, then {step['healed']}"
            for what in ("tracker", "store"):
                found = differences(clean[what], step[what], what)
                assert not found, f"after '{step['step']}' ({step['codes']}):\n" + "\n".join(found)
            assert doubled(clean["effective"], step["effective"]) == {}, step["step"]
        return seen

    yield run
    for loop in loops:
        loop.close()


def foreign(loop: Loop) -> list[Any]:
    """Return the writes over HTTP that are not in a place of ours."""
    return [row for row in loop.server.journal.over_http() if not row.name.startswith(OURS) and row.name != SCORE]


def doubled(clean: Any, seen: Any) -> dict[Any, tuple[int, int]]:
    """Return the places that were not changed as often as in a clean run.

    A receipt may be written once more: it keeps true while its ticket gets the rest of what is to be there.
    """
    return {
        place: (clean[place], seen[place])
        for place in clean.keys() | seen.keys()
        if seen[place] != clean[place] and not (place[1] == "property" and clean[place] < seen[place] <= 2)
    }


def test_a_clean_run_changes_each_place_once_a_step(golden: list[dict[str, Any]]) -> None:
    assert [step["codes"] for step in golden] == [[DONE]] * 5
    assert [sum(step["effective"].values()) > 0 for step in golden] == [True, True, True, False, True]
    assert all(count == 1 for step in golden for count in step["effective"].values())
    assert all(not step["store"]["intents"] for step in golden)


def test_every_kind_of_fault_is_played() -> None:
    of_github = {"primary-limit", "secondary-limit"}
    assert {text.partition(":")[0] for text in EVERYWHERE} == set(KINDS) - of_github
    assert set(SHORT) <= set(ALL)


@pytest.mark.parametrize("turn", range(TURNS))
def test_each_kind_in_its_turn_ends_cleanly_and_changes_nothing(play_with: Scene, turn: int) -> None:
    kinds = tuple(EVERYWHERE)[turn::TURNS]

    seen = play_with(*((kind,) for kind in kinds), seed=turn)

    for step, kind in zip(seen, kinds, strict=False):
        assert set(step["codes"]) <= EVERYWHERE[kind], f"{kind} in '{step['step']}'"


@pytest.mark.parametrize("fault", CHOSEN)
def test_after_a_fault_everything_is_as_after_a_clean_run(play_with: Scene, fault: str) -> None:
    seen = play_with([fault], seed=1)

    assert {code for step in seen for code in step["codes"]} <= ALL[fault]


@pytest.mark.parametrize("seed", range(2))
def test_all_faults_mixed_at_five_percent_change_nothing(play_with: Scene, seed: int) -> None:
    seen = play_with(mix(MIXABLE, 0.05, seed), seed=seed, tries=2)

    assert {code for step in seen for code in step["codes"]} <= ANY


@pytest.mark.parametrize("seed", range(SOAK))
def test_soak(play_with: Scene, seed: int) -> None:
    luck = random.Random(1000 + seed)
    chosen = luck.sample(MIXABLE, luck.randint(1, len(MIXABLE)))
    zone = luck.choice(("UTC", "Asia/Kolkata", "America/St_Johns"))
    print(f"soak {seed}: {chosen} {zone}")  # noqa: T201 - a soak says what it played

    play_with(mix(chosen, luck.choice((0.02, 0.05, 0.2)), seed), seed=seed, tries=luck.randint(1, 3), time_zone=zone)


def mix(kinds: Any, p: float, seed: int) -> list[str]:
    """Return faults of these kinds, each with the probability and a luck of its own."""
    return [f"{kind}{',' if ':' in kind else ':'}p={p},seed={seed * 100 + n}" for n, kind in enumerate(kinds)]


def test_an_account_in_another_time_zone_sees_the_same(play_with: Scene) -> None:
    seen = play_with(["skew:seconds=600"], time_zone="Pacific/Chatham", seed=4)

    assert {code for step in seen for code in step["codes"]} == {DONE}
