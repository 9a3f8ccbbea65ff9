"""What a condition says, line by line of formats.md 4."""

import time
from typing import Any

import pytest
import re2

from journeysync.core.expressions import Expressions, expression_problem
from journeysync.core.match import Matcher
from journeysync.errors import ConfigError
from journeysync.model.journey import JourneyRepository
from journeysync.model.ticket import State, Ticket, TicketRef
from journeysync.testing import NOW, a_rule, a_ticket


def hits(when: dict[str, Any], ticket: Ticket, ancestors: tuple[str, ...] = ()) -> bool:
    matcher = Matcher([a_rule(when=when)], JourneyRepository(), namespace="journey.")
    return bool(matcher.hits(ticket, ancestors=ancestors))


def titled(title: str) -> Ticket:
    return a_ticket(title=title)


def test_keys_of_one_mapping_are_and_values_of_one_list_are_or() -> None:
    when = {"label": ["bug-bash", "ios"], "component": "Invoicing"}
    assert hits(when, a_ticket(labels={"ios"}, components={"Invoicing"}))
    assert not hits(when, a_ticket(labels={"ios"}))
    assert not hits(when, a_ticket(components={"Invoicing"}))


def test_all_any_and_unless_nest() -> None:
    when = {
        "all": [{"project": "BILL"}, {"any": [{"component": "Invoicing"}, {"words": ["why", "higher bill"]}]}],
        "unless": {"any": [{"label": "chore"}, {"all": [{"kind": "epic"}], "unless": {"label": "real"}}]},
    }
    assert hits(when, titled("Why is it so much"))
    assert hits(when, a_ticket(components={"invoicing"}))
    assert not hits(when, a_ticket("APP-1", components={"Invoicing"}))
    assert not hits(when, a_ticket(components={"Invoicing"}, labels={"Chore"}))
    assert not hits(when, a_ticket(components={"Invoicing"}, kind="epic"))
    assert hits(when, a_ticket(components={"Invoicing"}, kind="epic", labels={"real"}))


def test_an_any_needs_one_of_its_parts_beside_all_other_keys() -> None:
    when = {"label": "ios", "any": [{"words": "camera"}, {"words": "photo"}]}
    assert hits(when, a_ticket(title="Photo is lost", labels={"ios"}))
    assert not hits(when, a_ticket(title="Photo is lost"))
    assert not hits(when, a_ticket(title="Sound is lost", labels={"ios"}))


def test_a_rule_of_nothing_but_unless_hits_everything_else() -> None:
    assert hits({"unless": {"label": "chore"}}, a_ticket())
    assert not hits({"unless": {"label": "chore"}}, a_ticket(labels={"chore"}))


@pytest.mark.parametrize(
    ("field", "written", "value"),
    [
        ("labels", {"label": "ios"}, ("iOS",)),
        ("labels", {"label": "iOS"}, ("ios",)),
        ("labels", {"label": "merge-*"}, ("Merge-3.4.2",)),
        ("labels", {"label": "STRASSE"}, ("Straße",)),
        ("labels", {"label": "caf\u00e9"}, ("cafe\u0301",)),
        ("labels", {"label": "*"}, ("anything",)),
        ("components", {"component": "bill view"}, ("Bill View",)),
        ("milestone", {"milestone": "release 9*"}, "Release 9.0.1"),
        ("project", {"project": "bill"}, "BILL"),
        ("kind", {"kind": "Bug"}, "bug"),
        ("state", {"state": "Doing"}, State.DOING),
        ("team", {"team": "Billing"}, "billing"),
    ],
)
def test_values_compare_whole_without_case_and_a_star_is_a_prefix(
    field: str, written: dict[str, Any], value: Any
) -> None:
    assert hits(written, a_ticket(**{field: value}))


@pytest.mark.parametrize(
    ("written", "label"), [("ios", "ios7"), ("ios", "my-ios"), ("merge-*", "merge"), ("*-done", "is-done")]
)
def test_a_part_of_a_value_is_not_the_value(written: str, label: str) -> None:
    assert not hits({"label": written}, a_ticket(labels={label}))


def test_key_and_connection_are_asked_too() -> None:
    assert hits({"key": "bill-7", "connection": "billing"}, a_ticket("BILL-7"))
    assert not hits({"key": "BILL-7", "connection": "app"}, a_ticket("BILL-7"))
    assert not hits({"key": "BILL-7"}, a_ticket("BILL-70"))


