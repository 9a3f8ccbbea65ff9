"""A condition of a rule, compiled: which facts it asks for and how they combine (formats.md 4).

A *fact* is a leaf of some condition that is true of a ticket: "carries the label
parity", "has one of these words in the title". ``core.facts`` finds all facts of a
ticket at once; the tests here only combine them, so a rule is asked in
well under a microsecond. The *trigger* of a rule names facts of which at least one must be
there before the rule can hit: rules without any need not be asked at all.
"""

from collections.abc import Callable, Mapping
from typing import Literal, NamedTuple, Protocol, TypeAlias

from journeysync.model.rule import Condition

FieldName = Literal[
    "key", "under", "phrase", "regex", "words", "label", "milestone", "component",
    "team", "project", "kind", "state", "connection",
]  # fmt: skip
# How rare a fact of this field is, rarest first: the rarest part of an "and" becomes the trigger and the cause.
_COST: dict[FieldName, int] = {
    "key": 1, "under": 1, "phrase": 2, "regex": 3, "words": 3, "label": 4, "milestone": 5, "component": 5,
    "team": 20, "project": 20, "kind": 50, "state": 50, "connection": 60,
}  # fmt: skip
TEXT_FIELDS = frozenset({"words", "phrase", "regex"})
Facts: TypeAlias = Mapping[int, str]
"""Number of each true leaf -> what made it true, in words: 'label parity', '"camera" in the title'."""


class Leaf(NamedTuple):
    """One question about one field; true if any of the values fits. ``places`` is for text fields only."""

    field: FieldName
    values: tuple[str, ...]
    places: tuple[Literal["title", "body"], ...] = ()


class Test(Protocol):
    """How facts combine."""

    def holds(self, facts: Facts) -> bool:
        """Return whether the facts satisfy it."""

    def because(self, facts: Facts) -> tuple[str, ...]:
        """Return which facts satisfied it, in words, the most telling first; only asked when it holds."""


class Is(NamedTuple):
    """One leaf is true."""

    leaf: int

    def holds(self, facts: Facts) -> bool:
        """Return whether the leaf is among the facts."""
        return self.leaf in facts

    def because(self, facts: Facts) -> tuple[str, ...]:
        """Return the words of the fact."""
        return (facts[self.leaf],)


class All(NamedTuple):
    """All parts hold; true without parts."""

    parts: tuple[Test, ...]

    def holds(self, facts: Facts) -> bool:
        """Return whether all parts hold."""
        return all(part.holds(facts) for part in self.parts)

    def because(self, facts: Facts) -> tuple[str, ...]:
        """Return the causes of all parts, in their order."""
        return tuple(cause for part in self.parts for cause in part.because(facts))


class AnyOf(NamedTuple):
    """At least one part holds."""

    parts: tuple[Test, ...]

    def holds(self, facts: Facts) -> bool:
        """Return whether one part holds."""
        return any(part.holds(facts) for part in self.parts)

    def because(self, facts: Facts) -> tuple[str, ...]:
        """Return the cause of the first part that holds."""
        return next(part.because(facts) for part in self.parts if part.holds(facts))


class Not(NamedTuple):
    """The part does not hold (``unless``)."""

    part: Test

    def holds(self, facts: Facts) -> bool:
        """Return whether the part fails."""
        return not self.part.holds(facts)

    def because(self, facts: Facts) -> tuple[str, ...]:  # noqa: ARG002  # what is not there is no cause
        """Return nothing."""
        return ()


class Compiled(NamedTuple):
    """A condition ready to be asked.

    Attributes:
        test: The exact answer, given all facts.
        trigger: At least one of these facts is there whenever the test holds; None if the test can hold without any.
        cost: How often the trigger is likely to be there; for comparing only.
    """

    test: Test
    trigger: frozenset[int] | None
    cost: int


def compile_condition(condition: Condition, number_of: Callable[[Leaf], int]) -> Compiled:
    """Compile a condition; ``number_of`` gives each leaf its number, the same one for the same leaf."""
    parts = [_leaf(leaf, number_of) for leaf in leaves_of(condition)]
    parts += [compile_condition(inner, number_of) for inner in condition.all]
    if condition.any:
        parts.append(_any([compile_condition(inner, number_of) for inner in condition.any]))
    parts.sort(key=lambda part: part.cost)
    triggers = [part for part in parts if part.trigger is not None]
    tests = [part.test for part in parts]
    if condition.unless is not None:
        tests.append(Not(compile_condition(condition.unless, number_of).test))
    test = tests[0] if len(tests) == 1 else All(tuple(tests))
    return Compiled(test, triggers[0].trigger if triggers else None, triggers[0].cost if triggers else _NEVER_RARE)


_NEVER_RARE = 1_000_000


def leaves_of(condition: Condition) -> tuple[Leaf, ...]:
    """Return the questions of this mapping itself, not of what nests in it."""
    leaves = []
    for field in _COST:
        values: tuple[str, ...] = getattr(condition, field)
        if values:
            leaves.append(Leaf(field, values, tuple(sorted(set(condition.in_))) if field in TEXT_FIELDS else ()))
    return tuple(leaves)


def _leaf(leaf: Leaf, number_of: Callable[[Leaf], int]) -> Compiled:
    number = number_of(leaf)
    return Compiled(Is(number), frozenset({number}), _COST[leaf.field])


def _any(parts: list[Compiled]) -> Compiled:
    test = AnyOf(tuple(part.test for part in parts))
    triggers = [part.trigger for part in parts if part.trigger is not None]
    if len(triggers) < len(parts):
        return Compiled(test, None, _NEVER_RARE)
    return Compiled(test, frozenset().union(*triggers), sum(part.cost for part in parts))
