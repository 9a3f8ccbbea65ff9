"""Words that no vocabulary maps, and tickets of no team: told by validate and doctor, refused where that is wanted."""

from typing import Any

import pytest

from journeysync.app.validating import validate
from journeysync.errors import ConfigError
from journeysync.model.ticket import State

VOCABULARY = """
teams:
  billing:
    where: {project: [BILL]}
    kinds: {story: [Feature]}
    states: {dropped: [Invalid]}
"""
KIND = "billing: the kind 'Spike' is not in our words (2 tickets)"
STATE = "billing: the state 'Obsolete' is not in our words (1 ticket)"
NO_TEAM = "3 tickets of billing, ONB belong to no team"


@pytest.fixture
def spoken(bench: Any) -> Any:
    """A backlog with words of its own."""
    bench.write("mappings/vocabulary.yaml", VOCABULARY)
    for kind in ("Spike", "Spike", "Feature"):
        bench.tracker.create("Why", kind_word=kind)
    bench.tracker.create("Done", state=State.DONE, resolution="Obsolete")
    for _ in range(3):
        bench.tracker.create("Somebody's", project="ONB")
    bench.sync()
    return bench


def problems(bench: Any) -> list[tuple[str, str]]:
    found = validate(bench.folder / "journeysync.yaml", bench.env).problems
    return [(problem.says, problem.level) for problem in found if "vocabulary" in problem.where]


def test_validate_and_doctor_name_unmapped_words_with_their_counts_and_tickets_of_no_team(spoken: Any) -> None:
    assert problems(spoken) == [(KIND, "warning"), (STATE, "warning"), (NO_TEAM, "warning")]
    with spoken.open() as workspace:
        said = [(f.says, f.level) for f in workspace.doctor().workspace if f.topic == "vocabulary"]
        assert said == [(KIND, "warning"), (STATE, "warning"), (NO_TEAM, "warning")]
        assert workspace.links().without_team == 3
        assert workspace.doctor().exit_code == 0


def test_a_vocabulary_may_refuse_words_that_nobody_mapped(spoken: Any) -> None:
    spoken.write("mappings/vocabulary.yaml", VOCABULARY + "unknown_words: refuse\n")
    assert problems(spoken) == [(KIND, "error"), (STATE, "error"), (NO_TEAM, "warning")]
    with spoken.open() as workspace:
        assert workspace.doctor().exit_code == 1
        workspace.pull()  # reading goes on
        with pytest.raises(ConfigError, match="2 words of the trackers are not in our words") as caught:
            workspace.plan()
        assert caught.value.problems == (KIND, STATE)
        with pytest.raises(ConfigError):
            workspace.sync(allow=("changed", "first-run"))
    spoken.replace("mappings/vocabulary.yaml", "[Feature]", "[Feature, Spike]")
    spoken.replace("mappings/vocabulary.yaml", "[Invalid]", "[Invalid, Obsolete]")
    assert problems(spoken) == [(NO_TEAM, "warning")]
    with spoken.open() as workspace:
        workspace.links()
        assert workspace.plan() is not None


def test_where_all_is_mapped_doctor_says_so_and_without_teams_nothing_is_asked(spoken: Any) -> None:
    spoken.write(
        "mappings/vocabulary.yaml",
        "teams:\n  all: {where: {}, kinds: {story: [Spike, Feature]}, states: {done: [Obsolete]}}\n",
    )
    assert problems(spoken) == []
    with spoken.open() as workspace:
        assert [f.level for f in workspace.doctor().workspace if f.topic == "vocabulary"] == ["ok"]
    spoken.write("mappings/vocabulary.yaml", "teams: {}\n")
    assert problems(spoken) == []
    with spoken.open() as workspace:
        assert [f for f in workspace.doctor().workspace if f.topic == "vocabulary"] == []
        assert workspace.links().without_team == 0