def test_under_is_anywhere_below_by_key_or_id_and_never_the_ticket_itself() -> None:
    assert hits({"under": "BILL-1"}, a_ticket("BILL-9"), ancestors=("BILL-5", "10005", "BILL-1", "10001"))
    assert hits({"under": "10001"}, a_ticket("BILL-9"), ancestors=("BILL-5", "10005", "BILL-1", "10001"))
    assert not hits({"under": "BILL-9"}, a_ticket("BILL-9"), ancestors=("BILL-5",))
    assert not hits({"under": "BILL-5"}, a_ticket("BILL-9"))


def test_our_own_labels_never_make_a_rule_hit() -> None:
    assert not hits({"label": ["journey.pay-bill", "j*"]}, a_ticket(labels={"journey.pay-bill"}))


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("bill", "Bill, please"),
        ("bill", "(bill)"),
        ("bill", "the-bill"),
        ("higher bill", "a Higher\r\n   BILL again"),
        ("higher  bill", "higher bill"),
        ("straße", "In der STRASSE"),
        ("STRASSE", "Straßenbahn in der Straße"),
        ("café", "cafe\u0301 au lait"),
        ("cafe\u0301", "CAFÉ"),
        ("請求書", "新しい請求書が届いた"),  # no spaces in Japanese: a piece of text
        ("iOS", "iOSアプリが落ちる"),  # a Latin word ends where Kana begin
        ("アプリ", "iOSアプリが落ちる"),
        ("ระบบ", "เข้าสู่ระบบไม่ได้"),
        ("로그인", "로그인 오류"),
        ("שלום", "אמר שלום לכולם"),
        ("مرحبا", "(مرحبا)"),
        ("🚀", "launch🚀day"),
        ("c++", "a C++20 build"),
        ("ti.map", "Ti.Map: pins"),
        ("σοφός", "ΣΟΦΌΣ"),
        ("don't", "I DON'T know"),
        ("istanbul", "ISTANBUL"),
    ],
)
def test_words_are_found_whole_in_any_script_and_case(word: str, text: str) -> None:
    assert hits({"words": word}, titled(text))
    assert hits({"words": [word, "something else"]}, a_ticket(title="", body=f"before {text} after"))


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("bill", "bills"),
        ("bill", "waybill"),
        ("bill", "bill2"),
        ("java", "java_home"),
        ("higher bill", "higher, bill"),
        ("cafe", "cafe\u0301"),  # the accent belongs to the word
        ("cafe", "café"),
        ("x", "x\u0301"),  # no composed form exists, the mark still belongs to the letter
        ("straße", "Straßenbahn"),
        ("로그인", "로그인을"),  # Korean puts spaces between words
        ("می", "می\u200cخواهم"),  # a zero-width joiner holds the Persian word together
        ("istanbul", "ıstanbul"),  # a dotless i is a letter of its own
        ("ıstanbul", "ISTANBUL"),
        ("", "anything"),
        ("   ", "any thing"),
    ],
)
def test_a_part_of_a_word_is_not_the_word(word: str, text: str) -> None:
    assert not hits({"words": word}, titled(text))


def test_a_phrase_is_an_exact_piece_of_text() -> None:
    assert hits({"phrase": "ill vie"}, titled("Bill view"))
    assert not hits({"phrase": "bill view"}, titled("Bill view"))
    assert not hits({"phrase": "Bill view"}, titled("Bill  view"))
    assert hits({"phrase": "caf\u00e9"}, titled("cafe\u0301"))  # composed or not, people see the same


def test_in_says_where_to_look_for_words_phrases_and_expressions() -> None:
    ticket = a_ticket(title="Camera", body="Sound")
    for field, title, body in (("words", "camera", "sound"), ("phrase", "Camera", "Sound"), ("regex", "^Cam", "^Sou")):
        assert hits({field: title, "in_": ["title"]}, ticket)
        assert not hits({field: title, "in_": ["body"]}, ticket)
        assert hits({field: body, "in_": ["body"]}, ticket)
        assert not hits({field: body, "in_": ["title"]}, ticket)
        assert hits({field: body}, ticket)


def test_a_nested_condition_looks_in_its_own_places() -> None:
    when = {"in_": ["title"], "words": "camera", "any": [{"words": "sound"}]}
    assert hits(when, a_ticket(title="Camera", body="Sound"))


def test_regular_expressions_are_searched_for_by_re2() -> None:
    assert hits({"regex": r"(?i)\bsign[- ]?off\b"}, titled("QE: Sign-Off of the candidate"))
    assert not hits({"regex": r"\bsign[- ]?off\b"}, titled("QE: Sign-Off of the candidate"))
    assert hits({"regex": "請求.が"}, titled("新しい請求書が届いた"))
    assert hits({"regex": "^$", "in_": ["body"]}, a_ticket(body=""))


