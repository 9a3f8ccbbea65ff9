"""The tests that people write beside their rules: tickets that a rule must hit, and must miss.

An example is a real ticket (by key, or by its exact title where the look-up knows titles) or a made-up one.
It is asked of all rules in file order, so a rule above that stops is found out too. What a
made-up ticket leaves open is taken from the rule: one about project BILL is asked about a ticket of BILL.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Literal

from journeysync.core.match import Matcher
from journeysync.model.base import Model
from journeysync.model.rule import Condition, Example, Rule
from journeysync.model.ticket import State, Ticket, TicketRef

LookUp = Callable[[str], Ticket | None]
_LONGEST_CHAIN = 30  # tickets above a ticket; a longer chain is a circle
_NOT_IN_TEXT = (
    "label", "component", "milestone", "key", "under", "project", "team", "connection", "kind", "state",
)  # fmt: skip
_LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)  # made-up tickets need a time; no rule can ask for it


class ExpectFailure(Model):
    """An example that does not come out as its rule says."""

    rule: str
    where: str  # of the rule: "mappings/rules.yaml:12:5"
    example: str
    expected: Literal["hit", "miss"]
    says: str  # one sentence
    skipped: bool = False  # it could not be asked: its ticket is not known here, or it leaves open what the rule asks


def run_expectations(rules: Sequence[Rule], matcher: Matcher, lookup: LookUp) -> tuple[ExpectFailure, ...]:
    """Ask the examples of all rules, in file order, hits before misses.

    Args:
        rules: The rules that ``matcher`` was made from.
        matcher: Who knows which rules hit.
        lookup: Finds a ticket, in our words, by key, by id, or by exact title if it can; None if it does not know it.

    Returns:
        What came out otherwise, and (``skipped``) what could not be asked; empty if all is as written.
    """
    return tuple(failure for rule in rules for failure in _of_rule(rule, matcher, lookup))


def _of_rule(rule: Rule, matcher: Matcher, lookup: LookUp) -> Iterator[ExpectFailure]:
    for example in rule.expect.hits:
        if says := _asked(rule, example, matcher, lookup, wanted=True):
            yield says
    for example in rule.expect.misses:
        if says := _asked(rule, example, matcher, lookup, wanted=False):
            yield says


def _asked(rule: Rule, example: Example, matcher: Matcher, lookup: LookUp, *, wanted: bool) -> ExpectFailure | None:
    ticket = _real(example, lookup)
    is_real = ticket is not None
    if ticket is None:
        if example.key is not None:
            return _failure(rule, example, f"no ticket {example.key} is known here", wanted=wanted, skipped=True)
        ticket = _made_up(example, rule.when)
    hits = matcher.hits(ticket, ancestors=_above(ticket, lookup) if is_real else ())
    cause = next((hit.cause for hit in hits if hit.rule.id == rule.id), None)
    if (cause is not None) == wanted:
        return None
    if cause is not None:
        return _failure(rule, example, f"it is to miss, but hits ({cause})", wanted=wanted)
    if hits and hits[-1].rule.stop:
        return _failure(rule, example, f"it is to hit, but rule {hits[-1].rule.id} above hits and stops", wanted=wanted)
    left_open = () if is_real else sorted(_left_open(example, rule.when))
    if left_open:
        says = f"it is to hit, and nothing tells whether it does: the example leaves {', '.join(left_open)} open"
        return _failure(rule, example, says, wanted=wanted, skipped=True)
    return _failure(rule, example, "it is to hit, but misses", wanted=wanted)


def _failure(rule: Rule, example: Example, says: str, *, wanted: bool, skipped: bool = False) -> ExpectFailure:
    named = example.key or example.title or "an example without a title"
    return ExpectFailure(
        rule=rule.id,
        where=rule.where,
        example=named,
        expected="hit" if wanted else "miss",
        says=f"rule {rule.id}, example '{named}': {says}",
        skipped=skipped,
    )


def _real(example: Example, lookup: LookUp) -> Ticket | None:
    if example.key is not None:
        return lookup(example.key)
    is_title_only = example == Example(title=example.title)
    return lookup(example.title) if is_title_only and example.title else None


def _above(ticket: Ticket, lookup: LookUp) -> tuple[str, ...]:
    names: list[str] = []
    current: Ticket | None = ticket
    while current is not None and current.parent is not None and len(names) < 2 * _LONGEST_CHAIN:
        names.append(current.parent)
        current = lookup(current.parent)
        if current is not None:
            names += (current.key, current.ref.id)
    return tuple(names)


def _made_up(example: Example, when: Condition) -> Ticket:
    """Return a ticket like the example; where it is silent, the first value that the rule asks for in any case."""
    asked = _asked_in_any_case(when)
    return Ticket(
        ref=TicketRef(connection=asked.get("connection", ""), id=""),
        key="",
        url="",
        project=example.project or asked.get("project", ""),
        kind=example.kind or asked.get("kind", ""),
        title=example.title,
        body=example.body,
        state=_state(asked.get("state", "")),
        labels=example.labels,
        components=example.components,
        milestone=example.milestone,
        team=asked.get("team"),
        updated_at=_LONG_AGO,
    )


def _state(word: str) -> State:
    return next((state for state in State if state.value.startswith(word.lower())), State.TODO)


def _asked_in_any_case(when: Condition) -> dict[str, str]:
    """Return what a ticket must be like to be hit at all: field -> first value, by the "and" parts alone."""
    asked: dict[str, str] = {}
    for field in ("connection", "project", "team", "kind", "state"):
        values: tuple[str, ...] = getattr(when, field)
        if values:
            asked[field] = values[0].removesuffix("*")
    for inner in when.all:
        asked = _asked_in_any_case(inner) | asked
    return asked


def _left_open(example: Example, when: Condition) -> set[str]:
    """Return what the rule may hit by, while an example of nothing but text does not say it."""
    if example != Example(title=example.title, body=example.body):
        return set()
    return _fields_asked(when) - set(_asked_in_any_case(when))


def _fields_asked(when: Condition) -> set[str]:
    fields = {field for field in _NOT_IN_TEXT if getattr(when, field)}
    return fields.union(*(_fields_asked(inner) for inner in (*when.all, *when.any)))
