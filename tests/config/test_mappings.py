"""rules, vocabulary, scoring, placement and coverage: what people write, and what is wrong with it."""

# ruff: noqa: E501  # the tables of mistakes and messages are read side by side

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from journeysync.config import Settings, load_settings
from journeysync.model.link import Target
from journeysync.model.placement import Place, SlotPolicy
from journeysync.model.rule import Condition, Example

Write = Callable[[Mapping[str, str]], Path]


def blocks(path: Path) -> list[str]:
    return [str(problem) for problem in load_settings(path, {})[1]]


def good(path: Path) -> Settings:
    settings, problems = load_settings(path, {})
    assert problems == ()
    assert settings is not None
    return settings


def test_a_rule_with_all_that_people_write(write: Write) -> None:
    text = """\
rules:
  - id: bill-explained
    when:
      all:
        - {project: BILL}
        - any:
            - {component: [Invoicing, Bill view]}
            - {words: why, in: title}
    unless: {label: chore}
    link: {step: pay-bill.see-why, opportunity: [OPP-3, OPP-4], journey: pay-bill}
    confidence: 0.9
    why: Because
    expect:
      hits: [BILL-204, owner/repo#12, "Show 204-BILL", {title: T, labels: [a], component: b, project: BILL}]
      misses: Upgrade
"""
    rule = good(write({"mappings/rules.yaml": text})).rules[0]
    inner = Condition(
        all=(
            Condition(project=("BILL",)),
            Condition(any=(Condition(component=("Invoicing", "Bill view")), Condition(words=("why",), in_=("title",)))),
        )
    )
    assert rule.when == Condition(all=(inner,), unless=Condition(label=("chore",)))
    assert [str(target) for target in rule.targets] == ["pay-bill.see-why", "pay-bill", "OPP-3", "OPP-4"]
    assert rule.targets[1] == Target(kind="journey", id="pay-bill")
    assert rule.expect.hits == (
        Example(key="BILL-204"),
        Example(key="owner/repo#12"),
        Example(title="Show 204-BILL"),
        Example(title="T", labels=("a",), components=("b",), project="BILL"),
    )
    assert rule.expect.misses == (Example(title="Upgrade"),)
    assert rule.where == "mappings/rules.yaml:2:9"