@pytest.mark.parametrize("expression", ["(a", "(?=a)", r"(a)\1", "[z-a]", "a{1001}", "(?<!x)y"])
def test_an_expression_that_re2_does_not_know_stops_with_rule_and_next_step(expression: str) -> None:
    assert expression_problem(expression)
    with pytest.raises(ConfigError) as stopped:
        Matcher(
            [a_rule("odd", when={"any": [{"unless": {"regex": expression}}]}, where="mappings/rules.yaml:3:5")],
            JourneyRepository(),
            namespace="journey.",
        )
    assert "rule odd" in str(stopped.value)
    assert "mappings/rules.yaml:3:5" in str(stopped.value)
    assert "RE2" in str(stopped.value)


def test_a_good_expression_has_no_problem() -> None:
    assert expression_problem(r"(?i)\b(a|b)+$") == ""


def test_an_expression_that_explodes_elsewhere_takes_linear_time() -> None:
    ticket = a_ticket(body="a" * 200_000 + "!")
    when = [a_rule(f"r{n}", when={"regex": f"(a+)+{'a' * n}$"}) for n in range(3)]
    matcher = Matcher(when, JourneyRepository(), namespace="journey.")
    started = time.process_time()
    assert matcher.hits(ticket) == ()
    assert time.process_time() - started < 1


def test_a_set_that_is_too_large_or_gives_up_loses_no_hit() -> None:
    some = [rf"(?i)(a|b|c|d).{{0,{40 + n}}}x{n}\b" for n in range(12)]
    text = "abcd xyz01 " * 2_000 + " d x3 and a x7."
    alone = [n for n, expression in enumerate(some) if Expressions([expression]).found_in(text)]
    assert alone == [3, 7]
    for memory in (1 << 12, 1 << 18, 1 << 19, 64 << 20):  # the first two are too small for the set
        assert list(Expressions(some, memory=memory).found_in(text)) == alone
    giving_up = Expressions(some)
    giving_up._set = re2.Set.SearchSet()  # RE2 out of memory answers just like this: nothing found, not a word
    giving_up._set.Add("never in the text")
    giving_up._set.Compile()
    assert list(giving_up.found_in(text)) == alone


def test_a_body_of_a_million_characters_is_matched_within_a_second() -> None:
    body = "The bill went up and nobody says why. Ça fait cher! " * 21_200 + "needle in\nthe hay"
    rules = [a_rule(f"r{n}", when={"words": [f"word{n}", f"two words{n}"]}) for n in range(300)]
    rules.append(a_rule("last", when={"all": [{"words": "in the hay"}, {"phrase": "needle"}, {"regex": "hay$"}]}))
    matcher = Matcher(rules, JourneyRepository(), namespace="journey.")
    ticket = a_ticket(body=body)
    assert len(body) > 1_100_000
    started = time.process_time()
    found = matcher.own_links(ticket)
    assert time.process_time() - started < 1
    assert [link.rule for link in found.links] == ["last"]


def test_words_across_the_seams_of_a_huge_body_are_found_once() -> None:
    for shift in range(-12, 3):
        body = "x " * ((65_536 + shift) // 2) + "higher bill" + " y" * 40_000
        assert hits({"words": "higher bill"}, a_ticket(body=body))
        assert hits({"phrase": "higher bill"}, a_ticket(body=body))


def test_half_a_surrogate_in_a_text_stops_nothing() -> None:
    broken = Ticket.model_construct(
        **{**dict(a_ticket()), "title": "bill \ud83d", "body": "\udc00 see OPP-3", "labels": ("x\ud800",)}
    )
    rules = [
        a_rule("w", when={"words": "bill"}),
        a_rule("r", when={"regex": "bill"}),
        a_rule("p", when={"phrase": "ill"}),
    ]
    rules.append(a_rule("l", when={"label": "x*"}))
    matcher = Matcher(rules, JourneyRepository(), namespace="journey.")
    assert [hit.rule.id for hit in matcher.hits(broken)] == ["w", "r", "p", "l"]


def test_control_characters_are_text_like_any_other() -> None:
    assert hits({"words": "bill"}, titled("\x1b[31mbill\x1b[0m \x00bill\x07")) is True
    assert hits({"words": "bill"}, titled("a\x00bill\x00b"))


def test_an_empty_ticket_is_hit_by_nothing_that_asks_for_something() -> None:
    bare = Ticket(ref=TicketRef(connection="c", id="1"), key="", url="", project="", kind="", updated_at=NOW)
    for field in ("label", "component", "milestone", "project", "kind", "team", "words", "phrase", "under"):
        assert not hits({field: "x"}, bare)
