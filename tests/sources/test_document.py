"""What cannot be read as YAML is a problem with its place, never an exception."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from journeysync.sources.document import read_file, read_text
from journeysync.sources.files import JourneyFile
from journeysync.sources.node import Mapping, at, key_at, meaning_of, words_of
from journeysync.sources.shape import read_as


def said(text: str) -> list[str]:
    return [f"{p.where} {p.says}" for p in read_text(text, "a.yaml")[1]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\nb: 2\na: 3\n", "a.yaml:3:1 the key 'a' stands here a second time (first in line 1)"),
        ("x: {a: 1, a: 2}\n", "a.yaml:1:11 the key 'a' stands here a second time (first in line 1)"),
        ("a: &bill 1\n", "a.yaml:1:4 an anchor (a word that starts with &) is not allowed here"),
        ("a: 1\nb: *bill\n", "a.yaml:2:4 an alias (a word that starts with *) is not allowed here"),
        ("a: !!python/object:os.system x\n", "a.yaml:1:4 a tag (a word that starts with !) is not allowed here"),
        ("a:\n\tb: 1\n", "a.yaml:2:1 a tab where spaces are needed"),
        ("a: @team\n", "a.yaml:1:4 a value cannot start with @"),
        ("a: b: c\n", "a.yaml:1:5 this is not readable as YAML: a second ': ' in one line; put the text in quotes"),
        (
            "a: 'open\nb: 1\n",
            "a.yaml:1:4 this is not readable as YAML: a quotation mark is opened here and never closed",
        ),
        ("a: [1, 2\n", "a.yaml:1:4 this is not readable as YAML: a bracket is opened here and never closed"),
        ("- a\nb: 1\n", "a.yaml:2:1 this is not readable as YAML: the indentation does not fit the lines above"),
        ("a: 1\n---\nb: 2\n", "a.yaml:2:1 a second document (---) in one file"),
        ("a: x\x1b[31m\n", "a.yaml:1:5 a control character (U+001B)"),
        ('a: "x\\e[31m"\n', "a.yaml:1:4 a control character, written as an escape"),
        ("{[1, 2]: x}\n", "a.yaml:1:2 a key must be a word, not a list or a mapping"),
        ("[" * 60, "a.yaml:1:41 more than 40 levels inside each other"),
    ],
)
def test_each_mistake_in_yaml_has_its_line_and_column(text: str, expected: str) -> None:
    assert expected in said(text)


def test_several_mistakes_of_one_file_are_all_reported() -> None:
    assert len(said("a: &x 1\nb: *x\nb: 2\nc: !t 3\n")) == 4


def test_a_byte_order_mark_is_only_a_warning(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"\xef\xbb\xbfa: 1\n")
    node, problems = read_file(tmp_path / "a.yaml", "a.yaml")
    assert node is not None
    assert words_of(node) == {"a": "1"}
    assert [(p.where, p.level) for p in problems] == [("a.yaml:1:1", "warning")]


def test_text_that_is_not_utf8_is_named_at_its_byte(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"a: 1\nname: M\xfcller\n")
    node, problems = read_file(tmp_path / "a.yaml", "a.yaml")
    assert node is None
    assert str(problems[0]) == "a.yaml:2:8: this is not UTF-8 text\n  next: save the file as UTF-8"


def test_a_missing_file_is_a_problem_and_no_exception(tmp_path: Path) -> None:
    node, problems = read_file(tmp_path / "none.yaml", "none.yaml")
    assert node is None
    assert "cannot be read" in problems[0].says


def test_no_on_times_and_years_stay_words() -> None:
    node, _ = read_text("a: no\nb: on\nc: 22:30\nd: 2026\ne: 2026-10-31\n", "a.yaml")
    assert node is not None
    assert words_of(node) == {"a": "no", "b": "on", "c": "22:30", "d": "2026", "e": "2026-10-31"}


def test_free_values_mean_what_yaml_1_2_says() -> None:
    node, _ = read_text("{a: 5, b: 0.5, c: true, d: no, e: '5', f: ~, g: 22:30, h: 0x1F, i: .inf}", "a.yaml")
    assert node is not None
    meaning = {"a": 5, "b": 0.5, "c": True, "d": "no", "e": "5", "f": None, "g": "22:30", "h": "0x1F", "i": ".inf"}
    assert meaning_of(words_of(node)) == meaning


def test_windows_line_ends_count_like_others() -> None:
    assert said("a: 1\r\nb: &x 2\r\n") == ["a.yaml:2:4 an anchor (a word that starts with &) is not allowed here"]


def test_a_secret_in_broken_yaml_is_not_repeated() -> None:
    for text in (
        "token: *s3cr3tvalue\n",
        "token: !s3cr3tvalue x\n",
        "token: !s3cr3tvalue!y x\n",
        "{token:s3cr3tvalue: 1",
    ):
        assert "s3cr3t" not in " ".join(str(p) for p in read_text(text, "a.yaml")[1])


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=200))
@settings(max_examples=300, deadline=None)
def test_any_text_is_read_or_refused_without_an_exception(text: str) -> None:
    node, problems = read_text(text, "a.yaml")
    if node is not None:
        read_as(JourneyFile, node)
    assert all(problem.where.startswith("a.yaml:") for problem in problems)


@given(st.text(alphabet="ab:-#[]{},&*!|>'\"%@`\n\t ?~0", max_size=60))
@settings(max_examples=300, deadline=None)
def test_any_salad_of_yaml_signs_is_read_or_refused_without_an_exception(text: str) -> None:
    node, _ = read_text(text, "a.yaml")
    if node is not None:
        read_as(JourneyFile, node)


JOURNEY = """\
id: pay-bill
name: Understand and pay a bill
level: micro
parent: pay
owner: Journey owner billing
channels_note: x
phases:
  - name: Understand
    steps:
      - id: see-why
        name: See why it changed
        channels: [app]
        moment_of_truth: true
        insights:
          - {id: I-7, kind: pain, says: Nobody says why, evidence: 3}
"""
KEYS = {
    "level": 3,
    "owner": 5,
    "phases": 7,
    "channels": 12,
    "moment_of_truth": 13,
    "insights": 14,
    "kind": 15,
    "evidence": 15,
}


@given(st.sampled_from(sorted(KEYS)), st.text(alphabet="abcxyz_", min_size=1, max_size=4))
@settings(max_examples=60, deadline=None)
def test_any_misspelt_key_is_reported_at_its_own_line(key: str, extra: str) -> None:
    mutated = f"{key}{extra}"
    text = JOURNEY.replace("channels_note: x\n", "goal: x\n").replace(f"{key}:", f"{mutated}:")
    node, _ = read_text(text, "a.yaml")
    assert node is not None
    problems = read_as(JourneyFile, node).problems
    lines = [p.where.split(":")[1] for p in problems if f"'{mutated}'" in p.says]
    assert lines == [str(KEYS[key])]


def test_places_of_keys_and_values_differ() -> None:
    node, _ = read_text("a:\n  - {b: 1}\n", "a.yaml")
    assert isinstance(node, Mapping)
    assert at(node, ("a", 0, "b")).where == "a.yaml:2:9"
    assert key_at(node, ("a", 0, "b")).where == "a.yaml:2:6"
