"""Which journeys, steps and opportunities a ticket serves, and why (product.md 2).

``Matcher`` is built once from the rules and asked once a ticket. It joins four voices
about a ticket - the rules, the ids that its text names, the labels that people typed,
what people decided - into at most one link a target. What a ticket takes over from those
above it is ``core.inherit``'s matter; how conditions are answered fast is ``core.facts``'s.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from journeysync.core.conditions import Facts, Is, Leaf, Test, compile_condition
from journeysync.core.expressions import expression_problem
from journeysync.core.facts import FactFinder
from journeysync.core.inherit import inherit
from journeysync.core.labels import band_of_label, is_ignore_label, is_ours_by_name, target_of_label
from journeysync.core.references import References
from journeysync.core.voices import Voices
from journeysync.errors import ConfigError
from journeysync.model.decision import Decision
from journeysync.model.journey import JourneyRepository
from journeysync.model.link import Enabling, Origin, Target, TicketLinks
from journeysync.model.rule import Condition, Rule
from journeysync.model.ticket import Ticket

__all__ = ["Hit", "Matcher", "inherit"]

_CACHE_LIMIT = 20_000  # distinct labels, hits ... remembered; past that we start again, so memory stays flat


class Hit(NamedTuple):
    """A rule that fits a ticket, and why, in words."""

    rule: Rule
    cause: str


class _Asked(NamedTuple):
    rule: Rule
    test: Test
    is_certain: bool  # its trigger alone makes it hold


class _LabelMeaning(NamedTuple):
    """What one label says: facts for rules, or a word in our namespace."""

    facts: Facts
    ours_by_name: bool = False
    ignores: bool = False
    is_band: bool = False
    target: Target | None = None


class Matcher:
    """Finds the own links of tickets.

    Labels in our namespace are no facts for rules: what we write must never make a rule hit.

    Args:
        rules: In file order, which is the order in which they are asked.
        repository: Where targets are looked up, by any id that they have or had.
        namespace: Of our labels, as "journey.".

    Raises:
        ConfigError: A regular expression is not one that RE2 knows.
    """

    def __init__(self, rules: Sequence[Rule], repository: JourneyRepository, *, namespace: str) -> None:
        for rule in rules:
            _check_expressions(rule, rule.when)
        self._repository = repository
        self._namespace = namespace
        self._references = References(repository)
        self._asked: list[_Asked] = []
        self._always: list[int] = []  # rules that can hit without any fact
        self._by_leaf: dict[int, list[int]] = defaultdict(list)  # leaf -> rules that it triggers
        leaves = self._compile(rules)
        self._facts = FactFinder(leaves)
        self._labels: dict[str, _LabelMeaning] = {}
        self._hits: dict[tuple[int, tuple[str, ...]], Hit] = {}
        self.uses_under = any(leaf.field == "under" for leaf in leaves)
        """Whether some rule asks what a ticket hangs below, so that a change above it can change its own links."""

    def _compile(self, rules: Sequence[Rule]) -> tuple[Leaf, ...]:
        numbers: dict[Leaf, int] = {}
        for index, rule in enumerate(rules):
            compiled = compile_condition(rule.when, lambda leaf: numbers.setdefault(leaf, len(numbers)))
            self._asked.append(
                _Asked(rule, compiled.test, compiled.trigger is not None and isinstance(compiled.test, Is))
            )
            if compiled.trigger is None:
                self._always.append(index)
            for leaf in compiled.trigger or ():
                self._by_leaf[leaf].append(index)
        return tuple(numbers)

    def hits(self, ticket: Ticket, *, ancestors: Sequence[str] = ()) -> tuple[Hit, ...]:
        """Return the rules that hit the ticket, in file order, up to and including the first that stops.

        Args:
            ticket: In our words (``core.vocabulary``).
            ancestors: All keys and ids up its parent chain, for ``under``.
        """
        facts = self._facts.of(ticket, ancestors)
        for label in ticket.labels:
            facts.update((self._labels.get(label) or self._meaning(label)).facts)
        candidates = set(self._always)
        for leaf in facts:
            if leaf in self._by_leaf:
                candidates.update(self._by_leaf[leaf])
        hits = []
        for index in sorted(candidates):
            rule, test, is_certain = self._asked[index]
            if is_certain or test.holds(facts):
                hits.append(self._hit(index, rule, test.because(facts)))
                if rule.stop:
                    break
        return tuple(hits)

    def _hit(self, index: int, rule: Rule, because: tuple[str, ...]) -> Hit:
        """Return the hit of a rule for these causes; most hits have been there before."""
        hit = self._hits.get((index, because))
        if hit is None:
            if len(self._hits) >= _CACHE_LIMIT:
                self._hits.clear()
            hit = self._hits[index, because] = Hit(rule, _cause(rule, because))
        return hit

    def own_links(
        self,
        ticket: Ticket,
        *,
        ancestors: Sequence[str] = (),
        typed: frozenset[str] = frozenset(),
        unowned: frozenset[str] = frozenset(),
        decisions: Sequence[Decision] = (),
        typed_at: Mapping[str, datetime] | None = None,
    ) -> TicketLinks:
        """Return all that can be said about one ticket without looking at those above it.

        Args:
            ticket: In our words (``core.vocabulary``).
            ancestors: All keys and ids up its parent chain, for ``under``.
            typed: Its labels in our namespace that a person typed.
            unowned: Its labels in our namespace of unknown origin. Labels in neither are ours and say nothing.
            decisions: What people decided, any order; what is about other tickets is passed over. The
                caller leaves out what has expired (``until``).
            typed_at: When a typed label was first seen, where known: only then is it newer than a "no".

        Returns:
            Links ordered by target, at most one a target: the cause of the strongest origin,
            the highest confidence of all. ``refused`` names every target whose newest word
            by a person is "no", since it must not be inherited either. ``is_orphan`` holds
            for own links only; ask it after ``inherit``.
        """
        voices = Voices(ticket)
        hits = self.hits(ticket, ancestors=ancestors)
        for hit in hits:
            for target in hit.rule.targets:
                voices.say(target, Origin.RULE, hit.cause, confidence=hit.rule.confidence, rule=hit.rule.id)
        self._read_text(ticket, voices)
        labels = self._read_labels(ticket, voices, typed, unowned, typed_at or {})
        ignored = voices.hear(decisions, self._repository, self._namespace)
        return TicketLinks(
            ticket=ticket.ref,
            key=ticket.key,
            links=voices.links(),
            enabling=_enabling(hits),
            refused=voices.refused(),
            suggestions=voices.suggestions(),
            ignored=ignored or labels.ignored,
            unknown_labels=tuple(labels.unknown),
            unowned_labels=tuple(labels.unowned),
        )

    def _read_text(self, ticket: Ticket, voices: Voices) -> None:
        by_member = ticket.author_kind == "member"
        for text in (ticket.title, ticket.body):
            for target in self._references.in_text(text):
                if by_member:
                    voices.say(target, Origin.REFERENCE, "named in the text")
                else:
                    voices.suggest(target, "named in the text, by somebody not known as a member of the project")

    def _read_labels(
        self,
        ticket: Ticket,
        voices: Voices,
        typed: frozenset[str],
        unowned: frozenset[str],
        typed_at: Mapping[str, datetime],
    ) -> "_Labels":
        read = _Labels()
        for label in ticket.labels:
            meaning = self._meaning(label)
            if not meaning.ours_by_name:
                continue
            if meaning.ignores:
                read.ignored = True  # we never write it, so it is a person's whatever the marks say
            elif label not in typed and label not in unowned:
                continue
            elif meaning.is_band:
                read.unowned.append(label)
            elif meaning.target is None:
                read.unknown.append(label)
            elif label in typed:
                voices.say(meaning.target, Origin.LABEL, f"label {label}, typed by a person", at=typed_at.get(label))
            else:
                read.unowned.append(label)
        return read

    def _meaning(self, label: str) -> _LabelMeaning:
        meaning = self._labels.get(label)
        if meaning is None:
            if len(self._labels) >= _CACHE_LIMIT:
                self._labels.clear()
            meaning = self._labels[label] = self._meaning_of(label)
        return meaning

    def _meaning_of(self, label: str) -> _LabelMeaning:
        if not is_ours_by_name(label, self._namespace):
            return _LabelMeaning(self._facts.of_label(label))
        return _LabelMeaning(
            facts={},
            ours_by_name=True,
            ignores=is_ignore_label(label, self._namespace),
            is_band=band_of_label(label, self._namespace) is not None,
            target=target_of_label(label, self._namespace, self._repository),
        )


class _Labels:
    """What the labels in our namespace said, besides links."""

    def __init__(self) -> None:
        self.ignored = False
        self.unknown: list[str] = []
        self.unowned: list[str] = []


def _cause(rule: Rule, because: tuple[str, ...]) -> str:
    why = rule.why or ", ".join(dict.fromkeys(because)) or "fits every ticket that nothing keeps out"
    return f"rule {rule.id}: {why}"


def _enabling(hits: Sequence[Hit]) -> Enabling | None:
    for rule, cause in hits:
        if rule.enabling is not None:
            return Enabling(name=rule.enabling, rule=rule.id, cause=cause)
    return None


def _check_expressions(rule: Rule, condition: Condition) -> None:
    for expression in condition.regex:
        if problem := expression_problem(expression):
            raise ConfigError(
                f"rule {rule.id}: the regular expression '{expression}' cannot be used: {problem}",
                where=rule.where,
                next_step="write it for RE2, which knows no look-around and no back references",
            )
    inner = (*condition.all, *condition.any, *((condition.unless,) if condition.unless else ()))
    for part in inner:
        _check_expressions(rule, part)