def test_rules_in_a_folder_are_read_in_name_order(write: Write) -> None:
    def rule(name: str) -> str:
        return f"rules: [{{id: {name}, when: {{label: {name}}}, enabling: x}}]\n"

    files = {"mappings/rules/20.yaml": rule("c"), "mappings/rules/10.yaml": rule("b"), "mappings/rules.yaml": rule("a")}
    settings = good(write(files))
    assert [r.id for r in settings.rules] == ["a", "b", "c"]
    assert settings.rules[1].where == "mappings/rules/10.yaml:1:14"


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("{id: r, when: {labels: x}, enabling: e}", "mappings/rules.yaml:2:20: unknown key 'labels'\n"
         "  did you mean: label\n  allowed: all, any, unless, connection, project, team, key, kind, state, label, "
         "component, milestone, under, words, phrase, regex, in"),
        ("{id: r, when: {not: {label: x}}, enabling: e}", "mappings/rules.yaml:2:20: unknown key 'not'\n"
         "  did you mean: unless\n  allowed: all, any, unless, connection, project, team, key, kind, state, label, "
         "component, milestone, under, words, phrase, regex, in"),
        ("{id: r, when: {any: {label: x}}, enabling: e}", "mappings/rules.yaml:2:25: any is a mapping (keys and values), "
         "and a list is needed"),
        ("{id: r, when: {}, enabling: e}", "mappings/rules.yaml:2:19: when is empty: it would hit every ticket\n"
         "  next: write what a ticket must be like"),
        ("{id: r, when: {any: [{label: x}, {}]}, enabling: e}", "mappings/rules.yaml:2:38: any is empty: it would hit "
         "every ticket\n  next: write what a ticket must be like"),
        ("{id: r, when: {label: []}, enabling: e}", "mappings/rules.yaml:2:27: label is empty"),
        ("{id: r, when: {label: x, in: title}, enabling: e}", "mappings/rules.yaml:2:34: `in` stands without words, "
         "phrase or regex\n  next: take it out, or say what to look for"),
        ("{id: r, when: {words: x, in: [titel]}, enabling: e}", "mappings/rules.yaml:2:35: in is 'titel': not known\n"
         "  did you mean: title\n  allowed: title, body"),
        ("{id: r, when: {label: x}}", "mappings/rules.yaml:2:10: the rule 'r' links nothing\n"
         "  next: write `link: {step: ...}` (or journey, opportunity), or `enabling:` for work without a step"),
        ("{id: r, when: {label: x}, link: {}}", "mappings/rules.yaml:2:10: the rule 'r' links nothing\n"
         "  next: write `link: {step: ...}` (or journey, opportunity), or `enabling:` for work without a step"),
        ("{id: r, when: {label: x}, link: {step: a.b}, enabling: e}", "mappings/rules.yaml:2:60: link and enabling stand "
         "side by side: work has a step, or none\n  next: keep one of the two"),
        ("{id: r, when: {label: x}, link: {steps: a.b}}", "mappings/rules.yaml:2:38: unknown key 'steps'\n"
         "  did you mean: step\n  allowed: step, journey, opportunity"),
        ("{id: r, when: {label: x}, enabling: e, confidence: 90}", "mappings/rules.yaml:2:56: confidence is '90': out of "
         "range\n  allowed: 0 to 1"),
        ("{id: r, when: {label: x}, enabling: e, stop: maybe}", "mappings/rules.yaml:2:50: stop is 'maybe', and true or "
         "false is needed"),
        ("{id: R 1, when: {label: x}, enabling: e}", "mappings/rules.yaml:2:10: id is 'R 1': not an id\n"
         "  did you mean: r-1\n  allowed: lower-case words and hyphens, at most 60 characters"),
        ("{when: {label: x}, enabling: e}", "mappings/rules.yaml:2:5: id is missing"),
        ("{id: r, when: {regex: '(?=x)a'}, enabling: e}", "mappings/rules.yaml:2:27: regex: RE2 does not take this "
         "pattern: invalid perl operator: (?=\n  next: RE2 runs in linear time: no lookahead, no lookbehind, no back "
         "references; use `unless:` for exceptions"),
        ("{id: r, when: {unless: {regex: [ok, '(a)\\1']}}, enabling: e}", "mappings/rules.yaml:2:41: regex: RE2 does not "
         "take this pattern: invalid escape sequence: \\1\n  next: RE2 runs in linear time: no lookahead, no lookbehind, "
         "no back references; use `unless:` for exceptions"),
        ("{id: r, when: {any: [{regex: '('}]}, enabling: e}", "mappings/rules.yaml:2:34: regex: RE2 does not take this "
         "pattern: missing ): (\n  next: RE2 runs in linear time: no lookahead, no lookbehind, no back references; use "
         "`unless:` for exceptions"),
        ("{id: r, when: {label: x}, enabling: e}\n  - {id: r, when: {label: y}, enabling: e}", "mappings/rules.yaml:3:10: "
         "the rule 'r' stands here a second time (first in mappings/rules.yaml:2:10)\n"
         "  next: give each rule an id of its own"),
        ("{id: r, when: {label: x}, enabling: e}\n  - {id: s, when: {label: x}, link: {opportunity: OPP-3}}",
         "mappings/rules.yaml:3:10: the rules r and s disagree: the same `when`, and enabling e against a link to OPP-3\n"
         "  next: keep one of them (the other one stands in mappings/rules.yaml:2:10)"),
        ("{id: r, when: {label: x}, enabling: e, stop: true}\n  - {id: s, when: {label: x}, enabling: e}",
         "mappings/rules.yaml:3:10: warning: the rule s never runs: r asks the same and stops (mappings/rules.yaml:2:10)\n"
         "  next: put both links into one rule"),
        ("{id: r, when: {label: x}, enabling: e, expect: {hit: [a]}}", "mappings/rules.yaml:2:53: unknown key 'hit'\n"
         "  did you mean: hits\n  allowed: hits, misses"),
    ],
)  # fmt: skip
def test_each_mistake_in_a_rule_says_where_what_and_what_is_allowed(write: Write, rule: str, expected: str) -> None:
    assert expected in blocks(write({"mappings/rules.yaml": f"rules:\n  - {rule}\n"}))


def test_a_pattern_that_would_explode_elsewhere_is_fine_for_re2(write: Write) -> None:
    good(write({"mappings/rules.yaml": "rules: [{id: r, when: {regex: '(a+)+$'}, enabling: e}]\n"}))


def test_re2_prints_nothing_of_its_own(write: Write, capfd: pytest.CaptureFixture[str]) -> None:
    blocks(write({"mappings/rules.yaml": "rules: [{id: r, when: {regex: '('}, enabling: e}]\n"}))
    assert capfd.readouterr() == ("", "")


def test_the_words_of_a_team_arrive_in_file_order(write: Write) -> None:
    text = """\
teams:
  web: {where: {connection: billing, project: BILL}, kinds: {epic: [Theme]}, states: {dropped: ["Won't do"]}}
  app: {name: App, where: {connection: billing}}
unknown_words: refuse
"""
    vocabulary = good(write({"mappings/vocabulary.yaml": text})).vocabulary
    assert [(team.id, team.name) for team in vocabulary.teams] == [("web", "web"), ("app", "App")]
    assert vocabulary.teams[0].states == (("dropped", ("Won't do",)),)
    assert vocabulary.unknown_words == "refuse"


