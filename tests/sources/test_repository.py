"""Journeys, opportunities, personas and insights: what is read, and every way in which it can be wrong."""

# ruff: noqa: E501  # the tables of mistakes and messages are read side by side

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from journeysync.model.journey import JourneyRepository
from journeysync.sources import Problem, read_repository

Read = Callable[[Mapping[str, str]], tuple[JourneyRepository, tuple[Problem, ...]]]

BILL = """\
id: pay-bill
name: Understand and pay a bill
parent: pay
phases:
  - name: Understand
    steps:
      - {id: see-why, name: See why it changed, insights: [{id: I-7, kind: pain, says: Nobody says why, evidence: 3}]}
      - {id: pay-it, name: Pay it}
"""


def blocks(problems: tuple[Problem, ...]) -> list[str]:
    return [str(problem) for problem in problems]


def test_a_file_with_id_name_parent_and_named_steps_is_enough(read: Read) -> None:
    repository, problems = read({"b.yaml": "id: b\nname: B\nparent: pay\nphases: [{name: One, steps: [See why]}]\n"})
    assert problems == ()
    assert repository.step_by_id["b.see-why"].name == "See why"
    assert repository.step_by_id["b.see-why"].phase == "One"
    assert repository.journey_by_id["b"].level == "micro"


def test_steps_may_stand_without_phases(read: Read) -> None:
    repository, problems = read({"b.yaml": "id: b\nname: B\nparent: pay\nsteps:\n  - {id: see, name: See}\n"})
    assert problems == ()
    assert repository.steps[0].phase is None


def test_a_step_without_id_gets_one_from_its_name(read: Read) -> None:
    names = ["Über den Preis reden", "See why (it) changed!", "A very long name that goes on and on over all limits"]
    steps = "".join(f"  - name: {name}\n" for name in names)
    repository, problems = read({"b.yaml": f"id: b\nname: B\nparent: pay\nsteps:\n{steps}"})
    assert problems == ()
    ids = [step.id for step in repository.steps]
    assert ids == ["b.ueber-den-preis-reden", "b.see-why-it-changed", "b.a-very-long-name-that-goes-on-and-on"]


def test_a_name_without_latin_letters_asks_for_an_id(read: Read) -> None:
    _, problems = read({"b.yaml": "id: b\nname: B\nparent: pay\nsteps:\n  - name: 支払う\n"})
    assert problems[0].where == "journeys/b.yaml:5:11"
    assert problems[0].says == "no id can be made from the name '支払う'"


def test_words_stay_as_they_were_written(read: Read) -> None:
    repository, problems = read(
        {
            "b.yaml": "id: b\nname: 2026\nparent: pay\ngoal: no\nask: 22:30\nsteps:\n  - {id: s, name: on, today: 'yes'}\n"
        }
    )
    assert problems == ()
    journey = repository.journey_by_id["b"]
    assert (journey.name, journey.goal, journey.ask, journey.steps[0].name) == ("2026", "no", "22:30", "on")


def test_children_follow_their_parents_and_take_their_kind(read: Read) -> None:
    repository, problems = read(
        {
            "hierarchy.yaml": "lifecycles: [{id: work, name: Work, kind: employee, macro: [{id: begin, name: Begin}]}]\n",
            "a-child.yaml": "id: child\nname: C\nparent: middle\n",
            "z-middle.yaml": "id: middle\nname: M\nparent: begin\n",
        }
    )
    assert problems == ()
    assert [journey.id for journey in repository.journeys] == ["begin", "middle", "child"]
    assert {journey.kind for journey in repository.journeys} == {"employee"}


