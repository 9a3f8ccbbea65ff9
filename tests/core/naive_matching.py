"""The rules of formats.md 4 in the plainest words: the oracle that the fast matcher is compared with.

It asks each rule about each ticket, looks at every place of a text for every word, and shares no code with
the product's matching. Slow on purpose.
"""

import re
import unicodedata
from collections.abc import Sequence

import re2

from journeysync.model.rule import Condition, Rule
from journeysync.model.ticket import Ticket

SCRIPTS_WITHOUT_SPACES = (
    "CJK",
    "HIRAGANA",
    "KATAKANA",
    "THAI",
    "LAO",
    "KHMER",
    "MYANMAR",
    "IDEOGRAPHIC",
    "HALFWIDTH KATA",
)


def hits(
    rules: Sequence[Rule], ticket: Ticket, ancestors: Sequence[str] = (), namespace: str = "journey."
) -> tuple[str, ...]:
    """Return the ids of the rules that hit, in order, up to the first that stops."""
    found = []
    for rule in rules:
        if fits(rule.when, ticket, ancestors, namespace):
            found.append(rule.id)
            if rule.stop:
                break
    return tuple(found)


def fits(when: Condition, ticket: Ticket, ancestors: Sequence[str], namespace: str) -> bool:
    whole = {
        "connection": [ticket.ref.connection],
        "project": [ticket.project],
        "team": [ticket.team] if ticket.team else [],
        "key": [ticket.key],
        "kind": [ticket.kind],
        "state": [str(ticket.state)],
        "label": [label for label in ticket.labels if not same(label, namespace + "*") or same(label, namespace)],
        "component": ticket.components,
        "milestone": [ticket.milestone] if ticket.milestone else [],
        "under": ancestors,
    }
    for field, values in whole.items():
        wanted = getattr(when, field)
        if wanted and not any(same(value, pattern) for value in values for pattern in wanted):
            return False
    texts = [str(getattr(ticket, place)) for place in when.in_]
    if when.words and not any(has_word(text, word) for text in texts for word in when.words):
        return False
    if when.phrase and not any(nfc(phrase) in nfc(text) for text in texts for phrase in when.phrase if phrase):
        return False
    if when.regex and not any(re2.search(expression, nfc(text)) for text in texts for expression in when.regex):
        return False
    if not all(fits(inner, ticket, ancestors, namespace) for inner in when.all):
        return False
    if when.any and not any(fits(inner, ticket, ancestors, namespace) for inner in when.any):
        return False
    return when.unless is None or not fits(when.unless, ticket, ancestors, namespace)


def same(value: str, pattern: str) -> bool:
    if pattern.endswith("*"):
        return caseless(value).startswith(caseless(pattern[:-1]))
    return caseless(value) == caseless(pattern)


def nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def caseless(text: str) -> str:
    return nfc(nfc(text).casefold())


def has_word(text: str, word: str) -> bool:
    text, word = (re.sub(r"\s+", " ", caseless(part)).strip() for part in (text, word))
    if not word:
        return False
    return any(
        text.startswith(word, start) and no_part_of_a_word(text, start, start + len(word))
        for start in range(len(text) - len(word) + 1)
    )


def no_part_of_a_word(text: str, start: int, end: int) -> bool:
    return (start == 0 or not joined(text[start - 1], text[start])) and (
        end == len(text) or not joined(text[end - 1], text[end])
    )


def joined(left: str, right: str) -> bool:
    return all(continues_a_word(side) and not without_spaces(side) for side in (left, right))


def continues_a_word(character: str) -> bool:
    return unicodedata.category(character)[0] in "LM" or character.isnumeric() or character in "_\u200c\u200d"


def without_spaces(character: str) -> bool:
    return unicodedata.name(character, "").startswith(SCRIPTS_WITHOUT_SPACES)