@pytest.mark.parametrize(
    ("file", "text", "expected"),
    [
        ("vocabulary", "teams: {web: {where: {}, states: {wontdo: [x]}}}", "mappings/vocabulary.yaml:1:35: states is "
         "'wontdo': not known\n  allowed: todo, doing, done, dropped"),
        ("vocabulary", "teams: {web: {where: {}, states: {done: [x], dropped: [y, X]}}}", "mappings/vocabulary.yaml:1:59: "
         "states: 'X' means done already\n  next: a word of a team has one meaning: keep one"),
        ("vocabulary", "teams: {web: {where: {}, kinds: {epics: [x]}}}", "mappings/vocabulary.yaml:1:41: warning: kinds: "
         "'epics' is a kind of your own\n  did you mean: epic"),
        ("vocabulary", "teams: {web: {}}", "mappings/vocabulary.yaml:1:14: where is missing"),
        ("vocabulary", "unknown_words: repot", "mappings/vocabulary.yaml:1:16: unknown_words is 'repot': not known\n"
         "  did you mean: report\n  allowed: report, refuse"),
        ("scoring", "opportunity: {preset: equals}", "mappings/scoring.yaml:1:23: preset is 'equals': not known\n"
         "  did you mean: equal\n  allowed: equal, weighted"),
        ("scoring", "opportunity: {preset: equal, formula: equal}", "mappings/scoring.yaml:1:39: preset and formula stand "
         "side by side\n  next: keep one of the two"),
        ("scoring", "opportunity: {preset: weighted}", "mappings/scoring.yaml:1:14: weights are missing\n"
         "  next: weights: {customer_value: 0.6, business_value: 0.4}"),
        ("scoring", "opportunity: {preset: weighted, weights: {customer_value: 0.6, business_value: 0.6}}",
         "mappings/scoring.yaml:1:42: the weights must be two, together 1 (now 1.2)\n"
         "  allowed: customer_value and business_value, for example 0.6 and 0.4"),
        ("scoring", "bands: {5: 80, 4: 60, 3: 40, 2: 20}", "mappings/scoring.yaml:1:8: bands: 1 is missing\n"
         "  allowed: all five, for example {5: 80, 4: 60, 3: 40, 2: 20, 1: 0}"),
        ("scoring", "bands: {5: 80, 4: 80, 3: 40, 2: 20, 1: 0}", "mappings/scoring.yaml:1:12: bands: the edge of 5 must be "
         "above the edge of 4"),
        ("scoring", "bands: {5: 80, 4: 60, 3: 40, 2: 20, 1: 5}", "mappings/scoring.yaml:1:40: bands: 1 must start at 0, or "
         "low scores have no band"),
        ("scoring", "bands: {6: 80}", "mappings/scoring.yaml:1:9: bands is '6': not known\n  allowed: 1, 2, 3, 4, 5"),
        ("scoring", "write: {again: never}", "mappings/scoring.yaml:1:16: again is 'never': not known\n"
         "  allowed: band-changed, always"),
        ("scoring", "ticket: {from: min}", "mappings/scoring.yaml:1:16: from is 'min': not known\n"
         "  allowed: max, sum, share"),
        ("placement", "label_namespace: journey", "mappings/placement.yaml:1:18: label_namespace: 'journey' is no "
         "namespace\n  did you mean: journey.\n  allowed: lower-case letters, digits and -, ended by a dot: journey."),
        ("placement", "defaults: {score: [field, lable]}", "mappings/placement.yaml:1:27: score: 'lable' is no place for "
         "it\n  did you mean: label\n  allowed: field or {field: customfield_10071}, label"),
        ("placement", "defaults: {context: [label]}", "mappings/placement.yaml:1:22: context: 'label' is no place for it\n"
         "  allowed: link, comment, block"),
        ("placement", "defaults: {score: {feld: x}}", "mappings/placement.yaml:1:19: score: this is no field\n"
         "  allowed: {field: customfield_10071}, on GitHub {project: 7, field: Score} or {issue_field: Score}"),
        ("placement", "defaults: {policy: {label: enforced}}", "mappings/placement.yaml:1:28: label is 'enforced': not known\n"
         "  did you mean: enforce\n  allowed: respect, enforce, once"),
        ("placement", "defaults: {closed: leaf}", "mappings/placement.yaml:1:20: closed is 'leaf': not known\n"
         "  did you mean: leave\n  allowed: leave, write"),
        ("placement", "connections: {billing: {projects: {A: {quiet_after_days: -1}}}}", "mappings/placement.yaml:1:58: "
         "quiet_after_days is '-1': out of range\n  allowed: 0 or more"),
        ("coverage", "counts: {origins: [hand, rules]}", "mappings/coverage.yaml:1:26: origins is 'rules': not known\n"
         "  did you mean: rule\n  allowed: hand, accepted, label, reference, rule, inherited"),
        ("coverage", "thin_belov: 3", "mappings/coverage.yaml:1:1: unknown key 'thin_belov'\n"
         "  did you mean: thin_below\n  allowed: counts, needs_work, thin_below, over_served, data_older_than_hours"),
        ("coverage", "needs_work: {pain_evidence_at_least: 4}", "mappings/coverage.yaml:1:38: pain_evidence_at_least is "
         "'4': out of range\n  allowed: 0 to 3"),
    ],
)  # fmt: skip
def test_each_mistake_in_a_mapping_says_where_what_and_what_is_allowed(
    write: Write, file: str, text: str, expected: str
) -> None:
    assert expected in blocks(write({f"mappings/{file}.yaml": f"{text}\n"}))