def test_old_ids_lead_to_todays_thing(read: Read) -> None:
    repository, problems = read(
        {
            "b.yaml": "id: new\nname: B\nparent: pay\nwas: [old]\nsteps:\n  - {id: s, name: S, was: [x, other.s]}\n",
            "opportunities.yaml": "opportunities:\n  - {id: OPP-1, name: O, for: [old.s, new]}\n",
        }
    )
    assert repository.journey_by_id["old"].id == "new"
    for old in ("old.s", "new.x", "other.s", "old.x"):
        assert repository.step_by_id[old].id == "new.s"
    assert repository.opportunities[0].for_ == ("new.s", "new")
    assert blocks(problems) == [
        "journeys/opportunities.yaml:2:32: warning: for: 'old.s' is called new.s now\n"
        "  next: write new.s; the old id works for now"
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("id: b\nname: B\nparent: pya\n", "journeys/b.yaml:3:9: parent: there is no journey or lifecycle 'pya'\n"
         "  did you mean: pay\n  allowed: live-with-us, pay, b"),
        ("id: b\nname: B\n", "journeys/b.yaml:1:1: parent is missing\n  allowed: pay"),
        ("id: b\nparent: pay\n", "journeys/b.yaml:1:1: name is missing"),
        ("id: b\nname:\nparent: pay\n", "journeys/b.yaml:2:1: name is empty\n  next: write a value, or take the key out"),
        ("id: Pay Bill\nname: B\nparent: pay\n", "journeys/b.yaml:1:5: id is 'Pay Bill': not an id\n"
         "  did you mean: pay-bill\n  allowed: lower-case words and hyphens, at most 40 characters"),
        ("id: b\nname: B\nparent: pay\nlevel: mikro\n", "journeys/b.yaml:4:8: level is 'mikro': not known\n"
         "  did you mean: micro\n  allowed: macro, micro"),
        ("id: b\nname: B\nparent: pay\nlevel: macro\n", "journeys/b.yaml:3:9: parent: a macro journey hangs below a "
         "lifecycle, and 'pay' is none\n  allowed: live-with-us"),
        ("id: b\nname: B\nparent: b\n", "journeys/b.yaml:3:9: parent: a circle, b > b\n  allowed: pay"),
        ("id: b\nname: B\nparent: pay\npersonas: tight-budgets\n", "journeys/b.yaml:4:11: personas: there is no persona "
         "'tight-budgets'\n  did you mean: tight-budget\n  allowed: tight-budget"),
        ("id: b\nname: B\nparent: pay\nleads_to: [pay, pey]\n", "journeys/b.yaml:4:17: leads_to: there is no journey "
         "'pey'\n  did you mean: pay\n  allowed: pay, b"),
        ("id: b\nname: B\nparent: pay\nto_be_of: c\n", "journeys/b.yaml:4:11: to_be_of: there is no journey 'c'\n"
         "  allowed: pay, b"),
        ("id: b\nname: B\nparent: pay\nstep: x\n", "journeys/b.yaml:4:1: unknown key 'step'\n  did you mean: steps\n"
         "  allowed: id, name, was, owner, ask, personas, goal, url, called, leads_to, metrics, insights, level, parent, to_be_of, phases, steps"),
        ("id: b\nname: B\nparent: pay\nsteps:\n  - {id: s, name: S, chanels: [app]}\n", "journeys/b.yaml:5:22: unknown key "
         "'chanels'\n  did you mean: channels\n  allowed: id, name, was, channels, moment_of_truth, today, to_be, "
         "personas, insights, metrics"),
        ("id: b\nname: B\nparent: pay\nsteps:\n  - {id: s, name: S}\n  - {id: s, name: T}\n", "journeys/b.yaml:6:10: the "
         "id 's' is taken already: journeys/b.yaml:5:10\n  next: give this step an id of its own"),
        ("id: b\nname: B\nparent: pay\ninsights: [{id: I-1, kind: pane, says: x}]\n", "journeys/b.yaml:4:28: kind is "
         "'pane': not known\n  did you mean: pain\n  allowed: pain, gain, need"),
        ("id: b\nname: B\nparent: pay\ninsights: [{id: i-1, kind: pain, says: x, evidence: 4}]\n", "journeys/b.yaml:4:53: "
         "evidence is '4': out of range\n  allowed: 0 to 3"),
        ("id: b\nname: B\nparent: pay\ninsights: [{id: i-1, kind: pain, says: x}]\n", "journeys/b.yaml:4:17: id is 'i-1': "
         "not an id\n  did you mean: I-1\n  allowed: a prefix and a number, like OPP-3"),
        ("id: b\nname: B\nparent: pay\nmetrics: [{id: m, name: M, better: higer, now: x}]\n", "journeys/b.yaml:4:48: now "
         "is 'x', and a number is needed"),
        ("id: b\nname: B\nparent: pay\nmetrics: [{id: m, name: M, better: lower, now: .inf}]\n", "journeys/b.yaml:4:48: "
         "now is '.inf', and a number is needed"),
        ("id: b\nname: B\nparent: pay\nmetrics: [{id: m, name: M, better: lower, on: 31.10.2026}]\n",
         "journeys/b.yaml:4:47: on is '31.10.2026', and a date like 2026-10-31 is needed"),
        ("id: b\nname: B\nparent: pay\nphases: Understand\n", "journeys/b.yaml:4:9: phases is 'Understand', and a list is "
         "needed"),
        ("id: b\nname: [B]\nparent: pay\n", "journeys/b.yaml:2:7: name is a list, and a text is needed"),
        ("id: b\nname: B\nparent: pay\nphases: [{name: P, steps: [S]}]\nsteps: [T]\n", "journeys/b.yaml:5:8: phases and "
         "steps stand side by side\n  next: move the steps into a phase"),
        ("id: ignore\nname: B\nparent: pay\n", "journeys/b.yaml:1:5: the id 'ignore' gives the label that journeysync "
         "keeps for itself\n  next: choose another id"),
        ("id: band-5\nname: B\nparent: pay\n", "journeys/b.yaml:1:5: the id 'band-5' gives the label that journeysync "
         "keeps for itself\n  next: choose another id"),
        ("- a\n", "journeys/b.yaml:1:1: the file must hold keys and values"),
        ("# nothing\n", "journeys/b.yaml:1:1: the file is empty\n  next: write a journey, or delete the file"),
    ],
)  # fmt: skip
def test_each_mistake_in_a_journey_says_where_what_and_what_is_allowed(read: Read, text: str, expected: str) -> None:
    assert expected in blocks(read({"b.yaml": text})[1])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("for: [pay-bill.see-whi]", ":2:9: for: there is no step or journey 'pay-bill.see-whi'\n"
         "  did you mean: pay-bill.see-why\n  allowed: pay-bill.see-why, pay-bill.pay-it, pay, pay-bill"),
        ("for: [see-why]", ":2:9: for: there is no step or journey 'see-why'\n  did you mean: pay-bill.see-why\n"
         "  allowed: pay-bill.see-why, pay-bill.pay-it, pay, pay-bill"),
        ("for: live-with-us", ":2:8: for: 'live-with-us' is a lifecycle; an opportunity is for steps or journeys\n"
         "  next: name its macro journeys"),
        ("because: [I-8]", ":2:13: because: there is no insight 'I-8'\n  allowed: I-7"),
        ("metric: pay-bill.calls", ":2:11: metric: there is no metric 'pay-bill.calls'\n  allowed: none is there yet"),
        ("customer_value: 12", ":2:19: customer_value is '12': out of range\n  allowed: 0 to 10"),
        ("customer_value: high", ":2:19: customer_value is 'high', and a number is needed"),
        ("customer_valu: 3", ":2:3: unknown key 'customer_valu'\n  did you mean: customer_value\n  allowed: id, name, "
         "for, was, personas, because, customer_value, business_value, votes, override, effort, objective, metric, theme, owner, state, reason, scored"),
        ("for_: [pay]", ":2:3: unknown key 'for_'\n  did you mean: for\n  allowed: id, name, "
         "for, was, personas, because, customer_value, business_value, votes, override, effort, objective, metric, theme, owner, state, reason, scored"),
        ("state: wontdo", ":2:10: state is 'wontdo': not known\n  allowed: open, doing, done, will-not"),
        ("state: will-not", ":2:10: OPP-1 will not be done, and reason is missing\n  next: write `reason:`, people will "
         "ask for it"),
        ("votes: [{by: A, customer_value: 11}]", ":2:35: customer_value is '11': out of range\n  allowed: 0 to 10"),
        ("effort: -1", ":2:11: effort is '-1': out of range\n  allowed: 0 or more"),
    ],
)  # fmt: skip
def test_each_mistake_in_an_opportunity_says_where_what_and_what_is_allowed(
    read: Read, text: str, expected: str
) -> None:
    files = {"bill.yaml": BILL, "opportunities.yaml": f"opportunities: [{{id: OPP-1, name: O,\n  {text}}}]\n"}
    assert f"journeys/opportunities.yaml{expected}" in blocks(read(files)[1])


