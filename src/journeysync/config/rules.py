"""mappings/rules.yaml (or rules/*.yaml): the shapes people write, and the rules made from them (formats.md 4)."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from journeysync.model.base import Model
from journeysync.model.link import Target, TargetKind
from journeysync.model.rule import Condition, Example, Expect, Rule
from journeysync.sources.node import Node, Scalar, at
from journeysync.sources.problem import Problem, shown
from journeysync.sources.shape import PATTERNS, Texts, one_or_more, read_as

RULE_ID = r"^[a-z0-9]+([-._][a-z0-9]+)*$"
PATTERNS[RULE_ID] = "lower-case words and hyphens, at most 60 characters"
TICKET_KEY = re.compile(r"[A-Z][A-Z0-9_]+-[0-9]+|[\w.-]+/[\w.-]+#[0-9]+")
"""What is taken for the key of a ticket in ``expect``; other texts are titles."""

_TEXT_KEYS = ("words", "phrase", "regex")
_LEAF_KEYS = (
    "connection",
    "project",
    "team",
    "key",
    "kind",
    "state",
    "label",
    "component",
    "milestone",
    "under",
    *_TEXT_KEYS,
)
_KINDS: tuple[TargetKind, ...] = ("step", "journey", "opportunity")


class ConditionFile(Model):
    """What a ticket must be like: keys are "and", values of one list are "or"."""

    all: Annotated[tuple["ConditionFile", ...], Field(description="All of these")] = ()
    any: Annotated[tuple["ConditionFile", ...], Field(description="At least one of these")] = ()
    unless: Annotated["ConditionFile | None", Field(description="But not if this holds")] = None
    connection: Texts = ()
    project: Texts = ()
    team: Texts = ()
    key: Texts = ()
    kind: Texts = ()
    state: Texts = ()
    label: Annotated[Texts, Field(description="Whole label without case; * at the end is a prefix")] = ()
    component: Annotated[Texts, Field(description="Whole component without case; * at the end is a prefix")] = ()
    milestone: Texts = ()
    under: Annotated[Texts, Field(description="Anywhere below the ticket with this key")] = ()
    words: Annotated[Texts, Field(description="Whole words, without case")] = ()
    phrase: Annotated[Texts, Field(description="Exactly this piece of text")] = ()
    regex: Annotated[Texts, Field(description="An RE2 pattern (linear time)")] = ()
    in_: Annotated[
        tuple[Literal["title", "body"], ...],
        BeforeValidator(one_or_more, json_schema_input_type=str | list[Literal["title", "body"]]),
        Field(alias="in", description="Where words, phrase and regex look"),
    ] = ("title", "body")


class LinkFile(Model):
    """What the rule links a ticket to."""

    step: Annotated[Texts, Field(description="Full ids: pay-bill.see-why")] = ()
    journey: Texts = ()
    opportunity: Texts = ()


class ExampleFile(Model):
    """A made-up ticket, or the key of a real one."""

    key: str | None = None
    title: str = ""
    body: str = ""
    label: Texts = ()
    labels: Texts = ()
    component: Texts = ()
    components: Texts = ()
    project: str = ""
    kind: str = ""
    milestone: str | None = None


def _example(value: Any) -> Any:
    """Return a text as an example: a ticket's key, or a title."""
    if not isinstance(value, str):
        return value
    return {"key": value} if TICKET_KEY.fullmatch(value) else {"title": value}


Examples = Annotated[
    tuple[Annotated[ExampleFile, BeforeValidator(_example, json_schema_input_type=str | ExampleFile)], ...],
    BeforeValidator(one_or_more),
]


class ExpectFile(Model):
    """Tests of the rule; `journeysync links test` runs them."""

    hits: Examples = ()
    misses: Examples = ()


class RuleFile(Model):
    """One mapping rule: what it looks for, and what it links. Rules run in file order."""

    id: Annotated[str, Field(pattern=RULE_ID, max_length=60)]
    when: ConditionFile
    unless: ConditionFile | None = None
    link: LinkFile | None = None
    enabling: Annotated[str | None, Field(min_length=1, description="Honest work without a step, by its name")] = None
    stop: Annotated[bool, Field(description="Rules below are not asked for a ticket that this one hit")] = False
    confidence: Annotated[float, Field(ge=0, le=1)] = 1.0
    why: str | None = None
    owner: str | None = None
    expect: ExpectFile = ExpectFile()


class RulesFile(Model):
    """mappings/rules.yaml."""

    rules: tuple[RuleFile, ...] = ()


def read_rules(nodes: Sequence[Node], note: Callable[[str, str], None]) -> tuple[tuple[Rule, ...], list[Problem]]:
    """Return the rules of all files, in order, and what is wrong with them.

    Args:
        nodes: One tree a file.
        note: Told the position of each thing that later checks ask for.
    """
    problems: list[Problem] = []
    rules: dict[str, Rule] = {}
    for node in nodes:
        reading = read_as(RulesFile, node)
        problems += reading.problems
        for number, file in enumerate(reading.value.rules if reading.value else ()):
            place = at(reading.node, ("rules", number))
            where = at(place, ("id",)).where
            if file.id in rules:
                says = f"the rule {shown(file.id)} stands here a second time (first in {rules[file.id].where})"
                problems.append(Problem(where=where, says=says, next_step="give each rule an id of its own"))
                continue
            problems += _check_rule(file, place)
            rules[file.id] = _rule(file, where)
            _note_positions(file, place, note)
    if not problems:  # what was cut out could make two rules look alike
        problems += _contradictions(rules.values())
    return tuple(rules.values()), problems


