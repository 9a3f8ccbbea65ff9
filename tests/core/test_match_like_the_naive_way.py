"""The fast matcher hits exactly what the plainest reading of formats.md hits, on any text."""

import gzip
import importlib.util
import json
import os
import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from journeysync.core.match import Matcher
from journeysync.model.journey import JourneyRepository
from journeysync.model.link import Target
from journeysync.model.rule import Condition, Rule
from journeysync.model.ticket import State, Ticket, TicketRef
from journeysync.testing import a_condition, a_rule, a_ticket

HERE = Path(__file__).parent


def _load_naive() -> ModuleType:
    spec = importlib.util.spec_from_file_location("naive_matching", HERE / "naive_matching.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


naive = _load_naive()

PIECES = (
    "bill", "Bill", "BILL", "bills", "higher", "higher bill", "why", "a", "ab", "aba", "iOS", "ios",
    "Straße", "STRASSE", "strasse", "café", "cafe", "cafe\u0301", "e", "\u0301", "İstanbul", "istanbul", "ıstanbul",
    "請求書", "請求", "請求書が", "アプリ", "ア", "ー", "เข้าสู่ระบบ", "ระบบ", "로그인", "로그인을",
    "שלום", "مرحبا", "می\u200cخواهم", "می", "🚀", "👩\u200d🚀", "c++", "c", "ti.map", "map", "java_home", "java",
    "_", "-", ".", "OPP-3", "don't", "J\u030c", "ǰ", "ﬁ", "fi", "Ǆ", "ǆ", "K", "\u212a", "²", "٣",
    "\u00a0", "\u3000", "\u200f", "Σ", "ς", "σ",
)  # fmt: skip
GAPS = ("", "", " ", " ", "  ", "\n", "\r\n", "\t", ", ", ".", "-", "(", ")")
NAMES = (
    "iOS",
    "ios",
    "tech-debt",
    "Tech-Debt-2",
    "journey.pay-bill",
    "journey.",
    "Straße",
    "strasse",
    "merge-1.0",
    "*",
    "",
)
EXPRESSIONS = (
    "bill", "(?i)bill", r"\bbill\b", r"(?i)\bios\b", "^a", "a$", "^$", "請求.", "(a+)+$", r"\d+", r"caf\x{e9}", "e.?$",
    "",
)  # fmt: skip

texts = st.lists(st.tuples(st.sampled_from(PIECES), st.sampled_from(GAPS)), max_size=8).map(
    lambda parts: "".join(piece + gap for piece, gap in parts)
) | st.text(max_size=12)
wanted_texts = (
    st.sampled_from(PIECES)
    | st.tuples(st.sampled_from(PIECES), st.sampled_from(GAPS), st.sampled_from(PIECES)).map("".join)
    | st.text(max_size=4)
)
names = st.sampled_from(NAMES)
patterns = st.sampled_from([*NAMES, "tech*", "TECH-*", "journey.*", "i*", "str*", "STRASS*"])


def some(values: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(values, min_size=1, max_size=3).map(tuple)


@st.composite
def conditions(draw: st.DrawFn, depth: int = 2) -> Condition:
    fields: dict[str, st.SearchStrategy[tuple[str, ...]]] = {
        "label": some(patterns),
        "component": some(patterns),
        "milestone": some(patterns),
        "project": some(st.sampled_from(["BILL", "bill", "APP", "B*"])),
        "kind": some(st.sampled_from(["Bug", "story"])),
        "state": some(st.sampled_from(["todo", "Dropped", "do*"])),
        "team": some(st.sampled_from(["billing", "Care"])),
        "key": some(st.sampled_from(["BILL-1", "bill-2", "APP-*"])),
        "under": some(st.sampled_from(["BILL-7", "10007", "app-*"])),
        "words": some(wanted_texts),
        "phrase": some(wanted_texts),
        "regex": some(st.sampled_from(EXPRESSIONS)),
    }
    chosen = draw(st.sets(st.sampled_from(sorted(fields)), max_size=2))
    values: dict[str, Any] = {name: draw(fields[name]) for name in sorted(chosen)}
    values["in_"] = draw(st.sampled_from([("title", "body"), ("title",), ("body",), ("body", "title")]))
    if depth:
        inner = conditions(depth=depth - 1)
        values["all"] = draw(st.lists(inner, max_size=2).map(tuple))
        values["any"] = draw(st.lists(inner, max_size=2).map(tuple))
        values["unless"] = draw(st.none() | inner)
    return Condition(**values)


@st.composite
def rule_lists(draw: st.DrawFn) -> tuple[Rule, ...]:
    whens = draw(st.lists(conditions(), min_size=1, max_size=6))
    return tuple(
        Rule(id=f"r{n}", when=when, targets=(Target(kind="journey", id="pay-bill"),), stop=draw(st.integers(0, 5)) == 0)
        for n, when in enumerate(whens)
    )


@st.composite
def tickets(draw: st.DrawFn) -> Ticket:
    return a_ticket(
        draw(st.sampled_from(["BILL-1", "BILL-2", "APP-3"])),
        title=draw(texts),
        body=draw(texts),
        labels=draw(st.sets(names, max_size=3)),
        components=draw(st.sets(names, max_size=2)),
        milestone=draw(st.none() | names),
        team=draw(st.sampled_from([None, "billing"])),
        kind=draw(st.sampled_from(["bug", "story", "task"])),
        state=draw(st.sampled_from(list(State))),
    )


@settings(max_examples=80, deadline=None)
@given(rules=rule_lists(), some_tickets=st.lists(tickets(), min_size=1, max_size=4), below=st.booleans())
@example(
    rules=(a_rule("r0", when={"phrase": "J"}),), some_tickets=[a_ticket(title="J\u030c")], below=False
)  # J with a caron has no composed form, its small letter has
@example(rules=(a_rule("r0", when={"unless": {"label": "ios"}}),), some_tickets=[a_ticket()], below=False)
def test_the_fast_way_hits_what_the_plain_way_hits(
    rules: tuple[Rule, ...], some_tickets: list[Ticket], below: bool
) -> None:
    matcher = Matcher(rules, JourneyRepository(), namespace="journey.")
    ancestors = ("BILL-7", "10007") if below else ()
    for ticket in some_tickets:
        ours = tuple(hit.rule.id for hit in matcher.hits(ticket, ancestors=ancestors))
        assert ours == naive.hits(rules, ticket, ancestors)


SMALL = {
    "label": st.sampled_from(["a", "b", "A*"]),
    "component": st.sampled_from(["a", "b*"]),
    "kind": st.sampled_from(["bug", "story"]),
    "words": st.sampled_from(["w", "x", "w x"]),
    "phrase": st.sampled_from(["w", " x"]),
    "regex": st.sampled_from(["^w", "x$", "w+x"]),
    "under": st.sampled_from(["BILL-7", "BILL-8"]),
}
leaves = st.one_of(
    *(value.map(lambda one, field=field: Condition(**{field: (one,)})) for field, value in SMALL.items())
)
trees = st.recursive(
    leaves,
    lambda inner: (
        st.builds(lambda without: Condition(unless=without), inner)
        | st.builds(
            lambda way, parts, without: Condition(**{way: tuple(parts), "unless": without}),
            st.sampled_from(["all", "any"]),
            st.lists(inner, min_size=1, max_size=3),
            st.none() | inner,
        )
    ),
    max_leaves=5,
)
small_tickets = st.builds(
    lambda labels, components, kind, title, body: a_ticket(
        labels=labels, components=components, kind=kind, title=title, body=body
    ),
    st.sets(st.sampled_from("abc"), max_size=2),
    st.sets(st.sampled_from("abc"), max_size=1),
    st.sampled_from(["bug", "story"]),
    st.sampled_from(["w", "x", "w x", "wx", "y"]),
    st.sampled_from(["", "w", "y x"]),
)


@settings(max_examples=250, deadline=None)
@given(
    whens=st.lists(trees, min_size=1, max_size=4), ticket=small_tickets, ancestors=st.sampled_from([(), ("BILL-7",)])
)
def test_nested_conditions_hold_just_when_they_say(
    whens: list[Condition], ticket: Ticket, ancestors: tuple[str, ...]
) -> None:
    rules = [Rule(id=f"r{n}", when=when) for n, when in enumerate(whens)]
    matcher = Matcher(rules, JourneyRepository(), namespace="journey.")
    assert tuple(hit.rule.id for hit in matcher.hits(ticket, ancestors=ancestors)) == naive.hits(
        rules, ticket, ancestors
    )


@settings(max_examples=200, deadline=None)
@given(text=texts, words=st.lists(wanted_texts, min_size=1, max_size=8, unique=True))
def test_each_word_is_found_as_if_it_were_looked_for_alone(text: str, words: list[str]) -> None:
    rules = [Rule(id=word, when=a_condition(words=[word]), targets=()) for word in words]
    matcher = Matcher(rules, JourneyRepository(), namespace="journey.")
    found = {hit.rule.id for hit in matcher.hits(a_ticket(title="", body=text))}
    assert found == {word for word in words if naive.has_word(text, word)}


def _shared() -> Path:
    given_path = os.environ.get("JOURNEYSYNC_SHARED")
    return Path(given_path) if given_path else HERE.parents[1].parent / "shared"


def _titanium_rules() -> tuple[Rule, ...]:
    path = HERE.parent / "titanium" / "mappings" / "rules.yaml"
    if not path.exists():
        pytest.skip(f"{path.name} of the recorded backlog is not here")
    read = YAML(typ="safe").load(path)["rules"]
    return tuple(Rule(id=rule["id"], when=_condition(rule["when"]), stop=rule.get("stop", False)) for rule in read)


def _condition(written: dict[str, Any]) -> Condition:
    values: dict[str, Any] = {}
    for key, value in written.items():
        if key in ("all", "any"):
            values[key] = tuple(map(_condition, value))
        elif key == "unless":
            values[key] = _condition(value)
        else:
            values[key] = tuple(map(str, value)) if isinstance(value, list) else (str(value),)
    return Condition(**values)


def _recorded_tickets(every: int) -> list[Ticket]:
    folder = _shared() / "data" / "jira"
    files = sorted(folder.glob("tidev_*_issues.jsonl.gz"))
    if not files:
        pytest.skip(f"no recorded issues below {folder.name}; set JOURNEYSYNC_SHARED")
    found = []
    for file in files:
        with gzip.open(file, "rt", encoding="utf-8") as lines:
            found += [_ticket(json.loads(line)) for n, line in enumerate(lines) if n % every == 0]
    return found


def _ticket(issue: dict[str, Any]) -> Ticket:
    fields = issue["fields"]
    return Ticket(
        ref=TicketRef(connection="titanium", id=issue["id"]),
        key=issue["key"],
        url="",
        project=fields["project"]["key"],
        kind=fields["issuetype"]["name"].lower(),
        title=fields.get("summary") or "",
        body=(fields.get("description") or "")[:700],  # the plain way needs a while for each character
        labels=tuple(sorted(fields.get("labels") or ())),
        components=tuple(sorted(component["name"] for component in fields.get("components") or ())),
        updated_at=datetime(2021, 1, 1, tzinfo=UTC),
    )


def test_recorded_issues_are_hit_as_the_plain_way_hits_them() -> None:
    rules = _titanium_rules()
    some_tickets = _recorded_tickets(every=40)
    matcher = Matcher(rules, JourneyRepository(), namespace="journey.")
    counts: Counter[str] = Counter()
    for ticket in some_tickets:
        ours = tuple(hit.rule.id for hit in matcher.hits(ticket, ancestors=("TIMOB-19785",)))
        assert ours == naive.hits(rules, ticket, ("TIMOB-19785",)), ticket.key
        counts.update(ours)
    assert len(counts) > 1


def test_recorded_words_are_found_as_a_regular_expression_finds_them() -> None:
    """All recorded issues: words of one script without accents, against Python's own word boundaries."""
    some_tickets = _recorded_tickets(every=1)
    for word in ("list view", "camera", "ios", "crash", "api", "tab"):
        rule = Rule(id=word, when=a_condition(words=[word]))
        matcher = Matcher([rule], JourneyRepository(), namespace="journey.")
        expression = re.compile(rf"\b{word}\b".replace(" ", r"\s+"), re.IGNORECASE | re.ASCII)
        for ticket in some_tickets:
            text = f"{ticket.title}\n\n{ticket.body}"
            if text.isascii() and not re.search(rf"\b{word.split()[0]}$", ticket.title, re.IGNORECASE):
                assert bool(matcher.hits(ticket)) == bool(expression.search(text)), ticket.key