def test_a_formula_of_ones_own_is_checked(write: Write) -> None:
    text = "opportunity: {formula: '10 * customer_valu'}\n"
    said = blocks(write({"mappings/scoring.yaml": text}))
    assert said[0].startswith("mappings/scoring.yaml:1:24: formula: ")
    assert "customer_valu" in said[0]
    scoring = good(write({"mappings/scoring.yaml": "opportunity: {formula: 10 * customer_value / effort}\n"})).scoring
    assert scoring.formula == "10 * customer_value / effort"


def test_scoring_arrives(write: Write) -> None:
    text = """\
opportunity: {preset: weighted, weights: {customer_value: 0.6, business_value: 0.4}}
bands: {1: 0, 2: 10, 3: 30, 4: 50, 5: 90}
priority_names: {1: Lowest}
write: {settle: 3, at_most_every_days: 0}
guard_rails: {themes: [fair bills]}
"""
    scoring = good(write({"mappings/scoring.yaml": text})).scoring
    assert scoring.formula == "weighted"
    assert dict(scoring.weights) == {"customer_value": 0.6, "business_value": 0.4}
    assert scoring.bands == ((5, 90), (4, 50), (3, 30), (2, 10), (1, 0))
    assert dict(scoring.priority_names)[1] == "Lowest"
    assert dict(scoring.priority_names)[5] == "Urgent"
    assert scoring.write.settle == 3
    assert scoring.themes == ("fair bills",)


def test_a_project_inherits_from_its_connection_and_that_from_the_defaults(write: Write) -> None:
    text = """\
defaults: {score: [field, label], quiet_after_days: 30}
connections:
  billing:
    score: [{field: customfield_10071}, label]
    projects: {BILL: {context: block}}
    repositories:
      solvane/app: {score: [{project: 7, field: Score}, {issue_field: Score}, label], public: label}
"""
    placement = good(write({"mappings/placement.yaml": text})).placement
    field = Place(kind="field", field="customfield_10071")
    bill = placement.of("billing", "bill")
    assert bill.score == (field, Place(kind="label"))
    assert bill.context == (Place(kind="block"),)
    assert bill.quiet_after_days == 30
    assert placement.of("billing", "ONB").context == (Place(kind="link"), Place(kind="comment"))
    assert placement.of("other", "X").score == (Place(kind="field"), Place(kind="label"))
    app = placement.of("billing", "solvane/app")
    of_project, of_issues = (Place(kind="field", field=name) for name in ("project:7/Score", "issue-field:Score"))
    assert (app.score, app.public) == ((of_project, of_issues, Place(kind="label")), "label")


def test_a_policy_is_inherited_slot_by_slot(write: Write) -> None:
    text = """\
defaults: {policy: {field: enforce}}
connections:
  billing:
    policy: {label: once}
    projects: {BILL: {policy: {field: respect, link: once}}}
"""
    placement = good(write({"mappings/placement.yaml": text})).placement
    assert placement.defaults.policy == SlotPolicy(field="enforce")
    assert placement.of("billing", "ONB").policy == SlotPolicy(label="once", field="enforce")
    assert placement.of("billing", "BILL").policy == SlotPolicy(label="once", field="respect", link="once")
    assert placement.of("other", "X").policy == SlotPolicy(field="enforce")


def test_one_misspelt_key_is_one_problem(write: Write) -> None:
    text = """\
rules:
  - id: a
    when: {wrods: [x], im: [title]}
    link: {stepp: pay-bill.see-why}
  - {id: b, when: {any: [{lable: x}, {words: x, in: [titel]}]}, enabling: e}
"""
    assert [p.did_you_mean for p in load_settings(write({"mappings/rules.yaml": text}), {})[1]] == [
        "words",
        "in",
        "step",
        "label",
        "title",
    ]