def test_votes_and_values_do_not_stand_side_by_side(read: Read) -> None:
    votes = "votes: [{by: A, customer_value: 1}], business_value: 2"
    _, problems = read({"opportunities.yaml": f"opportunities: [{{id: OPP-1, name: O, {votes}}}]\n"})
    assert [p.says for p in problems] == ["votes stand beside customer_value or business_value"]


def test_an_override_that_ended_is_a_warning(read: Read) -> None:
    override = "override: {score: 70, because: x, until: 2026-11-21, by: A}"
    _, problems = read({"opportunities.yaml": f"opportunities: [{{id: OPP-1, name: O, {override}}}]\n"})
    assert [(p.level, p.says) for p in problems] == [
        ("warning", "the override of OPP-1 ended on 2026-11-21; the rule counts again")
    ]


def test_an_override_still_counts_on_its_last_day(read: Read) -> None:
    override = "override: {score: 70, because: x, until: 2026-11-22, by: A}"
    _, problems = read({"opportunities.yaml": f"opportunities: [{{id: OPP-1, name: O, {override}}}]\n"})
    assert problems == ()


def test_a_journey_and_an_opportunity_do_not_share_a_label(read: Read) -> None:
    files = {
        "b.yaml": "id: opp-3\nname: B\nparent: pay\n",
        "opportunities.yaml": "opportunities: [{id: OPP-3, name: O}]\n",
    }
    assert [p.says for p in read(files)[1]] == [
        "the journey 'opp-3' and the opportunity OPP-3 would share one label (journeys/opportunities.yaml:1:22)"
    ]