def _note_positions(file: RuleFile, place: Node, note: Callable[[str, str], None]) -> None:
    for kind in _KINDS:
        for number, id_ in enumerate(getattr(file.link, kind, ())):
            note(f"rules.{file.id}.{kind}.{id_}", at(place, ("link", kind, number)).where)


def _rule(file: RuleFile, where: str) -> Rule:
    link = file.link or LinkFile()
    when = _condition(file.when)
    if file.unless is not None:
        when = Condition(all=(when,), unless=_condition(file.unless))
    return Rule(
        id=file.id,
        when=when,
        targets=tuple(Target(kind=kind, id=id_) for kind in _KINDS for id_ in dict.fromkeys(getattr(link, kind))),
        enabling=file.enabling,
        stop=file.stop,
        confidence=file.confidence,
        why=file.why,
        owner=file.owner,
        expect=Expect(
            hits=tuple(_example_value(example) for example in file.expect.hits),
            misses=tuple(_example_value(example) for example in file.expect.misses),
        ),
        where=where,
    )


def _condition(file: ConditionFile) -> Condition:
    return Condition(
        all=tuple(_condition(inner) for inner in file.all),
        any=tuple(_condition(inner) for inner in file.any),
        unless=_condition(file.unless) if file.unless else None,
        in_=file.in_,
        **{key: getattr(file, key) for key in _LEAF_KEYS},
    )


def _example_value(file: ExampleFile) -> Example:
    return Example(
        key=file.key,
        title=file.title,
        body=file.body,
        labels=(*file.label, *file.labels),
        components=(*file.component, *file.components),
        project=file.project,
        kind=file.kind,
        milestone=file.milestone,
    )


def _check_rule(file: RuleFile, place: Node) -> Iterator[Problem]:
    link = file.link
    if link is not None and file.enabling is not None:
        says = "link and enabling stand side by side: work has a step, or none"
        yield Problem(where=at(place, ("enabling",)).where, says=says, next_step="keep one of the two")
    elif _links_nothing(file) and not _is_cut(place) and not _is_cut(at(place, ("link",))):
        says = f"the rule {shown(file.id)} links nothing"
        step = "write `link: {step: ...}` (or journey, opportunity), or `enabling:` for work without a step"
        yield Problem(where=at(place, ("id",)).where, says=says, next_step=step)
    yield from _check_condition(file.when, at(place, ("when",)), "when")
    if file.unless is not None:
        yield from _check_condition(file.unless, at(place, ("unless",)), "unless")


def _links_nothing(file: RuleFile) -> bool:
    link = file.link or LinkFile()
    return file.enabling is None and not (link.step or link.journey or link.opportunity)


def _is_cut(node: Node) -> bool:
    """Return whether something was taken out here: what is missing then was reported as what it was."""
    return not isinstance(node, Scalar) and node.is_cut


def _check_condition(condition: ConditionFile, place: Node, name: str) -> Iterator[Problem]:
    looks = condition.model_fields_set
    if not looks - {"in_"} and not _is_cut(place):
        says = f"{name} is empty: it would hit every ticket"
        yield Problem(where=place.where, says=says, next_step="write what a ticket must be like")
    elif "in_" in looks and not looks.intersection(_TEXT_KEYS) and not _is_cut(place):
        says = "`in` stands without words, phrase or regex"
        yield Problem(where=at(place, ("in",)).where, says=says, next_step="take it out, or say what to look for")
    for key in sorted(looks):
        values = getattr(condition, key)
        is_empty = isinstance(values, tuple) and (not values or "" in values)
        if is_empty and not _is_cut(at(place, (key.rstrip("_"),))):
            number = values.index("") if values else 0
            yield Problem(where=at(place, (key.rstrip("_"), number)).where, says=f"{key.rstrip('_')} is empty")
    for number, pattern in enumerate(condition.regex):
        yield from _check_regex(pattern, at(place, ("regex", number)).where)
    for key in ("all", "any"):
        for number, inner in enumerate(getattr(condition, key)):
            yield from _check_condition(inner, at(place, (key, number)), key)
    if condition.unless is not None:
        yield from _check_condition(condition.unless, at(place, ("unless",)), "unless")


def _check_regex(pattern: str, where: str) -> Iterator[Problem]:
    import re2  # loaded by those who have rules with patterns only

    options = re2.Options()
    options.log_errors = False
    try:
        re2.compile(pattern, options)
    except re2.error as error:
        cause = error.args[0] if error.args else "unknown cause"
        words = cause.decode("utf-8", "replace") if isinstance(cause, bytes) else str(cause)
        says = f"regex: RE2 does not take this pattern: {words}"
        step = "RE2 runs in linear time: no lookahead, no lookbehind, no back references; use `unless:` for exceptions"
        yield Problem(where=where, says=says, next_step=step)


def _contradictions(rules: Iterable[Rule]) -> Iterator[Problem]:
    """Yield rules that ask the very same and answer differently: enabling work here, a step there."""
    first: dict[Condition, Rule] = {}
    for rule in rules:
        twin = first.setdefault(rule.when, rule)
        if twin is rule:
            continue
        if twin.enabling != rule.enabling:
            answers = f"{_answer(twin)} against {_answer(rule)}"
            says = f"the rules {twin.id} and {rule.id} disagree: the same `when`, and {answers}"
            step = f"keep one of them (the other one stands in {twin.where})"
            yield Problem(where=rule.where, says=says, next_step=step)
        elif twin.stop:
            says = f"the rule {rule.id} never runs: {twin.id} asks the same and stops ({twin.where})"
            yield Problem(where=rule.where, says=says, next_step="put both links into one rule", level="warning")


def _answer(rule: Rule) -> str:
    return f"enabling {rule.enabling}" if rule.enabling else f"a link to {', '.join(str(t) for t in rule.targets)}"