def test_an_id_in_two_files_names_both_places(read: Read) -> None:
    files = {"a.yaml": "id: b\nname: B\nparent: pay\n", "z/b.yaml": "# moved\nid: b\nname: C\nparent: pay\n"}
    repository, problems = read(files)
    assert blocks(problems) == [
        "journeys/z/b.yaml:2:5: the id 'b' is taken already: journeys/a.yaml:1:5\n  next: give this journey an id of its own"
    ]
    assert repository.journey_by_id["b"].name == "B"


def test_an_insight_twice_names_both_places(read: Read) -> None:
    insight = "insights: [{id: I-7, kind: pain, says: x}]"
    files = {"bill.yaml": BILL, "z.yaml": f"id: z\nname: Z\nparent: pay\n{insight}\n"}
    assert [p.says for p in read(files)[1]] == ["the id 'I-7' is taken already: journeys/bill.yaml:7:65"]


def test_an_old_id_must_not_be_a_living_one(read: Read) -> None:
    files = {"b.yaml": "id: b\nname: B\nparent: pay\nwas: [c, pay]\n", "c.yaml": "id: c\nname: C\nparent: pay\nwas: [x]\n",
             "d.yaml": "id: d\nname: D\nparent: pay\nwas: [x]\n"}  # fmt: skip
    assert [f"{p.where} {p.says}" for p in read(files)[1]] == [
        "journeys/b.yaml:4:7 was names 'c', and something of today has this id",
        "journeys/b.yaml:4:10 was names 'pay', and something of today has this id",
        "journeys/d.yaml:4:7 was names 'x', and c names it too",
    ]


def test_a_circle_of_two_is_reported_once_and_nothing_hangs(read: Read) -> None:
    files = {"b.yaml": "id: b\nname: B\nparent: c\n", "c.yaml": "id: c\nname: C\nparent: b\n", "d.yaml": "id: d\nname: D\nparent: c\n"}  # fmt: skip
    repository, problems = read(files)
    assert [p.says for p in problems] == ["parent: a circle, b > c > b"]
    assert {journey.id for journey in repository.journeys} == {"pay", "b", "c", "d"}


def test_all_problems_of_all_files_come_at_once_in_file_order(read: Read) -> None:
    files = {
        "bill.yaml": BILL.replace("name: Understand\n", "name: Understand\n    chanels: x\n").replace("parent: pay", "parent: pey"),
        "opportunities.yaml": "opportunities:\n  - {id: OPP-1, name: O, state: opn}\n  - {id: OPP-1, name: P, for: [x]}\n",
    }  # fmt: skip
    assert [p.where for p in read(files)[1]] == [
        "journeys/bill.yaml:3:9",
        "journeys/bill.yaml:6:5",
        "journeys/opportunities.yaml:2:33",
        "journeys/opportunities.yaml:3:10",
    ]


def test_one_misspelt_key_does_not_make_references_dangle(read: Read) -> None:
    files = {
        "bill.yaml": BILL.replace("evidence: 3", "evidenz: 3"),
        "opportunities.yaml": "opportunities: [{id: OPP-1, name: O, for: [pay-bill.see-why], because: [I-7]}]\n",
    }
    assert len(read(files)[1]) == 1


def test_the_first_of_several_repositories_wins_and_hidden_ids_are_listed(tmp_path: Path) -> None:
    for folder, name in (("own", "Ours"), ("shared", "Theirs")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "b.yaml").write_text(f"id: b\nname: {name}\nparent: pay\n", encoding="utf-8")
    (tmp_path / "shared/hierarchy.yaml").write_text("lifecycles: [{id: l, name: L, macro: [{id: pay, name: P}]}]\n")
    (tmp_path / "shared/c.yaml").write_text("id: c\nname: C\nparent: b\n")
    repository, problems = read_repository([tmp_path / "own", tmp_path / "shared"])
    assert repository.journey_by_id["b"].name == "Ours"
    assert repository.journey_by_id["c"].parent == "b"
    assert blocks(problems) == [
        "shared/b.yaml:1:5: warning: the journey 'b' is hidden: own/b.yaml:1:5 has the same id and its folder comes first"
    ]


def test_an_empty_folder_is_an_error_with_a_next_step(tmp_path: Path) -> None:
    (tmp_path / "journeys").mkdir()
    _, problems = read_repository([tmp_path / "journeys"])
    assert [(p.level, p.says) for p in problems] == [("error", "the folder journeys/ holds no journeys")]
    assert "journeysync init" in problems[0].next_step


def test_a_missing_folder_is_an_error_with_a_next_step(tmp_path: Path) -> None:
    _, problems = read_repository([tmp_path / "journeys"])
    assert [(p.level, p.says) for p in problems] == [("error", "the folder journeys/ does not exist")]
    assert problems[0].next_step


def test_a_file_that_ends_in_yml_is_not_overlooked_in_silence(read: Read) -> None:
    _, problems = read({"b.yml": "id: b\n"})
    assert [(p.where, p.level) for p in problems] == [("journeys/b.yml", "warning")]


def test_the_version_follows_the_content_and_not_the_file_names(read: Read, tmp_path: Path) -> None:
    version = read({"bill.yaml": BILL})[0].version
    assert read({"bill.yaml": f"# a comment\n{BILL}"})[0].version == version
    (tmp_path / "journeys/bill.yaml").rename(tmp_path / "journeys/moved.yaml")
    assert read({})[0].version == version
    assert read({"moved.yaml": BILL.replace("evidence: 3", "evidence: 2")})[0].version != version


def test_the_numbers_of_a_full_journey_arrive(read: Read) -> None:
    text = (
        "id: b\nname: B\nparent: pay\ncalled: {marketing: Campaign, billing: Bill to cash}\n"
        "metrics: [{id: calls, name: Calls, better: lower, baseline: 41, target: '25', now: 38, on: 2026-10-31}]\n"
        "steps: [{id: s, name: S, channels: app, moment_of_truth: true, personas: [tight-budget]}]\n"
    )
    repository, problems = read({"b.yaml": text})
    assert problems == ()
    journey = repository.journey_by_id["b"]
    assert journey.called == (("billing", "Bill to cash"), ("marketing", "Campaign"))
    assert repository.metric_by_id["b.calls"].target == 25
    assert str(repository.metric_by_id["b.calls"].on) == "2026-10-31"
    assert journey.steps[0].channels == ("app",)
    assert journey.steps[0].moment_of_truth is True


def test_journeys_without_a_hierarchy_say_which_file_is_missing(tmp_path: Path) -> None:
    (tmp_path / "journeys").mkdir()
    (tmp_path / "journeys/b.yaml").write_text("id: b\nname: B\nparent: pay\n")
    _, problems = read_repository([tmp_path / "journeys"])
    assert [f"{p.where} {p.says}" for p in problems] == [
        "journeys/b.yaml:3:9 parent: there is no journey or lifecycle 'pay'",
        "journeys/hierarchy.yaml no lifecycle is there, so no journey has a place",
    ]
